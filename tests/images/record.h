/*
 * record - one entry of a recording: what a process did below the watched folder, or what its
 * client knew at that moment.
 *
 * A recording is a file of these, one behind the other, each put there by one write at its end, so
 * that several processes may add to it and the order is the order in which things happened. Written
 * by recorder.c (which is linked with nothing of ours) and by the tests' clients.
 */
#ifndef TESTS_IMAGES_RECORD_H
#define TESTS_IMAGES_RECORD_H

#include <signal.h>
#include <stdint.h>

enum record_kind {
    RECORD_LIFE = 1,   /* a process begins: no file is open */
    RECORD_OPEN,       /* fd; number: the flags below; path */
    RECORD_CLOSE,      /* fd */
    RECORD_WRITE,      /* fd; number: the offset; the bytes */
    RECORD_TRUNCATE,   /* fd; number: the new size */
    RECORD_SYNC_BEGIN, /* fd; number: which sync of this life */
    RECORD_SYNC_END,   /* the same, when it went well */
    RECORD_RENAME,     /* path, NUL, path */
    RECORD_UNLINK,     /* path */
    RECORD_FOLDER,     /* path: made */
    RECORD_STRANGE,    /* name of a call that cannot be recorded */
    RECORD_BEGUN,      /* number: a commit that is asked for from now on */
    RECORD_KNOWN,      /* number: it is acknowledged; or the text that is from now on to be found */
    RECORD_MEANT,      /* number: of a RECORD_KNOWN without text; the text. From here on nothing
                          happens any more, and what follows says what to think of it */
    RECORD_SEED,       /* number: what is made up follows from it */
    RECORD_FOUND,      /* number: the length of the key; a key and a value of the store as it was
                          left in the end */
    RECORD_TOLD,       /* a text: what clients saw of the end */
    RECORD_KINDS,
};

/* How a file was opened. */
enum { OPENED_NEW = 1, OPENED_EMPTIED = 2, OPENED_FOLDER = 4 };

/* Paths are relative to the watched folder, which is "" itself. */
struct record {
    uint32_t kind;
    int32_t fd;
    uint64_t number;
    uint64_t size; /* of what follows */
};

/* In the environment of a process that is recorded: the watched folder, and the recording. */
#define RECORD_ROOT "WEIR_RECORD_ROOT"
#define RECORD_TO "WEIR_RECORD_TO"

/* Kills a process that is recorded, as SIGKILL does, but not in the midst of something. */
#define RECORD_KILL SIGRTMAX

#endif
