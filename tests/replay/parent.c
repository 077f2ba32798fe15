/*
 * The other side of a recorded child: a run that starts it in its first decision, and later ends.
 */
#include "replay.h"

#include "look.h"

#define PARENT_LIST BYTES("{\"name\":\"parents\"}")
#define PARENT_TYPE BYTES("{\"name\":\"parent\",\"version\":\"1\"}")

/* Its policy shows in what its end brought the child. */
static struct bytes policy_of_parent(const struct recording *recording)
{
    for (size_t i = 0; i < recording->count; i++) {
        if (recording->events[i].type == EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED)
            return BYTES("REQUEST_CANCEL");
    }
    return BYTES("TERMINATE");
}

static bool start_parent(struct replay *replay)
{
    struct json_value root;

    replay_begin(replay);
    replay_put(replay, "domain", BYTES("recorded"));
    replay_put(replay, "name", BYTES("parent"));
    replay_put(replay, "version", BYTES("1"));
    if (!replay_call_well(replay, OPERATION_REGISTER_WORKFLOW_TYPE, &root))
        return false;
    replay_begin(replay);
    replay_put(replay, "domain", BYTES("recorded"));
    replay_put(replay, "workflowId", replay->parent_id);
    replay_put_raw(replay, "workflowType", PARENT_TYPE);
    replay_put_raw(replay, "taskList", PARENT_LIST);
    replay_put(replay, "childPolicy", policy_of_parent(replay->recording));
    replay_put(replay, "executionStartToCloseTimeout", BYTES("31536000"));
    replay_put(replay, "taskStartToCloseTimeout", BYTES("NONE"));
    if (!replay_call_well(replay, OPERATION_START_WORKFLOW_EXECUTION, &root))
        return false;
    replay->parent_run_id = arena_copy(&replay->arena, look_text(root, "runId"));
    return true;
}

/* Up to its decisions. */
static bool begin_completion(struct replay *replay)
{
    if (!replay_await_decision(replay, replay->parent_id, PARENT_LIST, BYTES_ABSENT))
        return false;
    replay_begin(replay);
    replay_put(replay, "taskToken", replay_release_decision(replay, replay->parent_id));
    replay_open(replay, "decisions", '[');
    return true;
}

static bool finish_completion(struct replay *replay)
{
    struct json_value nothing;

    replay_close(replay, ']');
    return replay_call_well(replay, OPERATION_RESPOND_DECISION_TASK_COMPLETED, &nothing);
}

bool parent_start_child(struct replay *replay, const struct recorded_event *event)
{
    struct json_value parent;

    if (!look_member(event->attributes, "parentWorkflowExecution", &parent))
        return replay_stop(replay, "the parent has no name");
    replay->parent_id = look_text(parent, "workflowId");
    if (!start_parent(replay) || !begin_completion(replay))
        return false;
    decide_open(replay, DECISION_START_CHILD_WORKFLOW_EXECUTION);
    replay_put(replay, "workflowId", replay->workflow_id);
    decide_put_members(replay, DECISION_START_CHILD_WORKFLOW_EXECUTION, event->attributes, NULL);
    decide_close(replay);
    if (!finish_completion(replay))
        return false;
    if (!replay_learn_child(replay, replay->parent_id, replay->parent_run_id, replay->workflow_id))
        return replay_stop(replay, "the child does not start");
    replay->run_id = replay_known_child(replay, replay->workflow_id);
    return true;
}

bool parent_close(struct replay *replay)
{
    if (bytes_is_absent(replay->parent_id))
        return replay_stop(replay, "there is no parent");
    if (!begin_completion(replay))
        return false;
    decide_open(replay, DECISION_COMPLETE_WORKFLOW_EXECUTION);
    decide_close(replay);
    return finish_completion(replay);
}
