/*
 * settings - the values of a command's settings, and who set them.
 *
 * A value comes from the default, the configuration file, the environment or a flag; the later of
 * these wins. Every value is checked, even one that another source overrules. What is unknown or
 * ill-formed in the file or among the flags is refused with one line that says what, where, and
 * what would be right; never a secret, nor what may be one. A file that everybody may open holds
 * none. Variables that no setting names are not ours to judge: Kubernetes, for one, invents
 * WEIR_PORT for a service called "weir".
 *
 * What a command is told without a flag are its words (`weir user attach NAME POLICY`); they may
 * stand before, between and behind the flags.
 */
#ifndef CMD_SETTINGS_H
#define CMD_SETTINGS_H

#include "base/arena.h"
#include "cmd/setting.h"

#define SETTINGS_MAX 64
#define SETTINGS_WORDS_MAX 2

enum setting_source { SOURCE_DEFAULT, SOURCE_FILE, SOURCE_ENVIRONMENT, SOURCE_FLAG };

struct setting_value {
    const char *text;
    uint64_t number;
    enum setting_source source;
    unsigned line; /* of SOURCE_FILE, from 1 */
};

/* One value of a setting that repeats. */
struct setting_given {
    size_t setting;
    const char *text;
};

struct settings {
    const struct setting *table;
    size_t count;
    struct setting_value values[SETTINGS_MAX]; /* indexed as the table */
    struct setting_given *given;               /* of settings that repeat, in their order */
    size_t given_count;
    const char *words[SETTINGS_WORDS_MAX];
    size_t word_count;
    const char *file;   /* the configuration file; NULL: none */
    bool file_is_open;  /* to everybody: then it may hold no secret */
    bool print;         /* --print-config */
    bool help;          /* --help */
    struct arena arena; /* what was read from the file */
};

/* Where the outside is: the arguments behind the command's name, and the environment (getenv, or a
 * test's). */
struct settings_sources {
    int argc;
    char **argv;
    const char *(*variable)(const char *name);
    bool takes_file;  /* does the command have --config and --print-config? */
    const char *verb; /* the word that chose what the command does; NULL: it has none */
    /* Names of the words that are expected, for complaints; one in brackets may be left out. */
    const char *words[SETTINGS_WORDS_MAX];
};

/* Fills `settings`; false after a line in `problem`, without a newline. Give it back with
 * settings_deinit either way. With
 * --help it stops at that: nothing else need be right then. */
must_use bool settings_load(struct settings *settings, const struct setting *table, size_t count,
                            const struct settings_sources *sources, struct text *problem);
void settings_deinit(struct settings *settings);

/* The value of one setting, by its place in the table. */
const char *settings_text(const struct settings *settings, size_t setting);
uint64_t settings_number(const struct settings *settings, size_t setting);
bool settings_is_on(const struct settings *settings, size_t setting);

/* The `n`th value of a setting that repeats; NULL when there are fewer. */
const char *settings_given(const struct settings *settings, size_t setting, size_t n);

/* The word at this place; NULL when it was left out. */
const char *settings_word(const struct settings *settings, size_t place);

/* Writes every setting as a line of a configuration file, with its source as a comment. */
void settings_print(const struct settings *settings, struct text *out);

#endif
