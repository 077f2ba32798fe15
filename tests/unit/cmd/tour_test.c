/*
 * weir demo --all, against a server that calls its functions and against one that calls none: the
 * histories that it shows have the events that they must have.
 */
#include "program.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STORY_MAX 2048

/* What a workflow's history must be, less its decision tasks: when those come depends on what else
 * the one decider has to do. In the order in which they are shown. */
struct story {
    const char *workflow;
    const char *events;
};

static const struct story stories[] = {
    { "parent", "WorkflowExecutionStarted StartChildWorkflowExecutionInitiated "
                "ChildWorkflowExecutionStarted ChildWorkflowExecutionCompleted "
                "StartChildWorkflowExecutionInitiated ChildWorkflowExecutionStarted "
                "WorkflowExecutionCompleted " },
    { "errand", "WorkflowExecutionStarted WorkflowExecutionCompleted " },
    { "dawdler", "WorkflowExecutionStarted WorkflowExecutionTerminated " },
    { "caller", "WorkflowExecutionStarted SignalExternalWorkflowExecutionInitiated "
                "ExternalWorkflowExecutionSignaled SignalExternalWorkflowExecutionInitiated "
                "SignalExternalWorkflowExecutionFailed WorkflowExecutionCompleted " },
    { "listener",
      "WorkflowExecutionStarted WorkflowExecutionSignaled WorkflowExecutionCompleted " },
    { "hasty", "WorkflowExecutionStarted RequestCancelExternalWorkflowExecutionInitiated "
               "ExternalWorkflowExecutionCancelRequested WorkflowExecutionCompleted " },
    { "patient",
      "WorkflowExecutionStarted WorkflowExecutionCancelRequested WorkflowExecutionCanceled " },
    { "countdown", "WorkflowExecutionStarted WorkflowExecutionContinuedAsNew " },
    { "countdown", "WorkflowExecutionStarted WorkflowExecutionContinuedAsNew " },
    { "countdown", "WorkflowExecutionStarted WorkflowExecutionCompleted " },
    { "gambler", "WorkflowExecutionStarted MarkerRecorded TimerStarted TimerFired "
                 "WorkflowExecutionCompleted " },
    { "hospital", "WorkflowExecutionStarted ActivityTaskScheduled ActivityTaskScheduled "
                  "ActivityTaskScheduled ActivityTaskStarted ActivityTaskCompleted "
                  "ActivityTaskStarted ActivityTaskCompleted ActivityTaskStarted "
                  "ActivityTaskCompleted WorkflowExecutionCompleted " },
};

static const struct story shopper = {
    "shopper", "WorkflowExecutionStarted LambdaFunctionScheduled LambdaFunctionStarted "
               "LambdaFunctionCompleted LambdaFunctionScheduled LambdaFunctionStarted "
               "LambdaFunctionFailed WorkflowExecutionCompleted "
};
static const struct story shopper_without = {
    "shopper", "WorkflowExecutionStarted ScheduleLambdaFunctionFailed WorkflowExecutionCompleted "
};

/* An address of this machine that no other test uses: the demo must know its port before the server
 * starts, and a port that was free a moment ago need not be. */
static void choose_address(char *out, size_t size)
{
    unsigned id = (unsigned)getpid();
    snprintf(out, size, "127.%u.%u.%u:9348", 64 + (id >> 16 & 63), id >> 8 & 255, id & 255);
}

/* ---- reading what it printed */

/* The event types of the lines from `line` to the empty one. */
static void read_events(const char *line, char *out)
{
    char type[128];
    int id;

    out[0] = '\0';
    for (; line && line[1] != '\n' && line[1] != '\0'; line = strchr(line + 1, '\n')) {
        if (sscanf(line, " %*f s %d %127s", &id, type) == 2 && strncmp(type, "DecisionTask", 12))
            snprintf(out + strlen(out), STORY_MAX - strlen(out), "%s ", type);
    }
}

/* Compares the next history after `from`; the place behind its title. */
static const char *expect_story(const char *from, const struct story *story)
{
    char title[64], events[STORY_MAX];
    snprintf(title, sizeof title, "\nworkflow %s-", story->workflow);
    const char *place = strstr(from, "\nworkflow ");
    if (!place || strncmp(place, title, strlen(title)) != 0)
        fail_msg("no history of %s where it should be:\n%s", story->workflow, ended.out);
    read_events(strchr(place + 1, '\n'), events);
    assert_string_equal(events, story->events);
    return place + 1;
}

static const char *expect_stories(void)
{
    const char *place = strstr(ended.out, "The order is complete.");
    assert_non_null(place);
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++)
        place = expect_story(place, &stories[i]);
    return place;
}

/* These stand in this order. */
static void expect_in_turn(const char *first, const char *second, const char *third)
{
    const char *place = strstr(ended.out, first);
    place = place ? strstr(place, second) : NULL;
    place = place ? strstr(place, third) : NULL;
    if (!place)
        fail_msg("not \"%s\", \"%s\", \"%s\":\n%s", first, second, third, ended.out);
}

/* ---- the tests */

static void it_shows_everything(void **state)
{
    struct running_server server;
    char address[64], url[80];
    (void)state;
    choose_address(address, sizeof address);
    snprintf(url, sizeof url, "http://%s", address);
    running_server_start(&server, ARGUMENTS("serve", "--store", "memory", "--listen", "127.0.0.1:0",
                                            "--lambda-endpoint", url));

    run(ARGUMENTS("demo", "--all", "--endpoint", server.endpoint, "--functions", address));
    assert_ended(0, "\nThat is all.\n");
    expect_story(expect_stories(), &shopper);
    expect_in_turn("Started        heart-attack by worker", "broken-arm by worker",
                   "check-up by worker");
    assert_ended(0, " CHILD_POLICY_APPLIED\n");
    assert_ended(0, "UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION\n");
    assert_ended(
        0, "broken: Unhandled, {\"errorMessage\":\"out of order\",\"errorType\":\"Error\"}\n");
    assert_ended(0,
                 "WorkflowExecutionCompleted {\"price\":\"42.00 EUR\",\"for\":{\"teapots\":3}}\n");
    running_server_end(&server);
}

static void it_says_how_a_server_finds_the_functions(void **state)
{
    struct running_server server;
    char address[64];
    (void)state;
    choose_address(address, sizeof address);
    running_server_start(&server,
                         ARGUMENTS("serve", "--store", "memory", "--listen", "127.0.0.1:0"));

    run(ARGUMENTS("demo", "--all", "--endpoint", server.endpoint, "--functions", address));
    assert_ended(0, "weir serve --lambda-endpoint http://127.");
    expect_story(expect_stories(), &shopper_without);
    running_server_end(&server);
}

static void it_keeps_the_functions_to_this_machine(void **state)
{
    (void)state;
    run(ARGUMENTS("demo", "--all", "--functions", "0.0.0.0:9348"));
    assert_ended(2,
                 "weir demo: --functions 0.0.0.0:9348: must be an address that only this machine");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_shows_everything),
        cmocka_unit_test(it_says_how_a_server_finds_the_functions),
        cmocka_unit_test(it_keeps_the_functions_to_this_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
