#include "auth/action.h"

#include "base/spelling.h"

#define SERVICE "swf:"
#define DOMAIN_PATH "/domain/"

/* Scheduling a Lambda function is in no list of the pseudo API; whoever may complete the decision
 * task may do it. This is the place to change that. */
static bool is_action(enum decision_type type)
{
    return type != DECISION_ABSENT && type != DECISION_SCHEDULE_LAMBDA_FUNCTION;
}

struct bytes action_of_operation(struct arena *arena, enum operation operation)
{
    return arena_printf(arena, SERVICE "%s", operation_names[operation]);
}

struct bytes action_of_decision(struct arena *arena, enum decision_type type)
{
    return is_action(type) ? arena_printf(arena, SERVICE "%s", decision_type_names[type])
                           : BYTES_ABSENT;
}

/* All names without the service, operations first; NULL where a decision is no action. */
static const char *name_at(size_t i)
{
    if (i < OPERATION_COUNT)
        return operation_names[i];
    enum decision_type type = (enum decision_type)(i - OPERATION_COUNT + 1);
    return is_action(type) ? decision_type_names[type] : NULL;
}

#define NAME_COUNT ((size_t)OPERATION_COUNT + DECISION_TYPE_COUNT)

/* What stands behind "swf:"; absent when that does not stand in front. */
static struct bytes bare_name(struct bytes action)
{
    static const struct bytes service = BYTES(SERVICE);

    if (action.len < service.len ||
        !bytes_equal_ignoring_case(bytes_of(action.ptr, service.len), service))
        return BYTES_ABSENT;
    return bytes_skip(action, service.len);
}

/* The place of an action among all names; NAME_COUNT when there is none. */
static size_t place_of(struct bytes action)
{
    struct bytes name = bare_name(action);

    for (size_t i = 0; i < NAME_COUNT && !bytes_is_absent(name); i++)
        if (name_at(i) && bytes_equal_ignoring_case(name, bytes_of_cstr(name_at(i))))
            return i;
    return NAME_COUNT;
}

bool action_exists(struct bytes action)
{
    return place_of(action) < NAME_COUNT;
}

bool action_is_decision(struct bytes action)
{
    return action_exists(action) && place_of(action) >= OPERATION_COUNT;
}

struct bytes action_suggest(struct arena *arena, struct bytes action)
{
    struct bytes name = bytes_or(bare_name(action), action);
    size_t best = SPELLING_FAR;
    const char *nearest = NULL;

    for (size_t i = 0; i < NAME_COUNT; i++) {
        size_t distance = name_at(i) ? spelling_distance(name, bytes_of_cstr(name_at(i)))
                                     : SPELLING_FAR;
        if (distance < best) {
            best = distance;
            nearest = name_at(i);
        }
    }
    return nearest ? arena_printf(arena, SERVICE "%s", nearest) : BYTES_ABSENT;
}

/* ---- resources */

/* NAME of "arn:aws:swf:REGION:ACCOUNT:/domain/NAME". Whether the rest is right is the service's to
 * say. */
static struct bytes domain_of_arn(struct bytes arn)
{
    static const struct bytes path = BYTES(DOMAIN_PATH);
    size_t slash = bytes_find_last(arn, '/');

    if (slash == arn.len || slash + 1 < path.len ||
        !bytes_equal(bytes_of(arn.ptr + slash + 1 - path.len, path.len), path))
        return BYTES_ABSENT;
    return bytes_skip(arn, slash + 1);
}

/* Where in its input an operation names the domain: 1 + the offset of the member; 0: nowhere. */
#define MEMBER(input, member) (1 + offsetof(struct input##_input, member))

/* clang-format off */
static const size_t domain_members[OPERATION_COUNT] = {
    [OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS]  = MEMBER(count_closed_workflow_executions, domain),
    [OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS]    = MEMBER(count_open_workflow_executions, domain),
    [OPERATION_COUNT_PENDING_ACTIVITY_TASKS]      = MEMBER(count_pending_activity_tasks, domain),
    [OPERATION_COUNT_PENDING_DECISION_TASKS]      = MEMBER(count_pending_decision_tasks, domain),
    [OPERATION_DELETE_ACTIVITY_TYPE]              = MEMBER(delete_activity_type, domain),
    [OPERATION_DELETE_WORKFLOW_TYPE]              = MEMBER(delete_workflow_type, domain),
    [OPERATION_DEPRECATE_ACTIVITY_TYPE]           = MEMBER(deprecate_activity_type, domain),
    [OPERATION_DEPRECATE_DOMAIN]                  = MEMBER(deprecate_domain, name),
    [OPERATION_DEPRECATE_WORKFLOW_TYPE]           = MEMBER(deprecate_workflow_type, domain),
    [OPERATION_DESCRIBE_ACTIVITY_TYPE]            = MEMBER(describe_activity_type, domain),
    [OPERATION_DESCRIBE_DOMAIN]                   = MEMBER(describe_domain, name),
    [OPERATION_DESCRIBE_WORKFLOW_EXECUTION]       = MEMBER(describe_workflow_execution, domain),
    [OPERATION_DESCRIBE_WORKFLOW_TYPE]            = MEMBER(describe_workflow_type, domain),
    [OPERATION_GET_WORKFLOW_EXECUTION_HISTORY]    = MEMBER(get_workflow_execution_history, domain),
    [OPERATION_LIST_ACTIVITY_TYPES]               = MEMBER(list_activity_types, domain),
    [OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS]   = MEMBER(list_closed_workflow_executions, domain),
    [OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS]     = MEMBER(list_open_workflow_executions, domain),
    [OPERATION_LIST_TAGS_FOR_RESOURCE]            = MEMBER(list_tags_for_resource, resource_arn),
    [OPERATION_LIST_WORKFLOW_TYPES]               = MEMBER(list_workflow_types, domain),
    [OPERATION_POLL_FOR_ACTIVITY_TASK]            = MEMBER(poll_for_activity_task, domain),
    [OPERATION_POLL_FOR_DECISION_TASK]            = MEMBER(poll_for_decision_task, domain),
    [OPERATION_REGISTER_ACTIVITY_TYPE]            = MEMBER(register_activity_type, domain),
    [OPERATION_REGISTER_DOMAIN]                   = MEMBER(register_domain, name),
    [OPERATION_REGISTER_WORKFLOW_TYPE]            = MEMBER(register_workflow_type, domain),
    [OPERATION_REQUEST_CANCEL_WORKFLOW_EXECUTION] = MEMBER(request_cancel_workflow_execution, domain),
    [OPERATION_SIGNAL_WORKFLOW_EXECUTION]         = MEMBER(signal_workflow_execution, domain),
    [OPERATION_START_WORKFLOW_EXECUTION]          = MEMBER(start_workflow_execution, domain),
    [OPERATION_TAG_RESOURCE]                      = MEMBER(tag_resource, resource_arn),
    [OPERATION_TERMINATE_WORKFLOW_EXECUTION]      = MEMBER(terminate_workflow_execution, domain),
    [OPERATION_UNDEPRECATE_ACTIVITY_TYPE]         = MEMBER(undeprecate_activity_type, domain),
    [OPERATION_UNDEPRECATE_DOMAIN]                = MEMBER(undeprecate_domain, name),
    [OPERATION_UNDEPRECATE_WORKFLOW_TYPE]         = MEMBER(undeprecate_workflow_type, domain),
    [OPERATION_UNTAG_RESOURCE]                    = MEMBER(untag_resource, resource_arn),
};
/* clang-format on */

static bool is_arn(enum operation operation)
{
    return operation == OPERATION_TAG_RESOURCE || operation == OPERATION_UNTAG_RESOURCE ||
           operation == OPERATION_LIST_TAGS_FOR_RESOURCE;
}

struct bytes action_domain(const struct request *request)
{
    size_t member = domain_members[request->operation];

    if (member == 0)
        return BYTES_ABSENT;
    const void *at = (const char *)request->input + member - 1;
    const struct bytes *named = at;
    return is_arn(request->operation) ? domain_of_arn(*named) : *named;
}

struct bytes action_resource(struct arena *arena, struct bytes region, struct bytes account,
                             struct bytes domain)
{
    domain = bytes_or(domain, BYTES("*"));
    return arena_printf(arena, "arn:aws:swf:%.*s:%.*s:" DOMAIN_PATH "%.*s", BYTES_FMT(region),
                        BYTES_FMT(account), BYTES_FMT(domain));
}
