#include "auth/ip_range.h"

#include <arpa/inet.h>

#define TEXT_MAX 45 /* of an address of IPv6 that ends in one of IPv4 */

static const uint8_t mapped_v4[12] = { [10] = 0xff, [11] = 0xff };

/* One address, as a range of it alone. */
static bool parse_address(struct bytes text, struct ip_range *out)
{
    char terminated[TEXT_MAX + 1] = { 0 };

    *out = (struct ip_range){ 0 };
    if (text.len == 0 || text.len > TEXT_MAX || memchr(text.ptr, '\0', text.len))
        return false;
    memcpy(terminated, text.ptr, text.len);
    out->is_v6 = memchr(text.ptr, ':', text.len) != NULL;
    out->prefix = out->is_v6 ? 128 : 32;
    return inet_pton(out->is_v6 ? AF_INET6 : AF_INET, terminated, out->address) == 1;
}

/* Makes IPv4 of what is IPv4 in the dress of IPv6. */
static void undress(struct ip_range *range)
{
    if (!range->is_v6 || range->prefix < 96 ||
        memcmp(range->address, mapped_v4, sizeof(mapped_v4)) != 0)
        return;
    memmove(range->address, range->address + 12, 4);
    memset(range->address + 4, 0, 12);
    range->prefix = (uint8_t)(range->prefix - 96);
    range->is_v6 = false;
}

bool ip_range_parse(struct bytes text, struct ip_range *out)
{
    size_t slash = bytes_find_last(text, '/');
    bool has_prefix = slash < text.len;
    unsigned long long prefix;

    if (!parse_address(bytes_of(text.ptr, slash), out))
        return false;
    if (has_prefix) {
        struct bytes digits = bytes_skip(text, slash + 1);
        if (digits.len > 3 || !bytes_parse_u64(digits, &prefix) || prefix > out->prefix)
            return false;
        out->prefix = (uint8_t)prefix;
    }
    undress(out);
    return true;
}

bool ip_range_has(const struct ip_range *range, struct bytes address)
{
    struct ip_range one;
    size_t whole = range->prefix / 8, rest = range->prefix % 8;

    if (!parse_address(address, &one))
        return false;
    undress(&one);
    if (one.is_v6 != range->is_v6 || memcmp(one.address, range->address, whole) != 0)
        return false;
    return rest == 0 || (one.address[whole] ^ range->address[whole]) >> (8 - rest) == 0;
}
