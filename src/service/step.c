/*
 * A step changes one run by one transaction: decide (the caller), apply, and keep in step with it
 * all that follows from the execution: task lists, due times, the change for the store, and at the
 * close the summary that lists will show.
 */
#include "base/ensure.h"
#include "engine/activity.h"
#include "engine/close.h"
#include "engine/continue_as_new.h"
#include "engine/due.h"
#include "service/describe.h"
#include "service/inner.h"
#include "wire/encode.h"

/* ---- task lists ---- */

static void add_activity_task(struct service *service, struct run *run,
                              const struct activity *activity)
{
    struct task_place place = {
        .kind = TASK_ACTIVITY,
        .domain = run->key.domain,
        .list_name = activity->task_list,
        .run_number = run->key.run,
        .scheduled_event_id = activity->scheduled_event_id,
        .priority = activity->priority,
        .available_at = activity->scheduled_at,
    };

    matching_add_task(&service->matching, &place, run->stub, &run->stub->tasks);
}

static void drop_activity_task(struct service *service, struct run *run, int64_t scheduled_event_id)
{
    struct task *task = matching_find_task(&service->matching, run->key.run, scheduled_event_id);

    if (task)
        matching_remove_task(&service->matching, task);
}

static void drop_decision_task(struct service *service, struct run *run)
{
    if (run->decision_task)
        matching_remove_task(&service->matching, run->decision_task);
    run->decision_task = NULL;
}

static void settle_queued(struct service *service, struct run *run)
{
    const struct decision_tasks *decision = &run->execution->decision;
    struct stub *stub = run->stub;
    bool queued = run->execution->is_open && decision->waiting_event_id &&
                  decision->started_event_id;

    if (queued && stub->queued_on == NULL)
        stub->queued_on = matching_add_queued(&service->matching, run->key.domain,
                                              decision->waiting_list);
    if (!queued && stub->queued_on) {
        matching_remove_queued(&service->matching, stub->queued_on);
        stub->queued_on = NULL;
    }
}

/* Puts the decision task that may be handed out into its list, and takes any other out. */
static void settle_decision_task(struct service *service, struct run *run)
{
    const struct decision_tasks *decision = &run->execution->decision;
    struct task_place place = {
        .kind = TASK_DECISION,
        .domain = run->key.domain,
        .list_name = decision->waiting_list,
        .run_number = run->key.run,
        .scheduled_event_id = decision->waiting_event_id,
        .priority = execution_priority(run->execution),
        .available_at = decision->available_at,
    };
    bool wanted = execution_has_decision_task(run->execution);

    if (run->decision_task &&
        (!wanted || run->decision_task->scheduled_event_id != decision->waiting_event_id))
        drop_decision_task(service, run);
    if (wanted && run->decision_task == NULL)
        run->decision_task = matching_add_task(&service->matching, &place, run->stub,
                                               &run->stub->tasks);
    settle_queued(service, run);
}

static void drop_all_tasks(struct service *service, struct run *run)
{
    struct list *node;

    run->decision_task = NULL;
    settle_queued(service, run);
    while ((node = list_first(&run->stub->tasks)))
        matching_remove_task(&service->matching, object_of(node, struct task, of_run));
}

void step_restore_tasks(struct service *service, struct run *run)
{
    const struct list *node = list_first(&run->execution->activities);

    for (; node; node = list_next(&run->execution->activities, node)) {
        const struct activity *activity = object_of(node, const struct activity, open);

        if (activity->started_event_id == 0)
            add_activity_task(service, run, activity);
    }
    settle_decision_task(service, run);
}

void step_restore_sleeping(struct service *service, struct stub *stub,
                           const struct stub_state *state)
{
    uint32_t domain = stub->domain->number;

    for (size_t i = 0; i < state->task_count; i++) {
        const struct stub_task *task = &state->tasks[i];
        struct task_place place = {
            .kind = task->kind,
            .domain = domain,
            .list_name = task->list_name,
            .run_number = stub->number,
            .scheduled_event_id = task->scheduled_event_id,
            .priority = task->priority,
            .available_at = task->available_at,
        };

        matching_add_task(&service->matching, &place, stub, &stub->tasks);
    }
    if (!bytes_is_absent(state->queued_on))
        stub->queued_on = matching_add_queued(&service->matching, domain, state->queued_on);
}

/* ---- the change for the store ---- */

/* Removals of heartbeat records, gathered while activities close. */
struct dropped_heartbeats {
    struct heartbeat_change *items;
    size_t count, capacity;
};

/* An event ends one activity, or all that are open when it ends the run, and is the last then. Room
 * for all of them in every transaction would be the square of them where all end in one turn. */
static struct dropped_heartbeats room_for_dropped(const struct execution *execution,
                                                  const struct event_list *events,
                                                  struct arena *arena)
{
    bool closes = event_type_closes(events->items[events->count - 1].type);
    size_t capacity = events->count + (closes ? execution->activity_count : 0);

    return (struct dropped_heartbeats){
        .items = arena_array(arena, struct heartbeat_change, capacity), .capacity = capacity
    };
}

static void drop_heartbeat(struct dropped_heartbeats *dropped, const struct activity *activity)
{
    if (activity == NULL || bytes_is_absent(activity->heartbeat_details))
        return;
    ensure(dropped->count < dropped->capacity);
    dropped->items[dropped->count++] = (struct heartbeat_change){
        .scheduled_event_id = activity->scheduled_event_id
    };
}

static void drop_all_heartbeats(struct dropped_heartbeats *dropped,
                                const struct execution *execution)
{
    const struct list *node = list_first(&execution->activities);

    for (; node; node = list_next(&execution->activities, node))
        drop_heartbeat(dropped, object_of(node, const struct activity, open));
}

/* The scheduling event of the activity that this event takes out of its task list; 0: none.
 * *closes: it is over. */
static int64_t leaves_list(const struct event *event, bool *closes)
{
    *closes = true;
    switch (event->type) {
    case EVENT_ACTIVITY_TASK_STARTED:
        *closes = false;
        return event->activity_task_started->scheduled_event_id;
    case EVENT_ACTIVITY_TASK_COMPLETED:
        return event->activity_task_completed->scheduled_event_id;
    case EVENT_ACTIVITY_TASK_FAILED:
        return event->activity_task_failed->scheduled_event_id;
    case EVENT_ACTIVITY_TASK_TIMED_OUT:
        return event->activity_task_timed_out->scheduled_event_id;
    case EVENT_ACTIVITY_TASK_CANCELED:
        return event->activity_task_canceled->scheduled_event_id;
    default:
        *closes = false;
        return 0;
    }
}

static void apply_event(struct service *service, struct run *run, const struct event *event,
                        struct dropped_heartbeats *dropped)
{
    bool closes;
    int64_t scheduled_event_id = leaves_list(event, &closes);

    metrics_note_event(&service->metrics, run, event);
    if (scheduled_event_id)
        drop_activity_task(service, run, scheduled_event_id);
    if (closes)
        drop_heartbeat(dropped, execution_get_activity(run->execution, scheduled_event_id));
    if (event_type_closes(event->type))
        drop_all_heartbeats(dropped, run->execution);
    execution_apply(run->execution, event);
    if (event->type == EVENT_ACTIVITY_TASK_SCHEDULED) {
        metrics_attach(&service->metrics, run, event);
        add_activity_task(service, run, execution_get_activity(run->execution, event->id));
    }
}

static const struct bytes *encode_events(struct service *service, const struct event_list *events)
{
    struct bytes *texts = arena_array(&service->turn.arena, struct bytes, events->count);

    for (size_t i = 0; i < events->count; i++) {
        text_reset(&service->scratch);
        encode_event(&service->scratch, &events->items[i]);
        ensure(!service->scratch.overflowed);
        texts[i] = arena_copy(&service->turn.arena, text_bytes(&service->scratch));
    }
    return texts;
}

/* The run leaves memory: at once from every index, itself when the turn is over. */
static void retire(struct service *service, struct run *run)
{
    const struct open_labels labels = describe_labels(run);

    drop_all_tasks(service, run);
    recent_forget(&service->recent, &run->recent);
    visibility_remove(&service->visibility, &labels);
    awake_remove(service, run);
    runs_remove(&service->runs, run);
    run->domain->open_executions--;
    list_append(&service->turn.closed_runs, &run->closed);
}

static void apply_events(struct service *service, struct run *run, const struct event_list *events,
                         struct dropped_heartbeats *dropped)
{
    for (size_t i = 0; i < events->count; i++)
        apply_event(service, run, &events->items[i], dropped);
    service->turn.latest = instant_later(service->turn.latest, events->timestamp);
#ifdef ENSURE_SLOW
    execution_check(run->execution);
#endif
}

static struct run_change *file_change(struct service *service, struct run *run,
                                      const struct run_change *change)
{
    return turn_add_run_change(&service->turn, service->turn_number + 1, &run->pending, change);
}

/* Applies and files the events; the change says what happened to the run. */
static struct run_change *change_run(struct service *service, struct run *run,
                                     const struct event_list *events)
{
    int64_t builds_on = run->execution->next_event_id - 1;
    struct dropped_heartbeats dropped = room_for_dropped(run->execution, events,
                                                         &service->turn.arena);
    /* Written before they are applied: an event may quote what the execution forgets by it. */
    const struct bytes *texts = encode_events(service, events);
    struct run_change change;

    ensure(run->execution->next_event_id == events->items[0].id);
    apply_events(service, run, events, &dropped);
    recent_add(&service->recent, &run->recent, builds_on + 1, texts, events->count);
    change = (struct run_change){
        .key = run->key,
        .builds_on = builds_on,
        .events = texts,
        .event_count = events->count,
        .heartbeats = dropped.items,
        .heartbeat_count = dropped.count,
        .was_idle = awake_changed(service, run),
    };
    for (size_t i = 0; i < events->count; i++)
        run->history_bytes += texts[i].len;
    if (!run->execution->is_open)
        change.closing = describe_closing(run, &service->turn.arena);
    messages_owe(service, run, events);
    return file_change(service, run, &change);
}

/* After a change: where does the run stand now? */
static void settle(struct service *service, struct run *run)
{
    if (run->execution->is_open) {
        settle_decision_task(service, run);
        runs_refile_due(&service->runs, run);
    } else {
        retire(service, run);
    }
}

static bool passes_event_limit(const struct service *service, const struct run *run)
{
    uint32_t limit = service->config.limits.history_events;

    return limit && run->execution->is_open && run->execution->next_event_id - 1 > limit;
}

void step_begin(struct service *service, struct run *run, struct step *step)
{
    struct execution *execution = run->execution;

    ensure(execution_is_open(execution));
    step->run = run;
    event_list_init(&step->events, &service->turn.arena, execution->next_event_id,
                    instant_later(service->now, execution->last_event_at));
}

/* The workflow goes on in a new run, in the same commit. */
static void start_continued(struct service *service, const struct run *old,
                            const struct event *continued)
{
    struct bytes run_id = continued->workflow_execution_continued_as_new->new_execution_run_id;
    struct run_key key = { old->key.account, old->key.domain, service->next_run++ };
    struct run *run = run_new(key, old->domain, old->workflow_id, run_id);
    struct event_list events;

    event_list_init(&events, &service->turn.arena, 1, continued->timestamp);
    continue_as_new_start(old->execution, old->run_id, continued, &events);
    step_start(service, run, &events);
}

void step_finish(struct service *service, struct step *step)
{
    const struct event *last = &step->events.items[step->events.count - 1];
    struct run *run = step->run;
    struct step limit;

    change_run(service, run, &step->events);
    if (passes_event_limit(
            service,
            run)) { /* Q-EVL: after the transaction that passes the limit, one that ends the run */
        step_begin(service, run, &limit);
        close_by_event_limit(run->execution, &limit.events);
        change_run(service, run, &limit.events);
    }
    settle(service, run);
    if (last->type == EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW)
        start_continued(service, run, last);
}

/* The first of what is due, if anything is: each timer and timeout has a transaction of its own
 * (Q-TMR1). */
static bool do_first_due(struct service *service, struct run *run)
{
    struct step step;

    if (!execution_is_open(run->execution))
        return false;
    step_begin(service, run, &step);
    if (!due_decide(run->execution, service->now, &step.events))
        return false;
    step_finish(service, &step);
    return true;
}

/* Before anything else is done with the run (S2). */
bool step_due(struct service *service, struct run *run)
{
    bool any = false;

    while (do_first_due(service, run))
        any = true;
    return any;
}

bool step_due_while_there_is_room(struct service *service, struct run *run)
{
    bool any = false;

    while (!turn_is_full(&service->turn) && do_first_due(service, run))
        any = true;
    return any;
}

void step_start(struct service *service, struct run *run, const struct event_list *events)
{
    struct run_opening *opening = arena_new(&service->turn.arena, struct run_opening);
    struct open_labels labels;
    struct run_change *change;

    *opening = (struct run_opening){ run->workflow_id, run->run_id };
    change = change_run(service, run, events);
    change->opening = opening;
    labels = describe_labels(run);
    run->domain->open_executions++;
    runs_add(&service->runs, run);
    visibility_add(&service->visibility, &labels);
    awake_add(service, run);
    settle(service, run);
}

void step_heartbeat(struct service *service, struct run *run, struct activity *activity,
                    struct bytes details)
{
    struct heartbeat_change *heartbeat;

    execution_heartbeat(run->execution, activity, service->now, details);
    runs_refile_due(&service->runs, run);
    if (bytes_is_absent(details))
        return; /* only its clock was reset, and clocks begin anew at a restart */
    heartbeat = arena_new(&service->turn.arena, struct heartbeat_change);
    *heartbeat = (struct heartbeat_change){ activity->scheduled_event_id,
                                            arena_copy(&service->turn.arena, details) };
    file_change(service, run,
                &(struct run_change){
                    .key = run->key,
                    .builds_on = run->execution->next_event_id - 1,
                    .heartbeats = heartbeat,
                    .heartbeat_count = 1,
                    .was_idle = awake_changed(service, run),
                });
}
