#include "language.h"

#include "wire/shape.h"

#define DOMAIN "domain=d"
#define REGISTERED "registrationStatus=REGISTERED"
#define WORKFLOW_DEFAULTS                                                       \
    DOMAIN " defaultTaskList=deciders defaultExecutionStartToCloseTimeout=3600" \
           " defaultTaskStartToCloseTimeout=300 defaultChildPolicy=TERMINATE"
#define ACTIVITY_DEFAULTS                                                                \
    DOMAIN " defaultTaskList=workers defaultTaskScheduleToStartTimeout=NONE"             \
           " defaultTaskScheduleToCloseTimeout=NONE defaultTaskStartToCloseTimeout=NONE" \
           " defaultTaskHeartbeatTimeout=NONE"

/* clang-format off */
static const struct verb verbs[] = {
    { "register", "domain", OPERATION_REGISTER_DOMAIN, { "name" }, "workflowExecutionRetentionPeriodInDays=7" },
    { "register", "workflow", OPERATION_REGISTER_WORKFLOW_TYPE, { "name/version" }, WORKFLOW_DEFAULTS },
    { "register", "activity", OPERATION_REGISTER_ACTIVITY_TYPE, { "name/version" }, ACTIVITY_DEFAULTS },
    { "deprecate", "domain", OPERATION_DEPRECATE_DOMAIN, { "name" }, "" },
    { "deprecate", "workflow", OPERATION_DEPRECATE_WORKFLOW_TYPE, { "workflowType" }, DOMAIN },
    { "deprecate", "activity", OPERATION_DEPRECATE_ACTIVITY_TYPE, { "activityType" }, DOMAIN },
    { "undeprecate", "domain", OPERATION_UNDEPRECATE_DOMAIN, { "name" }, "" },
    { "undeprecate", "workflow", OPERATION_UNDEPRECATE_WORKFLOW_TYPE, { "workflowType" }, DOMAIN },
    { "undeprecate", "activity", OPERATION_UNDEPRECATE_ACTIVITY_TYPE, { "activityType" }, DOMAIN },
    { "delete", "workflow", OPERATION_DELETE_WORKFLOW_TYPE, { "workflowType" }, DOMAIN },
    { "delete", "activity", OPERATION_DELETE_ACTIVITY_TYPE, { "activityType" }, DOMAIN },
    { "describe", "domain", OPERATION_DESCRIBE_DOMAIN, { "name" }, "" },
    { "describe", "workflow", OPERATION_DESCRIBE_WORKFLOW_TYPE, { "workflowType" }, DOMAIN },
    { "describe", "activity", OPERATION_DESCRIBE_ACTIVITY_TYPE, { "activityType" }, DOMAIN },
    { "list", "domains", OPERATION_LIST_DOMAINS, { 0 }, REGISTERED },
    { "list", "workflows", OPERATION_LIST_WORKFLOW_TYPES, { 0 }, DOMAIN " " REGISTERED },
    { "list", "activities", OPERATION_LIST_ACTIVITY_TYPES, { 0 }, DOMAIN " " REGISTERED },
    { "list", "open", OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS, { 0 }, DOMAIN " startTimeFilter=0" },
    { "list", "closed", OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS, { 0 }, DOMAIN },
    { "count", "open", OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS, { 0 }, DOMAIN " startTimeFilter=0" },
    { "count", "closed", OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS, { 0 }, DOMAIN },
    { "count", "decisions", OPERATION_COUNT_PENDING_DECISION_TASKS, { 0 }, DOMAIN " taskList=deciders" },
    { "count", "activities", OPERATION_COUNT_PENDING_ACTIVITY_TASKS, { 0 }, DOMAIN " taskList=workers" },
    { "start", NULL, OPERATION_START_WORKFLOW_EXECUTION, { "workflowId" }, DOMAIN " workflowType=order/1" },
    { "signal", NULL, OPERATION_SIGNAL_WORKFLOW_EXECUTION, { "workflowId", "signalName" }, DOMAIN },
    { "cancel", NULL, OPERATION_REQUEST_CANCEL_WORKFLOW_EXECUTION, { "workflowId" }, DOMAIN },
    { "terminate", NULL, OPERATION_TERMINATE_WORKFLOW_EXECUTION, { "workflowId" }, DOMAIN },
    { "describe", NULL, OPERATION_DESCRIBE_WORKFLOW_EXECUTION, { "execution" }, DOMAIN },
    { "history", NULL, OPERATION_GET_WORKFLOW_EXECUTION_HISTORY, { "execution" }, DOMAIN },
    { "poll", "decider", OPERATION_POLL_FOR_DECISION_TASK, { 0 }, DOMAIN " taskList=deciders" },
    { "poll", "worker", OPERATION_POLL_FOR_ACTIVITY_TASK, { 0 }, DOMAIN " taskList=workers" },
    { "decide", NULL, OPERATION_RESPOND_DECISION_TASK_COMPLETED, { "taskToken" }, "" },
    { "complete", NULL, OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED, { "taskToken" }, "" },
    { "fail", NULL, OPERATION_RESPOND_ACTIVITY_TASK_FAILED, { "taskToken" }, "" },
    { "canceled", NULL, OPERATION_RESPOND_ACTIVITY_TASK_CANCELED, { "taskToken" }, "" },
    { "heartbeat", NULL, OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT, { "taskToken" }, "" },
};

static const struct decision_word decision_words[] = {
    { "schedule", DECISION_SCHEDULE_ACTIVITY_TASK, { "activityId" }, "activityType=ship/1" },
    { "cancel-activity", DECISION_REQUEST_CANCEL_ACTIVITY_TASK, { "activityId" }, "" },
    { "timer", DECISION_START_TIMER, { "timerId", "startToFireTimeout" }, "" },
    { "cancel-timer", DECISION_CANCEL_TIMER, { "timerId" }, "" },
    { "marker", DECISION_RECORD_MARKER, { "markerName" }, "" },
    { "complete", DECISION_COMPLETE_WORKFLOW_EXECUTION, { 0 }, "" },
    { "fail", DECISION_FAIL_WORKFLOW_EXECUTION, { 0 }, "" },
    { "cancel", DECISION_CANCEL_WORKFLOW_EXECUTION, { 0 }, "" },
    { "continue-as-new", DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION, { 0 }, "" },
    { "signal", DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION, { "workflowId", "signalName" }, "" },
    { "request-cancel", DECISION_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION, { "workflowId" }, "" },
    { "child", DECISION_START_CHILD_WORKFLOW_EXECUTION, { "workflowId" }, "workflowType=order/1" },
    { "lambda", DECISION_SCHEDULE_LAMBDA_FUNCTION, { "id", "name" }, "" },
};
/* clang-format on */

static const struct verb *find_call(const struct word *operation)
{
    static struct verb call = { .word = "call", .defaults = "" };

    for (int i = 0; i < OPERATION_COUNT; i++) {
        if (!word_is(operation, operation_names[i]))
            continue;
        call.object = operation_names[i];
        call.operation = (enum operation)i;
        return &call;
    }
    return NULL;
}

const struct verb *verb_find(const struct line *line)
{
    if (word_is(&line->words[0], "call") && line->count > 1)
        return find_call(&line->words[1]);
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        const struct verb *verb = &verbs[i];

        if (word_is(&line->words[0], verb->word) &&
            (verb->object == NULL || (line->count > 1 && word_is(&line->words[1], verb->object))))
            return verb;
    }
    return NULL;
}

const struct decision_word *decision_word_find(const struct word *word)
{
    for (size_t i = 0; i < sizeof(decision_words) / sizeof(decision_words[0]); i++) {
        if (word_is(word, decision_words[i].word))
            return &decision_words[i];
    }
    return NULL;
}

void defaults_add(struct pairs *pairs, const char *defaults)
{
    while (*defaults) {
        const char *equals = strchr(defaults, '=');
        size_t len = strcspn(equals + 1, " ");

        pairs_set(pairs, bytes_of(defaults, (size_t)(equals - defaults)),
                  bytes_of(equals + 1, len));
        defaults = equals + 1 + len;
        defaults += strspn(defaults, " ");
    }
}

bool duration_parse(struct bytes text, struct duration *out)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };
    unsigned long long number;

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t len = strlen(units[i].name);

        if (text.len <= len || !bytes_equal_cstr(bytes_skip(text, text.len - len), units[i].name) ||
            !bytes_parse_u64(bytes_of(text.ptr, text.len - len), &number))
            continue;
        out->ms = (int64_t)number * units[i].ms;
        return true;
    }
    return false;
}
