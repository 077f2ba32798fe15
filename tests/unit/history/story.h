/*
 * story - histories in shorthand: a line an event, "SECONDS TYPE member=value ...", its id the
 * number of the line unless "#7" begins it. A value is what the member is: a number where an
 * event's id is meant, "name" of a list, "name/version" of a type, "workflowId/runId" of an
 * execution, else a text.
 */
#ifndef TEST_HISTORY_STORY_H
#define TEST_HISTORY_STORY_H

#include "base/text.h"

/* Appends the lines as `{"events":[...]}`. */
void story_write(const char *lines, struct text *out);

#endif
