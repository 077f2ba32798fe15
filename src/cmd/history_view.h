/*
 * history_view - a history as lines for people: when, which event, and what matters about it.
 *
 * Knows the details of the events that the demo's workflows have; of others it shows the type.
 * Control characters in names and payloads are shown as '?', so that they cannot play tricks on a
 * terminal.
 */
#ifndef CMD_HISTORY_VIEW_H
#define CMD_HISTORY_VIEW_H

#include "base/text.h"
#include "model/event.h"

/* The line above those of this history. */
void history_view_title(struct text *out, const struct event *events, size_t count);

/* Writes to stdout what was appended so far, and empties it. */
void history_view_print(struct text *out);

/* Appends the line of events[index]; `events` is the whole history. */
void history_view_line(struct text *out, const struct event *events, size_t count, size_t index,
                       bool coloured);

#endif
