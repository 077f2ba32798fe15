#include "seen/seen.h"

#include "base/text.h"
#include "wire/json.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define SAID_BYTES_MAX ((size_t)1 << 20)
#define WORD_LENGTH_MAX 100

static struct text said; /* every line since seen_begin */

bool seen_is_wanted(void)
{
    return getenv("WEIR_SEEN") != NULL;
}

void seen_begin(void)
{
    text_deinit(&said);
    text_init(&said, SAID_BYTES_MAX);
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    char line[512];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof(line) ||
        (said.len && memmem(said.ptr, said.len, line, (size_t)length)))
        return;
    text_append(&said, bytes_of(line, (size_t)length));
    printf("seen %s", line);
    fflush(stdout); /* in front of what goes to stderr */
}

/* CANCELED, START_TO_CLOSE: as the values of enumerations look. */
static bool is_word(struct bytes text)
{
    if (text.len == 0 || text.len > WORD_LENGTH_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '_' && (text.ptr[i] < 'A' || text.ptr[i] > 'Z'))
            return false;
    }
    return true;
}

/* The member of that name as text; absent when it is not there, or no text. */
static struct bytes text_member(struct json_value object, const char *wanted)
{
    struct json_cursor cursor = json_walk(object);
    struct json_value value;
    struct bytes name;

    while (json_next_member(&cursor, &name, &value)) {
        if (bytes_equal_cstr(name, wanted) && json_kind(value) == JSON_STRING)
            return json_string(value);
    }
    return BYTES_ABSENT;
}

static void look(struct json_value value, struct bytes event);

static void look_into_object(struct json_value object, struct bytes around)
{
    struct json_cursor cursor = json_walk(object);
    struct bytes event = text_member(object, "eventType"), name;
    struct json_value value;

    if (!bytes_is_absent(event))
        say("event %.*s\n", BYTES_FMT(event));
    event = bytes_or(event, around);
    while (json_next_member(&cursor, &name, &value)) {
        if (json_kind(value) == JSON_STRING && is_word(json_string(value)))
            say("word %.*s %.*s %.*s\n", BYTES_FMT(event), BYTES_FMT(name),
                BYTES_FMT(json_string(value)));
        look(value, event);
    }
}

static void look(struct json_value value, struct bytes event)
{
    struct json_cursor cursor;
    struct json_value item;

    if (json_kind(value) == JSON_OBJECT)
        look_into_object(value, event);
    if (json_kind(value) != JSON_ARRAY)
        return;
    cursor = json_walk(value);
    while (json_next_item(&cursor, &item))
        look(item, event);
}

static void look_at_decisions(struct json_value request)
{
    struct json_cursor cursor = json_walk(request), decisions;
    struct json_value value, decision;
    struct bytes name;

    while (json_next_member(&cursor, &name, &value)) {
        if (!bytes_equal_cstr(name, "decisions") || json_kind(value) != JSON_ARRAY)
            continue;
        decisions = json_walk(value);
        while (json_next_item(&decisions, &decision))
            say("decision %.*s\n", BYTES_FMT(text_member(decision, "decisionType")));
    }
}

/* A poll that got no task shows nothing of what it is there for. */
static bool is_empty_poll(struct bytes operation, struct json_value reply)
{
    return bytes_starts_with(operation, BYTES("PollFor")) &&
           text_member(reply, "taskToken").len == 0;
}

static void look_at_answer(struct bytes operation, struct json_value reply)
{
    if (!bytes_is_absent(operation) && !is_empty_poll(operation, reply))
        say("operation %.*s object\n", BYTES_FMT(operation));
    look(reply, BYTES("-"));
}

static void look_at_fault(struct json_value reply)
{
    struct bytes type = text_member(reply, "__type");

    if (!bytes_is_absent(type))
        say("fault %.*s\n", BYTES_FMT(type));
}

void seen_exchange(struct bytes operation, struct bytes request, bool ok, struct bytes reply)
{
    static struct json_reader *json;
    struct json_value root;

    if (!seen_is_wanted())
        return;
    if (json == NULL)
        json = json_reader_new();
    if (ok && reply.len == 0 && !bytes_is_absent(operation))
        say("operation %.*s empty\n", BYTES_FMT(operation));
    if (ok && bytes_equal_cstr(operation, "RespondDecisionTaskCompleted") &&
        json_parse(json, request, &root))
        look_at_decisions(root);
    if (!json_parse(json, reply, &root) || json_kind(root) != JSON_OBJECT)
        return;
    if (ok)
        look_at_answer(operation, root);
    else
        look_at_fault(root);
}

void seen_end(bool ok, struct bytes test, const char *backend)
{
    if (seen_is_wanted())
        printf("%s %.*s on %s\n", ok ? "[       OK ]" : "[  FAILED  ]", BYTES_FMT(test), backend);
}
