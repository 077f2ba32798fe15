#include "runner.h"

#include "base/log.h"
#include "player.h"
#include "seen/seen.h"
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#define SCRIPTS "tests/scenario/scripts/*.txt"
#define PERMUTED_MAX 5
#define TEXT_BYTES_MAX ((size_t)1 << 30)

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#elif defined(__has_feature)
#define SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define SANITIZED false
#endif

struct runner {
    const struct runner_config *config;
    const char *only; /* the one backend; NULL: all */
    bool print_events;
    unsigned passed, failed;

    /* What the backends before left of the script under way; the answers only of those with real
     * tokens. */
    struct text histories, answers;
};

/* ---- orders ---- */

static void swap(size_t *a, size_t *b)
{
    size_t kept = *a;

    *a = *b;
    *b = kept;
}

/* The next order in the order of dictionaries; false after the last. */
static bool next_order(size_t *order, size_t count)
{
    size_t i = count < 2 ? 0 : count - 1, j = count - 1;

    while (i > 0 && order[i - 1] > order[i])
        i--;
    if (i == 0)
        return false;
    while (order[j] < order[i - 1])
        j--;
    swap(&order[i - 1], &order[j]);
    for (j = count - 1; i < j; i++, j--)
        swap(&order[i], &order[j]);
    return true;
}

static void tell_order(struct text *problem, const size_t *order, size_t count)
{
    text_append_cstr(problem, "in this order of the permuted lines:");
    for (size_t i = 0; i < count; i++)
        text_printf(problem, " %zu", order[i] + 1);
    text_append_char(problem, '\n');
}

/* The sanitizers see every order on the backends in memory, and make opening a store on disk slow:
 * there they play one. Without them all are played everywhere. */
static bool plays_one_order(const struct script *script, const struct backend *backend)
{
    return SANITIZED && backend->on_disk && permuted_lines(script);
}

/* Once, or once for every order of the permuted lines, each from the very beginning. */
static bool play_all_orders(const struct script *script, const struct backend *backend,
                            struct played *out)
{
    size_t order[PERMUTED_MAX] = { 0, 1, 2, 3, 4 }, count = permuted_lines(script);
    struct options options;
    const char *problem = options_read(script, &options);

    if (problem || count > PERMUTED_MAX) {
        text_append_cstr(&out->problem, problem ? problem : "too many permuted lines");
        return false;
    }
    do {
        if (play(script, &options, backend, order, out))
            continue;
        if (count)
            tell_order(&out->problem, order, count);
        return false;
    } while (!plays_one_order(script, backend) && next_order(order, count));
    return true;
}

/* ---- comparing ---- */

/* True when both are the same or nothing stood there before; then `kept` holds it for the next.
 * What came of one order is the begin of what came of all. */
static bool agrees(struct text *kept, const struct text *came, bool one_order)
{
    if (kept->len == 0)
        text_append(kept, text_bytes(came));
    return one_order ? bytes_starts_with(text_bytes(kept), text_bytes(came))
                     : bytes_equal(text_bytes(kept), text_bytes(came));
}

static struct bytes line_at(struct bytes text, size_t at)
{
    size_t from = at, to = at;

    while (from && text.ptr[from - 1] != '\n')
        from--;
    while (to < text.len && text.ptr[to] != '\n')
        to++;
    return bytes_of(text.ptr + from, to - from);
}

static void tell_difference(struct text *problem, const char *what, struct bytes before,
                            struct bytes now)
{
    size_t at = 0;

    while (at < before.len && at < now.len && before.ptr[at] == now.ptr[at])
        at++;
    text_printf(problem, "%s differ from what an earlier backend left:\n%.*s\nis not\n%.*s\n", what,
                BYTES_FMT(line_at(now, at)), BYTES_FMT(line_at(before, at)));
}

static bool compare(struct runner *runner, const struct script *script,
                    const struct backend *backend, struct played *played)
{
    bool one_order = plays_one_order(script, backend);

    if (!agrees(&runner->histories, &played->histories, one_order)) {
        tell_difference(&played->problem, "the histories", text_bytes(&runner->histories),
                        text_bytes(&played->histories));
        return false;
    }
    /* The engine alone makes tokens of its own. */
    if (backend != &backend_engine && !agrees(&runner->answers, &played->answers, one_order)) {
        tell_difference(&played->problem, "the answers", text_bytes(&runner->answers),
                        text_bytes(&played->answers));
        return false;
    }
    return true;
}

/* ---- running ---- */

static void tell(const struct runner *runner, const struct script *script,
                 const struct backend *backend, const struct played *played, bool fine)
{
    if (!fine)
        printf("FAIL %.*s on %s\n%.*s", BYTES_FMT(script->name), backend->name,
               BYTES_FMT(text_bytes(&played->problem)));
    if (!fine || runner->print_events)
        printf("%.*s on %s:\n%.*s", BYTES_FMT(script->name), backend->name,
               BYTES_FMT(text_bytes(&played->events)));
    fflush(stdout);
}

static void run_on(struct runner *runner, const struct script *script, size_t index)
{
    const struct backend *backend = runner->config->backends[index];
    struct played played;
    bool fine;

    if (!options_allow(script, backend->name) ||
        (runner->only && strcmp(runner->only, backend->name) != 0))
        return;
    played_init(&played);
    seen_begin();
    fine = play_all_orders(script, backend, &played) && compare(runner, script, backend, &played);
    tell(runner, script, backend, &played, fine);
    seen_end(fine, script->name, backend->name);
    if (index >= runner->config->uncounted)
        fine ? runner->passed++ : runner->failed++;
    played_deinit(&played);
}

static void run_through_all(struct runner *runner, const struct script *script)
{
    text_init(&runner->histories, TEXT_BYTES_MAX);
    text_init(&runner->answers, TEXT_BYTES_MAX);
    for (size_t i = 0; i < runner->config->backend_count; i++)
        run_on(runner, script, i);
    text_deinit(&runner->histories);
    text_deinit(&runner->answers);
}

static void run_script(struct runner *runner, const char *path)
{
    struct script script;

    if (!script_read(path, &script)) {
        printf("FAIL %s cannot be read\n", path);
        runner->failed++;
        return;
    }
    run_through_all(runner, &script);
    script_deinit(&script);
}

void runner_play(const struct runner_config *config, const struct script *script, unsigned *passed,
                 unsigned *failed)
{
    struct runner runner = { .config = config };

    run_through_all(&runner, script);
    *passed += runner.passed;
    *failed += runner.failed;
}

static void run_all(struct runner *runner)
{
    glob_t found = { 0 };

    if (glob(SCRIPTS, 0, NULL, &found) != 0) {
        printf("FAIL no scripts at %s: run it from the root of the sources\n", SCRIPTS);
        runner->failed++;
    }
    for (size_t i = 0; i < found.gl_pathc; i++)
        run_script(runner, found.gl_pathv[i]);
    globfree(&found);
}

int runner_main(int argc, char **argv, const struct runner_config *config)
{
    struct runner runner = { .config = config };
    int i = 1;

    log_set_level(LOG_ERROR);
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "-e") == 0)
            runner.print_events = true;
        else if (strcmp(argv[i], "-b") == 0 && i + 1 < argc)
            runner.only = argv[++i];
    }
    if (i == argc)
        run_all(&runner);
    for (; i < argc; i++)
        run_script(&runner, argv[i]);
    printf("%u passed, %u failed\n", runner.passed, runner.failed);
    return runner.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
