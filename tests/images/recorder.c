/*
 * recorder - notes all that a process does to the files below a folder: a library to be put before
 * libc with LD_PRELOAD.
 *
 * Below the folder $WEIR_RECORD_ROOT (an absolute path) each write, truncation, sync, creation,
 * rename and removal is done and then noted at the end of the file $WEIR_RECORD_TO, with the bytes
 * (record.h). Of a sync the beginning is noted too: it makes durable what was noted before that. A
 * call that would change a file and is not understood here is noted by its name, for a recording
 * with gaps is none. Without these variables nothing changes.
 *
 * RECORD_KILL ends the process as SIGKILL does, but not between something that is done and its
 * note.
 *
 * Files that are opened for reading alone are not followed; neither is anything that is opened or
 * closed inside libc (streams, opendir).
 *
 * Built by:  cc -shared -fPIC -o recorder.so recorder.c -ldl
 */
#include "record.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS_MAX 65536
#define PATH_BYTES_MAX 4096

static char root[PATH_BYTES_MAX];
static size_t root_len; /* 0: nothing is recorded */
static int recording = -1;
static atomic_bool followed[FDS_MAX];
static atomic_ulong syncs;
/* Held while names or numbers of files change: these are noted in the very order in which they
 * happen. */
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

/* Held for reading from before something is done until it is noted. */
static pthread_rwlock_t alive = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

/* ---- noting */

static void note_two(enum record_kind kind, int fd, uint64_t number, const void *first,
                     size_t first_size, const void *second, size_t second_size)
{
    struct record record = { (uint32_t)kind, fd, number, first_size + second_size };
    struct iovec parts[] = { { &record, sizeof record },
                             { (void *)(uintptr_t)first, first_size },
                             { (void *)(uintptr_t)second, second_size } };
    int errno_before = errno;

    if (syscall(SYS_writev, recording, parts, 3) != (long)(sizeof record + record.size))
        abort();
    errno = errno_before;
}

static void note(enum record_kind kind, int fd, uint64_t number, const void *bytes, size_t size)
{
    note_two(kind, fd, number, bytes, size, NULL, 0);
}

static void *wait_for_death(void *unused)
{
    sigset_t signals;
    int number;

    (void)unused;
    sigemptyset(&signals);
    sigaddset(&signals, RECORD_KILL);
    if (sigwait(&signals, &number) == 0) {
        pthread_rwlock_wrlock(&alive);
        kill(getpid(), SIGKILL);
    }
    return NULL;
}

/* A thread of its own is the only one that takes that signal, and it takes no other. */
static void begin_to_wait_for_death(void)
{
    sigset_t all, before;
    pthread_t thread;

    sigfillset(&all);
    if (pthread_sigmask(SIG_BLOCK, &all, &before) != 0 ||
        pthread_create(&thread, NULL, wait_for_death, NULL) != 0)
        abort();
    sigaddset(&before, RECORD_KILL);
    if (pthread_sigmask(SIG_SETMASK, &before, NULL) != 0)
        abort();
}

__attribute__((constructor)) static void begin(void)
{
    const char *folder = getenv(RECORD_ROOT);
    const char *to = getenv(RECORD_TO);

    if (!folder || !to || folder[0] != '/' || strlen(folder) >= sizeof root)
        return;
    recording = (int)syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                             0600);
    if (recording < 0)
        abort();
    strcpy(root, folder);
    root_len = strlen(root);
    note(RECORD_LIFE, -1, 0, NULL, 0);
    begin_to_wait_for_death();
}

/* The part of the path below the folder; NULL when it leads elsewhere. */
static const char *below(const char *path)
{
    if (root_len == 0 || !path || strncmp(path, root, root_len) != 0)
        return NULL;
    if (path[root_len] == '\0')
        return "";
    return path[root_len] == '/' ? path + root_len + 1 : NULL;
}

static void lock_names(void)
{
    pthread_rwlock_rdlock(&alive);
    pthread_mutex_lock(&order);
}

static void unlock_names(void)
{
    pthread_mutex_unlock(&order);
    pthread_rwlock_unlock(&alive);
}

static bool is_followed(int fd)
{
    return fd >= 0 && fd < FDS_MAX && atomic_load(&followed[fd]);
}

static void strange_path(const char *call, const char *path)
{
    if (below(path))
        note(RECORD_STRANGE, -1, 0, call, strlen(call));
}

static void strange_fd(const char *call, int fd)
{
    if (is_followed(fd))
        note(RECORD_STRANGE, fd, 0, call, strlen(call));
}

/* libc's own function of this name, into `own`, which is of its type. */
#define OWN(type, name, ...)         \
    static type (*own)(__VA_ARGS__); \
    if (!own)                        \
    own = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

/* ---- opening and closing */

static void note_open(int fd, const char *path, int flags, bool was_there)
{
    struct stat about;
    uint64_t how = 0;

    if (fd < 0 || fd >= FDS_MAX)
        return;
    bool folder = fstat(fd, &about) == 0 && S_ISDIR(about.st_mode);
    bool writes = (flags & O_ACCMODE) != O_RDONLY;
    atomic_store(&followed[fd], folder || writes);
    if (!folder && !writes)
        return;
    how |= !was_there ? OPENED_NEW : (flags & O_TRUNC) ? OPENED_EMPTIED : 0;
    how |= folder ? OPENED_FOLDER : 0;
    note(RECORD_OPEN, fd, how, below(path), strlen(below(path)) + 1);
}

static int open_noted(const char *path, int flags, mode_t mode)
{
    struct stat about;

    lock_names();
    bool was_there = stat(path, &about) == 0;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    int errno_after = errno;
    note_open(fd, path, flags, was_there);
    unlock_names();
    errno = errno_after;
    return fd;
}

static mode_t mode_of(int flags, va_list rest)
{
    return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? (mode_t)va_arg(rest, int) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list rest;

    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    if (below(path))
        return open_noted(path, flags, mode);
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list rest;

    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open(path, flags | O_LARGEFILE, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    va_list rest;

    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    if (below(path))
        return open_noted(path, flags, mode);
    if (path[0] != '/' && (flags & O_ACCMODE) != O_RDONLY)
        strange_fd("openat", folder);
    return (int)syscall(SYS_openat, folder, path, flags, mode);
}

int close(int fd)
{
    if (!is_followed(fd))
        return (int)syscall(SYS_close, fd);
    lock_names();
    note(RECORD_CLOSE, fd, 0, NULL, 0);
    atomic_store(&followed[fd], false);
    int result = (int)syscall(SYS_close, fd);
    unlock_names();
    return result;
}

/* ---- the bytes of files */

ssize_t write(int fd, const void *bytes, size_t size)
{
    if (!is_followed(fd))
        return syscall(SYS_write, fd, bytes, size);
    pthread_rwlock_rdlock(&alive);
    ssize_t done = syscall(SYS_write, fd, bytes, size);
    if (done > 0)
        note(RECORD_WRITE, fd, (uint64_t)(lseek(fd, 0, SEEK_CUR) - done), bytes, (size_t)done);
    pthread_rwlock_unlock(&alive);
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
    if (!is_followed(fd))
        return syscall(SYS_pwrite64, fd, bytes, size, at);
    pthread_rwlock_rdlock(&alive);
    ssize_t done = syscall(SYS_pwrite64, fd, bytes, size, at);
    if (done > 0)
        note(RECORD_WRITE, fd, (uint64_t)at, bytes, (size_t)done);
    pthread_rwlock_unlock(&alive);
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at)
{
    return pwrite(fd, bytes, size, at);
}

int ftruncate(int fd, off_t size)
{
    if (!is_followed(fd))
        return (int)syscall(SYS_ftruncate, fd, size);
    pthread_rwlock_rdlock(&alive);
    int result = (int)syscall(SYS_ftruncate, fd, size);
    if (result == 0)
        note(RECORD_TRUNCATE, fd, (uint64_t)size, NULL, 0);
    pthread_rwlock_unlock(&alive);
    return result;
}

int ftruncate64(int fd, off_t size)
{
    return ftruncate(fd, size);
}

static int sync_noted(long call, int fd)
{
    bool is_noted = is_followed(fd);
    uint64_t number = is_noted ? atomic_fetch_add(&syncs, 1) : 0;

    if (is_noted)
        note(RECORD_SYNC_BEGIN, fd, number, NULL, 0);
    int result = (int)syscall(call, fd);
    if (is_noted && result == 0)
        note(RECORD_SYNC_END, fd, number, NULL, 0);
    return result;
}

int fsync(int fd)
{
    return sync_noted(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return sync_noted(SYS_fdatasync, fd);
}

/* ---- names */

int rename(const char *from, const char *to)
{
    if (!below(from) && !below(to))
        return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (!below(from) || !below(to))
        strange_path("rename", below(from) ? from : to);
    lock_names();
    int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (result == 0 && below(from) && below(to))
        note_two(RECORD_RENAME, -1, 0, below(from), strlen(below(from)) + 1, below(to),
                 strlen(below(to)) + 1);
    unlock_names();
    return result;
}

static int change_name(enum record_kind kind, long call, const char *path, int last)
{
    lock_names();
    int result = (int)syscall(call, AT_FDCWD, path, last);
    if (result == 0 && below(path))
        note(kind, -1, 0, below(path), strlen(below(path)) + 1);
    unlock_names();
    return result;
}

int unlink(const char *path)
{
    return change_name(RECORD_UNLINK, SYS_unlinkat, path, 0);
}

int mkdir(const char *path, mode_t mode)
{
    return change_name(RECORD_FOLDER, SYS_mkdirat, path, (int)mode);
}

/* ---- what would leave a gap */

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    strange_fd("writev", fd);
    return syscall(SYS_writev, fd, parts, count);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at)
{
    OWN(ssize_t, "pwritev", int, const struct iovec *, int, off_t);
    strange_fd("pwritev", fd);
    return own(fd, parts, count, at);
}

/* Room behind the end changes nothing that can be read. */
int fallocate(int fd, int mode, off_t at, off_t size)
{
    if (mode != FALLOC_FL_KEEP_SIZE)
        strange_fd("fallocate", fd);
    return (int)syscall(SYS_fallocate, fd, mode, at, size);
}

int fallocate64(int fd, int mode, off_t at, off_t size)
{
    return fallocate(fd, mode, at, size);
}

int posix_fallocate(int fd, off_t at, off_t size)
{
    OWN(int, "posix_fallocate", int, off_t, off_t);
    strange_fd("posix_fallocate", fd);
    return own(fd, at, size);
}

int syncfs(int fd)
{
    strange_fd("syncfs", fd);
    return (int)syscall(SYS_syncfs, fd);
}

ssize_t copy_file_range(int from, off_t *from_at, int to, off_t *to_at, size_t size, unsigned flags)
{
    strange_fd("copy_file_range", to);
    return syscall(SYS_copy_file_range, from, from_at, to, to_at, size, flags);
}

void *mmap(void *wanted, size_t size, int protection, int flags, int fd, off_t at)
{
    if ((flags & MAP_SHARED) && (protection & PROT_WRITE))
        strange_fd("mmap", fd);
    return (void *)syscall(SYS_mmap, wanted, size, protection, flags, fd, at);
}

void *mmap64(void *wanted, size_t size, int protection, int flags, int fd, off_t at)
{
    return mmap(wanted, size, protection, flags, fd, at);
}

FILE *fopen(const char *path, const char *how)
{
    OWN(FILE *, "fopen", const char *, const char *);
    if (strpbrk(how, "wa+"))
        strange_path("fopen", path);
    return own(path, how);
}

FILE *fopen64(const char *path, const char *how)
{
    return fopen(path, how);
}

int truncate(const char *path, off_t size)
{
    strange_path("truncate", path);
    return (int)syscall(SYS_truncate, path, size);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    strange_path("renameat", below(from) ? from : to);
    return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    strange_path("renameat2", below(from) ? from : to);
    return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

int link(const char *from, const char *to)
{
    strange_path("link", below(from) ? from : to);
    return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int symlink(const char *from, const char *to)
{
    strange_path("symlink", to);
    return (int)syscall(SYS_symlinkat, from, AT_FDCWD, to);
}

int unlinkat(int folder, const char *path, int flags)
{
    strange_path("unlinkat", path);
    strange_fd("unlinkat", folder);
    return (int)syscall(SYS_unlinkat, folder, path, flags);
}

int rmdir(const char *path)
{
    strange_path("rmdir", path);
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

int remove(const char *path)
{
    OWN(int, "remove", const char *);
    strange_path("remove", path);
    return own(path);
}
