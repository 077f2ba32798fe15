/*
 * The bytes on the disk, as FORMAT.md says them: what was written once is read for ever. When this
 * test fails, the change breaks every store there is; a new format needs a new number, and a reader
 * for the old one.
 */
#include "world.h"

#include "base/text.h"

static const char *const space_names[KV_SPACE_COUNT] = { "state", "history", "closed", "twin" };

static void append_hex(struct text *text, struct bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        text_printf(text, "%02x", (unsigned char)bytes.ptr[i]);
}

/* A line for each key: the space, the key, the value. */
static void dump(struct kv *kv, struct text *text)
{
    const struct kv_functions *f = kv->functions;

    for (int space = 0; space < KV_SPACE_COUNT; space++) {
        struct kv_iterator *iterator = kv_iterate_prefix(kv, (enum kv_space)space, BYTES(""));
        for (f->seek(iterator, BYTES("")); f->valid(iterator); f->next(iterator)) {
            text_printf(text, "%s ", space_names[space]);
            append_hex(text, f->key(iterator));
            text_append_char(text, ' ');
            append_hex(text, f->value(iterator));
            text_append_char(text, '\n');
        }
        f->done(iterator);
    }
}

/* Turn 1: two runs open, one with a heartbeat; a registry record, a message. */
static void commit_first(struct store *store)
{
    struct run_opening names[2] = { { BYTES("order"), BYTES("r1") },
                                    { BYTES("order"), BYTES("r2") } };
    struct bytes events[3] = { BYTES("{\"a\":1}"), BYTES("{}"), BYTES("[]") };
    struct heartbeat_change heartbeat = { 2, BYTES("half") };
    struct run_change runs[2] = {
        { .key = { 111122223333, 5, 1 },
          .events = events,
          .event_count = 2,
          .opening = &names[0],
          .heartbeats = &heartbeat,
          .heartbeat_count = 1 },
        { .key = { 111122223333, 5, 2 },
          .events = events + 2,
          .event_count = 1,
          .opening = &names[1] },
    };
    struct registry_change registry = { BYTES("key"), BYTES("value") };
    struct message_change message = { BYTES("to"), BYTES("") };
    struct commit commit = {
        .turn = 1,
        .next_run = 3,
        .clock.ms = 1500000000000,
        .runs = runs,
        .run_count = 2,
        .registry = &registry,
        .registry_count = 1,
        .messages = &message,
        .message_count = 1,
    };

    assert_ok(commit_now(store, &commit));
}

/* Turn 2: the second one closes. */
static void commit_second(struct store *store)
{
    struct bytes event = BYTES("{\"closed\":true}");
    struct bytes tags[2] = { BYTES("red"), BYTES("red") };
    struct run_closing closing = {
        .started.ms = 1500000000000,
        .closed.ms = 1500000001000,
        .expires.ms = 1500000009000,
        .close_status = CLOSE_STATUS_TIMED_OUT,
        .workflow_id = BYTES("order"),
        .run_id = BYTES("r2"),
        .type_name = BYTES("ship"),
        .type_version = BYTES("1"),
        .tags = { tags, 2 },
        .info_json = BYTES("{I}"),
        .detail_json = BYTES("{D}"),
        .context_event_id = 1,
    };
    struct run_change run = { .key = { 111122223333, 5, 2 },
                              .builds_on = 1,
                              .events = &event,
                              .event_count = 1,
                              .closing = &closing };
    struct commit commit = {
        .turn = 2, .next_run = 3, .clock.ms = 1500000001000, .runs = &run, .run_count = 1
    };

    assert_ok(commit_now(store, &commit));
}

static const char expected[] =
#include "format_expected.h"
    ;

static void test_every_byte(void **state)
{
    struct world world;
    struct text text;

    (void)state;
    text_init(&text, 1 << 16);
    world_init(&world, WORLD_MEMORY);
    world_open_recovered(&world);
    commit_first(world.store);
    world_close(&world); /* the checkpoint of turn 1 */
    world_open_recovered(&world);
    commit_second(world.store);
    dump(world.kv, &text);
    bool same = bytes_equal(text_bytes(&text), bytes_of_cstr(expected));
    if (!same) /* too long for cmocka's own message */
        printf("found:\n%.*s", BYTES_FMT(text_bytes(&text)));
    assert_true(same);
    world_deinit(&world);
    text_deinit(&text);
}

static void assert_stored(struct kv *kv, struct bytes key, struct bytes value)
{
    struct arena arena;
    struct bytes found;

    arena_init(&arena, "test", 1 << 10);
    assert_ok(kv->functions->get(kv, KV_STATE, key, &arena, &found));
    assert_bytes(found, value);
    arena_deinit(&arena);
}

/* An idle row. It is no part of what is kept twice. */
static void test_every_byte_of_an_idle_row(void **state)
{
    static const char row[] = "\x01\xf5\x27\x2b\x01\0\0\0\x19\xdf\x66\x90\xe5\0\0\0\5state";
    struct idle_run idle = { { 111122223333, 5, 1 }, BYTES("state") };
    struct world world;

    (void)state;
    world_init(&world, WORLD_MEMORY);
    world_open_recovered(&world);
    commit_first(world.store);
    assert_ok(store_write_idle(world.store, &idle, 1));
    assert_stored(world.kv, bytes_of("i\0\0\0\0\0\0\0\1", 9), bytes_of(row, sizeof(row) - 1));
    world_deinit(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_every_byte),
                                        cmocka_unit_test(test_every_byte_of_an_idle_row) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
