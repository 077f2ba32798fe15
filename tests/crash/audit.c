#include "audit.h"

#include "history/attribute.h"
#include "history/check.h"

struct auditor {
    struct ledger *ledger;
    struct caller caller;
    struct random_sequence *random;
    struct audit_sum sum;

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

/* The text that an event of this kind of note carries; absent when it is of another kind. */
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
        return event->workflow_execution_signaled->signal_name;
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

    for (size_t i = 0; i < auditor->count; i++)
        made += attribute_id(&auditor->events[i], "decisionTaskCompletedEventId") ==
                completed_event_id;
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

/* Cancel requests carry nothing that tells them apart. */
static void check_cancels(struct auditor *auditor)
{
    size_t least = 0, most = 0, there = 0;

    for (const struct note *note = auditor->run->notes; note; note = note->next) {
        least += note->kind == NOTE_CANCEL && note->outcome == DONE;
        most += note->kind == NOTE_CANCEL && note->outcome != REFUSED;
    }
    for (size_t i = 0; i < auditor->count; i++)
        there += auditor->events[i].type == EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED;
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

/* ---- one run */

#define LOOKS_MAX 50
#define PROBLEM_BYTES_MAX ((size_t)256 << 10)

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

/* A history, and the same that Describe says; what is wrong in `problem`. */
static bool check_history(struct auditor *auditor, const struct workflow_execution_detail *detail,
                          struct history_sum *sum, struct text *problem)
{
    struct history history = history_whole(auditor->events, auditor->count);

    return history_check(&history, sum, &auditor->caller.arena, problem) &&
           history_sum_agrees(sum, detail, problem);
}

static bool audit_history(struct auditor *auditor, const struct workflow_execution_detail *detail,
                          struct history_sum *sum)
{
    struct text problem;
    bool ok;

    text_init(&problem, PROBLEM_BYTES_MAX);
    ok = check_history(auditor, detail, sum, &problem);
    if (!ok)
        COMPLAIN(auditor, "%.*s", BYTES_FMT(text_bytes(&problem)));
    text_deinit(&problem);
    return ok;
}

static void audit_run(struct auditor *auditor, struct run *run)
{
    struct history_sum sum;

    caller_reset(&auditor->caller);
    auditor->run = run;
    const struct workflow_execution_detail *detail = read_run(auditor);
    if (!detail) {
        COMPLAIN(auditor, "cannot be read: %.*s %s", BYTES_FMT(auditor->caller.reply.fault),
                 client_problem(auditor->caller.client));
        return;
    }
    if (!audit_history(auditor, detail, &sum))
        return;
    check_notes(auditor);
    check_cancels(auditor);
    check_heartbeats(auditor);
    run->settled = !sum.is_open;
    run->closed |= !sum.is_open;
    run->dirty = false;
    auditor->sum.runs++;
    auditor->sum.events += auditor->count;
    auditor->sum.open += sum.is_open;
}

static void audit_runs(struct auditor *auditor, enum audit_scope scope)
{
    struct ledger *ledger = auditor->ledger;

    for (size_t i = 0; i < ledger->workflow_count; i++) {
        struct workflow *workflow = ledger->workflows[i];
        for (size_t j = 0; j < workflow->run_count; j++) {
            struct run *run = &workflow->runs[j];
            bool spot_check = random_below(auditor->random, ledger->workflow_count) < 10;
            if (scope == AUDIT_ALL || run->dirty || !run->settled || spot_check)
                audit_run(auditor, run);
        }
    }
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

static void audit_registered(struct auditor *auditor, struct registered *registered)
{
    struct registration found = { REGISTRATION_STATUS_ABSENT, BYTES_ABSENT };

    caller_reset(&auditor->caller);
    bool known = find_registration(auditor, registered, &found);
    check_fact(auditor, registered, &registered->outcome, known, "registered");
    check_fact(auditor, registered, &registered->deprecated,
               found.status == REGISTRATION_STATUS_DEPRECATED, "deprecated");
    if (known && !bytes_equal(found.description, registered->name))
        ledger_complain(auditor->ledger, "%.*s has another description",
                        BYTES_FMT(registered->name));
}

static void audit_registry(struct auditor *auditor, enum audit_scope scope)
{
    struct ledger *ledger = auditor->ledger;

    for (size_t i = 0; i < ledger->registered_count; i++) {
        struct registered *registered = &ledger->registered[i];
        bool is_new = registered->outcome == UNKNOWN || registered->deprecated == UNKNOWN;
        if (scope == AUDIT_ALL || is_new ||
            random_below(auditor->random, ledger->registered_count) < 10)
            audit_registered(auditor, registered);
    }
}

struct audit_sum audit(struct ledger *ledger, const char *endpoint, enum audit_scope scope,
                       struct random_sequence *random)
{
    struct auditor auditor = { .ledger = ledger, .random = random };

    caller_init(&auditor.caller, endpoint);
    audit_runs(&auditor, scope);
    audit_registry(&auditor, scope);
    if (auditor.caller.problem[0])
        ledger_complain(ledger, "%s", auditor.caller.problem);
    caller_deinit(&auditor.caller);
    return auditor.sum;
}
