/*
 * route - which paths there are, and who serves them.
 */
#ifndef NET_ROUTE_H
#define NET_ROUTE_H

#include "net/exchange.h"

typedef void route_fn(struct exchange *exchange);

/* The function that serves this path; for an unknown path the one that says so. */
route_fn *route_find(enum http_verb verb, struct bytes path);

#endif
