/*
 * ip_range - addresses of IPv4 and IPv6, and ranges of them (CIDR).
 *
 * An IPv4 address that is written as one of IPv6 ("::ffff:192.0.2.1", as a socket for both says)
 * counts as the IPv4 address it is. A range of one family holds no address of the other.
 */
#ifndef AUTH_IP_RANGE_H
#define AUTH_IP_RANGE_H

#include "base/bytes.h"
#include "base/ensure.h"
#include <stdint.h>

struct ip_range {
    uint8_t address[16]; /* IPv4: the first four */
    uint8_t prefix;      /* how many bits of it count */
    bool is_v6;
};

/* Reads "203.0.113.0/24", "2001:db8::/32", or an address without a prefix, which is a range of one.
 * Bits behind the prefix do not matter. False when it is something else. */
must_use bool ip_range_parse(struct bytes text, struct ip_range *out);

/* Is `address`, which is no range, inside? */
bool ip_range_has(const struct ip_range *range, struct bytes address);

#endif
