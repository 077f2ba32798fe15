/*
 * packer - copies texts one behind the other into memory that the caller measured before: one
 * allocation for an object and everything that it says.
 */
#ifndef BASE_PACKER_H
#define BASE_PACKER_H

#include "base/bytes.h"

struct packer {
    char *next; /* where the next text goes */
};

/* A copy of `text` at the packer's place, which has room for it; absent stays absent, and takes no
 * room. */
static inline struct bytes pack(struct packer *packer, struct bytes text)
{
    char *start = packer->next;

    if (bytes_is_absent(text))
        return BYTES_ABSENT;
    if (text.len)
        memcpy(start, text.ptr, text.len);
    packer->next += text.len;
    return bytes_of(start, text.len);
}

#endif
