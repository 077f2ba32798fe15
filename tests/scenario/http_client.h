/*
 * http_client - the least of an HTTP client: sends a body as it is, and reads what comes without
 * waiting longer than asked.
 *
 * No library, so that what a scenario says goes over the wire byte for byte, and a waiting poll can
 * be left at any moment.
 */
#ifndef TESTS_SCENARIO_HTTP_CLIENT_H
#define TESTS_SCENARIO_HTTP_CLIENT_H

#include "base/text.h"
#include "model/operation.h"

struct http_client {
    int fd; /* -1: not connected */
    struct text received;
};

/* Connects to that port of this machine; false when nobody is there. */
bool http_client_open(struct http_client *client, uint16_t port);
/* Closes it, answer or no answer. Harmless when it is closed. */
void http_client_close(struct http_client *client);

/* Sends a call of SWF; false when the connection is gone. */
bool http_client_send(struct http_client *client, enum operation operation, struct bytes body);

enum http_progress { HTTP_WAITING, HTTP_ANSWERED, HTTP_BROKEN };

/* Reads what is there, waiting up to `wait_ms` for the first of it. HTTP_ANSWERED: the status, and
 * the body (borrowed until the next call of this file). */
enum http_progress http_client_read(struct http_client *client, int wait_ms, int *status,
                                    struct bytes *body);

#endif
