#include "engine_world.h"
#include "engine_messages.h"

#include "base/base64.h"
#include "base/ensure.h"
#include "base/memory.h"
#include "engine/close.h"
#include "engine/continue_as_new.h"
#include "engine/due.h"
#include "wire/decode.h"
#include "wire/encode.h"

#define ENGINE_BYTES_MAX ((size_t)1 << 30)
#define EVENT_BYTES_MAX ((size_t)16 << 20)

struct engine_world *engine_world_new(const struct options *options)
{
    struct engine_world *engine = memory_new(sizeof(*engine));

    engine->session.options = *options;
    manual_world_init(&engine->session.world);
    arena_init(&engine->arena, "engine", ENGINE_BYTES_MAX);
    text_init(&engine->scratch, EVENT_BYTES_MAX);
    engine->json = json_reader_new();
    registry_init(&engine->registry);
    return engine;
}

void engine_world_free(struct engine_world *engine)
{
    for (size_t i = 0; i < engine->run_count; i++)
        execution_free(engine->runs[i].execution);
    registry_deinit(&engine->registry);
    json_reader_free(engine->json);
    text_deinit(&engine->scratch);
    arena_deinit(&engine->arena);
    memory_free(engine);
}

/* ---- transactions ---- */

void engine_begin(struct engine_world *engine, const struct engine_run *run,
                  struct event_list *events)
{
    event_list_init(events, &engine->arena, run->execution->next_event_id,
                    manual_world_now(&engine->session.world));
}

static void keep_event(struct engine_world *engine, struct engine_run *run,
                       const struct event *event)
{
    if (run->event_count == run->event_capacity) {
        size_t capacity = run->event_capacity ? run->event_capacity * 2 : 16;
        struct bytes *events = arena_array(&engine->arena, struct bytes, capacity);

        if (run->event_count)
            memcpy(events, run->events, run->event_count * sizeof(*events));
        run->events = events;
        run->event_capacity = capacity;
    }
    text_reset(&engine->scratch);
    encode_event(&engine->scratch, event);
    run->events[run->event_count++] = arena_copy(&engine->arena, text_bytes(&engine->scratch));
}

/* All events are written before the first is applied: one may quote what the execution forgets by
 * it. */
static void apply(struct engine_world *engine, struct engine_run *run,
                  const struct event_list *events)
{
    bool was_open = execution_is_open(run->execution);

    for (size_t i = 0; i < events->count; i++)
        keep_event(engine, run, &events->items[i]);
    for (size_t i = 0; i < events->count; i++)
        execution_apply(run->execution, &events->items[i]);
    execution_check(run->execution);
    if (was_open && !execution_is_open(run->execution))
        run->domain->open_executions--;
    engine_owe(engine, run, events);
}

static struct engine_run *open_run(struct engine_world *engine, struct domain *domain,
                                   struct bytes workflow_id, struct bytes run_id,
                                   const struct event_list *events)
{
    struct engine_run *run = &engine->runs[engine->run_count++];

    ensure(engine->run_count <= ENGINE_RUNS_MAX);
    *run = (struct engine_run){
        .number = engine->run_count,
        .domain = domain,
        .workflow_id = workflow_id,
        .run_id = run_id,
        .execution = execution_new(),
    };
    domain->open_executions++;
    apply(engine, run, events);
    return run;
}

static void start_continued(struct engine_world *engine, const struct engine_run *old,
                            const struct event *continued)
{
    struct event_list events;

    event_list_init(&events, &engine->arena, 1, continued->timestamp);
    continue_as_new_start(old->execution, old->run_id, continued, &events);
    open_run(engine, old->domain, old->workflow_id,
             continued->workflow_execution_continued_as_new->new_execution_run_id, &events);
}

static bool passes_event_limit(const struct engine_world *engine, const struct engine_run *run)
{
    uint32_t limit = engine->session.options.limits.history_events;

    return limit && run->event_count > limit && execution_is_open(run->execution);
}

void engine_finish(struct engine_world *engine, struct engine_run *run,
                   const struct event_list *events)
{
    const struct event *last = &events->items[events->count - 1];
    struct event_list end;

    apply(engine, run, events);
    if (passes_event_limit(engine, run)) {
        engine_begin(engine, run, &end);
        close_by_event_limit(run->execution, &end);
        apply(engine, run, &end);
    }
    if (last->type == EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW)
        start_continued(engine, run, last);
}

struct bytes engine_fresh_run_id(struct engine_world *engine)
{
    uint8_t random[32];
    char text[BASE64_LEN(sizeof(random))];

    engine->session.world.world.entropy(&engine->session.world, random, sizeof(random));
    base64_encode(bytes_of(random, sizeof(random)), text);
    return arena_printf(&engine->arena, "22%.*s", (int)sizeof(text), text);
}

struct engine_run *engine_start(struct engine_world *engine, struct domain *domain,
                                struct bytes workflow_id, const struct event_list *events)
{
    return open_run(engine, domain, workflow_id, engine_fresh_run_id(engine), events);
}

/* ---- time ---- */

bool engine_due(struct engine_world *engine, struct engine_run *run)
{
    struct instant now = manual_world_now(&engine->session.world);
    struct event_list events;
    bool any = false;

    for (;;) {
        engine_begin(engine, run, &events);
        if (!due_decide(run->execution, now, &events))
            return any;
        engine_finish(engine, run, &events);
        any = true;
    }
}

static struct engine_run *first_due(struct engine_world *engine)
{
    struct instant now = manual_world_now(&engine->session.world);
    struct engine_run *first = NULL;

    for (size_t i = 0; i < engine->run_count; i++) {
        struct engine_run *run = &engine->runs[i];
        struct instant due = execution_next_due(run->execution);

        if (instant_before(now, due))
            continue;
        if (first == NULL || instant_before(due, execution_next_due(first->execution)))
            first = run;
    }
    return first;
}

bool engine_is_due(struct engine_world *engine)
{
    return first_due(engine) != NULL;
}

void engine_do_due(struct engine_world *engine)
{
    struct engine_run *run;

    while ((run = first_due(engine)))
        ensure(engine_due(engine, run));
}

/* ---- finding ---- */

struct engine_run *engine_find_open(struct engine_world *engine, const struct domain *domain,
                                    struct bytes workflow_id)
{
    for (size_t i = 0; i < engine->run_count; i++) {
        struct engine_run *run = &engine->runs[i];

        if (run->domain == domain && bytes_equal(run->workflow_id, workflow_id) &&
            execution_is_open(run->execution))
            return run;
    }
    return NULL;
}

struct engine_run *engine_reach(struct engine_world *engine, const struct domain *domain,
                                struct bytes workflow_id, struct bytes run_id)
{
    struct engine_run *run = engine_find_open(engine, domain, workflow_id);

    if (run)
        engine_due(engine, run);
    if (run == NULL || !execution_is_open(run->execution))
        return NULL;
    return run_id.len == 0 || bytes_equal(run->run_id, run_id) ? run : NULL;
}

bool engine_is_forgotten(const struct engine_world *engine, const struct engine_run *run)
{
    struct bytes text = run->domain->configuration.workflow_execution_retention_period_in_days;
    unsigned long long days;
    struct instant end;

    if (execution_is_open(run->execution))
        return false;
    if (!bytes_parse_u64(text, &days))
        days = 0; /* "NONE" */
    end = instant_add(run->execution->closed_at, duration_of_s((int64_t)days * 24 * 3600));
    return !instant_before(manual_world_now(&engine->session.world), end);
}

const struct engine_run *engine_find_run(const struct engine_world *engine,
                                         const struct domain *domain, struct bytes workflow_id,
                                         struct bytes run_id)
{
    for (size_t i = 0; i < engine->run_count; i++) {
        const struct engine_run *run = &engine->runs[i];

        if (run->domain == domain && bytes_equal(run->workflow_id, workflow_id) &&
            bytes_equal(run->run_id, run_id) && !engine_is_forgotten(engine, run))
            return run;
    }
    return NULL;
}

static bool comes_before(const struct engine_task *a, const struct engine_task *b)
{
    if (a->priority != b->priority)
        return a->priority > b->priority;
    if (a->available_at.ms != b->available_at.ms)
        return instant_before(a->available_at, b->available_at);
    if (a->run != b->run)
        return a->run->number < b->run->number;
    return a->scheduled_event_id < b->scheduled_event_id;
}

static void take_better(struct engine_task *best, const struct engine_task *task)
{
    if (best->run == NULL || comes_before(task, best))
        *best = *task;
}

static void look_at_decision(struct engine_run *run, struct bytes list, struct engine_task *best)
{
    const struct decision_tasks *decision = &run->execution->decision;
    struct engine_task task = {
        .run = run,
        .scheduled_event_id = decision->waiting_event_id,
        .priority = execution_priority(run->execution),
        .available_at = decision->available_at,
    };

    if (execution_has_decision_task(run->execution) && bytes_equal(decision->waiting_list, list))
        take_better(best, &task);
}

static void look_at_activities(struct engine_run *run, struct bytes list, struct engine_task *best)
{
    const struct list *head = &run->execution->activities;

    for (const struct list *node = list_first(head); node; node = list_next(head, node)) {
        const struct activity *activity = object_of(node, const struct activity, open);
        struct engine_task task = {
            .run = run,
            .activity = activity,
            .scheduled_event_id = activity->scheduled_event_id,
            .priority = activity->priority,
            .available_at = activity->scheduled_at,
        };

        if (activity->started_event_id == 0 && bytes_equal(activity->task_list, list))
            take_better(best, &task);
    }
}

bool engine_find_task(struct engine_world *engine, const struct engine_poll *poll,
                      struct engine_task *out)
{
    *out = (struct engine_task){ 0 };
    for (size_t i = 0; i < engine->run_count; i++) {
        struct engine_run *run = &engine->runs[i];

        if (run->domain != poll->domain || !execution_is_open(run->execution))
            continue;
        if (poll->kind == ENGINE_DECISION)
            look_at_decision(run, poll->list, out);
        else
            look_at_activities(run, poll->list, out);
    }
    return out->run != NULL;
}

bool engine_polls_share_list(const struct engine_poll *a, const struct engine_poll *b)
{
    return a->kind == b->kind && a->domain == b->domain && bytes_equal(a->list, b->list);
}

/* ---- events ---- */

struct bytes engine_events(struct engine_world *engine, const struct engine_run *run, int64_t first,
                           size_t last, bool reverse)
{
    size_t begin = (size_t)first - 1, count = last - begin;
    struct text *text = &engine->scratch;

    text_reset(text);
    text_append_char(text, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            text_append_char(text, ',');
        text_append(text, run->events[reverse ? last - 1 - i : begin + i]);
    }
    text_append_char(text, ']');
    ensure(!text->overflowed);
    return arena_copy(&engine->arena, text_bytes(text));
}

void engine_read_event(struct engine_world *engine, const struct engine_run *run, int64_t id,
                       struct event *out)
{
    ensure(decode_events(engine->json, &run->events[id - 1], 1, &engine->arena, out));
}

struct bytes engine_context(struct engine_world *engine, const struct engine_run *run)
{
    struct event event;

    if (run->execution->context_event_id == 0)
        return BYTES_ABSENT;
    engine_read_event(engine, run, run->execution->context_event_id, &event);
    return event.decision_task_completed->execution_context;
}
