#include "store/record.h"

#include "store/value.h"

#define LENGTH_BYTES 4

struct bytes record_encode(struct arena *arena, struct bytes key, int64_t first,
                           const struct bytes *events, size_t count)
{
    size_t texts_size = 0;

    ensure(count > 0 && count <= UINT32_MAX);
    for (size_t i = 0; i < count; i++) {
        ensure(events[i].len <= UINT32_MAX);
        texts_size += events[i].len;
    }
    struct packer packer = value_begin(arena, 8 + 4 + count * LENGTH_BYTES + texts_size);
    pack_u64(&packer, (uint64_t)first);
    pack_u32(&packer, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        pack_u32(&packer, (uint32_t)events[i].len);
    for (size_t i = 0; i < count; i++)
        pack_raw(&packer, events[i]);
    return value_seal(&packer, key);
}

static size_t length_at(const struct record *record, uint32_t index)
{
    struct unpacker unpacker = unpacker_of(
        bytes_skip(record->lengths, (size_t)index * LENGTH_BYTES));
    return unpack_u32(&unpacker);
}

/* Do the lengths fill the texts exactly? */
static bool lengths_fit(const struct record *record)
{
    size_t sum = 0;

    for (uint32_t i = 0; i < record->count; i++)
        sum += length_at(record, i);
    return sum == record->texts.len;
}

bool record_decode(struct bytes key, struct bytes value, struct record *out)
{
    struct run_key run;
    int64_t first;
    struct bytes content;

    if (!key_parse_history(key, &run, &first) || !value_open(key, value, &content))
        return false;
    struct unpacker unpacker = unpacker_of(content);
    out->first = (int64_t)unpack_u64(&unpacker);
    out->count = unpack_u32(&unpacker);
    out->lengths = unpack_raw(&unpacker, (size_t)out->count * LENGTH_BYTES);
    out->texts = unpacker.rest;
    if (unpacker.failed || out->first != first || out->count == 0 || first > INT64_MAX - out->count)
        return false;
    return lengths_fit(out);
}

struct record_place record_place_of(const struct record *record, int64_t id)
{
    struct record_place place = { 0 };

    ensure(id >= record->first && id <= record_last(record));
    while (record->first + place.index < id)
        record_next(record, &place);
    return place;
}

struct bytes record_text(const struct record *record, struct record_place place)
{
    return bytes_of(record->texts.ptr + place.offset, length_at(record, place.index));
}

void record_next(const struct record *record, struct record_place *place)
{
    place->offset += length_at(record, place->index);
    place->index++;
}

void record_prev(const struct record *record, struct record_place *place)
{
    ensure(place->index > 0);
    place->index--;
    place->offset -= length_at(record, place->index);
}

struct bytes names_encode(struct arena *arena, struct bytes key, const struct run_opening *names)
{
    struct packer packer = value_begin(arena, text16_size(names->workflow_id) +
                                                  text16_size(names->run_id));
    pack_text16(&packer, names->workflow_id);
    pack_text16(&packer, names->run_id);
    return value_seal(&packer, key);
}

bool names_decode(struct bytes key, struct bytes value, struct run_opening *out)
{
    struct bytes content;

    if (!value_open(key, value, &content))
        return false;
    struct unpacker unpacker = unpacker_of(content);
    out->workflow_id = unpack_text16(&unpacker);
    out->run_id = unpack_text16(&unpacker);
    return unpacker_is_done(&unpacker);
}
