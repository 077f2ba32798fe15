#include "wire/character.h"

static bool starts_character(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

size_t character_count(struct bytes text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += starts_character(text.ptr[i]);
    return count;
}

struct bytes character_prefix(struct bytes text, size_t count_max)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (starts_character(text.ptr[i]) && ++count > count_max)
            return bytes_of(text.ptr, i);
    }
    return text;
}

uint32_t character_next(struct bytes text, size_t *at)
{
    const unsigned char *p = (const unsigned char *)text.ptr + *at;

    if (p[0] < 0x80) {
        *at += 1;
        return p[0];
    }
    if (p[0] < 0xe0) {
        *at += 2;
        return (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
    }
    if (p[0] < 0xf0) {
        *at += 3;
        return (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
    }
    *at += 4;
    return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 |
           (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
}

/* The bytes of the character that begins with `lead`, by what that says; 0: no character begins so.
 */
static size_t length_by_lead(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead < 0xe0)
        return 2;
    if (lead >= 0xe0 && lead < 0xf0)
        return 3;
    return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

/* Are they a whole character in its shortest form, and no surrogate? */
static bool is_character(const unsigned char *p, size_t len)
{
    for (size_t i = 1; i < len; i++) {
        if (starts_character((char)p[i]))
            return false;
    }
    return !(p[0] == 0xe0 && p[1] < 0xa0) && !(p[0] == 0xed && p[1] > 0x9f) &&
           !(p[0] == 0xf0 && p[1] < 0x90) && !(p[0] == 0xf4 && p[1] > 0x8f);
}

bool character_is_text(struct bytes bytes)
{
    for (size_t i = 0, len; i < bytes.len; i += len) {
        const unsigned char *p = (const unsigned char *)bytes.ptr + i;

        len = length_by_lead(p[0]);
        if (len == 0 || len > bytes.len - i || !is_character(p, len))
            return false;
    }
    return true;
}

bool character_is_white_space(uint32_t c)
{
    switch (c) {
    case ' ':
    case 0x85:
    case 0xa0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202f:
    case 0x205f:
    case 0x3000:
        return true;
    default:
        return (c >= '\t' && c <= '\r') || (c >= 0x2000 && c <= 0x200a);
    }
}

bool character_is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f);
}
