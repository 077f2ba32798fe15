#include "net/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
/* after its prerequisites */
#include <cmocka.h>

static void what_is_no_address_is_refused(void **state)
{
    static const char *const addresses[] = {
        "",
        ":",
        "8080",
        ":8080",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:x",
        "127.0.0.1:-1",
        "127.0.0.1:65536",
        "127.0.0.1:80 ",
        "::1:8080",
        "[::1]",
        "[::1]8080",
        "[::1:8080",
        "[]:8080",
        "192.0.2.1:0",
    };
    struct listener listener;

    (void)state;
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        if (listener_open(addresses[i], &listener) != ERR_INVALID)
            fail_msg("accepted: '%s'", addresses[i]);
        assert_int_equal(listener.count, 0);
    }
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void a_port_in_use_is_refused(void **state)
{
    struct listener first, second;
    char address[32];

    (void)state;
    assert_int_equal(listener_open("127.0.0.1:0", &first), OK);
    assert_true(first.port > 0);
    snprintf(address, sizeof(address), "127.0.0.1:%u", first.port);
    assert_int_equal(listener_open(address, &second), ERR_BUSY);
    listener_close(&first);
    listener_close(&first);
    assert_int_equal(listener_open(address, &second), OK);
    assert_int_equal(second.port, first.port);
    listener_close(&second);
}

/* Connections of an earlier process that the kernel still remembers are in nobody's way. */
static void a_port_is_free_at_once_after_its_connections(void **state)
{
    struct listener first, second;
    char address[32];

    (void)state;
    assert_int_equal(listener_open("127.0.0.1:0", &first), OK);
    int client = connect_to(first.port);
    int accepted = accept(first.fds[0], NULL, NULL);
    close(accepted); /* this end closes first: it is the one that waits */
    close(client);
    snprintf(address, sizeof(address), "127.0.0.1:%u", first.port);
    listener_close(&first);
    assert_int_equal(listener_open(address, &second), OK);
    listener_close(&second);
}

static void a_name_may_have_several_addresses(void **state)
{
    struct listener listener;

    (void)state;
    assert_int_equal(listener_open("localhost:0", &listener), OK);
    assert_true(listener.count >= 1);
    close(connect_to(listener.port));
    listener_close(&listener);
}

static int option(int fd, int level, int name)
{
    int value = 0;
    socklen_t len = sizeof(value);

    assert_int_equal(getsockopt(fd, level, name, &value, &len), 0);
    return value;
}

/* What connections rely on being handed down. */
static void options_are_inherited(void **state)
{
    struct listener listener;

    (void)state;
    assert_int_equal(listener_open("127.0.0.1:0", &listener), OK);
    int client = connect_to(listener.port);
    int accepted = accept(listener.fds[0], NULL, NULL);
    assert_true(accepted >= 0);
    assert_int_equal(option(accepted, IPPROTO_TCP, TCP_NODELAY), 1);
    assert_int_equal(option(accepted, SOL_SOCKET, SO_KEEPALIVE), 1);
    assert_int_equal(option(accepted, IPPROTO_TCP, TCP_KEEPIDLE), 15);
    assert_int_equal(option(accepted, IPPROTO_TCP, TCP_KEEPCNT), 3);
    assert_int_equal(option(accepted, IPPROTO_TCP, TCP_USER_TIMEOUT), 45000);
    close(accepted);
    close(client);
    listener_close(&listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(a_port_in_use_is_refused),
        cmocka_unit_test(a_port_is_free_at_once_after_its_connections),
        cmocka_unit_test(a_name_may_have_several_addresses),
        cmocka_unit_test(options_are_inherited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
