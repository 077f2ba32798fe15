/*
 * Which address of the server's name is meant.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "bench/endpoint.h"
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef int resolver(const char *host, const char *service, const struct addrinfo *hints,
                     struct addrinfo **out);

/* Comes before the library's: "two.example" has two addresses, and the second is that of the other
 * server of this machine. So it is with localhost where ::1 comes first. */
int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                struct addrinfo **out)
{
    resolver *real = (resolver *)(uintptr_t)dlsym(RTLD_NEXT, "getaddrinfo");

    if (strcmp(host, "two.example") != 0)
        return real(host, service, hints, out);
    int error = real("127.0.0.2", service, hints, out);
    return error ? error : real("127.0.0.3", service, hints, &(*out)->ai_next);
}

/* A socket that is listened on, at 127.0.0.`last` and this port; 0: any, which is put there. */
static int listen_at(int last, int *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)*port) };
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    at.sin_addr.s_addr = htonl(0x7f000000 + (uint32_t)last);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

/* The last number of the address that "two.example" means with this port. */
static int meant(int port)
{
    struct endpoint endpoint;
    char url[64];

    snprintf(url, sizeof url, "http://two.example:%d", port);
    assert_true(endpoint_find(url, &endpoint));
    assert_true(endpoint.is_loopback);
    return (int)(ntohl(((struct sockaddr_in *)&endpoint.address)->sin_addr.s_addr) & 0xff);
}

static void of_several_addresses_one_that_is_listened_on_is_meant(void **state)
{
    int port = 0, second = listen_at(3, &port);

    (void)state;
    assert_int_equal(meant(port), 3);
    int first = listen_at(2, &port);
    assert_int_equal(meant(port), 2);
    close(second);
    assert_int_equal(meant(port), 2);
    close(first);
    assert_int_equal(meant(port), 3); /* nobody is there: what a call says of it tells so */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_several_addresses_one_that_is_listened_on_is_meant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
