#include "filled.h"

#include "base/random.h"
#include "service/service.h"
#include "store/layout.h"
#include "store/memory/memory.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include <stdio.h>
#include <stdlib.h>

#define ACCOUNT 123456789012

struct filling {
    struct arena *arena;
    struct world world;
    struct random_sequence sequence;
    int64_t now_ms;
    struct kv *kv;
    struct store *store;
    struct service *service;
    struct json_reader *json;
};

/* ---- a world, and a disk that outlives the store ---- */

static struct instant read_clock(void *context)
{
    return (struct instant){ ((struct filling *)context)->now_ms };
}

static void fill(void *context, void *out, size_t len)
{
    random_fill(&((struct filling *)context)->sequence, out, len);
}

static void open_service(struct filling *filling)
{
    static const uint8_t key[SERVER_KEY_BYTES] = "a key of the test";
    struct service_config config = {
        .world = &filling->world,
        .limits = LIMITS_DOCUMENTED,
        .region = BYTES("us-east-1"),
    };

    ensure(layout_open(filling->kv, key, &filling->store) == OK);
    config.store = filling->store;
    ensure(service_open(&config, &filling->service) == OK);
}

static void close_service(struct filling *filling)
{
    service_close(filling->service);
    store_close(filling->store);
}

static void settle(struct filling *filling)
{
    do
        ensure(service_turn(filling->service) == OK);
    while (service_idle(filling->service).ms == 0);
}

/* ---- calls ---- */

static void on_answer(struct call *call)
{
    *(bool *)call->owner = true;
}

static struct call *call_of(struct filling *filling, enum operation operation, const char *request)
{
    size_t len = strlen(request);
    char *padded = arena_alloc_text(filling->arena, len + JSON_PADDING);
    struct call *call = call_new();

    for (size_t i = 0; i < len; i++)
        padded[i] = request[i] == '\'' ? '"' : request[i];
    call->account = ACCOUNT;
    call->on_answer = on_answer;
    ensure(fault_is_none(decode_request(filling->json, operation, bytes_of(padded, len),
                                        &call->arena, &call->request)));
    return call;
}

/* One turn with one call in it; the reply as JSON. */
static const char *ask(struct filling *filling, enum operation operation, const char *request)
{
    struct call *call = call_of(filling, operation, request);
    bool answered = false;
    struct text reply;
    const char *copy;

    call->owner = &answered;
    service_submit(filling->service, call);
    ensure(service_turn(filling->service) == OK);
    ensure(answered && fault_is_none(call->fault));
    text_init(&reply, 1u << 22);
    encode_reply(&reply, operation, call->output);
    text_append_char(&reply, '\0');
    copy = arena_copy(filling->arena, text_bytes(&reply)).ptr;
    text_deinit(&reply);
    call_free(call);
    return copy;
}

static const char *token_in(struct filling *filling, const char *reply)
{
    const char *name = "\"taskToken\":\"";
    const char *value = strstr(reply, name);

    ensure(value != NULL);
    value += strlen(name);
    return arena_printf(filling->arena, "%.*s%c", (int)(strchr(value, '"') - value), value, '\0')
        .ptr;
}

static const char *poll(struct filling *filling, enum operation operation, const char *list)
{
    return token_in(
        filling,
        ask(filling, operation,
            arena_printf(filling->arena, "{'domain':'d','taskList':{'name':'%s'}}%c", list, '\0')
                .ptr));
}

static void start(struct filling *filling, const char *id, const char *more)
{
    filling->now_ms += 1000;
    ask(filling, OPERATION_START_WORKFLOW_EXECUTION,
        arena_printf(filling->arena,
                     "{'domain':'d','workflowId':'%s','workflowType':{'name':'w','version':'1'},"
                     "'taskList':{'name':'%s'}%s}%c",
                     id, id, more, '\0')
            .ptr);
}

static void decide(struct filling *filling, const char *id, const char *more)
{
    const char *token = poll(filling, OPERATION_POLL_FOR_DECISION_TASK, id);

    filling->now_ms += 1000;
    ask(filling, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
        arena_printf(filling->arena, "{'taskToken':'%s'%s}%c", token, more, '\0').ptr);
}

static void signal_run(struct filling *filling, const char *id)
{
    ask(filling, OPERATION_SIGNAL_WORKFLOW_EXECUTION,
        arena_printf(filling->arena, "{'domain':'d','workflowId':'%s','signalName':'s'}%c", id,
                     '\0')
            .ptr);
}

/* ---- the story ---- */

#define COMPLETE                                                           \
    ",'executionContext':'c','decisions':[{'decisionType':'RecordMarker'," \
    "'recordMarkerDecisionAttributes':{'markerName':'m'}},"                \
    "{'decisionType':'CompleteWorkflowExecution'}]"
#define CONTINUE ",'decisions':[{'decisionType':'ContinueAsNewWorkflowExecution'}]"
#define WORK                                                                     \
    ",'decisions':[{'decisionType':'ScheduleActivityTask',"                      \
    "'scheduleActivityTaskDecisionAttributes':{'activityId':'a','activityType':" \
    "{'name':'a','version':'1'}}},{'decisionType':'StartTimer',"                 \
    "'startTimerDecisionAttributes':{'timerId':'t','startToFireTimeout':'500'}}]"
#define SIGNAL                                                                  \
    ",'decisions':[{'decisionType':'SignalExternalWorkflowExecution',"          \
    "'signalExternalWorkflowExecutionDecisionAttributes':{'workflowId':'open'," \
    "'signalName':'s'}}]"

static void register_all(struct filling *filling)
{
    ask(filling, OPERATION_REGISTER_DOMAIN,
        "{'name':'d','workflowExecutionRetentionPeriodInDays':'7'}");
    ask(filling, OPERATION_REGISTER_WORKFLOW_TYPE,
        "{'domain':'d','name':'w','version':'1','defaultTaskStartToCloseTimeout':'600',"
        "'defaultExecutionStartToCloseTimeout':'86400','defaultTaskList':{'name':'l'},"
        "'defaultChildPolicy':'TERMINATE'}");
    ask(filling, OPERATION_REGISTER_ACTIVITY_TYPE,
        "{'domain':'d','name':'a','version':'1','defaultTaskStartToCloseTimeout':'3600',"
        "'defaultTaskHeartbeatTimeout':'3600','defaultTaskList':{'name':'workers'},"
        "'defaultTaskScheduleToStartTimeout':'3600',"
        "'defaultTaskScheduleToCloseTimeout':'3600'}");
}

static void before_checkpoint(struct filling *filling)
{
    register_all(filling);
    start(filling, "closed", ",'tagList':['red','blue']");
    decide(filling, "closed", COMPLETE);
    start(filling, "again", "");
    decide(filling, "again", CONTINUE);
    start(filling, "open", "");
    start(filling, "waiting", ",'tagList':['red']");
    start(filling, "ended", "");
    start(filling, "idle", ",'tagList':['red','red']");
    settle(filling);
    service_rest(filling->service); /* all open ones get idle rows; that of `idle` stays */
}

static void after_checkpoint(struct filling *filling)
{
    const char *task;

    ask(filling, OPERATION_TERMINATE_WORKFLOW_EXECUTION,
        "{'domain':'d','workflowId':'ended','reason':'r'}");
    decide(filling, "open", WORK);
    task = poll(filling, OPERATION_POLL_FOR_ACTIVITY_TASK, "workers");
    ask(filling, OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT,
        arena_printf(filling->arena, "{'taskToken':'%s','details':'half'}%c", task, '\0').ptr);
    signal_run(filling, "again");
    start(filling, "late", "");
    decide(filling, "late", COMPLETE);
    start(filling, "sender", "");
    signal_run(filling, "waiting");
    decide(filling, "sender", SIGNAL); /* what it sends waits for a turn that does not come */
}

struct pairs filled_pairs(struct arena *arena)
{
    struct filling filling = { .arena = arena,
                               .sequence = { 7 },
                               .now_ms = INT64_C(1767225600000) };
    struct pairs pairs;

    filling.world = (struct world){ &filling, read_clock, read_clock, fill };
    filling.json = json_reader_new();
    filling.kv = kv_memory_new();
    kv_memory_keep(filling.kv, true);
    open_service(&filling);
    before_checkpoint(&filling);
    close_service(&filling);
    open_service(&filling);
    after_checkpoint(&filling);
    pairs = pairs_take(filling.kv, arena); /* as a crash would leave it */
    close_service(&filling);
    kv_memory_keep(filling.kv, false);
    filling.kv->functions->close(filling.kv);
    json_reader_free(filling.json);
    return pairs;
}
