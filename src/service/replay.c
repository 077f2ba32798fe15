#include "service/replay.h"
#include "base/log.h"
#include "service/inner.h"
#include "wire/decode.h"

/* Events that are decoded at a time: the structures of a long history may take more memory than its
 * texts, and a fold looks at one event after the other. */
#define STRETCH_EVENTS 256
#define STRETCH_BYTES_MAX (4ull << 30)

static enum err damaged(const struct open_run *stored, const char *what)
{
    log_error("the history of an open run is damaged", LOG_CSTR("what", what),
              LOG_TEXT("workflow_id", stored->names.workflow_id),
              LOG_TEXT("run_id", stored->names.run_id),
              LOG_NUMBER("run", (int64_t)stored->key.run));
    return ERR_CORRUPT;
}

/* A history from the disk is checked before it is folded: a fold never rejects. `first` is the id
 * that the first of these must have. */
static const char *what_is_wrong(const struct event *events, size_t count, int64_t first)
{
    if (first == 1 && events[0].type != EVENT_WORKFLOW_EXECUTION_STARTED)
        return "it does not begin with WorkflowExecutionStarted";
    for (size_t i = 0; i < count; i++) {
        if (events[i].id != first + (int64_t)i)
            return "its event ids have a gap";
        if (event_type_closes(events[i].type))
            return "it holds a closing event";
    }
    return NULL;
}

/* Adds the stored events from..from + count - 1; else what is wrong with them. */
static const char *fold_stretch(struct service *service, const struct open_run *stored, size_t from,
                                size_t count, struct arena *arena, struct run *run)
{
    struct event *events = arena_array(arena, struct event, count);
    const char *wrong;

    if (!decode_events(service->json, stored->events + from, count, arena, events))
        return "an event cannot be read";
    wrong = what_is_wrong(events, count, (int64_t)from + 1);
    for (size_t i = 0; i < count && wrong == NULL; i++) {
        execution_apply(run->execution, &events[i]);
        run->history_bytes += stored->events[from + i].len;
        if (events[i].type == EVENT_ACTIVITY_TASK_SCHEDULED)
            metrics_attach(&service->metrics, run, &events[i]);
    }
    return wrong;
}

static const char *fold(struct service *service, const struct open_run *stored, struct run *run)
{
    const char *wrong = stored->event_count ? NULL : "it has no events";
    struct arena arena;

    arena_init(&arena, "history", STRETCH_BYTES_MAX);
    for (size_t from = 0; from < stored->event_count && wrong == NULL; from += STRETCH_EVENTS) {
        size_t left = stored->event_count - from;

        arena_reset(&arena);
        wrong = fold_stretch(service, stored, from, left < STRETCH_EVENTS ? left : STRETCH_EVENTS,
                             &arena, run);
    }
    arena_deinit(&arena);
    return wrong;
}

enum err replay(struct service *service, const struct open_run *stored, struct run **out)
{
    struct domain *domain = registry_get_domain(&service->registry, stored->key.domain);
    const char *wrong;

    if (domain == NULL)
        return damaged(stored, "its domain is not registered");
    *out = run_new(stored->key, domain, stored->names.workflow_id, stored->names.run_id);
    wrong = fold(service, stored, *out);
    if (wrong == NULL)
        return OK;
    run_free(*out);
    *out = NULL;
    return damaged(stored, wrong);
}
