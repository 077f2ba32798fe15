/*
 * recording - a history that the real service wrote, read from a file.
 *
 * The file is `{"events":[...]}` as GetWorkflowExecutionHistory answers it. Some lack times; some
 * are excerpts, whose gaps are filled with events that could have stood there: one round of
 * decisions without any, or rounds with an activity between them. What was made up is played, and
 * never compared.
 */
#ifndef TESTS_REPLAY_RECORDING_H
#define TESTS_REPLAY_RECORDING_H

#include "base/arena.h"
#include "model/event.h"
#include "wire/json.h"

struct recorded_event {
    int64_t id;
    int64_t at_ms; /* since the first event; 0 where times are not recorded */
    enum event_type type;
    struct json_value attributes;
    bool is_made_up;
};

struct recording {
    const char *name; /* of the file, without folder and ending */
    struct bytes text;
    struct recorded_event *events; /* events[i].id is i + 1 */
    size_t count;
    bool has_times;
    bool is_excerpt;

    struct arena arena;
    struct json_reader *json, *filler;
};

/* Reads the file; NULL, or why it cannot be played. Deinit in both cases. */
const char *recording_read(const char *path, struct recording *out);
void recording_deinit(struct recording *recording);

/* The event of that id; NULL when there is none. */
const struct recorded_event *recording_find(const struct recording *recording, int64_t id);
/* The event that a member of `event` names, "startedEventId"; NULL when it names none. */
const struct recorded_event *recording_follow(const struct recording *recording,
                                              const struct recorded_event *event,
                                              const char *member);

#endif
