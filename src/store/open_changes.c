#include "store/open_changes.h"

#include "base/memory.h"

static int compare(const void *key, const struct tree_node *node)
{
    uint64_t wanted = *(const uint64_t *)key;
    uint64_t there = ((const struct open_change *)node)->key.run;
    return (wanted > there) - (wanted < there);
}

static struct open_change *find(const struct open_changes *changes, uint64_t run)
{
    return (struct open_change *)tree_find(&changes->tree, &run, compare);
}

static void add(struct open_changes *changes, struct run_key key, bool opened)
{
    struct open_change *change = memory_new(sizeof(*change));
    change->key = key;
    change->opened = opened;
    tree_add(&changes->tree, &change->node, &key.run, compare);
}

static void take(struct open_changes *changes, struct open_change *change)
{
    tree_remove(&changes->tree, &change->node);
    memory_free(change);
}

void open_changes_reset(struct open_changes *changes)
{
    while (changes->tree.root)
        take(changes, (struct open_change *)tree_first(&changes->tree));
}

bool open_changes_open(struct open_changes *changes, struct run_key key)
{
    if (find(changes, key.run))
        return false; /* run numbers are never used twice, not even after a close */
    add(changes, key, true);
    return true;
}

bool open_changes_close(struct open_changes *changes, struct run_key key)
{
    struct open_change *change = find(changes, key.run);

    if (!change)
        add(changes, key, false);
    else if (change->opened)
        take(changes, change);
    else
        return false;
    return true;
}

const struct open_change *open_changes_find(const struct open_changes *changes, uint64_t run)
{
    return find(changes, run);
}

const struct open_change *open_changes_first(const struct open_changes *changes)
{
    return (const struct open_change *)tree_first(&changes->tree);
}

const struct open_change *open_changes_next(const struct open_change *change)
{
    return (const struct open_change *)tree_next(&change->node);
}
