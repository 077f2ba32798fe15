/*
 * weir check-history - does a history obey the rules of SWF?
 *
 * Needs no server: it reads what GetWorkflowExecutionHistory answered, from here or from Amazon.
 */
#include "cmd/command.h"
#include "cmd/output.h"
#include "history/read.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define FILE_BYTES_MAX ((size_t)1 << 30)
#define PROBLEM_BYTES_MAX ((size_t)64 << 10)
#define READ_BYTES ((size_t)64 << 10)

/* The exit statuses: a script can tell "it breaks the rules" from "it could not be looked at". */
enum { OBEYS = EXIT_DONE, BREAKS = EXIT_FAILED, NO_ANSWER = EXIT_USAGE };

/* ---- the file */

static bool is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
}

static const char *shown(const char *path)
{
    return is_stdin(path) ? "standard input" : path;
}

static bool read_stream(FILE *file, struct text *out)
{
    size_t length;

    do {
        char *room = text_reserve(out, READ_BYTES);

        length = room ? fread(room, 1, READ_BYTES, file) : 0;
        text_grow(out, length);
    } while (length > 0);
    return !ferror(file);
}

static bool read_file(const char *path, struct text *out)
{
    FILE *file = is_stdin(path) ? stdin : fopen(path, "re");
    bool ok = file && read_stream(file, out);

    if (!ok)
        fprintf(stderr, "weir check-history: %s: cannot be read: %s\n", shown(path),
                strerror(errno));
    else if (out->overflowed)
        fprintf(stderr, "weir check-history: %s: is larger than %zu bytes\n", shown(path),
                FILE_BYTES_MAX);
    if (file && !is_stdin(path))
        fclose(file);
    return ok && !out->overflowed;
}

/* ---- the answer */

static void print_sum(const char *path, const struct history *history,
                      const struct history_sum *sum)
{
    printf("%s: %zu event%s, %s%s: obeys the rules\n", shown(path), history->count,
           history->count == 1 ? "" : "s",
           sum->is_open ? "open" : close_status_names[sum->close_status],
           history->is_cut ? ", more to come" : "");
}

static int judge(const char *path, const struct history *history, struct arena *arena,
                 struct text *problem)
{
    struct history_sum sum;

    if (history_check(history, &sum, arena, problem)) {
        print_sum(path, history, &sum);
        return OBEYS;
    }
    printf("%s: breaks the rules: %.*s\n", shown(path), BYTES_FMT(text_bytes(problem)));
    return BREAKS;
}

static int check(const char *path, struct bytes content, struct text *problem)
{
    struct json_reader *reader = json_reader_new();
    struct history history;
    struct arena arena;
    int status = NO_ANSWER;

    arena_init(&arena, "history", HISTORY_READ_BYTES(content.len) * 2);
    if (history_read(reader, content, &arena, &history, problem))
        status = judge(path, &history, &arena, problem);
    else
        fprintf(stderr, "weir check-history: %s: %.*s\n", shown(path),
                BYTES_FMT(text_bytes(problem)));
    arena_deinit(&arena);
    json_reader_free(reader);
    return status;
}

static enum exit_status run(const struct settings *settings)
{
    const char *path = settings_word(settings, 0);
    struct text content, problem;
    int status = NO_ANSWER;

    text_init(&content, FILE_BYTES_MAX);
    text_init(&problem, PROBLEM_BYTES_MAX);
    if (read_file(path, &content))
        status = check(path, text_bytes(&content), &problem);
    text_deinit(&content);
    text_deinit(&problem);
    return output_end(stdout, (enum exit_status)status, (enum exit_status)NO_ANSWER);
}

const struct command command_check_history = {
    .name = "check-history",
    .summary = "say whether a history obeys the rules of SWF",
    .description =
        "Reads what GetWorkflowExecutionHistory answered, here or at Amazon, and checks it event by event: the ids "
        "and the times, what each event names, that everything begins and ends once, that decision tasks are there "
        "when they are needed and never two at a time, that nothing times out too early, and that nothing follows "
        "the closing event. No server is needed.\n\n"
        "FILE has one page or several, one behind the other; '-' is standard input. Output of the AWS CLI can be given "
        "as it is. A bare list of events will do, and so will answers in reverse order. Where no times were written "
        "down none are checked.",
    .closing = "EXIT STATUS\n"
               "    0  it obeys the rules\n"
               "    1  it does not; the first event that breaks one is named\n"
               "    2  asked wrongly, or the file is no history; stderr says why\n\n"
               "EXAMPLES\n"
               "    aws swf get-workflow-execution-history --domain shop \\\n"
               "        --execution workflowId=order-1,runId=... | weir check-history -\n",
    .words = { "FILE" },
    .run = run,
};
