/* The audit log: its lines, its file, and what happens when the file is moved or cannot be written.
 */
#include "net/audit.h"

#include "net/peer_address.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
/* after its prerequisites */
#include <cmocka.h>

static const struct audit_record full = {
    .at = { INT64_C(1796083200123) },
    .request_id = { "id-1", 4 },
    .source = { "192.0.2.1", 9 },
    .principal = { "arn:aws:iam::123456789012:user/a\"b", 34 },
    .access_key_id = { "AKIA", 4 },
    .action = { "StartTimer", 10 },
    .resource = { "arn:x", 5 },
    .outcome = { "ok", 2 },
};

static void expect_line(const struct audit_record *record, const char *expected)
{
    struct text line;

    text_init(&line, 4096);
    audit_append_line(&line, record);
    text_append_char(&line, '\0');
    assert_string_equal(text_bytes(&line).ptr, expected);
    text_deinit(&line);
}

static void a_line_leaves_out_what_is_not_known(void **state)
{
    const struct bytes refused[] = { BYTES("StartTimer"), BYTES("RecordMarker") };
    struct audit_record record = { .at = full.at, .outcome = BYTES("SerializationException") };

    (void)state;
    expect_line(&record, "{\"time\":\"2026-12-01T00:00:00.123Z\",\"outcome\":"
                         "\"SerializationException\"}\n");
    record = full;
    record.refused = refused;
    record.refused_count = 2;
    expect_line(&record, "{\"time\":\"2026-12-01T00:00:00.123Z\",\"requestId\":\"id-1\","
                         "\"sourceAddress\":\"192.0.2.1\",\"principal\":"
                         "\"arn:aws:iam::123456789012:user/a\\\"b\",\"accessKeyId\":\"AKIA\","
                         "\"action\":\"swf:StartTimer\",\"resource\":\"arn:x\",\"outcome\":\"ok\","
                         "\"refusedDecisions\":[\"StartTimer\",\"RecordMarker\"]}\n");
}

/* ---- the file ---- */

struct place {
    char folder[64], path[96], moved[96];
};

static void make_place(struct place *place)
{
    snprintf(place->folder, sizeof(place->folder), "/tmp/audit_test.XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof(place->path), "%s/audit", place->folder);
    snprintf(place->moved, sizeof(place->moved), "%s/moved", place->folder);
}

static void remove_place(const struct place *place)
{
    unlink(place->path);
    unlink(place->moved);
    assert_int_equal(rmdir(place->folder), 0);
}

/* How many lines the file has; every one must be whole. */
static int count_lines(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[1024];
    int count = 0;

    assert_non_null(file);
    for (; fgets(line, sizeof(line), file); count++) {
        assert_memory_equal(line, "{\"time\":", 8);
        assert_string_equal(line + strlen(line) - 2, "}\n");
    }
    fclose(file);
    return count;
}

#define THREADS 4
#define LINES_EACH 2000

static void *write_many(void *audit)
{
    for (int i = 0; i < LINES_EACH; i++)
        audit_write(audit, &full);
    return NULL;
}

static void many_threads_write_whole_lines(void **state)
{
    pthread_t threads[THREADS];
    struct audit *audit;
    struct place place;
    struct stat stat_of;

    (void)state;
    make_place(&place);
    assert_int_equal(audit_open(place.path, &audit), OK);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, audit), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    audit_close(audit);
    assert_int_equal(count_lines(place.path), THREADS * LINES_EACH);
    assert_int_equal(stat(place.path, &stat_of), 0);
    assert_int_equal(stat_of.st_mode & 0777, 0600);
    remove_place(&place);
}

static void lines_after_the_word_go_to_the_new_file(void **state)
{
    struct audit *audit;
    struct place place;

    (void)state;
    make_place(&place);
    assert_int_equal(audit_open(place.path, &audit), OK);
    audit_write(audit, &full);
    assert_int_equal(rename(place.path, place.moved), 0);
    audit_reopen(audit);
    while (access(place.path, F_OK) != 0)
        usleep(1000); /* until its thread has opened it */
    audit_write(audit, &full);
    audit_write(audit, &full);
    audit_close(audit);
    assert_int_equal(count_lines(place.moved), 1);
    assert_int_equal(count_lines(place.path), 2);
    remove_place(&place);
}

static void an_old_file_is_written_on(void **state)
{
    struct audit *audit;
    struct place place;

    (void)state;
    make_place(&place);
    for (int i = 1; i <= 2; i++) {
        assert_int_equal(audit_open(place.path, &audit), OK);
        audit_write(audit, &full);
        audit_close(audit);
        assert_int_equal(count_lines(place.path), i);
    }
    assert_int_equal(audit_open("/nowhere/at/all", &audit), ERR_IO);
    audit_close(NULL);
    remove_place(&place);
}

/* A full disk loses lines, and stops nobody. */
static void a_file_that_cannot_be_written_stops_nobody(void **state)
{
    struct audit *audit;

    (void)state;
    assert_int_equal(audit_open("/dev/full", &audit), OK);
    write_many(audit);
    audit_close(audit);
}

/* ---- a file that is full, amid a line ---- */

/* The most that a file may have, as a disk that is full at that byte. */
static void let_files_have(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static size_t line_length(void)
{
    struct text line;
    size_t len;

    text_init(&line, 4096);
    audit_append_line(&line, &full);
    len = line.len;
    text_deinit(&line);
    return len;
}

/* How many whole lines the file has, and how many others. */
static int count_whole(const char *path, int *torn)
{
    FILE *file = fopen(path, "r");
    char line[1024];
    int whole = 0;

    assert_non_null(file);
    for (*torn = 0; fgets(line, sizeof(line), file);) {
        if (strlen(line) == line_length())
            whole++;
        else
            ++*torn;
    }
    fclose(file);
    return whole;
}

struct overheard {
    int stderr_before, ends[2];
    char said[4096];
    size_t len;
};

static void overhear(struct overheard *log)
{
    *log = (struct overheard){ .stderr_before = dup(STDERR_FILENO) };
    assert_int_equal(pipe(log->ends), 0);
    assert_true(dup2(log->ends[1], STDERR_FILENO) >= 0);
}

static const char *wait_for_word(struct overheard *log, const char *word)
{
    const char *found;

    while ((found = strstr(log->said, word)) == NULL) {
        ssize_t got = read(log->ends[0], log->said + log->len, sizeof(log->said) - 1 - log->len);

        assert_true(got > 0);
        log->len += (size_t)got;
    }
    return found + strlen(word);
}

static void stop_overhearing(struct overheard *log)
{
    assert_true(dup2(log->stderr_before, STDERR_FILENO) >= 0);
    close(log->stderr_before);
    close(log->ends[0]);
    close(log->ends[1]);
}

#define LINES 100

/* Whatever was taken together by its thread: each line is in the file, whole, or counted as lost.
 * How many lines are neither, where a file can have so many bytes for a while? */
static int write_with_room_for(rlim_t bytes)
{
    struct overheard log;
    struct audit *audit;
    struct place place;
    int torn;

    make_place(&place);
    assert_int_equal(audit_open(place.path, &audit), OK);
    overhear(&log);
    let_files_have(bytes);
    for (int i = 0; i < LINES; i++)
        audit_write(audit, &full);
    wait_for_word(&log, "cannot be written");
    let_files_have(RLIM_INFINITY);
    audit_write(audit, &full);
    audit_close(audit);
    long lost = strtol(wait_for_word(&log, " lost="), NULL, 10);
    stop_overhearing(&log);
    assert_int_equal(count_whole(place.path, &torn) + lost, LINES + 1);
    remove_place(&place);
    return torn;
}

static void half_a_line_spoils_no_other(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(write_with_room_for(10 * line_length() + line_length() / 2), 1);
    assert_int_equal(write_with_room_for(10 * line_length()), 0);
}

static void write_half_a_line(const char *path)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs("{\"time\":", file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* As after a disk that was full until the server ended, or a machine that lost its power. */
static void half_a_line_of_another_time_is_left_to_itself(void **state)
{
    struct audit *audit;
    struct place place;
    int torn;

    (void)state;
    make_place(&place);
    write_half_a_line(place.path);
    for (int i = 1; i <= 2; i++) {
        assert_int_equal(audit_open(place.path, &audit), OK);
        audit_write(audit, &full);
        audit_close(audit);
        assert_int_equal(count_whole(place.path, &torn), i);
        assert_int_equal(torn, 1);
    }
    remove_place(&place);
}

/* Also when that file comes to the name while the log is written. */
static void half_a_line_in_the_new_file_is_left_to_itself(void **state)
{
    struct audit *audit;
    struct place place;
    int torn, written = 0;

    (void)state;
    make_place(&place);
    assert_int_equal(audit_open(place.path, &audit), OK);
    assert_int_equal(rename(place.path, place.moved), 0);
    write_half_a_line(place.path);
    audit_reopen(audit);
    for (; count_whole(place.path, &torn) == 0; written++) { /* until its thread has opened it */
        audit_write(audit, &full);
        usleep(1000);
    }
    audit_close(audit);
    assert_int_equal(count_whole(place.path, &torn) + count_lines(place.moved), written);
    assert_int_equal(torn, 1);
    remove_place(&place);
}

/* ---- addresses ---- */

static void expect_address(int family, const char *text, const char *expected)
{
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } address = { .any.sa_family = (sa_family_t)family };
    char buffer[PEER_ADDRESS_TEXT_MAX];
    struct peer_address peer;

    if (family == AF_INET)
        assert_int_equal(inet_pton(family, text, &address.four.sin_addr), 1);
    if (family == AF_INET6)
        assert_int_equal(inet_pton(family, text, &address.six.sin6_addr), 1);
    peer = peer_address_of(&address.any);
    assert_true(bytes_equal(peer_address_print(&peer, buffer), bytes_of_cstr(expected)));
}

static void addresses_are_written_as_people_do(void **state)
{
    (void)state;
    expect_address(AF_INET, "192.0.2.1", "192.0.2.1");
    expect_address(AF_INET6, "2001:db8::1", "2001:db8::1");
    expect_address(AF_INET6, "::ffff:192.0.2.1", "192.0.2.1");
    expect_address(AF_UNIX, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_leaves_out_what_is_not_known),
        cmocka_unit_test(many_threads_write_whole_lines),
        cmocka_unit_test(lines_after_the_word_go_to_the_new_file),
        cmocka_unit_test(an_old_file_is_written_on),
        cmocka_unit_test(a_file_that_cannot_be_written_stops_nobody),
        cmocka_unit_test(half_a_line_spoils_no_other),
        cmocka_unit_test(half_a_line_of_another_time_is_left_to_itself),
        cmocka_unit_test(half_a_line_in_the_new_file_is_left_to_itself),
        cmocka_unit_test(addresses_are_written_as_people_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
