/*
 * reply - what a script can say of JSON that came back: a member found by its name, however deep,
 * and a value as plain text.
 */
#ifndef TESTS_SCENARIO_REPLY_H
#define TESTS_SCENARIO_REPLY_H

#include "base/text.h"
#include "wire/json.h"

/* The first member of that name, those of the object itself before those inside its members; lists
 * are not entered. False when there is none. */
bool reply_find(struct json_value object, struct bytes name, struct json_value *out);

/* Text as it is, numbers in digits, `order/1` for a structure, `a,b` for a list. */
void reply_render(struct text *out, struct json_value value);

/* An event of a history. */
struct seen_event {
    int64_t id;
    int64_t timestamp_ms;
    struct bytes type; /* borrowed until the next parse */
    struct json_value attributes;
};
/* False when the value is no event. */
bool reply_event(struct json_value value, struct seen_event *out);

/* `5 ActivityTaskScheduled activityId=a1 ...`, all its attributes. */
void reply_render_event(struct text *out, const struct seen_event *event, int64_t beginning_ms);

#endif
