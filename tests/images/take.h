/*
 * take - one recording on its way, from the processes that are recorded to the images.
 */
#ifndef TESTS_IMAGES_TAKE_H
#define TESTS_IMAGES_TAKE_H

#include "crash/functions.h"
#include "crash/scratch.h"
#include "recording.h"

struct served;

/* Items to cut near to. */
struct places {
    size_t *items;
    size_t count;
};

struct take {
    const char *name;
    uint64_t seed;
    struct functions *functions;   /* that recorded workflows call */
    char folder[SCRATCH_PATH_MAX]; /* of all that follows */
    char disk[SCRATCH_PATH_MAX];   /* the watched folder */
    char data[SCRATCH_PATH_MAX];   /* the store's, in it */
    char log[SCRATCH_PATH_MAX];    /* of servers */
    char path[SCRATCH_PATH_MAX];   /* of the recording */
    char preload[SCRATCH_PATH_MAX * 2 + 32], root_set[SCRATCH_PATH_MAX + 32],
        to_set[SCRATCH_PATH_MAX + 32];
    const char *environment[4]; /* of who is recorded; ends with NULL */

    /* Once it is read back. */
    struct recording recording;
    struct places seldom, long_writes;
    struct served *served; /* of a server */
};

#endif
