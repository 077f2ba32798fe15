/*
 * A request whose signature is looked at: by one verifier that has the signing key already, and by
 * one that has none. Both must say the same.
 */
#include "target.h"

#include "auth/signature.h"
#include "base/memory.h"
#include "net/http.h"

#define HEADERS_MAX 20
#define NOW ((struct instant){ INT64_C(1370772015000) }) /* 2013-06-09T10:00:15Z */

static const struct http_limits limits = { 8192, HEADERS_MAX, 16384 };

static const struct credential *find(void *context, struct bytes access_key_id)
{
    static const struct credential known[] = {
        { .access_key_id = BYTES("AKIDEXAMPLE"),
          .secret = BYTES("secret"),
          .is_active = true,
          .expires = { INT64_MAX } },
        { .access_key_id = BYTES("ASIATEMPORARY"),
          .secret = BYTES("secret"),
          .is_active = true,
          .expires = { INT64_MAX },
          .session_token = BYTES("token") },
        { .access_key_id = BYTES("AKIDINACTIVE"), .secret = BYTES("secret") },
    };

    (void)context;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (bytes_equal(known[i].access_key_id, access_key_id))
            return &known[i];
    }
    return NULL;
}

static struct signed_request request_of(const struct http *http, struct header *headers)
{
    const struct http_head *head = &http->head;

    for (uint32_t i = 0; i < head->lines; i++) {
        struct http_line line = http_head_line(head, i);
        headers[i] = (struct header){ .name = line.name, .value = line.value };
    }
    return (struct signed_request){
        .method = http_head_method(head),
        .path = http_head_path(head),
        .query = http_head_query(head),
        .headers = headers,
        .header_count = head->lines,
        .body = http_request(http).body,
    };
}

static struct fault verify(struct signature_verifier *verifier,
                           const struct signed_request *request, struct arena *arena)
{
    const struct credential_source source = { .find = find };
    const struct credential *who = NULL;
    struct fault fault = signature_verify(verifier, request, NOW, &source, arena, &who);

    ensure(fault_is_none(fault) == (who != NULL));
    return fault;
}

static void compare(const struct signed_request *request, struct arena *arena)
{
    struct signature_verifier *verifier = signature_verifier_new(2);
    struct signature_verifier *fresh = signature_verifier_new(2);
    struct authorization claim;
    struct fault first = verify(verifier, request, arena);
    struct fault second = verify(verifier, request, arena);
    struct fault third = verify(fresh, request, arena);

    ensure(first.code == second.code && second.code == third.code);
    ensure(bytes_equal(first.message, second.message));
    ensure(bytes_equal(first.message, third.message));
    if (fault_is_none(first))
        ensure(fault_is_none(signature_claim(request, arena, &claim)));
    else
        (void)signature_claim(request, arena, &claim);
    signature_verifier_free(verifier);
    signature_verifier_free(fresh);
}

static void run(struct bytes input)
{
    struct http *http = http_new(&limits);
    struct header headers[HEADERS_MAX];
    struct arena arena;

    arena_init(&arena, "request", 4 << 20);
    http_read(http, input);
    if (http->state == HTTP_WHOLE) {
        struct signed_request request = request_of(http, headers);
        compare(&request, &arena);
    }
    arena_deinit(&arena);
    http_free(http);
}

const struct target target_signature = { "signature", run };
