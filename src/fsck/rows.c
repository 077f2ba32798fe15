/*
 * The rows by which closed runs are found: each that a summary asks for is there, and there is no
 * other.
 */
#include "fsck/inner.h"
#include "store/key.h"
#include "store/list_row.h"
#include "store/pack.h"
#include "store/value.h"
#include "store/walk.h"
#include <inttypes.h>

/* What a row is, for people. */
static const char *row_kind(struct bytes key)
{
    switch (key.len ? key.ptr[0] : 0) {
    case CLOSED_LIST:
        return "a row of a list";
    case CLOSED_NAMES:
        return "the row by its names";
    case CLOSED_EXPIRY:
        return "the row of its expiry";
    case CLOSED_SUMMARY:
        return "a summary";
    default:
        return "a row of no known kind";
    }
}

/* All rows that a closed run has, with their values. */
typedef void row_fn(void *context, struct bytes key, struct bytes value);

/* list_rows_visit hands on a batch and nothing else, so what it is for lies in front of it. */
struct row_visit {
    struct batch batch; /* first */
    row_fn *row;
    void *context;
};

static void visit_list_row(struct batch *batch, struct bytes key, uint64_t run,
                           struct instant expires)
{
    struct row_visit *visit = (struct row_visit *)batch;

    visit->row(visit->context, key, list_row_value(&batch->arena, key, run, expires));
}

static void visit_rows(struct run_key run, const struct summary *summary, row_fn *row,
                       void *context)
{
    const struct run_closing *closing = &summary->closing;
    struct row_visit visit = { .row = row, .context = context };
    struct arena *arena = &visit.batch.arena;
    struct bytes names, expiry;

    batch_init(&visit.batch);
    names = key_names(arena, run.account, run.domain, closing->workflow_id, closing->run_id);
    expiry = key_expiry(arena, closing->expires, run);
    row(context, names, list_row_value(arena, names, run.run, closing->expires));
    row(context, expiry, value_of(arena, expiry, BYTES("")));
    list_rows_visit(&visit.batch, run, summary, visit_list_row);
    batch_deinit(&visit.batch);
}

/* ---- from the summaries to the rows ---- */

struct expecting {
    struct fsck *fsck;
    struct run_key run;
    const struct summary *summary;
};

static void put_row(struct fsck *fsck, struct bytes key, struct bytes value)
{
    struct arena *arena = &fsck->fixes.arena;

    batch_put(&fsck->fixes, KV_CLOSED, arena_copy(arena, key), arena_copy(arena, value));
}

static void expect_row(void *context, struct bytes key, struct bytes value)
{
    struct expecting *expecting = context;
    struct fsck *fsck = expecting->fsck;
    struct bytes there;
    enum err err = fsck->kv->functions->get(fsck->kv, KV_CLOSED, key, &fsck->keys, &there);

    if (err == OK && bytes_equal(there, value))
        return;
    if (err == OK)
        seen_keys_add(&fsck->reported, key);
    if (fsck_may_mend(fsck, "run %" PRIu64 " (%.*s, %.*s): %s is %s", expecting->run.run,
                      BYTES_FMT(expecting->summary->closing.workflow_id),
                      BYTES_FMT(expecting->summary->closing.run_id), row_kind(key),
                      err == OK ? "damaged" : "missing"))
        put_row(fsck, key, value);
}

void fsck_check_rows_of(struct fsck *fsck, struct run_key run, const struct summary *summary)
{
    struct expecting expecting = { fsck, run, summary };

    visit_rows(run, summary, expect_row, &expecting);
    arena_reset(&fsck->keys);
    fsck_write(fsck);
}

/* ---- from the rows to the summaries ---- */

struct looking {
    struct bytes key;
    bool found;
};

static void look_at_row(void *context, struct bytes key, struct bytes value)
{
    struct looking *looking = context;

    (void)value;
    looking->found |= bytes_equal(looking->key, key);
}

/* The run that a row leads to; false when the row is damaged. */
static bool run_of_row(struct bytes key, struct bytes value, uint64_t *run)
{
    struct instant expires;
    struct unpacker unpacker;
    struct run_key named;
    struct bytes content;

    if (!value_open(key, value, &content))
        return false;
    if (key.ptr[0] == CLOSED_EXPIRY) {
        *run = key_parse_expiry(key, &expires, &named) ? named.run : 0;
        return *run > 0;
    }
    unpacker = unpacker_of(content);
    *run = unpack_u64(&unpacker);
    expires.ms = (int64_t)unpack_u64(&unpacker);
    return unpacker_is_done(&unpacker);
}

/* Does the summary of this run ask for the row? */
static bool is_asked_for(struct fsck *fsck, const struct seen_run *seen, struct bytes row)
{
    struct looking looking = { .key = row };
    struct bytes key = key_summary(&fsck->keys, seen->key);
    struct summary summary;
    struct bytes value;

    if (fsck->kv->functions->get(fsck->kv, KV_CLOSED, key, &fsck->keys, &value) != OK ||
        !summary_decode(key, value, &fsck->keys, &summary))
        return false;
    visit_rows(seen->key, &summary, look_at_row, &looking);
    return looking.found;
}

static void remove_row(struct fsck *fsck, struct bytes key)
{
    batch_delete(&fsck->fixes, KV_CLOSED, arena_copy(&fsck->fixes.arena, key));
}

static void check_row(struct fsck *fsck, struct bytes key, struct bytes value)
{
    const struct seen_run *seen;
    uint64_t run;

    if (seen_keys_has(&fsck->reported, key))
        return; /* as what the summary wants and does not find */
    if (!run_of_row(key, value, &run)) {
        if (fsck_may_mend(fsck, "%s is damaged, and no summary asks for it", row_kind(key)))
            remove_row(fsck, key);
        return;
    }
    seen = seen_runs_find(&fsck->seen, run);
    if (seen && seen->lost_summary)
        return; /* nobody can say what rows it has */
    if (seen && seen->has_summary && is_asked_for(fsck, seen, key))
        return;
    if (fsck_may_mend(fsck, "%s leads to run %" PRIu64 ", which does not ask for it", row_kind(key),
                      run))
        remove_row(fsck, key);
}

/* Its history is gone, so what it says is all there is: it stays. */
static void check_summary_key(struct fsck *fsck, struct bytes key)
{
    const struct seen_run *seen;
    struct run_key run;

    if (!key_parse_summary(key, &run)) {
        fsck_found_stray(fsck, "the closed runs");
        return;
    }
    seen = seen_runs_find(&fsck->seen, run.run);
    if (!seen || seen->key.account != run.account || seen->key.domain != run.domain)
        fsck_found(fsck,
                   "run %" PRIu64 " of domain %" PRIu32 " of account %" PRIu64
                   ": it has a summary and no history",
                   run.run, run.domain, run.account);
}

static void check_key(struct fsck *fsck, const struct walk *walk)
{
    struct bytes key = walk_key(walk);

    switch (key.len ? key.ptr[0] : 0) {
    case CLOSED_LIST:
    case CLOSED_NAMES:
    case CLOSED_EXPIRY:
        fsck->sum->rows++;
        check_row(fsck, key, walk_value(walk));
        break;
    case CLOSED_SUMMARY:
        check_summary_key(fsck, key);
        break;
    default:
        fsck_found_stray(fsck, "the closed runs");
        break;
    }
    arena_reset(&fsck->keys);
}

void fsck_check_rows(struct fsck *fsck)
{
    struct patient_walk walk;

    if (fsck->blind)
        return; /* a run that was not seen may be there */
    fsck_begin_patient(fsck, &walk, KV_CLOSED, BYTES(""));
    while (patient_walk_next(&walk))
        check_key(fsck, &walk.walk);
    fsck_end_patient(fsck, &walk, "the closed runs");
}
