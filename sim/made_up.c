#include "made_up.h"

#include "agreement.h"
#include "base/memory.h"
#include "history/check.h"
#include "network.h"

#define FLOOD_MAX 150
#define HEALING_STEPS_MAX 2000
#define HEALING_PACE_MS 1500000
#define HEALING_ROUNDS_MAX 3000
#define FREE_BYTES_MIN ((uint64_t)1 << 20)
#define TOKEN_MS 1000 /* after which a bucket has one, however small it is */
#define HOUR_MS INT64_C(3600000)

struct made_up {
    struct random_sequence chance;
    struct mix mix;
    struct server server;
    struct people people;
    struct network network;
    uint64_t step;
    bool heals;
};

static bool happens(struct made_up *world, uint32_t of_thousand)
{
    return mix_happens(&world->chance, of_thousand);
}

static uint64_t below(struct made_up *world, uint64_t bound)
{
    return random_below(&world->chance, bound);
}

/* ---- setting it up */

static struct limits limits_of(struct made_up *world)
{
    struct limits limits = LIMITS_DOCUMENTED;

    limits.page_token_seconds = 600;
    if (!world->mix.small_limits)
        return limits;
    limits.domains = 5;
    limits.workflow_types = (uint32_t)(5 + below(world, 3));
    limits.activity_types = (uint32_t)(4 + below(world, 3));
    limits.tags_per_domain = (uint32_t)(2 + below(world, 4));
    limits.open_executions = (uint32_t)(3 + below(world, 30));
    limits.open_activities = (uint32_t)(1 + below(world, 4));
    limits.open_timers = (uint32_t)(1 + below(world, 4));
    limits.open_children = (uint32_t)(1 + below(world, 4));
    limits.open_lambdas = (uint32_t)(1 + below(world, 4));
    limits.history_events = (uint32_t)(50 + below(world, 200));
    limits.pollers_per_list = (uint32_t)(1 + below(world, 4));
    limits.poll_seconds = (uint32_t)(1 + below(world, 60));
    limits.count_results = (uint32_t)(1 + below(world, 20));
    return limits;
}

static void on_answered(void *context, struct ask *ask, enum fault_code fault, struct bytes reply)
{
    struct made_up *world = context;

    network_answer(&world->network, ask, fault, reply, world->step + 1);
}

static void made_up_init(struct made_up *world, uint64_t seed)
{
    struct server_settings settings;

    *world = (struct made_up){ .chance = { seed } };
    mix_draw(&world->mix, &world->chance);
    settings = (struct server_settings){
        .rules = { .limits = limits_of(world),
                   .region = BYTES("us-east-1"),
                   .call_rates_divided_by = world->mix.call_rates_divided_by,
                   .decision_rates_divided_by = world->mix.decision_rates_divided_by,
                   .calls_lambdas = world->mix.calls_lambdas,
                   .denied = world->mix.denied },
        .recent_bytes_max = (size_t)world->mix.recent_kb << 10,
        .execution_bytes_max = (size_t)world->mix.execution_kb << 10,
        .free_bytes_min = FREE_BYTES_MIN,
        .on_answered = on_answered,
        .context = world,
    };
    server_init(&world->server, &settings, seed, &world->chance);
    people_init(&world->people, &world->server.arena, &world->chance, &world->mix);
    network_init(&world->network, &world->chance, &world->mix);
}

static void made_up_deinit(struct made_up *world)
{
    network_deinit(&world->network);
    people_deinit(&world->people);
    server_deinit(&world->server);
}

/* ---- messages */

/* Only who still waits for it hears an answer. */
static void hear(struct made_up *world, const struct arrival *arrival)
{
    struct person *person = arrival->ask->who;

    if (person && person->asked == arrival->ask)
        person_hear(&world->people, person, arrival->fault, arrival->reply);
}

/* Nobody listens. In a world that is not healed some wait on, in vain. */
static void notice_silence(struct made_up *world, const struct ask *ask)
{
    if (ask->who && ask->who->asked == ask && (world->heals || below(world, 2)))
        person_give_up(ask->who);
}

static bool exchange(struct made_up *world)
{
    struct arrival arrival;
    bool fine = true;

    while (fine && network_arrive(&world->network, world->step, &arrival)) {
        if (arrival.is_answer) {
            hear(world, &arrival);
            memory_free((char *)arrival.reply.ptr);
        } else if (server_runs(&world->server)) {
            fine = server_take(&world->server, arrival.ask);
        } else {
            notice_silence(world, arrival.ask);
        }
    }
    return fine;
}

static void send(struct made_up *world, struct ask *ask)
{
    network_send(&world->network, ask, world->step);
    for (uint64_t i = ask->is_flood ? below(world, FLOOD_MAX) : 0; i > 0; i--)
        network_send(&world->network, ask, world->step);
}

static void let_people_act(struct made_up *world)
{
    struct people *people = &world->people;

    people->steps = world->step;
    if (server_runs(&world->server) && below(world, 8) == 0)
        people_note_time(people, server_now(&world->server));
    for (size_t i = 0; i < people->count; i++) {
        struct person *person = &people->persons[i];
        struct ask *ask = person->asked;

        if (ask && (happens(world, world->mix.hang_up) ||
                    (!world->heals && world->step >= person->patience))) {
            if (server_runs(&world->server) && !happens(world, world->mix.vanish))
                server_hang_up(&world->server, ask);
            person_give_up(person);
        }
        ask = person_act(people, person);
        if (ask)
            send(world, ask);
    }
}

/* ---- what goes wrong with the process and the disk */

static bool trouble(struct made_up *world)
{
    const struct mix *mix = &world->mix;
    struct server *server = &world->server;

    if (happens(world, mix->fill_disk) && server->disk.space == UINT64_MAX)
        server->disk.space = below(world, 2) ? below(world, 1 << 14)
                                             : FREE_BYTES_MIN + below(world, 1 << 12);
    else if (happens(world, mix->free_disk))
        server->disk.space = UINT64_MAX;
    if (happens(world, mix->kill))
        server_kill(server);
    else if (happens(world, mix->restart))
        return server_stop(server);
    else if (happens(world, mix->crash))
        server->disk.crash_in = 1 + below(world, 40);
    else if (happens(world, mix->fail_commit))
        server->disk.fail_in = 1 + below(world, 3);
    return true;
}

/* ---- time */

static void pass_time(struct made_up *world)
{
    const struct mix *mix = &world->mix;
    struct clocks *clocks = &world->server.clocks;
    int64_t idle = server_runs(&world->server) ? server_idle(&world->server) : -1;

    if (happens(world, mix->clock_forward))
        clocks_jump(clocks,
                    (int64_t)below(world, (uint64_t)(below(world, 2) ? 2000 : 3 * HOUR_MS)));
    if (happens(world, mix->clock_back))
        clocks_jump(clocks, -(int64_t)below(world, (uint64_t)(below(world, 2) ? 2000 : HOUR_MS)));
    if (idle > 0 && idle < 4 * HOUR_MS && happens(world, mix->clock_due))
        clocks_pass(clocks, idle - 1 + (int64_t)below(world, 3));
    else if (!happens(world, mix->clock_stands))
        clocks_pass(clocks, (int64_t)below(world, mix->pace_ms + 1));
}

/* ---- a step */

/* In a healed world all see at once that their connection is gone: elsewhere their patience ends,
 * or they wait in vain. A write may still fail there that follows one that failed before. */
static void notice_death(struct made_up *world)
{
    struct people *people = &world->people;

    for (size_t i = 0; i < people->count; i++)
        if (people->persons[i].asked)
            person_give_up(&people->persons[i]);
}

static bool run_server(struct made_up *world)
{
    struct server *server = &world->server;

    if (!server_runs(server)) /* down for some steps */
        return (!world->heals && below(world, 4)) || server_start(server);
    if (mix_happens(&world->chance, world->mix.function_answers))
        server_answer_function(server);
    if (!server_turn(server))
        return false;
    if (world->heals && !server_runs(server))
        notice_death(world);
    return true;
}

static bool step(struct made_up *world)
{
    world->step++;
    if (server_runs(&world->server) && !trouble(world))
        return false;
    let_people_act(world);
    if (!exchange(world) || !run_server(world))
        return false;
    pass_time(world);
    return true;
}

static bool object(struct made_up *world, const char *what)
{
    return oracle_object(world->server.oracle, what, BYTES_ABSENT);
}

/* ---- the beginning */

static bool begin(struct made_up *world)
{
    struct ask *ask;

    if (!server_start(&world->server))
        return false;
    for (unsigned n = 0; (ask = people_register(&world->people, n)); n++) {
        if (!server_take(&world->server, ask) || !server_turn(&world->server))
            return false;
        clocks_pass(&world->server.clocks, TOKEN_MS);
    }
    people_gather(&world->people);
    return true;
}

/* ---- the end: everything heals */

static bool all_wait(const struct made_up *world)
{
    for (size_t i = 0; i < world->people.count; i++)
        if (!world->people.persons[i].asked || !bytes_is_absent(world->people.persons[i].token))
            return false;
    return network_is_empty(&world->network) && world->server.functions.count == 0 &&
           server_runs(&world->server) && server_idle(&world->server) != 0;
}

/* Until nothing moves but time. A run whose decision tasks time out at once moves until its own
 * time is over; nobody waits for that. */
static bool come_to_rest(struct made_up *world)
{
    for (int i = 0; i < HEALING_STEPS_MAX; i++) {
        if (!step(world))
            return false;
        if (i > 2 && all_wait(world))
            return true;
        if (i > HEALING_STEPS_MAX / 10 && i % 16 == 0)
            clocks_pass(&world->server.clocks, HEALING_PACE_MS);
    }
    return object(world, "a healed world does not come to rest");
}

static void poke_all(struct made_up *world)
{
    struct workflow_execution names;
    struct bytes domain;
    uint64_t account;

    for (size_t n = 0; oracle_open_run(world->server.oracle, n, &account, &domain, &names); n++)
        network_send(&world->network, people_poke(&world->people, account, domain, &names),
                     world->step);
}

/* Polls end on the way, and come back. */
static void wait_for_next(struct made_up *world)
{
    struct instant next = oracle_next_due(world->server.oracle);
    int64_t left = instant_since(next, server_now(&world->server)).ms;

    clocks_pass(&world->server.clocks, left > 0 ? left : 1);
}

static void begin_healing(struct made_up *world)
{
    struct people *people = &world->people;

    mix_heal(&world->mix);
    world->heals = true;
    world->server.disk.space = UINT64_MAX;
    world->server.disk.crash_in = world->server.disk.fail_in = 0;
    for (size_t i = 0; i < people->count; i++)
        if (people->persons[i].asked && server_runs(&world->server))
            server_hang_up(&world->server, people->persons[i].asked);
    server_lift_rates(&world->server);
    people_replace_by_healers(people);
    /* so that no poll is left of which only the server does not know that it is gone */
    clocks_pass(&world->server.clocks,
                (int64_t)world->server.settings.rules.limits.poll_seconds * 1000);
    if (world->server.clocks.wall_ms < world->server.clocks.steady_ms)
        world->server.clocks.wall_ms = world->server.clocks.steady_ms;
}

static bool heal(struct made_up *world)
{
    begin_healing(world);
    for (int i = 0; i < HEALING_ROUNDS_MAX; i++) {
        if (!come_to_rest(world) || !oracle_at_rest(world->server.oracle))
            return false;
        if (oracle_open_runs(world->server.oracle) == 0)
            return true;
        if (i % 8 == 0)
            poke_all(world);
        else
            wait_for_next(world);
    }
    return oracle_all_closed(world->server.oracle);
}

/* ---- what all histories say together */

static bool obeys_rules(const struct told_run *told, struct text *problem)
{
    struct history history = history_whole(told->events, told->count);
    struct history_sum sum;
    struct arena scratch;
    bool obeys;

    arena_init(&scratch, "history", HISTORY_CHECK_BYTES(told->count));
    obeys = history_check(&history, &sum, &scratch, problem);
    arena_deinit(&scratch);
    return obeys;
}

static bool check_histories(struct made_up *world)
{
    const struct oracle *oracle = world->server.oracle;
    size_t count = oracle_run_count(oracle), told_count = 0;
    struct told_run *told = memory_new(sizeof(*told) * (count + 1));
    struct text problem;
    bool fine = true;

    text_init(&problem, (size_t)1 << 20);
    for (size_t i = 0; i < count && fine; i++) {
        oracle_tell(oracle, i, &told[told_count]);
        if (told[told_count].count == 0)
            continue;
        fine = obeys_rules(&told[told_count], &problem);
        told_count++;
    }
    fine = fine && histories_agree(told, told_count, true, &problem);
    if (!fine)
        oracle_object(world->server.oracle, "the histories break a rule", text_bytes(&problem));
    text_deinit(&problem);
    memory_free(told);
    return fine;
}

static void sum_up(const struct made_up *world, struct world_sums *sums)
{
    const struct server *server = &world->server;

    sums->calls += server->sums.calls;
    sums->checks += oracle_checks(server->oracle);
    sums->turns += server->sums.turns;
    sums->commits += server->sums.commits;
    sums->starts += server->sums.starts;
    sums->crashes += server->disk.crashes;
    sums->failed_commits += server->disk.failed_writes;
    sums->commits_not_told += server->sums.commits_not_told;
    sums->answers_lost += world->network.answers_lost + server->sums.answers_lost_in_crashes;
    sums->requests_lost += world->network.requests_lost;
    sums->duplicates += world->network.duplicates;
    sums->delays += world->network.delays;
    sums->polls_gone += server->sums.polls_gone;
    sums->runs += oracle_run_count(server->oracle);
    sums->throttled += server->sums.throttled;
    sums->denied += server->sums.denied;
    sums->further_pages += server->sums.further_pages;
    sums->folds += server->sums.folds;
    sums->woken += server->sums.woken;
    sums->functions += server->functions.called;
}

bool world_play(uint64_t seed, uint64_t steps, struct text *mix, struct world_sums *sums,
                uint64_t *digest, struct text *complaint)
{
    struct made_up *world = memory_new(sizeof(*world));
    bool fine;

    made_up_init(world, seed);
    mix_write(&world->mix, mix);
    fine = begin(world);
    while (fine && world->step < steps)
        fine = step(world);
    fine = fine && heal(world) && check_histories(world);
    sum_up(world, sums);
    *digest = world->server.digest;
    if (!fine)
        text_append(complaint, oracle_complaint(world->server.oracle));
    made_up_deinit(world);
    memory_free(world);
    return fine;
}
