#include "cmd/party.h"

#include <stdio.h>
#include <time.h>

#define CALL_BYTES_MAX (64u << 20)

void party_init(struct party *party, const struct stage *stage, const char *name)
{
    struct client_config config = {
        .endpoint = stage->endpoint,
        .ca_file = stage->ca_file,
        .region = stage->region,
        .access_key_id = stage->access_key_id,
        .secret_access_key = stage->secret_access_key,
        .session_token = stage->session_token,
    };
    party->stage = stage;
    party->name = name;
    party->client = client_new(&config);
    arena_init(&party->arena, "demo call", CALL_BYTES_MAX);
    atomic_init(&party->failed, false);
}

void party_deinit(struct party *party)
{
    client_free(party->client);
    arena_deinit(&party->arena);
}

/* ---- calls */

bool party_call(struct party *party, const struct request *request, struct reply *reply)
{
    enum err err = client_call(party->client, request, &party->arena, reply);
    party->unanswered = err == ERR_IO;
    if (err) {
        snprintf(party->problem, sizeof party->problem, "no answer from %s: %s",
                 party->stage->endpoint, client_problem(party->client));
        return false;
    }
    if (bytes_is_absent(reply->fault))
        return true;
    snprintf(party->problem, sizeof party->problem, "%s: %.*s: %.*s",
             operation_names[request->operation], BYTES_FMT(reply->fault),
             BYTES_FMT(reply->message));
    return false;
}

bool party_register(struct party *party, const struct request *request)
{
    struct reply reply = { 0 };
    return party_call(party, request, &reply) ||
           bytes_equal_cstr(reply.fault, "DomainAlreadyExistsFault") ||
           bytes_equal_cstr(reply.fault, "TypeAlreadyExistsFault");
}

bool party_events(struct party *party, const struct reply *reply, struct event **events,
                  size_t *count)
{
    if (!client_events(party->client, reply, &party->arena, events, count))
        return true;
    snprintf(party->problem, sizeof party->problem, "%s", client_problem(party->client));
    return false;
}

bool party_history(struct party *party, const struct workflow_execution *execution,
                   struct event **events, size_t *count)
{
    struct reply reply;
    struct get_workflow_execution_history_input get = { .domain = party_domain(party),
                                                        .execution = execution };
    return party_call(party,
                      &(struct request){ OPERATION_GET_WORKFLOW_EXECUTION_HISTORY,
                                         { .get_workflow_execution_history = &get } },
                      &reply) &&
           party_events(party, &reply, events, count);
}

struct bytes party_domain(const struct party *party)
{
    return bytes_of_cstr(party->stage->domain);
}

struct task_list party_list(const struct party *party)
{
    return (struct task_list){ bytes_of_cstr(party->stage->list) };
}

/* ---- its thread */

static void *run(void *context)
{
    struct party *party = context;
    while (!client_is_canceled(party->client)) {
        arena_reset(&party->arena);
        if (!party->once(party) && !client_is_canceled(party->client)) {
            atomic_store(&party->failed, true);
            break;
        }
    }
    return NULL;
}

void party_begin(struct party *party, bool (*once)(struct party *party))
{
    party->once = once;
    ensure(pthread_create(&party->thread, NULL, run, party) == 0);
}

void party_end(struct party *party)
{
    client_cancel(party->client);
    pthread_join(party->thread, NULL);
}

void party_sleep_ms(long ms)
{
    struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
    nanosleep(&time, NULL);
}
