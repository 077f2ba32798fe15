/*
 * mix - how much of everything goes wrong in one world. Each seed draws its own: some things
 * often, some seldom, many not at all.
 */
#ifndef SIM_MIX_H
#define SIM_MIX_H

#include "base/random.h"
#include "base/text.h"
#include "model/shapes.h"
#include <stdbool.h>

/* Each of a thousand, unless it says otherwise. */
#define MIX_CHANCES(X)                                                      \
    X(lose_request)  /* of a request: it never arrives */                   \
    X(lose_answer)   /* of an answer, after the commit */                   \
    X(duplicate)     /* of a request: it arrives twice */                   \
    X(delay)         /* of a message: it takes its time */                  \
    X(hang_up)       /* of a waiting client, a step */                      \
    X(vanish)        /* of these: the server does not notice */             \
    X(kill)          /* of a step: the process dies between turns */        \
    X(crash)         /* of a step: it dies between two calls of the disk */ \
    X(fail_commit)   /* of a step: the next write fails */                  \
    X(fill_disk)     /* of a step: little space is left */                  \
    X(free_disk)     /* of a step: there is space again */                  \
    X(restart)       /* of a step: it ends in order */                      \
    X(clock_forward) /* of a step: the wall clock is set forward */         \
    X(clock_back)    /* and back */                                         \
    X(clock_stands)  /* of a step: no time passes */                        \
    X(clock_due)     /* of a step: it is just when something is due */      \
    X(bad_decider)   /* of a task */                                        \
    X(double_decider)                                                       \
    X(late_decider)                                                         \
    X(lost_decider)                                                         \
    X(bad_worker)                                                           \
    X(double_worker)                                                        \
    X(late_worker)                                                          \
    X(lost_worker)                                                          \
    X(beating_worker)                                                       \
    X(few_rights)       /* of a completion */                               \
    X(limited)          /* of a call: its caller may not do everything */   \
    X(stranger)         /* of a call: it comes from the other account */    \
    X(closing)          /* of a completion */                               \
    X(paging)           /* of a decision task */                            \
    X(short_time)       /* of a timeout: it is one of the short ones */     \
    X(registry)         /* of a client's call: about domains and types */   \
    X(names)            /* of a client's call: lists of them */             \
    X(resource_tags)    /* of a client's call */                            \
    X(flood)            /* of a client's call: the same, many times over */ \
    X(late_page)        /* of a page: long after the one before */          \
    X(changed_page)     /* of a page: it belongs to another query */        \
    X(function_answers) /* of a step */

struct mix {
#define MIX_MEMBER(name) uint32_t name;
    MIX_CHANCES(MIX_MEMBER)
#undef MIX_MEMBER
    uint32_t clients, deciders, workers, workflows;
    uint32_t delay_steps, pace_ms;               /* at most */
    uint32_t decisions[DECISION_TYPE_COUNT + 1]; /* weights */
    bool denied[DECISION_TYPE_COUNT + 1];
    bool small_limits, calls_lambdas, two_accounts;
    uint32_t call_rates_divided_by, decision_rates_divided_by; /* 0: there are no throttles */
    uint32_t retention_days;
    uint32_t recent_kb;    /* of events that are kept in memory */
    uint32_t execution_kb; /* of open executions that are kept in memory; 0: all */
};

void mix_draw(struct mix *mix, struct random_sequence *chance);
/* Nothing goes wrong any more. */
void mix_heal(struct mix *mix);
/* One line: what is not zero. */
void mix_write(const struct mix *mix, struct text *out);

/* Does it happen this time? */
static inline bool mix_happens(struct random_sequence *chance, uint32_t of_thousand)
{
    return of_thousand && random_below(chance, 1000) < of_thousand;
}

#endif
