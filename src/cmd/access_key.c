#include "cmd/access_key.h"

#include "base/base64.h"
#include "base/ensure.h"
#include "base/random.h"
#include <stdint.h>

#define PREFIX_CHARS 4

/* Base32 (RFC 4648): five bits a character. */
static const char id_alphabet[32 + 1] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

static void make_id(char *id, const char *prefix)
{
    uint8_t random[ACCESS_KEY_ID_CHARS - PREFIX_CHARS];

    random_system(random, sizeof random);
    memcpy(id, prefix, PREFIX_CHARS);
    for (size_t i = 0; i < sizeof random; i++)
        id[PREFIX_CHARS + i] = id_alphabet[random[i] % 32];
    id[ACCESS_KEY_ID_CHARS] = '\0';
}

/* Base64 of as many random bytes as make `chars` characters without padding. */
static void make_secret(char *secret, size_t chars)
{
    uint8_t random[ACCESS_KEY_TOKEN_CHARS / 4 * 3];
    size_t bytes = chars / 4 * 3;

    ensure(chars % 4 == 0 && bytes <= sizeof random);
    random_system(random, bytes);
    base64_encode(bytes_of(random, bytes), secret);
    secret[chars] = '\0';
}

struct access_key access_key_make(bool is_temporary)
{
    struct access_key key = { 0 };

    make_id(key.id, is_temporary ? "ASIA" : "AKIA");
    make_secret(key.secret, ACCESS_KEY_SECRET_CHARS);
    if (is_temporary)
        make_secret(key.session_token, ACCESS_KEY_TOKEN_CHARS);
    return key;
}
