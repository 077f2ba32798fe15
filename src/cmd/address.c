#include "cmd/address.h"

#include <arpa/inet.h>

#define ADDRESS_TEXT_MAX 64

/* inet_pton wants a NUL behind the text. */
static bool is_of_family(int family, struct bytes host, void *binary)
{
    char text[ADDRESS_TEXT_MAX];
    if (host.len >= sizeof text)
        return false;
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    return inet_pton(family, text, binary) == 1;
}

static bool strip_brackets(struct bytes *host)
{
    struct in6_addr ignored;
    if (host->len < 2 || host->ptr[0] != '[' || host->ptr[host->len - 1] != ']')
        return false;
    struct bytes inside = bytes_of(host->ptr + 1, host->len - 2);
    if (!is_of_family(AF_INET6, inside, &ignored))
        return false;
    *host = inside;
    return true;
}

static bool is_name_or_ipv4(struct bytes host)
{
    if (host.len == 0)
        return false;
    for (size_t i = 0; i < host.len; i++) {
        if (strchr(":[]/ \t", host.ptr[i]) != NULL)
            return false;
    }
    return true;
}

bool address_parse(struct bytes text, struct address *out)
{
    unsigned long long port;
    size_t colon = bytes_find_last(text, ':');
    if (colon == text.len)
        return false;
    if (!bytes_parse_u64(bytes_skip(text, colon + 1), &port) || port > UINT16_MAX)
        return false;
    out->host = bytes_of(text.ptr, colon);
    out->port = (uint16_t)port;
    return strip_brackets(&out->host) || is_name_or_ipv4(out->host);
}

bool address_is_loopback(struct bytes host)
{
    struct in_addr ipv4;
    struct in6_addr ipv6;
    if (is_of_family(AF_INET, host, &ipv4))
        return ntohl(ipv4.s_addr) >> 24 == 127;
    if (is_of_family(AF_INET6, host, &ipv6))
        return IN6_IS_ADDR_LOOPBACK(&ipv6);
    return bytes_equal_cstr(host, "localhost");
}
