/*
 * The order of the parts: what later ones rely on comes first. The registry says how long a closed
 * run is kept; the histories say which runs there are; only then rows and turn records can be held
 * against them.
 */
#include "fsck/inner.h"
#include "store/key.h"
#include "store/walk.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define LINE_BYTES_MAX ((size_t)64 << 10)
#define KEY_BYTES_MAX ((size_t)1 << 30)

/* ---- saying what was found ---- */

static void format_line(struct fsck *fsck, const char *format, va_list arguments)
{
    char *room;
    int size;

    text_reset(&fsck->line);
    room = text_reserve(&fsck->line, LINE_BYTES_MAX / 2);
    size = vsnprintf(room, LINE_BYTES_MAX / 2, format, arguments);
    ensure(size >= 0);
    text_grow(&fsck->line,
              (size_t)size < LINE_BYTES_MAX / 2 ? (size_t)size : LINE_BYTES_MAX / 2 - 1);
}

/* Names may hold anything, and a terminal obeys some of it. */
static void make_harmless(struct text *line)
{
    for (size_t i = 0; i < line->len; i++) {
        if ((unsigned char)line->ptr[i] < 0x20 || line->ptr[i] == 0x7f)
            line->ptr[i] = '.';
    }
}

static void say(struct fsck *fsck)
{
    make_harmless(&fsck->line);
    fsck->sum->found++;
    fsck->options->say(fsck->options->context, text_bytes(&fsck->line));
}

void fsck_found(struct fsck *fsck, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    format_line(fsck, format, arguments);
    va_end(arguments);
    say(fsck);
}

void fsck_found_stray(struct fsck *fsck, const char *among)
{
    fsck_found(fsck, "among %s there is a key that means nothing", among);
}

bool fsck_mends(const struct fsck *fsck)
{
    return fsck->options->repair && !fsck->blind && !fsck->err;
}

bool fsck_may_mend(struct fsck *fsck, const char *format, ...)
{
    bool mends = fsck_mends(fsck);
    va_list arguments;

    va_start(arguments, format);
    format_line(fsck, format, arguments);
    va_end(arguments);
    text_append_cstr(&fsck->line, mends ? ": mended" : " (can be mended)");
    say(fsck);
    fsck->sum->mendable++;
    fsck->sum->mended += mends;
    return mends;
}

void fsck_write(struct fsck *fsck)
{
    batch_write(&fsck->fixes, fsck->kv, &fsck->err);
}

void fsck_end_walk(struct fsck *fsck, struct walk *walk, const char *what)
{
    enum err err = walk_end(walk);

    if (err) {
        fsck->blind = true;
        fsck_found(fsck, "%s cannot be read to the end: the database says why in the log", what);
    }
    fsck_write(fsck);
}

/* ---- what cannot be read ---- */

/* A key, for people: what of it is text, and numbers. An absent one is that end of the space. */
static const char *shown_key(struct fsck *fsck, enum kv_space space, struct bytes key,
                             const char *end)
{
    struct run_key run;
    int64_t event_id;

    if (bytes_is_absent(key))
        return end;
    if (space == KV_HISTORY && key_parse_history(key, &run, &event_id))
        return arena_printf(&fsck->keys, "event %lld of run %llu of domain %lu of account %llu%c",
                            (long long)event_id, (unsigned long long)run.run,
                            (unsigned long)run.domain, (unsigned long long)run.account, '\0')
            .ptr;
    return arena_printf(&fsck->keys, "\"%.*s\"%c", BYTES_FMT(key), '\0').ptr;
}

struct bytes fsck_shown_row(struct fsck *fsck, struct bytes key)
{
    int64_t event_id;
    uint64_t number;

    if (key_parse_turn(key, &number))
        return arena_printf(&fsck->keys, "turn %" PRIu64, number);
    if (key_parse_heartbeat(key, &number, &event_id))
        return arena_printf(&fsck->keys, "event %" PRId64 " of run %" PRIu64, event_id, number);
    key = arena_copy(&fsck->keys, bytes_skip(key, 1));
    for (size_t i = 0; i < key.len; i++)
        if (key.ptr[i] == '\0')
            ((char *)(uintptr_t)key.ptr)[i] = '.'; /* what comes behind it belongs to the name */
    return key;
}

static void note_hole(void *context, enum kv_space space, struct bytes after, struct bytes before)
{
    static const char *const names[KV_SPACE_COUNT] = { [KV_STATE] = "state",
                                                       [KV_HISTORY] = "histories",
                                                       [KV_CLOSED] = "closed runs",
                                                       [KV_TWIN] = "second copies" };
    struct fsck *fsck = context;

    fsck->blind = true;
    fsck_found(fsck, "of the %s nothing can be read between %s and %s", names[space],
               shown_key(fsck, space, after, "their beginning"),
               shown_key(fsck, space, before, "their end"));
}

void fsck_begin_patient(struct fsck *fsck, struct patient_walk *walk, enum kv_space space,
                        struct bytes prefix)
{
    patient_walk_begin(walk, fsck->kv, space, prefix, note_hole, fsck);
}

void fsck_end_patient(struct fsck *fsck, struct patient_walk *walk, const char *what)
{
    enum err err = patient_walk_end(walk);

    if (err) {
        fsck->blind = true;
        fsck_found(fsck, "%s cannot be read to the end: %s", what, err_text(err));
    }
    fsck_write(fsck);
}

/* ---- the parts ---- */

static void fsck_init(struct fsck *fsck, struct kv *kv, const struct fsck_options *options,
                      struct fsck_sum *sum)
{
    *fsck = (struct fsck){ .kv = kv, .options = options, .sum = sum };
    fsck->json = json_reader_new();
    registry_init(&fsck->registry);
    batch_init(&fsck->fixes);
    arena_init(&fsck->keys, "fsck", KEY_BYTES_MAX);
    arena_init(&fsck->turn_arena, "fsck turn", KEY_BYTES_MAX);
    text_init(&fsck->line, LINE_BYTES_MAX);
}

static void fsck_deinit(struct fsck *fsck)
{
    json_reader_free(fsck->json);
    registry_deinit(&fsck->registry);
    seen_runs_deinit(&fsck->seen);
    seen_keys_deinit(&fsck->reported);
    batch_deinit(&fsck->fixes);
    arena_deinit(&fsck->keys);
    arena_deinit(&fsck->turn_arena);
    text_deinit(&fsck->line);
}

static void sort_runs(struct fsck *fsck)
{
    const struct seen_run *twice = seen_runs_sort(&fsck->seen);

    if (twice)
        fsck_found(fsck, "two runs have the number %llu", (unsigned long long)twice->key.run);
}

static void check_all(struct fsck *fsck)
{
    fsck_check_twins(fsck);
    fsck_check_meta(fsck);
    fsck_check_registry(fsck);
    fsck_check_messages(fsck);
    fsck_check_histories(fsck);
    sort_runs(fsck);
    fsck_add_lost_runs(fsck);
    fsck_check_rows(fsck);
    fsck_check_turns(fsck);
    fsck_check_idle(fsck);
    fsck_check_heartbeats(fsck);
    fsck_write(fsck);
}

enum err fsck(struct kv *kv, const struct fsck_options *options, struct fsck_sum *sum)
{
    struct fsck fsck;
    enum err err;

    fsck_init(&fsck, kv, options, sum);
    fsck_choose_sides(&fsck);
    fsck_check_format(&fsck);
    if (!fsck.err) /* what a newer version wrote is not ours to judge */
        check_all(&fsck);
    err = fsck.err;
    fsck_deinit(&fsck);
    return err;
}
