#include "wire/constraint.h"

#include "wire/character.h"
#include "wire/field.h"
#include "wire/problem.h"

struct checker {
    struct problems problems;
    const struct unknown_word *words;
};

static void check_shape(struct checker *checker, const struct shape *shape, const void *object,
                        const struct path *parent);

static void add(struct checker *checker, const struct path *path, struct bytes value,
                struct bytes constraint)
{
    problem_add(&checker->problems, path, value, constraint);
}

static struct bytes length_text(struct checker *checker, const char *direction, int32_t limit)
{
    return arena_printf(checker->problems.arena, "Member must have length %s than or equal to %d",
                        direction, limit);
}

static struct bytes value_text(struct checker *checker, const char *direction, int32_t limit)
{
    return arena_printf(checker->problems.arena, "Member must have value %s than or equal to %d",
                        direction, limit);
}

/* No character is longer than four bytes and none shorter than one, so most strings need no
 * counting. */
static bool is_shorter(struct bytes value, int32_t min)
{
    return min > 0 && value.len < (size_t)min * 4 && character_count(value) < (size_t)min;
}

static bool is_longer(struct bytes value, int32_t max)
{
    return max >= 0 && value.len > (size_t)max && character_count(value) > (size_t)max;
}

static void check_string(struct checker *checker, struct bytes value, int32_t min, int32_t max,
                         const struct path *path)
{
    if (is_shorter(value, min))
        add(checker, path, value, length_text(checker, "greater", min));
    else if (is_longer(value, max))
        add(checker, path, value, length_text(checker, "less", max));
}

static void check_number(struct checker *checker, int64_t value, const struct member *member,
                         const struct path *path)
{
    struct arena *arena = checker->problems.arena;

    if (value < member->min)
        add(checker, path, arena_printf(arena, "%lld", (long long)value),
            value_text(checker, "greater", member->min));
    else if (member->max >= 0 && value > member->max)
        add(checker, path, arena_printf(arena, "%lld", (long long)value),
            value_text(checker, "less", member->max));
}

static struct bytes word_at(const struct checker *checker, const void *field)
{
    const struct unknown_word *word = checker->words;

    while (word && word->field != field)
        word = word->next;
    return word ? word->word : BYTES("");
}

static void check_enum(struct checker *checker, const struct member *member, const void *field,
                       const struct path *path)
{
    if (field_enum(field) != ENUM_UNKNOWN)
        return;
    add(checker, path, word_at(checker, field),
        arena_printf(checker->problems.arena, "Member must satisfy enum value set: [%s]",
                     member->enumeration->printed));
}

/* "[a, b]", as Java shows a list; no longer than what will be shown of it. */
static struct bytes list_text(struct checker *checker, struct bytes_list list)
{
    struct text text;

    text_init(&text, SIZE_MAX);
    for (size_t i = 0; i < list.count && text.len <= VALUE_CHARACTERS_MAX * (size_t)4; i++) {
        text_append_cstr(&text, i == 0 ? "[" : ", ");
        text_append(&text, list.items[i]);
    }
    text_append_cstr(&text, "]");
    struct bytes copy = arena_copy(checker->problems.arena, text_bytes(&text));
    text_deinit(&text);
    return copy;
}

static void check_strings(struct checker *checker, const struct member *member,
                          struct bytes_list list, const struct path *path)
{
    if (member->max >= 0 && list.count > (size_t)member->max)
        add(checker, path, list_text(checker, list), length_text(checker, "less", member->max));
    for (size_t i = 0; i < list.count && !problems_are_full(&checker->problems); i++) {
        struct path item = { .parent = path, .number = i + 1 };
        check_string(checker, list.items[i], member->item_min, member->item_max, &item);
    }
}

/* The model limits the number of structs in no list. */
static void check_structs(struct checker *checker, const struct member *member,
                          struct item_list list, const struct path *path)
{
    for (size_t i = 0; i < list.count && !problems_are_full(&checker->problems); i++) {
        struct path item = { .parent = path, .number = i + 1 };
        check_shape(checker, member->shape, item_at(list, member->shape, i), &item);
    }
}

/* Only what can be told from its zero; a request has no required numbers. */
static bool is_absent(const struct member *member, const void *field)
{
    switch ((enum kind)member->kind) {
    case KIND_STRING:
    case KIND_RAW:
        return bytes_is_absent(field_bytes(field));
    case KIND_ENUM:
        return field_enum(field) == 0;
    case KIND_TIMESTAMP_AT:
    case KIND_STRUCT:
        return field_pointer(field) == NULL;
    case KIND_STRING_LIST:
    case KIND_STRUCT_LIST:
        return field_items(field).items == NULL;
    case KIND_INTEGER:
    case KIND_LONG:
    case KIND_BOOLEAN:
    case KIND_TIMESTAMP:
        break;
    }
    return false;
}

static void check_present(struct checker *checker, const struct member *member, const void *field,
                          const struct path *path)
{
    switch ((enum kind)member->kind) {
    case KIND_STRING:
        check_string(checker, field_bytes(field), member->min, member->max, path);
        return;
    case KIND_ENUM:
        check_enum(checker, member, field, path);
        return;
    case KIND_INTEGER:
        check_number(checker, field_integer(field), member, path);
        return;
    case KIND_LONG:
        check_number(checker, field_long(field), member, path);
        return;
    case KIND_STRUCT:
        check_shape(checker, member->shape, field_pointer(field), path);
        return;
    case KIND_STRING_LIST:
        check_strings(checker, member, field_strings(field), path);
        return;
    case KIND_STRUCT_LIST:
        check_structs(checker, member, field_items(field), path);
        return;
    case KIND_BOOLEAN:
    case KIND_TIMESTAMP:
    case KIND_TIMESTAMP_AT:
    case KIND_RAW:
        return;
    }
}

static void check_shape(struct checker *checker, const struct shape *shape, const void *object,
                        const struct path *parent)
{
    for (size_t i = 0; i < shape->count && !problems_are_full(&checker->problems); i++) {
        const struct member *member = &shape->members[i];
        const void *field = field_of(object, member);
        struct path path = { .parent = parent, .name = member->name };

        if (!is_absent(member, field))
            check_present(checker, member, field, &path);
        else if (member->required)
            add(checker, &path, BYTES_ABSENT, BYTES("Member must not be null"));
    }
}

struct fault check_constraints(const struct shape *shape, const void *object,
                               const struct unknown_word *words, struct arena *arena)
{
    struct checker checker = { .words = words };

    problems_init(&checker.problems, arena);
    check_shape(&checker, shape, object, NULL);
    return problems_fault(&checker.problems);
}
