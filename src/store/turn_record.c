#include "store/turn_record.h"

#include "store/key.h"
#include "store/value.h"

#define RUN_BYTES (8 + 4 + 8 + 8 + 1)

#define FLAG_OPENED 1
#define FLAG_CLOSED 2

/* A heartbeat alone changes neither the history nor whether the run is open. */
static bool is_named(const struct run_change *change)
{
    return change->event_count > 0 || change->opening || change->closing;
}

uint32_t turn_record_run_count(const struct commit *commit)
{
    uint32_t count = 0;

    for (size_t i = 0; i < commit->run_count; i++)
        if (is_named(&commit->runs[i]))
            count++;
    return count;
}

static void pack_change(struct packer *packer, const struct run_change *change)
{
    pack_u64(packer, change->key.account);
    pack_u32(packer, change->key.domain);
    pack_u64(packer, change->key.run);
    pack_u64(packer, (uint64_t)change->builds_on + change->event_count);
    pack_u8(packer,
            (uint8_t)((change->opening ? FLAG_OPENED : 0) | (change->closing ? FLAG_CLOSED : 0)));
}

struct bytes turn_record_encode(struct arena *arena, struct bytes key, const struct commit *commit,
                                struct instant clock, uint64_t next_close)
{
    uint32_t count = turn_record_run_count(commit);
    struct packer packer = value_begin(arena, 8 + 8 + 8 + 4 + (size_t)count * RUN_BYTES);

    pack_u64(&packer, commit->next_run);
    pack_u64(&packer, next_close);
    pack_u64(&packer, (uint64_t)clock.ms);
    pack_u32(&packer, count);
    for (size_t i = 0; i < commit->run_count; i++)
        if (is_named(&commit->runs[i]))
            pack_change(&packer, &commit->runs[i]);
    return value_seal(&packer, key);
}

bool turn_record_decode(struct bytes key, struct bytes value, struct turn_record *out)
{
    struct bytes content;

    if (!key_parse_turn(key, &out->turn) || !value_open(key, value, &content))
        return false;
    out->runs = unpacker_of(content);
    out->next_run = unpack_u64(&out->runs);
    out->next_close = unpack_u64(&out->runs);
    out->clock.ms = (int64_t)unpack_u64(&out->runs);
    out->run_count = unpack_u32(&out->runs);
    return !out->runs.failed && out->runs.rest.len == (size_t)out->run_count * RUN_BYTES &&
           out->next_run > 0 && out->next_close > 0;
}

struct turn_run turn_record_next_run(struct turn_record *record)
{
    struct turn_run run = { 0 };

    run.key.account = unpack_u64(&record->runs);
    run.key.domain = unpack_u32(&record->runs);
    run.key.run = unpack_u64(&record->runs);
    run.last_event_id = (int64_t)unpack_u64(&record->runs);
    uint8_t flags = unpack_u8(&record->runs);
    run.opened = flags & FLAG_OPENED;
    run.closed = flags & FLAG_CLOSED;
    return run;
}
