/*
 * difference - what a history says other than the recording that it was replayed from.
 *
 * Compared are the number and order of the events, their ids and types, every attribute, and the
 * times since the first event. Run ids are compared by what they stand for: one recorded id is one
 * id here. What was made up is not compared.
 *
 * Where times are not recorded, zeros are not either: a member that is 0 may then be missing in the
 * recording, and run ids count by the workflow id beside them. What one run does to another, or a
 * Lambda function's start, took the real service some time; here it may come sooner.
 */
#ifndef TESTS_REPLAY_DIFFERENCE_H
#define TESTS_REPLAY_DIFFERENCE_H

#include "deviation.h"
#include "recording.h"
#include "base/text.h"

/* Writes the first difference as one line; false when there is none. `history` is JSON. */
bool difference_find(const struct recording *recording, const struct deviations *deviations,
                     struct bytes history, struct text *out);

#endif
