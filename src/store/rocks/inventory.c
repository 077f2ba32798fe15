#include "store/rocks/inventory.h"

#include "base/log.h"
#include "base/memory.h"
#include "store/key.h"
#include "store/rocks/file.h"
#include "store/rocks/manifest.h"
#include "store/rocks/options.h"
#include "store/rocks/table_tail.h"
#include "store/rocks/wal.h"
#include <sys/stat.h>

/* ---- tables */

static const char *family_name(uint64_t number)
{
    return number >= FAMILY_NUMBER(0) && number < FAMILY_NUMBER(KV_SPACE_COUNT)
               ? family_names[number - FAMILY_NUMBER(0)]
               : "default";
}

/* Which executions: those whose histories lie in it. */
static void report_table(const struct manifest_table *table, const char *file, const char *what)
{
    struct run_key first = { 0 }, last = { 0 };
    int64_t event_id;

    if (table->family == FAMILY_NUMBER(KV_HISTORY) &&
        key_parse_history(table->smallest, &first, &event_id) &&
        key_parse_history(table->largest, &last, &event_id))
        log_error(what, LOG_CSTR("path", file), LOG_CSTR("holds", "histories"),
                  LOG_NUMBER("from_account", first.account),
                  LOG_NUMBER("from_domain", first.domain), LOG_NUMBER("from_run", first.run),
                  LOG_NUMBER("to_account", last.account), LOG_NUMBER("to_domain", last.domain),
                  LOG_NUMBER("to_run", last.run));
    else
        log_error(what, LOG_CSTR("path", file), LOG_CSTR("holds", family_name(table->family)),
                  LOG_TEXT("from_key", table->smallest), LOG_TEXT("to_key", table->largest));
}

static enum err check_table(const char *path, const struct manifest_table *table)
{
    char *file = file_path(path, "%06llu.sst", (unsigned long long)table->number);
    struct stat status;
    const char *what = NULL;

    if (stat(file, &status) != 0)
        what = "the store is damaged: a table is missing";
    else if ((uint64_t)status.st_size != table->size)
        what = "the store is damaged: a table has another length than it had";
    else if (!table_tail_is_whole(file))
        what = "the store is damaged: the end of a table is";
    if (what)
        report_table(table, file, what);
    memory_free(file);
    return what ? ERR_CORRUPT : OK;
}

static enum err check_tables(const char *path, struct inventory *inventory)
{
    const struct manifest *manifest = &inventory->manifest;
    struct file_numbers tables;
    enum err err = file_find_numbers(path, "", ".sst", &tables);

    for (size_t i = 0; i < tables.count; i++)
        inventory->has_strays |= !manifest_find(manifest, tables.items[i]);
    memory_free(tables.items);
    for (size_t i = 0; i < manifest->table_count; i++) {
        enum err one = check_table(path, &manifest->tables[i]);
        err = err ? err : one;
    }
    return err;
}

/* ---- logs */

static enum err report_log(const char *path, const struct wal_state *wal)
{
    log_error("the store is damaged: a log of writes is, and not where it ends",
              LOG_CSTR("path", path), LOG_NUMBER("log", wal->log), LOG_NUMBER("offset", wal->at),
              LOG_NUMBER("bytes", wal->size), LOG_NUMBER("last_good_turn", wal->last_turn),
              LOG_NUMBER("first_readable_turn_behind", wal->later_first),
              LOG_NUMBER("last_readable_turn_behind", wal->later_last));
    return ERR_CORRUPT;
}

static enum err check_logs(const char *path, struct inventory *inventory)
{
    const struct manifest *manifest = &inventory->manifest;
    struct wal_state *wal = &inventory->wal;
    enum err err = wal_look(path, wal);

    if (err)
        return err;
    if (wal->is_damaged)
        return report_log(path, wal);
    if (wal->newest < manifest->log_number) {
        log_error("the store is damaged: its newest log of writes is missing",
                  LOG_CSTR("path", path), LOG_NUMBER("log", manifest->log_number));
        return ERR_CORRUPT;
    }
    if (wal->first_sequence > manifest->last_sequence + 1) {
        log_error("the store is damaged: between its tables and its logs writes are missing",
                  LOG_CSTR("path", path));
        return ERR_CORRUPT;
    }
    if (wal->is_torn)
        log_warn("the log of writes ends in the middle of one: if that was no power failure, it "
                 "lost its end",
                 LOG_NUMBER("log", wal->log), LOG_NUMBER("offset", wal->at),
                 LOG_NUMBER("bytes", wal->size), LOG_NUMBER("last_turn", wal->last_turn));
    return OK;
}

/* ---- all of it */

enum err inventory_check(const char *path, struct inventory *out)
{
    *out = (struct inventory){ 0 };
    enum err err = manifest_read(path, &out->manifest);
    if (!err) {
        err = check_tables(path, out);
        enum err logs = check_logs(path, out);
        err = err ? err : logs;
    }
    return err == ERR_NOT_FOUND ? OK : err;
}

void inventory_deinit(struct inventory *inventory)
{
    manifest_deinit(&inventory->manifest);
}
