#include "bench/signer.h"

#include "auth/hasher.h"
#include "base/memory.h"
#include <stdio.h>

#define CONTENT_TYPE "application/x-amz-json-1.0"
#define TARGET "SimpleWorkflowService."

struct signer {
    struct bytes host, region, key_id, secret, token; /* of their own; no token: empty */
    struct hasher *hasher;
    struct hmac_key key; /* of the day below */
    int64_t day;         /* since 1970; 0: no key yet */
    int64_t second;      /* that `time` shows */
    char time[17];       /* "20261127T100254Z" */
    char scope[160];     /* "20261127/us-east-1/swf/aws4_request" */
    struct text canonical;
};

struct signer *signer_new(const struct signer_config *config)
{
    struct signer *signer = memory_new(sizeof *signer);

    signer->host = memory_copy(bytes_of_cstr(config->host));
    signer->region = memory_copy(bytes_of_cstr(config->region));
    signer->key_id = memory_copy(bytes_of_cstr(config->access_key_id));
    signer->secret = memory_copy(bytes_of_cstr(config->secret_access_key));
    signer->token = memory_copy(bytes_of_cstr(config->session_token ? config->session_token : ""));
    signer->hasher = hasher_new();
    text_init(&signer->canonical, 65536);
    return signer;
}

void signer_free(struct signer *signer)
{
    memory_free((void *)signer->host.ptr);
    memory_free((void *)signer->region.ptr);
    memory_free((void *)signer->key_id.ptr);
    memory_free((void *)signer->secret.ptr);
    memory_free((void *)signer->token.ptr);
    hmac_key_deinit(&signer->key);
    hasher_free(signer->hasher);
    text_deinit(&signer->canonical);
    memory_free(signer);
}

/* One HMAC further: the next key is the digest of `word` under the last. */
static void derive(struct signer *signer, struct bytes word)
{
    struct digest digest = hasher_hmac(signer->hasher, &signer->key, word);
    hmac_key_set(&signer->key, signer->hasher, HASH_SHA256, digest_bytes(&digest));
}

static void begin_day(struct signer *signer)
{
    struct text first;

    snprintf(signer->scope, sizeof signer->scope, "%.8s/%.100s/swf/aws4_request", signer->time,
             signer->region.ptr);
    text_init(&first, 4096);
    text_append(&first, BYTES("AWS4"));
    text_append(&first, signer->secret);
    hmac_key_set(&signer->key, signer->hasher, HASH_SHA256, text_bytes(&first));
    text_deinit(&first);
    derive(signer, bytes_of(signer->time, 8));
    derive(signer, signer->region);
    derive(signer, BYTES("swf"));
    derive(signer, BYTES("aws4_request"));
}

static void set_time(struct signer *signer, struct instant now)
{
    int64_t second = now.ms / 1000;
    struct instant_utc utc;

    if (second == signer->second)
        return;
    signer->second = second;
    utc = instant_to_utc(now);
    snprintf(signer->time, sizeof signer->time, "%04u%02u%02uT%02u%02u%02uZ",
             (unsigned)utc.year % 10000, (unsigned)utc.month % 100, (unsigned)utc.day % 100,
             (unsigned)utc.hour % 100, (unsigned)utc.minute % 100, (unsigned)utc.second % 100);
    if (second / 86400 != signer->day) {
        signer->day = second / 86400;
        begin_day(signer);
    }
}

static void append_digest(struct signer *signer, struct text *out, struct bytes data)
{
    struct digest digest = hasher_digest(signer->hasher, HASH_SHA256, data);
    char hex[DIGEST_HEX_LEN];

    digest_format_hex(&digest, hex);
    text_append(out, bytes_of(hex, sizeof hex));
}

static void append_signed_headers(const struct signer *signer, struct text *out)
{
    text_append(out, BYTES("content-type;host;x-amz-date;"));
    if (signer->token.len)
        text_append(out, BYTES("x-amz-security-token;"));
    text_append(out, BYTES("x-amz-target"));
}

/* The request in the one form over which it is signed. */
static void write_canonical(struct signer *signer, struct bytes operation, struct bytes body)
{
    struct text *out = &signer->canonical;

    text_reset(out);
    text_append(out, BYTES("POST\n/\n\ncontent-type:" CONTENT_TYPE "\nhost:"));
    text_append(out, signer->host);
    text_append(out, BYTES("\nx-amz-date:"));
    text_append(out, bytes_of(signer->time, 16));
    if (signer->token.len)
        text_append(out, BYTES("\nx-amz-security-token:"));
    text_append(out, signer->token);
    text_append(out, BYTES("\nx-amz-target:" TARGET));
    text_append(out, operation);
    text_append(out, BYTES("\n\n"));
    append_signed_headers(signer, out);
    text_append_char(out, '\n');
    append_digest(signer, out, body);
}

/* What the signature is made of: a digest of the canonical request, and when and where it counts.
 */
static void write_string_to_sign(struct signer *signer)
{
    struct digest digest = hasher_digest(signer->hasher, HASH_SHA256,
                                         text_bytes(&signer->canonical));
    struct text *out = &signer->canonical;
    char hex[DIGEST_HEX_LEN];

    digest_format_hex(&digest, hex);
    text_reset(out);
    text_append(out, BYTES("AWS4-HMAC-SHA256\n"));
    text_append(out, bytes_of(signer->time, 16));
    text_append_char(out, '\n');
    text_append_cstr(out, signer->scope);
    text_append_char(out, '\n');
    text_append(out, bytes_of(hex, sizeof hex));
}

static void append_signature(struct signer *signer, struct bytes operation, struct bytes body,
                             struct text *out)
{
    char hex[DIGEST_HEX_LEN];

    write_canonical(signer, operation, body);
    write_string_to_sign(signer);
    struct digest digest = hasher_hmac(signer->hasher, &signer->key,
                                       text_bytes(&signer->canonical));
    digest_format_hex(&digest, hex);
    text_append(out, bytes_of(hex, sizeof hex));
}

static void append_authorization(struct signer *signer, struct bytes operation, struct bytes body,
                                 struct text *out)
{
    bool is_signed = signer->key_id.len > 0;

    text_append(out, BYTES("\r\nAuthorization: AWS4-HMAC-SHA256 Credential="));
    text_append(out, is_signed ? signer->key_id : BYTES("weir-bench"));
    text_append_char(out, '/');
    text_append_cstr(out, signer->scope);
    text_append(out, BYTES(", SignedHeaders="));
    append_signed_headers(signer, out);
    text_append(out, BYTES(", Signature="));
    if (is_signed)
        append_signature(signer, operation, body, out);
    else
        text_append(out, BYTES("0000000000000000000000000000000000000000000000000000000000000000"));
}

void signer_append(struct signer *signer, enum operation operation, struct bytes body,
                   struct instant now, struct text *out)
{
    struct bytes name = bytes_of_cstr(operation_names[operation]);

    set_time(signer, now);
    text_append(out, BYTES("POST / HTTP/1.1\r\nHost: "));
    text_append(out, signer->host);
    text_append(
        out, BYTES("\r\nUser-Agent: weir-bench\r\nContent-Type: " CONTENT_TYPE "\r\nX-Amz-Date: "));
    text_append(out, bytes_of(signer->time, 16));
    if (signer->token.len)
        text_append(out, BYTES("\r\nX-Amz-Security-Token: "));
    text_append(out, signer->token);
    text_append(out, BYTES("\r\nX-Amz-Target: " TARGET));
    text_append(out, name);
    append_authorization(signer, name, body, out);
    text_append(out, BYTES("\r\nContent-Length: "));
    text_append_u64(out, body.len);
    text_append(out, BYTES("\r\n\r\n"));
    text_append(out, body);
}
