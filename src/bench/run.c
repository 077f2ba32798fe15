#include "bench/run.h"

#include "base/memory.h"
#include "base/random.h"
#include "bench/driver.h"
#include "bench/registrar.h"
#include "bench/secure.h"
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 64
#define POLLERS_A_LIST 900 /* SWF lets 1,000 wait on one */
#define TICK_MS 10
#define DRAIN_S 60
#define GATHER_S 120
#define CHECKED_A_DRIVER 16

struct bench {
    const struct run_config *config;
    struct run_control control;
    struct driver *drivers[THREADS_MAX];
    uint32_t customers[THREADS_MAX]; /* of each driver */
    char metrics[2048];
    struct run_result *result;
    double measured_from_s; /* by the steady clock; 0: it has not begun */
    double last_shown_s;
    uint64_t last_calls, last_jobs;
};

/* Since when there were so many steps. */
struct stillness {
    uint64_t steps;
    double since_s;
};

/* ---- clocks ---- */

static double steady_s(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static double own_cpu_s(void)
{
    struct rusage usage;

    ensure(getrusage(RUSAGE_SELF, &usage) == 0);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static struct instant wall_clock(void)
{
    struct timespec at;

    clock_gettime(CLOCK_REALTIME, &at);
    return (struct instant){ (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000 };
}

static void tick(void)
{
    struct timespec wait = { .tv_nsec = TICK_MS * 1000000L };
    nanosleep(&wait, NULL);
}

static void set_phase(struct bench *bench, enum phase phase)
{
    atomic_store(&bench->control.phase, (int)phase);
}

/* ---- its parts ---- */

/* How many parts there are when it lasts as long as it should. */
static void cut(struct bench *bench)
{
    const struct run_config *config = bench->config;
    struct run_result *result = bench->result;

    if (config->slice_s && !config->count)
        result->slice_count = (config->duration_s + config->slice_s - 1) / config->slice_s;
    result->slices = memory_new((result->slice_count + 1) * sizeof *result->slices);
    bench->control.slice_count = result->slice_count;
}

static void note_slice(struct bench *bench, double passed_s)
{
    uint32_t count = bench->control.slice_count, slice;

    if (count == 0)
        return;
    slice = (uint32_t)(passed_s / bench->config->slice_s);
    atomic_store(&bench->control.slice, slice < count ? slice : count - 1);
}

/* ---- what it begins with ---- */

static bool has_all_done(const struct bench *bench)
{
    for (uint32_t i = 0; i < bench->config->threads; i++)
        if (!driver_is_done(bench->drivers[i]))
            return false;
    return true;
}

/* There may be more connections than the usual limit of open files, so it is raised as far as it
 * goes. */
static void raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit); /* a connection that fails says so */
    }
}

/* What TLS needs, where it is spoken. */
static bool trust(struct bench *bench, struct text *problem)
{
    const struct run_config *config = bench->config;

    if (!bench->control.endpoint.speaks_tls)
        return true;
    bench->control.secure = secure_new(config->ca_file);
    if (!bench->control.secure)
        text_printf(problem, "no certificates of authorities can be read from %s",
                    config->ca_file[0] ? config->ca_file : "where this machine keeps them");
    return bench->control.secure != NULL;
}

static bool begin(struct bench *bench, struct text *problem)
{
    const struct run_config *config = bench->config;
    struct run_control *control = &bench->control;
    uint32_t number;

    control->plan = config->plan;
    control->payload = config->payload;
    control->whole_history = config->whole_history;
    snprintf(control->domain, sizeof control->domain, "%s", config->domain);
    random_system(&number, sizeof number);
    snprintf(control->number, sizeof control->number, "%08x", number);
    if (!endpoint_find(config->endpoint, &control->endpoint)) {
        text_printf(problem, "there is no endpoint at %s", config->endpoint);
        return false;
    }
    if (!trust(bench, problem))
        return false;
    control->identity = (struct signer_config){
        .host = control->endpoint.host,
        .region = config->region,
        .access_key_id = config->access_key_id,
        .secret_access_key = config->secret_access_key,
        .session_token = config->session_token,
    };
    if (config->metrics[0])
        snprintf(bench->metrics, sizeof bench->metrics, "%s", config->metrics);
    else
        snprintf(bench->metrics, sizeof bench->metrics, "%s://%s/metrics",
                 control->endpoint.speaks_tls ? "https" : "http", control->endpoint.host);
    atomic_store(&control->jobs_left, config->count ? (int64_t)config->count : INT64_MAX / 2);
    if (config->rate)
        control->pace_us = 1e6 * config->threads / (double)config->rate;
    return true;
}

/* The share of thread `index` in `all`. */
static uint32_t share(uint32_t all, uint32_t threads, uint32_t index)
{
    return all / threads + (index < all % threads ? 1 : 0);
}

static uint32_t at_most(uint32_t wanted, uint32_t limit)
{
    return wanted < limit ? wanted : limit;
}

/* A poller for each workflow in flight, but no more than a task list may hold. */
static struct driver_config team_of(struct bench *bench, uint32_t index)
{
    const struct run_config *config = bench->config;
    uint32_t in_flight = share(config->in_flight, config->threads, index);
    struct driver_config team = {
        .control = &bench->control,
        .index = index,
        .customers = in_flight ? in_flight : 1,
        .deciders = at_most(in_flight + 1, POLLERS_A_LIST),
    };

    if (config->plan.kind == PLAN_POLLS)
        team.deciders = share(config->polls, config->threads, index);
    if (config->plan.kind == PLAN_CHILDREN)
        team.deciders = at_most(2 * in_flight + 1, POLLERS_A_LIST);
    if (config->plan.kind == PLAN_WORKFLOW || config->plan.kind == PLAN_MIXED ||
        config->plan.kind == PLAN_FANOUT)
        team.workers = at_most(in_flight + 1, POLLERS_A_LIST);
    return team;
}

static void start_drivers(struct bench *bench)
{
    const struct run_config *config = bench->config;
    uint32_t each = config->polls / config->threads + 1;

    bench->control.poll_lists = 1;
    if (config->plan.kind == PLAN_POLLS)
        bench->control.poll_lists = (each + POLLERS_A_LIST - 1) / POLLERS_A_LIST;
    for (uint32_t i = 0; i < config->threads; i++) {
        struct driver_config team = team_of(bench, i);
        bench->customers[i] = team.customers;
        bench->drivers[i] = driver_start(&team);
    }
}

/* ---- what is seen of it ---- */

static void show(struct bench *bench, const char *what)
{
    double now = steady_s();
    uint64_t calls = atomic_load(&bench->control.calls), jobs = atomic_load(&bench->control.jobs);
    double passed = now - bench->last_shown_s;

    if (!bench->config->shows_progress || passed < 0.5)
        return;
    fprintf(stderr, "\r%-8s %9llu calls  %8.0f calls/s  %8llu workflows  %8.1f workflows/s   ",
            what, (unsigned long long)calls, (double)(calls - bench->last_calls) / passed,
            (unsigned long long)jobs, (double)(jobs - bench->last_jobs) / passed);
    bench->last_shown_s = now;
    bench->last_calls = calls;
    bench->last_jobs = jobs;
}

static void end_progress(const struct bench *bench)
{
    if (bench->config->shows_progress)
        fprintf(stderr, "\r%80s\r", "");
}

/* When no step is done for too long the run is void. Without this a lost task would keep it waiting
 * for ever. */
static void watch_steps(struct bench *bench, struct stillness *still)
{
    const struct run_config *config = bench->config;
    uint64_t steps = atomic_load(&bench->control.steps);
    double now = steady_s();

    if (steps != still->steps || atomic_load(&bench->control.phase) == PHASE_GATHER)
        *still = (struct stillness){ steps, now };
    else if (now - still->since_s >= config->patience_s)
        tally_fail(&bench->result->tally,
                   "nothing went on for %u s: a step is lost, or the server stands still",
                   config->patience_s);
}

/* Waits until the time `until`; less when everybody is done or the run is void. */
static void wait_until(struct bench *bench, double until, const char *what)
{
    struct stillness still = { atomic_load(&bench->control.steps), steady_s() };

    while (steady_s() < until && !has_all_done(bench) && !tally_has_failed(&bench->result->tally)) {
        tick();
        watch_steps(bench, &still);
        if (bench->measured_from_s > 0)
            note_slice(bench, steady_s() - bench->measured_from_s);
        show(bench, what);
    }
}

/* ---- its phases ---- */

/* Waits until the server holds all polls, or, where it does not tell, for a second after they were
 * sent. */
static void gather_polls(struct bench *bench)
{
    double patience = steady_s() + GATHER_S;
    struct server_figures figures;

    if (bench->config->plan.kind != PLAN_POLLS)
        return;
    while (atomic_load(&bench->control.polls_sent) < bench->config->polls &&
           steady_s() < patience && !has_all_done(bench)) {
        tick();
        show(bench, "polling");
    }
    for (;;) {
        bool is_told = scrape(bench->metrics, bench->config->ca_file, &figures);
        if (is_told && figures.held_polls >= bench->config->polls)
            return;
        wait_until(bench, steady_s() + 1, "polling");
        if (!is_told || steady_s() > patience || has_all_done(bench))
            return;
    }
}

static void measure(struct bench *bench)
{
    const struct run_config *config = bench->config;
    struct run_result *result = bench->result;
    double began, cpu;

    result->has_server = scrape(bench->metrics, bench->config->ca_file, &result->before);
    began = steady_s();
    result->began = wall_clock();
    cpu = own_cpu_s();
    set_phase(bench, PHASE_MEASURE);
    bench->measured_from_s = began;
    wait_until(bench, config->count ? began + 1e9 : began + config->duration_s, "running");
    result->elapsed_s = steady_s() - began;
    result->own_cpu_s = own_cpu_s() - cpu;
    set_phase(bench, PHASE_DRAIN);
    result->has_server = result->has_server &&
                         scrape(bench->metrics, bench->config->ca_file, &result->after);
}

static void drain(struct bench *bench)
{
    wait_until(bench, steady_s() + DRAIN_S, "ending");
    set_phase(bench, PHASE_OVER);
    end_progress(bench);
    for (uint32_t i = 0; i < bench->config->threads; i++)
        driver_join(bench->drivers[i], &bench->result->tally, bench->result->slices);
}

static void check_histories(struct bench *bench, struct registrar *registrar)
{
    struct tally *tally = &bench->result->tally;
    struct text problem;
    struct driver_job job;

    if (bench->config->plan.kind == PLAN_IDLE || tally_has_failed(tally))
        return;
    text_init(&problem, sizeof tally->problem);
    for (uint32_t i = 0; i < bench->config->threads; i++) {
        for (uint32_t k = 0; k < at_most(bench->customers[i], CHECKED_A_DRIVER); k++) {
            if (!driver_last_job(bench->drivers[i], k, &job))
                continue;
            if (!registrar_check(registrar, &job, &problem))
                tally_fail(tally, "%.*s", BYTES_FMT(text_bytes(&problem)));
            bench->result->checked++;
        }
    }
    text_deinit(&problem);
}

static void go(struct bench *bench)
{
    start_drivers(bench);
    gather_polls(bench);
    if (bench->config->warmup_s) {
        set_phase(bench, PHASE_WARM);
        wait_until(bench, steady_s() + bench->config->warmup_s, "warming");
    }
    measure(bench);
    drain(bench);
}

bool run_bench(const struct run_config *config, struct run_result *out, struct text *problem)
{
    struct bench *bench = memory_new(sizeof *bench);
    bool well;

    ensure(config->threads >= 1 && config->threads <= THREADS_MAX);
    *out = (struct run_result){ 0 };
    bench->config = config;
    bench->result = out;
    well = begin(bench, problem);
    if (well) {
        struct registrar *registrar = registrar_new(&bench->control, config->endpoint,
                                                    config->ca_file);

        raise_file_limit();
        well = registrar_register(registrar, problem);
        if (well) {
            cut(bench);
            go(bench);
            check_histories(bench, registrar);
        }
        registrar_free(registrar);
    }
    for (uint32_t i = 0; i < config->threads && bench->drivers[i]; i++)
        driver_free(bench->drivers[i]);
    secure_free(bench->control.secure);
    memory_free(bench);
    return well;
}

void run_result_deinit(struct run_result *result)
{
    for (uint32_t i = 0; i < result->slice_count; i++)
        tally_deinit(&result->slices[i]);
    memory_free(result->slices);
    tally_deinit(&result->tally);
    *result = (struct run_result){ 0 };
}
