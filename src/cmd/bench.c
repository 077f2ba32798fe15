/*
 * weir bench - loads a server with workflows of one kind and says how fast it was, and whether all
 * was right.
 */
#include "bench/report.h"
#include "bench/run.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define REPORT_BYTES_MAX ((size_t)256 << 20) /* a slice a second for some hours */
#define STEPS_MAX 1000                       /* what SWF lets be open in one workflow */
#define IN_FLIGHT_DEFAULT 64

enum bench_setting {
    BENCH_WORKFLOW, /* as enum plan_kind, in its order */
    BENCH_FANOUT,
    BENCH_TIMERS,
    BENCH_SIGNALS,
    BENCH_CHILDREN,
    BENCH_IDLE,
    BENCH_POLLS,
    BENCH_MIXED,
    BENCH_ENDPOINT,
    BENCH_CA,
    BENCH_IN_FLIGHT,
    BENCH_PAYLOAD,
    BENCH_DURATION,
    BENCH_COUNT,
    BENCH_WARMUP,
    BENCH_PATIENCE,
    BENCH_RATE,
    BENCH_SLICE,
    BENCH_THREADS,
    BENCH_HISTORY,
    BENCH_DOMAIN,
    BENCH_REGION,
    BENCH_ACCESS_KEY_ID,
    BENCH_SECRET_ACCESS_KEY,
    BENCH_SESSION_TOKEN,
    BENCH_METRICS,
    BENCH_JSON,
    BENCH_SETTING_COUNT
};

/* clang-format off */
#define AMOUNT(most) .type = SETTING_INTEGER, .placeholder = "N", .max = (most), .fallback = "0"
#define NUMBER(least, most) .type = SETTING_INTEGER, .placeholder = "N", .min = (least), .max = (most)
#define SECONDS(least, most) .type = SETTING_INTEGER, .placeholder = "SECONDS", .min = (least), .max = (most)

static const struct setting bench_settings[BENCH_SETTING_COUNT] = {
    [BENCH_WORKFLOW] = {
        "workflow", "WEIR_BENCH_WORKFLOW", AMOUNT(STEPS_MAX),
        .help = "Workload: start, N activities one after the other, complete; 3 + 4 N calls a workflow.",
    },
    [BENCH_FANOUT] = {
        "fanout", "WEIR_BENCH_FANOUT", AMOUNT(STEPS_MAX),
        .help = "Workload: one decision schedules N activities; complete when all are done.",
    },
    [BENCH_TIMERS] = {
        "timers", "WEIR_BENCH_TIMERS", AMOUNT(STEPS_MAX),
        .help = "Workload: one decision starts N timers of a second; complete when all have fired.",
    },
    [BENCH_SIGNALS] = {
        "signals", "WEIR_BENCH_SIGNALS", AMOUNT(MORE_THAN_ENOUGH),
        .help = "Workload: N signals one after the other; complete when all were seen, in their order.",
    },
    [BENCH_CHILDREN] = {
        "children", "WEIR_BENCH_CHILDREN", AMOUNT(STEPS_MAX),
        .help = "Workload: one decision starts N child workflows; complete when all have completed.",
    },
    [BENCH_IDLE] = {
        "idle", "WEIR_BENCH_IDLE", AMOUNT(MORE_THAN_ENOUGH),
        .help = "Workload: N workflows are started, take one decision and wait. They stay open for a year.",
    },
    [BENCH_POLLS] = {
        "polls", "WEIR_BENCH_POLLS", AMOUNT(1000000),
        .help = "Workload: N polls are held on many task lists; then workflows of one decision start, "
                "--in-flight at a time (1 unless given), each of which wakes one of them.",
    },
    [BENCH_MIXED] = {
        "mixed", "WEIR_BENCH_MIXED", .type = SETTING_BOOLEAN, .fallback = "false",
        .help = "Workload: three activities with a heartbeat each, two signals, and between them what people "
                "ask: Describe, the history, lists and counts.",
    },
    [BENCH_ENDPOINT] = {
        "endpoint", "WEIR_ENDPOINT", .type = SETTING_URL, .placeholder = "URL",
        .fallback = "http://127.0.0.1:9347", .help = "The server to load.",
    },
    [BENCH_CA] = {
        "ca", "WEIR_CA", .type = SETTING_TEXT, .placeholder = "FILE", .fallback = "", .may_be_empty = true,
        .help = "Who signs the certificate of an https endpoint (PEM), if it is not one whom this machine trusts.",
    },
    [BENCH_IN_FLIGHT] = {
        "in-flight", "WEIR_BENCH_IN_FLIGHT", NUMBER(0, 100000), .fallback = "0",
        .help = "Workflows under way at a time; for each of them there are connections that poll. 0: 64.",
    },
    [BENCH_PAYLOAD] = {
        "payload", "WEIR_BENCH_PAYLOAD", .type = SETTING_BYTES, .placeholder = "BYTES", .max = 32768, .fallback = "100",
        .help = "How long each input, result and signal is.",
    },
    [BENCH_DURATION] = {
        "duration", "WEIR_BENCH_DURATION", SECONDS(1, 1000000), .fallback = "10",
        .help = "How long to measure, where no --count says how much.",
    },
    [BENCH_COUNT] = {
        "count", "WEIR_BENCH_COUNT", NUMBER(0, MORE_THAN_ENOUGH), .fallback = "0",
        .help = "How many workflows to measure; 0: as many as --duration has room for.",
    },
    [BENCH_WARMUP] = {
        "warmup", "WEIR_BENCH_WARMUP", SECONDS(0, 10000), .fallback = "0",
        .help = "How long to run before measuring. With --count its workflows are among those.",
    },
    [BENCH_PATIENCE] = {
        "patience", "WEIR_BENCH_PATIENCE", SECONDS(1, 1000000), .fallback = "60",
        .help = "The run is void when for so long no call but polls is answered, while workflows are under way.",
    },
    [BENCH_RATE] = {
        "rate", "WEIR_BENCH_RATE", NUMBER(0, 1000000), .fallback = "0",
        .help = "Starts a second, however fast workflows end. Each has its time, from which the latency of "
                "StartWorkflowExecution counts, also when it has to wait because --in-flight are under way. "
                "0: the next starts when one ends.",
    },
    [BENCH_SLICE] = {
        "slice", "WEIR_BENCH_SLICE", SECONDS(0, 10000), .fallback = "0",
        .help = "With --json and --duration: also tells all latencies by parts of the measurement of so many seconds.",
    },
    [BENCH_THREADS] = {
        "threads", "WEIR_BENCH_THREADS", NUMBER(1, 64), .fallback = "1",
        .help = "Threads of this program, each with its part of the load and task lists of its own.",
    },
    [BENCH_HISTORY] = {
        "history", "WEIR_BENCH_HISTORY", .type = SETTING_CHOICE, .choices = "whole|new", .fallback = "whole",
        .help = "What deciders read with each task: the whole history, as those of the Flow frameworks do, or the "
                "events since the previous one (startAtPreviousStartedEvent).",
    },
    [BENCH_DOMAIN] = {
        "domain", "WEIR_BENCH_DOMAIN", .type = SETTING_TEXT, .placeholder = "NAME", .fallback = "weir-bench",
        .help = "The domain to work in; made when missing.",
    },
    [BENCH_REGION] = {
        "region", "WEIR_REGION", .type = SETTING_REGION, .placeholder = "NAME", .fallback = "us-east-1",
        .help = "The region to sign for.",
    },
    [BENCH_ACCESS_KEY_ID] = {
        "access-key-id", "AWS_ACCESS_KEY_ID", .type = SETTING_TEXT, .placeholder = "ID", .fallback = "",
        .may_be_empty = true,
        .help = "Signs every call. Without it none is signed, which only a server without identities takes.",
    },
    [BENCH_SECRET_ACCESS_KEY] = {
        "secret-access-key", "AWS_SECRET_ACCESS_KEY", .type = SETTING_TEXT, .placeholder = "SECRET", .fallback = "",
        .may_be_empty = true, .is_secret = true,
        .help = "The secret of that key. Rather in the environment: everybody on this machine can read flags.",
    },
    [BENCH_SESSION_TOKEN] = {
        "session-token", "AWS_SESSION_TOKEN", .type = SETTING_TEXT, .placeholder = "TOKEN", .fallback = "",
        .may_be_empty = true, .is_secret = true,
        .help = "The session token, where the credentials are temporary.",
    },
    [BENCH_METRICS] = {
        "metrics", "WEIR_BENCH_METRICS", .type = SETTING_URL, .placeholder = "URL", .fallback = "", .may_be_empty = true,
        .help = "Where a Weir server shows its figures, for CPU and bytes a call; /metrics of the endpoint unless given.",
    },
    [BENCH_JSON] = {
        "json", "WEIR_BENCH_JSON", .type = SETTING_BOOLEAN, .fallback = "false",
        .help = "Prints one JSON object on the last line.",
    },
};
/* clang-format on */

static uint32_t number(const struct settings *settings, enum bench_setting setting)
{
    return (uint32_t)settings_number(settings, setting); /* the table's maximum is below */
}

/* The workload that was asked for; false when it is none, or more than one. */
static bool choose_plan(const struct settings *settings, struct plan *out)
{
    int chosen = 0;

    for (int kind = 0; kind < PLAN_KIND_COUNT; kind++) {
        if (settings_number(settings, (size_t)kind) == 0)
            continue;
        *out = plan_of((enum plan_kind)kind, number(settings, (enum bench_setting)kind));
        chosen++;
    }
    if (chosen == 1)
        return true;
    fprintf(stderr,
            "weir bench: needs one workload, as --workflow 10; 'weir help bench' lists them\n");
    return false;
}

static bool may_sign(const struct settings *settings)
{
    bool has_id = settings_text(settings, BENCH_ACCESS_KEY_ID)[0] != '\0';
    bool has_secret = settings_text(settings, BENCH_SECRET_ACCESS_KEY)[0] != '\0';

    if (has_id != has_secret)
        fprintf(stderr, "weir bench: --access-key-id and --secret-access-key: need each other\n");
    return has_id == has_secret;
}

static struct run_config config_of(const struct settings *settings, struct plan plan)
{
    struct run_config config = {
        .plan = plan,
        .endpoint = settings_text(settings, BENCH_ENDPOINT),
        .ca_file = settings_text(settings, BENCH_CA),
        .metrics = settings_text(settings, BENCH_METRICS),
        .domain = settings_text(settings, BENCH_DOMAIN),
        .region = settings_text(settings, BENCH_REGION),
        .access_key_id = settings_text(settings, BENCH_ACCESS_KEY_ID),
        .secret_access_key = settings_text(settings, BENCH_SECRET_ACCESS_KEY),
        .session_token = settings_text(settings, BENCH_SESSION_TOKEN),
        .in_flight = number(settings, BENCH_IN_FLIGHT),
        .polls = number(settings, BENCH_POLLS),
        .threads = number(settings, BENCH_THREADS),
        .payload = number(settings, BENCH_PAYLOAD),
        .count = settings_number(settings, BENCH_COUNT),
        .rate = settings_number(settings, BENCH_RATE),
        .duration_s = number(settings, BENCH_DURATION),
        .warmup_s = number(settings, BENCH_WARMUP),
        .patience_s = number(settings, BENCH_PATIENCE),
        .slice_s = number(settings, BENCH_SLICE),
        .whole_history = settings_number(settings, BENCH_HISTORY) == 0,
        .shows_progress = isatty(STDERR_FILENO) != 0,
    };

    if (config.in_flight == 0)
        config.in_flight = plan.kind == PLAN_POLLS ? 1 : IN_FLIGHT_DEFAULT;
    if (plan.kind == PLAN_IDLE)
        config.count = settings_number(settings, BENCH_IDLE);
    if (config.in_flight < config.threads)
        config.in_flight = config.threads;
    return config;
}

static enum exit_status print(const struct settings *settings, const struct run_config *config,
                              const struct run_result *result)
{
    const char *problem = result->tally.problem;
    struct text page;

    text_init(&page, REPORT_BYTES_MAX);
    report_table(config, result, &page);
    output_print(stdout, text_bytes(&page));
    if (problem[0])
        printf("\nVOID: %s\n", problem);
    if (settings_is_on(settings, BENCH_JSON)) {
        text_reset(&page);
        report_json(config, result, &page);
        printf("%.*s\n", BYTES_FMT(text_bytes(&page)));
    }
    text_deinit(&page);
    return output_end(stdout, problem[0] ? EXIT_FAILED : EXIT_DONE, EXIT_FAILED);
}

static enum exit_status bench(const struct settings *settings)
{
    enum exit_status status = EXIT_FAILED;
    struct run_result result;
    struct text problem;
    struct plan plan;

    if (!choose_plan(settings, &plan) || !may_sign(settings))
        return EXIT_USAGE;
    signal(SIGPIPE, SIG_IGN); /* a connection that ends is an answer that did not come */
    struct run_config config = config_of(settings, plan);
    text_init(&problem, 4096);
    if (run_bench(&config, &result, &problem))
        status = print(settings, &config, &result);
    else
        fprintf(stderr, "weir bench: %.*s\n", BYTES_FMT(text_bytes(&problem)));
    run_result_deinit(&result);
    text_deinit(&problem);
    return status;
}

const struct command command_bench = {
    .name = "bench",
    .summary = "load a server with workflows and measure it",
    .description =
        "Runs workflows of one kind against a server and says how many calls and workflows a second it "
        "carried, how long each operation took, and what a call cost the server in CPU and in bytes written. "
        "The clients, deciders and workers are all inside this command, each a connection that is kept open; "
        "nothing else need be running but the server.\n\n"
        "Every answer is checked. A step that is lost, comes twice or comes out of order, a fault, an answer "
        "that does not come, nothing going on for --patience: each makes the run void, which the last lines "
        "say, with status 1. When it is over the whole histories of some of the workflows are read and checked "
        "as well.\n\n"
        "What counts is what ended between the begin and the end of the measurement. The latency of a poll "
        "is the time it was held, so it says how busy its poller was; 'until the next task' is the time from "
        "the call that makes a task to the poll that is answered with it (of --timers: from when it was due; of --mixed: of activity tasks alone).\n\n"
        "It works in a domain of its own, on task lists made for the run. Workflows that it completes are kept "
        "for a day by the server, those of --idle stay open: use a server made for the purpose.",
    .closing =
        "EXIT STATUS\n"
        "    0  measured, and everything was right\n"
        "    1  the run is void, or could not begin; the last line says why\n"
        "    2  an option is unknown or ill-formed, or there is no workload\n\n"
        "JSON\n"
        "    workflows_per_s, calls_per_s, elapsed_s, workflows, calls, empty_polls,\n"
        "    own_cpu_us_per_call, sent_bytes_per_call, received_bytes_per_call (of bodies);\n"
        "    server: null, or calls, cpu_us_per_call,\n"
        "    written_bytes_per_call, device_bytes_per_call, calls_per_commit, resident_bytes, open_executions,\n"
        "    held_polls; latency_ms: for each operation count, mean, p50, p95, p99, p99_9,\n"
        "    max; until_next_task_ms: the same; began_ms: when the measurement began, since 1970;\n"
        "    slices, with --slice: of each part calls, workflows, latency_us, until_next_task_us, as pairs\n"
        "    of so many microseconds at most, and how many took them; problem: null, or why the run is void;\n"
        "    and what was asked for.\n\n"
        "EXAMPLES\n"
        "    weir bench --workflow 10 --in-flight 128\n"
        "    weir bench --mixed --duration 60 --json | tail -1\n"
        "    weir bench --polls 100000 --count 1000\n"
        "    weir bench --workflow 10 --rate 500 --in-flight 2000 --duration 600\n",
    .settings = bench_settings,
    .setting_count = BENCH_SETTING_COUNT,
    .run = bench,
};
