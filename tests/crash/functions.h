/*
 * functions - the Lambda functions that the load's workflows call, and how often each was called.
 *
 * Answers the Invoke call on a free port of this machine, one after the other, in a thread of its
 * own, and outlives the server that calls. A call is known by its payload, which must be another
 * for each; what it comes to follows from that too: mostly a result, sometimes an error.
 */
#ifndef TESTS_CRASH_FUNCTIONS_H
#define TESTS_CRASH_FUNCTIONS_H

#include "base/bytes.h"

struct functions;

struct functions *functions_start(void);
void functions_stop(struct functions *functions);

/* "http://127.0.0.1:PORT"; lives as long as the functions. */
const char *functions_url(const struct functions *functions);

/* How often it was called with that payload. Any thread. */
unsigned functions_count_calls(struct functions *functions, struct bytes payload);

/* How often they were called in all. Any thread. */
size_t functions_count_all(struct functions *functions);

/* The answer to a call with that payload is an error. */
bool function_raises(struct bytes payload);
/* Is this what a call with that payload returns, or the error that it raises? */
bool function_answers(struct bytes payload, struct bytes answer);

#endif
