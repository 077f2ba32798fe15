/*
 * Many for one folder, at the same instant: servers that are started together, while an earlier one
 * is being killed as well, and `weir fsck` among them. One of them has the folder, the others say
 * in one line that it is in use, and nothing is damaged.
 *
 * CRASH_ROUNDS in the environment chooses how often, up to 90 times: each registers a domain.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "caller.h"
#include "must.h"
#include "process.h"
#include "sound/sound.h"
#include "told/told.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 6
#define ROUNDS_MAX 90 /* an account may have 100 domains */
#define RACERS 8
#define TEXT_BYTES_MAX ((size_t)16 << 20)

struct fixture {
    struct scratch scratch;
    char data[SCRATCH_PATH_MAX];
    char logs[RACERS][SCRATCH_PATH_MAX];
    struct process racers[RACERS];
    struct text text;
    unsigned domains; /* that were registered */
};

static int setup(void **state)
{
    static struct fixture fixture;
    char name[32];

    fixture = (struct fixture){ 0 };
    scratch_init(&fixture.scratch);
    scratch_path(&fixture.scratch, "data", fixture.data);
    for (int i = 0; i < RACERS; i++) {
        snprintf(name, sizeof name, "log-%d", i);
        scratch_path(&fixture.scratch, name, fixture.logs[i]);
    }
    text_init(&fixture.text, TEXT_BYTES_MAX);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < RACERS; i++)
        process_kill(&fixture->racers[i]);
    text_deinit(&fixture->text);
    scratch_deinit(&fixture->scratch);
    return 0;
}

static uint64_t rounds(void)
{
    uint64_t number = told_number("CRASH_ROUNDS", ROUNDS);

    return number < ROUNDS_MAX ? number : ROUNDS_MAX;
}

static void serve(struct fixture *fixture, int racer)
{
    process_serve(&fixture->racers[racer], fixture->logs[racer], fixture->data, NULL, NULL);
}

static void start_fsck(struct fixture *fixture, int racer, bool repair)
{
    const char *arguments[] = { "fsck", fixture->data, repair ? "--repair" : NULL, NULL };
    process_start(&fixture->racers[racer], fixture->logs[racer], arguments, NULL);
}

static struct bytes read_log(struct fixture *fixture, int racer)
{
    process_read_log(&fixture->racers[racer], &fixture->text);
    return text_bytes(&fixture->text);
}

/* It ended because another has the folder. */
static void assert_turned_away(struct fixture *fixture, int racer)
{
    assert_int_equal(process_wait(&fixture->racers[racer]), 1);
    struct bytes log = read_log(fixture, racer);
    if (log_count_lines(log, (const char *const[]){ "level=error", NULL }) != 1 ||
        !log_has_line(log, (const char *const[]){ "level=error", "in use by another process",
                                                  fixture->data, NULL }))
        fail_msg("it ended and says:\n%.*s", BYTES_FMT(log));
}

/* The one of them that serves; there is one. */
static int find_winner(struct fixture *fixture)
{
    int winner = -1;

    for (int i = 0; i < RACERS; i++) {
        if (!process_wait_listening(&fixture->racers[i])) {
            assert_turned_away(fixture, i);
            continue;
        }
        if (winner >= 0)
            fail_msg("two have the folder %s", fixture->data);
        winner = i;
    }
    assert_true(winner >= 0);
    return winner;
}

/* All domains that were ever registered are there, and one more is. */
static void use(struct fixture *fixture, int winner)
{
    struct caller caller;
    char name[32];

    caller_init(&caller, fixture->racers[winner].endpoint);
    for (unsigned i = 0; i <= fixture->domains; i++) {
        snprintf(name, sizeof name, "d-%u", i);
        const struct register_domain_input domain = {
            .name = bytes_of_cstr(name), .workflow_execution_retention_period_in_days = BYTES("1")
        };
        enum outcome outcome = caller_call(&caller, OPERATION_REGISTER_DOMAIN, &domain);
        assert_int_equal(outcome, i == fixture->domains ? DONE : REFUSED);
    }
    fixture->domains++;
    caller_deinit(&caller);
}

static void assert_sound(struct fixture *fixture)
{
    text_reset(&fixture->text);
    if (!sound_folder(fixture->data, &fixture->text))
        fail_msg("the folder is not sound:\n%.*s", BYTES_FMT(text_bytes(&fixture->text)));
}

/* The first time there is no folder yet, and all of them would make it. */
static void test_servers_started_together(void **state)
{
    struct fixture *fixture = *state;

    for (uint64_t round = 0; round < rounds(); round++) {
        for (int i = 0; i < RACERS; i++)
            serve(fixture, i);
        int winner = find_winner(fixture);
        use(fixture, winner);
        process_kill(&fixture->racers[winner]);
        assert_sound(fixture);
    }
}

/* Half of them come while it still lives. */
static void test_servers_started_while_one_is_killed(void **state)
{
    struct fixture *fixture = *state;

    serve(fixture, 0);
    must_listen(&fixture->racers[0]);
    for (uint64_t round = 0; round < rounds(); round++) {
        struct process dying = fixture->racers[0];
        use(fixture, 0);
        fixture->racers[0] = (struct process){ 0 };
        for (int i = 0; i < RACERS / 2; i++)
            serve(fixture, i);
        process_kill(&dying);
        for (int i = RACERS / 2; i < RACERS; i++)
            serve(fixture, i);
        int winner = find_winner(fixture);
        struct process winners = fixture->racers[winner];
        fixture->racers[winner] = (struct process){ 0 };
        fixture->racers[0] = winners;
    }
    process_kill(&fixture->racers[0]);
    assert_sound(fixture);
}

/* ---- fsck */

static void assert_fsck_could_not_look(struct fixture *fixture, int racer)
{
    assert_int_equal(process_wait(&fixture->racers[racer]), 2);
    if (!log_has_line(read_log(fixture, racer), (const char *const[]){ "in use", NULL }))
        fail_msg("it says:\n%.*s", BYTES_FMT(text_bytes(&fixture->text)));
}

static void test_fsck_of_a_running_server(void **state)
{
    struct fixture *fixture = *state;

    serve(fixture, 0);
    must_listen(&fixture->racers[0]);
    for (int i = 1; i < RACERS; i++)
        start_fsck(fixture, i, i % 2);
    for (int i = 1; i < RACERS; i++)
        assert_fsck_could_not_look(fixture, i);
    use(fixture, 0);
    assert_int_equal(process_stop(&fixture->racers[0]), 0);
    assert_sound(fixture);
}

/* Whoever was first: it looked, and found nothing, or it could not look. */
static void assert_fsck_is_content(struct fixture *fixture, int racer)
{
    text_reset(&fixture->text);
    process_read_out(&fixture->racers[racer], &fixture->text);
    bool looked = fixture->text.len > 0;
    int status = process_wait(&fixture->racers[racer]);
    if (status != (looked ? 0 : 2)) {
        print_message("%.*s", BYTES_FMT(text_bytes(&fixture->text)));
        fail_msg("fsck ended with %d:\n%.*s", status, BYTES_FMT(read_log(fixture, racer)));
    }
}

/* Odd ones are servers, which may be turned away by fsck as well. */
static void race_with_fsck(struct fixture *fixture, uint64_t round)
{
    int serving = 0;

    for (int i = 0; i < RACERS; i++) {
        if (i % 2)
            serve(fixture, i);
        else
            start_fsck(fixture, i, ((uint64_t)i / 2 + round) % 2);
    }
    for (int i = 0; i < RACERS; i += 2)
        assert_fsck_is_content(fixture, i);
    for (int i = 1; i < RACERS; i += 2) {
        if (!process_wait_listening(&fixture->racers[i]))
            assert_turned_away(fixture, i);
        else
            serving++;
    }
    assert_in_range(serving, 0, 1);
    for (int i = 1; i < RACERS; i += 2)
        process_kill(&fixture->racers[i]);
}

static void test_fsck_among_servers_that_start(void **state)
{
    struct fixture *fixture = *state;

    for (uint64_t round = 0; round < rounds(); round++) {
        serve(fixture, 0);
        must_listen(&fixture->racers[0]);
        use(fixture, 0);
        process_kill(&fixture->racers[0]); /* its log is replayed by whoever comes */
        race_with_fsck(fixture, round);
    }
    assert_sound(fixture);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_servers_started_together),
        TEST(test_servers_started_while_one_is_killed),
        TEST(test_fsck_of_a_running_server),
        TEST(test_fsck_among_servers_that_start),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
