/*
 * priority - SWF's taskPriority strings: a 32-bit signed integer; higher comes first, 0 when none
 * is given (developer guide, "Setting task priority").
 */
#ifndef MODEL_PRIORITY_H
#define MODEL_PRIORITY_H

#include "base/bytes.h"
#include <stdint.h>

/* `text` has passed wire/rules.h: an optional sign and digits that fit; absent or empty counts as
 * 0. */
static inline int32_t priority_parse(struct bytes text)
{
    bool negative = text.len > 0 && text.ptr[0] == '-';
    int64_t value = 0;

    for (size_t i = negative || (text.len > 0 && text.ptr[0] == '+'); i < text.len; i++)
        value = value * 10 + (text.ptr[i] - '0');
    return (int32_t)(negative ? -value : value);
}

#endif
