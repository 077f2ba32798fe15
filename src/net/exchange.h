/*
 * exchange - one request and its answer: from headers and body to a call for the service, and from
 * the call that comes back to bytes.
 *
 * Checks come in the service's order: content type, JSON, target, signature, types, constraints;
 * then, where there are identities, the service asks for permission before the rules may speak.
 * Knows no socket.
 */
#ifndef NET_EXCHANGE_H
#define NET_EXCHANGE_H

#include "base/text.h"
#include "auth/signature.h"
#include "net/answer.h"
#include "net/gate.h"
#include "net/http.h"
#include "net/trail.h"
#include "service/service.h"
#include "wire/json.h"

struct exchange {
    /* Given. */
    const struct http_request *request;
    struct json_reader *json;
    const struct service *service; /* for its figures */
    struct gate_view *gate;        /* who may come in */
    struct signature_verifier *verifier;
    uint64_t account;    /* whose calls these are when everybody may come in */
    struct bytes region; /* of this server; static */
    bool is_secure;      /* the connection is encrypted */
    bool
        is_for_metrics; /* it came in where figures are for everybody, and nothing else is served */
    const struct trail *trail;
    struct text *body; /* empty; takes the body of an answer */

    /* Made: a call for the service, whose answer exchange_finish will write, or NULL and an answer.
     */
    struct call *call;
    int operation;        /* of an answer with a fault: what was asked for, or OPERATION_COUNT */
    struct answer answer; /* empty at first but for its request id; while there is a call only that
                             and its content type count */
};

/* Answers a request, or makes a call of it, by the table of route.h. */
void exchange_begin(struct exchange *exchange);

/* For the table: what a path may do with a request. */
void exchange_serve_call(struct exchange *exchange);
void exchange_serve_health(struct exchange *exchange);
void exchange_serve_metrics(struct exchange *exchange);
void exchange_serve_unknown(struct exchange *exchange);

/* Writes what the service answered: the body into `body`, the rest into *answer, whose content type
 * and request id are kept. */
void exchange_finish(const struct call *call, const struct trail *trail, struct answer *answer,
                     struct text *body);

#endif
