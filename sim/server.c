#include "server.h"

#include "auth/authority.h"
#include "base/ensure.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/memory.h"
#include "fold.h"
#include "service/inner.h"
#include "store/layout.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/rules.h"

#define ARENA_BYTES_MAX ((size_t)4 << 30)
#define TEXT_BYTES_MAX ((size_t)64 << 20)
#define STARTS_MAX 100

/* A call inside the process. */
struct visit {
    struct list node;
    struct seen_call seen;
    struct ask *ask;
    struct call *call; /* NULL: answered */
    struct server *server;
    bool is_new; /* taken since the last turn */
};

static struct visit *visit_of(struct list *node)
{
    return object_of(node, struct visit, node);
}

/* ---- who there is */

static void add_user(struct server *server, struct identity_account *account, enum rights rights)
{
    struct bytes name = bytes_of_cstr(rights_names[rights]);
    struct bytes document = rights_policy(rights, server->settings.rules.denied, &server->arena);
    struct bytes *policies = arena_new(&server->arena, struct bytes);

    account->users.items[account->users.count++] = (struct identity){
        .name = name,
        .policies = { policies, !bytes_is_absent(document) },
    };
    *policies = name;
    if (!bytes_is_absent(document))
        account->policies.items[account->policies.count++] = (struct identity_policy){ name,
                                                                                       document };
}

static void add_account(struct server *server, struct identities_file *file, uint64_t id)
{
    struct identity_account *account = &file->accounts.items[file->accounts.count++];

    account->id = arena_printf(&server->arena, "%012llu", (unsigned long long)id);
    account->users.items = arena_array(&server->arena, struct identity, RIGHTS_COUNT);
    account->policies.items = arena_array(&server->arena, struct identity_policy, RIGHTS_COUNT);
    for (int i = 0; i < RIGHTS_COUNT; i++)
        add_user(server, account, (enum rights)i);
}

static void make_identities(struct server *server)
{
    struct identities_file file = {
        { arena_array(&server->arena, struct identity_account, ACCOUNTS), 0 }
    };

    for (size_t i = 0; i < ACCOUNTS; i++)
        add_account(server, &file, accounts[i]);
    text_reset(&server->text);
    server->identities = identities_new(&file, &server->text);
    if (server->identities == NULL)
        log_error("the identities are refused", LOG_TEXT("reason", text_bytes(&server->text)));
    ensure(server->identities);
    for (size_t i = 0; i < ACCOUNTS; i++)
        for (int j = 0; j < RIGHTS_COUNT; j++)
            server->principals[i][j] = identities_find_user(
                server->identities, file.accounts.items[i].id, bytes_of_cstr(rights_names[j]));
}

static struct authority *authority_of(struct server *server, struct who who, struct arena *arena)
{
    const struct circumstances circumstances = {
        .region = server->settings.rules.region,
        .source_ip = BYTES("192.0.2.7"),
        .user_agent = BYTES("made up"),
    };

    return authority_new(arena, server->identities,
                         server->principals[who.account != accounts[0]][who.rights],
                         &circumstances);
}

/* ---- the world around it */

/* The documented rates, all smaller alike, so that a small world exceeds them. */
static void divide_rates(struct throttle_rates *out, const struct oracle_rules *rules)
{
    uint32_t divisor = rules->call_rates_divided_by;

    *out = throttle_documented;
    for (int i = 0; i < OPERATION_COUNT; i++) {
        out->operations[i].burst = rate_divided(out->operations[i].burst, divisor);
        out->operations[i].refill = rate_divided(out->operations[i].refill, divisor);
        out->executions[i].burst = rate_divided(out->executions[i].burst, divisor);
        out->executions[i].refill = rate_divided(out->executions[i].refill, divisor);
    }
    for (int i = 1; i <= DECISION_TYPE_COUNT; i++) {
        out->decisions[i].burst = rate_divided(out->decisions[i].burst,
                                               rules->decision_rates_divided_by);
        out->decisions[i].refill = rate_divided(out->decisions[i].refill,
                                                rules->decision_rates_divided_by);
    }
}

static void mix_in(struct server *server, struct bytes bytes)
{
    server->digest = hash_combine(server->digest, hash_bytes(bytes));
}

static void on_written(void *context, const struct kv_operation *operations, size_t count)
{
    struct server *server = context;

    witness_see(&server->witness, operations, count,
                server->service ? &server->service->turn : NULL);
}

void server_init(struct server *server, const struct server_settings *settings, uint64_t seed,
                 struct random_sequence *chance)
{
    *server = (struct server){ .settings = *settings, .chance = chance };
    arena_init(&server->arena, "world", ARENA_BYTES_MAX);
    text_init(&server->text, TEXT_BYTES_MAX);
    list_init(&server->visits);
    list_init(&server->leaving);
    clocks_init(&server->clocks, seed);
    disk_init(&server->disk, chance, on_written, server);
    functions_init(&server->functions);
    witness_init(&server->witness, &server->arena);
    server->oracle = oracle_new(&settings->rules);
    server->json = json_reader_new();
    make_identities(server);
    divide_rates(&server->rates, &settings->rules);
}

void server_deinit(struct server *server)
{
    if (server_runs(server))
        server_kill(server);
    identities_release(server->identities);
    oracle_free(server->oracle);
    witness_deinit(&server->witness);
    disk_deinit(&server->disk);
    json_reader_free(server->json);
    text_deinit(&server->text);
    arena_deinit(&server->arena);
}

static bool complains(const struct server *server)
{
    return oracle_complaint(server->oracle).len > 0;
}

/* ---- calls in and out */

static void forget(struct visit *visit)
{
    list_remove(&visit->node);
    oracle_gone(visit->server->oracle, &visit->seen);
    memory_free((char *)visit->seen.reply.ptr);
    memory_free((char *)visit->seen.fault.message.ptr);
    memory_free(visit);
}

static void write_reply(struct server *server, const struct call *call)
{
    text_reset(&server->text);
    if (fault_is_none(call->fault))
        encode_reply(&server->text, call->request.operation, call->output);
    else
        encode_fault(&server->text, call->fault);
}

/* An answer of a process that died is heard by nobody. */
static void on_answer(struct call *call)
{
    struct visit *visit = call->owner;
    struct server *server = visit->server;
    bool is_gone = atomic_load(&call->state) == CALL_GONE;

    visit->call = NULL;
    if (!server->is_closing && server->disk.commit_failed)
        oracle_object(server->oracle, "a call is answered after its commit failed", BYTES_ABSENT);
    if (!server->is_closing && !server->disk.is_dead && !is_gone) {
        write_reply(server, call);
        visit->seen.is_answered = true;
        visit->seen.fault = fault_of(call->fault.code, memory_copy(call->fault.message));
        visit->seen.reply = memory_copy(text_bytes(&server->text));
    } else if (server->disk.is_dead || server->is_closing) {
        server->sums.answers_lost_in_crashes++;
    }
    call_free(call);
    if (is_gone)
        forget(visit);
}

static struct visit *visit_new(struct server *server, struct ask *ask)
{
    struct visit *visit = memory_new(sizeof(*visit));

    visit->server = server;
    visit->ask = ask;
    visit->is_new = true;
    visit->seen = (struct seen_call){
        .number = ask->number,
        .request = &ask->request,
        .caller = ask->caller,
        .since = { server->clocks.steady_ms },
    };
    return visit;
}

static bool refuse(struct server *server, struct ask *ask, struct fault fault)
{
    server->sums.refused++;
    if (ask->is_broken && (fault.code == FAULT_VALIDATION || fault.code == FAULT_SERIALIZATION)) {
        text_reset(&server->text);
        encode_fault(&server->text, fault);
        mix_in(server, text_bytes(&server->text));
        server->settings.on_answered(server->settings.context, ask, fault.code,
                                     text_bytes(&server->text));
        return true;
    }
    return oracle_refused(server->oracle, ask->body, fault);
}

/* What the rules say against a request is told only to those who may make the call. */
bool server_take(struct server *server, struct ask *ask)
{
    struct call *call = call_new();
    struct visit *visit;
    struct fault fault = decode_request(server->json, ask->request.operation, ask->body,
                                        &call->arena, &call->request);
    bool fine;

    server->sums.calls++;
    if (fault_is_none(fault))
        call->refusal = check_rules(&call->request, service_limits(server->service), &call->arena);
    if (!fault_is_none(fault) || ask->is_broken == fault_is_none(call->refusal)) {
        fine = refuse(server, ask, fault_is_none(fault) ? call->refusal : fault);
        call_free(call);
        return fine;
    }
    visit = visit_new(server, ask);
    visit->call = call;
    visit->seen.breaks_rules = ask->is_broken;
    call->account = ask->caller.account;
    call->authority = authority_of(server, ask->caller, &call->arena);
    call->owner = visit;
    call->on_answer = on_answer;
    list_append(&server->visits, &visit->node);
    service_submit(server->service, call);
    return true;
}

void server_hang_up(struct server *server, const struct ask *ask)
{
    struct list *next;

    for (struct list *node = list_first(&server->visits); node; node = next) {
        struct visit *visit = visit_of(node);

        next = list_next(&server->visits, node);
        if (visit->ask != ask || visit->call == NULL || visit->is_new ||
            !service_abandon(server->service, visit->call))
            continue;
        server->sums.polls_gone++;
        oracle_gone(server->oracle, &visit->seen);
        list_remove(&visit->node);
        list_append(&server->leaving, &visit->node);
    }
}

/* ---- a turn */

static size_t gather(struct server *server, struct seen_call ***calls)
{
    size_t count = 0;

    for (struct list *node = list_first(&server->visits); node;
         node = list_next(&server->visits, node))
        count++;
    *calls = memory_new(sizeof(**calls) * (count + 1));
    count = 0;
    for (struct list *node = list_first(&server->visits); node;
         node = list_next(&server->visits, node))
        if (visit_of(node)->is_new)
            (*calls)[count++] = &visit_of(node)->seen;
    return count;
}

static void count_answer(struct server *server, const struct visit *visit)
{
    server->sums.throttled += visit->seen.fault.code == FAULT_THROTTLING;
    server->sums.denied += visit->seen.fault.code == FAULT_ACCESS_DENIED;
    server->sums.further_pages += visit->seen.fault.code == FAULT_NONE &&
                                  visit->ask->is_further_page;
}

static void send_answers(struct server *server)
{
    struct list *next;

    for (struct list *node = list_first(&server->visits); node; node = next) {
        struct visit *visit = visit_of(node);

        next = list_next(&server->visits, node);
        visit->is_new = false;
        if (!visit->seen.is_answered)
            continue;
        count_answer(server, visit);
        mix_in(server, visit->seen.reply);
        server->settings.on_answered(server->settings.context, visit->ask, visit->seen.fault.code,
                                     visit->seen.reply);
        forget(visit);
    }
}

/* Is the living state what the history says? One run a turn is looked at. */
static bool check_fold(struct server *server)
{
    uint64_t number = 1 + random_below(server->chance, server->service->next_run);
    struct run *run;
    struct execution *folded;
    const struct event *events;
    size_t count;
    bool fine;

    if (awake_get(server->service, number, &run))
        return true;
    events = oracle_events(server->oracle, number, &count);
    folded = fold_events(events, count);
    text_reset(&server->text);
    fine = fold_agrees(folded, run->execution, &server->text);
    execution_free(folded);
    server->sums.folds++;
    return fine || oracle_object(server->oracle, "the living state is not the fold of the history",
                                 text_bytes(&server->text));
}

static void mix_in_steps(struct server *server)
{
    for (size_t i = 0; i < server->witness.count; i++)
        for (size_t j = 0; j < server->witness.steps[i].count; j++)
            mix_in(server, server->witness.steps[i].texts[j]);
}

/* The service looks at the space once a second, and wants a quarter more than the bound before
 * workflows begin again. What a turn itself writes comes on top. */
static bool is_short_of_space(struct server *server)
{
    struct instant steady = server->service->steady;
    uint64_t bound = server->settings.free_bytes_min;

    if (server->disk.space < bound + bound / 4 + ((uint64_t)1 << 20))
        server->short_until = instant_add(steady, duration_of_s(1));
    return !instant_before(server->short_until, steady);
}

static bool look(struct server *server, bool died)
{
    struct seen_call **calls;
    struct seen_turn turn = {
        .now = server->service->now,
        .steady = server->service->steady,
        .committed = server->witness.committed,
        .died = died,
        .is_at_rest = server_idle(server) != 0,
        .is_short_of_space = is_short_of_space(server),
        .steps = server->witness.steps,
        .step_count = server->witness.count,
        .call_count = gather(server, &calls),
    };
    bool fine;

    turn.calls = calls;
    mix_in_steps(server);
    if (server->witness.problem)
        fine = oracle_object(server->oracle, server->witness.problem, BYTES_ABSENT);
    else
        fine = oracle_turn(server->oracle, &turn);
    memory_free(calls);
    server->sums.commits += turn.committed;
    return fine && !complains(server);
}

/* What the turn called, if it lived to do so. */
static bool look_at_functions(struct server *server, size_t before)
{
    for (size_t i = before; i < server->functions.count; i++)
        if (!oracle_invoked(server->oracle, server->functions.running[i]))
            return false;
    return true;
}

bool server_turn(struct server *server)
{
    size_t functions_before = server->functions.count;
    enum err err;
    bool died;

    witness_reset(&server->witness);
    disk_begin_turn(&server->disk);
    err = service_turn(server->service);
    died = err != OK || server->disk.is_dead;
    server->sums.turns++;
    if (died && !server->disk.is_dead)
        return oracle_object(server->oracle, "a turn failed though the disk did not",
                             bytes_of_cstr(err_text(err)));
    if (!look(server, died) || !look_at_functions(server, functions_before))
        return false;
    send_answers(server);
    if (!died)
        return check_fold(server);
    server->sums.commits_not_told += server->witness.committed;
    server_kill(server);
    return true;
}

int64_t server_idle(const struct server *server)
{
    return service_idle(server->service).ms;
}

struct instant server_now(const struct server *server)
{
    return server->service->now;
}

void server_answer_function(struct server *server)
{
    struct lambda_invocation *invocation = functions_pick(&server->functions, server->chance);

    if (invocation == NULL)
        return;
    oracle_lambda_answered(server->oracle, invocation);
    invocation->on_done(invocation);
}

/* ---- from one process to the next */

/* The calls of a turn whose commit failed are given back by nobody: their process is at its end. */
static void forget_visits(struct list *visits)
{
    struct list *node;

    while ((node = list_first(visits))) {
        struct visit *visit = visit_of(node);

        if (visit->call)
            call_free(visit->call);
        forget(visit);
    }
}

void server_kill(struct server *server)
{
    disk_crash(&server->disk);
    server->is_closing = true;
    functions_give_up(&server->functions);
    server->sums.woken += server->service->awake.woken;
    service_close(server->service);
    store_close(server->store);
    server->service = NULL;
    forget_visits(&server->visits);
    forget_visits(&server->leaving);
    server->is_closing = false;
}

static bool has_rates(const struct server *server)
{
    return server->settings.rules.call_rates_divided_by ||
           server->settings.rules.decision_rates_divided_by;
}

/* Opens both; what fails because the disk died may be tried again. */
static enum err open_once(struct server *server)
{
    uint8_t key[SERVER_KEY_BYTES];
    struct service_config config = {
        .world = &server->clocks.face,
        .limits = server->settings.rules.limits,
        .region = server->settings.rules.region,
        .empty_poll_token = server->settings.empty_poll_token,
        .recent_bytes_max = server->settings.recent_bytes_max,
        .throttles = has_rates(server),
        .rates = &server->rates,
        .execution_bytes_max = server->settings.execution_bytes_max,
        .free_bytes_min = server->settings.free_bytes_min,
        .lambda = server->settings.rules.calls_lambdas ? &server->functions.face : NULL,
    };
    enum err err;

    random_fill(&server->clocks.entropy, key, sizeof(key));
    err = layout_open(&server->disk.kv, key, &config.store);
    if (err)
        return err;
    err = service_open(&config, &server->service);
    if (err) {
        server->service = NULL;
        store_close(config.store);
        return err;
    }
    server->store = config.store;
    return OK;
}

bool server_start(struct server *server)
{
    disk_restart(&server->disk);
    for (int i = 0; i < STARTS_MAX; i++) {
        enum err err;

        if (random_below(server->chance, 20) == 0 && i < STARTS_MAX / 2 && server->sums.starts)
            server->disk.crash_in = 1 + random_below(server->chance, 60);
        err = open_once(server);
        server->sums.starts++;
        if (err == OK && !server->disk.is_dead) {
            server->disk.crash_in = 0;
            oracle_restart(server->oracle, server->service->now);
            return !complains(server);
        }
        if (err == OK)
            server_kill(server);
        if (!server->disk.is_dead)
            return oracle_object(server->oracle, "the server does not start",
                                 bytes_of_cstr(err_text(err)));
        disk_restart(&server->disk);
    }
    return oracle_object(server->oracle, "the server never starts", BYTES_ABSENT);
}

void server_lift_rates(struct server *server)
{
    if (!has_rates(server))
        return;
    if (server_runs(server))
        server_kill(server);
    server->settings.rules.call_rates_divided_by = 0;
    server->settings.rules.decision_rates_divided_by = 0;
    oracle_lift_rates(server->oracle);
}

bool server_stop(struct server *server)
{
    oracle_stopping(server->oracle);
    service_stop(server->service);
    do {
        if (!server_turn(server))
            return false;
        if (!server_runs(server))
            return true; /* it died on the way */
    } while (!list_is_empty(&server->visits));
    functions_give_up(&server->functions);
    server->is_closing = true;
    service_rest(server->service);
    server->sums.woken += server->service->awake.woken;
    service_close(server->service);
    store_close(server->store);
    server->service = NULL;
    server->is_closing = false;
    return true;
}
