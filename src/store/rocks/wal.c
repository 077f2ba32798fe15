/*
 * A record of a log is one write: a sequence number (u64), a count (u32), and as many entries: a
 * type, the number of the column family where that is not the default one, and texts, a key, mostly
 * with a value.
 */
#include "store/rocks/wal.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "store/key.h"
#include "store/rocks/coding.h"
#include "store/rocks/log_reader.h"
#include "store/rocks/options.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what a write holds */

enum entry_type {
    ENTRY_DELETION = 0x0,
    ENTRY_VALUE = 0x1,
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
    bool has_value = type != ENTRY_DELETION && type != ENTRY_FAMILY_DELETION;

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

/* ---- a file, as long as it is looked at */

static void path_of_log(const char *path, uint64_t number, struct text *out)
{
    text_init(out, strlen(path) + 64);
    text_printf(out, "%s/%06llu.log", path, (unsigned long long)number);
    ensure(out->ptr != NULL);
}

static enum err failed(const char *message, const char *path)
{
    log_error(message, LOG_CSTR("path", path), LOG_CSTR("reason", strerror(errno)));
    return ERR_IO;
}

static enum err map_file(const char *path, struct bytes *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status = { 0 };
    void *content = NULL;

    if (fd < 0 || fstat(fd, &status) != 0)
        content = MAP_FAILED;
    else if (status.st_size > 0)
        content = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (fd >= 0)
        close(fd);
    if (content == MAP_FAILED)
        return failed("could not read a log of the store", path);
    *out = bytes_of(content ? content : "", (size_t)status.st_size);
    return OK;
}

static void unmap(struct bytes content)
{
    if (content.len)
        munmap((void *)(uintptr_t)content.ptr, content.len);
}

/* ---- the logs of a folder */

struct logs {
    uint64_t *numbers; /* rising */
    size_t count;
};

static int compare_numbers(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

/* The number of a file with this end, "000012.log"; false when it has another. */
static bool parse_log_name(struct bytes name, uint64_t *number)
{
    size_t dot = bytes_find_last(name, '.');
    unsigned long long value;

    if (!bytes_equal_cstr(bytes_skip(name, dot), ".log") ||
        !bytes_parse_u64(bytes_of(name.ptr, dot), &value))
        return false;
    *number = value;
    return true;
}

static void add_log(struct logs *logs, const char *name)
{
    uint64_t number;

    if (!parse_log_name(bytes_of_cstr(name), &number))
        return;
    logs->numbers = memory_resize(logs->numbers, (logs->count + 1) * sizeof(*logs->numbers));
    logs->numbers[logs->count++] = number;
}

static enum err find_logs(const char *path, struct logs *logs)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;

    *logs = (struct logs){ 0 };
    if (!folder)
        return failed("could not open the folder of the store", path);
    while ((entry = readdir(folder)))
        add_log(logs, entry->d_name);
    closedir(folder);
    if (logs->count)
        qsort(logs->numbers, logs->count, sizeof(*logs->numbers), compare_numbers);
    return OK;
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
    scan->state->is_torn = false;
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
    bool is_damaged = reader->state == LOG_DAMAGED;
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
}

static void scan_good(struct scan *scan, uint64_t number, struct log_reader *reader)
{
    struct wal_state *state = scan->state;
    struct bytes write;

    while (log_reader_next(reader, &write))
        note_good(scan, write);
    if (reader->state == LOG_GOOD)
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
    struct log_reader reader;
    struct bytes log;
    struct text file;
    enum err err;

    path_of_log(path, number, &file);
    err = map_file(file.ptr, &log);
    text_deinit(&file);
    if (err)
        return err;
    log_reader_init(&reader, log);
    if (scan->state->is_damaged)
        scan_later(scan, &reader);
    else
        scan_good(scan, number, &reader);
    log_reader_deinit(&reader);
    unmap(log);
    return OK;
}

static enum err scan_logs(const char *path, struct scan *scan)
{
    struct logs logs;
    enum err err = find_logs(path, &logs);

    *scan->state = (struct wal_state){ 0 };
    for (size_t i = 0; i < logs.count && !err; i++) {
        err = scan_log(scan, path, logs.numbers[i]);
        scan->state->newest = logs.numbers[i];
    }
    memory_free(logs.numbers);
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

static enum err make_lost_folder(const char *path)
{
    struct text lost;
    enum err err = OK;

    text_init(&lost, strlen(path) + 64);
    text_printf(&lost, "%s/lost", path);
    ensure(lost.ptr != NULL);
    if (mkdir(lost.ptr, 0700) != 0 && errno != EEXIST)
        err = failed("could not make a folder for what is cut off", lost.ptr);
    text_deinit(&lost);
    return err;
}

/* "lost/000012.log", or when that is there already "lost/000012.log.2" and so on. */
static void path_of_lost(const char *path, uint64_t number, struct text *out)
{
    text_init(out, strlen(path) + 64);
    for (int copy = 1;; copy++) {
        text_reset(out);
        text_printf(out, "%s/lost/%06llu.log", path, (unsigned long long)number);
        if (copy > 1)
            text_printf(out, ".%d", copy);
        ensure(out->ptr != NULL);
        if (access(out->ptr, F_OK) != 0)
            return;
    }
}

static bool write_all(int fd, struct bytes content)
{
    while (content.len) {
        ssize_t written = write(fd, content.ptr, content.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        content = bytes_skip(content, (size_t)written);
    }
    return true;
}

/* The whole log, as it is now: who wants to look at it needs what is before the damage as well. */
static enum err keep_copy(const char *from, const char *to)
{
    struct bytes content;
    enum err err = map_file(from, &content);
    int fd;

    if (err)
        return err;
    fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || !write_all(fd, content) || fsync(fd) != 0)
        err = failed("could not keep a copy of a damaged log", to);
    if (fd >= 0)
        close(fd);
    unmap(content);
    return err;
}

static enum err cut_log(const char *path, uint64_t number, size_t at)
{
    struct text file, lost;
    enum err err;

    path_of_log(path, number, &file);
    path_of_lost(path, number, &lost);
    err = keep_copy(file.ptr, lost.ptr);
    if (!err && truncate(file.ptr, (off_t)at) != 0)
        err = failed("could not cut a damaged log", file.ptr);
    text_deinit(&file);
    text_deinit(&lost);
    return err;
}

enum err wal_cut(const char *path, const struct wal_state *state)
{
    struct logs logs;
    enum err err = find_logs(path, &logs);

    ensure(state->is_damaged);
    if (!err)
        err = make_lost_folder(path);
    /* The last ones first: if it is stopped halfway, what is left is damaged as before. */
    for (size_t i = logs.count; i-- > 0 && !err && logs.numbers[i] >= state->log;)
        err = cut_log(path, logs.numbers[i], logs.numbers[i] == state->log ? state->at : 0);
    memory_free(logs.numbers);
    return err;
}
