#include "service/set_aside.h"
#include "base/memory.h"

void set_aside_deinit(struct set_aside *aside)
{
    for (size_t i = 0; i < aside->count; i++) {
        memory_free((char *)(uintptr_t)aside->items[i].workflow_id.ptr);
        memory_free((char *)(uintptr_t)aside->items[i].run_id.ptr);
    }
    memory_free(aside->items);
}

void set_aside_add(struct set_aside *aside, struct run_key key, const struct run_opening *names)
{
    aside->items = memory_resize(aside->items, (aside->count + 1) * sizeof(*aside->items));
    aside->items[aside->count++] = (struct set_aside_run){
        .key = key,
        .workflow_id = names ? memory_copy(names->workflow_id) : BYTES_ABSENT,
        .run_id = names ? memory_copy(names->run_id) : BYTES_ABSENT,
    };
}

bool set_aside_has(const struct set_aside *aside, uint64_t run)
{
    for (size_t i = 0; i < aside->count; i++)
        if (aside->items[i].key.run == run)
            return true;
    return false;
}

bool set_aside_touches(const struct set_aside *aside, uint32_t domain)
{
    for (size_t i = 0; i < aside->count; i++)
        if (aside->items[i].key.domain == domain)
            return true;
    return false;
}

static bool may_have_names(const struct set_aside_run *run, struct bytes workflow_id,
                           struct bytes run_id)
{
    if (bytes_is_absent(run->workflow_id))
        return true;
    return bytes_equal(run->workflow_id, workflow_id) &&
           (run_id.len == 0 || bytes_equal(run->run_id, run_id));
}

bool set_aside_may_be(const struct set_aside *aside, uint32_t domain, struct bytes workflow_id,
                      struct bytes run_id)
{
    for (size_t i = 0; i < aside->count; i++)
        if (aside->items[i].key.domain == domain &&
            may_have_names(&aside->items[i], workflow_id, run_id))
            return true;
    return false;
}
