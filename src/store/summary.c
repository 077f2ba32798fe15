#include "store/summary.h"

#include "store/value.h"
#include <assert.h>

#define FIXED_BYTES (8 + 8 + 8 + 1 + 8 + 8 + 8)
#define TAGS_ABSENT UINT16_MAX

static const uint8_t status_codes[] = {
    [CLOSE_STATUS_ABSENT] = 0,     [CLOSE_STATUS_COMPLETED] = 1,
    [CLOSE_STATUS_FAILED] = 2,     [CLOSE_STATUS_CANCELED] = 3,
    [CLOSE_STATUS_TERMINATED] = 4, [CLOSE_STATUS_CONTINUED_AS_NEW] = 5,
    [CLOSE_STATUS_TIMED_OUT] = 6,
};
static_assert(sizeof(status_codes) == CLOSE_STATUS_COUNT + 1, "a code for every status");

uint8_t close_status_code(enum close_status status)
{
    ensure((size_t)status < sizeof(status_codes));
    return status_codes[status];
}

static bool status_of_code(uint8_t code, enum close_status *out)
{
    for (size_t i = 0; i < sizeof(status_codes); i++)
        if (status_codes[i] == code) {
            *out = (enum close_status)i;
            return true;
        }
    return false;
}

static size_t tags_size(struct bytes_list tags)
{
    size_t size = 2;

    for (size_t i = 0; i < tags.count; i++)
        size += text16_size(tags.items[i]);
    return size;
}

static size_t content_size(const struct run_closing *closing)
{
    return FIXED_BYTES + text16_size(closing->workflow_id) + text16_size(closing->run_id) +
           text16_size(closing->type_name) + text16_size(closing->type_version) +
           tags_size(closing->tags) + text32_size(closing->info_json) +
           text32_size(closing->detail_json);
}

static void pack_tags(struct packer *packer, struct bytes_list tags)
{
    ensure(tags.count < TAGS_ABSENT);
    pack_u16(packer, tags.items ? (uint16_t)tags.count : TAGS_ABSENT);
    for (size_t i = 0; i < tags.count; i++)
        pack_text16(packer, tags.items[i]);
}

struct bytes summary_encode(struct arena *arena, struct bytes key, const struct summary *summary)
{
    const struct run_closing *closing = &summary->closing;
    struct packer packer = value_begin(arena, content_size(closing));

    pack_u64(&packer, (uint64_t)closing->started.ms);
    pack_u64(&packer, (uint64_t)closing->closed.ms);
    pack_u64(&packer, (uint64_t)closing->expires.ms);
    pack_u8(&packer, close_status_code(closing->close_status));
    pack_u64(&packer, (uint64_t)closing->context_event_id);
    pack_u64(&packer, (uint64_t)summary->last_event_id);
    pack_u64(&packer, summary->close_number);
    pack_text16(&packer, closing->workflow_id);
    pack_text16(&packer, closing->run_id);
    pack_text16(&packer, closing->type_name);
    pack_text16(&packer, closing->type_version);
    pack_tags(&packer, closing->tags);
    pack_text32(&packer, closing->info_json);
    pack_text32(&packer, closing->detail_json);
    return value_seal(&packer, key);
}

static struct bytes_list unpack_tags(struct unpacker *unpacker, struct arena *arena)
{
    uint16_t count = unpack_u16(unpacker);

    if (count == TAGS_ABSENT)
        return (struct bytes_list){ 0 };
    /* Each tag has a length at least: a damaged count asks for no memory. */
    if ((size_t)count * 2 > unpacker->rest.len) {
        unpacker->failed = true;
        return (struct bytes_list){ 0 };
    }
    struct bytes *tags = arena_array(arena, struct bytes, count);
    for (uint16_t i = 0; i < count; i++)
        tags[i] = unpack_text16(unpacker);
    return (struct bytes_list){ tags, count };
}

bool summary_decode(struct bytes key, struct bytes value, struct arena *arena, struct summary *out)
{
    struct run_closing *closing = &out->closing;
    struct bytes content;

    if (!value_open(key, value, &content))
        return false;
    struct unpacker unpacker = unpacker_of(content);
    closing->started.ms = (int64_t)unpack_u64(&unpacker);
    closing->closed.ms = (int64_t)unpack_u64(&unpacker);
    closing->expires.ms = (int64_t)unpack_u64(&unpacker);
    bool status_known = status_of_code(unpack_u8(&unpacker), &closing->close_status);
    closing->context_event_id = (int64_t)unpack_u64(&unpacker);
    out->last_event_id = (int64_t)unpack_u64(&unpacker);
    out->close_number = unpack_u64(&unpacker);
    closing->workflow_id = unpack_text16(&unpacker);
    closing->run_id = unpack_text16(&unpacker);
    closing->type_name = unpack_text16(&unpacker);
    closing->type_version = unpack_text16(&unpacker);
    closing->tags = unpack_tags(&unpacker, arena);
    closing->info_json = unpack_text32(&unpacker);
    closing->detail_json = unpack_text32(&unpacker);
    return status_known && out->last_event_id > 0 && out->close_number > 0 &&
           unpacker_is_done(&unpacker);
}
