/*
 * deadlines - until when a client must have done what it is expected to do.
 *
 * A connection waits for one thing at a time, and each kind of thing has one patience; so each kind
 * is a list, ordered by itself, and setting, moving and clearing a deadline costs a few pointers.
 * Not shared between threads; knows no clock: times are milliseconds of whichever the owner uses.
 */
#ifndef NET_DEADLINES_H
#define NET_DEADLINES_H

#include "base/list.h"
#include <stdint.h>

enum deadline_kind {
    DEADLINE_HANDSHAKE, /* the end of TLS's handshake */
    DEADLINE_IDLE,      /* the first byte of a request */
    DEADLINE_HEADER,    /* the end of its headers */
    DEADLINE_BODY,      /* the end of its body */
    DEADLINE_WRITE,     /* the client has taken the answer */
    DEADLINE_LINGER,    /* the client has closed after our last word */
    DEADLINE_PROBE,     /* time to ask the kernel whether the client is still there */
    DEADLINE_KINDS,
};

#define DEADLINE_NONE UINT64_MAX

/* Lies inside what is waited for. */
struct deadline {
    struct list link;
    uint64_t at;
    enum deadline_kind kind;
};

struct deadlines {
    struct list waiting[DEADLINE_KINDS];
    uint64_t patience_ms[DEADLINE_KINDS];
};

void deadlines_init(struct deadlines *deadlines, const uint64_t patience_ms[DEADLINE_KINDS]);

/* A deadline that is not set. */
void deadline_init(struct deadline *deadline);
/* Sets it to the patience of `kind` from now, whatever it was before. `now` never goes backward. */
void deadline_set(struct deadlines *deadlines, struct deadline *deadline, enum deadline_kind kind,
                  uint64_t now);
void deadline_clear(struct deadline *deadline);

/* The one of this kind that was set first, or NULL. */
struct deadline *deadlines_first(const struct deadlines *deadlines, enum deadline_kind kind);
/* How long ago it was set, if it is. */
uint64_t deadline_age(const struct deadlines *deadlines, const struct deadline *deadline,
                      uint64_t now);

/* Sets all of them anew, each to the patience of its kind from now. */
void deadlines_renew(struct deadlines *deadlines, uint64_t now);

/* The earliest one's time, or DEADLINE_NONE. */
uint64_t deadlines_next(const struct deadlines *deadlines);
/* Clears and gives one that has passed, or NULL. */
struct deadline *deadlines_pop_due(struct deadlines *deadlines, uint64_t now);

#endif
