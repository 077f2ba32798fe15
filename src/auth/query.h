/*
 * query - the part of a URL behind the question mark, and percent-encoding.
 *
 * Nothing is refused: what is no escape stands for itself.
 */
#ifndef AUTH_QUERY_H
#define AUTH_QUERY_H

#include "base/arena.h"
#include "base/text.h"

struct query_parameter {
    struct bytes name, value; /* as sent; a value that is not there is empty */
};

/* Takes the next parameter off *rest; false at the end. Empty ones are passed over. */
bool query_next(struct bytes *rest, struct query_parameter *out);

/* `sent` with its escapes resolved: itself when there are none, else in `arena`. */
struct bytes query_decode(struct arena *arena, struct bytes sent);

/* Appends `sent` with its escapes as they are, and everything else escaped that is not unreserved
 * (RFC 3986: letters, digits, "-", ".", "_", "~"). */
void query_append_escaped(struct text *out, struct bytes sent);

/* Appends `b` with everything escaped that is not unreserved. */
void query_append_all_escaped(struct text *out, struct bytes b);

#endif
