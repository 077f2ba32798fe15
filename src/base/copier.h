/*
 * copier - copies texts one behind the other into memory that the caller measured before: one
 * allocation for an object and everything that it says.
 */
#ifndef BASE_COPIER_H
#define BASE_COPIER_H

#include "base/bytes.h"

struct copier {
    char *next; /* where the next text goes */
};

/* A copy of `text` at the copier's place, which has room for it; absent stays absent, and takes no
 * room. */
static inline struct bytes copier_add(struct copier *copier, struct bytes text)
{
    char *start = copier->next;

    if (bytes_is_absent(text))
        return BYTES_ABSENT;
    if (text.len)
        memcpy(start, text.ptr, text.len);
    copier->next += text.len;
    return bytes_of(start, text.len);
}

#endif
