/*
 * What a decider decides: lists of decisions, good and bad.
 */
#include "words.h"

static void schedule_activity(struct people *people, struct decision *decision)
{
    struct schedule_activity_task_decision *wanted = arena_new(
        people->arena, struct schedule_activity_task_decision);

    *wanted = (struct schedule_activity_task_decision){
        .activity_type = an_activity_type(people),
        .activity_id = numbered(people, "a", 5),
        .control = maybe_text(people, "control", 4),
        .input = maybe_text(people, "input", 2),
        .schedule_to_close_timeout = maybe_seconds(people),
        .task_list = maybe_list(people, activity_lists, ACTIVITY_LISTS),
        .task_priority = maybe_priority(people),
        .schedule_to_start_timeout = maybe_seconds(people),
        .start_to_close_timeout = maybe_seconds(people),
        .heartbeat_timeout = maybe_seconds(people),
    };
    decision->schedule_activity_task = wanted;
}

static void start_child(struct people *people, struct decision *decision)
{
    struct start_child_workflow_execution_decision *wanted = arena_new(
        people->arena, struct start_child_workflow_execution_decision);

    *wanted = (struct start_child_workflow_execution_decision){
        .workflow_type = a_workflow_type(people),
        .workflow_id = a_workflow(people),
        .control = maybe_text(people, "control", 4),
        .input = maybe_text(people, "input", 4),
        .execution_start_to_close_timeout = maybe_life(people),
        .task_list = maybe_list(people, decision_lists, DECISION_LISTS),
        .task_priority = maybe_priority(people),
        .task_start_to_close_timeout = maybe_seconds(people),
        .child_policy = maybe_policy(people),
        .tag_list = maybe_tags(people),
        .lambda_role = maybe_role(people),
    };
    decision->start_child_workflow_execution = wanted;
}

static void continue_as_new(struct people *people, struct decision *decision)
{
    struct continue_as_new_workflow_execution_decision *wanted = arena_new(
        people->arena, struct continue_as_new_workflow_execution_decision);

    *wanted = (struct continue_as_new_workflow_execution_decision){
        .input = maybe_text(people, "input", 4),
        .execution_start_to_close_timeout = maybe_life(people),
        .task_list = maybe_list(people, decision_lists, DECISION_LISTS),
        .task_priority = maybe_priority(people),
        .task_start_to_close_timeout = maybe_seconds(people),
        .child_policy = maybe_policy(people),
        .tag_list = maybe_tags(people),
        .workflow_type_version = below(people, 4) ? BYTES_ABSENT : PICK(people, "1", "2", "9"),
        .lambda_role = maybe_role(people),
    };
    decision->continue_as_new_workflow_execution = wanted;
}

static void signal_external(struct people *people, struct decision *decision)
{
    struct signal_external_workflow_execution_decision *wanted = arena_new(
        people->arena, struct signal_external_workflow_execution_decision);

    wanted->run_id = a_run_of(people, &wanted->workflow_id);
    wanted->signal_name = numbered(people, "signal", 1000);
    wanted->input = maybe_text(people, "input", 3);
    wanted->control = maybe_text(people, "control", 4);
    decision->signal_external_workflow_execution = wanted;
}

static void cancel_external(struct people *people, struct decision *decision)
{
    struct request_cancel_external_workflow_execution_decision *wanted = arena_new(
        people->arena, struct request_cancel_external_workflow_execution_decision);

    wanted->run_id = a_run_of(people, &wanted->workflow_id);
    wanted->control = maybe_text(people, "control", 4);
    decision->request_cancel_external_workflow_execution = wanted;
}

static void start_timer(struct people *people, struct decision *decision)
{
    struct start_timer_decision *wanted = arena_new(people->arena, struct start_timer_decision);

    wanted->timer_id = numbered(people, "timer", 4);
    wanted->control = maybe_text(people, "control", 4);
    wanted->start_to_fire_timeout = PICK(people, "0", "1", "5", "10", "30", "100", "1000");
    decision->start_timer = wanted;
}

static void schedule_lambda(struct people *people, struct decision *decision)
{
    struct schedule_lambda_function_decision *wanted = arena_new(
        people->arena, struct schedule_lambda_function_decision);

    wanted->id = numbered(people, "l", 4);
    wanted->name = numbered(people, "function", 3);
    wanted->control = maybe_text(people, "control", 4);
    wanted->input = maybe_text(people, "", 2);
    if (below(people, 2))
        wanted->start_to_close_timeout = PICK(people, "1", "10", "100", "900", "NONE");
    decision->schedule_lambda_function = wanted;
}

static void decide_small(struct people *people, struct decision *decision)
{
    struct request_cancel_activity_task_decision *cancel = arena_new(
        people->arena, struct request_cancel_activity_task_decision);
    struct cancel_timer_decision *timer = arena_new(people->arena, struct cancel_timer_decision);
    struct record_marker_decision *marker = arena_new(people->arena, struct record_marker_decision);

    cancel->activity_id = numbered(people, "a", 5);
    timer->timer_id = numbered(people, "timer", 4);
    marker->marker_name = numbered(people, "marker", 10);
    marker->details = maybe_text(people, "details", 2);
    if (decision->decision_type == DECISION_REQUEST_CANCEL_ACTIVITY_TASK)
        decision->request_cancel_activity_task = cancel;
    else if (decision->decision_type == DECISION_CANCEL_TIMER)
        decision->cancel_timer = timer;
    else
        decision->record_marker = marker;
}

static void decide_close(struct people *people, struct decision *decision)
{
    struct complete_workflow_execution_decision *complete = arena_new(
        people->arena, struct complete_workflow_execution_decision);
    struct fail_workflow_execution_decision *fail = arena_new(
        people->arena, struct fail_workflow_execution_decision);
    struct cancel_workflow_execution_decision *cancel = arena_new(
        people->arena, struct cancel_workflow_execution_decision);

    complete->result = maybe_text(people, "result", 2);
    fail->reason = maybe_text(people, "reason", 2);
    fail->details = cancel->details = maybe_text(people, "details", 2);
    if (decision->decision_type == DECISION_COMPLETE_WORKFLOW_EXECUTION)
        decision->complete_workflow_execution = complete;
    else if (decision->decision_type == DECISION_FAIL_WORKFLOW_EXECUTION)
        decision->fail_workflow_execution = fail;
    else
        decision->cancel_workflow_execution = cancel;
}

static void fill_decision(struct people *people, struct decision *decision)
{
    switch (decision->decision_type) {
    case DECISION_SCHEDULE_ACTIVITY_TASK:
        schedule_activity(people, decision);
        break;
    case DECISION_START_CHILD_WORKFLOW_EXECUTION:
        start_child(people, decision);
        break;
    case DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
        continue_as_new(people, decision);
        break;
    case DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION:
        signal_external(people, decision);
        break;
    case DECISION_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION:
        cancel_external(people, decision);
        break;
    case DECISION_START_TIMER:
        start_timer(people, decision);
        break;
    case DECISION_SCHEDULE_LAMBDA_FUNCTION:
        schedule_lambda(people, decision);
        break;
    case DECISION_COMPLETE_WORKFLOW_EXECUTION:
    case DECISION_FAIL_WORKFLOW_EXECUTION:
    case DECISION_CANCEL_WORKFLOW_EXECUTION:
        decide_close(people, decision);
        break;
    default:
        decide_small(people, decision);
    }
}

static bool is_close(enum decision_type type)
{
    return type == DECISION_COMPLETE_WORKFLOW_EXECUTION ||
           type == DECISION_FAIL_WORKFLOW_EXECUTION || type == DECISION_CANCEL_WORKFLOW_EXECUTION ||
           type == DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION;
}

static enum decision_type pick_decision(struct people *people)
{
    const uint32_t *weights = people->mix->decisions;
    uint64_t sum = 0, picked;

    for (int i = 1; i <= DECISION_TYPE_COUNT; i++)
        sum += is_close((enum decision_type)i) ? 0 : weights[i];
    picked = below(people, sum);
    for (int i = 1; i <= DECISION_TYPE_COUNT; i++) {
        uint32_t weight = is_close((enum decision_type)i) ? 0 : weights[i];

        if (picked < weight)
            return (enum decision_type)i;
        picked -= weight;
    }
    return DECISION_RECORD_MARKER;
}

static enum decision_type pick_close(struct people *people)
{
    static const enum decision_type types[] = { DECISION_COMPLETE_WORKFLOW_EXECUTION,
                                                DECISION_FAIL_WORKFLOW_EXECUTION,
                                                DECISION_CANCEL_WORKFLOW_EXECUTION,
                                                DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION };

    return types[below(people, LENGTH(types))];
}

struct decision_list decide(struct people *people, bool closes)
{
    size_t count = closes ? 0 : below(people, 5);
    bool close = closes || happens(people, people->mix->closing);
    struct decision *decisions = arena_array(people->arena, struct decision, count + 1);

    for (size_t i = 0; i < count; i++) {
        decisions[i].decision_type = pick_decision(people);
        fill_decision(people, &decisions[i]);
    }
    if (close) {
        decisions[count].decision_type = closes ? DECISION_COMPLETE_WORKFLOW_EXECUTION
                                                : pick_close(people);
        fill_decision(people, &decisions[count++]);
    }
    return (struct decision_list){ count ? decisions : NULL, count };
}

void break_completion(struct people *people, struct respond_decision_task_completed_input *input)
{
    struct decision *decisions = arena_array(people->arena, struct decision, 2);

    switch (below(people, 4)) {
    case 0: /* something behind the close */
        decisions[0].decision_type = pick_close(people);
        decisions[1].decision_type = DECISION_RECORD_MARKER;
        fill_decision(people, &decisions[0]);
        fill_decision(people, &decisions[1]);
        input->decisions = (struct decision_list){ decisions, 2 };
        break;
    case 1: /* attributes that are not there */
        decisions[0].decision_type = DECISION_START_TIMER;
        input->decisions = (struct decision_list){ decisions, 1 };
        break;
    case 2: /* a time for no list */
        input->task_list = NULL;
        input->task_list_schedule_to_start_timeout = BYTES("5");
        break;
    default: /* no duration */
        decisions[0].decision_type = DECISION_START_TIMER;
        start_timer(people, &decisions[0]);
        ((struct start_timer_decision *)(void *)decisions[0].start_timer)->start_to_fire_timeout =
            BYTES("soon");
        input->decisions = (struct decision_list){ decisions, 1 };
    }
}
