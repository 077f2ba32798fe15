#include "hand.h"

#include <assert.h>

#define OPEN_RUNS_MAX 60
#define SIGNALS_MAX 30 /* of one run: its history stays a page */

static void start(struct hand *hand)
{
    static const struct workflow_type type = { BYTES("order"), BYTES("1") };
    struct workflow *workflow = hand->starting;
    bool again = workflow != NULL;

    if (again)
        ledger_start_again(hand->ledger, workflow);
    else
        workflow = ledger_new_workflow(hand->ledger);
    struct start_workflow_execution_input input = {
        .domain = DOMAIN,
        .workflow_id = workflow->id,
        .workflow_type = &type,
        .input = hand_payload(hand),
    };
    enum outcome outcome = hand_call(hand, OPERATION_START_WORKFLOW_EXECUTION, &input);
    struct bytes run_id = BYTES_ABSENT;
    if (outcome == DONE)
        run_id = ((const struct run_output *)hand->caller.reply.output)->run_id;
    else if (outcome == REFUSED &&
             !(again &&
               caller_was_refused_with(&hand->caller, "WorkflowExecutionAlreadyStartedFault")))
        ledger_complain(hand->ledger, "a start was refused: %.*s",
                        BYTES_FMT(hand->caller.reply.fault));
    ledger_note_start(hand->ledger, workflow, outcome, run_id);
    hand->starting = outcome == UNKNOWN && workflow->unknown < STARTS_MAX ? workflow : NULL;
}

static void note_if_closed(struct hand *hand, struct run *run, enum outcome outcome)
{
    if (outcome == REFUSED && caller_was_refused_with(&hand->caller, "UnknownResourceFault"))
        ledger_note_closed(hand->ledger, run);
}

static void send_signal(struct hand *hand, struct run *run)
{
    struct signal_workflow_execution_input input = {
        .domain = DOMAIN,
        .workflow_id = run->names.workflow_id,
        .run_id = run->names.run_id,
        .signal_name = ledger_text(hand->ledger, 's'),
        .input = hand_payload(hand),
    };

    if (run->signals < SIGNALS_MAX)
        note_if_closed(
            hand, run,
            hand_call_noted(hand, OPERATION_SIGNAL_WORKFLOW_EXECUTION, &input, run,
                            (struct note){ .kind = NOTE_SIGNAL, .text = input.signal_name }));
}

static void request_cancel(struct hand *hand, struct run *run)
{
    struct request_cancel_workflow_execution_input input = {
        .domain = DOMAIN,
        .workflow_id = run->names.workflow_id,
        .run_id = run->names.run_id,
    };

    note_if_closed(hand, run,
                   hand_call_noted(hand, OPERATION_REQUEST_CANCEL_WORKFLOW_EXECUTION, &input, run,
                                   (struct note){ .kind = NOTE_CANCEL }));
}

static void terminate(struct hand *hand, struct run *run)
{
    struct terminate_workflow_execution_input input = {
        .domain = DOMAIN,
        .workflow_id = run->names.workflow_id,
        .run_id = run->names.run_id,
        .reason = ledger_text(hand->ledger, 'x'),
    };
    enum outcome outcome = hand_call_noted(
        hand, OPERATION_TERMINATE_WORKFLOW_EXECUTION, &input, run,
        (struct note){ .kind = NOTE_TERMINATE, .text = input.reason });

    if (outcome != UNKNOWN)
        ledger_note_closed(hand->ledger, run);
}

static enum outcome do_register(struct hand *hand, const struct registered *registered)
{
    struct register_domain_input domain = {
        .name = registered->name,
        .description = registered->name,
        .workflow_execution_retention_period_in_days = BYTES("1"),
    };
    struct register_workflow_type_input workflow = {
        .domain = DOMAIN,
        .name = registered->name,
        .version = BYTES("1"),
        .description = registered->name,
    };
    struct register_activity_type_input activity = {
        .domain = DOMAIN,
        .name = registered->name,
        .version = BYTES("1"),
        .description = registered->name,
    };

    if (registered->how == OPERATION_REGISTER_DOMAIN)
        return hand_call(hand, registered->how, &domain);
    if (registered->how == OPERATION_REGISTER_WORKFLOW_TYPE)
        return hand_call(hand, registered->how, &workflow);
    return hand_call(hand, registered->how, &activity);
}

static void register_something(struct hand *hand)
{
    static const enum operation ways[] = { OPERATION_REGISTER_DOMAIN,
                                           OPERATION_REGISTER_WORKFLOW_TYPE,
                                           OPERATION_REGISTER_ACTIVITY_TYPE };
    struct registered *registered = ledger_new_registered(hand->ledger,
                                                          ways[random_below(&hand->random, 3)]);

    if (registered)
        ledger_settle(hand->ledger, &registered->outcome, do_register(hand, registered));
}

static enum outcome do_change(struct hand *hand, const struct registered *registered,
                              enum operation operation)
{
    static const struct resource_tag tag = { BYTES("key"), BYTES("value") };
    struct workflow_type workflow_type = { registered->name, BYTES("1") };
    struct activity_type activity_type = { registered->name, BYTES("1") };
    /* All inputs that deprecate, undeprecate or delete a thing of one kind are alike. */
    struct deprecate_domain_input domain = { .name = registered->name };
    struct deprecate_workflow_type_input workflow = { DOMAIN, &workflow_type };
    struct deprecate_activity_type_input activity = { DOMAIN, &activity_type };
    struct tag_resource_input tags = {
        .resource_arn = arena_printf(&hand->caller.arena, DOMAIN_ARN "%.*s",
                                     BYTES_FMT(registered->name)),
        .tags = { &tag, 1 },
    };

    static_assert(sizeof(struct undeprecate_domain_input) == sizeof domain, "alike");
    static_assert(sizeof(struct undeprecate_workflow_type_input) == sizeof workflow, "alike");
    static_assert(sizeof(struct delete_workflow_type_input) == sizeof workflow, "alike");
    static_assert(sizeof(struct undeprecate_activity_type_input) == sizeof activity, "alike");
    static_assert(sizeof(struct delete_activity_type_input) == sizeof activity, "alike");
    if (operation == OPERATION_TAG_RESOURCE)
        return hand_call(hand, operation, &tags);
    if (registered->how == OPERATION_REGISTER_DOMAIN)
        return hand_call(hand, operation, &domain);
    if (registered->how == OPERATION_REGISTER_WORKFLOW_TYPE)
        return hand_call(hand, operation, &workflow);
    return hand_call(hand, operation, &activity);
}

static void change_something(struct hand *hand)
{
    enum operation operation;
    enum outcome *entry, outcome;
    struct registered *registered = ledger_pick_registered(hand->ledger, &hand->random, &entry,
                                                           &operation);

    if (!registered)
        return;
    outcome = do_change(hand, registered, operation);
    if (outcome == REFUSED)
        ledger_complain(hand->ledger, "%s of %.*s was refused: %.*s", operation_names[operation],
                        BYTES_FMT(registered->name), BYTES_FMT(hand->caller.reply.fault));
    ledger_settle(hand->ledger, entry, outcome);
}

static void look(struct hand *hand, struct run *run)
{
    if (caller_describe(&hand->caller, DOMAIN, &run->names))
        load_count_done(hand->load, false);
    else if (hand->caller.reply.fault.len > 0)
        ledger_complain(hand->ledger, "run %.*s of %.*s is gone", BYTES_FMT(run->names.run_id),
                        BYTES_FMT(run->names.workflow_id));
}

static void act_on_run(struct hand *hand, struct run *run)
{
    unsigned dice = (unsigned)random_below(&hand->random, 100);

    if (dice < 85)
        send_signal(hand, run);
    else if (dice < 90)
        request_cancel(hand, run);
    else if (dice < 93)
        terminate(hand, run);
    else
        look(hand, run);
}

void visitor_act(struct hand *hand)
{
    struct run *run;

    if (hand->starting || (hand_chance(hand, 3) && ledger_open_runs(hand->ledger) < OPEN_RUNS_MAX))
        start(hand);
    else if (hand_chance(hand, 12))
        register_something(hand);
    else if (hand_chance(hand, 15))
        change_something(hand);
    else if ((run = ledger_pick_run(hand->ledger, &hand->random)))
        act_on_run(hand, run);
}
