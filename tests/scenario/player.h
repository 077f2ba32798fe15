/*
 * player - takes a backend through a script, and keeps what came of it.
 */
#ifndef TESTS_SCENARIO_PLAYER_H
#define TESTS_SCENARIO_PLAYER_H

#include "backend.h"
#include "script.h"
#include "wire/json.h"

/* What playing a script left behind. */
struct played {
    struct text histories; /* of every run, byte for byte as they were answered */
    struct text answers;   /* every answer of every call */
    struct text events;    /* the histories once more, for people */
    struct text problem;   /* why it failed; empty: it did not */
};

void played_init(struct played *played);
void played_deinit(struct played *played);

/* Plays the script once. `order` says in which order the lines of its `permute` come; NULL when it
 * has none. Appends to `out`; false when the script's words did not come true, or a history is
 * none. */
bool play(const struct script *script, const struct options *options, const struct backend *backend,
          const size_t *order, struct played *out);

/* How many lines the script's `permute` has; 0 when it has none. */
size_t permuted_lines(const struct script *script);

/* ---- for the other files of the player ---- */

struct variable {
    struct variable *next;
    struct bytes name, value;
};

struct known_run {
    struct known_run *next;
    struct bytes domain, workflow_id, run_id;
    bool found; /* in a list: the script did not start it itself */
};

struct waiting_poll {
    struct waiting_poll *next;
    struct bytes name;
    struct ask *ask;
};

struct player {
    const struct script *script;
    struct session *session;
    const size_t *order;
    struct arena arena;
    struct json_reader *json;
    struct variable *variables; /* newest first */
    struct waiting_poll *waiting;
    struct ask *asks, **last_ask;       /* in the order of submission */
    struct known_run *runs, **last_run; /* in the order in which they became known */
    bool lenient; /* inside `permute`: what was not foretold may be anything */
    int line_number;
    bool failed;
    struct played *out;
};

/* Notes why the script fails here; only the first counts. */
void player_fail(struct player *player, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Makes a call of these members and gives it to the backend. */
struct ask *player_call(struct player *player, enum operation operation, struct bytes members);

/* The newest run of that workflow that the script started, else the newest that was found; NULL
 * when there is none. */
const struct known_run *player_find_run(const struct player *player, struct bytes workflow_id);
/* A run that was not known yet. */
void player_note_run(struct player *player, const struct known_run *run);

/* `value` with every $name replaced; false when one is unknown: then the script failed, or skips
 * this line. */
bool player_substitute(struct player *player, struct bytes value, struct bytes *out);
void player_set_variable(struct player *player, struct bytes name, struct bytes value);
const struct variable *player_find_variable(const struct player *player, struct bytes name);

/* `go`: what was held moves on. */
void player_release(struct player *player);

/* expect.c: compares an answer with what the words after `->` say. */
void expect_answer(struct player *player, const struct ask *ask, const struct word *words,
                   size_t count);
/* The answer to a call that nobody said anything about. */
void expect_no_fault(struct player *player, const struct ask *ask);
/* The block below `history`. */
void expect_events(struct player *player, const struct ask *ask, const struct line *block,
                   size_t count);

/* The block below a list: its items one by one. */
void expect_items(struct player *player, const struct ask *ask, const struct line *block,
                  size_t count);

/* census.c: asks for the lists of a domain and notes all runs that nobody knows yet: children, and
 * those that others went on in. */
void census(struct player *player, struct bytes domain);

/* aftermath.c: reads every history, and checks what must be true of it. */
void aftermath(struct player *player);

#endif
