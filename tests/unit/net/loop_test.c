/* A loop by itself, at moments that a server seldom comes to. */
#include "peer.h"

#include "base/memory.h"
#include "net/crowd.h"
#include "net/loop.h"
#include <netinet/in.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
/* after its prerequisites */
#include <cmocka.h>

/* A clock at which the loop waits, once. */
struct held_clock {
    atomic_bool holds;
    sem_t reached, released;
};

static struct instant look_at_clock(void *context)
{
    struct held_clock *clock = context;

    if (atomic_exchange(&clock->holds, false)) {
        sem_post(&clock->reached);
        sem_wait(&clock->released);
    }
    return still_world.wall(NULL);
}

struct fixture {
    struct service *service;
    struct held_clock clock;
    struct world world;
    struct listener listener;
    struct house house;
    struct loop *loop;
};

static int start(void **state)
{
    static struct fixture fixture;
    const struct crowd_bounds bounds = { .clients_max = 10, .held_bytes_max = 64 << 20 };
    struct server_config config = { .world = &fixture.world, SERVER_CONFIG_DEFAULTS };

    fixture = (struct fixture){ .world = still_world };
    fixture.world.context = &fixture.clock;
    fixture.world.wall = look_at_clock;
    sem_init(&fixture.clock.reached, 0, 0);
    sem_init(&fixture.clock.released, 0, 0);
    config.service = fixture.service = fake_service_new();
    assert_int_equal(listener_open("127.0.0.1:0", &fixture.listener), OK);
    fixture.house = (struct house){ crowd_new(&bounds), memory_new(sizeof(struct traffic)), 1 };
    fixture.loop = loop_start(&config, &fixture.listener, 1, &fixture.house, 0);
    *state = &fixture;
    return 0;
}

/* The loop has ended. */
static int stop(void **state)
{
    struct fixture *fixture = *state;

    listener_close(&fixture->listener);
    crowd_free(fixture->house.crowd);
    memory_free(fixture->house.traffic);
    fake_service_free(fixture->service);
    sem_destroy(&fixture->clock.reached);
    sem_destroy(&fixture->clock.released);
    return 0;
}

static struct peer visitor(const struct fixture *fixture)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                              .sin_port = htons(fixture->listener.port) };
    struct peer peer = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };

    assert_int_equal(connect(peer.fd, (struct sockaddr *)&to, sizeof(to)), 0);
    return peer;
}

/* Somebody whose poll is held. */
static struct peer poller(struct fixture *fixture, uint64_t number)
{
    struct peer peer = visitor(fixture);

    peer_send(&peer, call_text("PollForActivityTask", NULL, poll_body));
    fake_service_wait_parked(fixture->service, number);
    return peer;
}

/* While the loop answers one call it is told to wait for nobody, and the other call comes back: it
 * takes this one having given it up already. */
static void the_last_call_may_come_back_as_the_loop_gives_up(void **state)
{
    struct fixture *fixture = *state;
    struct peer first = poller(fixture, 1), second = poller(fixture, 2);

    atomic_store(&fixture->clock.holds, true);
    fake_service_answer_first(fixture->service);
    sem_wait(&fixture->clock.reached);
    fake_service_answer_polls(fixture->service);
    fake_service_wait_answered(fixture->service, 2);
    loop_finish_begin(fixture->loop, (struct duration){ 0 });
    sem_post(&fixture->clock.released);
    loop_finish_end(fixture->loop);
    peer_expect_status(&first, 200);
    peer_expect_end(&second);
    peer_close(&first);
    peer_close(&second);
}

/* All but the last byte of a request that is nearly as long as one may be. */
static struct peer long_winded(struct fixture *fixture)
{
    enum { BODY = 1000000 };
    static char body[BODY];
    struct peer peer = visitor(fixture);

    memset(body, ' ', BODY);
    peer_send_text(&peer, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
    peer_send(&peer, bytes_of(body, BODY - 1));
    return peer;
}

static void end_request(struct peer *peer)
{
    peer_send_text(peer, " ");
    peer_expect_status(peer, 404);
    peer_close(peer);
}

/* The loop is held while somebody looks. */
static size_t spare_bytes(struct fixture *fixture)
{
    struct peer peer = visitor(fixture);
    size_t bytes = 0;

    atomic_store(&fixture->clock.holds, true);
    peer_send_text(&peer, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    sem_wait(&fixture->clock.reached);
    for (const struct http *http = fixture->loop->spare; http; http = http->next)
        bytes += http_held_bytes(http);
    sem_post(&fixture->clock.released);
    peer_expect_status(&peer, 200);
    peer_close(&peer);
    return bytes;
}

/* What long requests were read into is not kept when they are over. */
static void a_loop_at_rest_holds_little(void **state)
{
    struct fixture *fixture = *state;
    struct peer first = long_winded(fixture), second = long_winded(fixture);

    end_request(&first);
    end_request(&second);
    assert_in_range(spare_bytes(fixture), 1, 256 << 10);
    loop_finish_begin(fixture->loop, duration_of_s(60));
    loop_finish_end(fixture->loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_last_call_may_come_back_as_the_loop_gives_up, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_loop_at_rest_holds_little, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
