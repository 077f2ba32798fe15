/*
 * Task lists: no more than a look at all that is pending. A task goes to one poll: of the tasks the
 * one of the highest priority, then the one that is there for the longest time, then that of the
 * run that started first, then that of the earlier event; of the polls the one that came first.
 */
#include "oracle_inner.h"
#include "model/priority.h"

struct candidate {
    struct oracle_run *run;
    int32_t priority;
    struct instant available_at;
    int64_t scheduled_id;
};

static bool comes_before(const struct candidate *a, const struct candidate *b)
{
    if (a->priority != b->priority)
        return a->priority > b->priority;
    if (a->available_at.ms != b->available_at.ms)
        return a->available_at.ms < b->available_at.ms;
    if (a->run != b->run)
        return a->run->key.run < b->run->key.run;
    return a->scheduled_id < b->scheduled_id;
}

static void consider(struct candidate *best, struct candidate other)
{
    if (best->run == NULL || comes_before(&other, best))
        *best = other;
}

static bool is_available(const struct oracle_run *run)
{
    return run->waiting.scheduled_id && !run->started.scheduled_id;
}

static void consider_run(struct candidate *best, struct oracle_run *run, struct bytes list,
                         bool decisions)
{
    const struct oracle_decision_task *task = &run->waiting;

    if (decisions) {
        if (is_available(run) && bytes_equal(task->says->task_list->name, list))
            consider(best, (struct candidate){ run, priority_parse(task->says->task_priority),
                                               task->available_at, task->scheduled_id });
        return;
    }
    for (const struct oracle_activity *activity = run->activities; activity;
         activity = activity->next)
        if (activity->started_id == 0 && bytes_equal(activity->says->task_list->name, list))
            consider(best, (struct candidate){ run, priority_parse(activity->says->task_priority),
                                               activity->scheduled_at, activity->scheduled_id });
}

/* What a poll of this list would get; its run is NULL when there is nothing. */
static struct candidate next_task(struct oracle *oracle, const struct oracle_domain *domain,
                                  struct bytes list, bool decisions)
{
    struct candidate best = { .run = NULL };

    for (struct oracle_run *run = oracle->open; run; run = run->next_open)
        if (run->domain == domain)
            consider_run(&best, run, list, decisions);
    return best;
}

size_t tasks_waiting(struct oracle *oracle, struct oracle_domain *domain, struct bytes list,
                     bool decisions)
{
    size_t count = 0;

    for (struct oracle_run *run = oracle->open; run; run = run->next_open) {
        if (run->domain != domain)
            continue;
        if (decisions) {
            count += run->waiting.scheduled_id &&
                     bytes_equal(run->waiting.says->task_list->name, list);
            continue;
        }
        for (const struct oracle_activity *activity = run->activities; activity;
             activity = activity->next)
            count += activity->started_id == 0 &&
                     bytes_equal(activity->says->task_list->name, list);
    }
    return count;
}

/* ---- polls */

static bool waits_for(const struct oracle_waiter *waiter, const struct oracle_domain *domain,
                      struct bytes list, bool decisions)
{
    return !waiter->is_ended && waiter->given == NULL && waiter->for_decisions == decisions &&
           waiter->domain == domain && bytes_equal(waiter->list, list);
}

static struct oracle_waiter *first_waiter(struct oracle *oracle, const struct oracle_domain *domain,
                                          struct bytes list, bool decisions)
{
    for (struct oracle_waiter *waiter = oracle->waiters; waiter; waiter = waiter->next)
        if (waits_for(waiter, domain, list, decisions))
            return waiter;
    return NULL;
}

static size_t waiter_count(struct oracle *oracle, const struct oracle_domain *domain,
                           struct bytes list, bool decisions)
{
    size_t count = 0;

    for (struct oracle_waiter *waiter = oracle->waiters; waiter; waiter = waiter->next)
        count += waits_for(waiter, domain, list, decisions);
    return count;
}

static void poll_says(const struct request *request, struct bytes *domain, struct bytes *list,
                      struct bytes *identity)
{
    if (request->operation == OPERATION_POLL_FOR_DECISION_TASK) {
        *domain = request->poll_for_decision_task->domain;
        *list = request->poll_for_decision_task->task_list->name;
        *identity = request->poll_for_decision_task->identity;
    } else {
        *domain = request->poll_for_activity_task->domain;
        *list = request->poll_for_activity_task->task_list->name;
        *identity = request->poll_for_activity_task->identity;
    }
}

bool polls_expect(struct oracle *oracle, const struct request *request, struct outcome *out)
{
    struct bytes name, list, identity;
    struct oracle_domain *domain;
    bool decisions = request->operation == OPERATION_POLL_FOR_DECISION_TASK;
    uint32_t limit = oracle->rules.limits.pollers_per_list;

    poll_says(request, &name, &list, &identity);
    domain = domain_find(oracle, name);
    if (domain == NULL) {
        out->fault = unknown_domain(oracle, name);
    } else if (limit && waiter_count(oracle, domain, list, decisions) >= limit) {
        out->fault = fault_of(
            FAULT_LIMIT_EXCEEDED,
            BYTES("Limit on maximum concurrent poll requests per task list reached"));
    } else {
        out->waits = true;
    }
    return true;
}

void poll_wait(struct oracle *oracle, struct seen_call *call)
{
    struct oracle_waiter *waiter = memory_new(sizeof(*waiter));
    struct oracle_waiter **end = &oracle->waiters;
    struct bytes name;

    while (*end)
        end = &(*end)->next;
    *end = waiter;
    waiter->call = call;
    waiter->for_decisions = call->request->operation == OPERATION_POLL_FOR_DECISION_TASK;
    poll_says(call->request, &name, &waiter->list, &waiter->identity);
    waiter->domain = domain_find(oracle, name);
    call->waits = waiter;
}

void poll_forget(struct oracle *oracle, struct oracle_waiter *waiter)
{
    struct oracle_waiter **place = &oracle->waiters;

    while (*place != waiter)
        place = &(*place)->next;
    *place = waiter->next;
    waiter->call->waits = NULL;
    memory_free(waiter);
}

void oracle_gone(struct oracle *oracle, struct seen_call *call)
{
    if (call->waits)
        poll_forget(oracle, call->waits);
}

/* ---- handing out */

static bool hand_out(struct oracle *oracle, const struct seen_step *step,
                     const struct candidate *task, bool decisions, struct bytes list_name)
{
    struct oracle_run *run = task->run;
    struct oracle_waiter *waiter = first_waiter(oracle, run->domain, list_name, decisions);
    struct event_list list;

    if (waiter == NULL)
        return complain(oracle, "run %llu: a task of list %.*s goes to nobody",
                        (unsigned long long)run->key.run, BYTES_FMT(list_name));
    foretell(oracle, run, &list);
    if (decisions) {
        struct decision_task_started_event *says = attributes_new(
            &list, struct decision_task_started_event);

        *says = (struct decision_task_started_event){ waiter->identity, task->scheduled_id };
        event_list_add(&list, EVENT_DECISION_TASK_STARTED, says);
    } else {
        struct activity_task_started_event *says = attributes_new(
            &list, struct activity_task_started_event);

        *says = (struct activity_task_started_event){ waiter->identity, task->scheduled_id };
        event_list_add(&list, EVENT_ACTIVITY_TASK_STARTED, says);
    }
    if (!is_foretold(oracle, step, &list))
        return complain(oracle, "run %llu: a task goes to another poll than %.*s, which came first",
                        (unsigned long long)run->key.run, BYTES_FMT(waiter->identity));
    waiter->given = run;
    waiter->scheduled_id = task->scheduled_id;
    waiter->started_id = step->first;
    waiter->previous_started_id = run->previous_started_id;
    run_apply(oracle, run, step);
    return true;
}

bool explain_handout(struct oracle *oracle, struct oracle_run *run, const struct seen_step *step)
{
    const struct event *event = &step->events[0];
    bool decisions = event->type == EVENT_DECISION_TASK_STARTED;
    const struct oracle_activity *activity;
    struct candidate best;
    struct bytes list;
    int64_t scheduled_id;

    if (!run->is_open || (!decisions && event->type != EVENT_ACTIVITY_TASK_STARTED))
        return false;
    if (decisions) {
        if (!is_available(run))
            return false;
        scheduled_id = event->decision_task_started->scheduled_event_id;
        list = run->waiting.says->task_list->name;
    } else {
        scheduled_id = event->activity_task_started->scheduled_event_id;
        activity = activity_with(run, scheduled_id);
        if (activity == NULL || activity->started_id)
            return false;
        list = activity->says->task_list->name;
    }
    if (!first_waiter(oracle, run->domain, list, decisions))
        return false; /* a later call's */
    best = next_task(oracle, run->domain, list, decisions);
    if (best.run != run || best.scheduled_id != scheduled_id)
        return complain(oracle,
                        "run %llu: the task of event %lld is handed out before that of run %llu, "
                        "event %lld",
                        (unsigned long long)run->key.run, (long long)scheduled_id,
                        (unsigned long long)best.run->key.run, (long long)best.scheduled_id);
    return hand_out(oracle, step, &best, decisions, list);
}

/* A poll waits while there is nothing for it. */
bool lists_check(struct oracle *oracle)
{
    for (struct oracle_waiter *waiter = oracle->waiters; waiter; waiter = waiter->next) {
        struct candidate task;

        if (waiter->is_ended)
            continue;
        task = next_task(oracle, waiter->domain, waiter->list, waiter->for_decisions);
        if (task.run)
            return complain(oracle,
                            "run %llu: the task of event %lld waits, and so does a poll of "
                            "its list %.*s",
                            (unsigned long long)task.run->key.run, (long long)task.scheduled_id,
                            BYTES_FMT(waiter->list));
    }
    return true;
}
