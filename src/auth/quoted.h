/*
 * quoted - what a client sent, fit to be repeated in an answer: headers may hold bytes that are no
 * UTF-8, JSON may not.
 */
#ifndef AUTH_QUOTED_H
#define AUTH_QUOTED_H

#include "base/arena.h"

/* A copy in which every byte that is not ASCII is a question mark. */
struct bytes quoted(struct arena *arena, struct bytes sent);

#endif
