/*
 * history_page - a page of events for GetWorkflowExecutionHistory and PollForDecisionTask: stored
 * events, copied as they lie.
 *
 * A page ends with its size in events, or after the event that passes PAGE_BYTES_ENOUGH (API
 * reference: a page may hold fewer results than its maximum).
 */
#ifndef SERVICE_HISTORY_PAGE_H
#define SERVICE_HISTORY_PAGE_H

#include "service/reader.h"

#define EVENTS_PER_PAGE_MAX 1000
#define PAGE_BYTES_ENOUGH (4u << 20)

/* Which events are wanted: from `from` on towards `to`, both inclusive. */
struct history_range {
    struct run_key key;
    int64_t from, to;
    bool reverse;      /* from >= to */
    int64_t committed; /* an event that is known to be there; 0: none */
};

struct history_text {
    struct bytes events; /* a JSON array, in the arena */
    int64_t next;        /* the first event of the next page; 0: this was the last */
};

/* Is it a long read (service/reader.h)? Of a closed run it is unless `size` says otherwise: nobody
 * knows yet where that ends. */
bool history_page_is_long(const struct history_range *range, int32_t size);

/* Reads one page of at most `size` events (0: EVENTS_PER_PAGE_MAX). ERR_NOT_FOUND when there is no
 * such history. */
must_use enum err history_page_read(struct reader *reader, const struct history_range *range,
                                    int32_t size, struct arena *arena, struct history_text *out);

#endif
