#include "cmd/worker.h"

#include "cmd/order.h"
#include "cmd/role.h"

static struct bytes work(struct party *party, const struct activity_task_output *task)
{
    if (bytes_equal_cstr(task->activity_type->name, ROLE_ACTIVITY))
        return BYTES("treated");
    return order_work(task->activity_type->name, task->input, &party->arena);
}

static bool answer(struct party *party, const struct activity_task_output *task)
{
    struct reply reply;
    struct bytes result = work(party, task);
    struct respond_activity_task_failed_input failed = { .task_token = task->task_token,
                                                         .reason = BYTES("no such activity") };
    struct respond_activity_task_completed_input completed = { .task_token = task->task_token,
                                                               .result = result };
    if (bytes_is_absent(result))
        return party_call(party,
                          &(struct request){ OPERATION_RESPOND_ACTIVITY_TASK_FAILED,
                                             { .respond_activity_task_failed = &failed } },
                          &reply);
    party_sleep_ms(300); /* as if it were work */
    return party_call(party,
                      &(struct request){ OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED,
                                         { .respond_activity_task_completed = &completed } },
                      &reply);
}

bool worker_once(struct party *party)
{
    struct reply reply;
    struct task_list list = party_list(party);
    struct poll_for_activity_task_input poll = { .domain = party_domain(party),
                                                 .task_list = &list,
                                                 .identity = bytes_of_cstr(party->name) };
    if (!party_call(party,
                    &(struct request){ OPERATION_POLL_FOR_ACTIVITY_TASK,
                                       { .poll_for_activity_task = &poll } },
                    &reply))
        return false;
    const struct activity_task_output *task = reply.output;
    return task->task_token.len == 0 || answer(party, task);
}
