/*
 * What clients ask about domains, types, and the resource tags of domains.
 */
#include "words.h"

/* ---- resource tags */

static struct bytes a_tag_key(struct people *people)
{
    return below(people, 3) ? numbered(people, "k", 6) : PICK(people, "team", "stage");
}

static bool has_key(const struct resource_tag *tags, size_t count, struct bytes key)
{
    for (size_t i = 0; i < count; i++)
        if (bytes_equal(tags[i].key, key))
            return true;
    return false;
}

/* Each key once. */
static struct resource_tag_list some_resource_tags(struct people *people, size_t most)
{
    struct resource_tag *tags = arena_array(people->arena, struct resource_tag, most);
    size_t count = 0;

    for (size_t i = below(people, most + 1); i > 0; i--) {
        struct bytes key = a_tag_key(people);

        if (!has_key(tags, count, key))
            tags[count++] = (struct resource_tag){ key, PICK(people, "red", "red", "blue", "") };
    }
    return (struct resource_tag_list){ tags, count };
}

/* Mostly one of the caller's own. */
static struct bytes an_arn(struct people *people, uint64_t account)
{
    struct bytes name = below(people, 8) ? a_domain(people) : numbered(people, "x", 5);
    const char *region = below(people, 30) ? "us-east-1" : "eu-west-1";

    if (below(people, 30) == 0)
        return PICK(people, "arn:aws:swf:us-east-1:123456789012:domain", "d", "arn:aws:s3:::d");
    if (below(people, 20) == 0)
        account = accounts[below(people, ACCOUNTS)];
    return arena_printf(people->arena, "arn:aws:swf:%s:%012llu:/domain/%.*s", region,
                        (unsigned long long)account, BYTES_FMT(name));
}

static struct ask *tag(struct people *people, struct bytes arn)
{
    struct tag_resource_input *input = INPUT(people, tag_resource);

    input->resource_arn = arn;
    input->tags = some_resource_tags(people, 4);
    return ask_of(people, OPERATION_TAG_RESOURCE, input);
}

static struct ask *untag(struct people *people, struct bytes arn)
{
    struct untag_resource_input *input = INPUT(people, untag_resource);
    struct bytes *keys = arena_array(people->arena, struct bytes, 3);
    size_t count = below(people, 4);

    for (size_t i = 0; i < count; i++)
        keys[i] = a_tag_key(people);
    input->resource_arn = arn;
    input->tag_keys = (struct bytes_list){ keys, count };
    return ask_of(people, OPERATION_UNTAG_RESOURCE, input);
}

struct ask *request_tags(struct people *people, uint64_t account)
{
    struct list_tags_for_resource_input *input = INPUT(people, list_tags_for_resource);
    struct bytes arn = an_arn(people, account);

    switch (below(people, 4)) {
    case 0:
        return tag(people, arn);
    case 1:
        return untag(people, arn);
    default:
        input->resource_arn = arn;
        return ask_of(people, OPERATION_LIST_TAGS_FOR_RESOURCE, input);
    }
}

/* ---- lists of names */

static enum registration_status a_registration_status(struct people *people)
{
    return below(people, 3) ? REGISTRATION_STATUS_REGISTERED : REGISTRATION_STATUS_DEPRECATED;
}

static struct ask *list_domains(struct people *people)
{
    struct list_domains_input *input = INPUT(people, list_domains);

    input->registration_status = a_registration_status(people);
    input->maximum_page_size = maybe_page_size(people, 3);
    input->reverse_order = below(people, 2);
    return ask_of(people, OPERATION_LIST_DOMAINS, input);
}

static struct ask *list_types(struct people *people, bool activities)
{
    struct list_activity_types_input *input = INPUT(people, list_activity_types);

    *input = (struct list_activity_types_input){
        /* both are of one form */
        .domain = a_domain(people),
        .name = below(people, 4) ? BYTES_ABSENT : PICK(people, "order", "ship"),
        .registration_status = a_registration_status(people),
        .maximum_page_size = maybe_page_size(people, 3),
        .reverse_order = below(people, 2)
    };
    return ask_of(
        people, activities ? OPERATION_LIST_ACTIVITY_TYPES : OPERATION_LIST_WORKFLOW_TYPES, input);
}

struct ask *request_names(struct people *people)
{
    return below(people, 3) ? list_types(people, below(people, 2)) : list_domains(people);
}

/* ---- the registry */

static struct ask *register_domain(struct people *people, struct bytes name, struct bytes days)
{
    struct register_domain_input *input = INPUT(people, register_domain);

    input->name = name;
    input->workflow_execution_retention_period_in_days = days;
    input->description = maybe_text(people, "domain", 2);
    input->tags = some_resource_tags(people, 2);
    return ask_of(people, OPERATION_REGISTER_DOMAIN, input);
}

static struct ask *register_workflow(struct people *people, struct bytes domain,
                                     const struct workflow_type *type, bool has_defaults)
{
    struct register_workflow_type_input *input = INPUT(people, register_workflow_type);
    struct bytes name = type->name, version = type->version;

    *input = (struct register_workflow_type_input){ .domain = domain,
                                                    .name = name,
                                                    .version = version,
                                                    .description = maybe_text(people, "type", 2) };
    if (has_defaults) {
        input->default_task_list = list_named(
            people, bytes_equal_cstr(name, "role") ? BYTES("others") : BYTES("deciders"));
        input->default_task_start_to_close_timeout = BYTES("60");
        input->default_execution_start_to_close_timeout = BYTES("7200");
        input->default_child_policy = bytes_equal_cstr(version, "1") ? CHILD_POLICY_TERMINATE
                                                                     : CHILD_POLICY_REQUEST_CANCEL;
        if (bytes_equal_cstr(version, "2"))
            input->default_task_priority = BYTES("3");
        if (bytes_equal_cstr(name, "role") || bytes_equal_cstr(version, "2"))
            input->default_lambda_role = BYTES("arn:aws:iam::123456789012:role/r");
    }
    return ask_of(people, OPERATION_REGISTER_WORKFLOW_TYPE, input);
}

static struct ask *register_activity(struct people *people, struct bytes domain,
                                     const struct activity_type *type, bool has_defaults)
{
    struct register_activity_type_input *input = INPUT(people, register_activity_type);
    struct bytes name = type->name, version = type->version;

    *input = (struct register_activity_type_input){ .domain = domain,
                                                    .name = name,
                                                    .version = version,
                                                    .description = maybe_text(people, "type", 2) };
    if (has_defaults) {
        input->default_task_list = list_named(
            people, bytes_equal_cstr(version, "2") ? BYTES("shippers") : BYTES("workers"));
        input->default_task_start_to_close_timeout = BYTES("300");
        input->default_task_heartbeat_timeout = BYTES("NONE");
        input->default_task_schedule_to_start_timeout = BYTES("600");
        input->default_task_schedule_to_close_timeout = BYTES("NONE");
        if (bytes_equal_cstr(version, "2"))
            input->default_task_priority = BYTES("4");
    }
    return ask_of(people, OPERATION_REGISTER_ACTIVITY_TYPE, input);
}

static struct ask *change_workflow_type(struct people *people, enum operation operation,
                                        struct bytes domain, const struct workflow_type *type)
{
    struct deprecate_workflow_type_input *input = INPUT(people, deprecate_workflow_type);

    input->domain = domain; /* all calls about a type are of one form */
    input->workflow_type = type;
    return ask_of(people, operation, input);
}

static struct ask *change_activity_type(struct people *people, enum operation operation,
                                        struct bytes domain, const struct activity_type *type)
{
    struct deprecate_activity_type_input *input = INPUT(people, deprecate_activity_type);

    input->domain = domain;
    input->activity_type = type;
    return ask_of(people, operation, input);
}

static struct ask *change_domain(struct people *people, enum operation operation, struct bytes name)
{
    struct deprecate_domain_input *input = INPUT(people, deprecate_domain);

    input->name = name; /* all calls about a domain are of one form */
    return ask_of(people, operation, input);
}

/* Deprecations are undone more often than done, so that something can go on. */
struct ask *request_registration(struct people *people)
{
    struct bytes domain = below(people, 3) ? BYTES("d") : a_domain(people);

    switch (below(people, 20)) {
    case 0:
        return register_domain(people, numbered(people, "x", 5), BYTES("1"));
    case 1:
        return change_domain(people, OPERATION_DEPRECATE_DOMAIN,
                             below(people, 3) ? BYTES("e") : a_domain(people));
    case 2:
    case 3:
    case 4:
        return change_domain(people, OPERATION_UNDEPRECATE_DOMAIN, domain);
    case 5:
        return change_domain(people, OPERATION_DESCRIBE_DOMAIN, domain);
    case 6:
        return register_workflow(people, domain, a_workflow_type(people), true);
    case 7:
        return register_activity(people, domain, an_activity_type(people), true);
    case 8:
        return change_workflow_type(people, OPERATION_DEPRECATE_WORKFLOW_TYPE, domain,
                                    a_workflow_type(people));
    case 9:
        return change_activity_type(people, OPERATION_DEPRECATE_ACTIVITY_TYPE, domain,
                                    an_activity_type(people));
    case 10:
        return change_workflow_type(people, OPERATION_DELETE_WORKFLOW_TYPE, domain,
                                    a_workflow_type(people));
    case 11:
        return change_activity_type(people, OPERATION_DELETE_ACTIVITY_TYPE, domain,
                                    an_activity_type(people));
    case 12:
    case 13:
        return change_activity_type(people, OPERATION_DESCRIBE_ACTIVITY_TYPE, domain,
                                    an_activity_type(people));
    case 14:
        return change_workflow_type(people, OPERATION_DESCRIBE_WORKFLOW_TYPE, domain,
                                    a_workflow_type(people));
    case 15:
    case 16:
    case 17:
        return change_activity_type(people, OPERATION_UNDEPRECATE_ACTIVITY_TYPE, domain,
                                    an_activity_type(people));
    default:
        return change_workflow_type(people, OPERATION_UNDEPRECATE_WORKFLOW_TYPE, domain,
                                    a_workflow_type(people));
    }
}

/* For each account and domain: the domain, its types, two of which are old. */
static struct ask *register_first(struct people *people, struct bytes domain, unsigned step)
{
    struct bytes days = arena_printf(people->arena, "%u", people->mix->retention_days);
    static const struct workflow_type old_workflow = { { "old", 3 }, { "1", 1 } };
    static const struct activity_type old_activity = { { "old", 3 }, { "1", 1 } };

    switch (step) {
    case 0:
        return register_domain(people, domain, days);
    case 1:
        return register_workflow(people, domain, workflow_type_of(people, "order", "1"), true);
    case 2:
        return register_workflow(people, domain, workflow_type_of(people, "order", "2"), true);
    case 3:
        return register_workflow(people, domain, workflow_type_of(people, "bare", "1"), false);
    case 4:
        return register_workflow(people, domain, workflow_type_of(people, "role", "1"), true);
    case 5:
        return register_workflow(people, domain, workflow_type_of(people, "old", "1"), true);
    case 6:
        return change_workflow_type(people, OPERATION_DEPRECATE_WORKFLOW_TYPE, domain,
                                    &old_workflow);
    case 7:
        return register_activity(people, domain, activity_type_of(people, "ship", "1"), true);
    case 8:
        return register_activity(people, domain, activity_type_of(people, "ship", "2"), true);
    case 9:
        return register_activity(people, domain, activity_type_of(people, "bare", "1"), false);
    case 10:
        return register_activity(people, domain, activity_type_of(people, "old", "1"), true);
    case 11:
        return change_activity_type(people, OPERATION_DEPRECATE_ACTIVITY_TYPE, domain,
                                    &old_activity);
    default:
        return NULL;
    }
}

struct ask *people_register(struct people *people, unsigned n)
{
    unsigned account_count = people->mix->two_accounts ? ACCOUNTS : 1;
    unsigned places = DOMAINS * account_count;
    struct ask *ask = register_first(people, bytes_of_cstr(domains[n % DOMAINS]), n / places);

    if (ask)
        ask->caller.account = accounts[n / DOMAINS % account_count];
    return ask;
}
