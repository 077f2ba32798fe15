/*
 * faulty_disk - a disk with errors of many kinds: a library to be put before libc with LD_PRELOAD.
 *
 * Where failing_disk.c (tests/store) ends a process or a disk at a write or sync, this one lets
 * single calls fail, of the kinds that are told:
 *
 *   read      pread, fread_unlocked              make      mkdir, open of a file that is not there
 *   write     write                              rename    rename, link
 *   room      pwrite (store/rocks/log_room)      unlink    unlink, rmdir
 *   sync      fsync, fdatasync                   open      open of what is there, opendir
 *   allocate  fallocate
 *
 *   $FAULTY_DISK_FOLDER   the folder that is meant, with what lies below it
 *   $FAULTY_DISK_CALLS    the kinds that count, as "write,sync"
 *   $FAULTY_DISK_TIMES    how many fail; 0: all from there on
 *   $FAULTY_DISK_ERROR    with what: EIO or ENOSPC
 *   $FAULTY_DISK_TALLY    a file that says from which of them on, and hears of it (faulty_tally.h)
 *   $FAULTY_DISK_SPACE    a file with the number of bytes that are free; as long as it is there
 *
 * As on a real one, the write that fills the disk is a short one: the first that fails with ENOSPC
 * leaves half of its bytes and says so. Without the variables nothing changes.
 *
 * Built by:  cc -shared -fPIC -o faulty_disk.so faulty_disk.c -ldl
 */
#include "faulty_tally.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static struct faulty_tally here; /* when nobody wants to hear */
static struct faulty_tally *tally = &here;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* libc's own function of this name. */
#define OWN(result, name, arguments) \
    static result(*own) arguments;   \
    if (!own)                        \
    own = (result(*) arguments)dlsym(RTLD_NEXT, #name)

static int own_open(const char *path, int flags)
{
    OWN(int, open, (const char *, int, ...));
    return own(path, flags, 0);
}

/* The tally outlives the process, however it ends. */
static void find_tally(void)
{
    const char *path = getenv("FAULTY_DISK_TALLY");
    int fd = path ? own_open(path, O_RDWR | O_CLOEXEC) : -1;
    void *map = fd >= 0 ? mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
                        : MAP_FAILED;

    if (map != MAP_FAILED)
        tally = map;
    if (fd >= 0)
        close(fd);
}

/* ---- does a call fail? */

static bool is_below(const char *path)
{
    const char *folder = getenv("FAULTY_DISK_FOLDER");
    size_t len = folder ? strlen(folder) : 0;

    return len > 0 && strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static bool counts(enum faulty_kind kind)
{
    static const char *const names[] = FAULTY_KIND_NAMES;
    const char *kinds = getenv("FAULTY_DISK_CALLS");
    size_t len = strlen(names[kind]);

    for (const char *at = kinds; at && *at; at += strcspn(at, ","), at += *at == ',')
        if (strncmp(at, names[kind], len) == 0 && (at[len] == ',' || at[len] == '\0'))
            return true;
    return false;
}

static unsigned long number(const char *variable)
{
    const char *text = getenv(variable);
    return text ? strtoul(text, NULL, 10) : 0;
}

static void note_failure(enum faulty_kind kind, const char *path)
{
    if (atomic_fetch_add(&tally->failed, 1) > 0)
        return;
    tally->kind = kind;
    snprintf(tally->path, sizeof(tally->path), "%s", path);
}

static int error_told(void)
{
    const char *name = getenv("FAULTY_DISK_ERROR");
    return name && strcmp(name, "ENOSPC") == 0 ? ENOSPC : EIO;
}

/* Zero, or which of the failing calls this is; errno is set then. */
static unsigned long fails_at(enum faulty_kind kind, const char *path)
{
    unsigned long times = number("FAULTY_DISK_TIMES");
    unsigned long from, call;

    if (!is_below(path))
        return 0;
    pthread_once(&once, find_tally);
    atomic_fetch_add(&tally->calls[kind], 1);
    if (!counts(kind))
        return 0;
    call = atomic_fetch_add(&tally->counted, 1) + 1;
    from = atomic_load(&tally->from);
    if (from == 0 || call < from || (times > 0 && call >= from + times))
        return 0;
    note_failure(kind, path);
    errno = error_told();
    return call - from + 1;
}

static unsigned long fails_on(enum faulty_kind kind, int fd)
{
    char link[64], path[4096];
    int errno_before = errno;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof(path) - 1);
    errno = errno_before;
    if (size <= 0)
        return 0;
    path[size] = '\0';
    return fails_at(kind, path);
}

static bool is_there(const char *path)
{
    struct stat found;
    int errno_before = errno;
    bool there = lstat(path, &found) == 0;

    errno = errno_before;
    return there;
}

/* ---- reading */

ssize_t pread(int fd, void *bytes, size_t size, off_t at)
{
    OWN(ssize_t, pread, (int, void *, size_t, off_t));
    return fails_on(FAULTY_READ, fd) ? -1 : own(fd, bytes, size, at);
}

ssize_t pread64(int fd, void *bytes, size_t size, off_t at)
{
    return pread(fd, bytes, size, at);
}

/* Neither at the end nor in error for stdio, but RocksDB asks only whether it is at the end. */
#undef fread_unlocked
size_t fread_unlocked(void *bytes, size_t size, size_t count, FILE *file)
{
    OWN(size_t, fread_unlocked, (void *, size_t, size_t, FILE *));
    return fails_on(FAULTY_READ, fileno(file)) ? 0 : own(bytes, size, count, file);
}

/* ---- writing */

/* What a write that fails leaves. */
static size_t part_of(size_t size, unsigned long failure)
{
    return failure == 1 && errno == ENOSPC ? size / 2 : 0;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    OWN(ssize_t, write, (int, const void *, size_t));
    unsigned long failure = fails_on(FAULTY_WRITE, fd);
    size_t part = failure ? part_of(size, failure) : size;

    return failure && part == 0 ? -1 : own(fd, bytes, part);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
    OWN(ssize_t, pwrite, (int, const void *, size_t, off_t));
    unsigned long failure = fails_on(FAULTY_ROOM, fd);
    size_t part = failure ? part_of(size, failure) : size;

    return failure && part == 0 ? -1 : own(fd, bytes, part, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at)
{
    return pwrite(fd, bytes, size, at);
}

int fallocate(int fd, int mode, off_t at, off_t size)
{
    OWN(int, fallocate, (int, int, off_t, off_t));
    return fails_on(FAULTY_ALLOCATE, fd) ? -1 : own(fd, mode, at, size);
}

int fsync(int fd)
{
    OWN(int, fsync, (int));
    return fails_on(FAULTY_SYNC, fd) ? -1 : own(fd);
}

int fdatasync(int fd)
{
    OWN(int, fdatasync, (int));
    return fails_on(FAULTY_SYNC, fd) ? -1 : own(fd);
}

/* ---- names */

int open(const char *path, int flags, ...)
{
    OWN(int, open, (const char *, int, ...));
    bool makes = (flags & O_CREAT) && !is_there(path);
    va_list arguments;

    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return fails_at(makes ? FAULTY_MAKE : FAULTY_OPEN, path) ? -1 : own(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list arguments;

    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return open(path, flags, mode);
}

DIR *opendir(const char *path)
{
    OWN(DIR *, opendir, (const char *));
    return fails_at(FAULTY_OPEN, path) ? NULL : own(path);
}

int mkdir(const char *path, mode_t mode)
{
    OWN(int, mkdir, (const char *, mode_t));
    return !is_there(path) && fails_at(FAULTY_MAKE, path) ? -1 : own(path, mode);
}

int rename(const char *from, const char *to)
{
    OWN(int, rename, (const char *, const char *));
    return fails_at(FAULTY_RENAME, to) ? -1 : own(from, to);
}

int link(const char *from, const char *to)
{
    OWN(int, link, (const char *, const char *));
    return fails_at(FAULTY_RENAME, to) ? -1 : own(from, to);
}

int unlink(const char *path)
{
    OWN(int, unlink, (const char *));
    return fails_at(FAULTY_UNLINK, path) ? -1 : own(path);
}

int rmdir(const char *path)
{
    OWN(int, rmdir, (const char *));
    return fails_at(FAULTY_UNLINK, path) ? -1 : own(path);
}

/* ---- what is free */

static bool read_space(unsigned long long *out)
{
    const char *path = getenv("FAULTY_DISK_SPACE");
    int fd = path ? own_open(path, O_RDONLY | O_CLOEXEC) : -1;
    char text[32] = "";
    bool found = fd >= 0 && read(fd, text, sizeof(text) - 1) > 0;

    if (fd >= 0)
        close(fd);
    *out = strtoull(text, NULL, 10);
    return found;
}

int statvfs(const char *path, struct statvfs *out)
{
    OWN(int, statvfs, (const char *, struct statvfs *));
    int result = own(path, out);
    unsigned long long space;

    if (result == 0 && is_below(path) && read_space(&space)) {
        out->f_frsize = 1;
        out->f_bavail = space;
    }
    return result;
}
