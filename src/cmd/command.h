/*
 * command - one word behind `weir`: what it is for, what it can be told, and what it does.
 *
 * Some do one thing; others have verbs, of which one is the next word: `weir user add NAME`.
 *
 * main.c has the table. The help page of a command is made from this and nothing else.
 */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include "cmd/settings.h"

/* What the process ends with. */
enum exit_status {
    EXIT_DONE = 0,
    EXIT_FAILED = 1, /* the world said no; a line on stderr says why */
    EXIT_USAGE = 2,  /* asked wrongly; a line on stderr says what would be right */
};

/* One thing that a command with verbs does. It says what it has to say in texts: `out` for stdout,
 * and, when it ends with another status than EXIT_DONE, one line without newline in `problem`. */
struct verb {
    const char *name;
    const char *words[SETTINGS_WORDS_MAX]; /* "NAME"; "[USER]" may be left out */
    const char *help;                      /* sentences */
    enum exit_status (*run)(const struct settings *settings, struct text *out,
                            struct text *problem);
};

struct command {
    const char *name;
    const char *summary;     /* one line, no full stop */
    const char *description; /* paragraphs, separated by an empty line */
    const char *closing;     /* further sections of the help page, printed as they are */
    const struct setting *settings;
    size_t setting_count;
    bool takes_file;                       /* has --config and --print-config */
    const char *words[SETTINGS_WORDS_MAX]; /* of a command without verbs; as in a verb */
    const struct verb *verbs;
    size_t verb_count;
    enum exit_status (*run)(const struct settings *settings); /* of one without verbs */
};

extern const struct command command_serve, command_demo, command_user, command_key, command_policy,
    command_check_history, command_fsck, command_bench;

/* The verb of this name, or NULL. */
const struct verb *command_find_verb(const struct command *command, const char *name);

#endif
