/*
 * disk - a server's disk that fails, or kills it, at the n-th write or sync
 * (tests/store/failing_disk.c).
 */
#ifndef TESTS_CRASH_DISK_H
#define TESTS_CRASH_DISK_H

#include "scratch.h"

#define DISK_PATH_MAX 600

/* A library to be put before libc: at `beside` from this program's folder, or where the variable
 * says; false when it is not there. */
must_use bool preload_find(const char *variable, const char *beside, char out[DISK_PATH_MAX]);

/* Beside this program's folder, or where $WEIR_FAILING_DISK says; false when it is not there. */
must_use bool disk_find_library(char out[DISK_PATH_MAX]);

struct disk_fault {
    char preload[DISK_PATH_MAX + 32], path[SCRATCH_PATH_MAX + 32], after[64], how[64];
    const char *environment[5]; /* for process_serve; it borrows the rest */
};

/* At call number `after` below the folder `data`; `how`: "fail", "kill" or "tear". */
void disk_fault_init(struct disk_fault *fault, const char *library, const char *data,
                     unsigned long after, const char *how);

#endif
