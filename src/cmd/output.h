/*
 * output - did what was printed arrive?
 *
 * A command whose output was lost has not done what it was asked for, and must not end with status
 * 0: the disk behind a redirection may be full.
 */
#ifndef CMD_OUTPUT_H
#define CMD_OUTPUT_H

#include "cmd/command.h"
#include <stdio.h>

/* Prints the whole of `content`. Whether that went well is output_end's business. */
void output_print(FILE *to, struct bytes content);

/* Sends off what is still kept back: `status` when all that was ever printed there has arrived, and
 * `lost`, after a line on stderr, when some of it has not. */
enum exit_status output_end(FILE *to, enum exit_status status, enum exit_status lost);

#endif
