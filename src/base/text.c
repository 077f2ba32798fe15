#include "base/text.h"

#include "base/memory.h"
#include <stdarg.h>
#include <stdio.h>

#define TEXT_CAPACITY_MIN 64

void text_init(struct text *text, size_t bytes_max)
{
    *text = (struct text){ .bytes_max = bytes_max };
}

void text_deinit(struct text *text)
{
    memory_free(text->ptr);
    text_init(text, text->bytes_max);
}

void text_reset(struct text *text)
{
    text->len = 0;
    text->overflowed = false;
}

/* Doubles until `needed` bytes fit, so that appending n bytes one by one costs O(n). */
static void grow_capacity(struct text *text, size_t needed)
{
    size_t capacity = text->capacity ? text->capacity : TEXT_CAPACITY_MIN;

    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    text->ptr = memory_resize(text->ptr, capacity);
    text->capacity = capacity;
}

char *text_reserve_anew(struct text *text, size_t size)
{
    if (text->overflowed || size > text->bytes_max - text->len) {
        text->overflowed = true;
        return NULL;
    }
    if (!text->ptr || size > text->capacity - text->len)
        grow_capacity(text, text->len + size);
    return text->ptr + text->len;
}

void text_append(struct text *text, struct bytes b)
{
    char *end = text_reserve(text, b.len);
    if (!end || b.len == 0)
        return;
    memcpy(end, b.ptr, b.len);
    text->len += b.len;
}

void text_append_cstr(struct text *text, const char *cstr)
{
    text_append(text, bytes_of_cstr(cstr));
}

void text_append_i64(struct text *text, int64_t value)
{
    uint64_t magnitude = (uint64_t)value;

    if (value < 0) {
        text_append_char(text, '-');
        magnitude = 0 - magnitude; /* right for INT64_MIN too */
    }
    text_append_u64(text, magnitude);
}

void text_append_u64(struct text *text, uint64_t value)
{
    char digits[U64_DIGITS_MAX];

    text_append(text, bytes_format_u64(value, 1, digits));
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ensure(len >= 0);

    char *end = text_reserve(text, (size_t)len);
    if (!end)
        return;
    /* The NUL of vsnprintf is no part of the text, so it may lie past the maximum. */
    if (text->capacity - text->len <= (size_t)len) {
        grow_capacity(text, text->len + (size_t)len + 1);
        end = text->ptr + text->len;
    }
    va_start(args, format);
    vsnprintf(end, (size_t)len + 1, format, args);
    va_end(args);
    text->len += (size_t)len;
}
