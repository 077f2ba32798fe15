/*
 * What must be there before a recorded run's first event: its domain, and the types that its events
 * name.
 */
#include "replay.h"

#include "look.h"
#include "wire/shape.h"

/* ---- types ---- */

/* Types that are there already are as good. */
static void register_type(struct replay *replay, enum operation operation, struct json_value type)
{
    replay_begin(replay);
    replay_put(replay, "domain", BYTES("recorded"));
    replay_put_members(replay, operation_shapes[operation].input, type, NULL);
    replay_call(replay, operation);
}

static bool says_there_is_no_type(const struct recorded_event *event)
{
    struct bytes cause = look_text(event->attributes, "cause");

    return bytes_equal(cause, BYTES("ACTIVITY_TYPE_DOES_NOT_EXIST")) ||
           bytes_equal(cause, BYTES("WORKFLOW_TYPE_DOES_NOT_EXIST"));
}

static void register_types(struct replay *replay)
{
    struct json_value type;

    for (size_t i = 0; i < replay->recording->count; i++) {
        const struct recorded_event *event = &replay->recording->events[i];

        if (says_there_is_no_type(event))
            continue;
        if (look_member(event->attributes, "workflowType", &type))
            register_type(replay, OPERATION_REGISTER_WORKFLOW_TYPE, type);
        if (look_member(event->attributes, "activityType", &type))
            register_type(replay, OPERATION_REGISTER_ACTIVITY_TYPE, type);
    }
}

static bool register_domain(struct replay *replay)
{
    struct json_value nothing;

    replay_begin(replay);
    replay_put(replay, "name", BYTES("recorded"));
    replay_put(replay, "workflowExecutionRetentionPeriodInDays", BYTES("7"));
    return replay_call_well(replay, OPERATION_REGISTER_DOMAIN, &nothing);
}

/* ---- the run ---- */

static bool start_by_a_client(struct replay *replay, const struct recorded_event *event)
{
    const struct shape *shape = operation_shapes[OPERATION_START_WORKFLOW_EXECUTION].input;
    struct json_value root;

    replay_begin(replay);
    replay_put(replay, "domain", BYTES("recorded"));
    replay_put(replay, "workflowId", replay->workflow_id);
    replay_put_members(replay, shape, event->attributes, NULL);
    if (!replay_call_well(replay, OPERATION_START_WORKFLOW_EXECUTION, &root))
        return false;
    replay->run_id = arena_copy(&replay->arena, look_text(root, "runId"));
    return true;
}

bool start_recorded(struct replay *replay, const struct recorded_event *event)
{
    replay->workflow_id = BYTES("recorded-run");
    if (!register_domain(replay))
        return false;
    register_types(replay);
    if (look_number(event->attributes, "parentInitiatedEventId"))
        return parent_start_child(replay, event);
    return start_by_a_client(replay, event);
}
