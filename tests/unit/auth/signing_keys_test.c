#include "auth/signing_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
/* after its prerequisites */
#include <cmocka.h>

#define KEYS_MAX 3

static struct hasher *hasher;
static struct signing_keys *keys;

static int start(void **state)
{
    (void)state;
    hasher = hasher_new();
    keys = signing_keys_new(hasher, KEYS_MAX);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    signing_keys_free(keys);
    hasher_free(hasher);
    return 0;
}

static struct signing_scope scope_of(const char *name, const char *secret)
{
    return (struct signing_scope){
        .name = bytes_of_cstr(name),
        .date = BYTES("20130609"),
        .region = bytes_of_cstr(name),
        .service = BYTES("swf"),
        .terminator = BYTES("aws4_request"),
        .secret = bytes_of_cstr(secret),
    };
}

static struct digest mac_of(const struct hmac_key *key)
{
    return hasher_hmac(hasher, key, BYTES("text"));
}

static bool is_kept(const char *name, const char *secret)
{
    const struct signing_scope scope = scope_of(name, secret);
    return signing_keys_find(keys, &scope) != NULL;
}

static struct digest keep(const char *name, const char *secret)
{
    const struct signing_scope scope = scope_of(name, secret);

    assert_null(signing_keys_find(keys, &scope));
    struct digest mac = mac_of(signing_keys_derive(keys, &scope));
    signing_keys_keep(keys, &scope);
    return mac;
}

static void a_kept_key_is_the_derived_one(void **state)
{
    const struct signing_scope scope = scope_of("a", "secret");
    struct digest derived = keep("a", "secret");

    (void)state;
    /* Others in between change nothing. */
    keep("b", "secret");
    const struct signing_scope other = scope_of("c", "secret");
    signing_keys_derive(keys, &other);
    for (int i = 0; i < 2; i++) {
        const struct hmac_key *key = signing_keys_find(keys, &scope);
        assert_non_null(key);
        struct digest mac = mac_of(key);
        assert_memory_equal(mac.bytes, derived.bytes, derived.len);
    }
}

static void what_is_not_kept_is_not_found(void **state)
{
    const struct signing_scope scope = scope_of("a", "secret");

    (void)state;
    signing_keys_derive(keys, &scope);
    assert_null(signing_keys_find(keys, &scope));
    assert_int_equal(signing_keys_count(keys), 0);
}

static void the_least_used_makes_room(void **state)
{
    (void)state;
    keep("a", "secret");
    keep("b", "secret");
    keep("c", "secret");
    assert_true(is_kept("a", "secret"));
    keep("d", "secret");
    assert_int_equal(signing_keys_count(keys), KEYS_MAX);
    assert_true(is_kept("a", "secret"));
    assert_false(is_kept("b", "secret"));
    assert_true(is_kept("c", "secret"));
    assert_true(is_kept("d", "secret"));
}

static void another_secret_ends_a_key(void **state)
{
    (void)state;
    struct digest old = keep("a", "secret");
    assert_false(is_kept("a", "secreT"));
    assert_int_equal(signing_keys_count(keys), 0);
    assert_false(is_kept("a", "secret"));
    struct digest new = keep("a", "secreT");
    assert_memory_not_equal(old.bytes, new.bytes, new.len);
    assert_false(is_kept("a", "secre"));
}

static void what_is_too_long_is_derived_each_time(void **state)
{
    char name[200] = "", secret[200] = "";

    (void)state;
    memset(name, 'n', sizeof(name) - 1);
    memset(secret, 's', sizeof(secret) - 1);
    struct digest one = keep(name, "secret"), other = keep(name, "secret");
    assert_memory_equal(one.bytes, other.bytes, one.len);
    one = keep("a", secret);
    other = keep("a", secret);
    assert_memory_equal(one.bytes, other.bytes, one.len);
    assert_int_equal(signing_keys_count(keys), 0);
}

/* RFC 4231 and RFC 2202: short keys, long keys, and both algorithms. */
static void hmac_is_that_of_the_rfcs(void **state)
{
    static const char long_key[131] = { [0 ... 130] = '\xaa' };
    static const char shorter_key[80] = { [0 ... 79] = '\xaa' };
    const struct {
        enum hash_algorithm algorithm;
        struct bytes key, data;
        const char *mac;
    } cases[] = {
        { HASH_SHA256, BYTES("Jefe"), BYTES("what do ya want for nothing?"),
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
        { HASH_SHA256, bytes_of(long_key, 131),
          BYTES("Test Using Larger Than Block-Size Key - Hash Key First"),
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
        { HASH_SHA1, BYTES("Jefe"), BYTES("what do ya want for nothing?"),
          "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
        { HASH_SHA1, bytes_of(shorter_key, 80),
          BYTES("Test Using Larger Than Block-Size Key - Hash Key First"),
          "aa4ae5e15272d00e95705637ce8a3b55ed402112" },
    };
    struct hmac_key key = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char hex[65] = "";
        hmac_key_set(&key, hasher, cases[i].algorithm, cases[i].key);
        struct digest mac = hasher_hmac(hasher, &key, cases[i].data);
        digest_format_hex(&mac, hex);
        assert_string_equal(hex, cases[i].mac);
    }
    hmac_key_deinit(&key);
}

#define test(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_kept_key_is_the_derived_one),
        test(what_is_not_kept_is_not_found),
        test(the_least_used_makes_room),
        test(another_secret_ends_a_key),
        test(what_is_too_long_is_derived_each_time),
        test(hmac_is_that_of_the_rfcs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
