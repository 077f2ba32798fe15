/*
 * The registry's state. Domains hang in one tree by account and name, the types of a domain in one
 * tree each by name and version. Every record owns one piece of memory, measured first and then
 * filled.
 */
#include "engine/registry.h"
#include "base/copier.h"
#include "base/ensure.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/memory.h"

/* ---- order ---- */

struct domain_key {
    uint64_t account;
    struct bytes name;
};

static int compare_domain(const void *key, const struct tree_node *node)
{
    const struct domain_key *wanted = key;
    const struct domain *domain = object_of(node, const struct domain, node);

    if (wanted->account != domain->account)
        return wanted->account < domain->account ? -1 : 1;
    return bytes_compare(wanted->name, domain->name);
}

struct type_key {
    struct bytes name, version;
};

/* Types of one name are listed by version (Q-VIS4). */
static int compare_type(const void *key, const struct tree_node *node)
{
    const struct type_key *wanted = key;
    const struct type_record *type = object_of(node, const struct type_record, node);
    int order = bytes_compare(wanted->name, type->name);

    return order ? order : bytes_compare(wanted->version, type->version);
}

static bool has_number(const void *object, const void *key)
{
    return ((const struct domain *)object)->number == *(const uint32_t *)key;
}

/* ---- looking up ---- */

struct domain *registry_find_domain(const struct registry *registry, uint64_t account,
                                    struct bytes name)
{
    struct domain_key key = { account, name };
    struct tree_node *node = tree_find(&registry->domains, &key, compare_domain);

    return node ? object_of(node, struct domain, node) : NULL;
}

struct domain *registry_get_domain(const struct registry *registry, uint32_t number)
{
    return map_find(&registry->by_number, hash_u64(number), has_number, &number);
}

struct fault registry_unknown_domain(struct arena *arena, struct bytes name)
{
    return fault_of(FAULT_UNKNOWN_RESOURCE, arena_concat(arena, BYTES("Unknown domain: "), name));
}

struct fault registry_need_domain(const struct registry *registry, uint64_t account,
                                  struct bytes name, struct arena *arena, struct domain **out)
{
    *out = registry_find_domain(registry, account, name);
    if (*out)
        return NO_FAULT;
    return registry_unknown_domain(arena, name);
}

const struct type_record *domain_find_type(const struct domain *domain, enum type_kind kind,
                                           struct bytes name, struct bytes version)
{
    struct type_key key = { name, version };
    struct tree_node *node = tree_find(&domain->types[kind], &key, compare_type);

    return node ? object_of(node, const struct type_record, node) : NULL;
}

struct bytes type_text(struct arena *arena, enum type_kind kind, struct bytes name,
                       struct bytes version)
{
    return arena_concat(
        arena, kind == TYPE_WORKFLOW ? BYTES("WorkflowType=[name=") : BYTES("ActivityType=[name="),
        name, BYTES(", version="), version, BYTES("]"));
}

struct fault domain_need_type(const struct domain *domain, enum type_kind kind, struct bytes name,
                              struct bytes version, struct arena *arena,
                              const struct type_record **out)
{
    *out = domain_find_type(domain, kind, name, version);
    if (*out)
        return NO_FAULT;
    return fault_of(FAULT_UNKNOWN_RESOURCE, arena_concat(arena, BYTES("Unknown type: "),
                                                         type_text(arena, kind, name, version)));
}

bool domain_is_deprecated(const struct domain *domain)
{
    return domain->info.status == REGISTRATION_STATUS_DEPRECATED;
}

bool type_is_deprecated(const struct type_record *type)
{
    return (type->kind == TYPE_WORKFLOW
                ? type->workflow_info.status
                : type->activity_info.status) == REGISTRATION_STATUS_DEPRECATED;
}

const struct workflow_type_configuration *type_workflow_defaults(const struct type_record *type)
{
    ensure(type->kind == TYPE_WORKFLOW);
    return &type->workflow_defaults;
}

const struct activity_type_configuration *type_activity_defaults(const struct type_record *type)
{
    ensure(type->kind == TYPE_ACTIVITY);
    return &type->activity_defaults;
}

/* ---- walking ---- */

static struct tree_node *step(const struct tree *tree, const void *key, tree_compare_fn *compare,
                              bool reverse)
{
    struct tree_node *node = reverse ? tree_at_or_before(tree, key, compare)
                                     : tree_at_or_after(tree, key, compare);

    if (node && compare(key, node) == 0)
        node = reverse ? tree_prev(node) : tree_next(node);
    return node;
}

const struct domain *registry_next_domain(const struct registry *registry, uint64_t account,
                                          struct bytes after, bool reverse)
{
    /* An account's names begin after the empty one, and end before the next account's. */
    struct domain_key key = { account, after };
    struct tree_node *node;
    const struct domain *domain;

    if (bytes_is_absent(after) && reverse)
        key.account = account + 1;
    node = step(&registry->domains, &key, compare_domain, reverse);
    domain = node ? object_of(node, const struct domain, node) : NULL;
    return domain && domain->account == account ? domain : NULL;
}

const struct type_record *domain_next_type(const struct domain *domain, enum type_kind kind,
                                           struct bytes after_name, struct bytes after_version,
                                           bool reverse)
{
    struct type_key key = { after_name, after_version };
    struct tree_node *node;

    if (bytes_is_absent(after_name) && reverse)
        node = tree_last(&domain->types[kind]);
    else
        node = step(&domain->types[kind], &key, compare_type, reverse);
    return node ? object_of(node, const struct type_record, node) : NULL;
}

const struct type_record *type_next(const struct type_record *type, bool reverse)
{
    struct tree_node *node = reverse ? tree_prev(&type->node) : tree_next(&type->node);

    return node ? object_of(node, const struct type_record, node) : NULL;
}

/* ---- types ---- */

static const struct task_list *copy_task_list(struct copier *copier, struct task_list *place,
                                              const struct task_list *list)
{
    if (list == NULL)
        return NULL;
    place->name = copier_add(copier, list->name);
    return place;
}

static size_t task_list_size(const struct task_list *list)
{
    return list ? list->name.len : 0;
}

static struct type_record *type_new(const struct registry_record *record, enum type_kind kind,
                                    size_t text_size, struct copier *copier)
{
    struct type_record *type = memory_new(sizeof(*type) + record->name.len + record->version.len +
                                          text_size);

    copier->next = (char *)(type + 1);
    type->kind = kind;
    type->name = copier_add(copier, record->name);
    type->version = copier_add(copier, record->version);
    return type;
}

static struct type_record *workflow_type_new(const struct registry_record *record)
{
    const struct workflow_type_info *info = record->workflow_type->type_info;
    const struct workflow_type_configuration *from = record->workflow_type->configuration;
    size_t size = info->description.len + from->default_task_start_to_close_timeout.len +
                  from->default_execution_start_to_close_timeout.len +
                  task_list_size(from->default_task_list) + from->default_task_priority.len +
                  from->default_lambda_role.len;
    struct copier copier;
    struct type_record *type = type_new(record, TYPE_WORKFLOW, size, &copier);
    struct workflow_type_configuration *to = &type->workflow_defaults;

    type->workflow_type = (struct workflow_type){ .name = type->name, .version = type->version };
    type->workflow_info = *info;
    type->workflow_info.workflow_type = &type->workflow_type;
    type->workflow_info.description = copier_add(&copier, info->description);
    *to = *from;
    to->default_task_start_to_close_timeout = copier_add(&copier,
                                                         from->default_task_start_to_close_timeout);
    to->default_execution_start_to_close_timeout = copier_add(
        &copier, from->default_execution_start_to_close_timeout);
    to->default_task_list = copy_task_list(&copier, &type->default_task_list,
                                           from->default_task_list);
    to->default_task_priority = copier_add(&copier, from->default_task_priority);
    to->default_lambda_role = copier_add(&copier, from->default_lambda_role);
    type->workflow.type_info = &type->workflow_info;
    type->workflow.configuration = to;
    return type;
}

static struct type_record *activity_type_new(const struct registry_record *record)
{
    const struct activity_type_info *info = record->activity_type->type_info;
    const struct activity_type_configuration *from = record->activity_type->configuration;
    size_t size = info->description.len + from->default_task_start_to_close_timeout.len +
                  from->default_task_heartbeat_timeout.len +
                  task_list_size(from->default_task_list) + from->default_task_priority.len +
                  from->default_task_schedule_to_start_timeout.len +
                  from->default_task_schedule_to_close_timeout.len;
    struct copier copier;
    struct type_record *type = type_new(record, TYPE_ACTIVITY, size, &copier);
    struct activity_type_configuration *to = &type->activity_defaults;

    type->activity_type = (struct activity_type){ .name = type->name, .version = type->version };
    type->activity_info = *info;
    type->activity_info.activity_type = &type->activity_type;
    type->activity_info.description = copier_add(&copier, info->description);
    *to = *from;
    to->default_task_start_to_close_timeout = copier_add(&copier,
                                                         from->default_task_start_to_close_timeout);
    to->default_task_heartbeat_timeout = copier_add(&copier, from->default_task_heartbeat_timeout);
    to->default_task_list = copy_task_list(&copier, &type->default_task_list,
                                           from->default_task_list);
    to->default_task_priority = copier_add(&copier, from->default_task_priority);
    to->default_task_schedule_to_start_timeout = copier_add(
        &copier, from->default_task_schedule_to_start_timeout);
    to->default_task_schedule_to_close_timeout = copier_add(
        &copier, from->default_task_schedule_to_close_timeout);
    type->activity.type_info = &type->activity_info;
    type->activity.configuration = to;
    return type;
}

static void remove_type(struct domain *domain, enum type_kind kind, const struct type_key *key)
{
    struct tree_node *node = tree_find(&domain->types[kind], key, compare_type);

    if (node == NULL)
        return;
    tree_remove(&domain->types[kind], node);
    memory_free(object_of(node, struct type_record, node));
}

static void apply_type(struct registry *registry, const struct registry_record *record)
{
    struct domain *domain = registry_get_domain(registry, record->domain_number);
    enum type_kind kind = record->kind == RECORD_WORKFLOW_TYPE ? TYPE_WORKFLOW : TYPE_ACTIVITY;
    struct type_key key = { record->name, record->version };
    struct type_record *type = NULL;

    ensure(domain != NULL);
    /* The new one first: the record's texts may lie in the old one. */
    if (!record->removed)
        type = kind == TYPE_WORKFLOW ? workflow_type_new(record) : activity_type_new(record);
    remove_type(domain, kind, &key);
    if (type) {
        key = (struct type_key){ type->name, type->version };
        tree_add(&domain->types[kind], &type->node, &key, compare_type);
    }
}

/* ---- domains ---- */

static size_t domain_size(const struct registry_record *record)
{
    const struct domain_info *info = record->domain->domain_info;
    size_t size = 1 + info->name.len + info->description.len + info->arn.len +
                  record->domain->configuration->workflow_execution_retention_period_in_days.len;

    for (size_t i = 0; i < record->tags.count; i++)
        size += record->tags.items[i].key.len + record->tags.items[i].value.len;
    return size + record->tags.count * sizeof(struct resource_tag);
}

/* Packs all that the record says into memory of its own and makes it the domain's. */
static void fill_domain(struct domain *domain, const struct registry_record *record)
{
    const struct domain_info *info = record->domain->domain_info;
    struct resource_tag *tags = memory_new(domain_size(record));
    struct copier copier = { (char *)(tags + record->tags.count) };
    void *old = domain->memory;

    for (size_t i = 0; i < record->tags.count; i++)
        tags[i] = (struct resource_tag){ .key = copier_add(&copier, record->tags.items[i].key),
                                         .value = copier_add(&copier,
                                                             record->tags.items[i].value) };
    domain->tags = (struct resource_tag_list){ tags, record->tags.count };
    domain->name = copier_add(&copier, info->name);
    domain->info = (struct domain_info){ .name = domain->name,
                                         .status = info->status,
                                         .description = copier_add(&copier, info->description),
                                         .arn = copier_add(&copier, info->arn) };
    domain->configuration.workflow_execution_retention_period_in_days = copier_add(
        &copier, record->domain->configuration->workflow_execution_retention_period_in_days);
    domain->detail = (struct domain_detail){ &domain->info, &domain->configuration };
    domain->memory = tags;
    memory_free(old);
}

static void add_domain(struct registry *registry, const struct registry_record *record)
{
    struct domain *domain = memory_new(sizeof(*domain));
    struct domain_key key;

    domain->account = record->account;
    domain->number = record->domain_number;
    fill_domain(domain, record);
    key = (struct domain_key){ domain->account, domain->name };
    tree_add(&registry->domains, &domain->node, &key, compare_domain);
    map_add(&registry->by_number, hash_u64(domain->number), domain);
    registry->domain_count++;
    if (domain->number >= registry->next_number)
        registry->next_number = domain->number + 1;
}

void registry_apply(struct registry *registry, const struct registry_record *record)
{
    struct domain *domain;

    if (record->kind != RECORD_DOMAIN) {
        apply_type(registry, record);
        return;
    }
    domain = registry_get_domain(registry, record->domain_number);
    if (domain)
        fill_domain(domain, record);
    else
        add_domain(registry, record);
}

void registry_init(struct registry *registry)
{
    *registry = (struct registry){ .next_number = 1 };
}

static void free_types(struct tree *types)
{
    struct tree_node *node;

    while ((node = tree_first(types))) {
        tree_remove(types, node);
        memory_free(object_of(node, struct type_record, node));
    }
}

void registry_deinit(struct registry *registry)
{
    struct tree_node *node;

    map_deinit(&registry->by_number);
    while ((node = tree_first(&registry->domains))) {
        struct domain *domain = object_of(node, struct domain, node);

        tree_remove(&registry->domains, node);
        free_types(&domain->types[TYPE_WORKFLOW]);
        free_types(&domain->types[TYPE_ACTIVITY]);
        memory_free(domain->memory);
        memory_free(domain);
    }
}
