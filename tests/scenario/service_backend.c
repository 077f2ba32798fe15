/*
 * The service in the thread of the test, turn by turn, on a store in memory or on RocksDB.
 *
 * `interrupted` is the one in memory, killed and started again after every turn that changed
 * something, as long as no call is under way: whatever a turn leaves to the next, and all that an
 * execution knows, must come out of the store again.
 *
 * `asleep` is the one in memory with no memory for executions: after every turn all fall asleep
 * that can. `asleep-interrupted` is both, so that its starts read what was kept of those that
 * sleep.
 */
#include "backend.h"
#include "stored.h"

#include "base/memory.h"
#include "service/inner.h"
#include "wire/decode.h"
#include "wire/rules.h"

struct service_session {
    struct session session;
    struct authority authority; /* makes every call: what `deny` says is its permission */
    struct stored stored;
    struct service *service;
    struct json_reader *json;
    unsigned under_way; /* calls */
    bool interrupted;
    size_t execution_bytes_max; /* 1: everything sleeps that can, after every turn */
};

/* Whatever is needed for a question is given back before the next one. */
static void take_scratch(struct arena *arena)
{
    ensure(arena->used == 0);
    arena_alloc(arena, 4096);
}

static const void *share(const struct authority *authority, const struct access_question *question,
                         struct arena *arena)
{
    (void)authority, (void)question;
    return arena_new(arena, int);
}

static bool may(const struct authority *authority, const struct access_question *question,
                struct arena *arena)
{
    const struct service_session *own = object_of(authority, const struct service_session,
                                                  authority);

    take_scratch(arena);
    ensure(!question->decision || question->shared);
    return question->decision == NULL || !own->session.denied[question->decision->decision_type];
}

static bool may_pass_any_role(const struct authority *authority,
                              const struct access_question *question, struct bytes role,
                              struct arena *arena)
{
    (void)authority, (void)question, (void)role;
    take_scratch(arena);
    return true;
}

static void release(struct authority *authority)
{
    (void)authority; /* it lives as long as the session */
}

static const struct authority_kind authority_kind = { share, may, may_pass_any_role, release };

static void open_service(struct service_session *own)
{
    struct service_config config = {
        .world = &own->session.world.world,
        .limits = own->session.options.limits,
        .region = BYTES("us-east-1"),
        .empty_poll_token = own->session.options.empty_poll_token,
        .throttles = own->session.options.throttles,
        .execution_bytes_max = own->execution_bytes_max,
        .lambda = own->session.options.lambda ? &own->session.lambda.face : NULL,
    };

    stored_open(&own->stored);
    config.store = own->stored.store;
    if (service_open(&config, &own->service) != OK)
        own->session.problem = "the service could not be opened";
}

static struct session *open_on(const struct options *options, const struct backend *backend,
                               enum stored_kind kind, size_t execution_bytes_max)
{
    struct service_session *own = memory_new(sizeof(*own));

    own->session = (struct session){ .backend = backend, .options = *options };
    own->execution_bytes_max = execution_bytes_max;
    own->authority = (struct authority){ .kind = &authority_kind,
                                         .principal = BYTES("arn:aws:iam::123456789012:root") };
    manual_world_init(&own->session.world);
    scripted_lambda_init(&own->session.lambda);
    own->json = json_reader_new();
    stored_init(&own->stored, kind);
    open_service(own);
    return &own->session;
}

static struct session *open_memory(const struct options *options)
{
    return open_on(options, &backend_memory, STORED_IN_MEMORY, 0);
}

static struct session *open_rocks(const struct options *options)
{
    return open_on(options, &backend_rocks, STORED_ON_ROCKS, 0);
}

static struct session *open_interrupted(const struct options *options)
{
    struct session *session = open_on(options, &backend_interrupted, STORED_IN_MEMORY, 0);

    ((struct service_session *)session)->interrupted = true;
    return session;
}

static struct session *open_asleep(const struct options *options)
{
    return open_on(options, &backend_asleep, STORED_IN_MEMORY, 1);
}

static struct session *open_asleep_interrupted(const struct options *options)
{
    struct session *session = open_on(options, &backend_asleep_interrupted, STORED_IN_MEMORY, 1);

    ((struct service_session *)session)->interrupted = true;
    return session;
}

/* Ends it without a further turn. */
static void drop_service(struct service_session *own)
{
    scripted_lambda_give_up(&own->session.lambda);
    service_close(own->service);
    stored_close(&own->stored);
}

static void interrupt(struct service_session *own)
{
    if (!own->interrupted || own->under_way)
        return;
    drop_service(own);
    open_service(own);
}

static bool turn(struct service_session *own)
{
    uint64_t before = service_figures(own->service).commits;

    if (service_turn(own->service) != OK) {
        own->session.problem = "a turn failed";
        return false;
    }
    if (service_figures(own->service).commits != before)
        interrupt(own);
    return true;
}

/* Turns until nothing needs one at this instant; one, while it is held. */
static void settle(struct session *session)
{
    struct service_session *own = (struct service_session *)session;

    while (turn(own) && !session->held && service_idle(own->service).ms == 0)
        continue;
}

static void on_answer(struct call *call)
{
    struct ask *ask = call->owner;
    struct service_session *own = ask->of;

    own->under_way--;
    ask->inside = NULL;
    if (atomic_load(&call->state) != CALL_GONE)
        ask_answer(ask, call->fault, call->output);
    call_free(call);
}

static void submit(struct session *session, struct ask *ask)
{
    struct service_session *own = (struct service_session *)session;
    struct call *call = call_new();
    struct fault fault;

    call->account = SCENARIO_ACCOUNT;
    call->authority = &own->authority;
    call->owner = ask;
    call->on_answer = on_answer;
    fault = decode_request(own->json, ask->operation, ask->body, &call->arena, &call->request);
    if (fault_is_none(fault))
        fault = check_rules(&call->request, &session->options.limits, &call->arena);
    if (fault_is_none(fault)) {
        ask->inside = call;
        ask->of = own;
        own->under_way++;
        service_submit(own->service, call);
        if (!session->gathering)
            settle(session);
    } else {
        ask_answer(ask, fault, NULL);
        call_free(call);
    }
}

static void hang_up(struct session *session, struct ask *ask)
{
    struct service_session *own = (struct service_session *)session;

    if (!service_abandon(own->service, ask->inside))
        session->problem = "a waiting poll could not be abandoned";
    settle(session);
}

static void close_service(struct service_session *own)
{
    own->interrupted = false;
    if (!own->session.held) {
        service_stop(own->service);
        settle(&own->session);
        service_rest(own->service);
    }
    drop_service(own);
}

static void restart(struct session *session, struct duration down)
{
    struct service_session *own = (struct service_session *)session;
    bool interrupted = own->interrupted;

    close_service(own);
    manual_world_advance(&session->world, down);
    open_service(own);
    own->interrupted = interrupted;
    if (!session->held)
        settle(session);
}

static void close_session(struct session *session)
{
    struct service_session *own = (struct service_session *)session;

    close_service(own);
    stored_deinit(&own->stored);
    scripted_lambda_deinit(&own->session.lambda);
    json_reader_free(own->json);
    memory_free(own);
}

/* Run numbers rise from 1; the few that a script opens are found by trying. */
static const struct execution *peek(struct session *session, struct bytes run_id)
{
    struct service_session *own = (struct service_session *)session;

    for (uint64_t number = 1; number < own->service->next_run; number++) {
        struct run *run;

        if (awake_get(own->service, number, &run) == OK && bytes_equal(run->run_id, run_id))
            return run->execution;
    }
    return NULL;
}

const struct backend backend_memory = {
    .name = "memory",
    .can_restart = true,
    .can_deny = true,
    .has_service = true,
    .can_gather = true,
    .open = open_memory,
    .close = close_session,
    .submit = submit,
    .settle = settle,
    .hang_up = hang_up,
    .restart = restart,
    .peek = peek,
};

const struct backend backend_rocks = {
    .name = "rocks",
    .can_restart = true,
    .can_deny = true,
    .has_service = true,
    .can_gather = true,
    .on_disk = true,
    .open = open_rocks,
    .close = close_session,
    .submit = submit,
    .settle = settle,
    .hang_up = hang_up,
    .restart = restart,
    .peek = peek,
};

const struct backend backend_interrupted = {
    .name = "interrupted",
    .can_restart = true,
    .can_deny = true,
    .has_service = true,
    .can_gather = true,
    .open = open_interrupted,
    .close = close_session,
    .submit = submit,
    .settle = settle,
    .hang_up = hang_up,
    .restart = restart,
    .peek = peek,
};

const struct backend backend_asleep = {
    .name = "asleep",
    .can_restart = true,
    .can_deny = true,
    .has_service = true,
    .can_gather = true,
    .open = open_asleep,
    .close = close_session,
    .submit = submit,
    .settle = settle,
    .hang_up = hang_up,
    .restart = restart,
    .peek = peek,
};

const struct backend backend_asleep_interrupted = {
    .name = "asleep-interrupted",
    .can_restart = true,
    .can_deny = true,
    .has_service = true,
    .can_gather = true,
    .open = open_asleep_interrupted,
    .close = close_session,
    .submit = submit,
    .settle = settle,
    .hang_up = hang_up,
    .restart = restart,
    .peek = peek,
};
