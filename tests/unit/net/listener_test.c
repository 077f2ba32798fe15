#include "net/listener.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
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

typedef int resolver(const char *host, const char *service, const struct addrinfo *hints,
                     struct addrinfo **out);

/* Comes before the library's: "half.example" has an address that this machine has not, behind one
 * that it has. So it is with localhost where there is no IPv6. */
int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                struct addrinfo **out)
{
    resolver *real = (resolver *)(uintptr_t)dlsym(RTLD_NEXT, "getaddrinfo");

    if (strcmp(host, "half.example") != 0)
        return real(host, service, hints, out);
    int error = real("127.0.0.1", service, hints, out);
    return error ? error : real("2001:db8::1", service, hints, &(*out)->ai_next);
}

static void an_address_that_is_not_there_is_left_out_wherever_it_stands(void **state)
{
    struct listener listener;

    (void)state;
    assert_int_equal(listener_open("half.example:0", &listener), OK);
    assert_int_equal(listener.count, 1);
    close(connect_to(listener.port));
    listener_close(&listener);
    assert_int_equal(listener_open("[2001:db8::1]:0", &listener), ERR_INVALID);
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

/* ---- Unix sockets */

static struct folder {
    char path[64], socket[80];
} folder;

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder.path, sizeof(folder.path), "/tmp/listener_test.XXXXXX");
    if (!mkdtemp(folder.path))
        return -1;
    snprintf(folder.socket, sizeof(folder.socket), "%s/socket", folder.path);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder.path);
}

static bool answers(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(address.sun_path, folder.socket, strlen(folder.socket));
    bool connected = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    close(fd);
    return connected;
}

static void a_unix_socket_comes_and_goes(void **state)
{
    static const mode_t modes[] = { 0600, 0660, 0666 };
    struct listener listener;
    struct stat stat_of;

    (void)state;
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        assert_int_equal(listener_open_unix(folder.socket, modes[i], &listener), OK);
        assert_int_equal(listener.kind, LISTENER_UNIX);
        assert_int_equal(stat(folder.socket, &stat_of), 0);
        assert_int_equal(stat_of.st_mode & 0777, modes[i]);
        assert_true(answers());
        listener_close(&listener);
        listener_close(&listener);
        assert_int_not_equal(stat(folder.socket, &stat_of), 0);
    }
}

static void a_socket_that_is_answered_on_is_left_alone(void **state)
{
    struct listener first, second;

    (void)state;
    assert_int_equal(listener_open_unix(folder.socket, 0600, &first), OK);
    assert_int_equal(listener_open_unix(folder.socket, 0600, &second), ERR_BUSY);
    assert_true(answers());
    listener_close(&second);
    assert_true(answers());
    listener_close(&first);
}

static void a_socket_that_was_left_behind_is_replaced(void **state)
{
    struct listener first, second;

    (void)state;
    assert_int_equal(listener_open_unix(folder.socket, 0600, &first), OK);
    close(first.fds[0]); /* as the end of a process that was killed does */
    first.count = 0;
    assert_false(answers());
    assert_int_equal(listener_open_unix(folder.socket, 0600, &second), OK);
    assert_true(answers());
    listener_close(&second);
}

static void what_is_no_socket_is_left_alone(void **state)
{
    FILE *file = fopen(folder.socket, "we");
    struct listener listener;

    (void)state;
    assert_non_null(file);
    fclose(file);
    assert_int_equal(listener_open_unix(folder.socket, 0600, &listener), ERR_BUSY);
    listener_close(&listener);
    assert_int_equal(unlink(folder.socket), 0);
}

/* Of two servers the later one may have the file by now. */
static void the_socket_of_another_is_not_removed(void **state)
{
    struct listener first, second;

    (void)state;
    assert_int_equal(listener_open_unix(folder.socket, 0600, &first), OK);
    assert_int_equal(unlink(folder.socket), 0);
    assert_int_equal(listener_open_unix(folder.socket, 0600, &second), OK);
    listener_close(&first);
    assert_true(answers());
    listener_close(&second);
}

static void paths_that_do_not_fit_are_refused(void **state)
{
    char path[200];
    struct listener listener;

    (void)state;
    memset(path, 'p', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(listener_open_unix(path, 0600, &listener), ERR_INVALID);
    assert_int_equal(listener_open_unix("", 0600, &listener), ERR_INVALID);
    assert_int_equal(listener_open_unix("/nowhere/at/all", 0600, &listener), ERR_IO);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(a_port_in_use_is_refused),
        cmocka_unit_test(a_port_is_free_at_once_after_its_connections),
        cmocka_unit_test(a_name_may_have_several_addresses),
        cmocka_unit_test(an_address_that_is_not_there_is_left_out_wherever_it_stands),
        cmocka_unit_test(options_are_inherited),
        in_folder(a_unix_socket_comes_and_goes),
        in_folder(a_socket_that_is_answered_on_is_left_alone),
        in_folder(a_socket_that_was_left_behind_is_replaced),
        in_folder(what_is_no_socket_is_left_alone),
        in_folder(the_socket_of_another_is_not_removed),
        cmocka_unit_test(paths_that_do_not_fit_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
