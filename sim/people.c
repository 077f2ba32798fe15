#include "words.h"

#define HELD_STEPS_MAX 120

/* ---- deciders */

static struct ask *respond_decision(struct people *people, struct person *person)
{
    struct respond_decision_task_completed_input *input = INPUT(people,
                                                                respond_decision_task_completed);
    struct ask *ask = ask_new(people, OPERATION_RESPOND_DECISION_TASK_COMPLETED, input);

    input->task_token = person->token;
    input->decisions = decide(people, person->closes);
    if (!person->closes) {
        input->execution_context = maybe_text(people, "context", 4);
        input->task_list = below(people, 8)
                               ? NULL
                               : list_named(people, pick(people, decision_lists, DECISION_LISTS));
        if (input->task_list && below(people, 2))
            input->task_list_schedule_to_start_timeout = PICK(people, "0", "3", "20", "100");
    }
    ask->is_broken = person->plan == PLAN_BREAK;
    if (ask->is_broken)
        break_completion(people, input);
    return ask_write(people, ask);
}

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

/* What it was told there is more of. */
static struct ask *next_page(struct people *people, struct person *person)
{
    struct bytes token = person->page_token;

    person->page_token = BYTES_ABSENT;
    return request_next_page(people, person->page_request, token);
}

static struct ask *decider_act(struct people *people, struct person *person)
{
    struct ask *ask;

    if (bytes_is_absent(person->token))
        return poll_decisions(people, person);
    if (!bytes_is_absent(person->page_token))
        return next_page(people, person);
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
    struct ask *ask;

    input->task_token = person->token;
    input->details = maybe_text(people, "beat", 2);
    ask = ask_of(people, OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT, input);
    ask->is_flood = happens(people, 8 * people->mix->flood); /* there are few */
    return ask;
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
        return ask_of(people, OPERATION_RESPOND_ACTIVITY_TASK_FAILED, failed);
    case 1:
        return ask_of(people, OPERATION_RESPOND_ACTIVITY_TASK_CANCELED, canceled);
    default:
        return ask_of(people, OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED, completed);
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
        return ask_of(people, OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED, input);
    case 1:
        wrong->task_token = person->token;
        return ask_of(people, OPERATION_RESPOND_DECISION_TASK_COMPLETED, wrong);
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
        person->acts_at = people->steps + (below(people, 2) ? 0 : below(people, 12));
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

static struct ask *flood_anew(struct people *people, const struct person *person)
{
    switch (below(people, 8)) {
    case 0:
        return request_list(people);
    case 1:
        return request_names(people);
    case 2:
        return request_tags(people, person->account);
    case 3:
        return request_look(people);
    default:
        return request_registration(people);
    }
}

/* Said many times over; it leaves no event, and holds no task. Mostly what was said before. */
static struct ask *flood(struct people *people, const struct person *person)
{
    const struct request *before = people->flooded;
    struct ask *ask = before && below(people, 4) ? ask_of(people, before->operation, before->input)
                                                 : flood_anew(people, person);

    people->flooded = &ask->request;
    ask->is_flood = true;
    return ask;
}

static struct ask *client_act(struct people *people, struct person *person)
{
    const struct mix *mix = people->mix;

    person->acts_at = people->steps + below(people, 4);
    if (!bytes_is_absent(person->page_token) && below(people, 10))
        return next_page(people, person);
    if (happens(people, mix->flood))
        return flood(people, person);
    if (happens(people, mix->registry))
        return request_registration(people);
    if (happens(people, mix->names))
        return request_names(people);
    if (happens(people, mix->resource_tags))
        return request_tags(people, person->account);
    return below(people, 100) < 82 ? request_about_run(people) : request_list(people);
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

void people_note_time(struct people *people, struct instant now)
{
    size_t place = people->time_count < TIMES_MAX ? people->time_count++ : below(people, TIMES_MAX);

    people->times[place] = now;
}

void people_gather(struct people *people)
{
    const struct mix *mix = people->mix;

    people->count = mix->clients + mix->deciders + mix->workers;
    people->persons = arena_array(people->arena, struct person, people->count);
    for (size_t i = 0; i < people->count; i++) {
        struct person *person = &people->persons[i];

        person->account = accounts[mix->two_accounts && below(people, 4) == 0];
        person->domain = below(people, 8) ? BYTES("d") : BYTES("e");
        if (i < mix->clients) {
            person->role = ROLE_CLIENT;
        } else if (i < mix->clients + mix->deciders) {
            person->role = ROLE_DECIDER;
            person->list = below(people, 3) ? BYTES("deciders")
                                            : pick(people, decision_lists, DECISION_LISTS);
        } else {
            person->role = ROLE_WORKER;
            person->list = below(people, 3) ? BYTES("workers")
                                            : pick(people, activity_lists, ACTIVITY_LISTS);
        }
    }
}

void people_replace_by_healers(struct people *people)
{
    size_t per_domain = DECISION_LISTS + ACTIVITY_LISTS, per_account = DOMAINS * per_domain;

    people->count = per_account * (people->mix->two_accounts ? ACCOUNTS : 1);
    people->persons = arena_array(people->arena, struct person, people->count);
    for (size_t i = 0; i < people->count; i++) {
        struct person *person = &people->persons[i];
        size_t n = i % per_domain;

        person->account = accounts[i / per_account];
        person->domain = bytes_of_cstr(domains[i % per_account / per_domain]);
        person->closes = true;
        person->role = n < DECISION_LISTS ? ROLE_DECIDER : ROLE_WORKER;
        person->list = bytes_of_cstr(n < DECISION_LISTS ? decision_lists[n]
                                                        : activity_lists[n - DECISION_LISTS]);
    }
}

/* On whose behalf: most may do everything in their account. */
static struct who caller_of(struct people *people, const struct person *person,
                            enum operation operation)
{
    const struct mix *mix = people->mix;
    struct who who = { person->account, RIGHTS_ALL };

    if (person->closes)
        return who;
    if (mix->two_accounts && happens(people, mix->stranger))
        who.account = accounts[below(people, ACCOUNTS)];
    if (happens(people, mix->limited))
        who.rights = (enum rights)below(people, RIGHTS_COUNT);
    if (operation == OPERATION_RESPOND_DECISION_TASK_COMPLETED && happens(people, mix->few_rights))
        who.rights = RIGHTS_FEW_DECISIONS;
    return who;
}

/* What came too fast is said once more. */
static struct ask *say_again(struct people *people, struct person *person)
{
    struct ask *ask = ask_of(people, person->again->request.operation,
                             person->again->request.input);

    ask->is_flood = person->again->is_flood && below(people, 2);
    person->again = NULL;
    return ask;
}

static struct ask *next_ask(struct people *people, struct person *person)
{
    if (person->again)
        return say_again(people, person);
    switch (person->role) {
    case ROLE_CLIENT:
        return client_act(people, person);
    case ROLE_DECIDER:
        return decider_act(people, person);
    case ROLE_WORKER:
        break;
    }
    return worker_act(people, person);
}

struct ask *person_act(struct people *people, struct person *person)
{
    struct ask *ask;

    if (person->asked || people->steps < person->acts_at)
        return NULL;
    ask = next_ask(people, person);
    ask->who = person;
    ask->caller = caller_of(people, person, ask->request.operation);
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

static void hear_page(struct people *people, struct person *person, struct bytes reply,
                      const struct ask *ask)
{
    person->page_token = said(people, reply, NULL, "nextPageToken");
    person->page_request = &ask->request;
    if (happens(people, people->mix->late_page))
        person->acts_at += below(people, HELD_STEPS_MAX);
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
    hear_page(people, person, reply, ask);
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
    if (fault == FAULT_THROTTLING && !ask->is_broken && below(people, 3))
        person->again = ask;
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
    default:
        if (person->role == ROLE_CLIENT && request_has_pages(&ask->request))
            hear_page(people, person, reply, ask);
    }
}

void person_give_up(struct person *person)
{
    person->asked = NULL;
}
