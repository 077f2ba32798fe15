#include "base/log.h"

#include "base/ensure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Standard error becomes a pipe from capture_start to capture_end. A pipe of Linux holds 64 KiB,
 * far more than any of these tests writes before it reads. */
static int real_stderr = -1;
static int pipe_end = -1;
static char captured[65536];

static void capture_start(void)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    real_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    pipe_end = ends[0];
}

static const char *capture_end(void)
{
    size_t len = 0;
    ssize_t got;

    dup2(real_stderr, STDERR_FILENO); /* closes the pipe's writing end, so the reading ends */
    close(real_stderr);
    while ((got = read(pipe_end, captured + len, sizeof(captured) - 1 - len)) > 0)
        len += (size_t)got;
    close(pipe_end);
    captured[len] = '\0';
    return captured;
}

/* What follows `time=2026-11-27T10:02:54.123Z `, whose form is checked. */
static const char *after_time(const char *line)
{
    static const char form[] = "time=dddd-dd-ddTdd:dd:dd.dddZ ";

    for (size_t i = 0; i < sizeof(form) - 1; i++) {
        if (form[i] == 'd' && i > 4)
            assert_in_range(line[i], '0', '9');
        else
            assert_int_equal(line[i], form[i]);
    }
    return line + sizeof(form) - 1;
}

static void a_line_without_fields(void **state)
{
    (void)state;
    capture_start();
    log_info("listening");
    assert_string_equal(after_time(capture_end()), "level=info msg=\"listening\"\n");
}

static void fields_follow_in_order(void **state)
{
    (void)state;
    capture_start();
    log_warn("a", LOG_NUMBER("n", -12), LOG_TEXT("t", BYTES("x.y/z")), LOG_CSTR("c", "word"));
    assert_string_equal(after_time(capture_end()), "level=warn msg=\"a\" n=-12 t=x.y/z c=word\n");
    capture_start();
    log_error("b", LOG_NUMBER("min", INT64_MIN), LOG_TEXT("empty", BYTES("")));
    assert_string_equal(after_time(capture_end()),
                        "level=error msg=\"b\" min=-9223372036854775808 empty=\"\"\n");
}

static void values_are_quoted_where_they_need_it(void **state)
{
    static const struct {
        const char *value;
        const char *written;
    } cases[] = {
        { "two words", "\"two words\"" },
        { "a=b", "\"a=b\"" },
        { "say \"hi\"", "\"say \\\"hi\\\"\"" },
        { "back\\slash", "\"back\\\\slash\"" },
        { "line\nlevel=error", "\"line\\nlevel=error\"" },
        { "cr\r tab\t", "\"cr\\r tab\\t\"" },
        { "esc\x1b[31m", "\"esc\\x1b[31m\"" },
        { "del\x7f", "\"del\\x7f\"" },
        { "\xc3\xa9", "\"\\xc3\\xa9\"" },
        { "{plain:1,[2]}'", "{plain:1,[2]}'" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char expected[100];
        snprintf(expected, sizeof(expected), "level=info msg=\"m\" v=%s\n", cases[i].written);
        capture_start();
        log_info("m", LOG_CSTR("v", cases[i].value));
        assert_string_equal(after_time(capture_end()), expected);
    }
}

/* Every byte there is: still one line, of printable ASCII. */
static void no_value_can_forge_a_line(void **state)
{
    char all[256];

    (void)state;
    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    capture_start();
    log_info("m", LOG_TEXT("v", bytes_of(all, sizeof(all))));
    const char *line = capture_end();
    size_t len = strlen(line);
    assert_int_equal(line[len - 1], '\n');
    for (size_t i = 0; i < len - 1; i++)
        assert_in_range(line[i], ' ', '~');
    assert_non_null(strstr(line, "\\x00\\x01"));
}

static void long_values_are_cut(void **state)
{
    char longer[5000];

    (void)state;
    memset(longer, '"', sizeof(longer));
    capture_start();
    log_info("m", LOG_TEXT("v", bytes_of(longer, sizeof(longer))), LOG_NUMBER("n", 1));
    const char *line = capture_end();
    assert_true(strlen(line) < 1200);
    assert_non_null(strstr(line, "\\\"...\" n=1\n"));
}

static void fields_that_do_not_fit_are_left_out_whole(void **state)
{
    char value[900];

    (void)state;
    memset(value, 'x', sizeof(value));
    struct bytes v = bytes_of(value, sizeof(value));
    capture_start();
    log_info("m", LOG_TEXT("a", v), LOG_TEXT("b", v), LOG_TEXT("c", v), LOG_TEXT("d", v),
             LOG_TEXT("e", v), LOG_NUMBER("f", 1));
    const char *line = capture_end();
    assert_true(strlen(line) <= 4096);
    assert_non_null(strstr(line, " d=xxx"));
    assert_null(strstr(line, " e="));
    assert_null(strstr(line, " f="));
    assert_non_null(strstr(line, "x truncated=true\n"));
}

static void lines_below_the_level_are_dropped(void **state)
{
    (void)state;
    capture_start();
    log_debug("one");
    log_set_level(LOG_WARN);
    log_info("two");
    log_warn("three");
    log_set_level(LOG_DEBUG);
    log_debug("four");
    log_set_level(LOG_INFO);
    const char *lines = capture_end();
    assert_null(strstr(lines, "one"));
    assert_null(strstr(lines, "two"));
    assert_non_null(strstr(lines, "level=warn msg=\"three\"\n"));
    assert_non_null(strstr(lines, "level=debug msg=\"four\"\n"));
}

static void levels_are_parsed(void **state)
{
    enum log_level level = LOG_INFO;

    (void)state;
    assert_true(log_parse_level(BYTES("debug"), &level));
    assert_int_equal(level, LOG_DEBUG);
    assert_true(log_parse_level(BYTES("error"), &level));
    assert_int_equal(level, LOG_ERROR);
    assert_false(log_parse_level(BYTES("Error"), &level));
    assert_false(log_parse_level(BYTES("warning"), &level));
    assert_false(log_parse_level(BYTES(""), &level));
    assert_int_equal(level, LOG_ERROR);
}

static void errno_survives(void **state)
{
    (void)state;
    capture_start();
    errno = ENOSPC;
    log_info("m");
    int after = errno;
    capture_end();
    assert_int_equal(after, ENOSPC);
}

static void *log_some(void *argument)
{
    for (int i = 0; i < 100; i++)
        log_info("from a thread", LOG_CSTR("name", argument), LOG_NUMBER("i", i));
    return NULL;
}

static void lines_of_threads_do_not_mix(void **state)
{
    char names[4][2] = { "a", "b", "c", "d" };
    pthread_t threads[4];

    (void)state;
    capture_start();
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_some, names[i]), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    const char *line = capture_end();
    int next[4] = { 0 };
    for (int count = 0; count < 400; count++) {
        char name = 0;
        int number = -1, len = 0;
        sscanf(after_time(line), "level=info msg=\"from a thread\" name=%c i=%d%n", &name, &number,
               &len);
        assert_in_range(name, 'a', 'd');
        assert_int_equal(number, next[name - 'a']++);
        line = strchr(line, '\n') + 1;
    }
    assert_string_equal(line, "");
}

static void too_many_lines_of_a_kind_are_left_out_and_counted(void **state)
{
    static struct log_pace pace;
    int said = 0;

    (void)state;
    capture_start();
    while (log_may_say(&pace, "it failed"))
        said++;
    assert_true(said >= LOG_LINES_A_SECOND);
    assert_string_equal(capture_end(), "");
    atomic_store(&pace.second, -1); /* as if time had passed */
    capture_start();
    assert_true(log_may_say(&pace, "it failed"));
    assert_string_equal(after_time(capture_end()),
                        "level=error msg=\"lines were left out, for there were too many in a "
                        "second\" saying=\"it failed\" lines=1\n");
}

static void a_failed_ensure_says_so_and_stops(void **state)
{
    int status = 0;

    (void)state;
    capture_start();
    pid_t child = fork();
    if (child == 0)
        ensure(1 + 1 == 3);
    waitpid(child, &status, 0);
    const char *line = capture_end();
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(line, "level=error"));
    assert_non_null(strstr(line, "check=\"1 + 1 == 3\""));
    assert_non_null(strstr(line, "log_test.c line="));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_without_fields),
        cmocka_unit_test(fields_follow_in_order),
        cmocka_unit_test(values_are_quoted_where_they_need_it),
        cmocka_unit_test(no_value_can_forge_a_line),
        cmocka_unit_test(long_values_are_cut),
        cmocka_unit_test(fields_that_do_not_fit_are_left_out_whole),
        cmocka_unit_test(lines_below_the_level_are_dropped),
        cmocka_unit_test(levels_are_parsed),
        cmocka_unit_test(errno_survives),
        cmocka_unit_test(lines_of_threads_do_not_mix),
        cmocka_unit_test(too_many_lines_of_a_kind_are_left_out_and_counted),
        cmocka_unit_test(a_failed_ensure_says_so_and_stops),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
