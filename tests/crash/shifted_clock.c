/*
 * shifted_clock - a wall clock that somebody else sets: a library to be put before libc with
 * LD_PRELOAD.
 *
 * The file $WEIR_CLOCK_SHIFT holds one number of eight bytes: how many milliseconds the wall clock
 * of this process is ahead of the machine's. It may be written at any time. The steady clocks go on
 * as they are. Without the variable nothing changes.
 *
 * A wait until a time of the wall clock ends at that time of the shifted one, if somebody moves it
 * meanwhile as well; it wakes up without a reason now and then, as such waits may.
 *
 * Built by:  cc -shared -fPIC -o shifted_clock.so shifted_clock.c -ldl
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define LOOK_NS (50 * NS_PER_MS)

static const _Atomic int64_t *shift;

__attribute__((constructor)) static void find_shift(void)
{
    const char *path = getenv("WEIR_CLOCK_SHIFT");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

    if (fd < 0)
        return;
    void *mapped = mmap(NULL, sizeof *shift, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped != MAP_FAILED)
        shift = mapped;
}

static int64_t shift_ns(void)
{
    return shift ? atomic_load(shift) * NS_PER_MS : 0;
}

static int64_t ns_of(const struct timespec *at)
{
    return at->tv_sec * NS_PER_S + at->tv_nsec;
}

static struct timespec timespec_of(int64_t ns)
{
    int64_t part = ns % NS_PER_S;

    part += part < 0 ? NS_PER_S : 0;
    return (struct timespec){ (ns - part) / NS_PER_S, part };
}

static void *next(const char *name, const char *version)
{
    void *found = version ? dlvsym(RTLD_NEXT, name, version) : NULL;
    return found ? found : dlsym(RTLD_NEXT, name);
}

static int read_machines(clockid_t clock, struct timespec *out)
{
    static int (*own)(clockid_t, struct timespec *);
    if (!own)
        own = (int (*)(clockid_t, struct timespec *))next("clock_gettime", NULL);
    return own(clock, out);
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    int result = read_machines(clock, out);

    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        *out = timespec_of(ns_of(out) + shift_ns());
    return result;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    *out = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
    return 0;
}

time_t time(time_t *out)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}

int timespec_get(struct timespec *out, int base)
{
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, out) == 0 ? base : 0;
}

/* ---- waiting */

typedef int wait_fn(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

/* glibc has no function that asks; this is where it keeps the answer. */
static bool waits_by_steady_clock(const pthread_cond_t *condition)
{
    return condition->__data.__wrefs & 2;
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until)
{
    static wait_fn *own;
    struct timespec now;

    if (!own)
        own = (wait_fn *)next("pthread_cond_timedwait", "GLIBC_2.3.2");
    if (!shift || waits_by_steady_clock(condition))
        return own(condition, mutex, until);
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t left = ns_of(until) - ns_of(&now);
    if (left <= 0)
        return ETIMEDOUT;
    read_machines(CLOCK_REALTIME, &now);
    struct timespec soon = timespec_of(ns_of(&now) + (left < LOOK_NS ? left : LOOK_NS));
    int result = own(condition, mutex, &soon);
    return result == ETIMEDOUT && left > LOOK_NS ? 0 : result;
}
