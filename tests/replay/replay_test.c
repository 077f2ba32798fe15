/*
 * Replays every recorded history, and compares what comes of it with what was recorded.
 *
 *   replay_test             all histories of the folder $WEIR_HISTORIES, else ../shared/histories
 *   replay_test FILE...     these
 *   replay_test -v FILE...  and every call that is made
 */
#include "difference.h"
#include "known.h"
#include "replay.h"

#include "base/log.h"
#include "history/read.h"
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define DEFAULT_FOLDER "../shared/histories"
#define TEXT_BYTES_MAX ((size_t)64 << 20)

struct tester {
    bool tells;
    unsigned passed, failed;
    unsigned exact, deviating, ending; /* of those passed */
};

/* ---- one replay ---- */

/* Plays and compares once; *difference is one line, empty when all is as recorded. */
static void play_once(const struct tester *tester, const struct recording *recording,
                      const struct deviations *deviations, struct text *difference)
{
    struct replay replay;
    struct bytes history;

    text_reset(difference);
    replay_play(&replay, recording, deviations, tester->tells);
    history = replay_history(&replay);
    if (tester->tells)
        printf("history: %.*s\n", BYTES_FMT(history));
    if (!difference_find(recording, deviations, history, difference) && replay.stopped.len)
        text_append(difference, text_bytes(&replay.stopped));
    if (tester->tells && replay.stopped.len)
        printf("ended early: %.*s\n", BYTES_FMT(text_bytes(&replay.stopped)));
    replay_deinit(&replay);
}

/* ---- one recording ---- */

static bool fail(struct tester *tester, const struct recording *recording, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool fail(struct tester *tester, const struct recording *recording, const char *format, ...)
{
    va_list arguments;

    printf("FAIL %s: ", recording->name);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    tester->failed++;
    return false;
}

/* Plays up to the difference that a row tells, which must be there and no other. */
static bool shows(struct tester *tester, const struct recording *recording,
                  const struct deviations *deviations, const struct known_difference *row,
                  struct text *difference)
{
    play_once(tester, recording, deviations, difference);
    if (difference->len == 0)
        return fail(tester, recording, "there is no such difference any more: %s (%s)",
                    row->difference, row->reason);
    if (!bytes_equal_cstr(text_bytes(difference), row->difference))
        return fail(tester, recording, "%.*s\n    known is another difference: %s (%s)",
                    BYTES_FMT(text_bytes(difference)), row->difference, row->reason);
    return true;
}

/* Every known difference shows, and none beyond them. */
static bool comes_out(struct tester *tester, const struct recording *recording,
                      struct text *difference)
{
    struct deviations deviations = { 0 };
    const struct known_difference *row;

    for (size_t n = 0; (row = known_find(recording->name, n)); n++) {
        if (!shows(tester, recording, &deviations, row, difference))
            return false;
        if (row->deviation.kind == NO_DEVIATION) {
            tester->ending++;
            return true;
        }
        ensure(deviations.count < DEVIATIONS_MAX);
        deviations.items[deviations.count++] = row->deviation;
    }
    play_once(tester, recording, &deviations, difference);
    if (difference->len)
        return fail(tester, recording, "%.*s", BYTES_FMT(text_bytes(difference)));
    deviations.count ? tester->deviating++ : tester->exact++;
    return true;
}

/* Read by the server's own reader, and held against the rules; a line in `problem` if it breaks
 * one. */
static bool obeys(const struct recording *recording, struct text *problem)
{
    struct json_reader *reader = json_reader_new();
    struct history history;
    struct history_sum sum;
    struct arena arena;
    bool ok;

    arena_init(&arena, "rules", HISTORY_READ_BYTES(recording->text.len) * 2);
    ok = history_read(reader, recording->text, &arena, &history, problem) &&
         history_check(&history, &sum, &arena, problem);
    arena_deinit(&arena);
    json_reader_free(reader);
    return ok;
}

/* Whole recordings obey the rules, but for one that known.c tells of. */
static bool obeys_rules(struct tester *tester, const struct recording *recording)
{
    const char *known = known_breach(recording->name);
    struct text problem;
    bool ok = true;

    if (recording->is_excerpt)
        return true;
    text_init(&problem, TEXT_BYTES_MAX);
    if (!obeys(recording, &problem) && !known)
        ok = fail(tester, recording, "breaks a rule: %.*s", BYTES_FMT(text_bytes(&problem)));
    else if (known && !bytes_equal_cstr(text_bytes(&problem), known))
        ok = fail(tester, recording, "%.*s; known is: %s", BYTES_FMT(text_bytes(&problem)), known);
    text_deinit(&problem);
    return ok;
}

static void test_file(struct tester *tester, const char *path)
{
    struct recording recording;
    const char *problem = recording_read(path, &recording);
    struct text text;

    text_init(&text, TEXT_BYTES_MAX);
    if (problem)
        fail(tester, &recording, "%s", problem);
    else if (obeys_rules(tester, &recording) && comes_out(tester, &recording, &text))
        tester->passed++;
    text_deinit(&text);
    recording_deinit(&recording);
    fflush(stdout);
}

/* ---- the folder ---- */

static bool is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* NULL: there is none. One that was asked for must be there. */
static const char *find_folder(struct tester *tester)
{
    const char *given = getenv("WEIR_HISTORIES");

    if (given && *given) {
        if (is_folder(given))
            return given;
        printf("FAIL there is no folder %s\n", given);
        tester->failed++;
        return NULL;
    }
    if (is_folder(DEFAULT_FOLDER))
        return DEFAULT_FOLDER;
    printf("left out: no histories in " DEFAULT_FOLDER "\n");
    return NULL;
}

static void test_folder(struct tester *tester)
{
    const char *folder = find_folder(tester);
    char pattern[4096];
    glob_t found = { 0 };

    if (folder == NULL)
        return;
    snprintf(pattern, sizeof(pattern), "%s/*.json", folder);
    if (glob(pattern, 0, NULL, &found) != 0)
        printf("left out: no histories in %s\n", folder);
    for (size_t i = 0; i < found.gl_pathc; i++)
        test_file(tester, found.gl_pathv[i]);
    globfree(&found);
}

int main(int argc, char **argv)
{
    struct tester tester = { 0 };
    int i = 1;

    log_set_level(LOG_ERROR);
    if (i < argc && strcmp(argv[i], "-v") == 0)
        tester.tells = ++i;
    if (i == argc)
        test_folder(&tester);
    for (; i < argc; i++)
        test_file(&tester, argv[i]);
    if (tester.passed)
        printf("%u exactly as recorded, %u with known deviations, %u up to a known difference\n",
               tester.exact, tester.deviating, tester.ending);
    printf("%u passed, %u failed\n", tester.passed, tester.failed);
    return tester.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
