/*
 * The request rates of the service, for a server that was told to enforce them.
 */
#include "script.h"
#include <stdio.h>
#include <string.h>

static struct script *throttled_script(bool throttles)
{
    struct limits limits = LIMITS_DOCUMENTED;

    limits.open_activities = limits.open_timers = limits.open_children = 0;
    return script_new(&(struct whole_server_options){ .limits = limits, .throttles = throttles });
}

static int throttled_setup(void **state)
{
    *state = throttled_script(true);
    script_register(*state);
    return 0;
}

#define test(f) cmocka_unit_test_setup_teardown(f, throttled_setup, script_teardown)

#define EXCEEDED_BODY \
    FAULT_BODY("com.amazon.coral.availability#ThrottlingException", "Rate exceeded")
#define EXCEEDED(operation, request)           \
    {                                          \
        operation, request, 400, EXCEEDED_BODY \
    }
#define TAGS "{'resourceArn':'arn:aws:swf:us-east-1:123456789012:/domain/d'}"
#define LIST_TAGS GET("ListTagsForResource", TAGS, "{'tags':[]}")
#define LIST_TAGS_EXCEEDED EXCEEDED("ListTagsForResource", TAGS)

static void repeat(struct script *script, int count, struct step step)
{
    for (int i = 0; i < count; i++)
        play_steps(script, &step, 1);
}

/* ---- the account ---- */

static void an_empty_bucket(void **state)
{
    repeat(*state, 50, (struct step)LIST_TAGS);
    repeat(*state, 3, (struct step)LIST_TAGS_EXCEEDED);
}

static void each_operation_has_its_own(void **state)
{
    repeat(*state, 50, (struct step)LIST_TAGS);
    PLAY(*state, LIST_TAGS_EXCEEDED,
         DO("TagResource", "{'resourceArn':'arn:aws:swf:us-east-1:123456789012:/domain/d',"
                           "'tags':[{'key':'k'}]}"));
}

static void tokens_come_back_with_time(void **state)
{
    repeat(*state, 50, (struct step)LIST_TAGS);
    script_advance(*state, 33); /* 30 a second */
    PLAY(*state, LIST_TAGS_EXCEEDED);
    script_advance(*state, 1);
    PLAY(*state, LIST_TAGS, LIST_TAGS_EXCEEDED);
    script_advance(*state, 1000);
    repeat(*state, 30, (struct step)LIST_TAGS);
    PLAY(*state, LIST_TAGS_EXCEEDED);
}

static void a_bucket_is_never_more_than_full(void **state)
{
    repeat(*state, 50, (struct step)LIST_TAGS);
    script_advance(*state, 3600 * 1000);
    repeat(*state, 50, (struct step)LIST_TAGS);
    PLAY(*state, LIST_TAGS_EXCEEDED);
}

static void a_fault_takes_a_token_too(void **state)
{
#define UNKNOWN_TAGS                                                                               \
    FAULT("ListTagsForResource", "{'resourceArn':'arn:aws:swf:us-east-1:123456789012:/domain/x'}", \
          "UnknownResourceFault", "Unknown domain: x")
    repeat(*state, 50, (struct step)UNKNOWN_TAGS);
    PLAY(*state, LIST_TAGS_EXCEEDED);
}

static void what_is_throttled_does_nothing(void **state)
{
#define KEY(key)                                                     \
    "{'resourceArn':'arn:aws:swf:us-east-1:123456789012:/domain/d'," \
    "'tags':[{'key':'" key "'}]}"
    repeat(*state, 50, (struct step)DO("TagResource", KEY("k")));
    PLAY(*state, EXCEEDED("TagResource", KEY("other")),
         GET("ListTagsForResource", TAGS, "{'tags':[{'key':'k','value':''}]}"));
}

static void nothing_is_counted_unless_asked_for(void **state)
{
    struct script *script = throttled_script(false);

    (void)state;
    script_register(script);
    repeat(script, 60, (struct step)LIST_TAGS);
    script_free(script);
}

/* ---- one execution ---- */

#define SIGNAL_REQUEST(id) "{'domain':'d','workflowId':'" id "','signalName':'s'}"
#define SIGNAL(id) DO("SignalWorkflowExecution", SIGNAL_REQUEST(id))
#define SIGNAL_EXCEEDED(id) EXCEEDED("SignalWorkflowExecution", SIGNAL_REQUEST(id))

static void an_execution_has_a_bucket_of_its_own(void **state)
{
    script_start(*state, "a");
    script_start(*state, "b");
    repeat(*state, 1000, (struct step)SIGNAL("a"));
    PLAY(*state, SIGNAL_EXCEEDED("a"), SIGNAL("b"));
    script_advance(*state, 1); /* 1,000 a second */
    PLAY(*state, SIGNAL("a"), SIGNAL_EXCEEDED("a"));
}

static void cancel_requests_to_one_execution(void **state)
{
#define CANCEL_REQUEST "{'domain':'d','workflowId':'a'}"
    script_start(*state, "a");
    repeat(*state, 200, (struct step)DO("RequestCancelWorkflowExecution", CANCEL_REQUEST));
    PLAY(*state, EXCEEDED("RequestCancelWorkflowExecution", CANCEL_REQUEST));
    script_advance(*state, 5);
    PLAY(*state, DO("RequestCancelWorkflowExecution", CANCEL_REQUEST));
}

static void histories_of_one_execution(void **state)
{
#define HISTORY_REQUEST "{'domain':'d','execution':{'workflowId':'a','runId':'<a-run>'}}"
    script_start(*state, "a");
    repeat(
        *state, 400,
        (struct step)GET("GetWorkflowExecutionHistory", HISTORY_REQUEST, "{'events':[" BEGUN "]}"));
    PLAY(*state, EXCEEDED("GetWorkflowExecutionHistory", HISTORY_REQUEST));
}

static void ask_for_history(struct script *script, int count, int status)
{
    for (int i = 0; i < count; i++) {
        script_ask(script, &script->talk, "GetWorkflowExecutionHistory", HISTORY_REQUEST);
        talk_receive(&script->talk);
        assert_int_equal(talk_status(&script->talk), status);
    }
}

/* The same bucket before and after the close, and another one for the next run of that id. */
static void histories_of_a_closed_execution(void **state)
{
    script_start(*state, "a");
    ask_for_history(*state, 150, 200);
    PLAY(*state, DO("TerminateWorkflowExecution", "{'domain':'d','workflowId':'a'}"));
    ask_for_history(*state, 250, 200);
    PLAY(*state, EXCEEDED("GetWorkflowExecutionHistory", HISTORY_REQUEST));
    script_advance(*state, 5); /* 200 a second */
    ask_for_history(*state, 1, 200);
    ask_for_history(*state, 1, 400);
    script_forget(*state);
    script_start(*state, "a");
    ask_for_history(*state, 1, 200);
}

/* ---- decisions ---- */

/* Answers <task> with `count` decisions, of which each is `format` with its number. */
static void decide(struct script *script, const char *task, int first, int count,
                   const char *format)
{
    struct text request;

    text_init(&request, 1 << 20);
    text_printf(&request, "{'taskToken':'<%s>','decisions':[", task);
    for (int i = 0; i < count; i++) {
        char decision[256];
        snprintf(decision, sizeof(decision), format, first + i);
        text_printf(&request, "%s%s", i ? "," : "", decision);
    }
    text_append(&request, BYTES("]}"));
    text_append_char(&request, '\0');
    play_steps(script, &(struct step)DO("RespondDecisionTaskCompleted", request.ptr), 1);
    text_deinit(&request);
}

static int occurrences(struct bytes text, const char *wanted)
{
    size_t len = strlen(wanted);
    const char *at;
    int count = 0;

    while ((at = memmem(text.ptr, text.len, wanted, len)) != NULL) {
        text = bytes_skip(text, (size_t)(at - text.ptr) + len);
        count++;
    }
    return count;
}

/* How often a text is in the history of <id-run>, page by page. */
static int count_in_history(struct script *script, const char *wanted)
{
    static const char before[] = "\"nextPageToken\":\"";
    const char *token = "";
    int count = 0;

    for (;;) {
        char request[2500];
        snprintf(request, sizeof(request),
                 "{'domain':'d','execution':{'workflowId':'id','runId':'<id-run>'},"
                 "'nextPageToken':'%s'}",
                 token);
        script_ask(script, &script->talk, "GetWorkflowExecutionHistory", request);
        talk_receive(&script->talk);
        assert_int_equal(talk_status(&script->talk), 200);
        struct bytes body = script->talk.body;
        count += occurrences(body, wanted);
        const char *at = memmem(body.ptr, body.len, before, strlen(before));
        if (!at)
            return count;
        at += strlen(before);
        const char *end = memchr(at, '"', (size_t)(body.ptr + body.len - at));
        assert_non_null(end);
        script_bind(script, "next", bytes_of(at, (size_t)(end - at)));
        token = "<next>";
    }
}

/* Of one decision more than the bucket has, the last fails. */
static void expect_last_fails(struct script *script, int burst, const char *decision,
                              const char *event, const char *cause)
{
    char wanted[160];

    script_start(script, "id");
    decide(script, "id-task", 0, burst + 1, decision);
    snprintf(wanted, sizeof(wanted), "\"eventType\":\"%s\"", event);
    assert_int_equal(count_in_history(script, wanted), burst);
    snprintf(wanted, sizeof(wanted), "\"cause\":\"%s\"", cause);
    assert_int_equal(count_in_history(script, wanted), 1);
}

#define TIMER                                                      \
    "{'decisionType':'StartTimer','startTimerDecisionAttributes':" \
    "{'timerId':'%d','startToFireTimeout':'80000'}}"

static void timers(void **state)
{
    expect_last_fails(*state, 2000, TIMER, "TimerStarted", "TIMER_CREATION_RATE_EXCEEDED");
}

static void activities(void **state)
{
    expect_last_fails(*state, 1000,
                      "{'decisionType':'ScheduleActivityTask',"
                      "'scheduleActivityTaskDecisionAttributes':"
                      "{'activityId':'%d','activityType':{'name':'a','version':'1'}}}",
                      "ActivityTaskScheduled", "ACTIVITY_CREATION_RATE_EXCEEDED");
}

static void children(void **state)
{
    expect_last_fails(*state, 500,
                      "{'decisionType':'StartChildWorkflowExecution',"
                      "'startChildWorkflowExecutionDecisionAttributes':"
                      "{'workflowId':'c%d','workflowType':{'name':'w','version':'1'}}}",
                      "StartChildWorkflowExecutionInitiated", "CHILD_CREATION_RATE_EXCEEDED");
}

/* Of one to another workflow more than the bucket has, all are initiated; the last is not sent. */
static void expect_last_is_not_sent(struct script *script, const char *decision, const char *event,
                                    const char *cause)
{
    static const char nobody[] = "\"cause\":\"UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION\"";
    char wanted[160];

    script_start(script, "id");
    decide(script, "id-task", 0, 1201, decision);
    script_settle(script);
    snprintf(wanted, sizeof(wanted), "\"eventType\":\"%s\"", event);
    assert_int_equal(count_in_history(script, wanted), 1201);
    assert_int_equal(count_in_history(script, nobody), 1200);
    snprintf(wanted, sizeof(wanted), "\"cause\":\"%s\"", cause);
    assert_int_equal(count_in_history(script, wanted), 1);
}

static void signals_to_others(void **state)
{
    expect_last_is_not_sent(*state,
                            "{'decisionType':'SignalExternalWorkflowExecution',"
                            "'signalExternalWorkflowExecutionDecisionAttributes':"
                            "{'workflowId':'nobody','signalName':'%d'}}",
                            "SignalExternalWorkflowExecutionInitiated",
                            "SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED");
}

static void cancel_requests_to_others(void **state)
{
    expect_last_is_not_sent(*state,
                            "{'decisionType':'RequestCancelExternalWorkflowExecution',"
                            "'requestCancelExternalWorkflowExecutionDecisionAttributes':"
                            "{'workflowId':'nobody','control':'%d'}}",
                            "RequestCancelExternalWorkflowExecutionInitiated",
                            "REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED");
}

static void decisions_come_back_with_time(void **state)
{
    static const char exceeded[] = "\"cause\":\"TIMER_CREATION_RATE_EXCEEDED\"";

    expect_last_fails(*state, 2000, TIMER, "TimerStarted", "TIMER_CREATION_RATE_EXCEEDED");
    script_decide(*state, "second");
    script_advance(*state, 5); /* 200 a second */
    decide(*state, "second", 3000, 2, TIMER);
    assert_int_equal(count_in_history(*state, "\"eventType\":\"TimerStarted\""), 2001);
    assert_int_equal(count_in_history(*state, exceeded), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(an_empty_bucket),
        test(each_operation_has_its_own),
        test(tokens_come_back_with_time),
        test(a_bucket_is_never_more_than_full),
        test(a_fault_takes_a_token_too),
        test(what_is_throttled_does_nothing),
        cmocka_unit_test(nothing_is_counted_unless_asked_for),
        test(an_execution_has_a_bucket_of_its_own),
        test(cancel_requests_to_one_execution),
        test(histories_of_one_execution),
        test(histories_of_a_closed_execution),
        test(timers),
        test(activities),
        test(children),
        test(signals_to_others),
        test(cancel_requests_to_others),
        test(decisions_come_back_with_time),
    };

    return cmocka_run_group_tests_name("throttles", tests, NULL, NULL);
}
