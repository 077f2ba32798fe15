/*
 * task - what the answer to a poll says, read as far as a bench needs it.
 *
 * Every event of a page is looked at for its number; what happened is told for those after the
 * previous decision task. Strings are borrowed from the reader until its next text.
 */
#ifndef BENCH_TASK_H
#define BENCH_TASK_H

#include "base/bytes.h"
#include "base/ensure.h"
#include "bench/job.h"
#include "wire/json.h"

struct task {
    struct bytes token; /* absent: the poll came back with nothing */
    struct bytes workflow_id;
    struct bytes input;           /* of an activity task */
    struct bytes next_page_token; /* of a decision task with more events; else absent */
    int64_t started_id, previous_started_id;
};

/* The pages of one decision task, one after the other. */
struct task_news {
    struct news_item *items;
    size_t count, capacity;
    int64_t next_id; /* that the next event must have; 0: before the first page */
};
void task_news_deinit(struct task_news *news);
void task_news_reset(struct task_news *news);

/* False when the body is not what SWF would say. */
must_use bool task_read_activity(struct json_reader *reader, struct bytes body, struct task *out);

/* The same for a page of a decision task, whose news are added to `news`. `is_whole`: its history
 * begins at the first event, else at the previous DecisionTaskStarted. NULL, or what is wrong. */
const char *task_read_decision(struct json_reader *reader, struct bytes body, bool is_whole,
                               struct task *out, struct task_news *news);

/* A page of a history that was asked for, from its first event on: its news are added to `news`,
 * and *next_page_token is absent with the last one. NULL, or what is wrong. */
const char *task_read_history(struct json_reader *reader, struct bytes body,
                              struct bytes *next_page_token, struct task_news *news);

/* The number that a text of the bench begins with: "17:xxxx" -> 17; UINT32_MAX when there is none.
 */
uint32_t task_number(struct bytes text);

#endif
