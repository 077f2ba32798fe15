/*
 * sound - a store that a test leaves behind must be as it ought to be: every history obeys the
 * rules, and all else agrees with the histories (fsck/fsck.h).
 */
#ifndef TESTS_SOUND_SOUND_H
#define TESTS_SOUND_SOUND_H

#include "base/text.h"
#include "store/kv.h"

/* Looks at all of it; what is wrong is printed, and stops the test program. Nobody may write to it
 * meanwhile. */
void sound_check(struct kv *kv);

/* The same of the folder of a server that has listened and is no more. False with the lines in
 * `said`, when it is not sound or cannot be read. */
must_use bool sound_folder(const char *path, struct text *said);

#endif
