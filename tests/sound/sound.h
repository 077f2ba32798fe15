/*
 * sound - a store that a test leaves behind must be as it ought to be: every history obeys the
 * rules, and all else agrees with the histories (fsck/fsck.h).
 */
#ifndef TESTS_SOUND_SOUND_H
#define TESTS_SOUND_SOUND_H

#include "store/kv.h"

/* Looks at all of it; what is wrong is printed, and stops the test program. Nobody may write to it
 * meanwhile. */
void sound_check(struct kv *kv);

#endif
