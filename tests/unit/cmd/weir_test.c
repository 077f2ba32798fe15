/*
 * The program as a user meets it: what it prints, and how it ends. Runs the binary that WEIR names.
 */
#include "program.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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
    run(ARGUMENTS("serve", "--request-bytes-max", "1048577"));
    assert_ended(2, "weir serve: --request-bytes-max 1048577: must be a number of bytes from 65536 "
                    "to 1048576 (K, M or G may follow: 64M)\n");
    run(ARGUMENTS("serve", "--header-bytes-max", "1M", "--request-bytes-max", "64K"));
    assert_ended(2, "weir serve: --header-bytes-max 1M: must be no more than --request-bytes-max, "
                    "64K\n");
    run(ARGUMENTS("serve", "--limit-tags-per-domain", "1001"));
    assert_ended(2, "must be a whole number from 1 to 1000\n");
    run(ARGUMENTS("serve", "--tls-client-certs", "required"));
    assert_ended(2, "weir serve: --tls-client-certs: needs --tls-client-ca, without which nobody "
                    "is asked\n");
    run(ARGUMENTS("serve", "--store", "memory", "--listen", "127.0.0.1:0", "--lambda-access-key-id",
                  "AKID"));
    assert_ended(2, "weir serve: --lambda-access-key-id and --lambda-secret-access-key: need each "
                    "other\n");
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

/* Its stdout is a disk that is full. */
static void run_in_vain(const char *words)
{
    const char *weir = getenv("WEIR");
    char command[512];

    snprintf(command, sizeof command, "%s %s >/dev/full", weir ? weir : "build/release/weir",
             words);
    ended.status = WEXITSTATUS(system(command));
}

/* Pages longer than what stdio keeps back fail before they are flushed. */
static void it_fails_when_its_output_is_lost(void **state)
{
    (void)state;
    run_in_vain("version");
    assert_int_equal(ended.status, 1);
    run_in_vain("help");
    assert_int_equal(ended.status, 1);
    run_in_vain("help serve");
    assert_int_equal(ended.status, 1);
    run_in_vain("serve --print-config");
    assert_int_equal(ended.status, 1);
}

static void it_lets_nobody_in_from_elsewhere(void **state)
{
    (void)state;
    run(ARGUMENTS("serve", "--store", "memory", "--listen", "0.0.0.0:0"));
    assert_ended(2, "weir user add");
    run(ARGUMENTS("serve", "--store", "memory", "--listen", "[::]:0"));
    assert_ended(2, "weir user add");
}

static void it_shows_figures_on_this_machine_alone(void **state)
{
    (void)state;
    run(ARGUMENTS("serve", "--store", "memory", "--metrics-listen", "0.0.0.0:0"));
    assert_ended(2, "--metrics-open");
    run(ARGUMENTS("serve", "--store", "memory", "--metrics-listen", "0.0.0.0:0",
                  "--insecure-open"));
    assert_ended(2, "--metrics-open");
    run(ARGUMENTS("serve", "--store", "memory", "--identities", "nowhere", "--metrics-listen",
                  "0.0.0.0:0"));
    assert_ended(2, "--metrics-open");
    run(ARGUMENTS("serve", "--store", "memory", "--identities", "nowhere", "--metrics-listen",
                  "0.0.0.0:0", "--metrics-open"));
    assert_ended(1, "nowhere");
}

static void serve_and_end(int by, char *const *arguments)
{
    int output;
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

static void expect_owner_alone(const char *folder)
{
    DIR *listing = opendir(folder);
    const struct dirent *entry;
    struct stat file;
    int files = 0;

    assert_non_null(listing);
    for (; (entry = readdir(listing)); files++) {
        assert_int_equal(fstatat(dirfd(listing), entry->d_name, &file, 0), 0);
        if (entry->d_name[0] != '.' && (file.st_mode & 077) != 0)
            fail_msg("%s has mode %o", entry->d_name, (unsigned)file.st_mode & 0777);
    }
    closedir(listing);
    assert_true(files > 2 + 3);
}

/* Also in a folder that everybody may enter. */
static void what_it_writes_is_its_owners_alone(void **state)
{
    char folder[] = "/tmp/weir-test-XXXXXX";
    char command[64];
    mode_t before = umask(022);

    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chmod(folder, 0755), 0);
    serve_and_end(SIGTERM, ARGUMENTS("serve", "--data", folder, "--listen", "127.0.0.1:0"));
    assert_ended(0, "msg=\"stopped\"");
    expect_owner_alone(folder);
    run(ARGUMENTS("fsck", folder));
    assert_ended(0, "");
    expect_owner_alone(folder);
    umask(before);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

/* With stdin and stderr closed nothing else takes their numbers. */
static void standard_descriptors_stay_what_they_are(void **state)
{
    const int closed[] = { STDIN_FILENO, STDERR_FILENO };
    const char *weir = getenv("WEIR");
    char command[4096], path[64], target[64];
    int output;

    (void)state;
    snprintf(command, sizeof command,
             "exec '%s' serve --store memory --listen 127.0.0.1:0 <&- 2>&-",
             weir ? weir : "build/release/weir");
    pid_t child = start_program("/bin/sh", ((char *const[]){ "sh", "-c", command, NULL }), &output);
    read_until(output, "listening on http://127.0.0.1:");
    for (int i = 0; i < 2; i++) {
        ssize_t len;
        snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)child, closed[i]);
        len = readlink(path, target, sizeof target - 1);
        assert_true(len > 0);
        target[len] = '\0';
        assert_string_equal(target, "/dev/null");
    }
    kill(child, SIGTERM);
    finish(child, output);
    assert_ended(0, "listening on");
}

static void the_demo_needs_a_server(void **state)
{
    (void)state;
    run(ARGUMENTS("demo", "--endpoint", "http://127.0.0.1:1"));
    assert_ended(1, "weir demo: no answer from http://127.0.0.1:1");
    assert_ended(1, "weir serve");
}

static void the_demo_takes_an_order_to_its_end(void **state)
{
    struct running_server server;
    (void)state;
    running_server_start(&server,
                         ARGUMENTS("serve", "--store", "memory", "--listen", "127.0.0.1:0"));
    run(ARGUMENTS("demo", "--endpoint", server.endpoint));
    assert_ended(0, "WorkflowExecutionCompleted");
    running_server_end(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_explains_itself),
        cmocka_unit_test(it_says_what_was_asked_wrongly),
        cmocka_unit_test(it_prints_its_settings),
        cmocka_unit_test(it_fails_when_its_output_is_lost),
        cmocka_unit_test(it_lets_nobody_in_from_elsewhere),
        cmocka_unit_test(it_shows_figures_on_this_machine_alone),
        cmocka_unit_test(it_ends_in_order_when_told_to),
        cmocka_unit_test(it_keeps_a_folder_and_comes_back_to_it),
        cmocka_unit_test(what_it_writes_is_its_owners_alone),
        cmocka_unit_test(standard_descriptors_stay_what_they_are),
        cmocka_unit_test(the_demo_needs_a_server),
        cmocka_unit_test(the_demo_takes_an_order_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
