#include "service/access.h"

#include "model/domain_arn.h"
#include "service/calls.h"
#include "service/inner.h"

/* ---- what a call is about ---- */

/* The name of the domain: the calls about a domain itself call it `name`. */
static struct bytes domain_named(const struct call *call)
{
    switch (call->request.operation) {
    case OPERATION_REGISTER_DOMAIN:
    case OPERATION_DESCRIBE_DOMAIN:
    case OPERATION_DEPRECATE_DOMAIN:
    case OPERATION_UNDEPRECATE_DOMAIN:
        return call_input_text(call, "name");
    default:
        return call_input_text(call, "domain");
    }
}

static const struct domain *domain_of_token(struct service *service, struct call *call)
{
    const struct task_token *token = task_calls_token(service, call);

    return token ? registry_get_domain(&service->registry, token->key.domain) : NULL;
}

static struct bytes arn_of(struct service *service, const struct call *call, struct bytes name,
                           struct arena *arena)
{
    return domain_arn_print(arena, service->config.region, call->account, name);
}

/* What an ARN names, in the one spelling that policies are asked about; what is none stays as it
 * is: its call is refused. The domain, if it is one of the caller's here. */
static struct bytes resource_of_arn(struct service *service, struct call *call, struct bytes text,
                                    const struct domain **domain)
{
    struct domain_arn arn;

    if (!domain_arn_parse(text, &arn))
        return text;
    if (arn.account == call->account && bytes_equal(arn.region, service->config.region))
        *domain = registry_find_domain(&service->registry, call->account, arn.name);
    return domain_arn_print(&call->arena, arn.region, arn.account, arn.name);
}

/* What the call is about; absent for a task token that is none: its call changes nothing and shows
 * nothing but that. */
static struct bytes resource_of(struct service *service, struct call *call,
                                const struct domain **domain)
{
    struct bytes name = domain_named(call);
    struct bytes arn = call_input_text(call, "resourceArn");

    *domain = NULL;
    if (!bytes_is_absent(arn))
        return resource_of_arn(service, call, arn, domain);
    if (call->request.operation == OPERATION_LIST_DOMAINS)
        return arn_of(service, call, BYTES("*"), &call->arena);
    if (!bytes_is_absent(name)) {
        *domain = registry_find_domain(&service->registry, call->account, name);
        return arn_of(service, call, name, &call->arena);
    }
    *domain = domain_of_token(service, call);
    return *domain ? arn_of(service, call, (*domain)->name, &call->arena) : BYTES_ABSENT;
}

/* ---- defaults that count as given ---- */

static struct bytes name_of(const struct task_list *given, const struct task_list *otherwise)
{
    const struct task_list *list = given ? given : otherwise;

    return list ? list->name : BYTES_ABSENT;
}

static const struct task_list *default_list(const struct domain *domain, enum type_kind kind,
                                            struct bytes name, struct bytes version)
{
    const struct type_record *type = domain ? domain_find_type(domain, kind, name, version) : NULL;

    if (type == NULL)
        return NULL;
    return kind == TYPE_WORKFLOW ? type_workflow_defaults(type)->default_task_list
                                 : type_activity_defaults(type)->default_task_list;
}

static struct bytes list_of_start(const struct domain *domain,
                                  const struct start_workflow_execution_input *input)
{
    return name_of(input->task_list, default_list(domain, TYPE_WORKFLOW, input->workflow_type->name,
                                                  input->workflow_type->version));
}

static struct bytes list_of_decision(const struct run *run, const struct decision *decision)
{
    const struct execution_settings *now = &run->execution->settings;

    switch (decision->decision_type) {
    case DECISION_SCHEDULE_ACTIVITY_TASK: {
        const struct schedule_activity_task_decision *activity = decision->schedule_activity_task;

        return name_of(activity->task_list,
                       default_list(run->domain, TYPE_ACTIVITY, activity->activity_type->name,
                                    activity->activity_type->version));
    }
    case DECISION_START_CHILD_WORKFLOW_EXECUTION: {
        const struct start_child_workflow_execution_decision *child =
            decision->start_child_workflow_execution;

        return name_of(child->task_list,
                       default_list(run->domain, TYPE_WORKFLOW, child->workflow_type->name,
                                    child->workflow_type->version));
    }
    case DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION: {
        const struct continue_as_new_workflow_execution_decision *next =
            decision->continue_as_new_workflow_execution;

        return name_of(next->task_list,
                       default_list(run->domain, TYPE_WORKFLOW, now->type_name,
                                    bytes_or(next->workflow_type_version, now->type_version)));
    }
    default:
        return BYTES_ABSENT;
    }
}

/* The IAM role that the caller hands over; a type's default is not the caller's. */
static struct bytes role_of_call(const struct request *request)
{
    switch (request->operation) {
    case OPERATION_START_WORKFLOW_EXECUTION:
        return request->start_workflow_execution->lambda_role;
    case OPERATION_REGISTER_WORKFLOW_TYPE:
        return request->register_workflow_type->default_lambda_role;
    default:
        return BYTES_ABSENT;
    }
}

static struct bytes role_of_decision(const struct decision *decision)
{
    switch (decision->decision_type) {
    case DECISION_START_CHILD_WORKFLOW_EXECUTION:
        return decision->start_child_workflow_execution->lambda_role;
    case DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
        return decision->continue_as_new_workflow_execution->lambda_role;
    default:
        return BYTES_ABSENT;
    }
}

/* ---- asking ---- */

/* Q-OPNP: not OperationNotPermittedFault. */
struct fault access_refusal(const struct call *call, struct bytes resource, struct arena *arena)
{
    struct bytes principal = call->authority ? call->authority->principal
                                             : arena_printf(arena, "arn:aws:iam::%012llu:root",
                                                            (unsigned long long)call->account);

    return fault_of(FAULT_ACCESS_DENIED,
                    arena_concat(arena, BYTES("User: "), principal,
                                 BYTES(" is not authorized to perform: swf:"),
                                 bytes_of_cstr(operation_names[call->request.operation]),
                                 BYTES(" on resource: "), resource));
}

static struct access_question question_of(struct service *service, const struct call *call,
                                          const struct domain *domain, struct bytes resource)
{
    return (struct access_question){
        .now = service->now,
        .request = &call->request,
        .resource = resource,
        .tags = domain ? domain->tags : (struct resource_tag_list){ 0 },
    };
}

static bool may(struct service *service, const struct authority *authority,
                const struct access_question *question)
{
    bool answer = authority->kind->may(authority, question, &service->judgement);

    arena_reset(&service->judgement);
    return answer;
}

static bool may_pass(struct service *service, const struct authority *authority,
                     const struct access_question *question, struct bytes role)
{
    if (role.len == 0)
        return true;
    bool answer = authority->kind->may_pass_role(authority, question, role, &service->judgement);
    arena_reset(&service->judgement);
    return answer;
}

static bool refuse(struct service *service, struct call *call, struct fault fault)
{
    service_answer_fault(service, call, fault);
    return false;
}

static bool permits(struct service *service, struct call *call, const struct domain *domain)
{
    struct access_question question = question_of(service, call, domain, call->resource);
    const struct authority *authority = call->authority;
    struct bytes role = role_of_call(&call->request);

    if (call->request.operation == OPERATION_START_WORKFLOW_EXECUTION)
        question.task_list = list_of_start(domain, call->request.start_workflow_execution);
    if (!may(service, authority, &question))
        return refuse(service, call, access_refusal(call, call->resource, &call->arena));
    if (may_pass(service, authority, &question, role))
        return true;
    /* Q-LIM: the text is ours */
    return refuse(
        service, call,
        fault_of(FAULT_OPERATION_NOT_PERMITTED,
                 arena_concat(&call->arena, BYTES("Not authorized to pass role: "), role)));
}

bool access_permits_call(struct service *service, struct call *call)
{
    const struct domain *domain;

    if (call->authority == NULL && !call->is_audited)
        return true;
    call->resource = resource_of(service, call, &domain);
    return call->authority == NULL || bytes_is_absent(call->resource) ||
           permits(service, call, domain);
}

static bool permits_decision(const void *context, const struct decision *decision)
{
    const struct decision_access *access = context;
    const struct authority *authority = access->call->authority;
    struct service *service = access->service;
    struct access_question question = access->question;

    question.decision = decision;
    question.task_list = list_of_decision(access->run, decision);
    if (may(service, authority, &question) &&
        may_pass(service, authority, &question, role_of_decision(decision)))
        return true;
    access->call->refused_decisions |= UINT32_C(1) << decision->decision_type;
    return false;
}

void access_judge_decisions(struct service *service, struct call *call, const struct run *run,
                            struct decision_access *access, struct facts *facts)
{
    if (call->authority == NULL)
        return;
    *access = (struct decision_access){ service, call, run,
                                        question_of(service, call, run->domain, call->resource) };
    access->question.shared = call->authority->kind->share(call->authority, &access->question,
                                                           &service->turn.arena);
    facts->permits = permits_decision;
    facts->caller = access;
}
