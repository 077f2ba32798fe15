/*
 * value - what every stored value begins with: a format byte and a checksum over key, format and
 * content.
 *
 * Because the key is part of the sum, a value that turns up under another key is noticed like one
 * that changed.
 */
#ifndef STORE_VALUE_H
#define STORE_VALUE_H

#include "store/pack.h"

#define VALUE_FORMAT 1
#define VALUE_HEADER_BYTES 5

/* Begins a value of `content_size` bytes of content, to be packed next. */
struct packer value_begin(struct arena *arena, size_t content_size);
/* Ends it: what is stored under `key`. */
struct bytes value_seal(struct packer *packer, struct bytes key);
/* The value whose content is `content`. */
struct bytes value_of(struct arena *arena, struct bytes key, struct bytes content);

/* Takes the content out of a stored value, borrowed; false when it is not what was stored under
 * this key. */
bool value_open(struct bytes key, struct bytes value, struct bytes *content);

#endif
