#include "agreement.h"

#include "history/attribute.h"
#include "wire/shape.h"
#include <inttypes.h>

struct look {
    const struct told_run *runs;
    size_t count;
    bool complete;
    struct text *problem;
    bool broken;

    const struct told_run *run; /* where it looks */
    const struct event *at;
};

static void breaks(struct look *look, const char *what)
{
    if (look->broken)
        return;
    look->broken = true;
    text_printf(look->problem, "%.*s, event %" PRId64 " (%s): %s\n",
                BYTES_FMT(look->run->workflow_id), look->at->id, event_shapes[look->at->type].type,
                what);
}

static void demand(struct look *look, bool is_true, const char *what)
{
    if (!is_true)
        breaks(look, what);
}

/* ---- runs ---- */

static const struct event *first_of(const struct told_run *run)
{
    return &run->events[0];
}

static const struct event *last_of(const struct told_run *run)
{
    return &run->events[run->count - 1];
}

static bool is_closed(const struct told_run *run)
{
    return event_type_closes(last_of(run)->type);
}

static const struct event *event_of(const struct told_run *run, int64_t id)
{
    return id >= 1 && (size_t)id <= run->count ? &run->events[id - 1] : NULL;
}

static const struct workflow_execution_started_event *start_of(const struct told_run *run)
{
    return first_of(run)->workflow_execution_started;
}

static bool is_continuation(const struct told_run *run)
{
    return start_of(run)->continued_execution_run_id.len != 0;
}

static bool is_named(const struct told_run *run, const struct workflow_execution *names)
{
    return names && bytes_equal(run->workflow_id, names->workflow_id) &&
           bytes_equal(run->run_id, names->run_id);
}

/* A run of the same domain; NULL when it is none of them, which is wrong if these are all. */
static const struct told_run *find_run(struct look *look, struct bytes workflow_id,
                                       struct bytes run_id)
{
    const struct workflow_execution names = { workflow_id, run_id };

    for (size_t i = 0; i < look->count; i++) {
        if (is_named(&look->runs[i], &names) &&
            bytes_equal(look->runs[i].domain, look->run->domain))
            return &look->runs[i];
    }
    demand(look, !look->complete, "it names a run that there never was");
    return NULL;
}

static const struct told_run *find_named(struct look *look, const struct workflow_execution *names)
{
    return names ? find_run(look, names->workflow_id, names->run_id) : NULL;
}

static const struct told_run *next_of(struct look *look, const struct told_run *run)
{
    const struct event *last = last_of(run);

    if (last->type != EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW)
        return NULL;
    return find_run(look, run->workflow_id,
                    last->workflow_execution_continued_as_new->new_execution_run_id);
}

/* The run that a workflow came to, from this one on. */
static const struct told_run *end_of(struct look *look, const struct told_run *run)
{
    const struct told_run *next;

    for (size_t i = 0; i < look->count && (next = next_of(look, run)); i++)
        run = next;
    return run;
}

static bool has_parent(const struct told_run *run, const struct told_run *parent,
                       int64_t initiated_event_id)
{
    return start_of(run)->parent_initiated_event_id == initiated_event_id &&
           is_named(parent, start_of(run)->parent_workflow_execution) &&
           bytes_equal(run->domain, parent->domain);
}

/* The child that this event of a run asked for, in its first run; NULL: there is none. */
static const struct told_run *child_of(struct look *look, const struct told_run *parent,
                                       int64_t initiated_event_id)
{
    const struct told_run *child = NULL;

    for (size_t i = 0; i < look->count; i++) {
        const struct told_run *run = &look->runs[i];

        if (is_continuation(run) || !has_parent(run, parent, initiated_event_id))
            continue;
        demand(look, child == NULL, "it has two children");
        child = run;
    }
    return child;
}

/* The event of that type, or of any, by which a run refers to its Initiated event; NULL: none. */
static const struct event *find_about(const struct told_run *run, int64_t initiated_event_id,
                                      enum event_type type)
{
    for (size_t i = 0; i < run->count; i++) {
        const struct event *event = &run->events[i];

        if ((type == 0 || event->type == type) &&
            attribute_id(event, "initiatedEventId") == initiated_event_id)
            return event;
    }
    return NULL;
}

/* ---- children ---- */

static void compare(struct look *look, const struct event *from, const char *const *names,
                    size_t count)
{
    for (size_t i = 0; i < count; i++)
        demand(look, attribute_same(look->at, from, names[i]), names[i]);
}

#define COMPARE(look, from, ...)                                  \
    compare((look), (from), (const char *const[]){ __VA_ARGS__ }, \
            sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

/* All that a run is started with, but for who started it. */
#define SETTINGS                                                                    \
    "input", "executionStartToCloseTimeout", "taskStartToCloseTimeout", "taskList", \
        "taskPriority", "childPolicy", "tagList", "workflowType", "lambdaRole"

static void check_parent(struct look *look)
{
    const struct workflow_execution_started_event *start = start_of(look->run);
    const struct told_run *parent = find_named(look, start->parent_workflow_execution);
    const struct event *initiated = parent ? event_of(parent, start->parent_initiated_event_id)
                                           : NULL;

    demand(look,
           (start->parent_workflow_execution == NULL) == (start->parent_initiated_event_id == 0),
           "a parent and its event come together");
    if (parent == NULL)
        return;
    if (initiated == NULL || initiated->type != EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED) {
        breaks(look, "its parent did not ask for it");
        return;
    }
    demand(look,
           bytes_equal(initiated->start_child_workflow_execution_initiated->workflow_id,
                       look->run->workflow_id),
           "its parent asked for another workflow");
    demand(look, !instant_before(look->at->timestamp, initiated->timestamp),
           "it began before it was asked for");
    if (!is_continuation(look->run))
        COMPARE(look, initiated, SETTINGS);
}

static void check_child_started(struct look *look)
{
    const struct child_workflow_execution_started_event *started =
        look->at->child_workflow_execution_started;
    const struct told_run *child = find_named(look, started->workflow_execution);

    if (child)
        demand(look, child == child_of(look, look->run, started->initiated_event_id),
               "that is no child of this event");
}

static const struct {
    enum event_type closing, report;
} reports[] = {
    { EVENT_WORKFLOW_EXECUTION_COMPLETED, EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED },
    { EVENT_WORKFLOW_EXECUTION_FAILED, EVENT_CHILD_WORKFLOW_EXECUTION_FAILED },
    { EVENT_WORKFLOW_EXECUTION_CANCELED, EVENT_CHILD_WORKFLOW_EXECUTION_CANCELED },
    { EVENT_WORKFLOW_EXECUTION_TIMED_OUT, EVENT_CHILD_WORKFLOW_EXECUTION_TIMED_OUT },
    { EVENT_WORKFLOW_EXECUTION_TERMINATED, EVENT_CHILD_WORKFLOW_EXECUTION_TERMINATED },
};

/* The closing event that this one reports; 0 when it is no such report. */
static enum event_type reported_by(enum event_type report)
{
    for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
        if (reports[i].report == report)
            return reports[i].closing;
    }
    return (enum event_type)0;
}

static void compare_report(struct look *look, const struct event *closing)
{
    switch ((int)look->at->type) {
    case EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED:
        COMPARE(look, closing, "result");
        break;
    case EVENT_CHILD_WORKFLOW_EXECUTION_FAILED:
        COMPARE(look, closing, "reason", "details");
        break;
    case EVENT_CHILD_WORKFLOW_EXECUTION_CANCELED:
        COMPARE(look, closing, "details");
        break;
    case EVENT_CHILD_WORKFLOW_EXECUTION_TIMED_OUT:
        COMPARE(look, closing, "timeoutType");
        break;
    }
}

/* The report names the last run of the child, and says what its last event says. */
static void check_child_ended(struct look *look)
{
    const struct told_run *child = child_of(look, look->run,
                                            attribute_id(look->at, "initiatedEventId"));
    const struct told_run *last = child ? end_of(look, child) : NULL;

    if (last == NULL) {
        demand(look, !look->complete, "it reports a child that never began");
        return;
    }
    demand(look, is_named(last, attribute_names(look->at, "workflowExecution")),
           "that is not the child's last run");
    demand(look, last_of(last)->type == reported_by(look->at->type), "the child ended otherwise");
    if (look->broken)
        return;
    demand(look, !instant_before(look->at->timestamp, last_of(last)->timestamp),
           "it comes before the child's end");
    demand(look, attribute_same(look->at, first_of(last), "workflowType"), "workflowType");
    compare_report(look, last_of(last));
}

/* What an open parent knows of a child. */
static void check_known(struct look *look)
{
    const struct told_run *child = child_of(look, look->run, look->at->id);
    const struct event *about = find_about(look->run, look->at->id, (enum event_type)0);
    bool reported = false;

    demand(look, about != NULL, "its parent does not know what became of it");
    if (child == NULL || about == NULL)
        return;
    demand(look, about->type == EVENT_CHILD_WORKFLOW_EXECUTION_STARTED,
           "its parent does not know that it began");
    for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++)
        reported |= find_about(look->run, look->at->id, reports[i].report) != NULL;
    demand(look, reported == is_closed(end_of(look, child)),
           reported ? "its end was reported, and it is open" : "its end was not reported");
}

/* ---- child policies ---- */

static bool is_policy_cancel(const struct event *event)
{
    return event->type == EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED &&
           event->workflow_execution_cancel_requested->cause ==
               WORKFLOW_EXECUTION_CANCEL_REQUESTED_CAUSE_CHILD_POLICY_APPLIED;
}

static bool is_policy_end(const struct event *event)
{
    return event->type == EVENT_WORKFLOW_EXECUTION_TERMINATED &&
           event->workflow_execution_terminated->cause ==
               WORKFLOW_EXECUTION_TERMINATED_CAUSE_CHILD_POLICY_APPLIED;
}

/* The policy that a closed run applied: TerminateWorkflowExecution may have given another than its
 * own. */
static enum child_policy applied_by(const struct told_run *run)
{
    const struct event *last = last_of(run);

    return last->type == EVENT_WORKFLOW_EXECUTION_TERMINATED
               ? last->workflow_execution_terminated->child_policy
               : start_of(run)->child_policy;
}

/* It was the parent that did this, when it closed. */
static void check_policy_event(struct look *look)
{
    const struct workflow_execution_started_event *start = start_of(look->run);
    const struct told_run *parent = find_named(look, start->parent_workflow_execution);

    demand(look, start->parent_workflow_execution != NULL, "it has no parent");
    if (parent == NULL)
        return;
    demand(look, is_closed(parent), "its parent is open");
    demand(look,
           applied_by(parent) ==
               (is_policy_end(look->at) ? CHILD_POLICY_TERMINATE : CHILD_POLICY_REQUEST_CANCEL),
           "that is not its parent's policy");
    demand(look, !instant_before(look->at->timestamp, last_of(parent)->timestamp),
           "its parent was still open then");
    if (is_policy_cancel(look->at))
        demand(look,
               is_named(parent,
                        look->at->workflow_execution_cancel_requested->external_workflow_execution),
               "it does not name the parent");
}

static int count_policy_cancels(struct look *look, const struct told_run *child)
{
    int count = 0;

    for (; child; child = next_of(look, child)) {
        for (size_t i = 0; i < child->count; i++)
            count += is_policy_cancel(&child->events[i]);
    }
    return count;
}

/* What the close of its parent did to a child that the parent still held to be open. */
static void check_policy_applied(struct look *look)
{
    const struct told_run *child = child_of(look, look->run, look->at->id);
    const struct told_run *last = child ? end_of(look, child) : NULL;
    int cancels = child ? count_policy_cancels(look, child) : 0;

    if (child == NULL)
        return; /* it was never to begin, or could not */
    demand(look, cancels <= 1, "its policy was applied twice");
    if (applied_by(look->run) == CHILD_POLICY_ABANDON)
        return;
    demand(look,
           is_closed(last) || (applied_by(look->run) == CHILD_POLICY_REQUEST_CANCEL && cancels),
           "its policy was not applied");
}

static bool is_over(const struct told_run *parent, int64_t initiated_event_id)
{
    for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
        if (find_about(parent, initiated_event_id, reports[i].report))
            return true;
    }
    return find_about(parent, initiated_event_id, EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED);
}

static void check_initiated_child(struct look *look)
{
    if (!is_closed(look->run))
        check_known(look);
    else if (!is_over(look->run, look->at->id))
        check_policy_applied(look);
    if (find_about(look->run, look->at->id, EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED))
        demand(look, child_of(look, look->run, look->at->id) == NULL,
               "it failed to begin, and began");
}

/* ---- continued runs ---- */

static void check_continuation(struct look *look)
{
    const struct told_run *old = find_run(look, look->run->workflow_id,
                                          start_of(look->run)->continued_execution_run_id);

    if (old == NULL)
        return;
    if (last_of(old)->type != EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW ||
        next_of(look, old) != look->run) {
        breaks(look, "the run before it did not go on in it");
        return;
    }
    demand(look, last_of(old)->timestamp.ms == look->at->timestamp.ms,
           "it does not begin when the run before it ends");
    COMPARE(look, last_of(old), SETTINGS);
    COMPARE(look, first_of(old), "parentWorkflowExecution", "parentInitiatedEventId");
}

static void check_continued(struct look *look)
{
    const struct told_run *next = next_of(look, look->run);

    if (next)
        demand(look, bytes_equal(start_of(next)->continued_execution_run_id, look->run->run_id),
               "the next run does not know of it");
}

/* ---- signals and cancel requests from one run to another ---- */

/* Did `run` get what the looked-at run sent by its event `id`? */
static int count_arrivals(const struct told_run *run, const struct told_run *sender, int64_t id)
{
    int count = 0;

    for (size_t i = 0; i < run->count; i++)
        count += attribute_id(&run->events[i], "externalInitiatedEventId") == id &&
                 is_named(sender, attribute_names(&run->events[i], "externalWorkflowExecution"));
    return count;
}

static int count_all_arrivals(const struct look *look, const struct told_run *sender, int64_t id)
{
    int count = 0;

    for (size_t i = 0; i < look->count; i++) {
        if (bytes_equal(look->runs[i].domain, sender->domain))
            count += count_arrivals(&look->runs[i], sender, id);
    }
    return count;
}

static void check_target(struct look *look, const struct event *initiated)
{
    struct bytes run_id = attribute_text(initiated, "runId");

    demand(look,
           bytes_equal(attribute_text(initiated, "workflowId"), look->run->workflow_id) &&
               (run_id.len == 0 || bytes_equal(run_id, look->run->run_id)),
           "it was sent to another run");
}

/* What came later was sent later. */
static void check_order_of_sending(struct look *look, const struct told_run *sender)
{
    for (const struct event *before = look->run->events; before < look->at; before++) {
        if (is_named(sender, attribute_names(before, "externalWorkflowExecution")))
            demand(look,
                   attribute_id(before, "externalInitiatedEventId") <
                       attribute_id(look->at, "externalInitiatedEventId"),
                   "it overtook another one");
    }
}

static void check_received(struct look *look)
{
    const struct told_run *sender = find_named(
        look, attribute_names(look->at, "externalWorkflowExecution"));
    int64_t id = attribute_id(look->at, "externalInitiatedEventId");
    const struct event *initiated = sender ? event_of(sender, id) : NULL;
    bool is_signal = look->at->type == EVENT_WORKFLOW_EXECUTION_SIGNALED;

    if (sender == NULL)
        return;
    if (initiated == NULL ||
        initiated->type != (is_signal
                                ? EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED
                                : EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED)) {
        breaks(look, "nobody sent it");
        return;
    }
    demand(look, count_all_arrivals(look, sender, id) == 1, "it came twice");
    demand(look, !instant_before(look->at->timestamp, initiated->timestamp),
           "it came before it was sent");
    check_target(look, initiated);
    check_order_of_sending(look, sender);
    if (is_signal)
        COMPARE(look, initiated, "signalName", "input");
}

static void check_delivered(struct look *look)
{
    const struct told_run *target = find_named(look,
                                               attribute_names(look->at, "workflowExecution"));

    if (target)
        demand(look,
               count_arrivals(target, look->run, attribute_id(look->at, "initiatedEventId")) == 1,
               "it never arrived there");
}

static void check_undelivered(struct look *look)
{
    int64_t id = attribute_id(look->at, "initiatedEventId");

    if (id)
        demand(look, count_all_arrivals(look, look->run, id) == 0, "it arrived");
}

static void check_sent(struct look *look)
{
    if (!is_closed(look->run))
        demand(look, find_about(look->run, look->at->id, (enum event_type)0) != NULL,
               "its sender does not know what became of it");
}

/* ---- all of it ---- */

static void check_event(struct look *look)
{
    switch ((int)look->at->type) {
    case EVENT_WORKFLOW_EXECUTION_STARTED:
        check_parent(look);
        if (is_continuation(look->run))
            check_continuation(look);
        break;
    case EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
        check_continued(look);
        break;
    case EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
        check_initiated_child(look);
        break;
    case EVENT_CHILD_WORKFLOW_EXECUTION_STARTED:
        check_child_started(look);
        break;
    case EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
    case EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
        check_sent(look);
        break;
    case EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED:
    case EVENT_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
        check_delivered(look);
        break;
    case EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED:
    case EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED:
        check_undelivered(look);
        break;
    }
    if (reported_by(look->at->type))
        check_child_ended(look);
    if (is_policy_end(look->at) || is_policy_cancel(look->at))
        check_policy_event(look);
    else if (attribute_names(look->at, "externalWorkflowExecution"))
        check_received(look);
}

/* The run must be closed before another one of its workflow begins. */
static void check_alone(struct look *look)
{
    for (size_t i = 0; i < look->count; i++) {
        const struct told_run *other = &look->runs[i];

        if (other == look->run || !bytes_equal(other->workflow_id, look->run->workflow_id) ||
            !bytes_equal(other->domain, look->run->domain))
            continue;
        demand(look, is_closed(other) || is_closed(look->run), "two runs of it are open");
        demand(look,
               !instant_before(first_of(look->run)->timestamp, first_of(other)->timestamp) ||
                   (is_closed(look->run) &&
                    !instant_before(first_of(other)->timestamp, last_of(look->run)->timestamp)),
               "it was open when the next run began");
    }
}

bool histories_agree(const struct told_run *runs, size_t count, bool complete, struct text *problem)
{
    struct look look = { .runs = runs, .count = count, .complete = complete, .problem = problem };

    for (size_t i = 0; i < count && !look.broken; i++) {
        look.run = &runs[i];
        look.at = first_of(look.run);
        check_alone(&look);
        for (size_t j = 0; j < look.run->count && !look.broken; j++) {
            look.at = &look.run->events[j];
            check_event(&look);
        }
    }
    return !look.broken;
}
