#include "service/replay.h"
#include "base/log.h"
#include "service/inner.h"
#include "wire/decode.h"

/* The largest history: 25,000 events are the documented limit, but it can be lifted. */
#define HISTORY_BYTES_MAX (4ull << 30)

static enum err damaged(const struct open_run *stored, const char *what)
{
    log_error("the history of an open run is damaged", LOG_CSTR("what", what),
              LOG_TEXT("workflow_id", stored->names.workflow_id),
              LOG_TEXT("run_id", stored->names.run_id),
              LOG_NUMBER("run", (int64_t)stored->key.run));
    return ERR_CORRUPT;
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

static struct run *fold(struct service *service, struct domain *domain,
                        const struct open_run *stored, const struct event *events)
{
    struct run *run = run_new(stored->key, domain, stored->names.workflow_id, stored->names.run_id);

    for (size_t i = 0; i < stored->event_count; i++) {
        execution_apply(run->execution, &events[i]);
        run->history_bytes += stored->events[i].len;
        if (events[i].type == EVENT_ACTIVITY_TASK_SCHEDULED)
            metrics_attach(&service->metrics, run, &events[i]);
    }
    return run;
}

enum err replay(struct service *service, const struct open_run *stored, struct run **out)
{
    struct domain *domain = registry_get_domain(&service->registry, stored->key.domain);
    struct arena arena;
    struct event *events;
    const char *wrong;

    if (domain == NULL)
        return damaged(stored, "its domain is not registered");
    arena_init(&arena, "history", HISTORY_BYTES_MAX);
    events = arena_array(&arena, struct event, stored->event_count);
    if (!decode_events(service->json, stored->events, stored->event_count, &arena, events))
        wrong = "an event cannot be read";
    else
        wrong = what_is_wrong(events, stored->event_count);
    if (wrong == NULL)
        *out = fold(service, domain, stored, events);
    arena_deinit(&arena);
    return wrong ? damaged(stored, wrong) : OK;
}
