#include "hand.h"

bool hand_chance(struct hand *hand, unsigned of)
{
    return random_below(&hand->random, of) == 0;
}

bool hand_is_draining(const struct hand *hand)
{
    return load_is_draining(hand->load);
}

#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X500 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50

struct bytes hand_payload(struct hand *hand)
{
    static const char payload[] = X500 X500 X500 X500 X500 X500;

    return bytes_of(payload, random_below(&hand->random, sizeof payload));
}

bool hand_note_task(struct hand *hand, struct bytes token, const struct workflow_execution *names,
                    struct note note)
{
    if (token.len == 0)
        return false;
    hand->run = ledger_find_run(hand->ledger, names);
    if (!hand->run)
        return false;
    note.outcome = DONE;
    ledger_enter(hand->ledger, hand->run, note);
    return true;
}

void hand_take(struct hand *hand, struct bytes token, int64_t started_event_id)
{
    hand->token = arena_copy(&hand->held_arena, token);
    hand->token_life = hand->life;
    hand->started_event_id = started_event_id;
}

enum outcome hand_call(struct hand *hand, enum operation operation, const void *input)
{
    enum outcome outcome = caller_call(&hand->caller, operation, input);

    if (outcome == DONE)
        load_count_done(hand->load,
                        !bytes_is_absent(hand->token) && hand->token_life != hand->life);
    return outcome;
}

enum outcome hand_call_noted(struct hand *hand, enum operation operation, const void *input,
                             struct run *run, struct note note)
{
    struct note *entered = ledger_enter(hand->ledger, run, note);
    enum outcome outcome = hand_call(hand, operation, input);

    ledger_settle(hand->ledger, &entered->outcome, outcome);
    return outcome;
}
