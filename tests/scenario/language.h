/*
 * language - the verbs of a script, and the calls that they stand for.
 *
 * A verb is a row of a table: the operation, the members that its first words fill, and what is
 * given unless the script says otherwise. What a script writes is seen whole in README.md.
 */
#ifndef TESTS_SCENARIO_LANGUAGE_H
#define TESTS_SCENARIO_LANGUAGE_H

#include "body.h"
#include "model/operation.h"
#include "script.h"

#define POSITIONS_MAX 3

struct verb {
    const char *word;
    const char *object; /* the word after it; NULL: any */
    enum operation operation;
    const char *positions[POSITIONS_MAX]; /* members that the next words fill; "a/b" splits its word
                                             in two */
    const char *defaults;                 /* "domain=d taskList=workers" */
};

/* The verb that a line begins with; NULL when it begins with none of a call. */
const struct verb *verb_find(const struct line *line);

struct decision_word {
    const char *word;
    enum decision_type type;
    const char *positions[POSITIONS_MAX];
    const char *defaults;
};

/* NULL when the word is no decision. */
const struct decision_word *decision_word_find(const struct word *word);

/* "a=1 b=2" */
void defaults_add(struct pairs *pairs, const char *defaults);

/* "500ms", "10s", "5m", "2h", "7d"; false for anything else. */
bool duration_parse(struct bytes text, struct duration *out);

#endif
