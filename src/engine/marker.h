/*
 * marker - the decision RecordMarker.
 */
#ifndef ENGINE_MARKER_H
#define ENGINE_MARKER_H

#include "engine/completion.h"

void marker_decide_record(struct completion *completion, const struct decision *decision);

#endif
