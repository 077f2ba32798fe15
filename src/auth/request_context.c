/*
 * The keys of each action are those of the developer guide ("Using IAM to manage access", API
 * summary). Values are added where they are given; context_add passes over absent ones.
 */
#include "auth/request_context.h"

#include <stddef.h>

#define TAGS_WITH_KEYS 5 /* swf:tagList.member.0 to .4 */

/* ---- parts that several actions have */

static void add_workflow_type(struct context *context, const struct workflow_type *type)
{
    context_add(context, BYTES("swf:workflowType.name"), type->name);
    context_add(context, BYTES("swf:workflowType.version"), type->version);
}

static void add_activity_type(struct context *context, const struct activity_type *type)
{
    context_add(context, BYTES("swf:activityType.name"), type->name);
    context_add(context, BYTES("swf:activityType.version"), type->version);
}

/* The list that is given, or that the type was registered with. */
static void add_task_list(struct context *context, const struct task_list *given,
                          struct bytes registered)
{
    context_add(context, BYTES("swf:taskList.name"), given ? given->name : registered);
}

static void add_tag_list(struct context *context, struct bytes_list tags)
{
    static const struct bytes names[TAGS_WITH_KEYS] = {
        BYTES("swf:tagList.member.0"), BYTES("swf:tagList.member.1"), BYTES("swf:tagList.member.2"),
        BYTES("swf:tagList.member.3"), BYTES("swf:tagList.member.4"),
    };

    for (size_t i = 0; i < tags.count && i < TAGS_WITH_KEYS; i++)
        context_add(context, names[i], tags.items[i]);
}

static void add_filters(struct context *context, const struct tag_filter *tag,
                        const struct workflow_type_filter *type)
{
    if (tag)
        context_add(context, BYTES("swf:tagFilter.tag"), tag->tag);
    if (!type)
        return;
    context_add(context, BYTES("swf:typeFilter.name"), type->name);
    context_add(context, BYTES("swf:typeFilter.version"), type->version);
}

static void add_registration(struct context *context, const struct task_list *list,
                             struct bytes name, struct bytes version)
{
    if (list)
        context_add(context, BYTES("swf:defaultTaskList.name"), list->name);
    context_add(context, BYTES("swf:name"), name);
    context_add(context, BYTES("swf:version"), version);
}

/* "aws:ResourceTag/KEY" and the like, a key for each tag. Of a tag that a request gives twice the
 * last value is kept (registration.c), so that is the one to judge. */
static void add_tags(struct context *context, struct bytes prefix, struct resource_tag_list tags)
{
    for (size_t i = 0; i < tags.count; i++) {
        const struct resource_tag *tag = &tags.items[i];
        context_set(context, arena_concat(context->arena, prefix, tag->key),
                    bytes_or(tag->value, BYTES("")));
    }
}

static void add_request_tags(struct context *context, struct resource_tag_list tags)
{
    add_tags(context, BYTES("aws:RequestTag/"), tags);
    for (size_t i = 0; i < tags.count; i++)
        context_add(context, BYTES("aws:TagKeys"), tags.items[i].key);
}

static void add_tag_keys(struct context *context, struct bytes_list keys)
{
    for (size_t i = 0; i < keys.count; i++)
        context_add(context, BYTES("aws:TagKeys"), keys.items[i]);
}

/* ---- keys of whoever calls */

static void add_time(struct context *context, struct instant now)
{
    char iso[25];

    instant_format_iso(now, iso);
    context_add(context, BYTES("aws:CurrentTime"), arena_copy(context->arena, bytes_of_cstr(iso)));
    context_add(context, BYTES("aws:EpochTime"),
                arena_printf(context->arena, "%lld", (long long)(now.ms / 1000)));
}

/* What no call here is or shows. Policies deny by such keys with Bool, and a condition on a key that
 * is missing is false: they would let everybody pass. Only temporary credentials can be of somebody
 * who showed a second factor, so of others the key does not speak. */
static void add_what_never_is(struct context *context, const struct caller *caller)
{
    context_add(context, BYTES("aws:ViaAWSService"), BYTES("false"));
    context_add(context, BYTES("aws:PrincipalIsAWSService"), BYTES("false"));
    if (caller->is_temporary)
        context_add(context, BYTES("aws:MultiFactorAuthPresent"), BYTES("false"));
}

static void add_caller(struct context *context, const struct caller *caller)
{
    add_time(context, caller->now);
    add_what_never_is(context, caller);
    context_add(context, BYTES("aws:PrincipalArn"), caller->principal_arn);
    context_add(context, BYTES("aws:PrincipalAccount"), caller->account);
    context_add(context, BYTES("aws:PrincipalType"), caller->principal_type);
    context_add(context, BYTES("aws:username"), caller->user_name);
    context_add(context, BYTES("aws:userid"), caller->user_id);
    context_add(context, BYTES("aws:RequestedRegion"), caller->region);
    add_tags(context, BYTES("aws:PrincipalTag/"), caller->tags);
}

/* What is known of a call, and not of a decision in it. */
static void add_connection(struct context *context, const struct caller *caller)
{
    context_add(context, BYTES("aws:SourceIp"), caller->source_ip);
    context_add(context, BYTES("aws:UserAgent"), caller->user_agent);
    context_add(context, BYTES("aws:SecureTransport"),
                caller->secure_transport ? BYTES("true") : BYTES("false"));
}

/* ---- calls */

/* Where an operation's input has what its keys are made of: 1 + the offset of a member; 0: it has
 * none. */
struct parameters {
    size_t workflow_type, activity_type;
    size_t task_list;
    size_t tag_list;
    size_t tag_filter, type_filter;
    size_t default_task_list, name, version; /* of a registration */
    size_t tags;                             /* aws:RequestTag and aws:TagKeys */
    size_t tag_keys;                         /* aws:TagKeys */
};

#define AT(input, member) .member = 1 + offsetof(struct input##_input, member)
#define FILTERS(input) AT(input, tag_filter), AT(input, type_filter)
#define REGISTRATION(input) AT(input, default_task_list), AT(input, name), AT(input, version)

/* What is not here has no keys of its own. (The Service Authorization Reference lists some for
 * RespondActivityTaskCompleted, which has nothing that could fill them.) */
/* clang-format off */
static const struct parameters parameters[OPERATION_COUNT] = {
    [OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS] = { FILTERS(count_closed_workflow_executions) },
    [OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS]   = { FILTERS(count_open_workflow_executions) },
    [OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS]  = { FILTERS(list_closed_workflow_executions) },
    [OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS]    = { FILTERS(list_open_workflow_executions) },
    [OPERATION_COUNT_PENDING_ACTIVITY_TASKS]     = { AT(count_pending_activity_tasks, task_list) },
    [OPERATION_COUNT_PENDING_DECISION_TASKS]     = { AT(count_pending_decision_tasks, task_list) },
    [OPERATION_POLL_FOR_ACTIVITY_TASK]           = { AT(poll_for_activity_task, task_list) },
    [OPERATION_POLL_FOR_DECISION_TASK]           = { AT(poll_for_decision_task, task_list) },
    [OPERATION_DELETE_ACTIVITY_TYPE]             = { AT(delete_activity_type, activity_type) },
    [OPERATION_DEPRECATE_ACTIVITY_TYPE]          = { AT(deprecate_activity_type, activity_type) },
    [OPERATION_DESCRIBE_ACTIVITY_TYPE]           = { AT(describe_activity_type, activity_type) },
    [OPERATION_UNDEPRECATE_ACTIVITY_TYPE]        = { AT(undeprecate_activity_type, activity_type) },
    [OPERATION_DELETE_WORKFLOW_TYPE]             = { AT(delete_workflow_type, workflow_type) },
    [OPERATION_DEPRECATE_WORKFLOW_TYPE]          = { AT(deprecate_workflow_type, workflow_type) },
    [OPERATION_DESCRIBE_WORKFLOW_TYPE]           = { AT(describe_workflow_type, workflow_type) },
    [OPERATION_UNDEPRECATE_WORKFLOW_TYPE]        = { AT(undeprecate_workflow_type, workflow_type) },
    [OPERATION_REGISTER_ACTIVITY_TYPE]           = { REGISTRATION(register_activity_type) },
    [OPERATION_REGISTER_WORKFLOW_TYPE]           = { REGISTRATION(register_workflow_type) },
    [OPERATION_START_WORKFLOW_EXECUTION]         = { AT(start_workflow_execution, workflow_type),
        AT(start_workflow_execution, task_list), AT(start_workflow_execution, tag_list) },
    [OPERATION_REGISTER_DOMAIN]                  = { AT(register_domain, tags) },
    [OPERATION_TAG_RESOURCE]                     = { AT(tag_resource, tags) },
    [OPERATION_UNTAG_RESOURCE]                   = { AT(untag_resource, tag_keys) },
};
/* clang-format on */

/* The member of the input, or NULL where the operation has none of the kind. */
static const void *member(const struct request *request, size_t at)
{
    return at ? (const char *)request->input + at - 1 : NULL;
}

static void add_start_and_poll(struct context *context, const struct request *request,
                               struct bytes default_task_list)
{
    const struct parameters *at = &parameters[request->operation];
    const struct workflow_type *const *workflow_type = member(request, at->workflow_type);
    const struct activity_type *const *activity_type = member(request, at->activity_type);
    const struct task_list *const *task_list = member(request, at->task_list);
    const struct bytes_list *tag_list = member(request, at->tag_list);

    if (workflow_type)
        add_workflow_type(context, *workflow_type);
    if (activity_type)
        add_activity_type(context, *activity_type);
    if (task_list)
        add_task_list(context, *task_list, default_task_list);
    if (tag_list)
        add_tag_list(context, *tag_list);
}

static void add_lists_and_registrations(struct context *context, const struct request *request)
{
    const struct parameters *at = &parameters[request->operation];
    const struct tag_filter *const *tag = member(request, at->tag_filter);
    const struct workflow_type_filter *const *type = member(request, at->type_filter);
    const struct task_list *const *list = member(request, at->default_task_list);
    const struct bytes *name = member(request, at->name), *version = member(request, at->version);

    if (tag)
        add_filters(context, *tag, *type);
    if (list)
        add_registration(context, *list, *name, *version);
}

static void add_tagging(struct context *context, const struct request *request)
{
    const struct parameters *at = &parameters[request->operation];
    const struct resource_tag_list *tags = member(request, at->tags);
    const struct bytes_list *keys = member(request, at->tag_keys);

    if (tags)
        add_request_tags(context, *tags);
    if (keys)
        add_tag_keys(context, *keys);
}

void request_context_of_call(struct context *context, const struct request *request,
                             const struct caller *caller, const struct request_facts *facts)
{
    add_caller(context, caller);
    add_connection(context, caller);
    if (request->operation != OPERATION_REGISTER_DOMAIN)
        add_tags(context, BYTES("aws:ResourceTag/"), facts->domain_tags);
    add_start_and_poll(context, request, facts->default_task_list);
    add_lists_and_registrations(context, request);
    add_tagging(context, request);
}

/* ---- decisions */

/* The developer guide and the API reference name the version differently. */
static void add_continue(struct context *context,
                         const struct continue_as_new_workflow_execution_decision *decision,
                         struct bytes default_task_list)
{
    add_task_list(context, decision->task_list, default_task_list);
    add_tag_list(context, decision->tag_list);
    context_add(context, BYTES("swf:workflowTypeVersion"), decision->workflow_type_version);
    context_add(context, BYTES("swf:workflowType.version"), decision->workflow_type_version);
}

static void add_child(struct context *context,
                      const struct start_child_workflow_execution_decision *decision,
                      struct bytes default_task_list)
{
    add_workflow_type(context, decision->workflow_type);
    add_task_list(context, decision->task_list, default_task_list);
    add_tag_list(context, decision->tag_list);
}

static void add_attributes(struct context *context, const struct decision *decision,
                           struct bytes default_task_list)
{
    switch (decision->decision_type) {
    case DECISION_SCHEDULE_ACTIVITY_TASK:
        add_activity_type(context, decision->schedule_activity_task->activity_type);
        add_task_list(context, decision->schedule_activity_task->task_list, default_task_list);
        break;
    case DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
        add_continue(context, decision->continue_as_new_workflow_execution, default_task_list);
        break;
    case DECISION_START_CHILD_WORKFLOW_EXECUTION:
        add_child(context, decision->start_child_workflow_execution, default_task_list);
        break;
    case DECISION_ABSENT:
    case DECISION_REQUEST_CANCEL_ACTIVITY_TASK:
    case DECISION_COMPLETE_WORKFLOW_EXECUTION:
    case DECISION_FAIL_WORKFLOW_EXECUTION:
    case DECISION_CANCEL_WORKFLOW_EXECUTION:
    case DECISION_RECORD_MARKER:
    case DECISION_START_TIMER:
    case DECISION_CANCEL_TIMER:
    case DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION:
    case DECISION_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION:
    case DECISION_SCHEDULE_LAMBDA_FUNCTION:
        break;
    }
}

void shared_context_init(struct shared_context *shared, struct arena *arena,
                         const struct caller *caller, struct resource_tag_list domain_tags)
{
    context_init(&shared->caller, arena);
    context_init(&shared->domain, arena);
    shared->domain.rest = &shared->caller;
    add_caller(&shared->caller, caller);
    add_tags(&shared->domain, BYTES("aws:ResourceTag/"), domain_tags);
}

void request_context_of_decision(struct context *context, const struct decision *decision,
                                 const struct shared_context *shared,
                                 struct bytes default_task_list)
{
    context->rest = &shared->domain;
    add_attributes(context, decision, default_task_list);
}

void request_context_of_caller(struct context *context, const struct caller *caller,
                               bool with_connection)
{
    add_caller(context, caller);
    if (with_connection)
        add_connection(context, caller);
}

void request_context_of_role(struct context *context, const struct caller *caller,
                             const struct shared_context *shared)
{
    if (shared)
        context->rest = &shared->caller;
    else
        add_caller(context, caller);
    add_connection(context, caller);
    context_add(context, BYTES("iam:PassedToService"), BYTES("swf.amazonaws.com"));
}
