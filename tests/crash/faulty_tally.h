/*
 * faulty_tally - what the library of faulty_disk.c is told and writes down while it is at work, in
 * a file of this size.
 */
#ifndef TESTS_CRASH_FAULTY_TALLY_H
#define TESTS_CRASH_FAULTY_TALLY_H

#include <stdatomic.h>

enum faulty_kind {
    FAULTY_READ,
    FAULTY_WRITE,
    FAULTY_ROOM,
    FAULTY_SYNC,
    FAULTY_ALLOCATE,
    FAULTY_MAKE,
    FAULTY_RENAME,
    FAULTY_UNLINK,
    FAULTY_OPEN,
    FAULTY_KINDS,
};
#define FAULTY_KIND_NAMES                                                               \
    {                                                                                   \
        "read", "write", "room", "sync", "allocate", "make", "rename", "unlink", "open" \
    }

struct faulty_tally {
    atomic_ulong from;                /* the first that counts and fails, from 1; 0: none */
    atomic_ulong calls[FAULTY_KINDS]; /* all that were made, of each kind */
    atomic_ulong counted, failed;     /* those of the kinds that count; those of them that failed */
    enum faulty_kind kind;            /* of the first that failed */
    char path[400];                   /* and on what */
};

#endif
