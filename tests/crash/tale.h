/*
 * tale - one small world in which workflows do all to each other that workflows can do, always the
 * same, told by one client: after each death of the server it goes on where it was.
 *
 * A parent starts children that end, that continue as new, that start children of their own and
 * leave them to each child policy; it signals and cancels them, and calls a function; a client
 * signals, terminates, registers and tags in between. A workflow goes on only when all that it
 * waits for has come, so that, however often a task is lost on the way, the same things happen in
 * the same order.
 *
 * What was acknowledged is never asked for again: if it is lost, the tale does not come to its end,
 * or tells less.
 */
#ifndef TESTS_CRASH_TALE_H
#define TESTS_CRASH_TALE_H

#include "caller.h"

#define TALE_DOMAIN BYTES("tale")
#define TALE_TYPE BYTES("t")
#define TALE_TAG BYTES("family")
#define TALE_INPUT BYTES("once upon a time") /* of the first start */
#define TALE_RESOURCE BYTES("arn:aws:swf:us-east-1:123456789012:/domain/tale")

/* Things that are asked for once. */
enum tale_deed {
    TALE_REGISTER_DOMAIN,
    TALE_REGISTER_TYPE,
    TALE_START,
    TALE_SIGNAL,
    TALE_REGISTER_LATE_TYPE,
    TALE_TAG_DOMAIN,
    TALE_TERMINATE,
    TALE_DEEDS,
};

#define TALE_TEXTS_MAX 200

struct tale {
    struct caller caller;
    struct arena arena; /* of what is held, and of the texts */
    bool done[TALE_DEEDS];
    bool asked_signal;  /* and perhaps not answered */
    struct bytes token; /* of a task that is not answered yet; absent: none */
    struct decision_list decisions;
    struct bytes context;
    struct bytes payload;              /* of the function's call: another for each tale */
    struct bytes said[TALE_TEXTS_MAX]; /* acknowledged: identities and contexts, to be found */
    size_t said_count;                 /* in the histories */
    unsigned texts, empty_polls, lives;
    /* Told of each text that was acknowledged, when it was; NULL: nobody. */
    void (*witness)(void *context, struct bytes text);
    void *witness_context;
    char problem[512]; /* empty: none */
};

void tale_init(struct tale *tale, struct bytes payload);
void tale_deinit(struct tale *tale);

/* Tells it to the server there: true when it came to its end; false when the server went away, or
 * there is a problem. */
must_use bool tale_play(struct tale *tale, const char *endpoint);

#endif
