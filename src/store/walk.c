#include "store/walk.h"

void walk_begin(struct walk *walk, struct kv *kv, enum kv_space space, struct bytes prefix)
{
    *walk = (struct walk){ kv, kv_iterate_prefix(kv, space, prefix), prefix };
}

void walk_begin_between(struct walk *walk, struct kv *kv, enum kv_space space, struct bytes begin,
                        struct bytes end)
{
    *walk = (struct walk){ kv, kv->functions->iterate(kv, space, begin, end), begin };
}

enum err walk_end(struct walk *walk)
{
    if (!walk->iterator)
        return OK;
    enum err err = walk->kv->functions->status(walk->iterator);
    walk->kv->functions->done(walk->iterator);
    walk->iterator = NULL;
    return err;
}

enum err walk_status(const struct walk *walk)
{
    return walk->kv->functions->status(walk->iterator);
}

void walk_seek(struct walk *walk, struct bytes key)
{
    walk->kv->functions->seek(walk->iterator, key);
}

void walk_seek_back(struct walk *walk, struct bytes key)
{
    walk->kv->functions->seek_back(walk->iterator, key);
}

void walk_next(struct walk *walk)
{
    walk->kv->functions->next(walk->iterator);
}

void walk_prev(struct walk *walk)
{
    walk->kv->functions->prev(walk->iterator);
}

bool walk_is_valid(const struct walk *walk)
{
    return walk->kv->functions->valid(walk->iterator);
}

struct bytes walk_key(const struct walk *walk)
{
    return walk->kv->functions->key(walk->iterator);
}

struct bytes walk_value(const struct walk *walk)
{
    return walk->kv->functions->value(walk->iterator);
}
