/*
 * served - servers that are recorded while clients call them, and an image of one held against what
 * the clients knew and what was there in the end.
 */
#ifndef TESTS_IMAGES_SERVED_H
#define TESTS_IMAGES_SERVED_H

#include "take.h"

/* The tale (crash/tale.h): stopped, killed, stopped again on the way, told to its end. */
void served_record_tale(struct take *take);
/* Clients of all kinds at once (crash/load.h), with a stop and deaths in between. */
void served_record_load(struct take *take);

/* Of a recording that is complete: adds what the store holds in the end. In a process of its own,
 * which then ends. */
void served_add_found(const struct take *take, const char *folder);

/* Of one that was read back: where in the end each thing is that was acknowledged. Every one must
 * be there. */
void served_prepare(struct take *take);

/* The image in `folder` of a cut at item `at`: it opens; every history in it is, byte for byte, the
 * beginning of what it was in the end; all that was acknowledged before the cut is there; and it is
 * sound (tests/sound). What is wrong fails an assertion of cmocka's, or stops the process. */
void served_check(const struct take *take, size_t at, const char *folder);

/* The same image with a real server: it starts, the tale comes to the end that it had; when the
 * server has ended, the folder is sound. */
void served_check_tale_served(const struct take *take, size_t at, const char *folder);
void served_check_load_served(const struct take *take, size_t at, const char *folder);

#endif
