#include "cmd/crew.h"

#include "cmd/decider.h"
#include "cmd/order.h"
#include "cmd/role.h"
#include "cmd/worker.h"
#include <stdio.h>

#define FUNCTIONS_ROLE BYTES("arn:aws:iam::123456789012:role/weir-demo")

void crew_init(struct crew *crew, const struct stage *stage)
{
    party_init(&crew->decider, stage, "decider");
    party_init(&crew->worker, stage, "worker");
    party_init(&crew->customer, stage, "customer");
}

void crew_deinit(struct crew *crew)
{
    party_deinit(&crew->decider);
    party_deinit(&crew->worker);
    party_deinit(&crew->customer);
}

/* ---- registration */

static bool register_domain(struct party *party)
{
    struct register_domain_input domain = {
        .name = party_domain(party),
        .description = BYTES("made by weir demo"),
        .workflow_execution_retention_period_in_days = BYTES("1"),
    };
    return party_register(
        party, &(struct request){ OPERATION_REGISTER_DOMAIN, { .register_domain = &domain } });
}

static bool register_workflow(struct party *party, const char *name, struct bytes version)
{
    struct register_workflow_type_input workflow = {
        .domain = party_domain(party),
        .name = bytes_of_cstr(name),
        .version = version,
        .default_child_policy = CHILD_POLICY_TERMINATE,
        .default_execution_start_to_close_timeout = BYTES("120"),
        .default_task_start_to_close_timeout = BYTES("10"),
        .default_lambda_role = FUNCTIONS_ROLE,
    };
    return party_register(party, &(struct request){ OPERATION_REGISTER_WORKFLOW_TYPE,
                                                    { .register_workflow_type = &workflow } });
}

static bool register_activity(struct party *party, const char *name, struct bytes version)
{
    struct register_activity_type_input activity = {
        .domain = party_domain(party),
        .name = bytes_of_cstr(name),
        .version = version,
        .default_task_schedule_to_start_timeout = BYTES("60"),
        .default_task_start_to_close_timeout = BYTES("10"),
        .default_task_schedule_to_close_timeout = BYTES("60"),
        .default_task_heartbeat_timeout = BYTES("NONE"),
    };
    return party_register(party, &(struct request){ OPERATION_REGISTER_ACTIVITY_TYPE,
                                                    { .register_activity_type = &activity } });
}

bool crew_register(struct crew *crew)
{
    struct party *party = &crew->customer;
    bool well = register_domain(party) &&
                register_workflow(party, ORDER_TYPE, BYTES(ORDER_VERSION)) &&
                register_activity(party, ROLE_ACTIVITY, BYTES(ROLE_VERSION));
    for (size_t i = 0; well && i < ORDER_STEP_COUNT; i++)
        well = register_activity(party, order_activities[i], BYTES(ORDER_VERSION));
    for (size_t i = 0; well && i < role_count; i++)
        well = register_workflow(party, roles[i].type, BYTES(ROLE_VERSION));
    return well;
}

/* ---- at work */

void crew_begin(struct crew *crew)
{
    party_begin(&crew->decider, decider_once);
    party_begin(&crew->worker, worker_once);
}

void crew_end(struct crew *crew)
{
    party_end(&crew->decider);
    party_end(&crew->worker);
}

bool crew_start(struct crew *crew, const struct workflow_type *type, struct bytes input,
                struct arena *arena, struct workflow_execution *out)
{
    struct party *party = &crew->customer;
    struct reply reply;
    struct task_list list = party_list(party);

    out->workflow_id = arena_printf(arena, "%.*s-%s", BYTES_FMT(type->name), party->stage->number);
    struct start_workflow_execution_input start = {
        .domain = party_domain(party),
        .workflow_id = out->workflow_id,
        .workflow_type = type,
        .task_list = &list,
        .input = input,
    };
    if (!party_call(party,
                    &(struct request){ OPERATION_START_WORKFLOW_EXECUTION,
                                       { .start_workflow_execution = &start } },
                    &reply))
        return false;
    out->run_id = arena_copy(arena, ((const struct run_output *)reply.output)->run_id);
    return true;
}

bool crew_waits(struct crew *crew)
{
    struct party *helpers[] = { &crew->decider, &crew->worker };
    for (size_t i = 0; i < 2; i++) {
        if (atomic_load(&helpers[i]->failed)) {
            snprintf(crew->customer.problem, sizeof crew->customer.problem, "the %s: %.900s",
                     helpers[i]->name, helpers[i]->problem);
            return false;
        }
    }
    party_sleep_ms(100);
    return true;
}
