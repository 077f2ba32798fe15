/* What one turn takes on, and what not: all that comes to one run at the same time, polls for
 * nobody; and one that takes too long. What the last one leaves to none. */
#include "asked.h"
#include "base/random.h"
#include "service/inner.h"
#include "store/layout.h"
#include "store/memory/memory.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>
/* after its prerequisites */
#include <cmocka.h>

/* So many activities that room for each in the transaction of each would be more than a turn has.
 */
#define MANY 7000

struct fixture {
    struct arena arena;
    struct world world;
    struct random_sequence sequence;
    struct instant now;
    struct store *store;
    struct service *service;
    struct json_reader *json;
};

static struct instant read_clock(void *context)
{
    return ((struct fixture *)context)->now;
}

static void fill(void *context, void *out, size_t len)
{
    random_fill(&((struct fixture *)context)->sequence, out, len);
}

/* ---- asking ---- */

static void count_answer(struct call *call)
{
    ++*(uint32_t *)call->owner;
}

/* A call on its way into the service; *answers is one more when it is back. */
static struct call *submit(struct fixture *fixture, enum operation operation, struct bytes text,
                           uint32_t *answers)
{
    struct call *call = asked(fixture->json, &fixture->arena, operation, text);

    call->owner = answers;
    call->on_answer = count_answer;
    service_submit(fixture->service, call);
    return call;
}

static void turn(struct fixture *fixture)
{
    assert_int_equal(service_turn(fixture->service), OK);
}

/* Turns until there is nothing left to do; how many. */
static int turns(struct fixture *fixture)
{
    int count = 0;

    do {
        turn(fixture);
        count++;
    } while (service_idle(fixture->service).ms == 0);
    return count;
}

/* An answered call; free with call_free. */
static struct call *ask(struct fixture *fixture, enum operation operation, struct bytes text)
{
    uint32_t answers = 0;
    struct call *call = submit(fixture, operation, text, &answers);

    turns(fixture);
    assert_int_equal(answers, 1);
    assert_int_equal(call->fault.code, FAULT_NONE);
    return call;
}

static void do_it(struct fixture *fixture, enum operation operation, struct bytes text)
{
    call_free(ask(fixture, operation, text));
}

/* ---- a run ---- */

static int set_up(void **state)
{
    static const uint8_t key[SERVER_KEY_BYTES] = "a key of the test";
    static struct fixture fixture;
    struct service_config config = {
        .world = &fixture.world,
        .limits = LIMITS_DOCUMENTED,
        .region = BYTES("us-east-1"),
        .recent_bytes_max = 1u << 20,
    };

    fixture = (struct fixture){ .sequence = { 7 }, .now = { INT64_C(1767225600000) } };
    arena_init(&fixture.arena, "test", (size_t)1 << 28);
    fixture.world = (struct world){ &fixture, read_clock, read_clock, fill };
    fixture.json = json_reader_new();
    assert_int_equal(layout_open(kv_memory_new(), key, &fixture.store), OK);
    config.store = fixture.store;
    config.limits.open_activities = 0;
    assert_int_equal(service_open(&config, &fixture.service), OK);
    do_it(&fixture, OPERATION_REGISTER_DOMAIN, ASKED_DOMAIN);
    do_it(&fixture, OPERATION_REGISTER_WORKFLOW_TYPE, ASKED_WORKFLOW_TYPE);
    do_it(&fixture, OPERATION_REGISTER_ACTIVITY_TYPE,
          BYTES("{'domain':'d','name':'a','version':'1','defaultTaskStartToCloseTimeout':'10',"
                "'defaultTaskScheduleToStartTimeout':'10','defaultTaskHeartbeatTimeout':'NONE',"
                "'defaultTaskScheduleToCloseTimeout':'NONE','defaultTaskList':{'name':'l'}}"));
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    service_close(fixture->service);
    store_close(fixture->store);
    json_reader_free(fixture->json);
    arena_deinit(&fixture->arena);
    return 0;
}

static struct bytes schedule_all(struct fixture *fixture, int count)
{
    struct text decisions;
    struct bytes copy;

    text_init(&decisions, 16u << 20);
    for (int i = 0; i < count; i++)
        text_printf(&decisions,
                    "%s{'decisionType':'ScheduleActivityTask',"
                    "'scheduleActivityTaskDecisionAttributes':{'activityId':'%d',"
                    "'activityType':{'name':'a','version':'1'}}}",
                    i ? "," : "", i);
    copy = arena_copy(&fixture->arena, text_bytes(&decisions));
    text_deinit(&decisions);
    return copy;
}

/* A run with so many activities, which were all scheduled at once. */
static struct run *run_with(struct fixture *fixture, int count)
{
    struct call *task;
    struct bytes token;

    do_it(fixture, OPERATION_START_WORKFLOW_EXECUTION,
          BYTES("{'domain':'d','workflowId':'x','workflowType':{'name':'w','version':'1'}}"));
    task = ask(fixture, OPERATION_POLL_FOR_DECISION_TASK,
               BYTES("{'domain':'d','taskList':{'name':'l'}}"));
    token = ((const struct decision_task_output *)task->output)->task_token;
    do_it(fixture, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
          arena_printf(&fixture->arena, "{'taskToken':'%.*s','decisions':[%.*s]}", BYTES_FMT(token),
                       BYTES_FMT(schedule_all(fixture, count))));
    call_free(task);
    return runs_first_due(&fixture->service->runs, (struct instant){ INT64_MAX - 1 })->run;
}

/* ---- */

/* What the turns take for them grows with their number, not with its square. */
static void thousands_of_activities_time_out_together(void **state)
{
    struct fixture *fixture = *state;
    struct run *run = run_with(fixture, MANY);

    fixture->now.ms += 10000;
    assert_int_equal(run->execution->activity_count, MANY);
    assert_in_range(turns(fixture), 1, 3);
    assert_int_equal(run->execution->activity_count, 0);
}

/* The longest details, each character of which the history spells with six. */
static struct bytes long_details(struct fixture *fixture)
{
    struct text text;
    struct bytes copy;

    text_init(&text, 1u << 16);
    for (int i = 0; i < 2048; i++)
        text_append(&text, BYTES("\\u0001"));
    copy = arena_copy(&fixture->arena, text_bytes(&text));
    text_deinit(&text);
    return copy;
}

/* Starts an activity, which will have much to say when its time is out. */
static void start_and_beat(struct fixture *fixture, struct bytes details)
{
    struct call *task = ask(fixture, OPERATION_POLL_FOR_ACTIVITY_TASK,
                            BYTES("{'domain':'d','taskList':{'name':'l'}}"));
    struct bytes token = ((const struct activity_task_output *)task->output)->task_token;

    do_it(fixture, OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT,
          arena_printf(&fixture->arena, "{'taskToken':'%.*s','details':'%.*s'}", BYTES_FMT(token),
                       BYTES_FMT(details)));
    call_free(task);
    arena_reset(&fixture->arena);
}

/* What one turn has no room for the next ones do, before anything else is done with the run. */
static void what_is_due_in_one_run_may_take_several_turns(void **state)
{
    enum { COUNT = 1000 }; /* 12 MB of details */
    struct fixture *fixture = *state;
    struct run *run = run_with(fixture, COUNT);
    struct bytes details = long_details(fixture);
    struct call *signal, *decider;
    char kept[2048 * 6];
    uint32_t answers = 0;

    memcpy(kept, details.ptr, details.len);
    for (int i = 0; i < COUNT; i++)
        start_and_beat(fixture, bytes_of(kept, sizeof kept));
    decider = submit(fixture, OPERATION_POLL_FOR_DECISION_TASK,
                     BYTES("{'domain':'d','taskList':{'name':'l'}}"), &answers);
    turn(fixture);
    fixture->now.ms += 10000;
    signal = submit(fixture, OPERATION_SIGNAL_WORKFLOW_EXECUTION,
                    BYTES("{'domain':'d','workflowId':'x','signalName':'s'}"), &answers);
    turn(fixture);
    assert_in_range(run->execution->activity_count, 1, COUNT - 1);
    assert_int_equal(answers, 0);
    assert_int_equal(service_idle(fixture->service).ms, 0);
    turns(fixture);
    assert_int_equal(run->execution->activity_count, 0);
    assert_int_equal(answers, 2);
    /* The task shows all of it, and was handed out before the signal came. */
    assert_int_equal(((const struct decision_task_output *)decider->output)->started_event_id,
                     run->execution->next_event_id - 3);
    call_free(signal);
    call_free(decider);
}

/* A poll whose client hangs up while the call is on its way is not held, and takes no place. */
static void a_poll_is_not_held_for_a_client_that_is_gone(void **state)
{
    struct fixture *fixture = *state;
    uint32_t answers = 0;
    struct call *poll = submit(fixture, OPERATION_POLL_FOR_ACTIVITY_TASK,
                               BYTES("{'domain':'d','taskList':{'name':'l'}}"), &answers);

    assert_true(service_abandon(fixture->service, poll));
    turn(fixture);
    assert_int_equal(answers, 1);
    assert_int_equal(service_figures(fixture->service).parked_polls, 0);
    call_free(poll);
}

/* Asked whether a call may be made, it has somebody else hang up. */
struct distraction {
    struct authority face;
    struct service *service;
    struct call *poll;
};

static bool hang_up(const struct authority *authority, const struct access_question *question,
                    struct arena *arena)
{
    const struct distraction *own = (const struct distraction *)authority;

    (void)question, (void)arena;
    return service_abandon(own->service, own->poll);
}

static void release_nothing(struct authority *authority)
{
    (void)authority;
}

/* The word that its client is gone comes after the last turn looked for such words, and before it
 * comes to the poll. */
static void a_poll_whose_client_goes_in_the_last_turn_comes_back(void **state)
{
    static const struct authority_kind kind = { .may = hang_up, .release = release_nothing };
    struct fixture *fixture = *state;
    uint32_t answers = 0;
    struct call *call = submit(fixture, OPERATION_DESCRIBE_DOMAIN, BYTES("{'name':'d'}"), &answers);
    struct call *poll = submit(fixture, OPERATION_POLL_FOR_ACTIVITY_TASK,
                               BYTES("{'domain':'d','taskList':{'name':'l'}}"), &answers);
    struct distraction distraction = { { .kind = &kind }, fixture->service, poll };

    call->authority = &distraction.face;
    service_stop(fixture->service);
    assert_int_equal(service_run(fixture->service), OK);
    assert_int_equal(call->fault.code, FAULT_NONE);
    assert_int_equal(answers, 2);
    call_free(call);
    call_free(poll);
}

/* The answer leaves inside a turn, which takes until the polls end. */
static void take_long(struct call *call)
{
    struct fixture *fixture = call->owner;

    fixture->now.ms += (int64_t)LIMITS_DOCUMENTED.poll_seconds * 1000;
}

static void stop_all(struct call *call)
{
    service_stop(call->owner);
}

/* It is reckoned from the end of the turn, however long that took: else the poll would be held for
 * another minute. */
static void what_became_due_during_a_turn_is_done_at_once(void **state)
{
    struct fixture *fixture = *state;
    uint32_t answers = 0;
    struct call *poll = submit(fixture, OPERATION_POLL_FOR_ACTIVITY_TASK,
                               BYTES("{'domain':'d','taskList':{'name':'l'}}"), &answers);
    struct call *call = submit(fixture, OPERATION_DESCRIBE_DOMAIN, BYTES("{'name':'d'}"), &answers);

    poll->owner = fixture->service;
    poll->on_answer = stop_all;
    call->owner = fixture;
    call->on_answer = take_long;
    alarm(30);
    assert_int_equal(service_run(fixture->service), OK);
    alarm(0);
    call_free(poll);
    call_free(call);
}

/* The answer leaves inside a turn, which takes its time with it. */
static void look_on(struct call *call)
{
    struct fixture *fixture = call->owner;

    assert_false(service_is_stalled(fixture->service));
    fixture->now.ms += SERVICE_STALLED_S * 1000 - 1;
    assert_false(service_is_stalled(fixture->service));
    fixture->now.ms++;
    assert_true(service_is_stalled(fixture->service));
}

static void a_turn_that_takes_too_long_is_a_stall(void **state)
{
    struct fixture *fixture = *state;
    uint32_t answers = 0;
    struct call *call = submit(fixture, OPERATION_DESCRIBE_DOMAIN, BYTES("{'name':'d'}"), &answers);

    call->owner = fixture;
    call->on_answer = look_on;
    turn(fixture);
    assert_false(service_is_stalled(fixture->service));
    fixture->now.ms += SERVICE_STALLED_S * 1000;
    assert_false(service_is_stalled(fixture->service)); /* it rests */
    call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(thousands_of_activities_time_out_together, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_due_in_one_run_may_take_several_turns, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_poll_is_not_held_for_a_client_that_is_gone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_poll_whose_client_goes_in_the_last_turn_comes_back,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_became_due_during_a_turn_is_done_at_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_turn_that_takes_too_long_is_a_stall, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
