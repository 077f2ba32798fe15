#include "deeds.h"

#include <stdio.h>

#define WORKFLOW "'workflowType':{'name':'w','version':'1'}"
#define OLD_WORKFLOW "'workflowType':{'name':'w','version':'old'}"
#define ACTIVITY "'activityType':{'name':'a','version':'1'}"
#define OLD_ACTIVITY "'activityType':{'name':'a','version':'old'}"
#define DOMAIN "{'domain':'<domain>'"
#define SINCE "{'oldestDate':0}"
#define FILTERS(time, filter) DOMAIN ",'" time "':" SINCE "," filter "}"
#define BY_TYPE "'typeFilter':{'name':'w','version':'1'}"
#define BY_TAG "'tagFilter':{'tag':'blue'}"

#define DOMAIN_ARN "<arn>"
#define ALL_DOMAINS "arn:aws:swf:us-east-1:" ACCOUNT_A ":/domain/*"

#define KEYS_OF_TYPE(kind, type_name, type_version) \
    { "swf:" kind "Type.name", type_name },         \
    {                                               \
        "swf:" kind "Type.version", type_version    \
    }

/* clang-format off */
const struct deed deeds[OPERATION_COUNT] = {
    [OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS] = {
        FILTERS("startTimeFilter", BY_TYPE), DOMAIN_ARN,
        { { "swf:typeFilter.name", "w" }, { "swf:typeFilter.version", "1" } },
    },
    [OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS] = {
        FILTERS("startTimeFilter", BY_TAG), DOMAIN_ARN, { { "swf:tagFilter.tag", "blue" } },
    },
    [OPERATION_COUNT_PENDING_ACTIVITY_TASKS] = {
        DOMAIN ",'taskList':{'name':'workers'}}", DOMAIN_ARN, { { "swf:taskList.name", "workers" } },
    },
    [OPERATION_COUNT_PENDING_DECISION_TASKS] = {
        DOMAIN ",'taskList':{'name':'deciders'}}", DOMAIN_ARN, { { "swf:taskList.name", "deciders" } },
    },
    [OPERATION_DELETE_ACTIVITY_TYPE] = {
        DOMAIN "," OLD_ACTIVITY "}", DOMAIN_ARN, { KEYS_OF_TYPE("activity", "a", "old") },
    },
    [OPERATION_DELETE_WORKFLOW_TYPE] = {
        DOMAIN "," OLD_WORKFLOW "}", DOMAIN_ARN, { KEYS_OF_TYPE("workflow", "w", "old") },
    },
    [OPERATION_DEPRECATE_ACTIVITY_TYPE] = {
        DOMAIN "," ACTIVITY "}", DOMAIN_ARN, { KEYS_OF_TYPE("activity", "a", "1") },
    },
    [OPERATION_DEPRECATE_DOMAIN] = { "{'name':'<domain>'}", DOMAIN_ARN },
    [OPERATION_DEPRECATE_WORKFLOW_TYPE] = {
        DOMAIN "," WORKFLOW "}", DOMAIN_ARN, { KEYS_OF_TYPE("workflow", "w", "1") },
    },
    [OPERATION_DESCRIBE_ACTIVITY_TYPE] = {
        DOMAIN "," ACTIVITY "}", DOMAIN_ARN, { KEYS_OF_TYPE("activity", "a", "1") },
    },
    [OPERATION_DESCRIBE_DOMAIN] = { "{'name':'<domain>'}", DOMAIN_ARN },
    [OPERATION_DESCRIBE_WORKFLOW_EXECUTION] = {
        DOMAIN ",'execution':{'workflowId':'busy','runId':'<busy-run>'}}", DOMAIN_ARN,
    },
    [OPERATION_DESCRIBE_WORKFLOW_TYPE] = {
        DOMAIN "," WORKFLOW "}", DOMAIN_ARN, { KEYS_OF_TYPE("workflow", "w", "1") },
    },
    [OPERATION_GET_WORKFLOW_EXECUTION_HISTORY] = {
        DOMAIN ",'execution':{'workflowId':'busy','runId':'<busy-run>'}}", DOMAIN_ARN,
    },
    [OPERATION_LIST_ACTIVITY_TYPES] = { DOMAIN ",'registrationStatus':'REGISTERED'}", DOMAIN_ARN },
    [OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS] = {
        FILTERS("closeTimeFilter", BY_TAG), DOMAIN_ARN, { { "swf:tagFilter.tag", "blue" } },
    },
    [OPERATION_LIST_DOMAINS] = {
        "{'registrationStatus':'REGISTERED'}", ALL_DOMAINS, .has_no_domain = true,
    },
    [OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS] = {
        FILTERS("startTimeFilter", BY_TYPE), DOMAIN_ARN,
        { { "swf:typeFilter.name", "w" }, { "swf:typeFilter.version", "1" } },
    },
    [OPERATION_LIST_TAGS_FOR_RESOURCE] = { "{'resourceArn':'<arn>'}", DOMAIN_ARN },
    [OPERATION_LIST_WORKFLOW_TYPES] = { DOMAIN ",'registrationStatus':'REGISTERED'}", DOMAIN_ARN },
    [OPERATION_POLL_FOR_ACTIVITY_TASK] = {
        DOMAIN ",'taskList':{'name':'workers'}}", DOMAIN_ARN, { { "swf:taskList.name", "workers" } },
    },
    [OPERATION_POLL_FOR_DECISION_TASK] = {
        DOMAIN ",'taskList':{'name':'deciders'}}", DOMAIN_ARN, { { "swf:taskList.name", "deciders" } },
    },
    [OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT] = {
        "{'taskToken':'<activity>','details':'half'}", DOMAIN_ARN, .is_task_call = true,
    },
    [OPERATION_REGISTER_ACTIVITY_TYPE] = {
        DOMAIN ",'name':'new','version':'7','defaultTaskList':{'name':'l'}}", DOMAIN_ARN,
        { { "swf:defaultTaskList.name", "l" }, { "swf:name", "new" }, { "swf:version", "7" } },
    },
    [OPERATION_REGISTER_DOMAIN] = {
        "{'name':'<domain>-new','workflowExecutionRetentionPeriodInDays':'1',"
        "'tags':[{'key':'environment','value':'test'}]}", "<arn>-new",
        { { "aws:RequestTag/environment", "test" }, { "aws:TagKeys", "environment" } },
        .has_no_domain = true,
    },
    [OPERATION_REGISTER_WORKFLOW_TYPE] = {
        DOMAIN ",'name':'new','version':'7','defaultTaskList':{'name':'l'}}", DOMAIN_ARN,
        { { "swf:defaultTaskList.name", "l" }, { "swf:name", "new" }, { "swf:version", "7" } },
    },
    [OPERATION_REQUEST_CANCEL_WORKFLOW_EXECUTION] = { DOMAIN ",'workflowId':'busy'}", DOMAIN_ARN },
    [OPERATION_RESPOND_ACTIVITY_TASK_CANCELED] = {
        "{'taskToken':'<activity>'}", DOMAIN_ARN, .is_task_call = true,
    },
    [OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED] = {
        "{'taskToken':'<activity>','result':'r'}", DOMAIN_ARN, .is_task_call = true,
    },
    [OPERATION_RESPOND_ACTIVITY_TASK_FAILED] = {
        "{'taskToken':'<activity>','reason':'r'}", DOMAIN_ARN, .is_task_call = true,
    },
    [OPERATION_RESPOND_DECISION_TASK_COMPLETED] = {
        "{'taskToken':'<decision>'}", DOMAIN_ARN, .is_task_call = true,
    },
    [OPERATION_SIGNAL_WORKFLOW_EXECUTION] = {
        DOMAIN ",'workflowId':'busy','signalName':'s'}", DOMAIN_ARN,
    },
    /* Its task list is the type's. */
    [OPERATION_START_WORKFLOW_EXECUTION] = {
        DOMAIN ",'workflowId':'fresh'," WORKFLOW ",'tagList':['t0','t1','t2','t3','t4']}", DOMAIN_ARN,
        { KEYS_OF_TYPE("workflow", "w", "1"), { "swf:taskList.name", "deciders" },
          { "swf:tagList.member.0", "t0" }, { "swf:tagList.member.1", "t1" },
          { "swf:tagList.member.2", "t2" }, { "swf:tagList.member.3", "t3" },
          { "swf:tagList.member.4", "t4" } },
    },
    [OPERATION_TAG_RESOURCE] = {
        "{'resourceArn':'<arn>','tags':[{'key':'environment','value':'test'}]}", DOMAIN_ARN,
        { { "aws:RequestTag/environment", "test" }, { "aws:TagKeys", "environment" } },
    },
    [OPERATION_TERMINATE_WORKFLOW_EXECUTION] = { DOMAIN ",'workflowId':'busy'}", DOMAIN_ARN },
    [OPERATION_UNDEPRECATE_ACTIVITY_TYPE] = {
        DOMAIN "," OLD_ACTIVITY "}", DOMAIN_ARN, { KEYS_OF_TYPE("activity", "a", "old") },
    },
    [OPERATION_UNDEPRECATE_DOMAIN] = { "{'name':'<domain>'}", DOMAIN_ARN },
    [OPERATION_UNDEPRECATE_WORKFLOW_TYPE] = {
        DOMAIN "," OLD_WORKFLOW "}", DOMAIN_ARN, { KEYS_OF_TYPE("workflow", "w", "old") },
    },
    [OPERATION_UNTAG_RESOURCE] = {
        "{'resourceArn':'<arn>','tagKeys':['environment']}", DOMAIN_ARN,
        { { "aws:TagKeys", "environment" } },
    },
};
/* clang-format on */

/* ---- a domain to do it in */

struct wish {
    const char *operation, *request;
};

static const struct wish registrations[] = {
    { "RegisterDomain", "{'name':'<domain>','workflowExecutionRetentionPeriodInDays':'1',"
                        "'tags':[{'key':'environment','value':'production'}]}" },
    { "RegisterWorkflowType",
      DOMAIN ",'name':'w','version':'1','defaultTaskStartToCloseTimeout':'600',"
             "'defaultExecutionStartToCloseTimeout':'86400',"
             "'defaultTaskList':{'name':'deciders'},'defaultChildPolicy':'TERMINATE'}" },
    { "RegisterActivityType",
      DOMAIN ",'name':'a','version':'1','defaultTaskStartToCloseTimeout':'3600',"
             "'defaultTaskHeartbeatTimeout':'3600','defaultTaskList':{'name':'workers'},"
             "'defaultTaskScheduleToStartTimeout':'3600',"
             "'defaultTaskScheduleToCloseTimeout':'3600'}" },
    { "RegisterWorkflowType", DOMAIN ",'name':'w','version':'old'}" },
    { "RegisterActivityType", DOMAIN ",'name':'a','version':'old'}" },
    { "DeprecateWorkflowType", DOMAIN "," OLD_WORKFLOW "}" },
    { "DeprecateActivityType", DOMAIN "," OLD_ACTIVITY "}" },
};

static void start(struct stage *stage, const struct credentials *admin, const char *id)
{
    char request[256], name[24];

    snprintf(request, sizeof(request), DOMAIN ",'workflowId':'%s'," WORKFLOW ",'tagList':['blue']}",
             id);
    stage_do(stage, admin, "StartWorkflowExecution", request);
    snprintf(name, sizeof(name), "%s-run", id);
    stage_keep(stage, name, "runId");
}

static void take_task(struct stage *stage, const struct credentials *admin, const char *operation,
                      const char *list, const char *name)
{
    char request[128];

    snprintf(request, sizeof(request), DOMAIN ",'taskList':{'name':'%s'}}", list);
    stage_do(stage, admin, operation, request);
    stage_keep(stage, name, "taskToken");
}

#define SCHEDULE(id)                                                                             \
    "{'decisionType':'ScheduleActivityTask','scheduleActivityTaskDecisionAttributes':{'activity" \
    "Id':'" id "'," ACTIVITY "}}"

/* Two activities, one of which is handed out. */
static void prepare_activities(struct stage *stage, const struct credentials *admin)
{
    start(stage, admin, "busy");
    take_task(stage, admin, "PollForDecisionTask", "deciders", "busy-task");
    stage_do(stage, admin, "RespondDecisionTaskCompleted",
             "{'taskToken':'<busy-task>','decisions':[" SCHEDULE("1") "," SCHEDULE("2") "]}");
    take_task(stage, admin, "PollForActivityTask", "workers", "activity");
}

void deed_prepare(struct stage *stage, const struct credentials *admin, enum operation operation,
                  const char *domain)
{
    stage_bind(stage, "domain", bytes_of_cstr(domain));
    for (size_t i = 0; i < sizeof(registrations) / sizeof(registrations[0]); i++)
        stage_do(stage, admin, registrations[i].operation, registrations[i].request);
    stage_do(stage, admin, "DescribeDomain", "{'name':'<domain>'}");
    stage_keep(stage, "arn", "arn");
    start(stage, admin, "done");
    stage_do(stage, admin, "TerminateWorkflowExecution", DOMAIN ",'workflowId':'done'}");
    prepare_activities(stage, admin);
    start(stage, admin, "deciding");
    take_task(stage, admin, "PollForDecisionTask", "deciders", "decision");
    start(stage, admin, "waiting");
    if (operation == OPERATION_UNDEPRECATE_DOMAIN)
        stage_do(stage, admin, "DeprecateDomain", "{'name':'<domain>'}");
}

/* ---- looking */

#define HISTORY(id)                                                               \
    {                                                                             \
        "GetWorkflowExecutionHistory",                                            \
            DOMAIN ",'execution':{'workflowId':'" id "','runId':'<" id "-run>'}}" \
    }

static const struct wish views[] = {
    { "ListDomains", "{'registrationStatus':'REGISTERED'}" },
    { "ListDomains", "{'registrationStatus':'DEPRECATED'}" },
    { "DescribeDomain", "{'name':'<domain>'}" },
    { "ListTagsForResource", "{'resourceArn':'<arn>'}" },
    { "ListWorkflowTypes", DOMAIN ",'registrationStatus':'REGISTERED'}" },
    { "ListWorkflowTypes", DOMAIN ",'registrationStatus':'DEPRECATED'}" },
    { "ListActivityTypes", DOMAIN ",'registrationStatus':'REGISTERED'}" },
    { "ListActivityTypes", DOMAIN ",'registrationStatus':'DEPRECATED'}" },
    { "ListOpenWorkflowExecutions", DOMAIN ",'startTimeFilter':" SINCE "}" },
    { "ListClosedWorkflowExecutions", DOMAIN ",'startTimeFilter':" SINCE "}" },
    { "CountPendingActivityTasks", DOMAIN ",'taskList':{'name':'workers'}}" },
    { "CountPendingDecisionTasks", DOMAIN ",'taskList':{'name':'deciders'}}" },
    { "DescribeWorkflowExecution",
      DOMAIN ",'execution':{'workflowId':'busy','runId':'<busy-run>'}}" },
    HISTORY("busy"),
    HISTORY("deciding"),
    HISTORY("waiting"),
    HISTORY("done"),
};

void deed_look(struct stage *stage, const struct credentials *admin, struct text *out)
{
    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
        stage_do(stage, admin, views[i].operation, views[i].request);
        text_append(out, stage->talk.body);
        text_append_char(out, '\n');
    }
}
