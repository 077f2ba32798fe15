/*
 * list_row - the rows by which closed runs are found in lists: for each order (start, close) and
 * each filter that fits the run one row, so that every list is one walk over neighbours.
 *
 * Runs with the same time lie in the order of a number that rises with what the list is ordered by:
 * the run number in lists by start time, the close number in lists by close time (Q-VIS4). Time and
 * number are stored inverted: newest first, the usual order, is a walk forward.
 */
#ifndef STORE_LIST_ROW_H
#define STORE_LIST_ROW_H

#include "store/batch.h"
#include "store/key.h"
#include "store/summary.h"

/* Where a list lies: what the keys of its rows begin with. */
struct list_place {
    uint64_t account;
    uint32_t domain;
    bool by_close_time;
    enum closed_filter filter;
    struct bytes value;       /* the workflow id, type name, or tag */
    struct bytes version;     /* of CLOSED_BY_TYPE */
    enum close_status status; /* of CLOSED_BY_STATUS */
};

struct bytes list_prefix(struct arena *arena, const struct list_place *place);
/* `prefix` is what list_prefix gave. */
struct bytes list_row_key(struct arena *arena, struct bytes prefix, struct instant time,
                          uint64_t number);

struct list_row {
    struct instant time; /* of start or close */
    uint64_t number;     /* the run number, or the close number */
    uint64_t run;
    struct instant expires;
};

/* A row's value: which run it is, and when that expires. */
struct bytes list_row_value(struct arena *arena, struct bytes key, uint64_t run,
                            struct instant expires);
/* false when the value is not what was stored under this key. */
bool list_row_open(struct bytes key, struct bytes value, struct list_row *out);

/* Calls `visit` with the key of each row that a closed run has. */
typedef void list_row_visit_fn(struct batch *batch, struct bytes key, uint64_t run,
                               struct instant expires);
void list_rows_visit(struct batch *batch, struct run_key run, const struct summary *summary,
                     list_row_visit_fn *visit);

#endif
