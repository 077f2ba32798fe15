/*
 * Closed runs: what a close writes, and how they are found, listed and counted.
 */
#include "store/inner.h"
#include "store/list_row.h"
#include "store/summary.h"
#include "store/value.h"

/* For what one step of a walk needs: one summary, one key. */
#define STEP_BYTES_MAX ((size_t)1 << 30)

/* ---- what a close writes */

/* A run by its names: its number, and when it expires. */
static struct bytes names_row_value(struct arena *arena, struct bytes key, uint64_t run,
                                    struct instant expires)
{
    struct packer packer = value_begin(arena, 8 + 8);
    pack_u64(&packer, run);
    pack_u64(&packer, (uint64_t)expires.ms);
    return value_seal(&packer, key);
}

static bool names_row_decode(struct bytes key, struct bytes value, uint64_t *run,
                             struct instant *expires)
{
    struct bytes content;

    if (!value_open(key, value, &content))
        return false;
    struct unpacker unpacker = unpacker_of(content);
    *run = unpack_u64(&unpacker);
    expires->ms = (int64_t)unpack_u64(&unpacker);
    return unpacker_is_done(&unpacker);
}

static void put_list_row(struct batch *batch, struct bytes key, uint64_t run,
                         struct instant expires)
{
    batch_put(batch, KV_CLOSED, key, list_row_value(&batch->arena, key, run, expires));
}

static void delete_list_row(struct batch *batch, struct bytes key, uint64_t run,
                            struct instant expires)
{
    (void)run, (void)expires;
    batch_delete(batch, KV_CLOSED, key);
}

static struct bytes names_key_of(struct arena *arena, struct run_key run,
                                 const struct run_closing *closing)
{
    return key_names(arena, run.account, run.domain, closing->workflow_id, closing->run_id);
}

static void check_closing(const struct run_closing *closing)
{
    ensure(!bytes_is_absent(closing->workflow_id) && !bytes_is_absent(closing->run_id));
    ensure(!bytes_is_absent(closing->type_name) && !bytes_is_absent(closing->type_version));
    ensure(closing->close_status != CLOSE_STATUS_ABSENT);
}

/* Retention walks on from where it last was: a run that expires before that moves the place back.
 */
static void keep_expiry_in_walk(struct store *store, struct bytes expiry_key)
{
    if (bytes_compare(expiry_key, store->expiry_from) >= 0)
        return;
    arena_reset(&store->expiry_arena);
    store->expiry_from = arena_copy(&store->expiry_arena, expiry_key);
}

void closed_put(struct store *store, const struct run_change *change)
{
    struct batch *batch = &store->batch;
    struct arena *arena = &batch->arena;
    const struct run_closing *closing = change->closing;
    struct bytes summary_key = key_summary(arena, change->key);
    struct bytes names = names_key_of(arena, change->key, closing);
    struct bytes expiry = key_expiry(arena, closing->expires, change->key);
    struct summary summary = {
        .closing = *closing,
        .last_event_id = change->builds_on + (int64_t)change->event_count,
        .close_number = store->next_close++, /* when the write fails, no further one is made */
    };

    check_closing(closing);
    batch_put(batch, KV_CLOSED, summary_key, summary_encode(arena, summary_key, &summary));
    batch_put(batch, KV_CLOSED, names,
              names_row_value(arena, names, change->key.run, closing->expires));
    list_rows_visit(batch, change->key, &summary, put_list_row);
    batch_put(batch, KV_CLOSED, expiry, value_of(arena, expiry, BYTES("")));
    keep_expiry_in_walk(store, expiry);
    floors_lower(&store->floors, change->key.account, change->key.domain, closing->started,
                 closing->closed);
}

void closed_delete(struct batch *batch, struct run_key run, const struct summary *summary)
{
    const struct run_closing *closing = &summary->closing;
    struct arena *arena = &batch->arena;

    batch_delete(batch, KV_CLOSED, key_summary(arena, run));
    batch_delete(batch, KV_CLOSED, names_key_of(arena, run, closing));
    list_rows_visit(batch, run, summary, delete_list_row);
    batch_delete(batch, KV_CLOSED, key_expiry(arena, closing->expires, run));
}

/* ---- finding one */

static bool has_expired(struct instant expires, struct instant now)
{
    return expires.ms <= now.ms;
}

static enum err read_summary(struct store *store, struct run_key run, struct arena *arena,
                             struct summary *out)
{
    struct bytes key = key_summary(arena, run);
    struct bytes value;

    enum err err = store_get(store, KV_CLOSED, key, arena, &value);
    if (err)
        return err;
    if (!summary_decode(key, value, arena, out))
        return damaged_run("the summary of a closed run is damaged", run, 0);
    return OK;
}

enum err store_read_closing(struct store *store, struct run_key run, struct instant now,
                            struct arena *arena, struct run_closing *out)
{
    if (store_is_poisoned(store))
        return ERR_IO;
    struct summary summary;
    enum err err = read_summary(store, run, arena, &summary);
    if (err)
        return err;
    *out = summary.closing;
    return has_expired(out->expires, now) ? ERR_NOT_FOUND : OK;
}

static enum err find_closed(struct store *store, struct bytes key, struct arena *arena,
                            struct instant now, uint64_t *run)
{
    struct bytes value;
    struct instant expires;

    enum err err = store_get(store, KV_CLOSED, key, arena, &value);
    if (err)
        return err;
    if (!names_row_decode(key, value, run, &expires))
        return damaged_key("the row that finds a closed run by its names is damaged", key);
    return has_expired(expires, now) ? ERR_NOT_FOUND : OK;
}

enum err store_find_closed(struct store *store, uint64_t account, uint32_t domain,
                           struct bytes workflow_id, struct bytes run_id, struct instant now,
                           struct run_key *out)
{
    struct arena arena;

    if (store_is_poisoned(store))
        return ERR_IO;
    /* No such run was ever stored; the key has no place for longer names. */
    if (workflow_id.len > TEXT16_BYTES_MAX || run_id.len > TEXT16_BYTES_MAX)
        return ERR_NOT_FOUND;
    arena_init(&arena, "find closed", STEP_BYTES_MAX);
    *out = (struct run_key){ .account = account, .domain = domain };
    struct bytes key = key_names(&arena, account, domain, workflow_id, run_id);
    enum err err = find_closed(store, key, &arena, now, &out->run);
    arena_deinit(&arena);
    return err;
}

/* ---- walking a list */

/* A walk over the unexpired rows of a query, in its direction. Its bounds are exactly what the
 * query wants: beside it there may be the remains of many rows that were removed. */
struct list_walk {
    const struct closed_query *query;
    struct arena arena; /* for the keys of the bounds */
    struct bytes begin; /* the newest row that fits may lie here */
    struct bytes end;   /* all that fit lie before this */
    struct walk walk;   /* zeroed when nothing can lie between these */
    enum err err;
    bool moved;
};

static struct list_place place_of(const struct closed_query *query)
{
    return (struct list_place){
        .account = query->account,
        .domain = query->domain,
        .by_close_time = query->by_close_time,
        .filter = query->filter,
        .value = query->value,
        .version = query->version,
        .status = query->status,
    };
}

static struct bytes later_key(struct bytes a, struct bytes b)
{
    return bytes_compare(a, b) < 0 ? b : a;
}

static struct bytes earlier_key(struct bytes a, struct bytes b)
{
    return bytes_compare(a, b) < 0 ? a : b;
}

/* The range of times, cut off where the last page ended. Newer rows have smaller keys. */
static void list_walk_bound(struct list_walk *list, struct instant oldest)
{
    const struct closed_query *query = list->query;
    struct arena *arena = &list->arena;
    struct list_place place = place_of(query);
    struct bytes prefix = list_prefix(arena, &place);

    list->begin = list_row_key(arena, prefix, query->latest, UINT64_MAX);
    list->end = list_row_key(arena, prefix, oldest, 0);
    if (query->after_number == 0)
        return;
    struct bytes last = list_row_key(arena, prefix, query->after_time, query->after_number);
    if (query->ascending)
        list->end = earlier_key(list->end, last);
    else
        list->begin = later_key(list->begin, key_after(arena, last));
}

static void list_walk_begin(struct list_walk *list, struct store *store,
                            const struct closed_query *query)
{
    *list = (struct list_walk){ .query = query };
    arena_init(&list->arena, "list walk", STEP_BYTES_MAX);
    struct instant floor = floors_hold(&store->floors, query->account, query->domain,
                                       query->by_close_time);
    list_walk_bound(list, instant_later(query->oldest, floor));
    if (bytes_compare(list->begin, list->end) < 0)
        walk_begin_between(&list->walk, store->kv, KV_CLOSED, list->begin, list->end);
    floors_release(&store->floors);
}

static enum err list_walk_end(struct list_walk *list)
{
    enum err err = walk_end(&list->walk);
    arena_deinit(&list->arena);
    return err ? err : list->err;
}

static void list_walk_move(struct list_walk *list)
{
    bool ascending = list->query->ascending;

    if (list->moved && ascending)
        walk_prev(&list->walk);
    else if (list->moved)
        walk_next(&list->walk);
    else if (ascending)
        walk_seek_back(&list->walk, list->end);
    else
        walk_seek(&list->walk, list->begin);
    list->moved = true;
}

/* Reads the row that the walk stands on; false when it is damaged. */
static bool list_walk_read(struct list_walk *list, struct list_row *row)
{
    struct bytes key = walk_key(&list->walk);

    if (list_row_open(key, walk_value(&list->walk), row))
        return true;
    list->err = damaged_key("a row of the lists of closed runs is damaged", key);
    return false;
}

/* The next unexpired row; false at the end, for whatever reason: list_walk_end says whether all is
 * well. */
static bool list_walk_next(struct list_walk *list, struct list_row *row)
{
    if (!list->walk.iterator)
        return false;
    do {
        list_walk_move(list);
        if (!walk_is_valid(&list->walk) || !list_walk_read(list, row))
            return false;
    } while (has_expired(row->expires, list->query->now));
    return true;
}

/* ---- listing and counting */

/* A page that grows. */
struct page {
    struct store *store;
    const struct closed_query *query;
    struct arena *arena;  /* the caller's: for what the page holds */
    struct arena summary; /* for one summary */
    struct closed_page *out;
    size_t capacity;
};

static void page_add(struct page *page, const struct list_row *row, struct bytes info_json)
{
    struct closed_page *out = page->out;

    if (out->count == page->capacity) {
        page->capacity = page->capacity ? page->capacity * 2 : 16;
        struct closed_item *items = arena_array(page->arena, struct closed_item, page->capacity);
        if (out->count > 0)
            memcpy(items, out->items, out->count * sizeof(*items));
        out->items = items;
    }
    out->items[out->count++] = (struct closed_item){
        .run = row->run,
        .time = row->time,
        .number = row->number,
        .info_json = arena_copy(page->arena, info_json),
    };
}

/* A row without summary: fine when it went in the meantime, with the run. */
static enum err check_row_is_gone(struct page *page, struct bytes row_key, struct run_key run)
{
    struct bytes value;

    enum err err = store_get(page->store, KV_CLOSED, row_key, &page->summary, &value);
    if (err == ERR_NOT_FOUND)
        return OK;
    return err ? err : damaged_run("the summary of a closed run is missing", run, 0);
}

static enum err page_add_row(struct page *page, struct bytes row_key, const struct list_row *row)
{
    struct run_key run = { page->query->account, page->query->domain, row->run };
    struct summary summary;

    arena_reset(&page->summary);
    enum err err = read_summary(page->store, run, &page->summary, &summary);
    if (err == ERR_NOT_FOUND)
        return check_row_is_gone(page, row_key, run);
    if (!err)
        page_add(page, row, summary.closing.info_json);
    return err;
}

static enum err fill_page(struct page *page, struct list_walk *list)
{
    struct list_row row;
    enum err err = OK;

    while (!err && list_walk_next(list, &row)) {
        if (page->out->count == page->query->count_max) {
            page->out->more = true;
            break;
        }
        err = page_add_row(page, walk_key(&list->walk), &row);
    }
    return err;
}

/* Can a list of this query have rows? None has a value that is longer than a key holds. */
static bool may_have_rows(const struct closed_query *query)
{
    return query->oldest.ms <= query->latest.ms && query->value.len <= TEXT16_BYTES_MAX &&
           query->version.len <= TEXT16_BYTES_MAX;
}

enum err store_list_closed(struct store *store, const struct closed_query *query,
                           struct arena *arena, struct closed_page *out)
{
    struct page page = { .store = store, .query = query, .arena = arena, .out = out };
    struct list_walk list;

    *out = (struct closed_page){ 0 };
    if (store_is_poisoned(store))
        return ERR_IO;
    if (!may_have_rows(query))
        return OK;
    arena_init(&page.summary, "summary", STEP_BYTES_MAX);
    list_walk_begin(&list, store, query);
    enum err err = fill_page(&page, &list);
    enum err end = list_walk_end(&list);
    arena_deinit(&page.summary);
    return err ? err : end;
}

enum err store_count_closed(struct store *store, const struct closed_query *query, size_t *count,
                            bool *more)
{
    struct list_walk list;
    struct list_row row;

    *count = 0;
    *more = false;
    if (store_is_poisoned(store))
        return ERR_IO;
    if (!may_have_rows(query))
        return OK;
    list_walk_begin(&list, store, query);
    while (!*more && list_walk_next(&list, &row)) {
        if (*count == query->count_max)
            *more = true;
        else
            ++*count;
    }
    return list_walk_end(&list);
}

/* ---- the floor of a domain's lists */

/* The time of the last row of all runs in this order, which was not older than `floor`. */
static enum err find_oldest(struct store *store, const struct list_place *all, struct instant floor,
                            struct instant *oldest)
{
    struct arena *arena = &store->batch.arena;
    struct bytes prefix = list_prefix(arena, all);
    struct bytes end = list_row_key(arena, prefix, floor, 0);
    struct list_row row;
    struct walk walk;
    enum err err = OK;

    walk_begin_between(&walk, store->kv, KV_CLOSED, prefix, end);
    walk_seek_back(&walk, end);
    *oldest = INSTANT_NEVER;
    if (walk_is_valid(&walk)) {
        if (list_row_open(walk_key(&walk), walk_value(&walk), &row))
            *oldest = row.time;
        else
            err = damaged_key("a row of the lists of closed runs is damaged", walk_key(&walk));
    }
    enum err end_err = walk_end(&walk);
    return err ? err : end_err;
}

enum err closed_raise_floor(struct store *store, uint64_t account, uint32_t domain)
{
    struct list_place all = { .account = account, .domain = domain };
    struct instant oldest;
    enum err err = OK;

    for (int by_close_time = 0; by_close_time <= 1 && !err; by_close_time++) {
        all.by_close_time = by_close_time;
        struct instant floor = floors_hold(&store->floors, account, domain, by_close_time);
        floors_release(&store->floors);
        err = find_oldest(store, &all, floor, &oldest);
        if (!err)
            floors_raise(&store->floors, account, domain, by_close_time, oldest);
    }
    return err;
}
