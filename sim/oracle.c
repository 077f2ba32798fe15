/*
 * One turn, looked at from outside. Calls and transactions are gone through side by side: a call is
 * put at the earliest place at which its answer is right, and what lies before that place must be
 * explained without it.
 */
#include "oracle_inner.h"
#include "agreement.h"
#include <stdarg.h>
#include <stdio.h>

#define ARENA_BYTES_MAX ((size_t)4 << 30)
#define TEXT_BYTES_MAX ((size_t)64 << 20)

struct oracle *oracle_new(const struct oracle_rules *rules)
{
    struct oracle *oracle = memory_new(sizeof(*oracle));

    arena_init(&oracle->arena, "oracle", ARENA_BYTES_MAX);
    arena_init(&oracle->scratch, "oracle scratch", ARENA_BYTES_MAX);
    text_init(&oracle->text, TEXT_BYTES_MAX);
    text_init(&oracle->complaint, TEXT_BYTES_MAX);
    oracle->rules = *rules;
    oracle->json = json_reader_new();
    return oracle;
}

static void forget_waiters(struct oracle *oracle)
{
    while (oracle->waiters)
        poll_forget(oracle, oracle->waiters);
}

void oracle_free(struct oracle *oracle)
{
    forget_waiters(oracle);
    rates_forget(oracle);
    while (oracle->owed) {
        struct owed *owed = oracle->owed;

        oracle->owed = owed->next;
        memory_free(owed);
    }
    map_deinit(&oracle->handed);
    json_reader_free(oracle->json);
    text_deinit(&oracle->text);
    text_deinit(&oracle->complaint);
    memory_free(oracle->runs);
    arena_deinit(&oracle->scratch);
    arena_deinit(&oracle->arena);
    memory_free(oracle);
}

/* ---- complaining */

/* The first complaint is the one that counts. */
bool complain(struct oracle *oracle, const char *format, ...)
{
    char line[1024];
    va_list arguments;

    if (oracle->failed)
        return false;
    oracle->failed = true;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    text_printf(&oracle->complaint, "%s\n", line);
    return false;
}

void complain_history(struct oracle *oracle, const struct oracle_run *run)
{
    text_printf(&oracle->complaint, "history of run %llu, %.*s %.*s:\n",
                (unsigned long long)run->key.run, BYTES_FMT(run->workflow_id),
                BYTES_FMT(run->run_id));
    for (size_t i = 0; i < run->count; i++)
        text_printf(&oracle->complaint, "    %.*s\n", BYTES_FMT(run->texts[i]));
}

static void complain_step(struct oracle *oracle, const struct seen_step *step)
{
    struct oracle_run *run = run_find(oracle, step->key.run);

    text_printf(&oracle->complaint, "transaction of run %llu%s:\n",
                (unsigned long long)step->key.run, step->opens ? ", a new one" : "");
    for (size_t i = 0; i < step->count; i++)
        text_printf(&oracle->complaint, "    %.*s\n", BYTES_FMT(step->texts[i]));
    if (run)
        complain_history(oracle, run);
}

static void complain_call(struct oracle *oracle, const struct seen_call *call)
{
    text_printf(&oracle->complaint, "call %llu of %s, %012llu: %s ",
                (unsigned long long)call->number, rights_names[call->caller.rights],
                (unsigned long long)call->caller.account,
                operation_names[call->request->operation]);
    encode_request(&oracle->complaint, call->request);
    if (!call->is_answered)
        text_append_cstr(&oracle->complaint, "\nnot answered\n");
    else if (fault_is_none(call->fault))
        text_printf(&oracle->complaint, "\nanswered %.*s\n", BYTES_FMT(call->reply));
    else
        text_printf(&oracle->complaint, "\nanswered %s \"%.*s\"\n",
                    fault_kinds[call->fault.code].name, BYTES_FMT(call->fault.message));
}

static void complain_outcome(struct oracle *oracle, const struct seen_call *call,
                             const struct outcome *expected)
{
    if (!fault_is_none(expected->fault)) {
        text_printf(&oracle->complaint, "expected %s \"%.*s\"\n",
                    fault_kinds[expected->fault.code].name, BYTES_FMT(expected->fault.message));
        return;
    }
    for (size_t i = 0; i < expected->events.count; i++) {
        text_append_cstr(&oracle->complaint, "expected event ");
        encode_event(&oracle->complaint, &expected->events.items[i]);
        text_append_char(&oracle->complaint, '\n');
    }
    if (expected->output) {
        text_append_cstr(&oracle->complaint, "expected ");
        encode_reply(&oracle->complaint, call->request->operation, expected->output);
        text_append_char(&oracle->complaint, '\n');
    }
}

bool oracle_object(struct oracle *oracle, const char *what, struct bytes detail)
{
    complain(oracle, "%s", what);
    text_printf(&oracle->complaint, "%.*s\n", BYTES_FMT(detail));
    return false;
}

bool oracle_refused(struct oracle *oracle, struct bytes body, struct fault fault)
{
    complain(oracle, "a request was %s: %.*s",
             fault_is_none(fault) ? "taken that should be refused" : "refused that is fine",
             BYTES_FMT(fault.message));
    text_printf(&oracle->complaint, "%.*s\n", BYTES_FMT(body));
    return false;
}

void oracle_stopping(struct oracle *oracle)
{
    oracle->stopping = true;
}

struct bytes oracle_complaint(const struct oracle *oracle)
{
    return text_bytes(&oracle->complaint);
}

/* ---- transactions that no call of this turn makes */

/* A history that passed its limit ends. */
static bool explain_limit(struct oracle *oracle, struct oracle_run *run,
                          const struct seen_step *step)
{
    uint32_t limit = oracle->rules.limits.history_events;
    struct workflow_execution_terminated_event *says;
    struct event_list list;

    if (!limit || !run->is_open || run->count <= limit)
        return false;
    foretell(oracle, run, &list);
    says = attributes_new(&list, struct workflow_execution_terminated_event);
    says->child_policy = run->says->child_policy;
    says->cause = WORKFLOW_EXECUTION_TERMINATED_CAUSE_EVENT_LIMIT_EXCEEDED;
    event_list_add(&list, EVENT_WORKFLOW_EXECUTION_TERMINATED, says);
    if (!is_foretold(oracle, step, &list))
        return false;
    run_apply(oracle, run, step);
    return true;
}

/* Time goes with the turns, and a run follows its last event. */
static bool step_is_in_order(struct oracle *oracle, const struct seen_step *step)
{
    const struct oracle_run *run = run_find(oracle, step->key.run);

    if (step->opens ? run != NULL || step->first != 1
                    : run == NULL || step->first != (int64_t)run->count + 1 || !run->is_open)
        return complain(oracle, "run %llu: a transaction at the wrong place (event %lld)",
                        (unsigned long long)step->key.run, (long long)step->first);
    for (size_t i = 0; i < step->count; i++)
        if (step->events[i].timestamp.ms != oracle->now.ms ||
            step->events[i].id != step->first + (int64_t)i)
            return complain(oracle, "run %llu: event %lld has a wrong time or id",
                            (unsigned long long)step->key.run, (long long)step->events[i].id);
    return true;
}

static bool explain(struct oracle *oracle, const struct seen_step *step)
{
    struct oracle_run *run = run_find(oracle, step->key.run);

    arena_reset(&oracle->scratch);
    if (!step_is_in_order(oracle, step))
        return false;
    if (run && explain_due(oracle, run, step)) {
        run_apply(oracle, run, step);
        return true;
    }
    if (run && explain_limit(oracle, run, step))
        return true;
    if (run && !nothing_is_late(oracle, run))
        return false;
    return explain_owed(oracle, run, step) ||
           (run && !oracle->failed && explain_handout(oracle, run, step));
}

/* ---- calls */

static bool is_plain_poll(const struct request *request)
{
    return request->operation == OPERATION_POLL_FOR_ACTIVITY_TASK ||
           (request->operation == OPERATION_POLL_FOR_DECISION_TASK &&
            request->poll_for_decision_task->next_page_token.len == 0);
}

static struct bytes identity_of(const struct request *poll)
{
    return poll->operation == OPERATION_POLL_FOR_ACTIVITY_TASK
               ? poll->poll_for_activity_task->identity
               : poll->poll_for_decision_task->identity;
}

static struct bytes started_by(const struct event *event)
{
    if (event->type == EVENT_DECISION_TASK_STARTED)
        return event->decision_task_started->identity;
    return event->type == EVENT_ACTIVITY_TASK_STARTED ? event->activity_task_started->identity
                                                      : BYTES_ABSENT;
}

static bool was_given_something(const struct oracle *oracle, struct bytes identity)
{
    for (size_t i = 0; i < oracle->turn->step_count; i++)
        if (bytes_equal(started_by(&oracle->turn->steps[i].events[0]), identity))
            return true;
    return false;
}

static bool fault_is(const struct fault *wanted, const struct fault *seen)
{
    return wanted->code == seen->code &&
           (bytes_is_absent(wanted->message) || bytes_equal(wanted->message, seen->message));
}

static bool has_begun(const struct oracle *oracle, struct bytes workflow_id)
{
    for (size_t i = 0; i < oracle->turn->step_count; i++)
        if (oracle->turn->steps[i].opens &&
            bytes_equal(oracle->turn->steps[i].names.workflow_id, workflow_id))
            return true;
    return false;
}

/* The workflow that a call names, when it need not name a run; absent for other calls. */
static struct bytes workflow_of(const struct request *request)
{
    switch (request->operation) {
    case OPERATION_START_WORKFLOW_EXECUTION:
        return request->start_workflow_execution->workflow_id;
    case OPERATION_SIGNAL_WORKFLOW_EXECUTION:
        return request->signal_workflow_execution->workflow_id;
    case OPERATION_REQUEST_CANCEL_WORKFLOW_EXECUTION:
        return request->request_cancel_workflow_execution->workflow_id;
    case OPERATION_TERMINATE_WORKFLOW_EXECUTION:
        return request->terminate_workflow_execution->workflow_id;
    default:
        return BYTES_ABSENT;
    }
}

/* Nobody knows what it would have been answered. A fault is believed, unless what happened in the
 * turn speaks for something else. */
static bool unknown_agrees(const struct oracle *oracle, const struct seen_call *call,
                           const struct outcome *expected)
{
    if (fault_is_none(expected->fault))
        return true;
    if (is_plain_poll(call->request))
        return !was_given_something(oracle, identity_of(call->request));
    return !has_begun(oracle, workflow_of(call->request));
}

/* Is the answer the one that is expected here? What died before it answered could have answered
 * anything; what lives and does not answer lets the call wait. */
static bool answer_agrees(struct oracle *oracle, const struct seen_call *call,
                          const struct outcome *expected)
{
    if (!call->is_answered && oracle->turn->died)
        return unknown_agrees(oracle, call, expected);
    if (!call->is_answered)
        return expected->waits && fault_is_none(expected->fault);
    if (oracle->turn->died && expected->waits && call->fault.code == FAULT_LIMIT_EXCEEDED)
        return true; /* which polls waited before it cannot be known */
    if (oracle->turn->died && call->fault.code == FAULT_THROTTLING)
        return true; /* nor how many tokens those took that were not answered */
    if (!fault_is_none(expected->fault))
        return fault_is(&expected->fault, &call->fault);
    if (!fault_is_none(call->fault))
        return false;
    if (expected->is_read_later || expected->waits)
        return true;
    return reply_is(oracle, call, expected->output);
}

static bool step_agrees(struct oracle *oracle, const struct outcome *expected,
                        const struct seen_step *step)
{
    if (step == NULL)
        return false;
    if (expected->opens ? !step->opens
                        : step->opens || run_find(oracle, step->key.run) != expected->run)
        return false;
    return is_foretold(oracle, step, &expected->events);
}

/* True when the call is right at this place. */
static bool call_fits(struct oracle *oracle, struct seen_call *call, const struct seen_step *step,
                      struct outcome *expected)
{
    if (!answer_agrees(oracle, call, expected))
        return false;
    if (!fault_is_none(expected->fault) || expected->events.count == 0)
        return true;
    return step_agrees(oracle, expected, step);
}

/* A start while there is little space. */
static bool is_refused_for_space(const struct oracle *oracle, const struct seen_call *call)
{
    if (!oracle->turn->is_short_of_space ||
        call->request->operation != OPERATION_START_WORKFLOW_EXECUTION)
        return false;
    return call->is_answered
               ? call->fault.code == FAULT_SERVICE_UNAVAILABLE
               : !has_begun(oracle, call->request->start_workflow_execution->workflow_id);
}

/* What the call changes. The number of steps that it takes. */
static size_t call_apply(struct oracle *oracle, struct seen_call *call,
                         const struct seen_step *step, const struct outcome *expected)
{
    struct oracle_run *run;

    oracle->checks++;
    if (expected->has_price)
        rate_take(oracle, expected->price);
    if (!fault_is_none(expected->fault) || !fault_is_none(call->fault))
        return 0;
    if (expected->page)
        handed_add(oracle, expected->page);
    call->reads_later = expected->is_read_later;
    if (expected->waits) {
        poll_wait(oracle, call);
        call->waits->is_ended = oracle->turn->died && !call->is_answered &&
                                !was_given_something(oracle, call->waits->identity);
    }
    if (expected->effect)
        expected->effect(oracle, call->request, expected->subject);
    if (expected->events.count == 0)
        return 0;
    run = expected->opens ? run_add(oracle, step, (struct oracle_domain *)(void *)expected->subject)
                          : expected->run;
    if (!expected->opens && !nothing_is_late(oracle, run))
        return 1;
    if (call->request->operation == OPERATION_RESPOND_DECISION_TASK_COMPLETED)
        rate_take_decisions(oracle, call->caller.account, step);
    run_apply(oracle, run, step);
    return 1;
}

/* What the call is told before anybody looks at what it is about: it comes too fast, its caller may
 * not make it, it is not right in itself. */
static struct fault refusal_of(struct oracle *oracle, const struct seen_call *call)
{
    struct bucket_key key = { .account = call->caller.account,
                              .operation = call->request->operation };
    struct fault fault;

    if (rate_left(oracle, key) == 0)
        return rate_exceeded();
    rate_take(oracle, key);
    fault = access_fault(oracle, call);
    if (fault_is_none(fault) && call->breaks_rules)
        fault = fault_of(FAULT_VALIDATION, BYTES_ABSENT);
    return fault;
}

static struct outcome expect(struct oracle *oracle, struct seen_call *call, struct fault refusal,
                             const struct seen_step *step)
{
    struct outcome expected = { .fault = refusal };

    arena_reset(&oracle->scratch);
    if (fault_is_none(refusal))
        ensure(calls_expect(oracle, call, step, &expected));
    return expected;
}

/* Puts the call in its place; *next moves on over the transactions that come before it, and its
 * own. */
static bool place_call(struct oracle *oracle, struct seen_call *call, size_t *next)
{
    const struct seen_turn *turn = oracle->turn;
    struct fault refusal;

    oracle->account = call->caller.account;
    refusal = refusal_of(oracle, call);
    if (fault_is_none(refusal) && is_refused_for_space(oracle, call))
        return true;
    for (;;) {
        const struct seen_step *step = *next < turn->step_count ? &turn->steps[*next] : NULL;
        struct outcome expected = expect(oracle, call, refusal, step);

        if (call_fits(oracle, call, step, &expected)) {
            if (expected.events.count && fault_is_none(expected.fault) &&
                !step_is_in_order(oracle, step))
                return false;
            *next += call_apply(oracle, call, step, &expected);
            return !oracle->failed;
        }
        if (step && explain(oracle, step)) {
            ++*next;
            continue;
        }
        if (!call->is_answered && turn->died && !oracle->failed)
            return true; /* it was a fault after all */
        complain(oracle, "an answer, or what came of a call, is not allowed");
        expected = expect(oracle, call, refusal, step);
        complain_call(oracle, call);
        complain_outcome(oracle, call, &expected);
        if (step)
            complain_step(oracle, step);
        else if (expected.run)
            complain_history(oracle, expected.run);
        return false;
    }
}

/* ---- the end of a turn */

static bool check_reads(struct oracle *oracle)
{
    for (size_t i = 0; i < oracle->turn->call_count; i++) {
        struct seen_call *call = oracle->turn->calls[i];

        arena_reset(&oracle->scratch);
        oracle->account = call->caller.account;
        if (!call->is_answered || !call->reads_later)
            continue;
        if (read_later(oracle, call))
            continue;
        complain(oracle, "what was read is not what is stored");
        complain_call(oracle, call);
        text_printf(&oracle->complaint, "expected %.*s\n", BYTES_FMT(text_bytes(&oracle->text)));
        return false;
    }
    return true;
}

static bool is_over(const struct oracle *oracle, const struct oracle_waiter *waiter)
{
    return instant_since(oracle->turn->steady, waiter->call->since).ms >=
           (int64_t)oracle->rules.limits.poll_seconds * 1000;
}

/* A poll waits no longer than it may, and is not ended sooner. */
static bool check_wait(struct oracle *oracle, const struct oracle_waiter *waiter)
{
    bool over = is_over(oracle, waiter);

    if (waiter->call->is_answered ? oracle->stopping || waiter->given || over : !over)
        return true;
    return complain(oracle, "a poll of list %.*s was ended %s", BYTES_FMT(waiter->list),
                    over ? "too late" : "too early");
}

static bool check_poll(struct oracle *oracle, struct oracle_waiter *waiter)
{
    struct seen_call *call = waiter->call;

    arena_reset(&oracle->scratch);
    oracle->account = call->caller.account;
    if (oracle->turn->died && !call->is_answered)
        return true;
    if (!check_wait(oracle, waiter))
        return false;
    if (!call->is_answered)
        return waiter->given == NULL || complain(oracle, "a poll was given a task and no answer");
    if (poll_answer_check(oracle, waiter)) {
        oracle->checks++;
        poll_forget(oracle, waiter);
        return true;
    }
    complain(oracle, "a poll was answered with something else than what it was given");
    complain_call(oracle, call);
    text_printf(&oracle->complaint, "expected %.*s\n", BYTES_FMT(text_bytes(&oracle->text)));
    return false;
}

static bool check_polls(struct oracle *oracle)
{
    struct oracle_waiter *next;

    for (struct oracle_waiter *waiter = oracle->waiters; waiter; waiter = next) {
        next = waiter->next;
        if (!check_poll(oracle, waiter))
            return false;
    }
    return true;
}

static bool check_all_answered(struct oracle *oracle)
{
    for (size_t i = 0; i < oracle->turn->call_count; i++)
        if (!oracle->turn->calls[i]->is_answered && !oracle->turn->calls[i]->waits) {
            complain(oracle, "a call was not answered");
            complain_call(oracle, oracle->turn->calls[i]);
            return false;
        }
    return true;
}

static bool is_short_enough(struct oracle *oracle, const struct oracle_run *run)
{
    uint32_t limit = oracle->rules.limits.history_events;

    return !limit || run->count <= limit ||
           complain(oracle, "run %llu has passed the limit of events, and goes on",
                    (unsigned long long)run->key.run);
}

static bool check_runs(struct oracle *oracle)
{
    for (struct oracle_run *run = oracle->open; run; run = run->next_open) {
        if (nothing_is_late(oracle, run) && is_short_enough(oracle, run))
            continue;
        complain_history(oracle, run);
        return false;
    }
    for (struct owed *owed = oracle->owed; owed; owed = owed->next)
        if (owed->kind == OWED_CONTINUATION)
            return complain(oracle, "run %llu continued as a run that does not begin in its commit",
                            (unsigned long long)owed->from->key.run);
    return true;
}

static bool has_task(struct oracle *oracle, const struct seen_call *call)
{
    return call->is_answered && reply_text(oracle, call->reply, "taskToken").len > 0;
}

/* Was the same request answered with a task when it came the other time? */
static bool has_lucky_twin(struct oracle *oracle, const struct seen_call *call)
{
    for (struct oracle_waiter *waiter = oracle->waiters; waiter; waiter = waiter->next)
        if (waiter->call->request == call->request && has_task(oracle, waiter->call))
            return true;
    for (size_t i = 0; i < oracle->turn->call_count; i++)
        if (oracle->turn->calls[i]->request == call->request &&
            has_task(oracle, oracle->turn->calls[i]))
            return true;
    return false;
}

/* A poll that is answered and was given nothing has ended: it is not there when others come. One
 * that was given the task of a run that is gone by then is answered as if there had been none. */
static void drop_ended_polls(struct oracle *oracle)
{
    for (struct oracle_waiter *waiter = oracle->waiters; waiter; waiter = waiter->next) {
        bool was_given = was_given_something(oracle, waiter->identity);

        if (waiter->call->is_answered)
            waiter->is_ended = !has_task(oracle, waiter->call) &&
                               (!was_given || has_lucky_twin(oracle, waiter->call));
        else /* its end may have come before that of the process */
            waiter->is_ended = oracle->turn->died && !was_given && is_over(oracle, waiter);
    }
}

static bool look_at_end(struct oracle *oracle)
{
    if (!check_polls(oracle) || (!oracle->turn->died && !check_runs(oracle)))
        return false;
    if (!check_reads(oracle))
        return false;
    if (oracle->turn->died)
        return true;
    return check_all_answered(oracle) && lists_check(oracle) &&
           (!oracle->turn->is_at_rest || owed_check_rest(oracle));
}

/* The process died before its commit, and before anybody was told. But polls may have waited. */
static bool did_nothing(const struct seen_turn *turn, const struct seen_call *call)
{
    return turn->died && !turn->committed && !call->is_answered && !is_plain_poll(call->request);
}

bool oracle_turn(struct oracle *oracle, const struct seen_turn *turn)
{
    size_t next = 0;

    oracle->turn = turn;
    if (instant_before(turn->now, oracle->now))
        return complain(oracle, "time went back from %lld to %lld", (long long)oracle->now.ms,
                        (long long)turn->now.ms);
    oracle->now = turn->now;
    if (turn->committed)
        oracle->committed_at = oracle->now;
    drop_ended_polls(oracle);
    for (size_t i = 0; i < turn->call_count; i++)
        if (!did_nothing(turn, turn->calls[i]) && !place_call(oracle, turn->calls[i], &next))
            return false;
    for (; next < turn->step_count; next++) {
        if (explain(oracle, &turn->steps[next]))
            continue;
        complain(oracle, "nothing explains a transaction");
        complain_step(oracle, &turn->steps[next]);
        return false;
    }
    return look_at_end(oracle);
}

/* ---- from one process to the next */

void oracle_restart(struct oracle *oracle, struct instant now)
{
    forget_waiters(oracle);
    rates_forget(oracle);
    oracle->stopping = false;
    if (instant_before(now, oracle->committed_at))
        complain(oracle, "a new process begins at %lld, before what was committed at %lld",
                 (long long)now.ms, (long long)oracle->committed_at.ms);
    oracle->now = now;
    for (struct oracle_run *run = oracle->open; run; run = run->next_open) {
        for (struct oracle_activity *activity = run->activities; activity;
             activity = activity->next)
            activity->heartbeat_at = now;
        for (struct oracle_lambda *lambda = run->lambdas; lambda; lambda = lambda->next) {
            lambda->is_lost = lambda->started_id != 0;
            lambda->lost_at = now;
        }
    }
}

void oracle_lift_rates(struct oracle *oracle)
{
    oracle->rules.call_rates_divided_by = oracle->rules.decision_rates_divided_by = 0;
}

bool oracle_removed(struct oracle *oracle, struct run_key key, struct instant now)
{
    struct oracle_run *run = run_find(oracle, key.run);

    if (run == NULL || run->is_open || instant_before(now, run->expires))
        return complain(oracle, "run %llu was removed too early", (unsigned long long)key.run);
    run->is_removed = true;
    return true;
}

bool oracle_invoked(struct oracle *oracle, const struct lambda_invocation *invocation)
{
    struct oracle_run *run = run_find(oracle, invocation->run.run);
    struct oracle_lambda *lambda = run ? lambda_with(run, invocation->scheduled_event_id) : NULL;

    if (lambda == NULL) /* it was over before it was called */
        return run && !run->is_open;
    if (lambda->is_called || lambda->is_lost || lambda->started_id == 0)
        return complain(oracle, "run %llu: the function of event %lld is called again, or too soon",
                        (unsigned long long)run->key.run, (long long)lambda->scheduled_id);
    lambda->is_called = true;
    if (!bytes_equal(invocation->function, lambda->says->name) ||
        !bytes_equal(invocation->payload,
                     lambda->says->input.len ? lambda->says->input : BYTES("{}")))
        return complain(oracle, "run %llu: another function than that of event %lld is called",
                        (unsigned long long)run->key.run, (long long)lambda->scheduled_id);
    return true;
}

void oracle_lambda_answered(struct oracle *oracle, const struct lambda_invocation *invocation)
{
    struct oracle_run *run = run_find(oracle, invocation->run.run);
    struct oracle_lambda *lambda = run ? lambda_with(run, invocation->scheduled_event_id) : NULL;

    if (lambda == NULL)
        return;
    lambda->is_answered = true;
    lambda->outcome = invocation->outcome;
    lambda->reason = arena_copy(&oracle->arena, invocation->reason);
    lambda->answer = arena_copy(&oracle->arena, invocation->answer);
}

uint64_t oracle_checks(const struct oracle *oracle)
{
    return oracle->checks;
}

/* ---- the end of a world */

size_t oracle_open_runs(const struct oracle *oracle)
{
    size_t count = 0;

    for (const struct oracle_run *run = oracle->open; run; run = run->next_open)
        count++;
    return count;
}

bool oracle_open_run(const struct oracle *oracle, size_t n, uint64_t *account, struct bytes *domain,
                     struct workflow_execution *names)
{
    const struct oracle_run *run = oracle->open;

    while (run && n-- > 0)
        run = run->next_open;
    if (run == NULL)
        return false;
    *account = run->domain->account;
    *domain = run->domain->name;
    *names = (struct workflow_execution){ run->workflow_id, run->run_id };
    return true;
}

struct instant oracle_next_due(const struct oracle *oracle)
{
    struct instant next = INSTANT_NEVER;
    struct deadline first;

    for (const struct oracle_run *run = oracle->open; run; run = run->next_open)
        if (deadline_first(oracle, run, &first))
            next = instant_earlier(next, first.at);
    return next;
}

bool oracle_at_rest(struct oracle *oracle)
{
    for (struct oracle_run *run = oracle->open; run; run = run->next_open) {
        if (run->waiting.scheduled_id && !run->started.scheduled_id) {
            complain(oracle, "run %llu: its decision task was lost",
                     (unsigned long long)run->key.run);
            complain_history(oracle, run);
            return false;
        }
        for (struct oracle_activity *activity = run->activities; activity;
             activity = activity->next)
            if (activity->started_id == 0) {
                complain(oracle, "run %llu: the activity task of event %lld was lost",
                         (unsigned long long)run->key.run, (long long)activity->scheduled_id);
                complain_history(oracle, run);
                return false;
            }
    }
    return true;
}

bool oracle_all_closed(struct oracle *oracle)
{
    if (oracle->open == NULL)
        return true;
    complain(oracle, "run %llu never ends, though there are deciders",
             (unsigned long long)oracle->open->key.run);
    complain_history(oracle, oracle->open);
    return false;
}

size_t oracle_run_count(const struct oracle *oracle)
{
    return oracle->run_count;
}

void oracle_tell(const struct oracle *oracle, size_t n, struct told_run *out)
{
    const struct oracle_run *run = oracle->runs[n];

    *out = (struct told_run){ .count = 0 };
    if (run)
        *out = (struct told_run){ run->domain->arn, run->workflow_id, run->run_id, run->events,
                                  run->count };
}

const struct event *oracle_events(const struct oracle *oracle, uint64_t number, size_t *count)
{
    const struct oracle_run *run = run_find((struct oracle *)oracle, number);

    *count = run ? run->count : 0;
    return run ? run->events : NULL;
}
