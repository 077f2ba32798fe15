/*
 * The registry's records as the store keeps them. Key: kind, account, domain number, and for types
 * name, NUL, version (a name has no NUL). Value: a format byte, then for a type its detail as JSON;
 * for a domain the length of its detail in four bytes, the detail, and its tags, as JSON both.
 * Big-endian.
 */
#include "base/ensure.h"
#include "base/log.h"
#include "service/inner.h"
#include "service/records.h"
#include "wire/decode.h"
#include "wire/encode.h"

#define RECORD_FORMAT 1
#define KEY_HEAD_BYTES (1 + 8 + 4)
#define RECORD_BYTES_MAX (1u << 20)

/* In the order in which the store hands them over: a domain comes before its types. */
static const uint8_t kind_bytes[] = {
    [RECORD_DOMAIN] = 1, [RECORD_WORKFLOW_TYPE] = 2, [RECORD_ACTIVITY_TYPE] = 3
};

static void append_number(struct text *out, uint64_t value, unsigned bytes)
{
    for (unsigned i = bytes; i-- > 0;)
        text_append_char(out, (char)(value >> (8 * i)));
}

static uint64_t take_number(struct bytes *from, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | (uint8_t)from->ptr[i];
    *from = bytes_skip(*from, bytes);
    return value;
}

static struct bytes keep(struct service *service)
{
    ensure(!service->scratch.overflowed);
    return arena_copy(&service->turn.arena, text_bytes(&service->scratch));
}

static struct bytes record_key(struct service *service, const struct registry_record *record)
{
    struct text *out = &service->scratch;

    text_reset(out);
    append_number(out, kind_bytes[record->kind], 1);
    append_number(out, record->account, 8);
    append_number(out, record->domain_number, 4);
    if (record->kind != RECORD_DOMAIN) {
        text_append(out, record->name);
        text_append_char(out, '\0');
        text_append(out, record->version);
    }
    return keep(service);
}

static void encode_domain(struct text *out, const struct domain *domain)
{
    struct list_tags_for_resource_output tags = { .tags = domain->tags };
    struct text detail;

    text_init(&detail, RECORD_BYTES_MAX);
    encode_shape(&detail, &shape_domain_detail, &domain->detail);
    append_number(out, detail.len, 4);
    text_append(out, text_bytes(&detail));
    text_deinit(&detail);
    encode_shape(out, operation_shapes[OPERATION_LIST_TAGS_FOR_RESOURCE].output, &tags);
}

/* The registry's state after the record was applied is what is stored. */
static struct bytes record_value(struct service *service, const struct registry_record *record)
{
    struct text *out = &service->scratch;
    const struct domain *domain = registry_get_domain(&service->registry, record->domain_number);

    if (record->removed)
        return BYTES_ABSENT;
    text_reset(out);
    append_number(out, RECORD_FORMAT, 1);
    if (record->kind == RECORD_DOMAIN)
        encode_domain(out, domain);
    else if (record->kind == RECORD_WORKFLOW_TYPE)
        encode_shape(out, &shape_workflow_type_detail,
                     &domain_find_workflow_type(domain, record->name, record->version)->workflow);
    else
        encode_shape(out, &shape_activity_type_detail,
                     &domain_find_activity_type(domain, record->name, record->version)->activity);
    return keep(service);
}

void records_apply(struct service *service, const struct registry_records *records)
{
    for (size_t i = 0; i < records->count; i++) {
        const struct registry_record *record = &records->items[i];
        /* The names may lie in what the record replaces: the key is made first. */
        struct bytes key = record_key(service, record);
        struct registry_record named = *record;

        if (record->kind != RECORD_DOMAIN) {
            named.name = bytes_of(key.ptr + KEY_HEAD_BYTES, record->name.len);
            named.version = bytes_of(named.name.ptr + named.name.len + 1, record->version.len);
        }
        registry_apply(&service->registry, &named);
        *turn_add_registry_change(
            &service->turn) = (struct registry_change){ key, record_value(service, &named) };
    }
}

/* ---- recovery ---- */

static bool recover_domain(struct json_reader *json, struct registry_record *record,
                           struct bytes value, struct arena *arena)
{
    struct domain_detail *detail = arena_new(arena, struct domain_detail);
    struct list_tags_for_resource_output tags = { 0 };
    size_t len;

    if (value.len < 4)
        return false;
    len = (size_t)take_number(&value, 4);
    if (value.len < len)
        return false;
    if (!decode_shape(json, &shape_domain_detail, bytes_of(value.ptr, len), arena, detail) ||
        !decode_shape(json, operation_shapes[OPERATION_LIST_TAGS_FOR_RESOURCE].output,
                      bytes_skip(value, len), arena, &tags) ||
        detail->domain_info == NULL || detail->configuration == NULL)
        return false;
    record->kind = RECORD_DOMAIN;
    record->name = detail->domain_info->name;
    record->domain = detail;
    record->tags = tags.tags;
    return true;
}

static bool recover_workflow_type(struct json_reader *json, struct registry_record *record,
                                  struct bytes value, struct arena *arena)
{
    struct workflow_type_detail *detail = arena_new(arena, struct workflow_type_detail);

    record->kind = RECORD_WORKFLOW_TYPE;
    record->workflow_type = detail;
    return decode_shape(json, &shape_workflow_type_detail, value, arena, detail) &&
           detail->type_info && detail->configuration;
}

static bool recover_activity_type(struct json_reader *json, struct registry_record *record,
                                  struct bytes value, struct arena *arena)
{
    struct activity_type_detail *detail = arena_new(arena, struct activity_type_detail);

    record->kind = RECORD_ACTIVITY_TYPE;
    record->activity_type = detail;
    return decode_shape(json, &shape_activity_type_detail, value, arena, detail) &&
           detail->type_info && detail->configuration;
}

static bool split_names(struct registry_record *record, struct bytes names)
{
    const char *end = names.len ? memchr(names.ptr, '\0', names.len) : NULL;

    if (end == NULL)
        return false;
    record->name = bytes_of(names.ptr, (size_t)(end - names.ptr));
    record->version = bytes_skip(names, record->name.len + 1);
    return true;
}

static bool recover_record(const struct registry *registry, struct json_reader *json,
                           struct bytes key, struct bytes value, struct arena *arena,
                           struct registry_record *record)
{
    uint64_t kind;

    if (key.len < KEY_HEAD_BYTES || value.len < 1 || take_number(&value, 1) != RECORD_FORMAT)
        return false;
    kind = take_number(&key, 1);
    record->account = take_number(&key, 8);
    record->domain_number = (uint32_t)take_number(&key, 4);
    if (kind == kind_bytes[RECORD_DOMAIN])
        return recover_domain(json, record, value, arena);
    if (!split_names(record, key) || registry_get_domain(registry, record->domain_number) == NULL)
        return false;
    if (kind == kind_bytes[RECORD_WORKFLOW_TYPE])
        return recover_workflow_type(json, record, value, arena);
    return kind == kind_bytes[RECORD_ACTIVITY_TYPE] &&
           recover_activity_type(json, record, value, arena);
}

enum err records_recover(struct registry *registry, struct json_reader *json, struct bytes key,
                         struct bytes value)
{
    struct registry_record record = { 0 };
    struct arena arena;
    bool good;

    arena_init(&arena, "record", 4 * RECORD_BYTES_MAX);
    good = recover_record(registry, json, key, value, &arena, &record);
    if (good)
        registry_apply(registry, &record);
    else
        log_error("a record of the registry is damaged", LOG_TEXT("key", key));
    arena_deinit(&arena);
    return good ? OK : ERR_CORRUPT;
}
