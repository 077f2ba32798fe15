/*
 * timeout - SWF's duration strings: decimal seconds, or "NONE" (API reference: the timeout
 * parameters of StartWorkflowExecution, RegisterActivityType and their kin).
 */
#ifndef MODEL_TIMEOUT_H
#define MODEL_TIMEOUT_H

#include "base/bytes.h"
#include "base/instant.h"

struct timeout {
    int64_t seconds; /* TIMEOUT_UNLIMITED for "NONE" */
};

#define TIMEOUT_UNLIMITED (-1)
#define TIMEOUT_NONE ((struct timeout){ TIMEOUT_UNLIMITED })

/* `text` has passed wire/rules.h: digits or "NONE"; absent counts as "NONE". */
static inline struct timeout timeout_parse(struct bytes text)
{
    unsigned long long seconds;

    if (text.len == 0 || !bytes_parse_u64(text, &seconds))
        return TIMEOUT_NONE;
    return (struct timeout){ (int64_t)seconds };
}

/* When a clock that starts at `start` runs out: with "0" at `start` (Q-ZERO); INSTANT_NEVER when
 * there is no limit, or one that no clock comes to: a history from elsewhere may say anything. */
static inline struct instant timeout_from(struct timeout timeout, struct instant start)
{
    if (timeout.seconds < 0 || timeout.seconds > INT64_MAX / 1000)
        return INSTANT_NEVER;
    return instant_add(start, duration_of_s(timeout.seconds));
}

#endif
