#include "hand.h"

/*
 * What a workflow does follows from its number: all of a family have one.
 *
 *   every second      starts children; of every sixth these start one each, too
 *   every third       calls a function, and starts a timer
 *   every fourth      closes while its children are open: their policy is drawn
 *   every fifth       continues as new before it closes, once
 *
 * A child sends its parent a signal; a parent sends one to each child that began, and cancels some.
 */

#define CHILDREN_MAX 3

/* What a decider makes of a history. */
struct view {
    unsigned number, depth; /* depth: 0 of what a visitor started */
    unsigned scheduled, open, completed, markers, timers, open_timers;
    unsigned initiated, open_children, functions, open_functions, sent;
    unsigned begun_count;
    struct workflow_execution begun[CHILDREN_MAX];
    struct bytes parent; /* absent: none */
    bool cancel_requested, continued;
};

static void view_start(struct view *view, const struct workflow_execution_started_event *start)
{
    view->continued = start->continued_execution_run_id.len > 0;
    if (start->parent_workflow_execution)
        view->parent = start->parent_workflow_execution->workflow_id;
}

static void view_activity(struct view *view, enum event_type type)
{
    view->scheduled += type == EVENT_ACTIVITY_TASK_SCHEDULED;
    view->open += type == EVENT_ACTIVITY_TASK_SCHEDULED;
    view->open -= type == EVENT_ACTIVITY_TASK_COMPLETED || type == EVENT_ACTIVITY_TASK_FAILED ||
                  type == EVENT_ACTIVITY_TASK_TIMED_OUT || type == EVENT_ACTIVITY_TASK_CANCELED;
    view->completed += type == EVENT_ACTIVITY_TASK_COMPLETED;
    view->timers += type == EVENT_TIMER_STARTED;
    view->open_timers += type == EVENT_TIMER_STARTED;
    view->open_timers -= type == EVENT_TIMER_FIRED || type == EVENT_TIMER_CANCELED;
    view->functions += type == EVENT_LAMBDA_FUNCTION_SCHEDULED;
    view->open_functions += type == EVENT_LAMBDA_FUNCTION_SCHEDULED;
    view->open_functions -= type == EVENT_LAMBDA_FUNCTION_COMPLETED ||
                            type == EVENT_LAMBDA_FUNCTION_FAILED ||
                            type == EVENT_LAMBDA_FUNCTION_TIMED_OUT ||
                            type == EVENT_START_LAMBDA_FUNCTION_FAILED;
}

static void view_others(struct view *view, const struct event *event)
{
    enum event_type type = event->type;

    view->initiated += type == EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED;
    view->open_children += type == EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED;
    view->open_children -= type == EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED ||
                           type == EVENT_CHILD_WORKFLOW_EXECUTION_FAILED ||
                           type == EVENT_CHILD_WORKFLOW_EXECUTION_CANCELED ||
                           type == EVENT_CHILD_WORKFLOW_EXECUTION_TIMED_OUT ||
                           type == EVENT_CHILD_WORKFLOW_EXECUTION_TERMINATED ||
                           type == EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED;
    view->sent += type == EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED;
    if (type == EVENT_CHILD_WORKFLOW_EXECUTION_STARTED && view->begun_count < CHILDREN_MAX)
        view->begun[view->begun_count++] =
            *event->child_workflow_execution_started->workflow_execution;
    view->markers += type == EVENT_MARKER_RECORDED;
    view->cancel_requested |= type == EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED;
}

/* "w-12.345.678": number 12, depth 2. */
static void view_name(struct view *view, struct bytes id)
{
    for (size_t i = 2; i < id.len && id.ptr[i] != '.'; i++)
        view->number = view->number * 10 + (unsigned)(id.ptr[i] - '0');
    for (size_t i = 0; i < id.len; i++)
        view->depth += id.ptr[i] == '.';
}

static struct view view_of(struct bytes id, const struct event *events, size_t count)
{
    struct view view = { .parent = BYTES_ABSENT };

    view_name(&view, id);
    view_start(&view, events[0].workflow_execution_started);
    for (size_t i = 0; i < count; i++) {
        view_activity(&view, events[i].type);
        view_others(&view, &events[i]);
    }
    return view;
}

#define DECISIONS_MAX 16

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

static void plan_child(struct plan *plan, struct bytes id)
{
    static const struct workflow_type type = { BYTES("order"), BYTES("1") };
    static const struct bytes tag = CHILD_TAG;
    struct start_child_workflow_execution_decision *start = PLAN_NEW(
        plan, start_child_workflow_execution_decision);

    start->workflow_type = &type;
    start->workflow_id = id;
    start->input = hand_payload(plan->hand);
    start->tag_list = (struct bytes_list){ &tag, 1 };
    start->child_policy = (enum child_policy)(
        1 + random_below(&plan->hand->random, CHILD_POLICY_COUNT));
    plan_add(plan, DECISION_START_CHILD_WORKFLOW_EXECUTION)->start_child_workflow_execution = start;
}

/* Sometimes one whose workflow runs already: its parent. */
static void plan_children(struct plan *plan, const struct view *view)
{
    struct hand *hand = plan->hand;
    struct bytes own = hand->run->names.workflow_id;
    unsigned count = view->depth == 0 ? 1 + (unsigned)random_below(&hand->random, CHILDREN_MAX) : 1;

    for (unsigned i = 0; i < count; i++) {
        struct bytes part = ledger_text(hand->ledger, '.');
        plan_child(plan, arena_printf(&hand->held_arena, "%.*s.%.*s", BYTES_FMT(own),
                                      BYTES_FMT(bytes_skip(part, 2))));
    }
    if (hand_chance(hand, 8))
        plan_child(plan, own);
}

static void plan_signal(struct plan *plan, struct bytes id, struct bytes run_id)
{
    struct signal_external_workflow_execution_decision *send = PLAN_NEW(
        plan, signal_external_workflow_execution_decision);

    send->workflow_id = id;
    send->run_id = run_id;
    send->signal_name = ledger_text(plan->hand->ledger, 'e');
    send->input = hand_payload(plan->hand);
    plan_add(plan, DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION)
        ->signal_external_workflow_execution = send;
}

static void plan_cancel(struct plan *plan, struct bytes id)
{
    struct request_cancel_external_workflow_execution_decision *cancel = PLAN_NEW(
        plan, request_cancel_external_workflow_execution_decision);

    cancel->workflow_id = id;
    plan_add(plan, DECISION_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION)
        ->request_cancel_external_workflow_execution = cancel;
}

static void plan_function(struct plan *plan)
{
    struct schedule_lambda_function_decision *schedule = PLAN_NEW(
        plan, schedule_lambda_function_decision);

    schedule->id = BYTES("l");
    schedule->name = BYTES("f");
    schedule->input = ledger_text(plan->hand->ledger, 'l');
    schedule->start_to_close_timeout = BYTES("2");
    plan_add(plan, DECISION_SCHEDULE_LAMBDA_FUNCTION)->schedule_lambda_function = schedule;
}

static void plan_continue(struct plan *plan)
{
    struct continue_as_new_workflow_execution_decision *go_on = PLAN_NEW(
        plan, continue_as_new_workflow_execution_decision);

    go_on->input = hand_payload(plan->hand);
    plan_add(plan, DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION)
        ->continue_as_new_workflow_execution = go_on;
}

static void plan_close(struct plan *plan, const struct view *view)
{
    if (view->cancel_requested)
        plan_add(plan, DECISION_CANCEL_WORKFLOW_EXECUTION)->cancel_workflow_execution = PLAN_NEW(
            plan, cancel_workflow_execution_decision);
    else if (view->number % 5 == 2 && !view->continued && !hand_is_draining(plan->hand))
        plan_continue(plan);
    else if (view->number % 5 == 4)
        plan_add(plan, DECISION_FAIL_WORKFLOW_EXECUTION)->fail_workflow_execution = PLAN_NEW(
            plan, fail_workflow_execution_decision);
    else
        plan_add(plan, DECISION_COMPLETE_WORKFLOW_EXECUTION)->complete_workflow_execution =
            PLAN_NEW(plan, complete_workflow_execution_decision);
}

static void plan_beginning(struct plan *plan, const struct view *view)
{
    unsigned number = view->number;

    plan_marker(plan);
    if (!bytes_is_absent(view->parent))
        plan_signal(plan, arena_copy(&plan->hand->held_arena, view->parent), BYTES_ABSENT);
    if (hand_is_draining(plan->hand) || view->continued)
        return;
    if (number % 3 == 0)
        plan_function(plan);
    if ((view->depth == 0 && number % 2 == 0) || (view->depth == 1 && number % 6 == 0))
        plan_children(plan, view);
}

/* One to each child, some of them by their run ids; and to nobody. */
static void plan_signals(struct plan *plan, const struct view *view)
{
    unsigned sent = view->sent - !bytes_is_absent(view->parent);

    for (unsigned i = sent; i < view->begun_count; i++) {
        const struct workflow_execution *child = &view->begun[i];
        bool by_run = hand_chance(plan->hand, 2);
        plan_signal(plan, arena_copy(&plan->hand->held_arena, child->workflow_id),
                    by_run ? arena_copy(&plan->hand->held_arena, child->run_id) : BYTES_ABSENT);
        if (hand_chance(plan->hand, 6))
            plan_cancel(plan, arena_copy(&plan->hand->held_arena, child->workflow_id));
    }
    if (hand_chance(plan->hand, 40))
        plan_cancel(plan, BYTES("nobody"));
}

static bool waits_for_others(const struct view *view)
{
    return view->number % 4 != 0 && (view->open_children > 0 || view->open_functions > 0);
}

/* By its number, a workflow wants one to four activities done, and perhaps a timer. */
static void make_plan(struct plan *plan, const struct view *view)
{
    unsigned wanted = view->continued || view->depth > 0 ? 1 : 1 + view->number % 4;
    bool is_done = view->completed >= wanted && !waits_for_others(view);

    if (view->cancel_requested || (is_done && view->open_timers == 0)) {
        plan_close(plan, view);
        return;
    }
    if (view->markers == 0)
        plan_beginning(plan, view);
    else
        plan_signals(plan, view);
    if (view->timers == 0 && view->number % 3 == 0)
        plan_timer(plan);
    if (view->open_timers > 0 && is_done && hand_chance(plan->hand, 2)) {
        plan_cancel_timer(plan);
        plan_close(plan, view); /* a canceled timer asks nobody again */
        return;
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
           last == DECISION_FAIL_WORKFLOW_EXECUTION || last == DECISION_CANCEL_WORKFLOW_EXECUTION ||
           last == DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION;
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
    struct view view = view_of(hand->run->names.workflow_id, events, count);
    make_plan(&plan, &view);
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
    struct note note = { .kind = NOTE_DECISION_TASK,
                         .text = input.identity,
                         .started_event_id = task->started_event_id };
    if (!hand_note_task(hand, task->task_token, task->workflow_execution, note))
        return;
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
