/*
 * weir demo - an order goes through a running server, and its history is shown as it grows; with
 * --all a tour through the rest follows (tour.c).
 *
 * Names of its own keep it out of everybody's way: a domain, and a task list and workflowIds made
 * for this run.
 */
#include "base/random.h"
#include "base/text.h"
#include "cmd/address.h"
#include "cmd/command.h"
#include "cmd/crew.h"
#include "cmd/functions.h"
#include "cmd/history_view.h"
#include "cmd/order.h"
#include "cmd/output.h"
#include "cmd/tour.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ORDER_INPUT BYTES("3 blue teapots")
#define BOOT_BYTES_MAX (1u << 20)
#define PAGE_BYTES_MAX (1u << 20)

enum demo_setting {
    DEMO_ALL,
    DEMO_ENDPOINT,
    DEMO_CA,
    DEMO_DOMAIN,
    DEMO_REGION,
    DEMO_FUNCTIONS,
    DEMO_ACCESS_KEY_ID,
    DEMO_SECRET_ACCESS_KEY,
    DEMO_SESSION_TOKEN,
    DEMO_SETTING_COUNT
};

static const struct setting demo_settings[DEMO_SETTING_COUNT] = {
    [DEMO_ALL] = { "all", "WEIR_DEMO_ALL", .type = SETTING_BOOLEAN, .fallback = "false",
                   .help = "Goes on after the order: children, signals, cancel requests, continue "
                           "as new, markers, priorities, Lambda functions." },
    [DEMO_ENDPOINT] = { "endpoint", "WEIR_ENDPOINT", .type = SETTING_URL, .placeholder = "URL",
                        .fallback = "http://127.0.0.1:9347", .help = "The server to call." },
    [DEMO_CA] = { "ca", "WEIR_CA", .type = SETTING_TEXT, .placeholder = "FILE", .fallback = "",
                  .may_be_empty = true,
                  .help = "Who signs the certificate of an https endpoint (PEM), if it is not one "
                          "whom this machine trusts." },
    [DEMO_DOMAIN] = { "domain", "WEIR_DEMO_DOMAIN", .type = SETTING_TEXT, .placeholder = "NAME",
                      .fallback = "weir-demo",
                      .help = "The domain to work in; made when missing." },
    [DEMO_REGION] = { "region", "WEIR_REGION", .type = SETTING_REGION, .placeholder = "NAME",
                      .fallback = "us-east-1", .help = "The region to sign for." },
    [DEMO_FUNCTIONS] = { "functions", "WEIR_DEMO_FUNCTIONS", .type = SETTING_ADDRESS,
                         .placeholder = "HOST:PORT", .fallback = "127.0.0.1:9348",
                         .help = "Where --all answers the calls of Lambda functions, an address of "
                                 "this machine. The server's --lambda-endpoint must point there; "
                                 "that of 'make run' does." },
    [DEMO_ACCESS_KEY_ID] = { "access-key-id", "AWS_ACCESS_KEY_ID", .type = SETTING_TEXT,
                             .placeholder = "ID", .fallback = "weir-demo",
                             .help = "Signs the calls. Any will do where the server has no "
                                     "identities; elsewhere 'weir key add' makes one." },
    [DEMO_SECRET_ACCESS_KEY] = { "secret-access-key", "AWS_SECRET_ACCESS_KEY", .type = SETTING_TEXT,
                                 .placeholder = "SECRET", .fallback = "weir-demo",
                                 .is_secret = true,
                                 .help = "The secret of that key. Rather in the environment: "
                                         "everybody on this machine can read flags." },
    [DEMO_SESSION_TOKEN] = { "session-token", "AWS_SESSION_TOKEN", .type = SETTING_TEXT,
                             .placeholder = "TOKEN", .fallback = "", .may_be_empty = true,
                             .is_secret = true,
                             .help = "The session token, where the credentials are temporary." },
};

struct demo {
    const struct settings *settings;
    struct stage stage;
    struct crew crew;
    struct arena boot;
    struct workflow_execution order; /* in `boot` */
};

/* ---- the order */

static bool start_order(struct demo *demo)
{
    struct workflow_type type = { BYTES(ORDER_TYPE), BYTES(ORDER_VERSION) };
    return crew_start(&demo->crew, &type, ORDER_INPUT, &demo->boot, &demo->order);
}

static bool approve(struct demo *demo)
{
    struct party *customer = &demo->crew.customer;
    struct reply reply;
    struct signal_workflow_execution_input signal = {
        .domain = party_domain(customer),
        .workflow_id = demo->order.workflow_id,
        .run_id = demo->order.run_id,
        .signal_name = BYTES(ORDER_SIGNAL),
        .input = BYTES("yes, please"),
    };
    return party_call(customer,
                      &(struct request){ OPERATION_SIGNAL_WORKFLOW_EXECUTION,
                                         { .signal_workflow_execution = &signal } },
                      &reply);
}

static bool wants_colour(void)
{
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && !getenv("NO_COLOR") && term && strcmp(term, "dumb") != 0;
}

static bool any_has(const struct event *events, size_t from, size_t to, enum event_type type)
{
    for (size_t i = from; i < to; i++) {
        if (events[i].type == type)
            return true;
    }
    return false;
}

/* Prints what is new, approves once the order cools off, until the order closes; *last is the type
 * of the closing event. */
static bool watch(struct demo *demo, enum event_type *last)
{
    struct party *customer = &demo->crew.customer;
    struct event *events;
    struct text page;
    size_t seen = 0, count;
    bool coloured = wants_colour(), closed = false, well = true;

    text_init(&page, PAGE_BYTES_MAX);
    history_view_title(&page, NULL, 0);
    while (well && !closed) {
        arena_reset(&customer->arena);
        well = party_history(customer, &demo->order, &events, &count);
        if (!well)
            break;
        for (size_t i = seen; i < count; i++)
            history_view_line(&page, events, count, i, coloured);
        history_view_print(&page);
        if (any_has(events, seen, count, EVENT_TIMER_STARTED))
            well = approve(demo);
        *last = count > 0 ? events[count - 1].type : EVENT_ABSENT;
        closed = event_type_closes(*last);
        seen = count;
        if (!closed && well)
            well = crew_waits(&demo->crew);
    }
    text_deinit(&page);
    return well;
}

/* Takes an order through; false when there was a problem, or it did not complete. */
static bool play_order(struct demo *demo)
{
    enum event_type last = EVENT_ABSENT;

    if (!start_order(demo))
        return false;
    printf("workflow %.*s in domain %s at %s\n\n", BYTES_FMT(demo->order.workflow_id),
           demo->stage.domain, demo->stage.endpoint);
    if (!watch(demo, &last))
        return false;
    if (last == EVENT_WORKFLOW_EXECUTION_COMPLETED) {
        printf("\nThe order is complete.\n");
        return true;
    }
    snprintf(demo->crew.customer.problem, sizeof demo->crew.customer.problem,
             "the order ended with %s", event_type_names[last]);
    return false;
}

/* ---- the tour */

static bool play_tour(struct demo *demo)
{
    const char *address = settings_text(demo->settings, DEMO_FUNCTIONS);
    char url[300];
    struct functions *functions = functions_start(address);

    if (!functions) {
        snprintf(demo->crew.customer.problem, sizeof demo->crew.customer.problem,
                 "the functions cannot listen on %.200s; --functions names another address",
                 address);
        return false;
    }
    snprintf(url, sizeof url, "http://%.280s", address);
    bool well = tour_play(&demo->crew, url, wants_colour());
    functions_stop(functions);
    if (well)
        printf("\nThat is all.\n");
    return well;
}

/* ---- all together */

static void demo_init(struct demo *demo, const struct settings *settings)
{
    uint32_t number;
    *demo = (struct demo){ .settings = settings };
    demo->stage.endpoint = settings_text(settings, DEMO_ENDPOINT);
    if (settings_text(settings, DEMO_CA)[0])
        demo->stage.ca_file = settings_text(settings, DEMO_CA);
    demo->stage.region = settings_text(settings, DEMO_REGION);
    demo->stage.domain = settings_text(settings, DEMO_DOMAIN);
    demo->stage.access_key_id = settings_text(settings, DEMO_ACCESS_KEY_ID);
    demo->stage.secret_access_key = settings_text(settings, DEMO_SECRET_ACCESS_KEY);
    demo->stage.session_token = settings_text(settings, DEMO_SESSION_TOKEN);
    random_system(&number, sizeof number);
    snprintf(demo->stage.number, sizeof demo->stage.number, "%08x", number);
    snprintf(demo->stage.list, sizeof demo->stage.list, "demo-%08x", number);
    arena_init(&demo->boot, "demo", BOOT_BYTES_MAX);
    crew_init(&demo->crew, &demo->stage);
}

static void demo_deinit(struct demo *demo)
{
    crew_deinit(&demo->crew);
    arena_deinit(&demo->boot);
}

static bool play(struct demo *demo)
{
    if (!crew_register(&demo->crew))
        return false;
    crew_begin(&demo->crew);
    bool well = play_order(demo) && (!settings_is_on(demo->settings, DEMO_ALL) || play_tour(demo));
    crew_end(&demo->crew);
    return well;
}

/* Whoever reaches the functions is answered without being asked who it is. */
static bool functions_stay_here(const struct settings *settings)
{
    struct address address;
    const char *text = settings_text(settings, DEMO_FUNCTIONS);
    return address_parse(bytes_of_cstr(text), &address) && address_is_loopback(address.host);
}

static enum exit_status demo_run(const struct settings *settings)
{
    struct demo demo;

    if (!functions_stay_here(settings)) {
        fprintf(stderr,
                "weir demo: --functions %s: must be an address that only this machine can "
                "reach, such as 127.0.0.1:9348\n",
                settings_text(settings, DEMO_FUNCTIONS));
        return EXIT_USAGE;
    }
    signal(SIGPIPE, SIG_IGN);
    demo_init(&demo, settings);
    bool well = play(&demo);
    if (!well)
        fprintf(stderr, "weir demo: %s%s\n", demo.crew.customer.problem,
                demo.crew.customer.unanswered ? " (to start a server: weir serve)" : "");
    demo_deinit(&demo);
    return output_end(stdout, well ? EXIT_DONE : EXIT_FAILED, EXIT_FAILED);
}

const struct command command_demo = {
    .name = "demo",
    .summary = "run an example workflow against a server and watch its history",
    .description =
        "Takes one order through a running server: reserve the stock, let it cool off (a timer) and wait "
        "for approval (a signal), charge the card, ship, done. The decider, the worker of the three "
        "activities and the customer who approves are all inside this command; what it prints is the "
        "history of the workflow as the server tells it.\n\n"
        "With --all a tour follows: further workflows, each of which shows one thing, with all their "
        "histories. Its Lambda functions are inside this command too; the server finds them when its "
        "--lambda-endpoint points to --functions.\n\n"
        "It works in a domain of its own, with a workflowId and task lists made for the run, and takes "
        "nobody else's tasks. src/cmd/order.c and src/cmd/role.c show how such deciders are written.",
    .closing = "EXIT STATUS\n"
               "    0  all that was started came to its end\n"
               "    1  it did not, or the server gave no answer; stderr says why\n"
               "    2  an option is unknown or ill-formed\n\n"
               "EXAMPLES\n"
               "    weir demo\n"
               "    weir demo --all\n"
               "    weir demo --endpoint http://127.0.0.1:8000\n"
               "    weir demo --endpoint https://localhost:9443 --ca ca.pem\n",
    .settings = demo_settings,
    .setting_count = DEMO_SETTING_COUNT,
    .run = demo_run,
};
