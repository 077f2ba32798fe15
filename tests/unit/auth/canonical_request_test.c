/* The requests of the test suite that AWS published for Signature Version 4, as far as they can
 * reach a server (HTTP folds no lines any more), and their signatures; and what goes beyond. */
#include "auth/canonical_request.h"
#include "auth/signing_keys.h"
#include "signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
/* after its prerequisites */
#include <cmocka.h>

#define HEADERS_MAX 6
#define HOST "Host:example.amazonaws.com"
#define DATE "X-Amz-Date:20150830T123600Z"
#define USUAL_NAMES "host;x-amz-date"
#define MY_NAMES "host;my-header1;x-amz-date"

static const struct vector {
    const char *name, *method, *path, *query;
    const char *headers[HEADERS_MAX]; /* "name:value" */
    const char *names, *body, *signature;
} vectors[] = {
    { "get-vanilla",
      "GET",
      "/",
      "",
      { HOST, DATE },
      USUAL_NAMES,
      "",
      "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
    { "post-vanilla",
      "POST",
      "/",
      "",
      { HOST, DATE },
      USUAL_NAMES,
      "",
      "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b" },
    { "post-vanilla-query",
      "POST",
      "/",
      "Param1=value1",
      { HOST, DATE },
      USUAL_NAMES,
      "",
      "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11" },
    { "get-vanilla-empty-query-key",
      "GET",
      "/",
      "Param1=value1",
      { HOST, DATE },
      USUAL_NAMES,
      "",
      "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb" },
    { "get-vanilla-query-order-key-case",
      "GET",
      "/",
      "Param2=value2&Param1=value1",
      { HOST, DATE },
      USUAL_NAMES,
      "",
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500" },
    { "get-vanilla-query-order-key",
      "GET",
      "/",
      "Param1=value2&Param1=Value1",
      { HOST, DATE },
      USUAL_NAMES,
      "",
      "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1" },
    { "get-vanilla-query-order-value",
      "GET",
      "/",
      "Param1=value2&Param1=value1",
      { HOST, DATE },
      USUAL_NAMES,
      "",
      "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694" },
    { "get-vanilla-query-order-encoded",
      "GET",
      "/",
      "Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
      { HOST, DATE },
      USUAL_NAMES,
      "",
      "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac" },
    { "get-vanilla-utf8-query",
      "GET",
      "/",
      "\xe1\x88\xb4=bar",
      { HOST, DATE },
      USUAL_NAMES,
      "",
      "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04" },
    { "get-utf8",
      "GET",
      "/\xe1\x88\xb4",
      "",
      { HOST, DATE },
      USUAL_NAMES,
      "",
      "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85" },
    { "get-space",
      "GET",
      "/example space/",
      "",
      { HOST, DATE },
      USUAL_NAMES,
      "",
      "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741" },
    { "get-relative",
      "GET",
      "/example/..",
      "",
      { HOST, DATE },
      USUAL_NAMES,
      "",
      "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
    { "get-relative-relative",
      "GET",
      "/example1/example2/../..",
      "",
      { HOST, DATE },
      USUAL_NAMES,
      "",
      "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
    { "get-slash",
      "GET",
      "//",
      "",
      { HOST, DATE },
      USUAL_NAMES,
      "",
      "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
    { "get-slash-dot-slash",
      "GET",
      "/./",
      "",
      { HOST, DATE },
      USUAL_NAMES,
      "",
      "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
    { "get-slashes",
      "GET",
      "//example//",
      "",
      { HOST, DATE },
      USUAL_NAMES,
      "",
      "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84" },
    { "get-slash-pointless-dot",
      "GET",
      "/./example",
      "",
      { HOST, DATE },
      USUAL_NAMES,
      "",
      "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5" },
    { "get-header-key-duplicate",
      "GET",
      "/",
      "",
      { HOST, "My-Header1:value2", "My-Header1:value2", "My-Header1:value1", DATE },
      MY_NAMES,
      "",
      "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea" },
    { "get-header-value-order",
      "GET",
      "/",
      "",
      { HOST, "My-Header1:value4", "My-Header1:value1", "My-Header1:value3", "My-Header1:value2",
        DATE },
      MY_NAMES,
      "",
      "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01" },
    { "get-header-value-trim",
      "GET",
      "/",
      "",
      { HOST, "My-Header1: value1", "My-Header2: \"a   b   c\"", DATE },
      "host;my-header1;my-header2;x-amz-date",
      "",
      "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736" },
    { "post-header-key-sort",
      "POST",
      "/",
      "",
      { HOST, "My-Header1:value1", DATE },
      MY_NAMES,
      "",
      "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c" },
    { "post-header-value-case",
      "POST",
      "/",
      "",
      { HOST, "My-Header1:VALUE1", DATE },
      MY_NAMES,
      "",
      "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d" },
    { "post-x-www-form-urlencoded",
      "POST",
      "/",
      "",
      { "Content-Type:application/x-www-form-urlencoded", HOST, DATE },
      "content-type;host;x-amz-date",
      "Param1=value1",
      "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a" },
    { "get-vanilla-query, presigned",
      "GET",
      "/",
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2F"
      "service%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&"
      "X-Amz-Expires=3600&X-Amz-Signature="
      "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d",
      { HOST, DATE },
      "host",
      "",
      "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d" },
};

static const struct signer_scope published = {
    .secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    .date = "20150830T123600Z",
    .region = "us-east-1",
    .service = "service",
};

static struct text text;

static int start(void **state)
{
    (void)state;
    text_init(&text, 4096);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    text_deinit(&text);
    return 0;
}

static size_t take_headers(const char *const lines[HEADERS_MAX], struct header out[HEADERS_MAX])
{
    size_t count = 0;

    while (count < HEADERS_MAX && lines[count]) {
        struct bytes line = bytes_of_cstr(lines[count]);
        size_t colon = (size_t)(strchr(lines[count], ':') - lines[count]);
        out[count++] = (struct header){ bytes_of(line.ptr, colon), bytes_skip(line, colon + 1) };
    }
    return count;
}

/* The canonical form of a vector; with "H" for the digest of an absent body. */
static bool write_canonical(const struct vector *vector)
{
    struct header headers[HEADERS_MAX];
    char digest[65] = "H";

    if (vector->body)
        signer_digest(bytes_of_cstr(vector->body), digest);
    const struct signed_request request = {
        .method = bytes_of_cstr(vector->method),
        .path = bytes_of_cstr(vector->path),
        .query = bytes_of_cstr(vector->query),
        .headers = headers,
        .header_count = take_headers(vector->headers, headers),
    };
    text_reset(&text);
    return canonical_request_append(&text, &request, bytes_of_cstr(vector->names),
                                    BYTES("X-Amz-Signature"), bytes_of_cstr(digest));
}

static void the_published_requests_have_their_signatures(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        char signature[65];
        assert_true(write_canonical(&vectors[i]));
        signer_sign(&published, text_bytes(&text), signature);
        if (strcmp(signature, vectors[i].signature) != 0)
            fail_msg("%s:\n%.*s", vectors[i].name, BYTES_FMT(text_bytes(&text)));
    }
}

/* From AWS's page on how a signing key is derived. */
static void the_published_key_is_derived(void **state)
{
    const struct signing_scope scope = {
        .date = BYTES("20150830"),
        .region = BYTES("us-east-1"),
        .service = BYTES("iam"),
        .terminator = BYTES("aws4_request"),
        .secret = bytes_of_cstr(published.secret),
    };
    const struct bytes to_sign = BYTES(
        "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n"
        "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59");
    struct hasher *hasher = hasher_new();
    struct signing_keys *keys = signing_keys_new(hasher, 1);
    char signature[65] = "";

    (void)state;
    struct digest mac = hasher_hmac(hasher, signing_keys_derive(keys, &scope), to_sign);
    digest_format_hex(&mac, signature);
    assert_string_equal(signature,
                        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
    signing_keys_free(keys);
    hasher_free(hasher);
}

static void expect_canonical(const struct vector *vector, const char *expected)
{
    assert_true(write_canonical(vector));
    if (!bytes_equal_cstr(text_bytes(&text), expected))
        fail_msg("\n got: %.*s\nwant: %s", BYTES_FMT(text_bytes(&text)), expected);
}

static void expect_path(const char *path, const char *expected)
{
    const struct vector vector = { .method = "P", .path = path, .names = "" };
    char whole[256];

    snprintf(whole, sizeof(whole), "P\n%s\n\n\n\nH", expected);
    expect_canonical(&vector, whole);
}

static void paths_are_resolved(void **state)
{
    (void)state;
    expect_path("/", "/");
    expect_path("/a/b", "/a/b");
    expect_path("/a/b/", "/a/b/");
    expect_path("/..", "/");
    expect_path("/../../a", "/a");
    expect_path("/a/../b/.", "/b/");
    expect_path("/a/.../b", "/a/.../b");
    /* What is escaped already is escaped again. */
    expect_path("/a%20b+c", "/a%2520b%2Bc");
    /* None that a request may have: not mistaken for one. */
    expect_path("", "");
    expect_path(".", ".");
    expect_path("*", "%2A");
}

static void expect_query(const char *query, const char *expected)
{
    const struct vector vector = { .method = "P", .path = "/", .query = query, .names = "" };
    char whole[256];

    snprintf(whole, sizeof(whole), "P\n/\n%s\n\n\nH", expected);
    expect_canonical(&vector, whole);
}

static void queries_are_sorted_and_escaped(void **state)
{
    (void)state;
    expect_query("a", "a=");
    expect_query("a=&b", "a=&b=");
    expect_query("&&b=1&&a=2&", "a=2&b=1");
    expect_query("b=1&a=2&B=3&a=1", "B=3&a=1&a=2&b=1");
    expect_query("a-b=1&a=2&a0=3", "a=2&a-b=1&a0=3");
    expect_query("a=b=c", "a=b%3Dc");
    expect_query("a=/ +*", "a=%2F%20%2B%2A");
    /* Escapes stay as they are written; what is none is text. */
    expect_query("a=%2f%2F%41", "a=%2f%2F%41");
    expect_query("a=%&b=%1&c=%zz&d=%", "a=%25&b=%251&c=%25zz&d=%25");
    /* Only one signature is left out. */
    expect_query("X-Amz-Signature=1&a=1&X-Amz-Signature=2", "X-Amz-Signature=2&a=1");
    expect_query("X-Amz-Signature=1", "");
}

static void headers_stand_as_they_are_listed(void **state)
{
    const struct vector vector = { .method = "P",
                                   .path = "/",
                                   .headers = { "Empty:", "B: 2", "A:\t 1 \t 2\t", "b:3" },
                                   .names = "b;Empty;not-there;a" };

    (void)state;
    expect_canonical(&vector, "P\n/\n\nb:2,3\nEmpty:\na:1 2\n\nb;Empty;not-there;a\nH");
}

static void what_is_too_much_has_no_form(void **state)
{
    struct vector vector = { .method = "P", .path = "/", .headers = { "a:b" }, .names = "a;a" };
    char query[3 * 130], long_path[8192];

    (void)state;
    assert_false(write_canonical(&vector));
    vector.names = "a";
    assert_true(write_canonical(&vector));

    for (size_t i = 0; i < 129; i++)
        memcpy(query + 2 * i, "a&", 3);
    vector.query = query;
    assert_false(write_canonical(&vector));
    query[2 * 128] = '\0';
    assert_true(write_canonical(&vector));
    vector.query = NULL;

    memset(long_path, '/', sizeof(long_path));
    memset(long_path + 1, 'a', sizeof(long_path) - 2);
    long_path[sizeof(long_path) - 1] = '\0';
    vector.path = long_path;
    assert_false(write_canonical(&vector));
}

#define test(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_published_requests_have_their_signatures),
        test(the_published_key_is_derived),
        test(paths_are_resolved),
        test(queries_are_sorted_and_escaped),
        test(headers_stand_as_they_are_listed),
        test(what_is_too_much_has_no_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
