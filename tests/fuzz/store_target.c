/*
 * A store in memory in which anything may lie, with right checksums and with wrong ones: opening,
 * recovering and reading it gives what is there or says that it is damaged.
 *
 * The input is a list of rows: a byte with the space and whether the checksum is right, the length
 * of the key, the key, two bytes of length, the content.
 */
#include "target.h"

#include "base/log.h"
#include "store/layout.h"
#include "store/memory/memory.h"
#include "store/value.h"

#define ROWS_MAX 64
#define ARENA_BYTES_MAX ((size_t)64 << 20)

static const uint8_t server_key[SERVER_KEY_BYTES] = { 1 };

static void put(struct kv *kv, enum kv_space space, struct bytes key, struct bytes value)
{
    const struct kv_operation operation = { KV_PUT, space, key, value };

    ensure(kv->functions->write(kv, &operation, 1, true) == OK);
}

static void put_row(struct kv *kv, struct bytes *input, struct arena *arena)
{
    uint8_t flags = take_u8(input);
    struct bytes key = take_bytes(input, take_u8(input));
    size_t high = take_u8(input);
    struct bytes content = take_bytes(input, high << 8 | take_u8(input));
    struct bytes value = flags & 0x80 ? content : value_of(arena, key, content);

    if (key.len)
        put(kv, (enum kv_space)(flags % KV_SPACE_COUNT), key, value);
}

static enum err on_pair(void *context, struct bytes key, struct bytes value)
{
    (void)context;
    (void)key;
    (void)value;
    return OK;
}

/* Runs that were handed over, to be read afterwards. */
struct found {
    struct run_key keys[ROWS_MAX];
    size_t count;
};

static enum err on_open_run(void *context, const struct open_run *run)
{
    struct found *found = context;

    ensure(run->event_count >= 1);
    if (found->count < ROWS_MAX)
        found->keys[found->count++] = run->key;
    return OK;
}

static void read_run(struct store *store, struct run_key key, struct arena *arena)
{
    struct history_query query = {
        .key = key, .from = 1, .to = INT64_MAX, .events_max = 100, .bytes_max = 1 << 20
    };
    struct history_page page;
    struct run_opening names;

    if (store_read_history(store, &query, arena, &page) == OK)
        ensure(page.count >= 1 && page.count <= 100);
    (void)!store_read_names(store, key, arena, &names);
}

static void list_closed(struct store *store, struct arena *arena)
{
    struct closed_query query = {
        .account = 1, .domain = 1, .latest = INSTANT_NEVER, .count_max = 100
    };
    struct closed_page page;
    size_t count, removed;
    bool more;

    for (int i = 0; i < 4; i++) {
        query.by_close_time = i & 1;
        query.ascending = i & 2;
        (void)!store_list_closed(store, &query, arena, &page);
        (void)!store_count_closed(store, &query, &count, &more);
    }
    (void)!store_remove_expired(store, INSTANT_NEVER, 10, &removed, NULL);
}

static void use(struct store *store, struct arena *arena)
{
    struct found found = { .count = 0 };
    const struct recovery recovery = { &found, on_pair, on_pair, on_open_run, NULL, NULL, NULL };

    if (store_recover(store, &recovery) == OK) {
        for (size_t i = 0; i < found.count; i++)
            read_run(store, found.keys[i], arena);
        read_run(store, (struct run_key){ 1, 1, 1 }, arena);
        list_closed(store, arena);
    }
    store_close(store);
}

static void run(struct bytes input)
{
    struct kv *kv = kv_memory_new();
    struct store *store;
    struct arena arena;

    log_set_level(LOG_OFF); /* damage is told a thousand times a second */
    arena_init(&arena, "store", ARENA_BYTES_MAX);
    for (int i = 0; i < ROWS_MAX && input.len; i++)
        put_row(kv, &input, &arena);
    if (layout_open(kv, server_key, &store) == OK)
        use(store, &arena);
    arena_deinit(&arena);
}

const struct target target_store = { "store", run };
