/*
 * Blocks in a chain, newest first; allocation goes on in the newest until it is full. Each block is
 * twice as large as the one before, from 4 KiB to 1 MiB. What would waste such a block gets one of
 * exactly its size, put behind the newest, which thereby stays in use.
 *
 * Under AddressSanitizer the part of a block that is not handed out is poisoned, so that a pointer
 * kept over arena_reset is noticed although the block lives on.
 */
#include "base/arena.h"

#include "base/copier.h"
#include "base/ensure.h"
#include "base/log.h"
#include "base/memory.h"
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS
#endif

#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#define poison(ptr, size) ASAN_POISON_MEMORY_REGION((ptr), (size))
#define unpoison(ptr, size) ASAN_UNPOISON_MEMORY_REGION((ptr), (size))
#else
#define poison(ptr, size) ((void)(ptr), (void)(size))
#define unpoison(ptr, size) ((void)(ptr), (void)(size))
#endif

/* Not inside of `take`, which nearly every line of the program comes to. */
#define cold __attribute__((cold))

#define BLOCK_BYTES_MIN ((size_t)1 << 10)
#define BLOCK_BYTES_MAX ((size_t)1 << 20)
#define BLOCK_BYTES_KEPT ((size_t)64 << 10)

/* `size` and `used` count the bytes of data; the header comes on top. */
struct arena_block {
    struct arena_block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) char data[];
};

static struct arena_block *block_new(struct arena *arena, size_t size)
{
    struct arena_block *block = memory_resize(NULL, sizeof(*block) + size);
    block->next = NULL;
    block->size = size;
    block->used = 0;
    poison(block->data, size);
    arena->held += sizeof(*block) + size;
    return block;
}

static void block_free(struct arena *arena, struct arena_block *block)
{
    arena->held -= sizeof(*block) + block->size;
    unpoison(block->data, block->size);
    memory_free(block);
}

static size_t next_block_size(const struct arena *arena)
{
    size_t size = BLOCK_BYTES_MIN;
    if (arena->first) {
        size_t before = sizeof(struct arena_block) + arena->first->size;
        while (size <= before && size < BLOCK_BYTES_MAX)
            size *= 2;
    }
    return size - sizeof(struct arena_block);
}

/* A block with room for `size` bytes at its start. */
cold static struct arena_block *add_block(struct arena *arena, size_t size)
{
    size_t usual = next_block_size(arena);
    struct arena_block *block = block_new(arena, size > usual ? size : usual);
    struct arena_block **place = &arena->first;

    if (size > usual && arena->first)
        place = &arena->first->next;
    block->next = *place;
    *place = block;
    return block;
}

cold static _Noreturn void maximum_passed(const struct arena *arena, size_t size)
{
    log_error("arena is over its maximum", LOG_CSTR("arena", arena->name),
              LOG_NUMBER("bytes_used", arena->used), LOG_NUMBER("bytes_wanted", size),
              LOG_NUMBER("bytes_max", arena->bytes_max));
    abort();
}

/* `align` is a power of two, at most that of max_align_t. */
static char *take(struct arena *arena, size_t size, size_t align)
{
    struct arena_block *block = arena->first;
    size_t start = 0;

    if (size > arena->bytes_max - arena->used)
        maximum_passed(arena, size);
    if (block)
        start = (block->used + align - 1) & ~(align - 1);
    if (!block || start > block->size || size > block->size - start) {
        block = add_block(arena, size);
        start = 0;
    }
    block->used = start + size;
    arena->used += size;
    unpoison(block->data + start, size);
    return block->data + start;
}

void arena_init(struct arena *arena, const char *name, size_t bytes_max)
{
    *arena = (struct arena){ .name = name, .bytes_max = bytes_max };
}

void arena_deinit(struct arena *arena)
{
    while (arena->first) {
        struct arena_block *block = arena->first;
        arena->first = block->next;
        block_free(arena, block);
    }
    ensure(arena->held == 0);
    arena->used = 0;
}

/* Keeps the largest block that is not over BLOCK_BYTES_KEPT: the best start for a life like the
 * last one. */
void arena_reset(struct arena *arena)
{
    struct arena_block *kept = NULL;

    while (arena->first) {
        struct arena_block *block = arena->first;
        struct arena_block *rest = block;
        arena->first = block->next;
        if (sizeof(*block) + block->size <= BLOCK_BYTES_KEPT &&
            (!kept || block->size > kept->size)) {
            rest = kept;
            kept = block;
        }
        if (rest)
            block_free(arena, rest);
    }
    if (kept) {
        kept->next = NULL;
        kept->used = 0;
        poison(kept->data, kept->size);
    }
    arena->first = kept;
    arena->used = 0;
}

void arena_reserve(struct arena *arena, size_t size)
{
    if (!arena->first || size > arena->first->size - arena->first->used)
        (void)add_block(arena, size);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    return memset(take(arena, size, alignof(max_align_t)), 0, size);
}

char *arena_alloc_text(struct arena *arena, size_t size)
{
    return take(arena, size, 1);
}

struct bytes arena_copy(struct arena *arena, struct bytes b)
{
    if (bytes_is_absent(b))
        return BYTES_ABSENT;
    return bytes_of(memcpy(take(arena, b.len, 1), b.ptr, b.len), b.len);
}

struct bytes arena_join(struct arena *arena, const struct bytes *parts, size_t count)
{
    struct copier copier;
    size_t len = 0;
    char *text;

    for (size_t i = 0; i < count; i++)
        len += parts[i].len;
    text = copier.next = take(arena, len, 1);
    for (size_t i = 0; i < count; i++)
        copier_add(&copier, parts[i]);
    return bytes_of(text, len);
}

struct bytes arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ensure(len >= 0);

    size_t size = (size_t)len + 1; /* vsnprintf insists on its NUL */
    char *text = take(arena, size, 1);
    va_start(args, format);
    vsnprintf(text, size, format, args);
    va_end(args);
    return bytes_of(text, (size_t)len);
}
