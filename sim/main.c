/*
 * simulate - plays made-up worlds.
 *
 *     simulate --seed N [--steps N]                one world
 *     simulate --seconds N [--steps N] [--seed N]  fresh worlds for so long, or those from a seed
 *                                                  on; 0 seconds: until it is stopped
 *
 * What it prints of a seed is the same every time. Speed goes to stderr.
 */
#include "made_up.h"

#include "base/log.h"
#include "base/random.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STEPS 2000
#define TEXT_BYTES_MAX ((size_t)64 << 20)

struct options {
    uint64_t seed, steps, seconds;
    bool one;
};

static volatile sig_atomic_t stopped;
static uint64_t playing_seed, playing_steps;

static void on_stop(int signal)
{
    (void)signal;
    stopped = 1;
}

/* A failed ensure stops the process: the seed must not be lost. */
static void on_abort(int signal)
{
    char line[128];
    int length = snprintf(line, sizeof(line),
                          "FAILED: make sim SEED=%" PRIu64 " STEPS=%" PRIu64
                          "\n0 passed, 1 failed\n",
                          playing_seed, playing_steps);

    (void)signal;
    if (write(STDOUT_FILENO, line, (size_t)length) < 0)
        _exit(3);
    _exit(2);
}

static double now_s(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static double used_s(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static void print_sums(const struct world_sums *sums)
{
    printf("calls=%" PRIu64 " checks=%" PRIu64 " turns=%" PRIu64 " commits=%" PRIu64
           " starts=%" PRIu64 " crashes=%" PRIu64 " failed_commits=%" PRIu64
           " commits_not_told=%" PRIu64 " answers_lost=%" PRIu64 " requests_lost=%" PRIu64
           " duplicates=%" PRIu64 " delays=%" PRIu64 " polls_gone=%" PRIu64 " runs=%" PRIu64
           " folds=%" PRIu64 " woken=%" PRIu64 " functions=%" PRIu64 " throttled=%" PRIu64 " denied=%" PRIu64
           " further_pages=%" PRIu64 "\n",
           sums->calls, sums->checks, sums->turns, sums->commits, sums->starts, sums->crashes,
           sums->failed_commits, sums->commits_not_told, sums->answers_lost, sums->requests_lost,
           sums->duplicates, sums->delays, sums->polls_gone, sums->runs, sums->folds, sums->woken,
           sums->functions, sums->throttled, sums->denied, sums->further_pages);
}

/* Plays one and prints it: whole, or only when it fails. */
static bool play(uint64_t seed, uint64_t steps, bool is_told, struct world_sums *sums)
{
    struct text mix, complaint;
    uint64_t digest = 0;
    bool fine;

    playing_seed = seed;
    playing_steps = steps;
    text_init(&mix, TEXT_BYTES_MAX);
    text_init(&complaint, TEXT_BYTES_MAX);
    fine = world_play(seed, steps, &mix, sums, &digest, &complaint);
    if (is_told || !fine)
        printf("seed %" PRIu64 ": %.*s\n", seed, BYTES_FMT(text_bytes(&mix)));
    if (!fine)
        printf("%.*sFAILED: make sim SEED=%" PRIu64 " STEPS=%" PRIu64 "\n",
               BYTES_FMT(text_bytes(&complaint)), seed, steps);
    else if (is_told)
        printf("digest %016" PRIx64 "\n", digest);
    text_deinit(&mix);
    text_deinit(&complaint);
    return fine;
}

static int play_one(const struct options *options)
{
    struct world_sums sums = { .calls = 0 };
    double began = used_s();
    bool fine = play(options->seed, options->steps, true, &sums);

    print_sums(&sums);
    fprintf(stderr, "%.0f checked calls a second\n", (double)sums.calls / (used_s() - began));
    return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int play_many(const struct options *options)
{
    struct world_sums sums = { .calls = 0 };
    double began = now_s(), used = used_s(), told = began;
    uint64_t seed = options->seed, passed = 0;
    bool fine = true;

    while (fine && !stopped &&
           (options->seconds == 0 || now_s() - began < (double)options->seconds)) {
        fine = play(seed++, options->steps, false, &sums);
        passed += fine;
        if (options->seconds == 0 && now_s() - told > 60) {
            told = now_s();
            printf("survived: seeds=%" PRIu64 " ", passed);
            print_sums(&sums);
            fflush(stdout);
        }
    }
    printf("survived: seeds=%" PRIu64 " from %" PRIu64 " ", passed, options->seed);
    print_sums(&sums);
    printf("%.0f checked calls a second\n", (double)sums.calls / (used_s() - used));
    printf("%" PRIu64 " passed, %d failed\n", passed, !fine);
    return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool parse(int argc, char **argv, struct options *out)
{
    bool seeded = false, timed = false;

    *out = (struct options){ .steps = STEPS };
    random_system(&out->seed, 4); /* short enough to be typed */
    for (int i = 1; i + 1 < argc; i += 2) {
        uint64_t value = strtoull(argv[i + 1], NULL, 10);

        if (strcmp(argv[i], "--seed") == 0) {
            out->seed = value;
            seeded = true;
        } else if (strcmp(argv[i], "--steps") == 0) {
            out->steps = value;
        } else if (strcmp(argv[i], "--seconds") == 0) {
            out->seconds = value;
            timed = true;
        } else {
            return false;
        }
    }
    out->one = seeded && !timed;
    return argc % 2 == 1;
}

int main(int argc, char **argv)
{
    struct options options;

    if (!parse(argc, argv, &options)) {
        fprintf(stderr, "usage: %s [--seed N] [--steps N] [--seconds N]\n", argv[0]);
        return EXIT_FAILURE;
    }
    signal(SIGINT, on_stop);
    signal(SIGTERM, on_stop);
    signal(SIGABRT, on_abort);
    signal(SIGSEGV, on_abort);
    /* a disk that fails is nothing to tell of, unless somebody looks at one world */
    log_set_level(options.one ? LOG_ERROR : (enum log_level)(LOG_ERROR + 1));
    return options.one ? play_one(&options) : play_many(&options);
}
