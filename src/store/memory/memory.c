/*
 * Sorted maps of keys, each with the versions of its value that somebody may still look at.
 *
 * Every write has a number, and what it stores is marked with it. An iterator remembers the number
 * of the last write when it was made and sees of each key the newest version that is not later. So
 * it needs no copy of the map, and holds no lock between its steps: a thread may write while its
 * own iterator is open.
 *
 * A version is superseded when a later one of its key is visible to the oldest iterator; then it
 * goes, at the latest with the next write after that iterator. Hence what an iterator stands on
 * stays where it is until the iterator is done, and key() and value() borrow it without a lock.
 *
 * One mutex guards all; it is held for single steps and for writes, never over a callback.
 */
#include "store/memory/memory.h"

#include "base/list.h"
#include "base/memory.h"
#include "base/tree.h"
#include <pthread.h>

struct version {
    struct version *older;
    uint64_t write; /* the number of the write that made it */
    bool deleted;
    struct bytes value;
};

struct entry {
    struct tree_node node; /* first: a node is its entry */
    struct list old;       /* in memory_kv.old while it has versions to drop some day, else alone */
    enum kv_space space;
    struct bytes key;
    struct version *newest;
};

struct kv_iterator {
    struct memory_kv *world;
    struct list open; /* in memory_kv.iterators */
    uint64_t write;   /* the last one it sees */
    struct tree *space;
    struct bytes begin;  /* the first key that it may see */
    struct bytes end;    /* after the last one; absent: there is none */
    struct entry *entry; /* NULL: not valid */
    struct version *version;
};

struct memory_kv {
    struct kv kv; /* first: a kv is its world */
    pthread_mutex_t mutex;
    struct tree spaces[KV_SPACE_COUNT];
    struct list iterators; /* oldest first */
    struct list old;       /* entries with superseded versions or deleted */
    uint64_t write;        /* the number of the last write */
    uint64_t fail_from;    /* this write from now on fails, and all after it; 0: none */
    enum err fail_with;
    bool kept; /* outlives its closing */
};

static struct memory_kv *world_of(struct kv *kv)
{
    return (struct memory_kv *)kv;
}

static void lock(struct memory_kv *world)
{
    ensure(pthread_mutex_lock(&world->mutex) == 0);
}

static void unlock(struct memory_kv *world)
{
    ensure(pthread_mutex_unlock(&world->mutex) == 0);
}

/* ---- entries and versions */

static int compare(const void *key, const struct tree_node *node)
{
    return bytes_compare(*(const struct bytes *)key, ((const struct entry *)node)->key);
}

static struct entry *find(struct memory_kv *world, enum kv_space space, struct bytes key)
{
    return (struct entry *)tree_find(&world->spaces[space], &key, compare);
}

static void free_versions(struct version *version)
{
    while (version) {
        struct version *older = version->older;
        memory_free((char *)version->value.ptr);
        memory_free(version);
        version = older;
    }
}

static void free_entry(struct memory_kv *world, struct entry *entry)
{
    tree_remove(&world->spaces[entry->space], &entry->node);
    list_remove(&entry->old);
    free_versions(entry->newest);
    memory_free((char *)entry->key.ptr);
    memory_free(entry);
}

static struct entry *add_entry(struct memory_kv *world, enum kv_space space, struct bytes key)
{
    struct entry *entry = memory_new(sizeof(*entry));

    entry->space = space;
    entry->key = memory_copy(key);
    list_init(&entry->old);
    tree_add(&world->spaces[space], &entry->node, &entry->key, compare);
    return entry;
}

/* The version of the entry that write number `write` saw; NULL when the key was not there. */
static struct version *version_at(struct entry *entry, uint64_t write)
{
    struct version *version = entry->newest;

    while (version && version->write > write)
        version = version->older;
    return version && !version->deleted ? version : NULL;
}

/* The oldest state that anybody still looks at. */
static uint64_t oldest_seen(struct memory_kv *world)
{
    const struct list *first = list_first(&world->iterators);
    if (!first)
        return world->write;
    return ((const struct kv_iterator *)((const char *)first - offsetof(struct kv_iterator, open)))
        ->write;
}

/* Drops what nobody can see any more; an entry with nothing left goes itself. */
static void tidy(struct memory_kv *world, struct entry *entry, uint64_t oldest)
{
    struct version *version = entry->newest;

    while (version && version->write > oldest)
        version = version->older;
    if (version) {
        free_versions(version->older);
        version->older = NULL;
    }
    if (version == entry->newest) {
        list_remove(&entry->old);
        if (version->deleted)
            free_entry(world, entry);
    }
}

static void tidy_all(struct memory_kv *world)
{
    uint64_t oldest = oldest_seen(world);
    struct list *node = list_first(&world->old);

    while (node) {
        struct list *next = list_next(&world->old, node);
        tidy(world, (struct entry *)((char *)node - offsetof(struct entry, old)), oldest);
        node = next;
    }
}

static void add_version(struct memory_kv *world, struct entry *entry, struct bytes value)
{
    struct version *version = memory_new(sizeof(*version));

    version->older = entry->newest;
    version->write = world->write;
    version->deleted = bytes_is_absent(value);
    version->value = memory_copy(value);
    entry->newest = version;
    if (list_is_empty(&entry->old) && (version->older || version->deleted))
        list_append(&world->old, &entry->old);
}

/* ---- writing */

static void put(struct memory_kv *world, const struct kv_operation *operation)
{
    struct entry *entry = find(world, operation->space, operation->key);

    ensure(!bytes_is_absent(operation->value));
    if (!entry)
        entry = add_entry(world, operation->space, operation->key);
    add_version(world, entry, operation->value);
}

static void delete (struct memory_kv *world, const struct kv_operation *operation)
{
    struct entry *entry = find(world, operation->space, operation->key);

    if (entry && !entry->newest->deleted)
        add_version(world, entry, BYTES_ABSENT);
}

static void delete_range(struct memory_kv *world, const struct kv_operation *operation)
{
    struct tree_node *node = tree_at_or_after(&world->spaces[operation->space], &operation->key,
                                              compare);

    for (; node && compare(&operation->value, node) > 0; node = tree_next(node)) {
        struct entry *entry = (struct entry *)node;
        if (!entry->newest->deleted)
            add_version(world, entry, BYTES_ABSENT);
    }
}

static void apply(struct memory_kv *world, const struct kv_operation *operation)
{
    switch (operation->action) {
    case KV_PUT:
        put(world, operation);
        break;
    case KV_DELETE:
        delete (world, operation);
        break;
    case KV_DELETE_RANGE:
        delete_range(world, operation);
        break;
    }
}

/* Does this write fail, because a test wants it so? */
static bool fails(struct memory_kv *world)
{
    if (world->fail_from == 1)
        return true;
    if (world->fail_from > 1)
        world->fail_from--;
    return false;
}

static enum err memory_write(struct kv *kv, const struct kv_operation *operations, size_t count,
                             bool sync)
{
    struct memory_kv *world = world_of(kv);
    enum err err = OK;

    (void)sync;
    lock(world);
    if (fails(world)) {
        err = world->fail_with;
    } else {
        world->write++;
        for (size_t i = 0; i < count; i++)
            apply(world, &operations[i]);
        tidy_all(world);
    }
    unlock(world);
    return err;
}

/* ---- reading */

static enum err memory_get(struct kv *kv, enum kv_space space, struct bytes key,
                           struct arena *arena, struct bytes *value)
{
    struct memory_kv *world = world_of(kv);

    lock(world);
    struct entry *entry = find(world, space, key);
    struct version *version = entry ? version_at(entry, world->write) : NULL;
    if (version)
        *value = arena_copy(arena, version->value);
    unlock(world);
    return version ? OK : ERR_NOT_FOUND;
}

static struct kv_iterator *memory_iterate(struct kv *kv, enum kv_space space, struct bytes begin,
                                          struct bytes end)
{
    struct kv_iterator *iterator = memory_new(sizeof(*iterator));
    struct memory_kv *world = world_of(kv);

    iterator->world = world;
    iterator->space = &world->spaces[space];
    iterator->begin = memory_copy(begin);
    iterator->end = memory_copy(end);
    lock(world);
    iterator->write = world->write;
    list_append(&world->iterators, &iterator->open);
    unlock(world);
    return iterator;
}

static bool is_within(const struct kv_iterator *iterator, struct bytes key)
{
    return bytes_compare(key, iterator->begin) >= 0 &&
           (bytes_is_absent(iterator->end) || bytes_compare(key, iterator->end) < 0);
}

/* Stands on the first entry that the iterator sees from `node` on, in the direction of `step`. */
static void settle(struct kv_iterator *iterator, struct tree_node *node,
                   struct tree_node *(*step)(const struct tree_node *node))
{
    iterator->entry = NULL;
    for (; node; node = step(node)) {
        struct entry *entry = (struct entry *)node;
        if (!is_within(iterator, entry->key))
            return;
        iterator->version = version_at(entry, iterator->write);
        if (iterator->version) {
            iterator->entry = entry;
            return;
        }
    }
}

static void memory_seek(struct kv_iterator *iterator, struct bytes key)
{
    struct bytes from = bytes_compare(key, iterator->begin) < 0 ? iterator->begin : key;

    lock(iterator->world);
    settle(iterator, tree_at_or_after(iterator->space, &from, compare), tree_next);
    unlock(iterator->world);
}

/* The last entry before the end. */
static struct tree_node *last_before_end(const struct kv_iterator *iterator)
{
    struct tree_node *node = tree_at_or_before(iterator->space, &iterator->end, compare);
    return node && compare(&iterator->end, node) == 0 ? tree_prev(node) : node;
}

static void memory_seek_back(struct kv_iterator *iterator, struct bytes key)
{
    bool beyond = !bytes_is_absent(iterator->end) && bytes_compare(key, iterator->end) >= 0;

    lock(iterator->world);
    settle(iterator,
           beyond ? last_before_end(iterator) : tree_at_or_before(iterator->space, &key, compare),
           tree_prev);
    unlock(iterator->world);
}

static void memory_next(struct kv_iterator *iterator)
{
    ensure(iterator->entry);
    lock(iterator->world);
    settle(iterator, tree_next(&iterator->entry->node), tree_next);
    unlock(iterator->world);
}

static void memory_prev(struct kv_iterator *iterator)
{
    ensure(iterator->entry);
    lock(iterator->world);
    settle(iterator, tree_prev(&iterator->entry->node), tree_prev);
    unlock(iterator->world);
}

static bool memory_valid(const struct kv_iterator *iterator)
{
    return iterator->entry != NULL;
}

static struct bytes memory_key(const struct kv_iterator *iterator)
{
    return iterator->entry->key;
}

static struct bytes memory_value(const struct kv_iterator *iterator)
{
    return iterator->version->value;
}

static enum err memory_status(const struct kv_iterator *iterator)
{
    (void)iterator;
    return OK;
}

static void memory_done(struct kv_iterator *iterator)
{
    lock(iterator->world);
    list_remove(&iterator->open);
    unlock(iterator->world);
    memory_free((char *)iterator->begin.ptr);
    memory_free((char *)iterator->end.ptr);
    memory_free(iterator);
}

/* ---- the rest */

static uint64_t memory_free_bytes(struct kv *kv)
{
    (void)kv;
    return UINT64_MAX;
}

static enum err memory_close(struct kv *kv)
{
    struct memory_kv *world = world_of(kv);

    ensure(list_is_empty(&world->iterators));
    if (world->kept)
        return OK;
    for (int space = 0; space < KV_SPACE_COUNT; space++)
        while (world->spaces[space].root)
            free_entry(world, (struct entry *)world->spaces[space].root);
    ensure(pthread_mutex_destroy(&world->mutex) == 0);
    memory_free(world);
    return OK;
}

static const struct kv_functions functions = {
    .write = memory_write,
    .get = memory_get,
    .iterate = memory_iterate,
    .seek = memory_seek,
    .seek_back = memory_seek_back,
    .next = memory_next,
    .prev = memory_prev,
    .valid = memory_valid,
    .key = memory_key,
    .value = memory_value,
    .status = memory_status,
    .done = memory_done,
    .free_bytes = memory_free_bytes,
    .close = memory_close,
};

struct kv *kv_memory_new(void)
{
    struct memory_kv *world = memory_new(sizeof(*world));

    world->kv.functions = &functions;
    list_init(&world->iterators);
    list_init(&world->old);
    ensure(pthread_mutex_init(&world->mutex, NULL) == 0);
    return &world->kv;
}

void kv_memory_keep(struct kv *kv, bool kept)
{
    world_of(kv)->kept = kept;
}

void kv_memory_fail_write(struct kv *kv, uint64_t nth, enum err err)
{
    struct memory_kv *world = world_of(kv);

    lock(world);
    world->fail_from = nth;
    world->fail_with = err;
    unlock(world);
}
