/*
 * facts - all that a decision may look at besides the execution and the command: read-only,
 * gathered by the edge.
 */
#ifndef MODEL_FACTS_H
#define MODEL_FACTS_H

#include "model/limits.h"
#include "model/shapes.h"

struct domain;

struct facts {
    const struct limits *limits;
    const struct domain *domain; /* of the execution: its types */
    uint64_t open_executions;    /* in the domain; children that were asked for count already */
    struct bytes fresh_run_id;   /* for a run that this command starts */
    bool lambda_available;       /* is there anybody who calls Lambda functions? */

    const uint32_t
        *rate_tokens; /* decisions of each type that the account may still make; NULL: any number.
                         Those that are sent to others are counted when they are sent. */

    /* May the caller make this decision? NULL: everything is permitted. */
    bool (*permits)(const void *caller, const struct decision *decision);
    const void *caller;
};

static inline bool facts_permit(const struct facts *facts, const struct decision *decision)
{
    return facts->permits == NULL || facts->permits(facts->caller, decision);
}

/* Has the account no token left for a further decision of this type, `used` ones being taken
 * already by this list? */
static inline bool facts_rate_exceeded(const struct facts *facts, enum decision_type type,
                                       uint32_t used)
{
    return facts->rate_tokens != NULL && used >= facts->rate_tokens[type];
}

#endif
