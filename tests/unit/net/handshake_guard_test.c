/* What a handshake claims, in whatever pieces it comes. */
#include "net/handshake_guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* after its prerequisites */
#include <cmocka.h>

/* Whether it passes, whole or byte by byte. */
static bool passes(struct bytes data, bool is_tls_1_2)
{
    struct handshake_guard whole = { 0 }, pieces = { 0 };
    bool passed = handshake_guard_pass(&whole, data, is_tls_1_2);
    bool all = true;

    for (size_t i = 0; all && i < data.len; i++)
        all = handshake_guard_pass(&pieces, bytes_of(data.ptr + i, 1), is_tls_1_2);
    assert_int_equal(all, passed);
    return passed;
}

static void what_is_short_passes(void **state)
{
    (void)state;
    assert_true(passes(BYTES(""), false));
    assert_true(passes(BYTES("\x16\x03\x01\x00\x05\x01\x00\x00\x01x"), false));
    assert_true(passes(BYTES("\x16\x03\x01\x00\x04\x01\x00\x80\x00"), false)); /* claims 32 kB */
    assert_true(passes(BYTES("\x15\x03\x01\x00\x02\x02\x28"), false));
    assert_true(passes(BYTES("\x16\x03\x01\x00\x00\x16\x03\x01\x00\x04\x01\x00\x00\x00"), false));
}

static void long_claims_do_not(void **state)
{
    (void)state;
    assert_false(passes(BYTES("\x16\x03\x01\x00\x04\x01\x00\x80\x01"), false));
    assert_false(passes(BYTES("\x16\x03\x01\x00\x04\x01\x01\x00\x00"), false));
    /* the header over two records, and behind another message */
    assert_false(passes(BYTES("\x16\x03\x01\x00\x02\x01\x02\x16\x03\x01\x00\x02\x00\x00"), false));
    assert_false(passes(BYTES("\x16\x03\x01\x00\x09\x01\x00\x00\x01x\x0b\xff\xff\xff"), false));
}

static void what_is_no_tls_does_not(void **state)
{
    (void)state;
    assert_false(passes(BYTES("GET / HTTP/1.1\r\n"), false));
    assert_false(passes(BYTES("\x80\x2e\x01\x00\x02\x00"), false));
    assert_false(passes(BYTES("\x18\x03\x01\x00\x02\x00"), false));
}

/* A second ClientHello follows one in TLS 1.3; in 1.2 what follows is nobody's to read. */
static void a_change_of_cipher_counts_in_tls_1_2(void **state)
{
    static const struct bytes data = BYTES("\x16\x03\x01\x00\x05\x01\x00\x00\x01x"
                                           "\x14\x03\x03\x00\x01\x01"
                                           "\x16\x03\x03\x00\x04\x01\xff\xff\xff");

    (void)state;
    assert_true(passes(data, true));
    assert_false(passes(data, false));
    assert_true(passes(BYTES("\x17\x03\x03\x00\x04\x01\xff\xff\xff"), false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_short_passes),
        cmocka_unit_test(long_claims_do_not),
        cmocka_unit_test(what_is_no_tls_does_not),
        cmocka_unit_test(a_change_of_cipher_counts_in_tls_1_2),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
