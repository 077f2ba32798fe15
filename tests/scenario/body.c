#include "body.h"

#include "base/ensure.h"
#include "language.h"
#include "manual_world.h"

static struct pair *find(struct pairs *pairs, struct bytes key)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (bytes_equal(pairs->items[i].key, key))
            return &pairs->items[i];
    }
    return NULL;
}

void pairs_set(struct pairs *pairs, struct bytes key, struct bytes value)
{
    struct pair *pair = find(pairs, key);

    if (pair == NULL) {
        ensure(pairs->count < PAIRS_MAX);
        pair = &pairs->items[pairs->count++];
    }
    *pair = (struct pair){ key, value };
}

void pairs_drop(struct pairs *pairs, struct bytes key)
{
    struct pair *pair = find(pairs, key);

    if (pair)
        *pair = pairs->items[--pairs->count];
}

/* The text up to the first `c`, which is taken away with it. */
static struct bytes take_until(struct bytes *rest, char c)
{
    const char *end = rest->len ? memchr(rest->ptr, c, rest->len) : NULL;
    size_t len = end ? (size_t)(end - rest->ptr) : rest->len;
    struct bytes head = bytes_of(rest->ptr, len);

    *rest = bytes_skip(*rest, end ? len + 1 : len);
    return head;
}

static void write_text(struct text *out, struct bytes value)
{
    text_append_char(out, '"');
    text_append(out, value);
    text_append_char(out, '"');
}

static void write_name(struct text *out, const char *name)
{
    write_text(out, bytes_of_cstr(name));
    text_append_char(out, ':');
}

static void write_value(struct text *out, const struct member *member, struct bytes value);

/* `@10s` is a time since the beginning, everything else is written as it stands. */
static void write_time(struct text *out, struct bytes value)
{
    struct duration since;

    if (value.len && value.ptr[0] == '@' && duration_parse(bytes_skip(value, 1), &since))
        text_printf(out, "%.3f", (double)(WORLD_BEGINNING.ms + since.ms) / 1000);
    else
        text_append(out, value);
}

/* The last member takes all that is left: a run id may hold slashes. Members that nothing is left
 * for are left out. */
static void write_struct(struct text *out, const struct shape *shape, struct bytes value)
{
    bool more = true;

    text_append_char(out, '{');
    for (uint16_t i = 0; i < shape->count && more; i++) {
        more = memchr(value.ptr, '/', value.len) != NULL;
        if (i)
            text_append_char(out, ',');
        write_name(out, shape->members[i].name);
        write_value(out, &shape->members[i],
                    i + 1 == shape->count ? value : take_until(&value, '/'));
    }
    text_append_char(out, '}');
}

/* `a,b`: strings, or structures of that shape. */
static void write_list(struct text *out, const struct shape *shape, struct bytes value)
{
    text_append_char(out, '[');
    while (value.len) {
        struct bytes item = take_until(&value, ',');

        if (shape)
            write_struct(out, shape, item);
        else
            write_text(out, item);
        if (value.len)
            text_append_char(out, ',');
    }
    text_append_char(out, ']');
}

static void write_value(struct text *out, const struct member *member, struct bytes value)
{
    switch ((enum kind)member->kind) {
    case KIND_STRING:
    case KIND_ENUM:
        write_text(out, value);
        break;
    case KIND_TIMESTAMP:
    case KIND_TIMESTAMP_AT:
        write_time(out, value);
        break;
    case KIND_STRUCT:
        write_struct(out, member->shape, value);
        break;
    case KIND_STRING_LIST:
    case KIND_STRUCT_LIST:
        write_list(out, member->shape, value);
        break;
    default:
        text_append(out, value);
        break;
    }
}

static const struct member *find_member(const struct shape *shape, struct bytes name)
{
    for (uint16_t i = 0; i < shape->count; i++) {
        if (bytes_equal_cstr(name, shape->members[i].name))
            return &shape->members[i];
    }
    return NULL;
}

const char *body_write(struct text *out, const struct shape *shape, const struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        const struct member *member = find_member(shape, pairs->items[i].key);

        if (member == NULL)
            return "the request has no member of that name";
        if (i)
            text_append_char(out, ',');
        write_name(out, member->name);
        write_value(out, member, pairs->items[i].value);
    }
    return NULL;
}
