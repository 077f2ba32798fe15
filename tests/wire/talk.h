/*
 * talk - one HTTP connection, byte for byte: what is sent is what the test wrote, and of a reply
 * nothing is interpreted but its length.
 */
#ifndef TEST_WIRE_TALK_H
#define TEST_WIRE_TALK_H

#include "base/text.h"

struct talk {
    int fd;
    bool is_unseen;    /* says nothing to seen.h, which belongs to one thread */
    struct text asked; /* since the reply before: for seen.h */
    struct text reply; /* the last one, as received */
    struct bytes head; /* of it, with the empty line */
    struct bytes body; /* of it */
};

void talk_open(struct talk *talk, uint16_t port);
void talk_close(struct talk *talk);
/* Closes with RST instead of FIN. */
void talk_reset(struct talk *talk);

void talk_send(struct talk *talk, struct bytes request);

/* Reads one reply; fails the test when there is none, or more than one. */
void talk_receive(struct talk *talk);

/* Has anything arrived that was not received yet? Does not wait. */
bool talk_has_reply(const struct talk *talk);

int talk_status(const struct talk *talk);

/* The value of a header of the last reply; absent when it is not there. */
struct bytes talk_header(const struct talk *talk, const char *name);

#endif
