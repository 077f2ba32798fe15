#include "oracle_inner.h"

void foretell(struct oracle *oracle, const struct oracle_run *run, struct event_list *list)
{
    event_list_init(list, &oracle->scratch, run ? (int64_t)run->count + 1 : 1, oracle->now);
}

/* Lifecycles, D1 and D2: one waits at most, also while another is started. */
void foretell_decision_task(const struct oracle_run *run, struct event_list *list)
{
    struct decision_task_scheduled_event *says;

    if (run->waiting.scheduled_id)
        return;
    says = attributes_new(list, struct decision_task_scheduled_event);
    says->task_list = run->override ? run->override : run->says->task_list;
    says->task_priority = run->says->task_priority;
    says->start_to_close_timeout = run->says->task_start_to_close_timeout;
    says->schedule_to_start_timeout = run->override && !bytes_is_absent(run->override_timeout)
                                          ? run->override_timeout
                                          : BYTES("NONE");
    event_list_add(list, EVENT_DECISION_TASK_SCHEDULED, says);
}

const struct workflow_execution *names_of(struct arena *arena, const struct oracle_run *run)
{
    struct workflow_execution *names = arena_new(arena, struct workflow_execution);

    *names = (struct workflow_execution){ run->workflow_id, run->run_id };
    return names;
}

bool is_foretold(struct oracle *oracle, const struct seen_step *step, const struct event_list *list)
{
    if (step->count != list->count || step->first != list->next_id - (int64_t)list->count ||
        step->events[0].type != list->items[0].type)
        return false;
    for (size_t i = 0; i < list->count; i++) {
        text_reset(&oracle->text);
        encode_event(&oracle->text, &list->items[i]);
        if (!bytes_equal(text_bytes(&oracle->text), step->texts[i]))
            return false;
    }
    return true;
}
