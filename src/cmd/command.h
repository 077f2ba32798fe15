/*
 * command - one word behind `weir`: what it is for, what it can be told, and what it does.
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

struct command {
    const char *name;
    const char *summary;     /* one line, no full stop */
    const char *description; /* paragraphs, separated by an empty line */
    const char *closing;     /* further sections of the help page, printed as they are */
    const struct setting *settings;
    size_t setting_count;
    bool takes_file; /* has --config and --print-config */
    enum exit_status (*run)(const struct settings *settings);
};

extern const struct command command_serve, command_demo;

#endif
