/*
 * tour - what `weir demo --all` shows after the order: chapters, each with a workflow or several
 * that show one thing, and the history of every one of them.
 *
 * The customer starts the workflows of a chapter and waits for their ends; decider and worker do
 * the rest. Which other runs belong to a chapter is read from the histories: one names the next.
 */
#ifndef CMD_TOUR_H
#define CMD_TOUR_H

#include "cmd/crew.h"

/* Plays all chapters and prints them; false after a problem, which the customer has.
 * `functions_url` is where the demo's Lambda functions are, for a reader whose server calls none.
 */
bool tour_play(struct crew *crew, const char *functions_url, bool coloured);

#endif
