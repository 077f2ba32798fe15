#include "judge.h"

#include "net/http.h"
#include <stdlib.h>

#define HEADERS_MAX 100
#define REQUEST_BYTES_MAX (1u << 20)

const struct credential *judge_find(void *context, struct bytes access_key_id)
{
    static const struct credential known[] = {
        { .access_key_id = BYTES("AKIDEXAMPLE"),
          .secret = BYTES(JUDGE_SECRET),
          .is_active = true,
          .expires = { INT64_MAX } },
        { .access_key_id = BYTES("ASIATEMPORARY"),
          .secret = BYTES(JUDGE_SECRET),
          .is_active = true,
          .expires = { INT64_MAX },
          .session_token = BYTES(JUDGE_TOKEN) },
        { .access_key_id = BYTES("AKIDINACTIVE"), .secret = BYTES(JUDGE_SECRET) },
    };

    (void)context;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (bytes_equal(known[i].access_key_id, access_key_id))
            return &known[i];
    return NULL;
}

static struct fault verify(struct signature_verifier *verifier, const struct http *http,
                           struct instant now, struct arena *arena, const struct credential **who)
{
    const struct credential_source source = { .find = judge_find };
    const struct http_head *head = &http->head;
    struct header headers[HEADERS_MAX];

    for (uint32_t i = 0; i < head->lines; i++) {
        struct http_line line = http_head_line(head, i);
        headers[i] = (struct header){ .name = line.name, .value = line.value };
    }
    const struct signed_request request = {
        .method = http_head_method(head),
        .path = http_head_path(head),
        .query = http_head_query(head),
        .headers = headers,
        .header_count = head->lines,
        .body = http_request(http).body,
    };
    return signature_verify(verifier, &request, now, &source, arena, who);
}

bool judge_bytes(struct signature_verifier *verifier, struct bytes bytes, struct instant now,
                 char *out, size_t size)
{
    const struct http_limits limits = { 65536, HEADERS_MAX, REQUEST_BYTES_MAX };
    struct http *http = http_new(&limits);
    const struct credential *who = NULL;
    struct arena arena;

    arena_init(&arena, "judge", 4 << 20);
    size_t used = http_read(http, bytes);
    if (http->state != HTTP_WHOLE || used != bytes.len) {
        snprintf(out, size, "http %d", http->refusal);
    } else {
        struct fault fault = verify(verifier, http, now, &arena, &who);
        if (fault_is_none(fault))
            snprintf(out, size, "ok %.*s", BYTES_FMT(who->access_key_id));
        else
            snprintf(out, size, "%s %.*s", fault_kinds[fault.code].name, BYTES_FMT(fault.message));
    }
    arena_deinit(&arena);
    http_free(http);
    return who != NULL;
}

int judge_stream(FILE *in, FILE *out)
{
    static char request[REQUEST_BYTES_MAX], said[32768];
    struct signature_verifier *verifier = signature_verifier_new(8);
    unsigned len;
    long long now;

    while (fscanf(in, "%u %lld", &len, &now) == 2 && fgetc(in) == '\n' && len <= sizeof(request) &&
           fread(request, 1, len, in) == len) {
        judge_bytes(verifier, bytes_of(request, len), (struct instant){ now }, said, sizeof(said));
        for (char *c = said; *c; c++)
            if (*c == '\n')
                *c = '|';
        fprintf(out, "%s\n", said);
        fflush(out);
    }
    signature_verifier_free(verifier);
    return feof(in) ? 0 : 1;
}
