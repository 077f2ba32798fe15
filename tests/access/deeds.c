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
        .request = FILTERS("startTimeFilter", BY_TYPE),
        .resource = DOMAIN_ARN,
        .keys = { { "swf:typeFilter.name", "w" }, { "swf:typeFilter.version", "1" } },
    },
    [OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS] = {
        .request = FILTERS("startTimeFilter", BY_TAG),
        .resource = DOMAIN_ARN,
        .keys = { { "swf:tagFilter.tag", "blue" } },
    },
    [OPERATION_COUNT_PENDING_ACTIVITY_TASKS] = {
        .request = DOMAIN ",'taskList':{'name':'workers'}}",
        .resource = DOMAIN_ARN,
        .keys = { { "swf:taskList.name", "workers" } },
    },
    [OPERATION_COUNT_PENDING_DECISION_TASKS] = {
        .request = DOMAIN ",'taskList':{'name':'deciders'}}",
        .resource = DOMAIN_ARN,
        .keys = { { "swf:taskList.name", "deciders" } },
    },
    [OPERATION_DELETE_ACTIVITY_TYPE] = {
        .request = DOMAIN "," OLD_ACTIVITY "}",
        .resource = DOMAIN_ARN,
        .keys = { KEYS_OF_TYPE("activity", "a", "old") },
    },
    [OPERATION_DELETE_WORKFLOW_TYPE] = {
        .request = DOMAIN "," OLD_WORKFLOW "}",
        .resource = DOMAIN_ARN,
        .keys = { KEYS_OF_TYPE("workflow", "w", "old") },
    },
    [OPERATION_DEPRECATE_ACTIVITY_TYPE] = {
        .request = DOMAIN "," ACTIVITY "}",
        .resource = DOMAIN_ARN,
        .keys = { KEYS_OF_TYPE("activity", "a", "1") },
    },
    [OPERATION_DEPRECATE_DOMAIN] = {
        .request = "{'name':'<domain>'}",
        .resource = DOMAIN_ARN,
    },
    [OPERATION_DEPRECATE_WORKFLOW_TYPE] = {
        .request = DOMAIN "," WORKFLOW "}",
        .resource = DOMAIN_ARN,
        .keys = { KEYS_OF_TYPE("workflow", "w", "1") },
    },
    [OPERATION_DESCRIBE_ACTIVITY_TYPE] = {
        .request = DOMAIN "," ACTIVITY "}",
        .resource = DOMAIN_ARN,
        .keys = { KEYS_OF_TYPE("activity", "a", "1") },
    },
    [OPERATION_DESCRIBE_DOMAIN] = {
        .request = "{'name':'<domain>'}",
        .resource = DOMAIN_ARN,
    },
    [OPERATION_DESCRIBE_WORKFLOW_EXECUTION] = {
        .request = DOMAIN ",'execution':{'workflowId':'busy','runId':'<busy-run>'}}",
        .resource = DOMAIN_ARN,
    },
    [OPERATION_DESCRIBE_WORKFLOW_TYPE] = {
        .request = DOMAIN "," WORKFLOW "}",
        .resource = DOMAIN_ARN,
        .keys = { KEYS_OF_TYPE("workflow", "w", "1") },
    },
    [OPERATION_GET_WORKFLOW_EXECUTION_HISTORY] = {
        .request = DOMAIN ",'execution':{'workflowId':'busy','runId':'<busy-run>'}}",
        .resource = DOMAIN_ARN,
    },
    [OPERATION_LIST_ACTIVITY_TYPES] = {
        .request = DOMAIN ",'registrationStatus':'REGISTERED'}",
        .resource = DOMAIN_ARN,
    },
    [OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS] = {
        .request = FILTERS("closeTimeFilter", BY_TAG),
        .resource = DOMAIN_ARN,
        .keys = { { "swf:tagFilter.tag", "blue" } },
    },
    [OPERATION_LIST_DOMAINS] = {
        .request = "{'registrationStatus':'REGISTERED'}",
        .resource = ALL_DOMAINS,
        .has_no_domain = true,
    },
    [OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS] = {
        .request = FILTERS("startTimeFilter", BY_TYPE),
        .resource = DOMAIN_ARN,
        .keys = { { "swf:typeFilter.name", "w" }, { "swf:typeFilter.version", "1" } },
    },
    [OPERATION_LIST_TAGS_FOR_RESOURCE] = {
        .request = "{'resourceArn':'<arn>'}",
        .resource = DOMAIN_ARN,
    },
    [OPERATION_LIST_WORKFLOW_TYPES] = {
        .request = DOMAIN ",'registrationStatus':'REGISTERED'}",
        .resource = DOMAIN_ARN,
    },
    [OPERATION_POLL_FOR_ACTIVITY_TASK] = {
        .request = DOMAIN ",'taskList':{'name':'workers'}}",
        .resource = DOMAIN_ARN,
        .keys = { { "swf:taskList.name", "workers" } },
    },
    [OPERATION_POLL_FOR_DECISION_TASK] = {
        .request = DOMAIN ",'taskList':{'name':'deciders'}}",
        .resource = DOMAIN_ARN,
        .keys = { { "swf:taskList.name", "deciders" } },
    },
    [OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT] = {
        .request = "{'taskToken':'<activity>','details':'half'}",
        .resource = DOMAIN_ARN,
        .is_task_call = true,
    },
    [OPERATION_REGISTER_ACTIVITY_TYPE] = {
        .request = DOMAIN ",'name':'new','version':'7','defaultTaskList':{'name':'l'}}",
        .resource = DOMAIN_ARN,
        .keys = { { "swf:defaultTaskList.name", "l" }, { "swf:name", "new" }, { "swf:version", "7" } },
    },
    [OPERATION_REGISTER_DOMAIN] = {
        .request = "{'name':'<domain>-new','workflowExecutionRetentionPeriodInDays':'1',"
        "'tags':[{'key':'environment','value':'test'}]}",
        .resource = "<arn>-new",
        .keys = { { "aws:RequestTag/environment", "test" }, { "aws:TagKeys", "environment" } },
        .has_no_domain = true,
    },
    [OPERATION_REGISTER_WORKFLOW_TYPE] = {
        .request = DOMAIN ",'name':'new','version':'7','defaultTaskList':{'name':'l'}}",
        .resource = DOMAIN_ARN,
        .keys = { { "swf:defaultTaskList.name", "l" }, { "swf:name", "new" }, { "swf:version", "7" } },
    },
    [OPERATION_REQUEST_CANCEL_WORKFLOW_EXECUTION] = {
        .request = DOMAIN ",'workflowId':'busy'}",
        .resource = DOMAIN_ARN,
    },
    [OPERATION_RESPOND_ACTIVITY_TASK_CANCELED] = {
        .request = "{'taskToken':'<activity>'}",
        .resource = DOMAIN_ARN,
        .is_task_call = true,
    },
    [OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED] = {
        .request = "{'taskToken':'<activity>','result':'r'}",
        .resource = DOMAIN_ARN,
        .is_task_call = true,
    },
    [OPERATION_RESPOND_ACTIVITY_TASK_FAILED] = {
        .request = "{'taskToken':'<activity>','reason':'r'}",
        .resource = DOMAIN_ARN,
        .is_task_call = true,
    },
    [OPERATION_RESPOND_DECISION_TASK_COMPLETED] = {
        .request = "{'taskToken':'<decision>'}",
        .resource = DOMAIN_ARN,
        .is_task_call = true,
    },
    [OPERATION_SIGNAL_WORKFLOW_EXECUTION] = {
        .request = DOMAIN ",'workflowId':'busy','signalName':'s'}",
        .resource = DOMAIN_ARN,
    },
    /* Its task list is the type's. */
    [OPERATION_START_WORKFLOW_EXECUTION] = {
        .request = DOMAIN ",'workflowId':'fresh'," WORKFLOW ",'tagList':['t0','t1','t2','t3','t4']}",
        .resource = DOMAIN_ARN,
        .keys = { KEYS_OF_TYPE("workflow", "w", "1"), { "swf:taskList.name", "deciders" },
          { "swf:tagList.member.0", "t0" }, { "swf:tagList.member.1", "t1" },
          { "swf:tagList.member.2", "t2" }, { "swf:tagList.member.3", "t3" },
          { "swf:tagList.member.4", "t4" } },
    },
    [OPERATION_TAG_RESOURCE] = {
        .request = "{'resourceArn':'<arn>','tags':[{'key':'environment','value':'test'}]}",
        .resource = DOMAIN_ARN,
        .keys = { { "aws:RequestTag/environment", "test" }, { "aws:TagKeys", "environment" } },
    },
    [OPERATION_TERMINATE_WORKFLOW_EXECUTION] = {
        .request = DOMAIN ",'workflowId':'busy'}",
        .resource = DOMAIN_ARN,
    },
    [OPERATION_UNDEPRECATE_ACTIVITY_TYPE] = {
        .request = DOMAIN "," OLD_ACTIVITY "}",
        .resource = DOMAIN_ARN,
        .keys = { KEYS_OF_TYPE("activity", "a", "old") },
    },
    [OPERATION_UNDEPRECATE_DOMAIN] = {
        .request = "{'name':'<domain>'}",
        .resource = DOMAIN_ARN,
    },
    [OPERATION_UNDEPRECATE_WORKFLOW_TYPE] = {
        .request = DOMAIN "," OLD_WORKFLOW "}",
        .resource = DOMAIN_ARN,
        .keys = { KEYS_OF_TYPE("workflow", "w", "old") },
    },
    [OPERATION_UNTAG_RESOURCE] = {
        .request = "{'resourceArn':'<arn>','tagKeys':['environment']}",
        .resource = DOMAIN_ARN,
        .keys = { { "aws:TagKeys", "environment" } },
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
