#include "server.h"

#include "base/ensure.h"
#include "base/heap.h"
#include "base/memory.h"
#include "scenario/stored.h"
#include "service/service.h"
#include "wire/decode.h"
#include "wire/rules.h"

#define SERVER_BYTES_MAX ((size_t)256 << 20)

struct server {
    struct manual_world world;
    struct stored stored;
    struct service *service;
    struct json_reader *json;
    struct lambda_invoker invoker;
    struct mail *called; /* Lambda functions that have not answered */
    struct arena arena;
    struct ask *asks;
};

static void settle(struct server *server)
{
    do
        ensure(service_turn(server->service) == OK);
    while (service_idle(server->service).ms == 0);
}

/* ---- calls ---- */

static void on_answer(struct call *call)
{
    struct ask *ask = call->owner;

    ask->inside = NULL;
    if (atomic_load(&call->state) != CALL_GONE)
        ask_answer(ask, call->fault, call->output);
    call_free(call);
}

static struct ask *ask_new(struct server *server, enum operation operation, struct bytes body)
{
    struct ask *ask = arena_new(&server->arena, struct ask);
    char *padded = arena_alloc(&server->arena, body.len + JSON_PADDING);

    memcpy(padded, body.ptr, body.len);
    *ask = (struct ask){ .next = server->asks,
                         .operation = operation,
                         .body = bytes_of(padded, body.len) };
    text_init(&ask->reply, REPLY_BYTES_MAX);
    server->asks = ask;
    return ask;
}

struct ask *server_call(struct server *server, enum operation operation, struct bytes body)
{
    struct ask *ask = ask_new(server, operation, body);
    struct call *call = call_new();
    struct fault fault;

    call->account = SCENARIO_ACCOUNT;
    call->owner = ask;
    call->on_answer = on_answer;
    fault = decode_request(server->json, operation, ask->body, &call->arena, &call->request);
    if (fault_is_none(fault))
        fault = check_rules(&call->request, &LIMITS_DOCUMENTED, &call->arena);
    if (fault_is_none(fault)) {
        ask->inside = call;
        service_submit(server->service, call);
        settle(server);
    } else {
        ask_answer(ask, fault, NULL);
        call_free(call);
    }
    return ask;
}

void server_hang_up(struct server *server, struct ask *ask)
{
    ensure(service_abandon(server->service, ask->inside));
    settle(server);
}

/* ---- Lambda functions ---- */

static void take_invocation(void *context, struct lambda_invocation *invocation)
{
    struct server *server = context;

    invocation->mail.next = server->called;
    server->called = &invocation->mail;
}

static struct lambda_invocation *remove_invocation(struct server *server,
                                                   int64_t scheduled_event_id)
{
    for (struct mail **at = &server->called; *at; at = &(*at)->next) {
        struct lambda_invocation *invocation = object_of(*at, struct lambda_invocation, mail);

        if (invocation->scheduled_event_id != scheduled_event_id)
            continue;
        *at = (*at)->next;
        return invocation;
    }
    return NULL;
}

bool server_answer_lambda(struct server *server, int64_t scheduled_event_id,
                          enum lambda_outcome outcome, struct bytes reason, struct bytes answer)
{
    struct lambda_invocation *invocation = remove_invocation(server, scheduled_event_id);

    if (invocation == NULL)
        return false;
    invocation->outcome = outcome;
    invocation->reason = arena_copy(&invocation->arena, reason);
    invocation->answer = arena_copy(&invocation->arena, answer);
    invocation->on_done(invocation);
    settle(server);
    return true;
}

static void give_back_invocations(struct server *server)
{
    while (server->called) {
        struct mail *mail = server->called;
        struct lambda_invocation *invocation = object_of(mail, struct lambda_invocation, mail);

        server->called = mail->next;
        invocation->outcome = LAMBDA_NO_ANSWER;
        invocation->on_done(invocation);
    }
}

/* ---- time, beginning and end ---- */

int64_t server_now_ms(const struct server *server)
{
    return manual_world_now(&server->world).ms - WORLD_BEGINNING.ms;
}

void server_advance_to(struct server *server, int64_t ms)
{
    int64_t now_ms = server_now_ms(server);

    if (ms <= now_ms)
        return;
    manual_world_advance(&server->world, (struct duration){ ms - now_ms });
    settle(server);
}

struct server *server_new(void)
{
    struct server *server = memory_new(sizeof(*server));
    struct service_config config = {
        .world = &server->world.world,
        .limits = LIMITS_DOCUMENTED,
        .region = BYTES("us-east-1"),
        .lambda = &server->invoker,
    };

    manual_world_init(&server->world);
    arena_init(&server->arena, "server", SERVER_BYTES_MAX);
    server->json = json_reader_new();
    server->invoker = (struct lambda_invoker){ server, take_invocation };
    stored_init(&server->stored, STORED_IN_MEMORY);
    stored_open(&server->stored);
    config.store = server->stored.store;
    ensure(service_open(&config, &server->service) == OK);
    return server;
}

void server_free(struct server *server)
{
    give_back_invocations(server);
    service_stop(server->service);
    settle(server);
    service_close(server->service);
    stored_close(&server->stored);
    stored_deinit(&server->stored);
    for (struct ask *ask = server->asks; ask; ask = ask->next)
        text_deinit(&ask->reply);
    arena_deinit(&server->arena);
    json_reader_free(server->json);
    memory_free(server);
}
