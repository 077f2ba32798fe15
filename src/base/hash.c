/*
 * SipHash-1-3 (Aumasson and Bernstein): one round a word of input, three at the end. Integers go
 * through the same rounds: whoever does not know the key cannot choose values that collide.
 */
#include "base/hash.h"

#include <endian.h>

struct sip {
    uint64_t v0, v1, v2, v3;
};

static uint64_t key_low;
static uint64_t key_high;

static inline uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

/* Little endian on every machine. */
static inline uint64_t load_word(const unsigned char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof(word));
    return le64toh(word);
}

static inline void sip_round(struct sip *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 = rotate(s->v2, 32);
}

static inline struct sip sip_start(void)
{
    return (struct sip){
        .v0 = key_low ^ UINT64_C(0x736f6d6570736575),
        .v1 = key_high ^ UINT64_C(0x646f72616e646f6d),
        .v2 = key_low ^ UINT64_C(0x6c7967656e657261),
        .v3 = key_high ^ UINT64_C(0x7465646279746573),
    };
}

static inline void sip_word(struct sip *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    s->v0 ^= word;
}

static inline uint64_t sip_end(struct sip *s)
{
    s->v2 ^= 0xff;
    sip_round(s);
    sip_round(s);
    sip_round(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

void hash_set_key(const uint8_t key[16])
{
    key_low = load_word(key);
    key_high = load_word(key + 8);
}

uint64_t hash_bytes(struct bytes b)
{
    struct sip s = sip_start();
    size_t whole = b.len / 8 * 8;
    uint64_t last = (uint64_t)b.len << 56; /* the length's low byte, then what is left */

    for (size_t i = 0; i < whole; i += 8)
        sip_word(&s, load_word((const unsigned char *)b.ptr + i));
    for (size_t i = whole; i < b.len; i++)
        last |= (uint64_t)(unsigned char)b.ptr[i] << 8 * (i - whole);
    sip_word(&s, last);
    return sip_end(&s);
}

uint64_t hash_u64(uint64_t value)
{
    struct sip s = sip_start();
    sip_word(&s, value);
    return sip_end(&s);
}

uint64_t hash_combine(uint64_t hash, uint64_t value)
{
    struct sip s = sip_start();
    sip_word(&s, hash);
    sip_word(&s, value);
    return sip_end(&s);
}
