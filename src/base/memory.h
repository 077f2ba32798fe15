/*
 * memory - the heap, for what lives neither as long as an arena nor as short.
 *
 * Running out of memory means a limit is set wrong: the process stops, so no caller needs a path.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include "base/bytes.h"
#include <stddef.h>

/* Zeroed memory of `size` bytes (size > 0), to be given back with memory_free. */
void *memory_new(size_t size);

/* `ptr` (or NULL) grown or shrunk to `size` bytes, size > 0; what is new is not zeroed. */
void *memory_resize(void *ptr, size_t size);

/* Gives back what memory_new or memory_resize gave; NULL is fine. */
void memory_free(void *ptr);

/* A copy of `b` on the heap, ended by a NUL that is not counted; absent stays absent. Its ptr is
 * given back with memory_free. */
struct bytes memory_copy(struct bytes b);

#endif
