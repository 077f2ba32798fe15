#include "cmd/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void assert_parses(const char *text, const char *host, uint16_t port)
{
    struct address address;
    assert_true(address_parse(bytes_of_cstr(text), &address));
    assert_int_equal(address.host.len, strlen(host));
    assert_memory_equal(address.host.ptr, host, strlen(host));
    assert_int_equal(address.port, port);
}

static void parses_names_and_addresses(void **state)
{
    (void)state;
    assert_parses("127.0.0.1:9347", "127.0.0.1", 9347);
    assert_parses("localhost:0", "localhost", 0);
    assert_parses("[::1]:65535", "::1", 65535);
}

static void refuses_what_is_not_one(void **state)
{
    static const char *const wrong[] = {
        "",         ":",       ":80",     "localhost", "localhost:",     "localhost:65536",
        "::1:80",   "[::1]",   "[::1:80", "[name]:80", "a b:80",         "[]:80",
        "host:80x", "host:-1", "[]",      "]:80",      "http://host:80", "host:1:2",
    };
    struct address address;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (address_parse(bytes_of_cstr(wrong[i]), &address))
            fail_msg("taken for an address: '%s'", wrong[i]);
    }
}

static void knows_what_only_this_machine_reaches(void **state)
{
    (void)state;
    assert_true(address_is_loopback(BYTES("127.0.0.1")));
    assert_true(address_is_loopback(BYTES("127.8.9.10")));
    assert_true(address_is_loopback(BYTES("::1")));
    assert_true(address_is_loopback(BYTES("localhost")));
    assert_false(address_is_loopback(BYTES("0.0.0.0")));
    assert_false(address_is_loopback(BYTES("::")));
    assert_false(address_is_loopback(BYTES("192.168.0.1")));
    assert_false(address_is_loopback(BYTES("127.0.0.1.example.com")));
    assert_false(address_is_loopback(BYTES("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_names_and_addresses),
        cmocka_unit_test(refuses_what_is_not_one),
        cmocka_unit_test(knows_what_only_this_machine_reaches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
