/*
 * recording - a recording read back (record.h).
 */
#ifndef TESTS_IMAGES_RECORDING_H
#define TESTS_IMAGES_RECORDING_H

#include "base/bytes.h"
#include "base/ensure.h"
#include "base/text.h"
#include "record.h"

struct recorded {
    enum record_kind kind;
    int fd;
    uint64_t number;
    struct bytes bytes; /* in the recording */
};

struct recording {
    struct text file;
    struct recorded *items;
    size_t count;
    size_t acts; /* what happened: the items before all that say what to think of it */
};

/* Reads the file at `path`. */
void recording_read(struct recording *recording, const char *path);
void recording_free(struct recording *recording);

/* The name of a call that was not understood; absent: there was none. */
struct bytes recording_find_strange(const struct recording *recording);

/* The two paths of a RECORD_RENAME. */
void recorded_paths(const struct recorded *item, struct bytes *from, struct bytes *to);

/* ---- for who knows something: adds to the end of the recording at `path`, which may be there or
 * not. */
struct note_taker {
    int fd;
};
void note_taker_init(struct note_taker *taker, const char *path);
void note_taker_deinit(struct note_taker *taker);
/* From any thread. */
void note_down(struct note_taker *taker, enum record_kind kind, uint64_t number, struct bytes text);

#endif
