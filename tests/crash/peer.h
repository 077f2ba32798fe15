/*
 * peer - a raw connection to the server, for requests that no well-behaved client would send.
 *
 * Blocking, with a watchdog of WATCHDOG_S on every wait.
 */
#ifndef TESTS_CRASH_PEER_H
#define TESTS_CRASH_PEER_H

#include "base/ensure.h"
#include "base/text.h"

struct peer {
    int fd;               /* -1: not connected */
    struct text received; /* not taken yet */
    struct text answer;   /* the last one */
};

struct peer_answer {
    int status;
    struct bytes head, body; /* borrowed until the next is received */
};

/* False when nobody listens there. */
must_use bool peer_connect(struct peer *peer, uint16_t port);
void peer_close(struct peer *peer);

/* False when the server has closed the connection; what it said before can still be received. */
bool peer_send(struct peer *peer, struct bytes data);
/* Says that nothing more will be sent. */
void peer_send_end(struct peer *peer);

/* The next answer, whole; false when the connection ends before it is (also in the midst of one:
 * see `received`). Interim answers (100) are passed over. */
must_use bool peer_receive(struct peer *peer, struct peer_answer *out);

/* A call of SWF with all that belongs to it, appended to `out`. */
void peer_write_call(struct text *out, const char *operation, struct bytes body);

/* GET /healthz on a connection of its own: its body into `out`; false when there is no such answer.
 */
must_use bool peer_read_health(uint16_t port, struct text *out);
/* The number of this name in what /healthz says; -1 when there is none. */
long long health_number(struct bytes health, const char *name);

#endif
