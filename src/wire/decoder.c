#include "wire/decoder.h"

#include "wire/field.h"

#define INSTANT_MS_MAX INT64_C(253402300799999) /* the end of the year 9999; and as far back */

static bool stop(struct decoder *decoder, struct bytes wrong)
{
    decoder->wrong = wrong;
    return false;
}

/* What the service's parser calls a scalar. */
static const char *token_name(enum json_kind kind)
{
    switch (kind) {
    case JSON_TRUE:
        return "TRUE_VALUE";
    case JSON_FALSE:
        return "FALSE_VALUE";
    case JSON_INTEGER:
        return "NUMBER_VALUE";
    case JSON_DECIMAL:
        return "DECIMAL_VALUE";
    case JSON_STRING:
        return "STRING_VALUE";
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return "NULL_VALUE";
}

/* `expected` is the class of a scalar in the service's own language. */
static bool stop_for_scalar(struct decoder *decoder, enum json_kind found, const char *expected)
{
    if (found == JSON_OBJECT)
        return stop(decoder, BYTES("Start of structure or map found where not expected"));
    if (found == JSON_ARRAY)
        return stop(decoder,
                    arena_printf(decoder->arena, "Unrecognized collection type class java.lang.%s",
                                 expected));
    return stop(decoder, arena_printf(decoder->arena, "%s cannot be converted to %s",
                                      token_name(found), expected));
}

static bool stop_for_list(struct decoder *decoder, enum json_kind found)
{
    if (found == JSON_OBJECT)
        return stop(decoder, BYTES("Start of structure or map found where not expected"));
    return stop(decoder, BYTES("Unexpected field type"));
}

static bool is_number(enum json_kind kind)
{
    return kind == JSON_INTEGER || kind == JSON_DECIMAL;
}

static bool read_string(struct decoder *decoder, struct json_value value, struct bytes *out)
{
    enum json_kind kind = json_kind(value);

    if (kind != JSON_STRING)
        return stop_for_scalar(decoder, kind, "String");
    *out = arena_copy(decoder->arena, json_string(value));
    return true;
}

static int find_word(const struct enumeration *enumeration, struct bytes text)
{
    for (int i = 1; i <= enumeration->count; i++) {
        if (bytes_equal_cstr(text, enumeration->names[i]))
            return i;
    }
    return ENUM_UNKNOWN;
}

static bool read_enum(struct decoder *decoder, const struct enumeration *enumeration,
                      struct json_value value, void *field)
{
    struct bytes text;

    if (json_kind(value) != JSON_STRING)
        return stop_for_scalar(decoder, json_kind(value), "String");
    text = json_string(value);

    int found = find_word(enumeration, text);
    memcpy(field, &found, sizeof(found));
    if (found == ENUM_UNKNOWN) {
        struct unknown_word *word = arena_new(decoder->arena, struct unknown_word);
        word->field = field;
        word->word = arena_copy(decoder->arena, text);
        word->next = decoder->words;
        decoder->words = word;
    }
    return true;
}

static int32_t clamp_to_int32(int64_t value)
{
    return value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : (int32_t)value;
}

static bool read_integer(struct decoder *decoder, struct json_value value, void *field)
{
    enum json_kind kind = json_kind(value);

    if (!is_number(kind))
        return stop_for_scalar(decoder, kind, "Integer");
    int32_t number = clamp_to_int32(json_integer(value));
    memcpy(field, &number, sizeof(number));
    return true;
}

static bool read_long(struct decoder *decoder, struct json_value value, void *field)
{
    enum json_kind kind = json_kind(value);

    if (!is_number(kind))
        return stop_for_scalar(decoder, kind, "Long");
    int64_t number = json_integer(value);
    memcpy(field, &number, sizeof(number));
    return true;
}

static bool read_boolean(struct decoder *decoder, struct json_value value, void *field)
{
    enum json_kind kind = json_kind(value);

    if (kind != JSON_TRUE && kind != JSON_FALSE)
        return stop_for_scalar(decoder, kind, "Boolean");
    bool truth = kind == JSON_TRUE;
    memcpy(field, &truth, sizeof(truth));
    return true;
}

struct instant instant_of_seconds(double seconds)
{
    double ms = seconds * 1000;

    if (ms >= (double)INSTANT_MS_MAX)
        return (struct instant){ INSTANT_MS_MAX };
    if (ms <= (double)-INSTANT_MS_MAX)
        return (struct instant){ -INSTANT_MS_MAX };
    return (struct instant){ (int64_t)(ms < 0 ? ms - 0.5 : ms + 0.5) };
}

static bool read_instant(struct decoder *decoder, struct json_value value, struct instant *out)
{
    enum json_kind kind = json_kind(value);

    if (!is_number(kind))
        return stop_for_scalar(decoder, kind, "Date");
    *out = instant_of_seconds(json_number(value));
    return true;
}

static bool read_instant_at(struct decoder *decoder, struct json_value value, void *field)
{
    struct instant *at = arena_new(decoder->arena, struct instant);

    if (!read_instant(decoder, value, at))
        return false;
    memcpy(field, &at, sizeof(at));
    return true;
}

static bool read_struct(struct decoder *decoder, const struct shape *shape, struct json_value value,
                        void *field)
{
    void *object = arena_alloc(decoder->arena, shape->size);

    if (!decoder_read(decoder, shape, value, object))
        return false;
    memcpy(field, &object, sizeof(object));
    return true;
}

/* Items that are null are left out, so they do not count: of tags, too (Q-TAG1). */
static size_t count_items(struct json_value array)
{
    struct json_cursor cursor = json_walk(array);
    struct json_value item;
    size_t count = 0;

    while (json_next_item(&cursor, &item))
        count += json_kind(item) != JSON_NULL;
    return count;
}

static bool read_strings(struct decoder *decoder, struct json_value value, void *field)
{
    if (json_kind(value) != JSON_ARRAY)
        return stop_for_list(decoder, json_kind(value));

    struct bytes *items = arena_array(decoder->arena, struct bytes, count_items(value));
    struct bytes_list list = { .items = items };
    struct json_cursor cursor = json_walk(value);
    struct json_value item;

    while (json_next_item(&cursor, &item)) {
        if (json_kind(item) == JSON_NULL)
            continue;
        if (!read_string(decoder, item, &items[list.count++]))
            return false;
    }
    memcpy(field, &list, sizeof(list));
    return true;
}

static bool read_structs(struct decoder *decoder, const struct shape *shape,
                         struct json_value value, void *field)
{
    if (json_kind(value) != JSON_ARRAY)
        return stop_for_list(decoder, json_kind(value));

    char *items = arena_alloc(decoder->arena, shape->size * count_items(value));
    struct item_list list = { .items = items };
    struct json_cursor cursor = json_walk(value);
    struct json_value item;

    while (json_next_item(&cursor, &item)) {
        if (json_kind(item) == JSON_NULL)
            continue;
        if (!decoder_read(decoder, shape, item, items + shape->size * list.count++))
            return false;
    }
    memcpy(field, &list, sizeof(list));
    return true;
}

static bool read_member(struct decoder *decoder, const struct member *member,
                        struct json_value value, void *field)
{
    switch ((enum kind)member->kind) {
    case KIND_STRING:
        return read_string(decoder, value, field);
    case KIND_ENUM:
        return read_enum(decoder, member->enumeration, value, field);
    case KIND_INTEGER:
        return read_integer(decoder, value, field);
    case KIND_LONG:
        return read_long(decoder, value, field);
    case KIND_BOOLEAN:
        return read_boolean(decoder, value, field);
    case KIND_TIMESTAMP:
        return read_instant(decoder, value, field);
    case KIND_TIMESTAMP_AT:
        return read_instant_at(decoder, value, field);
    case KIND_STRUCT:
        return read_struct(decoder, member->shape, value, field);
    case KIND_STRING_LIST:
        return read_strings(decoder, value, field);
    case KIND_STRUCT_LIST:
        return read_structs(decoder, member->shape, value, field);
    case KIND_RAW:
        return true;
    }
    return true;
}

static size_t field_size(const struct member *member)
{
    switch ((enum kind)member->kind) {
    case KIND_STRING:
    case KIND_RAW:
    case KIND_STRING_LIST:
    case KIND_STRUCT_LIST:
        return sizeof(struct bytes);
    case KIND_ENUM:
    case KIND_INTEGER:
        return sizeof(int32_t);
    case KIND_BOOLEAN:
        return sizeof(bool);
    case KIND_LONG:
    case KIND_TIMESTAMP:
    case KIND_TIMESTAMP_AT:
    case KIND_STRUCT:
        break;
    }
    return sizeof(int64_t);
}

static bool member_is(const struct member *member, struct bytes name)
{
    return member->name_length == name.len && memcmp(member->name, name.ptr, name.len) == 0;
}

/*
 * The member called `name`, or NULL. Senders keep an order of their own, mostly the model's or the
 * alphabet's: looking first behind the one found last (*guess) finds most names at once.
 */
static const struct member *find_member(const struct shape *shape, struct bytes name, size_t *guess)
{
    size_t at = *guess;

    for (size_t tried = 0; tried < shape->count; tried++) {
        if (at >= shape->count)
            at = 0;
        if (member_is(&shape->members[at], name)) {
            *guess = at + 1;
            return &shape->members[at];
        }
        at++;
    }
    return NULL;
}

/*
 * A decision without the attributes of its own type gets empty ones: those of its members that must
 * be there then count as missing, each by its name, which is what the service answers; and nobody
 * later meets a decision without attributes.
 */
static void complete_decision(struct decoder *decoder, struct decision *decision)
{
    int type = (int)decision->decision_type;

    if (type <= 0)
        return;
    const struct member *own = decision_members[type];
    void *field = (char *)decision + own->offset;
    if (field_pointer(field))
        return;
    void *attributes = arena_alloc(decoder->arena, own->shape->size);
    memcpy(field, &attributes, sizeof(attributes));
}

bool decoder_read(struct decoder *decoder, const struct shape *shape, struct json_value value,
                  void *object)
{
    if (json_kind(value) != JSON_OBJECT)
        return stop(decoder, BYTES("Unexpected field type"));

    struct json_cursor cursor = json_walk(value);
    struct bytes name;
    size_t guess = 0;

    while (json_next_member(&cursor, &name, &value)) {
        const struct member *member = find_member(shape, name, &guess);
        if (!member)
            continue;
        void *field = (char *)object + member->offset;
        if (json_kind(value) == JSON_NULL)
            memset(field, 0,
                   field_size(member)); /* the last of two with the same name counts, null too */
        else if (!read_member(decoder, member, value, field))
            return false;
    }
    if (shape == &shape_decision)
        complete_decision(decoder, object);
    return true;
}
