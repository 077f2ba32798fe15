/*
 * role - the workflows of the tour: for each type, how its decider decides.
 *
 * Every one is a function from a history to decisions, like order.c, but so small that each shows
 * one thing only. All of them and their workers share the task lists of their run.
 */
#ifndef CMD_ROLE_H
#define CMD_ROLE_H

#include "base/arena.h"
#include "model/event.h"

#define ROLE_VERSION "1.0"
#define ROLE_ACTIVITY "treat" /* the activity that roles schedule */
#define ROLE_DECISIONS_MAX 4

/* What a decider is told. */
struct past {
    const struct event *events; /* the whole history */
    size_t count;
    struct bytes workflow_id;
};

/* What it answers. The attributes lie in the arena. */
struct plan {
    struct arena *arena;
    struct decision items[ROLE_DECISIONS_MAX];
    size_t count;
};

struct role {
    const char *type; /* of the workflow; its ids are TYPE-NUMBER, NUMBER being that of the run */
    void (*decide)(const struct past *past, struct plan *plan);
};

extern const struct role roles[];
extern const size_t role_count;

/* The role of a workflow type, or NULL when it is none of ours. */
const struct role *role_find(struct bytes type);

#endif
