/*
 * fold - is the living state of a run what its history says?
 */
#ifndef TESTS_SCENARIO_FOLD_H
#define TESTS_SCENARIO_FOLD_H

#include "base/text.h"
#include "engine/execution.h"

/* A new execution that these events made. */
struct execution *fold_events(const struct event *events, size_t count);

/* Everything that an execution knows, as text. */
void fold_describe(struct text *out, const struct execution *execution);

/* Compares a folded execution with the living one. Heartbeats, which no history holds, are taken
 * over first. False, with both descriptions in `out`, when they differ. */
bool fold_agrees(struct execution *folded, const struct execution *living, struct text *out);

#endif
