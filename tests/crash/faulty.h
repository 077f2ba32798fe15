/*
 * faulty - a server's disk with errors of a kind (faulty_disk.c), and what came of them.
 */
#ifndef TESTS_CRASH_FAULTY_H
#define TESTS_CRASH_FAULTY_H

#include "faulty_tally.h"
#include "scratch.h"
#include <stdbool.h>

struct fault {
    const char *calls;   /* kinds, as faulty_disk.c names them: "write,sync" */
    const char *error;   /* "EIO", "ENOSPC" */
    unsigned long from;  /* the first of them that fails, from 1; 0: none */
    unsigned long times; /* how many fail; 0: all from there on */
};

#define FAULTY_PATH_MAX 600

struct faulty {
    struct faulty_tally *tally; /* of the process that ran last with `environment` */
    char tally_path[SCRATCH_PATH_MAX], space_path[SCRATCH_PATH_MAX];
    char variables[7][FAULTY_PATH_MAX + 32];
    const char *environment[8]; /* for process_serve */
};

/* Beside this program, or where $WEIR_FAULTY_DISK says; false when it is not there. */
bool faulty_find_library(char out[FAULTY_PATH_MAX]);

/* For servers with their data in `data`; what it needs of files lies in `scratch`. */
void faulty_init(struct faulty *faulty, const struct scratch *scratch, const char *library,
                 const char *data);
void faulty_deinit(struct faulty *faulty);

/* The next server meets this fault; NULL: none, its calls of all kinds are counted. The tally
 * begins anew. */
void faulty_set(struct faulty *faulty, const struct fault *fault);

/* The server that runs meets its fault at call `step`, from 1, of those that are still to come. */
void faulty_begin(const struct faulty *faulty, unsigned long step);

/* So many bytes are free from now on, for a server that runs, too. */
void faulty_set_space(const struct faulty *faulty, unsigned long long bytes);

#endif
