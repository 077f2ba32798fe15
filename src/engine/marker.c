#include "engine/marker.h"

static void fail_to_record(struct completion *completion, struct bytes marker_name)
{
    struct record_marker_failed_event *failed = arena_new(completion->out->arena,
                                                          struct record_marker_failed_event);

    failed->marker_name = marker_name;
    failed->cause = RECORD_MARKER_FAILED_CAUSE_OPERATION_NOT_PERMITTED;
    failed->decision_task_completed_event_id = completion->completed_event_id;
    event_list_add(completion->out, EVENT_RECORD_MARKER_FAILED, failed);
    completion->needs_decision = true; /* Q-RMF */
}

void marker_decide_record(struct completion *completion, const struct decision *decision)
{
    const struct record_marker_decision *wanted = decision->record_marker;
    struct marker_recorded_event *recorded;

    if (!facts_permit(completion->facts, decision)) {
        fail_to_record(completion, wanted->marker_name);
        return;
    }
    recorded = arena_new(completion->out->arena, struct marker_recorded_event);
    recorded->marker_name = wanted->marker_name;
    recorded->details = wanted->details;
    recorded->decision_task_completed_event_id = completion->completed_event_id;
    event_list_add(completion->out, EVENT_MARKER_RECORDED, recorded);
}
