/*
 * One table of fields for each kind of object serves both ways, reading and writing.
 */
#include "auth/identities_file.h"

#include "auth/policy.h"
#include "wire/json.h"
#include "wire/json_place.h"
#include "wire/json_text.h"
#include "wire/json_writer.h"

/* ---- the tables ---- */

enum field_kind {
    FIELD_TEXT,     /* struct bytes */
    FIELD_TEXTS,    /* struct bytes_list */
    FIELD_TAGS,     /* struct identity_tags: an object of texts */
    FIELD_DOCUMENT, /* struct bytes: any object, as JSON text */
    FIELD_OBJECTS,  /* a list of what `record` describes: items and count */
};

struct record;

struct field {
    const char *name;
    enum field_kind kind;
    bool required;
    size_t offset;
    const struct record *record;
};

#define FIELD_COUNT_MAX 8
struct record {
    size_t size;
    struct field fields[FIELD_COUNT_MAX]; /* the rest has no name */
};

/* How every list of objects lies in its struct. */
struct objects {
    void *items;
    size_t count;
};

#define FIELD(type, member, kind, ...)                               \
    {                                                                \
#member, kind, .offset = offsetof(type, member), __VA_ARGS__ \
    }
#define REQUIRED .required = true

static const struct record key_record = {
    sizeof(struct identity_key),
    { FIELD(struct identity_key, id, FIELD_TEXT, REQUIRED),
      FIELD(struct identity_key, secret, FIELD_TEXT, REQUIRED),
      FIELD(struct identity_key, status, FIELD_TEXT),
      FIELD(struct identity_key, session, FIELD_TEXT),
      FIELD(struct identity_key, token, FIELD_TEXT),
      FIELD(struct identity_key, expires, FIELD_TEXT),
      FIELD(struct identity_key, policy, FIELD_TEXT) },
};

static const struct record identity_record = {
    sizeof(struct identity),
    { FIELD(struct identity, name, FIELD_TEXT, REQUIRED), FIELD(struct identity, id, FIELD_TEXT),
      FIELD(struct identity, tags, FIELD_TAGS), FIELD(struct identity, policies, FIELD_TEXTS),
      FIELD(struct identity, boundary, FIELD_TEXT),
      FIELD(struct identity, keys, FIELD_OBJECTS, .record = &key_record) },
};

static const struct record policy_record = {
    sizeof(struct identity_policy),
    { FIELD(struct identity_policy, name, FIELD_TEXT, REQUIRED),
      FIELD(struct identity_policy, document, FIELD_DOCUMENT, REQUIRED) },
};

static const struct record account_record = {
    sizeof(struct identity_account),
    { FIELD(struct identity_account, id, FIELD_TEXT, REQUIRED),
      FIELD(struct identity_account, users, FIELD_OBJECTS, .record = &identity_record),
      FIELD(struct identity_account, roles, FIELD_OBJECTS, .record = &identity_record),
      FIELD(struct identity_account, policies, FIELD_OBJECTS, .record = &policy_record) },
};

static const struct record file_record = {
    sizeof(struct identities_file),
    { FIELD(struct identities_file, accounts, FIELD_OBJECTS, REQUIRED, .record = &account_record) },
};

/* ---- reading ---- */

struct input {
    struct arena *arena;
    struct text *problem;
    size_t entries; /* that there was made room for */
};

/* Where in the file: "accounts[0].users[1]", made when something is wrong. */
struct place {
    const struct place *outer; /* NULL: the file itself */
    struct bytes name;
    size_t index;
    bool is_item;
};

static void append_place(struct text *out, const struct place *place)
{
    if (place == NULL)
        return;
    append_place(out, place->outer);
    if (place->is_item) {
        text_printf(out, "[%zu]", place->index);
        return;
    }
    if (place->outer)
        text_append_char(out, '.');
    text_append(out, place->name);
}

static bool refuse(struct input *input, const struct place *place, const char *why)
{
    append_place(input->problem, place);
    text_append_cstr(input->problem, place ? ": " : "");
    text_append_cstr(input->problem, why);
    return false;
}

static bool read_object(struct input *input, const struct place *place, struct json_value value,
                        const struct record *record, void *out);

/* Asked before there is made room for them: what they are is seen only when they are read. */
static bool may_hold(struct input *input, const struct place *place, size_t count)
{
    input->entries += count;
    return input->entries <= IDENTITIES_ENTRIES_MAX ||
           refuse(input, place, "the file has more than 500000 entries");
}

static bool read_text(struct input *input, const struct place *place, struct json_value value,
                      struct bytes *out)
{
    if (json_kind(value) != JSON_STRING || json_string(value).len == 0)
        return refuse(input, place, "must be a text that is not empty");
    *out = arena_copy(input->arena, json_string(value));
    return true;
}

static bool read_texts(struct input *input, const struct place *place, struct json_value value,
                       struct bytes_list *out)
{
    struct json_cursor cursor;
    struct json_value item;
    struct bytes *items;
    size_t count;

    if (json_kind(value) != JSON_ARRAY)
        return refuse(input, place, "must be an array of texts");
    count = json_count_items(value);
    if (!may_hold(input, place, count))
        return false;
    items = arena_array(input->arena, struct bytes, count);
    out->items = items;
    cursor = json_walk(value);
    for (out->count = 0; json_next_item(&cursor, &item); out->count++) {
        struct place inner = { place, .index = out->count, .is_item = true };

        if (!read_text(input, &inner, item, &items[out->count]))
            return false;
    }
    return true;
}

static size_t count_members(struct json_value object)
{
    struct json_cursor cursor = json_walk(object);
    struct json_value member;
    struct bytes name;
    size_t count = 0;

    while (json_next_member(&cursor, &name, &member))
        count++;
    return count;
}

static bool has_tag(const struct identity_tags *tags, struct bytes key)
{
    for (size_t i = 0; i < tags->count; i++) {
        if (bytes_equal(tags->items[i].key, key))
            return true;
    }
    return false;
}

static bool read_tag(struct input *input, const struct place *place, struct bytes name,
                     struct json_value value, struct identity_tags *tags)
{
    if (json_kind(value) != JSON_STRING)
        return refuse(input, place, "must be a text");
    if (has_tag(tags, name))
        return refuse(input, place, "is given twice");
    tags->items[tags->count++] = (struct identity_tag){
        arena_copy(input->arena, name), arena_copy(input->arena, json_string(value))
    };
    return true;
}

static bool read_tags(struct input *input, const struct place *place, struct json_value value,
                      struct identity_tags *out)
{
    struct json_cursor cursor;
    struct json_value member;
    struct bytes name;
    size_t count;

    if (json_kind(value) != JSON_OBJECT)
        return refuse(input, place, "must be an object of texts");
    count = count_members(value);
    if (count > IDENTITY_TAGS_MAX)
        return refuse(input, place, "has more than 50 tags");
    if (!may_hold(input, place, count))
        return false;
    out->items = arena_array(input->arena, struct identity_tag, count);
    cursor = json_walk(value);
    while (json_next_member(&cursor, &name, &member)) {
        struct place inner = { place, .name = name };

        if (!read_tag(input, &inner, name, member, out))
            return false;
    }
    return true;
}

static bool read_document(struct input *input, const struct place *place, struct json_value value,
                          struct bytes *out)
{
    struct text text;
    bool fits;

    if (json_kind(value) != JSON_OBJECT)
        return refuse(input, place, "must be an object: a policy document");
    text_init(&text, POLICY_BYTES_MAX);
    json_text_append(&text, value);
    fits = !text.overflowed;
    if (fits)
        *out = arena_copy(input->arena, text_bytes(&text));
    text_deinit(&text);
    return fits || refuse(input, place, "is longer than 64 kB");
}

static bool read_objects(struct input *input, const struct place *place, struct json_value value,
                         const struct record *record, struct objects *out)
{
    struct json_cursor cursor;
    struct json_value item;
    size_t count;

    if (json_kind(value) != JSON_ARRAY)
        return refuse(input, place, "must be an array of objects");
    count = json_count_items(value);
    if (!may_hold(input, place, count))
        return false;
    out->items = arena_alloc(input->arena, record->size * count);
    cursor = json_walk(value);
    for (out->count = 0; json_next_item(&cursor, &item); out->count++) {
        struct place inner = { place, .index = out->count, .is_item = true };

        if (!read_object(input, &inner, item, record,
                         (char *)out->items + out->count * record->size))
            return false;
    }
    return true;
}

static bool read_field(struct input *input, const struct place *place, struct json_value value,
                       const struct field *field, void *at)
{
    switch (field->kind) {
    case FIELD_TEXT:
        return read_text(input, place, value, at);
    case FIELD_TEXTS:
        return read_texts(input, place, value, at);
    case FIELD_TAGS:
        return read_tags(input, place, value, at);
    case FIELD_DOCUMENT:
        return read_document(input, place, value, at);
    case FIELD_OBJECTS:
        return read_objects(input, place, value, field->record, at);
    }
    return false;
}

static int find_field(const struct record *record, struct bytes name)
{
    for (int i = 0; i < FIELD_COUNT_MAX && record->fields[i].name; i++) {
        if (bytes_equal_cstr(name, record->fields[i].name))
            return i;
    }
    return -1;
}

static bool check_required(struct input *input, const struct place *place,
                           const struct record *record, const bool *seen)
{
    for (int i = 0; i < FIELD_COUNT_MAX && record->fields[i].name; i++) {
        struct place inner = { place, .name = bytes_of_cstr(record->fields[i].name) };

        if (record->fields[i].required && !seen[i])
            return refuse(input, &inner, "is missing");
    }
    return true;
}

static bool read_object(struct input *input, const struct place *place, struct json_value value,
                        const struct record *record, void *out)
{
    bool seen[FIELD_COUNT_MAX] = { false };
    struct json_cursor cursor;
    struct json_value member;
    struct bytes name;

    if (json_kind(value) != JSON_OBJECT)
        return refuse(input, place, "must be an object");
    cursor = json_walk(value);
    while (json_next_member(&cursor, &name, &member)) {
        struct place inner = { place, .name = name };
        int found = find_field(record, name);

        if (found < 0)
            return refuse(input, &inner, "no such member is known here");
        if (seen[found])
            return refuse(input, &inner, "is given twice");
        seen[found] = true;
        if (!read_field(input, &inner, member, &record->fields[found],
                        (char *)out + record->fields[found].offset))
            return false;
    }
    return check_required(input, place, record, seen);
}

static bool refuse_text(struct input *input, struct bytes json)
{
    struct json_place at = json_place_of_error(json);

    text_printf(input->problem, "line %u, column %u: is not JSON: %s", at.line, at.column,
                at.problem);
    return false;
}

bool identities_file_read(struct bytes json, struct arena *arena, struct identities_file *out,
                          struct text *problem)
{
    struct input input = { arena, problem, 0 };
    struct json_reader *reader = json_reader_new();
    struct json_value root;
    bool ok;

    *out = (struct identities_file){ 0 };
    if (json_parse(reader, json, &root))
        ok = read_object(&input, NULL, root, &file_record, out);
    else
        ok = refuse_text(&input, json);
    json_reader_free(reader);
    return ok;
}

/* ---- writing ---- */

static void write_object(struct text *out, const struct record *record, const void *object);

static void write_texts(struct text *out, const struct bytes_list *texts)
{
    text_append_char(out, '[');
    for (size_t i = 0; i < texts->count; i++) {
        text_append_cstr(out, i ? "," : "");
        json_write_string(out, texts->items[i]);
    }
    text_append_char(out, ']');
}

static void write_tags(struct text *out, const struct identity_tags *tags)
{
    text_append_char(out, '{');
    for (size_t i = 0; i < tags->count; i++) {
        text_append_cstr(out, i ? "," : "");
        json_write_string(out, tags->items[i].key);
        text_append_char(out, ':');
        json_write_string(out, tags->items[i].value);
    }
    text_append_char(out, '}');
}

static void write_objects(struct text *out, const struct objects *objects,
                          const struct record *record)
{
    text_append_char(out, '[');
    for (size_t i = 0; i < objects->count; i++) {
        text_append_cstr(out, i ? "," : "");
        write_object(out, record, (const char *)objects->items + i * record->size);
    }
    text_append_char(out, ']');
}

static bool is_given(const struct field *field, const void *at)
{
    switch (field->kind) {
    case FIELD_TEXT:
    case FIELD_DOCUMENT:
        return !bytes_is_absent(*(const struct bytes *)at);
    case FIELD_TEXTS:
        return ((const struct bytes_list *)at)->count > 0;
    case FIELD_TAGS:
        return ((const struct identity_tags *)at)->count > 0;
    case FIELD_OBJECTS:
        return field->required || ((const struct objects *)at)->count > 0;
    }
    return false;
}

static void write_field(struct text *out, const struct field *field, const void *at)
{
    json_write_string(out, bytes_of_cstr(field->name));
    text_append_char(out, ':');
    switch (field->kind) {
    case FIELD_TEXT:
        json_write_string(out, *(const struct bytes *)at);
        break;
    case FIELD_DOCUMENT:
        text_append(out, *(const struct bytes *)at);
        break;
    case FIELD_TEXTS:
        write_texts(out, at);
        break;
    case FIELD_TAGS:
        write_tags(out, at);
        break;
    case FIELD_OBJECTS:
        write_objects(out, at, field->record);
        break;
    }
}

static void write_object(struct text *out, const struct record *record, const void *object)
{
    bool first = true;

    text_append_char(out, '{');
    for (int i = 0; i < FIELD_COUNT_MAX && record->fields[i].name; i++) {
        const struct field *field = &record->fields[i];
        const void *at = (const char *)object + field->offset;

        if (!is_given(field, at))
            continue;
        text_append_cstr(out, first ? "" : ",");
        first = false;
        write_field(out, field, at);
    }
    text_append_char(out, '}');
}

void identities_file_write(const struct identities_file *file, struct text *out)
{
    struct text compact;

    text_init(&compact, IDENTITIES_FILE_BYTES_MAX);
    write_object(&compact, &file_record, file);
    out->overflowed = out->overflowed || compact.overflowed;
    json_text_indent(out, text_bytes(&compact));
    text_append_char(out, '\n');
    text_deinit(&compact);
}
