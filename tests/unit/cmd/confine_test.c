/* What a confined process can still do, and what not: each in a process of its own. */
#include "cmd/confine.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
/* after its prerequisites */
#include <cmocka.h>

/* Ends with 0 when all is as it should be, else with the number of what is not. */
typedef int confined_fn(void);

static int outcome_of(confined_fn *confined)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0)
        _exit(confined());
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void *do_nothing(void *context)
{
    return context;
}

static bool can_make_threads(void)
{
    pthread_t thread;

    return pthread_create(&thread, NULL, do_nothing, NULL) == 0 && pthread_join(thread, NULL) == 0;
}

static bool connect_is_denied(void)
{
    struct sockaddr address = { .sa_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    return fd >= 0 && connect(fd, &address, sizeof(address)) < 0 && errno == EPERM;
}

static int without_calls_out(void)
{
    char *arguments[] = { "true", NULL };

    confine_calls(false);
    if (!can_make_threads())
        return 1;
    if (fork() >= 0 || errno != EPERM)
        return 2;
    if (execv("/bin/true", arguments) >= 0 || errno != EPERM)
        return 3;
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) >= 0 || errno != EPERM)
        return 4;
    if (!connect_is_denied())
        return 5;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 6;
}

static int with_calls_out(void)
{
    confine_calls(true);
    if (connect_is_denied())
        return 1;
    return fork() < 0 && errno == EPERM ? 0 : 2;
}

static int without_core_dumps(void)
{
    struct rlimit limit;

    confine_memory();
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
        return 1;
    return getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0 ? 0 : 2;
}

static void a_server_needs_threads_and_no_programs(void **state)
{
    (void)state;
    assert_int_equal(outcome_of(without_calls_out), 0);
}

static void calling_functions_needs_connections(void **state)
{
    (void)state;
    assert_int_equal(outcome_of(with_calls_out), 0);
}

static void memory_with_secrets_is_not_dumped(void **state)
{
    (void)state;
    assert_int_equal(outcome_of(without_core_dumps), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_needs_threads_and_no_programs),
        cmocka_unit_test(calling_functions_needs_connections),
        cmocka_unit_test(memory_with_secrets_is_not_dumped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
