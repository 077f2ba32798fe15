/*
 * record - a run's history in stored bytes: its names, and the events of one change.
 *
 * A record holds the events of one change as the texts they came as, and says the id of its first.
 * Records of a run follow each other without gap; who reads several checks that.
 */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include "store/key.h"

/* Events in a record; what a decoded one points to is borrowed from the stored value. */
struct record {
    int64_t first;
    uint32_t count;
    struct bytes lengths;
    struct bytes texts;
};

/* The value of `count` events (at least 1) from id `first` on, to be stored under `key`. */
struct bytes record_encode(struct arena *arena, struct bytes key, int64_t first,
                           const struct bytes *events, size_t count);
/* false when the value is not the record that was stored under this key. */
bool record_decode(struct bytes key, struct bytes value, struct record *out);

static inline int64_t record_last(const struct record *record)
{
    return record->first + record->count - 1;
}

/* A place in a record: on an event, or after the last. */
struct record_place {
    uint32_t index;
    size_t offset;
};
/* The place of event `id`, which the record holds. */
struct record_place record_place_of(const struct record *record, int64_t id);
/* The text of the event there; the place is on one. */
struct bytes record_text(const struct record *record, struct record_place place);
void record_next(const struct record *record, struct record_place *place);
/* Not from the first. */
void record_prev(const struct record *record, struct record_place *place);

/* The names of a run. */
struct bytes names_encode(struct arena *arena, struct bytes key, const struct run_opening *names);
bool names_decode(struct bytes key, struct bytes value, struct run_opening *out);

#endif
