/*
 * What one workflow owes another, and the steps that deliver it.
 *
 * A message may be late, and what it meets is what is there then. It may also come to nothing, when
 * its target is gone and nobody is left to be told; so with each is kept whether there was a time
 * at which that was so.
 */
#include "oracle_inner.h"

static struct owed *owe(struct oracle *oracle, enum owed_kind kind, struct oracle_run *from,
                        int64_t id)
{
    struct owed *owed = memory_new(sizeof(*owed));
    struct owed **end = &oracle->owed;

    while (*end)
        end = &(*end)->next;
    *end = owed;
    owed->kind = kind;
    owed->from = from;
    owed->id = id;
    return owed;
}

static void settle(struct oracle *oracle, struct owed *owed)
{
    struct owed **place = &oracle->owed;

    while (*place != owed)
        place = &(*place)->next;
    *place = owed->next;
    memory_free(owed);
}

/* ---- what becomes owed */

static void owe_policy(struct oracle *oracle, struct oracle_run *run)
{
    if (run->close_policy == CHILD_POLICY_ABANDON)
        return;
    for (struct oracle_run *child = oracle->open; child; child = child->next_open)
        if (child->parent == run)
            owe(oracle, OWED_POLICY, run, child->parent_initiated_id)->about = child;
}

/* A child that has not begun when its parent closes begins only under ABANDON. */
static void drop_children(struct oracle *oracle, struct oracle_run *run)
{
    for (struct owed *owed = oracle->owed; owed; owed = owed->next)
        if (owed->kind == OWED_CHILD_START && owed->from == run &&
            run->close_policy != CHILD_POLICY_ABANDON)
            owed->must_not = true;
}

static void note_close(struct oracle *oracle, struct oracle_run *run, const struct event *event)
{
    drop_children(oracle, run);
    owe_policy(oracle, run);
    if (event->type == EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW) {
        owe(oracle, OWED_CONTINUATION, run, event->id)->event = event;
        return;
    }
    if (run->parent && run->parent->is_open)
        owe(oracle, OWED_CLOSE, run->parent, run->parent_initiated_id)->about = run;
}

void owed_note_events(struct oracle *oracle, struct oracle_run *run, const struct seen_step *step)
{
    for (size_t i = run->count - step->count; i < run->count; i++) {
        const struct event *event = &run->events[i];

        switch (event->type) {
        case EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
            owe(oracle, OWED_CHILD_START, run, event->id)->event = event;
            break;
        case EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
            owe(oracle, OWED_SIGNAL, run, event->id)->event = event;
            break;
        case EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
            owe(oracle, OWED_CANCEL, run, event->id)->event = event;
            break;
        case EVENT_LAMBDA_FUNCTION_SCHEDULED:
            owe(oracle, OWED_LAMBDA_START, run, event->id)->event = event;
            break;
        default:
            if (event_type_closes(event->type))
                note_close(oracle, run, event);
        }
    }
}

/* ---- who it is for */

static void target_names(const struct owed *owed, struct bytes *workflow_id, struct bytes *run_id)
{
    const struct event *event = owed->event;

    if (owed->kind == OWED_SIGNAL) {
        *workflow_id = event->signal_external_workflow_execution_initiated->workflow_id;
        *run_id = event->signal_external_workflow_execution_initiated->run_id;
    } else {
        *workflow_id = event->request_cancel_external_workflow_execution_initiated->workflow_id;
        *run_id = event->request_cancel_external_workflow_execution_initiated->run_id;
    }
}

/* With a run id that run, else the open one; only an open one. */
static struct oracle_run *external_target(struct oracle *oracle, const struct owed *owed)
{
    struct bytes workflow_id, run_id;
    struct oracle_run *run;

    target_names(owed, &workflow_id, &run_id);
    run = run_find_open(oracle, owed->from->domain, workflow_id);
    return run && (run_id.len == 0 || bytes_equal(run->run_id, run_id)) ? run : NULL;
}

/* The child's run that is open now: it may have continued. */
static struct oracle_run *policy_target(struct oracle *oracle, const struct owed *owed)
{
    for (struct oracle_run *run = oracle->open; run; run = run->next_open)
        if (run->parent == owed->from && run->parent_initiated_id == owed->id)
            return run;
    return NULL;
}

static bool is_missed_now(struct oracle *oracle, const struct owed *owed)
{
    switch (owed->kind) {
    case OWED_CHILD_START:
        return run_find_open(oracle, owed->from->domain,
                             owed->event->start_child_workflow_execution_initiated->workflow_id) !=
               NULL;
    case OWED_SIGNAL:
    case OWED_CANCEL:
        return external_target(oracle, owed) == NULL;
    case OWED_POLICY:
        return policy_target(oracle, owed) == NULL;
    case OWED_CONTINUATION:
        return false;
    default:
        return !owed->from->is_open;
    }
}

void owed_note_change(struct oracle *oracle)
{
    for (struct owed *owed = oracle->owed; owed; owed = owed->next)
        owed->may_miss = owed->may_miss || is_missed_now(oracle, owed);
}

/* May it end without a trace? */
static bool may_vanish(const struct owed *owed)
{
    switch (owed->kind) {
    case OWED_CHILD_START:
        return owed->must_not || (owed->may_miss && !owed->from->is_open);
    case OWED_SIGNAL:
    case OWED_CANCEL:
        return owed->may_miss && !owed->from->is_open;
    case OWED_CONTINUATION:
        return false;
    default:
        return owed->may_miss;
    }
}

/* What one sends to others arrives in the order of sending. Of what may have found nobody it cannot
 * be known when it was looked for. */
static bool is_first_of_sender(struct oracle *oracle, const struct owed *owed)
{
    for (struct owed *other = oracle->owed; other != owed; other = other->next)
        if (other->from == owed->from && other->kind <= OWED_CANCEL && !other->may_miss &&
            !other->must_not)
            return complain(oracle, "run %llu: what event %lld owes is overtaken by event %lld",
                            (unsigned long long)owed->from->key.run, (long long)other->id,
                            (long long)owed->id);
    return true;
}

bool owed_check_rest(struct oracle *oracle)
{
    struct owed *next;

    for (struct owed *owed = oracle->owed; owed; owed = next) {
        next = owed->next;
        if (!may_vanish(owed))
            return complain(oracle,
                            "run %llu: what event %lld owes (kind %d) was lost: nothing moves any "
                            "more",
                            (unsigned long long)owed->from->key.run, (long long)owed->id,
                            (int)owed->kind);
        settle(oracle, owed);
    }
    return true;
}

/* ---- what delivers it: at the target */

static bool deliver_start(struct oracle *oracle, struct owed *owed, const struct seen_step *step)
{
    const struct start_child_workflow_execution_initiated_event *wanted =
        owed->event->start_child_workflow_execution_initiated;
    struct event_list list;
    struct workflow_execution_started_event *says;
    struct oracle_run child = { .says = NULL };
    struct owed *reply;

    if (owed->must_not || !bytes_equal(step->names.workflow_id, wanted->workflow_id) ||
        run_find_open(oracle, owed->from->domain, wanted->workflow_id))
        return false;
    foretell(oracle, NULL, &list);
    says = attributes_new(&list, struct workflow_execution_started_event);
    *says = (struct workflow_execution_started_event){
        .input = wanted->input,
        .execution_start_to_close_timeout = wanted->execution_start_to_close_timeout,
        .task_start_to_close_timeout = wanted->task_start_to_close_timeout,
        .child_policy = wanted->child_policy,
        .task_list = wanted->task_list,
        .task_priority = wanted->task_priority,
        .workflow_type = wanted->workflow_type,
        .tag_list = wanted->tag_list,
        .parent_workflow_execution = names_of(list.arena, owed->from),
        .parent_initiated_event_id = owed->id,
        .lambda_role = wanted->lambda_role,
    };
    event_list_add(&list, EVENT_WORKFLOW_EXECUTION_STARTED, says);
    child.says = says;
    foretell_decision_task(&child, &list);
    if (!is_foretold(oracle, step, &list) || !is_first_of_sender(oracle, owed))
        return false;
    reply = owe(oracle, OWED_CHILD_STARTED, owed->from, owed->id);
    reply->about = run_add(oracle, step, owed->from->domain);
    settle(oracle, owed);
    run_apply(oracle, reply->about, step);
    return true;
}

static bool deliver_continuation(struct oracle *oracle, struct owed *owed,
                                 const struct seen_step *step)
{
    const struct workflow_execution_continued_as_new_event *wanted =
        owed->event->workflow_execution_continued_as_new;
    struct oracle_run *from = owed->from, next = { .says = NULL };
    struct event_list list;
    struct workflow_execution_started_event *says;

    if (!bytes_equal(step->names.workflow_id, from->workflow_id) ||
        !bytes_equal(step->names.run_id, wanted->new_execution_run_id))
        return false;
    foretell(oracle, NULL, &list);
    says = attributes_new(&list, struct workflow_execution_started_event);
    *says = (struct workflow_execution_started_event){
        .input = wanted->input,
        .execution_start_to_close_timeout = wanted->execution_start_to_close_timeout,
        .task_start_to_close_timeout = wanted->task_start_to_close_timeout,
        .child_policy = wanted->child_policy,
        .task_list = wanted->task_list,
        .task_priority = wanted->task_priority,
        .workflow_type = wanted->workflow_type,
        .tag_list = wanted->tag_list,
        .continued_execution_run_id = from->run_id,
        .parent_workflow_execution = from->says->parent_workflow_execution,
        .parent_initiated_event_id = from->parent_initiated_id,
        .lambda_role = wanted->lambda_role,
    };
    event_list_add(&list, EVENT_WORKFLOW_EXECUTION_STARTED, says);
    next.says = says;
    foretell_decision_task(&next, &list);
    if (!is_foretold(oracle, step, &list))
        return false;
    settle(oracle, owed);
    run_apply(oracle, run_add(oracle, step, from->domain), step);
    return true;
}

/* A new run that nobody asked for in this turn. */
static bool explain_start(struct oracle *oracle, const struct seen_step *step)
{
    struct owed *next;

    for (struct owed *owed = oracle->owed; owed; owed = next) {
        next = owed->next;
        if ((owed->kind == OWED_CHILD_START && deliver_start(oracle, owed, step)) ||
            (owed->kind == OWED_CONTINUATION && deliver_continuation(oracle, owed, step)))
            return true;
    }
    return false;
}

static void reply_later(struct oracle *oracle, const struct owed *owed, struct oracle_run *target)
{
    struct owed *reply = owe(oracle, OWED_DELIVERED, owed->from, owed->id);

    reply->about = target;
    reply->event = owed->event;
}

static bool deliver(struct oracle *oracle, struct oracle_run *run, const struct seen_step *step,
                    struct owed *owed, const struct event_list *list)
{
    if (!is_foretold(oracle, step, list))
        return false;
    if (owed->kind <= OWED_CANCEL && !is_first_of_sender(oracle, owed))
        return false;
    if (owed->kind == OWED_SIGNAL || owed->kind == OWED_CANCEL)
        reply_later(oracle, owed, run);
    settle(oracle, owed);
    run_apply(oracle, run, step);
    return true;
}

static bool deliver_signal(struct oracle *oracle, struct oracle_run *run,
                           const struct seen_step *step, struct owed *owed)
{
    const struct signal_external_workflow_execution_initiated_event *wanted =
        owed->event->signal_external_workflow_execution_initiated;
    struct event_list list;
    struct workflow_execution_signaled_event *says;

    if (external_target(oracle, owed) != run)
        return false;
    foretell(oracle, run, &list);
    says = attributes_new(&list, struct workflow_execution_signaled_event);
    *says = (struct workflow_execution_signaled_event){ wanted->signal_name, wanted->input,
                                                        names_of(list.arena, owed->from),
                                                        owed->id };
    event_list_add(&list, EVENT_WORKFLOW_EXECUTION_SIGNALED, says);
    foretell_decision_task(run, &list);
    return deliver(oracle, run, step, owed, &list);
}

static bool deliver_cancel(struct oracle *oracle, struct oracle_run *run,
                           const struct seen_step *step, struct owed *owed)
{
    struct event_list list;
    struct workflow_execution_cancel_requested_event *says;
    bool is_policy = owed->kind == OWED_POLICY;

    if ((is_policy ? policy_target(oracle, owed) : external_target(oracle, owed)) != run)
        return false;
    foretell(oracle, run, &list);
    says = attributes_new(&list, struct workflow_execution_cancel_requested_event);
    says->external_workflow_execution = names_of(list.arena, owed->from);
    if (is_policy)
        says->cause = WORKFLOW_EXECUTION_CANCEL_REQUESTED_CAUSE_CHILD_POLICY_APPLIED;
    else
        says->external_initiated_event_id = owed->id;
    event_list_add(&list, EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED, says);
    foretell_decision_task(run, &list);
    return deliver(oracle, run, step, owed, &list);
}

static bool deliver_policy(struct oracle *oracle, struct oracle_run *run,
                           const struct seen_step *step, struct owed *owed)
{
    struct event_list list;
    struct workflow_execution_terminated_event *says;

    if (owed->from->close_policy == CHILD_POLICY_REQUEST_CANCEL)
        return deliver_cancel(oracle, run, step, owed);
    if (policy_target(oracle, owed) != run)
        return false;
    foretell(oracle, run, &list);
    says = attributes_new(&list, struct workflow_execution_terminated_event);
    says->child_policy = run->says->child_policy;
    says->cause = WORKFLOW_EXECUTION_TERMINATED_CAUSE_CHILD_POLICY_APPLIED;
    event_list_add(&list, EVENT_WORKFLOW_EXECUTION_TERMINATED, says);
    return deliver(oracle, run, step, owed, &list);
}

/* ---- at the sender, who is told */

static void foretell_child_close(const struct oracle_run *child, int64_t initiated_id,
                                 int64_t started_id, struct event_list *list)
{
    const struct event *last = &child->events[child->count - 1];
    const struct workflow_execution *names = names_of(list->arena, child);
    const struct workflow_type *type = child->says->workflow_type;

#define TELL(EVENT, TYPE, ...)                                     \
    do {                                                           \
        struct TYPE *says = attributes_new(list, struct TYPE);     \
        *says = (struct TYPE){ .workflow_execution = names,        \
                               .workflow_type = type,              \
                               .initiated_event_id = initiated_id, \
                               .started_event_id = started_id,     \
                               ##__VA_ARGS__ };                    \
        event_list_add(list, (EVENT), says);                       \
    } while (0)

    switch (last->type) {
    case EVENT_WORKFLOW_EXECUTION_COMPLETED:
        TELL(EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED, child_workflow_execution_completed_event,
             .result = last->workflow_execution_completed->result);
        break;
    case EVENT_WORKFLOW_EXECUTION_FAILED:
        TELL(EVENT_CHILD_WORKFLOW_EXECUTION_FAILED, child_workflow_execution_failed_event,
             .reason = last->workflow_execution_failed->reason,
             .details = last->workflow_execution_failed->details);
        break;
    case EVENT_WORKFLOW_EXECUTION_CANCELED:
        TELL(EVENT_CHILD_WORKFLOW_EXECUTION_CANCELED, child_workflow_execution_canceled_event,
             .details = last->workflow_execution_canceled->details);
        break;
    case EVENT_WORKFLOW_EXECUTION_TIMED_OUT:
        TELL(EVENT_CHILD_WORKFLOW_EXECUTION_TIMED_OUT, child_workflow_execution_timed_out_event,
             .timeout_type = WORKFLOW_EXECUTION_TIMEOUT_TYPE_START_TO_CLOSE);
        break;
    default:
        TELL(EVENT_CHILD_WORKFLOW_EXECUTION_TERMINATED, child_workflow_execution_terminated_event);
    }
#undef TELL
}

static bool deliver_close(struct oracle *oracle, struct oracle_run *run,
                          const struct seen_step *step, struct owed *owed)
{
    const struct oracle_child *child = child_with(run, owed->id);
    struct event_list list;

    if (owed->from != run || child == NULL)
        return false;
    foretell(oracle, run, &list);
    foretell_child_close(owed->about, owed->id, child->started_id, &list);
    foretell_decision_task(run, &list);
    return deliver(oracle, run, step, owed, &list);
}

static bool deliver_child_started(struct oracle *oracle, struct oracle_run *run,
                                  const struct seen_step *step, struct owed *owed)
{
    struct event_list list;
    struct child_workflow_execution_started_event *says;

    if (owed->from != run)
        return false;
    foretell(oracle, run, &list);
    says = attributes_new(&list, struct child_workflow_execution_started_event);
    says->workflow_execution = names_of(list.arena, owed->about);
    says->workflow_type = owed->about->says->workflow_type;
    says->initiated_event_id = owed->id;
    event_list_add(&list, EVENT_CHILD_WORKFLOW_EXECUTION_STARTED, says);
    foretell_decision_task(run, &list);
    return deliver(oracle, run, step, owed, &list);
}

static bool deliver_delivered(struct oracle *oracle, struct oracle_run *run,
                              const struct seen_step *step, struct owed *owed)
{
    bool is_signal = owed->event->type == EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED;
    struct event_list list;
    struct external_workflow_execution_signaled_event *signaled;
    struct external_workflow_execution_cancel_requested_event *requested;

    if (owed->from != run)
        return false;
    foretell(oracle, run, &list);
    signaled = attributes_new(&list, struct external_workflow_execution_signaled_event);
    requested = attributes_new(&list, struct external_workflow_execution_cancel_requested_event);
    signaled->workflow_execution = requested->workflow_execution = names_of(list.arena,
                                                                            owed->about);
    signaled->initiated_event_id = requested->initiated_event_id = owed->id;
    if (is_signal)
        event_list_add(&list, EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED, signaled);
    else
        event_list_add(&list, EVENT_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED, requested);
    foretell_decision_task(run, &list);
    return deliver(oracle, run, step, owed, &list);
}

/* The target is not there, or for a child: somebody else is. */
static bool deliver_failure(struct oracle *oracle, struct oracle_run *run,
                            const struct seen_step *step, struct owed *owed)
{
    struct event_list list;

    if (owed->from != run || !owed->may_miss || owed->must_not)
        return false;
    foretell(oracle, run, &list);
    if (owed->kind == OWED_CHILD_START) {
        const struct start_child_workflow_execution_initiated_event *wanted =
            owed->event->start_child_workflow_execution_initiated;
        struct start_child_workflow_execution_failed_event *says = attributes_new(
            &list, struct start_child_workflow_execution_failed_event);

        *says = (struct start_child_workflow_execution_failed_event){
            wanted->workflow_type,
            START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_ALREADY_RUNNING,
            wanted->workflow_id,
            owed->id,
            wanted->decision_task_completed_event_id,
            wanted->control
        };
        event_list_add(&list, EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED, says);
    } else if (owed->kind == OWED_SIGNAL) {
        const struct signal_external_workflow_execution_initiated_event *wanted =
            owed->event->signal_external_workflow_execution_initiated;
        struct signal_external_workflow_execution_failed_event *says = attributes_new(
            &list, struct signal_external_workflow_execution_failed_event);

        *says = (struct signal_external_workflow_execution_failed_event){
            wanted->workflow_id,
            wanted->run_id,
            SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION,
            owed->id,
            wanted->decision_task_completed_event_id,
            wanted->control
        };
        event_list_add(&list, EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED, says);
    } else {
        const struct request_cancel_external_workflow_execution_initiated_event *wanted =
            owed->event->request_cancel_external_workflow_execution_initiated;
        struct request_cancel_external_workflow_execution_failed_event *says = attributes_new(
            &list, struct request_cancel_external_workflow_execution_failed_event);

        *says = (struct request_cancel_external_workflow_execution_failed_event){
            wanted->workflow_id,
            wanted->run_id,
            REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION,
            owed->id,
            wanted->decision_task_completed_event_id,
            wanted->control
        };
        event_list_add(&list, EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED, says);
    }
    foretell_decision_task(run, &list);
    if (!is_foretold(oracle, step, &list))
        return false;
    settle(oracle, owed);
    run_apply(oracle, run, step);
    return true;
}

/* ---- Lambda functions */

static bool deliver_lambda(struct oracle *oracle, struct oracle_run *run,
                           const struct seen_step *step, struct owed *owed)
{
    struct event_list list;

    if (owed->from != run)
        return false;
    foretell(oracle, run, &list);
    if (bytes_is_absent(run->says->lambda_role)) {
        struct start_lambda_function_failed_event *says = attributes_new(
            &list, struct start_lambda_function_failed_event);

        says->scheduled_event_id = owed->id;
        says->cause = START_LAMBDA_FUNCTION_FAILED_CAUSE_ASSUME_ROLE_FAILED;
        says->message = BYTES("No IAM role is attached to the current workflow execution.");
        event_list_add(&list, EVENT_START_LAMBDA_FUNCTION_FAILED, says);
        foretell_decision_task(run, &list);
    } else {
        struct lambda_function_started_event *says = attributes_new(
            &list, struct lambda_function_started_event);

        says->scheduled_event_id = owed->id;
        event_list_add(&list, EVENT_LAMBDA_FUNCTION_STARTED, says);
    }
    return deliver(oracle, run, step, owed, &list);
}

static void foretell_lambda_answer(const struct oracle_lambda *lambda, struct event_list *list)
{
    if (lambda->outcome == LAMBDA_RETURNED) {
        struct lambda_function_completed_event *says = attributes_new(
            list, struct lambda_function_completed_event);

        *says = (struct lambda_function_completed_event){ lambda->scheduled_id, lambda->started_id,
                                                          lambda->answer };
        event_list_add(list, EVENT_LAMBDA_FUNCTION_COMPLETED, says);
    } else {
        struct lambda_function_failed_event *says = attributes_new(
            list, struct lambda_function_failed_event);

        *says = (struct lambda_function_failed_event){ lambda->scheduled_id, lambda->started_id,
                                                       lambda->reason, lambda->answer };
        event_list_add(list, EVENT_LAMBDA_FUNCTION_FAILED, says);
    }
}

static bool explain_lambda_answer(struct oracle *oracle, struct oracle_run *run,
                                  const struct seen_step *step)
{
    for (struct oracle_lambda *lambda = run->lambdas; lambda; lambda = lambda->next) {
        struct event_list list;

        if (!lambda->is_answered || lambda->outcome == LAMBDA_NO_ANSWER || lambda->is_lost)
            continue;
        foretell(oracle, run, &list);
        foretell_lambda_answer(lambda, &list);
        foretell_decision_task(run, &list);
        if (!is_foretold(oracle, step, &list))
            continue;
        run_apply(oracle, run, step);
        return true;
    }
    return false;
}

/* ---- all of them */

static bool deliver_any(struct oracle *oracle, struct oracle_run *run, const struct seen_step *step,
                        struct owed *owed)
{
    switch (owed->kind) {
    case OWED_CHILD_START:
        return deliver_failure(oracle, run, step, owed);
    case OWED_SIGNAL:
        return deliver_signal(oracle, run, step, owed) || deliver_failure(oracle, run, step, owed);
    case OWED_CANCEL:
        return deliver_cancel(oracle, run, step, owed) || deliver_failure(oracle, run, step, owed);
    case OWED_LAMBDA_START:
        return deliver_lambda(oracle, run, step, owed);
    case OWED_POLICY:
        return deliver_policy(oracle, run, step, owed);
    case OWED_CLOSE:
        return deliver_close(oracle, run, step, owed);
    case OWED_CHILD_STARTED:
        return deliver_child_started(oracle, run, step, owed);
    case OWED_DELIVERED:
        return deliver_delivered(oracle, run, step, owed);
    case OWED_CONTINUATION:
        break;
    }
    return false;
}

bool explain_owed(struct oracle *oracle, struct oracle_run *run, const struct seen_step *step)
{
    struct owed *next;

    if (step->opens)
        return explain_start(oracle, step);
    if (!run->is_open)
        return false;
    for (struct owed *owed = oracle->owed; owed; owed = next) {
        next = owed->next;
        if (deliver_any(oracle, run, step, owed))
            return true;
        if (oracle->failed)
            return false;
    }
    return explain_lambda_answer(oracle, run, step);
}
