/*
 * event - a list of new events on their way from a decision to the history.
 */
#ifndef MODEL_EVENT_H
#define MODEL_EVENT_H

#include "base/arena.h"
#include "model/shapes.h"

/* Grows in the arena it was made with. */
struct event_list {
    struct arena *arena;
    struct event *items;
    size_t count;
    size_t capacity;
    int64_t next_id;          /* the id that the next event gets */
    struct instant timestamp; /* of every event added; one transaction, one time */
};

/* An empty list whose first event will be `next_id` at `timestamp`. */
void event_list_init(struct event_list *list, struct arena *arena, int64_t next_id,
                     struct instant timestamp);

/* Adds an event with the next id and the list's time; `attributes` is the structure that belongs to
 * `type` and lives as long as the arena. Returns the event's id. */
int64_t event_list_add(struct event_list *list, enum event_type type, const void *attributes);

/* Does this type close an execution? */
bool event_type_closes(enum event_type type);

#endif
