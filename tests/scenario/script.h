/*
 * script - the text of a scenario: lines of words, grouped into instructions.
 *
 * Knows the layout, not the language (README.md has both). An instruction is a line that begins in
 * the first column, with the indented lines below it. `#` begins a comment. A word may hold a
 * quoted stretch, in which blanks count and backslashes mean what they mean in JSON.
 */
#ifndef TESTS_SCENARIO_SCRIPT_H
#define TESTS_SCENARIO_SCRIPT_H

#include "base/arena.h"

struct word {
    struct bytes text;  /* whole, without its quotes */
    struct bytes key;   /* of `key=value`; absent when the word is no such thing */
    struct bytes value; /* likewise */
    bool quoted;
};

struct line {
    int number; /* in the file, from 1 */
    struct word *words;
    size_t count;
};

struct instruction {
    struct line line;
    struct line *block; /* the indented lines below it */
    size_t block_count;
};

struct script {
    struct arena arena;
    struct bytes name; /* of the file, without folder and ending */
    struct instruction *instructions;
    size_t instruction_count;
};

/* Reads a script whole; false when there is no such file. Free with script_deinit. */
bool script_read(const char *path, struct script *out);
/* The same from a text, which is copied. */
void script_parse(struct bytes name, struct bytes text, struct script *out);
void script_deinit(struct script *script);

/* Is the word this text, as it is, without quotes? */
bool word_is(const struct word *word, const char *text);

/* `->`, `;` */
bool word_is_arrow(const struct word *word);
bool word_is_semicolon(const struct word *word);

/* `-name`: the member is to be left out, or expected to be; gives back its name, else absent. */
struct bytes word_left_out(const struct word *word);

#endif
