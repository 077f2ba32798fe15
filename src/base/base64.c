#include "base/base64.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The value of a character with VALID set; 0 for what is not in the alphabet. */
#define VALID 0x40
/* clang-format off */
static const uint8_t values[256] = {
    ['A'] = 64,  65,  66,  67,  68,  69,  70,  71,  72,  73,  74,  75,  76,
            77,  78,  79,  80,  81,  82,  83,  84,  85,  86,  87,  88,  89,
    ['a'] = 90,  91,  92,  93,  94,  95,  96,  97,  98,  99,  100, 101, 102,
            103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115,
    ['0'] = 116, 117, 118, 119, 120, 121, 122, 123, 124, 125,
    ['+'] = 126,
    ['/'] = 127,
};
/* clang-format on */

static void encode_four(uint32_t bits, char *out)
{
    out[0] = alphabet[bits >> 18];
    out[1] = alphabet[bits >> 12 & 63];
    out[2] = alphabet[bits >> 6 & 63];
    out[3] = alphabet[bits & 63];
}

void base64_encode(struct bytes in, char *out)
{
    const unsigned char *p = (const unsigned char *)in.ptr;
    size_t left = in.len;

    for (; left >= 3; left -= 3, p += 3, out += 4)
        encode_four((uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2], out);
    if (left == 0)
        return;
    encode_four((uint32_t)p[0] << 16 | (left == 2 ? (uint32_t)p[1] << 8 : 0), out);
    out[3] = '=';
    if (left == 1)
        out[2] = '=';
}

/* The 24 bits of four characters; false when one of them is not in the alphabet. */
static inline bool decode_four(const unsigned char *in, uint32_t *bits)
{
    uint32_t a = values[in[0]], b = values[in[1]], c = values[in[2]], d = values[in[3]];

    *bits = (a & 63) << 18 | (b & 63) << 12 | (c & 63) << 6 | (d & 63);
    return (a & b & c & d & VALID) != 0;
}

/* The last four characters, of which `padding` are '='. Bits that are left over must be zero. */
static bool decode_padded(const unsigned char *in, size_t padding, unsigned char *out)
{
    unsigned char four[4] = { in[0], in[1], padding == 2 ? 'A' : in[2], 'A' };
    uint32_t bits;

    if (!decode_four(four, &bits))
        return false;
    out[0] = (unsigned char)(bits >> 16);
    if (padding == 2)
        return (bits & 0xffff) == 0;
    out[1] = (unsigned char)(bits >> 8);
    return (bits & 0xff) == 0;
}

static size_t count_padding(struct bytes in)
{
    if (in.len == 0 || in.ptr[in.len - 1] != '=')
        return 0;
    return in.ptr[in.len - 2] == '=' ? 2 : 1;
}

bool base64_decode(struct bytes in, void *out, size_t out_max, size_t *out_len)
{
    const unsigned char *p = (const unsigned char *)in.ptr;
    unsigned char *to = out;

    if (in.len % 4 != 0)
        return false;
    size_t padding = count_padding(in);
    size_t len = in.len / 4 * 3 - padding;
    if (len > out_max)
        return false;
    for (size_t groups = in.len / 4 - (padding > 0); groups > 0; groups--, p += 4, to += 3) {
        uint32_t bits;
        if (!decode_four(p, &bits))
            return false;
        to[0] = (unsigned char)(bits >> 16);
        to[1] = (unsigned char)(bits >> 8);
        to[2] = (unsigned char)bits;
    }
    if (padding > 0 && !decode_padded(p, padding, to))
        return false;
    *out_len = len;
    return true;
}
