/*
 * What a list of decisions makes of a run: one function for each decision, which adds its events,
 * or its failure. Ids are judged against the state before the list and what the list opened: a
 * timer that the same list cancelled still has its id.
 */
#include "oracle_inner.h"
#include "model/timeout.h"

/* The run as it will be, as far as later decisions of the list care. */
struct list_state {
    struct oracle *oracle;
    const struct oracle_run *run;
    struct event_list *list;
    const struct seen_call *call;
    int64_t completed_id;
    bool needs_decision;
    bool closes;
    struct bytes_list opened_activities, opened_timers, opened_lambdas, cancelled_timers;
    uint32_t opened_children;
    bool is_denied;               /* the decision that is looked at */
    const struct seen_step *step; /* what happened, for what nobody can foretell: a run id */
};

static bool list_has(const struct bytes_list *list, struct bytes id)
{
    for (size_t i = 0; i < list->count; i++)
        if (bytes_equal(list->items[i], id))
            return true;
    return false;
}

static void list_add(struct list_state *state, struct bytes_list *list, struct bytes id)
{
    struct bytes *items = arena_array(&state->oracle->scratch, struct bytes, list->count + 1);

    for (size_t i = 0; i < list->count; i++)
        items[i] = list->items[i];
    items[list->count] = id;
    *list = (struct bytes_list){ items, list->count + 1 };
}

/* So many of the type are in the list already. */
static bool is_too_fast(const struct list_state *state, enum decision_type type, size_t made)
{
    struct bucket_key key = { .account = state->call->caller.account, .decision = type };

    return made >= rate_left(state->oracle, key);
}

static bool exceeds(uint32_t limit, size_t open)
{
    return limit != 0 && open >= limit;
}

#define COUNT(item_type, list)                                               \
    ({                                                                       \
        size_t counted = 0;                                                  \
        for (const struct item_type *item = (list); item; item = item->next) \
            counted++;                                                       \
        counted;                                                             \
    })

/* The failure event of a decision that says no more than its cause. */
#define ADD_FAILURE(state, EVENT, TYPE, failure_cause, ...)                                  \
    do {                                                                                     \
        struct TYPE *failure = attributes_new((state)->list, struct TYPE);                   \
        *failure = (struct TYPE){ .cause = (failure_cause),                                  \
                                  .decision_task_completed_event_id = (state)->completed_id, \
                                  ##__VA_ARGS__ };                                           \
        event_list_add((state)->list, (EVENT), failure);                                     \
        (state)->needs_decision = true;                                                      \
    } while (0)

/* ---- activities */

static enum schedule_activity_task_failed_cause why_not_schedule(
    struct list_state *state, const struct schedule_activity_task_decision *wanted,
    const struct oracle_type *type, const struct activity_task_scheduled_event *says)
{
    if (state->is_denied)
        return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_OPERATION_NOT_PERMITTED;
    if (type == NULL)
        return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_ACTIVITY_TYPE_DOES_NOT_EXIST;
    if (type->is_deprecated)
        return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_ACTIVITY_TYPE_DEPRECATED;
    if (activity_find_id(state->run, wanted->activity_id) ||
        list_has(&state->opened_activities, wanted->activity_id))
        return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_ACTIVITY_ID_ALREADY_IN_USE;
    if (says->task_list == NULL)
        return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_DEFAULT_TASK_LIST_UNDEFINED;
    if (bytes_is_absent(says->schedule_to_start_timeout))
        return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_DEFAULT_SCHEDULE_TO_START_TIMEOUT_UNDEFINED;
    if (bytes_is_absent(says->schedule_to_close_timeout))
        return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_DEFAULT_SCHEDULE_TO_CLOSE_TIMEOUT_UNDEFINED;
    if (bytes_is_absent(says->start_to_close_timeout))
        return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_DEFAULT_START_TO_CLOSE_TIMEOUT_UNDEFINED;
    if (bytes_is_absent(says->heartbeat_timeout))
        return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_DEFAULT_HEARTBEAT_TIMEOUT_UNDEFINED;
    if (exceeds(state->oracle->rules.limits.open_activities,
                COUNT(oracle_activity, state->run->activities) + state->opened_activities.count))
        return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_OPEN_ACTIVITIES_LIMIT_EXCEEDED;
    if (is_too_fast(state, DECISION_SCHEDULE_ACTIVITY_TASK, state->opened_activities.count))
        return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_ACTIVITY_CREATION_RATE_EXCEEDED;
    return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_ABSENT;
}

static void schedule_activity(struct list_state *state,
                              const struct schedule_activity_task_decision *wanted)
{
    static const struct register_activity_type_input nothing;
    const struct oracle_type *type = type_find(
        state->run->domain, true, wanted->activity_type->name, wanted->activity_type->version);
    const struct register_activity_type_input *defaults = type ? type->activity : &nothing;
    struct activity_task_scheduled_event *says = attributes_new(
        state->list, struct activity_task_scheduled_event);
    enum schedule_activity_task_failed_cause cause;

    *says = (struct activity_task_scheduled_event){
        .activity_type = wanted->activity_type,
        .activity_id = wanted->activity_id,
        .input = wanted->input,
        .control = wanted->control,
        .schedule_to_start_timeout = bytes_or(wanted->schedule_to_start_timeout,
                                              defaults->default_task_schedule_to_start_timeout),
        .schedule_to_close_timeout = bytes_or(wanted->schedule_to_close_timeout,
                                              defaults->default_task_schedule_to_close_timeout),
        .start_to_close_timeout = bytes_or(wanted->start_to_close_timeout,
                                           defaults->default_task_start_to_close_timeout),
        .heartbeat_timeout = bytes_or(wanted->heartbeat_timeout,
                                      defaults->default_task_heartbeat_timeout),
        .task_list = wanted->task_list ? wanted->task_list : defaults->default_task_list,
        .task_priority = bytes_or(wanted->task_priority, defaults->default_task_priority),
        .decision_task_completed_event_id = state->completed_id,
    };
    cause = why_not_schedule(state, wanted, type, says);
    if (cause) {
        ADD_FAILURE(state, EVENT_SCHEDULE_ACTIVITY_TASK_FAILED, schedule_activity_task_failed_event,
                    cause, .activity_type = wanted->activity_type,
                    .activity_id = wanted->activity_id);
        return;
    }
    event_list_add(state->list, EVENT_ACTIVITY_TASK_SCHEDULED, says);
    list_add(state, &state->opened_activities, wanted->activity_id);
}

static void cancel_activity(struct list_state *state,
                            const struct request_cancel_activity_task_decision *wanted)
{
    struct activity_task_cancel_requested_event *says;

    if (state->is_denied) {
        ADD_FAILURE(state, EVENT_REQUEST_CANCEL_ACTIVITY_TASK_FAILED,
                    request_cancel_activity_task_failed_event,
                    REQUEST_CANCEL_ACTIVITY_TASK_FAILED_CAUSE_OPERATION_NOT_PERMITTED,
                    .activity_id = wanted->activity_id);
        return;
    }
    if (!activity_find_id(state->run, wanted->activity_id) &&
        !list_has(&state->opened_activities, wanted->activity_id)) {
        ADD_FAILURE(state, EVENT_REQUEST_CANCEL_ACTIVITY_TASK_FAILED,
                    request_cancel_activity_task_failed_event,
                    REQUEST_CANCEL_ACTIVITY_TASK_FAILED_CAUSE_ACTIVITY_ID_UNKNOWN,
                    .activity_id = wanted->activity_id);
        return;
    }
    says = attributes_new(state->list, struct activity_task_cancel_requested_event);
    says->activity_id = wanted->activity_id;
    says->decision_task_completed_event_id = state->completed_id;
    event_list_add(state->list, EVENT_ACTIVITY_TASK_CANCEL_REQUESTED, says);
}

/* The event that scheduled an activity that is open after the list, which was not started; 0: there
 * is none of that id. */
static int64_t unstarted_activity(const struct list_state *state, struct bytes id)
{
    const struct oracle_activity *activity = activity_find_id(state->run, id);

    if (activity)
        return activity->started_id ? 0 : activity->scheduled_id;
    for (size_t i = 0; i < state->list->count; i++) {
        const struct event *event = &state->list->items[i];

        if (event->type == EVENT_ACTIVITY_TASK_SCHEDULED &&
            bytes_equal(event->activity_task_scheduled->activity_id, id))
            return event->id;
    }
    return 0;
}

/* The newest request for the same activity; 0 when an earlier event of the list asked for it, too.
 */
static int64_t newest_request(const struct list_state *state, size_t place)
{
    struct bytes id = state->list->items[place].activity_task_cancel_requested->activity_id;
    int64_t newest = 0;

    for (size_t i = 0; i < state->list->count; i++) {
        const struct event *event = &state->list->items[i];

        if (event->type != EVENT_ACTIVITY_TASK_CANCEL_REQUESTED ||
            !bytes_equal(event->activity_task_cancel_requested->activity_id, id))
            continue;
        if (i < place)
            return 0;
        newest = event->id;
    }
    return newest;
}

/* Which of several comes first is nobody's promise: the order that was seen is as good as any. */
static size_t pick_as_seen(const struct list_state *state,
                           const struct activity_task_canceled_event *cancels, size_t count)
{
    size_t place = state->list->count;

    if (state->step && place < state->step->count &&
        state->step->events[place].type == EVENT_ACTIVITY_TASK_CANCELED)
        for (size_t i = 0; i < count; i++)
            if (cancels[i].scheduled_event_id ==
                state->step->events[place].activity_task_canceled->scheduled_event_id)
                return i;
    return 0;
}

/* RequestCancelActivityTask of a task that nobody has: cancelled when the list is through. */
static void cancel_unstarted(struct list_state *state)
{
    size_t count = 0;
    struct activity_task_canceled_event *cancels = arena_array(
        state->list->arena, struct activity_task_canceled_event, state->list->count);

    for (size_t i = 0; i < state->list->count; i++) {
        const struct event *event = &state->list->items[i];
        int64_t scheduled_id, latest_id;

        if (event->type != EVENT_ACTIVITY_TASK_CANCEL_REQUESTED)
            continue;
        latest_id = newest_request(state, i);
        scheduled_id = unstarted_activity(state,
                                          event->activity_task_cancel_requested->activity_id);
        if (latest_id == 0 || scheduled_id == 0)
            continue;
        cancels[count].scheduled_event_id = scheduled_id;
        cancels[count++].latest_cancel_requested_event_id = latest_id;
    }
    while (count > 0) {
        size_t picked = pick_as_seen(state, cancels, count);
        struct activity_task_canceled_event *says = attributes_new(
            state->list, struct activity_task_canceled_event);

        *says = cancels[picked];
        event_list_add(state->list, EVENT_ACTIVITY_TASK_CANCELED, says);
        state->needs_decision = true;
        for (count--; picked < count; picked++)
            cancels[picked] = cancels[picked + 1];
    }
}

/* ---- timers and markers */

static enum start_timer_failed_cause why_not_start_timer(const struct list_state *state,
                                                         const struct start_timer_decision *wanted)
{
    if (state->is_denied)
        return START_TIMER_FAILED_CAUSE_OPERATION_NOT_PERMITTED;
    if (timer_find_id(state->run, wanted->timer_id) ||
        list_has(&state->opened_timers, wanted->timer_id))
        return START_TIMER_FAILED_CAUSE_TIMER_ID_ALREADY_IN_USE;
    if (exceeds(state->oracle->rules.limits.open_timers, COUNT(oracle_timer, state->run->timers) +
                                                             state->opened_timers.count -
                                                             state->cancelled_timers.count))
        return START_TIMER_FAILED_CAUSE_OPEN_TIMERS_LIMIT_EXCEEDED;
    if (is_too_fast(state, DECISION_START_TIMER, state->opened_timers.count))
        return START_TIMER_FAILED_CAUSE_TIMER_CREATION_RATE_EXCEEDED;
    return START_TIMER_FAILED_CAUSE_ABSENT;
}

static void start_timer(struct list_state *state, const struct start_timer_decision *wanted)
{
    enum start_timer_failed_cause cause = why_not_start_timer(state, wanted);
    struct timer_started_event *says;

    if (cause) {
        ADD_FAILURE(state, EVENT_START_TIMER_FAILED, start_timer_failed_event, cause,
                    .timer_id = wanted->timer_id);
        return;
    }
    says = attributes_new(state->list, struct timer_started_event);
    *says = (struct timer_started_event){ wanted->timer_id, wanted->control,
                                          wanted->start_to_fire_timeout, state->completed_id };
    event_list_add(state->list, EVENT_TIMER_STARTED, says);
    list_add(state, &state->opened_timers, wanted->timer_id);
}

static int64_t timer_started_id(const struct list_state *state, struct bytes id)
{
    const struct oracle_timer *timer = timer_find_id(state->run, id);

    for (size_t i = 0; timer == NULL && i < state->list->count; i++) {
        const struct event *event = &state->list->items[i];

        if (event->type == EVENT_TIMER_STARTED && bytes_equal(event->timer_started->timer_id, id))
            return event->id;
    }
    return timer ? timer->started_id : 0;
}

static void cancel_timer(struct list_state *state, const struct cancel_timer_decision *wanted)
{
    int64_t started_id = timer_started_id(state, wanted->timer_id);
    struct timer_canceled_event *says;

    if (state->is_denied) {
        ADD_FAILURE(state, EVENT_CANCEL_TIMER_FAILED, cancel_timer_failed_event,
                    CANCEL_TIMER_FAILED_CAUSE_OPERATION_NOT_PERMITTED,
                    .timer_id = wanted->timer_id);
        return;
    }
    if (started_id == 0 || list_has(&state->cancelled_timers, wanted->timer_id)) {
        ADD_FAILURE(state, EVENT_CANCEL_TIMER_FAILED, cancel_timer_failed_event,
                    CANCEL_TIMER_FAILED_CAUSE_TIMER_ID_UNKNOWN, .timer_id = wanted->timer_id);
        return;
    }
    says = attributes_new(state->list, struct timer_canceled_event);
    *says = (struct timer_canceled_event){ wanted->timer_id, started_id, state->completed_id };
    event_list_add(state->list, EVENT_TIMER_CANCELED, says);
    list_add(state, &state->cancelled_timers, wanted->timer_id);
}

static void record_marker(struct list_state *state, const struct record_marker_decision *wanted)
{
    struct marker_recorded_event *says;

    if (state->is_denied) {
        ADD_FAILURE(state, EVENT_RECORD_MARKER_FAILED, record_marker_failed_event,
                    RECORD_MARKER_FAILED_CAUSE_OPERATION_NOT_PERMITTED,
                    .marker_name = wanted->marker_name);
        return;
    }
    says = attributes_new(state->list, struct marker_recorded_event);
    *says = (struct marker_recorded_event){ wanted->marker_name, wanted->details,
                                            state->completed_id };
    event_list_add(state->list, EVENT_MARKER_RECORDED, says);
}

/* ---- other workflows */

static void signal_external(struct list_state *state,
                            const struct signal_external_workflow_execution_decision *wanted)
{
    struct signal_external_workflow_execution_initiated_event *says;

    if (state->is_denied) {
        ADD_FAILURE(state, EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED,
                    signal_external_workflow_execution_failed_event,
                    SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_OPERATION_NOT_PERMITTED,
                    .workflow_id = wanted->workflow_id, .run_id = wanted->run_id,
                    .control = wanted->control);
        return;
    }
    says = attributes_new(state->list, struct signal_external_workflow_execution_initiated_event);
    *says = (struct signal_external_workflow_execution_initiated_event){
        .workflow_id = wanted->workflow_id,
        .run_id = wanted->run_id,
        .signal_name = wanted->signal_name,
        .input = wanted->input,
        .decision_task_completed_event_id = state->completed_id,
        .control = wanted->control,
    };
    event_list_add(state->list, EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, says);
}

static void cancel_external(
    struct list_state *state,
    const struct request_cancel_external_workflow_execution_decision *wanted)
{
    struct request_cancel_external_workflow_execution_initiated_event *says;

    if (state->is_denied) {
        ADD_FAILURE(
            state, EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED,
            request_cancel_external_workflow_execution_failed_event,
            REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_OPERATION_NOT_PERMITTED,
            .workflow_id = wanted->workflow_id, .run_id = wanted->run_id,
            .control = wanted->control);
        return;
    }
    says = attributes_new(state->list,
                          struct request_cancel_external_workflow_execution_initiated_event);
    *says = (struct request_cancel_external_workflow_execution_initiated_event){
        wanted->workflow_id, wanted->run_id, state->completed_id, wanted->control
    };
    event_list_add(state->list, EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, says);
}

/* Was this decision, whose event comes next, refused for want of room? */
static bool found_no_room(const struct list_state *state)
{
    const struct seen_step *step = state->step;
    const struct event *event = step && state->list->count < step->count
                                    ? &step->events[state->list->count]
                                    : NULL;

    return event && event->type == EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED &&
           event->start_child_workflow_execution_failed->cause ==
               START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_OPEN_WORKFLOWS_LIMIT_EXCEEDED;
}

/* Where it cannot be known, what happened decides. */
static bool has_no_room(const struct list_state *state)
{
    uint32_t limit = state->oracle->rules.limits.open_executions;
    struct places open;

    count_places(state->oracle, state->run->domain, &open);
    return exceeds(limit, open.least + state->opened_children) ||
           (exceeds(limit, open.most + state->opened_children) && found_no_room(state));
}

static enum start_child_workflow_execution_failed_cause why_not_start_child(
    const struct list_state *state, const struct oracle_type *type,
    const struct start_child_workflow_execution_initiated_event *says)
{
    const struct limits *limits = &state->oracle->rules.limits;

    if (state->is_denied)
        return START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_OPERATION_NOT_PERMITTED;
    if (type == NULL)
        return START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_TYPE_DOES_NOT_EXIST;
    if (type->is_deprecated)
        return START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_TYPE_DEPRECATED;
    if (bytes_is_absent(says->execution_start_to_close_timeout))
        return START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_DEFAULT_EXECUTION_START_TO_CLOSE_TIMEOUT_UNDEFINED;
    if (says->task_list == NULL)
        return START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_DEFAULT_TASK_LIST_UNDEFINED;
    if (bytes_is_absent(says->task_start_to_close_timeout))
        return START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_DEFAULT_TASK_START_TO_CLOSE_TIMEOUT_UNDEFINED;
    if (says->child_policy == CHILD_POLICY_ABSENT)
        return START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_DEFAULT_CHILD_POLICY_UNDEFINED;
    if (exceeds(limits->open_children,
                COUNT(oracle_child, state->run->children) + state->opened_children))
        return START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_OPEN_CHILDREN_LIMIT_EXCEEDED;
    if (has_no_room(state))
        return START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_OPEN_WORKFLOWS_LIMIT_EXCEEDED;
    if (is_too_fast(state, DECISION_START_CHILD_WORKFLOW_EXECUTION, state->opened_children))
        return START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_CHILD_CREATION_RATE_EXCEEDED;
    return START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_ABSENT;
}

static void start_child(struct list_state *state,
                        const struct start_child_workflow_execution_decision *wanted)
{
    static const struct register_workflow_type_input nothing;
    const struct oracle_type *type = type_find(
        state->run->domain, false, wanted->workflow_type->name, wanted->workflow_type->version);
    const struct register_workflow_type_input *defaults = type ? type->workflow : &nothing;
    struct start_child_workflow_execution_initiated_event *says = attributes_new(
        state->list, struct start_child_workflow_execution_initiated_event);
    enum start_child_workflow_execution_failed_cause cause;

    *says = (struct start_child_workflow_execution_initiated_event){
        .workflow_id = wanted->workflow_id,
        .workflow_type = wanted->workflow_type,
        .control = wanted->control,
        .input = wanted->input,
        .execution_start_to_close_timeout = bytes_or(
            wanted->execution_start_to_close_timeout,
            defaults->default_execution_start_to_close_timeout),
        .task_list = wanted->task_list ? wanted->task_list : defaults->default_task_list,
        .task_priority = bytes_or(wanted->task_priority, defaults->default_task_priority),
        .decision_task_completed_event_id = state->completed_id,
        .child_policy = wanted->child_policy ? wanted->child_policy
                                             : defaults->default_child_policy,
        .task_start_to_close_timeout = bytes_or(wanted->task_start_to_close_timeout,
                                                defaults->default_task_start_to_close_timeout),
        .tag_list = wanted->tag_list,
        .lambda_role = bytes_or(wanted->lambda_role, defaults->default_lambda_role),
    };
    cause = why_not_start_child(state, type, says);
    if (cause) {
        ADD_FAILURE(state, EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED,
                    start_child_workflow_execution_failed_event, cause,
                    .workflow_type = wanted->workflow_type, .workflow_id = wanted->workflow_id,
                    .control = wanted->control);
        return;
    }
    event_list_add(state->list, EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED, says);
    state->opened_children++;
}

/* ---- Lambda functions */

static bool lambda_id_in_use(const struct list_state *state, struct bytes id)
{
    for (const struct oracle_lambda *item = state->run->lambdas; item; item = item->next)
        if (bytes_equal(item->says->id, id))
            return true;
    return list_has(&state->opened_lambdas, id);
}

static enum schedule_lambda_function_failed_cause why_not_schedule_lambda(
    const struct list_state *state, const struct schedule_lambda_function_decision *wanted)
{
    if (!state->oracle->rules.calls_lambdas)
        return SCHEDULE_LAMBDA_FUNCTION_FAILED_CAUSE_LAMBDA_SERVICE_NOT_AVAILABLE_IN_REGION;
    if (lambda_id_in_use(state, wanted->id))
        return SCHEDULE_LAMBDA_FUNCTION_FAILED_CAUSE_ID_ALREADY_IN_USE;
    if (exceeds(state->oracle->rules.limits.open_lambdas,
                COUNT(oracle_lambda, state->run->lambdas) + state->opened_lambdas.count))
        return SCHEDULE_LAMBDA_FUNCTION_FAILED_CAUSE_OPEN_LAMBDA_FUNCTIONS_LIMIT_EXCEEDED;
    return SCHEDULE_LAMBDA_FUNCTION_FAILED_CAUSE_ABSENT;
}

static void schedule_lambda(struct list_state *state,
                            const struct schedule_lambda_function_decision *wanted)
{
    enum schedule_lambda_function_failed_cause cause = why_not_schedule_lambda(state, wanted);
    struct lambda_function_scheduled_event *says;

    if (cause) {
        ADD_FAILURE(state, EVENT_SCHEDULE_LAMBDA_FUNCTION_FAILED,
                    schedule_lambda_function_failed_event, cause, .id = wanted->id,
                    .name = wanted->name);
        return;
    }
    says = attributes_new(state->list, struct lambda_function_scheduled_event);
    *says = (struct lambda_function_scheduled_event){ wanted->id,
                                                      wanted->name,
                                                      wanted->control,
                                                      wanted->input,
                                                      wanted->start_to_close_timeout,
                                                      state->completed_id };
    event_list_add(state->list, EVENT_LAMBDA_FUNCTION_SCHEDULED, says);
    list_add(state, &state->opened_lambdas, wanted->id);
}

/* ---- closing: UNHANDLED_DECISION while another decision task waits */

static void complete(struct list_state *state,
                     const struct complete_workflow_execution_decision *wanted)
{
    struct workflow_execution_completed_event *says;

    if (state->is_denied) {
        ADD_FAILURE(state, EVENT_COMPLETE_WORKFLOW_EXECUTION_FAILED,
                    complete_workflow_execution_failed_event,
                    COMPLETE_WORKFLOW_EXECUTION_FAILED_CAUSE_OPERATION_NOT_PERMITTED);
        return;
    }
    if (state->run->waiting.scheduled_id) {
        ADD_FAILURE(state, EVENT_COMPLETE_WORKFLOW_EXECUTION_FAILED,
                    complete_workflow_execution_failed_event,
                    COMPLETE_WORKFLOW_EXECUTION_FAILED_CAUSE_UNHANDLED_DECISION);
        return;
    }
    says = attributes_new(state->list, struct workflow_execution_completed_event);
    says->result = wanted->result;
    says->decision_task_completed_event_id = state->completed_id;
    event_list_add(state->list, EVENT_WORKFLOW_EXECUTION_COMPLETED, says);
    state->closes = true;
}

static void fail(struct list_state *state, const struct fail_workflow_execution_decision *wanted)
{
    struct workflow_execution_failed_event *says;

    if (state->is_denied) {
        ADD_FAILURE(state, EVENT_FAIL_WORKFLOW_EXECUTION_FAILED,
                    fail_workflow_execution_failed_event,
                    FAIL_WORKFLOW_EXECUTION_FAILED_CAUSE_OPERATION_NOT_PERMITTED);
        return;
    }
    if (state->run->waiting.scheduled_id) {
        ADD_FAILURE(state, EVENT_FAIL_WORKFLOW_EXECUTION_FAILED,
                    fail_workflow_execution_failed_event,
                    FAIL_WORKFLOW_EXECUTION_FAILED_CAUSE_UNHANDLED_DECISION);
        return;
    }
    says = attributes_new(state->list, struct workflow_execution_failed_event);
    *says = (struct workflow_execution_failed_event){ wanted->reason, wanted->details,
                                                      state->completed_id };
    event_list_add(state->list, EVENT_WORKFLOW_EXECUTION_FAILED, says);
    state->closes = true;
}

static void cancel(struct list_state *state,
                   const struct cancel_workflow_execution_decision *wanted)
{
    struct workflow_execution_canceled_event *says;

    if (state->is_denied) {
        ADD_FAILURE(state, EVENT_CANCEL_WORKFLOW_EXECUTION_FAILED,
                    cancel_workflow_execution_failed_event,
                    CANCEL_WORKFLOW_EXECUTION_FAILED_CAUSE_OPERATION_NOT_PERMITTED);
        return;
    }
    if (state->run->waiting.scheduled_id) {
        ADD_FAILURE(state, EVENT_CANCEL_WORKFLOW_EXECUTION_FAILED,
                    cancel_workflow_execution_failed_event,
                    CANCEL_WORKFLOW_EXECUTION_FAILED_CAUSE_UNHANDLED_DECISION);
        return;
    }
    says = attributes_new(state->list, struct workflow_execution_canceled_event);
    *says = (struct workflow_execution_canceled_event){ wanted->details, state->completed_id };
    event_list_add(state->list, EVENT_WORKFLOW_EXECUTION_CANCELED, says);
    state->closes = true;
}

/* Nobody can know what the new run will be called. */
static struct bytes new_run_id(const struct list_state *state)
{
    const struct event *last = state->step ? &state->step->events[state->step->count - 1] : NULL;

    return last && last->type == EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW
               ? last->workflow_execution_continued_as_new->new_execution_run_id
               : BYTES("?");
}

static enum continue_as_new_workflow_execution_failed_cause why_not_continue(
    const struct list_state *state, const struct oracle_type *type,
    const struct workflow_execution_continued_as_new_event *says)
{
    if (state->is_denied)
        return CONTINUE_AS_NEW_WORKFLOW_EXECUTION_FAILED_CAUSE_OPERATION_NOT_PERMITTED;
    if (state->run->waiting.scheduled_id)
        return CONTINUE_AS_NEW_WORKFLOW_EXECUTION_FAILED_CAUSE_UNHANDLED_DECISION;
    if (type == NULL)
        return CONTINUE_AS_NEW_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_TYPE_DOES_NOT_EXIST;
    if (type->is_deprecated)
        return CONTINUE_AS_NEW_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_TYPE_DEPRECATED;
    if (bytes_is_absent(says->execution_start_to_close_timeout))
        return CONTINUE_AS_NEW_WORKFLOW_EXECUTION_FAILED_CAUSE_DEFAULT_EXECUTION_START_TO_CLOSE_TIMEOUT_UNDEFINED;
    if (says->task_list == NULL)
        return CONTINUE_AS_NEW_WORKFLOW_EXECUTION_FAILED_CAUSE_DEFAULT_TASK_LIST_UNDEFINED;
    if (bytes_is_absent(says->task_start_to_close_timeout))
        return CONTINUE_AS_NEW_WORKFLOW_EXECUTION_FAILED_CAUSE_DEFAULT_TASK_START_TO_CLOSE_TIMEOUT_UNDEFINED;
    if (says->child_policy == CHILD_POLICY_ABSENT)
        return CONTINUE_AS_NEW_WORKFLOW_EXECUTION_FAILED_CAUSE_DEFAULT_CHILD_POLICY_UNDEFINED;
    return CONTINUE_AS_NEW_WORKFLOW_EXECUTION_FAILED_CAUSE_ABSENT;
}

static const struct workflow_type *continued_type(
    struct list_state *state, const struct continue_as_new_workflow_execution_decision *wanted)
{
    struct workflow_type *type = attributes_new(state->list, struct workflow_type);

    type->name = state->run->says->workflow_type->name;
    type->version = bytes_or(wanted->workflow_type_version,
                             state->run->says->workflow_type->version);
    return type;
}

static void continue_as_new(struct list_state *state,
                            const struct continue_as_new_workflow_execution_decision *wanted)
{
    static const struct register_workflow_type_input nothing;
    const struct workflow_type *names = continued_type(state, wanted);
    const struct oracle_type *type = type_find(state->run->domain, false, names->name,
                                               names->version);
    const struct register_workflow_type_input *defaults = type ? type->workflow : &nothing;
    struct workflow_execution_continued_as_new_event *says = attributes_new(
        state->list, struct workflow_execution_continued_as_new_event);
    enum continue_as_new_workflow_execution_failed_cause cause;

    *says = (struct workflow_execution_continued_as_new_event){
        .input = wanted->input,
        .decision_task_completed_event_id = state->completed_id,
        .new_execution_run_id = new_run_id(state),
        .execution_start_to_close_timeout = bytes_or(
            wanted->execution_start_to_close_timeout,
            defaults->default_execution_start_to_close_timeout),
        .task_list = wanted->task_list ? wanted->task_list : defaults->default_task_list,
        .task_priority = bytes_or(wanted->task_priority, defaults->default_task_priority),
        .task_start_to_close_timeout = bytes_or(wanted->task_start_to_close_timeout,
                                                defaults->default_task_start_to_close_timeout),
        .child_policy = wanted->child_policy ? wanted->child_policy
                                             : defaults->default_child_policy,
        .tag_list = wanted->tag_list,
        .workflow_type = names,
        .lambda_role = bytes_or(wanted->lambda_role, defaults->default_lambda_role),
    };
    cause = why_not_continue(state, type, says);
    if (cause) {
        ADD_FAILURE(state, EVENT_CONTINUE_AS_NEW_WORKFLOW_EXECUTION_FAILED,
                    continue_as_new_workflow_execution_failed_event, cause);
        return;
    }
    event_list_add(state->list, EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW, says);
    state->closes = true;
}

/* ---- the list */

static void decide(struct list_state *state, const struct decision *decision)
{
    static const struct complete_workflow_execution_decision plain_complete;
    static const struct fail_workflow_execution_decision plain_fail;
    static const struct cancel_workflow_execution_decision plain_cancel;
    static const struct continue_as_new_workflow_execution_decision plain_continue;

    state->is_denied = !may_decide(state->oracle, state->call, state->run, decision);
    switch (decision->decision_type) {
    case DECISION_SCHEDULE_ACTIVITY_TASK:
        schedule_activity(state, decision->schedule_activity_task);
        break;
    case DECISION_REQUEST_CANCEL_ACTIVITY_TASK:
        cancel_activity(state, decision->request_cancel_activity_task);
        break;
    case DECISION_COMPLETE_WORKFLOW_EXECUTION:
        complete(state, decision->complete_workflow_execution
                            ? decision->complete_workflow_execution
                            : &plain_complete);
        break;
    case DECISION_FAIL_WORKFLOW_EXECUTION:
        fail(state,
             decision->fail_workflow_execution ? decision->fail_workflow_execution : &plain_fail);
        break;
    case DECISION_CANCEL_WORKFLOW_EXECUTION:
        cancel(state, decision->cancel_workflow_execution ? decision->cancel_workflow_execution
                                                          : &plain_cancel);
        break;
    case DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
        continue_as_new(state, decision->continue_as_new_workflow_execution
                                   ? decision->continue_as_new_workflow_execution
                                   : &plain_continue);
        break;
    case DECISION_RECORD_MARKER:
        record_marker(state, decision->record_marker);
        break;
    case DECISION_START_TIMER:
        start_timer(state, decision->start_timer);
        break;
    case DECISION_CANCEL_TIMER:
        cancel_timer(state, decision->cancel_timer);
        break;
    case DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION:
        signal_external(state, decision->signal_external_workflow_execution);
        break;
    case DECISION_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION:
        cancel_external(state, decision->request_cancel_external_workflow_execution);
        break;
    case DECISION_START_CHILD_WORKFLOW_EXECUTION:
        start_child(state, decision->start_child_workflow_execution);
        break;
    case DECISION_SCHEDULE_LAMBDA_FUNCTION:
        schedule_lambda(state, decision->schedule_lambda_function);
        break;
    case DECISION_ABSENT:
        break;
    }
}

/* The task that this very completion brings goes to the list that it names. */
static void foretell_next_task(const struct oracle_run *run,
                               const struct respond_decision_task_completed_input *input,
                               struct event_list *list)
{
    struct oracle_run after = *run;

    if (input->task_list) {
        after.override = input->task_list;
        after.override_timeout = input->task_list_schedule_to_start_timeout;
    }
    foretell_decision_task(&after, list);
}

void foretell_completion(struct oracle *oracle, const struct oracle_run *run,
                         const struct seen_call *call, const struct seen_step *step,
                         struct event_list *list)
{
    const struct respond_decision_task_completed_input *input =
        call->request->respond_decision_task_completed;
    struct list_state state = {
        .oracle = oracle, .run = run, .list = list, .call = call, .step = step
    };
    struct decision_task_completed_event *says = attributes_new(
        list, struct decision_task_completed_event);

    *says = (struct decision_task_completed_event){
        .execution_context = input->execution_context,
        .scheduled_event_id = run->started.scheduled_id,
        .started_event_id = run->started.started_id,
        .task_list = input->task_list,
        .task_list_schedule_to_start_timeout = input->task_list_schedule_to_start_timeout,
    };
    state.completed_id = event_list_add(list, EVENT_DECISION_TASK_COMPLETED, says);
    for (size_t i = 0; i < input->decisions.count; i++)
        decide(&state, &input->decisions.items[i]);
    if (state.closes)
        return;
    cancel_unstarted(&state);
    if (state.needs_decision)
        foretell_next_task(run, input, list);
}
