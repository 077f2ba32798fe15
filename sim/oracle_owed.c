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

/* What is sent to others takes a token; without one it is not sent, which its sender is told. */
static void owe_external(struct oracle *oracle, enum owed_kind kind, struct oracle_run *run,
                         const struct event *event)
{
    enum decision_type type = kind == OWED_SIGNAL
                                  ? DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION
                                  : DECISION_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION;
    struct bucket_key key = { .account = run->key.account, .decision = type };
    struct owed *owed = owe(oracle, kind, run, event->id);

    owed->event = event;
    owed->is_too_fast = owed->may_miss = rate_left(oracle, key) == 0;
    if (!owed->is_too_fast)
        rate_take(oracle, key);
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
            owe_external(oracle, OWED_SIGNAL, run, event);
            break;
        case EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
            owe_external(oracle, OWED_CANCEL, run, event);
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

void count_places(const struct oracle *oracle, const struct oracle_domain *domain,
                  struct places *out)
{
    *out = (struct places){ 0 };
    for (const struct oracle_run *run = oracle->open; run; run = run->next_open)
        out->least += run->domain == domain;
    out->most = out->least;
    for (const struct owed *owed = oracle->owed; owed; owed = owed->next) {
        if (owed->kind != OWED_CHILD_START || owed->must_not || owed->from->domain != domain)
            continue;
        out->least += !owed->may_miss;
        out->most++;
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

/* With a run id that run, else the open one; only an open one, and only in time. */
static struct oracle_run *external_target(struct oracle *oracle, const struct owed *owed)
{
    struct bytes workflow_id, run_id;
    struct oracle_run *run;

    if (owed->is_too_fast)
        return NULL;
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

/* ---- what begins a run */

/* The list of a new run, of what it is told. */
static void foretell_start(struct oracle *oracle,
                           const struct workflow_execution_started_event *says,
                           struct event_list *list)
{
    struct oracle_run run = { .says = says };

    foretell(oracle, NULL, list);
    event_list_add(list, EVENT_WORKFLOW_EXECUTION_STARTED, says);
    foretell_decision_task(&run, list);
}

/* What the parent, or the run before, says of the new one. */
#define AS_WANTED(wanted)                                                               \
    .input = (wanted)->input,                                                           \
    .execution_start_to_close_timeout = (wanted)->execution_start_to_close_timeout,     \
    .task_start_to_close_timeout = (wanted)->task_start_to_close_timeout,               \
    .child_policy = (wanted)->child_policy, .task_list = (wanted)->task_list,           \
    .task_priority = (wanted)->task_priority, .workflow_type = (wanted)->workflow_type, \
    .tag_list = (wanted)->tag_list, .lambda_role = (wanted)->lambda_role

static bool begins_child(struct oracle *oracle, struct owed *owed, const struct seen_step *step)
{
    const struct start_child_workflow_execution_initiated_event *wanted =
        owed->event->start_child_workflow_execution_initiated;
    struct workflow_execution_started_event says = {
        AS_WANTED(wanted),
        .parent_workflow_execution = names_of(&oracle->scratch, owed->from),
        .parent_initiated_event_id = owed->id,
    };
    struct event_list list;

    if (owed->must_not || !bytes_equal(step->names.workflow_id, wanted->workflow_id) ||
        run_find_open(oracle, owed->from->domain, wanted->workflow_id))
        return false;
    foretell_start(oracle, &says, &list);
    return is_foretold(oracle, step, &list) && is_first_of_sender(oracle, owed);
}

static bool begins_continuation(struct oracle *oracle, struct owed *owed,
                                const struct seen_step *step)
{
    const struct workflow_execution_continued_as_new_event *wanted =
        owed->event->workflow_execution_continued_as_new;
    const struct oracle_run *from = owed->from;
    struct workflow_execution_started_event says = {
        AS_WANTED(wanted),
        .continued_execution_run_id = from->run_id,
        .parent_workflow_execution = from->says->parent_workflow_execution,
        .parent_initiated_event_id = from->parent_initiated_id,
    };
    struct event_list list;

    if (!bytes_equal(step->names.workflow_id, from->workflow_id) ||
        !bytes_equal(step->names.run_id, wanted->new_execution_run_id))
        return false;
    foretell_start(oracle, &says, &list);
    return is_foretold(oracle, step, &list);
}

/* A new run that nobody asked for in this turn. */
static bool explain_start(struct oracle *oracle, const struct seen_step *step)
{
    for (struct owed *owed = oracle->owed; owed; owed = owed->next) {
        struct oracle_run *from = owed->from;
        bool is_child = owed->kind == OWED_CHILD_START && begins_child(oracle, owed, step);
        struct oracle_run *run;

        if (!is_child &&
            (owed->kind != OWED_CONTINUATION || !begins_continuation(oracle, owed, step)))
            continue;
        run = run_add(oracle, step, from->domain);
        if (is_child)
            owe(oracle, OWED_CHILD_STARTED, from, owed->id)->about = run;
        settle(oracle, owed);
        run_apply(oracle, run, step);
        return true;
    }
    return false;
}

/* ---- what is delivered: at the target */

static void foretell_signal(const struct owed *owed, const struct oracle_run *run,
                            struct event_list *list)
{
    const struct signal_external_workflow_execution_initiated_event *wanted =
        owed->event->signal_external_workflow_execution_initiated;
    struct workflow_execution_signaled_event *says = attributes_new(
        list, struct workflow_execution_signaled_event);

    *says = (struct workflow_execution_signaled_event){ wanted->signal_name, wanted->input,
                                                        names_of(list->arena, owed->from),
                                                        owed->id };
    event_list_add(list, EVENT_WORKFLOW_EXECUTION_SIGNALED, says);
    foretell_decision_task(run, list);
}

static void foretell_cancel(const struct owed *owed, const struct oracle_run *run,
                            struct event_list *list)
{
    struct workflow_execution_cancel_requested_event *says = attributes_new(
        list, struct workflow_execution_cancel_requested_event);

    says->external_workflow_execution = names_of(list->arena, owed->from);
    if (owed->kind == OWED_POLICY)
        says->cause = WORKFLOW_EXECUTION_CANCEL_REQUESTED_CAUSE_CHILD_POLICY_APPLIED;
    else
        says->external_initiated_event_id = owed->id;
    event_list_add(list, EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED, says);
    foretell_decision_task(run, list);
}

static void foretell_policy(const struct owed *owed, const struct oracle_run *run,
                            struct event_list *list)
{
    struct workflow_execution_terminated_event *says;

    if (owed->from->close_policy == CHILD_POLICY_REQUEST_CANCEL) {
        foretell_cancel(owed, run, list);
        return;
    }
    says = attributes_new(list, struct workflow_execution_terminated_event);
    says->child_policy = run->says->child_policy;
    says->cause = WORKFLOW_EXECUTION_TERMINATED_CAUSE_CHILD_POLICY_APPLIED;
    event_list_add(list, EVENT_WORKFLOW_EXECUTION_TERMINATED, says);
}

static void foretell_lambda_start(const struct owed *owed, const struct oracle_run *run,
                                  struct event_list *list)
{
    struct start_lambda_function_failed_event *failed = attributes_new(
        list, struct start_lambda_function_failed_event);
    struct lambda_function_started_event *started = attributes_new(
        list, struct lambda_function_started_event);

    started->scheduled_event_id = failed->scheduled_event_id = owed->id;
    if (!bytes_is_absent(run->says->lambda_role)) {
        event_list_add(list, EVENT_LAMBDA_FUNCTION_STARTED, started);
        return;
    }
    failed->cause = START_LAMBDA_FUNCTION_FAILED_CAUSE_ASSUME_ROLE_FAILED;
    failed->message = BYTES("No IAM role is attached to the current workflow execution.");
    event_list_add(list, EVENT_START_LAMBDA_FUNCTION_FAILED, failed);
    foretell_decision_task(run, list);
}

/* ---- at the sender, who is told */

static void tell_child_close(const struct oracle_run *child, int64_t initiated_id,
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

static void foretell_child_close(const struct owed *owed, const struct oracle_run *run,
                                 struct event_list *list)
{
    const struct oracle_child *child = child_with(run, owed->id);

    if (child == NULL)
        return; /* and nothing is like that */
    tell_child_close(owed->about, owed->id, child->started_id, list);
    foretell_decision_task(run, list);
}

static void foretell_child_started(const struct owed *owed, const struct oracle_run *run,
                                   struct event_list *list)
{
    struct child_workflow_execution_started_event *says = attributes_new(
        list, struct child_workflow_execution_started_event);

    says->workflow_execution = names_of(list->arena, owed->about);
    says->workflow_type = owed->about->says->workflow_type;
    says->initiated_event_id = owed->id;
    event_list_add(list, EVENT_CHILD_WORKFLOW_EXECUTION_STARTED, says);
    foretell_decision_task(run, list);
}

static void foretell_delivered(const struct owed *owed, const struct oracle_run *run,
                               struct event_list *list)
{
    struct external_workflow_execution_signaled_event *signaled = attributes_new(
        list, struct external_workflow_execution_signaled_event);
    struct external_workflow_execution_cancel_requested_event *requested = attributes_new(
        list, struct external_workflow_execution_cancel_requested_event);

    signaled->workflow_execution = requested->workflow_execution = names_of(list->arena,
                                                                            owed->about);
    signaled->initiated_event_id = requested->initiated_event_id = owed->id;
    if (owed->event->type == EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED)
        event_list_add(list, EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED, signaled);
    else
        event_list_add(list, EVENT_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED, requested);
    foretell_decision_task(run, list);
}

/* Of what finds nobody. */
static void foretell_no_child(const struct owed *owed, const struct oracle_run *run,
                              struct event_list *list)
{
    const struct start_child_workflow_execution_initiated_event *wanted =
        owed->event->start_child_workflow_execution_initiated;
    struct start_child_workflow_execution_failed_event *says = attributes_new(
        list, struct start_child_workflow_execution_failed_event);

    *says = (struct start_child_workflow_execution_failed_event){
        wanted->workflow_type,
        START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_ALREADY_RUNNING,
        wanted->workflow_id,
        owed->id,
        wanted->decision_task_completed_event_id,
        wanted->control
    };
    event_list_add(list, EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED, says);
    foretell_decision_task(run, list);
}

/* To fail has one form for both, up to the names. */
#define ADD_UNSENT(list, owed, wanted, EVENT, TYPE, why)                   \
    do {                                                                   \
        struct TYPE *says = attributes_new(list, struct TYPE);             \
        *says = (struct TYPE){ (wanted)->workflow_id,                      \
                               (wanted)->run_id,                           \
                               (why),                                      \
                               (owed)->id,                                 \
                               (wanted)->decision_task_completed_event_id, \
                               (wanted)->control };                        \
        event_list_add((list), (EVENT), says);                             \
    } while (0)

static void foretell_unsent(const struct owed *owed, const struct oracle_run *run,
                            struct event_list *list)
{
    const struct event *event = owed->event;

    if (owed->kind == OWED_SIGNAL)
        ADD_UNSENT(
            list, owed, event->signal_external_workflow_execution_initiated,
            EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED,
            signal_external_workflow_execution_failed_event,
            owed->is_too_fast
                ? SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED
                : SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION);
    else
        ADD_UNSENT(
            list, owed, event->request_cancel_external_workflow_execution_initiated,
            EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED,
            request_cancel_external_workflow_execution_failed_event,
            owed->is_too_fast
                ? REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED
                : REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION);
    foretell_decision_task(run, list);
}

/* ---- Lambda functions that answer */

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

static struct oracle_run *sender(struct oracle *oracle, const struct owed *owed)
{
    (void)oracle;
    return owed->from;
}

/* Who gets it, and what; and what the sender is told when that is nobody. */
static const struct {
    struct oracle_run *(*target)(struct oracle *oracle, const struct owed *owed);
    void (*foretell)(const struct owed *owed, const struct oracle_run *run,
                     struct event_list *list);
    void (*foretell_miss)(const struct owed *owed, const struct oracle_run *run,
                          struct event_list *list);
} deliveries[] = {
    [OWED_CHILD_START] = { NULL, NULL, foretell_no_child }, /* explain_start has the other */
    [OWED_SIGNAL] = { external_target, foretell_signal, foretell_unsent },
    [OWED_CANCEL] = { external_target, foretell_cancel, foretell_unsent },
    [OWED_LAMBDA_START] = { sender, foretell_lambda_start, NULL },
    [OWED_CONTINUATION] = { NULL, NULL, NULL }, /* likewise */
    [OWED_POLICY] = { policy_target, foretell_policy, NULL },
    [OWED_CLOSE] = { sender, foretell_child_close, NULL },
    [OWED_CHILD_STARTED] = { sender, foretell_child_started, NULL },
    [OWED_DELIVERED] = { sender, foretell_delivered, NULL },
};

static bool is_delivered(struct oracle *oracle, const struct owed *owed,
                         const struct oracle_run *run, const struct seen_step *step)
{
    struct event_list list;

    if (deliveries[owed->kind].foretell == NULL ||
        deliveries[owed->kind].target(oracle, owed) != run)
        return false;
    foretell(oracle, run, &list);
    deliveries[owed->kind].foretell(owed, run, &list);
    return list.count && is_foretold(oracle, step, &list) &&
           (owed->kind > OWED_CANCEL || is_first_of_sender(oracle, owed));
}

/* The target is not there, or for a child: somebody else is. */
static bool is_missed(struct oracle *oracle, const struct owed *owed, const struct oracle_run *run,
                      const struct seen_step *step)
{
    struct event_list list;

    if (deliveries[owed->kind].foretell_miss == NULL || owed->from != run || !owed->may_miss ||
        owed->must_not)
        return false;
    foretell(oracle, run, &list);
    deliveries[owed->kind].foretell_miss(owed, run, &list);
    return is_foretold(oracle, step, &list);
}

static void reply_later(struct oracle *oracle, const struct owed *owed, struct oracle_run *target)
{
    struct owed *reply = owe(oracle, OWED_DELIVERED, owed->from, owed->id);

    reply->about = target;
    reply->event = owed->event;
}

static bool explain_by(struct oracle *oracle, struct owed *owed, struct oracle_run *run,
                       const struct seen_step *step)
{
    bool delivered = is_delivered(oracle, owed, run, step);

    if (oracle->failed || (!delivered && !is_missed(oracle, owed, run, step)))
        return false;
    if (delivered && (owed->kind == OWED_SIGNAL || owed->kind == OWED_CANCEL))
        reply_later(oracle, owed, run);
    settle(oracle, owed);
    run_apply(oracle, run, step);
    return true;
}

bool explain_owed(struct oracle *oracle, struct oracle_run *run, const struct seen_step *step)
{
    if (step->opens)
        return explain_start(oracle, step);
    if (!run->is_open)
        return false;
    for (struct owed *owed = oracle->owed; owed; owed = owed->next) {
        if (explain_by(oracle, owed, run, step))
            return true;
        if (oracle->failed)
            return false;
    }
    return explain_lambda_answer(oracle, run, step);
}
