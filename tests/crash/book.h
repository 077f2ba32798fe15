/*
 * book - a store in which time changes nothing, and what a server says of it.
 *
 * Written once, in as many lives as a test likes; from then on every read must be answered with the
 * same bytes, or not at all.
 */
#ifndef TESTS_CRASH_BOOK_H
#define TESTS_CRASH_BOOK_H

#include "caller.h"

#define BOOK_WORKFLOWS 24

/* Of each run what it is and its history; then, in this order, what is not of one run. */
enum book_read {
    BOOK_DOMAIN = BOOK_WORKFLOWS * 2,
    BOOK_TYPE,
    BOOK_TAGS,
    BOOK_OPEN,
    BOOK_CLOSED,
    BOOK_COUNT_OPEN,
    BOOK_COUNT_CLOSED,
    BOOK_CHILDREN,
    BOOK_READS,
};

struct book {
    struct arena arena;
    struct workflow_execution runs[BOOK_WORKFLOWS];
    struct bytes truth[BOOK_READS];
};

void book_init(struct book *book);
void book_deinit(struct book *book);

/* The workflows from number `from` to before `to`, of BOOK_WORKFLOWS: a third of them are
 * completed, a third have a marker and a child, a third wait for their decider; some have signals.
 * With the last of them the truth is written down. */
void book_write(struct book *book, struct caller *caller, int from, int to);

/* Asks one of the BOOK_READS questions; the answer is in the caller's reply. */
enum outcome book_read(const struct book *book, struct caller *caller, int number);

#endif
