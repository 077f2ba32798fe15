#include "signer.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

static void to_hex(const unsigned char digest[32], char out[65])
{
    for (int i = 0; i < 32; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

void signer_digest(struct bytes data, char out[65])
{
    unsigned char digest[32];

    EVP_Digest(data.ptr, data.len, digest, NULL, EVP_sha256(), NULL);
    to_hex(digest, out);
}

static void step(unsigned char key[32], size_t key_len, const void *secret, struct bytes data)
{
    HMAC(EVP_sha256(), secret, (int)key_len, (const unsigned char *)data.ptr, data.len, key, NULL);
}

void signer_sign(const struct signer_scope *scope, struct bytes canonical, char out[65])
{
    char secret[256], digest[65], to_sign[512];
    unsigned char key[32];

    snprintf(secret, sizeof(secret), "AWS4%s", scope->secret);
    step(key, strlen(secret), secret, bytes_of(scope->date, 8));
    step(key, sizeof(key), key, bytes_of_cstr(scope->region));
    step(key, sizeof(key), key, bytes_of_cstr(scope->service));
    step(key, sizeof(key), key, BYTES("aws4_request"));
    signer_digest(canonical, digest);
    snprintf(to_sign, sizeof(to_sign), "AWS4-HMAC-SHA256\n%s\n%.8s/%s/%s/aws4_request\n%s",
             scope->date, scope->date, scope->region, scope->service, digest);
    step(key, sizeof(key), key, bytes_of_cstr(to_sign));
    to_hex(key, out);
}

void signer_sign_aws3(const char *secret, const char *digest, const char *mac, struct bytes text,
                      char out[65])
{
    unsigned char hashed[EVP_MAX_MD_SIZE], keyed[EVP_MAX_MD_SIZE];
    unsigned hashed_len, keyed_len;

    EVP_Digest(text.ptr, text.len, hashed, &hashed_len, EVP_get_digestbyname(digest), NULL);
    HMAC(EVP_get_digestbyname(mac), secret, (int)strlen(secret), hashed, hashed_len, keyed,
         &keyed_len);
    EVP_EncodeBlock((unsigned char *)out, keyed, (int)keyed_len);
}
