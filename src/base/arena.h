/*
 * arena - memory that is given back all at once.
 *
 * Named for its life: boot, turn, request. Grows in blocks up to a stated maximum; more than that
 * is a wrong limit and stops the process. Pointers into it live until arena_reset or arena_deinit.
 * Not shared between threads without the owner's care.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/bytes.h"
#include <stddef.h>

struct arena_block;

struct arena {
    const char *name;          /* for the message when the maximum is passed; static text */
    struct arena_block *first; /* newest block; allocation goes on in it */
    size_t used;               /* bytes handed out since the last reset */
    size_t held;               /* bytes of all blocks */
    size_t bytes_max;
};

/* Prepares an empty arena; allocates nothing yet. `name` is static text. */
void arena_init(struct arena *arena, const char *name, size_t bytes_max);

/* Gives all memory back; the arena may be initialised again. A zeroed arena is fine. */
void arena_deinit(struct arena *arena);

/* Empties the arena; keeps one block (up to 64 KiB) for reuse. */
void arena_reset(struct arena *arena);

/* Makes an arena that is empty hold its first `size` bytes in one block. */
void arena_reserve(struct arena *arena, size_t size);

/* `size` zeroed bytes, aligned for any type. Zero size gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size);

/* `size` bytes, not zeroed, no alignment: for text. */
char *arena_alloc_text(struct arena *arena, size_t size);

/* A copy of `b` in the arena; absent stays absent, empty stays empty. */
struct bytes arena_copy(struct arena *arena, struct bytes b);

/* The `count` parts, one behind the other. */
struct bytes arena_join(struct arena *arena, const struct bytes *parts, size_t count);

/* arena_join of the parts that follow. */
#define arena_concat(arena, ...)                               \
    arena_join((arena), (const struct bytes[]){ __VA_ARGS__ }, \
               sizeof((const struct bytes[]){ __VA_ARGS__ }) / sizeof(struct bytes))

/* printf into the arena. A "%s" ends at a NUL, so texts of clients are joined instead. */
struct bytes arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, type, count) ((type *)arena_alloc((arena), sizeof(type) * (count)))

#endif
