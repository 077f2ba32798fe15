/*
 * wall - a server's wall clock, which the test sets (shifted_clock.c).
 */
#ifndef TESTS_CRASH_WALL_H
#define TESTS_CRASH_WALL_H

#include "disk.h"
#include <stdatomic.h>
#include <stdint.h>

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define YEAR_MS (365 * DAY_MS)

struct wall {
    _Atomic int64_t *shift_ms; /* ahead of this machine's */
    char preload[DISK_PATH_MAX + 32], path[SCRATCH_PATH_MAX + 32];
    const char *environment[3]; /* for process_serve; it borrows the rest */
};

/* A clock that is right, kept in a file of `scratch`. False when the library is not there: beside
 * this program, or where $WEIR_SHIFTED_CLOCK says. */
must_use bool wall_init(struct wall *wall, const struct scratch *scratch);
void wall_deinit(struct wall *wall);

/* At once, for servers that run as well. */
void wall_set(struct wall *wall, int64_t ahead_ms);

#endif
