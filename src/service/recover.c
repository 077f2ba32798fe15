/*
 * Start: everything that memory must hold is rebuilt from the store. A run that was idle starts
 * asleep, from its row; any other one is replayed. One that is damaged is set aside.
 */
#include "engine/lambda.h"
#include "service/inner.h"
#include "service/describe.h"
#include "service/records.h"
#include "service/replay.h"

static enum err on_registry(void *context, struct bytes key, struct bytes value)
{
    struct service *service = context;

    return records_recover(&service->registry, service->json, key, value);
}

static enum err on_message(void *context, struct bytes key, struct bytes value)
{
    return messages_recover(context, key, value);
}

static enum err on_damaged_run(void *context, struct run_key key, const struct run_opening *names)
{
    struct service *service = context;
    struct domain *domain = registry_get_domain(&service->registry, key.domain);

    service_set_aside(service, key, names);
    if (domain)
        domain->open_executions++;
    return OK;
}

static void restore_heartbeats(struct service *service, struct execution *execution,
                               const struct open_run *stored)
{
    for (size_t i = 0; i < stored->heartbeat_count; i++) {
        const struct heartbeat_change *heartbeat = &stored->heartbeats[i];
        struct activity *activity = execution_get_activity(execution,
                                                           heartbeat->scheduled_event_id);

        if (activity)
            execution_heartbeat(execution, activity, service->now, heartbeat->details);
    }
    execution_restart_heartbeats(execution, service->now);
}

/* Of those that are handed over in whole: so often somebody looks whether all is within the limit.
 */
#define RUNS_BETWEEN_RESTS 1024

static enum err rest(struct service *service)
{
    enum err err = OK;

    if (service->runs.count % RUNS_BETWEEN_RESTS == 0) {
        err = awake_rest(service);
        arena_reset(&service->turn.arena);
    }
    return err;
}

static enum err on_open_run(void *context, const struct open_run *stored)
{
    struct service *service = context;
    struct open_labels labels;
    struct run *run;
    enum err err = replay(service, stored, &run);

    if (err)
        return err == ERR_CORRUPT ? on_damaged_run(service, stored->key, &stored->names) : err;
    restore_heartbeats(service, run->execution, stored);
    lambda_restart(run->execution, service->now);
    execution_check(run->execution);
    labels = describe_labels(run);
    run->domain->open_executions++;
    runs_add(&service->runs, run);
    visibility_add(&service->visibility, &labels);
    awake_add(service, run);
    run->stub->is_idle = stored->was_idle; /* by a row that is of no use: it gets another one */
    step_restore_tasks(service, run);
    return rest(service);
}

/* A row that was taken out, and rose again from what was left of a store, is older than its run. */
static bool is_newest(const struct stub_state *state, int64_t last_event_id)
{
    return last_event_id == 0 || state->event_count == last_event_id;
}

/* ERR_NOT_FOUND: the row cannot be used. */
static enum err on_idle_run(void *context, const struct idle_run *stored, int64_t last_event_id)
{
    struct service *service = context;
    struct domain *domain = registry_get_domain(&service->registry, stored->key.domain);
    struct stub_state state;
    struct stub *stub;

    arena_reset(&service->turn.arena);
    if (domain == NULL || domain->account != stored->key.account ||
        !stub_decode(stored->state, &service->turn.arena, &state) ||
        !is_newest(&state, last_event_id))
        return ERR_NOT_FOUND;
    domain->open_executions++;
    stub = runs_add_sleeping(&service->runs, stored->key.run, domain, &state);
    visibility_add(&service->visibility,
                   &(struct open_labels){ stored->key.domain, stored->key.run, state.type_name,
                                          state.type_version, state.tags });
    step_restore_sleeping(service, stub, &state);
    return OK;
}

static void on_count(void *context, size_t open_runs)
{
    runs_reserve(&((struct service *)context)->runs, open_runs);
}

enum err recover(struct service *service)
{
    struct recovery recovery = {
        .context = service,
        .on_registry = on_registry,
        .on_message = on_message,
        .on_open_run = on_open_run,
        .on_idle_run = on_idle_run,
        .on_count = on_count,
        .on_damaged_run = on_damaged_run,
    };

    return store_recover(service->store, &recovery);
}
