#include "auth/aws3.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "base/text.h"
#include <openssl/crypto.h>
#include <stdlib.h>

#define HEAD_BYTES_MAX ((size_t)256 << 10)

static bool is_in_list(struct bytes list, struct bytes name)
{
    while (list.len > 0) {
        const char *end = memchr(list.ptr, ';', list.len);
        struct bytes one = bytes_of(list.ptr, end ? (size_t)(end - list.ptr) : list.len);
        if (bytes_equal_ignoring_case(one, name))
            return true;
        list = bytes_skip(list, end ? one.len + 1 : one.len);
    }
    return false;
}

bool aws3_signs(const struct authorization *authorization, struct bytes header_name)
{
    const struct bytes prefix = BYTES("x-amz-");

    if (authorization->signed_header_names.len > 0)
        return is_in_list(authorization->signed_header_names, header_name);
    return bytes_equal_ignoring_case(header_name, BYTES("host")) ||
           (header_name.len >= prefix.len &&
            bytes_equal_ignoring_case(bytes_of(header_name.ptr, prefix.len), prefix));
}

/* ---- the string to sign */

static int compare_names(const void *a, const void *b)
{
    const struct header *const *one = a, *const *other = b;
    int order = bytes_compare_ignoring_case((*one)->name, (*other)->name);

    if (order)
        return order;
    return *one < *other ? -1 : *one > *other; /* the same header twice: as they came */
}

static void append_name(struct text *out, struct bytes name)
{
    for (size_t i = 0; i < name.len; i++)
        text_append_char(out, ascii_lower(name.ptr[i]));
    text_append_char(out, ':');
}

/* Lines sorted by name; values with the blanks inside them, those of one name in one line. */
static void append_headers(struct text *out, const struct authorization *authorization,
                           const struct signed_request *request, struct arena *arena)
{
    const struct header **chosen = arena_array(arena, const struct header *, request->header_count);
    size_t count = 0;

    for (size_t i = 0; i < request->header_count; i++)
        if (aws3_signs(authorization, request->headers[i].name))
            chosen[count++] = &request->headers[i];
    qsort(chosen, count, sizeof(chosen[0]), compare_names);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && bytes_equal_ignoring_case(chosen[i - 1]->name, chosen[i]->name)) {
            out->len--; /* the line goes on */
            text_append_char(out, ',');
        } else {
            append_name(out, chosen[i]->name);
        }
        text_append(out, header_value(chosen[i]));
        text_append_char(out, '\n');
    }
}

/* All of it but the body; false when it is longer than any that a client makes. */
static bool append_head(struct text *out, const struct authorization *authorization,
                        const struct signed_request *request, struct arena *arena)
{
    text_append(out, request->method);
    text_append_char(out, '\n');
    text_append(out, request->path);
    text_append_char(out, '\n');
    text_append(out, bytes_or(request->query, BYTES("")));
    text_append_char(out, '\n');
    append_headers(out, authorization, request, arena);
    text_append_char(out, '\n');
    return !out->overflowed;
}

/* ---- the signature */

static struct digest digest_of(struct hasher *hasher, enum hash_algorithm algorithm,
                               struct bytes head, struct bytes body)
{
    hasher_begin(hasher, algorithm);
    hasher_add(hasher, head);
    hasher_add(hasher, body);
    return hasher_end(hasher);
}

static bool is_mac(struct bytes signature, const struct digest *mac)
{
    char expected[BASE64_LEN(DIGEST_BYTES_MAX)];
    size_t len = BASE64_LEN(mac->len);

    base64_encode(digest_bytes(mac), expected);
    return signature.len == len && CRYPTO_memcmp(signature.ptr, expected, len) == 0;
}

/* The clients of HmacSHA1 did not agree on the digest under it: both are taken. */
static bool is_right_over(const struct authorization *authorization,
                          const struct signed_request *request, struct bytes head,
                          const struct hmac_key *key, struct hasher *hasher, bool is_sha1)
{
    bool is_right = false;

    for (int i = HASH_SHA256; i <= (is_sha1 ? HASH_SHA1 : HASH_SHA256); i++) {
        struct digest digest = digest_of(hasher, (enum hash_algorithm)i, head, request->body);
        struct digest mac = hasher_hmac(hasher, key, digest_bytes(&digest));
        is_right |= is_mac(authorization->signature, &mac);
    }
    return is_right;
}

bool aws3_is_right(const struct authorization *authorization, const struct signed_request *request,
                   struct bytes secret, struct hasher *hasher, struct arena *arena)
{
    bool is_sha1 = bytes_equal(authorization->algorithm, BYTES("HmacSHA1"));
    struct hmac_key key = { 0 };
    struct text head;

    text_init(&head, HEAD_BYTES_MAX);
    bool is_right = append_head(&head, authorization, request, arena);
    hmac_key_set(&key, hasher, is_sha1 ? HASH_SHA1 : HASH_SHA256, secret);
    is_right &= is_right_over(authorization, request, text_bytes(&head), &key, hasher, is_sha1);
    hmac_key_deinit(&key);
    text_deinit(&head);
    return is_right;
}
