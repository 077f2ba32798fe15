/*
 * Removing what has expired: a walk over the expiry rows, which lie in the order in which runs
 * expire.
 */
#include "store/inner.h"
#include "store/summary.h"
#include "store/value.h"

/* Histories longer than this go by one deletion of their whole range. Each such deletion makes
 * every later read of the space dearer until it is compacted away, so the many short ones go key by
 * key: with range deletions alone a read took 700 ms while 100,000 runs were removed. */
#define RECORDS_BY_KEY_MAX 1000
/* With so many keys to delete a removal begins no further run: whoever commits next waits for it.
 */
#define REMOVAL_KEYS_ENOUGH 1024

/* One removal of several runs. */
struct removal {
    struct store *store;
    struct walk expiries;
    struct instant now;
    size_t runs_max;
    size_t batch_from; /* what lies before it in the batch is somebody else's */
    size_t removed;
    bool is_cut;             /* it ended at a bound */
    struct run_key *domains; /* of the runs that go; the run numbers mean nothing */
    size_t domain_count;
};

static void delete_range_of_run(struct batch *batch, struct run_key run)
{
    batch_delete_range(batch, KV_HISTORY, key_run(&batch->arena, run),
                       key_behind_run(&batch->arena, run));
}

/* The whole history and the names. The walk ends with the run: beside it there may be the remains
 * of thousands of others. */
static enum err delete_history(struct removal *removal, struct run_key run)
{
    struct batch *batch = &removal->store->batch;
    size_t before = batch->count;
    struct walk walk;

    walk_begin(&walk, removal->store->kv, KV_HISTORY, key_run(&batch->arena, run));
    for (walk_seek(&walk, walk.begin); walk_is_valid(&walk); walk_next(&walk)) {
        if (batch->count - before == RECORDS_BY_KEY_MAX) {
            batch->count = before;
            delete_range_of_run(batch, run);
            break;
        }
        batch_delete(batch, KV_HISTORY, arena_copy(&batch->arena, walk_key(&walk)));
    }
    return walk_end(&walk);
}

static enum err delete_run(struct removal *removal, struct run_key run)
{
    struct batch *batch = &removal->store->batch;
    struct bytes key = key_summary(&batch->arena, run);
    struct bytes value;
    struct summary summary;

    enum err err = store_get(removal->store, KV_CLOSED, key, &batch->arena, &value);
    if (err == ERR_NOT_FOUND)
        return damaged_run("the summary of an expired run is missing", run, 0);
    if (err)
        return err;
    if (!summary_decode(key, value, &batch->arena, &summary))
        return damaged_run("the summary of an expired run is damaged", run, 0);
    closed_delete(batch, run, &summary);
    return delete_history(removal, run);
}

static void note_domain(struct removal *removal, struct run_key run)
{
    for (size_t i = 0; i < removal->domain_count; i++)
        if (removal->domains[i].account == run.account && removal->domains[i].domain == run.domain)
            return;
    removal->domains[removal->domain_count++] = run;
}

/* Adds the run that the walk stands on; *due is false when it has not expired yet. */
static enum err delete_if_due(struct removal *removal, bool *due)
{
    struct bytes key = walk_key(&removal->expiries);
    struct instant expires;
    struct run_key run;
    struct bytes content;

    if (!key_parse_expiry(key, &expires, &run))
        return damaged_key("a row that says when a run expires is damaged", key);
    *due = expires.ms <= removal->now.ms;
    if (!*due)
        return OK;
    if (!value_open(key, walk_value(&removal->expiries), &content) || content.len != 0)
        return damaged_key("a row that says when a run expires is damaged", key);
    note_domain(removal, run);
    return delete_run(removal, run);
}

/* The next walk begins behind this row, which went or is damaged. */
static void note_passed(struct store *store, struct bytes expiry_key)
{
    arena_reset(&store->expiry_arena);
    store->expiry_from = key_after(&store->expiry_arena, expiry_key);
}

static bool has_enough(const struct removal *removal, size_t passed)
{
    return passed >= removal->runs_max ||
           removal->store->batch.count - removal->batch_from >= REMOVAL_KEYS_ENOUGH;
}

/* What is damaged stays, whole, and is passed over: it must not keep all others. */
static enum err collect_expired(struct removal *removal)
{
    struct store *store = removal->store;
    struct walk *walk = &removal->expiries;
    enum err damage = OK;
    bool due = true;

    walk_seek(walk, store->expiry_from.len > 0 ? store->expiry_from : walk->begin);
    for (size_t passed = 0; walk_is_valid(walk); walk_next(walk)) {
        size_t before = store->batch.count;

        removal->is_cut = has_enough(removal, passed);
        if (removal->is_cut)
            break;
        enum err err = delete_if_due(removal, &due);
        if ((err && err != ERR_CORRUPT) || !due)
            return err ? err : damage;
        if (err) {
            store->batch.count = before;
            damage = err;
        } else {
            removal->removed++;
        }
        note_passed(store, walk_key(walk));
        passed++;
    }
    return damage;
}

/* ---- behind rows that cannot be read: nobody says where they end, so times are tried */

static struct bytes first_key_of(struct arena *arena, int64_t ms)
{
    return key_expiry(arena, (struct instant){ ms }, (struct run_key){ 0 });
}

/* Can nothing be read from this time on? A walk that fails may be used again. */
static bool is_in_hole(struct walk *walk, struct arena *arena, int64_t ms)
{
    walk_seek(walk, first_key_of(arena, ms));
    return !walk_is_valid(walk) && walk_status(walk) == ERR_CORRUPT;
}

/* The first time after `from` that is behind the hole, up to `to`: in ever larger steps, then by
 * halves. `to` itself when there is none. */
static int64_t find_end_of_hole(struct walk *walk, struct arena *arena, int64_t from, int64_t to)
{
    int64_t step = 1, behind = from;

    do {
        from = behind;
        behind = to - from > step ? from + step : to;
        step *= 2;
    } while (behind < to && is_in_hole(walk, arena, behind));
    while (behind - from > 1) {
        int64_t middle = from + (behind - from) / 2;
        if (is_in_hole(walk, arena, middle))
            from = middle;
        else
            behind = middle;
    }
    return behind;
}

/* The next walk begins behind what this one could not read; false when that is all up to now. Rows
 * of the millisecond in which the hole ends stay with it. */
static bool pass_hole(struct removal *removal)
{
    struct store *store = removal->store;
    struct arena *arena = &store->batch.arena;
    struct instant from = { 0 };
    struct run_key run;
    struct walk walk;

    if (store->expiry_from.len > 0) /* of a row, or right after one */
        (void)!key_parse_expiry(bytes_of(store->expiry_from.ptr, EXPIRY_KEY_BYTES), &from, &run);
    walk_begin(&walk, store->kv, KV_CLOSED, key_kind(arena, CLOSED_EXPIRY));
    int64_t behind = find_end_of_hole(&walk, arena, from.ms, removal->now.ms);
    bool found = behind > from.ms && !is_in_hole(&walk, arena, behind);
    (void)!walk_end(&walk);
    if (found) {
        arena_reset(&store->expiry_arena);
        store->expiry_from = first_key_of(&store->expiry_arena, behind);
    }
    return found;
}

/* Adds to the batch; ERR_CORRUPT, and what could be added is. */
static enum err collect(struct store *store, struct instant now, size_t runs_max)
{
    struct arena *arena = &store->batch.arena;
    struct removal *removal = arena_new(arena, struct removal);

    *removal = (struct removal){
        .store = store,
        .now = now,
        .runs_max = runs_max,
        .batch_from = store->batch.count,
        .domains = arena_array(arena, struct run_key, runs_max),
    };
    store->removal = removal;
    walk_begin(&removal->expiries, store->kv, KV_CLOSED, key_kind(arena, CLOSED_EXPIRY));
    enum err err = collect_expired(removal);
    enum err end = walk_end(&removal->expiries);
    if (end == ERR_CORRUPT)
        removal->is_cut = pass_hole(removal);
    err = err ? err : end;
    if (err && err != ERR_CORRUPT) {
        store->batch.count = removal->batch_from;
        removal->removed = removal->domain_count = 0;
    }
    return err;
}

static enum err raise_floors(struct store *store)
{
    const struct removal *removal = store->removal;
    enum err err = OK;

    for (size_t i = 0; i < removal->domain_count && !err; i++)
        err = closed_raise_floor(store, removal->domains[i].account, removal->domains[i].domain);
    return err;
}

void retention_add(struct store *store, struct sweep *sweep)
{
    sweep->err = collect(store, sweep->now, sweep->runs_max);
    sweep->removed = store->removal->removed;
    sweep->is_cut = store->removal->is_cut;
}

/* When nothing was due: nobody deletes for a while. */
static void tidy(struct store *store)
{
    if (store->removal->removed == 0 && !store->removal->is_cut && store->kv->functions->tidy)
        store->kv->functions->tidy(store->kv);
}

void retention_settle(struct store *store, struct sweep *sweep)
{
    enum err err = raise_floors(store);

    if (err)
        sweep->err = err;
    if (!sweep->err)
        tidy(store);
}

enum err store_remove_expired(struct store *store, struct instant now, size_t runs_max,
                              size_t *removed, bool *is_cut)
{
    *removed = 0;
    if (is_cut)
        *is_cut = false;
    if (store_is_poisoned(store))
        return ERR_IO;
    batch_reset(&store->batch);
    enum err damage = collect(store, now, runs_max);
    enum err err = damage == ERR_CORRUPT ? OK : damage;
    if (!err && store->removal->removed > 0)
        err = store_write_batch(store);
    if (!err)
        err = raise_floors(store);
    if (!err)
        tidy(store);
    if (!err)
        *removed = store->removal->removed;
    if (is_cut)
        *is_cut = store->removal->is_cut;
    return err ? err : damage;
}
