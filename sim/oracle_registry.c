#include "oracle_inner.h"
#include "wire/copy.h"

struct oracle_domain *domain_find(struct oracle *oracle, struct bytes name)
{
    for (struct oracle_domain *domain = oracle->domains; domain; domain = domain->next)
        if (domain->account == oracle->account && bytes_equal(domain->name, name))
            return domain;
    return NULL;
}

struct oracle_type *type_find(struct oracle_domain *domain, bool is_activity, struct bytes name,
                              struct bytes version)
{
    for (struct oracle_type *type = domain->types; type; type = type->next)
        if (type->is_activity == is_activity && bytes_equal(type->name, name) &&
            bytes_equal(type->version, version))
            return type;
    return NULL;
}

struct bytes arn_of_domain(struct oracle *oracle, struct bytes name)
{
    return arena_printf(&oracle->scratch, "arn:aws:swf:%.*s:%012llu:/domain/%.*s",
                        BYTES_FMT(oracle->rules.region), (unsigned long long)oracle->account,
                        BYTES_FMT(name));
}

struct oracle_domain *domain_of_arn(struct oracle *oracle, struct bytes arn)
{
    for (struct oracle_domain *domain = oracle->domains; domain; domain = domain->next)
        if (domain->account == oracle->account && bytes_equal(domain->arn, arn))
            return domain;
    return NULL;
}

struct fault unknown_domain(struct oracle *oracle, struct bytes name)
{
    return fault_of(FAULT_UNKNOWN_RESOURCE,
                    arena_printf(&oracle->scratch, "Unknown domain: %.*s", BYTES_FMT(name)));
}

/* ---- what a request names */

struct named {
    bool is_activity;
    struct bytes domain, name, version;
};

static struct named names_in(const struct request *request)
{
    switch (request->operation) {
    case OPERATION_REGISTER_WORKFLOW_TYPE:
        return (struct named){ false, request->register_workflow_type->domain,
                               request->register_workflow_type->name,
                               request->register_workflow_type->version };
    case OPERATION_REGISTER_ACTIVITY_TYPE:
        return (struct named){ true, request->register_activity_type->domain,
                               request->register_activity_type->name,
                               request->register_activity_type->version };
    case OPERATION_DEPRECATE_WORKFLOW_TYPE:
    case OPERATION_UNDEPRECATE_WORKFLOW_TYPE:
    case OPERATION_DELETE_WORKFLOW_TYPE:
    case OPERATION_DESCRIBE_WORKFLOW_TYPE: /* all of one form */
        return (struct named){ false, request->deprecate_workflow_type->domain,
                               request->deprecate_workflow_type->workflow_type->name,
                               request->deprecate_workflow_type->workflow_type->version };
    default:
        return (struct named){ true, request->deprecate_activity_type->domain,
                               request->deprecate_activity_type->activity_type->name,
                               request->deprecate_activity_type->activity_type->version };
    }
}

static struct bytes type_text(struct oracle *oracle, const struct named *named, const char *before)
{
    return arena_printf(&oracle->scratch, "%s%s=[name=%.*s, version=%.*s]", before,
                        named->is_activity ? "ActivityType" : "WorkflowType",
                        BYTES_FMT(named->name), BYTES_FMT(named->version));
}

/* ---- effects */

static void register_domain(struct oracle *oracle, const struct request *request,
                            const void *subject)
{
    const struct register_domain_input *input = request->register_domain;
    struct oracle_domain *domain = arena_new(&oracle->arena, struct oracle_domain);
    unsigned long long days = 0;

    (void)subject;
    if (!bytes_parse_u64(input->workflow_execution_retention_period_in_days, &days))
        days = 0; /* NONE */
    domain->account = oracle->account;
    domain->name = arena_copy(&oracle->arena, input->name);
    domain->arn = arena_copy(&oracle->arena, arn_of_domain(oracle, input->name));
    tags_put(oracle, domain, input->tags);
    domain->description = arena_copy(&oracle->arena, input->description);
    domain->retention = arena_copy(&oracle->arena,
                                   input->workflow_execution_retention_period_in_days);
    domain->retention_days = (int64_t)days;
    domain->next = oracle->domains;
    oracle->domains = domain;
}

static void register_type(struct oracle *oracle, const struct request *request, const void *subject)
{
    struct named named = names_in(request);
    struct oracle_domain *domain = domain_find(oracle, named.domain);
    struct oracle_type *type = arena_new(&oracle->arena, struct oracle_type);
    const void *copy = copy_shape(operation_shapes[request->operation].input, request->input,
                                  &oracle->arena);

    (void)subject;
    type->is_activity = named.is_activity;
    type->name = arena_copy(&oracle->arena, named.name);
    type->version = arena_copy(&oracle->arena, named.version);
    type->created = oracle->now;
    if (type->is_activity) {
        type->activity = copy;
        type->description = type->activity->description;
    } else {
        type->workflow = copy;
        type->description = type->workflow->description;
    }
    type->next = domain->types;
    domain->types = type;
}

static void deprecate_domain(struct oracle *oracle, const struct request *request,
                             const void *subject)
{
    struct oracle_domain *domain = (struct oracle_domain *)subject;

    (void)request;
    domain->is_deprecated = true;
    for (struct oracle_type *type = domain->types; type; type = type->next)
        if (!type->is_deprecated) {
            type->is_deprecated = true;
            type->deprecated = oracle->now;
        }
}

static void undeprecate_domain(struct oracle *oracle, const struct request *request,
                               const void *subject)
{
    (void)oracle, (void)request;
    ((struct oracle_domain *)subject)->is_deprecated = false;
}

static void deprecate_type(struct oracle *oracle, const struct request *request,
                           const void *subject)
{
    struct oracle_type *type = (struct oracle_type *)subject;

    (void)request;
    type->is_deprecated = true;
    type->deprecated = oracle->now;
}

static void undeprecate_type(struct oracle *oracle, const struct request *request,
                             const void *subject)
{
    (void)oracle, (void)request;
    ((struct oracle_type *)subject)->is_deprecated = false;
}

static void delete_type(struct oracle *oracle, const struct request *request, const void *subject)
{
    struct oracle_domain *domain = domain_find(oracle, names_in(request).domain);
    struct oracle_type **place = &domain->types;

    while (*place != subject)
        place = &(*place)->next;
    *place = (*place)->next;
}

/* ---- domains */

static enum registration_status status_of(bool is_deprecated)
{
    return is_deprecated ? REGISTRATION_STATUS_DEPRECATED : REGISTRATION_STATUS_REGISTERED;
}

const struct domain_info *domain_info_of(struct oracle *oracle, const struct oracle_domain *domain)
{
    struct domain_info *info = arena_new(&oracle->scratch, struct domain_info);

    *info = (struct domain_info){ domain->name, status_of(domain->is_deprecated),
                                  domain->description, domain->arn };
    return info;
}

static const struct domain_detail *describe_domain(struct oracle *oracle,
                                                   const struct oracle_domain *domain)
{
    struct domain_detail *detail = arena_new(&oracle->scratch, struct domain_detail);
    struct domain_configuration *configuration = arena_new(&oracle->scratch,
                                                           struct domain_configuration);

    configuration->workflow_execution_retention_period_in_days = domain->retention;
    *detail = (struct domain_detail){ domain_info_of(oracle, domain), configuration };
    return detail;
}

size_t domain_count(const struct oracle *oracle)
{
    size_t count = 0;

    for (const struct oracle_domain *domain = oracle->domains; domain; domain = domain->next)
        count++;
    return count;
}

static size_t domains_of_account(const struct oracle *oracle)
{
    size_t count = 0;

    for (const struct oracle_domain *domain = oracle->domains; domain; domain = domain->next)
        count += domain->account == oracle->account;
    return count;
}

static void expect_register_domain(struct oracle *oracle, const struct request *request,
                                   struct outcome *out)
{
    struct bytes name = request->register_domain->name;

    if (domain_find(oracle, name))
        out->fault = fault_of(FAULT_DOMAIN_ALREADY_EXISTS, name);
    else if (oracle->rules.limits.domains &&
             domains_of_account(oracle) >= oracle->rules.limits.domains)
        out->fault = fault_of(FAULT_LIMIT_EXCEEDED, BYTES_ABSENT);
    else if (too_many_tags(oracle, NULL, request->register_domain->tags))
        out->fault = fault_of(FAULT_TOO_MANY_TAGS, BYTES_ABSENT);
    else
        out->effect = register_domain;
}

static void expect_domain(struct oracle *oracle, const struct request *request, struct outcome *out)
{
    struct bytes name = request->describe_domain->name; /* all of one form */
    struct oracle_domain *domain = domain_find(oracle, name);

    out->subject = domain;
    if (domain == NULL) {
        out->fault = unknown_domain(oracle, name);
    } else if (request->operation == OPERATION_DESCRIBE_DOMAIN) {
        out->output = describe_domain(oracle, domain);
    } else if (request->operation == OPERATION_DEPRECATE_DOMAIN) {
        out->effect = deprecate_domain;
        if (domain->is_deprecated)
            out->fault = fault_of(FAULT_DOMAIN_DEPRECATED, name);
    } else {
        out->effect = undeprecate_domain;
        if (!domain->is_deprecated)
            out->fault = fault_of(FAULT_DOMAIN_ALREADY_EXISTS, name);
    }
}

/* ---- types */

const struct activity_type_info *activity_type_info_of(struct oracle *oracle,
                                                       const struct oracle_type *type)
{
    struct activity_type_info *info = arena_new(&oracle->scratch, struct activity_type_info);
    struct activity_type *names = arena_new(&oracle->scratch, struct activity_type);

    *names = (struct activity_type){ type->name, type->version };
    *info = (struct activity_type_info){ names,
                                         status_of(type->is_deprecated),
                                         type->description,
                                         type->created,
                                         { type->is_deprecated ? type->deprecated.ms : 0 } };
    return info;
}

static const void *describe_activity_type(struct oracle *oracle, const struct oracle_type *type)
{
    struct activity_type_detail *detail = arena_new(&oracle->scratch, struct activity_type_detail);
    struct activity_type_configuration *defaults = arena_new(&oracle->scratch,
                                                             struct activity_type_configuration);

    *defaults = (struct activity_type_configuration){
        type->activity->default_task_start_to_close_timeout,
        type->activity->default_task_heartbeat_timeout,
        type->activity->default_task_list,
        type->activity->default_task_priority,
        type->activity->default_task_schedule_to_start_timeout,
        type->activity->default_task_schedule_to_close_timeout,
    };
    *detail = (struct activity_type_detail){ activity_type_info_of(oracle, type), defaults };
    return detail;
}

const struct workflow_type_info *workflow_type_info_of(struct oracle *oracle,
                                                       const struct oracle_type *type)
{
    struct workflow_type_info *info = arena_new(&oracle->scratch, struct workflow_type_info);
    struct workflow_type *names = arena_new(&oracle->scratch, struct workflow_type);

    *names = (struct workflow_type){ type->name, type->version };
    *info = (struct workflow_type_info){ names,
                                         status_of(type->is_deprecated),
                                         type->description,
                                         type->created,
                                         { type->is_deprecated ? type->deprecated.ms : 0 } };
    return info;
}

static const void *describe_workflow_type(struct oracle *oracle, const struct oracle_type *type)
{
    struct workflow_type_detail *detail = arena_new(&oracle->scratch, struct workflow_type_detail);
    struct workflow_type_configuration *defaults = arena_new(&oracle->scratch,
                                                             struct workflow_type_configuration);

    *defaults = (struct workflow_type_configuration){
        type->workflow->default_task_start_to_close_timeout,
        type->workflow->default_execution_start_to_close_timeout,
        type->workflow->default_task_list,
        type->workflow->default_task_priority,
        type->workflow->default_child_policy,
        type->workflow->default_lambda_role,
    };
    *detail = (struct workflow_type_detail){ workflow_type_info_of(oracle, type), defaults };
    return detail;
}

static bool too_many_types(const struct oracle *oracle, const struct oracle_domain *domain,
                           bool is_activity)
{
    uint32_t limit = is_activity ? oracle->rules.limits.activity_types
                                 : oracle->rules.limits.workflow_types;
    size_t count = 0;

    for (const struct oracle_type *type = domain->types; type; type = type->next)
        count += type->is_activity == is_activity;
    return limit && count >= limit;
}

static void expect_register_type(struct oracle *oracle, const struct request *request,
                                 struct outcome *out)
{
    struct named named = names_in(request);
    struct oracle_domain *domain = domain_find(oracle, named.domain);

    out->effect = register_type;
    if (domain == NULL)
        out->fault = unknown_domain(oracle, named.domain);
    else if (domain->is_deprecated)
        out->fault = fault_of(FAULT_DOMAIN_DEPRECATED, named.domain);
    else if (type_find(domain, named.is_activity, named.name, named.version))
        out->fault = fault_of(FAULT_TYPE_ALREADY_EXISTS, type_text(oracle, &named, ""));
    else if (too_many_types(oracle, domain, named.is_activity))
        out->fault = fault_of(FAULT_LIMIT_EXCEEDED, BYTES_ABSENT);
}

static void expect_change(struct oracle *oracle, const struct request *request,
                          const struct named *named, struct oracle_domain *domain,
                          struct oracle_type *type, struct outcome *out)
{
    switch (request->operation) {
    case OPERATION_DEPRECATE_ACTIVITY_TYPE:
    case OPERATION_DEPRECATE_WORKFLOW_TYPE:
        out->effect = deprecate_type;
        if (type->is_deprecated)
            out->fault = fault_of(FAULT_TYPE_DEPRECATED, type_text(oracle, named, ""));
        break;
    case OPERATION_UNDEPRECATE_ACTIVITY_TYPE:
    case OPERATION_UNDEPRECATE_WORKFLOW_TYPE:
        out->effect = undeprecate_type;
        if (domain->is_deprecated)
            out->fault = fault_of(FAULT_DOMAIN_DEPRECATED, named->domain);
        else if (!type->is_deprecated)
            out->fault = fault_of(FAULT_TYPE_ALREADY_EXISTS, type_text(oracle, named, ""));
        break;
    case OPERATION_DELETE_ACTIVITY_TYPE:
    case OPERATION_DELETE_WORKFLOW_TYPE:
        out->effect = delete_type;
        if (!type->is_deprecated)
            out->fault = fault_of(FAULT_TYPE_NOT_DEPRECATED, BYTES_ABSENT);
        break;
    case OPERATION_DESCRIBE_ACTIVITY_TYPE:
        out->output = describe_activity_type(oracle, type);
        break;
    default:
        out->output = describe_workflow_type(oracle, type);
    }
}

static void expect_type(struct oracle *oracle, const struct request *request, struct outcome *out)
{
    struct named named = names_in(request);
    struct oracle_domain *domain = domain_find(oracle, named.domain);
    struct oracle_type *type = domain
                                   ? type_find(domain, named.is_activity, named.name, named.version)
                                   : NULL;

    out->subject = type;
    if (domain == NULL)
        out->fault = unknown_domain(oracle, named.domain);
    else if (type == NULL)
        out->fault = fault_of(FAULT_UNKNOWN_RESOURCE, type_text(oracle, &named, "Unknown type: "));
    else
        expect_change(oracle, request, &named, domain, type, out);
}

bool registry_expect(struct oracle *oracle, const struct request *request, struct outcome *out)
{
    switch (request->operation) {
    case OPERATION_REGISTER_DOMAIN:
        expect_register_domain(oracle, request, out);
        return true;
    case OPERATION_DESCRIBE_DOMAIN:
    case OPERATION_DEPRECATE_DOMAIN:
    case OPERATION_UNDEPRECATE_DOMAIN:
        expect_domain(oracle, request, out);
        return true;
    case OPERATION_REGISTER_ACTIVITY_TYPE:
    case OPERATION_REGISTER_WORKFLOW_TYPE:
        expect_register_type(oracle, request, out);
        return true;
    case OPERATION_DEPRECATE_ACTIVITY_TYPE:
    case OPERATION_DEPRECATE_WORKFLOW_TYPE:
    case OPERATION_UNDEPRECATE_ACTIVITY_TYPE:
    case OPERATION_UNDEPRECATE_WORKFLOW_TYPE:
    case OPERATION_DELETE_ACTIVITY_TYPE:
    case OPERATION_DELETE_WORKFLOW_TYPE:
    case OPERATION_DESCRIBE_ACTIVITY_TYPE:
    case OPERATION_DESCRIBE_WORKFLOW_TYPE:
        expect_type(oracle, request, out);
        return true;
    default:
        return false;
    }
}
