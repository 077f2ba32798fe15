/*
 * story - a small store with something of everything, as a process that was killed leaves it:
 * tables of small blocks, tables as a server makes them, and turns that only the log knows.
 */
#ifndef TESTS_DAMAGE_STORY_H
#define TESTS_DAMAGE_STORY_H

#include "files.h"
#include <stdint.h>

#define STORY_ENDS_MS INT64_C(1767226500000)
#define TURNS_MAX 64

/* The folder after one of the turns that are in the log alone. */
struct story_turn {
    uint64_t turn;
    struct files files;
};

struct story {
    struct story_turn turns[TURNS_MAX]; /* the last one is the whole story */
    size_t turn_count;
};

/* The same every time. Uses `folder`, which is gone afterwards. */
void story_tell(struct story *story, const char *folder, struct arena *arena);

#endif
