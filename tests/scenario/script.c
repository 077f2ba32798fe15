#include "script.h"

#include <ctype.h>
#include <stdio.h>

#define SCRIPT_BYTES_MAX ((size_t)64 << 20)

/* ---- words ---- */

/* Where reading stands; `out` collects the characters of a word without its quotes. */
struct reader {
    struct bytes rest;
    char *out;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void skip_blanks(struct reader *reader)
{
    while (reader->rest.len && is_blank(reader->rest.ptr[0]))
        reader->rest = bytes_skip(reader->rest, 1);
}

static char take(struct reader *reader)
{
    char c = reader->rest.ptr[0];
    reader->rest = bytes_skip(reader->rest, 1);
    return c;
}

/* Copies one character, or an escaped pair of them. */
static void copy(struct reader *reader, char c, bool inside_quotes)
{
    *reader->out++ = c;
    if (c == '\\' && inside_quotes && reader->rest.len)
        *reader->out++ = take(reader);
}

/* A semicolon is a word of its own. */
static bool ends_word(const struct reader *reader, const char *start)
{
    char next = reader->rest.ptr[0];

    return is_blank(next) || (reader->out > start && (next == ';' || reader->out[-1] == ';'));
}

static struct word read_word(struct reader *reader)
{
    struct word word = { 0 };
    const char *start = reader->out, *equals = NULL;
    bool inside_quotes = false;

    while (reader->rest.len && (inside_quotes || !ends_word(reader, start))) {
        char c = take(reader);
        if (c == '"') {
            inside_quotes = !inside_quotes;
            word.quoted = true;
            continue;
        }
        if (c == '=' && equals == NULL && !word.quoted)
            equals = reader->out;
        copy(reader, c, inside_quotes);
    }
    word.text = bytes_of(start, (size_t)(reader->out - start));
    if (equals && equals > start) {
        word.key = bytes_of(start, (size_t)(equals - start));
        word.value = bytes_of(equals + 1, (size_t)(reader->out - equals - 1));
    }
    return word;
}

static void read_line(struct arena *arena, struct bytes text, struct line *line)
{
    struct reader reader = { text, arena_alloc_text(arena, text.len + 1) };

    line->words = arena_array(arena, struct word, text.len / 2 + 1);
    for (;;) {
        skip_blanks(&reader);
        if (reader.rest.len == 0 || reader.rest.ptr[0] == '#')
            return;
        line->words[line->count++] = read_word(&reader);
    }
}

bool word_is(const struct word *word, const char *text)
{
    return !word->quoted && bytes_equal_cstr(word->text, text);
}

bool word_is_arrow(const struct word *word)
{
    return word_is(word, "->");
}

bool word_is_semicolon(const struct word *word)
{
    return word_is(word, ";");
}

struct bytes word_left_out(const struct word *word)
{
    if (word->quoted || word->text.len < 2 || word->text.ptr[0] != '-' ||
        !islower(word->text.ptr[1]))
        return BYTES_ABSENT;
    return bytes_skip(word->text, 1);
}

/* ---- lines and instructions ---- */

static struct bytes take_line(struct bytes *rest)
{
    const char *end = memchr(rest->ptr, '\n', rest->len);
    size_t len = end ? (size_t)(end - rest->ptr) : rest->len;
    struct bytes line = bytes_of(rest->ptr, len);

    *rest = bytes_skip(*rest, end ? len + 1 : len);
    return line;
}

static size_t count_lines(struct bytes text)
{
    size_t count = 1;

    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '\n';
    return count;
}

static void add_line(struct script *script, const struct line *line, bool is_indented,
                     struct line **slots)
{
    struct instruction *instruction;

    if (!is_indented || script->instruction_count == 0) {
        instruction = &script->instructions[script->instruction_count++];
        *instruction = (struct instruction){ .line = *line, .block = *slots };
        return;
    }
    instruction = &script->instructions[script->instruction_count - 1];
    instruction->block[instruction->block_count++] = *line;
    ++*slots; /* lines of a block lie side by side, and the next block begins behind them */
}

static void read_instructions(struct script *script, struct bytes text)
{
    size_t lines = count_lines(text);
    struct line *slots = arena_array(&script->arena, struct line, lines);

    script->instructions = arena_array(&script->arena, struct instruction, lines);
    for (int number = 1; text.len; number++) {
        struct bytes raw = take_line(&text);
        struct line line = { .number = number };

        read_line(&script->arena, raw, &line);
        if (line.count)
            add_line(script, &line, is_blank(raw.ptr[0]), &slots);
    }
}

/* "tests/scenario/scripts/timers.txt" is "timers". */
static struct bytes name_of(struct arena *arena, const char *path)
{
    struct bytes name = bytes_of_cstr(path);
    size_t slash = bytes_find_last(name, '/'), dot;

    if (slash < name.len)
        name = bytes_skip(name, slash + 1);
    dot = bytes_find_last(name, '.');
    return arena_copy(arena, bytes_of(name.ptr, dot));
}

static struct bytes read_file(struct arena *arena, FILE *file)
{
    char *text;
    long size;

    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    text = arena_alloc_text(arena, (size_t)size + 1);
    return bytes_of(text, fread(text, 1, (size_t)size, file));
}

void script_parse(struct bytes name, struct bytes text, struct script *out)
{
    *out = (struct script){ 0 };
    arena_init(&out->arena, "script", SCRIPT_BYTES_MAX);
    out->name = arena_copy(&out->arena, name);
    read_instructions(out, arena_copy(&out->arena, text));
}

bool script_read(const char *path, struct script *out)
{
    FILE *file = fopen(path, "r");

    if (file == NULL)
        return false;
    *out = (struct script){ 0 };
    arena_init(&out->arena, "script", SCRIPT_BYTES_MAX);
    out->name = name_of(&out->arena, path);
    read_instructions(out, read_file(&out->arena, file));
    fclose(file);
    return true;
}

void script_deinit(struct script *script)
{
    arena_deinit(&script->arena);
}
