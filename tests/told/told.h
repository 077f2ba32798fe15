/*
 * told - what the environment tells a test program: how much to try, and which of it.
 */
#ifndef TESTS_TOLD_H
#define TESTS_TOLD_H

#include <stdint.h>

/* The number that this variable holds, or `otherwise` when it is not set. What is no number ends
 * the program: it would try something else than it was told. */
uint64_t told_number(const char *variable, uint64_t otherwise);

#endif
