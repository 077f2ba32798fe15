/* All clients together: how many, how many from one place, and how heavy. */
#include "net/crowd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
/* after its prerequisites */
#include <cmocka.h>

static struct peer_address address(const char *text)
{
    struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
    struct sockaddr_in four = { .sin_family = AF_INET };

    if (inet_pton(AF_INET6, text, &six.sin6_addr) == 1)
        return peer_address_of((struct sockaddr *)&six);
    assert_int_equal(inet_pton(AF_INET, text, &four.sin_addr), 1);
    return peer_address_of((struct sockaddr *)&four);
}

static bool enter(struct crowd *crowd, const char *from)
{
    struct peer_address who = address(from);
    return crowd_enter(crowd, &who);
}

static void leave(struct crowd *crowd, const char *from)
{
    struct peer_address who = address(from);
    crowd_leave(crowd, &who);
}

static void all_together_are_bounded(void **state)
{
    struct crowd *crowd = crowd_new(&(struct crowd_bounds){ .clients_max = 3 });
    static const struct peer_address nowhere;

    (void)state;
    assert_true(enter(crowd, "192.0.2.1"));
    assert_true(enter(crowd, "192.0.2.1"));
    assert_true(crowd_enter(crowd, &nowhere));
    assert_false(enter(crowd, "192.0.2.2"));
    assert_false(crowd_enter(crowd, &nowhere));
    leave(crowd, "192.0.2.1");
    assert_true(enter(crowd, "192.0.2.2"));
    leave(crowd, "192.0.2.1");
    leave(crowd, "192.0.2.2");
    crowd_leave(crowd, &nowhere);
    crowd_free(crowd);
}

static void those_of_one_address_are_bounded(void **state)
{
    struct crowd *crowd = crowd_new(
        &(struct crowd_bounds){ .clients_max = 100, .clients_per_address_max = 2 });
    static const struct peer_address nowhere;

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_true(enter(crowd, "192.0.2.1"));
        assert_true(enter(crowd, "192.0.2.2"));
    }
    assert_false(enter(crowd, "192.0.2.1"));
    assert_false(enter(crowd, "::ffff:192.0.2.1")); /* the same one in other clothes */
    for (int i = 0; i < 5; i++)
        assert_true(crowd_enter(crowd, &nowhere));
    leave(crowd, "192.0.2.1");
    assert_true(enter(crowd, "192.0.2.1"));
    for (int i = 0; i < 2; i++) {
        leave(crowd, "192.0.2.1");
        leave(crowd, "192.0.2.2");
    }
    for (int i = 0; i < 5; i++)
        crowd_leave(crowd, &nowhere);
    crowd_free(crowd);
}

/* Who has one IPv6 address has 2^64. */
static void a_network_of_ipv6_is_one_place(void **state)
{
    struct crowd *crowd = crowd_new(
        &(struct crowd_bounds){ .clients_max = 100, .clients_per_address_max = 2 });

    (void)state;
    assert_true(enter(crowd, "2001:db8:0:1::1"));
    assert_true(enter(crowd, "2001:db8:0:1:ffff:ffff:ffff:ffff"));
    assert_false(enter(crowd, "2001:db8:0:1::2"));
    assert_true(enter(crowd, "2001:db8:0:2::1"));
    leave(crowd, "2001:db8:0:1::1");
    leave(crowd, "2001:db8:0:1::1");
    leave(crowd, "2001:db8:0:2::1");
    crowd_free(crowd);
}

static void many_places_are_told_apart(void **state)
{
    struct crowd *crowd = crowd_new(
        &(struct crowd_bounds){ .clients_max = 5000, .clients_per_address_max = 1 });
    char text[32];

    (void)state;
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "10.1.%d.%d", i / 250, i % 250);
        assert_true(enter(crowd, text));
    }
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "10.1.%d.%d", i / 250, i % 250);
        leave(crowd, text);
        assert_true(enter(crowd, text));
        leave(crowd, text);
    }
    crowd_free(crowd);
}

static void what_is_held_is_summed_up(void **state)
{
    struct crowd *crowd = crowd_new(
        &(struct crowd_bounds){ .clients_max = 1, .held_bytes_max = 1000 });

    (void)state;
    crowd_hold(crowd, 0, 600);
    assert_false(crowd_is_heavy(crowd));
    crowd_hold(crowd, 0, 400);
    assert_false(crowd_is_heavy(crowd));
    crowd_hold(crowd, 400, 401);
    assert_true(crowd_is_heavy(crowd));
    crowd_hold(crowd, 600, 10);
    assert_false(crowd_is_heavy(crowd));
    crowd_hold(crowd, 10, 0);
    crowd_hold(crowd, 401, 0);
    crowd_free(crowd);
}

static void calls_are_summed_up_by_themselves(void **state)
{
    struct crowd *crowd = crowd_new(
        &(struct crowd_bounds){ .clients_max = 1, .held_bytes_max = 1000 });

    (void)state;
    assert_true(crowd_begin_call(crowd, 1000, false));
    assert_true(crowd_begin_call(crowd, 500, false));
    assert_false(crowd_begin_call(crowd, 1, false));
    assert_false(crowd_is_heavy(crowd));
    crowd_end_call(crowd, 500);
    assert_false(crowd_begin_call(crowd, 1, true)); /* more than half of it is taken */
    assert_true(crowd_begin_call(crowd, 1, false));
    crowd_end_call(crowd, 1000);
    crowd_end_call(crowd, 1);
    crowd_free(crowd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_together_are_bounded),
        cmocka_unit_test(those_of_one_address_are_bounded),
        cmocka_unit_test(a_network_of_ipv6_is_one_place),
        cmocka_unit_test(many_places_are_told_apart),
        cmocka_unit_test(what_is_held_is_summed_up),
        cmocka_unit_test(calls_are_summed_up_by_themselves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
