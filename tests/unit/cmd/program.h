/*
 * program - the binary that WEIR names, as a user meets it: what it prints, and how it ends.
 *
 * Whatever goes wrong in here fails the test.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <cmocka.h>

#define OUTPUT_MAX 65536
#define ARGUMENTS(...) ((char *const[]){ "weir", __VA_ARGS__, NULL })

/* What the last one printed and how it ended. */
struct ended {
    char out[OUTPUT_MAX]; /* stdout and stderr, in the order in which they came */
    int status;
};
extern struct ended ended;

/* Starts it with both outputs in a pipe; the child's id. */
pid_t start(char *const *arguments, int *output);
/* The same with another program. */
pid_t start_program(const char *path, char *const *arguments, int *output);

/* Reads into `ended` until `text` has come, or until the end when that is NULL. */
void read_until(int output, const char *text);

/* Reads the rest and waits for the end. */
void finish(pid_t child, int output);

/* All of that, for one that ends by itself. */
void run(char *const *arguments);

void assert_ended(int status, const char *text);

/* A server that goes on while others run. */
struct running_server {
    pid_t id;
    int output;
    char endpoint[64];
};

/* Returns when it listens. */
void running_server_start(struct running_server *server, char *const *arguments);

/* Ends it, in order. */
void running_server_end(struct running_server *server);

#endif
