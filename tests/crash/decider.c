#include "hand.h"

/* What a decider makes of a history. */
struct view {
    unsigned scheduled, open, completed, markers, timers, open_timers;
    bool cancel_requested;
};

static struct view view_of(const struct event *events, size_t count)
{
    struct view view = { 0 };

    for (size_t i = 0; i < count; i++) {
        enum event_type type = events[i].type;
        view.scheduled += type == EVENT_ACTIVITY_TASK_SCHEDULED;
        view.open += type == EVENT_ACTIVITY_TASK_SCHEDULED;
        view.open -= type == EVENT_ACTIVITY_TASK_COMPLETED || type == EVENT_ACTIVITY_TASK_FAILED ||
                     type == EVENT_ACTIVITY_TASK_TIMED_OUT || type == EVENT_ACTIVITY_TASK_CANCELED;
        view.completed += type == EVENT_ACTIVITY_TASK_COMPLETED;
        view.markers += type == EVENT_MARKER_RECORDED;
        view.timers += type == EVENT_TIMER_STARTED;
        view.open_timers += type == EVENT_TIMER_STARTED;
        view.open_timers -= type == EVENT_TIMER_FIRED || type == EVENT_TIMER_CANCELED;
        view.cancel_requested |= type == EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED;
    }
    return view;
}

#define DECISIONS_MAX 8

struct plan {
    struct hand *hand;
    struct decision *items;
    size_t count;
};

static struct decision *plan_add(struct plan *plan, enum decision_type type)
{
    ensure(plan->count < DECISIONS_MAX);
    struct decision *decision = &plan->items[plan->count++];
    decision->decision_type = type;
    return decision;
}

#define PLAN_NEW(plan, type) arena_new(&(plan)->hand->held_arena, struct type)

static void plan_activity(struct plan *plan, unsigned number)
{
    static const struct activity_type known = { BYTES("work"), BYTES("1") };
    static const struct activity_type unknown = { BYTES("no work"), BYTES("1") };
    struct schedule_activity_task_decision *schedule = PLAN_NEW(plan,
                                                                schedule_activity_task_decision);

    /* A type that nobody registered gives ScheduleActivityTaskFailed. */
    schedule->activity_type = !hand_is_draining(plan->hand) && hand_chance(plan->hand, 15)
                                  ? &unknown
                                  : &known;
    schedule->activity_id = arena_printf(&plan->hand->held_arena, "a-%u", number);
    schedule->input = hand_payload(plan->hand);
    if (hand_chance(plan->hand, 3))
        schedule->heartbeat_timeout = BYTES("1");
    plan_add(plan, DECISION_SCHEDULE_ACTIVITY_TASK)->schedule_activity_task = schedule;
}

static void plan_timer(struct plan *plan)
{
    struct start_timer_decision *start = PLAN_NEW(plan, start_timer_decision);

    start->timer_id = BYTES("t");
    start->start_to_fire_timeout = hand_chance(plan->hand, 2) ? BYTES("0") : BYTES("1");
    plan_add(plan, DECISION_START_TIMER)->start_timer = start;
}

static void plan_cancel_timer(struct plan *plan)
{
    struct cancel_timer_decision *cancel = PLAN_NEW(plan, cancel_timer_decision);

    cancel->timer_id = BYTES("t");
    plan_add(plan, DECISION_CANCEL_TIMER)->cancel_timer = cancel;
}

static void plan_marker(struct plan *plan)
{
    struct record_marker_decision *record = PLAN_NEW(plan, record_marker_decision);

    record->marker_name = BYTES("m");
    record->details = hand_payload(plan->hand);
    plan_add(plan, DECISION_RECORD_MARKER)->record_marker = record;
}

static void plan_close(struct plan *plan, const struct view *view, unsigned number)
{
    if (view->cancel_requested)
        plan_add(plan, DECISION_CANCEL_WORKFLOW_EXECUTION)->cancel_workflow_execution = PLAN_NEW(
            plan, cancel_workflow_execution_decision);
    else if (number % 5 == 4)
        plan_add(plan, DECISION_FAIL_WORKFLOW_EXECUTION)->fail_workflow_execution = PLAN_NEW(
            plan, fail_workflow_execution_decision);
    else
        plan_add(plan, DECISION_COMPLETE_WORKFLOW_EXECUTION)->complete_workflow_execution =
            PLAN_NEW(plan, complete_workflow_execution_decision);
}

static unsigned number_of(const struct run *run)
{
    unsigned long long number = 0;
    ensure(bytes_parse_u64(bytes_skip(run->names.workflow_id, 2), &number));
    return (unsigned)number;
}

/* By its number, a workflow wants one to four activities done, and perhaps a timer. */
static void make_plan(struct plan *plan, const struct view *view, unsigned number)
{
    unsigned wanted = 1 + number % 4;

    if (view->cancel_requested || (view->completed >= wanted && view->open_timers == 0)) {
        plan_close(plan, view, number);
        return;
    }
    if (view->markers == 0)
        plan_marker(plan);
    if (view->timers == 0 && number % 3 == 0)
        plan_timer(plan);
    if (view->open_timers > 0 && view->completed >= wanted && hand_chance(plan->hand, 2)) {
        plan_cancel_timer(plan);
        plan_close(plan, view, number); /* a canceled timer asks nobody again */
    }
    for (unsigned i = view->open; i < 2 && view->completed + i < wanted; i++)
        plan_activity(plan, view->scheduled + i - view->open);
}

static bool closes(const struct decision_list *decisions)
{
    enum decision_type last = decisions->count
                                  ? decisions->items[decisions->count - 1].decision_type
                                  : DECISION_ABSENT;

    return last == DECISION_COMPLETE_WORKFLOW_EXECUTION ||
           last == DECISION_FAIL_WORKFLOW_EXECUTION || last == DECISION_CANCEL_WORKFLOW_EXECUTION;
}

static void respond_decisions(struct hand *hand)
{
    struct respond_decision_task_completed_input input = {
        .task_token = hand->token,
        .decisions = hand->decisions,
        .execution_context = ledger_text(hand->ledger, 'c'),
    };
    struct note note = {
        .kind = NOTE_DECISIONS,
        .text = input.execution_context,
        .started_event_id = hand->started_event_id,
        .decisions = hand->decisions.count,
    };
    enum outcome outcome = hand_call_noted(hand, OPERATION_RESPOND_DECISION_TASK_COMPLETED, &input,
                                           hand->run, note);

    if (outcome == UNKNOWN)
        return; /* once more, to the next server */
    hand->token = BYTES_ABSENT;
    if (outcome == DONE && closes(&hand->decisions))
        ledger_note_closed(hand->ledger, hand->run);
}

static void hold_decision_task(struct hand *hand, const struct decision_task_output *task)
{
    struct plan plan = { .hand = hand };
    struct event *events;
    size_t count;

    if (client_events(hand->caller.client, &hand->caller.reply, &hand->caller.arena, &events,
                      &count) != OK ||
        task->next_page_token.len > 0) {
        ledger_complain(hand->ledger, "a decision task without its whole history");
        return;
    }
    arena_reset(&hand->held_arena);
    plan.items = arena_array(&hand->held_arena, struct decision, DECISIONS_MAX);
    struct view view = view_of(events, count);
    make_plan(&plan, &view, number_of(hand->run));
    hand_take(hand, task->task_token, task->started_event_id);
    hand->decisions = (struct decision_list){ plan.items, plan.count };
}

static void poll_decisions(struct hand *hand)
{
    static const struct task_list list = { BYTES("decide") };
    struct poll_for_decision_task_input input = {
        .domain = DOMAIN,
        .task_list = &list,
        .identity = ledger_text(hand->ledger, 'd'),
    };

    if (hand_call(hand, OPERATION_POLL_FOR_DECISION_TASK, &input) != DONE)
        return;
    const struct decision_task_output *task = hand->caller.reply.output;
    if (task->task_token.len == 0)
        return;
    hand->run = ledger_find_run(hand->ledger, task->workflow_execution);
    if (!hand->run)
        return;
    ledger_enter(hand->ledger, hand->run,
                 (struct note){ .kind = NOTE_DECISION_TASK,
                                .outcome = DONE,
                                .text = input.identity,
                                .started_event_id = task->started_event_id });
    if (hand_is_draining(hand) || !hand_chance(hand, 30)) /* else dropped: it times out */
        hold_decision_task(hand, task);
}

void decider_act(struct hand *hand)
{
    if (bytes_is_absent(hand->token))
        poll_decisions(hand);
    else
        respond_decisions(hand);
}
