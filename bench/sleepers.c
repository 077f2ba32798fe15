/*
 * sleepers - what do many open executions cost that mostly idle?
 *
 *     sleepers [EXECUTIONS] [MEGABYTES] [TOUCHES] [SHAPE] [FOLDER]
 *
 * Starts executions, each of which then waits for a timer of days (SHAPE idle) or for a decider
 * (waiting), or takes those that an earlier call left in FOLDER (filled); they may keep so many
 * megabytes in memory (0: no limit). Then, each in a process of its own: a start after an orderly
 * end; signals to as many of them, at random, 64 a turn; death by kill -9; a start after that. Says
 * what each took, and its resident memory with RocksDB's.
 */
#include "in_process.h"

#include "base/memory.h"
#include "base/random.h"
#include "service/inner.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLS_IN_TURN 500
#define TOUCHES_IN_TURN 64
#define SAID_BYTES 64

struct plan {
    const char *path;
    uint64_t executions, touches;
    size_t execution_bytes_max;
    bool waits;     /* for a decider; else for a timer */
    bool is_filled; /* by an earlier call, with as many executions */
};

/* A process of its own; how it ends is what it does last. */
typedef void phase_fn(const struct plan *plan, struct in_process *own);

/* Since when, on the clock and on the processors. */
struct since {
    double now_ms, used_ms, used_by_all_ms;
};

static struct since since_now(void)
{
    return (struct since){ in_process_now_ms(), in_process_used_ms(), in_process_used_by_all_ms() };
}

static void say(const char *what, struct since since, const struct in_process *own)
{
    const struct service *service = own->service;

    printf("%-28s %7.2f s, %6.2f s of CPU, of all threads %6.2f s; resident %4.0f MB, at most "
           "%4.0f MB; awake %llu of %llu\n",
           what, (in_process_now_ms() - since.now_ms) / 1e3,
           (in_process_used_ms() - since.used_ms) / 1e3,
           (in_process_used_by_all_ms() - since.used_by_all_ms) / 1e3,
           in_process_memory_mb("VmRSS"), in_process_memory_mb("VmHWM"),
           (unsigned long long)service->awake.count, (unsigned long long)service->runs.count);
    fflush(stdout);
}

/* ---- filling */

static void start(struct in_process *own, uint64_t number)
{
    in_process_submit(
        own, OPERATION_START_WORKFLOW_EXECUTION,
        "{\"domain\":\"d\",\"workflowId\":\"order-%llu\",\"workflowType\":{\"name\":\"ship\","
        "\"version\":\"1\"},\"taskList\":{\"name\":\"deciders\"},\"childPolicy\":\"TERMINATE\","
        "\"executionStartToCloseTimeout\":\"8640000\",\"taskStartToCloseTimeout\":\"300\","
        "\"input\":\"%0200d\",\"tagList\":[\"a\",\"b\"]}",
        (unsigned long long)number, 0);
}

static void decide(struct in_process *own, const struct call *polled)
{
    const struct decision_task_output *task = polled->output;

    ensure(task->task_token.len > 0);
    in_process_submit(own, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
                      "{\"taskToken\":\"%.*s\",\"decisions\":[{\"decisionType\":\"StartTimer\","
                      "\"startTimerDecisionAttributes\":{\"timerId\":\"t\","
                      "\"startToFireTimeout\":\"864000\"}}]}",
                      BYTES_FMT(task->task_token));
}

/* The decider of the last `count`. */
static void decide_all(struct in_process *own, uint64_t count)
{
    own->polled_count = 0;
    for (uint64_t i = 0; i < count; i++)
        in_process_submit(own, OPERATION_POLL_FOR_DECISION_TASK,
                          "{\"domain\":\"d\",\"taskList\":{\"name\":\"deciders\"}}");
    in_process_turn(own);
    ensure(own->polled_count == count);
    for (uint64_t i = 0; i < count; i++) {
        decide(own, own->polled[i]);
        call_free(own->polled[i]);
    }
    in_process_turn(own);
}

static void open_all(const struct plan *plan, struct in_process *own)
{
    own->execution_bytes_max = plan->execution_bytes_max;
    in_process_open_store(own);
    in_process_open_service(own);
}

static void fill(const struct plan *plan, struct in_process *own)
{
    struct since began = since_now();

    open_all(plan, own);
    in_process_register(own);
    own->polled = memory_new(CALLS_IN_TURN * sizeof(*own->polled));
    for (uint64_t i = 0; i < plan->executions;) {
        uint64_t count = plan->executions - i < CALLS_IN_TURN ? plan->executions - i
                                                              : CALLS_IN_TURN;

        for (uint64_t j = 0; j < count; j++)
            start(own, ++i);
        in_process_turn(own);
        if (!plan->waits)
            decide_all(own, count);
    }
    ensure(own->faults == 0);
    say("filled", began, own);
    began = since_now();
    service_rest(own->service);
    say("rows of those that had none", began, own);
    in_process_close(own);
}

/* ---- starting, and touching */

static void open_and_say(const struct plan *plan, struct in_process *own, const char *what)
{
    struct since began = since_now();

    open_all(plan, own);
    ensure(own->service->runs.count == plan->executions);
    say(what, began, own);
}

static void touch(const struct plan *plan, struct in_process *own)
{
    struct random_sequence chance = { 1 };
    struct since began = since_now();
    double used;
    char said[SAID_BYTES];

    for (uint64_t i = 0; i < plan->touches; i++) {
        uint64_t number = 1 + random_below(&chance, plan->executions);

        in_process_submit(
            own, OPERATION_SIGNAL_WORKFLOW_EXECUTION,
            "{\"domain\":\"d\",\"workflowId\":\"order-%llu\",\"signalName\":\"hurry\","
            "\"input\":\"%0100d\"}",
            (unsigned long long)number, 0);
        if (i % TOUCHES_IN_TURN == TOUCHES_IN_TURN - 1 || i + 1 == plan->touches)
            in_process_turn(own);
    }
    ensure(own->faults == 0);
    used = in_process_used_ms() - began.used_ms;
    snprintf(said, sizeof(said), "signals, %.1f us of CPU each",
             used * 1e3 / (double)plan->touches);
    say(said, began, own);
    printf("%-28s %llu woken, %llu fell asleep, %llu rows\n", "",
           (unsigned long long)own->service->awake.woken,
           (unsigned long long)own->service->awake.fallen_asleep,
           (unsigned long long)own->service->awake.rows);
    fflush(stdout);
}

static void start_and_touch(const struct plan *plan, struct in_process *own)
{
    open_and_say(plan, own, "started, orderly before");
    touch(plan, own);
    kill(getpid(), SIGKILL);
}

static void start_again(const struct plan *plan, struct in_process *own)
{
    open_and_say(plan, own, "started, killed before");
    in_process_close(own);
}

static void play(const struct plan *plan, phase_fn *phase)
{
    struct in_process own;
    int status;
    pid_t child = fork();

    ensure(child >= 0);
    if (child == 0) {
        in_process_init(&own, plan->path);
        phase(plan, &own);
        _exit(0);
    }
    ensure(waitpid(child, &status, 0) == child);
    ensure((WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
           (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && phase == start_and_touch));
}

static uint64_t number(int argc, char **argv, int at, uint64_t otherwise)
{
    return argc > at ? strtoull(argv[at], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    char made[] = "sleepers.XXXXXX";
    struct plan plan = {
        .path = argc > 5 ? argv[5] : mkdtemp(made),
        .executions = number(argc, argv, 1, 1000000),
        .execution_bytes_max = (size_t)number(argc, argv, 2, 200) << 20,
        .touches = number(argc, argv, 3, 200000),
        .waits = argc > 4 && strcmp(argv[4], "waiting") == 0,
        .is_filled = argc > 4 && strcmp(argv[4], "filled") == 0,
    };

    ensure(plan.path && plan.executions > 0);
    if (!plan.is_filled)
        play(&plan, fill);
    play(&plan, start_and_touch);
    play(&plan, start_again);
    return 0;
}
