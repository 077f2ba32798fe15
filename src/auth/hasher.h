/*
 * hasher - SHA-256, SHA-1, and HMAC over them, with all that OpenSSL has to look up looked up once.
 *
 * An HMAC begins from a key whose two blocks are already hashed, so that a short one costs two
 * blocks instead of four. Belongs to one thread.
 */
#ifndef AUTH_HASHER_H
#define AUTH_HASHER_H

#include "base/bytes.h"
#include <stdint.h>

enum hash_algorithm { HASH_SHA256, HASH_SHA1, HASH_ALGORITHM_COUNT };

#define DIGEST_BYTES_MAX 32
#define DIGEST_HEX_LEN 64 /* of SHA-256 */

struct digest {
    uint8_t bytes[DIGEST_BYTES_MAX];
    size_t len;
};

struct hasher;

struct hasher *hasher_new(void);
void hasher_free(struct hasher *hasher);

struct digest hasher_digest(struct hasher *hasher, enum hash_algorithm algorithm,
                            struct bytes data);

/* A digest over pieces; nothing else may be asked of the hasher between begin and end. */
void hasher_begin(struct hasher *hasher, enum hash_algorithm algorithm);
void hasher_add(struct hasher *hasher, struct bytes data);
struct digest hasher_end(struct hasher *hasher);

/* A key for HMAC, ready for use. Zeroed it is none; set again it is another. */
struct hmac_key {
    struct evp_md_ctx_st *inner, *outer;
};

void hmac_key_set(struct hmac_key *key, struct hasher *hasher, enum hash_algorithm algorithm,
                  struct bytes secret);
/* Wipes it. A zeroed key is fine. */
void hmac_key_deinit(struct hmac_key *key);

struct digest hasher_hmac(struct hasher *hasher, const struct hmac_key *key, struct bytes data);

/* In lower case, no NUL: two characters for each byte. */
void digest_format_hex(const struct digest *digest, char *out);

static inline struct bytes digest_bytes(const struct digest *digest)
{
    return bytes_of(digest->bytes, digest->len);
}

#endif
