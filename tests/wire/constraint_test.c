/*
 * Every member of every operation's input, in every way in which it can be wrong, and at the edges
 * of what is right.
 */
#include "probe.h"
#include "script.h"
#include "wire/character.h"
#include "wire/json_writer.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define TEXT_BYTES_MAX ((size_t)1 << 20)
#define SHOWN_MAX 1024 /* characters of a value that a message shows */

struct prober {
    struct script *script;
    struct text body, path, reply, value;
    int count;
};

static void prober_init(struct prober *prober, struct script *script)
{
    *prober = (struct prober){ .script = script };
    text_init(&prober->body, TEXT_BYTES_MAX);
    text_init(&prober->path, TEXT_BYTES_MAX);
    text_init(&prober->reply, TEXT_BYTES_MAX);
    text_init(&prober->value, TEXT_BYTES_MAX);
}

static void prober_deinit(struct prober *prober)
{
    text_deinit(&prober->body);
    text_deinit(&prober->path);
    text_deinit(&prober->reply);
    text_deinit(&prober->value);
}

/* ---- asking ---- */

static void ask(struct prober *prober, const struct probe *probe, const char *value)
{
    struct talk *talk = &prober->script->talk;

    text_reset(&prober->body);
    text_reset(&prober->path);
    probe_write(probe, value, &prober->body);
    probe_path(probe, &prober->path);
    script_send(prober->script, talk, operation_names[probe->operation], text_bytes(&prober->body));
    talk_receive(talk);
    prober->count++;
}

static void fail_probe(const struct prober *prober, const char *expected)
{
    const struct talk *talk = &prober->script->talk;

    fail_msg("%.*s\nis answered %d %.*s\nand not %s",
             BYTES_FMT(character_prefix(text_bytes(&prober->body), 300)), talk_status(talk),
             BYTES_FMT(talk->body), expected);
}

static void expect_fault(struct prober *prober, const char *type, const char *text_member,
                         struct bytes message)
{
    const struct talk *talk = &prober->script->talk;
    struct text *reply = &prober->reply;

    text_reset(reply);
    text_printf(reply, "{\"__type\":\"%s\",\"%s\":", type, text_member);
    json_write_string(reply, message);
    text_append_char(reply, '}');
    if (talk_status(talk) != 400 || !bytes_equal(talk->body, text_bytes(reply))) {
        text_append_char(reply, '\0');
        fail_probe(prober, reply->ptr);
    }
}

/* Of the member itself, or of what `suffix` says in it. */
static void expect_problem(struct prober *prober, const char *suffix, const char *shown,
                           const char *constraint)
{
    struct text message;

    text_init(&message, TEXT_BYTES_MAX);
    text_printf(
        &message,
        "1 validation error detected: Value %s at '%.*s%s' failed to satisfy constraint: %s", shown,
        BYTES_FMT(text_bytes(&prober->path)), suffix, constraint);
    expect_fault(prober, VALIDATION, "message", text_bytes(&message));
    text_deinit(&message);
}

/* Whatever is answered, nothing was wrong with the member: with its form, for an ARN names a domain
 * besides. */
static void expect_nothing_wrong(struct prober *prober)
{
    static const char no_arn[] = "Member must be the ARN of a domain";
    struct bytes body = prober->script->talk.body;
    char complaint[256];
    int length = snprintf(complaint, sizeof(complaint), "at '%.*s",
                          BYTES_FMT(text_bytes(&prober->path)));

    if (body.len > 0 && memmem(body.ptr, body.len, no_arn, strlen(no_arn)))
        return;
    if (body.len > 0 && memmem(body.ptr, body.len, complaint, (size_t)length))
        fail_probe(prober, "without complaint");
}

/* A JSON string of `count` times `unit`, with `last` at its end. */
static const char *repeated(struct prober *prober, const char *unit, int32_t count,
                            const char *last)
{
    text_reset(&prober->value);
    text_append_char(&prober->value, '"');
    for (int32_t i = 1; i < count; i++)
        text_append_cstr(&prober->value, unit);
    if (count > 0)
        text_append_cstr(&prober->value, last);
    text_append(&prober->value, bytes_of("\"", 2)); /* and a NUL */
    return prober->value.ptr;
}

/* ---- what must be there ---- */

static void probe_required(const struct probe *probe, void *context)
{
    struct prober *prober = context;

    ask(prober, probe, NULL);
    expect_problem(prober, "", "null", "Member must not be null");
    ask(prober, probe, "null");
    expect_problem(prober, "", "null", "Member must not be null");
}

/* ---- lengths ---- */

static bool is_digits(const struct member *member)
{
    return member->rule == RULE_SECONDS || member->rule == RULE_DURATION ||
           member->rule == RULE_DURATION_OR_NONE || member->rule == RULE_LAMBDA_TIMEOUT ||
           member->rule == RULE_RETENTION_DAYS;
}

static void probe_too_short(struct prober *prober, const struct probe *probe)
{
    if (probe_member(probe)->min == 0)
        return;
    ask(prober, probe, "\"\"");
    expect_problem(prober, "", "''", "Member must have length greater than or equal to 1");
}

static void probe_too_long(struct prober *prober, const struct probe *probe, int32_t max)
{
    const char *unit = is_digits(probe_member(probe)) ? "0" : "x";
    char shown[SHOWN_MAX + 8], constraint[80];

    ask(prober, probe, repeated(prober, unit, max + 1, unit));
    if (max + 1 > SHOWN_MAX)
        snprintf(shown, sizeof(shown), "'%.*s...'", SHOWN_MAX, prober->value.ptr + 1);
    else
        snprintf(shown, sizeof(shown), "'%.*s'", max + 1, prober->value.ptr + 1);
    snprintf(constraint, sizeof(constraint), "Member must have length less than or equal to %d",
             max);
    expect_problem(prober, "", shown, constraint);
}

static void probe_just_long_enough(struct prober *prober, const struct probe *probe, int32_t max)
{
    bool digits = is_digits(probe_member(probe));

    ask(prober, probe, repeated(prober, digits ? "0" : "x", max, digits ? "1" : "x"));
    expect_nothing_wrong(prober);
    if (digits)
        return;
    ask(prober, probe,
        repeated(prober, "\xc3\xa9", max, "\xf0\x9f\x98\x80")); /* characters, not bytes */
    expect_nothing_wrong(prober);
}

#define NO_PRIORITY "Member must be an integer between -2147483648 and 2147483647"

/* What the model gives no length has one by its rule: nothing is kept that is as long as a client
 * likes. */
static void probe_endless(struct prober *prober, const struct probe *probe)
{
    char shown[SHOWN_MAX + 8];

    assert_int_equal(probe_member(probe)->rule, RULE_PRIORITY);
    ask(prober, probe, repeated(prober, "0", 100000, "1"));
    snprintf(shown, sizeof(shown), "'%.*s...'", SHOWN_MAX, prober->value.ptr + 1);
    expect_problem(prober, "", shown, NO_PRIORITY);
}

static void probe_string(struct prober *prober, const struct probe *probe)
{
    int32_t max = probe_member(probe)->max;

    probe_too_short(prober, probe);
    if (max < 0) {
        probe_endless(prober, probe);
        return;
    }
    probe_too_long(prober, probe, max);
    probe_just_long_enough(prober, probe, max);
}

/* A JSON array of `count` times `item`, and how a message shows it. */
static void write_array(const char *item, int count, char *json, char *shown, size_t size)
{
    int at = 0, shown_at = 0;

    for (int i = 0; i < count; i++) {
        at += snprintf(json + at, size - (size_t)at, "%s\"%s\"", i ? "," : "[", item);
        shown_at += snprintf(shown + shown_at, size - (size_t)shown_at, "%s%s", i ? ", " : "'[",
                             item);
    }
    snprintf(json + at, size - (size_t)at, "]");
    snprintf(shown + shown_at, size - (size_t)shown_at, "]'");
}

static void probe_list_length(struct prober *prober, const struct probe *probe)
{
    int32_t max = probe_member(probe)->max;
    char json[256], shown[256], constraint[80];

    if (max < 0)
        return;
    write_array("x", max + 1, json, shown, sizeof(json));
    ask(prober, probe, json);
    snprintf(constraint, sizeof(constraint), "Member must have length less than or equal to %d",
             max);
    expect_problem(prober, "", shown, constraint);
    write_array("x", max, json, shown, sizeof(json));
    ask(prober, probe, json);
    expect_nothing_wrong(prober);
}

static void probe_item_length(struct prober *prober, const struct probe *probe)
{
    const struct member *member = probe_member(probe);
    char item[512], json[600], shown[520], constraint[80];

    memset(item, 'x', sizeof(item));
    snprintf(json, sizeof(json), "[\"x\",\"%.*s\"]", member->item_max + 1, item);
    ask(prober, probe, json);
    snprintf(shown, sizeof(shown), "'%.*s'", member->item_max + 1, item);
    snprintf(constraint, sizeof(constraint), "Member must have length less than or equal to %d",
             member->item_max);
    expect_problem(prober, ".2.member", shown, constraint);
    snprintf(json, sizeof(json), "[\"x\",\"%.*s\"]", member->item_max, item);
    ask(prober, probe, json);
    expect_nothing_wrong(prober);
    if (member->item_min == 0)
        return;
    ask(prober, probe, "[\"x\",\"\"]");
    expect_problem(prober, ".2.member", "''", "Member must have length greater than or equal to 1");
}

static void probe_length(const struct probe *probe, void *context)
{
    struct prober *prober = context;

    if (probe_member(probe)->kind == KIND_STRING) {
        probe_string(prober, probe);
        return;
    }
    probe_list_length(prober, probe);
    probe_item_length(prober, probe);
}

/* ---- words and numbers ---- */

static void probe_word(struct prober *prober, const struct probe *probe)
{
    const struct enumeration *words = probe_member(probe)->enumeration;
    char text[1024];

    snprintf(text, sizeof(text), "Member must satisfy enum value set: [%s]", words->printed);
    ask(prober, probe, "\"NONSENSE\"");
    expect_problem(prober, "", "'NONSENSE'", text);
    ask(prober, probe, "\"\"");
    expect_problem(prober, "", "''", text);
    for (int i = 1; i <= words->count; i++) {
        snprintf(text, sizeof(text), "\"%s\"", words->names[i]);
        ask(prober, probe, text);
        expect_nothing_wrong(prober);
    }
}

static void probe_number(struct prober *prober, const struct probe *probe)
{
    const struct member *member = probe_member(probe);
    char value[16], shown[20], constraint[80];

    ask(prober, probe, "-1");
    expect_problem(prober, "", "'-1'", "Member must have value greater than or equal to 0");
    snprintf(value, sizeof(value), "%d", member->max + 1);
    snprintf(shown, sizeof(shown), "'%s'", value);
    snprintf(constraint, sizeof(constraint), "Member must have value less than or equal to %d",
             member->max);
    ask(prober, probe, value);
    expect_problem(prober, "", shown, constraint);
    ask(prober, probe, "0");
    expect_nothing_wrong(prober);
    snprintf(value, sizeof(value), "%d.9", member->max); /* fractions are floored */
    ask(prober, probe, value);
    expect_nothing_wrong(prober);
}

static void probe_value(const struct probe *probe, void *context)
{
    struct prober *prober = context;

    if (probe_member(probe)->kind == KIND_ENUM)
        probe_word(prober, probe);
    else
        probe_number(prober, probe);
}

/* ---- the service's own rules ---- */

#define NO_NAME                                        \
    "Member must satisfy regular expression pattern: " \
    "(?!arn$)[^:/|\\u0000-\\u001f\\u007f-\\u009f]+"
#define NO_FREE_NAME                                   \
    "Member must satisfy regular expression pattern: " \
    "(?!arn$)[^\\u0000-\\u001f\\u007f-\\u009f]+"
#define NOT_TRIMMED "Member must not begin or end with white space"
#define NO_DURATION "Member must be a number of seconds between 0 and 31536000"
#define NO_DURATION_OR_NONE "Member must be NONE or a number of seconds between 0 and 31536000"
#define NO_LAMBDA_TIMEOUT "Member must be NONE or a number of seconds between 1 and 900"
#define NO_RETENTION "Member must be NONE or a number of days between 0 and 90"
#define NO_SECONDS "Member must satisfy regular expression pattern: [0-9]+"
#define NO_TAG_TEXT "Member must satisfy regular expression pattern: [\\p{L}\\p{N}\\s_.:/=+\\-@]*"

/* constraint NULL: the value is right */
static const struct {
    enum rule rule;
    const char *value, *constraint;
} rule_cases[] = {
    { RULE_NAME, "a:b", NO_NAME },
    { RULE_NAME, "a/b", NO_NAME },
    { RULE_NAME, "a|b", NO_NAME },
    { RULE_NAME, "arn", NO_NAME },
    { RULE_NAME, "a\tb", NO_NAME },
    { RULE_NAME, "a\x1f", NO_NAME },
    { RULE_NAME, "\x7f", NO_NAME },
    { RULE_NAME, "\xc2\x85", NO_NAME },
    { RULE_NAME, "\xc2\x9f", NO_NAME },
    { RULE_NAME, "barn", NULL },
    { RULE_NAME, "arns", NULL },
    { RULE_NAME, "ARN", NULL },
    { RULE_NAME, "a b.c-d_e{f}\"g\"", NULL },
    { RULE_NAME_TRIMMED, "a:b", NO_NAME },
    { RULE_NAME_TRIMMED, "arn", NO_NAME },
    { RULE_NAME_TRIMMED, " a", NOT_TRIMMED },
    { RULE_NAME_TRIMMED, "a ", NOT_TRIMMED },
    { RULE_NAME_TRIMMED,
      "\xe3\x80\x80"
      "a",
      NOT_TRIMMED },
    { RULE_NAME_TRIMMED, "a b", NULL },
    { RULE_FREE_NAME, "arn", NO_FREE_NAME },
    { RULE_FREE_NAME, "a\tb", NO_FREE_NAME },
    { RULE_FREE_NAME, "\x7f", NO_FREE_NAME },
    { RULE_FREE_NAME, "\xc2\x9f", NO_FREE_NAME },
    { RULE_FREE_NAME, "22+a/b=:1|x", NULL },
    { RULE_TASK_LIST_TRIMMED, "a/b", NO_NAME },
    { RULE_TASK_LIST_TRIMMED, " a", NOT_TRIMMED },
    { RULE_TASK_LIST_TRIMMED, "a ", NOT_TRIMMED },
    { RULE_TASK_LIST_TRIMMED, "a b", NULL },
    { RULE_SECONDS, "NONE", NO_SECONDS },
    { RULE_SECONDS, "-1", NO_SECONDS },
    { RULE_SECONDS, "1.5", NO_SECONDS },
    { RULE_SECONDS, "0", NULL },
    { RULE_SECONDS, "99999999", NULL },
    { RULE_DURATION, "NONE", NO_DURATION },
    { RULE_DURATION, "31536001", NO_DURATION },
    { RULE_DURATION, "-1", NO_DURATION },
    { RULE_DURATION, "+1", NO_DURATION },
    { RULE_DURATION, "1 ", NO_DURATION },
    { RULE_DURATION, "1.5", NO_DURATION },
    { RULE_DURATION, "0", NULL },
    { RULE_DURATION, "31536000", NULL },
    { RULE_DURATION, "", NULL },
    { RULE_DURATION_OR_NONE, "none", NO_DURATION_OR_NONE },
    { RULE_DURATION_OR_NONE, "31536001", NO_DURATION_OR_NONE },
    { RULE_DURATION_OR_NONE, "-1", NO_DURATION_OR_NONE },
    { RULE_DURATION_OR_NONE, "abc", NO_DURATION_OR_NONE },
    { RULE_DURATION_OR_NONE, "NONE", NULL },
    { RULE_DURATION_OR_NONE, "0", NULL },
    { RULE_DURATION_OR_NONE, "31536000", NULL },
    { RULE_DURATION_OR_NONE, "", NULL },
    { RULE_LAMBDA_TIMEOUT, "0", NO_LAMBDA_TIMEOUT },
    { RULE_LAMBDA_TIMEOUT, "901", NO_LAMBDA_TIMEOUT },
    { RULE_LAMBDA_TIMEOUT, "1", NULL },
    { RULE_LAMBDA_TIMEOUT, "900", NULL },
    { RULE_LAMBDA_TIMEOUT, "NONE", NULL },
    { RULE_PRIORITY, "2147483648", NO_PRIORITY },
    { RULE_PRIORITY, "-2147483649", NO_PRIORITY },
    { RULE_PRIORITY, "high", NO_PRIORITY },
    { RULE_PRIORITY, "", NO_PRIORITY },
    { RULE_PRIORITY, "1.0", NO_PRIORITY },
    { RULE_PRIORITY, "2147483647", NULL },
    { RULE_PRIORITY, "-2147483648", NULL },
    { RULE_RETENTION_DAYS, "91", NO_RETENTION },
    { RULE_RETENTION_DAYS, "-1", NO_RETENTION },
    { RULE_RETENTION_DAYS, "none", NO_RETENTION },
    { RULE_RETENTION_DAYS, "0", NULL },
    { RULE_RETENTION_DAYS, "90", NULL },
    { RULE_RETENTION_DAYS, "NONE", NULL },
    { RULE_TAG_TEXT, "a!", NO_TAG_TEXT },
    { RULE_TAG_TEXT, "a\"", NO_TAG_TEXT },
    { RULE_TAG_TEXT, "a_b.c:d/e=f+g-h@i j1\xc3\xa9", NULL },
};

static void probe_rule_case(struct prober *prober, const struct probe *probe, const char *value,
                            const char *constraint)
{
    bool in_list = probe_member(probe)->rule == RULE_TASK_LIST_TRIMMED;
    struct text json;
    char shown[64];

    text_init(&json, TEXT_BYTES_MAX);
    text_append_cstr(&json, in_list ? "{\"name\":" : "");
    json_write_string(&json, bytes_of_cstr(value));
    text_append_cstr(&json, in_list ? "}" : "");
    text_append_char(&json, '\0');
    ask(prober, probe, json.ptr);
    text_deinit(&json);
    snprintf(shown, sizeof(shown), "'%s'", value);
    if (constraint)
        expect_problem(prober, in_list ? ".name" : "", shown, constraint);
    else
        expect_nothing_wrong(prober);
}

/* White space at the ends of a name is all right, but not in some task lists. */
static void probe_untrimmed_name(const struct probe *probe, void *context)
{
    const struct member *list = probe->depth > 1 ? probe->chain[probe->depth - 2] : NULL;

    if (probe_member(probe)->rule == RULE_NAME && !(list && list->rule == RULE_TASK_LIST_TRIMMED))
        probe_rule_case(context, probe, " a ", NULL);
}

static void probe_rules(const struct probe *probe, void *context)
{
    const struct member *member = probe_member(probe);

    probe_untrimmed_name(probe, context);
    for (size_t i = 0; i < sizeof(rule_cases) / sizeof(rule_cases[0]); i++) {
        if (rule_cases[i].rule == member->rule)
            probe_rule_case(context, probe, rule_cases[i].value, rule_cases[i].constraint);
    }
}

/* ---- types of JSON ---- */

#define NO_SCALAR "Start of structure or map found where not expected"
#define NO_LIST "Unexpected field type"

static const struct {
    enum kind kind;
    const char *value, *message;
} type_cases[] = {
    { KIND_STRING, "5", "NUMBER_VALUE cannot be converted to String" },
    { KIND_STRING, "1.5", "DECIMAL_VALUE cannot be converted to String" },
    { KIND_STRING, "true", "TRUE_VALUE cannot be converted to String" },
    { KIND_STRING, "false", "FALSE_VALUE cannot be converted to String" },
    { KIND_STRING, "{}", NO_SCALAR },
    { KIND_STRING, "[]", "Unrecognized collection type class java.lang.String" },
    { KIND_ENUM, "5", "NUMBER_VALUE cannot be converted to String" },
    { KIND_ENUM, "{}", NO_SCALAR },
    { KIND_INTEGER, "\"5\"", "STRING_VALUE cannot be converted to Integer" },
    { KIND_INTEGER, "true", "TRUE_VALUE cannot be converted to Integer" },
    { KIND_INTEGER, "{}", NO_SCALAR },
    { KIND_BOOLEAN, "\"true\"", "STRING_VALUE cannot be converted to Boolean" },
    { KIND_BOOLEAN, "1", "NUMBER_VALUE cannot be converted to Boolean" },
    { KIND_TIMESTAMP, "\"5\"", "STRING_VALUE cannot be converted to Date" },
    { KIND_TIMESTAMP_AT, "\"5\"", "STRING_VALUE cannot be converted to Date" },
    { KIND_STRUCT, "\"x\"", NO_LIST },
    { KIND_STRUCT, "5", NO_LIST },
    { KIND_STRUCT, "[]", NO_LIST },
    { KIND_STRING_LIST, "\"x\"", NO_LIST },
    { KIND_STRING_LIST, "{}", NO_SCALAR },
    { KIND_STRING_LIST, "[5]", "NUMBER_VALUE cannot be converted to String" },
    { KIND_STRUCT_LIST, "\"x\"", NO_LIST },
    { KIND_STRUCT_LIST, "{}", NO_SCALAR },
    { KIND_STRUCT_LIST, "[5]", NO_LIST },
};

static void probe_types(const struct probe *probe, void *context)
{
    struct prober *prober = context;

    for (size_t i = 0; i < sizeof(type_cases) / sizeof(type_cases[0]); i++) {
        if (type_cases[i].kind != probe_member(probe)->kind)
            continue;
        ask(prober, probe, type_cases[i].value);
        expect_fault(prober, "com.amazon.coral.service#SerializationException", "Message",
                     bytes_of_cstr(type_cases[i].message));
    }
}

/* ---- all of it for all operations ---- */

static bool is_required(const struct member *member)
{
    return member->required;
}

static bool has_length(const struct member *member)
{
    return member->kind == KIND_STRING_LIST || member->kind == KIND_STRING;
}

static bool has_values(const struct member *member)
{
    return member->kind == KIND_ENUM || member->kind == KIND_INTEGER;
}

static bool has_rule(const struct member *member)
{
    return member->rule != RULE_NONE;
}

static bool has_type(const struct member *member)
{
    (void)member;
    return true;
}

static const struct aspect {
    const char *name;
    bool (*applies)(const struct member *member);
    void (*visit)(const struct probe *probe, void *context);
} aspects[] = {
    { "members that must be there", is_required, probe_required },
    { "lengths", has_length, probe_length },
    { "words and numbers", has_values, probe_value },
    { "rules", has_rule, probe_rules },
    { "types", has_type, probe_types },
};
#define ASPECT_COUNT (sizeof(aspects) / sizeof(aspects[0]))

struct row {
    enum operation operation;
    const struct aspect *aspect;
    struct script *script;
    struct prober prober;
    int members; /* to which the aspect applies */
};

static void count_member(const struct probe *probe, void *context)
{
    struct row *row = context;

    row->members += row->aspect->applies(probe_member(probe));
}

static void visit_member(const struct probe *probe, void *context)
{
    struct row *row = context;

    if (row->aspect->applies(probe_member(probe)))
        row->aspect->visit(probe, &row->prober);
}

static int row_setup(void **state)
{
    struct row *row = *state;

    row->script = script_new(&(struct whole_server_options){ .limits = LIMITS_DOCUMENTED });
    prober_init(&row->prober, row->script);
    return 0;
}

static int row_teardown(void **state)
{
    struct row *row = *state;

    prober_deinit(&row->prober);
    script_free(row->script);
    return 0;
}

static void test_row(void **state)
{
    struct row *row = *state;

    probe_each(row->operation, visit_member, row);
    assert_true(row->prober.count >= row->members);
}

static_assert(OPERATION_COUNT == 39, "the service has 39 operations");
#define ROW_COUNT (OPERATION_COUNT * ASPECT_COUNT)

int main(void)
{
    static struct row rows[ROW_COUNT];
    static struct CMUnitTest tests[ROW_COUNT];
    static char names[ROW_COUNT][80];
    size_t count = 0;

    unsetenv("WEIR_SEEN"); /* what else a value without fault is answered is looked at by nobody */
    for (size_t i = 0; i < ROW_COUNT; i++) {
        struct row *row = &rows[count];
        *row = (struct row){ .operation = (enum operation)(i / ASPECT_COUNT),
                             .aspect = &aspects[i % ASPECT_COUNT] };
        probe_each(row->operation, count_member, row);
        if (row->members == 0)
            continue;
        snprintf(names[count], sizeof(names[count]), "%s: %s", operation_names[row->operation],
                 row->aspect->name);
        tests[count] = (struct CMUnitTest){ names[count], test_row, row_setup, row_teardown, row };
        count++;
    }
    return _cmocka_run_group_tests("constraints", tests, count, NULL, NULL);
}
