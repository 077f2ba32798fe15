/*
 * Identities are exchanged while calls are made and polls are held: from the next request on the
 * new ones count, and what was let in by the old ones goes on.
 */
#include "deeds.h"

#include <stdio.h>
#include <sys/socket.h>

#define POLLS "{'domain':'<domain>','taskList':{'name':'later'}}"
#define CALLERS 4
#define EXCHANGES 200

static struct credentials admin, worker, newcomer;

static void let_in(struct stage *stage, bool with_worker, bool with_newcomer)
{
    struct people people;

    people_init(&people);
    people_add(&people, IN_A, "admin", ALLOW_ALL);
    if (with_worker)
        people_add(&people, IN_A, "worker", ALLOW_ALL);
    if (with_newcomer)
        people_add(&people, IN_A, "newcomer", ALLOW_ALL);
    stage_admit(stage, &people);
    people_deinit(&people);
}

static int setup(void **state)
{
    struct whole_server_options options = { .limits = LIMITS_DOCUMENTED, .loops = 2 };
    struct people people;

    people_init(&people);
    people_add(&people, IN_A, "admin", ALLOW_ALL);
    *state = stage_new(&people, &options);
    people_deinit(&people);
    deed_prepare(*state, &admin, OPERATION_COUNT, "shop");
    let_in(*state, true, false);
    return 0;
}

static void start_later(struct stage *stage)
{
    stage_do(stage, &admin, "StartWorkflowExecution",
             "{'domain':'<domain>','workflowId':'later','taskList':{'name':'later'},"
             "'workflowType':{'name':'w','version':'1'}}");
}

static void expect_stranger(struct stage *stage, const struct credentials *who)
{
    stage_call(stage, who, "ListDomains", "{'registrationStatus':'REGISTERED'}");
    stage_expect_fault(stage, "com.amazon.coral.service#UnrecognizedClientException",
                       "The security token included in the request is invalid.", who->key_id);
}

static void a_held_poll_outlives_its_key(void **state)
{
    struct stage *stage = *state;
    struct talk held;

    talk_open(&held, stage->whole.port);
    stage_ask(stage, &held, &worker, "PollForDecisionTask", POLLS);
    whole_server_await_polls(&stage->whole, 1);
    let_in(stage, false, true);
    expect_stranger(stage, &worker);
    assert_false(talk_has_reply(&held));
    start_later(stage);
    talk_receive(&held);
    assert_int_equal(talk_status(&held), 200);
    stage_bind(stage, "task", stage_member(held.body, "taskToken"));
    /* The next request on the same connection is a new one. */
    stage_ask(stage, &held, &worker, "RespondDecisionTaskCompleted", "{'taskToken':'<task>'}");
    talk_receive(&held);
    assert_int_equal(talk_status(&held), 400);
    stage_do(stage, &newcomer, "RespondDecisionTaskCompleted", "{'taskToken':'<task>'}");
    talk_close(&held);
}

static void what_waits_behind_a_held_poll_is_a_new_request(void **state)
{
    struct stage *stage = *state;
    struct talk held;

    talk_open(&held, stage->whole.port);
    stage_ask(stage, &held, &worker, "PollForDecisionTask", POLLS);
    whole_server_await_polls(&stage->whole, 1);
    let_in(stage, false, false);
    stage_ask(stage, &held, &worker, "DescribeDomain", "{'name':'<domain>'}");
    stage_settle(stage, &admin);
    manual_world_advance(&stage->whole.manual, 60000);
    stage_settle(stage, &admin);
    whole_server_await_polls(&stage->whole, 0);
    /* Two replies, one behind the other. */
    while (held.reply.len == 0 ||
           !memmem(held.reply.ptr, held.reply.len, "UnrecognizedClientException", 27)) {
        char *room = text_reserve(&held.reply, 4096);
        ssize_t got = recv(held.fd, room, 4096, 0);

        assert_true(got > 0);
        text_grow(&held.reply, (size_t)got);
    }
    assert_true(bytes_starts_with(text_bytes(&held.reply), BYTES("HTTP/1.1 200 OK\r\n")));
    talk_close(&held);
}

static void a_key_that_comes_back_is_known_again(void **state)
{
    struct stage *stage = *state;

    for (int i = 0; i < 10; i++) {
        stage_do(stage, &worker, "ListDomains", "{'registrationStatus':'REGISTERED'}");
        let_in(stage, false, true);
        expect_stranger(stage, &worker);
        stage_do(stage, &newcomer, "ListDomains", "{'registrationStatus':'REGISTERED'}");
        let_in(stage, true, false);
        expect_stranger(stage, &newcomer);
    }
}

/* A signing key that was derived from an old secret does not open the door any more. */
static void a_new_secret_takes_the_place_of_the_old(void **state)
{
    struct stage *stage = *state;
    struct credentials before = worker, after = worker;
    struct identities_file file;
    struct text json, problem;
    struct arena arena;

    snprintf(after.secret, sizeof(after.secret), "quite-another-secret-key");
    stage_do(stage, &before, "ListDomains", "{'registrationStatus':'REGISTERED'}");
    text_init(&json, STAGE_TEXT_MAX);
    text_init(&problem, STAGE_TEXT_MAX);
    arena_init(&arena, "test", IDENTITIES_ARENA_BYTES_MAX);
    people_append_plain(&json, "{'accounts':[{'id':'" ACCOUNT_A
                               "','users':[{'name':'worker','policies':['all'],'keys':[{'id':'");
    text_printf(&json, "%s\",\"secret\":\"%s", after.key_id, after.secret);
    people_append_plain(&json, "'}]}],'policies':[{'name':'all','document':{'Statement':[" ALLOW_ALL
                               "]}}]}]}");
    assert_true(identities_file_read(text_bytes(&json), &arena, &file, &problem));
    gate_exchange(&stage->whole.gate, identities_new(&file, &problem));
    stage_call(stage, &before, "ListDomains", "{'registrationStatus':'REGISTERED'}");
    stage_expect_fault(stage, "com.amazon.coral.service#InvalidSignatureException", "", "old");
    stage_do(stage, &after, "ListDomains", "{'registrationStatus':'REGISTERED'}");
    arena_deinit(&arena);
    text_deinit(&json);
    text_deinit(&problem);
}

/* ---- all at once ---- */

struct calling {
    struct stage *stage;
    pthread_t thread;
    _Atomic bool *enough;
    _Atomic int permitted, refused, others;
};

/* Has everybody been let in, and turned away? */
static bool all_saw_both(const struct calling *callings)
{
    for (int i = 0; i < CALLERS; i++) {
        if (atomic_load(&callings[i].permitted) == 0 || atomic_load(&callings[i].refused) == 0)
            return false;
    }
    return true;
}

/* Whoever comes and goes is sometimes known and sometimes not; nothing else is ever said. */
static void *call_on(void *context)
{
    struct calling *calling = context;
    struct talk talk;

    talk_open(&talk, calling->stage->whole.port);
    talk.is_unseen = true;
    while (!atomic_load(calling->enough)) {
        stage_ask(calling->stage, &talk, &worker, "DescribeDomain", "{'name':'<domain>'}");
        talk_receive(&talk);
        if (talk_status(&talk) == 200)
            calling->permitted++;
        else if (memmem(talk.body.ptr, talk.body.len, "UnrecognizedClientException", 27))
            calling->refused++;
        else
            calling->others++;
    }
    talk_close(&talk);
    return NULL;
}

static void exchanges_and_calls_do_not_meet(void **state)
{
    struct stage *stage = *state;
    struct calling callings[CALLERS];
    struct talk held[CALLERS];
    _Atomic bool enough = false;

    for (int i = 0; i < CALLERS; i++) {
        talk_open(&held[i], stage->whole.port);
        stage_ask(stage, &held[i], &worker, "PollForDecisionTask", POLLS);
    }
    whole_server_await_polls(&stage->whole, CALLERS);
    for (int i = 0; i < CALLERS; i++) {
        callings[i] = (struct calling){ .stage = stage, .enough = &enough };
        assert_int_equal(pthread_create(&callings[i].thread, NULL, call_on, &callings[i]), 0);
    }
    for (int i = 0; i < EXCHANGES || !all_saw_both(callings); i++) {
        let_in(stage, i % 2 == 0, true);
        stage_do(stage, &newcomer, "DescribeDomain", "{'name':'<domain>'}");
    }
    atomic_store(&enough, true);
    for (int i = 0; i < CALLERS; i++) {
        assert_int_equal(pthread_join(callings[i].thread, NULL), 0);
        assert_int_equal(callings[i].others, 0);
    }
    manual_world_advance(&stage->whole.manual, 60000);
    stage_settle(stage, &admin);
    for (int i = 0; i < CALLERS; i++) {
        talk_receive(&held[i]);
        assert_int_equal(talk_status(&held[i]), 200);
        talk_close(&held[i]);
    }
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, stage_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_held_poll_outlives_its_key),
        test(what_waits_behind_a_held_poll_is_a_new_request),
        test(a_key_that_comes_back_is_known_again),
        test(a_new_secret_takes_the_place_of_the_old),
        test(exchanges_and_calls_do_not_meet),
    };

    admin = people_user_keys("admin");
    worker = people_user_keys("worker");
    newcomer = people_user_keys("newcomer");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
