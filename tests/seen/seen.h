/*
 * seen - says what a server answered to a test, so that docs/CONFORMANCE.md can name the tests that
 * show a thing.
 *
 * With WEIR_SEEN in the environment each thing is a line "seen ..." on the standard output, in
 * front of the line "[       OK ] TEST" to which it belongs; tests/run takes them from there.
 * Without it nothing happens. The lines:
 *
 *     seen operation DescribeDomain object    an answer without a fault (a poll's: with a task)
 *     seen operation TagResource empty        one without a body
 *     seen fault com.amazonaws.swf.base.model#UnknownResourceFault
 *     seen decision StartTimer                in a list that was taken
 *     seen event TimerStarted
 *     seen word StartTimerFailed cause TIMER_ID_ALREADY_IN_USE    in an event
 *     seen word - closeStatus COMPLETED                           elsewhere in an answer
 *
 * Judges nothing: tools/conformance knows what there is to see. Not shared between threads.
 */
#ifndef TESTS_SEEN_SEEN_H
#define TESTS_SEEN_SEEN_H

#include "base/bytes.h"

bool seen_is_wanted(void);

/* What was seen before counts no more: each thing is said once from here on. */
void seen_begin(void);

/* A call and its answer. `operation` may be absent when the request was none. */
void seen_exchange(struct bytes operation, struct bytes request, bool ok, struct bytes reply);

/* For a program without cmocka: which test all since seen_begin belongs to, if it went well. */
void seen_end(bool ok, struct bytes test, const char *backend);

#endif
