#include "store/list_row.h"

#include "store/value.h"
#include <assert.h>

/* Stored numbers of orders and filters; they never change. */
#define ORDER_START 1
#define ORDER_CLOSE 2

static const uint8_t filter_codes[] = {
    [CLOSED_ALL] = 0,     [CLOSED_BY_WORKFLOW_ID] = 1, [CLOSED_BY_TYPE_NAME] = 2,
    [CLOSED_BY_TYPE] = 3, [CLOSED_BY_TAG] = 4,         [CLOSED_BY_STATUS] = 5,
};
static_assert(sizeof(filter_codes) == CLOSED_BY_STATUS + 1, "a code for every filter");

#define PREFIX_FIXED_BYTES (1 + 8 + 4 + 1 + 1)
#define ROW_END_BYTES (8 + 8)

static bool has_value(enum closed_filter filter)
{
    return filter != CLOSED_ALL && filter != CLOSED_BY_STATUS;
}

static size_t prefix_size(const struct list_place *place)
{
    size_t size = PREFIX_FIXED_BYTES;

    if (has_value(place->filter))
        size += text16_size(place->value);
    if (place->filter == CLOSED_BY_TYPE)
        size += text16_size(place->version);
    if (place->filter == CLOSED_BY_STATUS)
        size += 1;
    return size;
}

struct bytes list_prefix(struct arena *arena, const struct list_place *place)
{
    struct packer packer = packer_in(arena, prefix_size(place));

    pack_u8(&packer, CLOSED_LIST);
    pack_u64(&packer, place->account);
    pack_u32(&packer, place->domain);
    pack_u8(&packer, place->by_close_time ? ORDER_CLOSE : ORDER_START);
    pack_u8(&packer, filter_codes[place->filter]);
    if (has_value(place->filter))
        pack_text16(&packer, place->value);
    if (place->filter == CLOSED_BY_TYPE)
        pack_text16(&packer, place->version);
    if (place->filter == CLOSED_BY_STATUS)
        pack_u8(&packer, close_status_code(place->status));
    return packer_bytes(&packer);
}

struct bytes list_row_key(struct arena *arena, struct bytes prefix, struct instant time,
                          uint64_t number)
{
    struct packer packer = packer_in(arena, prefix.len + ROW_END_BYTES);
    pack_raw(&packer, prefix);
    pack_u64(&packer, ~instant_to_key(time));
    pack_u64(&packer, ~number);
    return packer_bytes(&packer);
}

struct bytes list_row_value(struct arena *arena, struct bytes key, uint64_t run,
                            struct instant expires)
{
    struct packer packer = value_begin(arena, 8 + 8);
    pack_u64(&packer, run);
    pack_u64(&packer, (uint64_t)expires.ms);
    return value_seal(&packer, key);
}

static bool parse_end_of_key(struct bytes key, struct list_row *out)
{
    if (key.len < ROW_END_BYTES)
        return false;
    struct unpacker unpacker = unpacker_of(bytes_skip(key, key.len - ROW_END_BYTES));
    out->time = instant_of_key(~unpack_u64(&unpacker));
    out->number = ~unpack_u64(&unpacker);
    return unpacker_is_done(&unpacker);
}

bool list_row_open(struct bytes key, struct bytes value, struct list_row *out)
{
    struct bytes content;

    if (!parse_end_of_key(key, out) || !value_open(key, value, &content))
        return false;
    struct unpacker unpacker = unpacker_of(content);
    out->run = unpack_u64(&unpacker);
    out->expires.ms = (int64_t)unpack_u64(&unpacker);
    return unpacker_is_done(&unpacker);
}

/* What visiting all rows of a run carries along. */
struct visit {
    struct batch *batch;
    struct run_key run;
    const struct summary *summary;
    list_row_visit_fn *visit;
};

/* The row of one list. */
static void visit_row(const struct visit *visit, const struct list_place *place,
                      struct instant time, uint64_t number)
{
    struct arena *arena = &visit->batch->arena;

    visit->visit(visit->batch, list_row_key(arena, list_prefix(arena, place), time, number),
                 visit->run.run, visit->summary->closing.expires);
}

/* The rows of one filter: one in each order. */
static void visit_filter(const struct visit *visit, struct list_place place)
{
    const struct summary *summary = visit->summary;

    place.account = visit->run.account;
    place.domain = visit->run.domain;
    place.by_close_time = false;
    visit_row(visit, &place, summary->closing.started, visit->run.run);
    place.by_close_time = true;
    visit_row(visit, &place, summary->closing.closed, summary->close_number);
}

/* A tag may be given twice, or be none; a run is in a list once. */
static bool tag_has_row(struct bytes_list tags, size_t index)
{
    if (bytes_is_absent(tags.items[index]))
        return false;
    for (size_t i = 0; i < index; i++)
        if (!bytes_is_absent(tags.items[i]) && bytes_equal(tags.items[i], tags.items[index]))
            return false;
    return true;
}

void list_rows_visit(struct batch *batch, struct run_key run, const struct summary *summary,
                     list_row_visit_fn *visit)
{
    const struct run_closing *closing = &summary->closing;
    struct visit v = { batch, run, summary, visit };

    visit_filter(&v, (struct list_place){ .filter = CLOSED_ALL });
    visit_filter(
        &v, (struct list_place){ .filter = CLOSED_BY_WORKFLOW_ID, .value = closing->workflow_id });
    visit_filter(&v,
                 (struct list_place){ .filter = CLOSED_BY_TYPE_NAME, .value = closing->type_name });
    visit_filter(&v, (struct list_place){ .filter = CLOSED_BY_TYPE,
                                          .value = closing->type_name,
                                          .version = closing->type_version });
    visit_filter(
        &v, (struct list_place){ .filter = CLOSED_BY_STATUS, .status = closing->close_status });
    for (size_t i = 0; i < closing->tags.count; i++)
        if (tag_has_row(closing->tags, i))
            visit_filter(&v, (struct list_place){ .filter = CLOSED_BY_TAG,
                                                  .value = closing->tags.items[i] });
}
