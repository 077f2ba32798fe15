/*
 * store - what every store promises, whatever lies beneath it.
 *
 * A commit is all or nothing and durable before it is reported. The unit that changes is the run;
 * its events are opaque texts that only grow. Reads may be made from any thread and see only what
 * was committed. A store knows nothing of SWF's rules: it is told what to keep and what to forget.
 *
 * After a failed commit the store answers only ERR_IO: what is on the disk is anyone's guess, and
 * the process must stop and open it anew.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/ensure.h"
#include "base/err.h"
#include "base/instant.h"
#include "model/shapes.h"
#include <stdint.h>

#define SERVER_KEY_BYTES 32

/* Where a run lies. Numbers, not names: a domain has a number, and run numbers rise with the start.
 */
struct run_key {
    uint64_t account; /* the twelve digits of the account as a number */
    uint32_t domain;
    uint64_t run; /* from 1, unique in the whole store */
};

/* A run begins: its names. */
struct run_opening {
    struct bytes workflow_id;
    struct bytes run_id;
};

/* A run ends: what lists and Describe say of it from now on. */
struct run_closing {
    struct instant started;
    struct instant closed;
    struct instant expires; /* from this instant on no read shows the run (S9) */
    enum close_status close_status;
    struct bytes workflow_id;
    struct bytes run_id;
    struct bytes type_name;
    struct bytes type_version;
    struct bytes_list tags;
    struct bytes info_json;   /* a WorkflowExecutionInfo, as lists show it */
    struct bytes detail_json; /* a WorkflowExecutionDetail without latestExecutionContext */
    int64_t context_event_id; /* the DecisionTaskCompleted that holds the latest execution context;
                                 0: none */
};

/* The newest heartbeat of an open activity, or its removal. */
struct heartbeat_change {
    int64_t scheduled_event_id;
    struct bytes details; /* absent: remove the record */
};

/* What one commit, or a part of it, does to one run. */
struct run_change {
    struct run_key key;
    int64_t builds_on; /* the last event id before it; the first new event is builds_on + 1 */
    const struct bytes *events; /* JSON texts, in order; may be none (a heartbeat alone) */
    size_t event_count;
    const struct run_opening *opening; /* NULL unless the run begins here; then builds_on is 0 */
    const struct run_closing *closing; /* NULL unless the run ends here */
    const struct heartbeat_change *heartbeats;
    size_t heartbeat_count;
    bool was_idle; /* store_write_idle was told of it since its last change: that is over */
};

/* A type's key holds its name and version: 256 and 64 characters, of up to four bytes each. */
#define REGISTRY_KEY_BYTES_MAX 1536

/* A record of the registry (domains, types): an opaque key and value. */
struct registry_change {
    struct bytes key;   /* 1 to REGISTRY_KEY_BYTES_MAX bytes */
    struct bytes value; /* absent: remove */
};

/* A message from one workflow to another that waits for delivery: an opaque key and value. */
struct message_change {
    struct bytes key;
    struct bytes value; /* absent: delivered */
};

/* What a commit takes out beside its changes, in the same write: runs that expired at or before
 * `now`, as store_remove_expired does. What became of it stands there when store_commit has
 * returned. */
struct sweep {
    struct instant now;
    size_t runs_max;
    size_t removed;
    bool is_cut;  /* it ended at a bound, or passed over damage: there may be more */
    enum err err; /* as of store_remove_expired; the commit is made all the same */
};

/* All that one turn changes. Changes of one run come in their order; the same run may appear more
 * than once. */
struct commit {
    uint64_t turn;        /* the number of the turn: the previous commit's plus 1 */
    uint64_t next_run;    /* the run number that the next start will get */
    struct instant clock; /* no event of this commit is later */
    const struct run_change *runs;
    size_t run_count;
    const struct registry_change *registry;
    size_t registry_count;
    const struct message_change *messages;
    size_t message_count;
    struct sweep *sweep; /* NULL: nothing is taken out */
};

/* What its owner keeps of an open run that nobody touches, so that a start need not read its
 * history: opaque. */
struct idle_run {
    struct run_key key;
    struct bytes state;
};

struct store;

/* Called once for each commit, on the thread that called store_commit or on one of the store's own.
 * It may read, but neither commit nor close the store: the commit has not ended yet. */
typedef void store_committed_fn(void *context, enum err err);

/* Makes the whole commit durable, then calls `done` with OK; or changes nothing that counts and
 * calls it with what went wrong, after which the store takes no more commits. One commit at a time.
 */
void store_commit(struct store *store, const struct commit *commit, store_committed_fn *done,
                  void *context);

/* OK, or the error of the write after which the store takes no more and reads nothing: that of a
 * commit, or of what a commit wrote for the next start after it was reported. Not while a commit is
 * under way. */
must_use enum err store_failure(const struct store *store);

/* What the store says about itself when it is opened. */
struct store_meta {
    uint64_t turn;                        /* of the last commit; 0: none yet */
    uint64_t next_run;                    /* at least 1 */
    struct instant clock;                 /* no committed event is later */
    uint8_t server_key[SERVER_KEY_BYTES]; /* seals tokens (store/server_key.h) */
};
void store_get_meta(const struct store *store, struct store_meta *out);

/* What recovery hands over. Borrowed for the call. */
struct open_run {
    struct run_key key;
    struct run_opening names;
    const struct bytes *events; /* the whole history, 1..event_count */
    size_t event_count;
    const struct heartbeat_change *heartbeats;
    size_t heartbeat_count;
    bool was_idle; /* the store has an idle row of it, which nobody could use */
};
struct recovery {
    void *context;
    /* Each returns OK to go on; anything else stops the recovery with that error. */
    enum err (*on_registry)(void *context, struct bytes key,
                            struct bytes value); /* in key order, first */
    enum err (*on_message)(void *context, struct bytes key, struct bytes value); /* in key order */
    enum err (*on_open_run)(void *context, const struct open_run *run); /* in run order, last */
    /* In its place among them, an open run that is damaged: its history or its heartbeats cannot be
     * read, nor its names when these are NULL. A line in the log says why. Without this function
     * such a run ends the recovery with ERR_CORRUPT. */
    enum err (*on_damaged_run)(void *context, struct run_key key, const struct run_opening *names);
    /* Instead, for a run that was idle: what was kept of it. Its history must end with event
     * `last_event_id`; 0: nobody knows. ERR_NOT_FOUND: what was kept cannot be used, or is not of
     * that event, and the run comes whole. NULL: all come whole. */
    enum err (*on_idle_run)(void *context, const struct idle_run *run, int64_t last_event_id);
    /* How many runs there are, before the first. NULL: nobody asks. */
    void (*on_count)(void *context, size_t open_runs);
};

/* Hands over everything that memory must hold before the first turn. Once, before the first commit.
 * Heartbeats of runs that are not open are forgotten.
 * ERR_CORRUPT after a line in the log that names what is damaged, when that is not of one run. */
must_use enum err store_recover(struct store *store, const struct recovery *recovery);

/* Keeps these, which have no heartbeats, in place of what was kept of the same runs before, until
 * the run's next change, which must say that the run was idle. A cache: promises no durability, but
 * what it keeps is never older than the run's last change. Not while a commit is under way; in the
 * calls of a recovery, too. After a failure as after that of a commit. */
must_use enum err store_write_idle(struct store *store, const struct idle_run *runs, size_t count);

/* The names and the whole history of an open run, in the arena, without heartbeats. ERR_CORRUPT
 * after a line in the log, with the names all the same if those can be read, else absent ones. Any
 * thread. */
must_use enum err store_read_run(struct store *store, struct run_key key, struct arena *arena,
                                 struct open_run *out);

/* A stretch of a history. */
struct history_query {
    struct run_key key;
    int64_t from;      /* the first event id wanted (>= 1) */
    int64_t to;        /* the last one wanted, at or after `from` in the direction of reading */
    bool reverse;      /* from >= to, newest first */
    size_t events_max; /* at least 1 */
    size_t bytes_max;  /* ends the page after the event that passes it */
    int64_t committed; /* an event that the caller knows to be there, before or after these; 0:
                          none. A history that ends sooner is damaged. Of a closed run the store
                          knows itself. */
};
struct history_page {
    struct bytes *events; /* JSON texts in the order asked for, in the arena; fewer than asked only
                             where the history or the page's maximum ends */
    size_t count;
    int64_t next; /* the wanted event that comes after these; 0: there is none */
};
/* ERR_NOT_FOUND when the run has no such events at all. Any thread. */
must_use enum err store_read_history(struct store *store, const struct history_query *query,
                                     struct arena *arena, struct history_page *out);

/* The names of a run, open or closed, in the arena. ERR_NOT_FOUND when there is none. Any thread.
 */
must_use enum err store_read_names(struct store *store, struct run_key key, struct arena *arena,
                                   struct run_opening *out);

/* What was said of a run when it closed. ERR_NOT_FOUND when it is open or unknown, or expired at
 * `now`. Any thread. */
must_use enum err store_read_closing(struct store *store, struct run_key key, struct instant now,
                                     struct arena *arena, struct run_closing *out);

/* Finds a closed run by its names; ERR_NOT_FOUND when it is open, unknown, or expired at `now`. Any
 * thread. */
must_use enum err store_find_closed(struct store *store, uint64_t account, uint32_t domain,
                                    struct bytes workflow_id, struct bytes run_id,
                                    struct instant now, struct run_key *out);

/* How closed runs may be picked out: by at most one of these. */
enum closed_filter {
    CLOSED_ALL,
    CLOSED_BY_WORKFLOW_ID,
    CLOSED_BY_TYPE_NAME,
    CLOSED_BY_TYPE, /* name and version */
    CLOSED_BY_TAG,
    CLOSED_BY_STATUS,
};

/* A walk over closed runs in the order of start or close time; what has the same time comes in the
 * order in which it started or closed. */
struct closed_query {
    uint64_t account;
    uint32_t domain;
    bool by_close_time; /* else by start time */
    enum closed_filter filter;
    struct bytes value;   /* the workflow id, type name, or tag */
    struct bytes version; /* of CLOSED_BY_TYPE */
    enum close_status status;
    struct instant oldest, latest; /* both inclusive */
    bool ascending;                /* oldest first; else newest first */
    struct instant now;            /* runs expired by then are skipped */
    /* Where the last page ended (its last item); number 0: at the beginning. */
    struct instant after_time;
    uint64_t after_number;
    size_t count_max;
};
struct closed_item {
    uint64_t run;
    struct instant time; /* the one that orders the walk */
    uint64_t number;     /* orders what has the same time; at least 1 */
    struct bytes info_json;
};
struct closed_page {
    struct closed_item *items; /* in the arena */
    size_t count;
    bool more;
};
/* One page. Any thread. */
must_use enum err store_list_closed(struct store *store, const struct closed_query *query,
                                    struct arena *arena, struct closed_page *out);
/* How many the query would list, up to query->count_max; *more says that there are further ones.
 * Any thread. */
must_use enum err store_count_closed(struct store *store, const struct closed_query *query,
                                     size_t *count, bool *more);

/* Forgets up to `runs_max` runs that expired at or before `now`: history, summary, index rows; of
 * runs with long histories fewer, so that it never takes long.
 * *removed tells how many went, *is_cut that there may be more, for it ended at a bound or passed
 * over rows that cannot be read; NULL: nobody asks. Makes no promise of durability: what is not
 * gone now goes next time. What is damaged stays and is passed over: ERR_CORRUPT, and *removed of
 * the others went. Not while a commit is under way. */
must_use enum err store_remove_expired(struct store *store, struct instant now, size_t runs_max,
                                       size_t *removed, bool *is_cut);

/* What has been written since it was opened, and what lies beneath it holds; 0 where that is not
 * known. Any thread. */
struct store_figures {
    uint64_t written_bytes; /* keys and values, before anything beneath makes more of them */
    uint64_t writes, syncs;
    const struct durations *sync_times; /* what those took; NULL: not known */
    uint64_t memory_bytes, cache_bytes, file_bytes, pending_compaction_bytes;
};
void store_get_figures(struct store *store, struct store_figures *out);

/* Ends orderly: writes what shortens the next start, and gives everything back. An error when that
 * or an earlier write failed: the log has said why, and what was reported as written is kept. Who
 * gives up anyway need not look at it. */
enum err store_close(struct store *store);

/* How many bytes may still be written before the device is full; UINT64_MAX when that is not known.
 * Any thread. */
uint64_t store_free_bytes(struct store *store);

#endif
