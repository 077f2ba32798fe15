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
#include "functions.h"
#include <pthread.h>

#define DOMAIN BYTES("crash")
#define DOMAIN_ARN "arn:aws:swf:us-east-1:123456789012:/domain/" /* and a name */
#define STARTS_MAX 4 /* of one workflow: those that were not answered may be repeated */
#define CHILD_TAG BYTES("child")

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
    struct run *next; /* of its family */
    struct workflow_execution names;
    struct note *notes;
    struct note **last;
    unsigned signals;
    bool dirty;      /* something was asked since the last check */
    bool closed;     /* seems to be closed: not worth signalling */
    bool settled;    /* a check saw it closed */
    const void *row; /* for the auditor */
};

/* A workflow that a visitor starts, and its family: the runs in which it continues, its children
 * ("w-7.91" of "w-7", where 91 is nobody else's), and theirs. Nobody outside sends them anything
 * but visitors. */
struct workflow {
    struct bytes id;
    unsigned number;
    unsigned done, unknown; /* starts that were acknowledged, that were not answered */
    struct run *runs;
};

/* A domain or type. What is REFUSED was not asked for, or is known not to have happened. */
struct registered {
    struct bytes name;  /* its description too */
    enum operation how; /* OPERATION_REGISTER_DOMAIN, ..._WORKFLOW_TYPE, ..._ACTIVITY_TYPE */
    enum outcome outcome, deprecated;
    enum outcome restored; /* undeprecated */
    enum outcome deleted;  /* of types */
    enum outcome tagged;   /* of domains */
};

#define WORKFLOWS_MAX 100000
#define REGISTERED_MAX 20000

struct ledger {
    struct functions *functions; /* that the workflows call */
    pthread_mutex_t mutex;
    struct arena arena;
    struct workflow **workflows;
    size_t workflow_count, run_count;
    struct registered *registered;
    size_t registered_count, domain_count;
    uint64_t texts; /* given out so far */
    /* Told of each entry that is settled as DONE (ledger_settle), when it is; NULL: nobody. */
    void (*witness)(void *context, const enum outcome *entry);
    void *witness_context;
    char complaint[1024]; /* the first; empty: none */
};

/* The functions are the caller's. */
void ledger_init(struct ledger *ledger, struct functions *functions);
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

/* The run that a poll or a list named, noted if it is new; NULL after a complaint when it is of no
 * family. */
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
/* One that was acknowledged, and what may be done to it next: of the operations that deprecate,
 * undeprecate, delete and tag, that for a domain or for a type. *entry says what became of it, and
 * is UNKNOWN from now on. NULL when there is none. */
struct registered *ledger_pick_registered(struct ledger *ledger, struct random_sequence *random,
                                          enum outcome **entry, enum operation *operation);

#endif
