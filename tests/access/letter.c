#include "letter.h"

#include "wire/whole_server.h"
#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#define LETTER_BYTES_MAX ((size_t)8 << 20)
#define REGION "eu-west-7" /* any will do */

/* ---- headers ---- */

static struct letter_header *find(const struct letter *letter, const char *name)
{
    for (int i = 0; i < letter->header_count; i++) {
        if (strcasecmp(letter->headers[i].name, name) == 0)
            return (struct letter_header *)&letter->headers[i];
    }
    return NULL;
}

void letter_set(struct letter *letter, const char *name, const char *value)
{
    struct letter_header *header = find(letter, name);

    if (header == NULL) {
        assert_true(letter->header_count < LETTER_HEADERS_MAX);
        header = &letter->headers[letter->header_count++];
    }
    assert_true(strlen(value) < sizeof(header->value));
    snprintf(header->name, sizeof(header->name), "%s", name);
    snprintf(header->value, sizeof(header->value), "%s", value);
}

void letter_remove(struct letter *letter, const char *name)
{
    struct letter_header *header = find(letter, name);

    if (header)
        *header = letter->headers[--letter->header_count];
}

const char *letter_get(const struct letter *letter, const char *name)
{
    const struct letter_header *header = find(letter, name);

    return header ? header->value : NULL;
}

void letter_set_date(struct letter *letter, struct instant date)
{
    time_t seconds = (time_t)(date.ms / 1000);
    char text[LETTER_DATE_LEN + 1];
    struct tm parts;

    gmtime_r(&seconds, &parts);
    strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &parts);
    letter_set(letter, "X-Amz-Date", text);
}

/* ---- beginning and end ---- */

void letter_init(struct letter *letter, uint16_t port, const char *operation, struct bytes body,
                 struct instant date)
{
    char text[128];

    *letter = (struct letter){ 0 };
    text_init(&letter->body, LETTER_BYTES_MAX);
    text_append(&letter->body, body);
    snprintf(text, sizeof(text), "127.0.0.1:%u", port);
    letter_set(letter, "Host", text);
    letter_set(letter, "Content-Type", "application/x-amz-json-1.0");
    letter_set(letter, "User-Agent", "tester/1.0");
    snprintf(text, sizeof(text), "SimpleWorkflowService.%s", operation);
    letter_set(letter, "X-Amz-Target", text);
    letter_set_date(letter, date);
}

void letter_deinit(struct letter *letter)
{
    text_deinit(&letter->body);
}

void letter_write(const struct letter *letter, struct text *out)
{
    text_printf(out, "POST /%s%s HTTP/1.1\r\n", letter->query[0] ? "?" : "", letter->query);
    for (int i = 0; i < letter->header_count; i++)
        text_printf(out, "%s: %s\r\n", letter->headers[i].name, letter->headers[i].value);
    text_printf(out, "Content-Length: %zu\r\n\r\n", letter->body.len);
    text_append(out, text_bytes(&letter->body));
}

/* ---- the signature ---- */

static void hex(const unsigned char digest[32], char out[65])
{
    for (int i = 0; i < 32; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static void hash(struct bytes data, char out[65])
{
    unsigned char digest[32];

    EVP_Digest(data.len ? data.ptr : "", data.len, digest, NULL, EVP_sha256(), NULL);
    hex(digest, out);
}

static int by_name(const void *a, const void *b)
{
    return strcasecmp(((const struct letter_header *)a)->name,
                      ((const struct letter_header *)b)->name);
}

static void append_lower(struct text *out, const char *name)
{
    for (; *name; name++)
        text_append_char(out, (char)tolower((unsigned char)*name));
}

static void append_names(struct text *out, const struct letter *letter)
{
    for (int i = 0; i < letter->header_count; i++) {
        text_append_cstr(out, i ? ";" : "");
        append_lower(out, letter->headers[i].name);
    }
}

/* The digest of the canonical request, in hexadecimal. A query is signed as it stands. */
static void hash_request(const struct letter *letter, char out[65])
{
    struct text canonical;
    char body[65];

    text_init(&canonical, LETTER_BYTES_MAX);
    text_printf(&canonical, "POST\n/\n%s\n", letter->query);
    for (int i = 0; i < letter->header_count; i++) {
        append_lower(&canonical, letter->headers[i].name);
        text_printf(&canonical, ":%s\n", letter->headers[i].value);
    }
    text_append_char(&canonical, '\n');
    append_names(&canonical, letter);
    hash(text_bytes(&letter->body), body);
    text_printf(&canonical, "\n%s", body);
    hash(text_bytes(&canonical), out);
    text_deinit(&canonical);
}

static void derive(unsigned char key[32], const void *from, size_t len, const char *word)
{
    HMAC(EVP_sha256(), from, (int)len, (const unsigned char *)word, strlen(word), key, NULL);
}

static void sign(const char *secret, const char *date, const char *request_hash, char out[65])
{
    char first[80], day[9], to_sign[256];
    unsigned char key[32];

    snprintf(first, sizeof(first), "AWS4%s", secret);
    snprintf(day, sizeof(day), "%.8s", date);
    derive(key, first, strlen(first), day);
    derive(key, key, sizeof(key), REGION);
    derive(key, key, sizeof(key), "swf");
    derive(key, key, sizeof(key), "aws4_request");
    snprintf(to_sign, sizeof(to_sign), "AWS4-HMAC-SHA256\n%s\n%s/" REGION "/swf/aws4_request\n%s",
             date, day, request_hash);
    derive(key, key, sizeof(key), to_sign);
    hex(key, out);
}

void letter_sign(struct letter *letter, const struct credentials *who)
{
    char date[LETTER_DATE_LEN + 1], request_hash[65], signature[65];
    struct text value;

    snprintf(date, sizeof(date), "%s", letter_get(letter, "X-Amz-Date"));
    if (who->token[0])
        letter_set(letter, "X-Amz-Security-Token", who->token);
    qsort(letter->headers, (size_t)letter->header_count, sizeof(letter->headers[0]), by_name);
    hash_request(letter, request_hash);
    sign(who->secret, date, request_hash, signature);
    text_init(&value, 4096);
    text_printf(&value, "AWS4-HMAC-SHA256 Credential=%s/%.8s/" REGION "/swf/aws4_request, ",
                who->key_id, date);
    text_append_cstr(&value, "SignedHeaders=");
    append_names(&value, letter);
    text_printf(&value, ", Signature=%s", signature);
    text_append_char(&value, '\0');
    letter_set(letter, "Authorization", value.ptr);
    text_deinit(&value);
}
