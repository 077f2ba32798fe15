#include "wire/problem.h"

#include "wire/character.h"

#define MESSAGE_BYTES_MAX                                                   \
    ((size_t)256 << 10) /* far above ten problems of four bytes a character \
                         */

void problems_init(struct problems *problems, struct arena *arena)
{
    *problems = (struct problems){ .arena = arena };
    text_init(&problems->joined, MESSAGE_BYTES_MAX);
}

static void append_value(struct text *out, struct bytes value)
{
    if (bytes_is_absent(value)) {
        text_append_cstr(out, "null");
        return;
    }
    struct bytes shown = character_prefix(value, VALUE_CHARACTERS_MAX);

    text_append_char(out, '\'');
    text_append(out, shown);
    if (shown.len < value.len)
        text_append_cstr(out, "...");
    text_append_char(out, '\'');
}

static void append_path(struct text *out, const struct path *path)
{
    if (path->parent) {
        append_path(out, path->parent); /* as deep as the shapes, which do not contain themselves */
        text_append_char(out, '.');
    }
    if (path->name) {
        text_append_cstr(out, path->name);
        return;
    }
    text_append_u64(out, path->number);
    text_append_cstr(out, ".member");
}

void problem_add(struct problems *problems, const struct path *path, struct bytes value,
                 struct bytes constraint)
{
    struct text *out = &problems->joined;

    if (problems_are_full(problems))
        return;
    if (problems->count++ > 0)
        text_append_cstr(out, "; ");
    text_append_cstr(out, "Value ");
    append_value(out, value);
    text_append_cstr(out, " at '");
    append_path(out, path);
    text_append_cstr(out, "' failed to satisfy constraint: ");
    text_append(out, constraint);
}

struct fault problems_fault(struct problems *problems)
{
    struct bytes joined = text_bytes(&problems->joined);
    struct fault fault = NO_FAULT;

    if (problems->count > 0) {
        struct bytes head = arena_printf(problems->arena,
                                         "%d validation error%s detected: ", problems->count,
                                         problems->count == 1 ? "" : "s");
        char *message = arena_alloc_text(problems->arena, head.len + joined.len);
        memcpy(message, head.ptr, head.len); /* no printf of the whole: a value may hold NUL */
        memcpy(message + head.len, joined.ptr, joined.len);
        fault = fault_of(FAULT_VALIDATION, bytes_of(message, head.len + joined.len));
    }
    text_deinit(&problems->joined);
    return fault;
}
