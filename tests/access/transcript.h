/*
 * transcript - what a caller was answered, in a form in which two runs can be compared.
 *
 * Whatever the server makes up (run ids, tokens) is replaced by a number: first come, first
 * counted. The request id is left out. All else stays, byte for byte.
 */
#ifndef TEST_ACCESS_TRANSCRIPT_H
#define TEST_ACCESS_TRANSCRIPT_H

#include "wire/talk.h"

#define TRANSCRIPT_VALUES_MAX 512

struct transcript {
    struct text text;
    char *values[TRANSCRIPT_VALUES_MAX];
    int value_count;
};

void transcript_init(struct transcript *transcript);
void transcript_deinit(struct transcript *transcript);

/* Adds the last reply; `title` says what was asked. */
void transcript_add(struct transcript *transcript, const char *title, const struct talk *talk);

/* Fails where they part. */
void transcript_expect_same(const struct transcript *a, const struct transcript *b);

#endif
