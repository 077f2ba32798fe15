#include "known.h"

#include <string.h>

#define TRANSACTION_TIME "in 2012 the events of one completion had times of their own"
#define LIST_ORDER "which task leaves a list first was not promised; here it is the oldest"
#define CHILD_ORDER \
    "children were started side by side; here they start in the order of the decisions"
#define LATE_TIMER "the timer fired 15 ms late, after a completion that came in between"

/* clang-format off */
static const struct known_difference known[] = {
    { "awsdocs-customer-order-timeouts",
      "event 8: at 2263.009 s, recorded 2263.021 s",
      { EARLIER, 8, 12 }, TRANSACTION_TIME },
    { "awsdocs-customer-order-timeouts",
      "event 9: latestHeartbeatRecordedEventId is missing",
      { OBSOLETE, 9, 0 }, "the model has no such member, and no other recording has it" },

    { "flowy-2015-testworkflow-01",
      "event 13: scheduledEventId is 5, recorded 7",
      { PREFERRED, 0, 0 }, LIST_ORDER },

    { "flowy-2015-testworkfloww-00",
      "event 15: initiatedEventId is 7, recorded 8",
      { EXCHANGED, 15, 16 }, CHILD_ORDER },
    { "flowy-2015-testworkfloww-00",
      "event 29: is TimerFired, recorded DecisionTaskCompleted",
      { EARLIER, 29, 5 }, LATE_TIMER },

    { "fsdecider-a-for-in-loop-with-a-body-that-starts-an-activity-task-with-unique-res",
      "event 7: scheduledEventId is 5, recorded 6",
      { PREFERRED, 0, 0 }, LIST_ORDER },
    { "fsdecider-wait-for-all-activity-task-with-one-completed-activity-tasks",
      "event 7: scheduledEventId is 5, recorded 6",
      { PREFERRED, 0, 0 }, LIST_ORDER },
    { "fsdecider-wait-for-any-child-workflow-execution-with-no-completed-child-workflow",
      "event 7: initiatedEventId is 5, recorded 6",
      { EXCHANGED, 7, 9 }, CHILD_ORDER },
};
/* clang-format on */

const struct known_difference *known_find(const char *recording, size_t n)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i].recording, recording) == 0 && n-- == 0)
            return &known[i];
    }
    return NULL;
}

const char *known_breach(const char *recording)
{
    if (strcmp(recording, "awsdocs-customer-order-timeouts") == 0)
        return "event 8 (ActivityTaskScheduled): its time is not that of its completion";
    return NULL;
}
