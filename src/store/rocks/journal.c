/*
 * The file MENDING: u8 step, u64 flags (1: renews the key), u32 count; for each table u64 number,
 * u64 family, u64 size, text32 smallest key, text32 largest key; then the CRC-32C (u32) of all
 * before.
 */
#include "store/rocks/journal.h"

#include "base/crc32c.h"
#include "base/log.h"
#include "base/memory.h"
#include "store/pack.h"
#include "store/rocks/file.h"
#include <unistd.h>

#define JOURNAL_BYTES_MAX ((size_t)1 << 30)
#define SUM_BYTES 4
#define RENEWS_KEY 1
/* Earlier versions named the logs too, of which they had made tables. */
#define FAMILY_OF_LOG UINT64_MAX

static char *path_of_journal(const char *path)
{
    return file_path(path, "MENDING");
}

bool journal_is_there(const char *path)
{
    char *file = path_of_journal(path);
    bool there = access(file, F_OK) == 0;

    memory_free(file);
    return there;
}

/* ---- the tables in it */

const struct manifest_table *journal_find(const struct journal *journal, uint64_t number)
{
    for (size_t i = 0; i < journal->count; i++)
        if (journal->tables[i].number == number)
            return &journal->tables[i];
    return NULL;
}

void journal_add(struct journal *journal, const struct manifest_table *table)
{
    struct manifest_table copy = *table;

    if (journal_find(journal, table->number))
        return;
    copy.smallest = arena_copy(&journal->arena, table->smallest);
    copy.largest = arena_copy(&journal->arena, table->largest);
    journal->tables = memory_resize(journal->tables,
                                    (journal->count + 1) * sizeof(*journal->tables));
    journal->tables[journal->count++] = copy;
}

/* ---- reading */

static void parse_table(struct unpacker *unpacker, struct journal *journal)
{
    struct manifest_table table = { 0 };

    table.number = unpack_u64(unpacker);
    table.family = unpack_u64(unpacker);
    table.size = unpack_u64(unpacker);
    table.smallest = unpack_text32(unpacker);
    table.largest = unpack_text32(unpacker);
    if (!unpacker->failed && table.family != FAMILY_OF_LOG)
        journal_add(journal, &table);
}

static bool parse(struct bytes content, struct journal *journal)
{
    size_t len = content.len < SUM_BYTES ? 0 : content.len - SUM_BYTES;
    struct unpacker unpacker = unpacker_of(bytes_of(content.ptr, len));
    struct unpacker sum = unpacker_of(bytes_skip(content, len));

    if (unpack_u32(&sum) != crc32c(0, bytes_of(content.ptr, len)) || !unpacker_is_done(&sum))
        return false;
    journal->step = (enum journal_step)unpack_u8(&unpacker);
    journal->renews_key = unpack_u64(&unpacker) & RENEWS_KEY;
    uint32_t count = unpack_u32(&unpacker);
    for (uint32_t i = 0; i < count && !unpacker.failed; i++)
        parse_table(&unpacker, journal);
    return unpacker_is_done(&unpacker) && journal->step >= JOURNAL_LIST &&
           journal->step <= JOURNAL_KEY;
}

enum err journal_read(const char *path, struct journal *out)
{
    char *file = path_of_journal(path);
    struct bytes content;

    *out = (struct journal){ 0 };
    arena_init(&out->arena, "journal", JOURNAL_BYTES_MAX);
    enum err err = file_map(file, &content);
    if (!err) {
        out->has_begun = true;
        if (!parse(content, out))
            err = ERR_CORRUPT;
        file_unmap(content);
    }
    if (err == ERR_CORRUPT)
        log_error("what a repair that was stopped wrote down is damaged", LOG_CSTR("path", file));
    memory_free(file);
    return err == ERR_NOT_FOUND ? OK : err;
}

void journal_deinit(struct journal *journal)
{
    arena_deinit(&journal->arena);
    memory_free(journal->tables);
}

/* ---- writing */

static size_t size_of(const struct journal *journal)
{
    size_t size = 1 + 8 + 4 + SUM_BYTES;

    for (size_t i = 0; i < journal->count; i++)
        size += 8 + 8 + 8 + text32_size(journal->tables[i].smallest) +
                text32_size(journal->tables[i].largest);
    return size;
}

static void pack_table(struct packer *packer, const struct manifest_table *table)
{
    pack_u64(packer, table->number);
    pack_u64(packer, table->family);
    pack_u64(packer, table->size);
    pack_text32(packer, table->smallest);
    pack_text32(packer, table->largest);
}

enum err journal_write(struct journal *journal, const char *path, enum journal_step step)
{
    struct packer packer = packer_in(&journal->arena, size_of(journal));
    char *file = path_of_journal(path);

    journal->has_begun = true;
    journal->step = step;
    pack_u8(&packer, (uint8_t)step);
    pack_u64(&packer, journal->renews_key ? RENEWS_KEY : 0);
    pack_u32(&packer, (uint32_t)journal->count);
    for (size_t i = 0; i < journal->count; i++)
        pack_table(&packer, &journal->tables[i]);
    pack_u32(&packer, crc32c(0, bytes_of(packer.ptr, packer.len)));
    enum err err = file_replace(file, packer_bytes(&packer));
    memory_free(file);
    return err;
}

enum err journal_end(struct journal *journal, const char *path)
{
    char *file = path_of_journal(path);
    enum err err = file_remove(file);

    journal->has_begun = false;
    journal->renews_key = false;
    journal->count = 0;
    memory_free(file);
    return err;
}
