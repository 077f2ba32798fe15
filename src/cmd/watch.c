#include "cmd/watch.h"

#include "base/ensure.h"
#include "base/log.h"
#include "base/memory.h"
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

/* What tells one state of a file from another. */
struct file_state {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct watched_file {
    char path[PATH_MAX];
    struct file_state state;
};

struct watch {
    int signals;
    int changes; /* inotify; -1: the kernel has none left, and only SIGHUP is seen */
    size_t count;
    struct watched_file files[WATCH_FILES_MAX];
};

static struct file_state state_of(const char *path)
{
    struct file_state state;
    struct stat stat_of;

    memset(&state, 0, sizeof(state)); /* compared as bytes */
    if (stat(path, &stat_of) == 0) {
        state.device = stat_of.st_dev;
        state.inode = stat_of.st_ino;
        state.size = stat_of.st_size;
        state.changed = stat_of.st_ctim; /* of the content, and of who may read it */
    }
    return state;
}

struct watch *watch_new(void)
{
    struct watch *watch = memory_new(sizeof(*watch));
    sigset_t mask;

    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    sigaddset(&mask, SIGHUP);
    ensure(pthread_sigmask(SIG_BLOCK, &mask, NULL) == 0);
    watch->signals = signalfd(-1, &mask, SFD_CLOEXEC);
    ensure(watch->signals >= 0);
    watch->changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    return watch;
}

void watch_free(struct watch *watch)
{
    close(watch->signals);
    if (watch->changes >= 0)
        close(watch->changes);
    memory_free(watch);
}

static bool watch_folder_of(struct watch *watch, const char *path)
{
    char folder[PATH_MAX];

    snprintf(folder, sizeof(folder), "%s", path);
    return watch->changes >= 0 &&
           inotify_add_watch(watch->changes, dirname(folder),
                             IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ATTRIB) >= 0;
}

/* A link may lead to another folder, where its file is replaced. */
static void watch_target_of(struct watch *watch, const char *path)
{
    char target[PATH_MAX];

    if (realpath(path, target))
        (void)watch_folder_of(watch, target);
}

unsigned watch_add(struct watch *watch, const char *path)
{
    struct watched_file *file = &watch->files[watch->count];

    ensure(watch->count < WATCH_FILES_MAX);
    watch->count++;
    snprintf(file->path, sizeof(file->path), "%s", path);
    file->state = state_of(path);
    if (!watch_folder_of(watch, path))
        log_warn("a change of the file will be seen at SIGHUP only", LOG_CSTR("file", path),
                 LOG_CSTR("reason", strerror(errno)));
    watch_target_of(watch, path);
    return 1u << (watch->count - 1);
}

/* Something happened in a folder: to which of the files? */
static unsigned files_changed(struct watch *watch)
{
    unsigned changed = 0;

    for (size_t i = 0; i < watch->count; i++) {
        struct file_state now = state_of(watch->files[i].path);

        if (memcmp(&now, &watch->files[i].state, sizeof(now)) == 0 || now.inode == 0)
            continue; /* a file that is gone is about to be replaced */
        watch->files[i].state = now;
        watch_target_of(watch, watch->files[i].path);
        changed |= 1u << i;
    }
    return changed;
}

static void drop_events(int fd)
{
    char events[4096];

    while (read(fd, events, sizeof(events)) > 0)
        continue;
}

/* The signal that waits; 0: none does. */
static int read_signal(struct watch *watch)
{
    struct signalfd_siginfo info;

    if (read(watch->signals, &info, sizeof(info)) != sizeof(info))
        return 0;
    return (int)info.ssi_signo;
}

static struct watch_news news_of_signal(const struct watch *watch, int signal)
{
    unsigned all = (1u << watch->count) - 1;

    return (struct watch_news){ .signal = signal, .changed = signal == SIGHUP ? all : 0 };
}

struct watch_news watch_wait(struct watch *watch)
{
    struct pollfd fds[2] = { { .fd = watch->signals, .events = POLLIN },
                             { .fd = watch->changes, .events = POLLIN } };
    struct watch_news news = { 0 };

    while (news.signal == 0 && news.changed == 0) {
        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[0].revents & POLLIN) {
            news = news_of_signal(watch, read_signal(watch));
        } else if (fds[1].revents & POLLIN) {
            drop_events(watch->changes);
            news.changed = files_changed(watch);
        }
    }
    return news;
}
