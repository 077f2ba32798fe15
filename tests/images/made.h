/*
 * made - a store that commits what the slow model (tests/store/model.h) makes up, and is recorded
 * while it does; and an image of it held against the model.
 *
 * What it does follows from the seed: some lives, each in a process of its own, that end in order
 * or by death; commits, long ones among them; removal of what expired every few turns.
 */
#ifndef TESTS_IMAGES_MADE_H
#define TESTS_IMAGES_MADE_H

#include "recording.h"

/* The child's life: opens the store in `folder` and commits up to turn `until`; then closes it, or
 * is killed. Notes down in `recording` what it begins and what it knows. Returns an exit status. */
int made_live(const char *folder, const char *recording, uint64_t seed, uint64_t until,
              bool in_order);

/* The image in `folder` of a cut at item `at`: it opens, is as the model after some turn between
 * the last one acknowledged and the last one begun, and goes on from there. What is wrong fails an
 * assertion of cmocka's. The process is to end afterwards. */
void made_check(const struct recording *recording, size_t at, uint64_t seed, const char *folder);

#endif
