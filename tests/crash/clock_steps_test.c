/*
 * A wall clock that jumps, hours and years, forward and back, under load and between two lives of
 * the server: its own time never goes back, nothing is early, nothing is lost, polls take as long
 * as they take, and signatures are judged by the wall clock as it is.
 *
 * CRASH_SEED and CRASH_ROUNDS in the environment choose another run and a longer one.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "audit.h"
#include "load.h"
#include "must.h"
#include "peer.h"
#include "process.h"
#include "sound/sound.h"
#include "told/told.h"
#include "wall.h"
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 6
#define STEPS 5 /* of the clock, in a life */
#define TEXT_BYTES_MAX ((size_t)16 << 20)

struct fixture {
    struct scratch scratch;
    char data[SCRATCH_PATH_MAX], log[SCRATCH_PATH_MAX];
    struct wall wall;
    struct process server;
    struct random_sequence random;
    struct text text;
};

static int setup(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){ .random.state = told_number("CRASH_SEED", 7) };
    scratch_init(&fixture.scratch);
    scratch_path(&fixture.scratch, "data", fixture.data);
    scratch_path(&fixture.scratch, "log", fixture.log);
    text_init(&fixture.text, TEXT_BYTES_MAX);
    *state = &fixture;
    return wall_init(&fixture.wall, &fixture.scratch) ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    process_kill(&fixture->server);
    wall_deinit(&fixture->wall);
    text_deinit(&fixture->text);
    scratch_deinit(&fixture->scratch);
    return 0;
}

static void serve(struct fixture *fixture, const char *const arguments[])
{
    process_serve(&fixture->server, fixture->log, fixture->data, arguments,
                  fixture->wall.environment);
    must_listen(&fixture->server);
}

static bool is_logged(struct fixture *fixture, const char *words)
{
    process_read_log(&fixture->server, &fixture->text);
    return log_has_line(text_bytes(&fixture->text), (const char *const[]){ words, NULL });
}

static void assert_sound(struct fixture *fixture)
{
    text_reset(&fixture->text);
    if (!sound_folder(fixture->data, &fixture->text))
        fail_msg("the folder is not sound:\n%.*s", BYTES_FMT(text_bytes(&fixture->text)));
}

/* ---- a workflow of the test's own */

#define OWN_DOMAIN BYTES("own")

static const struct task_list own_list = { BYTES("own") };

static const struct workflow_type own_type = { BYTES("t"), BYTES("1") };

static void register_own(struct caller *caller)
{
    must_register(caller, OWN_DOMAIN, "90", &own_type, &own_list);
}

/* Its run id, in *run_id. */
static void start_own(struct caller *caller, const char *id, const char *timeout,
                      struct text *run_id)
{
    const struct start_workflow_execution_input start = {
        .domain = OWN_DOMAIN,
        .workflow_id = bytes_of_cstr(id),
        .workflow_type = &own_type,
        .task_list = &own_list,
        .execution_start_to_close_timeout = bytes_of_cstr(timeout),
        .task_start_to_close_timeout = BYTES("NONE"),
        .child_policy = CHILD_POLICY_TERMINATE,
    };

    must_call(caller, OPERATION_START_WORKFLOW_EXECUTION, &start);
    text_reset(run_id);
    text_append(run_id, ((const struct run_output *)caller->reply.output)->run_id);
}

/* One poll; its token in *token, empty when there was no task. */
static void poll_once(struct caller *caller, struct text *token)
{
    const struct poll_for_decision_task_input poll = { .domain = OWN_DOMAIN,
                                                       .task_list = &own_list };

    must_call(caller, OPERATION_POLL_FOR_DECISION_TASK, &poll);
    text_reset(token);
    text_append(token, ((const struct decision_task_output *)caller->reply.output)->task_token);
}

static void take_task(struct caller *caller, struct text *token)
{
    do
        poll_once(caller, token);
    while (token->len == 0);
}

static void start_timer(struct caller *caller, struct bytes token, const char *seconds)
{
    const struct start_timer_decision timer = { .timer_id = BYTES("timer"),
                                                .start_to_fire_timeout = bytes_of_cstr(seconds) };
    const struct decision decision = { .decision_type = DECISION_START_TIMER,
                                       .start_timer = &timer };
    const struct respond_decision_task_completed_input answer = { .task_token = token,
                                                                  .decisions = { &decision, 1 } };

    must_call(caller, OPERATION_RESPOND_DECISION_TASK_COMPLETED, &answer);
}

/* When an event of this type happened in the run; the earliest one. Fails when there is none. */
static struct instant time_of(struct caller *caller, const char *id, struct bytes run_id,
                              enum event_type type)
{
    const struct workflow_execution run = { bytes_of_cstr(id), run_id };
    struct event *events;
    size_t count;

    caller_reset(caller);
    assert_int_equal(caller_read_history(caller, OWN_DOMAIN, &run, 0, &events, &count), DONE);
    for (size_t i = 0; i < count; i++)
        if (events[i].type == type)
            return events[i].timestamp;
    fail_msg("no %s in %s", event_type_names[type], id);
    return INSTANT_NEVER;
}

/* A workflow whose timer of a second fires, whatever the clock says: returns when it started. */
static struct instant play_timer(struct caller *caller, const char *id)
{
    struct text run_id, token;

    text_init(&run_id, 256);
    text_init(&token, 2048);
    start_own(caller, id, "31536000", &run_id);
    take_task(caller, &token);
    start_timer(caller, text_bytes(&token), "1");
    take_task(caller, &token);
    struct instant began = time_of(caller, id, text_bytes(&run_id),
                                   EVENT_WORKFLOW_EXECUTION_STARTED);
    struct instant set = time_of(caller, id, text_bytes(&run_id), EVENT_TIMER_STARTED);
    struct instant fired = time_of(caller, id, text_bytes(&run_id), EVENT_TIMER_FIRED);
    assert_true(instant_since(fired, set).ms >= 1000);
    const struct respond_decision_task_completed_input answer = { .task_token = text_bytes(
                                                                      &token) };
    must_call(caller, OPERATION_RESPOND_DECISION_TASK_COMPLETED, &answer);
    text_deinit(&run_id);
    text_deinit(&token);
    return began;
}

/* ---- under load */

struct story {
    struct fixture *fixture;
    struct functions *functions;
    const char *arguments[5];
    struct ledger ledger;
    struct load *load;
    unsigned steps, kills;
};

/* What the clock may say when a server starts: it believes that, if it is ahead, and then runs of
 * the load must not come to the end of their hour. */
static const int64_t at_start[] = { -10 * YEAR_MS, -DAY_MS,  -HOUR_MS, -SECOND_MS, 0,
                                    SECOND_MS,     MINUTE_MS };
/* What it may say later: of more than an hour the server believes nothing. */
static const int64_t later[] = { -10 * YEAR_MS, -DAY_MS, -2 * HOUR_MS, -MINUTE_MS,
                                 -SECOND_MS,    0,       SECOND_MS,    10 * MINUTE_MS,
                                 2 * HOUR_MS,   DAY_MS,  10 * YEAR_MS };

static int64_t pick(struct fixture *fixture, const int64_t steps[], size_t count)
{
    return steps[random_below(&fixture->random, count)];
}

#define PICK(fixture, steps) pick(fixture, steps, sizeof(steps) / sizeof(steps)[0])

static void assert_content(struct story *story)
{
    if (!ledger_is_content(&story->ledger))
        fail_msg("%s", story->ledger.complaint);
}

static void end_server(struct story *story)
{
    struct process *server = &story->fixture->server;

    if (random_below(&story->fixture->random, 2) == 0) {
        process_kill(server);
        load_shut(story->load);
        story->kills++;
    } else {
        process_signal(server, SIGTERM);
        load_shut(story->load);
        assert_int_equal(process_wait(server), 0);
    }
    load_wait_outside(story->load);
}

static void live_once(struct story *story)
{
    struct fixture *fixture = story->fixture;

    wall_set(&fixture->wall, PICK(fixture, at_start));
    serve(fixture, story->arguments);
    assert_true(load_register(fixture->server.endpoint));
    audit(&story->ledger, fixture->server.endpoint, AUDIT_RECENT, &fixture->random);
    assert_content(story);
    load_open(story->load, fixture->server.endpoint);
    for (int i = 0; i < STEPS; i++, story->steps++) {
        wall_set(&fixture->wall, PICK(fixture, later));
        assert_true(load_wait_done(story->load, 1 + random_below(&fixture->random, 150)));
    }
    end_server(story);
    assert_content(story);
    assert_sound(fixture);
}

static bool all_settled(const struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->workflow_count; i++)
        for (const struct run *run = ledger->workflows[i]->runs; run; run = run->next)
            if (!run->settled)
                return false;
    return true;
}

/* The clock is right again, and all that was begun comes to its end. */
static void finish_work(struct story *story)
{
    struct fixture *fixture = story->fixture;

    wall_set(&fixture->wall, 0);
    serve(fixture, story->arguments);
    load_drain(story->load);
    for (int looks = 0; looks < 100; looks++) {
        load_open(story->load, fixture->server.endpoint);
        assert_true(load_wait_done(story->load, 20 + 5 * ledger_open_runs(&story->ledger)));
        load_shut(story->load);
        load_wait_outside(story->load);
        audit(&story->ledger, fixture->server.endpoint, AUDIT_RECENT, &fixture->random);
        assert_content(story);
        if (all_settled(&story->ledger))
            return;
    }
    fail_msg("a workflow does not come to its end");
}

static void test_steps_under_load(void **state)
{
    struct story story = { .fixture = *state, .functions = functions_start() };
    uint64_t rounds = told_number("CRASH_ROUNDS", ROUNDS);

    story.arguments[0] = "--poll-seconds";
    story.arguments[1] = "1";
    story.arguments[2] = "--lambda-endpoint";
    story.arguments[3] = functions_url(story.functions);
    ledger_init(&story.ledger, story.functions);
    story.load = load_new(&story.ledger, story.fixture->random.state);
    for (uint64_t i = 0; i < rounds; i++)
        live_once(&story);
    finish_work(&story);
    struct audit_sum sum = audit(&story.ledger, story.fixture->server.endpoint, AUDIT_ALL,
                                 &story.fixture->random);
    assert_content(&story);
    assert_int_equal(sum.open, 0);
    print_message("%u steps of the clock and %u kills, %llu calls acknowledged, %zu runs with %zu "
                  "events, %zu timers fired\n",
                  story.steps, story.kills, (unsigned long long)load_done(story.load), sum.runs,
                  sum.events, sum.seen[EVENT_TIMER_FIRED]);
    assert_int_equal(process_stop(&story.fixture->server), 0);
    assert_sound(story.fixture);
    load_free(story.load);
    ledger_deinit(&story.ledger);
    functions_stop(story.functions);
}

/* ---- years between two lives */

static const char *const short_polls[] = { "--poll-seconds", "1", NULL };

/* Ahead at a start it is believed: what ran out in those years has run out, in its order. Right
 * again, the server's time does not go back; it says so, and works on. */
static void test_years_ahead_and_back(void **state)
{
    struct fixture *fixture = *state;
    struct text run_id, token;
    struct caller caller;

    text_init(&run_id, 256);
    text_init(&token, 2048);
    serve(fixture, short_polls);
    caller_init(&caller, fixture->server.endpoint);
    register_own(&caller);
    start_own(&caller, "old", "7200", &run_id);
    take_task(&caller, &token);
    start_timer(&caller, text_bytes(&token), "3600");
    caller_deinit(&caller);
    process_kill(&fixture->server);

    /* Less than the days for which closed runs are kept. */
    wall_set(&fixture->wall, 60 * DAY_MS);
    serve(fixture, short_polls);
    caller_init(&caller, fixture->server.endpoint);
    struct instant ahead = play_timer(&caller, "ahead");
    struct instant set = time_of(&caller, "old", text_bytes(&run_id), EVENT_TIMER_STARTED);
    struct instant fired = time_of(&caller, "old", text_bytes(&run_id), EVENT_TIMER_FIRED);
    struct instant ended = time_of(&caller, "old", text_bytes(&run_id),
                                   EVENT_WORKFLOW_EXECUTION_TIMED_OUT);
    assert_true(instant_since(fired, set).ms >= HOUR_MS);
    assert_false(instant_before(ended, fired));
    caller_deinit(&caller);
    process_kill(&fixture->server);

    wall_set(&fixture->wall, 0);
    serve(fixture, short_polls);
    caller_init(&caller, fixture->server.endpoint);
    struct instant right = play_timer(&caller, "right again");
    assert_false(instant_before(right, ahead));
    assert_true(is_logged(fixture, "the wall clock is behind"));
    wall_set(&fixture->wall, -10 * YEAR_MS);
    assert_false(instant_before(play_timer(&caller, "ten years ago"), right));
    caller_deinit(&caller);
    assert_int_equal(process_stop(&fixture->server), 0);
    assert_sound(fixture);
    text_deinit(&run_id);
    text_deinit(&token);
}

/* A machine that starts in 1970 and learns better while the server runs: it says so, and a start
 * anew is enough. */
static void test_it_learns_the_year_late(void **state)
{
    struct fixture *fixture = *state;
    struct caller caller;

    wall_set(&fixture->wall, -50 * YEAR_MS);
    serve(fixture, short_polls);
    caller_init(&caller, fixture->server.endpoint);
    register_own(&caller);
    struct instant early = play_timer(&caller, "early");
    wall_set(&fixture->wall, 0);
    struct instant still = play_timer(&caller, "still early");
    assert_true(instant_since(still, early).ms < DAY_MS);
    assert_true(is_logged(fixture, "the wall clock jumped ahead"));
    caller_deinit(&caller);
    assert_int_equal(process_stop(&fixture->server), 0);
    serve(fixture, short_polls);
    caller_init(&caller, fixture->server.endpoint);
    assert_true(instant_since(play_timer(&caller, "now"), early).ms > 49 * YEAR_MS);
    caller_deinit(&caller);
    assert_int_equal(process_stop(&fixture->server), 0);
    assert_sound(fixture);
}

/* ---- polls */

static int64_t steady_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* False when the poll is over before it was seen: the machine stood still for as long as that. */
static bool is_parked(struct fixture *fixture, const struct peer *poller)
{
    struct pollfd answer = { .fd = poller->fd, .events = POLLIN };

    do {
        assert_true(peer_read_health(fixture->server.port, &fixture->text));
        if (health_number(text_bytes(&fixture->text), "parkedPolls") >= 1)
            return true;
    } while (poll(&answer, 1, 0) == 0);
    return false;
}

/* A poll in the midst of which the clock steps; false when that came too late. */
static bool poll_over_step(struct fixture *fixture, struct peer *peer, int64_t step)
{
    int64_t before = steady_ms();
    struct peer_answer answer;

    text_reset(&fixture->text);
    peer_write_call(&fixture->text, "PollForDecisionTask",
                    BYTES("{\"domain\":\"own\",\"taskList\":{\"name\":\"own\"}}"));
    assert_true(peer_send(peer, text_bytes(&fixture->text)));
    bool parked = is_parked(fixture, peer);
    wall_set(&fixture->wall, step);
    assert_true(peer_receive(peer, &answer));
    assert_int_equal(answer.status, 200);
    assert_true(steady_ms() - before >= 1000);
    return parked;
}

/* A poll is held by the steady clock: neither cut short nor held for ever. */
static void test_polls_are_held_as_long_as_they_are(void **state)
{
    static const int64_t steps[] = { 10 * YEAR_MS, -10 * YEAR_MS, 30 * MINUTE_MS, -HOUR_MS };
    struct fixture *fixture = *state;
    struct caller caller;
    struct peer peer;

    serve(fixture, short_polls);
    caller_init(&caller, fixture->server.endpoint);
    register_own(&caller);
    caller_deinit(&caller);
    assert_true(peer_connect(&peer, fixture->server.port));
    for (size_t i = 0; i < sizeof steps / sizeof steps[0];)
        i += poll_over_step(fixture, &peer, steps[i]);
    peer_close(&peer);
    assert_int_equal(process_stop(&fixture->server), 0);
}

/* ---- signatures */

static const char identities[] =
    "{\"accounts\": [{\"id\": \"123456789012\", \"users\": [{\"name\": \"client\", \"policies\": "
    "[\"all\"], \"keys\": [{\"id\": \"" CALLER_KEY_ID "\", \"secret\": \"" CALLER_SECRET "\"}]}], "
    "\"policies\": [{\"name\": \"all\", \"document\": {\"Version\": \"2012-10-17\", \"Statement\": "
    "[{\"Effect\": \"Allow\", \"Action\": \"swf:*\", \"Resource\": \"*\"}]}}]}]}";

static bool is_let_in(struct caller *caller)
{
    const struct list_domains_input list = {
        .registration_status = REGISTRATION_STATUS_REGISTERED
    };

    caller_reset(caller);
    enum outcome outcome = caller_call(caller, OPERATION_LIST_DOMAINS, &list);
    assert_int_not_equal(outcome, UNKNOWN);
    assert_true(outcome == DONE || caller_was_refused_with(caller, "InvalidSignatureException"));
    return outcome == DONE;
}

/* Whatever the service's own time is by then. */
static void test_signatures_are_judged_by_the_wall_clock(void **state)
{
    static const struct {
        int64_t ahead_ms;
        bool let_in;
    } steps[] = {
        { 0, true },
        { 4 * MINUTE_MS, true },
        { 30 * MINUTE_MS, false },
        { 0, true },
        { 10 * YEAR_MS, false },
        { 0, true },
        { -HOUR_MS, false },
        { 0, true },
    };
    struct fixture *fixture = *state;
    char path[SCRATCH_PATH_MAX];
    struct caller caller;

    scratch_path(&fixture->scratch, "identities.json", path);
    file_write(path, bytes_of_cstr(identities));
    const char *arguments[] = { "--identities", path, NULL };
    serve(fixture, arguments);
    caller_init(&caller, fixture->server.endpoint);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        wall_set(&fixture->wall, steps[i].ahead_ms);
        if (is_let_in(&caller) != steps[i].let_in)
            fail_msg("step %zu", i);
    }
    caller_deinit(&caller);
    assert_int_equal(process_stop(&fixture->server), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_steps_under_load),
        TEST(test_years_ahead_and_back),
        TEST(test_it_learns_the_year_late),
        TEST(test_polls_are_held_as_long_as_they_are),
        TEST(test_signatures_are_judged_by_the_wall_clock),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
