/*
 * visibility - the open runs in the order of their start, as lists and counts want them: all of a
 * domain, or those with one workflow id, type name, type, or tag.
 *
 * In memory only: open runs are never indexed on disk. Run numbers rise with the start, and so do
 * start times, so the order by run number is the order of both. A page costs what is on it,
 * whatever the filter.
 */
#ifndef SERVICE_VISIBILITY_H
#define SERVICE_VISIBILITY_H

#include "base/bytes.h"
#include "base/map.h"
#include "base/tree.h"
#include "service/runs.h"

enum open_filter { OPEN_ALL, OPEN_BY_WORKFLOW_ID, OPEN_BY_TYPE_NAME, OPEN_BY_TYPE, OPEN_BY_TAG };

/* The runs that one filter lets through. */
struct open_index {
    enum open_filter filter;
    uint32_t domain;
    struct bytes value, version; /* inside the index's own memory */
    struct tree listings;
};

/* A run's place in one index. */
struct listing {
    struct tree_node node;
    struct open_index *index;
    const struct run *run;
};

struct visibility {
    struct map indexes;
};

void visibility_deinit(struct visibility *visibility);

/* The run's settings are known: it enters every index that fits it, and leaves them all. */
void visibility_add(struct visibility *visibility, struct run *run);
void visibility_remove(struct visibility *visibility, struct run *run);

/* What is looked for. */
struct open_query {
    enum open_filter filter;
    uint32_t domain;
    struct bytes value, version;
    struct instant oldest, latest; /* of the start, both inclusive */
    bool ascending;
    uint64_t after_run; /* the last run of the page before; 0: at the beginning */
};

/* The index of the query, or NULL when no open run fits its filter. */
const struct open_index *visibility_find(const struct visibility *visibility,
                                         const struct open_query *query);
/* The first run of the walk, and the one after `run`; NULL at the end. */
const struct listing *open_index_first(const struct open_index *index,
                                       const struct open_query *query);
const struct listing *open_index_next(const struct listing *listing,
                                      const struct open_query *query);

#endif
