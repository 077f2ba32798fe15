#include "made_up.h"

#include "base/memory.h"
#include "base/random.h"
#include "store/layout.h"
#include "store/rocks/rocks.h"
#include <stdlib.h>

#define CHANGES_IN_COMMIT 2000
#define FIRST_START_MS INT64_C(1700000000000)
#define START_EVERY_MS 1000
#define SHORT_LIFE_MS 60000
#define LONG_LIFE_MS 86400000
#define LONG_LIFE_EVERY 100

static enum err ignore(void *context, struct bytes key, struct bytes value)
{
    (void)context, (void)key, (void)value;
    return OK;
}

static enum err ignore_run(void *context, const struct open_run *run)
{
    (void)context, (void)run;
    return OK;
}

struct store *made_up_open(const char *path)
{
    const struct recovery blind = { .on_registry = ignore,
                                    .on_message = ignore,
                                    .on_open_run = ignore_run };
    const uint8_t key[SERVER_KEY_BYTES] = { 0 };
    struct store *store;
    struct kv *kv;

    ensure(kv_rocks_open(path, &kv) == OK);
    ensure(layout_open(kv, key, &store) == OK);
    ensure(store_recover(store, &blind) == OK);
    return store;
}

/* ---- lives */

static void make_lives(struct made_up *made_up, uint64_t count)
{
    struct random_sequence random = { 1 };

    *made_up = (struct made_up){ .count = count, .first_close = INSTANT_NEVER };
    made_up->runs = memory_resize(NULL, count * sizeof(*made_up->runs));
    for (uint64_t i = 0; i < count; i++) {
        bool is_long = random_below(&random, LONG_LIFE_EVERY) == 0;
        struct made_up_run *run = &made_up->runs[i];
        run->started.ms = FIRST_START_MS + (int64_t)i * START_EVERY_MS;
        run->closed.ms = run->started.ms +
                         (int64_t)random_below(&random, is_long ? LONG_LIFE_MS : SHORT_LIFE_MS);
        made_up->last_close = instant_later(made_up->last_close, run->closed);
        if (instant_before(run->closed, made_up->first_close))
            made_up->first_close = run->closed;
    }
    made_up->first_start = made_up->runs[0].started;
    made_up->last_start = made_up->runs[count - 1].started;
}

/* A start or a close. */
struct moment {
    struct instant at;
    uint64_t run;
    bool closes;
};

static int compare_moments(const void *a, const void *b)
{
    const struct moment *left = a;
    const struct moment *right = b;

    if (left->at.ms != right->at.ms)
        return left->at.ms < right->at.ms ? -1 : 1;
    if (left->run != right->run)
        return left->run < right->run ? -1 : 1;
    return left->closes - right->closes;
}

/* In the order of time; to be freed. */
static struct moment *make_moments(const struct made_up *made_up, bool stay_open, size_t *count)
{
    struct moment *moments = memory_resize(NULL, 2 * made_up->count * sizeof(*moments));

    *count = 0;
    for (uint64_t i = 0; i < made_up->count; i++) {
        moments[(*count)++] = (struct moment){ made_up->runs[i].started, i + 1, false };
        if (!stay_open)
            moments[(*count)++] = (struct moment){ made_up->runs[i].closed, i + 1, true };
    }
    qsort(moments, *count, sizeof(*moments), compare_moments);
    return moments;
}

/* ---- what a run says of itself */

static struct bytes workflow_id_of(struct arena *arena, uint64_t run)
{
    if (run % BUSY_WORKFLOW_EVERY == 0)
        return BYTES("busy");
    return arena_printf(arena, "order-%llu", (unsigned long long)run);
}

static struct bytes run_id_of(struct arena *arena, uint64_t run)
{
    return arena_printf(arena, "%016llx0123456789abcdef", (unsigned long long)run);
}

static struct bytes_list tags_of(struct arena *arena, uint64_t run)
{
    struct bytes *tags = arena_array(arena, struct bytes, 4);
    size_t count = 0;

    tags[count++] = BYTES("all");
    tags[count++] = arena_printf(arena, "shard-%llu", (unsigned long long)(run % 16));
    if (run % THIN_TAG_EVERY == 0)
        tags[count++] = BYTES("thin");
    if (run % RARE_TAG_EVERY == RARE_TAG_EVERY / 2)
        tags[count++] = BYTES("rare");
    return (struct bytes_list){ tags, count };
}

static enum close_status status_of(uint64_t run)
{
    uint64_t percent = run % 100;

    return percent < 90   ? CLOSE_STATUS_COMPLETED
           : percent < 97 ? CLOSE_STATUS_FAILED
                          : CLOSE_STATUS_TIMED_OUT;
}

/* As long as they are in a service. */
static struct bytes made_up_json(struct arena *arena, const struct run_closing *closing, int filler)
{
    return arena_printf(arena,
                        "{\"execution\":{\"workflowId\":\"%.*s\",\"runId\":\"%.*s\"},"
                        "\"workflowType\":{\"name\":\"%.*s\",\"version\":\"%.*s\"},"
                        "\"startTimestamp\":%lld,\"closeTimestamp\":%lld,\"filler\":\"%0*d\"}",
                        BYTES_FMT(closing->workflow_id), BYTES_FMT(closing->run_id),
                        BYTES_FMT(closing->type_name), BYTES_FMT(closing->type_version),
                        (long long)closing->started.ms, (long long)closing->closed.ms, filler, 0);
}

static const struct run_closing *closing_of(struct arena *arena, const struct made_up *made_up,
                                            uint64_t run)
{
    struct run_closing *closing = arena_new(arena, struct run_closing);

    closing->started = made_up->runs[run - 1].started;
    closing->closed = made_up->runs[run - 1].closed;
    closing->expires.ms = closing->closed.ms + MADE_UP_RETENTION_MS;
    closing->close_status = status_of(run);
    closing->workflow_id = workflow_id_of(arena, run);
    closing->run_id = run_id_of(arena, run);
    closing->type_name = run % RARE_TYPE_EVERY == 1 ? BYTES("rare") : BYTES("ship");
    closing->type_version = run % 2 ? BYTES("1") : BYTES("2");
    closing->tags = tags_of(arena, run);
    closing->info_json = made_up_json(arena, closing, 200);
    closing->detail_json = made_up_json(arena, closing, 500);
    return closing;
}

/* ---- commits */

static struct run_change change_of(struct arena *arena, const struct made_up *made_up,
                                   const struct moment *moment)
{
    struct run_change change = { .key = { MADE_UP_ACCOUNT, MADE_UP_DOMAIN, moment->run },
                                 .event_count = 1 };
    struct run_opening *opening = arena_new(arena, struct run_opening);
    struct bytes *event = arena_new(arena, struct bytes);

    *event = arena_printf(arena, "{\"eventId\":%d,\"filler\":\"%0200d\"}", moment->closes ? 2 : 1,
                          0);
    change.events = event;
    if (moment->closes) {
        change.builds_on = 1;
        change.closing = closing_of(arena, made_up, moment->run);
    } else {
        *opening = (struct run_opening){ workflow_id_of(arena, moment->run),
                                         run_id_of(arena, moment->run) };
        change.opening = opening;
    }
    return change;
}

static void on_committed(void *context, enum err err)
{
    (void)context;
    ensure(err == OK);
}

static void commit_moments(const struct made_up *made_up, struct store *store,
                           const struct moment *moments, size_t count)
{
    struct store_meta meta;
    struct arena arena;

    arena_init(&arena, "commit", (size_t)1 << 30);
    struct run_change *changes = arena_array(&arena, struct run_change, count);
    store_get_meta(store, &meta);
    for (size_t i = 0; i < count; i++) {
        changes[i] = change_of(&arena, made_up, &moments[i]);
        if (!moments[i].closes)
            meta.next_run = moments[i].run + 1;
    }
    struct commit commit = {
        .turn = meta.turn + 1,
        .next_run = meta.next_run,
        .clock = moments[count - 1].at,
        .runs = changes,
        .run_count = count,
    };
    store_commit(store, &commit, on_committed, NULL);
    arena_deinit(&arena);
}

void made_up_fill(struct made_up *made_up, struct store *store, uint64_t count, bool stay_open)
{
    size_t moment_count;

    make_lives(made_up, count);
    struct moment *moments = make_moments(made_up, stay_open, &moment_count);
    for (size_t i = 0; i < moment_count; i += CHANGES_IN_COMMIT) {
        size_t left = moment_count - i;
        commit_moments(made_up, store, moments + i,
                       left < CHANGES_IN_COMMIT ? left : CHANGES_IN_COMMIT);
    }
    memory_free(moments);
}

void made_up_free(struct made_up *made_up)
{
    memory_free(made_up->runs);
}
