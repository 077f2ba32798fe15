/*
 * A history as weir check-history reads it. What obeys the rules does so in pages and in reverse as
 * well, and each of its events reads as the same when it is written anew.
 */
#include "target.h"

#include "base/memory.h"
#include "history/read.h"
#include "wire/decode.h"
#include "wire/encode.h"

#define TEXT_BYTES_MAX ((size_t)64 << 20)

struct bench {
    struct json_reader *reader;
    struct arena arena;
    struct text problem;
};

static bool check(struct bench *bench, const struct history *history)
{
    struct history_sum sum;
    bool obeys;

    text_reset(&bench->problem);
    obeys = history_check(history, &sum, &bench->arena, &bench->problem);
    ensure(obeys == (bench->problem.len == 0));
    return obeys;
}

static void check_event(struct bench *bench, const struct event *event)
{
    struct text once, twice;
    struct event again;

    text_init(&once, TEXT_BYTES_MAX);
    text_init(&twice, TEXT_BYTES_MAX);
    encode_event(&once, event);
    ensure(decode_events(bench->reader, &(struct bytes){ once.ptr, once.len }, 1, &bench->arena,
                         &again));
    encode_event(&twice, &again);
    ensure(bytes_equal(text_bytes(&once), text_bytes(&twice)));
    text_deinit(&once);
    text_deinit(&twice);
}

/* A page to each event, the last one first. */
static void write_reversed(const struct history *history, struct text *out)
{
    for (size_t i = history->count; i-- > 0;) {
        text_append_cstr(out, "{\"events\":[");
        encode_event(out, &history->events[i]);
        text_append_cstr(out, "]}\n");
    }
}

static void check_reversed(struct bench *bench, const struct history *history)
{
    struct history reversed;
    struct text text;

    text_init(&text, TEXT_BYTES_MAX);
    write_reversed(history, &text);
    ensure(
        history_read(bench->reader, text_bytes(&text), &bench->arena, &reversed, &bench->problem));
    reversed.has_times = history->has_times;
    ensure(reversed.count == history->count && check(bench, &reversed));
    text_deinit(&text);
}

static void judge(struct bench *bench, const struct history *history)
{
    struct history cut = *history;
    bool obeys = check(bench, history);

    for (size_t i = 0; i < history->count; i++)
        check_event(bench, &history->events[i]);
    if (!obeys)
        return;
    if (!history->is_cut)
        check_reversed(bench, history);
    cut.is_cut = true;
    for (; cut.count > 0; cut.count--)
        ensure(check(bench, &cut)); /* so does what stands before any of its events */
}

static void run(struct bytes input)
{
    struct bench bench = { .reader = json_reader_new() };
    char *copy = exact_copy(input);
    struct history history;

    arena_init(&bench.arena, "history", (size_t)1 << 30);
    text_init(&bench.problem, TEXT_BYTES_MAX);
    if (history_read(bench.reader, bytes_of(copy, input.len), &bench.arena, &history,
                     &bench.problem))
        judge(&bench, &history);
    else
        ensure(bench.problem.len > 0);
    text_deinit(&bench.problem);
    arena_deinit(&bench.arena);
    memory_free(copy);
    json_reader_free(bench.reader);
}

const struct target target_history = { "history", run };
