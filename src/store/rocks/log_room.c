#include "store/rocks/log_room.h"

#include "base/memory.h"
#include "store/rocks/file.h"
#include "store/rocks/log_format.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* One sync in forty of a busy server makes the log longer; an idle one has so much for nothing. */
#define ROOM_BYTES ((size_t)256 << 10)
#define PAGE_BYTES ((size_t)4096)

void log_room_init(struct log_room *room, const char *path)
{
    *room = (struct log_room){ .path = path };
}

/* The file to which RocksDB writes, or -1. */
static int open_newest_log(const char *path)
{
    char *newest = file_newest_log(path);
    int fd = newest ? open(newest, O_WRONLY | O_CLOEXEC) : -1;

    memory_free(newest);
    return fd;
}

/* Behind all that the file has, be it records or room: RocksDB is never beyond its end, so that
 * nothing is written over, even if the log is not the newest any more. Page by page: a cache that
 * is given more at once takes it for one large page, of which it later counts, and may write, all
 * when a little of it has changed. */
static void add_zeros(int fd)
{
    static const char page[PAGE_BYTES];
    struct stat now;

    if (fstat(fd, &now) != 0)
        return;
    size_t at = (size_t)now.st_size, end = at + ROOM_BYTES;
    while (at < end) {
        size_t len = PAGE_BYTES - at % PAGE_BYTES;
        if (pwrite(fd, page, len, (off_t)at) != (ssize_t)len)
            return;
        at += len;
    }
}

/* What a record of so many bytes takes, with the headers of its pieces and the rest of a block. */
static size_t with_headers(size_t bytes)
{
    return bytes + (bytes / LOG_BLOCK_BYTES + 2) * (2 * LOG_HEADER_BYTES);
}

void log_room_make(struct log_room *room, size_t bytes)
{
    size_t needed = with_headers(bytes);

    if (needed > room->left) {
        int fd = open_newest_log(room->path);
        if (fd >= 0) {
            add_zeros(fd);
            close(fd);
        }
        room->left = ROOM_BYTES;
    }
    room->left = needed < room->left ? room->left - needed : 0;
}
