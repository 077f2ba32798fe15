/*
 * Kept keys hang in a map by name and in a list by use, oldest first. One more, the spare, takes
 * what is derived; keeping it means to hang it up, and the oldest becomes the spare when there are
 * too many.
 */
#include "auth/signing_keys.h"

#include "base/ensure.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/map.h"
#include "base/memory.h"
#include <openssl/crypto.h>

#define NAME_BYTES_MAX 160
#define SECRET_BYTES_MAX 128
#define SECRET_PREFIX "AWS4"

struct signing_key {
    struct list by_use; /* first: the key is found by it */
    struct hmac_key hmac;
    uint64_t hash;
    size_t name_len, secret_len;
    char name[NAME_BYTES_MAX];
    char secret[SECRET_BYTES_MAX];
};

struct signing_keys {
    struct hasher *hasher;
    struct map by_name;
    struct list by_use;
    uint32_t keys_max;
    struct signing_key *spare; /* or NULL */
    struct hmac_key step;      /* on the way to a key */
};

struct signing_keys *signing_keys_new(struct hasher *hasher, uint32_t keys_max)
{
    struct signing_keys *keys = memory_new(sizeof(*keys));

    ensure(keys_max > 0);
    keys->hasher = hasher;
    keys->keys_max = keys_max;
    list_init(&keys->by_use);
    return keys;
}

static void key_free(struct signing_key *key)
{
    if (!key)
        return;
    hmac_key_deinit(&key->hmac);
    OPENSSL_cleanse(key->secret, sizeof(key->secret));
    memory_free(key);
}

void signing_keys_free(struct signing_keys *keys)
{
    if (!keys)
        return;
    for (struct list *node; (node = list_first(&keys->by_use));) {
        list_remove(node);
        key_free((struct signing_key *)node);
    }
    map_deinit(&keys->by_name);
    key_free(keys->spare);
    hmac_key_deinit(&keys->step);
    memory_free(keys);
}

static bool has_name(const void *object, const void *name)
{
    const struct signing_key *key = object;

    return bytes_equal(bytes_of(key->name, key->name_len), *(const struct bytes *)name);
}

static bool has_secret(const struct signing_key *key, struct bytes secret)
{
    return key->secret_len == secret.len && CRYPTO_memcmp(key->secret, secret.ptr, secret.len) == 0;
}

/* Takes it out, to be the spare. */
static void take_out(struct signing_keys *keys, struct signing_key *key)
{
    map_remove(&keys->by_name, key->hash, key);
    list_remove(&key->by_use);
    key_free(keys->spare);
    keys->spare = key;
}

const struct hmac_key *signing_keys_find(struct signing_keys *keys,
                                         const struct signing_scope *scope)
{
    struct signing_key *key = map_find(&keys->by_name, hash_bytes(scope->name), has_name,
                                       &scope->name);

    if (!key)
        return NULL;
    if (!has_secret(key, scope->secret)) {
        take_out(keys, key);
        return NULL;
    }
    list_remove(&key->by_use);
    list_append(&keys->by_use, &key->by_use);
    return &key->hmac;
}

/* HMAC by HMAC; what comes out of one is the key of the next. */
static struct digest derive_step(struct signing_keys *keys, struct bytes secret, struct bytes data)
{
    hmac_key_set(&keys->step, keys->hasher, HASH_SHA256, secret);
    return hasher_hmac(keys->hasher, &keys->step, data);
}

static struct digest derive_first(struct signing_keys *keys, const struct signing_scope *scope)
{
    char stack[sizeof(SECRET_PREFIX) - 1 + SECRET_BYTES_MAX];
    size_t len = sizeof(SECRET_PREFIX) - 1 + scope->secret.len;
    bool is_long = len > sizeof(stack);
    char *secret = is_long ? memory_new(len) : stack;

    memcpy(secret, SECRET_PREFIX, sizeof(SECRET_PREFIX) - 1);
    if (scope->secret.len > 0)
        memcpy(secret + sizeof(SECRET_PREFIX) - 1, scope->secret.ptr, scope->secret.len);
    struct digest digest = derive_step(keys, bytes_of(secret, len), scope->date);
    OPENSSL_cleanse(secret, len);
    if (is_long)
        memory_free(secret);
    return digest;
}

const struct hmac_key *signing_keys_derive(struct signing_keys *keys,
                                           const struct signing_scope *scope)
{
    if (!keys->spare)
        keys->spare = memory_new(sizeof(*keys->spare));
    struct digest digest = derive_first(keys, scope);
    digest = derive_step(keys, digest_bytes(&digest), scope->region);
    digest = derive_step(keys, digest_bytes(&digest), scope->service);
    digest = derive_step(keys, digest_bytes(&digest), scope->terminator);
    hmac_key_set(&keys->spare->hmac, keys->hasher, HASH_SHA256, digest_bytes(&digest));
    OPENSSL_cleanse(&digest, sizeof(digest));
    return &keys->spare->hmac;
}

void signing_keys_keep(struct signing_keys *keys, const struct signing_scope *scope)
{
    struct signing_key *key = keys->spare;

    if (scope->name.len > NAME_BYTES_MAX || scope->secret.len > SECRET_BYTES_MAX)
        return;
    ensure(key != NULL);
    keys->spare = NULL;
    key->hash = hash_bytes(scope->name);
    key->name_len = scope->name.len;
    memcpy(key->name, scope->name.ptr, scope->name.len);
    OPENSSL_cleanse(key->secret, sizeof(key->secret));
    key->secret_len = scope->secret.len;
    if (scope->secret.len > 0)
        memcpy(key->secret, scope->secret.ptr, scope->secret.len);
    map_add(&keys->by_name, key->hash, key);
    list_append(&keys->by_use, &key->by_use);
    if (keys->by_name.count > keys->keys_max)
        take_out(keys, (struct signing_key *)list_first(&keys->by_use));
}

uint32_t signing_keys_count(const struct signing_keys *keys)
{
    return keys->by_name.count;
}
