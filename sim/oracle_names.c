/*
 * Lists of domains and of types, and the resource tags of domains.
 */
#include "oracle_inner.h"
#include "wire/decode.h"

#define PAGE_SIZE_MAX 1000

/* ---- lists: ascending by name, of equal names by version; or the other way round */

struct row {
    struct bytes name, version;
    const struct oracle_domain *domain; /* of a list of domains */
    const struct oracle_type *type;     /* of a list of types */
};

struct rows {
    struct row *items;
    size_t count;
};

/* What one of the three lists asks for. */
struct name_query {
    enum registration_status status;
    struct bytes name; /* absent: every */
    struct bytes token;
    size_t size;
    bool reverse;
};

static bool comes_before(const struct row *a, const struct row *b, bool reverse)
{
    int order = bytes_compare(a->name, b->name);

    if (order == 0)
        order = bytes_compare(a->version, b->version);
    return reverse ? order > 0 : order < 0;
}

static void add_row(struct rows *rows, struct row row, bool reverse)
{
    size_t place = rows->count++;

    for (; place > 0 && comes_before(&row, &rows->items[place - 1], reverse); place--)
        rows->items[place] = rows->items[place - 1];
    rows->items[place] = row;
}

static bool is_wanted(const struct name_query *query, bool is_deprecated, struct bytes name)
{
    return is_deprecated == (query->status == REGISTRATION_STATUS_DEPRECATED) &&
           (bytes_is_absent(query->name) || bytes_equal(query->name, name));
}

/* Leaves what comes behind the last row of the page before, and no more than a page of it; true
 * when there is more. */
static bool cut_page(struct rows *rows, const struct name_query *query, const struct handed *before)
{
    struct row last = { .name = before ? before->name : BYTES_ABSENT,
                        .version = before ? before->version : BYTES_ABSENT };
    bool more;

    while (before && rows->count && !comes_before(&last, &rows->items[0], query->reverse)) {
        rows->items++;
        rows->count--;
    }
    more = rows->count > query->size;
    if (more)
        rows->count = query->size;
    return more;
}

/* Of a page that is not the last: the token of the next one. */
static struct bytes end_page(struct oracle *oracle, const struct seen_call *call,
                             const struct rows *rows, struct outcome *out)
{
    struct handed *page = page_new(oracle, call);
    const struct row *last = &rows->items[rows->count - 1];

    page->name = last->name;
    page->version = last->version;
    out->page = page;
    return bytes_or(page->text, BYTES("missing"));
}

static struct name_query query_of_types(const struct list_activity_types_input *input)
{
    return (struct name_query){ input->registration_status, input->name, input->next_page_token,
                                input->maximum_page_size ? (size_t)input->maximum_page_size
                                                         : PAGE_SIZE_MAX,
                                input->reverse_order };
}

static void expect_domains(struct oracle *oracle, const struct seen_call *call, struct outcome *out)
{
    const struct list_domains_input *input = call->request->list_domains;
    struct name_query query = { .status = input->registration_status,
                                .token = input->next_page_token,
                                .size = input->maximum_page_size ? (size_t)input->maximum_page_size
                                                                 : PAGE_SIZE_MAX,
                                .reverse = input->reverse_order };
    size_t most = domain_count(oracle);
    struct rows rows = { arena_array(&oracle->scratch, struct row, most), 0 };
    struct domain_infos *output = arena_new(&oracle->scratch, struct domain_infos);
    struct domain_info *infos = arena_array(&oracle->scratch, struct domain_info, most);
    const struct handed *before;

    out->fault = page_fault(oracle, call, query.token, &before);
    for (const struct oracle_domain *domain = oracle->domains; domain; domain = domain->next)
        if (domain->account == oracle->account &&
            is_wanted(&query, domain->is_deprecated, domain->name))
            add_row(&rows, (struct row){ .name = domain->name, .domain = domain }, query.reverse);
    if (cut_page(&rows, &query, before))
        output->next_page_token = end_page(oracle, call, &rows, out);
    for (size_t i = 0; i < rows.count; i++)
        infos[i] = *domain_info_of(oracle, rows.items[i].domain);
    output->domain_infos = (struct domain_info_list){ infos, rows.count };
    out->output = output;
}

static size_t type_count(const struct oracle_domain *domain)
{
    size_t count = 0;

    for (const struct oracle_type *type = domain->types; type; type = type->next)
        count++;
    return count;
}

static const void *write_activity_types(struct oracle *oracle, const struct rows *rows,
                                        struct bytes token)
{
    struct activity_type_infos *output = arena_new(&oracle->scratch, struct activity_type_infos);
    struct activity_type_info *infos = arena_array(&oracle->scratch, struct activity_type_info,
                                                   rows->count);

    for (size_t i = 0; i < rows->count; i++)
        infos[i] = *activity_type_info_of(oracle, rows->items[i].type);
    *output = (struct activity_type_infos){ .type_infos = { infos, rows->count },
                                            .next_page_token = token };
    return output;
}

static const void *write_workflow_types(struct oracle *oracle, const struct rows *rows,
                                        struct bytes token)
{
    struct workflow_type_infos *output = arena_new(&oracle->scratch, struct workflow_type_infos);
    struct workflow_type_info *infos = arena_array(&oracle->scratch, struct workflow_type_info,
                                                   rows->count);

    for (size_t i = 0; i < rows->count; i++)
        infos[i] = *workflow_type_info_of(oracle, rows->items[i].type);
    *output = (struct workflow_type_infos){ .type_infos = { infos, rows->count },
                                            .next_page_token = token };
    return output;
}

static void expect_types(struct oracle *oracle, const struct seen_call *call, bool activities,
                         struct outcome *out)
{
    const struct list_activity_types_input *input =
        call->request->list_activity_types; /* both of one form */
    struct name_query query = query_of_types(input);
    const struct oracle_domain *domain = domain_find(oracle, input->domain);
    struct bytes token = BYTES_ABSENT;
    const struct handed *before;
    struct rows rows = { 0 };

    if (domain == NULL) {
        out->fault = unknown_domain(oracle, input->domain);
        return;
    }
    out->fault = page_fault(oracle, call, query.token, &before);
    rows.items = arena_array(&oracle->scratch, struct row, type_count(domain));
    for (const struct oracle_type *type = domain->types; type; type = type->next)
        if (type->is_activity == activities && is_wanted(&query, type->is_deprecated, type->name))
            add_row(&rows, (struct row){ type->name, type->version, NULL, type }, query.reverse);
    if (cut_page(&rows, &query, before))
        token = end_page(oracle, call, &rows, out);
    out->output = activities ? write_activity_types(oracle, &rows, token)
                             : write_workflow_types(oracle, &rows, token);
}

/* ---- resource tags */

struct oracle_tag *tag_find(const struct oracle_domain *domain, struct bytes key)
{
    for (struct oracle_tag *tag = domain->tags; tag; tag = tag->next)
        if (bytes_equal(tag->key, key))
            return tag;
    return NULL;
}

void tags_put(struct oracle *oracle, struct oracle_domain *domain, struct resource_tag_list tags)
{
    for (size_t i = 0; i < tags.count; i++) {
        struct oracle_tag *tag = tag_find(domain, tags.items[i].key);

        if (tag == NULL) {
            tag = arena_new(&oracle->arena, struct oracle_tag);
            tag->key = arena_copy(&oracle->arena, tags.items[i].key);
            tag->next = domain->tags;
            domain->tags = tag;
        }
        tag->value = arena_copy(&oracle->arena, tags.items[i].value);
    }
}

size_t tag_count(const struct oracle_domain *domain)
{
    size_t count = 0;

    for (const struct oracle_tag *tag = domain->tags; tag; tag = tag->next)
        count++;
    return count;
}

static void tag_domain(struct oracle *oracle, const struct request *request, const void *subject)
{
    tags_put(oracle, (struct oracle_domain *)subject, request->tag_resource->tags);
}

static void untag_domain(struct oracle *oracle, const struct request *request, const void *subject)
{
    struct oracle_domain *domain = (struct oracle_domain *)subject;
    struct bytes_list keys = request->untag_resource->tag_keys;

    (void)oracle;
    for (size_t i = 0; i < keys.count; i++) {
        struct oracle_tag **place = &domain->tags;

        while (*place && !bytes_equal((*place)->key, keys.items[i]))
            place = &(*place)->next;
        if (*place)
            *place = (*place)->next;
    }
}

bool too_many_tags(const struct oracle *oracle, const struct oracle_domain *domain,
                   struct resource_tag_list tags)
{
    size_t count = domain ? tag_count(domain) : 0;

    for (size_t i = 0; i < tags.count; i++)
        count += domain == NULL || tag_find(domain, tags.items[i].key) == NULL;
    return oracle->rules.limits.tags_per_domain && count > oracle->rules.limits.tags_per_domain;
}

/* In which order they are shown nobody promises: the one that was seen is as good as any. */
static const void *write_tags(struct oracle *oracle, const struct seen_call *call,
                              const struct oracle_domain *domain)
{
    struct list_tags_for_resource_output *output = arena_new(&oracle->scratch,
                                                             struct list_tags_for_resource_output);
    struct list_tags_for_resource_output shown = { { NULL, 0 } };
    struct resource_tag *tags = arena_array(&oracle->scratch, struct resource_tag,
                                            tag_count(domain));
    size_t count = 0;

    if (!decode_shape(oracle->json, operation_shapes[call->request->operation].output, call->reply,
                      &oracle->scratch, &shown))
        shown.tags.count = 0;
    for (const struct oracle_tag *tag = domain->tags; tag; tag = tag->next)
        tags[count++] = (struct resource_tag){ tag->key, tag->value };
    for (size_t i = 0; i < shown.tags.count && i < count; i++)
        for (size_t j = i; j < count; j++)
            if (bytes_equal(tags[j].key, shown.tags.items[i].key)) {
                struct resource_tag moved = tags[j];

                tags[j] = tags[i];
                tags[i] = moved;
            }
    output->tags = (struct resource_tag_list){ tags, count };
    return output;
}

/* Q-ARN1 */
static const struct oracle_domain *need_domain_of_arn(struct oracle *oracle,
                                                      const struct seen_call *call,
                                                      struct bytes text, struct outcome *out)
{
    const struct oracle_domain *domain = domain_of_arn(oracle, text);
    struct bytes account = arn_part(text, 4), path = arn_part(text, 5);
    unsigned long long number;

    if (domain)
        return domain;
    if (!bytes_starts_with(text, BYTES("arn:aws:swf:")) || !bytes_parse_u64(account, &number) ||
        !bytes_starts_with(path, BYTES("/domain/")))
        out->fault = fault_of(FAULT_VALIDATION, BYTES_ABSENT);
    else if (number != oracle->account)
        out->fault = access_fault_of_account(oracle, call, text);
    else
        out->fault = unknown_domain(oracle, bytes_skip(path, strlen("/domain/")));
    return NULL;
}

static void expect_tags(struct oracle *oracle, const struct seen_call *call, struct outcome *out)
{
    const struct request *request = call->request;
    const struct oracle_domain *domain = need_domain_of_arn(
        oracle, call, request->list_tags_for_resource->resource_arn, out); /* all begin with it */

    if (domain == NULL)
        return;
    out->subject = domain;
    if (request->operation == OPERATION_LIST_TAGS_FOR_RESOURCE) {
        out->output = write_tags(oracle, call, domain);
    } else if (request->operation == OPERATION_UNTAG_RESOURCE) {
        out->effect = untag_domain;
    } else {
        out->effect = tag_domain;
        if (too_many_tags(oracle, domain, request->tag_resource->tags))
            out->fault = fault_of(FAULT_TOO_MANY_TAGS, BYTES_ABSENT);
    }
}

/* ---- all of them */

bool names_expect(struct oracle *oracle, const struct seen_call *call, struct outcome *out)
{
    switch (call->request->operation) {
    case OPERATION_LIST_DOMAINS:
        expect_domains(oracle, call, out);
        return true;
    case OPERATION_LIST_ACTIVITY_TYPES:
    case OPERATION_LIST_WORKFLOW_TYPES:
        expect_types(oracle, call, call->request->operation == OPERATION_LIST_ACTIVITY_TYPES, out);
        return true;
    case OPERATION_TAG_RESOURCE:
    case OPERATION_UNTAG_RESOURCE:
    case OPERATION_LIST_TAGS_FOR_RESOURCE:
        expect_tags(oracle, call, out);
        return true;
    default:
        return false;
    }
}
