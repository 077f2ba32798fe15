#include "cmd/descriptors.h"

#include "base/log.h"
#include "cmd/serve_settings.h"
#include <sys/resource.h>

/* How many descriptors are set aside for everything but clients: OTHERS where there are plenty, and
 * OTHERS_MIN at least, with which the store is never short. They are for its tables (OPEN_FILES_MAX
 * of store/rocks/options.c), those that it is just reading or writing, its logs, and what a server
 * with one loop and one reader has open. */
#define OTHERS 1024
#define OTHERS_MIN 448
/* With room for fewer clients than this the server does not start, unless fewer were asked for. */
#define CONNECTIONS_MIN 64
/* A further loop: its event queue, what wakes it, its doors. A further reader: the tables that it
 * holds while it walks; each setting of one makes two (service/reader.h). */
#define EACH_LOOP 16
#define EACH_READER 32

/* How many more the settings ask for: further loops and readers, calls of functions. */
static uint64_t count_further(const struct settings *settings)
{
    bool calls_functions = settings_text(settings, SERVE_LAMBDA_ENDPOINT)[0] != '\0';

    return EACH_LOOP * settings_number(settings, SERVE_LOOPS) +
           EACH_READER * settings_number(settings, SERVE_READERS) +
           (calls_functions ? settings_number(settings, SERVE_LAMBDA_CONCURRENCY) : 0);
}

/* The soft limit is often 1,024, and may be raised up to the hard one. */
static uint64_t raise_limit(uint64_t wanted)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return wanted;
    if (limit.rlim_cur < wanted && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : (rlim_t)wanted;
        (void)setrlimit(RLIMIT_NOFILE, &limit); /* whether it worked, getrlimit says */
        (void)getrlimit(RLIMIT_NOFILE, &limit);
    }
    return limit.rlim_cur;
}

/* How many descriptors clients do not get: half of those that are left, within the bounds above. */
static uint64_t set_aside(uint64_t files, uint64_t further)
{
    uint64_t others = (files - further) / 2;

    if (others > OTHERS)
        others = OTHERS;
    return further + (others < OTHERS_MIN ? OTHERS_MIN : others);
}

enum err descriptors_share(const struct settings *settings, uint32_t *connections_max)
{
    uint64_t asked = settings_number(settings, SERVE_CONNECTIONS_MAX);
    uint64_t further = count_further(settings);
    uint64_t needed = further + OTHERS_MIN + (asked < CONNECTIONS_MIN ? asked : CONNECTIONS_MIN);
    uint64_t files = raise_limit(asked + further + OTHERS);

    if (files < needed) {
        log_error("the limit of open files is too low", LOG_NUMBER("files", (int64_t)files),
                  LOG_NUMBER("needed", (int64_t)needed));
        return ERR_INVALID;
    }
    uint64_t possible = files - set_aside(files, further);
    if (possible < asked)
        log_info("fewer connections than asked for: the limit of open files is low",
                 LOG_NUMBER("connections", (int64_t)possible), LOG_NUMBER("asked", (int64_t)asked),
                 LOG_NUMBER("files", (int64_t)files));
    *connections_max = (uint32_t)(possible < asked ? possible : asked);
    return OK;
}
