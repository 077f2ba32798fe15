#include "store/rocks/manifest_writer.h"

#include "base/memory.h"
#include "base/text.h"
#include "store/rocks/log_writer.h"
#include "store/rocks/manifest_format.h"
#include "store/rocks/options.h"
#include "store/rocks/torn_end.h"
#include <stdio.h>
#include <unistd.h>

#define MANIFEST_BYTES_MAX ((size_t)1 << 30)
#define COMPARATOR "leveldb.BytewiseComparator"

/* ---- the fields of an edit */

static void encode_varint(struct text *edit, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        text_append_char(edit, (char)(value | 0x80));
    text_append_char(edit, (char)value);
}

static void encode_number(struct text *edit, enum tag tag, uint64_t value)
{
    encode_varint(edit, (uint64_t)tag);
    encode_varint(edit, value);
}

static void encode_text(struct text *edit, enum tag tag, const char *value)
{
    encode_number(edit, tag, strlen(value));
    text_append_cstr(edit, value);
}

static void encode_new_file(struct text *edit, const struct manifest_table *table)
{
    encode_number(edit, TAG_NEW_FILE, table->level);
    text_append(edit, table->entry);
}

/* ---- a whole list */

struct writing {
    struct arena arena;
    struct text log, edit;
};

static void end_edit(struct writing *writing)
{
    text_append(&writing->log,
                log_record(&writing->arena, writing->log.len, text_bytes(&writing->edit)));
    text_reset(&writing->edit);
}

static void add_beginning(struct writing *writing, uint64_t number, uint64_t last_sequence)
{
    struct text *edit = &writing->edit;

    encode_text(edit, TAG_COMPARATOR, COMPARATOR);
    encode_number(edit, TAG_LOG_NUMBER, 0);
    encode_number(edit, TAG_PREVIOUS_LOG, 0);
    encode_number(edit, TAG_NEXT_FILE, number + 1);
    encode_number(edit, TAG_LAST_SEQUENCE, last_sequence);
    encode_number(edit, TAG_FAMILY_MAX, KV_SPACE_COUNT);
    end_edit(writing);
}

static void add_family(struct writing *writing, enum kv_space space)
{
    struct text *edit = &writing->edit;

    encode_text(edit, TAG_COMPARATOR, COMPARATOR);
    encode_number(edit, TAG_FAMILY, FAMILY_NUMBER(space));
    encode_text(edit, TAG_FAMILY_ADD, family_names[space]);
    end_edit(writing);
}

static void add_tables(struct writing *writing, uint64_t family,
                       const struct manifest_table *tables, size_t count)
{
    struct text *edit = &writing->edit;

    encode_number(edit, TAG_LOG_NUMBER, 0);
    for (size_t i = 0; i < count; i++)
        if (tables[i].family == family)
            encode_new_file(edit, &tables[i]);
    if (family)
        encode_number(edit, TAG_FAMILY, family);
    end_edit(writing);
}

enum err manifest_write(const char *path, uint64_t number, const struct manifest_table *tables,
                        size_t count, uint64_t last_sequence)
{
    char *file = manifest_path(path, number);
    struct writing writing;

    arena_init(&writing.arena, "manifest", MANIFEST_BYTES_MAX);
    text_init(&writing.log, MANIFEST_BYTES_MAX);
    text_init(&writing.edit, MANIFEST_BYTES_MAX);
    add_beginning(&writing, number, last_sequence);
    for (int space = 0; space < KV_SPACE_COUNT; space++)
        add_family(&writing, (enum kv_space)space);
    for (uint64_t family = 0; family <= KV_SPACE_COUNT; family++)
        add_tables(&writing, family, tables, count);
    enum err err = file_replace(file, text_bytes(&writing.log));
    text_deinit(&writing.log);
    text_deinit(&writing.edit);
    arena_deinit(&writing.arena);
    memory_free(file);
    return err;
}

enum err manifest_write_current(const char *path, uint64_t number)
{
    char *current = file_path(path, "CURRENT");
    char content[64];
    int len = snprintf(content, sizeof(content), "MANIFEST-%06llu\n", (unsigned long long)number);
    enum err err = file_replace(current, bytes_of(content, (size_t)len));

    memory_free(current);
    return err;
}

/* ---- a table less */

static void encode_removal(struct text *edit, const struct manifest_table *table)
{
    encode_number(edit, TAG_DELETED_FILE, table->level);
    encode_varint(edit, table->number);
    encode_number(edit, TAG_FAMILY, table->family);
}

/* What is torn counts for nothing, and nothing may lie behind it. */
static enum err append_edit(const char *file, struct manifest *manifest, struct bytes edit)
{
    enum err err = manifest->is_torn ? torn_end_cut(file, manifest->whole_end) : OK;

    return err ? err
               : file_write_at(file, manifest->whole_end,
                               log_record(&manifest->arena, manifest->whole_end, edit));
}

static enum err remove_table(const char *path, struct manifest *manifest,
                             const struct manifest_table *table)
{
    char *file = manifest_path(path, manifest->number);
    struct text edit;

    text_init(&edit, MANIFEST_BYTES_MAX);
    encode_removal(&edit, table);
    enum err err = append_edit(file, manifest, text_bytes(&edit));
    text_deinit(&edit);
    memory_free(file);
    return err;
}

enum err manifest_remove(const char *path, uint64_t number)
{
    const struct manifest_table *table;
    struct manifest manifest;
    enum err err = manifest_read(path, &manifest);

    if (!err && (table = manifest_find(&manifest, number)))
        err = remove_table(path, &manifest, table);
    manifest_deinit(&manifest);
    return err;
}
