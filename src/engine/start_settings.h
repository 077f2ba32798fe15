/*
 * start_settings - what a run starts with: what the request or the decision that starts it gives,
 * else what its type registered; and the first setting that neither gives. StartWorkflowExecution,
 * StartChildWorkflowExecution and ContinueAsNewWorkflowExecution have these in common; how a
 * missing one is told is theirs.
 */
#ifndef ENGINE_START_SETTINGS_H
#define ENGINE_START_SETTINGS_H

#include "model/shapes.h"

struct start_settings {
    struct bytes execution_timeout, task_timeout, priority, lambda_role;
    const struct task_list *task_list;
    enum child_policy child_policy;
};

enum start_setting {
    START_SETTING_NONE,
    START_SETTING_EXECUTION_TIMEOUT,
    START_SETTING_TASK_LIST,
    START_SETTING_TASK_TIMEOUT,
    START_SETTING_CHILD_POLICY,
};

/* What a request, a decision or an event says of them: whatever starts a run or tells of one has
 * these members, by these names. */
#define START_SETTINGS_GIVEN(from)                                     \
    ((struct start_settings){                                          \
        .execution_timeout = (from)->execution_start_to_close_timeout, \
        .task_timeout = (from)->task_start_to_close_timeout,           \
        .task_list = (from)->task_list,                                \
        .child_policy = (from)->child_policy,                          \
        .priority = (from)->task_priority,                             \
        .lambda_role = (from)->lambda_role,                            \
    })

/* And the members of an event that is to say them. */
#define START_SETTINGS_TOLD(settings)                                                            \
    .execution_start_to_close_timeout = (settings)->execution_timeout,                           \
    .task_start_to_close_timeout = (settings)->task_timeout, .task_list = (settings)->task_list, \
    .child_policy = (settings)->child_policy, .task_priority = (settings)->priority,             \
    .lambda_role = (settings)->lambda_role

/* Why a decision fails that lacks one, by the enum above: CAUSE(X) is its cause named X. */
#define START_SETTING_CAUSES(CAUSE)                                                                \
    [START_SETTING_NONE] = CAUSE(ABSENT),                                                          \
    [START_SETTING_EXECUTION_TIMEOUT] = CAUSE(DEFAULT_EXECUTION_START_TO_CLOSE_TIMEOUT_UNDEFINED), \
    [START_SETTING_TASK_LIST] = CAUSE(DEFAULT_TASK_LIST_UNDEFINED),                                \
    [START_SETTING_TASK_TIMEOUT] = CAUSE(DEFAULT_TASK_START_TO_CLOSE_TIMEOUT_UNDEFINED),           \
    [START_SETTING_CHILD_POLICY] = CAUSE(DEFAULT_CHILD_POLICY_UNDEFINED)

/* Those that are `given`, and those that are absent in it from `defaults`. Points into both. */
struct start_settings start_settings_or(struct start_settings given,
                                        const struct workflow_type_configuration *defaults);

/* The first setting that a run cannot do without and that is absent, in the order in which SWF
 * looks at them (Q-DEFN), or START_SETTING_NONE. Priority and Lambda role may be absent. */
enum start_setting start_settings_missing(const struct start_settings *settings);

#endif
