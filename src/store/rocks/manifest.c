#include "store/rocks/manifest.h"

#include "base/log.h"
#include "base/memory.h"
#include "store/rocks/coding.h"
#include "store/rocks/file.h"
#include "store/rocks/log_reader.h"
#include "store/rocks/manifest_format.h"
#include "store/rocks/torn_end.h"

#define ARENA_BYTES_MAX ((size_t)4 << 30)
/* Behind a key: sequence number and type. */
#define KEY_TAIL_BYTES 8

/* ---- the tables */

static void note_removed(struct manifest *manifest, uint64_t number)
{
    struct file_numbers *removed = &manifest->removed;

    removed->items = memory_resize(removed->items, (removed->count + 1) * sizeof(*removed->items));
    removed->items[removed->count++] = number;
    if (number > manifest->removed_most)
        manifest->removed_most = number;
}

/* A table that moves to another level, in one edit. New ones have numbers above all others. */
static void forget_removed(struct manifest *manifest, uint64_t number)
{
    struct file_numbers *removed = &manifest->removed;

    if (number > manifest->removed_most)
        return;
    for (size_t i = removed->count; i-- > 0;)
        if (removed->items[i] == number)
            removed->items[i] = removed->items[--removed->count];
}

static void add_table(struct manifest *manifest, const struct manifest_table *table)
{
    forget_removed(manifest, table->number);
    if (manifest->table_count == manifest->table_capacity) {
        manifest->table_capacity = manifest->table_capacity ? manifest->table_capacity * 2 : 16;
        manifest->tables = memory_resize(manifest->tables,
                                         manifest->table_capacity * sizeof(*manifest->tables));
    }
    manifest->tables[manifest->table_count++] = *table;
}

const struct manifest_table *manifest_find(const struct manifest *manifest, uint64_t number)
{
    for (size_t i = 0; i < manifest->table_count; i++)
        if (manifest->tables[i].number == number)
            return &manifest->tables[i];
    return NULL;
}

static void remove_table(struct manifest *manifest, uint64_t number)
{
    for (size_t i = 0; i < manifest->table_count; i++)
        if (manifest->tables[i].number == number)
            manifest->tables[i--] = manifest->tables[--manifest->table_count];
    note_removed(manifest, number);
}

/* ---- the fields of an edit */

static struct bytes decode_key(struct decoder *decoder, struct arena *arena)
{
    struct bytes key = decode_text(decoder);

    decoder->failed = decoder->failed || key.len < KEY_TAIL_BYTES;
    return decoder->failed ? BYTES("")
                           : arena_copy(arena, bytes_of(key.ptr, key.len - KEY_TAIL_BYTES));
}

static void decode_new_file(struct decoder *decoder, uint64_t family, struct manifest *manifest)
{
    struct manifest_table table = { .family = family };

    table.level = decode_varint(decoder);
    table.entry = decoder->rest;
    table.number = decode_varint(decoder);
    table.size = decode_varint(decoder);
    table.smallest = decode_key(decoder, &manifest->arena);
    table.largest = decode_key(decoder, &manifest->arena);
    table.first_sequence = decode_varint(decoder);
    table.last_sequence = decode_varint(decoder);
    while (!decoder->failed && decode_varint(decoder) != FIELD_END)
        (void)decode_text(decoder);
    table.entry.len -= decoder->rest.len;
    table.entry = arena_copy(&manifest->arena, table.entry);
    /* The same file may move to another level. */
    if (!decoder->failed)
        add_table(manifest, &table);
}

static void decode_deleted_file(struct decoder *decoder, struct manifest *manifest)
{
    uint64_t number;

    (void)decode_varint(decoder); /* the level */
    number = decode_varint(decoder);
    if (!decoder->failed)
        remove_table(manifest, number);
}

static void decode_log_number(struct decoder *decoder, struct manifest *manifest)
{
    uint64_t number = decode_varint(decoder);

    manifest->has_log_number = true;
    if (!decoder->failed && number > manifest->log_number)
        manifest->log_number = number;
}

static void decode_last_sequence(struct decoder *decoder, struct manifest *manifest)
{
    uint64_t number = decode_varint(decoder);

    manifest->has_last_sequence = true;
    if (!decoder->failed && number > manifest->last_sequence)
        manifest->last_sequence = number;
}

static void decode_field(struct decoder *decoder, uint64_t tag, uint64_t *family,
                         struct manifest *manifest)
{
    switch (tag) {
    case TAG_NEW_FILE:
        decode_new_file(decoder, *family, manifest);
        break;
    case TAG_DELETED_FILE:
        decode_deleted_file(decoder, manifest);
        break;
    case TAG_LOG_NUMBER:
        decode_log_number(decoder, manifest);
        break;
    case TAG_FAMILY:
        *family = decode_varint(decoder);
        break;
    case TAG_LAST_SEQUENCE:
        decode_last_sequence(decoder, manifest);
        break;
    case TAG_NEXT_FILE:
        manifest->has_next_file = true;
        (void)decode_varint(decoder);
        break;
    case TAG_PREVIOUS_LOG:
    case TAG_LOG_TO_KEEP:
    case TAG_FAMILY_MAX:
    case TAG_IN_ATOMIC_GROUP:
        (void)decode_varint(decoder);
        break;
    case TAG_COMPACT_CURSOR:
        (void)decode_varint(decoder);
        (void)decode_text(decoder);
        break;
    case TAG_FAMILY_DROP:
        break;
    case TAG_COMPARATOR:
    case TAG_FAMILY_ADD:
        (void)decode_text(decoder);
        break;
    default:
        (void)decode_text(decoder);
        decoder->failed = decoder->failed || !(tag & TAG_MAY_BE_IGNORED);
        break;
    }
}

/* The family comes behind what is of it; two passes are needed. */
static uint64_t family_of(struct bytes edit)
{
    struct manifest nowhere = { 0 };
    struct decoder decoder = { .rest = edit };
    uint64_t family = 0;

    arena_init(&nowhere.arena, "edit", ARENA_BYTES_MAX);
    while (decoder.rest.len && !decoder.failed)
        decode_field(&decoder, decode_varint(&decoder), &family, &nowhere);
    manifest_deinit(&nowhere);
    return family;
}

static bool apply_edit(struct manifest *manifest, struct bytes edit)
{
    struct decoder decoder = { .rest = edit };
    uint64_t family = family_of(edit);

    while (decoder.rest.len && !decoder.failed)
        decode_field(&decoder, decode_varint(&decoder), &family, manifest);
    return !decoder.failed;
}

/* ---- the files */

static enum err damaged(const char *message, const char *path)
{
    log_error(message, LOG_CSTR("path", path));
    return ERR_CORRUPT;
}

/* "MANIFEST-000012\n". */
static bool parse_current(struct bytes content, uint64_t *number)
{
    static const char begin[] = "MANIFEST-";
    unsigned long long value;

    if (!bytes_starts_with(content, BYTES("MANIFEST-")) || content.ptr[content.len - 1] != '\n' ||
        !bytes_parse_u64(bytes_of(content.ptr + sizeof(begin) - 1, content.len - sizeof(begin)),
                         &value))
        return false;
    *number = value;
    return true;
}

static enum err read_current(const char *path, uint64_t *number)
{
    char *file = file_path(path, "CURRENT");
    struct bytes content;
    enum err err = file_map(file, &content);

    if (!err && !parse_current(content, number))
        err = ERR_CORRUPT;
    if (!err || err == ERR_CORRUPT)
        file_unmap(content);
    memory_free(file);
    return err;
}

static enum err read_edits(struct manifest *manifest, struct bytes log)
{
    struct log_reader reader;
    struct bytes edit;
    bool good = true;

    log_reader_init(&reader, log);
    while (good && log_reader_next(&reader, &edit))
        good = apply_edit(manifest, edit);
    manifest->whole_end = reader.record_at;
    if (good && reader.state != LOG_GOOD) {
        manifest->has_hole = torn_end_is(log, reader.record_at, TORN_EDITS);
        manifest->is_torn = reader.state == LOG_TORN || manifest->has_hole;
        good = manifest->is_torn;
    }
    log_reader_deinit(&reader);
    good = good && manifest->has_next_file && manifest->has_log_number &&
           manifest->has_last_sequence;
    return good ? OK : ERR_CORRUPT;
}

char *manifest_path(const char *path, uint64_t number)
{
    return file_path(path, "MANIFEST-%06llu", (unsigned long long)number);
}

static enum err read_manifest(const char *path, struct manifest *manifest)
{
    char *file = manifest_path(path, manifest->number);
    struct bytes log;
    enum err err = file_map(file, &log);

    if (err == ERR_NOT_FOUND) {
        err = damaged("the store is damaged: a file is missing", file);
    } else if (!err) {
        err = read_edits(manifest, log);
        if (err)
            (void)damaged("the store is damaged: the list of its files is", file);
        file_unmap(log);
    }
    memory_free(file);
    return err;
}

static void read_what_can_be_read(const char *path, uint64_t number, struct manifest *manifest)
{
    char *file = manifest_path(path, number);
    struct log_reader reader;
    struct bytes log, edit;

    if (file_map(file, &log) == OK) {
        log_reader_init(&reader, log);
        while (log_reader_next(&reader, &edit) || log_reader_resume(&reader, &edit))
            (void)!apply_edit(manifest, edit);
        log_reader_deinit(&reader);
        file_unmap(log);
    }
    memory_free(file);
}

enum err manifest_gather(const char *path, struct manifest *out)
{
    struct file_numbers manifests;

    *out = (struct manifest){ 0 };
    arena_init(&out->arena, "manifest", ARENA_BYTES_MAX);
    enum err err = file_find_numbers(path, "MANIFEST-", "", &manifests);
    for (size_t i = 0; i < manifests.count; i++)
        read_what_can_be_read(path, manifests.items[i], out);
    memory_free(manifests.items);
    return err;
}

enum err manifest_read(const char *path, struct manifest *out)
{
    enum err err;

    *out = (struct manifest){ 0 };
    arena_init(&out->arena, "manifest", ARENA_BYTES_MAX);
    err = read_current(path, &out->number);
    if (err == ERR_CORRUPT)
        return damaged("the store is damaged: its file CURRENT is", path);
    return err ? err : read_manifest(path, out);
}

static enum err copy_end(const char *file, size_t from, struct bytes *end)
{
    struct bytes log;
    enum err err = file_map(file, &log);

    if (err)
        return err;
    *end = memory_copy(bytes_skip(log, from));
    file_unmap(log);
    return OK;
}

enum err manifest_cut_torn(const char *path, const struct manifest *manifest, struct bytes *end)
{
    char *file = manifest_path(path, manifest->number);
    enum err err;

    ensure(manifest->has_hole);
    *end = BYTES_ABSENT;
    err = copy_end(file, manifest->whole_end, end);
    if (!err)
        err = torn_end_cut(file, manifest->whole_end);
    memory_free(file);
    return err;
}

void manifest_uncut(const char *path, const struct manifest *manifest, struct bytes end)
{
    char *file = manifest_path(path, manifest->number);

    (void)!file_write_at(file, manifest->whole_end, end);
    memory_free(file);
}

void manifest_deinit(struct manifest *manifest)
{
    memory_free(manifest->tables);
    memory_free(manifest->removed.items);
    arena_deinit(&manifest->arena);
}

/* ---- CURRENT */

enum err manifest_look_current(const char *path, uint64_t *newest)
{
    struct file_numbers manifests;
    uint64_t named = 0;
    enum err err = file_find_numbers(path, "MANIFEST-", "", &manifests);

    *newest = manifests.count ? manifests.items[manifests.count - 1] : 0;
    (void)!read_current(path, &named);
    for (size_t i = 0; i < manifests.count; i++)
        if (manifests.items[i] == named)
            *newest = 0;
    memory_free(manifests.items);
    return err;
}
