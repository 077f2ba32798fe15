#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct ended ended;

static const char *program(void)
{
    const char *weir = getenv("WEIR");
    return weir ? weir : "build/release/weir";
}

pid_t start_program(const char *path, char *const *arguments, int *output)
{
    int ends[2];
    ended.out[0] = '\0';
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        execv(path, arguments);
        _exit(127);
    }
    close(ends[1]);
    *output = ends[0];
    return child;
}

pid_t start(char *const *arguments, int *output)
{
    return start_program(program(), arguments, output);
}

void read_until(int output, const char *text)
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

void finish(pid_t child, int output)
{
    int status = 0;
    read_until(output, NULL);
    close(output);
    assert_int_equal(waitpid(child, &status, 0), child);
    ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void run(char *const *arguments)
{
    int output;
    pid_t child = start(arguments, &output);
    finish(child, output);
}

void assert_ended(int status, const char *text)
{
    if (ended.status != status || !strstr(ended.out, text))
        fail_msg("ended with %d, not %d; or without \"%s\":\n%s", ended.status, status, text,
                 ended.out);
}

/* The URL that it printed, cut out of its output. */
static void copy_endpoint(char *to, size_t size)
{
    const char *url = strstr(ended.out, "http://");
    if (!url)
        fail_msg("it does not listen:\n%s", ended.out);
    snprintf(to, size, "%.*s", (int)strcspn(url, "\n"), url);
}

void running_server_start(struct running_server *server, char *const *arguments)
{
    server->id = start(arguments, &server->output);
    read_until(server->output, "listening on ");
    read_until(server->output, "\n");
    copy_endpoint(server->endpoint, sizeof server->endpoint);
}

void running_server_end(struct running_server *server)
{
    ended.out[0] = '\0';
    kill(server->id, SIGTERM);
    finish(server->id, server->output);
    assert_ended(0, "msg=\"stopped\"");
}
