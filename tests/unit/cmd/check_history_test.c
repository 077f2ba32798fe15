/*
 * weir check-history as a user meets it.
 */
#include "program.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START                                                                                \
    "{\"eventId\":1,\"eventTimestamp\":1.5,\"eventType\":\"WorkflowExecutionStarted\","      \
    "\"workflowExecutionStartedEventAttributes\":{\"childPolicy\":\"ABANDON\",\"taskList\":" \
    "{\"name\":\"l\"},\"workflowType\":{\"name\":\"w\",\"version\":\"1\"}}}"
#define SCHEDULED(id)                                                                     \
    "{\"eventId\":" id ",\"eventTimestamp\":1.5,\"eventType\":\"DecisionTaskScheduled\"," \
    "\"decisionTaskScheduledEventAttributes\":{\"taskList\":{\"name\":\"l\"}}}"

static char path[64];

static void write_file(const char *content)
{
    int fd;

    snprintf(path, sizeof(path), "/tmp/weir-test-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    close(fd);
}

static void check(const char *content)
{
    write_file(content);
    run(ARGUMENTS("check-history", path));
    unlink(path);
}

static void a_good_history(void **state)
{
    (void)state;
    check("{\"events\":[" START "," SCHEDULED("2") "]}");
    assert_ended(0, ": 2 events, open: obeys the rules\n");
    check("{\"events\":[" START "],\"nextPageToken\":\"t\"}");
    assert_ended(0, ": 1 event, open, more to come: obeys the rules\n");
}

static void a_bad_history(void **state)
{
    (void)state;
    check("[" START "," SCHEDULED("3") "]");
    assert_ended(1,
                 ": breaks the rules: event 3 (DecisionTaskScheduled): its id is out of order\n");
}

static void from_standard_input(void **state)
{
    int before = dup(STDIN_FILENO), fd;

    (void)state;
    write_file("[" START "," SCHEDULED("2") "]");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    dup2(fd, STDIN_FILENO);
    close(fd);
    run(ARGUMENTS("check-history", "-"));
    dup2(before, STDIN_FILENO);
    close(before);
    unlink(path);
    assert_ended(0, "standard input: 2 events, open: obeys the rules\n");
}

static void no_history(void **state)
{
    (void)state;
    check("hello");
    assert_ended(2, ": page 1: is not JSON\n");
    run(ARGUMENTS("check-history", "/nowhere/history.json"));
    assert_ended(2, "/nowhere/history.json: cannot be read: No such file or directory\n");
    run(ARGUMENTS("check-history", "/"));
    assert_ended(2, "/: cannot be read: ");
    run(ARGUMENTS("check-history"));
    assert_ended(2, "a word is missing: expected FILE");
    run(ARGUMENTS("check-history", "--help"));
    assert_ended(0, "weir check-history FILE [OPTION]...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_history),
        cmocka_unit_test(a_bad_history),
        cmocka_unit_test(from_standard_input),
        cmocka_unit_test(no_history),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
