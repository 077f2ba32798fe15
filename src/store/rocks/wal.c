/*
 * A record of a log is one write: a sequence number (u64), a count (u32), and as many entries: a
 * type, the number of the column family where that is not the default one, and texts, a key, mostly
 * with a value. The last is a seal, which is not counted (rocks.c).
 */
#include "store/rocks/wal.h"

#include "base/memory.h"
#include "store/key.h"
#include "store/rocks/coding.h"
#include "store/rocks/file.h"
#include "store/rocks/log_reader.h"
#include "store/rocks/options.h"
#include "store/rocks/torn_end.h"
#include <unistd.h>

/* ---- what a write holds */

enum entry_type {
    ENTRY_DELETION = 0x0,
    ENTRY_VALUE = 0x1,
    ENTRY_SEAL = 0x3, /* RocksDB's name: log data */
    ENTRY_FAMILY_DELETION = 0x4,
    ENTRY_FAMILY_VALUE = 0x5,
    ENTRY_FAMILY_RANGE_DELETION = 0xe,
    ENTRY_RANGE_DELETION = 0xf,
};

struct entry {
    uint64_t family;
    bool is_value;
    struct bytes key, value;
};

/* False at the end, or where an entry is not one of ours. */
static bool next_entry(struct decoder *decoder, struct entry *entry)
{
    uint64_t type = decoder->rest.len ? decode_fixed(decoder, 1) : UINT64_MAX;
    bool has_value = type != ENTRY_DELETION && type != ENTRY_FAMILY_DELETION && type != ENTRY_SEAL;

    if (type > ENTRY_RANGE_DELETION)
        return false;
    *entry = (struct entry){ .is_value = type == ENTRY_VALUE || type == ENTRY_FAMILY_VALUE };
    if (type == ENTRY_FAMILY_VALUE || type == ENTRY_FAMILY_DELETION ||
        type == ENTRY_FAMILY_RANGE_DELETION)
        entry->family = decode_varint(decoder);
    entry->key = decode_text(decoder);
    if (has_value)
        entry->value = decode_text(decoder);
    return !decoder->failed;
}

static bool is_turn(const struct entry *entry)
{
    uint64_t turn;

    return entry->is_value && entry->family == FAMILY_NUMBER(KV_STATE) &&
           key_parse_turn(entry->key, &turn);
}

/* The turn record of the write; false when it has none. */
static bool find_turn(struct bytes write, struct entry *entry)
{
    struct decoder decoder = { .rest = write };

    (void)decode_raw(&decoder, 8 + 4);
    while (next_entry(&decoder, entry))
        if (is_turn(entry))
            return true;
    return false;
}

static uint64_t sequence_of(struct bytes write)
{
    struct decoder decoder = { .rest = write };

    return decode_fixed(&decoder, 8);
}

/* ---- looking */

struct scan {
    struct wal_state *state;
    uint64_t sequence; /* of the newest good write */
    wal_turn_fn *turn; /* for what lies behind the damage; may be NULL */
    void *context;
};

static void note_good(struct scan *scan, struct bytes write)
{
    struct entry entry;
    uint64_t turn;

    scan->sequence = sequence_of(write);
    if (scan->state->first_sequence == 0)
        scan->state->first_sequence = scan->sequence;
    scan->state->is_torn = scan->state->has_hole = false;
    if (find_turn(write, &entry) && key_parse_turn(entry.key, &turn))
        scan->state->last_turn = turn;
}

static void note_later(struct scan *scan, struct bytes write)
{
    struct wal_state *state = scan->state;
    struct entry entry;
    uint64_t turn;

    if (!find_turn(write, &entry) || !key_parse_turn(entry.key, &turn))
        return;
    state->later_first = state->later_first ? state->later_first : turn;
    state->later_last = turn;
    if (scan->turn)
        scan->turn(scan->context, entry.key, entry.value);
}

/* A text that a client sent may look like a record, but it cannot know which number is the next. */
static bool may_follow(const struct scan *scan, struct bytes write, size_t left)
{
    uint64_t sequence = sequence_of(write);

    return sequence > scan->sequence && sequence - scan->sequence <= left;
}

/* Everything behind the place where the log stopped being good. */
static void scan_rest(struct scan *scan, struct log_reader *reader)
{
    size_t left = reader->log.len - reader->record_at;
    bool has_hole = torn_end_is(reader->log, reader->record_at, TORN_WRITE);
    bool is_damaged = reader->state == LOG_DAMAGED && !has_hole;
    struct bytes write;

    while (log_reader_resume(reader, &write)) {
        do {
            if (!may_follow(scan, write, left))
                continue;
            is_damaged = true;
            note_later(scan, write);
        } while (log_reader_next(reader, &write));
        if (reader->state == LOG_GOOD)
            break;
    }
    scan->state->is_damaged = is_damaged;
    scan->state->is_torn = !is_damaged;
    scan->state->has_hole = !is_damaged && has_hole;
}

/* Nothing but room for more (log_room) from where a record would begin. */
static bool is_at_room(const struct log_reader *reader)
{
    return reader->state == LOG_TORN && bytes_are_zero(bytes_skip(reader->log, reader->record_at));
}

static void scan_good(struct scan *scan, uint64_t number, struct log_reader *reader)
{
    struct wal_state *state = scan->state;
    struct bytes write;

    while (log_reader_next(reader, &write))
        note_good(scan, write);
    if (reader->state == LOG_GOOD || is_at_room(reader))
        return;
    state->log = number;
    state->at = reader->record_at;
    state->size = reader->log.len;
    scan_rest(scan, reader);
}

/* Of a log behind a damaged one. */
static void scan_later(struct scan *scan, struct log_reader *reader)
{
    struct bytes write;
    bool more = log_reader_next(reader, &write);

    while (more || log_reader_resume(reader, &write)) {
        note_later(scan, write);
        more = log_reader_next(reader, &write);
        if (!more && reader->state == LOG_GOOD)
            break;
    }
}

static enum err scan_log(struct scan *scan, const char *path, uint64_t number)
{
    char *file = file_log_path(path, number);
    struct log_reader reader;
    struct bytes log;
    enum err err = file_map(file, &log);

    memory_free(file);
    if (err)
        return err;
    log_reader_init(&reader, log);
    if (scan->state->is_damaged)
        scan_later(scan, &reader);
    else
        scan_good(scan, number, &reader);
    log_reader_deinit(&reader);
    file_unmap(log);
    return OK;
}

static enum err scan_logs(const char *path, struct scan *scan)
{
    struct file_numbers logs;
    enum err err = file_find_numbers(path, "", ".log", &logs);

    *scan->state = (struct wal_state){ 0 };
    for (size_t i = 0; i < logs.count && !err; i++) {
        err = scan_log(scan, path, logs.items[i]);
        scan->state->newest = logs.items[i];
    }
    memory_free(logs.items);
    return err;
}

enum err wal_look(const char *path, struct wal_state *out)
{
    struct scan scan = { .state = out };

    return scan_logs(path, &scan);
}

enum err wal_later_turns(const char *path, wal_turn_fn *turn, void *context)
{
    struct wal_state state;
    struct scan scan = { .state = &state, .turn = turn, .context = context };

    return scan_logs(path, &scan);
}

/* ---- cutting */

enum err wal_cut_torn(const char *path, const struct wal_state *state)
{
    char *file = file_log_path(path, state->log);
    enum err err;

    ensure(state->has_hole);
    err = torn_end_cut(file, state->at);
    memory_free(file);
    return err;
}

/* "lost/000012.log", or when that is there already "lost/000012.log.2" and so on. */
static char *path_of_lost(const char *path, uint64_t number)
{
    char *lost = file_path(path, "lost/%06llu.log", (unsigned long long)number);

    for (int copy = 2; access(lost, F_OK) == 0; copy++) {
        memory_free(lost);
        lost = file_path(path, "lost/%06llu.log.%d", (unsigned long long)number, copy);
    }
    return lost;
}

/* Keeps the whole log as it is: who wants to look at it needs what is before the damage as well. */
static enum err cut_log(const char *path, uint64_t number, size_t at)
{
    char *file = file_log_path(path, number), *lost = path_of_lost(path, number);
    struct bytes content;
    enum err err = file_map(file, &content);

    if (!err) {
        err = file_write_new(lost, content);
        file_unmap(content);
    }
    if (!err && truncate(file, (off_t)at) != 0)
        err = file_failed("could not cut a damaged log", file);
    memory_free(file);
    memory_free(lost);
    return err;
}

enum err wal_cut(const char *path, const struct wal_state *state)
{
    struct file_numbers logs;
    enum err err = file_find_numbers(path, "", ".log", &logs);

    ensure(state->is_damaged);
    if (!err)
        err = file_make_lost(path);
    /* The last ones first: if it is stopped halfway, what is left is damaged as before. */
    for (size_t i = logs.count; i-- > 0 && !err && logs.items[i] >= state->log;)
        err = cut_log(path, logs.items[i], logs.items[i] == state->log ? state->at : 0);
    memory_free(logs.items);
    return err;
}
