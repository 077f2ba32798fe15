#include "auth/hasher.h"

#include "base/ensure.h"
#include "base/memory.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>

#define BLOCK_BYTES 64 /* of both algorithms */

struct hasher {
    EVP_MD *algorithms[HASH_ALGORITHM_COUNT];
    EVP_MD_CTX *work;
};

static EVP_MD_CTX *context_new(void)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    ensure(context != NULL);
    return context;
}

struct hasher *hasher_new(void)
{
    struct hasher *hasher = memory_new(sizeof(*hasher));

    hasher->algorithms[HASH_SHA256] = EVP_MD_fetch(NULL, "SHA256", NULL);
    hasher->algorithms[HASH_SHA1] = EVP_MD_fetch(NULL, "SHA1", NULL);
    for (int i = 0; i < HASH_ALGORITHM_COUNT; i++)
        ensure(hasher->algorithms[i] != NULL);
    hasher->work = context_new();
    return hasher;
}

void hasher_free(struct hasher *hasher)
{
    if (!hasher)
        return;
    for (int i = 0; i < HASH_ALGORITHM_COUNT; i++)
        EVP_MD_free(hasher->algorithms[i]);
    EVP_MD_CTX_free(hasher->work);
    memory_free(hasher);
}

static void add(EVP_MD_CTX *context, const void *data, size_t len)
{
    ensure(EVP_DigestUpdate(context, data, len) == 1);
}

static struct digest end(EVP_MD_CTX *context)
{
    struct digest digest = { .len = 0 };
    unsigned len;

    ensure(EVP_DigestFinal_ex(context, digest.bytes, &len) == 1);
    digest.len = len;
    return digest;
}

void hasher_begin(struct hasher *hasher, enum hash_algorithm algorithm)
{
    ensure(EVP_DigestInit_ex2(hasher->work, hasher->algorithms[algorithm], NULL) == 1);
}

void hasher_add(struct hasher *hasher, struct bytes data)
{
    add(hasher->work, data.ptr, data.len);
}

struct digest hasher_end(struct hasher *hasher)
{
    return end(hasher->work);
}

struct digest hasher_digest(struct hasher *hasher, enum hash_algorithm algorithm, struct bytes data)
{
    hasher_begin(hasher, algorithm);
    hasher_add(hasher, data);
    return hasher_end(hasher);
}

/* Begins *context with one block: the key with every byte changed by `mask`. */
static void set_block(EVP_MD_CTX **context, const EVP_MD *algorithm, const uint8_t key[BLOCK_BYTES],
                      uint8_t mask)
{
    uint8_t block[BLOCK_BYTES];

    for (size_t i = 0; i < sizeof(block); i++)
        block[i] = key[i] ^ mask;
    if (!*context)
        *context = context_new();
    ensure(EVP_DigestInit_ex2(*context, algorithm, NULL) == 1);
    add(*context, block, sizeof(block));
    OPENSSL_cleanse(block, sizeof(block));
}

/* RFC 2104. */
void hmac_key_set(struct hmac_key *key, struct hasher *hasher, enum hash_algorithm algorithm,
                  struct bytes secret)
{
    uint8_t padded[BLOCK_BYTES] = { 0 };
    struct digest digest;

    if (secret.len > sizeof(padded)) {
        digest = hasher_digest(hasher, algorithm, secret);
        secret = digest_bytes(&digest);
    }
    if (secret.len > 0)
        memcpy(padded, secret.ptr, secret.len);
    set_block(&key->inner, hasher->algorithms[algorithm], padded, 0x36);
    set_block(&key->outer, hasher->algorithms[algorithm], padded, 0x5c);
    OPENSSL_cleanse(padded, sizeof(padded));
}

void hmac_key_deinit(struct hmac_key *key)
{
    EVP_MD_CTX_free(key->inner);
    EVP_MD_CTX_free(key->outer);
    *key = (struct hmac_key){ 0 };
}

struct digest hasher_hmac(struct hasher *hasher, const struct hmac_key *key, struct bytes data)
{
    ensure(EVP_MD_CTX_copy_ex(hasher->work, key->inner) == 1);
    add(hasher->work, data.ptr, data.len);
    struct digest inner = end(hasher->work);
    ensure(EVP_MD_CTX_copy_ex(hasher->work, key->outer) == 1);
    add(hasher->work, inner.bytes, inner.len);
    return end(hasher->work);
}

void digest_format_hex(const struct digest *digest, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < digest->len; i++) {
        *out++ = digits[digest->bytes[i] >> 4];
        *out++ = digits[digest->bytes[i] & 15];
    }
}
