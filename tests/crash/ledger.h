/*
 * ledger - what the server was asked, and what it acknowledged: the other side of the books.
 *
 * Every thing asked for carries a text that nothing else carries, so that it can be found in a
 * history, once, twice or not at all. It is entered before it is asked, as UNKNOWN, and again when
 * an answer came. All functions may be called from any thread; pointers live as long as the ledger.
 */
#ifndef TESTS_CRASH_LEDGER_H
#define TESTS_CRASH_LEDGER_H

#include "base/arena.h"
#include "base/random.h"
#include "caller.h"
#include <pthread.h>

#define DOMAIN BYTES("crash")
#define RUNS_MAX 4 /* of one workflow: starts that were not answered may be repeated */

enum note_kind {
    NOTE_DECISION_TASK, /* a poll that got one: its identity */
    NOTE_ACTIVITY_TASK, /* likewise */
    NOTE_DECISIONS,     /* RespondDecisionTaskCompleted: its context */
    NOTE_COMPLETED,     /* RespondActivityTaskCompleted: its result */
    NOTE_FAILED,        /* RespondActivityTaskFailed: its details */
    NOTE_HEARTBEAT,     /* its details */
    NOTE_SIGNAL,        /* its name */
    NOTE_CANCEL,        /* RequestCancelWorkflowExecution: has no text */
    NOTE_TERMINATE,     /* its reason */
    NOTE_KINDS,
};

struct note {
    struct note *next; /* in the order of asking */
    enum note_kind kind;
    enum outcome outcome;
    struct bytes text;
    int64_t started_event_id; /* the task it is about */
    size_t decisions;         /* how many the answer held */
};

struct run {
    struct workflow_execution names;
    struct note *notes;
    struct note **last;
    unsigned signals;
    bool dirty;   /* something was asked since the last check */
    bool closed;  /* seems to be closed: not worth signalling */
    bool settled; /* a check saw it closed */
};

struct workflow {
    struct bytes id;
    unsigned number;
    unsigned done, unknown; /* starts that were acknowledged, that were not answered */
    struct run runs[RUNS_MAX];
    size_t run_count;
};

/* A domain or type. */
struct registered {
    struct bytes name;  /* its description too */
    enum operation how; /* OPERATION_REGISTER_DOMAIN, ..._WORKFLOW_TYPE, ..._ACTIVITY_TYPE */
    enum outcome outcome, deprecated; /* deprecated: REFUSED when it was not asked for */
};

#define WORKFLOWS_MAX 100000
#define REGISTERED_MAX 20000

struct ledger {
    pthread_mutex_t mutex;
    struct arena arena;
    struct workflow **workflows;
    size_t workflow_count;
    struct registered *registered;
    size_t registered_count, domain_count;
    uint64_t texts;       /* given out so far */
    char complaint[1024]; /* the first; empty: none */
};

void ledger_init(struct ledger *ledger);
void ledger_deinit(struct ledger *ledger);

/* The first complaint is kept, and printed. */
void ledger_complain(struct ledger *ledger, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool ledger_is_content(struct ledger *ledger);

/* A text that nobody else has. */
struct bytes ledger_text(struct ledger *ledger, char kind);

/* A new workflow, about to be started. */
struct workflow *ledger_new_workflow(struct ledger *ledger);
/* The same one is about to be started once more, since nobody answered. */
void ledger_start_again(struct ledger *ledger, struct workflow *workflow);
/* What became of a start; `run_id` of DONE. */
void ledger_note_start(struct ledger *ledger, struct workflow *workflow, enum outcome outcome,
                       struct bytes run_id);

/* The run that a poll named; NULL after a complaint when nobody can have started it. */
struct run *ledger_find_run(struct ledger *ledger, const struct workflow_execution *names);
/* Some run that does not seem to be closed; NULL when none was met. */
struct run *ledger_pick_run(struct ledger *ledger, struct random_sequence *random);
/* How many runs do not seem to be closed. */
size_t ledger_open_runs(struct ledger *ledger);
void ledger_note_closed(struct ledger *ledger, struct run *run);

/* Enters something about to be asked; `note` is copied, its text must be the ledger's. */
struct note *ledger_enter(struct ledger *ledger, struct run *run, struct note note);

/* Writes down what became of something: the `outcome` of a note, the `outcome` or `deprecated` of a
 * registration. */
void ledger_settle(struct ledger *ledger, enum outcome *entry, enum outcome outcome);

/* A registration about to be asked for; NULL when there are enough. */
struct registered *ledger_new_registered(struct ledger *ledger, enum operation how);
/* One that was acknowledged and not yet deprecated; NULL when there is none. */
struct registered *ledger_pick_registered(struct ledger *ledger, struct random_sequence *random);

#endif
