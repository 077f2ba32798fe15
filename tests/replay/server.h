/*
 * server - the service under test, in the test's thread: its clock stands still until it is moved,
 * its store is in memory, and its Lambda functions answer when they are told to.
 */
#ifndef TESTS_REPLAY_SERVER_H
#define TESTS_REPLAY_SERVER_H

#include "model/operation.h"
#include "scenario/backend.h"
#include "service/lambda.h"

struct server;

struct server *server_new(void);
void server_free(struct server *server);

/* Makes a call and lets happen what it brings; a poll may be left waiting. `body` is a JSON object.
 * The ask lives as long as the server. */
struct ask *server_call(struct server *server, enum operation operation, struct bytes body);
/* The client of a waiting poll goes away. */
void server_hang_up(struct server *server, struct ask *ask);

/* How long the server has been there. */
int64_t server_now_ms(const struct server *server);
/* Moves its clock to that time, never back, and lets happen what is due. */
void server_advance_to(struct server *server, int64_t ms);

/* The Lambda function of that task answers; false when it was not called. */
bool server_answer_lambda(struct server *server, int64_t scheduled_event_id,
                          enum lambda_outcome outcome, struct bytes reason, struct bytes answer);

#endif
