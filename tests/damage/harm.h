/*
 * harm - every way in which one of a folder's files may be damaged, numbered.
 */
#ifndef TESTS_DAMAGE_HARM_H
#define TESTS_DAMAGE_HARM_H

#include "base/ensure.h"
#include "base/random.h"
#include "files.h"
#include <stdint.h>

enum harm_kind {
    HARM_BIT,   /* one bit of a byte flipped */
    HARM_ZEROS, /* a region overwritten */
    HARM_ONES,
    HARM_NOISE,
    HARM_CUT,       /* the file ends at this length */
    HARM_SWAP,      /* two small blocks of the file in each other's place */
    HARM_SWAP_PAGE, /* two large ones */
    HARM_SWAP_FAR,  /* a block of this file, and the one at the same place in another */
    HARM_SWAP_FILE, /* two whole files of one kind */
    HARM_EMPTY,
    HARM_REMOVE,
    HARM_APPEND, /* something behind the end */
    HARM_KINDS,
};
extern const char *const harm_names[HARM_KINDS];

struct harm {
    enum harm_kind kind;
    size_t file, other; /* numbers of files */
    size_t at, to;      /* places in them */
};

struct harms {
    struct harm *items;
    size_t count, capacity;
};

/* All of them, file by file, each kind together. Free with harms_deinit. */
void harms_init(struct harms *harms, const struct files *files);
void harms_deinit(struct harms *harms);

/* The damaged files; what changed lies in the arena. False when nothing would change. */
must_use bool harm_do(const struct harm *harm, const struct files *files, struct arena *arena,
                      struct files *out);

/* "000012.log: one bit at 17", for people. */
void harm_describe(const struct harm *harm, const struct files *files, char out[256]);

#endif
