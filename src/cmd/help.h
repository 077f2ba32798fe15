/*
 * help - what `weir help` and `weir help COMMAND` print.
 */
#ifndef CMD_HELP_H
#define CMD_HELP_H

#include "base/text.h"
#include "cmd/command.h"

/* The page of one command. */
void help_command(const struct command *command, struct text *out);

/* The overview of all of them. */
void help_overview(const struct command *const *commands, size_t count, struct text *out);

/* Appends `text` in lines of at most 80 columns, each indented; an empty line separates paragraphs.
 */
void help_wrap(struct text *out, const char *text, int indent);

#endif
