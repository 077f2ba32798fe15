#include "backend.h"

#include "wire/encode.h"

void ask_answer(struct ask *ask, struct fault fault, const void *output)
{
    ask->answered = true;
    ask->ok = fault_is_none(fault);
    if (ask->ok)
        encode_reply(&ask->reply, ask->operation, output);
    else
        encode_fault(&ask->reply, fault);
}

bool ask_is_poll(const struct ask *ask)
{
    return ask->operation == OPERATION_POLL_FOR_DECISION_TASK ||
           ask->operation == OPERATION_POLL_FOR_ACTIVITY_TASK;
}
