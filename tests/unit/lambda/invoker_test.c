/* The invoker against an endpoint that the test plays: what it asks, and what it makes of every
 * kind of answer. */
#include "lambda/invoker.h"
#include "base/heap.h"
#include "endpoint.h"
#include <dlfcn.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

struct fixture {
    struct endpoint endpoint;
    struct invoker *invoker;
    struct mailbox done;
};

static void start_invoker(struct fixture *fixture, const char *access_key_id, uint32_t concurrency)
{
    struct invoker_config config = {
        .endpoint = fixture->endpoint.url,
        .region = "eu-north-1",
        .access_key_id = access_key_id,
        .secret_access_key = "a secret",
        .concurrency_max = concurrency,
    };

    fixture->invoker = invoker_start(&config);
}

static struct fixture the_fixture;

static int set_up_with(void **state, const char *access_key_id, uint32_t concurrency)
{
    *state = &the_fixture;
    mailbox_init(&the_fixture.done, NULL, NULL);
    endpoint_open(&the_fixture.endpoint);
    endpoint_listen(&the_fixture.endpoint);
    start_invoker(&the_fixture, access_key_id, concurrency);
    return 0;
}

static int set_up(void **state)
{
    return set_up_with(state, "", 8);
}

static int set_up_signing(void **state)
{
    return set_up_with(state, "AKIDEXAMPLE", 8);
}

static int set_up_single(void **state)
{
    return set_up_with(state, "", 1);
}

static int set_up_deaf(void **state)
{
    *state = &the_fixture;
    mailbox_init(&the_fixture.done, NULL, NULL);
    endpoint_open(&the_fixture.endpoint);
    start_invoker(&the_fixture, NULL, 8);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    if (fixture->invoker)
        invoker_stop(fixture->invoker);
    fixture->invoker = NULL;
    endpoint_close(&fixture->endpoint);
    assert_null(mailbox_take(&fixture->done)); /* whatever comes back is looked at */
    mailbox_deinit(&fixture->done);
    return 0;
}

/* ---- asking and getting back ---- */

static void on_done(struct lambda_invocation *invocation)
{
    mailbox_post(invocation->owner, &invocation->mail);
}

#define ENDLESS (-1)

static struct lambda_invocation *invoke(struct fixture *fixture, struct bytes function,
                                        struct bytes payload, int64_t timeout_ms)
{
    const struct lambda_invoker *face = invoker_face(fixture->invoker);
    struct lambda_invocation *invocation = lambda_invocation_new();

    invocation->function = arena_copy(&invocation->arena, function);
    invocation->payload = arena_copy(&invocation->arena, payload);
    invocation->timeout.ms = timeout_ms;
    invocation->on_done = on_done;
    invocation->owner = &fixture->done;
    face->invoke(face->context, invocation);
    return invocation;
}

static struct lambda_invocation *invoke_f(struct fixture *fixture)
{
    return invoke(fixture, BYTES("f"), BYTES("{}"), ENDLESS);
}

/* The next that comes back; nothing else may be there. */
static struct lambda_invocation *get_back(struct fixture *fixture)
{
    struct mail *mail = mailbox_wait(&fixture->done, (struct duration){ -1 });

    assert_null(mail->next);
    return object_of(mail, struct lambda_invocation, mail);
}

static void expect_bytes(struct bytes got, const char *wanted)
{
    if (!bytes_equal_cstr(got, wanted))
        fail_msg("'%.*s' is not '%s'", BYTES_FMT(got), wanted);
}

static void expect_back(struct fixture *fixture, enum lambda_outcome outcome, const char *reason,
                        const char *answer)
{
    struct lambda_invocation *invocation = get_back(fixture);

    assert_int_equal(invocation->outcome, outcome);
    expect_bytes(invocation->reason, reason);
    expect_bytes(invocation->answer, answer);
    assert_false(invocation->answer_is_cut);
    lambda_invocation_free(invocation);
}

static void answer_next(struct fixture *fixture, const char *status, const char *headers,
                        struct bytes body)
{
    struct visit visit;

    endpoint_accept(&fixture->endpoint, &visit);
    visit_answer(&visit, status, headers, body);
}

static void expect_first_line(struct fixture *fixture, struct bytes function, const char *line)
{
    struct visit visit;

    invoke(fixture, function, BYTES("{}"), ENDLESS);
    endpoint_accept(&fixture->endpoint, &visit);
    expect_bytes(bytes_of(visit.text.ptr, strcspn(visit.text.ptr, "\r")), line);
    visit_answer(&visit, "200 OK", "", BYTES("1"));
    expect_back(fixture, LAMBDA_RETURNED, "", "1");
}

/* ---- a name service that hangs ---- */

#define DEAF_NAME "deaf.invalid"

static sem_t is_asked, may_answer, has_answered;
static _Atomic int asked_count;

/* In the place of the C library's, also for libcurl: does not answer for one name until it may. */
int getaddrinfo(const char *restrict host, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict out)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

    if (host && strcmp(host, DEAF_NAME) == 0) {
        asked_count++;
        sem_post(&is_asked);
        sem_wait(&may_answer);
        sem_post(&may_answer); /* so may everybody else */
        sem_post(&has_answered);
        return EAI_AGAIN;
    }
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    return real(host, service, hints, out);
}

static int set_up_without_names(void **state)
{
    sem_init(&is_asked, 0, 0);
    sem_init(&may_answer, 0, 0);
    sem_init(&has_answered, 0, 0);
    *state = &the_fixture;
    mailbox_init(&the_fixture.done, NULL, NULL);
    endpoint_open(&the_fixture.endpoint);
    snprintf(the_fixture.endpoint.url, sizeof(the_fixture.endpoint.url), "http://" DEAF_NAME);
    start_invoker(&the_fixture, "", 8);
    return 0;
}

/* Neither an invocation whose time is over nor the end waits for the name. */
static void test_a_name_that_is_never_found(void **state)
{
    struct fixture *fixture = *state;

    do { /* on a busy machine its time may be over before anybody asks */
        invoke(fixture, BYTES("f"), BYTES("{}"), 200);
        lambda_invocation_free(get_back(fixture));
    } while (sem_trywait(&is_asked) != 0);
    invoke_f(fixture);
    sem_wait(&is_asked);
    invoker_stop(fixture->invoker);
    fixture->invoker = NULL;
    lambda_invocation_free(get_back(fixture));
    sem_post(&may_answer);
    for (int left = asked_count; left > 0; left--)
        sem_wait(&has_answered);
}

/* ---- the request ---- */

static void test_the_request(void **state)
{
    struct fixture *fixture = *state;
    struct visit visit;

    invoke(fixture, BYTES("f"), BYTES("{\"order\":7}"), 60000);
    endpoint_accept(&fixture->endpoint, &visit);
    expect_bytes(bytes_of(visit.text.ptr, strcspn(visit.text.ptr, "\r")),
                 "POST /2015-03-31/functions/f/invocations HTTP/1.1");
    assert_string_equal(visit_header(&visit, "X-Amz-Invocation-Type"), "RequestResponse");
    assert_string_equal(visit_header(&visit, "Content-Type"), "application/json");
    assert_string_equal(visit_header(&visit, "Authorization"), "");
    assert_string_equal(visit_header(&visit, "Expect"), "");
    assert_string_equal(visit.body, "{\"order\":7}");
    visit_answer(&visit, "200 OK", "", BYTES("{\"ok\":true}"));
    expect_back(fixture, LAMBDA_RETURNED, "", "{\"ok\":true}");
}

static void test_names(void **state)
{
    struct fixture *fixture = *state;

    expect_first_line(fixture, BYTES("f:prod"),
                      "POST /2015-03-31/functions/f/invocations?Qualifier=prod HTTP/1.1");
    expect_first_line(fixture, BYTES("a b/../c?d"),
                      "POST /2015-03-31/functions/a%20b%2F..%2Fc%3Fd/invocations HTTP/1.1");
    expect_first_line(
        fixture, BYTES("arn:aws:lambda:eu-north-1:123456789012:function:f"),
        "POST /2015-03-31/functions/"
        "arn%3Aaws%3Alambda%3Aeu-north-1%3A123456789012%3Afunction%3Af/invocations HTTP/1.1");
    expect_first_line(fixture, BYTES(":"), "POST /2015-03-31/functions/%3A/invocations HTTP/1.1");
}

/* A line that was signed but not sent makes a signature that nobody can verify. */
static void expect_signed_headers_sent(const struct visit *visit)
{
    char names[1024];
    const char *list = strstr(visit_header(visit, "Authorization"), "SignedHeaders=");
    char *rest = names;

    assert_non_null(list);
    snprintf(names, sizeof(names), "%s", list + strlen("SignedHeaders="));
    names[strcspn(names, ",")] = '\0';
    for (const char *name; (name = strsep(&rest, ";"));)
        assert_string_not_equal(visit_header(visit, name), "");
}

static void test_signed_for_its_region(void **state)
{
    struct fixture *fixture = *state;
    struct visit visit;
    const char *authorization;

    invoke_f(fixture);
    endpoint_accept(&fixture->endpoint, &visit);
    authorization = visit_header(&visit, "Authorization");
    assert_non_null(strstr(authorization, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
    assert_non_null(strstr(authorization, "/eu-north-1/lambda/aws4_request"));
    assert_int_equal(strlen(visit_header(&visit, "X-Amz-Date")), 16);
    assert_null(strstr(visit.text.ptr, "a secret"));
    expect_signed_headers_sent(&visit);
    visit_answer(&visit, "200 OK", "", BYTES("null"));
    expect_back(fixture, LAMBDA_RETURNED, "", "null");
}

/* ---- answers ---- */

static void test_a_function_that_raised(void **state)
{
    struct fixture *fixture = *state;

    invoke_f(fixture);
    answer_next(fixture, "200 OK", "x-amz-function-error: Unhandled\r\n",
                BYTES("{\"errorMessage\":\"oh\"}"));
    expect_back(fixture, LAMBDA_RAISED, "Unhandled", "{\"errorMessage\":\"oh\"}");
}

static void test_an_error_of_the_call(void **state)
{
    struct fixture *fixture = *state;

    invoke_f(fixture);
    answer_next(fixture, "404 Not Found",
                "x-amzn-ErrorType: ResourceNotFoundException:http://internal.amazon.com/coral/\r\n",
                BYTES("{\"Message\":\"no f\"}"));
    expect_back(fixture, LAMBDA_REFUSED, "ResourceNotFoundException", "{\"Message\":\"no f\"}");
}

static void test_an_error_without_a_type(void **state)
{
    struct fixture *fixture = *state;

    invoke_f(fixture);
    answer_next(fixture, "502 Bad Gateway", "", BYTES("oh"));
    expect_back(fixture, LAMBDA_REFUSED, "HTTP 502", "oh");
}

static void test_the_longest_answer(void **state)
{
    static char body[LAMBDA_PAYLOAD_BYTES_MAX + 1];
    struct fixture *fixture = *state;
    struct lambda_invocation *invocation;

    memset(body, 'a', sizeof(body));
    for (size_t over = 0; over < 2; over++) {
        invoke_f(fixture);
        answer_next(fixture, "200 OK", "", bytes_of(body, LAMBDA_PAYLOAD_BYTES_MAX + over));
        invocation = get_back(fixture);
        assert_int_equal(invocation->outcome, LAMBDA_RETURNED);
        assert_int_equal(invocation->answer.len, LAMBDA_PAYLOAD_BYTES_MAX);
        assert_int_equal(invocation->answer_is_cut, over);
        lambda_invocation_free(invocation);
    }
}

/* ---- what is tried again, and what is not ---- */

static void test_throttled_and_tried_again(void **state)
{
    struct fixture *fixture = *state;
    struct visit visit;

    invoke(fixture, BYTES("f"), BYTES("{\"order\":7}"), ENDLESS);
    answer_next(fixture, "429 Too Many Requests", "", BYTES("{\"Reason\":\"slowly\"}"));
    endpoint_accept(&fixture->endpoint, &visit);
    assert_string_equal(visit.body, "{\"order\":7}");
    visit_answer(&visit, "200 OK", "", BYTES("1"));
    expect_back(fixture, LAMBDA_RETURNED, "", "1");
}

static void test_nobody_there(void **state)
{
    struct fixture *fixture = *state;
    struct lambda_invocation *patient = invoke_f(fixture);
    struct lambda_invocation *invocation;

    invoke(fixture, BYTES("f"), BYTES("{}"), 300);
    invocation = get_back(fixture);
    assert_ptr_not_equal(invocation, patient);
    if (invocation->outcome !=
        LAMBDA_NO_ANSWER) { /* on a machine so busy that the tries came too late */
        assert_int_equal(invocation->outcome, LAMBDA_REFUSED);
        expect_bytes(invocation->reason, "ConnectionFailed");
    }
    lambda_invocation_free(invocation);
    endpoint_listen(&fixture->endpoint); /* the other one still tries */
    answer_next(fixture, "200 OK", "", BYTES("1"));
    expect_back(fixture, LAMBDA_RETURNED, "", "1");
}

/* It may have run: never again. */
static void test_a_connection_that_breaks(void **state)
{
    struct fixture *fixture = *state;
    struct lambda_invocation *invocation;
    struct visit visit;

    invoke_f(fixture);
    answer_next(fixture, "200 OK", "", BYTES("1")); /* not even on a connection that worked once */
    expect_back(fixture, LAMBDA_RETURNED, "", "1");
    invoke_f(fixture);
    endpoint_accept(&fixture->endpoint, &visit);
    visit_end(&visit);
    invocation = get_back(fixture);
    assert_int_equal(invocation->outcome, LAMBDA_REFUSED);
    expect_bytes(invocation->reason, "ConnectionFailed");
    assert_true(invocation->answer.len > 0);
    lambda_invocation_free(invocation);
    assert_false(endpoint_is_called(&fixture->endpoint));
}

/* It waits at the door, where nobody opens. */
static void test_no_answer_in_time(void **state)
{
    struct fixture *fixture = *state;
    enum lambda_outcome outcome;

    do {
        invoke(fixture, BYTES("f"), BYTES("{}"), 300);
        struct lambda_invocation *invocation = get_back(fixture);
        outcome = invocation->outcome;
        assert_int_equal(invocation->answer.len > 0, outcome == LAMBDA_REFUSED);
        lambda_invocation_free(invocation);
        /* On a busy machine its time may be over before anything is sent. */
    } while (outcome == LAMBDA_REFUSED || !endpoint_is_called(&fixture->endpoint));
    assert_int_equal(outcome, LAMBDA_NO_ANSWER);
}

/* ---- many at once ---- */

static void test_many_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct visit visits[3];

    for (int i = 0; i < 3; i++)
        invoke_f(fixture);
    for (int i = 0; i < 3; i++)
        endpoint_accept(&fixture->endpoint, &visits[i]);
    for (int i = 2; i >= 0; i--) {
        visit_answer(&visits[i], "200 OK", "", BYTES("1"));
        expect_back(fixture, LAMBDA_RETURNED, "", "1");
    }
}

static void test_one_after_the_other(void **state)
{
    struct fixture *fixture = *state;
    struct visit visit;

    invoke(fixture, BYTES("f"), BYTES("1"), ENDLESS);
    invoke(fixture, BYTES("f"), BYTES("2"), ENDLESS);
    endpoint_accept(&fixture->endpoint, &visit);
    assert_string_equal(visit.body, "1");
    assert_false(endpoint_is_called(&fixture->endpoint));
    visit_answer(&visit, "200 OK", "", BYTES("one"));
    expect_back(fixture, LAMBDA_RETURNED, "", "one");
    endpoint_accept(&fixture->endpoint, &visit);
    assert_string_equal(visit.body, "2");
    visit_answer(&visit, "200 OK", "", BYTES("two"));
    expect_back(fixture, LAMBDA_RETURNED, "", "two");
}

static void test_too_late_for_a_slot(void **state)
{
    struct fixture *fixture = *state;

    invoke(fixture, BYTES("f"), BYTES("{}"), 0);
    expect_back(fixture, LAMBDA_NO_ANSWER, "", "");
    assert_false(endpoint_is_called(&fixture->endpoint));
}

static void test_stopping_gives_everything_back(void **state)
{
    struct fixture *fixture = *state;
    struct visit visit;
    struct mail *mail;
    int count = 0;

    invoke_f(fixture); /* rests */
    answer_next(fixture, "429 Too Many Requests", "", BYTES("slowly"));
    invoke_f(fixture); /* runs, or the first does so again */
    invoke_f(fixture); /* waits */
    endpoint_accept(&fixture->endpoint, &visit);
    invoker_stop(fixture->invoker);
    fixture->invoker = NULL;
    visit_end(&visit);
    for (mail = mailbox_take(&fixture->done); mail; count++) {
        struct lambda_invocation *invocation = object_of(mail, struct lambda_invocation, mail);

        mail = mail->next;
        assert_int_equal(invocation->outcome, LAMBDA_NO_ANSWER);
        lambda_invocation_free(invocation);
    }
    assert_int_equal(count, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_request),
        TEST(test_names),
        cmocka_unit_test_setup_teardown(test_signed_for_its_region, set_up_signing, tear_down),
        TEST(test_a_function_that_raised),
        TEST(test_an_error_of_the_call),
        TEST(test_an_error_without_a_type),
        TEST(test_the_longest_answer),
        TEST(test_throttled_and_tried_again),
        cmocka_unit_test_setup_teardown(test_nobody_there, set_up_deaf, tear_down),
        TEST(test_a_connection_that_breaks),
        TEST(test_no_answer_in_time),
        cmocka_unit_test_setup_teardown(test_a_name_that_is_never_found, set_up_without_names,
                                        tear_down),
        TEST(test_many_at_once),
        cmocka_unit_test_setup_teardown(test_one_after_the_other, set_up_single, tear_down),
        TEST(test_too_late_for_a_slot),
        cmocka_unit_test_setup_teardown(test_stopping_gives_everything_back, set_up_single,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
