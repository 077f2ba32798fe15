#include "service/visibility.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/packer.h"

struct index_key {
    enum open_filter filter;
    uint32_t domain;
    struct bytes value, version;
};

static bool has_key(const void *object, const void *key)
{
    const struct open_index *index = object;
    const struct index_key *wanted = key;

    return index->filter == wanted->filter && index->domain == wanted->domain &&
           bytes_equal(index->value, wanted->value) && bytes_equal(index->version, wanted->version);
}

static uint64_t key_hash(const struct index_key *key)
{
    uint64_t hash = hash_combine(hash_bytes(key->value), (uint64_t)key->domain << 3 | key->filter);

    return hash_combine(hash, hash_bytes(key->version));
}

static struct index_key key_of(const struct open_index *index)
{
    return (struct index_key){ index->filter, index->domain, index->value, index->version };
}

static int compare_run(const void *key, const struct tree_node *node)
{
    uint64_t wanted = *(const uint64_t *)key;
    uint64_t number = object_of(node, const struct listing, node)->run->key.run;

    return wanted < number ? -1 : wanted > number;
}

static struct open_index *get_index(struct visibility *visibility, const struct index_key *key)
{
    struct open_index *index = map_find(&visibility->indexes, key_hash(key), has_key, key);
    struct packer packer;

    if (index)
        return index;
    index = memory_new(sizeof(*index) + key->value.len + key->version.len);
    packer.next = (char *)(index + 1);
    index->filter = key->filter;
    index->domain = key->domain;
    index->value = pack(&packer, key->value);
    index->version = pack(&packer, key->version);
    map_add(&visibility->indexes, key_hash(key), index);
    return index;
}

void visibility_deinit(struct visibility *visibility)
{
    map_drain(&visibility->indexes, memory_free);
    map_deinit(&visibility->indexes);
}

static void add_to(struct visibility *visibility, struct run *run, struct index_key key)
{
    struct listing *listing = &run->listings[run->listing_count];

    listing->index = get_index(visibility, &key);
    listing->run = run;
    if (tree_find(&listing->index->listings, &run->key.run, compare_run))
        return; /* a tag that the run has twice */
    tree_add(&listing->index->listings, &listing->node, &run->key.run, compare_run);
    run->listing_count++;
}

#define LISTINGS_BESIDE_TAGS 3

void visibility_add(struct visibility *visibility, struct run *run)
{
    const struct execution_settings *settings = &run->execution->settings;
    uint32_t domain = run->key.domain;

    run->listings = memory_new(sizeof(*run->listings) *
                               (LISTINGS_BESIDE_TAGS + settings->tags.count));
    add_to(visibility, run, (struct index_key){ .filter = OPEN_ALL, .domain = domain });
    add_to(visibility, run,
           (struct index_key){ OPEN_BY_TYPE_NAME, domain, settings->type_name, BYTES_ABSENT });
    add_to(visibility, run,
           (struct index_key){ OPEN_BY_TYPE, domain, settings->type_name, settings->type_version });
    for (size_t i = 0; i < settings->tags.count; i++)
        add_to(visibility, run,
               (struct index_key){ OPEN_BY_TAG, domain, settings->tags.items[i], BYTES_ABSENT });
}

void visibility_remove(struct visibility *visibility, struct run *run)
{
    for (uint32_t i = 0; i < run->listing_count; i++) {
        struct open_index *index = run->listings[i].index;
        struct index_key key = key_of(index);

        tree_remove(&index->listings, &run->listings[i].node);
        if (index->listings.count)
            continue;
        map_remove(&visibility->indexes, key_hash(&key), index);
        memory_free(index);
    }
    memory_free(run->listings);
    run->listings = NULL;
    run->listing_count = 0;
}

const struct open_index *visibility_find(const struct visibility *visibility,
                                         const struct open_query *query)
{
    struct index_key key = { query->filter, query->domain, query->value, query->version };

    return map_find(&visibility->indexes, key_hash(&key), has_key, &key);
}

/* ---- walking ---- */

/* Where a run lies with respect to an instant: runs that start at the same time all lie at it. */
struct edge {
    struct instant at;
    bool before_ties; /* lies before the runs of that instant, else behind them */
};

static int compare_edge(const void *key, const struct tree_node *node)
{
    const struct edge *edge = key;
    int64_t started = object_of(node, const struct listing, node)->run->execution->started_at.ms;

    if (edge->at.ms != started)
        return edge->at.ms < started ? -1 : 1;
    return edge->before_ties ? -1 : 1;
}

static const struct listing *within(const struct tree_node *node, const struct open_query *query)
{
    const struct listing *listing = node ? object_of(node, const struct listing, node) : NULL;
    struct instant started;

    if (listing == NULL)
        return NULL;
    started = listing->run->execution->started_at;
    return instant_before(started, query->oldest) || instant_before(query->latest, started)
               ? NULL
               : listing;
}

static const struct tree_node *resume(const struct open_index *index,
                                      const struct open_query *query)
{
    uint64_t run = query->ascending ? query->after_run + 1 : query->after_run - 1;

    return query->ascending ? tree_at_or_after(&index->listings, &run, compare_run)
                            : tree_at_or_before(&index->listings, &run, compare_run);
}

const struct listing *open_index_first(const struct open_index *index,
                                       const struct open_query *query)
{
    struct edge edge = { query->ascending ? query->oldest : query->latest, query->ascending };

    if (query->after_run)
        return within(resume(index, query), query);
    return within(query->ascending ? tree_at_or_after(&index->listings, &edge, compare_edge)
                                   : tree_at_or_before(&index->listings, &edge, compare_edge),
                  query);
}

const struct listing *open_index_next(const struct listing *listing, const struct open_query *query)
{
    return within(query->ascending ? tree_next(&listing->node) : tree_prev(&listing->node), query);
}
