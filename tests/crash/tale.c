/*
 *   p    starts c1 c2 c3 t r a, and itself, which fails; calls a function
 *        when all have begun, c1 and c2 have ended, and t r a say that they are ready:
 *        signals c3 twice, and nobody; cancels c3
 *        when c3 is canceled: a client signals it, terminates t, registers, tags;
 *        then it tells r and a to close
 *        when t r a have ended: continues as new, and starts z, tells the abandoned one to end
 *        when z has ended: completes
 *   c1   completes          c2   continues as new, then completes
 *   c3   cancels itself when it has two signals and a cancel request
 *   t    TERMINATE: starts t.a and t.b, says it is ready, is terminated
 *   r    REQUEST_CANCEL: starts r.a, says it is ready, completes when told
 *   a    ABANDON: starts a.a, says it is ready, fails when told
 *   t.a, t.b, r.a, a.a   wait; for a cancel request, for a signal
 */
#include "tale.h"

#include <stdio.h>

#define LIST BYTES("tale")
#define LATE_TYPE BYTES("late")
#define EMPTY_POLLS_MAX 30 /* of a second each, in one life; the longest timeout is two */

static const struct task_list list = { LIST };
static const struct workflow_type type = { TALE_TYPE, BYTES("1") };

void tale_init(struct tale *tale, struct bytes payload)
{
    *tale = (struct tale){ .token = BYTES_ABSENT };
    arena_init(&tale->arena, "tale", 8u << 20);
    tale->payload = arena_copy(&tale->arena, payload);
}

void tale_deinit(struct tale *tale)
{
    arena_deinit(&tale->arena);
}

static void fail(struct tale *tale, const char *what, struct bytes detail)
{
    if (tale->problem[0] == '\0')
        snprintf(tale->problem, sizeof tale->problem, "%s %.*s", what, BYTES_FMT(detail));
}

/* A text that nobody else has; acknowledged ones must be in a history. */
static struct bytes fresh_text(struct tale *tale)
{
    return arena_printf(&tale->arena, "x-%u", ++tale->texts);
}

static void tell_witness(struct tale *tale, struct bytes text)
{
    if (tale->witness && text.len > 0)
        tale->witness(tale->witness_context, text);
}

static void note_said(struct tale *tale, struct bytes text)
{
    if (tale->said_count == TALE_TEXTS_MAX)
        fail(tale, "too many tasks", BYTES_ABSENT);
    else
        tale->said[tale->said_count++] = text;
    tell_witness(tale, text);
}

/* ---- what is asked for once */

/* What is in a history when it was done; where it leaves no text of its own there, nothing. */
static const struct bytes deed_texts[TALE_DEEDS] = {
    [TALE_START] = TALE_INPUT,
    [TALE_SIGNAL] = BYTES("late"),
    [TALE_TERMINATE] = BYTES("enough"),
};

/* Asks until it is answered; the fault that says it was done already is fine when an answer may
 * have been lost. False: not done. */
static bool do_once(struct tale *tale, enum tale_deed deed, enum operation operation,
                    const void *input, const char *already)
{
    if (tale->done[deed])
        return true;
    enum outcome outcome = caller_call(&tale->caller, operation, input);
    if (outcome == REFUSED &&
        (tale->lives == 1 || !caller_was_refused_with(&tale->caller, already)))
        fail(tale, operation_names[operation], tale->caller.reply.fault);
    tale->done[deed] = outcome != UNKNOWN;
    if (outcome == DONE)
        tell_witness(tale, deed_texts[deed]);
    return tale->done[deed] && tale->problem[0] == '\0';
}

static bool begin(struct tale *tale)
{
    struct register_domain_input domain = {
        .name = TALE_DOMAIN,
        .workflow_execution_retention_period_in_days = BYTES("1"),
    };
    struct register_workflow_type_input workflow = {
        .domain = TALE_DOMAIN,
        .name = TALE_TYPE,
        .version = BYTES("1"),
        .default_task_list = &list,
        .default_task_start_to_close_timeout = BYTES("1"),
        .default_execution_start_to_close_timeout = BYTES("3600"),
        .default_child_policy = CHILD_POLICY_TERMINATE,
        .default_lambda_role = BYTES("role"),
    };
    struct start_workflow_execution_input start = { .domain = TALE_DOMAIN,
                                                    .workflow_id = BYTES("p"),
                                                    .workflow_type = &type,
                                                    .input = deed_texts[TALE_START] };

    return do_once(tale, TALE_REGISTER_DOMAIN, OPERATION_REGISTER_DOMAIN, &domain,
                   "DomainAlreadyExistsFault") &&
           do_once(tale, TALE_REGISTER_TYPE, OPERATION_REGISTER_WORKFLOW_TYPE, &workflow,
                   "TypeAlreadyExistsFault") &&
           do_once(tale, TALE_START, OPERATION_START_WORKFLOW_EXECUTION, &start,
                   "WorkflowExecutionAlreadyStartedFault");
}

/* ---- what a decider sees */

struct view {
    struct bytes id;
    int count[EVENT_TYPE_COUNT + 1];
    int ready, signals; /* signals of the name "ready", and all others */
    bool continued, was_signaled;
};

static bool is_signal(const struct event *event, const char *name)
{
    return event->type == EVENT_WORKFLOW_EXECUTION_SIGNALED &&
           bytes_equal_cstr(event->workflow_execution_signaled->signal_name, name);
}

static struct view view_of(struct bytes id, const struct event *events, size_t count)
{
    struct view view = { .id = id };

    for (size_t i = 0; i < count; i++) {
        view.count[events[i].type]++;
        view.ready += is_signal(&events[i], "ready");
        view.was_signaled |= is_signal(&events[i], "late");
        view.signals += events[i].type == EVENT_WORKFLOW_EXECUTION_SIGNALED;
    }
    view.continued = events[0].workflow_execution_started->continued_execution_run_id.len > 0;
    return view;
}

static bool is(const struct view *view, const char *id)
{
    return bytes_equal_cstr(view->id, id);
}

/* ---- decisions */

#define DECISIONS_MAX 10

struct plan {
    struct arena *arena;
    struct decision *items;
    size_t count;
};

#define PLAN(plan, TYPE, member, ...)                                                         \
    do {                                                                                      \
        struct member##_decision *made = arena_new((plan)->arena, struct member##_decision);  \
        ensure((plan)->count < DECISIONS_MAX);                                                \
        *made = (struct member##_decision){ __VA_ARGS__ };                                    \
        (plan)->items[(plan)->count++] = (struct decision){ .decision_type = DECISION_##TYPE, \
                                                            .member = made };                 \
    } while (0)

static void child(struct plan *plan, const char *id, enum child_policy policy)
{
    static const struct bytes tag = { "family", 6 };

    PLAN(plan, START_CHILD_WORKFLOW_EXECUTION, start_child_workflow_execution,
         .workflow_id = bytes_of_cstr(id), .workflow_type = &type, .child_policy = policy,
         .tag_list = { &tag, 1 });
}

static void send(struct plan *plan, const char *id, const char *name)
{
    PLAN(plan, SIGNAL_EXTERNAL_WORKFLOW_EXECUTION, signal_external_workflow_execution,
         .workflow_id = bytes_of_cstr(id), .signal_name = bytes_of_cstr(name));
}

/* How far a workflow has come is what markers its history has. */
static void mark(struct plan *plan, const char *name)
{
    PLAN(plan, RECORD_MARKER, record_marker, .marker_name = bytes_of_cstr(name));
}

static void complete(struct plan *plan)
{
    PLAN(plan, COMPLETE_WORKFLOW_EXECUTION, complete_workflow_execution, .result = BYTES("well"));
}

static void begin_family(struct plan *plan, struct bytes payload)
{
    mark(plan, "begun");
    child(plan, "c1", CHILD_POLICY_TERMINATE);
    child(plan, "c2", CHILD_POLICY_TERMINATE);
    child(plan, "c3", CHILD_POLICY_TERMINATE);
    child(plan, "p", CHILD_POLICY_TERMINATE);
    child(plan, "t", CHILD_POLICY_TERMINATE);
    child(plan, "r", CHILD_POLICY_REQUEST_CANCEL);
    child(plan, "a", CHILD_POLICY_ABANDON);
    PLAN(plan, SCHEDULE_LAMBDA_FUNCTION, schedule_lambda_function, .id = BYTES("l"),
         .name = BYTES("f"), .input = payload, .start_to_close_timeout = BYTES("2"));
}

static bool has_begun(const struct view *view)
{
    return view->count[EVENT_CHILD_WORKFLOW_EXECUTION_STARTED] == 6 &&
           view->count[EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED] == 1 &&
           view->count[EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED] == 2 && view->ready == 3 &&
           view->count[EVENT_LAMBDA_FUNCTION_COMPLETED] +
                   view->count[EVENT_LAMBDA_FUNCTION_FAILED] +
                   view->count[EVENT_LAMBDA_FUNCTION_TIMED_OUT] ==
               1;
}

static void send_out(struct plan *plan)
{
    mark(plan, "sent");
    send(plan, "c3", "one");
    send(plan, "nobody", "one");
    send(plan, "c3", "two");
    PLAN(plan, REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION,
         request_cancel_external_workflow_execution, .workflow_id = BYTES("c3"));
}

static bool has_heard(const struct view *view)
{
    return view->count[EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED] == 2 &&
           view->count[EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED] == 1 &&
           view->count[EVENT_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED] == 1 &&
           view->count[EVENT_CHILD_WORKFLOW_EXECUTION_CANCELED] == 1;
}

static void tell_to_close(struct plan *plan)
{
    mark(plan, "told");
    send(plan, "r", "close");
    send(plan, "a", "close");
}

static bool has_ended(const struct view *view)
{
    return view->count[EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED] == 4 &&
           view->count[EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED] == 3 &&
           view->count[EVENT_CHILD_WORKFLOW_EXECUTION_FAILED] == 1 &&
           view->count[EVENT_CHILD_WORKFLOW_EXECUTION_TERMINATED] == 1;
}

static void decide_parent(struct plan *plan, const struct view *view, struct bytes payload)
{
    int marks = view->count[EVENT_MARKER_RECORDED];

    if (marks == 0)
        begin_family(plan, payload);
    else if (marks == 1 && has_begun(view))
        send_out(plan);
    else if (marks == 2 && has_heard(view))
        tell_to_close(plan);
    else if (marks == 3 && has_ended(view))
        PLAN(plan, CONTINUE_AS_NEW_WORKFLOW_EXECUTION, continue_as_new_workflow_execution,
             .input = BYTES("again"));
}

static void decide_parent_again(struct plan *plan, const struct view *view)
{
    if (view->count[EVENT_MARKER_RECORDED] == 0) {
        mark(plan, "begun again");
        child(plan, "z", CHILD_POLICY_TERMINATE);
        send(plan, "a.a", "end");
    } else if (view->count[EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED] == 1 &&
               view->count[EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED] == 1) {
        complete(plan);
    }
}

/* A child with children of its own. */
static void decide_child_parent(struct plan *plan, const struct view *view)
{
    int marks = view->count[EVENT_MARKER_RECORDED];
    int begun = view->count[EVENT_CHILD_WORKFLOW_EXECUTION_STARTED];

    if (marks == 0) {
        mark(plan, "begun");
        child(plan, is(view, "t") ? "t.a" : is(view, "r") ? "r.a" : "a.a", CHILD_POLICY_TERMINATE);
        if (is(view, "t"))
            child(plan, "t.b", CHILD_POLICY_TERMINATE);
    } else if (marks == 1 && begun == (is(view, "t") ? 2 : 1)) {
        mark(plan, "ready");
        send(plan, "p", "ready");
    } else if (view->signals == 1 && is(view, "r")) {
        complete(plan);
    } else if (view->signals == 1) {
        PLAN(plan, FAIL_WORKFLOW_EXECUTION, fail_workflow_execution, .reason = BYTES("told to"));
    }
}

static void decide_child(struct plan *plan, const struct view *view)
{
    bool canceled = view->count[EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED] > 0;

    if (is(view, "c2") && !view->continued)
        PLAN(plan, CONTINUE_AS_NEW_WORKFLOW_EXECUTION, continue_as_new_workflow_execution,
             .input = BYTES("again"));
    else if (is(view, "c1") || is(view, "c2") || is(view, "z") ||
             (is(view, "a.a") && view->signals == 1))
        complete(plan);
    else if (canceled && (is(view, "r.a") || view->signals == 2))
        PLAN(plan, CANCEL_WORKFLOW_EXECUTION, cancel_workflow_execution,
             .details = BYTES("asked to"));
}

static void decide(struct tale *tale, const struct view *view)
{
    struct plan plan = { .arena = &tale->arena };

    plan.items = arena_array(plan.arena, struct decision, DECISIONS_MAX);
    if (is(view, "p") && view->continued)
        decide_parent_again(&plan, view);
    else if (is(view, "p"))
        decide_parent(&plan, view, tale->payload);
    else if (is(view, "t") || is(view, "r") || is(view, "a"))
        decide_child_parent(&plan, view);
    else
        decide_child(&plan, view);
    tale->decisions = (struct decision_list){ plan.items, plan.count };
}

/* ---- what the client does in between */

/* A signal carries no id of its request: whether the one that was not answered arrived stands in
 * the history. */
static bool has_arrived(struct tale *tale, const struct workflow_execution *names)
{
    struct event *events;
    size_t count;

    if (caller_read_history(&tale->caller, TALE_DOMAIN, names, 0, &events, &count) != DONE)
        return false;
    return view_of(names->workflow_id, events, count).was_signaled;
}

static bool signal_parent(struct tale *tale, const struct workflow_execution *names)
{
    struct signal_workflow_execution_input input = { .domain = TALE_DOMAIN,
                                                     .workflow_id = names->workflow_id,
                                                     .run_id = names->run_id,
                                                     .signal_name = deed_texts[TALE_SIGNAL] };

    if (!tale->done[TALE_SIGNAL] && tale->asked_signal && has_arrived(tale, names))
        tale->done[TALE_SIGNAL] = true;
    tale->asked_signal = true;
    return do_once(tale, TALE_SIGNAL, OPERATION_SIGNAL_WORKFLOW_EXECUTION, &input, "");
}

static bool do_deeds(struct tale *tale, const struct workflow_execution *parent)
{
    static const struct resource_tag tag = { BYTES("colour"), BYTES("red") };
    struct register_activity_type_input late = { .domain = TALE_DOMAIN,
                                                 .name = LATE_TYPE,
                                                 .version = BYTES("1") };
    struct tag_resource_input tags = { .resource_arn = TALE_RESOURCE, .tags = { &tag, 1 } };
    struct terminate_workflow_execution_input terminate = { .domain = TALE_DOMAIN,
                                                            .workflow_id = BYTES("t"),
                                                            .reason = deed_texts[TALE_TERMINATE] };

    return signal_parent(tale, parent) &&
           do_once(tale, TALE_REGISTER_LATE_TYPE, OPERATION_REGISTER_ACTIVITY_TYPE, &late,
                   "TypeAlreadyExistsFault") &&
           do_once(tale, TALE_TAG_DOMAIN, OPERATION_TAG_RESOURCE, &tags, "") &&
           do_once(tale, TALE_TERMINATE, OPERATION_TERMINATE_WORKFLOW_EXECUTION, &terminate,
                   "UnknownResourceFault");
}

/* ---- tasks */

/* False when the server is gone. */
static bool respond(struct tale *tale)
{
    struct respond_decision_task_completed_input input = { .task_token = tale->token,
                                                           .decisions = tale->decisions,
                                                           .execution_context = tale->context };
    enum outcome outcome = caller_call(&tale->caller, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
                                       &input);

    if (outcome == UNKNOWN)
        return false; /* once more, to the next server */
    if (outcome == DONE)
        note_said(tale, tale->context);
    else if (!caller_was_refused_with(&tale->caller, "UnknownResourceFault"))
        fail(tale, "a decision was refused:", tale->caller.reply.fault);
    tale->token = BYTES_ABSENT; /* else it timed out, or was taken before */
    return true;
}

static bool take_task(struct tale *tale, const struct decision_task_output *task)
{
    struct workflow_execution names = *task->workflow_execution;
    struct bytes token = task->task_token;
    struct event *events;
    size_t count;

    if (client_events(tale->caller.client, &tale->caller.reply, &tale->caller.arena, &events,
                      &count) != OK) {
        fail(tale, "a decision task without a history", BYTES_ABSENT);
        return false;
    }
    struct view view = view_of(names.workflow_id, events, count);
    if (is(&view, "p") && view.count[EVENT_MARKER_RECORDED] == 2 && has_heard(&view) &&
        !do_deeds(tale, &names))
        return false;
    decide(tale, &view);
    tale->token = arena_copy(&tale->arena, token);
    tale->context = fresh_text(tale);
    return true;
}

/* False when the server is gone, or nothing comes any more. */
static bool poll(struct tale *tale)
{
    struct poll_for_decision_task_input input = { .domain = TALE_DOMAIN,
                                                  .task_list = &list,
                                                  .identity = fresh_text(tale) };

    if (caller_call(&tale->caller, OPERATION_POLL_FOR_DECISION_TASK, &input) != DONE)
        return false;
    const struct decision_task_output *task = tale->caller.reply.output;
    if (task->task_token.len > 0) {
        note_said(tale, input.identity);
        return take_task(tale, task);
    }
    if (++tale->empty_polls == EMPTY_POLLS_MAX)
        fail(tale, "it does not go on", BYTES_ABSENT);
    return true;
}

/* False when the server is gone. */
static bool count_open(struct tale *tale, int32_t *open)
{
    struct execution_time_filter ever = { .oldest_date = &(struct instant){ 0 } };
    struct count_open_workflow_executions_input input = { .domain = TALE_DOMAIN,
                                                          .start_time_filter = &ever };

    if (caller_call(&tale->caller, OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS, &input) != DONE)
        return false;
    *open = ((const struct workflow_execution_count *)tale->caller.reply.output)->count;
    return true;
}

/* True when there is nothing left to be told. */
static bool go_on(struct tale *tale)
{
    int32_t open = -1;

    while (tale->problem[0] == '\0') {
        caller_reset(&tale->caller);
        if (!count_open(tale, &open) || open == 0)
            return open == 0;
        if (!(bytes_is_absent(tale->token) ? poll(tale) : respond(tale)))
            return false;
    }
    return false;
}

bool tale_play(struct tale *tale, const char *endpoint)
{
    tale->lives++;
    tale->empty_polls = 0;
    caller_init(&tale->caller, endpoint);
    bool whole = begin(tale) && go_on(tale);
    if (tale->caller.problem[0])
        fail(tale, tale->caller.problem, BYTES_ABSENT);
    caller_deinit(&tale->caller);
    return whole && tale->problem[0] == '\0';
}
