/*
 * client - calls an SWF endpoint over HTTP, signed (Signature Version 4), one at a time.
 *
 * For the demo and for measuring; it retries nothing and hides nothing. A client belongs to one
 * thread and keeps its connection open between calls; only client_cancel may be called from
 * another. Proxies of the environment are not used: the server is our own.
 */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "base/arena.h"
#include "base/ensure.h"
#include "base/err.h"
#include "model/event.h"
#include "model/operation.h"

struct client;

struct client_config {
    const char *endpoint; /* "http://127.0.0.1:9347", or https */
    const char *region;
    const char *access_key_id;
    const char *secret_access_key;
    const char *session_token; /* of temporary credentials; NULL or "": they are none */
    const char *ca_file; /* those who sign the certificate of an https endpoint (PEM); NULL: those
                            whom this machine trusts */
};

/* What came back: a fault, or the operation's output. Everything lives in the call's arena. */
struct reply {
    struct bytes fault; /* "UnknownResourceFault"; absent: none */
    struct bytes message;
    const void
        *output; /* the operation's output structure; NULL with a fault and where it has none */
    struct bytes body; /* as received */
    int http_status;
};

/* Copies what it needs of `config`. */
struct client *client_new(const struct client_config *config);
void client_free(struct client *client);

/* Makes one call and waits for its answer: OK (an output or a fault), ERR_IO when no answer came,
 * ERR_CORRUPT when it is not one of SWF, ERR_TOO_LARGE; client_problem says more. Polls are waited
 * for a little longer than SWF holds them. */
must_use enum err client_call(struct client *client, const struct request *request,
                              struct arena *arena, struct reply *out);

/* The events in the reply to GetWorkflowExecutionHistory or PollForDecisionTask. ERR_CORRUPT when
 * they are none. */
must_use enum err client_events(struct client *client, const struct reply *reply,
                                struct arena *arena, struct event **items, size_t *count);

/* Why the last call failed, in one line; borrowed until the next. */
const char *client_problem(const struct client *client);

/* Ends the call under way and all later ones with ERR_IO. Any thread. */
void client_cancel(struct client *client);
bool client_is_canceled(const struct client *client);

#endif
