/*
 * visibility - the open runs in the order of their start, as lists and counts want them: all of a
 * domain, or those with one workflow id, type name, type, or tag.
 *
 * In memory only: open runs are never indexed on disk. Run numbers rise with the start, and so do
 * start times, so the order by run number is the order of both (Q-VIS4), and a number is all that
 * an index keeps of a run. A page costs what is on it, whatever the filter.
 */
#ifndef SERVICE_VISIBILITY_H
#define SERVICE_VISIBILITY_H

#include "base/bytes.h"
#include "base/map.h"
#include "base/series.h"
#include "service/runs.h"

enum open_filter { OPEN_ALL, OPEN_BY_WORKFLOW_ID, OPEN_BY_TYPE_NAME, OPEN_BY_TYPE, OPEN_BY_TAG };

/* The runs that one filter lets through. */
struct open_index;

struct visibility {
    struct map indexes;
};

void visibility_deinit(struct visibility *visibility);

/* What decides in which indexes a run is. It does not change while the run is open. */
struct open_labels {
    uint32_t domain;
    uint64_t run;
    struct bytes type_name, type_version;
    struct bytes_list tags;
};

/* The run enters every index that fits it, and leaves them all. */
void visibility_add(struct visibility *visibility, const struct open_labels *labels);
void visibility_remove(struct visibility *visibility, const struct open_labels *labels);

/* What is looked for. */
struct open_query {
    enum open_filter filter;
    uint32_t domain;
    struct bytes value, version;
    struct instant oldest, latest; /* of the start, both inclusive */
    bool ascending;
    uint64_t after_run; /* the last run of the page before; 0: at the beginning */
};

/* A walk over the runs that a query lets through, good until a run opens or closes. */
struct open_walk {
    const struct open_index *index;
    const struct runs *runs;
    const struct open_query *query;
    struct series_place place;
    const struct stub *stub; /* NULL: the walk is over */
};

/* Stands on the first one. */
void open_walk_begin(struct open_walk *walk, const struct visibility *visibility,
                     const struct runs *runs, const struct open_query *query);
void open_walk_next(struct open_walk *walk);

/* How many there are in all; costs little. */
size_t visibility_count(const struct visibility *visibility, const struct runs *runs,
                        const struct open_query *query);

#endif
