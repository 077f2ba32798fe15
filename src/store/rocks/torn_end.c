/*
 * The form of a log: blocks of 32 KiB; in them pieces, none longer than what is left of its block:
 * a checksum of what follows (4 bytes, masked), the length of the content (2), a type (1), the
 * content. A record is one piece FULL, or a FIRST, any MIDDLEs and a LAST. Where fewer than 7 bytes
 * of a block are left there are zeros. Numbers are little-endian.
 */
#include "store/rocks/torn_end.h"

#include "base/crc32c.h"
#include "base/log.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES 32768
#define HEADER_BYTES 7
#define SECTOR_BYTES 512
#define NAME_BYTES_MAX 256

enum piece_type { PIECE_FULL = 1, PIECE_FIRST, PIECE_MIDDLE, PIECE_LAST };

/* A look through one log. */
struct look {
    int fd;
    bool is_manifest;
    uint64_t block_at; /* the offset of the block in memory */
    size_t block_size; /* less than a block's: the file ends there */
    char block[BLOCK_BYTES];

    bool in_record;     /* behind a FIRST or MIDDLE */
    uint64_t whole_end; /* where the last whole record ends */
    bool torn;          /* what follows is torn */
    bool damaged;       /* or this */
};

/* ---- pieces */

static uint32_t number_at(const char *at)
{
    const unsigned char *byte = (const unsigned char *)at;
    return (uint32_t)byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 |
           (uint32_t)byte[3] << 24;
}

static size_t length_of(const char *piece)
{
    return (size_t)(unsigned char)piece[4] | (size_t)(unsigned char)piece[5] << 8;
}

static bool matches_checksum(const char *piece)
{
    uint32_t crc = crc32c(0, bytes_of(piece + 6, 1 + length_of(piece)));
    return number_at(piece) == ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

static bool is_zero(const char *from, const char *to)
{
    while (from < to && *from == 0)
        from++;
    return from == to;
}

/* Is there a sector of which all that belongs to this stretch is zero? */
static bool has_unwritten_sector(const struct look *look, size_t begin, size_t end)
{
    for (size_t at = begin; at < end;) {
        size_t next = (at / SECTOR_BYTES + 1) * SECTOR_BYTES;
        if (next > end)
            next = end;
        if (is_zero(look->block + at, look->block + next))
            return true;
        at = next;
    }
    return false;
}

/* ---- records */

/* Something between `begin` and `end` is not as it was written. */
static void note_bad(struct look *look, size_t begin, size_t end)
{
    if (look->torn)
        return;
    if (has_unwritten_sector(look, begin, end))
        look->torn = true;
    else
        look->damaged = true;
}

/* A piece that matches its checksum, and the offset behind it. */
static void note_good(struct look *look, enum piece_type type, uint64_t end)
{
    bool begins = type == PIECE_FULL || type == PIECE_FIRST;

    if (look->torn) {
        look->damaged |= begins && !look->is_manifest;
        return;
    }
    if (begins == look->in_record) {
        look->damaged = true;
        return;
    }
    look->in_record = type == PIECE_FIRST || type == PIECE_MIDDLE;
    if (!look->in_record)
        look->whole_end = end;
}

/* One piece; where the next one is, or the end of the block when nobody can say. */
static size_t look_at_piece(struct look *look, size_t at)
{
    const char *piece = look->block + at;
    size_t end = at + HEADER_BYTES + length_of(piece);
    bool is_known = piece[6] >= PIECE_FULL && piece[6] <= PIECE_LAST;

    if (!is_known || end > BLOCK_BYTES) {
        note_bad(look, at, at + HEADER_BYTES);
        return look->block_size;
    }
    if (end > look->block_size)
        return look->block_size; /* cut off: RocksDB knows what to do */
    if (matches_checksum(piece))
        note_good(look, (enum piece_type)piece[6], look->block_at + end);
    else
        note_bad(look, at, end);
    return end;
}

static void look_at_block(struct look *look)
{
    size_t at = 0;

    while (!look->damaged && at + HEADER_BYTES <= look->block_size)
        at = look_at_piece(look, at);
}

/* True: its end is torn, from look->whole_end on. */
static bool look_through(struct look *look)
{
    ssize_t got;

    while (!look->damaged &&
           (got = pread(look->fd, look->block, BLOCK_BYTES, (off_t)look->block_at)) > 0) {
        look->block_size = (size_t)got;
        look_at_block(look);
        look->block_at += BLOCK_BYTES;
    }
    return look->torn && !look->damaged;
}

/* ---- files */

struct names {
    char log[NAME_BYTES_MAX]; /* empty: none */
    char manifest[NAME_BYTES_MAX];
};

static int open_in(const char *path, const char *name, int flags)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = folder >= 0 ? openat(folder, name, flags | O_CLOEXEC) : -1;

    if (folder >= 0)
        close(folder);
    return fd;
}

static void read_current(const char *path, char manifest[NAME_BYTES_MAX])
{
    int fd = open_in(path, "CURRENT", O_RDONLY);
    ssize_t got = fd >= 0 ? read(fd, manifest, NAME_BYTES_MAX - 1) : 0;

    if (fd >= 0)
        close(fd);
    manifest[got > 0 ? got : 0] = '\0';
    manifest[strcspn(manifest, "\n/")] = '\0';
}

static bool has_bytes(const char *path, const char *name)
{
    struct stat about;
    int fd = open_in(path, name, O_RDONLY);
    bool has = fd >= 0 && fstat(fd, &about) == 0 && about.st_size > 0;

    if (fd >= 0)
        close(fd);
    return has;
}

/* The newest log that holds something: those before it were synced when it was begun. */
static void find_log(const char *path, char log[NAME_BYTES_MAX])
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    unsigned long long newest = 0;

    while (folder && (entry = readdir(folder))) {
        struct bytes name = bytes_of_cstr(entry->d_name);
        size_t dot = bytes_find_last(name, '.');
        unsigned long long number;
        if (bytes_equal_cstr(bytes_skip(name, dot), ".log") &&
            bytes_parse_u64(bytes_of(name.ptr, dot), &number) && number >= newest &&
            has_bytes(path, entry->d_name)) {
            newest = number;
            snprintf(log, NAME_BYTES_MAX, "%s", entry->d_name);
        }
    }
    if (folder)
        closedir(folder);
}

static bool cut_off(const struct look *look, const char *path, const char *name)
{
    bool done = ftruncate(look->fd, (off_t)look->whole_end) == 0 && fsync(look->fd) == 0;

    if (done)
        log_warn("the last write to the store was cut off, as by a loss of power; it was not "
                 "acknowledged, and is dropped",
                 LOG_CSTR("path", path), LOG_CSTR("file", name),
                 LOG_NUMBER("from", look->whole_end));
    else
        log_error("could not drop an unfinished write", LOG_CSTR("path", path),
                  LOG_CSTR("file", name), LOG_CSTR("reason", strerror(errno)));
    return done;
}

/* Is the file torn? Then, if `cuts`, it is cut; *done turns false when that cannot be done. */
static bool look_at_file(const char *path, const char *name, bool is_manifest, bool cuts,
                         bool *done)
{
    struct look look = { .is_manifest = is_manifest };

    look.fd = name[0] ? open_in(path, name, cuts ? O_RDWR : O_RDONLY) : -1;
    if (look.fd < 0)
        return false;
    bool torn = look_through(&look);
    if (torn && cuts)
        *done &= cut_off(&look, path, name);
    close(look.fd);
    return torn;
}

static enum torn_end look_at_files(const char *path, bool cuts, bool *done)
{
    struct names names = { "", "" };

    find_log(path, names.log);
    read_current(path, names.manifest);
    bool log = look_at_file(path, names.log, false, cuts, done);
    bool manifest = look_at_file(path, names.manifest, true, cuts, done);
    return manifest ? TORN_MANIFEST : log ? TORN_LOG : TORN_NOTHING;
}

enum torn_end torn_end_look(const char *path)
{
    bool done = true;
    return look_at_files(path, false, &done);
}

bool torn_end_cut(const char *path)
{
    bool done = true;
    return look_at_files(path, true, &done) != TORN_NOTHING && done;
}
