#include "disk.h"

#include "base/memory.h"
#include "store/memory/memory.h"

#define SPACE_ENDLESS UINT64_MAX
#define SCRATCH_BYTES_MAX ((size_t)64 << 20)

/* Puts back what a write that is not synced changed. */
struct undo {
    struct undo *older;
    struct arena arena;
    struct kv_operation *operations;
    size_t count, capacity;
};

struct kv_iterator {
    struct disk *disk;
    struct kv_iterator *inner;
};

static struct disk *disk_of(struct kv *kv)
{
    return (struct disk *)kv;
}

/* ---- dying */

void disk_crash(struct disk *disk)
{
    if (!disk->is_dead)
        disk->crashes++;
    disk->is_dead = true;
}

/* One more call of the process; false when it does not live to make it. */
static bool goes_on(struct disk *disk)
{
    disk->calls++;
    if (disk->crash_in > 0 && --disk->crash_in == 0)
        disk_crash(disk);
    return !disk->is_dead;
}

/* ---- writes that are not synced */

static void undo_add(struct undo *undo, struct kv_operation operation)
{
    if (undo->count == undo->capacity) {
        undo->capacity = undo->capacity ? undo->capacity * 2 : 8;
        undo->operations = memory_resize(undo->operations,
                                         undo->capacity * sizeof(*undo->operations));
    }
    undo->operations[undo->count++] = operation;
}

/* The key will be as it is now. */
static void undo_key(struct disk *disk, struct undo *undo, enum kv_space space, struct bytes key)
{
    struct kv_operation back = { KV_PUT, space, arena_copy(&undo->arena, key), BYTES_ABSENT };

    if (disk->holds->functions->get(disk->holds, space, key, &undo->arena, &back.value) != OK)
        back.action = KV_DELETE;
    undo_add(undo, back);
}

static void undo_range(struct disk *disk, struct undo *undo, const struct kv_operation *operation)
{
    const struct kv_functions *functions = disk->holds->functions;
    struct kv_iterator *walk = functions->iterate(disk->holds, operation->space, operation->key,
                                                  operation->value);

    for (functions->seek(walk, operation->key); functions->valid(walk); functions->next(walk))
        undo_key(disk, undo, operation->space, functions->key(walk));
    functions->done(walk);
}

static void keep_undo(struct disk *disk, const struct kv_operation *operations, size_t count)
{
    struct undo *undo = memory_new(sizeof(*undo));

    arena_init(&undo->arena, "undo", SCRATCH_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        if (operations[i].action == KV_DELETE_RANGE)
            undo_range(disk, undo, &operations[i]);
        else
            undo_key(disk, undo, operations[i].space, operations[i].key);
    }
    undo->older = disk->undo;
    disk->undo = undo;
}

static void forget_undo(struct disk *disk)
{
    struct undo *undo = disk->undo;

    disk->undo = undo->older;
    arena_deinit(&undo->arena);
    memory_free(undo->operations);
    memory_free(undo);
}

static void forget_all_undo(struct disk *disk)
{
    while (disk->undo)
        forget_undo(disk);
}

/* Within one write the same key may be written twice: the oldest value is put back last. */
static void undo_newest(struct disk *disk)
{
    struct undo *undo = disk->undo;

    for (size_t i = undo->count; i > 0; i--)
        ensure(disk->holds->functions->write(disk->holds, &undo->operations[i - 1], 1, true) == OK);
    forget_undo(disk);
    disk->lost_batches++;
}

void disk_restart(struct disk *disk)
{
    while (disk->is_dead && disk->undo && random_below(disk->chance, 2))
        undo_newest(disk);
    forget_all_undo(disk);
    disk->is_dead = false;
    disk->crash_in = 0;
    disk->fail_in = 0;
}

/* ---- writing */

static uint64_t size_of(const struct kv_operation *operations, size_t count)
{
    uint64_t size = 0;

    for (size_t i = 0; i < count; i++)
        size += operations[i].key.len + operations[i].value.len;
    return size;
}

static void do_write(struct disk *disk, const struct kv_operation *operations, size_t count,
                     bool sync)
{
    if (!sync)
        keep_undo(disk, operations, count);
    ensure(disk->holds->functions->write(disk->holds, operations, count, sync) == OK);
    if (!sync)
        return;
    forget_all_undo(disk);
    disk->on_written(disk->context, operations, count);
}

static bool is_full(const struct disk *disk, uint64_t size)
{
    return disk->space != SPACE_ENDLESS && size > disk->space;
}

/* Does this write fail? The process that sees it stops. */
static bool fails(struct disk *disk, bool full)
{
    if (!full && (disk->fail_in == 0 || --disk->fail_in > 0))
        return false;
    disk->failed_writes++;
    disk->is_dead = true;
    return true;
}

static enum err try_write(struct disk *disk, const struct kv_operation *operations, size_t count,
                          bool sync)
{
    uint64_t size = size_of(operations, count);
    bool full = is_full(disk, size);

    if (!goes_on(disk))
        return ERR_IO;
    if (fails(disk, full)) {
        if (!full && random_below(disk->chance, 2))
            do_write(disk, operations, count, sync);
        return ERR_IO;
    }
    if (disk->space != SPACE_ENDLESS)
        disk->space -= size;
    do_write(disk, operations, count, sync);
    return goes_on(disk) ? OK : ERR_IO;
}

static enum err disk_write(struct kv *kv, const struct kv_operation *operations, size_t count,
                           bool sync)
{
    struct disk *disk = disk_of(kv);
    enum err err = try_write(disk, operations, count, sync);

    if (err == OK)
        disk->writes++;
    else if (disk->writes == 0)
        disk->commit_failed = true;
    return err;
}

void disk_begin_turn(struct disk *disk)
{
    disk->writes = 0;
    disk->commit_failed = false;
}

/* ---- reading */

static enum err disk_get(struct kv *kv, enum kv_space space, struct bytes key, struct arena *arena,
                         struct bytes *value)
{
    struct disk *disk = disk_of(kv);

    if (!goes_on(disk))
        return ERR_IO;
    return disk->holds->functions->get(disk->holds, space, key, arena, value);
}

static struct kv_iterator *disk_iterate(struct kv *kv, enum kv_space space, struct bytes begin,
                                        struct bytes end)
{
    struct kv_iterator *iterator = memory_new(sizeof(*iterator));

    iterator->disk = disk_of(kv);
    iterator->inner = iterator->disk->holds->functions->iterate(iterator->disk->holds, space, begin,
                                                                end);
    return iterator;
}

static void disk_seek(struct kv_iterator *iterator, struct bytes key)
{
    if (goes_on(iterator->disk))
        iterator->disk->holds->functions->seek(iterator->inner, key);
}

static void disk_seek_back(struct kv_iterator *iterator, struct bytes key)
{
    if (goes_on(iterator->disk))
        iterator->disk->holds->functions->seek_back(iterator->inner, key);
}

static void disk_next(struct kv_iterator *iterator)
{
    if (goes_on(iterator->disk))
        iterator->disk->holds->functions->next(iterator->inner);
}

static void disk_prev(struct kv_iterator *iterator)
{
    if (goes_on(iterator->disk))
        iterator->disk->holds->functions->prev(iterator->inner);
}

static bool disk_valid(const struct kv_iterator *iterator)
{
    return !iterator->disk->is_dead && iterator->disk->holds->functions->valid(iterator->inner);
}

static struct bytes disk_key(const struct kv_iterator *iterator)
{
    return iterator->disk->holds->functions->key(iterator->inner);
}

static struct bytes disk_value(const struct kv_iterator *iterator)
{
    return iterator->disk->holds->functions->value(iterator->inner);
}

static enum err disk_status(const struct kv_iterator *iterator)
{
    return iterator->disk->is_dead ? ERR_IO : OK;
}

static void disk_done(struct kv_iterator *iterator)
{
    iterator->disk->holds->functions->done(iterator->inner);
    memory_free(iterator);
}

/* ---- the rest */

static uint64_t disk_free_bytes(struct kv *kv)
{
    return disk_of(kv)->space;
}

static enum err disk_close(struct kv *kv)
{
    (void)kv; /* the disk outlives the process */
    return OK;
}

static const struct kv_functions functions = {
    .write = disk_write,
    .get = disk_get,
    .iterate = disk_iterate,
    .seek = disk_seek,
    .seek_back = disk_seek_back,
    .next = disk_next,
    .prev = disk_prev,
    .valid = disk_valid,
    .key = disk_key,
    .value = disk_value,
    .status = disk_status,
    .done = disk_done,
    .free_bytes = disk_free_bytes,
    .close = disk_close,
};

void disk_init(struct disk *disk, struct random_sequence *chance, disk_written_fn *on_written,
               void *context)
{
    *disk = (struct disk){
        .kv = { &functions },
        .holds = kv_memory_new(),
        .chance = chance,
        .space = SPACE_ENDLESS,
        .on_written = on_written,
        .context = context,
    };
}

void disk_deinit(struct disk *disk)
{
    forget_all_undo(disk);
    disk->holds->functions->close(disk->holds);
}
