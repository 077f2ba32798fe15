#include "base/base64.h"

#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
    struct bytes plain;
    const char *encoded;
} vectors[] = {
    /* RFC 4648, section 10 */
    { BYTES(""), "" },
    { BYTES("f"), "Zg==" },
    { BYTES("fo"), "Zm8=" },
    { BYTES("foo"), "Zm9v" },
    { BYTES("foob"), "Zm9vYg==" },
    { BYTES("fooba"), "Zm9vYmE=" },
    { BYTES("foobar"), "Zm9vYmFy" },
    /* both ends of the alphabet */
    { BYTES("\xff\xff\xfe"), "///+" },
    { BYTES("\0\0\0"), "AAAA" },
    { BYTES("\xfb\xf0"), "+/A=" },
};
#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static void encodes_the_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        char out[16];
        base64_encode(vectors[i].plain, out);
        struct bytes encoded = bytes_of(out, BASE64_LEN(vectors[i].plain.len));
        assert_true(bytes_equal_cstr(encoded, vectors[i].encoded));
    }
}

static void decodes_the_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        char out[16];
        size_t len = 99;
        struct bytes plain = vectors[i].plain;
        assert_true(base64_decode(bytes_of_cstr(vectors[i].encoded), out, plain.len, &len));
        assert_true(bytes_equal(bytes_of(out, len), plain));
    }
}

static void refuses_what_encode_does_not_write(void **state)
{
    static const char *const wrong[] = {
        "Z",    "Zg",   "Zg=",  "Zg===",    "=",        "==",     "====",         "Z===",
        "=Zg=", "Zg=g", "Z=g=", "Zg==Zg==", "Zm8=Zm8=", "Zm9v\n", "Zm9v\n\n\n\n", "Zm 9",
        "Zm9_", "Zm9-", "Zm9*", "Zm9\x80",  "Zm9\xff",  " Zm9v",  "Zm9v====",     "Zh==",
        "Zo==", "Zm9=", "Zm+=", /* bits that padding leaves over are set */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char out[16];
        size_t len;
        if (base64_decode(bytes_of_cstr(wrong[i]), out, sizeof(out), &len))
            fail_msg("\"%s\" was decoded", wrong[i]);
    }
}

static void refuses_what_has_no_room(void **state)
{
    char out[3];
    size_t len;

    (void)state;
    assert_false(base64_decode(BYTES("Zm9v"), out, 2, &len));
    assert_false(base64_decode(BYTES("Zm8="), out, 1, &len));
    assert_false(base64_decode(BYTES("Zg=="), out, 0, &len));
    assert_true(base64_decode(BYTES("Zg=="), out, 1, &len));
    assert_true(base64_decode(BYTES_ABSENT, out, 0, &len));
    assert_int_equal(len, 0);
}

static void random_bytes_come_back(void **state)
{
    struct random_sequence random = { 6 };

    (void)state;
    for (size_t size = 0; size < 200; size++) {
        char plain[200], encoded[BASE64_LEN(200)], back[200];
        size_t len = 0;
        random_fill(&random, plain, size);
        base64_encode(bytes_of(plain, size), encoded);
        assert_true(base64_decode(bytes_of(encoded, BASE64_LEN(size)), back, size, &len));
        assert_true(bytes_equal(bytes_of(plain, size), bytes_of(back, len)));
    }
}

/* Of all four-character texts over a few telling characters, those that decode are those that
 * encode gives. */
static void what_decodes_encodes_to_itself(void **state)
{
    static const char some[] = "AQgw8+/=-\n";
    size_t count = sizeof(some); /* with its NUL */
    int decoded = 0;

    (void)state;
    for (size_t n = 0; n < count * count * count * count; n++) {
        char in[4] = { some[n % count], some[n / count % count], some[n / count / count % count],
                       some[n / count / count / count] };
        char plain[3], again[4];
        size_t len;
        if (!base64_decode(bytes_of(in, 4), plain, sizeof(plain), &len))
            continue;
        base64_encode(bytes_of(plain, len), again);
        assert_memory_equal(in, again, 4);
        decoded++;
    }
    /* Whole; one sign of padding after a value that ends in 00 (A Q g w 8); two after 0000 (A Q g
     * w). */
    assert_int_equal(decoded, 7 * 7 * 7 * 7 + 7 * 7 * 5 + 7 * 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_the_vectors),
        cmocka_unit_test(decodes_the_vectors),
        cmocka_unit_test(refuses_what_encode_does_not_write),
        cmocka_unit_test(refuses_what_has_no_room),
        cmocka_unit_test(random_bytes_come_back),
        cmocka_unit_test(what_decodes_encodes_to_itself),
    };
    return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
