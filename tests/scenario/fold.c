#include "fold.h"

#include "engine/activity.h"
#include <inttypes.h>

struct execution *fold_events(const struct event *events, size_t count)
{
    struct execution *execution = execution_new();

    for (size_t i = 0; i < count; i++)
        execution_apply(execution, &events[i]);
    execution_check(execution);
    return execution;
}

static void describe_settings(struct text *out, const struct execution_settings *settings)
{
    text_printf(
        out,
        "type %.*s/%.*s list %.*s priority %.*s execution %.*s task %.*s policy %d role %.*s\n",
        BYTES_FMT(settings->type_name), BYTES_FMT(settings->type_version),
        BYTES_FMT(settings->task_list), BYTES_FMT(settings->task_priority),
        BYTES_FMT(settings->execution_timeout_text), BYTES_FMT(settings->task_timeout_text),
        (int)settings->child_policy, BYTES_FMT(settings->lambda_role));
    text_printf(out, "parent %.*s %.*s event %" PRId64 " continued %.*s\n",
                BYTES_FMT(settings->parent_workflow_id), BYTES_FMT(settings->parent_run_id),
                settings->parent_initiated_event_id, BYTES_FMT(settings->continued_run_id));
    for (size_t i = 0; i < settings->tags.count; i++)
        text_printf(out, "tag %.*s\n", BYTES_FMT(settings->tags.items[i]));
}

static void describe_state(struct text *out, const struct execution *execution)
{
    text_printf(
        out, "next %" PRId64 " started %" PRId64 " last %" PRId64 " latest activity %" PRId64 "\n",
        execution->next_event_id, execution->started_at.ms, execution->last_event_at.ms,
        execution->latest_activity_at.ms);
    text_printf(out, "open %d status %d closed %" PRId64 " cancel %d context %" PRId64 "\n",
                execution->is_open, (int)execution->close_status, execution->closed_at.ms,
                execution->cancel_requested, execution->context_event_id);
}

static void describe_decision(struct text *out, const struct decision_tasks *decision)
{
    text_printf(out, "waiting %" PRId64 " on %.*s within %" PRId64 " since %" PRId64 "\n",
                decision->waiting_event_id, BYTES_FMT(decision->waiting_list),
                decision->waiting_schedule_to_start.seconds, decision->available_at.ms);
    text_printf(out,
                "started %" PRId64 " of %" PRId64 " within %" PRId64 " at %" PRId64
                " previous %" PRId64 "\n",
                decision->started_event_id, decision->started_scheduled_event_id,
                decision->started_schedule_to_start.seconds, decision->started_at.ms,
                decision->previous_started_event_id);
    text_printf(out, "override %.*s within %.*s deadline %" PRId64 "\n",
                BYTES_FMT(decision->override_list), BYTES_FMT(decision->override_timeout),
                decision->deadline.at.ms);
}

/* Heartbeats of a closed run are of no interest to anyone, and were not taken over. */
static void describe_activity(struct text *out, const struct activity *activity, bool is_open)
{
    text_printf(out, "activity %.*s on %.*s priority %d events %" PRId64 " %" PRId64 " %" PRId64,
                BYTES_FMT(activity->activity_id), BYTES_FMT(activity->task_list),
                activity->priority, activity->scheduled_event_id, activity->started_event_id,
                activity->cancel_requested_event_id);
    text_printf(out, " times %" PRId64 " %" PRId64, activity->scheduled_at.ms,
                activity->started_at.ms);
    text_printf(out, " timeouts %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64,
                activity->schedule_to_start.seconds, activity->schedule_to_close.seconds,
                activity->start_to_close.seconds, activity->heartbeat.seconds);
    if (is_open)
        text_printf(out, " deadline %" PRId64 " heartbeat %" PRId64 " %.*s",
                    activity->deadline.at.ms, activity->heartbeat_at.ms,
                    BYTES_FMT(activity->heartbeat_details));
    text_append_char(out, '\n');
}

void fold_describe(struct text *out, const struct execution *execution)
{
    const struct list *activities = &execution->activities, *timers = &execution->timers;
    const struct list *lambdas = &execution->lambdas, *children = &execution->children;

    describe_settings(out, &execution->settings);
    describe_state(out, execution);
    describe_decision(out, &execution->decision);
    for (const struct list *node = list_first(activities); node; node = list_next(activities, node))
        describe_activity(out, object_of(node, const struct activity, open), execution->is_open);
    for (const struct list *node = list_first(timers); node; node = list_next(timers, node)) {
        const struct timer *timer = object_of(node, const struct timer, open);

        text_printf(out, "timer %.*s event %" PRId64 " deadline %" PRId64 "\n",
                    BYTES_FMT(timer->timer_id), timer->started_event_id, timer->deadline.at.ms);
    }
    for (const struct list *node = list_first(children); node; node = list_next(children, node)) {
        const struct child *child = object_of(node, const struct child, open);

        text_printf(out, "child %.*s events %" PRId64 " %" PRId64 "\n",
                    BYTES_FMT(child->workflow_id), child->initiated_event_id,
                    child->started_event_id);
    }
    for (const struct list *node = list_first(lambdas); node; node = list_next(lambdas, node)) {
        const struct lambda *lambda = object_of(node, const struct lambda, open);

        text_printf(out, "lambda %.*s events %" PRId64 " %" PRId64 " deadline %" PRId64 "\n",
                    BYTES_FMT(lambda->id), lambda->scheduled_event_id, lambda->started_event_id,
                    lambda->deadline.at.ms);
    }
}

static void take_over_heartbeats(struct execution *folded, const struct execution *living)
{
    const struct list *head = &living->activities;

    for (const struct list *node = list_first(head); node; node = list_next(head, node)) {
        const struct activity *from = object_of(node, const struct activity, open);
        struct activity *to = execution_get_activity(folded, from->scheduled_event_id);

        if (to && to->started_event_id && folded->is_open)
            execution_heartbeat(folded, to, from->heartbeat_at, from->heartbeat_details);
    }
}

bool fold_agrees(struct execution *folded, const struct execution *living, struct text *out)
{
    struct text other;
    bool agrees;

    take_over_heartbeats(folded, living);
    text_init(&other, out->bytes_max);
    fold_describe(out, folded);
    fold_describe(&other, living);
    agrees = bytes_equal(text_bytes(out), text_bytes(&other));
    if (!agrees) {
        text_append_cstr(out, "is not\n");
        text_append(out, text_bytes(&other));
    }
    text_deinit(&other);
    return agrees;
}
