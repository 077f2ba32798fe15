/*
 * poll - which operations are held until there is a task for them.
 */
#ifndef MODEL_POLL_H
#define MODEL_POLL_H

#include "model/operation.h"

static inline bool operation_is_poll(enum operation operation)
{
    return operation == OPERATION_POLL_FOR_ACTIVITY_TASK ||
           operation == OPERATION_POLL_FOR_DECISION_TASK;
}

#endif
