/*
 * address - HOST:PORT as people write it.
 *
 * Looks at the text alone: names are resolved by whoever listens or connects.
 */
#ifndef CMD_ADDRESS_H
#define CMD_ADDRESS_H

#include "base/bytes.h"
#include "base/ensure.h"
#include <stdint.h>

struct address {
    struct bytes host; /* without the brackets of an IPv6 address; borrowed */
    uint16_t port;
};

/* Parses "HOST:PORT"; an IPv6 host stands in brackets. False when it is not that. */
must_use bool address_parse(struct bytes text, struct address *out);

/* Can only this machine reach it? True for 127.0.0.0/8, ::1 and the name "localhost". */
bool address_is_loopback(struct bytes host);

#endif
