/*
 * columns - a table for people: cells in rows, as wide as they need to be.
 */
#ifndef CMD_COLUMNS_H
#define CMD_COLUMNS_H

#include "base/arena.h"
#include "base/text.h"

#define COLUMNS_MAX 8

struct columns {
    struct arena *arena; /* of the cells; their texts are borrowed */
    size_t columns;
    struct bytes *cells; /* row by row */
    size_t count, capacity;
};

/* A table whose first row are these titles, ended by NULL. */
void columns_init(struct columns *columns, struct arena *arena, const char *const *titles);

/* The next cell; an absent or empty text becomes a dash. */
void columns_add(struct columns *columns, struct bytes cell);

/* Appends the rows, each ended by a newline. */
void columns_print(const struct columns *columns, struct text *out);

#endif
