#include "cmd/role.h"

#include "base/ensure.h"
#include "cmd/functions.h"
#include "cmd/order.h"

/* ---- reading a history */

/* The newest event of this type, or NULL. */
static const struct event *last_of(const struct past *past, enum event_type type)
{
    for (size_t i = past->count; i > 0; i--) {
        if (past->events[i - 1].type == type)
            return &past->events[i - 1];
    }
    return NULL;
}

static bool has(const struct past *past, enum event_type type)
{
    return last_of(past, type) != NULL;
}

static size_t count_of(const struct past *past, enum event_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < past->count; i++)
        count += past->events[i].type == type;
    return count;
}

static const struct workflow_execution_started_event *beginning(const struct past *past)
{
    return past->events[0].workflow_execution_started;
}

/* The workflowId of another of the same run: "NAME-NUMBER". */
static struct bytes id_of(const struct past *past, const char *name, struct plan *plan)
{
    size_t dash = bytes_find_last(past->workflow_id, '-');
    return arena_printf(plan->arena, "%s%.*s", name,
                        BYTES_FMT(bytes_skip(past->workflow_id, dash)));
}

/* ---- making decisions */

static void add(struct plan *plan, struct decision decision)
{
    ensure(plan->count < ROLE_DECISIONS_MAX);
    plan->items[plan->count++] = decision;
}

static void complete(struct plan *plan, struct bytes result)
{
    struct complete_workflow_execution_decision *complete = arena_new(
        plan->arena, struct complete_workflow_execution_decision);
    complete->result = result;
    add(plan, (struct decision){ .decision_type = DECISION_COMPLETE_WORKFLOW_EXECUTION,
                                 .complete_workflow_execution = complete });
}

static const struct task_list *same_list(const struct past *past)
{
    return beginning(past)->task_list;
}

static void start_child(const struct past *past, struct plan *plan, const char *name)
{
    struct start_child_workflow_execution_decision *start = arena_new(
        plan->arena, struct start_child_workflow_execution_decision);
    struct workflow_type *type = arena_new(plan->arena, struct workflow_type);
    *type = (struct workflow_type){ BYTES("child"), BYTES(ROLE_VERSION) };
    start->workflow_type = type;
    start->workflow_id = id_of(past, name, plan);
    start->task_list = same_list(past);
    start->input = bytes_of_cstr(name);
    add(plan, (struct decision){ .decision_type = DECISION_START_CHILD_WORKFLOW_EXECUTION,
                                 .start_child_workflow_execution = start });
}

static void signal_other(struct plan *plan, struct bytes workflow_id, struct bytes input)
{
    struct signal_external_workflow_execution_decision *signal = arena_new(
        plan->arena, struct signal_external_workflow_execution_decision);
    signal->workflow_id = workflow_id;
    signal->signal_name = BYTES("dinner");
    signal->input = input;
    add(plan, (struct decision){ .decision_type = DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION,
                                 .signal_external_workflow_execution = signal });
}

static void cancel_other(struct plan *plan, struct bytes workflow_id)
{
    struct request_cancel_external_workflow_execution_decision *cancel = arena_new(
        plan->arena, struct request_cancel_external_workflow_execution_decision);
    cancel->workflow_id = workflow_id;
    add(plan,
        (struct decision){ .decision_type = DECISION_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION,
                           .request_cancel_external_workflow_execution = cancel });
}

static void cancel_oneself(struct plan *plan, struct bytes details)
{
    struct cancel_workflow_execution_decision *cancel = arena_new(
        plan->arena, struct cancel_workflow_execution_decision);
    cancel->details = details;
    add(plan, (struct decision){ .decision_type = DECISION_CANCEL_WORKFLOW_EXECUTION,
                                 .cancel_workflow_execution = cancel });
}

static void go_on_as_new(const struct past *past, struct plan *plan, struct bytes input)
{
    struct continue_as_new_workflow_execution_decision *next = arena_new(
        plan->arena, struct continue_as_new_workflow_execution_decision);
    next->task_list = same_list(past);
    next->input = input;
    add(plan, (struct decision){ .decision_type = DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION,
                                 .continue_as_new_workflow_execution = next });
}

static void record_marker(struct plan *plan, struct bytes name, struct bytes details)
{
    struct record_marker_decision *marker = arena_new(plan->arena, struct record_marker_decision);
    marker->marker_name = name;
    marker->details = details;
    add(plan,
        (struct decision){ .decision_type = DECISION_RECORD_MARKER, .record_marker = marker });
}

static void start_timer(struct plan *plan, struct bytes id, struct bytes seconds)
{
    struct start_timer_decision *timer = arena_new(plan->arena, struct start_timer_decision);
    timer->timer_id = id;
    timer->start_to_fire_timeout = seconds;
    add(plan, (struct decision){ .decision_type = DECISION_START_TIMER, .start_timer = timer });
}

static void schedule(const struct past *past, struct plan *plan, struct bytes id,
                     struct bytes priority)
{
    struct schedule_activity_task_decision *schedule = arena_new(
        plan->arena, struct schedule_activity_task_decision);
    struct activity_type *type = arena_new(plan->arena, struct activity_type);
    *type = (struct activity_type){ BYTES(ROLE_ACTIVITY), BYTES(ROLE_VERSION) };
    schedule->activity_type = type;
    schedule->activity_id = id;
    schedule->task_priority = priority;
    schedule->task_list = same_list(past);
    add(plan, (struct decision){ .decision_type = DECISION_SCHEDULE_ACTIVITY_TASK,
                                 .schedule_activity_task = schedule });
}

static void call_function(struct plan *plan, struct bytes name, struct bytes input)
{
    struct schedule_lambda_function_decision *call = arena_new(
        plan->arena, struct schedule_lambda_function_decision);
    call->id = name;
    call->name = name;
    call->input = input;
    call->start_to_close_timeout = BYTES("30");
    add(plan, (struct decision){ .decision_type = DECISION_SCHEDULE_LAMBDA_FUNCTION,
                                 .schedule_lambda_function = call });
}

/* ---- the roles */

/* One child runs to its end; then another is left open, and our close decides its fate. */
static void decide_parent(const struct past *past, struct plan *plan)
{
    const struct event *done = last_of(past, EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED);
    size_t initiated = count_of(past, EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED);
    size_t started = count_of(past, EVENT_CHILD_WORKFLOW_EXECUTION_STARTED);

    if (initiated == 0)
        start_child(past, plan, "errand");
    else if (done && initiated == 1)
        start_child(past, plan, "dawdler");
    else if (started == 2)
        complete(plan, done->child_workflow_execution_completed->result);
}

static void decide_child(const struct past *past, struct plan *plan)
{
    if (bytes_equal_cstr(beginning(past)->input, "errand"))
        complete(plan, BYTES("milk and bread"));
}

static void decide_listener(const struct past *past, struct plan *plan)
{
    const struct event *signal = last_of(past, EVENT_WORKFLOW_EXECUTION_SIGNALED);
    if (signal)
        complete(plan, signal->workflow_execution_signaled->input);
}

static void decide_caller(const struct past *past, struct plan *plan)
{
    size_t initiated = count_of(past, EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED);

    if (initiated == 0)
        signal_other(plan, id_of(past, "listener", plan), BYTES("it is on the table"));
    else if (initiated == 1 && has(past, EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED))
        signal_other(plan, id_of(past, "nobody", plan), BYTES_ABSENT);
    else if (has(past, EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED))
        complete(plan, BYTES("one heard it, one does not exist"));
}

/* A request to cancel is a wish: the decider may tidy up first, or carry on. */
static void decide_patient(const struct past *past, struct plan *plan)
{
    if (has(past, EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED))
        cancel_oneself(plan, BYTES("tidied up"));
}

static void decide_hasty(const struct past *past, struct plan *plan)
{
    if (!has(past, EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED))
        cancel_other(plan, id_of(past, "patient", plan));
    else if (has(past, EVENT_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED))
        complete(plan, BYTES("asked, and that is all one can do"));
}

static void decide_countdown(const struct past *past, struct plan *plan)
{
    if (bytes_equal_cstr(beginning(past)->input, "3"))
        go_on_as_new(past, plan, BYTES("2"));
    else if (bytes_equal_cstr(beginning(past)->input, "2"))
        go_on_as_new(past, plan, BYTES("1"));
    else
        complete(plan, BYTES("lift-off"));
}

/* The dice are thrown once: whoever decides next reads how they fell. */
static void decide_gambler(const struct past *past, struct plan *plan)
{
    const struct event *marker = last_of(past, EVENT_MARKER_RECORDED);

    if (!marker) {
        record_marker(plan, BYTES("dice"), BYTES("4"));
        start_timer(plan, BYTES("blink"), BYTES("0"));
    } else if (has(past, EVENT_TIMER_FIRED)) {
        complete(plan, marker->marker_recorded->details);
    }
}

static void decide_hospital(const struct past *past, struct plan *plan)
{
    if (!has(past, EVENT_ACTIVITY_TASK_SCHEDULED)) {
        schedule(past, plan, BYTES("check-up"), BYTES("-5"));
        schedule(past, plan, BYTES("broken-arm"), BYTES("0"));
        schedule(past, plan, BYTES("heart-attack"), BYTES("10"));
    } else if (count_of(past, EVENT_ACTIVITY_TASK_COMPLETED) == 3) {
        complete(plan, BYTES("everybody is well"));
    }
}

static void decide_shopper(const struct past *past, struct plan *plan)
{
    const struct event *done = last_of(past, EVENT_LAMBDA_FUNCTION_COMPLETED);

    if (has(past, EVENT_SCHEDULE_LAMBDA_FUNCTION_FAILED))
        complete(plan, BYTES("this server calls no functions"));
    else if (!has(past, EVENT_LAMBDA_FUNCTION_SCHEDULED))
        call_function(plan, BYTES(FUNCTION_PRICE), BYTES("{\"teapots\":3}"));
    else if (!has(past, EVENT_LAMBDA_FUNCTION_FAILED) && done)
        call_function(plan, BYTES(FUNCTION_BROKEN), BYTES("{}"));
    else if (has(past, EVENT_LAMBDA_FUNCTION_FAILED))
        complete(plan, done ? done->lambda_function_completed->result : BYTES("no price"));
}

const struct role roles[] = {
    /* type       decide */
    { "parent", decide_parent },       { "child", decide_child },
    { "listener", decide_listener },   { "caller", decide_caller },
    { "patient", decide_patient },     { "hasty", decide_hasty },
    { "countdown", decide_countdown }, { "gambler", decide_gambler },
    { "hospital", decide_hospital },   { "shopper", decide_shopper },
};
const size_t role_count = sizeof roles / sizeof roles[0];

const struct role *role_find(struct bytes type)
{
    for (size_t i = 0; i < role_count; i++) {
        if (bytes_equal_cstr(type, roles[i].type))
            return &roles[i];
    }
    return NULL;
}
