#include "fsck/folder.h"

#include "base/memory.h"
#include "base/text.h"
#include "store/rocks/mend.h"
#include "store/rocks/rocks.h"
#include <stdarg.h>
#include <stdio.h>

#define LINE_BYTES_MAX 1024

struct looking {
    const struct fsck_options *options;
    struct fsck_sum *sum;
    struct fsck_lost lost;
};

static void found(void *context, bool can_be_mended, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void found(void *context, bool can_be_mended, const char *format, ...)
{
    struct looking *looking = context;
    bool mends = can_be_mended && looking->options->repair;
    char line[LINE_BYTES_MAX];
    va_list arguments;
    size_t len;

    va_start(arguments, format);
    vsnprintf(line, sizeof(line) - 32, format, arguments);
    va_end(arguments);
    len = strlen(line);
    if (can_be_mended)
        len += (size_t)snprintf(line + len, 32, "%s", mends ? ": mended" : " (can be mended)");
    looking->options->say(looking->options->context, bytes_of(line, len));
    looking->sum->found++;
    looking->sum->mendable += can_be_mended;
    looking->sum->mended += mends;
}

static void note_lost(void *context, enum kv_space space, struct bytes from, struct bytes to)
{
    struct looking *looking = context;
    struct fsck_lost *lost = &looking->lost;

    lost->items = memory_resize(lost->items, (lost->count + 1) * sizeof(*lost->items));
    lost->items[lost->count++] = (struct fsck_lost_keys){ space, memory_copy(from),
                                                          memory_copy(to) };
}

static void lost_deinit(struct fsck_lost *lost)
{
    for (size_t i = 0; i < lost->count; i++) {
        memory_free((char *)(uintptr_t)lost->items[i].from.ptr);
        memory_free((char *)(uintptr_t)lost->items[i].to.ptr);
    }
    memory_free(lost->items);
}

static enum err look_inside(struct looking *looking, const char *path)
{
    struct fsck_options options = *looking->options;
    struct kv *kv;
    enum err err = options.repair ? kv_rocks_open_to_repair(path, &kv)
                                  : kv_rocks_open_to_read(path, &kv);

    if (err)
        return err;
    looking->sum->was_opened = true;
    options.lost = &looking->lost;
    err = fsck(kv, &options, looking->sum);
    enum err closed = kv->functions->close(kv);
    return err ? err : closed;
}

enum err fsck_folder(const char *path, const struct fsck_options *options, struct fsck_sum *sum)
{
    struct looking looking = { .options = options, .sum = sum };
    const struct mend_options mend = { .repair = options->repair,
                                       .fresh_key = options->fresh_key,
                                       .renew_key = options->renew_key,
                                       .found = found,
                                       .lost = note_lost,
                                       .context = &looking };
    enum err err = mend_files(path, &mend), inside;

    /* Blocks that cannot be read keep nobody from looking at the others. */
    if (!err || (err == ERR_CORRUPT && !options->repair)) {
        inside = look_inside(&looking, path);
        err = inside ? inside : OK;
    }
    lost_deinit(&looking.lost);
    return err;
}
