/*
 * failing_disk - a disk that says no: a library to be put before libc with LD_PRELOAD.
 *
 * Calls of write, pwrite, fsync and fdatasync on files below the folder $WEIR_FAIL_PATH are
 * counted, those of pwrite once that follow one another on a file (a log is given room so, page by
 * page); from the one with number $WEIR_FAIL_AFTER on (1: the first) all of them fail with EIO.
 * With $WEIR_FAIL_HOW=kill the process dies of SIGKILL in place of that call; with =tear, too, but
 * a write leaves the first half of its bytes. Without these variables nothing changes.
 *
 * Built by:  cc -shared -fPIC -o failing_disk.so failing_disk.c -ldl
 */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define NO_ROW (-1)

static atomic_ulong calls;
static atomic_int row = NO_ROW; /* the file of the newest call, if that was one of pwrite */

/* Is the file behind `fd` below the folder? */
static bool is_below(int fd, const char *folder)
{
    char link[64];
    char path[4096];
    size_t len = strlen(folder);

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof(path) - 1);
    return size > (ssize_t)len && memcmp(path, folder, len) == 0 && path[len] == '/';
}

/* The number of this call; in_row: the file, of a call of pwrite. */
static unsigned long count(int in_row)
{
    bool goes_on = atomic_exchange(&row, in_row) == in_row && in_row != NO_ROW;

    return goes_on ? atomic_load(&calls) : atomic_fetch_add(&calls, 1) + 1;
}

static bool fails(int fd, int in_row)
{
    const char *folder = getenv("WEIR_FAIL_PATH");
    const char *after = getenv("WEIR_FAIL_AFTER");
    int errno_before = errno;

    if (!folder || !after || !is_below(fd, folder)) {
        errno = errno_before;
        return false;
    }
    unsigned long from = strtoul(after, NULL, 10);
    bool failed = from > 0 && count(in_row) >= from;
    errno = failed ? EIO : errno_before;
    return failed;
}

static bool is_how(const char *word)
{
    const char *how = getenv("WEIR_FAIL_HOW");
    return how && strcmp(how, word) == 0;
}

/* What the n-th call comes to. Only SIGKILL ends a process without another word from any of its
 * threads. */
static int give_up(void)
{
    if (is_how("kill") || is_how("tear"))
        kill(getpid(), SIGKILL);
    errno = EIO;
    return -1;
}

/* libc's own function of this name. */
static void *next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    static ssize_t (*own)(int, const void *, size_t);
    if (!own)
        own = (ssize_t(*)(int, const void *, size_t))next("write");
    if (!fails(fd, NO_ROW))
        return own(fd, bytes, size);
    if (is_how("tear"))
        own(fd, bytes, size / 2);
    return give_up();
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
    static ssize_t (*own)(int, const void *, size_t, off_t);
    if (!own)
        own = (ssize_t(*)(int, const void *, size_t, off_t))next("pwrite");
    if (!fails(fd, fd))
        return own(fd, bytes, size, at);
    if (is_how("tear"))
        own(fd, bytes, size / 2, at);
    return give_up();
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at)
{
    return pwrite(fd, bytes, size, at);
}

int fsync(int fd)
{
    static int (*own)(int);
    if (!own)
        own = (int (*)(int))next("fsync");
    return fails(fd, NO_ROW) ? give_up() : own(fd);
}

int fdatasync(int fd)
{
    static int (*own)(int);
    if (!own)
        own = (int (*)(int))next("fdatasync");
    return fails(fd, NO_ROW) ? give_up() : own(fd);
}
