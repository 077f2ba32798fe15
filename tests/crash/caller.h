/*
 * caller - typed calls to a server that may die at any moment, and what is known of each
 * afterwards.
 */
#ifndef TESTS_CRASH_CALLER_H
#define TESTS_CRASH_CALLER_H

#include "client/client.h"

/* With which all of them sign. */
#define CALLER_KEY_ID "CRASHTESTCLIENT00001"
#define CALLER_SECRET "of-a-client-that-is-in-no-danger"

/* What became of a call. */
enum outcome {
    UNKNOWN, /* no answer: it happened or not */
    DONE,    /* acknowledged: it happened, for ever */
    REFUSED, /* answered with a fault: it did not happen */
};

struct caller {
    struct client *client;
    struct arena arena; /* of the replies since the last caller_reset */
    struct reply reply;
    char problem[256]; /* an answer that no good server gives; empty: none so far */
};

void caller_init(struct caller *caller, const char *endpoint);
/* For https, with those who sign its certificate. */
void caller_init_trusting(struct caller *caller, const char *endpoint, const char *ca_file);
void caller_deinit(struct caller *caller);

/* Forgets earlier replies. */
void caller_reset(struct caller *caller);

/* Calls and waits. `input` belongs to `operation`. Earlier replies stay until caller_reset. */
enum outcome caller_call(struct caller *caller, enum operation operation, const void *input);

/* Did the last call end with this fault? */
bool caller_was_refused_with(const struct caller *caller, const char *fault);

/* A whole history, page by page (`page` events each, 0: as many as the server likes); DONE with
 * *events and *count. */
enum outcome caller_read_history(struct caller *caller, struct bytes domain,
                                 const struct workflow_execution *run, int32_t page,
                                 struct event **events, size_t *count);

/* DescribeWorkflowExecution; NULL when it was not answered so. */
const struct workflow_execution_detail *caller_describe(struct caller *caller, struct bytes domain,
                                                        const struct workflow_execution *run);

#endif
