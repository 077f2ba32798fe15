#include "harm.h"

#include "base/memory.h"
#include <stdio.h>

#define REGION_BYTES 16
#define BLOCK_BYTES 64
#define PAGE_BYTES 4096
/* RocksDB only ever writes these. */
#define UNREAD_STEP 64

const char *const harm_names[HARM_KINDS] = {
    [HARM_BIT] = "one bit",
    [HARM_ZEROS] = "16 zero bytes",
    [HARM_ONES] = "16 bytes ff",
    [HARM_NOISE] = "16 random bytes",
    [HARM_CUT] = "cut",
    [HARM_SWAP] = "64-byte blocks swapped",
    [HARM_SWAP_PAGE] = "4-kB blocks swapped",
    [HARM_SWAP_FAR] = "swapped with another file's",
    [HARM_SWAP_FILE] = "files swapped",
    [HARM_EMPTY] = "emptied",
    [HARM_REMOVE] = "removed",
    [HARM_APPEND] = "appended to",
};

/* ---- all of them */

static void add(struct harms *harms, enum harm_kind kind, size_t file, size_t other, size_t at,
                size_t to)
{
    if (harms->count == harms->capacity) {
        harms->capacity = harms->capacity ? harms->capacity * 2 : 4096;
        harms->items = memory_resize(harms->items, harms->capacity * sizeof(*harms->items));
    }
    harms->items[harms->count++] = (struct harm){ kind, file, other, at, to };
}

static bool is_kind(const struct file *file, const char *part)
{
    return strstr(file->name, part) != NULL;
}

static bool is_read(const struct file *file)
{
    return !is_kind(file, "OPTIONS") && !is_kind(file, "IDENTITY");
}

static void add_places(struct harms *harms, const struct files *files, size_t number)
{
    const struct file *file = &files->items[number];
    size_t step = is_read(file) ? 1 : UNREAD_STEP;

    for (size_t at = 0; at < file->content.len; at += step)
        add(harms, HARM_BIT, number, number, at, 0);
    for (int kind = HARM_ZEROS; kind <= HARM_NOISE; kind++)
        for (size_t at = 0; at < file->content.len; at += REGION_BYTES * step)
            add(harms, (enum harm_kind)kind, number, number, at, 0);
    for (size_t at = 0; at < file->content.len; at += step)
        add(harms, HARM_CUT, number, number, at, 0);
}

/* Each block with the next, and with one that lies half the file away. */
static void add_swaps(struct harms *harms, const struct files *files, size_t number,
                      enum harm_kind kind, size_t size)
{
    size_t blocks = files->items[number].content.len / size;

    if (!is_read(&files->items[number]))
        return;
    for (size_t i = 0; i + 1 < blocks; i++) {
        add(harms, kind, number, number, i * size, (i + 1) * size);
        if (i + blocks / 2 + 1 < blocks)
            add(harms, kind, number, number, i * size, (i + blocks / 2 + 1) * size);
    }
}

static bool are_alike(const struct file *a, const struct file *b)
{
    static const char *const kinds[] = { ".sst", ".log", "MANIFEST", "OPTIONS" };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (is_kind(a, kinds[i]) && is_kind(b, kinds[i]))
            return true;
    return false;
}

static void add_exchanges(struct harms *harms, const struct files *files, size_t number)
{
    for (size_t other = number + 1; other < files->count; other++) {
        size_t len = files->items[number].content.len;
        if (!are_alike(&files->items[number], &files->items[other]))
            continue;
        add(harms, HARM_SWAP_FILE, number, other, 0, 0);
        if (files->items[other].content.len < len)
            len = files->items[other].content.len;
        for (size_t at = 0; is_read(&files->items[number]) && at < len; at += BLOCK_BYTES)
            add(harms, HARM_SWAP_FAR, number, other, at, at);
    }
}

void harms_init(struct harms *harms, const struct files *files)
{
    *harms = (struct harms){ 0 };
    for (size_t i = 0; i < files->count; i++) {
        add_places(harms, files, i);
        add_swaps(harms, files, i, HARM_SWAP, BLOCK_BYTES);
        add_swaps(harms, files, i, HARM_SWAP_PAGE, PAGE_BYTES);
        add_exchanges(harms, files, i);
        add(harms, HARM_EMPTY, i, i, 0, 0);
        add(harms, HARM_REMOVE, i, i, 0, 0);
        add(harms, HARM_APPEND, i, i, 0, 0);
    }
}

void harms_deinit(struct harms *harms)
{
    memory_free(harms->items);
}

/* ---- one of them */

static char *copy_of(struct file *file, struct arena *arena)
{
    char *copy = arena_alloc_text(arena, file->content.len + REGION_BYTES);

    memcpy(copy, file->content.ptr, file->content.len);
    file->content.ptr = copy;
    return copy;
}

static void fill_region(struct file *file, const struct harm *harm, struct arena *arena)
{
    struct random_sequence random = { harm->at * FILES_MAX + harm->file };
    char *region = copy_of(file, arena) + harm->at;
    size_t len = file->content.len - harm->at;

    len = len < REGION_BYTES ? len : REGION_BYTES;
    if (harm->kind == HARM_NOISE)
        random_fill(&random, region, len);
    else
        memset(region, harm->kind == HARM_ZEROS ? 0 : 0xff, len);
}

static void swap_blocks(struct file *a, struct file *b, const struct harm *harm, size_t size,
                        struct arena *arena)
{
    char *first = copy_of(a, arena);
    char *second = a == b ? first : copy_of(b, arena);
    size_t len = size;

    len = a->content.len - harm->at < len ? a->content.len - harm->at : len;
    len = b->content.len - harm->to < len ? b->content.len - harm->to : len;
    for (size_t i = 0; i < len; i++) {
        char kept = first[harm->at + i];
        first[harm->at + i] = second[harm->to + i];
        second[harm->to + i] = kept;
    }
}

static void append(struct file *file, struct arena *arena)
{
    memcpy(copy_of(file, arena) + file->content.len, "\x01garbage\xff\x00\x00\x10", 12);
    file->content.len += 12;
}

static void harm_files(const struct harm *harm, struct files *files, struct arena *arena)
{
    struct file *file = &files->items[harm->file], *other = &files->items[harm->other];

    switch (harm->kind) {
    case HARM_BIT:
        copy_of(file, arena)[harm->at] ^= (char)(1 << (harm->at * 5 % 8));
        break;
    case HARM_CUT:
        file->content.len = harm->at;
        break;
    case HARM_SWAP:
    case HARM_SWAP_FAR:
        swap_blocks(file, other, harm, BLOCK_BYTES, arena);
        break;
    case HARM_SWAP_PAGE:
        swap_blocks(file, other, harm, PAGE_BYTES, arena);
        break;
    case HARM_SWAP_FILE: {
        struct bytes kept = file->content;
        file->content = other->content;
        other->content = kept;
        break;
    }
    case HARM_EMPTY:
        file->content.len = 0;
        break;
    case HARM_REMOVE:
        file->removed = true;
        break;
    case HARM_APPEND:
        append(file, arena);
        break;
    default:
        fill_region(file, harm, arena);
        break;
    }
}

bool harm_do(const struct harm *harm, const struct files *files, struct arena *arena,
             struct files *out)
{
    *out = *files;
    harm_files(harm, out, arena);
    return harm->kind == HARM_REMOVE ||
           !bytes_equal(out->items[harm->file].content, files->items[harm->file].content);
}

void harm_describe(const struct harm *harm, const struct files *files, char out[256])
{
    snprintf(out, 256, "%s: %s at %zu (%s at %zu)", files->items[harm->file].name,
             harm_names[harm->kind], harm->at, files->items[harm->other].name, harm->to);
}
