/*
 * order - the workflow of the demo: a decider that decides from the history alone, and the work of
 * its activities.
 *
 *     start -> reserve-stock -> cooling-off (a timer)  -+-> charge-card -> ship -> complete
 *                               approved (a signal)    -+
 *
 * A decider is called again and again, each time with the whole history, by whatever process polls
 * next. So it keeps nothing between calls: it reads what has happened, and says what is to happen
 * now. Called twice with the same history it says the same. An activity that fails or times out
 * fails the order.
 */
#ifndef CMD_ORDER_H
#define CMD_ORDER_H

#include "base/arena.h"
#include "model/event.h"

enum order_step { ORDER_RESERVE, ORDER_CHARGE, ORDER_SHIP, ORDER_STEP_COUNT };

#define ORDER_TYPE "order"
#define ORDER_VERSION "1.0"
#define ORDER_TIMER "cooling-off"
#define ORDER_SIGNAL "approved"

/* The activity types, which serve as activity ids too: an order does each once. */
extern const char *const order_activities[ORDER_STEP_COUNT];

/* What the history says about an order. */
struct order {
    struct bytes input;
    struct bytes
        task_list; /* of the decider; its workers poll the activity list of the same name */
    struct {
        int64_t scheduled_event_id; /* 0: not yet */
        bool done;
        struct bytes result;
    } steps[ORDER_STEP_COUNT];
    bool timer_started;
    bool cooled_off;
    bool approved;
    struct bytes failure; /* absent: none */
};

/* Reads a whole history. Borrows from the events. */
void order_read(struct order *order, const struct event *events, size_t count);

/* What is to be done now: 0 or 1 decisions in `out`, with their attributes in the arena. */
size_t order_decide(const struct order *order, struct arena *arena, struct decision *out);

/* The work of an activity: its result, or absent for an activity that is none of ours. */
struct bytes order_work(struct bytes activity, struct bytes input, struct arena *arena);

#endif
