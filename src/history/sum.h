/*
 * sum - what a history comes to: what Describe and the lists must say of its run.
 */
#ifndef HISTORY_SUM_H
#define HISTORY_SUM_H

#include "base/text.h"
#include "model/event.h"

/* Texts are borrowed from the events. */
struct history_sum {
    bool is_open;
    bool cancel_requested; /* at any time; Describe says so of open runs alone */
    enum close_status close_status;
    struct instant started, closed, latest_activity;
    struct workflow_execution_open_counts open;
    struct bytes context; /* of the decider, the latest */
    int64_t context_event_id;
    const struct workflow_execution_started_event *start;
};

/* Takes the next event in; what is open is for others to count. */
void history_sum_add(struct history_sum *sum, const struct event *event);

/* Does Describe say what the history does? Else false, with the first difference in `problem`. */
must_use bool history_sum_agrees(const struct history_sum *sum,
                                 const struct workflow_execution_detail *detail,
                                 struct text *problem);

#endif
