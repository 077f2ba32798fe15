/*
 * Tokens: a text from outside opens as nothing, or was sealed here; what is sealed opens as it was,
 * and with one bit changed not at all.
 */
#include "target.h"

#include "service/token.h"

static const uint8_t key[SERVER_KEY_BYTES] = { 1, 2, 3 };

/* Made once, for one has room for many tokens: the second never seals a task, so it opens each by
 * its MAC, where the first may know it by its text. */
static struct token_sealer *sealer, *opener;

static void make_sealers(void)
{
    if (sealer)
        return;
    sealer = token_sealer_new(key);
    opener = token_sealer_new(key);
}

/* Opened, and sealed anew, it is the same text. */
static void open_any(struct bytes text, struct arena *arena)
{
    struct task_token task;

    if (token_open_task(opener, text, TOKEN_DECISION_TASK, &task) ||
        token_open_task(opener, text, TOKEN_ACTIVITY_TASK, &task))
        ensure(bytes_equal(token_seal_task(sealer, &task, arena), text));
}

static void flip(struct bytes sealed, size_t bit, enum token_kind kind, struct arena *arena)
{
    struct bytes changed = arena_copy(arena, sealed);
    struct task_token opened;

    bit %= sealed.len * 8;
    ((char *)changed.ptr)[bit / 8] ^= (char)(1u << (bit % 8));
    ensure(!token_open_task(opener, changed, kind, &opened));
    ensure(!token_open_task(sealer, changed, kind, &opened));
}

static void check_opens(struct token_sealer *by, struct bytes sealed, const struct task_token *task)
{
    enum token_kind other = task->kind == TOKEN_DECISION_TASK ? TOKEN_ACTIVITY_TASK
                                                              : TOKEN_DECISION_TASK;
    struct task_token opened;

    ensure(!token_open_task(by, sealed, other, &opened));
    ensure(token_open_task(by, sealed, task->kind, &opened));
    ensure(opened.key.run == task->key.run && opened.key.account == task->key.account);
    ensure(opened.scheduled_event_id == task->scheduled_event_id);
    ensure(opened.started_event_id == task->started_event_id);
}

static void seal_task(struct bytes *input, struct arena *arena)
{
    struct task_token task = {
        .kind = take_u8(input) % 2 ? TOKEN_DECISION_TASK : TOKEN_ACTIVITY_TASK,
        .key = { take_u64(input), (uint32_t)take_u64(input), take_u64(input) },
        .scheduled_event_id = (int64_t)take_u64(input),
        .started_event_id = (int64_t)take_u64(input),
    };
    struct bytes sealed = token_seal_task(sealer, &task, arena);

    check_opens(sealer, sealed, &task);
    check_opens(opener, sealed, &task);
    flip(sealed, (size_t)take_u64(input), task.kind, arena);
}

static void open_pages(struct bytes text, struct arena *arena)
{
    const struct list_domains_input list = {
        .registration_status = REGISTRATION_STATUS_REGISTERED
    };
    const struct request request = { OPERATION_LIST_DOMAINS, { .list_domains = &list } };
    const struct instant now = { 1000000 };
    struct page_position position = { .text = bytes_of(text.ptr, text.len % PAGE_TEXT_MAX) }, out;
    struct bytes sealed = token_seal_page(sealer, 7, &request, now, &position, arena);

    ensure(fault_is_none(token_open_page(sealer, 7, &request, sealed, now, 60, arena, &out)));
    ensure(bytes_equal(out.text, position.text));
    ensure(!fault_is_none(token_open_page(sealer, 8, &request, sealed, now, 60, arena, &out)));
    if (!bytes_equal(text, sealed))
        (void)token_open_page(sealer, 7, &request, text, now, 60, arena, &out);
}

static void run(struct bytes input)
{
    struct arena arena;

    make_sealers();
    arena_init(&arena, "tokens", 16 << 20);
    open_any(input, &arena);
    if (input.ptr)
        open_pages(input, &arena);
    seal_task(&input, &arena);
    arena_deinit(&arena);
}

const struct target target_token = { "token", run };
