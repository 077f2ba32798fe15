#include "history_check.h"

#include "base/ensure.h"
#include "wire/field.h"

/* ---- what every type of event does */

enum family {
    NO_FAMILY,
    DECISION_TASK,
    ACTIVITY,
    TIMER,
    CHILD,
    LAMBDA,
    SIGNAL,
    CANCEL,
    FAMILY_COUNT
};
enum part { MARKS, OPENS, STARTS, CLOSES, CLOSES_STARTED /* only what was started */ };

/* How the events of a family name the one that opened it and the one that started it. */
static const struct {
    const char *opener, *starter;
} references[FAMILY_COUNT] = {
    [DECISION_TASK] = { "scheduledEventId", "startedEventId" },
    [ACTIVITY] = { "scheduledEventId", "startedEventId" },
    [TIMER] = { "startedEventId", NULL },
    [CHILD] = { "initiatedEventId", "startedEventId" },
    [LAMBDA] = { "scheduledEventId", "startedEventId" },
    [SIGNAL] = { "initiatedEventId", NULL },
    [CANCEL] = { "initiatedEventId", NULL },
};

static const struct role {
    enum family family;
    enum part part;
} roles[EVENT_TYPE_COUNT + 1] = {
    [EVENT_DECISION_TASK_SCHEDULED] = { DECISION_TASK, OPENS },
    [EVENT_DECISION_TASK_STARTED] = { DECISION_TASK, STARTS },
    [EVENT_DECISION_TASK_COMPLETED] = { DECISION_TASK, CLOSES_STARTED },
    [EVENT_DECISION_TASK_TIMED_OUT] = { DECISION_TASK, CLOSES },
    [EVENT_ACTIVITY_TASK_SCHEDULED] = { ACTIVITY, OPENS },
    [EVENT_ACTIVITY_TASK_STARTED] = { ACTIVITY, STARTS },
    [EVENT_ACTIVITY_TASK_COMPLETED] = { ACTIVITY, CLOSES_STARTED },
    [EVENT_ACTIVITY_TASK_FAILED] = { ACTIVITY, CLOSES_STARTED },
    [EVENT_ACTIVITY_TASK_TIMED_OUT] = { ACTIVITY, CLOSES },
    [EVENT_ACTIVITY_TASK_CANCELED] = { ACTIVITY, CLOSES },
    [EVENT_TIMER_STARTED] = { TIMER, OPENS },
    [EVENT_TIMER_FIRED] = { TIMER, CLOSES },
    [EVENT_TIMER_CANCELED] = { TIMER, CLOSES },
    [EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED] = { CHILD, OPENS },
    [EVENT_CHILD_WORKFLOW_EXECUTION_STARTED] = { CHILD, STARTS },
    [EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED] = { CHILD, CLOSES_STARTED },
    [EVENT_CHILD_WORKFLOW_EXECUTION_FAILED] = { CHILD, CLOSES_STARTED },
    [EVENT_CHILD_WORKFLOW_EXECUTION_TIMED_OUT] = { CHILD, CLOSES_STARTED },
    [EVENT_CHILD_WORKFLOW_EXECUTION_CANCELED] = { CHILD, CLOSES_STARTED },
    [EVENT_CHILD_WORKFLOW_EXECUTION_TERMINATED] = { CHILD, CLOSES_STARTED },
    [EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED] = { CHILD, CLOSES },
    [EVENT_LAMBDA_FUNCTION_SCHEDULED] = { LAMBDA, OPENS },
    [EVENT_LAMBDA_FUNCTION_STARTED] = { LAMBDA, STARTS },
    [EVENT_LAMBDA_FUNCTION_COMPLETED] = { LAMBDA, CLOSES_STARTED },
    [EVENT_LAMBDA_FUNCTION_FAILED] = { LAMBDA, CLOSES_STARTED },
    [EVENT_LAMBDA_FUNCTION_TIMED_OUT] = { LAMBDA, CLOSES },
    [EVENT_START_LAMBDA_FUNCTION_FAILED] = { LAMBDA, CLOSES },
    [EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED] = { SIGNAL, OPENS },
    [EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED] = { SIGNAL, CLOSES },
    [EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED] = { SIGNAL, CLOSES },
    [EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED] = { CANCEL, OPENS },
    [EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED] = { CANCEL, CLOSES },
    [EVENT_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED] = { CANCEL, CLOSES },
};

/* Events that never ask the decider for anything; all others need a decision task in their
 * transaction, or one that waits. */
static bool asks_decider(enum event_type type)
{
    switch (type) {
    case EVENT_ACTIVITY_TASK_SCHEDULED:
    case EVENT_ACTIVITY_TASK_STARTED:
    case EVENT_ACTIVITY_TASK_CANCEL_REQUESTED:
    case EVENT_DECISION_TASK_SCHEDULED:
    case EVENT_DECISION_TASK_STARTED:
    case EVENT_DECISION_TASK_COMPLETED:
    case EVENT_MARKER_RECORDED:
    case EVENT_TIMER_STARTED:
    case EVENT_TIMER_CANCELED:
    case EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
    case EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
    case EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
    case EVENT_LAMBDA_FUNCTION_SCHEDULED:
    case EVENT_LAMBDA_FUNCTION_STARTED:
        return false;
    default:
        return !event_type_closes(type);
    }
}

/* These are written by the service on its own too, and name no decision then. */
static bool may_be_undecided(enum event_type type)
{
    return type == EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED ||
           type == EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED ||
           type == EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED;
}

int64_t event_reference(const struct event *event, const char *name)
{
    const struct shape *shape = event_shapes[event->type].attributes;

    for (size_t i = 0; i < shape->count; i++)
        if (shape->members[i].kind == KIND_LONG && strcmp(shape->members[i].name, name) == 0)
            return field_long(field_of(event->attributes, &shape->members[i]));
    return -1;
}

/* ---- the walk */

enum state { NEVER_OPENED, WAITING, STARTED, CLOSED };

/* What an opening event has come to. */
struct thing {
    enum state state;
    int64_t started_event_id;
};

struct walk {
    const struct event *events;
    struct thing *things; /* by event id */
    struct arena *arena;
    struct history_sum *sum;
    int open[FAMILY_COUNT];
    int64_t waiting, started; /* the decision tasks */
    bool needs_decision;      /* since `needed_at`, in a transaction that should end with
                                 DecisionTaskScheduled */
    struct instant needed_at;
    const char *wrong;
};

static void complain(struct walk *walk, const struct event *event, const char *what)
{
    if (walk->wrong)
        return;
    const char *type = event->type > 0 && event->type <= EVENT_TYPE_COUNT
                           ? event_type_names[event->type]
                           : "?";
    walk->wrong = arena_printf(walk->arena, "event %lld (%s): %s%c", (long long)event->id, type,
                               what, '\0')
                      .ptr;
}

#define MUST(condition, what)              \
    do {                                   \
        if (!(condition)) {                \
            complain(walk, event, (what)); \
            return;                        \
        }                                  \
    } while (0)

static void check_place(struct walk *walk, const struct event *event, size_t index)
{
    MUST(event->id == (int64_t)index + 1, "its id is out of order");
    MUST(event->type > EVENT_ABSENT && event->type <= EVENT_TYPE_COUNT, "its type is unknown");
    MUST(event->attributes != NULL, "it has no attributes");
    MUST((index == 0) == (event->type == EVENT_WORKFLOW_EXECUTION_STARTED),
         "the first event is the start, and no other");
    if (index == 0)
        return;
    const struct event *before = event - 1;
    MUST(!instant_before(event->timestamp, before->timestamp), "it is earlier than the one before");
    MUST(!event_type_closes(before->type), "it stands behind the closing event");
    bool same_transaction = event->timestamp.ms == walk->needed_at.ms;
    MUST(!walk->needs_decision || same_transaction || event_type_closes(event->type),
         "before it a decision task should have been scheduled");
}

/* What decides it is there, and of the same instant. */
static void check_decision(struct walk *walk, const struct event *event)
{
    int64_t id = event_reference(event, "decisionTaskCompletedEventId");
    if (id < 0 || (id == 0 && may_be_undecided(event->type)))
        return;
    MUST(id > 0 && id < event->id, "decisionTaskCompletedEventId is no earlier event");
    const struct event *decision = &walk->events[id - 1];
    MUST(decision->type == EVENT_DECISION_TASK_COMPLETED,
         "decisionTaskCompletedEventId is something else");
    MUST(decision->timestamp.ms == event->timestamp.ms || may_be_undecided(event->type),
         "it is not of the instant of its decision");
}

/* Ids that may be open once only. */
static struct bytes id_of(const struct event *event)
{
    if (event->type == EVENT_ACTIVITY_TASK_SCHEDULED)
        return event->activity_task_scheduled->activity_id;
    if (event->type == EVENT_TIMER_STARTED)
        return event->timer_started->timer_id;
    return BYTES_ABSENT;
}

static bool is_open_already(const struct walk *walk, const struct event *event)
{
    for (int64_t i = 1; i < event->id; i++) {
        enum state state = walk->things[i].state;
        const struct event *other = &walk->events[i - 1];
        if ((state == WAITING || state == STARTED) && other->type == event->type &&
            bytes_equal(id_of(other), id_of(event)))
            return true;
    }
    return false;
}

static void open_thing(struct walk *walk, const struct event *event, enum family family)
{
    MUST(bytes_is_absent(id_of(event)) || !is_open_already(walk, event), "its id is in use");
    if (family == DECISION_TASK) {
        MUST(walk->waiting == 0, "another decision task is waiting");
        walk->waiting = event->id;
        walk->needs_decision = false;
    }
    walk->things[event->id].state = WAITING;
    walk->open[family]++;
}

/* The thing that an event starts or closes; NULL when there is none (complained of), or need not
 * be. */
static struct thing *find_thing(struct walk *walk, const struct event *event, enum family family)
{
    int64_t id = event_reference(event, references[family].opener);
    if (id == 0 && may_be_undecided(event->type))
        return NULL;
    if (id <= 0 || id >= event->id) {
        complain(walk, event, "what it is about is no earlier event");
        return NULL;
    }
    const struct role *role = &roles[walk->events[id - 1].type];
    if (role->family != family || role->part != OPENS) {
        complain(walk, event, "what it is about is something else");
        return NULL;
    }
    return &walk->things[id];
}

static void start_thing(struct walk *walk, const struct event *event, enum family family)
{
    struct thing *thing = find_thing(walk, event, family);
    if (thing == NULL)
        return;
    MUST(thing->state == WAITING, "what it starts was started or closed already");
    if (family == DECISION_TASK) {
        MUST(walk->started == 0, "another decision task is started");
        walk->waiting = 0;
        walk->started = event->id;
    }
    thing->state = STARTED;
    thing->started_event_id = event->id;
}

static void close_thing(struct walk *walk, const struct event *event, const struct role *role)
{
    struct thing *thing = find_thing(walk, event, role->family);
    if (thing == NULL)
        return;
    MUST(thing->state == WAITING || thing->state == STARTED, "what it closes was closed already");
    MUST(role->part != CLOSES_STARTED || thing->state == STARTED,
         "what it closes was never started");
    if (references[role->family].starter) {
        int64_t started = event_reference(event, references[role->family].starter);
        MUST(started < 0 || started == thing->started_event_id,
             "startedEventId is not of what it closes");
    }
    if (role->family == DECISION_TASK && thing->state == STARTED)
        walk->started = 0;
    else if (role->family == DECISION_TASK)
        walk->waiting = 0;
    thing->state = CLOSED;
    walk->open[role->family]--;
}

static void move_things(struct walk *walk, const struct event *event)
{
    const struct role *role = &roles[event->type];

    if (role->part == OPENS)
        open_thing(walk, event, role->family);
    else if (role->part == STARTS)
        start_thing(walk, event, role->family);
    else if (role->part != MARKS)
        close_thing(walk, event, role);
}

static enum close_status close_status_of(enum event_type type)
{
    switch (type) {
    case EVENT_WORKFLOW_EXECUTION_COMPLETED:
        return CLOSE_STATUS_COMPLETED;
    case EVENT_WORKFLOW_EXECUTION_FAILED:
        return CLOSE_STATUS_FAILED;
    case EVENT_WORKFLOW_EXECUTION_CANCELED:
        return CLOSE_STATUS_CANCELED;
    case EVENT_WORKFLOW_EXECUTION_TERMINATED:
        return CLOSE_STATUS_TERMINATED;
    case EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
        return CLOSE_STATUS_CONTINUED_AS_NEW;
    case EVENT_WORKFLOW_EXECUTION_TIMED_OUT:
        return CLOSE_STATUS_TIMED_OUT;
    default:
        return CLOSE_STATUS_ABSENT;
    }
}

static void add_up(struct walk *walk, const struct event *event)
{
    struct history_sum *sum = walk->sum;

    if (event->type == EVENT_WORKFLOW_EXECUTION_STARTED) {
        sum->is_open = true;
        sum->started = event->timestamp;
        sum->start = event->workflow_execution_started;
    } else if (event->type == EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED) {
        sum->cancel_requested = true;
    } else if (roles[event->type].family == ACTIVITY) {
        sum->latest_activity = event->timestamp;
    } else if (event->type == EVENT_DECISION_TASK_COMPLETED) {
        if (!bytes_is_absent(event->decision_task_completed->execution_context))
            sum->context = event->decision_task_completed->execution_context;
    } else if (event_type_closes(event->type)) {
        sum->is_open = false;
        sum->closed = event->timestamp;
        sum->close_status = close_status_of(event->type);
    }
}

static void visit(struct walk *walk, const struct event *event, size_t index)
{
    check_place(walk, event, index);
    if (walk->wrong)
        return;
    check_decision(walk, event);
    move_things(walk, event);
    add_up(walk, event);
    if (asks_decider(event->type) && walk->waiting == 0) {
        walk->needs_decision = true;
        walk->needed_at = event->timestamp;
    }
}

const char *history_check(const struct event *events, size_t count, struct history_sum *sum,
                          struct arena *arena)
{
    struct walk walk = { .events = events, .arena = arena, .sum = sum };

    *sum = (struct history_sum){ 0 };
    if (count == 0)
        return "it is empty";
    walk.things = arena_array(arena, struct thing, count + 1);
    for (size_t i = 0; i < count && !walk.wrong; i++)
        visit(&walk, &events[i], i);
    if (!walk.wrong && walk.needs_decision && sum->is_open)
        complain(&walk, &events[count - 1], "behind it a decision task should have been scheduled");
    sum->open = (struct workflow_execution_open_counts){
        .open_activity_tasks = walk.open[ACTIVITY],
        .open_decision_tasks = walk.open[DECISION_TASK] > 0,
        .open_timers = walk.open[TIMER],
        .open_child_workflow_executions = walk.open[CHILD],
        .open_lambda_functions = walk.open[LAMBDA],
    };
    return walk.wrong;
}

/* ---- Describe */

static const char *number_differs(const char *what, int64_t history, int64_t described,
                                  struct arena *arena)
{
    if (history == described)
        return NULL;
    return arena_printf(arena, "%s: %lld by the history, %lld by Describe%c", what,
                        (long long)history, (long long)described, '\0')
        .ptr;
}

static const char *text_differs(const char *what, struct bytes history, struct bytes described,
                                struct arena *arena)
{
    if (bytes_equal(history, described))
        return NULL;
    return arena_printf(arena, "%s: '%.*s' by the history, '%.*s' by Describe%c", what,
                        BYTES_FMT(history), BYTES_FMT(described), '\0')
        .ptr;
}

static const char *counts_differ(const struct workflow_execution_open_counts *history,
                                 const struct workflow_execution_open_counts *described,
                                 struct arena *arena)
{
    const struct {
        const char *what;
        int32_t a, b;
    } rows[] = {
        { "openActivityTasks", history->open_activity_tasks, described->open_activity_tasks },
        { "openDecisionTasks", history->open_decision_tasks, described->open_decision_tasks },
        { "openTimers", history->open_timers, described->open_timers },
        { "openChildWorkflowExecutions", history->open_child_workflow_executions,
          described->open_child_workflow_executions },
        { "openLambdaFunctions", history->open_lambda_functions, described->open_lambda_functions },
    };
    const char *wrong = NULL;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && !wrong; i++)
        wrong = number_differs(rows[i].what, rows[i].a, rows[i].b, arena);
    return wrong;
}

const char *history_differs(const struct history_sum *sum,
                            const struct workflow_execution_detail *detail, struct arena *arena)
{
    const struct workflow_execution_info *info = detail->execution_info;
    const struct {
        const char *what;
        int64_t a, b;
    } rows[] = {
        { "open", sum->is_open, info->execution_status == EXECUTION_STATUS_OPEN },
        { "closeStatus", sum->close_status, info->close_status },
        { "startTimestamp", sum->started.ms, info->start_timestamp.ms },
        { "closeTimestamp", sum->closed.ms, info->close_timestamp.ms },
        { "cancelRequested", sum->is_open && sum->cancel_requested, info->cancel_requested },
        { "latestActivityTaskTimestamp", sum->latest_activity.ms,
          detail->latest_activity_task_timestamp.ms },
    };
    const char *wrong = NULL;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && !wrong; i++)
        wrong = number_differs(rows[i].what, rows[i].a, rows[i].b, arena);
    if (!wrong)
        wrong = counts_differ(&sum->open, detail->open_counts, arena);
    if (!wrong)
        wrong = text_differs("workflowType", sum->start->workflow_type->name,
                             info->workflow_type->name, arena);
    if (!wrong)
        wrong = text_differs("taskList", sum->start->task_list->name,
                             detail->execution_configuration->task_list->name, arena);
    if (!wrong)
        wrong = text_differs("latestExecutionContext", sum->context,
                             detail->latest_execution_context, arena);
    return wrong;
}
