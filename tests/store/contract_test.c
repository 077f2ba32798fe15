/*
 * What every store promises, over each key-value world.
 */
#include "model.h"

#include <pthread.h>
#include <stdatomic.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static enum world_kind kind_of(void **state)
{
    return *(enum world_kind *)*state;
}

/* ---- a store that begins */

static void test_fresh_store(void **state)
{
    struct world world;
    struct store_meta meta;

    world_init(&world, kind_of(state));
    world_open_recovered(&world);
    store_get_meta(world.store, &meta);
    assert_int_equal(meta.turn, 0);
    assert_int_equal(meta.next_run, 1);
    assert_int_equal(meta.clock.ms, 0);
    assert_memory_equal(meta.server_key, fresh_key, SERVER_KEY_BYTES);
    assert_true(store_free_bytes(world.store) > 0);
    world_deinit(&world);
}

static void test_server_key_stays(void **state)
{
    struct world world;
    struct store_meta meta;
    uint8_t other_key[SERVER_KEY_BYTES] = { 1 };
    struct kv *kv;

    world_init(&world, kind_of(state));
    world_open_recovered(&world);
    world_close(&world);
    kv = world.kv;
    if (world.kind == WORLD_ROCKS)
        assert_ok(kv_rocks_open(world.folder, &kv));
    assert_ok(layout_open(kv, other_key, &world.store));
    store_get_meta(world.store, &meta);
    assert_memory_equal(meta.server_key, fresh_key, SERVER_KEY_BYTES);
    world_deinit(&world);
}

static void test_nothing_is_found_in_an_empty_store(void **state)
{
    struct world world;
    struct arena arena;
    struct run_key key = { 1, 1, 1 };
    struct history_query query = {
        .key = key, .from = 1, .to = 10, .events_max = 10, .bytes_max = 10
    };
    struct closed_query list = {
        .account = 1, .domain = 1, .latest = INSTANT_NEVER, .count_max = 1
    };
    struct history_page page;
    struct run_opening names;
    struct run_closing closing;
    struct closed_page closed;
    size_t count;
    bool more;

    world_init(&world, kind_of(state));
    world_open_recovered(&world);
    arena_init(&arena, "test", 1 << 20);
    assert_int_equal(store_read_history(world.store, &query, &arena, &page), ERR_NOT_FOUND);
    assert_int_equal(store_read_names(world.store, key, &arena, &names), ERR_NOT_FOUND);
    assert_int_equal(store_read_closing(world.store, key, list.now, &arena, &closing),
                     ERR_NOT_FOUND);
    assert_int_equal(store_find_closed(world.store, 1, 1, BYTES("w"), BYTES("r"), list.now, &key),
                     ERR_NOT_FOUND);
    assert_ok(store_list_closed(world.store, &list, &arena, &closed));
    assert_int_equal(closed.count, 0);
    assert_false(closed.more);
    assert_ok(store_count_closed(world.store, &list, &count, &more));
    assert_int_equal(count, 0);
    assert_false(more);
    assert_ok(store_remove_expired(world.store, INSTANT_NEVER, 10, &count, NULL));
    assert_int_equal(count, 0);
    arena_deinit(&arena);
    world_deinit(&world);
}

/* ---- no commit in a commit */

static void commit_again(void *context, enum err err)
{
    (void)err;
    (void)commit_now(context, &(struct commit){ .turn = 2, .next_run = 1 });
}

/* What the first one has still to do would lie in the memory of the second. */
static void test_a_report_cannot_commit(void **state)
{
    struct world world;
    int status = 0;
    pid_t child;

    world_init(&world, kind_of(state));
    world_open_recovered(&world);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        quiet_begin();
        store_commit(world.store, &(struct commit){ .turn = 1, .next_run = 1 }, commit_again,
                     world.store);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    world_deinit(&world);
}

/* ---- made-up commits against the model */

static void check_all(struct model *model, struct store *store, size_t queries)
{
    model_check_reads(model, store, MODEL_STRICT);
    model_check_lists(model, store, queries, MODEL_STRICT);
}

static void run_seed(enum world_kind kind, uint64_t seed, size_t commits)
{
    struct world world;
    struct model *model = model_new(seed);

    world_init(&world, kind);
    assert_true(model_check_start(model, &world, MODEL_STRICT));
    for (size_t i = 0; i < commits; i++) {
        assert_ok(model_commit(model, world.store));
        if (random_below(&model->random, 40) == 0)
            model_remove_expired(model, world.store, model->clock,
                                 1 + random_below(&model->random, 8));
        if (random_below(&model->random, 60) == 0) {
            world_close(&world);
            assert_true(model_check_start(model, &world, MODEL_STRICT));
        }
        if (kind == WORLD_MEMORY && random_below(&model->random, 60) == 0) {
            world_crash(&world);
            assert_true(model_check_start(model, &world, MODEL_STRICT));
        }
        if (random_below(&model->random, 50) == 0)
            check_all(model, world.store, 10);
    }
    check_all(model, world.store, 200);
    world_deinit(&world);
    model_free(model);
}

static void test_made_up_commits(void **state)
{
    if (kind_of(state) == WORLD_ROCKS) {
        run_seed(WORLD_ROCKS, 1, 400);
        return;
    }
    for (uint64_t seed = 1; seed <= 8; seed++)
        run_seed(WORLD_MEMORY, seed, 500);
}

/* ---- recovery before, at and after a checkpoint */

static const struct run_opening an_opening = { { "order", 5 }, { "a run id", 8 } };

static struct run_closing a_closing(uint64_t run, int64_t at_ms)
{
    return (struct run_closing){
        .started.ms = at_ms,
        .closed.ms = at_ms + (int64_t)run,
        .expires.ms = at_ms + 1000000,
        .close_status = CLOSE_STATUS_COMPLETED,
        .workflow_id = an_opening.workflow_id,
        .run_id = an_opening.run_id,
        .type_name = BYTES("type"),
        .type_version = BYTES("1"),
        .info_json = BYTES("{}"),
        .detail_json = BYTES("{}"),
    };
}

/* Opens one run, and closes it in the same turn unless it is to stay. */
static void commit_one_run(struct store *store, uint64_t turn, bool stays)
{
    struct bytes event = BYTES("{\"eventId\":1}");
    struct run_closing closing = a_closing(turn, 1000);
    struct run_change change = {
        .key = { 1, 1, turn },
        .events = &event,
        .event_count = 1,
        .opening = &an_opening,
        .closing = stays ? NULL : &closing,
    };
    struct commit commit = {
        .turn = turn, .next_run = turn + 1, .clock.ms = 1000, .runs = &change, .run_count = 1
    };

    assert_ok(commit_now(store, &commit));
}

struct open_list {
    uint64_t runs[64];
    size_t count;
};

static enum err on_pair(void *context, struct bytes key, struct bytes value)
{
    (void)context, (void)key, (void)value;
    return OK;
}

static enum err on_run(void *context, const struct open_run *run)
{
    struct open_list *list = context;
    assert_true(list->count < 64);
    list->runs[list->count++] = run->key.run;
    return OK;
}

static void assert_every_400th_is_open(struct store *store, uint64_t turns)
{
    struct open_list list = { 0 };
    struct recovery recovery = { &list, on_pair, on_pair, on_run, NULL, NULL, NULL };
    struct store_meta meta;

    store_get_meta(store, &meta);
    assert_int_equal(meta.turn, turns);
    assert_ok(store_recover(store, &recovery));
    assert_int_equal(list.count, turns / 400);
    for (size_t i = 0; i < list.count; i++)
        assert_int_equal(list.runs[i], (i + 1) * 400);
}

/* ---- runs that close in the same instant */

static void open_run(struct store *store, uint64_t run)
{
    struct bytes event = BYTES("{\"eventId\":1}");
    struct run_change change = {
        .key = { 1, 1, run }, .events = &event, .event_count = 1, .opening = &an_opening
    };
    struct commit commit = {
        .turn = run, .next_run = run + 1, .clock.ms = 1000, .runs = &change, .run_count = 1
    };

    assert_ok(commit_now(store, &commit));
}

/* Both in one commit, in this order. */
static void close_two_runs(struct store *store, uint64_t turn, uint64_t first, uint64_t second)
{
    struct bytes event = BYTES("{\"eventId\":2}");
    struct run_closing closing = a_closing(0, 1000);
    struct run_change changes[2];
    struct commit commit = {
        .turn = turn, .next_run = 5, .clock.ms = 1000, .runs = changes, .run_count = 2
    };

    changes[0] = (struct run_change){ .key = { 1, 1, first },
                                      .builds_on = 1,
                                      .events = &event,
                                      .event_count = 1,
                                      .closing = &closing };
    changes[1] = changes[0];
    changes[1].key.run = second;
    assert_ok(commit_now(store, &commit));
}

/* Page by page, one run on each. */
static void assert_listed(struct store *store, struct closed_query query, const uint64_t runs[4])
{
    struct closed_page page;
    struct arena arena;

    arena_init(&arena, "test", 1 << 20);
    for (int i = 0; i < 4; i++) {
        assert_ok(store_list_closed(store, &query, &arena, &page));
        assert_int_equal(page.count, 1);
        assert_int_equal(page.more, i < 3);
        assert_int_equal(page.items[0].run, runs[i]);
        query.after_time = page.items[0].time;
        query.after_number = page.items[0].number;
    }
    arena_deinit(&arena);
}

/* They lie in the order of the close in lists by close time, also when the store was opened anew in
 * between. */
static void test_ties_lie_in_their_order(void **state)
{
    struct world world;
    struct closed_query query = {
        .account = 1, .domain = 1, .latest = INSTANT_NEVER, .count_max = 1
    };

    world_init(&world, kind_of(state));
    world_open_recovered(&world);
    for (uint64_t run = 1; run <= 4; run++)
        open_run(world.store, run);
    close_two_runs(world.store, 5, 4, 2);
    world_close(&world);
    world_open_recovered(&world);
    close_two_runs(world.store, 6, 3, 1);
    assert_listed(world.store, query, (const uint64_t[]){ 4, 3, 2, 1 });
    query.by_close_time = true;
    assert_listed(world.store, query, (const uint64_t[]){ 1, 3, 2, 4 });
    query.ascending = true;
    assert_listed(world.store, query, (const uint64_t[]){ 4, 2, 3, 1 });
    query.by_close_time = false;
    assert_listed(world.store, query, (const uint64_t[]){ 1, 2, 3, 4 });
    world_deinit(&world);
}

static size_t count_keys(struct kv *kv, enum kv_space space, char kind)
{
    size_t count = 0;
    struct kv_iterator *iterator = kv_iterate_prefix(kv, space, BYTES(""));

    kv->functions->seek(iterator, bytes_of(&kind, 1));
    while (kv->functions->valid(iterator) && kv->functions->key(iterator).ptr[0] == kind) {
        count++;
        kv->functions->next(iterator);
    }
    kv->functions->done(iterator);
    return count;
}

/* More turns than a checkpoint waits for; every 400th run stays open. */
static void test_checkpoints_come_by_themselves(void **state)
{
    const uint64_t turns = 10000;
    struct world world;

    if (kind_of(state) != WORLD_MEMORY)
        skip();
    world_init(&world, WORLD_MEMORY);
    world_open_recovered(&world);
    for (uint64_t turn = 1; turn <= turns; turn++)
        commit_one_run(world.store, turn, turn % 400 == 0);
    assert_in_range(count_keys(world.kv, KV_STATE, 't'), 1000, 4200);
    assert_int_equal(count_keys(world.kv, KV_STATE, 'o'), 2 * 4096 / 400);
    world_crash(&world);
    assert_ok(world_open(&world));
    assert_every_400th_is_open(world.store, turns);
    world_close(&world);
    assert_int_equal(count_keys(world.kv, KV_STATE, 't'), 1);
    assert_int_equal(count_keys(world.kv, KV_STATE, 'o'), turns / 400);
    assert_ok(world_open(&world));
    assert_every_400th_is_open(world.store, turns);
    world_deinit(&world);
}

/* Where many stay open there are more of them, so that each is soon written. */
static void test_checkpoints_are_never_large(void **state)
{
    struct world world;
    size_t before = 0;

    if (kind_of(state) != WORLD_MEMORY)
        skip();
    world_init(&world, WORLD_MEMORY);
    world_open_recovered(&world);
    for (uint64_t turn = 1; turn <= 10000; turn++) {
        commit_one_run(world.store, turn, true);
        if (turn % 500 != 0)
            continue;
        size_t rows = count_keys(world.kv, KV_STATE, 'o');
        assert_in_range(rows - before, 0, 2500);
        assert_in_range(turn - rows, 0, 2048);
        before = rows;
    }
    world_deinit(&world);
}

/* Puts a heartbeat of activity 1 into each of runs 1 to 3, in a turn of its own. */
static void commit_heartbeats(struct store *store, uint64_t turn)
{
    struct heartbeat_change heartbeat = { 1, BYTES("half") };
    struct run_change changes[3];
    struct commit commit = {
        .turn = turn, .next_run = 4, .clock.ms = 1000, .runs = changes, .run_count = 3
    };

    for (uint64_t i = 0; i < 3; i++)
        changes[i] = (struct run_change){
            .key = { 1, 1, i + 1 }, .builds_on = 1, .heartbeats = &heartbeat, .heartbeat_count = 1
        };
    assert_ok(commit_now(store, &commit));
}

static enum err count_heartbeats(void *context, const struct open_run *run)
{
    *(size_t *)context += run->heartbeat_count;
    return OK;
}

/* Heartbeats of runs that are not open, before and behind one that is. */
static void test_heartbeats_of_nobody_are_dropped(void **state)
{
    struct world world;
    size_t handed_over = 0;
    struct recovery recovery = {
        &handed_over, on_pair, on_pair, count_heartbeats, NULL, NULL, NULL
    };

    if (kind_of(state) != WORLD_MEMORY)
        skip();
    world_init(&world, WORLD_MEMORY);
    world_open_recovered(&world);
    for (uint64_t turn = 1; turn <= 3; turn++)
        commit_one_run(world.store, turn, turn == 2);
    commit_heartbeats(world.store, 4);
    assert_int_equal(count_keys(world.kv, KV_STATE, 'h'), 3);
    world_crash(&world);
    assert_ok(world_open(&world));
    assert_ok(store_recover(world.store, &recovery));
    assert_int_equal(handed_over, 1);
    assert_int_equal(count_keys(world.kv, KV_STATE, 'h'), 1);
    world_deinit(&world);
}

static enum err stop_at_second(void *context, const struct open_run *run)
{
    (void)run;
    return ++*(int *)context == 2 ? ERR_TOO_LARGE : OK;
}

static void test_recovery_stops_when_told(void **state)
{
    struct world world;
    int seen = 0;
    struct recovery recovery = { &seen, on_pair, on_pair, stop_at_second, NULL, NULL, NULL };

    world_init(&world, kind_of(state));
    world_open_recovered(&world);
    for (uint64_t turn = 1; turn <= 3; turn++)
        commit_one_run(world.store, turn, true);
    world_close(&world);
    assert_ok(world_open(&world));
    assert_int_equal(store_recover(world.store, &recovery), ERR_TOO_LARGE);
    assert_int_equal(seen, 2);
    world_deinit(&world);
}

/* Who opens a store without recovering it knows nothing of open runs, and must not write what it
 * does not know. */
static void test_close_without_recovery_harms_nothing(void **state)
{
    struct world world;
    struct open_list list = { 0 };
    struct recovery recovery = { &list, on_pair, on_pair, on_run, NULL, NULL, NULL };

    world_init(&world, kind_of(state));
    world_open_recovered(&world);
    commit_one_run(world.store, 1, true);
    world_close(&world);
    assert_ok(world_open(&world));
    world_close(&world);
    assert_ok(world_open(&world));
    quiet_begin();
    assert_ok(store_recover(world.store, &recovery));
    assert_string_equal(quiet_end(), ""); /* nor does it need a second look */
    assert_int_equal(list.count, 1);
    world_deinit(&world);
}

/* ---- retention */

static size_t count_closed(struct world *world)
{
    struct closed_query all = {
        .account = 1, .domain = 1, .latest = INSTANT_NEVER, .count_max = 1000
    };
    size_t count;
    bool more;

    assert_ok(store_count_closed(world->store, &all, &count, &more));
    return count;
}

static struct sweep commit_with_sweep(struct store *store, uint64_t turn, size_t runs_max)
{
    struct sweep sweep = { .now = INSTANT_NEVER, .runs_max = runs_max };
    struct commit commit = { .turn = turn, .next_run = 1000, .clock.ms = 1000, .sweep = &sweep };

    assert_ok(commit_now(store, &commit));
    return sweep;
}

/* It goes in the commit's own write, up to a number, and stays away. */
static void test_a_commit_takes_out_what_expired(void **state)
{
    struct world world;
    struct sweep sweep;

    world_init(&world, kind_of(state));
    world_open_recovered(&world);
    for (uint64_t turn = 1; turn <= 10; turn++)
        commit_one_run(world.store, turn, false);
    sweep = commit_with_sweep(world.store, 11, 4);
    assert_int_equal(sweep.removed, 4);
    assert_true(sweep.is_cut);
    assert_int_equal(count_closed(&world), 6);
    world_close(&world);
    world_open_recovered(&world);
    assert_int_equal(count_closed(&world), 6);
    sweep = commit_with_sweep(world.store, 12, 100);
    assert_int_equal(sweep.removed, 6);
    assert_false(sweep.is_cut);
    assert_int_equal(count_closed(&world), 0);
    sweep = commit_with_sweep(world.store, 13, 100);
    assert_int_equal(sweep.removed, 0);
    assert_false(sweep.is_cut);
    world_deinit(&world);
}

/* A run that expires before the place where the last removal stopped is found all the same. */
static void test_removal_finds_what_expires_out_of_order(void **state)
{
    struct world world;
    size_t removed;

    world_init(&world, kind_of(state));
    world_open_recovered(&world);
    commit_one_run(world.store, 1, false); /* expires at 1,001,000 */
    assert_ok(store_remove_expired(world.store, (struct instant){ 1001000 }, 10, &removed, NULL));
    assert_int_equal(removed, 1);

    struct bytes event = BYTES("{}");
    struct run_closing closing = a_closing(2, 1000);
    closing.expires.ms = 5000;
    struct run_change change = { .key = { 1, 1, 2 },
                                 .events = &event,
                                 .event_count = 1,
                                 .opening = &an_opening,
                                 .closing = &closing };
    struct commit commit = {
        .turn = 2, .next_run = 3, .clock.ms = 1000, .runs = &change, .run_count = 1
    };
    assert_ok(commit_now(world.store, &commit));
    assert_ok(store_remove_expired(world.store, (struct instant){ 4999 }, 10, &removed, NULL));
    assert_int_equal(removed, 0);
    assert_ok(store_remove_expired(world.store, (struct instant){ 5000 }, 10, &removed, NULL));
    assert_int_equal(removed, 1);
    world_deinit(&world);
}

static void commit_change(struct store *store, uint64_t turn, const struct run_change *change,
                          struct sweep *sweep)
{
    struct commit commit = { .turn = turn,
                             .next_run = turn + 1,
                             .clock.ms = 1000,
                             .runs = change,
                             .run_count = 1,
                             .sweep = sweep };

    assert_ok(commit_now(store, &commit));
}

/* A run that expires as it closes, in a commit that removes one which lies behind it: the next
 * removal finds it. */
static void test_removal_finds_what_closes_with_it(void **state)
{
    struct bytes event = BYTES("{}");
    struct run_closing closing = a_closing(2, 1000);
    struct run_change first = {
        .key = { 1, 1, 1 }, .events = &event, .event_count = 1, .opening = &an_opening
    };
    struct run_change second = first;
    struct sweep sweep = { .now = { 1000 }, .runs_max = 10 };
    struct world world;
    size_t removed;

    world_init(&world, kind_of(state));
    world_open_recovered(&world);
    closing.expires.ms = 1000;
    commit_change(world.store, 1, &first, NULL);
    second.key.run = 2;
    second.closing = &closing;
    commit_change(world.store, 2, &second, NULL);
    first.opening = NULL;
    first.builds_on = 1;
    first.closing = &closing;
    commit_change(world.store, 3, &first, &sweep);
    assert_int_equal(sweep.removed, 1);
    assert_ok(store_remove_expired(world.store, (struct instant){ 1000 }, 10, &removed, NULL));
    assert_int_equal(removed, 1);
    world_deinit(&world);
}

static size_t count_listed(struct store *store, bool by_close_time, int64_t oldest_ms)
{
    struct closed_query query = { .account = 1,
                                  .domain = 1,
                                  .by_close_time = by_close_time,
                                  .oldest.ms = oldest_ms,
                                  .latest = INSTANT_NEVER,
                                  .count_max = 10 };
    size_t count;
    bool more;

    assert_ok(store_count_closed(store, &query, &count, &more));
    return count;
}

static void close_run(struct store *store, uint64_t turn, int64_t started_ms, int64_t closed_ms)
{
    struct bytes event = BYTES("{}");
    struct run_closing closing = a_closing(turn, started_ms);
    struct run_change change = { .key = { 1, 1, turn },
                                 .events = &event,
                                 .event_count = 1,
                                 .opening = &an_opening,
                                 .closing = &closing };
    struct commit commit = {
        .turn = turn, .next_run = turn + 1, .clock.ms = closed_ms, .runs = &change, .run_count = 1
    };

    closing.closed.ms = closed_ms;
    closing.expires.ms = closed_ms + 1000;
    assert_ok(commit_now(store, &commit));
}

/* A run that started before all that are left is listed, and so is what closed before; also when
 * nothing was left. */
static void test_lists_reach_below_what_was_removed(void **state)
{
    struct world world;
    size_t removed;

    world_init(&world, kind_of(state));
    world_open_recovered(&world);
    for (uint64_t turn = 1; turn <= 5; turn++)
        close_run(world.store, turn, 1000 * (int64_t)turn, 1000 * (int64_t)turn + 500);
    assert_ok(store_remove_expired(world.store, (struct instant){ 5000 }, 10, &removed, NULL));
    assert_int_equal(removed, 3);
    assert_int_equal(count_listed(world.store, false, 0), 2);
    assert_int_equal(count_listed(world.store, true, 0), 2);
    close_run(world.store, 6, 100, 6000);
    assert_int_equal(count_listed(world.store, false, 0), 3);
    assert_int_equal(count_listed(world.store, true, 0), 3);
    close_run(world.store, 7, 50, 200); /* the wall clock may have gone back while no server ran */
    assert_int_equal(count_listed(world.store, true, 0), 4);
    assert_int_equal(count_listed(world.store, true, 201), 3);
    assert_ok(store_remove_expired(world.store, (struct instant){ 9000 }, 10, &removed, NULL));
    assert_int_equal(removed, 4);
    assert_int_equal(count_listed(world.store, false, 0), 0);
    close_run(world.store, 8, 10, 20);
    assert_int_equal(count_listed(world.store, false, 0), 1);
    assert_int_equal(count_listed(world.store, true, 0), 1);
    world_deinit(&world);
}

/* What a removed run leaves: the turn record of the newest turn, the meta values, nothing else. */
static void test_removal_leaves_nothing(void **state)
{
    struct world world;
    size_t removed;

    if (kind_of(state) != WORLD_MEMORY)
        skip();
    world_init(&world, WORLD_MEMORY);
    world_open_recovered(&world);
    for (uint64_t turn = 1; turn <= 5; turn++)
        commit_one_run(world.store, turn, false);
    assert_ok(store_remove_expired(world.store, INSTANT_NEVER, 100, &removed, NULL));
    assert_int_equal(removed, 5);
    world_close(&world);
    struct kv_iterator *iterator = kv_iterate_prefix(world.kv, KV_HISTORY, BYTES(""));
    world.kv->functions->seek(iterator, BYTES(""));
    assert_false(world.kv->functions->valid(iterator));
    world.kv->functions->done(iterator);
    for (int kind = 0; kind < 128; kind++)
        assert_int_equal(count_keys(world.kv, KV_CLOSED, (char)kind), 0);
    assert_int_equal(count_keys(world.kv, KV_STATE, 't'), 1);
    assert_int_equal(count_keys(world.kv, KV_STATE, 'm'), 3);
    world_deinit(&world);
}

static bool has_events(struct store *store, struct run_key key)
{
    struct arena arena;
    struct history_query query = {
        .key = key, .from = 1, .to = 1, .events_max = 1, .bytes_max = 1
    };
    struct history_page page;

    arena_init(&arena, "test", 1 << 20);
    enum err err = store_read_history(store, &query, &arena, &page);
    arena_deinit(&arena);
    assert_true(err == OK || err == ERR_NOT_FOUND);
    return err == OK;
}

/* A history of many records goes in another way than a short one, and takes nothing else along. */
static void test_long_history_is_removed_whole(void **state)
{
    struct world world;
    struct bytes event = BYTES("{}");
    struct run_closing closing = a_closing(1, 1000);
    struct run_change changes[1500];
    size_t removed;

    closing.expires.ms = 2000;
    world_init(&world, kind_of(state));
    world_open_recovered(&world);
    for (int i = 0; i < 1500; i++)
        changes[i] = (struct run_change){
            .key = { 1, 1, 1 }, .builds_on = i, .events = &event, .event_count = 1
        };
    changes[0].opening = &an_opening;
    changes[1499].closing = &closing;
    struct commit commit = { .turn = 1, .next_run = 2, .runs = changes, .run_count = 1500 };
    assert_ok(commit_now(world.store, &commit));
    commit_one_run(world.store, 2, false);
    assert_ok(store_remove_expired(world.store, (struct instant){ 2000 }, 10, &removed, NULL));
    assert_int_equal(removed, 1);
    assert_false(has_events(world.store, (struct run_key){ 1, 1, 1 }));
    assert_true(has_events(world.store, (struct run_key){ 1, 1, 2 }));
    world_deinit(&world);
}

/* ---- reading while somebody commits */

#define THREAD_TURNS 300

struct reader {
    struct store *store;
    atomic_uint_fast64_t *committed; /* turns that were acknowledged */
    size_t reads;
};

/* Every run of an acknowledged turn is there whole: two events, its names, its place in the list.
 */
static void read_one(struct reader *reader, struct arena *arena, uint64_t run)
{
    struct run_key key = { 1, 1, run };
    struct history_query query = {
        .key = key, .from = 1, .to = 9, .events_max = 9, .bytes_max = 999
    };
    struct closed_query list = {
        .account = 1, .domain = 1, .latest = INSTANT_NEVER, .count_max = THREAD_TURNS
    };
    struct history_page page;
    struct run_opening names;
    struct closed_page closed;
    uint64_t before = atomic_load(reader->committed);

    ensure(store_read_history(reader->store, &query, arena, &page) == OK && page.count == 1);
    ensure(store_read_names(reader->store, key, arena, &names) == OK);
    ensure(store_list_closed(reader->store, &list, arena, &closed) == OK);
    ensure(closed.count >= before && closed.count <= THREAD_TURNS);
    for (size_t i = 0; i < closed.count; i++)
        ensure(closed.items[i].run == closed.count - i);
}

static void *read_all_the_time(void *context)
{
    struct reader *reader = context;
    struct random_sequence random = { 5 };
    struct arena arena;
    uint64_t committed;

    arena_init(&arena, "reader", (size_t)1 << 30);
    while ((committed = atomic_load(reader->committed)) < THREAD_TURNS) {
        if (committed > 0)
            read_one(reader, &arena, 1 + random_below(&random, committed));
        reader->reads++;
        arena_reset(&arena);
    }
    arena_deinit(&arena);
    return NULL;
}

static void test_readers_see_whole_commits(void **state)
{
    struct world world;
    atomic_uint_fast64_t committed = 0;
    struct reader readers[2];
    pthread_t threads[2];

    world_init(&world, kind_of(state));
    world_open_recovered(&world);
    for (int i = 0; i < 2; i++) {
        readers[i] = (struct reader){ world.store, &committed, 0 };
        assert_int_equal(pthread_create(&threads[i], NULL, read_all_the_time, &readers[i]), 0);
    }
    for (uint64_t turn = 1; turn <= THREAD_TURNS; turn++) {
        commit_one_run(world.store, turn, false);
        atomic_store(&committed, turn);
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    world_deinit(&world);
}

int main(void)
{
    static enum world_kind memory = WORLD_MEMORY;
    static enum world_kind rocks = WORLD_ROCKS;

/* clang-format off */
#define ON(test, kind) { #test " (" #kind ")", test, NULL, NULL, &kind }
/* clang-format on */
#define BOTH(test) ON(test, memory), ON(test, rocks)
    const struct CMUnitTest tests[] = {
        BOTH(test_fresh_store),
        BOTH(test_server_key_stays),
        BOTH(test_nothing_is_found_in_an_empty_store),
        ON(test_a_report_cannot_commit, memory),
        BOTH(test_made_up_commits),
        BOTH(test_ties_lie_in_their_order),
        ON(test_checkpoints_come_by_themselves, memory),
        ON(test_checkpoints_are_never_large, memory),
        ON(test_heartbeats_of_nobody_are_dropped, memory),
        BOTH(test_recovery_stops_when_told),
        BOTH(test_close_without_recovery_harms_nothing),
        BOTH(test_a_commit_takes_out_what_expired),
        BOTH(test_removal_finds_what_expires_out_of_order),
        BOTH(test_removal_finds_what_closes_with_it),
        BOTH(test_lists_reach_below_what_was_removed),
        ON(test_removal_leaves_nothing, memory),
        BOTH(test_long_history_is_removed_whole),
        BOTH(test_readers_see_whole_commits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
