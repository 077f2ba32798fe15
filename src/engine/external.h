/*
 * external - signals and cancel requests that one execution sends to another, in the same domain,
 * or to itself.
 *
 * The decision writes an Initiated event, unless the caller may not make it; the target hears of it
 * in a later transaction of its own; then the sender learns what became of it. Whether the account
 * makes too many is for whoever carries them to find. Nothing about them is kept in the execution:
 * the messages under way are the state.
 */
#ifndef ENGINE_EXTERNAL_H
#define ENGINE_EXTERNAL_H

#include "engine/completion.h"
#include "engine/execution.h"

/* The decisions SignalExternalWorkflowExecution and RequestCancelExternalWorkflowExecution. */
void external_decide_signal(struct completion *completion, const struct decision *decision);
void external_decide_cancel(struct completion *completion, const struct decision *decision);

/* At the target: `initiated` is the sender's event, `sender` its names. */
void external_receive(const struct execution *target, const struct event *initiated,
                      const struct workflow_execution *sender, struct event_list *out);

/* Why nothing comes of it. Messages under way hold these numbers. */
enum external_failure {
    EXTERNAL_UNKNOWN = 0,  /* there is no such open execution */
    EXTERNAL_TOO_FAST = 1, /* the account had no token left for it */
};

/* At the sender: the target, as `names`, has heard of it; or it never will, and why. */
void external_delivered(const struct execution *sender, const struct event *initiated,
                        const struct workflow_execution *names, struct event_list *out);
void external_undeliverable(const struct execution *sender, const struct event *initiated,
                            enum external_failure why, struct event_list *out);

#endif
