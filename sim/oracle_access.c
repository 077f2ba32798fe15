/*
 * Who may do what: for each set of rights, what its policy comes to, said anew. Default is no; a
 * call is about a domain: the one it names, or that of its task token. What a policy may look at is
 * there when the call gives it, or a registered default does.
 */
#include "oracle_inner.h"

/* What somebody wants to do, as far as any of the rights looks at it. */
struct deed {
    enum operation operation;
    enum decision_type decision; /* of the operation's list; absent: the call itself */
    struct bytes resource;
    const struct oracle_domain *domain; /* NULL: there is none */
    struct bytes list;                  /* of tasks */
    struct bytes workflow_version, activity_version, tag_filter;
    bool begins_run, has_tag; /* a run, and its first tag */
    bool asks_for_runs;       /* by filters */
    bool names_team;          /* a tag of the key "team" is given or taken */
    struct bytes role;        /* that is handed over */
};

/* ---- what each of the rights comes to */

static bool only_looks(const struct deed *deed)
{
    switch (deed->operation) {
    case OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS:
    case OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS:
    case OPERATION_COUNT_PENDING_ACTIVITY_TASKS:
    case OPERATION_COUNT_PENDING_DECISION_TASKS:
    case OPERATION_DESCRIBE_ACTIVITY_TYPE:
    case OPERATION_DESCRIBE_DOMAIN:
    case OPERATION_DESCRIBE_WORKFLOW_EXECUTION:
    case OPERATION_DESCRIBE_WORKFLOW_TYPE:
    case OPERATION_GET_WORKFLOW_EXECUTION_HISTORY:
    case OPERATION_LIST_ACTIVITY_TYPES:
    case OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS:
    case OPERATION_LIST_DOMAINS:
    case OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS:
    case OPERATION_LIST_TAGS_FOR_RESOURCE:
    case OPERATION_LIST_WORKFLOW_TYPES:
        return true;
    default:
        return false;
    }
}

static bool only_works(const struct deed *deed)
{
    if (deed->decision)
        return deed->decision == DECISION_SCHEDULE_ACTIVITY_TASK ||
               deed->decision == DECISION_COMPLETE_WORKFLOW_EXECUTION;
    switch (deed->operation) {
    case OPERATION_POLL_FOR_ACTIVITY_TASK:
    case OPERATION_POLL_FOR_DECISION_TASK:
    case OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT:
    case OPERATION_RESPOND_ACTIVITY_TASK_CANCELED:
    case OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED:
    case OPERATION_RESPOND_ACTIVITY_TASK_FAILED:
    case OPERATION_RESPOND_DECISION_TASK_COMPLETED:
        return true;
    default:
        return false;
    }
}

struct bytes arn_part(struct bytes arn, size_t n)
{
    size_t from = 0;

    for (size_t i = 0; i <= arn.len; i++) {
        if (i < arn.len && arn.ptr[i] != ':')
            continue;
        if (n-- == 0)
            return bytes_of(arn.ptr + from, i - from);
        from = i + 1;
    }
    return BYTES_ABSENT;
}

/* arn:aws:swf:REGION:ACCOUNT:/domain/d, wherever and whosever. */
static bool is_domain_d(struct bytes resource)
{
    return bytes_equal_cstr(arn_part(resource, 0), "arn") &&
           bytes_equal_cstr(arn_part(resource, 1), "aws") &&
           bytes_equal_cstr(arn_part(resource, 2), "swf") &&
           bytes_equal_cstr(arn_part(resource, 5), "/domain/d") &&
           bytes_is_absent(arn_part(resource, 6));
}

/* A domain that is yet to be has no tags. */
static bool is_red_team(const struct deed *deed)
{
    const struct oracle_tag *tag;

    if (deed->domain == NULL || deed->operation == OPERATION_REGISTER_DOMAIN)
        return false;
    tag = tag_find(deed->domain, BYTES("team"));
    return tag && bytes_equal_cstr(tag->value, "red");
}

static bool is_allowed(const struct oracle *oracle, enum rights rights, const struct deed *deed)
{
    switch (rights) {
    case RIGHTS_ALL:
    case RIGHTS_NO_ROLES:
        return true;
    case RIGHTS_FEW_DECISIONS:
        return !oracle->rules.denied[deed->decision];
    case RIGHTS_ONE_DOMAIN:
        return is_domain_d(deed->resource);
    case RIGHTS_LOOK:
        return only_looks(deed);
    case RIGHTS_WORK:
        return only_works(deed);
    case RIGHTS_TWO_LISTS:
        return bytes_is_absent(deed->list) || bytes_equal_cstr(deed->list, "deciders") ||
               bytes_equal_cstr(deed->list, "workers");
    case RIGHTS_OLD_TYPES:
        return !bytes_equal_cstr(deed->workflow_version, "2") &&
               !bytes_equal_cstr(deed->activity_version, "2");
    case RIGHTS_RED_TEAM:
        return is_red_team(deed);
    case RIGHTS_NO_TEAM:
        return !deed->names_team;
    case RIGHTS_TAGGED:
        if (deed->asks_for_runs)
            return bytes_equal_cstr(deed->tag_filter, "t1");
        return !deed->begins_run || deed->has_tag;
    case RIGHTS_NONE:
    case RIGHTS_COUNT:
        break;
    }
    return false;
}

/* iam:PassRole, which is no action of the service, on a role, which is no domain. */
static bool may_pass_roles(enum rights rights)
{
    return rights == RIGHTS_ALL || rights == RIGHTS_FEW_DECISIONS || rights == RIGHTS_TWO_LISTS ||
           rights == RIGHTS_OLD_TYPES || rights == RIGHTS_NO_TEAM || rights == RIGHTS_TAGGED;
}

/* ---- what a call is about */

static struct bytes text_in(const struct request *request, const char *name)
{
    const struct shape *shape = operation_shapes[request->operation].input;
    struct bytes text = BYTES_ABSENT;

    for (uint16_t i = 0; i < shape->count; i++)
        if (shape->members[i].kind == KIND_STRING && strcmp(shape->members[i].name, name) == 0)
            memcpy(&text, (const char *)request->input + shape->members[i].offset, sizeof(text));
    return text;
}

static struct bytes domain_name(const struct request *request)
{
    switch (request->operation) {
    case OPERATION_REGISTER_DOMAIN:
    case OPERATION_DESCRIBE_DOMAIN:
    case OPERATION_DEPRECATE_DOMAIN:
    case OPERATION_UNDEPRECATE_DOMAIN:
        return text_in(request, "name");
    case OPERATION_LIST_DOMAINS:
        return BYTES("*");
    default:
        return text_in(request, "domain");
    }
}

/* That of a token that was given out for such a call, to somebody of the account. */
static const struct oracle_domain *domain_of_token(struct oracle *oracle,
                                                   const struct request *request)
{
    enum handed_kind kind = request->operation == OPERATION_RESPOND_DECISION_TASK_COMPLETED
                                ? HANDED_DECISION
                                : HANDED_ACTIVITY;
    const struct handed *handed = handed_find(oracle, text_in(request, "taskToken"));

    return handed && handed->kind == kind && handed->run->domain->account == oracle->account
               ? handed->run->domain
               : NULL;
}

/* False: a token that is none names no domain, and its call comes to nothing anyway. */
static bool find_resource(struct oracle *oracle, const struct request *request, struct deed *deed)
{
    struct bytes name = domain_name(request), arn = text_in(request, "resourceArn");

    if (!bytes_is_absent(arn)) {
        deed->resource = arn;
        deed->domain = domain_of_arn(oracle, arn);
        return true;
    }
    if (bytes_is_absent(name)) {
        deed->domain = domain_of_token(oracle, request);
        if (deed->domain == NULL)
            return false;
        name = deed->domain->name;
    } else {
        deed->domain = domain_find(oracle, name);
    }
    deed->resource = arn_of_domain(oracle, name);
    return true;
}

/* ---- what a call gives */

static struct bytes list_or_default(const struct oracle_domain *domain, bool is_activity,
                                    struct bytes name, struct bytes version,
                                    const struct task_list *given)
{
    const struct oracle_type *type = domain ? type_find((struct oracle_domain *)domain, is_activity,
                                                        name, version)
                                            : NULL;

    if (given == NULL && type)
        given = is_activity ? type->activity->default_task_list : type->workflow->default_task_list;
    return given ? given->name : BYTES_ABSENT;
}

static void note_start(const struct start_workflow_execution_input *input, struct deed *deed)
{
    deed->list = list_or_default(deed->domain, false, input->workflow_type->name,
                                 input->workflow_type->version, input->task_list);
    deed->workflow_version = input->workflow_type->version;
    deed->begins_run = true;
    deed->has_tag = input->tag_list.count > 0;
    deed->role = input->lambda_role;
}

static void note_filter(const struct tag_filter *filter, struct deed *deed)
{
    deed->asks_for_runs = true;
    deed->tag_filter = filter ? filter->tag : BYTES_ABSENT;
}

static void note_tags(struct resource_tag_list tags, struct deed *deed)
{
    for (size_t i = 0; i < tags.count; i++)
        deed->names_team = deed->names_team || bytes_equal_cstr(tags.items[i].key, "team");
}

static void note_keys(struct bytes_list keys, struct deed *deed)
{
    for (size_t i = 0; i < keys.count; i++)
        deed->names_team = deed->names_team || bytes_equal_cstr(keys.items[i], "team");
}

static void note_call(const struct request *request, struct deed *deed)
{
    switch (request->operation) {
    case OPERATION_START_WORKFLOW_EXECUTION:
        note_start(request->start_workflow_execution, deed);
        break;
    case OPERATION_REGISTER_WORKFLOW_TYPE:
        deed->role = request->register_workflow_type->default_lambda_role;
        break;
    case OPERATION_POLL_FOR_ACTIVITY_TASK:
        deed->list = request->poll_for_activity_task->task_list->name;
        break;
    case OPERATION_POLL_FOR_DECISION_TASK:
        deed->list = request->poll_for_decision_task->task_list->name;
        break;
    case OPERATION_COUNT_PENDING_ACTIVITY_TASKS:
    case OPERATION_COUNT_PENDING_DECISION_TASKS: /* both of one form */
        deed->list = request->count_pending_decision_tasks->task_list->name;
        break;
    case OPERATION_DELETE_WORKFLOW_TYPE:
    case OPERATION_DEPRECATE_WORKFLOW_TYPE:
    case OPERATION_DESCRIBE_WORKFLOW_TYPE:
    case OPERATION_UNDEPRECATE_WORKFLOW_TYPE: /* all of one form */
        deed->workflow_version = request->deprecate_workflow_type->workflow_type->version;
        break;
    case OPERATION_DELETE_ACTIVITY_TYPE:
    case OPERATION_DEPRECATE_ACTIVITY_TYPE:
    case OPERATION_DESCRIBE_ACTIVITY_TYPE:
    case OPERATION_UNDEPRECATE_ACTIVITY_TYPE:
        deed->activity_version = request->deprecate_activity_type->activity_type->version;
        break;
    case OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS:
        note_filter(request->count_closed_workflow_executions->tag_filter, deed);
        break;
    case OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS:
        note_filter(request->count_open_workflow_executions->tag_filter, deed);
        break;
    case OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS:
        note_filter(request->list_closed_workflow_executions->tag_filter, deed);
        break;
    case OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS:
        note_filter(request->list_open_workflow_executions->tag_filter, deed);
        break;
    case OPERATION_REGISTER_DOMAIN:
        note_tags(request->register_domain->tags, deed);
        break;
    case OPERATION_TAG_RESOURCE:
        note_tags(request->tag_resource->tags, deed);
        break;
    case OPERATION_UNTAG_RESOURCE:
        note_keys(request->untag_resource->tag_keys, deed);
        break;
    default:
        break;
    }
}

static void note_decision(const struct oracle_run *run, const struct decision *decision,
                          struct deed *deed)
{
    const struct schedule_activity_task_decision *activity = decision->schedule_activity_task;
    const struct start_child_workflow_execution_decision *child =
        decision->start_child_workflow_execution;
    const struct continue_as_new_workflow_execution_decision *next =
        decision->continue_as_new_workflow_execution;
    const struct workflow_type *own = run->says->workflow_type;

    switch (decision->decision_type) {
    case DECISION_SCHEDULE_ACTIVITY_TASK:
        deed->list = list_or_default(run->domain, true, activity->activity_type->name,
                                     activity->activity_type->version, activity->task_list);
        deed->activity_version = activity->activity_type->version;
        break;
    case DECISION_START_CHILD_WORKFLOW_EXECUTION:
        deed->list = list_or_default(run->domain, false, child->workflow_type->name,
                                     child->workflow_type->version, child->task_list);
        deed->workflow_version = child->workflow_type->version;
        deed->begins_run = true;
        deed->has_tag = child->tag_list.count > 0;
        deed->role = child->lambda_role;
        break;
    case DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
        deed->begins_run = true;
        deed->list = list_or_default(run->domain, false, own->name,
                                     next ? bytes_or(next->workflow_type_version, own->version)
                                          : own->version,
                                     next ? next->task_list : NULL);
        deed->workflow_version = next ? next->workflow_type_version : BYTES_ABSENT;
        deed->has_tag = next && next->tag_list.count > 0;
        deed->role = next ? next->lambda_role : BYTES_ABSENT;
        break;
    default:
        break;
    }
}

/* ---- the verdicts */

static struct fault refusal(struct oracle *oracle, const struct seen_call *call,
                            const struct deed *deed)
{
    return fault_of(
        FAULT_ACCESS_DENIED,
        arena_printf(&oracle->arena,
                     "User: arn:aws:iam::%012llu:user/%s is not authorized to perform: swf:%s on "
                     "resource: %.*s",
                     (unsigned long long)call->caller.account, rights_names[call->caller.rights],
                     operation_names[deed->operation], BYTES_FMT(deed->resource)));
}

struct fault access_fault(struct oracle *oracle, const struct seen_call *call)
{
    struct deed deed = { .operation = call->request->operation };

    if (!find_resource(oracle, call->request, &deed))
        return NO_FAULT;
    note_call(call->request, &deed);
    if (!is_allowed(oracle, call->caller.rights, &deed))
        return refusal(oracle, call, &deed);
    if (deed.role.len && !may_pass_roles(call->caller.rights))
        return fault_of(FAULT_OPERATION_NOT_PERMITTED, BYTES_ABSENT);
    return NO_FAULT;
}

struct fault access_fault_of_account(struct oracle *oracle, const struct seen_call *call,
                                     struct bytes resource)
{
    struct deed deed = { .operation = call->request->operation, .resource = resource };

    return refusal(oracle, call, &deed);
}

/* A Lambda function may be scheduled by everybody who may decide. */
bool may_decide(struct oracle *oracle, const struct seen_call *call, const struct oracle_run *run,
                const struct decision *decision)
{
    struct deed deed = {
        .operation = OPERATION_RESPOND_DECISION_TASK_COMPLETED,
        .decision = decision->decision_type,
        .resource = arn_of_domain(oracle, run->domain->name),
        .domain = run->domain,
    };

    if (decision->decision_type == DECISION_SCHEDULE_LAMBDA_FUNCTION)
        return true;
    note_decision(run, decision, &deed);
    return is_allowed(oracle, call->caller.rights, &deed) &&
           (deed.role.len == 0 || may_pass_roles(call->caller.rights));
}
