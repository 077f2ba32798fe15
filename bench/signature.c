/* How long reading a request's head and verifying its signature take (README.md). */
#include "auth/canonical_request.h"
#include "auth/signature.h"
#include "auth/signing_keys.h"
#include "net/http.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 200000
#define BATCHES 20 /* the best of them counts: others use the machine, too */
#define BODY_BYTES 1024
#define HEADERS_MAX 32
#define KEY_ID "AKIDEXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define DATE "20130609T100015Z"
#define DAY "20130609"
#define NAMES "content-type;host;x-amz-date;x-amz-target"
#define NAMES_IN_QUERY "content-type;host;x-amz-target"
#define UNSIGNED "SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS"

static const struct instant now = { 1370772015000 }; /* DATE */

static const char header[] = "Authorization: AWS4-HMAC-SHA256 Credential=" KEY_ID "/" DAY
                             "/%s/swf/aws4_request, SignedHeaders=" NAMES ", Signature=" UNSIGNED
                             "\r\n";
static const char query[] = "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" KEY_ID "%%2F" DAY
                            "%%2F%s%%2Fswf%%2Faws4_request&X-Amz-Date=" DATE
                            "&X-Amz-Expires=900&X-Amz-SignedHeaders=content-type%%3Bhost%%3B"
                            "x-amz-target&X-Amz-Signature=" UNSIGNED;

/* A request as a client sends it, and as a verifier sees it. */
struct sample {
    char bytes[8192];
    size_t len;
    struct http *http;
    struct header headers[HEADERS_MAX];
    struct signed_request request;
};

static void read_sample(struct sample *sample)
{
    const struct http_head *head = &sample->http->head;

    http_reset(sample->http);
    ensure(http_read(sample->http, bytes_of(sample->bytes, sample->len)) == sample->len);
    ensure(sample->http->state == HTTP_WHOLE && head->lines <= HEADERS_MAX);
    for (uint32_t i = 0; i < head->lines; i++) {
        struct http_line line = http_head_line(head, i);
        sample->headers[i] = (struct header){ line.name, line.value };
    }
    sample->request = (struct signed_request){
        .method = http_head_method(head),
        .path = http_head_path(head),
        .query = http_head_query(head),
        .headers = sample->headers,
        .header_count = head->lines,
        .body = http_request(sample->http).body,
    };
}

static void write_sample(struct sample *sample, const char *target, const char *authorization)
{
    char body[BODY_BYTES + 1] = "";

    memset(body, 'x', BODY_BYTES);
    int len = snprintf(sample->bytes, sizeof(sample->bytes),
                       "POST /%s HTTP/1.1\r\n"
                       "Host: swf.us-east-1.amazonaws.com\r\n"
                       "Accept-Encoding: identity\r\n"
                       "X-Amz-Target: SimpleWorkflowService.StartWorkflowExecution\r\n"
                       "Content-Type: application/x-amz-json-1.0\r\n"
                       "User-Agent: Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.1.0 "
                       "md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython Botocore/1.43.11\r\n"
                       "X-Amz-Date: " DATE "\r\n%s"
                       "amz-sdk-invocation-id: 0f4e1a0c-6c0b-4b2a-93a5-0b8fd1a2c3d4\r\n"
                       "amz-sdk-request: attempt=1\r\n"
                       "Content-Length: %d\r\n\r\n%s",
                       target, authorization, BODY_BYTES, body);
    ensure(len > 0 && (size_t)len < sizeof(sample->bytes));
    sample->len = (size_t)len;
}

static void append_hex(struct text *out, struct digest digest)
{
    digest_format_hex(&digest, text_reserve(out, DIGEST_HEX_LEN));
    text_grow(out, DIGEST_HEX_LEN);
}

static void append_digest(struct text *out, struct hasher *hasher, struct bytes data)
{
    append_hex(out, hasher_digest(hasher, HASH_SHA256, data));
}

/* Writes the signature over UNSIGNED. */
static void sign(struct sample *sample, const char *region, bool in_query)
{
    struct hasher *hasher = hasher_new();
    struct signing_keys *keys = signing_keys_new(hasher, 1);
    const struct signing_scope scope = { .date = BYTES(DAY),
                                         .region = bytes_of_cstr(region),
                                         .service = BYTES("swf"),
                                         .terminator = BYTES("aws4_request"),
                                         .secret = BYTES(SECRET) };
    struct text texts[4];

    for (int i = 0; i < 4; i++)
        text_init(&texts[i], 8192);
    append_digest(&texts[0], hasher, sample->request.body);
    ensure(canonical_request_append(
        &texts[1], &sample->request, in_query ? BYTES(NAMES_IN_QUERY) : BYTES(NAMES),
        in_query ? BYTES("X-Amz-Signature") : BYTES_ABSENT, text_bytes(&texts[0])));
    text_printf(&texts[2], "AWS4-HMAC-SHA256\n" DATE "\n" DAY "/%s/swf/aws4_request\n", region);
    append_digest(&texts[2], hasher, text_bytes(&texts[1]));
    const struct hmac_key *key = signing_keys_derive(keys, &scope);
    append_hex(&texts[3], hasher_hmac(hasher, key, text_bytes(&texts[2])));
    memcpy(strstr(sample->bytes, UNSIGNED), texts[3].ptr, DIGEST_HEX_LEN);
    for (int i = 0; i < 4; i++)
        text_deinit(&texts[i]);
    signing_keys_free(keys);
    hasher_free(hasher);
}

static struct sample *sample_new(const char *region, bool in_query)
{
    static const struct http_limits limits = { 65536, HEADERS_MAX, 1 << 20 };
    struct sample *sample = calloc(1, sizeof(*sample));
    char text[1024];

    ensure(sample != NULL);
    sample->http = http_new(&limits);
    snprintf(text, sizeof(text), in_query ? query : header, region);
    write_sample(sample, in_query ? text : "", in_query ? "" : text);
    read_sample(sample);
    sign(sample, region, in_query);
    read_sample(sample);
    return sample;
}

static void sample_free(struct sample *sample)
{
    http_free(sample->http);
    free(sample);
}

/* ---- what is measured */

static const struct credential *find(void *context, struct bytes access_key_id)
{
    return bytes_equal(access_key_id, BYTES(KEY_ID)) ? context : NULL;
}

struct bench {
    const char *name;
    struct sample *samples[2]; /* taken in turn */
    uint32_t keys_max;
    struct credential known;
    enum fault_code expected;
    struct signature_verifier *verifier;
    struct arena arena;
};

static double now_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

typedef void once_fn(void *context, long i);

static void measure(const char *name, once_fn *once, void *context, long rounds)
{
    double best = 0;

    for (int batch = 0; batch < BATCHES; batch++) {
        double began = now_ns();
        for (long i = 0; i < rounds / BATCHES; i++)
            once(context, i);
        double took = (now_ns() - began) / (double)(rounds / BATCHES);
        best = batch == 0 || took < best ? took : best;
    }
    printf("%-32s %6.0f ns\n", name, best);
}

static void verify_once(void *context, long i)
{
    struct bench *bench = context;
    const struct credential_source source = { .find = find, .context = &bench->known };
    const struct credential *who;

    struct fault fault = signature_verify(bench->verifier, &bench->samples[i % 2]->request, now,
                                          &source, &bench->arena, &who);
    ensure(fault.code == bench->expected);
    arena_reset(&bench->arena);
}

static void run(struct bench *bench, long rounds)
{
    arena_init(&bench->arena, "bench", 1 << 20);
    bench->verifier = signature_verifier_new(bench->keys_max);
    measure(bench->name, verify_once, bench, rounds);
    signature_verifier_free(bench->verifier);
    arena_deinit(&bench->arena);
}

static void read_once(void *context, long i)
{
    (void)i;
    read_sample(context);
}

struct digests {
    struct hasher *hasher;
    struct hmac_key key;
};

/* A body, a canonical request, and a short text under a key: less is not to be had. */
static void digest_once(void *context, long i)
{
    static const char data[BODY_BYTES];
    struct digests *digests = context;

    (void)i;
    hasher_digest(digests->hasher, HASH_SHA256, bytes_of(data, BODY_BYTES));
    hasher_digest(digests->hasher, HASH_SHA256, bytes_of(data, 320));
    hasher_hmac(digests->hasher, &digests->key, bytes_of(data, 136));
}

static void run_digests(long rounds)
{
    struct digests digests = { .hasher = hasher_new() };

    hmac_key_set(&digests.key, digests.hasher, HASH_SHA256, BYTES(SECRET));
    measure("the digests alone", digest_once, &digests, rounds);
    hmac_key_deinit(&digests.key);
    hasher_free(digests.hasher);
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : ROUNDS;
    struct sample *here = sample_new("us-east-1", false), *there = sample_new("eu-west-1", false);
    struct sample *presigned = sample_new("us-east-1", true);
    const struct credential known = { .secret = BYTES(SECRET), .is_active = true };
    const struct credential wrong = { .secret = BYTES("another"), .is_active = true };
    const struct credential unknown = { .secret = BYTES(SECRET) };
    struct bench benches[] = {
        { .name = "verifying, key kept",
          .samples = { here, here },
          .keys_max = 8,
          .known = known,
          .expected = FAULT_NONE },
        { .name = "verifying, key derived",
          .samples = { here, there },
          .keys_max = 1,
          .known = known,
          .expected = FAULT_NONE },
        { .name = "presigned, key kept",
          .samples = { presigned, presigned },
          .keys_max = 8,
          .known = known,
          .expected = FAULT_NONE },
        { .name = "wrong signature",
          .samples = { here, here },
          .keys_max = 8,
          .known = wrong,
          .expected = FAULT_INVALID_SIGNATURE },
        { .name = "unknown key",
          .samples = { here, here },
          .keys_max = 8,
          .known = unknown,
          .expected = FAULT_UNRECOGNIZED_CLIENT },
    };

    run_digests(rounds);
    measure("reading head and body", read_once, here, rounds);
    for (size_t i = 0; i < sizeof(benches) / sizeof(benches[0]); i++)
        run(&benches[i], rounds);
    sample_free(here);
    sample_free(there);
    sample_free(presigned);
    return 0;
}
