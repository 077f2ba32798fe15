/*
 * signing_keys - the keys that Signature Version 4 derives from a secret, a day, a region and a
 * service, kept for the next request.
 *
 * Deriving takes four HMACs, using a kept key one. The keys that were not used for longest make
 * room for new ones; one whose secret has changed since is forgotten. Belongs to one thread.
 */
#ifndef AUTH_SIGNING_KEYS_H
#define AUTH_SIGNING_KEYS_H

#include "auth/hasher.h"

struct signing_keys;

/* What a key is derived from; `name` is its credential without the terminator,
 * "AKID/20130609/us-east-1/swf". */
struct signing_scope {
    struct bytes name;
    struct bytes date, region, service, terminator;
    struct bytes secret;
};

/* Room for `keys_max` keys (at least one). Borrows `hasher`. */
struct signing_keys *signing_keys_new(struct hasher *hasher, uint32_t keys_max);
/* Wipes them. */
void signing_keys_free(struct signing_keys *keys);

/* The key that was kept, or NULL. Lives until the next derivation. */
const struct hmac_key *signing_keys_find(struct signing_keys *keys,
                                         const struct signing_scope *scope);

/* Makes the key. It is kept only if signing_keys_keep follows, so that requests with wrong
 * signatures drive out nobody's key. Lives until the next derivation. */
const struct hmac_key *signing_keys_derive(struct signing_keys *keys,
                                           const struct signing_scope *scope);

/* Keeps the key that was derived last, which must be that of `scope`, and which signing_keys_find
 * did not find. Names of over 160 bytes and secrets of over 128 are not kept. */
void signing_keys_keep(struct signing_keys *keys, const struct signing_scope *scope);

/* How many are kept. */
uint32_t signing_keys_count(const struct signing_keys *keys);

#endif
