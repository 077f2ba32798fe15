#include "net/deadlines.h"

void deadlines_init(struct deadlines *deadlines, const uint64_t patience_ms[DEADLINE_KINDS])
{
    for (int i = 0; i < DEADLINE_KINDS; i++) {
        list_init(&deadlines->waiting[i]);
        deadlines->patience_ms[i] = patience_ms[i];
    }
}

void deadline_init(struct deadline *deadline)
{
    list_init(&deadline->link);
    deadline->at = DEADLINE_NONE;
    deadline->kind = DEADLINE_IDLE;
}

void deadline_set(struct deadlines *deadlines, struct deadline *deadline, enum deadline_kind kind,
                  uint64_t now)
{
    list_remove(&deadline->link);
    deadline->kind = kind;
    deadline->at = now + deadlines->patience_ms[kind];
    list_append(&deadlines->waiting[kind], &deadline->link);
}

void deadline_clear(struct deadline *deadline)
{
    list_remove(&deadline->link);
    deadline->at = DEADLINE_NONE;
}

/* `link` is the first member. */
struct deadline *deadlines_first(const struct deadlines *deadlines, enum deadline_kind kind)
{
    return (struct deadline *)list_first(&deadlines->waiting[kind]);
}

uint64_t deadline_age(const struct deadlines *deadlines, const struct deadline *deadline,
                      uint64_t now)
{
    return now - (deadline->at - deadlines->patience_ms[deadline->kind]);
}

void deadlines_renew(struct deadlines *deadlines, uint64_t now)
{
    for (int i = 0; i < DEADLINE_KINDS; i++) {
        struct list *waiting = &deadlines->waiting[i];
        for (struct list *link = list_first(waiting); link; link = list_next(waiting, link))
            ((struct deadline *)link)->at = now + deadlines->patience_ms[i];
    }
}

uint64_t deadlines_next(const struct deadlines *deadlines)
{
    uint64_t next = DEADLINE_NONE;

    for (int i = 0; i < DEADLINE_KINDS; i++) {
        const struct deadline *first = deadlines_first(deadlines, (enum deadline_kind)i);
        if (first && first->at < next)
            next = first->at;
    }
    return next;
}

struct deadline *deadlines_pop_due(struct deadlines *deadlines, uint64_t now)
{
    for (int i = 0; i < DEADLINE_KINDS; i++) {
        struct deadline *first = deadlines_first(deadlines, (enum deadline_kind)i);
        if (first && first->at <= now) {
            deadline_clear(first);
            return first;
        }
    }
    return NULL;
}
