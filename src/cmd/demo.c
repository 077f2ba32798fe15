/*
 * weir demo - an order goes through a running server, and its history is shown as it grows.
 *
 * Three parts that would be three programs elsewhere, each with its own client:
 *
 *   the decider    polls for decision tasks, reads the history that comes with each, answers what
 * is next (cmd/order.c) the worker     polls for activity tasks and does them the customer   starts
 * the order, watches it, and approves it while it cools off
 *
 * Names of its own keep it out of everybody's way: a domain, and a task list and workflowId made
 * for this run.
 */
#include "base/random.h"
#include "base/text.h"
#include "client/client.h"
#include "cmd/command.h"
#include "cmd/history_view.h"
#include "cmd/order.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define WORKFLOW_TYPE ((struct workflow_type){ BYTES("order"), BYTES(ORDER_VERSION) })
#define ORDER_INPUT BYTES("3 blue teapots")
#define CALL_BYTES_MAX (64u << 20)
#define PAGE_BYTES_MAX (1u << 20)
#define PROBLEM_BYTES_MAX 1024

enum demo_setting { DEMO_ENDPOINT, DEMO_DOMAIN, DEMO_REGION, DEMO_SETTING_COUNT };

static const struct setting demo_settings[DEMO_SETTING_COUNT] = {
    [DEMO_ENDPOINT] = { "endpoint", "WEIR_ENDPOINT", .type = SETTING_URL, .placeholder = "URL",
                        .fallback = "http://127.0.0.1:9347", .help = "The server to call." },
    [DEMO_DOMAIN] = { "domain", "WEIR_DEMO_DOMAIN", .type = SETTING_TEXT, .placeholder = "NAME",
                      .fallback = "weir-demo",
                      .help = "The domain to work in; made when missing." },
    [DEMO_REGION] = { "region", "WEIR_REGION", .type = SETTING_TEXT, .placeholder = "NAME",
                      .fallback = "us-east-1", .help = "The region to sign for." },
};

/* One of the three: a client, the memory of one call, and what went wrong. */
struct party {
    const struct demo *demo;
    const char *name;
    struct client *client;
    struct arena arena;
    pthread_t thread;
    char problem[PROBLEM_BYTES_MAX]; /* written before `failed` is set, read after */
    atomic_bool failed;
    bool unanswered; /* the last call got no answer at all */
};

struct demo {
    const struct settings *settings;
    char workflow_id[32]; /* the name of the task lists too */
    struct bytes run_id;  /* in `boot` */
    struct arena boot;
    struct party decider, worker, customer;
};

/* ---- calls */

/* Makes a call. A failure or fault is noted as the party's problem; false then. */
static bool call(struct party *party, const struct request *request, struct reply *reply)
{
    enum err err = client_call(party->client, request, &party->arena, reply);
    party->unanswered = err == ERR_IO;
    if (err) {
        snprintf(party->problem, sizeof party->problem, "no answer from %s: %s",
                 settings_text(party->demo->settings, DEMO_ENDPOINT),
                 client_problem(party->client));
        return false;
    }
    if (bytes_is_absent(reply->fault))
        return true;
    snprintf(party->problem, sizeof party->problem, "%s: %.*s: %.*s",
             operation_names[request->operation], BYTES_FMT(reply->fault),
             BYTES_FMT(reply->message));
    return false;
}

/* Registers something; that it is there already is as good. */
static bool call_register(struct party *party, const struct request *request)
{
    struct reply reply = { 0 };
    return call(party, request, &reply) ||
           bytes_equal_cstr(reply.fault, "DomainAlreadyExistsFault") ||
           bytes_equal_cstr(reply.fault, "TypeAlreadyExistsFault");
}

static struct bytes domain_of(const struct demo *demo)
{
    return bytes_of_cstr(settings_text(demo->settings, DEMO_DOMAIN));
}

static struct task_list list_of(const struct demo *demo)
{
    return (struct task_list){ bytes_of_cstr(demo->workflow_id) };
}

/* ---- the decider */

static bool answer_decision(struct party *party, struct bytes token, const struct event *events,
                            size_t count)
{
    struct reply reply;
    struct order order;
    struct decision decision;

    order_read(&order, events, count);
    struct respond_decision_task_completed_input input = { .task_token = token };
    input.decisions.count = order_decide(&order, &party->arena, &decision);
    input.decisions.items = input.decisions.count > 0 ? &decision : NULL;
    return call(party,
                &(struct request){ OPERATION_RESPOND_DECISION_TASK_COMPLETED,
                                   { .respond_decision_task_completed = &input } },
                &reply);
}

/* One poll and, when it brought a task, its answer. An order has some thirty events, so its history
 * always comes in one page; a longer one would go on with nextPageToken. */
static bool decide_once(struct party *party)
{
    struct reply reply;
    struct event *events;
    size_t count;
    struct task_list list = list_of(party->demo);
    struct poll_for_decision_task_input poll = { .domain = domain_of(party->demo),
                                                 .task_list = &list,
                                                 .identity = bytes_of_cstr(party->name) };
    if (!call(party,
              &(struct request){ OPERATION_POLL_FOR_DECISION_TASK,
                                 { .poll_for_decision_task = &poll } },
              &reply))
        return false;

    const struct decision_task_output *task = reply.output;
    if (task->task_token.len == 0)
        return true; /* nothing to decide in all that time; ask again */
    if (client_events(party->client, &reply, &party->arena, &events, &count)) {
        snprintf(party->problem, sizeof party->problem, "%s", client_problem(party->client));
        return false;
    }
    return answer_decision(party, task->task_token, events, count);
}

/* ---- the worker */

static void sleep_ms(long ms)
{
    struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
    nanosleep(&time, NULL);
}

static bool answer_activity(struct party *party, const struct activity_task_output *task)
{
    struct reply reply;
    struct bytes result = order_work(task->activity_type->name, task->input, &party->arena);
    struct respond_activity_task_failed_input failed = { .task_token = task->task_token,
                                                         .reason = BYTES("no such activity") };
    struct respond_activity_task_completed_input completed = { .task_token = task->task_token,
                                                               .result = result };
    if (bytes_is_absent(result))
        return call(party,
                    &(struct request){ OPERATION_RESPOND_ACTIVITY_TASK_FAILED,
                                       { .respond_activity_task_failed = &failed } },
                    &reply);
    sleep_ms(300); /* as if it were work */
    return call(party,
                &(struct request){ OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED,
                                   { .respond_activity_task_completed = &completed } },
                &reply);
}

static bool work_once(struct party *party)
{
    struct reply reply;
    struct task_list list = list_of(party->demo);
    struct poll_for_activity_task_input poll = { .domain = domain_of(party->demo),
                                                 .task_list = &list,
                                                 .identity = bytes_of_cstr(party->name) };
    if (!call(party,
              &(struct request){ OPERATION_POLL_FOR_ACTIVITY_TASK,
                                 { .poll_for_activity_task = &poll } },
              &reply))
        return false;
    const struct activity_task_output *task = reply.output;
    return task->task_token.len == 0 || answer_activity(party, task);
}

/* ---- threads */

static void run_until_canceled(struct party *party, bool (*once)(struct party *party))
{
    while (!client_is_canceled(party->client)) {
        arena_reset(&party->arena);
        if (!once(party) && !client_is_canceled(party->client)) {
            atomic_store(&party->failed, true);
            return;
        }
    }
}

static void *run_decider(void *party)
{
    run_until_canceled(party, decide_once);
    return NULL;
}

static void *run_worker(void *party)
{
    run_until_canceled(party, work_once);
    return NULL;
}

static void party_init(struct party *party, const struct demo *demo, const char *name)
{
    struct client_config config = {
        .endpoint = settings_text(demo->settings, DEMO_ENDPOINT),
        .region = settings_text(demo->settings, DEMO_REGION),
        .access_key_id = "weir-demo", /* any will do: signatures are not verified yet */
        .secret_access_key = "weir-demo",
    };
    party->demo = demo;
    party->name = name;
    party->client = client_new(&config);
    arena_init(&party->arena, "demo call", CALL_BYTES_MAX);
    atomic_init(&party->failed, false);
}

static void party_deinit(struct party *party)
{
    client_free(party->client);
    arena_deinit(&party->arena);
}

/* ---- the customer */

static bool register_types(struct party *party)
{
    struct register_workflow_type_input workflow = {
        .domain = domain_of(party->demo),
        .name = WORKFLOW_TYPE.name,
        .version = WORKFLOW_TYPE.version,
        .default_child_policy = CHILD_POLICY_TERMINATE,
        .default_execution_start_to_close_timeout = BYTES("120"),
        .default_task_start_to_close_timeout = BYTES("10"),
    };
    if (!call_register(party, &(struct request){ OPERATION_REGISTER_WORKFLOW_TYPE,
                                                 { .register_workflow_type = &workflow } }))
        return false;
    for (int step = 0; step < ORDER_STEP_COUNT; step++) {
        struct register_activity_type_input activity = {
            .domain = domain_of(party->demo),
            .name = bytes_of_cstr(order_activities[step]),
            .version = BYTES(ORDER_VERSION),
            .default_task_schedule_to_start_timeout = BYTES("60"),
            .default_task_start_to_close_timeout = BYTES("10"),
            .default_task_schedule_to_close_timeout = BYTES("60"),
            .default_task_heartbeat_timeout = BYTES("NONE"),
        };
        if (!call_register(party, &(struct request){ OPERATION_REGISTER_ACTIVITY_TYPE,
                                                     { .register_activity_type = &activity } }))
            return false;
    }
    return true;
}

static bool register_all(struct party *party)
{
    struct register_domain_input domain = {
        .name = domain_of(party->demo),
        .description = BYTES("made by weir demo"),
        .workflow_execution_retention_period_in_days = BYTES("1"),
    };
    return call_register(party, &(struct request){ OPERATION_REGISTER_DOMAIN,
                                                   { .register_domain = &domain } }) &&
           register_types(party);
}

static bool start_order(struct demo *demo)
{
    struct party *party = &demo->customer;
    struct reply reply;
    struct workflow_type type = WORKFLOW_TYPE;
    struct task_list list = list_of(demo);
    struct start_workflow_execution_input start = {
        .domain = domain_of(demo),
        .workflow_id = bytes_of_cstr(demo->workflow_id),
        .workflow_type = &type,
        .task_list = &list,
        .input = ORDER_INPUT,
    };
    if (!call(party,
              &(struct request){ OPERATION_START_WORKFLOW_EXECUTION,
                                 { .start_workflow_execution = &start } },
              &reply))
        return false;
    demo->run_id = arena_copy(&demo->boot, ((const struct run_output *)reply.output)->run_id);
    return true;
}

static bool approve(struct party *party)
{
    struct reply reply;
    struct signal_workflow_execution_input signal = {
        .domain = domain_of(party->demo),
        .workflow_id = bytes_of_cstr(party->demo->workflow_id),
        .run_id = party->demo->run_id,
        .signal_name = BYTES(ORDER_SIGNAL),
        .input = BYTES("yes, please"),
    };
    return call(party,
                &(struct request){ OPERATION_SIGNAL_WORKFLOW_EXECUTION,
                                   { .signal_workflow_execution = &signal } },
                &reply);
}

/* The history as it is now, in the party's arena. */
static bool fetch_history(struct party *party, struct event **events, size_t *count)
{
    struct reply reply;
    struct workflow_execution execution = { bytes_of_cstr(party->demo->workflow_id),
                                            party->demo->run_id };
    struct get_workflow_execution_history_input get = { .domain = domain_of(party->demo),
                                                        .execution = &execution };
    if (!call(party,
              &(struct request){ OPERATION_GET_WORKFLOW_EXECUTION_HISTORY,
                                 { .get_workflow_execution_history = &get } },
              &reply))
        return false;
    if (client_events(party->client, &reply, &party->arena, events, count)) {
        snprintf(party->problem, sizeof party->problem, "%s", client_problem(party->client));
        return false;
    }
    return true;
}

/* ---- watching */

static bool wants_colour(void)
{
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && !getenv("NO_COLOR") && term && strcmp(term, "dumb") != 0;
}

static void print_text(struct text *text)
{
    struct bytes content = text_bytes(text);
    fwrite(content.ptr, 1, content.len, stdout);
    fflush(stdout);
    text_reset(text);
}

static bool any_has(const struct event *events, size_t from, size_t to, enum event_type type)
{
    for (size_t i = from; i < to; i++) {
        if (events[i].type == type)
            return true;
    }
    return false;
}

/* Has the decider or the worker given up? Then its problem is ours. */
static bool helpers_are_well(struct demo *demo)
{
    struct party *helpers[] = { &demo->decider, &demo->worker };
    for (size_t i = 0; i < 2; i++) {
        if (atomic_load(&helpers[i]->failed)) {
            snprintf(demo->customer.problem, sizeof demo->customer.problem, "the %s: %.900s",
                     helpers[i]->name, helpers[i]->problem);
            return false;
        }
    }
    return true;
}

/* Prints what is new, approves once the order cools off, until the order closes; *last is the type
 * of the closing event. */
static bool watch(struct demo *demo, enum event_type *last)
{
    struct party *party = &demo->customer;
    struct event *events;
    struct text page;
    size_t seen = 0, count;
    bool coloured = wants_colour(), closed = false, well = true;

    text_init(&page, PAGE_BYTES_MAX);
    history_view_title(&page);
    while (well && !closed) {
        arena_reset(&party->arena);
        well = fetch_history(party, &events, &count);
        if (!well)
            break;
        for (size_t i = seen; i < count; i++)
            history_view_line(&page, events, count, i, coloured);
        print_text(&page);
        if (any_has(events, seen, count, EVENT_TIMER_STARTED))
            well = approve(party);
        *last = count > 0 ? events[count - 1].type : EVENT_ABSENT;
        closed = event_type_closes(*last);
        seen = count;
        if (!closed && well) {
            well = helpers_are_well(demo);
            sleep_ms(100);
        }
    }
    text_deinit(&page);
    return well;
}

/* ---- all together */

static void demo_init(struct demo *demo, const struct settings *settings)
{
    uint32_t number;
    *demo = (struct demo){ .settings = settings };
    random_system(&number, sizeof number);
    snprintf(demo->workflow_id, sizeof demo->workflow_id, "order-%08x", number);
    arena_init(&demo->boot, "demo", CALL_BYTES_MAX);
    party_init(&demo->decider, demo, "decider");
    party_init(&demo->worker, demo, "worker");
    party_init(&demo->customer, demo, "customer");
}

static void demo_deinit(struct demo *demo)
{
    party_deinit(&demo->decider);
    party_deinit(&demo->worker);
    party_deinit(&demo->customer);
    arena_deinit(&demo->boot);
}

static bool watch_with_helpers(struct demo *demo, enum event_type *last)
{
    ensure(pthread_create(&demo->decider.thread, NULL, run_decider, &demo->decider) == 0);
    ensure(pthread_create(&demo->worker.thread, NULL, run_worker, &demo->worker) == 0);
    bool well = watch(demo, last);
    client_cancel(demo->decider.client);
    client_cancel(demo->worker.client);
    pthread_join(demo->decider.thread, NULL);
    pthread_join(demo->worker.thread, NULL);
    return well;
}

static bool perform(struct demo *demo, enum event_type *last)
{
    if (!register_all(&demo->customer) || !start_order(demo))
        return false;
    printf("workflow %s in domain %s at %s\n\n", demo->workflow_id,
           settings_text(demo->settings, DEMO_DOMAIN),
           settings_text(demo->settings, DEMO_ENDPOINT));
    return watch_with_helpers(demo, last);
}

static enum exit_status demo_run(const struct settings *settings)
{
    struct demo demo;
    enum event_type last = EVENT_ABSENT;

    signal(SIGPIPE, SIG_IGN);
    demo_init(&demo, settings);
    bool well = perform(&demo, &last);
    bool completed = last == EVENT_WORKFLOW_EXECUTION_COMPLETED;
    if (!well)
        fprintf(stderr, "weir demo: %s%s\n", demo.customer.problem,
                demo.customer.unanswered ? " (to start a server: weir serve)" : "");
    else if (!completed)
        fprintf(stderr, "weir demo: the order ended with %s\n", event_type_names[last]);
    else
        printf("\nThe order is complete.\n");
    demo_deinit(&demo);
    return well && completed ? EXIT_DONE : EXIT_FAILED;
}

const struct command command_demo = {
    .name = "demo",
    .summary = "run an example workflow against a server and watch its history",
    .description =
        "Takes one order through a running server: reserve the stock, let it cool off (a timer) and wait "
        "for approval (a signal), charge the card, ship, done. The decider, the worker of the three "
        "activities and the customer who approves are all inside this command; what it prints is the "
        "history of the workflow as the server tells it.\n\n"
        "It works in a domain of its own, with a workflowId and task lists made for the run, and takes "
        "nobody else's tasks. src/cmd/order.c shows how such a decider is written.",
    .closing = "EXIT STATUS\n"
               "    0  the order was completed\n"
               "    1  it was not, or the server gave no answer; stderr says why\n"
               "    2  an option is unknown or ill-formed\n\n"
               "EXAMPLES\n"
               "    weir demo\n"
               "    weir demo --endpoint http://127.0.0.1:8000\n",
    .settings = demo_settings,
    .setting_count = DEMO_SETTING_COUNT,
    .run = demo_run,
};
