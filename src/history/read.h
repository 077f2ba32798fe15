/*
 * read - a history from text: what GetWorkflowExecutionHistory answered, as a client wrote it down.
 *
 * One JSON text or several, one behind the other, each a page (`{"events":[...]}`, or what
 * PollForDecisionTask answers) or a bare array of events. Times may be numbers, or dates as texts;
 * with none at all they count as not recorded. Pages in reverse order are turned around. A last
 * page that has a nextPageToken leaves the history cut.
 *
 * Judges the form alone: whether it is a history is history_check's affair.
 */
#ifndef HISTORY_READ_H
#define HISTORY_READ_H

#include "history/check.h"
#include "wire/json.h"

/* What reading takes of an arena at most. */
#define HISTORY_READ_BYTES(text_bytes) ((size_t)(text_bytes)*64 + ((size_t)1 << 20))

/* The events lie in `arena`. False, with one line without a newline in `problem`, when the text is
 * none of that. */
must_use bool history_read(struct json_reader *reader, struct bytes text, struct arena *arena,
                           struct history *out, struct text *problem);

#endif
