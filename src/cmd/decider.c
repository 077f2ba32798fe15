#include "cmd/decider.h"

#include "cmd/order.h"
#include "cmd/role.h"

static void decide_order(const struct past *past, struct plan *plan)
{
    struct order order;
    order_read(&order, past->events, past->count);
    plan->count = order_decide(&order, plan->arena, plan->items);
}

static bool answer(struct party *party, const struct decision_task_output *task,
                   const struct past *past)
{
    struct reply reply = { 0 };
    struct plan plan = { .arena = &party->arena };
    struct respond_decision_task_completed_input input = { .task_token = task->task_token };
    const struct role *role = role_find(task->workflow_type->name);

    if (role)
        role->decide(past, &plan);
    else
        decide_order(past, &plan);
    input.decisions.count = plan.count;
    input.decisions.items = plan.count > 0 ? plan.items : NULL;
    return party_call(party,
                      &(struct request){ OPERATION_RESPOND_DECISION_TASK_COMPLETED,
                                         { .respond_decision_task_completed = &input } },
                      &reply) ||
           bytes_equal_cstr(reply.fault, "UnknownResourceFault"); /* it was ended meanwhile */
}

/* A history of the demo always comes in one page; a longer one would go on with nextPageToken. */
bool decider_once(struct party *party)
{
    struct reply reply;
    struct event *events;
    struct past past;
    struct task_list list = party_list(party);
    struct poll_for_decision_task_input poll = { .domain = party_domain(party),
                                                 .task_list = &list,
                                                 .identity = bytes_of_cstr(party->name) };
    if (!party_call(party,
                    &(struct request){ OPERATION_POLL_FOR_DECISION_TASK,
                                       { .poll_for_decision_task = &poll } },
                    &reply))
        return false;

    const struct decision_task_output *task = reply.output;
    if (task->task_token.len == 0)
        return true; /* nothing to decide in all that time; ask again */
    if (!party_events(party, &reply, &events, &past.count))
        return false;
    past.events = events;
    past.workflow_id = task->workflow_execution->workflow_id;
    return answer(party, task, &past);
}
