/*
 * loop - one thread with its event loop, its connections and what they share.
 *
 * Everything here belongs to that thread, but for what says otherwise. The buffers are shared by
 * all connections of the loop one after the other, so that a connection that waits holds none.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include "base/mailbox.h"
#include "base/text.h"
#include "auth/signature.h"
#include "net/crowd.h"
#include "net/deadlines.h"
#include "net/door.h"
#include "net/gate.h"
#include "net/http.h"
#include "net/listener.h"
#include "net/server.h"
#include "net/stamp.h"
#include "net/traffic.h"
#include "wire/json.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <uv.h>

#define READ_BUFFER_BYTES ((size_t)64 << 10)
#define TLS_RECORD_BYTES ((size_t)16 << 10) /* the most that one holds */

#define LISTENERS_MAX 4

struct connection;

/* What all loops of a server share. */
struct house {
    struct crowd *crowd;
    struct traffic *traffic; /* one for each loop */
    int loop_count;
};

struct loop {
    struct server_config config;
    const struct house *house;
    struct crowd *crowd;     /* the house's */
    struct traffic *traffic; /* its own, in the house */
    pthread_t thread;
    uv_loop_t uv;
    uv_async_t wake;
    uv_timer_t deadline_timer;
    uv_timer_t finish_timer;
    struct door doors[LISTENERS_MAX * LISTENER_SOCKETS_MAX];
    int door_count;

    /* From other threads. */
    struct mailbox answers; /* calls that the service has answered */
    atomic_bool drain_asked, finish_asked;
    sem_t drained;                  /* posted once it takes no further request */
    struct duration finish_timeout; /* set before finish_asked */

    struct list connections; /* all that are not freed */
    uint32_t connection_count;
    uint32_t call_count; /* calls in the service */
    uint32_t handshake_count;
    bool draining, finishing, forced, ended;

    struct deadlines deadlines;
    uint64_t timer_at; /* when deadline_timer fires; DEADLINE_NONE: it does not */
    struct stamp stamp;
    struct json_reader *json;
    struct gate_view gate;
    struct signature_verifier *verifier;
    struct http *spare; /* request readers that nobody uses */
    int spare_count;
    struct text head, body; /* of the answer being written */
    struct text sealed;     /* what TLS makes of it */
    char read_buffer[READ_BUFFER_BYTES];
    char plain[TLS_RECORD_BYTES]; /* what TLS makes of what was read */
};

/* Makes the loop of this number that accepts from duplicates of the listeners' sockets, and starts
 * its thread. */
struct loop *loop_start(const struct server_config *config, const struct listener *listeners,
                        int listener_count, const struct house *house, int number);

/* As server_drain and server_finish say. loop_finish ends in two steps so that all loops may end at
 * once. */
void loop_drain(struct loop *loop);
/* After loop_drain: returns when the loop gives no further call to the service. */
void loop_wait_drained(struct loop *loop);
void loop_finish_begin(struct loop *loop, struct duration timeout);
void loop_finish_end(struct loop *loop);

/* For connections, on the loop's thread. */

/* A reader for one request, and back. */
struct http *loop_borrow_http(struct loop *loop);
void loop_return_http(struct loop *loop, struct http *http);

void loop_set_deadline(struct loop *loop, struct deadline *deadline, enum deadline_kind kind);

/* While all clients together are too heavy, those go who have kept this loop waiting longest: for a
 * body, for an answer to be taken, for a header. */
void loop_shed(struct loop *loop);

/* A connection was freed. */
void loop_connection_freed(struct loop *loop);

#endif
