/*
 * character - what the service counts and judges in a text: code points, not bytes.
 *
 * Texts are valid UTF-8 here: the JSON reader refuses others. Counting and cutting is safe for any
 * bytes.
 */
#ifndef WIRE_CHARACTER_H
#define WIRE_CHARACTER_H

#include "base/bytes.h"
#include <stdint.h>

/* What every length limit counts. */
size_t character_count(struct bytes text);

/* The first `count_max` characters, or all. */
struct bytes character_prefix(struct bytes text, size_t count_max);

/* The character at *at (under text.len), moving *at behind it. */
uint32_t character_next(struct bytes text, size_t *at);

/* Is it valid UTF-8? For bytes that no JSON reader has seen. */
bool character_is_text(struct bytes bytes);

/* Unicode's White_Space. */
bool character_is_white_space(uint32_t c);

/* U+0000 to U+001F, U+007F to U+009F. */
bool character_is_control(uint32_t c);

#endif
