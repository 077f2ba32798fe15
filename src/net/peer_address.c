#include "net/peer_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static struct peer_address of(const void *bytes, uint8_t len)
{
    struct peer_address address = { .len = len };

    memcpy(address.bytes, bytes, len);
    return address;
}

struct peer_address peer_address_of(const struct sockaddr *address)
{
    const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;

    if (address->sa_family == AF_INET)
        return of(&((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    if (address->sa_family != AF_INET6)
        return (struct peer_address){ 0 };
    return IN6_IS_ADDR_V4MAPPED(six) ? of(six->s6_addr + 12, 4) : of(six, 16);
}

struct bytes peer_address_print(const struct peer_address *address,
                                char buffer[PEER_ADDRESS_TEXT_MAX])
{
    int family = address->len == 4 ? AF_INET : AF_INET6;

    if (address->len == 0)
        return BYTES_ABSENT;
    return bytes_of_cstr(inet_ntop(family, address->bytes, buffer, PEER_ADDRESS_TEXT_MAX));
}
