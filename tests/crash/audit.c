#include "audit.h"

#include "census.h"
#include "history/attribute.h"
#include "judged.h"

struct auditor {
    struct ledger *ledger;
    struct caller caller;
    struct random_sequence *random;
    struct audit_sum sum;
    struct census census;
    size_t with_tag; /* runs seen that have CHILD_TAG */
    size_t calls;    /* of functions */

    /* The run that is looked at. */
    struct run *run;
    const struct event *events;
    size_t count;
};

#define COMPLAIN(auditor, format, ...)                              \
    ledger_complain((auditor)->ledger, "run %.*s of %.*s: " format, \
                    BYTES_FMT((auditor)->run->names.run_id),        \
                    BYTES_FMT((auditor)->run->names.workflow_id), __VA_ARGS__)

/* ---- where the text of a note stands in a history */

/* The text that an event of this kind of note carries; absent when it is of another kind, or nobody
 * outside asked for it. */
static struct bytes text_in(const struct event *event, enum note_kind kind)
{
    if (kind == NOTE_DECISION_TASK && event->type == EVENT_DECISION_TASK_STARTED)
        return event->decision_task_started->identity;
    if (kind == NOTE_ACTIVITY_TASK && event->type == EVENT_ACTIVITY_TASK_STARTED)
        return event->activity_task_started->identity;
    if (kind == NOTE_DECISIONS && event->type == EVENT_DECISION_TASK_COMPLETED)
        return event->decision_task_completed->execution_context;
    if (kind == NOTE_COMPLETED && event->type == EVENT_ACTIVITY_TASK_COMPLETED)
        return event->activity_task_completed->result;
    if (kind == NOTE_FAILED && event->type == EVENT_ACTIVITY_TASK_FAILED)
        return event->activity_task_failed->details;
    if (kind == NOTE_SIGNAL && event->type == EVENT_WORKFLOW_EXECUTION_SIGNALED)
        return event->workflow_execution_signaled->external_workflow_execution
                   ? BYTES_ABSENT /* of a workflow: the agreement of histories is what tells */
                   : event->workflow_execution_signaled->signal_name;
    if (kind == NOTE_TERMINATE && event->type == EVENT_WORKFLOW_EXECUTION_TERMINATED)
        return event->workflow_execution_terminated->reason;
    return BYTES_ABSENT;
}

/* How many events carry the note's text; the last of them in *found. */
static unsigned find_text(const struct auditor *auditor, const struct note *note,
                          const struct event **found)
{
    unsigned times = 0;

    for (size_t i = 0; i < auditor->count; i++) {
        struct bytes text = text_in(&auditor->events[i], note->kind);
        if (bytes_is_absent(text) || !bytes_equal(text, note->text))
            continue;
        *found = &auditor->events[i];
        times++;
    }
    return times;
}

/* ---- one note */

static int64_t task_of(const struct event *event, enum note_kind kind)
{
    if (kind == NOTE_DECISION_TASK || kind == NOTE_ACTIVITY_TASK)
        return event->id;
    return attribute_id(event, "startedEventId");
}

static size_t decisions_made(const struct auditor *auditor, int64_t completed_event_id)
{
    size_t made = 0;

    /* What could not be done after all names the decision as well, and its Initiated event. */
    for (size_t i = 0; i < auditor->count; i++)
        made += attribute_id(&auditor->events[i], "decisionTaskCompletedEventId") ==
                    completed_event_id &&
                attribute_id(&auditor->events[i], "initiatedEventId") <= 0;
    return made;
}

static void check_found(struct auditor *auditor, const struct note *note, const struct event *event)
{
    if (note->started_event_id && note->started_event_id != task_of(event, note->kind))
        COMPLAIN(auditor, "%.*s was about the task of event %lld and stands in event %lld",
                 BYTES_FMT(note->text), (long long)note->started_event_id, (long long)event->id);
    if (note->kind == NOTE_DECISIONS && decisions_made(auditor, event->id) != note->decisions)
        COMPLAIN(auditor, "%.*s made %zu decisions, of which %zu left an event",
                 BYTES_FMT(note->text), note->decisions, decisions_made(auditor, event->id));
}

/* True when the note is in the history. */
static bool check_note(struct auditor *auditor, struct note *note)
{
    const struct event *event = NULL;
    unsigned times = find_text(auditor, note, &event);

    if (times > 1)
        COMPLAIN(auditor, "%.*s is there %u times", BYTES_FMT(note->text), times);
    if (times == 0 && note->outcome == DONE)
        COMPLAIN(auditor, "%.*s was acknowledged and is not there", BYTES_FMT(note->text));
    if (times > 0 && note->outcome == REFUSED)
        COMPLAIN(auditor, "%.*s was refused, or was not there before, and is there",
                 BYTES_FMT(note->text));
    if (times == 1)
        check_found(auditor, note, event);
    ledger_settle(auditor->ledger, &note->outcome, times ? DONE : REFUSED);
    return times > 0;
}

/* ---- nothing that nobody asked for */

static size_t events_like(const struct auditor *auditor, enum note_kind kind)
{
    size_t like = 0;

    for (size_t i = 0; i < auditor->count; i++)
        like += !bytes_is_absent(text_in(&auditor->events[i], kind));
    return like;
}

/* A poll whose answer was lost has started a task that nobody knows of; all else was entered
 * beforehand. */
static bool may_be_unknown(enum note_kind kind)
{
    return kind == NOTE_DECISION_TASK || kind == NOTE_ACTIVITY_TASK;
}

static void check_notes(struct auditor *auditor)
{
    size_t found[NOTE_KINDS] = { 0 };

    for (struct note *note = auditor->run->notes; note; note = note->next)
        if (note->kind != NOTE_CANCEL && note->kind != NOTE_HEARTBEAT)
            found[note->kind] += check_note(auditor, note);
    for (int kind = 0; kind < NOTE_KINDS; kind++) {
        size_t like = events_like(auditor, (enum note_kind)kind);
        if (like != found[kind] && !may_be_unknown((enum note_kind)kind))
            COMPLAIN(auditor, "%zu events of kind %d, of which %zu were asked for", like, kind,
                     found[kind]);
    }
}

/* Of a client, not of another workflow or a child policy. */
static bool is_asked_cancel(const struct event *event)
{
    return event->type == EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED &&
           event->workflow_execution_cancel_requested->external_workflow_execution == NULL;
}

/* Cancel requests carry nothing that tells them apart. */
static void check_cancels(struct auditor *auditor)
{
    size_t least = 0, most = 0, there = 0;

    for (const struct note *note = auditor->run->notes; note; note = note->next) {
        least += note->kind == NOTE_CANCEL && note->outcome == DONE;
        most += note->kind == NOTE_CANCEL && note->outcome != REFUSED;
    }
    for (size_t i = 0; i < auditor->count; i++)
        there += is_asked_cancel(&auditor->events[i]);
    if (there < least || there > most)
        COMPLAIN(auditor, "%zu cancel requests; %zu were acknowledged, %zu sent", there, least,
                 most);
}

/* ---- heartbeats: seen when their activity times out */

/* Could these be the details of the newest heartbeat of that task? Those that were not answered may
 * have happened. */
static bool may_be_newest(const struct auditor *auditor, int64_t started_event_id,
                          struct bytes details)
{
    bool may = bytes_is_absent(details);

    for (const struct note *note = auditor->run->notes; note; note = note->next) {
        if (note->kind != NOTE_HEARTBEAT || note->started_event_id != started_event_id)
            continue;
        if (note->outcome == DONE)
            may = bytes_equal(note->text, details);
        else if (note->outcome == UNKNOWN)
            may = may || bytes_equal(note->text, details);
    }
    return may;
}

static void check_heartbeats(struct auditor *auditor)
{
    for (size_t i = 0; i < auditor->count; i++) {
        if (auditor->events[i].type != EVENT_ACTIVITY_TASK_TIMED_OUT)
            continue;
        const struct activity_task_timed_out_event *timed_out =
            auditor->events[i].activity_task_timed_out;
        if (!may_be_newest(auditor, timed_out->started_event_id, timed_out->details))
            COMPLAIN(auditor,
                     "event %lld has the details '%.*s', not those of the newest heartbeat",
                     (long long)auditor->events[i].id, BYTES_FMT(timed_out->details));
    }
}

/* ---- functions: called once at most, and what they say is written down once at most */

static const struct event *event_about(const struct auditor *auditor, int64_t scheduled_event_id,
                                       enum event_type type)
{
    for (size_t i = 0; i < auditor->count; i++)
        if (auditor->events[i].type == type &&
            attribute_id(&auditor->events[i], "scheduledEventId") == scheduled_event_id)
            return &auditor->events[i];
    return NULL;
}

static void check_function(struct auditor *auditor, const struct event *scheduled)
{
    struct bytes input = scheduled->lambda_function_scheduled->input;
    unsigned calls = functions_count_calls(auditor->ledger->functions, input);
    bool started = event_about(auditor, scheduled->id, EVENT_LAMBDA_FUNCTION_STARTED);
    const struct event *completed = event_about(auditor, scheduled->id,
                                                EVENT_LAMBDA_FUNCTION_COMPLETED);
    const struct event *failed = event_about(auditor, scheduled->id, EVENT_LAMBDA_FUNCTION_FAILED);
    struct bytes answer = completed ? completed->lambda_function_completed->result
                          : failed  ? failed->lambda_function_failed->details
                                    : BYTES_ABSENT;

    auditor->calls += calls;
    if (calls > 1)
        COMPLAIN(auditor, "%.*s was called %u times", BYTES_FMT(input), calls);
    if (calls > 0 && !started)
        COMPLAIN(auditor, "%.*s was called, and nothing says so", BYTES_FMT(input));
    if (calls == 0 && (completed || failed))
        COMPLAIN(auditor, "%.*s was not called, and has answered", BYTES_FMT(input));
    if ((completed || failed) &&
        (function_raises(input) != (failed != NULL) || !function_answers(input, answer)))
        COMPLAIN(auditor, "%.*s is not what it answered to %.*s", BYTES_FMT(answer),
                 BYTES_FMT(input));
}

static void check_functions(struct auditor *auditor)
{
    for (size_t i = 0; i < auditor->count; i++)
        if (auditor->events[i].type == EVENT_LAMBDA_FUNCTION_SCHEDULED)
            check_function(auditor, &auditor->events[i]);
}

/* ---- one run */

#define LOOKS_MAX 50

/* Describe and history of the same moment: nothing may have fallen due in between. */
static const struct workflow_execution_detail *read_run(struct auditor *auditor)
{
    static const int32_t pages[] = { 0, 1000, 7 };
    const struct workflow_execution *names = &auditor->run->names;
    size_t count_before = 0;

    for (int i = 0; i < LOOKS_MAX; i++) {
        struct event *events;
        const struct workflow_execution_detail *detail = caller_describe(&auditor->caller, DOMAIN,
                                                                         names);
        enum outcome outcome = caller_read_history(&auditor->caller, DOMAIN, names,
                                                   pages[random_below(auditor->random, 3)], &events,
                                                   &auditor->count);
        if (!detail || outcome != DONE)
            return NULL;
        auditor->events = events;
        if (auditor->count == count_before)
            return detail;
        count_before = auditor->count;
    }
    return NULL;
}

static const char *what_is_wrong(struct auditor *auditor,
                                 const struct workflow_execution_detail *detail,
                                 struct history_sum *sum)
{
    struct arena *arena = &auditor->caller.arena;
    const char *wrong = judged_history(auditor->events, auditor->count, detail, sum, arena);

    if (!wrong)
        wrong = auditor->run->row ? census_row_differs(auditor->run->row, sum) : "it is in no list";
    return wrong;
}

static bool is_of_policy(const struct event *event)
{
    return (event->type == EVENT_WORKFLOW_EXECUTION_TERMINATED &&
            event->workflow_execution_terminated->cause ==
                WORKFLOW_EXECUTION_TERMINATED_CAUSE_CHILD_POLICY_APPLIED) ||
           (event->type == EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED &&
            event->workflow_execution_cancel_requested->cause ==
                WORKFLOW_EXECUTION_CANCEL_REQUESTED_CAUSE_CHILD_POLICY_APPLIED);
}

static void sum_up(struct auditor *auditor, const struct history_sum *sum)
{
    struct bytes_list tags = sum->start->tag_list;

    auditor->run->settled = !sum->is_open;
    auditor->run->closed |= !sum->is_open;
    auditor->run->dirty = false;
    auditor->sum.runs++;
    auditor->sum.events += auditor->count;
    auditor->sum.open += sum->is_open;
    for (size_t i = 0; i < auditor->count; i++) {
        auditor->sum.seen[auditor->events[i].type]++;
        auditor->sum.policies += is_of_policy(&auditor->events[i]);
    }
    auditor->with_tag += tags.count > 0 && bytes_equal(tags.items[0], CHILD_TAG);
}

/* False when there is a complaint. Its events stay until the next family. */
static bool audit_run(struct auditor *auditor, struct run *run, struct told_run *told)
{
    struct history_sum sum;

    auditor->run = run;
    const struct workflow_execution_detail *detail = read_run(auditor);
    if (!detail) {
        COMPLAIN(auditor, "cannot be read: %.*s %s", BYTES_FMT(auditor->caller.reply.fault),
                 client_problem(auditor->caller.client));
        return false;
    }
    const char *wrong = what_is_wrong(auditor, detail, &sum);
    if (wrong) {
        COMPLAIN(auditor, "%s", wrong);
        return false;
    }
    check_notes(auditor);
    check_cancels(auditor);
    check_heartbeats(auditor);
    check_functions(auditor);
    sum_up(auditor, &sum);
    *told = (struct told_run){ DOMAIN, run->names.workflow_id, run->names.run_id, auditor->events,
                               auditor->count };
    return true;
}

/* ---- a family */

/* A start makes one run at most, and one at least when it was acknowledged; all others were started
 * by a parent or go on where another ended. */
static void check_starts(struct auditor *auditor, const struct workflow *workflow,
                         const struct told_run *told, size_t count)
{
    size_t begun = 0;

    for (size_t i = 0; i < count; i++) {
        const struct workflow_execution_started_event *start =
            told[i].events[0].workflow_execution_started;
        begun += start->continued_execution_run_id.len == 0 && !start->parent_workflow_execution;
    }
    if (begun < workflow->done || begun > workflow->done + workflow->unknown)
        ledger_complain(
            auditor->ledger,
            "workflow %.*s began %zu times; %u starts were acknowledged, %u not answered",
            BYTES_FMT(workflow->id), begun, workflow->done, workflow->unknown);
}

static size_t count_runs(const struct workflow *workflow)
{
    size_t count = 0;

    for (const struct run *run = workflow->runs; run; run = run->next)
        count++;
    return count;
}

static void audit_family(struct auditor *auditor, struct workflow *workflow)
{
    size_t count = count_runs(workflow), at = 0;
    struct text problem;

    caller_reset(&auditor->caller);
    struct told_run *told = arena_array(&auditor->caller.arena, struct told_run, count + 1);
    for (struct run *run = workflow->runs; run; run = run->next)
        if (!audit_run(auditor, run, &told[at++]))
            return;
    check_starts(auditor, workflow, told, count);
    text_init(&problem, 1024);
    if (!histories_agree(told, count, true, &problem))
        ledger_complain(auditor->ledger, "the family of %.*s: %.*s", BYTES_FMT(workflow->id),
                        BYTES_FMT(text_bytes(&problem)));
    text_deinit(&problem);
}

static bool is_worth_a_look(const struct auditor *auditor, const struct workflow *workflow)
{
    for (const struct run *run = workflow->runs; run; run = run->next)
        if (run->dirty || !run->settled)
            return true;
    return random_below(auditor->random, auditor->ledger->workflow_count) < 5;
}

static void audit_families(struct auditor *auditor, enum audit_scope scope)
{
    struct ledger *ledger = auditor->ledger;

    for (size_t i = 0; i < ledger->workflow_count; i++)
        if (scope == AUDIT_ALL || is_worth_a_look(auditor, ledger->workflows[i]))
            audit_family(auditor, ledger->workflows[i]);
}

/* ---- lists and counts */

/* The longest chain of messages: a close, its policy, theirs, their closes, and what they report.
 */
#define SETTLING_TURNS 16

static void audit_lists(struct auditor *auditor)
{
    struct census *census = &auditor->census;

    census_let_settle(&auditor->caller, DOMAIN, SETTLING_TURNS);
    if (!census_list(census, &auditor->caller)) {
        ledger_complain(auditor->ledger, "%s", census->problem);
        return;
    }
    for (size_t i = 0; i < census->count; i++) {
        struct workflow_execution names = { census->rows[i].workflow_id, census->rows[i].run_id };
        struct run *run = ledger_find_run(auditor->ledger, &names);
        if (run)
            run->row = &census->rows[i];
    }
    if (auditor->ledger->run_count != census->count)
        ledger_complain(auditor->ledger, "%zu runs are known, %zu listed",
                        auditor->ledger->run_count, census->count);
}

static size_t count_with_tag(struct auditor *auditor)
{
    static const struct instant beginning = { 0 };
    static const struct execution_time_filter ever = { .oldest_date = &beginning };
    static const struct tag_filter tag = { CHILD_TAG };
    struct count_closed_workflow_executions_input closed = { .domain = DOMAIN,
                                                             .start_time_filter = &ever,
                                                             .tag_filter = &tag };
    struct count_open_workflow_executions_input open = { .domain = DOMAIN,
                                                         .start_time_filter = &ever,
                                                         .tag_filter = &tag };
    const struct workflow_execution_count *count;
    size_t sum = 0;

    caller_reset(&auditor->caller);
    if (caller_call(&auditor->caller, OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS, &closed) ==
        DONE) {
        count = auditor->caller.reply.output;
        sum += (size_t)count->count;
    }
    if (caller_call(&auditor->caller, OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS, &open) == DONE) {
        count = auditor->caller.reply.output;
        sum += (size_t)count->count;
    }
    return sum;
}

/* What only a look at everything tells. Functions may be called while it is made. */
static void check_sums(struct auditor *auditor, size_t calls_before)
{
    size_t tagged = count_with_tag(auditor);
    size_t calls = functions_count_all(auditor->ledger->functions);

    if (tagged != auditor->with_tag)
        ledger_complain(auditor->ledger, "%zu runs have the tag, %zu are counted with it",
                        auditor->with_tag, tagged);
    if (auditor->calls < calls_before || auditor->calls > calls)
        ledger_complain(auditor->ledger, "functions were called %zu times, by their tasks %zu",
                        calls, auditor->calls);
}

/* ---- the registry */

struct registration {
    enum registration_status status;
    struct bytes description;
};

/* What Describe says of it; false when it does not know it. */
static bool find_registration(struct auditor *auditor, const struct registered *registered,
                              struct registration *out)
{
    struct caller *caller = &auditor->caller;
    struct workflow_type workflow_type = { registered->name, BYTES("1") };
    struct activity_type activity_type = { registered->name, BYTES("1") };
    struct describe_domain_input domain = { .name = registered->name };
    struct describe_workflow_type_input workflow = { DOMAIN, &workflow_type };
    struct describe_activity_type_input activity = { DOMAIN, &activity_type };

    if (registered->how == OPERATION_REGISTER_DOMAIN) {
        if (caller_call(caller, OPERATION_DESCRIBE_DOMAIN, &domain) != DONE)
            return false;
        const struct domain_info *info =
            ((const struct domain_detail *)caller->reply.output)->domain_info;
        *out = (struct registration){ info->status, info->description };
    } else if (registered->how == OPERATION_REGISTER_WORKFLOW_TYPE) {
        if (caller_call(caller, OPERATION_DESCRIBE_WORKFLOW_TYPE, &workflow) != DONE)
            return false;
        const struct workflow_type_info *info =
            ((const struct workflow_type_detail *)caller->reply.output)->type_info;
        *out = (struct registration){ info->status, info->description };
    } else {
        if (caller_call(caller, OPERATION_DESCRIBE_ACTIVITY_TYPE, &activity) != DONE)
            return false;
        const struct activity_type_info *info =
            ((const struct activity_type_detail *)caller->reply.output)->type_info;
        *out = (struct registration){ info->status, info->description };
    }
    return true;
}

/* What is UNKNOWN becomes what it is; what is known must be so. */
static void check_fact(struct auditor *auditor, struct registered *registered, enum outcome *entry,
                       bool is_so, const char *what)
{
    if ((*entry == DONE && !is_so) || (*entry == REFUSED && is_so))
        ledger_complain(auditor->ledger, "%.*s should%s be %s", BYTES_FMT(registered->name),
                        *entry == DONE ? "" : " not", what);
    *entry = is_so ? DONE : REFUSED;
}

static bool has_tag(struct auditor *auditor, const struct registered *registered)
{
    struct list_tags_for_resource_input input = {
        .resource_arn = arena_printf(&auditor->caller.arena, DOMAIN_ARN "%.*s",
                                     BYTES_FMT(registered->name)),
    };
    enum outcome outcome = caller_call(&auditor->caller, OPERATION_LIST_TAGS_FOR_RESOURCE, &input);

    return outcome == DONE &&
           ((const struct list_tags_for_resource_output *)auditor->caller.reply.output)->tags.count;
}

/* What was restored or deleted had been deprecated. */
static void check_status(struct auditor *auditor, struct registered *registered,
                         enum registration_status status)
{
    if (registered->restored != REFUSED)
        check_fact(auditor, registered, &registered->restored,
                   status == REGISTRATION_STATUS_REGISTERED, "undeprecated");
    else
        check_fact(auditor, registered, &registered->deprecated,
                   status == REGISTRATION_STATUS_DEPRECATED, "deprecated");
}

static void audit_registered(struct auditor *auditor, struct registered *registered)
{
    struct registration found = { REGISTRATION_STATUS_ABSENT, BYTES_ABSENT };

    caller_reset(&auditor->caller);
    bool known = find_registration(auditor, registered, &found);
    if (registered->deleted != REFUSED)
        check_fact(auditor, registered, &registered->deleted, !known, "deleted");
    else
        check_fact(auditor, registered, &registered->outcome, known, "registered");
    if (!known)
        return;
    check_status(auditor, registered, found.status);
    if (registered->how == OPERATION_REGISTER_DOMAIN)
        check_fact(auditor, registered, &registered->tagged, has_tag(auditor, registered),
                   "tagged");
    if (!bytes_equal(found.description, registered->name))
        ledger_complain(auditor->ledger, "%.*s has another description",
                        BYTES_FMT(registered->name));
}

static bool is_unknown(const struct registered *registered)
{
    return registered->outcome == UNKNOWN || registered->deprecated == UNKNOWN ||
           registered->restored == UNKNOWN || registered->deleted == UNKNOWN ||
           registered->tagged == UNKNOWN;
}

static void audit_registry(struct auditor *auditor, enum audit_scope scope)
{
    struct ledger *ledger = auditor->ledger;

    for (size_t i = 0; i < ledger->registered_count; i++) {
        struct registered *registered = &ledger->registered[i];
        if (scope == AUDIT_ALL || is_unknown(registered) ||
            random_below(auditor->random, ledger->registered_count) < 10)
            audit_registered(auditor, registered);
    }
}

struct audit_sum audit(struct ledger *ledger, const char *endpoint, enum audit_scope scope,
                       struct random_sequence *random)
{
    struct auditor auditor = { .ledger = ledger, .random = random };

    size_t calls_before = functions_count_all(ledger->functions);

    caller_init(&auditor.caller, endpoint);
    census_init(&auditor.census, DOMAIN);
    audit_lists(&auditor);
    if (ledger_is_content(ledger))
        audit_families(&auditor, scope);
    audit_registry(&auditor, scope);
    if (scope == AUDIT_ALL)
        check_sums(&auditor, calls_before);
    if (auditor.caller.problem[0])
        ledger_complain(ledger, "%s", auditor.caller.problem);
    census_deinit(&auditor.census);
    caller_deinit(&auditor.caller);
    return auditor.sum;
}
