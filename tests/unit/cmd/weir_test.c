/*
 * The program as a user meets it: what it prints, and how it ends. Runs the binary that WEIR names.
 */
#include "base/bytes.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define OUTPUT_MAX 65536

static struct {
    char out[OUTPUT_MAX]; /* stdout and stderr, in the order in which they came */
    int status;
} ended;

static const char *program(void)
{
    const char *weir = getenv("WEIR");
    return weir ? weir : "build/release/weir";
}

/* Starts it with both outputs in a pipe; the child's id. */
static pid_t start(char *const *arguments, int *output)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        execv(program(), arguments);
        _exit(127);
    }
    close(ends[1]);
    *output = ends[0];
    return child;
}

/* Reads until `text` has come, or until the end when that is NULL. */
static void read_until(int output, const char *text)
{
    size_t len = strlen(ended.out);
    while (!text || !strstr(ended.out, text)) {
        ssize_t got = read(output, ended.out + len, OUTPUT_MAX - 1 - len);
        if (got <= 0)
            break;
        len += (size_t)got;
        ended.out[len] = '\0';
    }
}

static void finish(pid_t child, int output)
{
    int status = 0;
    read_until(output, NULL);
    close(output);
    assert_int_equal(waitpid(child, &status, 0), child);
    ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void run(char *const *arguments)
{
    int output;
    ended.out[0] = '\0';
    pid_t child = start(arguments, &output);
    finish(child, output);
}

#define ARGUMENTS(...) ((char *const[]){ "weir", __VA_ARGS__, NULL })

static void assert_ended(int status, const char *text)
{
    if (ended.status != status || !strstr(ended.out, text))
        fail_msg("ended with %d, not %d; or without \"%s\":\n%s", ended.status, status, text,
                 ended.out);
}

static void it_explains_itself(void **state)
{
    (void)state;
    run(ARGUMENTS("--version"));
    assert_ended(0, "weir 0.");
    run(ARGUMENTS("help"));
    assert_ended(0, "usage: weir COMMAND");
    run(ARGUMENTS("help", "serve"));
    assert_ended(0, "--listen HOST:PORT");
    run(ARGUMENTS("demo", "--help"));
    assert_ended(0, "--endpoint URL");
    run((char *const[]){ "weir", NULL });
    assert_ended(2, "usage: weir COMMAND");
}

static void it_says_what_was_asked_wrongly(void **state)
{
    (void)state;
    run(ARGUMENTS("fly"));
    assert_ended(2, "weir: there is no command 'fly'; 'weir help' lists them\n");
    run(ARGUMENTS("help", "fly"));
    assert_ended(2, "no command 'fly'");
    run(ARGUMENTS("serve", "--loops", "none"));
    assert_ended(2, "weir serve: --loops none: must be a whole number from 1 to 64\n");
    run(ARGUMENTS("serve", "--config", "/nowhere/weir.conf"));
    assert_ended(2, "weir serve: /nowhere/weir.conf: cannot be read: No such file or directory\n");
}

static void it_prints_its_settings(void **state)
{
    (void)state;
    run(ARGUMENTS("serve", "--store", "memory", "--print-config"));
    assert_ended(0, "# --store\n");
    assert_ended(0, "\nregion = us-east-1 ");
}

static void it_lets_nobody_in_from_elsewhere(void **state)
{
    (void)state;
    run(ARGUMENTS("serve", "--store", "memory", "--listen", "0.0.0.0:0"));
    assert_ended(2, "weir user add");
    run(ARGUMENTS("serve", "--store", "memory", "--listen", "[::]:0"));
    assert_ended(2, "weir user add");
}

static void serve_and_end(int by, char *const *arguments)
{
    int output;
    ended.out[0] = '\0';
    pid_t child = start(arguments, &output);
    read_until(output, "listening on http://127.0.0.1:");
    kill(child, by);
    finish(child, output);
}

static void it_ends_in_order_when_told_to(void **state)
{
    (void)state;
    serve_and_end(SIGTERM, ARGUMENTS("serve", "--store", "memory", "--listen", "127.0.0.1:0"));
    assert_ended(0, "msg=\"stopped\"");
    serve_and_end(SIGINT, ARGUMENTS("serve", "--store", "memory", "--listen", "127.0.0.1:0"));
    assert_ended(0, "msg=\"stopped\"");
    assert_null(strstr(ended.out, "AWS_ENDPOINT_URL")); /* no terminal, no hints */
}

static void it_keeps_a_folder_and_comes_back_to_it(void **state)
{
    char folder[] = "/tmp/weir-test-XXXXXX";
    char command[64];
    (void)state;
    assert_non_null(mkdtemp(folder));
    char *const *arguments = ARGUMENTS("serve", "--data", folder, "--listen", "127.0.0.1:0",
                                       "--hints");
    for (int i = 0; i < 2; i++) {
        serve_and_end(SIGTERM, arguments);
        assert_ended(0, "AWS_ENDPOINT_URL=http://127.0.0.1:");
    }
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static void the_demo_needs_a_server(void **state)
{
    (void)state;
    run(ARGUMENTS("demo", "--endpoint", "http://127.0.0.1:1"));
    assert_ended(1, "weir demo: no answer from http://127.0.0.1:1");
    assert_ended(1, "weir serve");
}

/* The URL that a server printed, cut out of its output. */
static void copy_endpoint(char *to, size_t size)
{
    const char *url = strstr(ended.out, "http://");
    assert_non_null(url);
    snprintf(to, size, "%.*s", (int)strcspn(url, "\n"), url);
}

static void the_demo_takes_an_order_to_its_end(void **state)
{
    int output;
    char endpoint[64];
    char server_output[OUTPUT_MAX];
    (void)state;
    ended.out[0] = '\0';
    pid_t server = start(ARGUMENTS("serve", "--store", "memory", "--listen", "127.0.0.1:0"),
                         &output);
    read_until(output, "listening on ");
    read_until(output, "\n");
    copy_endpoint(endpoint, sizeof endpoint);
    memcpy(server_output, ended.out, sizeof server_output);

    run(ARGUMENTS("demo", "--endpoint", endpoint));
    int status = ended.status;
    bool complete = strstr(ended.out, "WorkflowExecutionCompleted") != NULL;
    if (status != 0 || !complete)
        print_error("%s", ended.out);

    memcpy(ended.out, server_output, sizeof server_output);
    kill(server, SIGTERM);
    finish(server, output);
    assert_int_equal(status, 0);
    assert_true(complete);
    assert_ended(0, "msg=\"stopped\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_explains_itself),
        cmocka_unit_test(it_says_what_was_asked_wrongly),
        cmocka_unit_test(it_prints_its_settings),
        cmocka_unit_test(it_lets_nobody_in_from_elsewhere),
        cmocka_unit_test(it_ends_in_order_when_told_to),
        cmocka_unit_test(it_keeps_a_folder_and_comes_back_to_it),
        cmocka_unit_test(the_demo_needs_a_server),
        cmocka_unit_test(the_demo_takes_an_order_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
