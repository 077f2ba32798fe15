#include "engine/start_settings.h"

struct start_settings start_settings_or(struct start_settings given,
                                        const struct workflow_type_configuration *defaults)
{
    return (struct start_settings){
        .execution_timeout = bytes_or(given.execution_timeout,
                                      defaults->default_execution_start_to_close_timeout),
        .task_list = given.task_list ? given.task_list : defaults->default_task_list,
        .task_timeout = bytes_or(given.task_timeout, defaults->default_task_start_to_close_timeout),
        .child_policy = given.child_policy ? given.child_policy : defaults->default_child_policy,
        .priority = bytes_or(given.priority, defaults->default_task_priority),
        .lambda_role = bytes_or(given.lambda_role, defaults->default_lambda_role),
    };
}

enum start_setting start_settings_missing(const struct start_settings *settings)
{
    if (bytes_is_absent(settings->execution_timeout))
        return START_SETTING_EXECUTION_TIMEOUT;
    if (settings->task_list == NULL)
        return START_SETTING_TASK_LIST;
    if (bytes_is_absent(settings->task_timeout))
        return START_SETTING_TASK_TIMEOUT;
    if (settings->child_policy == CHILD_POLICY_ABSENT)
        return START_SETTING_CHILD_POLICY;
    return START_SETTING_NONE;
}
