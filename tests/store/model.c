#include "model.h"

#include <stdlib.h>

#define EVENTS_IN_CHANGE_MAX 4
#define CHANGES_MAX 8

static uint64_t below(struct model *model, uint64_t bound)
{
    return random_below(&model->random, bound);
}

static bool one_in(struct model *model, uint64_t n)
{
    return below(model, n) == 0;
}

static struct bytes format(struct model *model, const char *text, uint64_t number)
{
    return arena_printf(&model->arena, text, (unsigned long long)number);
}

struct model *model_new(uint64_t seed)
{
    struct model *model = calloc(1, sizeof(*model));

    arena_init(&model->arena, "model", (size_t)1 << 30);
    model->random.state = seed;
    model->next_run = 1;
    model->clock.ms = 1000000;
    for (uint64_t i = 0; i < MODEL_PAIRS_MAX; i++) {
        model->registry[i].key = format(model, "type/%02llu", i);
        model->messages[i].key = format(model, "m%02llu", i);
    }
    return model;
}

void model_free(struct model *model)
{
    arena_deinit(&model->arena);
    free(model);
}

/* ---- making up a commit */

/* The commit under way: which runs are open, and where their histories end, as its changes add up.
 */
struct draft {
    struct model *model;
    struct commit commit;
    struct run_change *runs;
    struct instant now;
};

/* Of letters that cannot be compressed much. */
static struct bytes long_event(struct model *model, uint64_t run, int64_t id)
{
    struct bytes begin = arena_printf(&model->arena, "{\"eventId\":%lld,\"run\":%llu,\"x\":\"",
                                      (long long)id, (unsigned long long)run);
    size_t len = begin.len + below(model, model->long_event_bytes);
    char *event = arena_alloc_text(&model->arena, len + 2);

    random_fill(&model->random, event, len);
    for (size_t i = 0; i < len; i++)
        event[i] = (char)('A' + (event[i] & 15));
    memcpy(event, begin.ptr, begin.len);
    memcpy(event + len, "\"}", 2);
    return bytes_of(event, len + 2);
}

static struct bytes made_up_event(struct model *model, uint64_t run, int64_t id)
{
    static const char filler[] = "................................................................";

    if (model->long_event_bytes > 0 && one_in(model, 8))
        return long_event(model, run, id);
    int len = (int)below(model, sizeof(filler));
    return arena_printf(&model->arena, "{\"eventId\":%lld,\"run\":%llu,\"x\":\"%.*s\"}",
                        (long long)id, (unsigned long long)run, len, filler);
}

static void add_events(struct draft *draft, struct run_change *change, size_t count)
{
    struct bytes *events = arena_array(&draft->model->arena, struct bytes, count);

    for (size_t i = 0; i < count; i++)
        events[i] = made_up_event(draft->model, change->key.run,
                                  change->builds_on + 1 + (int64_t)i);
    change->events = events;
    change->event_count = count;
}

static struct run_change *add_change(struct draft *draft)
{
    return &draft->runs[draft->commit.run_count++];
}

static void add_opening(struct draft *draft, struct run_change *change)
{
    struct model *model = draft->model;
    struct run_opening *names = arena_new(&model->arena, struct run_opening);

    change->key.account = 111111111111 * (1 + below(model, 2));
    change->key.domain = (uint32_t)(1 + below(model, 2));
    change->key.run = draft->commit.next_run++;
    names->workflow_id = format(model, "order-%llu", below(model, 5));
    names->run_id = format(model, "run-%llu-id", change->key.run);
    change->opening = names;
    add_events(draft, change, 1 + below(model, EVENTS_IN_CHANGE_MAX));
}

static struct bytes_list made_up_tags(struct model *model)
{
    size_t count = below(model, 4);
    struct bytes *tags = arena_array(&model->arena, struct bytes, count);

    if (count == 0 && one_in(model, 2))
        return (struct bytes_list){ 0 };
    for (size_t i = 0; i < count; i++)
        tags[i] = one_in(model, 6) ? BYTES("") : format(model, "tag%llu", below(model, 3));
    return (struct bytes_list){ tags, count };
}

static void add_closing(struct draft *draft, struct run_change *change,
                        const struct run_opening *names)
{
    struct model *model = draft->model;
    struct run_closing *closing = arena_new(&model->arena, struct run_closing);

    closing->closed = draft->now;
    closing->started.ms = draft->now.ms - (int64_t)below(model, 300);
    closing->expires.ms = draft->now.ms + (int64_t)(one_in(model, 3) ? below(model, 500) : 1000000);
    closing->close_status = (enum close_status)(1 + below(model, CLOSE_STATUS_COUNT));
    closing->workflow_id = names->workflow_id;
    closing->run_id = names->run_id;
    closing->type_name = format(model, "type%llu", below(model, 3));
    closing->type_version = format(model, "%llu", below(model, 2));
    closing->tags = made_up_tags(model);
    closing->info_json = format(model, "{\"info\":%llu}", change->key.run);
    closing->detail_json = format(model, "{\"detail\":%llu}", change->key.run);
    closing->context_event_id = (int64_t)below(model, 10);
    change->closing = closing;
}

static void add_heartbeats(struct draft *draft, struct run_change *change)
{
    struct model *model = draft->model;
    struct heartbeat_change *heartbeats = arena_array(&model->arena, struct heartbeat_change, 2);
    size_t count = 1 + below(model, 2);

    for (size_t i = 0; i < count; i++) {
        heartbeats[i].scheduled_event_id = (int64_t)(1 + below(model, MODEL_HEARTBEATS_MAX));
        heartbeats[i].details = one_in(model, 3) ? BYTES_ABSENT
                                                 : format(model, "beat %llu", below(model, 1000));
    }
    change->heartbeats = heartbeats;
    change->heartbeat_count = count;
}

/* A closing change removes all heartbeats of the run, as the contract wants it of the caller. */
static void remove_heartbeats(struct draft *draft, struct run_change *change)
{
    struct heartbeat_change *all = arena_array(&draft->model->arena, struct heartbeat_change,
                                               MODEL_HEARTBEATS_MAX);

    for (size_t i = 0; i < MODEL_HEARTBEATS_MAX; i++)
        all[i].scheduled_event_id = (int64_t)i + 1;
    change->heartbeats = all;
    change->heartbeat_count = MODEL_HEARTBEATS_MAX;
}

/* A run that is open and has no change in the draft yet; NULL when chance finds none. */
static struct model_run *pick_open(struct draft *draft)
{
    struct model *model = draft->model;

    if (model->run_count == 0)
        return NULL;
    struct model_run *run = &model->runs[below(model, model->run_count)];
    for (size_t i = 0; i < draft->commit.run_count; i++)
        if (draft->runs[i].key.run == run->key.run)
            return NULL;
    return run->closed ? NULL : run;
}

static void draft_open(struct draft *draft)
{
    struct model *model = draft->model;

    if (draft->commit.next_run > MODEL_RUNS_MAX)
        return;
    struct run_change *change = add_change(draft);
    add_opening(draft, change);
    if (one_in(model, 8)) { /* the shortest life: one change */
        add_closing(draft, change, change->opening);
    } else if (one_in(model, 8)) { /* or two of one commit */
        struct run_change *end = add_change(draft);
        end->key = change->key;
        end->builds_on = change->builds_on + (int64_t)change->event_count;
        add_events(draft, end, 1);
        add_closing(draft, end, change->opening);
    }
}

static void draft_progress(struct draft *draft)
{
    struct model *model = draft->model;
    struct model_run *run = pick_open(draft);

    if (!run)
        return;
    struct run_change *change = add_change(draft);
    change->key = run->key;
    change->builds_on = (int64_t)run->event_count;
    change->was_idle = run->is_idle;
    if (one_in(model, 4)) {
        add_events(draft, change, 1);
        add_closing(draft, change, &run->names);
        remove_heartbeats(draft, change);
        return;
    }
    if (one_in(model, 3))
        add_heartbeats(draft, change);
    if (change->heartbeat_count == 0 || one_in(model, 2))
        add_events(draft, change, 1 + below(model, EVENTS_IN_CHANGE_MAX));
}

static void draft_registry(struct draft *draft)
{
    struct model *model = draft->model;
    struct registry_change *change = arena_new(&model->arena, struct registry_change);

    change->key = model->registry[below(model, MODEL_PAIRS_MAX)].key;
    change->value = one_in(model, 3) ? BYTES_ABSENT
                                     : format(model, "record %llu", below(model, 1000));
    draft->commit.registry = change;
    draft->commit.registry_count = 1;
}

static void draft_message(struct draft *draft)
{
    struct model *model = draft->model;
    struct message_change *change = arena_new(&model->arena, struct message_change);

    change->key = model->messages[below(model, MODEL_PAIRS_MAX)].key;
    change->value = one_in(model, 2)   ? BYTES_ABSENT
                    : one_in(model, 5) ? BYTES("")
                                       : BYTES("message");
    draft->commit.messages = change;
    draft->commit.message_count = 1;
}

const struct commit *model_draft(struct model *model)
{
    struct draft *draft = arena_new(&model->arena, struct draft);

    draft->model = model;
    draft->runs = arena_array(&model->arena, struct run_change, CHANGES_MAX);
    draft->now.ms = model->clock.ms + (int64_t)below(model, 20);
    draft->commit = (struct commit){ .turn = model->turn + 1,
                                     .next_run = model->next_run,
                                     .clock = draft->now };
    for (uint64_t i = below(model, CHANGES_MAX / 2); i > 0; i--) {
        if (one_in(model, 3))
            draft_open(draft);
        else
            draft_progress(draft);
    }
    if (one_in(model, 4))
        draft_registry(draft);
    if (one_in(model, 4))
        draft_message(draft);
    draft->commit.runs = draft->runs;
    return &draft->commit;
}

/* ---- what a commit does */

static struct model_run *find_run(struct model *model, uint64_t run)
{
    for (size_t i = 0; i < model->run_count; i++)
        if (model->runs[i].key.run == run)
            return &model->runs[i];
    return NULL;
}

static void apply_events(struct model *model, struct model_run *run,
                         const struct run_change *change)
{
    struct bytes *events = arena_array(&model->arena, struct bytes,
                                       run->event_count + change->event_count);

    assert_int_equal(change->builds_on, run->event_count);
    for (size_t i = 0; i < run->event_count; i++)
        events[i] = run->events[i];
    for (size_t i = 0; i < change->event_count; i++)
        events[run->event_count + i] = change->events[i];
    run->events = events;
    run->event_count += change->event_count;
}

static void apply_heartbeat(struct model_run *run, const struct heartbeat_change *change)
{
    size_t i = 0;

    while (i < run->heartbeat_count &&
           run->heartbeats[i].scheduled_event_id < change->scheduled_event_id)
        i++;
    bool there = i < run->heartbeat_count &&
                 run->heartbeats[i].scheduled_event_id == change->scheduled_event_id;
    size_t after = run->heartbeat_count - i - (there ? 1 : 0);
    struct heartbeat_change *at = &run->heartbeats[i];
    if (bytes_is_absent(change->details)) {
        if (there) {
            memmove(at, at + 1, after * sizeof(*at));
            run->heartbeat_count--;
        }
        return;
    }
    if (!there) {
        memmove(at + 1, at, after * sizeof(*at));
        run->heartbeat_count++;
    }
    *at = *change;
}

static void apply_run(struct model *model, const struct run_change *change)
{
    if (change->opening) {
        struct model_run *run = &model->runs[model->run_count++];
        *run = (struct model_run){ .key = change->key, .names = *change->opening };
    }
    struct model_run *run = find_run(model, change->key.run);
    assert_non_null(run);
    run->is_idle = false;
    apply_events(model, run, change);
    for (size_t i = 0; i < change->heartbeat_count; i++)
        apply_heartbeat(run, &change->heartbeats[i]);
    if (change->closing) {
        run->closed = true;
        run->closing = *change->closing;
        run->close_number = ++model->close_count;
    }
}

static void apply_pair(struct model_pair *pairs, struct bytes key, struct bytes value)
{
    for (size_t i = 0; i < MODEL_PAIRS_MAX; i++)
        if (bytes_equal(pairs[i].key, key))
            pairs[i].value = value;
}

void model_apply(struct model *model, const struct commit *commit)
{
    model->turn = commit->turn;
    model->next_run = commit->next_run;
    model->clock = commit->clock;
    for (size_t i = 0; i < commit->run_count; i++)
        apply_run(model, &commit->runs[i]);
    for (size_t i = 0; i < commit->registry_count; i++)
        apply_pair(model->registry, commit->registry[i].key, commit->registry[i].value);
    for (size_t i = 0; i < commit->message_count; i++)
        apply_pair(model->messages, commit->messages[i].key, commit->messages[i].value);
}

#define IDLE_RUNS_MAX 16

/* What is kept of an idle run tells how long its history is: a row that is older than the last
 * change shows. */
static struct bytes idle_state(struct model *model, const struct model_run *run)
{
    return arena_printf(&model->arena, "%llu events of %llu", (unsigned long long)run->event_count,
                        (unsigned long long)run->key.run);
}

static enum err write_idle(struct model *model, struct store *store)
{
    struct model_run *chosen[IDLE_RUNS_MAX];
    struct idle_run idle[IDLE_RUNS_MAX] = { 0 };
    size_t count = 0;

    for (size_t i = 0; i < model->run_count && count < IDLE_RUNS_MAX; i++) {
        if (model->runs[i].closed || model->runs[i].heartbeat_count || (i + model->turn) % 3 == 0)
            continue;
        chosen[count] = &model->runs[i];
        idle[count++] = (struct idle_run){ model->runs[i].key, idle_state(model, &model->runs[i]) };
    }
    enum err err = store_write_idle(store, idle, count);
    for (size_t i = 0; i < count && !err; i++)
        chosen[i]->is_idle = true;
    return err;
}

enum err model_commit(struct model *model, struct store *store)
{
    const struct commit *commit = model_draft(model);

    enum err err = commit_now(store, commit);
    if (!err)
        model_apply(model, commit);
    if (!err && model->turn % 4 == 0) /* no chance: a model that only drafts goes the same way */
        err = write_idle(model, store);
    return err;
}

/* The closed run that expires next at or before `now`; ties as the store breaks them. */
static struct model_run *next_expired(struct model *model, struct instant now)
{
    struct model_run *best = NULL;

    for (size_t i = 0; i < model->run_count; i++) {
        struct model_run *run = &model->runs[i];
        if (!run->closed || run->removed || run->closing.expires.ms > now.ms)
            continue;
        if (!best || run->closing.expires.ms < best->closing.expires.ms)
            best = run;
        else if (run->closing.expires.ms == best->closing.expires.ms &&
                 (run->key.account < best->key.account ||
                  (run->key.account == best->key.account && run->key.domain < best->key.domain)))
            best = run; /* the run number rises with the index */
    }
    return best;
}

void model_remove_expired(struct model *model, struct store *store, struct instant now,
                          size_t runs_max)
{
    size_t removed = SIZE_MAX;
    struct model_run *run;

    assert_ok(store_remove_expired(store, now, runs_max, &removed, NULL));
    assert_true(removed <= runs_max);
    assert_true(removed > 0 || runs_max == 0 || next_expired(model, now) == NULL);
    for (size_t i = 0; i < removed; i++) {
        run = next_expired(model, now);
        assert_non_null(run);
        run->removed = true;
    }
}

/* ---- starting */

struct start_check {
    struct model *model;
    size_t registry_next; /* the next pair that may come */
    size_t message_next;
    size_t run_next;
};

static enum err check_pair(struct model_pair *pairs, size_t *next, struct bytes key,
                           struct bytes value)
{
    while (*next < MODEL_PAIRS_MAX && bytes_is_absent(pairs[*next].value))
        ++*next;
    assert_true(*next < MODEL_PAIRS_MAX);
    assert_bytes(key, pairs[*next].key);
    assert_bytes(value, pairs[*next].value);
    ++*next;
    return OK;
}

static void check_no_pair_left(const struct model_pair *pairs, size_t next)
{
    for (; next < MODEL_PAIRS_MAX; next++)
        assert_true(bytes_is_absent(pairs[next].value));
}

static enum err on_registry(void *context, struct bytes key, struct bytes value)
{
    struct start_check *check = context;
    return check_pair(check->model->registry, &check->registry_next, key, value);
}

static enum err on_message(void *context, struct bytes key, struct bytes value)
{
    struct start_check *check = context;
    check_no_pair_left(check->model->registry, check->registry_next);
    return check_pair(check->model->messages, &check->message_next, key, value);
}

static void assert_same_key(struct run_key a, struct run_key b)
{
    assert_int_equal(a.account, b.account);
    assert_int_equal(a.domain, b.domain);
    assert_int_equal(a.run, b.run);
}

static struct model_run *next_open(struct start_check *check)
{
    struct model *model = check->model;

    while (check->run_next < model->run_count && model->runs[check->run_next].closed)
        check->run_next++;
    return check->run_next < model->run_count ? &model->runs[check->run_next++] : NULL;
}

static enum err on_open_run(void *context, const struct open_run *found)
{
    struct start_check *check = context;
    struct model_run *run = next_open(check);

    check_no_pair_left(check->model->messages, check->message_next);
    assert_non_null(run);
    assert_same_key(found->key, run->key);
    assert_bytes(found->names.workflow_id, run->names.workflow_id);
    assert_bytes(found->names.run_id, run->names.run_id);
    assert_int_equal(found->event_count, run->event_count);
    for (size_t i = 0; i < run->event_count; i++)
        assert_bytes(found->events[i], run->events[i]);
    assert_int_equal(found->heartbeat_count, run->heartbeat_count);
    for (size_t i = 0; i < run->heartbeat_count; i++) {
        assert_int_equal(found->heartbeats[i].scheduled_event_id,
                         run->heartbeats[i].scheduled_event_id);
        assert_bytes(found->heartbeats[i].details, run->heartbeats[i].details);
    }
    run->is_idle =
        found->was_idle; /* a row may be lost, and may be there although its writing failed
                          */
    return OK;
}

/* Some are of a kind that cannot be used. */
static enum err on_idle_run(void *context, const struct idle_run *found, int64_t last_event_id)
{
    struct start_check *check = context;
    struct model_run *run = next_open(check);

    check_no_pair_left(check->model->messages, check->message_next);
    assert_non_null(run);
    assert_same_key(found->key, run->key);
    assert_bytes(found->state, idle_state(check->model, run));
    assert_true(last_event_id == 0 || last_event_id == (int64_t)run->event_count);
    run->is_idle = true;
    if (run->key.run % 3)
        return OK;
    check->run_next--;
    return ERR_NOT_FOUND;
}

static void check_meta(struct model *model, struct store *store)
{
    struct store_meta meta;

    store_get_meta(store, &meta);
    assert_int_equal(meta.turn, model->turn);
    assert_int_equal(meta.next_run, model->next_run);
    assert_int_equal(meta.clock.ms, model->turn ? model->clock.ms : 0);
    assert_memory_equal(meta.server_key, fresh_key, SERVER_KEY_BYTES);
}

/* May this answer stand for what was expected? */
static bool is_damage(enum err err, enum model_mood mood)
{
    return mood == MODEL_DAMAGED && err == ERR_CORRUPT;
}

bool model_check_start(struct model *model, struct world *world, enum model_mood mood)
{
    enum err err = world_open(world);
    if (is_damage(err, mood))
        return false;
    assert_ok(err);
    return model_check_recovery(model, world->store, mood);
}

bool model_check_recovery(struct model *model, struct store *store, enum model_mood mood)
{
    struct start_check check = { .model = model };
    struct recovery recovery = { &check, on_registry, on_message, on_open_run,
                                 NULL,   on_idle_run, NULL };

    check_meta(model, store);
    enum err err = store_recover(store, &recovery);
    if (is_damage(err, mood))
        return false;
    assert_ok(err);
    check_no_pair_left(model->registry, check.registry_next);
    check_no_pair_left(model->messages, check.message_next);
    assert_null(next_open(&check));
    return true;
}

/* ---- reading runs */

struct reads {
    struct model *model;
    struct store *store;
    enum model_mood mood;
    struct arena arena;
};

static bool is_wanted(const struct model_run *run, const struct history_query *query, int64_t id)
{
    return id >= 1 && id <= (int64_t)run->event_count &&
           (query->reverse ? id >= query->to : id <= query->to);
}

static void check_page(const struct model_run *run, const struct history_query *query,
                       const struct history_page *page)
{
    int64_t id = query->from;
    size_t bytes = 0;
    size_t count = 0;

    if (query->reverse && id > (int64_t)run->event_count)
        id = (int64_t)run->event_count;
    while (is_wanted(run, query, id) && count < query->events_max && bytes <= query->bytes_max) {
        assert_true(count < page->count);
        assert_bytes(page->events[count], run->events[id - 1]);
        bytes += run->events[id - 1].len;
        count++;
        id += query->reverse ? -1 : 1;
    }
    assert_int_equal(page->count, count);
    assert_int_equal(page->next, is_wanted(run, query, id) ? id : 0);
}

static void check_history(struct reads *reads, const struct model_run *run,
                          const struct history_query *query)
{
    struct history_page page;
    int64_t lowest = query->reverse ? query->to : query->from;

    enum err err = store_read_history(reads->store, query, &reads->arena, &page);
    if (is_damage(err, reads->mood))
        return;
    if (run->removed || lowest > (int64_t)run->event_count) {
        assert_int_equal(err, ERR_NOT_FOUND);
        return;
    }
    assert_ok(err);
    check_page(run, query, &page);
}

static void check_histories(struct reads *reads, const struct model_run *run)
{
    struct history_query query = { .key = run->key, .events_max = SIZE_MAX, .bytes_max = SIZE_MAX };

    query.from = 1;
    query.to = INT64_MAX;
    check_history(reads, run, &query);
    query.from = INT64_MAX;
    query.to = 1;
    query.reverse = true;
    check_history(reads, run, &query);
    for (int i = 0; i < 4; i++) {
        int64_t a = (int64_t)(1 + below(reads->model, run->event_count + 2));
        int64_t b = (int64_t)(1 + below(reads->model, run->event_count + 2));
        query.reverse = one_in(reads->model, 2);
        query.from = (a < b) == query.reverse ? b : a;
        query.to = (a < b) == query.reverse ? a : b;
        query.events_max = one_in(reads->model, 2) ? SIZE_MAX : 1 + below(reads->model, 5);
        query.bytes_max = one_in(reads->model, 2) ? SIZE_MAX : below(reads->model, 300);
        query.committed = one_in(reads->model, 2) ? (int64_t)run->event_count : 0;
        check_history(reads, run, &query);
    }
}

/* An open run read at once. */
static void check_whole(struct reads *reads, const struct model_run *run)
{
    struct open_run found;

    if (run->closed)
        return;
    enum err err = store_read_run(reads->store, run->key, &reads->arena, &found);
    if (is_damage(err, reads->mood))
        return;
    assert_ok(err);
    assert_same_key(found.key, run->key);
    assert_bytes(found.names.workflow_id, run->names.workflow_id);
    assert_bytes(found.names.run_id, run->names.run_id);
    assert_int_equal(found.event_count, run->event_count);
    for (size_t i = 0; i < run->event_count; i++)
        assert_bytes(found.events[i], run->events[i]);
}

static void check_names(struct reads *reads, const struct model_run *run)
{
    struct run_opening names;

    enum err err = store_read_names(reads->store, run->key, &reads->arena, &names);
    if (is_damage(err, reads->mood))
        return;
    assert_int_equal(err, run->removed ? ERR_NOT_FOUND : OK);
    if (err)
        return;
    assert_bytes(names.workflow_id, run->names.workflow_id);
    assert_bytes(names.run_id, run->names.run_id);
}

static void assert_same_closing(const struct run_closing *a, const struct run_closing *b)
{
    assert_int_equal(a->started.ms, b->started.ms);
    assert_int_equal(a->closed.ms, b->closed.ms);
    assert_int_equal(a->expires.ms, b->expires.ms);
    assert_int_equal(a->close_status, b->close_status);
    assert_int_equal(a->context_event_id, b->context_event_id);
    assert_bytes(a->workflow_id, b->workflow_id);
    assert_bytes(a->run_id, b->run_id);
    assert_bytes(a->type_name, b->type_name);
    assert_bytes(a->type_version, b->type_version);
    assert_bytes(a->info_json, b->info_json);
    assert_bytes(a->detail_json, b->detail_json);
    assert_int_equal(a->tags.count, b->tags.count);
    assert_true((a->tags.items == NULL) == (b->tags.items == NULL));
    for (size_t i = 0; i < a->tags.count; i++)
        assert_bytes(a->tags.items[i], b->tags.items[i]);
}

static bool is_shown(const struct model_run *run, struct instant now)
{
    return run->closed && !run->removed && run->closing.expires.ms > now.ms;
}

static void check_closing(struct reads *reads, const struct model_run *run, struct instant now)
{
    struct run_closing closing;
    struct run_key key;

    enum err err = store_read_closing(reads->store, run->key, now, &reads->arena, &closing);
    if (!is_damage(err, reads->mood)) {
        assert_int_equal(err, is_shown(run, now) ? OK : ERR_NOT_FOUND);
        if (!err)
            assert_same_closing(&closing, &run->closing);
    }
    err = store_find_closed(reads->store, run->key.account, run->key.domain, run->names.workflow_id,
                            run->names.run_id, now, &key);
    if (!is_damage(err, reads->mood)) {
        assert_int_equal(err, is_shown(run, now) ? OK : ERR_NOT_FOUND);
        if (!err)
            assert_same_key(key, run->key);
    }
}

void model_check_reads(struct model *model, struct store *store, enum model_mood mood)
{
    struct reads reads = { .model = model, .store = store, .mood = mood };

    arena_init(&reads.arena, "reads", (size_t)1 << 30);
    for (size_t i = 0; i < model->run_count; i++) {
        const struct model_run *run = &model->runs[i];
        check_histories(&reads, run);
        check_names(&reads, run);
        check_whole(&reads, run);
        check_closing(&reads, run, model->clock);
        check_closing(&reads, run, (struct instant){ 0 });
        check_closing(&reads, run, run->closing.expires);
        arena_reset(&reads.arena);
    }
    arena_deinit(&reads.arena);
}

/* ---- lists */

static bool has_tag(const struct run_closing *closing, struct bytes tag)
{
    for (size_t i = 0; i < closing->tags.count; i++)
        if (bytes_equal(closing->tags.items[i], tag))
            return true;
    return false;
}

static bool matches(const struct closed_query *query, const struct run_closing *closing)
{
    switch (query->filter) {
    case CLOSED_ALL:
        return true;
    case CLOSED_BY_WORKFLOW_ID:
        return bytes_equal(query->value, closing->workflow_id);
    case CLOSED_BY_TYPE_NAME:
        return bytes_equal(query->value, closing->type_name);
    case CLOSED_BY_TYPE:
        return bytes_equal(query->value, closing->type_name) &&
               bytes_equal(query->version, closing->type_version);
    case CLOSED_BY_TAG:
        return has_tag(closing, query->value);
    case CLOSED_BY_STATUS:
        return query->status == closing->close_status;
    }
    return false;
}

static struct instant time_of(const struct closed_query *query, const struct model_run *run)
{
    return query->by_close_time ? run->closing.closed : run->closing.started;
}

static bool is_listed(const struct closed_query *query, const struct model_run *run)
{
    struct instant time = time_of(query, run);
    return is_shown(run, query->now) && run->key.account == query->account &&
           run->key.domain == query->domain && time.ms >= query->oldest.ms &&
           time.ms <= query->latest.ms && matches(query, &run->closing);
}

/* A run's place in the order of a query: by time, and what has the same time by the order in which
 * it started or closed. */
struct place {
    struct instant time;
    uint64_t number; /* 0: before all */
};

static struct place place_of(const struct closed_query *query, const struct model_run *run)
{
    return (struct place){ time_of(query, run),
                           query->by_close_time ? run->close_number : run->key.run };
}

/* Does `a` come before `b` in the direction of the query? */
static bool comes_before(const struct closed_query *query, struct place a, struct place b)
{
    bool same = a.time.ms == b.time.ms && a.number == b.number;
    bool older = a.time.ms < b.time.ms || (a.time.ms == b.time.ms && a.number < b.number);
    return !same && older == query->ascending;
}

/* The first listed run after this place; NULL at the end. */
static const struct model_run *next_listed(struct model *model, const struct closed_query *query,
                                           struct place after)
{
    const struct model_run *best = NULL;

    for (size_t i = 0; i < model->run_count; i++) {
        const struct model_run *candidate = &model->runs[i];
        struct place place = place_of(query, candidate);
        if (!is_listed(query, candidate))
            continue;
        if (after.number != 0 && !comes_before(query, after, place))
            continue;
        if (!best || comes_before(query, place, place_of(query, best)))
            best = candidate;
    }
    return best;
}

static struct bytes made_up_value(struct model *model, enum closed_filter filter)
{
    switch (filter) {
    case CLOSED_BY_WORKFLOW_ID:
        return format(model, "order-%llu", below(model, 6));
    case CLOSED_BY_TAG:
        return one_in(model, 5) ? BYTES("") : format(model, "tag%llu", below(model, 3));
    default:
        return format(model, "type%llu", below(model, 3));
    }
}

static struct closed_query made_up_query(struct model *model)
{
    struct closed_query query = {
        .account = 111111111111 * (1 + below(model, 2)),
        .domain = (uint32_t)(1 + below(model, 2)),
        .by_close_time = one_in(model, 2),
        .filter = (enum closed_filter)below(model, CLOSED_BY_STATUS + 1),
        .version = format(model, "%llu", below(model, 2)),
        .status = (enum close_status)(1 + below(model, CLOSE_STATUS_COUNT)),
        .oldest.ms = 0,
        .latest = INSTANT_NEVER,
        .ascending = one_in(model, 2),
        .now.ms = one_in(model, 2) ? model->clock.ms : 0,
        .count_max = 1 + below(model, 6),
    };
    query.value = made_up_value(model, query.filter);
    if (one_in(model, 2))
        query.oldest.ms = model->clock.ms - (int64_t)below(model, 3000);
    if (one_in(model, 2))
        query.latest.ms = model->clock.ms - (int64_t)below(model, 3000);
    return query;
}

static bool check_list_page(struct reads *reads, struct closed_query *query)
{
    struct closed_page page;

    enum err err = store_list_closed(reads->store, query, &reads->arena, &page);
    if (is_damage(err, reads->mood))
        return false;
    assert_ok(err);
    assert_true(page.count <= query->count_max);
    for (size_t i = 0; i < page.count; i++) {
        struct place after = { query->after_time, query->after_number };
        const struct model_run *run = next_listed(reads->model, query, after);
        assert_non_null(run);
        assert_int_equal(page.items[i].run, run->key.run);
        assert_int_equal(page.items[i].time.ms, time_of(query, run).ms);
        assert_bytes(page.items[i].info_json, run->closing.info_json);
        query->after_number = page.items[i].number;
        query->after_time = page.items[i].time;
    }
    struct place end = { query->after_time, query->after_number };
    bool more = next_listed(reads->model, query, end) != NULL;
    assert_int_equal(page.more, more);
    return page.more;
}

static void check_count(struct reads *reads, const struct closed_query *query)
{
    struct place place = { 0 };
    size_t expected = 0;
    size_t count;
    bool more;
    const struct model_run *next;

    while ((next = next_listed(reads->model, query, place)) && expected < query->count_max) {
        place = place_of(query, next);
        expected++;
    }
    enum err err = store_count_closed(reads->store, query, &count, &more);
    if (is_damage(err, reads->mood))
        return;
    assert_ok(err);
    assert_int_equal(count, expected);
    assert_int_equal(more, next != NULL);
}

void model_check_lists(struct model *model, struct store *store, size_t queries,
                       enum model_mood mood)
{
    struct reads reads = { .model = model, .store = store, .mood = mood };

    arena_init(&reads.arena, "lists", (size_t)1 << 30);
    for (size_t i = 0; i < queries; i++) {
        struct closed_query query = made_up_query(model);
        check_count(&reads, &query);
        while (check_list_page(&reads, &query))
            ;
        arena_reset(&reads.arena);
    }
    arena_deinit(&reads.arena);
}
