/*
 * look - JSON by the names of its members.
 */
#ifndef TESTS_REPLAY_LOOK_H
#define TESTS_REPLAY_LOOK_H

#include "base/text.h"
#include "wire/json.h"

/* The member of that name of the object itself; false when it has none. */
bool look_member(struct json_value object, const char *name, struct json_value *out);
/* The same for a text; absent when there is none. Borrowed until the next parse. */
struct bytes look_text(struct json_value object, const char *name);
/* The same for a number; 0 when there is none. */
int64_t look_number(struct json_value object, const char *name);

#endif
