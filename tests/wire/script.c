#include "script.h"

#include "base/memory.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define TEXT_BYTES_MAX ((size_t)8 << 20)

/* ---- beginning and end ---- */

struct script *script_new(const struct whole_server_options *options)
{
    struct script *script = memory_new(sizeof(*script));

    whole_server_start(&script->whole, options);
    talk_open(&script->talk, script->whole.port);
    return script;
}

void script_forget(struct script *script)
{
    while (script->bound_count > 0) {
        struct bound *bound = &script->bound[--script->bound_count];

        free(bound->value);
        *bound = (struct bound){ 0 };
    }
}

void script_free(struct script *script)
{
    talk_close(&script->talk);
    whole_server_stop(&script->whole);
    script_forget(script);
    memory_free(script);
}

int script_setup(void **state)
{
    *state = script_new(&(struct whole_server_options){ .limits = LIMITS_DOCUMENTED });
    return 0;
}

int script_teardown(void **state)
{
    script_free(*state);
    return 0;
}

/* ---- names ---- */

static struct bound *find_bound(const struct script *script, struct bytes name)
{
    for (int i = 0; i < script->bound_count; i++) {
        if (bytes_equal_cstr(name, script->bound[i].name))
            return (struct bound *)&script->bound[i];
    }
    return NULL;
}

static void bind(struct script *script, struct bytes name, struct bytes value)
{
    struct bound *bound = find_bound(script, name);

    if (!bound) {
        assert_true(script->bound_count < BOUND_MAX && name.len < sizeof(bound->name));
        bound = &script->bound[script->bound_count++];
        snprintf(bound->name, sizeof(bound->name), "%.*s", BYTES_FMT(name));
    }
    free(bound->value);
    bound->value = strndup(value.ptr, value.len);
}

void script_bind(struct script *script, const char *name, struct bytes value)
{
    bind(script, bytes_of_cstr(name), value);
}

const char *script_value(const struct script *script, const char *name)
{
    const struct bound *bound = find_bound(script, bytes_of_cstr(name));

    if (!bound)
        fail_msg("<%s> stands for nothing yet", name);
    return bound->value;
}

/* The length of a `<name>` that begins here; 0: none does. */
static size_t name_length(const char *text)
{
    size_t length = 1;

    if (text[0] != '<' || !islower((unsigned char)text[1]))
        return 0;
    while (islower((unsigned char)text[length]) || isdigit((unsigned char)text[length]) ||
           text[length] == '-')
        length++;
    return text[length] == '>' ? length + 1 : 0;
}

static char plain(char c)
{
    return c == '\'' ? '"' : c == '`' ? '\'' : c;
}

/* The template with its names replaced. Where one stands for nothing yet, it takes what `actual`
 * has there, up to the character that follows in the template; without `actual` that is an error.
 */
static void expand(struct script *script, const char *template, const struct bytes *actual,
                   struct text *out)
{
    for (const char *at = template; *at;) {
        size_t length = name_length(at);
        if (length == 0) {
            text_append_char(out, plain(*at++));
            continue;
        }
        struct bytes name = bytes_of(at + 1, length - 2);
        at += length;
        if (!find_bound(script, name)) {
            if (!actual || actual->len <= out->len)
                fail_msg("<%.*s> stands for nothing", BYTES_FMT(name));
            struct bytes rest = bytes_skip(*actual, out->len);
            const char *end = memchr(rest.ptr, plain(*at), rest.len);
            bind(script, name, end ? bytes_of(rest.ptr, (size_t)(end - rest.ptr)) : rest);
        }
        text_append_cstr(out, find_bound(script, name)->value);
    }
}

/* ---- calls ---- */

void script_send(const struct script *script, struct talk *talk, const char *operation,
                 struct bytes body)
{
    struct text whole;

    text_init(&whole, TEXT_BYTES_MAX);
    text_printf(
        &whole,
        "POST / HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nContent-Type: application/x-amz-json-1.0\r\n"
        "X-Amz-Target: SimpleWorkflowService.%s\r\nX-Amz-Date: 20120115T015659Z\r\n"
        "Authorization: AWS4-HMAC-SHA256 "
        "Credential=AKIAIOSFODNN7EXAMPLE/20120115/us-east-1/swf/aws4_request, "
        "SignedHeaders=host;x-amz-date;x-amz-target, Signature=0123456789abcdef\r\n"
        "Content-Length: %zu\r\n\r\n",
        script->whole.port, operation, body.len);
    text_append(&whole, body);
    talk_send(talk, text_bytes(&whole));
    text_deinit(&whole);
}

void script_ask(struct script *script, struct talk *talk, const char *operation,
                const char *request)
{
    struct text body;

    text_init(&body, TEXT_BYTES_MAX);
    expand(script, request, NULL, &body);
    script_send(script, talk, operation, text_bytes(&body));
    text_deinit(&body);
}

static bool is_uuid(struct bytes text)
{
    if (text.len != 36)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text.ptr[i] != '-' : !isxdigit((unsigned char)text.ptr[i]))
            return false;
    }
    return true;
}

/* The bare name of a fault's "__type", which is the first member of its body; absent: no fault. */
static struct bytes fault_name(struct bytes body)
{
    struct bytes name = bytes_skip(body, bytes_starts_with(body, BYTES("{\"__type\":\"")) ? 11 : 0);
    const char *end = name.len < body.len ? memchr(name.ptr, '"', name.len) : NULL;

    if (!end)
        return BYTES_ABSENT;
    name.len = (size_t)(end - name.ptr);
    return bytes_skip(name, bytes_find_last(name, '#') + 1);
}

static void check_headers(const struct talk *talk)
{
    struct bytes fault = fault_name(talk->body);
    struct bytes error = talk_header(talk, "x-amzn-query-error");
    char expected[64] = "";

    assert_true(is_uuid(talk_header(talk, "x-amzn-RequestId")));
    assert_true(bytes_equal_cstr(talk_header(talk, "Content-Type"), "application/x-amz-json-1.0"));
    assert_true(bytes_is_absent(error) == bytes_is_absent(fault));
    if (!bytes_is_absent(fault))
        snprintf(expected, sizeof(expected), "%.*s;Sender", BYTES_FMT(fault));
    assert_true(bytes_equal_cstr(error, expected));
}

static struct bytes some_of(struct bytes text)
{
    return bytes_of(text.ptr, text.len < 300 ? text.len : 300);
}

/* cmocka cuts long messages, so both texts are shown from a little before they part. */
static void fail_reply(const struct script *script, const struct talk *talk, int status,
                       struct bytes expected)
{
    const struct step *step = script->playing;
    size_t same = 0, from;

    while (same < expected.len && same < talk->body.len &&
           expected.ptr[same] == talk->body.ptr[same])
        same++;
    from = same > 60 ? same - 60 : 0;
    fail_msg("%s %.160s\nis answered\n  %d %.*s\nand not\n  %d %.*s",
             step ? step->operation : "a call", step ? step->request : "", talk_status(talk),
             BYTES_FMT(some_of(bytes_skip(talk->body, from))), status,
             BYTES_FMT(some_of(bytes_skip(expected, from))));
}

void script_expect(struct script *script, struct talk *talk, int status, const char *reply)
{
    struct text expected;

    talk_receive(talk);
    text_init(&expected, TEXT_BYTES_MAX);
    expand(script, reply, &talk->body, &expected);
    if (talk_status(talk) != status || !bytes_equal(talk->body, text_bytes(&expected)))
        fail_reply(script, talk, status, text_bytes(&expected));
    text_deinit(&expected);
    check_headers(talk);
}

void play_steps(struct script *script, const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        script->playing = &steps[i];
        script_ask(script, &script->talk, steps[i].operation, steps[i].request);
        script_expect(script, &script->talk, steps[i].status, steps[i].reply);
    }
    script->playing = NULL;
}

void script_advance(struct script *script, int64_t ms)
{
    manual_world_advance(&script->whole.manual, ms);
    PLAY(script, FAULT("DescribeDomain", "{'name':'nobody'}", "UnknownResourceFault",
                       "Unknown domain: nobody"));
}

/* Every call has a turn to itself at least, and a turn delivers what earlier ones owed. */
void script_settle(struct script *script)
{
    for (int i = 0; i < 8; i++)
        script_advance(script, 0);
}

/* ---- common beginnings ---- */

void script_register(struct script *script)
{
    PLAY(script, DO("RegisterDomain", "{'name':'d','workflowExecutionRetentionPeriodInDays':'1'}"),
         DO("RegisterWorkflowType",
            "{'domain':'d','name':'w','version':'1','defaultTaskStartToCloseTimeout':'600',"
            "'defaultExecutionStartToCloseTimeout':'86400','defaultTaskList':{'name':'deciders'},"
            "'defaultChildPolicy':'TERMINATE'}"),
         DO("RegisterActivityType",
            "{'domain':'d','name':'a','version':'1','defaultTaskStartToCloseTimeout':'3600',"
            "'defaultTaskHeartbeatTimeout':'3600','defaultTaskList':{'name':'workers'},"
            "'defaultTaskScheduleToStartTimeout':'3600',"
            "'defaultTaskScheduleToCloseTimeout':'3600'}"));
}

/* One step whose texts are made by printf. */
static void play_formatted(struct script *script, const char *operation, const char *request,
                           const char *reply)
{
    play_steps(script, &(struct step){ operation, request, 200, reply }, 1);
}

void script_start(struct script *script, const char *id)
{
    char request[256], reply[64], task[64];

    snprintf(request, sizeof(request),
             "{'domain':'d','workflowId':'%s','workflowType':{'name':'w','version':'1'}}", id);
    snprintf(reply, sizeof(reply), "{'runId':'<%s-run>'}", id);
    play_formatted(script, "StartWorkflowExecution", request, reply);
    snprintf(task, sizeof(task), "%s-task", id);
    script_decide(script, task);
}

/* The value of a string member at the top of the last reply. */
static struct bytes member_of_reply(const struct script *script, const char *name)
{
    struct bytes body = script->talk.body;
    char wanted[64];

    snprintf(wanted, sizeof(wanted), "\"%s\":\"", name);
    const char *value = memmem(body.ptr, body.len, wanted, strlen(wanted));
    if (!value)
        fail_msg("no %s in %.*s", name, BYTES_FMT(body));
    value += strlen(wanted);
    const char *end = memchr(value, '"', (size_t)(body.ptr + body.len - value));
    return bytes_of(value, (size_t)(end - value));
}

static void take_task(struct script *script, const char *operation, const char *list,
                      const char *name)
{
    char request[128];

    snprintf(request, sizeof(request), "{'domain':'d','taskList':{'name':'%s'}}", list);
    script_ask(script, &script->talk, operation, request);
    talk_receive(&script->talk);
    assert_int_equal(talk_status(&script->talk), 200);
    script_bind(script, name, member_of_reply(script, "taskToken"));
}

void script_decide_on(struct script *script, const char *list, const char *task)
{
    take_task(script, "PollForDecisionTask", list, task);
}

void script_decide(struct script *script, const char *task)
{
    script_decide_on(script, "deciders", task);
}

void script_schedule(struct script *script, const char *task, const char *activity)
{
    char request[512];

    snprintf(request, sizeof(request),
             "{'taskToken':'<%s>','decisions':[{'decisionType':'ScheduleActivityTask',"
             "'scheduleActivityTaskDecisionAttributes':"
             "{'activityId':'%s','activityType':{'name':'a','version':'1'}}}]}",
             task, activity);
    play_formatted(script, "RespondDecisionTaskCompleted", request, "");
    take_task(script, "PollForActivityTask", "workers", activity);
}

void script_expect_history(struct script *script, const char *id, const char *events)
{
    char request[128];
    struct text reply;

    snprintf(request, sizeof(request),
             "{'domain':'d','execution':{'workflowId':'%s','runId':'<%s-run>'}}", id, id);
    text_init(&reply, TEXT_BYTES_MAX);
    text_printf(&reply, "{'events':[%s]}", events);
    text_append_char(&reply, '\0');
    play_formatted(script, "GetWorkflowExecutionHistory", request, reply.ptr);
    text_deinit(&reply);
}
