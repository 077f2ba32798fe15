#include "hand.h"

static void heartbeat(struct hand *hand)
{
    struct record_activity_task_heartbeat_input input = {
        .task_token = hand->token,
        .details = ledger_text(hand->ledger, 'h'),
    };
    struct note note = { .kind = NOTE_HEARTBEAT,
                         .text = input.details,
                         .started_event_id = hand->started_event_id };

    if (hand_call_noted(hand, OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT, &input, hand->run, note) ==
        REFUSED)
        hand->token = BYTES_ABSENT; /* timed out, or its run is closed */
}

static enum outcome complete(struct hand *hand)
{
    struct respond_activity_task_completed_input input = {
        .task_token = hand->token,
        .result = ledger_text(hand->ledger, 'r'),
    };
    struct note note = { .kind = NOTE_COMPLETED,
                         .text = input.result,
                         .started_event_id = hand->started_event_id };

    return hand_call_noted(hand, OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED, &input, hand->run,
                           note);
}

static enum outcome fail(struct hand *hand)
{
    struct respond_activity_task_failed_input input = {
        .task_token = hand->token,
        .details = ledger_text(hand->ledger, 'f'),
    };
    struct note note = { .kind = NOTE_FAILED,
                         .text = input.details,
                         .started_event_id = hand->started_event_id };

    return hand_call_noted(hand, OPERATION_RESPOND_ACTIVITY_TASK_FAILED, &input, hand->run, note);
}

static void poll_activities(struct hand *hand)
{
    static const struct task_list list = { BYTES("work") };
    struct poll_for_activity_task_input input = {
        .domain = DOMAIN,
        .task_list = &list,
        .identity = ledger_text(hand->ledger, 'i'),
    };

    if (hand_call(hand, OPERATION_POLL_FOR_ACTIVITY_TASK, &input) != DONE)
        return;
    const struct activity_task_output *task = hand->caller.reply.output;
    struct note note = { .kind = NOTE_ACTIVITY_TASK,
                         .text = input.identity,
                         .started_event_id = task->started_event_id };
    if (!hand_note_task(hand, task->task_token, task->workflow_execution, note))
        return;
    arena_reset(&hand->held_arena);
    hand_take(hand, task->task_token, task->started_event_id);
}

static void work(struct hand *hand)
{
    unsigned dice = (unsigned)random_below(&hand->random, 100);

    if (hand_is_draining(hand))
        dice = 99;
    if (dice < 45)
        heartbeat(hand);
    else if (dice < 53)
        hand->token = BYTES_ABSENT; /* dropped: it times out */
    else if ((dice < 60 ? fail(hand) : complete(hand)) != UNKNOWN)
        hand->token = BYTES_ABSENT;
}

void worker_act(struct hand *hand)
{
    if (bytes_is_absent(hand->token))
        poll_activities(hand);
    else
        work(hand);
}
