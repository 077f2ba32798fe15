/*
 * Domains and types: the operations of registration, decided by engine/registry.h and answered from
 * memory.
 */
#include "model/domain_arn.h"
#include "service/access.h"
#include "service/calls.h"
#include "service/inner.h"

static struct registry_command command_of(struct service *service, struct call *call)
{
    return (struct registry_command){
        .registry = &service->registry,
        .limits = &service->config.limits,
        .account = call->account,
        .region = service->config.region,
        .now = service->now,
        .arena = &service->turn.arena,
    };
}

/* Applies what was decided and answers with nothing, or answers the fault. */
static void finish(struct service *service, struct call *call, struct fault fault,
                   const struct registry_records *records)
{
    if (!fault_is_none(fault)) {
        service_answer_fault(service, call, fault);
        return;
    }
    if (records->count)
        service->turn.latest = instant_later(service->turn.latest, service->now);
    records_apply(service, records);
    service_answer(service, call);
}

/* ---- domains ---- */

void call_register_domain(struct service *service, struct call *call)
{
    struct registry_command command = command_of(service, call);
    struct registry_records records = { 0 };

    finish(service, call,
           registry_register_domain(&command, call->request.register_domain, &records), &records);
}

void call_deprecate_domain(struct service *service, struct call *call)
{
    struct registry_command command = command_of(service, call);
    struct registry_records records = { 0 };

    finish(service, call,
           registry_deprecate_domain(&command, call->request.deprecate_domain, &records), &records);
}

/* The record has the ARN of the day of the registration; this server's region may be another now,
 * and what it answers must be what the tag operations and policies take (find_tagged, access.c). */
static struct domain_info info_of(struct service *service, const struct domain *domain)
{
    struct domain_info info = domain->info;

    info.arn = domain_arn_print(&service->turn.arena, service->config.region, domain->account,
                                domain->name);
    return info;
}

void call_describe_domain(struct service *service, struct call *call)
{
    const struct domain *domain = service_need_domain(service, call,
                                                      call->request.describe_domain->name);
    struct domain_detail detail;
    struct domain_info info;

    if (domain == NULL)
        return;
    info = info_of(service, domain);
    detail = (struct domain_detail){ &info, &domain->configuration };
    service_answer_copy(service, call, &detail);
}

void call_undeprecate_domain(struct service *service, struct call *call)
{
    struct registry_command command = command_of(service, call);
    struct registry_records records = { 0 };

    finish(service, call,
           registry_undeprecate_domain(&command, call->request.undeprecate_domain, &records),
           &records);
}

/* ---- resource tags ---- */

/* Q-ARN1: ValidationException for what is no ARN of a domain, AccessDeniedException for another
 * account's, UnknownResourceFault for a domain that is not there. */
static struct fault find_tagged(struct service *service, struct call *call, struct bytes text,
                                struct domain **out)
{
    struct domain_arn arn;

    if (!domain_arn_parse(text, &arn))
        return fault_of(
            FAULT_VALIDATION,
            arena_concat(&call->arena, BYTES("1 validation error detected: Value '"), text,
                         BYTES("' at 'resourceArn' failed to satisfy constraint: Member must be "
                               "the ARN of a domain")));
    if (arn.account != call->account)
        return access_refusal(call, text, &call->arena);
    if (!bytes_equal(arn.region, service->config.region))
        return registry_unknown_domain(&call->arena, arn.name);
    return registry_need_domain(&service->registry, call->account, arn.name, &call->arena, out);
}

void call_tag_resource(struct service *service, struct call *call)
{
    const struct tag_resource_input *input = call->request.tag_resource;
    struct registry_command command = command_of(service, call);
    struct registry_records records = { 0 };
    struct domain *domain;
    struct fault fault = find_tagged(service, call, input->resource_arn, &domain);

    if (fault_is_none(fault))
        fault = registry_tag_domain(&command, domain, input->tags, &records);
    finish(service, call, fault, &records);
}

void call_untag_resource(struct service *service, struct call *call)
{
    const struct untag_resource_input *input = call->request.untag_resource;
    struct registry_command command = command_of(service, call);
    struct registry_records records = { 0 };
    struct domain *domain;
    struct fault fault = find_tagged(service, call, input->resource_arn, &domain);

    if (fault_is_none(fault))
        fault = registry_untag_domain(&command, domain, input->tag_keys, &records);
    finish(service, call, fault, &records);
}

void call_list_tags_for_resource(struct service *service, struct call *call)
{
    struct list_tags_for_resource_output output;
    struct domain *domain;
    struct fault fault = find_tagged(service, call,
                                     call->request.list_tags_for_resource->resource_arn, &domain);

    if (!fault_is_none(fault)) {
        service_answer_fault(service, call, fault);
        return;
    }
    output.tags = domain->tags;
    service_answer_copy(service, call, &output);
}

/* ---- lists, page by page ---- */

/* A page of names: how many may be on it, and after which name it begins. */
struct name_page {
    size_t size;
    struct page_position after; /* text: name, more: version; absent: the beginning */
};

/* Opens the page token; false after a fault was answered. */
static bool begin_page(struct service *service, struct call *call, struct bytes token, int32_t size,
                       struct name_page *page)
{
    *page = (struct name_page){ .size = call_page_size(size) };
    return service_open_page(service, call, token, &page->after);
}

static struct bytes end_page(struct service *service, struct call *call, struct bytes name,
                             struct bytes version)
{
    struct page_position position = { .text = name, .more = version };

    return token_seal_page(service->sealer, call->account, &call->request, service->now, &position,
                           &call->arena);
}

static const struct domain *next_domain_of_status(struct service *service, struct call *call,
                                                  struct bytes after)
{
    const struct list_domains_input *input = call->request.list_domains;
    const struct domain *domain = registry_next_domain(&service->registry, call->account, after,
                                                       input->reverse_order);

    while (domain && domain->info.status != input->registration_status)
        domain = registry_next_domain(&service->registry, call->account, domain->name,
                                      input->reverse_order);
    return domain;
}

void call_list_domains(struct service *service, struct call *call)
{
    const struct list_domains_input *input = call->request.list_domains;
    struct domain_infos output = { 0 };
    struct domain_info *items;
    const struct domain *domain, *last = NULL;
    struct name_page page;
    size_t count = 0;

    if (!begin_page(service, call, input->next_page_token, input->maximum_page_size, &page))
        return;
    items = arena_array(&service->turn.arena, struct domain_info, page.size);
    domain = next_domain_of_status(service, call, page.after.text);
    for (; domain && count < page.size;
         domain = next_domain_of_status(service, call, domain->name)) {
        items[count++] = info_of(service, domain);
        last = domain;
    }
    if (domain && last)
        output.next_page_token = end_page(service, call, last->name, BYTES_ABSENT);
    output.domain_infos = (struct domain_info_list){ items, count };
    service_answer_copy(service, call, &output);
}

/* What a list of types asks for. */
struct type_walk {
    const struct domain *domain;
    enum type_kind kind;
    enum registration_status status;
    struct bytes name; /* absent: all */
    bool reverse;
};

static bool walk_wants(const struct type_walk *walk, const struct type_record *type)
{
    bool deprecated = walk->status == REGISTRATION_STATUS_DEPRECATED;

    return type_is_deprecated(type) == deprecated &&
           (bytes_is_absent(walk->name) || bytes_equal(walk->name, type->name));
}

/* The first one wanted from here on. Those of one name stand together, and all others of ten
 * thousand are not looked at for them: nobody else is answered meanwhile. */
static const struct type_record *walk_from(const struct type_walk *walk,
                                           const struct type_record *type)
{
    while (type && !walk_wants(walk, type)) {
        if (!bytes_is_absent(walk->name) && !bytes_equal(walk->name, type->name))
            return NULL;
        type = type_next(type, walk->reverse);
    }
    return type;
}

static const struct type_record *walk_next(const struct type_walk *walk,
                                           const struct type_record *type)
{
    return walk_from(walk, type_next(type, walk->reverse));
}

/* Behind where the last page ended, or at the beginning: of the name, if there is one. */
static const struct type_record *walk_begin(const struct type_walk *walk,
                                            const struct page_position *after)
{
    struct bytes name = after->text, version = after->more;

    if (bytes_is_absent(name) && !bytes_is_absent(walk->name)) {
        name = walk->name;
        version = walk->reverse ? BYTES("\xff") : BYTES_ABSENT; /* behind all versions, or before */
    }
    return walk_from(walk,
                     domain_next_type(walk->domain, walk->kind, name, version, walk->reverse));
}

/* The types on the page, and the token of the next one. */
struct type_page {
    const struct type_record **types;
    size_t count;
    struct bytes next_page_token;
};

static bool collect_types(struct service *service, struct call *call, const struct type_walk *walk,
                          struct bytes token, int32_t size, struct type_page *out)
{
    const struct type_record *type;
    struct name_page page;

    *out = (struct type_page){ 0 };
    if (!begin_page(service, call, token, size, &page))
        return false;
    out->types = arena_array(&service->turn.arena, const struct type_record *, page.size);
    type = walk_begin(walk, &page.after);
    for (; type && out->count < page.size; type = walk_next(walk, type))
        out->types[out->count++] = type;
    if (type) {
        const struct type_record *last = out->types[out->count - 1];

        out->next_page_token = end_page(service, call, last->name, last->version);
    }
    return true;
}

void call_list_workflow_types(struct service *service, struct call *call)
{
    const struct list_workflow_types_input *input = call->request.list_workflow_types;
    struct type_walk walk = { .kind = TYPE_WORKFLOW,
                              .status = input->registration_status,
                              .name = input->name,
                              .reverse = input->reverse_order };
    struct workflow_type_infos output = { 0 };
    struct workflow_type_info *items;
    struct type_page page;

    walk.domain = service_need_domain(service, call, input->domain);
    if (walk.domain == NULL || !collect_types(service, call, &walk, input->next_page_token,
                                              input->maximum_page_size, &page))
        return;
    items = arena_array(&service->turn.arena, struct workflow_type_info, page.count);
    for (size_t i = 0; i < page.count; i++)
        items[i] = page.types[i]->workflow_info;
    output.type_infos = (struct workflow_type_info_list){ items, page.count };
    output.next_page_token = page.next_page_token;
    service_answer_copy(service, call, &output);
}

void call_list_activity_types(struct service *service, struct call *call)
{
    const struct list_activity_types_input *input = call->request.list_activity_types;
    struct type_walk walk = { .kind = TYPE_ACTIVITY,
                              .status = input->registration_status,
                              .name = input->name,
                              .reverse = input->reverse_order };
    struct activity_type_infos output = { 0 };
    struct activity_type_info *items;
    struct type_page page;

    walk.domain = service_need_domain(service, call, input->domain);
    if (walk.domain == NULL || !collect_types(service, call, &walk, input->next_page_token,
                                              input->maximum_page_size, &page))
        return;
    items = arena_array(&service->turn.arena, struct activity_type_info, page.count);
    for (size_t i = 0; i < page.count; i++)
        items[i] = page.types[i]->activity_info;
    output.type_infos = (struct activity_type_info_list){ items, page.count };
    output.next_page_token = page.next_page_token;
    service_answer_copy(service, call, &output);
}

/* ---- types ---- */

/* The type in the caller's domain; NULL after a fault was answered. */
static const struct type_record *need_type(struct service *service, struct call *call,
                                           struct bytes domain_name, enum type_kind kind,
                                           struct bytes name, struct bytes version)
{
    const struct domain *domain = service_need_domain(service, call, domain_name);
    const struct type_record *type;
    struct fault fault;

    if (domain == NULL)
        return NULL;
    fault = domain_need_type(domain, kind, name, version, &call->arena, &type);
    if (fault_is_none(fault))
        return type;
    service_answer_fault(service, call, fault);
    return NULL;
}

/* To deprecate, undeprecate or delete one. */
typedef struct fault change_type_fn(const struct registry_command *command, struct bytes domain,
                                    enum type_kind kind, struct bytes name, struct bytes version,
                                    struct registry_records *out);

static void change_type(struct service *service, struct call *call, change_type_fn *change,
                        struct bytes domain, enum type_kind kind, struct bytes name,
                        struct bytes version)
{
    struct registry_command command = command_of(service, call);
    struct registry_records records = { 0 };

    finish(service, call, change(&command, domain, kind, name, version, &records), &records);
}

static void change_workflow_type(struct service *service, struct call *call, change_type_fn *change,
                                 struct bytes domain, const struct workflow_type *type)
{
    change_type(service, call, change, domain, TYPE_WORKFLOW, type->name, type->version);
}

static void change_activity_type(struct service *service, struct call *call, change_type_fn *change,
                                 struct bytes domain, const struct activity_type *type)
{
    change_type(service, call, change, domain, TYPE_ACTIVITY, type->name, type->version);
}

void call_register_workflow_type(struct service *service, struct call *call)
{
    struct registry_command command = command_of(service, call);
    struct registry_records records = { 0 };

    finish(
        service, call,
        registry_register_workflow_type(&command, call->request.register_workflow_type, &records),
        &records);
}

void call_describe_workflow_type(struct service *service, struct call *call)
{
    const struct describe_workflow_type_input *input = call->request.describe_workflow_type;
    const struct type_record *type = need_type(service, call, input->domain, TYPE_WORKFLOW,
                                               input->workflow_type->name,
                                               input->workflow_type->version);

    if (type)
        service_answer_copy(service, call, &type->workflow);
}

void call_deprecate_workflow_type(struct service *service, struct call *call)
{
    const struct deprecate_workflow_type_input *input = call->request.deprecate_workflow_type;

    change_workflow_type(service, call, registry_deprecate_type, input->domain,
                         input->workflow_type);
}

void call_register_activity_type(struct service *service, struct call *call)
{
    struct registry_command command = command_of(service, call);
    struct registry_records records = { 0 };

    finish(
        service, call,
        registry_register_activity_type(&command, call->request.register_activity_type, &records),
        &records);
}

void call_describe_activity_type(struct service *service, struct call *call)
{
    const struct describe_activity_type_input *input = call->request.describe_activity_type;
    const struct type_record *type = need_type(service, call, input->domain, TYPE_ACTIVITY,
                                               input->activity_type->name,
                                               input->activity_type->version);

    if (type)
        service_answer_copy(service, call, &type->activity);
}

void call_deprecate_activity_type(struct service *service, struct call *call)
{
    const struct deprecate_activity_type_input *input = call->request.deprecate_activity_type;

    change_activity_type(service, call, registry_deprecate_type, input->domain,
                         input->activity_type);
}

void call_undeprecate_workflow_type(struct service *service, struct call *call)
{
    const struct undeprecate_workflow_type_input *input = call->request.undeprecate_workflow_type;

    change_workflow_type(service, call, registry_undeprecate_type, input->domain,
                         input->workflow_type);
}

void call_delete_workflow_type(struct service *service, struct call *call)
{
    const struct delete_workflow_type_input *input = call->request.delete_workflow_type;

    change_workflow_type(service, call, registry_delete_type, input->domain, input->workflow_type);
}

void call_undeprecate_activity_type(struct service *service, struct call *call)
{
    const struct undeprecate_activity_type_input *input = call->request.undeprecate_activity_type;

    change_activity_type(service, call, registry_undeprecate_type, input->domain,
                         input->activity_type);
}

void call_delete_activity_type(struct service *service, struct call *call)
{
    const struct delete_activity_type_input *input = call->request.delete_activity_type;

    change_activity_type(service, call, registry_delete_type, input->domain, input->activity_type);
}
