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

/* Those that are `given`, and those that are absent in it from `defaults`. Points into both. */
struct start_settings start_settings_or(struct start_settings given,
                                        const struct workflow_type_configuration *defaults);

/* The first setting that a run cannot do without and that is absent, in the order in which SWF
 * looks at them (Q-DEFN), or START_SETTING_NONE. Priority and Lambda role may be absent. */
enum start_setting start_settings_missing(const struct start_settings *settings);

#endif
