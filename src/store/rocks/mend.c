#include "store/rocks/mend.h"

#include "base/memory.h"
#include "store/batch.h"
#include "store/key.h"
#include "store/rocks/file.h"
#include "store/rocks/folder.h"
#include "store/rocks/inventory.h"
#include "store/rocks/journal.h"
#include "store/rocks/manifest.h"
#include "store/rocks/manifest_writer.h"
#include "store/rocks/mark.h"
#include "store/rocks/merge.h"
#include "store/rocks/options.h"
#include "store/rocks/relist.h"
#include "store/rocks/rocks.h"
#include "store/rocks/table.h"
#include "store/rocks/table_tail.h"
#include "store/rocks/wal.h"
#include "store/server_key.h"
#include "store/turn_record.h"
#include "store/twin.h"
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct mending {
    const char *path;
    const struct mend_options *options;
    struct journal journal; /* of this repair, and of one that was stopped before */
    int hold;               /* on the folder: no server begins to use what is being changed */
    struct batch batch;     /* of pairs to be written anew */
    struct kv *kv;          /* to write them to */
};

#define found(mending, mendable, ...) \
    (mending)->options->found((mending)->options->context, (mendable), __VA_ARGS__)

/* Before the repair goes back to an earlier turn: neither the mark nor a token of what was
 * acknowledged after it is to be believed any more. */
static enum err note_going_back(struct mending *mending)
{
    struct journal *journal = &mending->journal;

    (void)!file_move_to_lost(mending->path, "TURN");
    journal->renews_key = true;
    return journal_write(journal, mending->path, journal->has_begun ? journal->step : JOURNAL_KEY);
}

/* Tables and rows are as they ought to be. */
static enum err end_but_for_key(struct mending *mending)
{
    struct journal *journal = &mending->journal;

    journal->count = 0;
    return journal->renews_key ? journal_write(journal, mending->path, JOURNAL_KEY)
                               : journal_end(journal, mending->path);
}

/* RocksDB locks the folder itself, and does not share. Meanwhile the journal is there, which keeps
 * servers away. */
static enum err with_lock_of_rocks(struct mending *mending, enum err (*part)(struct mending *))
{
    ensure(mending->journal.has_begun);
    folder_release(mending->hold);
    mending->hold = -1;
    enum err err = part(mending);
    enum err held = folder_hold(mending->path, &mending->hold);
    return err ? err : held;
}

/* ---- tables that are damaged */

static bool is_damaged(const char *path, const struct manifest_table *table)
{
    char *file = file_path(path, "%06" PRIu64 ".sst", table->number);
    bool whole = table_tail_is_whole(file) && table_is_whole(file);

    memory_free(file);
    return !whole;
}

static bool is_of(const struct manifest_table *table, enum kv_space space)
{
    return table->family == FAMILY_NUMBER(space);
}

/* All events, all rows: each key is written once, and what a table says of it is true whatever
 * others say. */
static bool is_written_once(const struct manifest_table *table)
{
    return is_of(table, KV_HISTORY) || is_of(table, KV_CLOSED);
}

static enum kv_space space_of(const struct manifest_table *table)
{
    return (enum kv_space)(table->family - FAMILY_NUMBER(0));
}

static const char *content_of(const struct manifest_table *table)
{
    return is_of(table, KV_HISTORY)  ? "histories"
           : is_of(table, KV_CLOSED) ? "closed runs"
           : is_of(table, KV_STATE)  ? "what all executions need, of which there is a second copy"
           : is_of(table, KV_TWIN)   ? "the second copy of what all executions need"
                                     : "nothing of ours";
}

static void tell_table(struct mending *mending, const struct manifest_table *table)
{
    struct run_key first, last;
    int64_t event_id;

    if (is_of(table, KV_HISTORY) && key_parse_history(table->smallest, &first, &event_id) &&
        key_parse_history(table->largest, &last, &event_id))
        found(mending, true,
              "the table %06" PRIu64 ".sst is missing or damaged: histories, from run %" PRIu64
              " of domain %" PRIu32 " of account %" PRIu64 " to run %" PRIu64 " of domain %" PRIu32
              " of account %" PRIu64,
              table->number, first.run, first.domain, first.account, last.run, last.domain,
              last.account);
    else
        found(mending, true, "the table %06" PRIu64 ".sst is missing or damaged: %s", table->number,
              content_of(table));
}

/* Adds them to those that a repair before this one took away. */
static void find_damaged(struct mending *mending, const struct manifest *whole)
{
    for (size_t i = 0; i < whole->table_count; i++) {
        if (!is_damaged(mending->path, &whole->tables[i]))
            continue;
        tell_table(mending, &whole->tables[i]);
        journal_add(&mending->journal, &whole->tables[i]);
    }
}

/* ---- a new list of files */

static enum err merge_all(struct mending *mending)
{
    return merge_tables(mending->path);
}

/* The list is there; until its tables are merged nobody may believe it. */
static enum err merge_list(struct mending *mending)
{
    struct journal *journal = &mending->journal;
    enum err err = with_lock_of_rocks(mending, merge_all);

    if (err)
        return err;
    return journal->count ? journal_write(journal, mending->path, JOURNAL_ROWS)
                          : end_but_for_key(mending);
}

static enum err put_list(struct mending *mending, const struct relist *relist)
{
    struct journal *journal = &mending->journal;
    enum err err = journal_write(journal, mending->path, JOURNAL_LIST);

    if (!err)
        err = relist_write(relist, mending->path, journal);
    if (!err)
        err = journal_write(journal, mending->path, JOURNAL_MERGE);
    return err ? err : merge_list(mending);
}

static enum err make_list(struct mending *mending)
{
    struct relist relist;
    enum err err = relist_look(mending->path, &mending->journal, &relist);

    if (!err)
        err = put_list(mending, &relist);
    relist_deinit(&relist);
    return err;
}

/* They are in no new list, and then nobody knew that they had been there. Where the keys of one lie
 * only the damaged list said. */
static void note_damaged_table(struct mending *mending, uint64_t number)
{
    static const char end[] = "\xff\xff\xff\xff\xff\xff\xff\xff";
    struct manifest_table table = { .number = number,
                                    .smallest = BYTES(""),
                                    .largest = bytes_of_cstr(end) };

    if (!is_damaged(mending->path, &table))
        return;
    char *file = file_path(mending->path, "%06" PRIu64 ".sst", number);
    table.family = table_family(file);
    memory_free(file);
    if (table.family == TABLE_FAMILY_UNKNOWN) {
        found(mending, false,
              "the table %06" PRIu64 ".sst cannot be read, and what it held is not known", number);
        return;
    }
    tell_table(mending, &table);
    journal_add(&mending->journal, &table);
}

static enum err note_damaged_tables(struct mending *mending)
{
    struct file_numbers tables;
    enum err err = file_find_numbers(mending->path, "", ".sst", &tables);

    for (size_t i = 0; i < tables.count; i++)
        note_damaged_table(mending, tables.items[i]);
    memory_free(tables.items);
    return err;
}

static enum err rebuild_manifest(struct mending *mending)
{
    enum err err = note_damaged_tables(mending);

    return err ? err : make_list(mending);
}

/* ---- what a repair before this one did not bring to its end */

/* Since the list was made anew it may have been lost as well, or a table damaged, beyond which no
 * merge goes. */
static enum err go_on_with_merge(struct mending *mending)
{
    size_t known = mending->journal.count;
    struct manifest manifest;
    enum err err = manifest_read(mending->path, &manifest);
    bool is_lost = err == ERR_CORRUPT || err == ERR_NOT_FOUND;

    if (!err)
        find_damaged(mending, &manifest);
    manifest_deinit(&manifest);
    if (err && !is_lost)
        return err;
    return is_lost || mending->journal.count > known ? make_list(mending) : merge_list(mending);
}

static enum err go_on(struct mending *mending)
{
    const struct journal *journal = &mending->journal;

    if (!journal->has_begun)
        return OK;
    return journal->step == JOURNAL_LIST    ? rebuild_manifest(mending)
           : journal->step == JOURNAL_MERGE ? go_on_with_merge(mending)
                                            : OK;
}

/* ---- the list of files */

static enum err mend_current(struct mending *mending)
{
    uint64_t newest;
    enum err err = manifest_look_current(mending->path, &newest);

    if (err || newest == 0)
        return err;
    found(mending, true, "the file CURRENT does not name a MANIFEST that is there");
    return mending->options->repair ? manifest_write_current(mending->path, newest) : ERR_CORRUPT;
}

static enum err mend_manifest(struct mending *mending)
{
    struct manifest manifest;
    enum err err = manifest_read(mending->path, &manifest);

    manifest_deinit(&manifest);
    if (err != ERR_CORRUPT && err != ERR_NOT_FOUND)
        return err;
    found(mending, true, "the list of the database's files is missing or damaged");
    return mending->options->repair ? rebuild_manifest(mending) : ERR_CORRUPT;
}

/* ---- logs */

static void tell_turn(void *context, struct bytes key, struct bytes value)
{
    struct mending *mending = context;
    struct turn_record record;

    if (!turn_record_decode(key, value, &record))
        return;
    for (uint32_t i = 0; i < record.run_count; i++) {
        struct turn_run run = turn_record_next_run(&record);
        found(mending, true,
              "run %" PRIu64 " of domain %" PRIu32 " of account %" PRIu64 ": turn %" PRIu64
              " was acknowledged, and lies behind the damage",
              run.key.run, run.key.domain, run.key.account, record.turn);
    }
}

static enum err mend_damaged_log(struct mending *mending, const struct wal_state *wal)
{
    enum err err;

    found(mending, true,
          "the log %06" PRIu64 ".log is damaged from byte %zu of %zu on, after turn %" PRIu64
          "; repair goes back to that, and makes a new key for tokens",
          wal->log, wal->at, wal->size, wal->last_turn);
    err = wal_later_turns(mending->path, tell_turn, mending);
    if (err || !mending->options->repair)
        return err ? err : ERR_CORRUPT;
    err = note_going_back(mending);
    return err ? err : wal_cut(mending->path, wal);
}

/* Nobody knows what was in it; an empty one takes its place. */
static enum err mend_missing_log(struct mending *mending, uint64_t number)
{
    char *file = file_log_path(mending->path, number);
    enum err err = ERR_CORRUPT;

    found(mending, true, "the newest log is missing; what it held is lost");
    if (mending->options->repair)
        err = note_going_back(mending);
    if (!err)
        err = file_write_new(file, BYTES(""));
    memory_free(file);
    return err;
}

/* Before the list, which is made anew with what the logs hold, also by a repair that goes on. */
static enum err mend_logs(struct mending *mending)
{
    struct wal_state wal;
    enum err err = wal_look(mending->path, &wal);

    return !err && wal.is_damaged ? mend_damaged_log(mending, &wal) : err;
}

static enum err mend_ends(struct mending *mending)
{
    struct manifest manifest;
    struct wal_state wal;
    enum err err = manifest_read(mending->path, &manifest);

    if (!err)
        err = wal_look(mending->path, &wal);
    if (!err && wal.newest < manifest.log_number) {
        err = mend_missing_log(mending, manifest.log_number);
    } else if (!err && wal.first_sequence > manifest.last_sequence + 1) {
        found(mending, true, "the list of the database's files lacks its end");
        err = mending->options->repair ? rebuild_manifest(mending) : ERR_CORRUPT;
    }
    manifest_deinit(&manifest);
    return err;
}

/* ---- turns that it had when it was last closed */

static bool has_strays(const char *path)
{
    struct inventory inventory;
    bool has = inventory_check(path, &inventory) == OK && inventory.has_strays;

    inventory_deinit(&inventory);
    return has;
}

/* Do all have the turns of the mark, or one copy of two? */
static void count_turns(const char *path, bool *all, bool *one)
{
    uint64_t least, most, mark = mark_read(path);
    struct kv *kv;

    *all = *one = true;
    if (mark > 0 && kv_rocks_open_to_read(path, &kv) == OK) {
        if (kv_rocks_newest_turns(kv, &least, &most)) {
            *all = least >= mark;
            *one = most >= mark;
        }
        kv->functions->close(kv);
    }
}

/* Tables that the list of files does not know may have them. Without such, one copy that has them
 * is enough for who looks inside. */
static enum err mend_turns(struct mending *mending)
{
    bool strays = has_strays(mending->path), all, one;

    count_turns(mending->path, &all, &one);
    if (all || (one && !strays))
        return OK;
    found(mending, strays, "turns are missing that it held when it was last closed");
    if (!mending->options->repair)
        return ERR_CORRUPT;
    return strays ? rebuild_manifest(mending) : OK;
}

/* ---- what can be read of a table is written anew */

/* What is lost lies between two keys that are there, or at an end of the table. */
struct copying {
    struct mending *mending;
    const struct manifest_table *table;
    enum err err;
};

static void note_lost(void *context, enum kv_space space, struct bytes after, struct bytes before)
{
    const struct copying *copying = context;
    const struct mend_options *options = copying->mending->options;

    options->lost(options->context, space, bytes_or(after, copying->table->smallest),
                  bytes_or(before, copying->table->largest));
}

static void copy_pairs(struct copying *copying, struct kv *from)
{
    struct batch *batch = &copying->mending->batch;
    enum kv_space space = space_of(copying->table);
    struct patient_walk walk;

    patient_walk_begin(&walk, from, space, BYTES(""), note_lost, copying);
    while (!copying->err && patient_walk_next(&walk)) {
        batch_put(batch, space, arena_copy(&batch->arena, walk_key(&walk.walk)),
                  arena_copy(&batch->arena, walk_value(&walk.walk)));
        batch_write_if_large(batch, copying->mending->kv, &copying->err);
    }
    batch_write(batch, copying->mending->kv, &copying->err);
    enum err end = patient_walk_end(&walk);
    copying->err = copying->err ? copying->err : end;
}

static enum err copy_table(struct mending *mending, const struct manifest_table *table)
{
    struct copying copying = { mending, table, OK };
    char *file = file_path(mending->path, "lost/%06" PRIu64 ".sst", table->number);
    struct kv *from;

    if (table_tail_is_whole(file) && kv_table_open(file, &from) == OK) {
        copy_pairs(&copying, from);
        from->functions->close(from);
    } else {
        note_lost(&copying, space_of(table), BYTES_ABSENT, BYTES_ABSENT);
    }
    memory_free(file);
    return copying.err;
}

static enum err copy_tables(struct mending *mending)
{
    const struct journal *journal = &mending->journal;
    enum err err = OK;

    for (size_t i = 0; i < journal->count && !err; i++)
        if (is_written_once(&journal->tables[i]))
            err = copy_table(mending, &journal->tables[i]);
    return err;
}

/* ---- what is kept twice is taken from the other family */

static bool lacks_table_of(const struct mending *mending, enum kv_space space)
{
    const struct journal *journal = &mending->journal;

    for (size_t i = 0; i < journal->count; i++)
        if (is_of(&journal->tables[i], space))
            return true;
    return false;
}

/* Of open and idle rows there is no copy, and those that are left may be older than others that are
 * lost. They are found out anew: by fsck or, without it, by the next start. */
static enum err forget_what_follows(struct mending *mending)
{
    static const enum state_kind derived[] = { STATE_OPEN, STATE_IDLE };
    struct batch *batch = &mending->batch;
    enum err err = OK;

    for (size_t i = 0; i < sizeof(derived) / sizeof(*derived); i++)
        batch_delete_range(batch, KV_STATE, key_kind(&batch->arena, (int)derived[i]),
                           key_kind_end(&batch->arena, (int)derived[i]));
    batch_write(batch, mending->kv, &err);
    return err;
}

/* A table that is lost may have held the newest of a row, or that it was taken out: of the whole
 * family nothing is believed any more. */
static enum err restore_twins(struct mending *mending)
{
    struct kv *kv = mending->kv;
    enum err err = OK;

    if (lacks_table_of(mending, KV_TWIN))
        err = twin_restore(kv, KV_STATE);
    if (err || !lacks_table_of(mending, KV_STATE))
        return err;
    if (!twin_exists(kv)) {
        found(mending, false, "there is no second copy of what all executions need");
        return ERR_CORRUPT;
    }
    err = forget_what_follows(mending);
    return err ? err : twin_restore(kv, KV_TWIN);
}

static enum err write_rows(struct mending *mending)
{
    enum err err = kv_rocks_open_to_repair(mending->path, &mending->kv);

    if (err)
        return err;
    err = copy_tables(mending);
    if (!err)
        err = restore_twins(mending);
    enum err closed = mending->kv->functions->close(mending->kv);
    return err ? err : closed;
}

/* ---- old tokens */

static enum err put_key(struct mending *mending)
{
    enum err err = kv_rocks_open_to_repair(mending->path, &mending->kv);

    if (err)
        return err;
    server_key_put(&mending->batch, mending->options->fresh_key);
    batch_write(&mending->batch, mending->kv, &err);
    enum err closed = mending->kv->functions->close(mending->kv);
    return err ? err : closed;
}

static enum err renew_key(struct mending *mending)
{
    struct journal *journal = &mending->journal;
    enum err err = OK;

    if (!journal->renews_key)
        return OK;
    if (!journal->has_begun)
        err = journal_write(journal, mending->path, JOURNAL_KEY);
    if (!err)
        err = with_lock_of_rocks(mending, put_key);
    return err ? err : journal_end(journal, mending->path);
}

/* ---- the database goes on without them */

/* Families of which each is mended from the other. */
static bool can_be_mended(struct mending *mending)
{
    static const struct {
        enum kv_space one, other;
        const char *why;
    } pairs[] = {
        { KV_HISTORY, KV_CLOSED,
          "tables of both histories and closed runs are damaged: neither can be made of the "
          "other" },
        { KV_STATE, KV_TWIN,
          "tables of both copies of what all executions need are damaged: neither can be made of "
          "the other" },
        { KV_STATE, KV_HISTORY,
          "tables of both the state and histories are damaged: nobody knows which executions were "
          "open" },
    };
    bool can = true;

    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        if (!lacks_table_of(mending, pairs[i].one) || !lacks_table_of(mending, pairs[i].other))
            continue;
        found(mending, false, "%s", pairs[i].why);
        can = false;
    }
    return can;
}

/* Into "lost", where write_rows finds them, and out of the list. Also those that are in no list any
 * more: that a file was moved may be forgotten after a loss of power when the list is not, and
 * RocksDB removes what it does not know. */
static enum err take_away(struct mending *mending)
{
    const struct journal *journal = &mending->journal;
    char name[64];
    enum err err = OK;

    for (size_t i = 0; i < journal->count && !err; i++) {
        snprintf(name, sizeof(name), "%06" PRIu64 ".sst", journal->tables[i].number);
        err = file_move_to_lost(mending->path, name);
        if (!err)
            err = manifest_remove(mending->path, journal->tables[i].number);
    }
    return err;
}

static enum err replace_damaged(struct mending *mending)
{
    enum err err = journal_write(&mending->journal, mending->path, JOURNAL_ROWS);

    if (!err)
        err = take_away(mending);
    if (!err)
        err = with_lock_of_rocks(mending, write_rows);
    return err ? err : end_but_for_key(mending);
}

/* A server may still serve what lies around the blocks: it finds no repair under way, and no key
 * that opens old tokens. */
static enum err leave_tables(struct mending *mending)
{
    const struct journal *journal = &mending->journal;
    enum err err = OK;

    if (!journal->has_begun || journal->step == JOURNAL_KEY)
        err = renew_key(mending);
    return err ? err : ERR_CORRUPT;
}

static enum err mend_tables(struct mending *mending)
{
    struct manifest whole;
    enum err err = manifest_read(mending->path, &whole);

    if (!err) {
        find_damaged(mending, &whole);
        if (mending->journal.count && (!can_be_mended(mending) || !mending->options->repair))
            err = leave_tables(mending);
        else if (mending->journal.count)
            err = replace_damaged(mending);
    }
    manifest_deinit(&whole);
    return err;
}

/* ---- all of it */

/* Of a repair that was stopped; and what this one was asked for is noted in it. */
static enum err read_journal(struct mending *mending)
{
    const struct mend_options *options = mending->options;
    enum err err = journal_read(mending->path, &mending->journal);

    mending->journal.renews_key |= options->repair && options->renew_key;
    if (err == ERR_CORRUPT)
        found(mending, false, "a repair was stopped, and what it had begun cannot be read");
    if (err || !mending->journal.has_begun)
        return err;
    found(mending, true, "a repair was begun, and did not come to its end");
    return options->repair ? OK : ERR_CORRUPT;
}

/* That a block could not be read: now each can. */
static void remove_notice(const char *path)
{
    char *notice = file_path(path, "DAMAGED");

    (void)!unlink(notice);
    memory_free(notice);
}

static enum err mend_parts(struct mending *mending)
{
    static enum err (*const parts[])(struct mending *) = { read_journal, mend_logs,     go_on,
                                                           mend_current, mend_manifest, mend_ends,
                                                           mend_turns,   mend_tables,   renew_key };
    enum err err = OK;

    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && !err; i++)
        err = parts[i](mending);
    if (!err && mending->options->repair)
        remove_notice(mending->path);
    return err;
}

enum err mend_files(const char *path, const struct mend_options *options)
{
    struct mending mending = { .path = path, .options = options };
    int claim = -1;
    enum err err = folder_hold(path, &mending.hold);

    batch_init(&mending.batch);
    if (!err && options->repair)
        err = folder_claim(path, &claim);
    if (!err)
        err = mend_parts(&mending);
    folder_release(mending.hold);
    folder_release(claim);
    batch_deinit(&mending.batch);
    journal_deinit(&mending.journal);
    return err;
}
