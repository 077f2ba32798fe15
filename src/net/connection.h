/*
 * connection - one client: reads its requests, hands them over, writes the answers, in order.
 *
 * Owned by its loop and used on the loop's thread only. Answers one request at a time; what the
 * client sends meanwhile waits, up to a bound. Lives until its socket is closed and its call, if
 * one is in the service, has come back. Whether the socket speaks TLS is its transport's business.
 */
#ifndef NET_CONNECTION_H
#define NET_CONNECTION_H

#include "base/list.h"
#include "net/loop.h"

/* Takes the client of the socket `fd`, who came through `door`; closes at once when there are too
 * many. */
void connection_accept(const struct door *door, int fd);

/* The service has answered the call of some connection, which may be closed by now. */
void connection_answered(struct call *call);

/* A deadline that was set with loop_set_deadline has passed. */
void connection_expired(struct deadline *deadline);

/* All clients together are too heavy, and this one has kept us waiting longest. */
void connection_shed(struct deadline *deadline);

/* Takes no further request; closed once the one under way is answered, at once if there is none. */
void connection_drain(struct connection *connection);

/* Closes at once, whatever is under way. */
void connection_close(struct connection *connection);

/* No longer counts in the crowd, though its memory stays: its loop has ended, and its call will not
 * come back. */
void connection_leave_crowd(struct connection *connection);

/* From a node of loop.connections. */
struct connection *connection_of_link(struct list *link);

#endif
