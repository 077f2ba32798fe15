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
#include "store/pack.h"
#include "wire/decode.h"
#include "wire/encode.h"

#define RECORD_FORMAT 1
#define KEY_HEAD_BYTES (1 + 8 + 4)
#define RECORD_BYTES_MAX (1u << 20)
/* Of one record that is read: a domain may have been given many tags when more were allowed. */
#define RECOVERED_BYTES_MAX (256u << 20)

/* In the order in which the store hands them over: a domain comes before its types. */
static const uint8_t kind_bytes[] = {
    [RECORD_DOMAIN] = 1, [RECORD_WORKFLOW_TYPE] = 2, [RECORD_ACTIVITY_TYPE] = 3
};

static struct bytes keep(struct service *service)
{
    ensure(!service->scratch.overflowed);
    return arena_copy(&service->turn.arena, text_bytes(&service->scratch));
}

static struct bytes record_key(const struct registry_record *record, struct arena *arena)
{
    bool is_type = record->kind != RECORD_DOMAIN;
    size_t names_size = is_type ? record->name.len + 1 + record->version.len : 0;
    struct packer packer = packer_in(arena, KEY_HEAD_BYTES + names_size);

    pack_u8(&packer, kind_bytes[record->kind]);
    pack_u64(&packer, record->account);
    pack_u32(&packer, record->domain_number);
    if (is_type) {
        pack_raw(&packer, record->name);
        pack_u8(&packer, '\0');
        pack_raw(&packer, record->version);
    }
    return packer_bytes(&packer);
}

static void encode_domain(struct text *out, const struct domain *domain)
{
    struct list_tags_for_resource_output tags = { .tags = domain->tags };
    char length[4];
    struct packer packer = packer_at(length, sizeof(length));
    struct text detail;

    text_init(&detail, RECORD_BYTES_MAX);
    encode_shape(&detail, &shape_domain_detail, &domain->detail);
    pack_u32(&packer, (uint32_t)detail.len);
    text_append(out, packer_bytes(&packer));
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
    text_append_char(out, RECORD_FORMAT);
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
        struct bytes key = record_key(record, &service->turn.arena);
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
                           struct unpacker *value, struct arena *arena)
{
    struct domain_detail *detail = arena_new(arena, struct domain_detail);
    struct list_tags_for_resource_output tags = { 0 };
    struct bytes text = unpack_raw(value, unpack_u32(value));

    if (value->failed || !decode_shape(json, &shape_domain_detail, text, arena, detail) ||
        !decode_shape(json, operation_shapes[OPERATION_LIST_TAGS_FOR_RESOURCE].output, value->rest,
                      arena, &tags) ||
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
    struct unpacker head = unpacker_of(key), body = unpacker_of(value);
    uint8_t kind = unpack_u8(&head);

    record->account = unpack_u64(&head);
    record->domain_number = unpack_u32(&head);
    if (head.failed || unpack_u8(&body) != RECORD_FORMAT)
        return false;
    if (kind == kind_bytes[RECORD_DOMAIN])
        return recover_domain(json, record, &body, arena);
    if (!split_names(record, head.rest) ||
        registry_get_domain(registry, record->domain_number) == NULL)
        return false;
    if (kind == kind_bytes[RECORD_WORKFLOW_TYPE])
        return recover_workflow_type(json, record, body.rest, arena);
    return kind == kind_bytes[RECORD_ACTIVITY_TYPE] &&
           recover_activity_type(json, record, body.rest, arena);
}

enum err records_recover(struct registry *registry, struct json_reader *json, struct bytes key,
                         struct bytes value)
{
    struct registry_record record = { 0 };
    struct arena arena;
    bool good;

    arena_init(&arena, "record", RECOVERED_BYTES_MAX);
    good = recover_record(registry, json, key, value, &arena, &record);
    if (good)
        registry_apply(registry, &record);
    else
        log_error("a record of the registry is damaged", LOG_TEXT("key", key));
    arena_deinit(&arena);
    return good ? OK : ERR_CORRUPT;
}
