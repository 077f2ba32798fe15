/*
 * attribute - members of an event by their names on the wire: what many types of event have alike
 * is read alike.
 */
#ifndef HISTORY_ATTRIBUTE_H
#define HISTORY_ATTRIBUTE_H

#include "model/event.h"

/* The id of another event; 0 when this event has no member of that name. */
int64_t attribute_id(const struct event *event, const char *name);
/* A text; absent when it is, or there is no such member. */
struct bytes attribute_text(const struct event *event, const char *name);
/* `workflowExecution` and the like; NULL when it is absent, or there is no such member. */
const struct workflow_execution *attribute_names(const struct event *event, const char *name);

/* Do both events have a member of that name, with the same value or none? */
bool attribute_same(const struct event *a, const struct event *b, const char *name);

/* The first member that the model demands and the event lacks; NULL when none. A number counts as
 * there: 0 and absent are one. */
const char *attribute_missing(const struct event *event);

#endif
