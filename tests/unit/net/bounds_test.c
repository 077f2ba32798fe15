/* Clients that are slow, many or heavy: each meets its bound, and a good one is served all the
 * while. A client waits for what the server does to it; nothing has to be quick. */
#include "peer.h"

#include "base/memory.h"
#include "base/text.h"
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
/* after its prerequisites */
#include <cmocka.h>

#define SIGNED                                                                                   \
    "X-Amz-Date: 20260101T000000Z\r\nAuthorization: "                                            \
    "AWS4-HMAC-SHA256 Credential=AKID/20260101/0/127/aws4_request,SignedHeaders=host;x-amz-date" \
    ",Signature=0\r\n"
#define HEAD                                                                         \
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Amz-Target: " \
    "SimpleWorkflowService.RegisterDomain\r\n" SIGNED
#define START_WITH_INPUT \
    "{\"domain\":\"d\",\"workflowId\":\"i\",\"workflowType\":{\"name\":\"w\",\"version\":\"1\"},\"input\":\""

static const char start_body[] = START_WITH_INPUT "\"}";

/* With patience for a second where `tested` says so, and an hour for everything else. */
static struct rig impatient_for(size_t tested, bool speaks_tls)
{
    struct rig rig = rig_prepare();
    uint32_t *patience = (uint32_t *)(void *)((char *)&rig.config + tested);

    rig.config.header_timeout_s = rig.config.body_timeout_s = 3600;
    rig.config.write_timeout_s = rig.config.idle_timeout_s = 3600;
    *patience = 1;
    if (speaks_tls)
        rig_speak_tls(&rig);
    rig_start(&rig);
    return rig;
}

#define IMPATIENT_FOR(what, tls) impatient_for(offsetof(struct server_config, what), tls)

static void expect_served(struct rig *rig)
{
    struct peer peer = peer_connect(rig);

    peer_send(&peer, call_text("RegisterDomain", NULL, register_body));
    peer_expect_status(&peer, 200);
    peer_close(&peer);
}

/* One who may be turned away. */
static bool is_served(struct rig *rig)
{
    struct peer peer;
    bool served = peer_try_connect(rig, &peer) &&
                  peer_try_send(&peer, call_text("RegisterDomain", NULL, register_body)) &&
                  peer_is_answered(&peer);

    peer_close(&peer);
    return served;
}

/* Is it in the page of figures that this client gets? */
static bool is_told(struct peer *peer, const char *figure)
{
    peer_send_text(peer, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    struct reply reply = peer_reply(peer);
    bool told = strstr(reply.body, figure) != NULL;

    reply_free(&reply);
    return told;
}

static bool tells(struct rig *rig, const char *figure)
{
    struct peer peer = peer_connect(rig);
    bool told = is_told(&peer, figure);

    peer_close(&peer);
    return told;
}

/* ---- slow */

static void a_header_takes_its_time_at_most(void **state)
{
    (void)state;
    for (int tls = 0; tls < 2; tls++) {
        struct rig rig = IMPATIENT_FOR(header_timeout_s, tls);
        struct peer peer = peer_connect(&rig);

        peer_send_text(&peer, "POST / HTTP/1.1\r\nHost: x\r\n");
        peer_expect_status(&peer, 408);
        peer_expect_end(&peer);
        assert_true(tells(&rig, "weir_requests_refused_total{Status=\"408\"} 1\n"));
        peer_close(&peer);
        rig_stop(&rig);
    }
}

static void a_body_takes_its_time_at_most(void **state)
{
    (void)state;
    for (int tls = 0; tls < 2; tls++) {
        struct rig rig = IMPATIENT_FOR(body_timeout_s, tls);
        struct peer peer = peer_connect(&rig);

        peer_send_text(&peer, HEAD "Content-Length: 20\r\n\r\n{");
        peer_expect_status(&peer, 408);
        peer_expect_end(&peer);
        peer_close(&peer);
        rig_stop(&rig);
    }
}

static void between_requests_time_is_limited(void **state)
{
    (void)state;
    for (int tls = 0; tls < 2; tls++) {
        struct rig rig = IMPATIENT_FOR(idle_timeout_s, tls);
        struct peer fresh = peer_connect(&rig), used = peer_connect(&rig);

        peer_send(&used, call_text("RegisterDomain", NULL, register_body));
        peer_expect_status(&used, 200);
        peer_expect_end(&fresh);
        peer_expect_end(&used);
        peer_close(&fresh);
        peer_close(&used);
        rig_stop(&rig);
    }
}

static void a_handshake_takes_its_time_at_most(void **state)
{
    struct rig rig = IMPATIENT_FOR(header_timeout_s, true);
    struct peer silent = peer_connect_raw(&rig), half = peer_connect_raw(&rig);

    (void)state;
    peer_send(&half, BYTES("\x16\x03\x01\x02\x00\x01"));
    peer_expect_end(&silent);
    peer_expect_end(&half);
    assert_true(tells(&rig, "weir_handshakes_failed_total 2\n"));
    assert_true(tells(&rig, "\nweir_certificate_expiry_timestamp_seconds "));
    peer_close(&silent);
    peer_close(&half);
    rig_stop(&rig);
}

static bool is_readable(const struct peer *peer)
{
    struct pollfd wanted = { .fd = peer->fd, .events = POLLIN };
    return poll(&wanted, 1, 0) != 0;
}

static const char *const halves[3][2] = {
    { "", HEAD "Content-Length: 2\r\n\r\n{}" },
    { "POST / HT", "TP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n" },
    { HEAD "Content-Length: 2\r\n\r\n{", "}" },
};

/* The loop is away for longer than any patience, while clients say the rest of what they began to
 * say. False when the machine was so slow that one was given up before. */
static bool speak_while_it_is_away(struct rig *rig, struct peer peers[3])
{
    struct peer other = peer_connect(rig);
    bool in_time = true;

    for (int i = 0; i < 3; i++) {
        peers[i] = peer_connect(rig);
        peer_send_text(&peers[i], halves[i][0]);
    }
    expect_served(rig); /* so those were read */
    fake_service_hold_submitters(rig->service);
    peer_send(&other, call_text("RegisterDomain", NULL, register_body));
    fake_service_wait_held(rig->service);
    for (int i = 0; i < 3; i++) {
        in_time &= !is_readable(&peers[i]);
        (void)peer_try_send(&peers[i], bytes_of_cstr(halves[i][1]));
    }
    usleep(4500000); /* this is what happens, not what is waited for */
    fake_service_release_submitters(rig->service);
    peer_expect_status(&other, 200);
    peer_close(&other);
    return in_time;
}

static void what_passes_while_the_loop_is_away_counts_for_nobody(void **state)
{
    struct rig rig = rig_prepare();
    struct peer peers[3];

    (void)state;
    rig.config.header_timeout_s = rig.config.body_timeout_s = rig.config.idle_timeout_s = 2;
    rig_start(&rig);
    while (!speak_while_it_is_away(&rig, peers))
        for (int i = 0; i < 3; i++)
            peer_close(&peers[i]);
    for (int i = 0; i < 3; i++) {
        struct reply reply = peer_reply(&peers[i]);
        assert_int_not_equal(reply.status, 408);
        reply_free(&reply);
        peer_close(&peers[i]);
    }
    rig_stop(&rig);
}

/* It can only be seen from outside: there is room for one client, and another one gets it. */
static void an_answer_is_taken_in_time(void **state)
{
    (void)state;
    for (int tls = 0; tls < 2; tls++) {
        struct rig rig = rig_prepare();
        bool served = false;

        rig.config.write_timeout_s = 1;
        rig.config.connections_max = 1;
        if (tls)
            rig_speak_tls(&rig);
        rig_start(&rig);
        struct peer slow = peer_connect(&rig);
        peer_send(&slow, call_text("ListDomains", NULL, "{\"registrationStatus\":\"REGISTERED\"}"));
        while (!served)
            served = is_served(&rig);
        assert_true(peer_read_to_end(&slow) < FAKE_LIST_BYTES);
        peer_close(&slow);
        rig_stop(&rig);
    }
}

/* ---- many */

static void one_address_has_its_share(void **state)
{
    struct rig rig = rig_prepare();
    bool served = false;

    (void)state;
    rig.config.connections_per_address_max = 2;
    rig_start(&rig);
    struct peer first = peer_connect(&rig), second = peer_connect(&rig);
    peer_send(&second, call_text("RegisterDomain", NULL, register_body));
    peer_expect_status(&second, 200);
    struct peer third = peer_connect(&rig), other = peer_connect_from(&rig, "127.0.0.2");
    peer_expect_end(&third);
    peer_send(&other, call_text("RegisterDomain", NULL, register_body));
    peer_expect_status(&other, 200);
    assert_true(is_told(&other, "weir_connections_refused_total 1\n"));
    peer_close(&first);
    while (!served) /* once the server has seen that */
        served = is_served(&rig);
    peer_close(&second);
    peer_close(&third);
    peer_close(&other);
    rig_stop(&rig);
}

static int64_t steady_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Those who shake hands for longer than anybody honest does give way, and not before. Who is
 * through counts no more. */
static void slow_handshakes_give_way(void **state)
{
    struct rig rig = rig_prepare();
    struct peer slow[4];
    bool served = false;
    int64_t began;

    (void)state;
    rig.config.handshakes_max = 4;
    rig.config.header_timeout_s = 3600;
    rig_speak_tls(&rig);
    rig_start(&rig);
    for (int i = 0; i < 5; i++)
        expect_served(&rig);
    began = steady_ms();
    for (int i = 0; i < 4; i++)
        slow[i] = peer_connect_raw(&rig);
    while (!served)
        served = is_served(&rig);
    assert_true(steady_ms() - began >= 900); /* a second, by a clock that may be a little old */
    peer_expect_end(&slow[0]);
    for (int i = 0; i < 4; i++)
        peer_close(&slow[i]);
    rig_stop(&rig);
}

/* Whoever sends a reset behind a call has it under way all the same, and counts until it is back.
 */
static void who_hangs_up_counts_as_long_as_its_call(void **state)
{
    struct rig rig = rig_prepare();
    bool served = false;

    (void)state;
    rig.config.connections_max = 3;
    rig_start(&rig);
    fake_service_park_starts(rig.service);
    struct peer steady = peer_connect(&rig);
    for (uint64_t i = 1; i <= 2; i++) {
        struct peer hasty = peer_connect(&rig);

        peer_send(&hasty, call_text("StartWorkflowExecution", NULL, start_body));
        fake_service_wait_parked(rig.service, i);
        peer_reset(&hasty);
    }
    for (int i = 0; i < 2; i++) { /* what sockets told the server before, it has heard by then */
        peer_send(&steady, call_text("RegisterDomain", NULL, register_body));
        peer_expect_status(&steady, 200);
    }
    struct peer newcomer = peer_connect(&rig);
    peer_expect_end(&newcomer);
    peer_close(&newcomer);
    fake_service_answer_polls(rig.service);
    while (!served)
        served = is_served(&rig);
    peer_close(&steady);
    rig_stop(&rig);
}

/* ---- heavy */

#define BODY_BYTES 300000

static void send_most_of_a_body(struct peer *peer)
{
    char *blanks = memory_new(BODY_BYTES);
    struct text head;

    memset(blanks, ' ', BODY_BYTES);
    text_init(&head, 4096);
    text_printf(&head, HEAD "Content-Length: %d\r\n\r\n", BODY_BYTES + 2);
    peer_send(peer, text_bytes(&head));
    peer_send(peer, bytes_of(blanks, BODY_BYTES));
    text_deinit(&head);
    memory_free(blanks);
}

/* Each has sent most of its body. Who keeps the server waiting longest is refused, the last one is
 * served, and so is somebody small. */
static void bodies_together_are_bounded(void **state)
{
    (void)state;
    for (int tls = 0; tls < 2; tls++) {
        struct rig rig = rig_prepare();
        struct peer peers[12];

        rig.config.held_bytes_max = 2000000;
        if (tls)
            rig_speak_tls(&rig);
        rig_start(&rig);
        for (int i = 0; i < 12; i++) {
            peers[i] = peer_connect(&rig);
            send_most_of_a_body(&peers[i]);
        }
        for (int i = 0; i < 6; i++) {
            peer_expect_status(&peers[i], 503);
            peer_expect_end(&peers[i]);
        }
        expect_served(&rig);
        peer_send_text(&peers[11], "{}");
        peer_expect_status(&peers[11], 400); /* no domain in it, but it was heard */
        for (int i = 0; i < 12; i++)
            peer_close(&peers[i]);
        rig_stop(&rig);
    }
}

/* Behind a held poll nothing has to be sent, so nobody is asked to wait. */
static void what_waits_behind_polls_is_bounded(void **state)
{
    static char junk[60000];
    struct rig rig = rig_prepare();
    struct peer peers[8];

    (void)state;
    memset(junk, 'j', sizeof(junk));
    rig.config.held_bytes_max = 200000;
    rig_start(&rig);
    for (int i = 0; i < 8; i++) {
        peers[i] = peer_connect(&rig);
        peer_send(&peers[i], call_text("PollForActivityTask", NULL, poll_body));
    }
    fake_service_wait_parked(rig.service, 8);
    for (int i = 0; i < 8; i++)
        (void)peer_try_send(&peers[i], bytes_of(junk, sizeof(junk)));
    fake_service_wait_abandoned(rig.service, 4);
    expect_served(&rig);
    for (int i = 0; i < 8; i++)
        peer_close(&peers[i]);
    rig_stop(&rig);
}

/* Its first bytes are there: the rest waits for the client. */
static void wait_for_answer(const struct peer *peer)
{
    struct pollfd readable = { .fd = peer->fd, .events = POLLIN };

    assert_int_equal(poll(&readable, 1, 60000), 1);
}

static void answers_together_are_bounded(void **state)
{
    struct rig rig = rig_prepare();
    struct peer slow[4];

    (void)state;
    rig.config.held_bytes_max = 3 * FAKE_LIST_BYTES; /* a text that grows takes twice its length */
    rig_start(&rig);
    for (int i = 0; i < 4; i++) {
        slow[i] = peer_connect(&rig);
        peer_send(&slow[i],
                  call_text("ListDomains", NULL, "{\"registrationStatus\":\"REGISTERED\"}"));
        wait_for_answer(&slow[i]);
    }
    struct reply reply = peer_reply(&slow[3]);
    assert_true(reply.body_len > FAKE_LIST_BYTES);
    reply_free(&reply);
    assert_true(peer_read_to_end(&slow[0]) < FAKE_LIST_BYTES);
    expect_served(&rig);
    assert_true(tells(&rig, "\nweir_clients_given_up_total "));
    assert_false(tells(&rig, "\nweir_clients_given_up_total 0\n"));
    for (int i = 0; i < 4; i++)
        peer_close(&slow[i]);
    rig_stop(&rig);
}

/* As long as an input may be; static memory. */
static struct bytes heavy_start(void)
{
    static char text[50000];
    struct text request;
    char input[32768];

    memset(input, 'i', sizeof(input));
    text_init(&request, sizeof(text));
    text_printf(&request,
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Amz-Target: "
                "SimpleWorkflowService.StartWorkflowExecution\r\n" SIGNED
                "Content-Length: %zu\r\n\r\n",
                sizeof(input) + strlen(START_WITH_INPUT) + 2);
    text_append_cstr(&request, START_WITH_INPUT);
    text_append(&request, bytes_of(input, sizeof(input)));
    text_append_cstr(&request, "\"}");
    memcpy(text, request.ptr, request.len);
    struct bytes all = bytes_of(text, request.len);
    text_deinit(&request);
    return all;
}

/* Until it is the n-th that is parked; false when it is answered instead. */
static bool is_parked(const struct rig *rig, const struct peer *peer, uint64_t n)
{
    while (service_figures(rig->service).parked_polls < n) {
        if (is_readable(peer))
            return false;
        sched_yield();
    }
    return true;
}

/* Beyond the bound a heavy call is refused, and neither a light one nor a poll; nobody is given up
 * for it. */
static void calls_together_are_bounded(void **state)
{
    enum { ENOUGH = 200000 / 32768 + 2 };
    struct rig rig = rig_prepare();
    struct peer peers[ENOUGH], poller;
    uint64_t parked = 0;

    (void)state;
    rig.config.held_bytes_max = 200000;
    rig_start(&rig);
    fake_service_park_starts(rig.service);
    poller = peer_connect(&rig);
    do {
        assert_in_range(parked, 0, ENOUGH - 1);
        peers[parked] = peer_connect(&rig);
        peer_send(&peers[parked], heavy_start());
    } while (is_parked(&rig, &peers[parked], parked + 1) && ++parked);
    struct peer *refused = &peers[parked];
    peer_expect_status(refused, 503);
    peer_send(&poller, call_text("PollForActivityTask", NULL, poll_body));
    assert_true(is_parked(&rig, &poller, parked + 1));
    peer_send(refused, call_text("RegisterDomain", NULL, register_body)); /* it may go on */
    peer_expect_status(refused, 200);
    fake_service_answer_polls(rig.service);
    peer_expect_status(&poller, 200);
    for (uint64_t i = 0; i < parked; i++) {
        peer_expect_status(&peers[i], 200);
        peer_close(&peers[i]);
    }
    peer_send(refused, heavy_start());
    fake_service_wait_parked(rig.service, 1);
    fake_service_answer_polls(rig.service);
    peer_expect_status(refused, 200);
    peer_close(refused);
    peer_close(&poller);
    rig_stop(&rig);
}

/* ---- without an address */

static void a_unix_socket_is_served(void **state)
{
    struct rig rig = rig_prepare();
    char folder[] = "/tmp/bounds_test.XXXXXX", path[64];
    struct peer peers[3];
    struct stat stat_of;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/socket", folder);
    rig.config.listen = NULL;
    rig.config.unix_socket = path;
    rig.config.unix_socket_mode = 0600;
    rig.config.connections_per_address_max = 1; /* does not count here */
    rig_start(&rig);
    assert_int_equal(server_port(rig.server), 0);
    for (int i = 0; i < 3; i++)
        peers[i] = peer_connect_unix(&rig);
    for (int i = 0; i < 3; i++) {
        peer_send(&peers[i], call_text("RegisterDomain", NULL, register_body));
        peer_expect_status(&peers[i], 200);
    }
    peer_send(&peers[0], call_text("PollForActivityTask", NULL, poll_body));
    fake_service_wait_parked(rig.service, 1);
    for (int i = 0; i < 3; i++)
        peer_close(&peers[i]);
    fake_service_wait_abandoned(rig.service, 1);
    rig_stop(&rig);
    assert_int_not_equal(stat(path, &stat_of), 0);
    assert_int_equal(remove(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_takes_its_time_at_most),
        cmocka_unit_test(a_body_takes_its_time_at_most),
        cmocka_unit_test(between_requests_time_is_limited),
        cmocka_unit_test(a_handshake_takes_its_time_at_most),
        cmocka_unit_test(what_passes_while_the_loop_is_away_counts_for_nobody),
        cmocka_unit_test(an_answer_is_taken_in_time),
        cmocka_unit_test(one_address_has_its_share),
        cmocka_unit_test(slow_handshakes_give_way),
        cmocka_unit_test(who_hangs_up_counts_as_long_as_its_call),
        cmocka_unit_test(bodies_together_are_bounded),
        cmocka_unit_test(what_waits_behind_polls_is_bounded),
        cmocka_unit_test(answers_together_are_bounded),
        cmocka_unit_test(calls_together_are_bounded),
        cmocka_unit_test(a_unix_socket_is_served),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
