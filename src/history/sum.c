#include "history/sum.h"

#include "history/rules.h"
#include <inttypes.h>

void history_sum_add(struct history_sum *sum, const struct event *event)
{
    if (event->type == EVENT_WORKFLOW_EXECUTION_STARTED) {
        sum->is_open = true;
        sum->started = event->timestamp;
        sum->start = event->workflow_execution_started;
    } else if (event->type == EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED) {
        sum->cancel_requested = true;
    } else if (event_rules[event->type].family == FAMILY_ACTIVITY) {
        sum->latest_activity = event->timestamp;
    } else if (event->type == EVENT_DECISION_TASK_COMPLETED &&
               !bytes_is_absent(event->decision_task_completed->execution_context)) {
        sum->context = event->decision_task_completed->execution_context;
        sum->context_event_id = event->id;
    } else if (event_type_closes(event->type)) {
        sum->is_open = false;
        sum->closed = event->timestamp;
        sum->close_status = rules_close_status(event->type);
    }
}

static bool same_number(const char *what, int64_t history, int64_t described, struct text *problem)
{
    if (history != described)
        text_printf(problem, "%s: %" PRId64 " by the history, %" PRId64 " by Describe", what,
                    history, described);
    return history == described;
}

static bool same_text(const char *what, struct bytes history, struct bytes described,
                      struct text *problem)
{
    bool same = bytes_equal(history, described);

    if (!same)
        text_printf(problem, "%s: '%.*s' by the history, '%.*s' by Describe", what,
                    BYTES_FMT(history), BYTES_FMT(described));
    return same;
}

static bool same_counts(const struct workflow_execution_open_counts *history,
                        const struct workflow_execution_open_counts *described,
                        struct text *problem)
{
    return same_number("openActivityTasks", history->open_activity_tasks,
                       described->open_activity_tasks, problem) &&
           same_number("openDecisionTasks", history->open_decision_tasks,
                       described->open_decision_tasks, problem) &&
           same_number("openTimers", history->open_timers, described->open_timers, problem) &&
           same_number("openChildWorkflowExecutions", history->open_child_workflow_executions,
                       described->open_child_workflow_executions, problem) &&
           same_number("openLambdaFunctions", history->open_lambda_functions,
                       described->open_lambda_functions, problem);
}

static bool same_info(const struct history_sum *sum, const struct workflow_execution_info *info,
                      struct text *problem)
{
    return same_number("open", sum->is_open, info->execution_status == EXECUTION_STATUS_OPEN,
                       problem) &&
           same_number("closeStatus", (int64_t)sum->close_status, (int64_t)info->close_status,
                       problem) &&
           same_number("startTimestamp", sum->started.ms, info->start_timestamp.ms, problem) &&
           same_number("closeTimestamp", sum->closed.ms, info->close_timestamp.ms, problem) &&
           same_number("cancelRequested", sum->is_open && sum->cancel_requested,
                       info->cancel_requested, problem) &&
           same_text("workflowType", sum->start->workflow_type->name, info->workflow_type->name,
                     problem) &&
           same_text("workflowType", sum->start->workflow_type->version,
                     info->workflow_type->version, problem);
}

bool history_sum_agrees(const struct history_sum *sum,
                        const struct workflow_execution_detail *detail, struct text *problem)
{
    return same_info(sum, detail->execution_info, problem) &&
           same_number("latestActivityTaskTimestamp", sum->latest_activity.ms,
                       detail->latest_activity_task_timestamp.ms, problem) &&
           same_counts(&sum->open, detail->open_counts, problem) &&
           same_text("taskList", sum->start->task_list->name,
                     detail->execution_configuration->task_list->name, problem) &&
           same_text("latestExecutionContext", sum->context, detail->latest_execution_context,
                     problem);
}
