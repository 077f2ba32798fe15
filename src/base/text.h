/*
 * text - an append-only string that grows.
 *
 * Lives on the heap (text_init) and is bounded by a maximum. Passing the maximum does not stop
 * anything: the text becomes `overflowed`, further appends do nothing, and the owner looks once at
 * the end. JSON is written in small pieces, nearly all of which have their room already: that case
 * is here to be inlined.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/bytes.h"
#include "base/ensure.h"
#include <stdint.h>

struct text {
    char *ptr;
    size_t len;
    size_t capacity;
    size_t bytes_max;
    bool overflowed;
};

/* An empty text that may grow to `bytes_max`; allocates nothing yet. */
void text_init(struct text *text, size_t bytes_max);
/* Gives its memory back. A zeroed text is fine. */
void text_deinit(struct text *text);
/* Empties it and keeps the memory. */
void text_reset(struct text *text);

/* Where text_reserve ends up when the room is not there yet. */
char *text_reserve_anew(struct text *text, size_t size);

/* Room for `size` more bytes at the end, to be filled by the caller and then counted with
 * text_grow; NULL on overflow. */
static inline char *text_reserve(struct text *text, size_t size)
{
    size_t end = text->len + size;

    if (size < text->capacity && end <= text->capacity && end <= text->bytes_max &&
        !text->overflowed)
        return text->ptr + text->len;
    return text_reserve_anew(text, size);
}

/* Counts `size` bytes that were written into what text_reserve gave. */
static inline void text_grow(struct text *text, size_t size)
{
    ensure(size <= text->capacity - text->len);
    text->len += size;
}

static inline void text_append_char(struct text *text, char c)
{
    char *end = text_reserve(text, 1);
    if (!end)
        return;
    *end = c;
    text->len++;
}

void text_append(struct text *text, struct bytes b);
void text_append_cstr(struct text *text, const char *cstr);
void text_append_i64(struct text *text, int64_t value);
void text_append_u64(struct text *text, uint64_t value);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What was written so far; borrowed until the next append. Never absent. */
static inline struct bytes text_bytes(const struct text *text)
{
    return bytes_of(text->ptr ? text->ptr : "", text->len);
}

#endif
