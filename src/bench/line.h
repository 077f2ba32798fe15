/*
 * line - one keep-alive connection to the server, with one call at a time.
 *
 * All connections of a hub belong to one thread and share its epoll, its signer and the buffer they
 * read into, so that one that only waits costs next to nothing. Nothing is ever sent twice: an
 * answer that does not come is reported, for what became of the call is not known.
 */
#ifndef BENCH_LINE_H
#define BENCH_LINE_H

#include "base/text.h"
#include "bench/endpoint.h"
#include "bench/secure.h"
#include "bench/signer.h"
#include "model/operation.h"

/* What the connections of a thread share. */
struct hub {
    int epoll;
    const struct endpoint *endpoint;
    struct secure *secure; /* NULL unless the endpoint speaks TLS */
    struct signer *signer;
    struct text body, request; /* being written */
    struct text arrived;       /* being read */
    uint64_t now_us;           /* the steady clock, read at each wake-up and each call */
    struct instant wall;
    unsigned connected; /* how many connections were made */
};

/* False with errno when the system has no epoll to give. `endpoint` is borrowed, and so is
 * `secure`, which may be NULL where no TLS is spoken. */
must_use bool hub_init(struct hub *hub, const struct endpoint *endpoint, struct secure *secure,
                       const struct signer_config *identity);
void hub_deinit(struct hub *hub);

/* Waits up to `timeout_us` for answers, and hands them out. */
void hub_turn(struct hub *hub, uint64_t timeout_us);

struct line;

struct answer {
    int status;         /* of HTTP; 0: the connection ended without an answer */
    struct bytes body;  /* borrowed for the call, with padding for wire/json.h behind it */
    size_t request_len; /* of the body that it answers */
    uint64_t took_us;
};
/* The connection is free for the next call. */
typedef void line_answered_fn(struct line *line, const struct answer *answer);

struct line {
    struct hub *hub;
    int fd;                         /* -1: none yet, or the last one has ended */
    struct secure_channel *channel; /* over TLS */
    bool is_waiting;
    size_t request_len;       /* of the last call's body */
    enum operation operation; /* of the call under way */
    uint64_t sent_at_us;      /* when the last call began, or its answer came */
    struct text unsent;       /* what the kernel did not take yet */
    size_t sent;
    struct text arrived; /* an answer that comes in pieces */
    line_answered_fn *on_answer;
    void *owner;
};

void line_init(struct line *line, struct hub *hub, line_answered_fn *fn, void *owner);
/* Closes it, whatever is under way. */
void line_deinit(struct line *line);

/* Sends a call; connects first where needed. The answer comes by on_answer, never before this
 * returns true; false: there was no way to send it. */
must_use bool line_call(struct line *line, const struct request *request);

#endif
