/*
 * A stored value whose checksum is right and whose content is anything: it is damaged, or is what
 * encoding gives of what it says. The first byte says which record it is.
 */
#include "target.h"

#include "store/list_row.h"
#include "store/open_row.h"
#include "store/record.h"
#include "store/turn_record.h"
#include "store/value.h"

static const struct run_key run_key = { 123456789012, 3, 99 };

/* Events, walked in both directions. */
static void check_record(struct bytes key, struct bytes value, struct arena *arena)
{
    struct record record;

    if (!record_decode(key, value, &record) || record.count > 4096)
        return;
    struct bytes *events = arena_array(arena, struct bytes, record.count);
    struct record_place place = record_place_of(&record, record.first);
    for (uint32_t i = 0; i < record.count; i++, record_next(&record, &place))
        events[i] = record_text(&record, place);
    for (uint32_t i = record.count; i-- > 0;) {
        record_prev(&record, &place);
        ensure(bytes_equal(record_text(&record, place), events[i]));
    }
    ensure(bytes_equal(record_encode(arena, key, record.first, events, record.count), value));
}

static void check_names(struct bytes key, struct bytes value, struct arena *arena)
{
    struct run_opening names;

    if (names_decode(key, value, &names))
        ensure(bytes_equal(names_encode(arena, key, &names), value));
}

static void visit_row(struct batch *batch, struct bytes key, uint64_t run, struct instant expires)
{
    struct bytes value = list_row_value(&batch->arena, key, run, expires);
    struct list_row row;

    ensure(list_row_open(key, value, &row));
    ensure(row.run == run && row.expires.ms == expires.ms);
}

static void check_summary(struct bytes key, struct bytes value, struct arena *arena)
{
    struct summary summary;
    struct batch batch;

    if (!summary_decode(key, value, arena, &summary))
        return;
    ensure(bytes_equal(summary_encode(arena, key, &summary), value));
    batch_init(&batch);
    list_rows_visit(&batch, run_key, &summary, visit_row);
    batch_deinit(&batch);
}

static void check_turn(struct bytes key, struct bytes value)
{
    struct turn_record record;

    if (!turn_record_decode(key, value, &record))
        return;
    for (uint32_t i = 0; i < record.run_count; i++)
        (void)turn_record_next_run(&record);
}

static void check_open_row(struct bytes key, struct bytes value)
{
    struct run_key run;

    if (open_row_decode(key, value, &run))
        ensure(run.run == run_key.run);
}

/* The key is the input here: of any shape. */
static void check_keys(struct bytes key, struct arena *arena)
{
    struct instant expires;
    struct run_key run;
    struct list_row row;
    int64_t event_id;
    uint64_t number;

    if (key_parse_history(key, &run, &event_id))
        ensure(bytes_equal(key_history(arena, run, event_id), key));
    if (key_parse_expiry(key, &expires, &run))
        ensure(bytes_equal(key_expiry(arena, expires, run), key));
    if (key_parse_turn(key, &number))
        ensure(bytes_equal(key_turn(arena, number), key));
    if (key_parse_open(key, &number))
        ensure(bytes_equal(key_open(arena, number), key));
    if (key_parse_heartbeat(key, &number, &event_id))
        ensure(bytes_equal(key_heartbeat(arena, number, event_id), key));
    (void)list_row_open(key, value_of(arena, key, BYTES("0123456789abcdef")), &row);
}

static void check_raw(struct bytes input)
{
    struct bytes content;

    (void)value_open(BYTES("key"), input, &content);
}

static void run(struct bytes input)
{
    uint8_t kind = take_u8(&input) % 7;
    struct arena arena;

    arena_init(&arena, "records", 64 << 20);
    struct bytes keys[] = {
        key_history(&arena, run_key, 5), key_history(&arena, run_key, NAMES_EVENT_ID),
        key_summary(&arena, run_key),    key_turn(&arena, 8),
        key_open(&arena, run_key.run),
    };
    struct bytes key = kind < 5 ? keys[kind] : BYTES("");
    struct bytes value = value_of(&arena, key, input);

    if (kind == 0)
        check_record(key, value, &arena);
    else if (kind == 1)
        check_names(key, value, &arena);
    else if (kind == 2)
        check_summary(key, value, &arena);
    else if (kind == 3)
        check_turn(key, value);
    else if (kind == 4)
        check_open_row(key, value);
    else if (kind == 5)
        check_keys(input, &arena);
    else
        check_raw(input);
    arena_deinit(&arena);
}

const struct target target_record = { "record", run };
