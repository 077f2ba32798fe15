#include "cmd/order.h"

#define COOLING_OFF_SECONDS BYTES("2")

const char *const order_activities[ORDER_STEP_COUNT] = {
    [ORDER_RESERVE] = "reserve-stock",
    [ORDER_CHARGE] = "charge-card",
    [ORDER_SHIP] = "ship",
};

/* ---- what has happened */

static void on_scheduled(struct order *order, const struct event *event)
{
    for (int step = 0; step < ORDER_STEP_COUNT; step++) {
        if (bytes_equal_cstr(event->activity_task_scheduled->activity_id, order_activities[step]))
            order->steps[step].scheduled_event_id = event->id;
    }
}

/* What comes after the scheduling of an activity names that event, not the activity. */
static void on_completed(struct order *order, const struct activity_task_completed_event *completed)
{
    for (int step = 0; step < ORDER_STEP_COUNT; step++) {
        if (order->steps[step].scheduled_event_id == completed->scheduled_event_id) {
            order->steps[step].done = true;
            order->steps[step].result = completed->result;
        }
    }
}

static void read_event(struct order *order, const struct event *event)
{
    switch (event->type) {
    case EVENT_WORKFLOW_EXECUTION_STARTED:
        order->input = event->workflow_execution_started->input;
        order->task_list = event->workflow_execution_started->task_list->name;
        break;
    case EVENT_ACTIVITY_TASK_SCHEDULED:
        on_scheduled(order, event);
        break;
    case EVENT_ACTIVITY_TASK_COMPLETED:
        on_completed(order, event->activity_task_completed);
        break;
    case EVENT_ACTIVITY_TASK_FAILED:
        order->failure = BYTES("an activity failed");
        break;
    case EVENT_ACTIVITY_TASK_TIMED_OUT:
        order->failure = BYTES("an activity took too long");
        break;
    case EVENT_SCHEDULE_ACTIVITY_TASK_FAILED:
        order->failure = BYTES("an activity could not be scheduled");
        break;
    case EVENT_START_TIMER_FAILED:
        order->failure = BYTES("the timer could not be started");
        break;
    case EVENT_TIMER_STARTED:
        order->timer_started = true;
        break;
    case EVENT_TIMER_FIRED:
        order->cooled_off = true;
        break;
    case EVENT_WORKFLOW_EXECUTION_SIGNALED:
        if (bytes_equal_cstr(event->workflow_execution_signaled->signal_name, ORDER_SIGNAL))
            order->approved = true;
        break;
    default: /* the other types say nothing that an order needs */
        break;
    }
}

void order_read(struct order *order, const struct event *events, size_t count)
{
    *order = (struct order){ 0 };
    for (size_t i = 0; i < count; i++)
        read_event(order, &events[i]);
}

/* ---- what is to be done */

static struct decision schedule(const struct order *order, enum order_step step,
                                struct arena *arena)
{
    struct activity_type *type = arena_new(arena, struct activity_type);
    struct task_list *list = arena_new(arena, struct task_list);
    struct schedule_activity_task_decision *schedule = arena_new(
        arena, struct schedule_activity_task_decision);

    type->name = bytes_of_cstr(order_activities[step]);
    type->version = BYTES(ORDER_VERSION);
    list->name = order->task_list;
    schedule->activity_type = type;
    schedule->activity_id = type->name;
    schedule->task_list = list;
    schedule->input = order->input;
    return (struct decision){ .decision_type = DECISION_SCHEDULE_ACTIVITY_TASK,
                              .schedule_activity_task = schedule };
}

static struct decision start_timer(struct arena *arena)
{
    struct start_timer_decision *timer = arena_new(arena, struct start_timer_decision);
    timer->timer_id = BYTES(ORDER_TIMER);
    timer->start_to_fire_timeout = COOLING_OFF_SECONDS;
    return (struct decision){ .decision_type = DECISION_START_TIMER, .start_timer = timer };
}

static struct decision complete(const struct order *order, struct arena *arena)
{
    struct complete_workflow_execution_decision *complete = arena_new(
        arena, struct complete_workflow_execution_decision);
    complete->result = arena_printf(arena, "%.*s; %.*s",
                                    BYTES_FMT(order->steps[ORDER_CHARGE].result),
                                    BYTES_FMT(order->steps[ORDER_SHIP].result));
    return (struct decision){ .decision_type = DECISION_COMPLETE_WORKFLOW_EXECUTION,
                              .complete_workflow_execution = complete };
}

static struct decision give_up(const struct order *order, struct arena *arena)
{
    struct fail_workflow_execution_decision *fail = arena_new(
        arena, struct fail_workflow_execution_decision);
    fail->reason = order->failure;
    return (struct decision){ .decision_type = DECISION_FAIL_WORKFLOW_EXECUTION,
                              .fail_workflow_execution = fail };
}

/* The whole workflow, from its first step to its last: we wait for the first step that has not
 * happened, and decide it now unless it was decided before. */
size_t order_decide(const struct order *order, struct arena *arena, struct decision *out)
{
    if (!bytes_is_absent(order->failure)) {
        *out = give_up(order, arena);
        return 1;
    }
    for (enum order_step step = ORDER_RESERVE; step < ORDER_STEP_COUNT; step++) {
        if (step == ORDER_CHARGE && !order->timer_started) {
            *out = start_timer(arena);
            return 1;
        }
        if (step == ORDER_CHARGE && !(order->cooled_off && order->approved))
            return 0;
        if (order->steps[step].scheduled_event_id == 0) {
            *out = schedule(order, step, arena);
            return 1;
        }
        if (!order->steps[step].done)
            return 0;
    }
    *out = complete(order, arena);
    return 1;
}

/* ---- the work itself */

struct bytes order_work(struct bytes activity, struct bytes input, struct arena *arena)
{
    if (bytes_equal_cstr(activity, order_activities[ORDER_RESERVE]))
        return arena_printf(arena, "reserved %.*s", BYTES_FMT(input));
    if (bytes_equal_cstr(activity, order_activities[ORDER_CHARGE]))
        return BYTES("charged 42.00 EUR");
    if (bytes_equal_cstr(activity, order_activities[ORDER_SHIP]))
        return arena_printf(arena, "shipped %.*s", BYTES_FMT(input));
    return BYTES_ABSENT;
}
