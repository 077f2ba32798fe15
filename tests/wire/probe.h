/*
 * probe - bodies of requests that are as short as they may be, but for one member.
 *
 * Made from the tables that describe all operations (wire/shape.h), so that a test which goes
 * through them forgets none.
 */
#ifndef TEST_WIRE_PROBE_H
#define TEST_WIRE_PROBE_H

#include "base/text.h"
#include "wire/shape.h"

#define PROBE_DEPTH_MAX 6

/* One member of an operation's input, at any depth. */
struct probe {
    enum operation operation;
    const struct member *chain[PROBE_DEPTH_MAX]; /* from the input to the member itself */
    int depth;
};

static inline const struct member *probe_member(const struct probe *probe)
{
    return probe->chain[probe->depth - 1];
}

/* A request in which the member has the JSON text `value`, or is left out (NULL). All other members
 * that must be there are, with values that are right. */
void probe_write(const struct probe *probe, const char *value, struct text *out);

/* "decisions.1.member.startTimerDecisionAttributes.timerId" */
void probe_path(const struct probe *probe, struct text *out);

/* Every member of the operation's input. */
void probe_each(enum operation operation, void (*visit)(const struct probe *probe, void *context),
                void *context);

#endif
