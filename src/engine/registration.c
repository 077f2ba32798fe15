/*
 * What the registration operations decide: Register*, Deprecate*, Undeprecate*, Delete*Type,
 * TagResource, UntagResource.
 */
#include "base/ensure.h"
#include "base/hash.h"
#include "base/heap.h"
#include "engine/registry.h"
#include "model/domain_arn.h"

static struct registry_record *add_record(const struct registry_command *command,
                                          struct registry_records *out)
{
    if (out->count == out->capacity) {
        size_t capacity = out->capacity ? out->capacity * 2 : 4;
        struct registry_record *items = arena_array(command->arena, struct registry_record,
                                                    capacity);

        if (out->count)
            memcpy(items, out->items, out->count * sizeof(*items));
        out->items = items;
        out->capacity = capacity;
    }
    return &out->items[out->count++];
}

/* ---- tags ---- */

/* Each key once, in the order in which they came first. A request may hold tens of thousands, and
 * all others wait for it: so a key is looked up by its hash. */
struct tag_set {
    struct map by_key; /* of what is in `items` */
    struct resource_tag *items;
    size_t count;
};

static bool has_key(const void *object, const void *key)
{
    return bytes_equal(((const struct resource_tag *)object)->key, *(const struct bytes *)key);
}

static struct resource_tag *find_tag(const struct tag_set *set, struct bytes key)
{
    return map_find(&set->by_key, hash_bytes(key), has_key, &key);
}

/* Adds one tag, or replaces the value of the one with its key. */
static void put_tag(struct tag_set *set, struct resource_tag tag)
{
    struct resource_tag *place = find_tag(set, tag.key);

    if (place == NULL) {
        place = &set->items[set->count++];
        map_add(&set->by_key, hash_bytes(tag.key), place);
    }
    place->key = tag.key;
    place->value = bytes_or(tag.value, BYTES(""));
}

/* false as soon as there are more than `max`. */
static bool put_tags(struct tag_set *set, struct resource_tag_list tags, size_t max)
{
    for (size_t i = 0; i < tags.count && set->count <= max; i++)
        put_tag(set, tags.items[i]);
    return set->count <= max;
}

/* Room for so many; its map is to be given back. */
static struct tag_set tag_set_of(struct arena *arena, size_t count_max)
{
    return (struct tag_set){ .items = arena_array(arena, struct resource_tag, count_max) };
}

/* `old` with `new` laid over it, or TooManyTagsFault, whose text is ours (Q-LIM). */
static struct fault merge_tags(const struct registry_command *command, struct resource_tag_list old,
                               struct resource_tag_list new, struct resource_tag_list *out)
{
    size_t all = old.count + new.count;
    size_t max = command->limits->tags_per_domain ? command->limits->tags_per_domain : all;
    struct tag_set set = tag_set_of(command->arena, all <= max ? all : max + 1);
    bool fit = put_tags(&set, old, max) && put_tags(&set, new, max);

    map_deinit(&set.by_key);
    if (!fit)
        return fault_of(FAULT_TOO_MANY_TAGS,
                        arena_printf(command->arena, "Too many tags: a domain has at most %u",
                                     (unsigned)command->limits->tags_per_domain));
    *out = (struct resource_tag_list){ set.items, set.count };
    return NO_FAULT;
}

/* `tags` without those of the `keys`. */
static struct resource_tag_list tags_without(struct arena *arena, struct resource_tag_list tags,
                                             struct bytes_list keys)
{
    struct tag_set set = tag_set_of(arena, tags.count);
    bool *is_gone = arena_array(arena, bool, tags.count);
    size_t kept = 0;

    put_tags(&set, tags, tags.count);
    for (size_t i = 0; i < keys.count; i++) {
        const struct resource_tag *tag = find_tag(&set, keys.items[i]);

        if (tag)
            is_gone[tag - set.items] = true;
    }
    map_deinit(&set.by_key);
    for (size_t i = 0; i < set.count; i++)
        if (!is_gone[i])
            set.items[kept++] = set.items[i];
    return (struct resource_tag_list){ set.items, kept };
}

/* ---- domains ---- */

static uint32_t count_domains(const struct registry *registry, uint64_t account)
{
    const struct domain *domain = registry_next_domain(registry, account, BYTES_ABSENT, false);
    uint32_t count = 0;

    for (; domain; domain = registry_next_domain(registry, account, domain->name, false))
        count++;
    return count;
}

static void add_domain_record(const struct registry_command *command, uint32_t number,
                              const struct domain_info *info, struct bytes retention,
                              struct resource_tag_list tags, struct registry_records *out)
{
    struct registry_record *record = add_record(command, out);
    struct domain_detail *detail = arena_new(command->arena, struct domain_detail);
    struct domain_configuration *configuration = arena_new(command->arena,
                                                           struct domain_configuration);

    configuration->workflow_execution_retention_period_in_days = retention;
    *detail = (struct domain_detail){ info, configuration };
    *record = (struct registry_record){
        .kind = RECORD_DOMAIN,
        .account = command->account,
        .domain_number = number,
        .name = info->name,
        .domain = detail,
        .tags = tags,
    };
}

struct fault registry_register_domain(const struct registry_command *command,
                                      const struct register_domain_input *input,
                                      struct registry_records *out)
{
    uint32_t limit = command->limits->domains;
    struct resource_tag_list tags;
    struct domain_info *info;
    struct fault fault;

    if (registry_find_domain(command->registry, command->account, input->name))
        return fault_of(FAULT_DOMAIN_ALREADY_EXISTS, input->name);
    if (limit && count_domains(command->registry, command->account) >= limit)
        return fault_of(
            FAULT_LIMIT_EXCEEDED,
            arena_printf(command->arena, "Limit of %u domains per account reached", limit));
    fault = merge_tags(command, (struct resource_tag_list){ 0 }, input->tags, &tags);
    if (!fault_is_none(fault))
        return fault;
    info = arena_new(command->arena, struct domain_info);
    info->name = input->name;
    info->status = REGISTRATION_STATUS_REGISTERED;
    info->description = input->description;
    info->arn = domain_arn_print(command->arena, command->region, command->account, input->name);
    add_domain_record(command, command->registry->next_number, info,
                      input->workflow_execution_retention_period_in_days, tags, out);
    return NO_FAULT;
}

/* A record of the same domain with another status. */
static void set_domain_status(const struct registry_command *command, const struct domain *domain,
                              enum registration_status status, struct registry_records *out)
{
    struct domain_info *info = arena_new(command->arena, struct domain_info);

    *info = domain->info;
    info->status = status;
    add_domain_record(command, domain->number, info,
                      domain->configuration.workflow_execution_retention_period_in_days,
                      domain->tags, out);
}

/* A record of the same type with another status; the deprecation date comes and goes with it. */
static void set_type_status(const struct registry_command *command, const struct domain *domain,
                            const struct type_record *type, enum registration_status status,
                            struct registry_records *out)
{
    struct registry_record *record = add_record(command, out);
    struct instant deprecated_at = status == REGISTRATION_STATUS_DEPRECATED ? command->now
                                                                            : (struct instant){ 0 };

    *record = (struct registry_record){
        .kind = type->kind == TYPE_WORKFLOW ? RECORD_WORKFLOW_TYPE : RECORD_ACTIVITY_TYPE,
        .account = domain->account,
        .domain_number = domain->number,
        .name = type->name,
        .version = type->version,
    };
    if (type->kind == TYPE_WORKFLOW) {
        struct workflow_type_info *info = arena_new(command->arena, struct workflow_type_info);
        struct workflow_type_detail *detail = arena_new(command->arena,
                                                        struct workflow_type_detail);

        *info = type->workflow_info;
        info->status = status;
        info->deprecation_date = deprecated_at;
        *detail = (struct workflow_type_detail){ info, &type->workflow_defaults };
        record->workflow_type = detail;
    } else {
        struct activity_type_info *info = arena_new(command->arena, struct activity_type_info);
        struct activity_type_detail *detail = arena_new(command->arena,
                                                        struct activity_type_detail);

        *info = type->activity_info;
        info->status = status;
        info->deprecation_date = deprecated_at;
        *detail = (struct activity_type_detail){ info, &type->activity_defaults };
        record->activity_type = detail;
    }
}

static void deprecate_types(const struct registry_command *command, const struct domain *domain,
                            enum type_kind kind, struct registry_records *out)
{
    const struct tree_node *node = tree_first(&domain->types[kind]);

    for (; node; node = tree_next(node)) {
        const struct type_record *type = object_of(node, const struct type_record, node);

        if (!type_is_deprecated(type))
            set_type_status(command, domain, type, REGISTRATION_STATUS_DEPRECATED, out);
    }
}

/* "Deprecates the specified domain. ... also deprecates all types registered in it" (Q-DOM4: with
 * their dates). */
struct fault registry_deprecate_domain(const struct registry_command *command,
                                       const struct deprecate_domain_input *input,
                                       struct registry_records *out)
{
    struct domain *domain;
    struct fault fault = registry_need_domain(command->registry, command->account, input->name,
                                              command->arena, &domain);

    if (!fault_is_none(fault))
        return fault;
    if (domain_is_deprecated(domain))
        return fault_of(FAULT_DOMAIN_DEPRECATED, input->name);
    set_domain_status(command, domain, REGISTRATION_STATUS_DEPRECATED, out);
    deprecate_types(command, domain, TYPE_WORKFLOW, out);
    deprecate_types(command, domain, TYPE_ACTIVITY, out);
    return NO_FAULT;
}

/* Q-DOM3: the types stay deprecated. */
struct fault registry_undeprecate_domain(const struct registry_command *command,
                                         const struct undeprecate_domain_input *input,
                                         struct registry_records *out)
{
    struct domain *domain;
    struct fault fault = registry_need_domain(command->registry, command->account, input->name,
                                              command->arena, &domain);

    if (!fault_is_none(fault))
        return fault;
    if (!domain_is_deprecated(domain))
        return fault_of(FAULT_DOMAIN_ALREADY_EXISTS, input->name);
    set_domain_status(command, domain, REGISTRATION_STATUS_REGISTERED, out);
    return NO_FAULT;
}

struct fault registry_tag_domain(const struct registry_command *command,
                                 const struct domain *domain, struct resource_tag_list tags,
                                 struct registry_records *out)
{
    struct resource_tag_list merged;
    struct fault fault = merge_tags(command, domain->tags, tags, &merged);

    if (!fault_is_none(fault))
        return fault;
    add_domain_record(command, domain->number, &domain->info,
                      domain->configuration.workflow_execution_retention_period_in_days, merged,
                      out);
    return NO_FAULT;
}

struct fault registry_untag_domain(const struct registry_command *command,
                                   const struct domain *domain, struct bytes_list keys,
                                   struct registry_records *out)
{
    add_domain_record(command, domain->number, &domain->info,
                      domain->configuration.workflow_execution_retention_period_in_days,
                      tags_without(command->arena, domain->tags, keys), out);
    return NO_FAULT;
}

/* ---- types ---- */

/* Finds the domain in which a new type may be registered under this name and version, or says why
 * not. One that was deleted is no obstacle (Q-DEL1). */
static struct fault find_place_for_type(const struct registry_command *command,
                                        struct bytes domain_name, enum type_kind kind,
                                        struct bytes name, struct bytes version,
                                        struct domain **out)
{
    uint32_t limit = kind == TYPE_WORKFLOW ? command->limits->workflow_types
                                           : command->limits->activity_types;
    struct fault fault = registry_need_domain(command->registry, command->account, domain_name,
                                              command->arena, out);

    if (!fault_is_none(fault))
        return fault;
    if (domain_is_deprecated(*out)) /* Q-DOM1 */
        return fault_of(FAULT_DOMAIN_DEPRECATED, domain_name);
    if (domain_find_type(*out, kind, name, version))
        return fault_of(FAULT_TYPE_ALREADY_EXISTS, type_text(command->arena, kind, name, version));
    if (limit && (*out)->types[kind].count >= limit)
        return fault_of(FAULT_LIMIT_EXCEEDED,
                        arena_printf(command->arena, "Limit of %u %s types per domain reached",
                                     limit, kind == TYPE_WORKFLOW ? "workflow" : "activity"));
    return NO_FAULT;
}

struct fault registry_register_workflow_type(const struct registry_command *command,
                                             const struct register_workflow_type_input *input,
                                             struct registry_records *out)
{
    struct workflow_type_info *info = arena_new(command->arena, struct workflow_type_info);
    struct workflow_type_configuration *defaults = arena_new(command->arena,
                                                             struct workflow_type_configuration);
    struct workflow_type_detail *detail = arena_new(command->arena, struct workflow_type_detail);
    struct domain *domain;
    struct fault fault = find_place_for_type(command, input->domain, TYPE_WORKFLOW, input->name,
                                             input->version, &domain);

    if (!fault_is_none(fault))
        return fault;
    info->status = REGISTRATION_STATUS_REGISTERED;
    info->description = input->description;
    info->creation_date = command->now;
    defaults->default_task_start_to_close_timeout = input->default_task_start_to_close_timeout;
    defaults->default_execution_start_to_close_timeout =
        input->default_execution_start_to_close_timeout;
    defaults->default_task_list = input->default_task_list;
    defaults->default_task_priority = input->default_task_priority;
    defaults->default_child_policy = input->default_child_policy;
    defaults->default_lambda_role = input->default_lambda_role;
    *detail = (struct workflow_type_detail){ info, defaults };
    *add_record(command, out) = (struct registry_record){ .kind = RECORD_WORKFLOW_TYPE,
                                                          .account = command->account,
                                                          .domain_number = domain->number,
                                                          .name = input->name,
                                                          .version = input->version,
                                                          .workflow_type = detail };
    return NO_FAULT;
}

struct fault registry_register_activity_type(const struct registry_command *command,
                                             const struct register_activity_type_input *input,
                                             struct registry_records *out)
{
    struct activity_type_info *info = arena_new(command->arena, struct activity_type_info);
    struct activity_type_configuration *defaults = arena_new(command->arena,
                                                             struct activity_type_configuration);
    struct activity_type_detail *detail = arena_new(command->arena, struct activity_type_detail);
    struct domain *domain;
    struct fault fault = find_place_for_type(command, input->domain, TYPE_ACTIVITY, input->name,
                                             input->version, &domain);

    if (!fault_is_none(fault))
        return fault;
    info->status = REGISTRATION_STATUS_REGISTERED;
    info->description = input->description;
    info->creation_date = command->now;
    defaults->default_task_start_to_close_timeout = input->default_task_start_to_close_timeout;
    defaults->default_task_heartbeat_timeout = input->default_task_heartbeat_timeout;
    defaults->default_task_list = input->default_task_list;
    defaults->default_task_priority = input->default_task_priority;
    defaults->default_task_schedule_to_start_timeout =
        input->default_task_schedule_to_start_timeout;
    defaults->default_task_schedule_to_close_timeout =
        input->default_task_schedule_to_close_timeout;
    *detail = (struct activity_type_detail){ info, defaults };
    *add_record(command, out) = (struct registry_record){ .kind = RECORD_ACTIVITY_TYPE,
                                                          .account = command->account,
                                                          .domain_number = domain->number,
                                                          .name = input->name,
                                                          .version = input->version,
                                                          .activity_type = detail };
    return NO_FAULT;
}

static struct fault need_type(const struct registry_command *command, struct bytes domain_name,
                              enum type_kind kind, struct bytes name, struct bytes version,
                              struct domain **domain, const struct type_record **type)
{
    struct fault fault = registry_need_domain(command->registry, command->account, domain_name,
                                              command->arena, domain);

    return fault_is_none(fault)
               ? domain_need_type(*domain, kind, name, version, command->arena, type)
               : fault;
}

struct fault registry_deprecate_type(const struct registry_command *command,
                                     struct bytes domain_name, enum type_kind kind,
                                     struct bytes name, struct bytes version,
                                     struct registry_records *out)
{
    struct domain *domain;
    const struct type_record *type;
    struct fault fault = need_type(command, domain_name, kind, name, version, &domain, &type);

    if (!fault_is_none(fault))
        return fault;
    if (type_is_deprecated(type))
        return fault_of(FAULT_TYPE_DEPRECATED, type_text(command->arena, kind, name, version));
    set_type_status(command, domain, type, REGISTRATION_STATUS_DEPRECATED, out);
    return NO_FAULT;
}

struct fault registry_undeprecate_type(const struct registry_command *command,
                                       struct bytes domain_name, enum type_kind kind,
                                       struct bytes name, struct bytes version,
                                       struct registry_records *out)
{
    struct domain *domain;
    const struct type_record *type;
    struct fault fault = need_type(command, domain_name, kind, name, version, &domain, &type);

    if (!fault_is_none(fault))
        return fault;
    if (domain_is_deprecated(domain)) /* Q-DOM1 */
        return fault_of(FAULT_DOMAIN_DEPRECATED, domain_name);
    if (!type_is_deprecated(type))
        return fault_of(FAULT_TYPE_ALREADY_EXISTS, type_text(command->arena, kind, name, version));
    set_type_status(command, domain, type, REGISTRATION_STATUS_REGISTERED, out);
    return NO_FAULT;
}

struct fault registry_delete_type(const struct registry_command *command, struct bytes domain_name,
                                  enum type_kind kind, struct bytes name, struct bytes version,
                                  struct registry_records *out)
{
    struct domain *domain;
    const struct type_record *type;
    struct fault fault = need_type(command, domain_name, kind, name, version, &domain, &type);

    if (!fault_is_none(fault))
        return fault;
    if (!type_is_deprecated(type))
        return fault_of(
            FAULT_TYPE_NOT_DEPRECATED,
            BYTES("The type is currently registered and cannot be deleted in its current state"));
    *add_record(command, out) = (struct registry_record){
        .kind = kind == TYPE_WORKFLOW ? RECORD_WORKFLOW_TYPE : RECORD_ACTIVITY_TYPE,
        .account = command->account,
        .domain_number = domain->number,
        .name = name,
        .version = version,
        .removed = true,
    };
    return NO_FAULT;
}
