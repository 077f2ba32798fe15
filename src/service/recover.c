/*
 * Start: everything that memory must hold is rebuilt from the store. Loading a run is applying its
 * events.
 */
#include "base/log.h"
#include "engine/lambda.h"
#include "service/inner.h"
#include "service/records.h"
#include "wire/decode.h"

/* The largest history: 25,000 events are the documented limit, but it can be lifted. */
#define HISTORY_BYTES_MAX (4ull << 30)

static enum err on_registry(void *context, struct bytes key, struct bytes value)
{
    struct service *service = context;

    return records_recover(&service->registry, service->json, key, value);
}

static enum err on_message(void *context, struct bytes key, struct bytes value)
{
    return messages_recover(context, key, value);
}

/* Nothing happens in it and nothing is said of it, but all others are served. */
static enum err on_damaged_run(void *context, struct run_key key, const struct run_opening *names)
{
    struct service *service = context;
    struct domain *domain = registry_get_domain(&service->registry, key.domain);

    log_error("a damaged run is set aside: it is open, and nobody can say how it stands",
              LOG_NUMBER("run", (int64_t)key.run), LOG_NUMBER("account", (int64_t)key.account),
              LOG_TEXT("domain", domain ? domain->name : BYTES("(not registered)")),
              LOG_TEXT("workflow_id", names ? names->workflow_id : BYTES("(lost)")),
              LOG_TEXT("run_id", names ? names->run_id : BYTES("(lost)")));
    set_aside_add(&service->set_aside, key, names);
    if (domain)
        domain->open_executions++;
    return OK;
}

static enum err damaged(struct service *service, const struct open_run *stored, const char *what)
{
    log_error("the history of an open run is damaged", LOG_CSTR("what", what),
              LOG_TEXT("workflow_id", stored->names.workflow_id),
              LOG_TEXT("run_id", stored->names.run_id),
              LOG_NUMBER("run", (int64_t)stored->key.run));
    return on_damaged_run(service, stored->key, &stored->names);
}

/* A history from the disk is checked before it is folded: a fold never rejects. */
static const char *what_is_wrong(const struct event *events, size_t count)
{
    if (count == 0 || events[0].type != EVENT_WORKFLOW_EXECUTION_STARTED)
        return "it does not begin with WorkflowExecutionStarted";
    for (size_t i = 0; i < count; i++) {
        if (events[i].id != (int64_t)i + 1)
            return "its event ids have a gap";
        if (event_type_closes(events[i].type))
            return "it holds a closing event";
    }
    return NULL;
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

static void fold(struct service *service, struct domain *domain, const struct open_run *stored,
                 const struct event *events)
{
    struct run *run = run_new(stored->key, domain, stored->names.workflow_id, stored->names.run_id);

    for (size_t i = 0; i < stored->event_count; i++)
        execution_apply(run->execution, &events[i]);
    restore_heartbeats(service, run->execution, stored);
    lambda_restart(run->execution, service->now);
    execution_check(run->execution);
    domain->open_executions++;
    runs_add(&service->runs, run);
    visibility_add(&service->visibility, run);
    step_restore_tasks(service, run);
}

static enum err on_open_run(void *context, const struct open_run *stored)
{
    struct service *service = context;
    struct domain *domain = registry_get_domain(&service->registry, stored->key.domain);
    struct arena arena;
    struct event *events;
    const char *wrong;

    if (domain == NULL)
        return damaged(service, stored, "its domain is not registered");
    arena_init(&arena, "history", HISTORY_BYTES_MAX);
    events = arena_array(&arena, struct event, stored->event_count);
    if (!decode_events(service->json, stored->events, stored->event_count, &arena, events))
        wrong = "an event cannot be read";
    else
        wrong = what_is_wrong(events, stored->event_count);
    if (wrong == NULL)
        fold(service, domain, stored, events);
    arena_deinit(&arena);
    return wrong ? damaged(service, stored, wrong) : OK;
}

enum err recover(struct service *service)
{
    struct recovery recovery = {
        .context = service,
        .on_registry = on_registry,
        .on_message = on_message,
        .on_open_run = on_open_run,
        .on_damaged_run = on_damaged_run,
    };

    return store_recover(service->store, &recovery);
}
