/*
 * json_text - JSON for people's files: a parsed value as text again, and text with line breaks.
 */
#ifndef WIRE_JSON_TEXT_H
#define WIRE_JSON_TEXT_H

#include "base/text.h"
#include "wire/json.h"

/* Appends the value, compact; members stay in their order. Numbers are written as they mean, not as
 * they were spelt. */
void json_text_append(struct text *out, struct json_value value);

/* Appends a JSON text with a line for every member and item, two blanks deeper at each level; an
 * array of plain values, or an empty object, stays in its line. `json` must be JSON. */
void json_text_indent(struct text *out, struct bytes json);

#endif
