/*
 * functions - a small server for the demo that answers the Lambda API's Invoke call.
 *
 * Plays the part of AWS Lambda for a server whose --lambda-endpoint points here. It has one thread
 * and two functions, takes one call a connection, one after the other, and checks no signature: it
 * listens where only this machine can reach it.
 */
#ifndef CMD_FUNCTIONS_H
#define CMD_FUNCTIONS_H

#define FUNCTION_PRICE "price"   /* says what the order costs */
#define FUNCTION_BROKEN "broken" /* raises an error */

struct functions;

/* Listens at "HOST:PORT" and answers from now on. NULL when that cannot be had; a line in the log
 * says why. */
struct functions *functions_start(const char *address);

/* Answers no more, and frees it. */
void functions_stop(struct functions *functions);

#endif
