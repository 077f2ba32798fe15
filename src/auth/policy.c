/*
 * A policy is read in one walk over the parsed JSON. The reader keeps the way it went (`steps`), so
 * that any refusal can say where it stands; the first one ends the walk.
 *
 * Lists are counted before they are filled, so that nothing in the policy's arena is ever moved.
 */
#include "auth/policy.h"

#include "auth/name_set.h"
#include "base/ascii.h"
#include "base/memory.h"
#include "base/spelling.h"
#include "wire/json.h"
#include "wire/json_place.h"
#include <stdio.h>
#include <stdlib.h>

/* An upper bound of what a document of so many bytes needs: at worst each is a wildcard, which is a
 * piece of a pattern. */
#define ARENA_BYTES(text_len) ((size_t)4096 + (text_len)*2 * sizeof(struct pattern_piece))

#define STEPS_MAX 6  /* Statement[0] Condition Operator key [0] */
#define SHOWN_MAX 80 /* bytes of a text of the document in a refusal */

struct step {
    struct bytes name; /* absent: only an index */
    long index;        /* -1: none */
};

struct reader {
    struct policy *policy;
    struct arena *arena;
    struct text *error;
    struct step steps[STEPS_MAX];
    size_t depth;
    struct map sids; /* each a struct bytes: those of the statements so far */
    struct map keys; /* the condition keys of one operator, in small letters */
};

/* ---- refusals */

/* Appends what a document says so that it stays one line and is not too long. */
static void append_shown(struct text *error, struct bytes shown)
{
    size_t len = shown.len > SHOWN_MAX ? SHOWN_MAX : shown.len;

    while (len < shown.len && len > 0 && ((unsigned char)shown.ptr[len] & 0xc0) == 0x80)
        len--;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)shown.ptr[i];
        text_append_char(error, c < 0x20 || c == 0x7f ? '?' : (char)c);
    }
    if (len < shown.len)
        text_append_cstr(error, "...");
}

static void append_place(const struct reader *reader)
{
    for (size_t i = 0; i < reader->depth; i++) {
        const struct step *step = &reader->steps[i];
        if (!bytes_is_absent(step->name)) {
            text_append_cstr(reader->error, i > 0 ? "." : "");
            append_shown(reader->error, step->name);
        }
        if (step->index >= 0)
            text_printf(reader->error, "[%ld]", step->index);
    }
    text_append_cstr(reader->error, reader->depth > 0 ? ": " : "");
}

static bool refuse(const struct reader *reader, const char *why)
{
    append_place(reader);
    text_append_cstr(reader->error, why);
    return false;
}

/* "'text' why". */
static bool refuse_text(const struct reader *reader, struct bytes text, const char *why)
{
    append_place(reader);
    text_append_char(reader->error, '\'');
    append_shown(reader->error, text);
    text_printf(reader->error, "' %s", why);
    return false;
}

static bool refuse_kind(const struct reader *reader, struct json_value value, const char *wanted)
{
    static const char *const names[] = {
        [JSON_NULL] = "null",        [JSON_TRUE] = "true",        [JSON_FALSE] = "false",
        [JSON_INTEGER] = "a number", [JSON_DECIMAL] = "a number", [JSON_STRING] = "a string",
        [JSON_ARRAY] = "an array",   [JSON_OBJECT] = "an object",
    };

    append_place(reader);
    text_printf(reader->error, "must be %s, not %s", wanted, names[json_kind(value)]);
    return false;
}

static void enter(struct reader *reader, struct bytes name)
{
    ensure(reader->depth < STEPS_MAX);
    reader->steps[reader->depth++] = (struct step){ name, -1 };
}

/* Of the step that was entered last. */
static void set_index(struct reader *reader, size_t index)
{
    reader->steps[reader->depth - 1].index = (long)index;
}

static void leave(struct reader *reader)
{
    reader->depth--;
}

/* ---- strings, and lists of them */

static struct bytes kept(struct reader *reader, struct json_value string)
{
    return arena_copy(reader->arena, json_string(string));
}

/* Takes one item of a list, and where it goes. */
typedef bool take_item_fn(struct reader *reader, struct json_value item, void *to, size_t place);

/* A single item or an array of at least one: calls `take` for each. */
static bool each_of_list(struct reader *reader, struct json_value value, void *to,
                         take_item_fn *take)
{
    struct json_cursor cursor;
    struct json_value item;
    size_t place = 0;

    if (json_kind(value) != JSON_ARRAY)
        return take(reader, value, to, 0);
    cursor = json_walk(value);
    while (json_next_item(&cursor, &item)) {
        set_index(reader, place);
        if (!take(reader, item, to, place++))
            return false;
    }
    return place > 0 || refuse(reader, "is empty");
}

static size_t count_list(struct json_value value)
{
    return json_kind(value) == JSON_ARRAY ? json_count_items(value) : 1;
}

/* ---- Action, NotAction, Resource, NotResource */

/* "*", or a service and an action: "swf:Start*". */
static bool is_action(struct bytes text)
{
    const char *colon = text.len ? memchr(text.ptr, ':', text.len) : NULL;

    if (bytes_equal(text, BYTES("*")))
        return true;
    if (!colon || colon == text.ptr || colon == text.ptr + text.len - 1)
        return false;
    size_t service_len = (size_t)(colon - text.ptr);
    return bytes_is_word(bytes_of(text.ptr, service_len), "*?-_.") &&
           bytes_is_word(bytes_skip(text, service_len + 1), "*?-_.");
}

static bool take_action(struct reader *reader, struct json_value item, void *to, size_t place)
{
    struct pattern *patterns = to;
    const char *problem;

    if (json_kind(item) != JSON_STRING)
        return refuse_kind(reader, item, "a string");
    struct bytes text = kept(reader, item);
    if (!is_action(text))
        return refuse_text(reader, text, "is neither \"*\" nor service:action");
    if (!pattern_compile(reader->arena, text, (struct pattern_syntax){ .wildcards = true },
                         &patterns[place], &problem))
        return refuse_text(reader, text, problem);
    return true;
}

static bool take_resource(struct reader *reader, struct json_value item, void *to, size_t place)
{
    struct pattern *patterns = to;
    struct pattern_syntax syntax = { .wildcards = true, .variables = reader->policy->variables };
    const char *problem;

    if (json_kind(item) != JSON_STRING)
        return refuse_kind(reader, item, "a string");
    struct bytes text = kept(reader, item);
    if (!pattern_compile(reader->arena, text, syntax, &patterns[place], &problem))
        return refuse_text(reader, text, problem);
    if (!pattern_is_arn(&patterns[place], false))
        return refuse_text(reader, text,
                           "is neither \"*\" nor an ARN of six parts "
                           "(arn:partition:service:region:account:resource)");
    if (!pattern_is_arn(&patterns[place], true))
        return refuse_text(reader, text, "has a variable outside the last part of the ARN");
    return true;
}

static bool read_match(struct reader *reader, struct json_value value, bool negated,
                       take_item_fn *take, struct policy_match *out)
{
    size_t count = count_list(value);
    struct pattern *patterns = arena_array(reader->arena, struct pattern, count);

    *out = (struct policy_match){ negated, patterns, count };
    return each_of_list(reader, value, patterns, take);
}

/* ---- Condition */

/* The shortest notation of a number that is read as this number again; absent when that needs an
 * exponent. */
static struct bytes decimal_text(struct arena *arena, double number)
{
    char text[40] = "";

    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    return strchr(text, 'e') ? BYTES_ABSENT : arena_copy(arena, bytes_of_cstr(text));
}

/* A value of a condition is a string; numbers and booleans may stand without quotation marks. */
static bool value_text(struct reader *reader, struct json_value value, struct bytes *out)
{
    switch (json_kind(value)) {
    case JSON_STRING:
        *out = kept(reader, value);
        return true;
    case JSON_TRUE:
        *out = BYTES("true");
        return true;
    case JSON_FALSE:
        *out = BYTES("false");
        return true;
    case JSON_INTEGER:
        if (json_integer(value) == INT64_MAX)
            return refuse(reader, "is too large for a number; write it as a string");
        *out = arena_printf(reader->arena, "%lld", (long long)json_integer(value));
        return true;
    case JSON_DECIMAL:
        *out = decimal_text(reader->arena, json_number(value));
        return !bytes_is_absent(*out) ||
               refuse(reader, "is too large or too small for a number; write it as a string");
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return refuse_kind(reader, value, "a string");
}

/* A condition while its values are read. */
struct values {
    const struct condition_test *test;
    union condition_value *items;
};

static bool take_value(struct reader *reader, struct json_value item, void *to, size_t place)
{
    struct values *values = to;
    struct bytes text;
    const char *problem;

    if (!value_text(reader, item, &text))
        return false;
    if (!condition_value_parse(reader->arena, text, values->test, reader->policy->variables,
                               &values->items[place], &problem))
        return refuse_text(reader, text, problem);
    return true;
}

static bool read_values(struct reader *reader, struct json_value value, struct condition *condition)
{
    condition->count = count_list(value);
    union condition_value *items = arena_array(reader->arena, union condition_value,
                                               condition->count);
    condition->values = items;
    return each_of_list(reader, value, &(struct values){ &condition->test, items }, take_value);
}

static struct bytes *in_small_letters(struct arena *arena, struct bytes text)
{
    struct bytes *out = arena_new(arena, struct bytes);
    char *letters = arena_alloc_text(arena, text.len);

    for (size_t i = 0; i < text.len; i++)
        letters[i] = ascii_lower(text.ptr[i]);
    *out = bytes_of(letters, text.len);
    return out;
}

/* The conditions of a statement while they are read. */
struct conditions {
    struct condition *items;
    size_t count;
    size_t block_start; /* where those of the operator begin */
};

static bool read_key(struct reader *reader, struct bytes name, struct json_value value,
                     const struct condition_test *test, struct conditions *conditions)
{
    struct condition *condition = &conditions->items[conditions->count];

    if (name.len == 0)
        return refuse(reader, "a condition key without a name");
    if (!name_set_take(&reader->keys, in_small_letters(reader->arena, name)))
        return refuse(reader, "stands here twice");
    *condition = (struct condition){ *test, .key = arena_copy(reader->arena, name) };
    conditions->count++;
    return read_values(reader, value, condition);
}

static const char *const quantifiers[] = { "ForAllValues", "ForAnyValue" };
#define QUANTIFIERS (sizeof(quantifiers) / sizeof(quantifiers[0]))

/* The operator that was perhaps meant, with or without IfExists; empty when none is near. */
static void suggest_operator(struct bytes name, char suggestion[64])
{
    static const char *const suffixes[] = { "", "IfExists" };
    size_t best = SPELLING_FAR;
    char candidate[64];

    suggestion[0] = '\0';
    for (size_t i = 0; i < 2 * CONDITION_OPERATOR_COUNT; i++) {
        snprintf(candidate, sizeof(candidate), "%s%s",
                 condition_operator_name((enum condition_operator)(i / 2)), suffixes[i % 2]);
        size_t distance = spelling_distance(name, bytes_of_cstr(candidate));
        if (distance >= best)
            continue;
        best = distance;
        memcpy(suggestion, candidate, sizeof(candidate));
    }
}

/* "unknown operator; did you mean 'ForAnyValue:StringEquals'?" */
static bool refuse_operator(const struct reader *reader, struct bytes name)
{
    const char *colon = name.len ? memchr(name.ptr, ':', name.len) : NULL;
    struct bytes prefix = colon ? bytes_of(name.ptr, (size_t)(colon - name.ptr)) : BYTES_ABSENT;
    struct bytes bare = colon ? bytes_skip(name, prefix.len + 1) : name;
    size_t quantifier = spelling_nearest(prefix, quantifiers, QUANTIFIERS);
    char suggestion[64];

    suggest_operator(bare, suggestion);
    if (bytes_starts_with(bytes_of_cstr(suggestion), BYTES("Null")))
        return refuse(reader, "unknown operator; did you mean 'Null'? It takes neither prefix nor "
                              "suffix");
    refuse(reader, "unknown operator");
    if (suggestion[0] == '\0')
        return false;
    text_printf(reader->error, "; did you mean '%s%s%s'?",
                quantifier < QUANTIFIERS ? quantifiers[quantifier] : "",
                quantifier < QUANTIFIERS ? ":" : "", suggestion);
    return false;
}

static bool read_block(struct reader *reader, struct bytes name, struct json_value value,
                       struct conditions *conditions)
{
    struct condition_test test;
    struct json_value member;
    struct bytes key;

    if (!condition_test_parse(name, &test))
        return refuse_operator(reader, name);
    if (json_kind(value) != JSON_OBJECT)
        return refuse_kind(reader, value, "an object of condition keys");
    conditions->block_start = conditions->count;
    map_deinit(&reader->keys);
    struct json_cursor cursor = json_walk(value);
    while (json_next_member(&cursor, &key, &member)) {
        enter(reader, key);
        if (!read_key(reader, key, member, &test, conditions))
            return false;
        leave(reader);
    }
    return conditions->count > conditions->block_start || refuse(reader, "is empty");
}

/* How many keys all blocks have together. */
static size_t count_keys(struct json_value blocks)
{
    struct json_cursor outer = json_walk(blocks);
    struct json_value block, member;
    struct bytes name;
    size_t count = 0;

    while (json_next_member(&outer, &name, &block)) {
        if (json_kind(block) != JSON_OBJECT)
            continue;
        struct json_cursor inner = json_walk(block);
        while (json_next_member(&inner, &name, &member))
            count++;
    }
    return count;
}

/* Does an earlier member of the object have this name? */
static bool is_repeated(struct json_value object, struct bytes name, size_t place)
{
    struct json_cursor cursor = json_walk(object);
    struct json_value member;
    struct bytes earlier;

    for (size_t i = 0; i < place && json_next_member(&cursor, &earlier, &member); i++)
        if (bytes_equal(earlier, name))
            return true;
    return false;
}

static bool read_conditions(struct reader *reader, struct json_value value,
                            struct policy_statement *statement)
{
    struct json_value block;
    struct bytes name;
    size_t place = 0;

    if (json_kind(value) != JSON_OBJECT)
        return refuse_kind(reader, value, "an object of operators");
    struct conditions conditions = {
        .items = arena_array(reader->arena, struct condition, count_keys(value)),
    };
    struct json_cursor cursor = json_walk(value);
    while (json_next_member(&cursor, &name, &block)) {
        enter(reader, name);
        if (is_repeated(value, name, place++))
            return refuse(reader, "stands here twice");
        if (!read_block(reader, name, block, &conditions))
            return false;
        leave(reader);
    }
    statement->conditions = conditions.items;
    statement->condition_count = conditions.count;
    return true;
}

/* ---- elements of a document and of a statement */

static bool refuse_element(const struct reader *reader, struct bytes name, const char *nearest)
{
    if (bytes_equal(name, BYTES("Principal")) || bytes_equal(name, BYTES("NotPrincipal")))
        return refuse(reader, "not allowed: whom the policy speaks of is who has it");
    refuse(reader, "unknown element");
    if (nearest)
        text_printf(reader->error, "; did you mean '%s'?", nearest);
    return false;
}

/* Finds each element of an object; refuses unknown ones and those that come twice. An element that
 * is not there is left as it is. */
static bool find_elements(struct reader *reader, struct json_value object, const char *const *names,
                          size_t count, struct json_value *values, bool *found)
{
    struct json_cursor cursor = json_walk(object);
    struct json_value value;
    struct bytes name;

    while (json_next_member(&cursor, &name, &value)) {
        size_t nearest = spelling_nearest(name, names, count);
        enter(reader, name);
        if (nearest == count || !bytes_equal_cstr(name, names[nearest]))
            return refuse_element(reader, name, nearest < count ? names[nearest] : NULL);
        if (found[nearest])
            return refuse(reader, "stands here twice");
        leave(reader);
        found[nearest] = true;
        values[nearest] = value;
    }
    return true;
}

enum statement_element {
    ELEMENT_SID,
    ELEMENT_EFFECT,
    ELEMENT_ACTION,
    ELEMENT_NOT_ACTION,
    ELEMENT_RESOURCE,
    ELEMENT_NOT_RESOURCE,
    ELEMENT_CONDITION,
    STATEMENT_ELEMENTS,
};

static const char *const statement_elements[STATEMENT_ELEMENTS] = {
    [ELEMENT_SID] = "Sid",
    [ELEMENT_EFFECT] = "Effect",
    [ELEMENT_ACTION] = "Action",
    [ELEMENT_NOT_ACTION] = "NotAction",
    [ELEMENT_RESOURCE] = "Resource",
    [ELEMENT_NOT_RESOURCE] = "NotResource",
    [ELEMENT_CONDITION] = "Condition",
};

/* The elements of one statement, as far as it has them. */
struct elements {
    struct json_value values[STATEMENT_ELEMENTS];
    bool found[STATEMENT_ELEMENTS];
};

static bool is_sid(struct bytes sid)
{
    return bytes_is_word(sid, "");
}

static bool read_sid(struct reader *reader, struct json_value value,
                     struct policy_statement *statement)
{
    if (json_kind(value) != JSON_STRING)
        return refuse_kind(reader, value, "a string");
    statement->sid = kept(reader, value);
    if (!is_sid(statement->sid))
        return refuse_text(reader, statement->sid, "has other characters than A-Z, a-z and 0-9");
    if (statement->sid.len > 0 && !name_set_take(&reader->sids, &statement->sid))
        return refuse_text(reader, statement->sid, "is the Sid of an earlier statement too");
    return true;
}

static bool read_effect(struct reader *reader, struct json_value value,
                        struct policy_statement *statement)
{
    if (json_kind(value) != JSON_STRING)
        return refuse_kind(reader, value, "\"Allow\" or \"Deny\"");
    struct bytes effect = json_string(value);
    statement->effect = bytes_equal(effect, BYTES("Deny")) ? EFFECT_DENY : EFFECT_ALLOW;
    if (statement->effect == EFFECT_ALLOW && !bytes_equal(effect, BYTES("Allow")))
        return refuse_text(reader, effect, "is neither \"Allow\" nor \"Deny\"");
    return true;
}

static bool read_element(struct reader *reader, enum statement_element element,
                         struct json_value value, struct policy_statement *statement)
{
    switch (element) {
    case ELEMENT_SID:
        return read_sid(reader, value, statement);
    case ELEMENT_EFFECT:
        return read_effect(reader, value, statement);
    case ELEMENT_ACTION:
    case ELEMENT_NOT_ACTION:
        return read_match(reader, value, element == ELEMENT_NOT_ACTION, take_action,
                          &statement->action);
    case ELEMENT_RESOURCE:
    case ELEMENT_NOT_RESOURCE:
        return read_match(reader, value, element == ELEMENT_NOT_RESOURCE, take_resource,
                          &statement->resource);
    case ELEMENT_CONDITION:
        return read_conditions(reader, value, statement);
    case STATEMENT_ELEMENTS:
        break;
    }
    ensure(!"an element of a statement");
}

/* Exactly one of the two must be there. */
static bool check_one_of(const struct reader *reader, const struct elements *elements,
                         enum statement_element one, enum statement_element other)
{
    if (elements->found[one] != elements->found[other])
        return true;
    append_place(reader);
    text_printf(reader->error, elements->found[one] ? "has both %s and %s" : "has no %s and no %s",
                statement_elements[one], statement_elements[other]);
    return false;
}

static bool check_complete(const struct reader *reader, const struct elements *elements)
{
    if (!elements->found[ELEMENT_EFFECT])
        return refuse(reader, "has no Effect");
    return check_one_of(reader, elements, ELEMENT_ACTION, ELEMENT_NOT_ACTION) &&
           check_one_of(reader, elements, ELEMENT_RESOURCE, ELEMENT_NOT_RESOURCE);
}

static bool take_statement(struct reader *reader, struct json_value item, void *to, size_t place)
{
    struct policy_statement *statement = (struct policy_statement *)to + place;
    struct elements elements = { 0 };

    if (json_kind(item) != JSON_OBJECT)
        return refuse_kind(reader, item, "a statement, which is an object");
    if (!find_elements(reader, item, statement_elements, STATEMENT_ELEMENTS, elements.values,
                       elements.found) ||
        !check_complete(reader, &elements))
        return false;
    for (enum statement_element i = 0; i < STATEMENT_ELEMENTS; i++) {
        if (!elements.found[i])
            continue;
        enter(reader, bytes_of_cstr(statement_elements[i]));
        if (!read_element(reader, i, elements.values[i], statement))
            return false;
        leave(reader);
    }
    return true;
}

enum document_element { ELEMENT_VERSION, ELEMENT_ID, ELEMENT_STATEMENT, DOCUMENT_ELEMENTS };

static const char *const document_elements[DOCUMENT_ELEMENTS] = {
    [ELEMENT_VERSION] = "Version",
    [ELEMENT_ID] = "Id",
    [ELEMENT_STATEMENT] = "Statement",
};

static bool read_version(struct reader *reader, struct json_value value)
{
    if (json_kind(value) != JSON_STRING)
        return refuse_kind(reader, value, "\"2012-10-17\" or \"2008-10-17\"");
    struct bytes version = json_string(value);
    reader->policy->variables = bytes_equal(version, BYTES("2012-10-17"));
    if (!reader->policy->variables && !bytes_equal(version, BYTES("2008-10-17")))
        return refuse_text(reader, version, "is neither \"2012-10-17\" nor \"2008-10-17\"");
    return true;
}

static bool read_id(struct reader *reader, struct json_value value)
{
    if (json_kind(value) != JSON_STRING)
        return refuse_kind(reader, value, "a string");
    reader->policy->id = kept(reader, value);
    return true;
}

static bool read_statements(struct reader *reader, struct json_value value)
{
    size_t count = count_list(value);
    struct policy_statement *statements = arena_array(reader->arena, struct policy_statement,
                                                      count);

    reader->policy->statements = statements;
    reader->policy->statement_count = count;
    return each_of_list(reader, value, statements, take_statement);
}

static bool read_document(struct reader *reader, struct json_value root)
{
    static bool (*const read[DOCUMENT_ELEMENTS])(struct reader *, struct json_value) = {
        /* The version first: it says what the rest means. */
        [ELEMENT_VERSION] = read_version,
        [ELEMENT_ID] = read_id,
        [ELEMENT_STATEMENT] = read_statements,
    };
    struct json_value values[DOCUMENT_ELEMENTS] = { 0 };
    bool found[DOCUMENT_ELEMENTS] = { false };

    if (json_kind(root) != JSON_OBJECT)
        return refuse_kind(reader, root, "an object");
    if (!find_elements(reader, root, document_elements, DOCUMENT_ELEMENTS, values, found))
        return false;
    if (!found[ELEMENT_STATEMENT])
        return refuse(reader, "has no Statement");
    for (size_t i = 0; i < DOCUMENT_ELEMENTS; i++) {
        if (!found[i])
            continue;
        enter(reader, bytes_of_cstr(document_elements[i]));
        if (!read[i](reader, values[i]))
            return false;
        leave(reader);
    }
    return true;
}

/* ---- the document */

static void refuse_syntax(struct bytes text, struct text *error)
{
    struct json_place place = json_place_of_error(text);

    text_printf(error, "line %u, column %u: not JSON: %s", place.line, place.column, place.problem);
}

static bool statement_has_keys(const struct policy_statement *statement)
{
    for (size_t i = 0; i < statement->resource.count; i++)
        if (pattern_has_variables(&statement->resource.patterns[i]))
            return true;
    return statement->condition_count > 0;
}

static bool has_keys(const struct policy *policy)
{
    for (size_t i = 0; i < policy->statement_count; i++)
        if (statement_has_keys(&policy->statements[i]))
            return true;
    return false;
}

static struct policy *read_policy(struct json_value document, size_t text_len, struct text *error)
{
    struct policy *policy = memory_new(sizeof(*policy));

    arena_init(&policy->arena, "policy", ARENA_BYTES(text_len));
    struct reader reader = { .policy = policy, .arena = &policy->arena, .error = error };
    bool ok = read_document(&reader, document);
    map_deinit(&reader.sids);
    map_deinit(&reader.keys);
    if (!ok) {
        policy_free(policy);
        return NULL;
    }
    policy->has_keys = has_keys(policy);
    return policy;
}

struct policy *policy_parse(struct json_reader *json, struct bytes text, struct text *error)
{
    struct json_value root;

    if (text.len > POLICY_BYTES_MAX) {
        text_printf(error, "longer than %zu bytes", POLICY_BYTES_MAX);
        return NULL;
    }
    if (!json_parse(json, text, &root)) {
        refuse_syntax(text, error);
        return NULL;
    }
    return read_policy(root, text.len, error);
}

void policy_free(struct policy *policy)
{
    if (!policy)
        return;
    arena_deinit(&policy->arena);
    memory_free(policy);
}
