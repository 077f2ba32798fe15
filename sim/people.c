#include "people.h"

#include "base/memory.h"
#include "wire/encode.h"

#define DOMAINS 2
#define TEXT_BYTES_MAX ((size_t)1 << 20)
#define HELD_STEPS_MAX 120

static const char *const decision_lists[] = { "deciders", "others", "host" };
static const char *const activity_lists[] = { "workers", "shippers" };
static const char *const domains[DOMAINS] = { "d", "e" };

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t below(struct people *people, uint64_t bound)
{
    return random_below(people->chance, bound);
}

static bool happens(struct people *people, uint32_t of_thousand)
{
    return mix_happens(people->chance, of_thousand);
}

/* ---- small things that calls are made of */

static struct bytes pick(struct people *people, const char *const *words, size_t count)
{
    return bytes_of_cstr(words[below(people, count)]);
}

#define PICK(people, ...)                                \
    pick((people), (const char *const[]){ __VA_ARGS__ }, \
         sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static struct bytes numbered(struct people *people, const char *prefix, uint64_t bound)
{
    return arena_printf(people->arena, "%s%llu", prefix, (unsigned long long)below(people, bound));
}

/* Present in one of `n` cases. */
static struct bytes maybe_text(struct people *people, const char *prefix, uint64_t n)
{
    return below(people, n) ? BYTES_ABSENT : numbered(people, prefix, 1000);
}

static struct bytes a_workflow(struct people *people)
{
    return numbered(people, "w", people->mix->workflows);
}

static struct bytes a_domain(struct people *people)
{
    switch (below(people, 60)) {
    case 0:
        return BYTES("nowhere");
    case 1:
    case 2:
    case 3:
        return BYTES("e");
    default:
        return BYTES("d");
    }
}

static const struct task_list *list_named(struct people *people, struct bytes name)
{
    struct task_list *list = arena_new(people->arena, struct task_list);

    list->name = name;
    return list;
}

static const struct task_list *maybe_list(struct people *people, const char *const *names,
                                          size_t count)
{
    return below(people, 4) ? NULL : list_named(people, pick(people, names, count));
}

static struct bytes maybe_seconds(struct people *people)
{
    if (happens(people, people->mix->short_time))
        return PICK(people, "0", "1", "2", "5", "10", "20", "30", "60");
    return below(people, 3) ? BYTES_ABSENT : PICK(people, "300", "600", "3600", "NONE");
}

static struct bytes maybe_life(struct people *people)
{
    if (happens(people, people->mix->short_time) && below(people, 3) == 0)
        return PICK(people, "0", "5", "30", "100", "300");
    return below(people, 3) ? BYTES_ABSENT : PICK(people, "1000", "3600", "86400");
}

static struct bytes maybe_priority(struct people *people)
{
    return below(people, 3) ? BYTES_ABSENT
                            : PICK(people, "-5", "0", "1", "7", "2147483647", "-2147483648");
}

static enum child_policy maybe_policy(struct people *people)
{
    return below(people, 2) ? CHILD_POLICY_ABSENT : (enum child_policy)(1 + below(people, 3));
}

static struct bytes_list maybe_tags(struct people *people)
{
    size_t count = below(people, 4);
    struct bytes *tags = arena_array(people->arena, struct bytes, count);

    for (size_t i = 0; i < count; i++)
        tags[i] = numbered(people, "t", 3);
    return count ? (struct bytes_list){ tags, count } : (struct bytes_list){ NULL, 0 };
}

static const struct workflow_type *a_workflow_type(struct people *people)
{
    struct workflow_type *type = arena_new(people->arena, struct workflow_type);

    type->name = below(people, 10) ? BYTES("order") : PICK(people, "bare", "old", "none", "role");
    type->version = below(people, 4) ? BYTES("1") : BYTES("2");
    return type;
}

static const struct activity_type *an_activity_type(struct people *people)
{
    struct activity_type *type = arena_new(people->arena, struct activity_type);

    type->name = below(people, 12) ? BYTES("ship") : PICK(people, "bare", "old", "none");
    type->version = below(people, 4) ? BYTES("1") : BYTES("2");
    return type;
}

static const struct workflow_type *workflow_type_of(struct people *people, const char *name,
                                                    const char *version)
{
    struct workflow_type *type = arena_new(people->arena, struct workflow_type);

    *type = (struct workflow_type){ bytes_of_cstr(name), bytes_of_cstr(version) };
    return type;
}

static const struct activity_type *activity_type_of(struct people *people, const char *name,
                                                    const char *version)
{
    struct activity_type *type = arena_new(people->arena, struct activity_type);

    *type = (struct activity_type){ bytes_of_cstr(name), bytes_of_cstr(version) };
    return type;
}

/* A copy: the book is written over. */
static const struct workflow_execution *an_address(struct people *people)
{
    struct workflow_execution *address = arena_new(people->arena, struct workflow_execution);

    *address = people->address_count ? people->addresses[below(people, people->address_count)]
                                     : (struct workflow_execution){ BYTES("w0"), BYTES("nobody") };
    return address;
}

static void remember(struct people *people, struct bytes workflow_id, struct bytes run_id)
{
    size_t place = people->address_count < ADDRESSES_MAX ? people->address_count++
                                                         : below(people, ADDRESSES_MAX);

    people->addresses[place] = (struct workflow_execution){ workflow_id, run_id };
}

/* ---- calls */

static struct ask *ask_new(struct people *people, enum operation operation, const void *input)
{
    struct ask *ask = arena_new(people->arena, struct ask);

    ask->number = ++people->asks;
    ask->request.operation = operation;
    ask->request.input = input;
    return ask;
}

static struct bytes padded(struct people *people, struct bytes body)
{
    char *copy = arena_alloc(people->arena, body.len + JSON_PADDING);

    memcpy(copy, body.ptr, body.len);
    return bytes_of(copy, body.len);
}

static struct ask *ask_write(struct people *people, struct ask *ask)
{
    struct text text;

    text_init(&text, TEXT_BYTES_MAX);
    encode_request(&text, &ask->request);
    ask->body = padded(people, text_bytes(&text));
    text_deinit(&text);
    return ask;
}

#define INPUT(people, name) arena_new((people)->arena, struct name##_input)

/* ---- decisions */

static void schedule_activity(struct people *people, struct decision *decision)
{
    struct schedule_activity_task_decision *wanted = arena_new(
        people->arena, struct schedule_activity_task_decision);

    *wanted = (struct schedule_activity_task_decision){
        .activity_type = an_activity_type(people),
        .activity_id = numbered(people, "a", 5),
        .control = maybe_text(people, "control", 4),
        .input = maybe_text(people, "input", 2),
        .schedule_to_close_timeout = maybe_seconds(people),
        .task_list = maybe_list(people, activity_lists, LENGTH(activity_lists)),
        .task_priority = maybe_priority(people),
        .schedule_to_start_timeout = maybe_seconds(people),
        .start_to_close_timeout = maybe_seconds(people),
        .heartbeat_timeout = maybe_seconds(people),
    };
    decision->schedule_activity_task = wanted;
}

static void start_child(struct people *people, struct decision *decision)
{
    struct start_child_workflow_execution_decision *wanted = arena_new(
        people->arena, struct start_child_workflow_execution_decision);

    *wanted = (struct start_child_workflow_execution_decision){
        .workflow_type = a_workflow_type(people),
        .workflow_id = a_workflow(people),
        .control = maybe_text(people, "control", 4),
        .input = maybe_text(people, "input", 4),
        .execution_start_to_close_timeout = maybe_life(people),
        .task_list = maybe_list(people, decision_lists, LENGTH(decision_lists)),
        .task_priority = maybe_priority(people),
        .task_start_to_close_timeout = maybe_seconds(people),
        .child_policy = maybe_policy(people),
        .tag_list = maybe_tags(people),
    };
    decision->start_child_workflow_execution = wanted;
}

static void continue_as_new(struct people *people, struct decision *decision)
{
    struct continue_as_new_workflow_execution_decision *wanted = arena_new(
        people->arena, struct continue_as_new_workflow_execution_decision);

    *wanted = (struct continue_as_new_workflow_execution_decision){
        .input = maybe_text(people, "input", 4),
        .execution_start_to_close_timeout = maybe_life(people),
        .task_list = maybe_list(people, decision_lists, LENGTH(decision_lists)),
        .task_priority = maybe_priority(people),
        .task_start_to_close_timeout = maybe_seconds(people),
        .child_policy = maybe_policy(people),
        .tag_list = maybe_tags(people),
        .workflow_type_version = below(people, 4) ? BYTES_ABSENT : PICK(people, "1", "2", "9"),
    };
    decision->continue_as_new_workflow_execution = wanted;
}

static struct bytes a_run_of(struct people *people, struct bytes *workflow_id)
{
    const struct workflow_execution *address = an_address(people);

    if (below(people, 3)) {
        *workflow_id = a_workflow(people);
        return BYTES_ABSENT;
    }
    *workflow_id = address->workflow_id;
    return address->run_id;
}

static void signal_external(struct people *people, struct decision *decision)
{
    struct signal_external_workflow_execution_decision *wanted = arena_new(
        people->arena, struct signal_external_workflow_execution_decision);

    wanted->run_id = a_run_of(people, &wanted->workflow_id);
    wanted->signal_name = numbered(people, "signal", 1000);
    wanted->input = maybe_text(people, "input", 3);
    wanted->control = maybe_text(people, "control", 4);
    decision->signal_external_workflow_execution = wanted;
}

static void cancel_external(struct people *people, struct decision *decision)
{
    struct request_cancel_external_workflow_execution_decision *wanted = arena_new(
        people->arena, struct request_cancel_external_workflow_execution_decision);

    wanted->run_id = a_run_of(people, &wanted->workflow_id);
    wanted->control = maybe_text(people, "control", 4);
    decision->request_cancel_external_workflow_execution = wanted;
}

static void start_timer(struct people *people, struct decision *decision)
{
    struct start_timer_decision *wanted = arena_new(people->arena, struct start_timer_decision);

    wanted->timer_id = numbered(people, "timer", 4);
    wanted->control = maybe_text(people, "control", 4);
    wanted->start_to_fire_timeout = PICK(people, "0", "1", "5", "10", "30", "100", "1000");
    decision->start_timer = wanted;
}

static void schedule_lambda(struct people *people, struct decision *decision)
{
    struct schedule_lambda_function_decision *wanted = arena_new(
        people->arena, struct schedule_lambda_function_decision);

    wanted->id = numbered(people, "l", 4);
    wanted->name = numbered(people, "function", 3);
    wanted->control = maybe_text(people, "control", 4);
    wanted->input = maybe_text(people, "", 2);
    if (below(people, 2))
        wanted->start_to_close_timeout = PICK(people, "1", "10", "100", "900", "NONE");
    decision->schedule_lambda_function = wanted;
}

static void decide_small(struct people *people, struct decision *decision)
{
    struct request_cancel_activity_task_decision *cancel = arena_new(
        people->arena, struct request_cancel_activity_task_decision);
    struct cancel_timer_decision *timer = arena_new(people->arena, struct cancel_timer_decision);
    struct record_marker_decision *marker = arena_new(people->arena, struct record_marker_decision);

    cancel->activity_id = numbered(people, "a", 5);
    timer->timer_id = numbered(people, "timer", 4);
    marker->marker_name = numbered(people, "marker", 10);
    marker->details = maybe_text(people, "details", 2);
    if (decision->decision_type == DECISION_REQUEST_CANCEL_ACTIVITY_TASK)
        decision->request_cancel_activity_task = cancel;
    else if (decision->decision_type == DECISION_CANCEL_TIMER)
        decision->cancel_timer = timer;
    else
        decision->record_marker = marker;
}

static void decide_close(struct people *people, struct decision *decision)
{
    struct complete_workflow_execution_decision *complete = arena_new(
        people->arena, struct complete_workflow_execution_decision);
    struct fail_workflow_execution_decision *fail = arena_new(
        people->arena, struct fail_workflow_execution_decision);
    struct cancel_workflow_execution_decision *cancel = arena_new(
        people->arena, struct cancel_workflow_execution_decision);

    complete->result = maybe_text(people, "result", 2);
    fail->reason = maybe_text(people, "reason", 2);
    fail->details = cancel->details = maybe_text(people, "details", 2);
    if (decision->decision_type == DECISION_COMPLETE_WORKFLOW_EXECUTION)
        decision->complete_workflow_execution = complete;
    else if (decision->decision_type == DECISION_FAIL_WORKFLOW_EXECUTION)
        decision->fail_workflow_execution = fail;
    else
        decision->cancel_workflow_execution = cancel;
}

static void fill_decision(struct people *people, struct decision *decision)
{
    switch (decision->decision_type) {
    case DECISION_SCHEDULE_ACTIVITY_TASK:
        schedule_activity(people, decision);
        break;
    case DECISION_START_CHILD_WORKFLOW_EXECUTION:
        start_child(people, decision);
        break;
    case DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
        continue_as_new(people, decision);
        break;
    case DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION:
        signal_external(people, decision);
        break;
    case DECISION_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION:
        cancel_external(people, decision);
        break;
    case DECISION_START_TIMER:
        start_timer(people, decision);
        break;
    case DECISION_SCHEDULE_LAMBDA_FUNCTION:
        schedule_lambda(people, decision);
        break;
    case DECISION_COMPLETE_WORKFLOW_EXECUTION:
    case DECISION_FAIL_WORKFLOW_EXECUTION:
    case DECISION_CANCEL_WORKFLOW_EXECUTION:
        decide_close(people, decision);
        break;
    default:
        decide_small(people, decision);
    }
}

static bool is_close(enum decision_type type)
{
    return type == DECISION_COMPLETE_WORKFLOW_EXECUTION ||
           type == DECISION_FAIL_WORKFLOW_EXECUTION || type == DECISION_CANCEL_WORKFLOW_EXECUTION ||
           type == DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION;
}

static enum decision_type pick_decision(struct people *people)
{
    const uint32_t *weights = people->mix->decisions;
    uint64_t sum = 0, picked;

    for (int i = 1; i <= DECISION_TYPE_COUNT; i++)
        sum += is_close((enum decision_type)i) ? 0 : weights[i];
    picked = below(people, sum);
    for (int i = 1; i <= DECISION_TYPE_COUNT; i++) {
        uint32_t weight = is_close((enum decision_type)i) ? 0 : weights[i];

        if (picked < weight)
            return (enum decision_type)i;
        picked -= weight;
    }
    return DECISION_RECORD_MARKER;
}

static enum decision_type pick_close(struct people *people)
{
    static const enum decision_type types[] = { DECISION_COMPLETE_WORKFLOW_EXECUTION,
                                                DECISION_FAIL_WORKFLOW_EXECUTION,
                                                DECISION_CANCEL_WORKFLOW_EXECUTION,
                                                DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION };

    return types[below(people, LENGTH(types))];
}

static struct decision_list decide(struct people *people, bool closes)
{
    size_t count = closes ? 0 : below(people, 5);
    bool close = closes || happens(people, people->mix->closing);
    struct decision *decisions = arena_array(people->arena, struct decision, count + 1);

    for (size_t i = 0; i < count; i++) {
        decisions[i].decision_type = pick_decision(people);
        fill_decision(people, &decisions[i]);
    }
    if (close) {
        decisions[count].decision_type = closes ? DECISION_COMPLETE_WORKFLOW_EXECUTION
                                                : pick_close(people);
        fill_decision(people, &decisions[count++]);
    }
    return (struct decision_list){ count ? decisions : NULL, count };
}

/* Breaks a good completion in some way that the service must notice. */
static void break_completion(struct people *people,
                             struct respond_decision_task_completed_input *input)
{
    struct decision *decisions = arena_array(people->arena, struct decision, 2);

    switch (below(people, 4)) {
    case 0: /* something behind the close */
        decisions[0].decision_type = pick_close(people);
        decisions[1].decision_type = DECISION_RECORD_MARKER;
        fill_decision(people, &decisions[0]);
        fill_decision(people, &decisions[1]);
        input->decisions = (struct decision_list){ decisions, 2 };
        break;
    case 1: /* attributes that are not there */
        decisions[0].decision_type = DECISION_START_TIMER;
        input->decisions = (struct decision_list){ decisions, 1 };
        break;
    case 2: /* a time for no list */
        input->task_list = NULL;
        input->task_list_schedule_to_start_timeout = BYTES("5");
        break;
    default: /* no duration */
        decisions[0].decision_type = DECISION_START_TIMER;
        start_timer(people, &decisions[0]);
        ((struct start_timer_decision *)(void *)decisions[0].start_timer)->start_to_fire_timeout =
            BYTES("soon");
        input->decisions = (struct decision_list){ decisions, 1 };
    }
}

static struct ask *respond_decision(struct people *people, struct person *person)
{
    struct respond_decision_task_completed_input *input = INPUT(people,
                                                                respond_decision_task_completed);
    struct ask *ask = ask_new(people, OPERATION_RESPOND_DECISION_TASK_COMPLETED, input);

    input->task_token = person->token;
    input->decisions = decide(people, person->closes);
    if (!person->closes) {
        input->execution_context = maybe_text(people, "context", 4);
        input->task_list = below(people, 8) ? NULL
                                            : list_named(people, pick(people, decision_lists,
                                                                      LENGTH(decision_lists)));
        if (input->task_list && below(people, 2))
            input->task_list_schedule_to_start_timeout = PICK(people, "0", "3", "20", "100");
        ask->has_few_rights = happens(people, people->mix->few_rights);
    }
    ask->is_broken = person->plan == PLAN_BREAK;
    if (ask->is_broken)
        break_completion(people, input);
    return ask_write(people, ask);
}

/* ---- deciders */

static void plan_decision(struct people *people, struct person *person)
{
    const struct mix *mix = people->mix;

    person->acts_at = people->steps + below(people, 3);
    person->plan = PLAN_ANSWER;
    if (person->closes)
        return;
    if (happens(people, mix->lost_decider))
        person->token = BYTES_ABSENT;
    if (happens(people, mix->late_decider))
        person->acts_at += below(people, HELD_STEPS_MAX);
    if (happens(people, mix->bad_decider))
        person->plan = PLAN_BREAK;
    else if (happens(people, mix->double_decider))
        person->plan = PLAN_TWICE;
}

static struct ask *poll_decisions(struct people *people, const struct person *person)
{
    struct poll_for_decision_task_input *input = INPUT(people, poll_for_decision_task);
    struct ask *ask = ask_new(people, OPERATION_POLL_FOR_DECISION_TASK, input);

    input->domain = person->domain;
    input->task_list = list_named(people, person->list);
    input->identity = arena_printf(people->arena, "p%llu", (unsigned long long)ask->number);
    if (!person->closes && happens(people, people->mix->paging)) {
        input->maximum_page_size = (int32_t)(1 + below(people, 20));
        input->reverse_order = below(people, 2);
        input->start_at_previous_started_event = below(people, 2);
    }
    return ask_write(people, ask);
}

static struct ask *poll_next_page(struct people *people, struct person *person)
{
    struct poll_for_decision_task_input *input = INPUT(people, poll_for_decision_task);
    struct ask *ask = ask_new(people, OPERATION_POLL_FOR_DECISION_TASK, input);

    *input = *person->page_request->poll_for_decision_task;
    input->next_page_token = person->page_token;
    person->page_token = BYTES_ABSENT;
    return ask_write(people, ask);
}

static struct ask *decider_act(struct people *people, struct person *person)
{
    struct ask *ask;

    if (bytes_is_absent(person->token))
        return poll_decisions(people, person);
    if (!bytes_is_absent(person->page_token))
        return poll_next_page(people, person);
    ask = respond_decision(people, person);
    if (person->plan == PLAN_ANSWER)
        person->token = BYTES_ABSENT;
    person->plan = PLAN_ANSWER;
    return ask;
}

/* ---- workers */

static void plan_activity(struct people *people, struct person *person)
{
    const struct mix *mix = people->mix;

    person->acts_at = people->steps + below(people, 3);
    person->plan = PLAN_ANSWER;
    person->beats = 0;
    if (person->closes)
        return;
    if (happens(people, mix->lost_worker))
        person->token = BYTES_ABSENT;
    if (happens(people, mix->late_worker))
        person->acts_at += below(people, HELD_STEPS_MAX);
    if (happens(people, mix->beating_worker))
        person->beats = (unsigned)(1 + below(people, 6));
    if (happens(people, mix->bad_worker))
        person->plan = PLAN_BREAK;
    else if (happens(people, mix->double_worker))
        person->plan = PLAN_TWICE;
}

static struct ask *poll_activities(struct people *people, const struct person *person)
{
    struct poll_for_activity_task_input *input = INPUT(people, poll_for_activity_task);
    struct ask *ask = ask_new(people, OPERATION_POLL_FOR_ACTIVITY_TASK, input);

    input->domain = person->domain;
    input->task_list = list_named(people, person->list);
    input->identity = arena_printf(people->arena, "p%llu", (unsigned long long)ask->number);
    return ask_write(people, ask);
}

static struct ask *beat(struct people *people, struct person *person)
{
    struct record_activity_task_heartbeat_input *input = INPUT(people,
                                                               record_activity_task_heartbeat);

    input->task_token = person->token;
    input->details = maybe_text(people, "beat", 2);
    return ask_write(people, ask_new(people, OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT, input));
}

static struct ask *respond_activity(struct people *people, const struct person *person)
{
    struct respond_activity_task_completed_input *completed = INPUT(
        people, respond_activity_task_completed);
    struct respond_activity_task_failed_input *failed = INPUT(people, respond_activity_task_failed);
    struct respond_activity_task_canceled_input *canceled = INPUT(people,
                                                                  respond_activity_task_canceled);

    completed->task_token = failed->task_token = canceled->task_token = person->token;
    completed->result = maybe_text(people, "result", 2);
    failed->reason = maybe_text(people, "reason", 2);
    failed->details = canceled->details = maybe_text(people, "details", 2);
    switch (below(people, 5)) {
    case 0:
        return ask_write(people, ask_new(people, OPERATION_RESPOND_ACTIVITY_TASK_FAILED, failed));
    case 1:
        return ask_write(people,
                         ask_new(people, OPERATION_RESPOND_ACTIVITY_TASK_CANCELED, canceled));
    default:
        return ask_write(people,
                         ask_new(people, OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED, completed));
    }
}

/* A token of another kind, or of no kind; a body that is none. */
static struct ask *respond_badly(struct people *people, const struct person *person)
{
    struct respond_activity_task_completed_input *input = INPUT(people,
                                                                respond_activity_task_completed);
    struct respond_decision_task_completed_input *wrong = INPUT(people,
                                                                respond_decision_task_completed);
    struct ask *ask;

    switch (below(people, 3)) {
    case 0:
        input->task_token = BYTES("AAAAKgAAAAEAAAAAAAAAAmade+up==");
        return ask_write(people, ask_new(people, OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED, input));
    case 1:
        wrong->task_token = person->token;
        return ask_write(people, ask_new(people, OPERATION_RESPOND_DECISION_TASK_COMPLETED, wrong));
    default:
        ask = ask_new(people, OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED, input);
        ask->is_broken = true;
        ask->body = padded(people, PICK(people, "", "{", "[]", "{\"taskToken\":1}", "{}",
                                        "{\"taskToken\":\"\"}", "\xff\xfe"));
        return ask;
    }
}

static struct ask *worker_act(struct people *people, struct person *person)
{
    struct ask *ask;

    if (bytes_is_absent(person->token))
        return poll_activities(people, person);
    if (person->beats > 0) {
        person->beats--;
        person->acts_at = people->steps + below(people, 12);
        return beat(people, person);
    }
    ask = person->plan == PLAN_BREAK ? respond_badly(people, person)
                                     : respond_activity(people, person);
    if (person->plan == PLAN_ANSWER)
        person->token = BYTES_ABSENT;
    person->plan = PLAN_ANSWER;
    return ask;
}

/* ---- clients */

static struct ask *start(struct people *people)
{
    struct start_workflow_execution_input *input = INPUT(people, start_workflow_execution);

    *input = (struct start_workflow_execution_input){
        .domain = a_domain(people),
        .workflow_id = a_workflow(people),
        .workflow_type = a_workflow_type(people),
        .task_list = maybe_list(people, decision_lists, LENGTH(decision_lists)),
        .task_priority = maybe_priority(people),
        .input = maybe_text(people, "input", 2),
        .execution_start_to_close_timeout = maybe_life(people),
        .tag_list = maybe_tags(people),
        .task_start_to_close_timeout = maybe_seconds(people),
        .child_policy = maybe_policy(people),
    };
    return ask_write(people, ask_new(people, OPERATION_START_WORKFLOW_EXECUTION, input));
}

static struct ask *signal_one(struct people *people)
{
    struct signal_workflow_execution_input *input = INPUT(people, signal_workflow_execution);

    input->domain = a_domain(people);
    input->run_id = a_run_of(people, &input->workflow_id);
    input->signal_name = numbered(people, "signal", 1000);
    input->input = maybe_text(people, "input", 2);
    return ask_write(people, ask_new(people, OPERATION_SIGNAL_WORKFLOW_EXECUTION, input));
}

static struct ask *cancel_one(struct people *people)
{
    struct request_cancel_workflow_execution_input *input = INPUT(
        people, request_cancel_workflow_execution);

    input->domain = a_domain(people);
    input->run_id = a_run_of(people, &input->workflow_id);
    return ask_write(people, ask_new(people, OPERATION_REQUEST_CANCEL_WORKFLOW_EXECUTION, input));
}

static struct ask *terminate_one(struct people *people)
{
    struct terminate_workflow_execution_input *input = INPUT(people, terminate_workflow_execution);

    input->domain = a_domain(people);
    input->run_id = a_run_of(people, &input->workflow_id);
    input->reason = maybe_text(people, "reason", 2);
    input->details = maybe_text(people, "details", 2);
    input->child_policy = maybe_policy(people);
    return ask_write(people, ask_new(people, OPERATION_TERMINATE_WORKFLOW_EXECUTION, input));
}

static struct ask *describe_one(struct people *people)
{
    struct describe_workflow_execution_input *input = INPUT(people, describe_workflow_execution);

    input->domain = a_domain(people);
    input->execution = an_address(people);
    return ask_write(people, ask_new(people, OPERATION_DESCRIBE_WORKFLOW_EXECUTION, input));
}

static struct ask *read_one(struct people *people, struct person *person)
{
    struct get_workflow_execution_history_input *input = INPUT(people,
                                                               get_workflow_execution_history);

    if (!bytes_is_absent(person->page_token)) {
        *input = *person->page_request->get_workflow_execution_history;
        input->next_page_token = person->page_token;
        person->page_token = BYTES_ABSENT;
    } else {
        input->domain = a_domain(people);
        input->execution = an_address(people);
        input->reverse_order = below(people, 2);
        if (below(people, 2))
            input->maximum_page_size = (int32_t)(1 + below(people, 30));
    }
    return ask_write(people, ask_new(people, OPERATION_GET_WORKFLOW_EXECUTION_HISTORY, input));
}

static const struct execution_time_filter *a_time(struct people *people)
{
    struct execution_time_filter *filter = arena_new(people->arena, struct execution_time_filter);
    struct instant *oldest = arena_new(people->arena, struct instant);

    filter->oldest_date = oldest;
    return filter;
}

static const struct workflow_execution_filter *an_execution(struct people *people)
{
    struct workflow_execution_filter *filter = arena_new(people->arena,
                                                         struct workflow_execution_filter);

    filter->workflow_id = a_workflow(people);
    return filter;
}

static const struct workflow_type_filter *a_type(struct people *people)
{
    struct workflow_type_filter *filter = arena_new(people->arena, struct workflow_type_filter);

    filter->name = BYTES("order");
    if (below(people, 2))
        filter->version = PICK(people, "1", "2");
    return filter;
}

static const struct tag_filter *a_tag(struct people *people)
{
    struct tag_filter *filter = arena_new(people->arena, struct tag_filter);

    filter->tag = numbered(people, "t", 3);
    return filter;
}

static struct ask *list_open(struct people *people)
{
    struct list_open_workflow_executions_input *input = INPUT(people,
                                                              list_open_workflow_executions);
    uint64_t filter = below(people, 4);

    *input = (struct list_open_workflow_executions_input){
        .domain = a_domain(people),
        .start_time_filter = a_time(people),
        .type_filter = filter == 1 ? a_type(people) : NULL,
        .tag_filter = filter == 2 ? a_tag(people) : NULL,
        .execution_filter = filter == 3 ? an_execution(people) : NULL,
        .maximum_page_size = (int32_t)(below(people, 2) ? 0 : 1 + below(people, 10)),
        .reverse_order = below(people, 2),
    };
    return ask_write(people, ask_new(people, OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS, input));
}

static struct ask *list_closed(struct people *people)
{
    struct list_closed_workflow_executions_input *input = INPUT(people,
                                                                list_closed_workflow_executions);
    struct close_status_filter *status = arena_new(people->arena, struct close_status_filter);
    uint64_t filter = below(people, 5);
    bool by_close = below(people, 2);

    status->status = (enum close_status)(1 + below(people, CLOSE_STATUS_COUNT));
    *input = (struct list_closed_workflow_executions_input){
        .domain = a_domain(people),
        .start_time_filter = by_close ? NULL : a_time(people),
        .close_time_filter = by_close ? a_time(people) : NULL,
        .type_filter = filter == 1 ? a_type(people) : NULL,
        .tag_filter = filter == 2 ? a_tag(people) : NULL,
        .execution_filter = filter == 3 ? an_execution(people) : NULL,
        .close_status_filter = filter == 4 ? status : NULL,
        .maximum_page_size = (int32_t)(below(people, 2) ? 0 : 1 + below(people, 10)),
        .reverse_order = below(people, 2),
    };
    return ask_write(people, ask_new(people, OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS, input));
}

static struct ask *count_some(struct people *people)
{
    struct count_open_workflow_executions_input *open = INPUT(people,
                                                              count_open_workflow_executions);
    struct count_closed_workflow_executions_input *closed = INPUT(people,
                                                                  count_closed_workflow_executions);
    struct count_pending_decision_tasks_input *decisions = INPUT(people,
                                                                 count_pending_decision_tasks);
    struct count_pending_activity_tasks_input *activities = INPUT(people,
                                                                  count_pending_activity_tasks);

    open->domain = closed->domain = decisions->domain = activities->domain = a_domain(people);
    open->start_time_filter = closed->close_time_filter = a_time(people);
    if (below(people, 2))
        open->tag_filter = closed->tag_filter = a_tag(people);
    decisions->task_list = list_named(people, pick(people, decision_lists, LENGTH(decision_lists)));
    activities->task_list = list_named(people,
                                       pick(people, activity_lists, LENGTH(activity_lists)));
    switch (below(people, 4)) {
    case 0:
        return ask_write(people, ask_new(people, OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS, open));
    case 1:
        return ask_write(people,
                         ask_new(people, OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS, closed));
    case 2:
        return ask_write(people,
                         ask_new(people, OPERATION_COUNT_PENDING_DECISION_TASKS, decisions));
    default:
        return ask_write(people,
                         ask_new(people, OPERATION_COUNT_PENDING_ACTIVITY_TASKS, activities));
    }
}

/* ---- the registry */

static struct ask *register_domain(struct people *people, struct bytes name, struct bytes days)
{
    struct register_domain_input *input = INPUT(people, register_domain);

    input->name = name;
    input->workflow_execution_retention_period_in_days = days;
    return ask_write(people, ask_new(people, OPERATION_REGISTER_DOMAIN, input));
}

static struct ask *register_workflow(struct people *people, struct bytes domain,
                                     const struct workflow_type *type, bool has_defaults)
{
    struct register_workflow_type_input *input = INPUT(people, register_workflow_type);
    struct bytes name = type->name, version = type->version;

    *input = (struct register_workflow_type_input){ .domain = domain,
                                                    .name = name,
                                                    .version = version };
    if (has_defaults) {
        input->default_task_list = list_named(people, BYTES("deciders"));
        input->default_task_start_to_close_timeout = BYTES("60");
        input->default_execution_start_to_close_timeout = BYTES("7200");
        input->default_child_policy = bytes_equal_cstr(version, "1") ? CHILD_POLICY_TERMINATE
                                                                     : CHILD_POLICY_REQUEST_CANCEL;
        if (bytes_equal_cstr(version, "2"))
            input->default_task_priority = BYTES("3");
        if (bytes_equal_cstr(name, "role") || bytes_equal_cstr(version, "2"))
            input->default_lambda_role = BYTES("arn:aws:iam::123456789012:role/r");
    }
    return ask_write(people, ask_new(people, OPERATION_REGISTER_WORKFLOW_TYPE, input));
}

static struct ask *register_activity(struct people *people, struct bytes domain,
                                     const struct activity_type *type, bool has_defaults)
{
    struct register_activity_type_input *input = INPUT(people, register_activity_type);
    struct bytes name = type->name, version = type->version;

    *input = (struct register_activity_type_input){ .domain = domain,
                                                    .name = name,
                                                    .version = version };
    if (has_defaults) {
        input->default_task_list = list_named(people, BYTES("workers"));
        input->default_task_start_to_close_timeout = BYTES("300");
        input->default_task_heartbeat_timeout = BYTES("NONE");
        input->default_task_schedule_to_start_timeout = BYTES("600");
        input->default_task_schedule_to_close_timeout = BYTES("NONE");
        if (bytes_equal_cstr(version, "2"))
            input->default_task_priority = BYTES("4");
    }
    return ask_write(people, ask_new(people, OPERATION_REGISTER_ACTIVITY_TYPE, input));
}

static struct ask *change_workflow_type(struct people *people, enum operation operation,
                                        struct bytes domain, const struct workflow_type *type)
{
    struct deprecate_workflow_type_input *input = INPUT(people, deprecate_workflow_type);

    input->domain = domain; /* all calls about a type are of one form */
    input->workflow_type = type;
    return ask_write(people, ask_new(people, operation, input));
}

static struct ask *change_activity_type(struct people *people, enum operation operation,
                                        struct bytes domain, const struct activity_type *type)
{
    struct deprecate_activity_type_input *input = INPUT(people, deprecate_activity_type);

    input->domain = domain;
    input->activity_type = type;
    return ask_write(people, ask_new(people, operation, input));
}

static struct ask *change_domain(struct people *people, enum operation operation, struct bytes name)
{
    struct deprecate_domain_input *input = INPUT(people, deprecate_domain);

    input->name = name; /* all calls about a domain are of one form */
    return ask_write(people, ask_new(people, operation, input));
}

/* Deprecations are undone more often than done, so that something can go on. */
static struct ask *registry_call(struct people *people)
{
    struct bytes domain = below(people, 3) ? BYTES("d") : a_domain(people);

    switch (below(people, 20)) {
    case 0:
        return register_domain(people, numbered(people, "x", 5), BYTES("1"));
    case 1:
        return change_domain(people, OPERATION_DEPRECATE_DOMAIN,
                             below(people, 3) ? BYTES("e") : a_domain(people));
    case 2:
    case 3:
    case 4:
        return change_domain(people, OPERATION_UNDEPRECATE_DOMAIN, domain);
    case 5:
        return change_domain(people, OPERATION_DESCRIBE_DOMAIN, domain);
    case 6:
        return register_workflow(people, domain, a_workflow_type(people), true);
    case 7:
        return register_activity(people, domain, an_activity_type(people), true);
    case 8:
        return change_workflow_type(people, OPERATION_DEPRECATE_WORKFLOW_TYPE, domain,
                                    a_workflow_type(people));
    case 9:
        return change_activity_type(people, OPERATION_DEPRECATE_ACTIVITY_TYPE, domain,
                                    an_activity_type(people));
    case 10:
        return change_workflow_type(people, OPERATION_DELETE_WORKFLOW_TYPE, domain,
                                    a_workflow_type(people));
    case 11:
        return change_activity_type(people, OPERATION_DELETE_ACTIVITY_TYPE, domain,
                                    an_activity_type(people));
    case 12:
    case 13:
        return change_activity_type(people, OPERATION_DESCRIBE_ACTIVITY_TYPE, domain,
                                    an_activity_type(people));
    case 14:
        return change_workflow_type(people, OPERATION_DESCRIBE_WORKFLOW_TYPE, domain,
                                    a_workflow_type(people));
    case 15:
    case 16:
    case 17:
        return change_activity_type(people, OPERATION_UNDEPRECATE_ACTIVITY_TYPE, domain,
                                    an_activity_type(people));
    default:
        return change_workflow_type(people, OPERATION_UNDEPRECATE_WORKFLOW_TYPE, domain,
                                    a_workflow_type(people));
    }
}

struct ask *people_register(struct people *people, unsigned n)
{
    struct bytes domain = bytes_of_cstr(domains[n % DOMAINS]);
    struct bytes days = arena_printf(people->arena, "%u", people->mix->retention_days);
    static const struct workflow_type old_workflow = { { "old", 3 }, { "1", 1 } };
    static const struct activity_type old_activity = { { "old", 3 }, { "1", 1 } };

    switch (n / DOMAINS) {
    case 0:
        return register_domain(people, domain, days);
    case 1:
        return register_workflow(people, domain, workflow_type_of(people, "order", "1"), true);
    case 2:
        return register_workflow(people, domain, workflow_type_of(people, "order", "2"), true);
    case 3:
        return register_workflow(people, domain, workflow_type_of(people, "bare", "1"), false);
    case 4:
        return register_workflow(people, domain, workflow_type_of(people, "role", "1"), true);
    case 5:
        return register_workflow(people, domain, workflow_type_of(people, "old", "1"), true);
    case 6:
        return change_workflow_type(people, OPERATION_DEPRECATE_WORKFLOW_TYPE, domain,
                                    &old_workflow);
    case 7:
        return register_activity(people, domain, activity_type_of(people, "ship", "1"), true);
    case 8:
        return register_activity(people, domain, activity_type_of(people, "ship", "2"), true);
    case 9:
        return register_activity(people, domain, activity_type_of(people, "bare", "1"), false);
    case 10:
        return register_activity(people, domain, activity_type_of(people, "old", "1"), true);
    case 11:
        return change_activity_type(people, OPERATION_DEPRECATE_ACTIVITY_TYPE, domain,
                                    &old_activity);
    default:
        return NULL;
    }
}

struct ask *people_poke(struct people *people, struct bytes domain,
                        const struct workflow_execution *names)
{
    struct signal_workflow_execution_input *input = INPUT(people, signal_workflow_execution);

    input->domain = domain;
    input->workflow_id = names->workflow_id;
    input->run_id = names->run_id;
    input->signal_name = BYTES("end");
    return ask_write(people, ask_new(people, OPERATION_SIGNAL_WORKFLOW_EXECUTION, input));
}

static struct ask *client_act(struct people *people, struct person *person)
{
    uint64_t what = below(people, 100);

    person->acts_at = people->steps + below(people, 4);
    if (!bytes_is_absent(person->page_token))
        return read_one(people, person);
    if (happens(people, people->mix->registry))
        return registry_call(people);
    if (what < 35)
        return start(people);
    if (what < 52)
        return signal_one(people);
    if (what < 57)
        return cancel_one(people);
    if (what < 60)
        return terminate_one(people);
    if (what < 72)
        return describe_one(people);
    if (what < 82)
        return read_one(people, person);
    if (what < 87)
        return list_open(people);
    if (what < 92)
        return list_closed(people);
    return count_some(people);
}

/* ---- all of them */

void people_init(struct people *people, struct arena *arena, struct random_sequence *chance,
                 const struct mix *mix)
{
    *people = (struct people){
        .arena = arena, .chance = chance, .mix = mix, .json = json_reader_new()
    };
}

void people_deinit(struct people *people)
{
    json_reader_free(people->json);
}

void people_gather(struct people *people)
{
    const struct mix *mix = people->mix;

    people->count = mix->clients + mix->deciders + mix->workers;
    people->persons = arena_array(people->arena, struct person, people->count);
    for (size_t i = 0; i < people->count; i++) {
        struct person *person = &people->persons[i];

        person->domain = below(people, 8) ? BYTES("d") : BYTES("e");
        if (i < mix->clients) {
            person->role = ROLE_CLIENT;
        } else if (i < mix->clients + mix->deciders) {
            person->role = ROLE_DECIDER;
            person->list = below(people, 3) ? BYTES("deciders")
                                            : pick(people, decision_lists, LENGTH(decision_lists));
        } else {
            person->role = ROLE_WORKER;
            person->list = below(people, 3) ? BYTES("workers")
                                            : pick(people, activity_lists, LENGTH(activity_lists));
        }
    }
}

void people_replace_by_healers(struct people *people)
{
    size_t per_domain = LENGTH(decision_lists) + LENGTH(activity_lists);

    people->count = DOMAINS * per_domain;
    people->persons = arena_array(people->arena, struct person, people->count);
    for (size_t i = 0; i < people->count; i++) {
        struct person *person = &people->persons[i];
        size_t n = i % per_domain;

        person->domain = bytes_of_cstr(domains[i / per_domain]);
        person->closes = true;
        person->role = n < LENGTH(decision_lists) ? ROLE_DECIDER : ROLE_WORKER;
        person->list = bytes_of_cstr(n < LENGTH(decision_lists)
                                         ? decision_lists[n]
                                         : activity_lists[n - LENGTH(decision_lists)]);
    }
}

struct ask *person_act(struct people *people, struct person *person)
{
    struct ask *ask;

    if (person->asked || people->steps < person->acts_at)
        return NULL;
    if (person->role == ROLE_CLIENT)
        ask = client_act(people, person);
    else
        ask = person->role == ROLE_DECIDER ? decider_act(people, person)
                                           : worker_act(people, person);
    ask->who = person;
    ask->asked_at = people->steps;
    person->asked = ask;
    person->patience = people->steps + 50 + below(people, 400);
    return ask;
}

/* A member of the answer, or of an object in it. */
static struct bytes said(struct people *people, struct bytes reply, const char *inside,
                         const char *name)
{
    struct json_value root, value;
    struct json_cursor cursor;
    struct bytes member;

    if (!json_parse(people->json, reply, &root) || json_kind(root) != JSON_OBJECT)
        return BYTES_ABSENT;
    cursor = json_walk(root);
    while (json_next_member(&cursor, &member, &value)) {
        if (inside && bytes_equal_cstr(member, inside) && json_kind(value) == JSON_OBJECT) {
            cursor = json_walk(value);
            inside = NULL;
        } else if (!inside && bytes_equal_cstr(member, name) && json_kind(value) == JSON_STRING) {
            return arena_copy(people->arena, json_string(value));
        }
    }
    return BYTES_ABSENT;
}

static void hear_task(struct people *people, struct person *person, struct bytes reply,
                      const struct ask *ask)
{
    struct bytes token = said(people, reply, NULL, "taskToken");

    if (token.len == 0)
        return;
    remember(people, said(people, reply, "workflowExecution", "workflowId"),
             said(people, reply, "workflowExecution", "runId"));
    person->token = token;
    person->page_token = said(people, reply, NULL, "nextPageToken");
    person->page_request = &ask->request;
    if (person->role == ROLE_DECIDER)
        plan_decision(people, person);
    else
        plan_activity(people, person);
}

void person_hear(struct people *people, struct person *person, enum fault_code fault,
                 struct bytes reply)
{
    const struct ask *ask = person->asked;

    person->asked = NULL;
    if (fault != FAULT_NONE) {
        if (fault == FAULT_UNKNOWN_RESOURCE && person->plan == PLAN_ANSWER)
            person->token = BYTES_ABSENT;
        return;
    }
    switch (ask->request.operation) {
    case OPERATION_POLL_FOR_DECISION_TASK:
    case OPERATION_POLL_FOR_ACTIVITY_TASK:
        hear_task(people, person, reply, ask);
        break;
    case OPERATION_START_WORKFLOW_EXECUTION:
        remember(people, ask->request.start_workflow_execution->workflow_id,
                 said(people, reply, NULL, "runId"));
        break;
    case OPERATION_GET_WORKFLOW_EXECUTION_HISTORY:
        person->page_token = said(people, reply, NULL, "nextPageToken");
        person->page_request = &ask->request;
        break;
    default:
        break;
    }
}

void person_give_up(struct person *person)
{
    person->asked = NULL;
}
