#include "service/visibility.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/copier.h"

struct open_index {
    enum open_filter filter;
    uint32_t domain;
    struct bytes value, version; /* inside the index's own memory */
    struct series numbers;
};

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

static struct open_index *get_index(struct visibility *visibility, const struct index_key *key)
{
    uint64_t hash = key_hash(key);
    struct open_index *index = map_find(&visibility->indexes, hash, has_key, key);
    struct copier copier;

    if (index)
        return index;
    index = memory_new(sizeof(*index) + key->value.len + key->version.len);
    copier.next = (char *)(index + 1);
    index->filter = key->filter;
    index->domain = key->domain;
    index->value = copier_add(&copier, key->value);
    index->version = copier_add(&copier, key->version);
    map_add(&visibility->indexes, hash, index);
    return index;
}

static void free_index(void *object)
{
    struct open_index *index = object;

    series_deinit(&index->numbers);
    memory_free(index);
}

void visibility_deinit(struct visibility *visibility)
{
    map_drain(&visibility->indexes, free_index);
    map_deinit(&visibility->indexes);
}

/* ---- filing ---- */

typedef void index_fn(struct visibility *visibility, uint64_t run, const struct index_key *key);

static void visit_indexes(struct visibility *visibility, const struct open_labels *labels,
                          index_fn *visit)
{
    uint32_t domain = labels->domain;
    const struct index_key all = { .filter = OPEN_ALL, .domain = domain };
    const struct index_key by_name = { OPEN_BY_TYPE_NAME, domain, labels->type_name, BYTES_ABSENT };
    const struct index_key by_type = { OPEN_BY_TYPE, domain, labels->type_name,
                                       labels->type_version };

    visit(visibility, labels->run, &all);
    visit(visibility, labels->run, &by_name);
    visit(visibility, labels->run, &by_type);
    for (size_t i = 0; i < labels->tags.count; i++) {
        const struct index_key by_tag = { OPEN_BY_TAG, domain, labels->tags.items[i],
                                          BYTES_ABSENT };
        visit(visibility, labels->run, &by_tag);
    }
}

static void add_to(struct visibility *visibility, uint64_t run, const struct index_key *key)
{
    struct open_index *index = get_index(visibility, key);
    bool added = series_add(&index->numbers, run);

    (void)added; /* a tag that the run has twice is there already */
}

static void remove_from(struct visibility *visibility, uint64_t run, const struct index_key *key)
{
    uint64_t hash = key_hash(key);
    struct open_index *index = map_find(&visibility->indexes, hash, has_key, key);
    struct series_place place;

    if (index == NULL || !series_at_or_after(&index->numbers, run, &place) ||
        series_get(&index->numbers, place) != run)
        return; /* a tag that the run has twice */
    series_remove(&index->numbers, run);
    if (index->numbers.count)
        return;
    map_remove(&visibility->indexes, hash, index);
    free_index(index);
}

void visibility_add(struct visibility *visibility, const struct open_labels *labels)
{
    visit_indexes(visibility, labels, add_to);
}

void visibility_remove(struct visibility *visibility, const struct open_labels *labels)
{
    visit_indexes(visibility, labels, remove_from);
}

/* ---- looking ---- */

static const struct open_index *find_index(const struct visibility *visibility,
                                           const struct open_query *query)
{
    struct index_key key = { query->filter, query->domain, query->value, query->version };

    return map_find(&visibility->indexes, key_hash(&key), has_key, &key);
}

/* Where in the order of run numbers an instant lies: runs that start at the same time all lie at
 * it.
 */
struct edge {
    const struct runs *runs;
    struct instant at;
};

static bool is_at_or_after(uint64_t number, const void *context)
{
    const struct edge *edge = context;

    return !instant_before(runs_get(edge->runs, number)->started_at, edge->at);
}

static bool is_after(uint64_t number, const void *context)
{
    const struct edge *edge = context;

    return instant_before(edge->at, runs_get(edge->runs, number)->started_at);
}

static bool find_oldest(const struct open_index *index, const struct runs *runs,
                        const struct open_query *query, struct series_place *place)
{
    struct edge edge = { runs, query->oldest };

    return series_first_reached(&index->numbers, is_at_or_after, &edge, place);
}

static bool find_latest(const struct open_index *index, const struct runs *runs,
                        const struct open_query *query, struct series_place *place)
{
    struct edge edge = { runs, query->latest };

    return series_last_not_reached(&index->numbers, is_after, &edge, place);
}

static bool find_first(struct open_walk *walk)
{
    const struct open_query *query = walk->query;
    const struct series *numbers = &walk->index->numbers;

    if (query->after_run && query->ascending)
        return series_at_or_after(numbers, query->after_run + 1, &walk->place);
    if (query->after_run)
        return series_at_or_before(numbers, query->after_run - 1, &walk->place);
    if (query->ascending)
        return find_oldest(walk->index, walk->runs, query, &walk->place);
    return find_latest(walk->index, walk->runs, query, &walk->place);
}

/* Looks at the run there, if there is one. */
static void look(struct open_walk *walk, bool is_there)
{
    const struct stub *stub = is_there ? runs_get(walk->runs,
                                                  series_get(&walk->index->numbers, walk->place))
                                       : NULL;

    if (stub && (instant_before(stub->started_at, walk->query->oldest) ||
                 instant_before(walk->query->latest, stub->started_at)))
        stub = NULL;
    walk->stub = stub;
}

void open_walk_begin(struct open_walk *walk, const struct visibility *visibility,
                     const struct runs *runs, const struct open_query *query)
{
    *walk = (struct open_walk){ .index = find_index(visibility, query),
                                .runs = runs,
                                .query = query };
    if (walk->index)
        look(walk, find_first(walk));
}

void open_walk_next(struct open_walk *walk)
{
    const struct series *numbers = &walk->index->numbers;

    look(walk, walk->query->ascending ? series_next(numbers, &walk->place)
                                      : series_prev(numbers, &walk->place));
}

size_t visibility_count(const struct visibility *visibility, const struct runs *runs,
                        const struct open_query *query)
{
    const struct open_index *index = find_index(visibility, query);
    struct series_place first, last;

    if (index == NULL || !find_oldest(index, runs, query, &first) ||
        !find_latest(index, runs, query, &last))
        return 0;
    return series_distance(&index->numbers, first, last);
}
