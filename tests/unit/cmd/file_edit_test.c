/* A new content whole or not at all: what is kept, what every failing step leaves, who must wait.
 */
#include "cmd/file_edit.h"

#include "edited.h"
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#define test(f) cmocka_unit_test_setup_teardown(f, edited_setup, edited_teardown)

static void replace(const char *at, const char *content)
{
    struct file_edit edit;

    if (!file_edit_begin(&edit, at, &edited.problem))
        fail_msg("%s", edited_problem());
    if (!file_edit_commit(&edit, bytes_of_cstr(content), &edited.problem))
        fail_msg("%s", edited_problem());
    file_edit_end(&edit);
}

static mode_t mode_of(const char *at)
{
    struct stat stat_of;

    assert_int_equal(stat(at, &stat_of), 0);
    return stat_of.st_mode & 07777;
}

/* ---- what is kept ---- */

static void a_new_file_is_its_owners_alone(void **state)
{
    mode_t mask = umask(0);

    (void)state;
    replace(edited.path, "new");
    umask(mask);
    assert_string_equal(read_file(edited.path), "new");
    assert_int_equal(mode_of(edited.path), 0600);
    assert_int_equal(folder_count(&edited.folder), 1);
}

static void the_mode_stays(void **state)
{
    mode_t mask = umask(077);

    (void)state;
    write_file(edited.path, "old");
    assert_int_equal(chmod(edited.path, 0640), 0);
    replace(edited.path, "new");
    umask(mask);
    assert_string_equal(read_file(edited.path), "new");
    assert_int_equal(mode_of(edited.path), 0640);
}

static void the_owner_stays(void **state)
{
    struct stat stat_of;

    (void)state;
    if (geteuid() != 0) {
        print_message("left out: only root may give a file away\n");
        skip();
    }
    write_file(edited.path, "old");
    assert_int_equal(chown(edited.path, 12, 34), 0);
    replace(edited.path, "new");
    assert_int_equal(stat(edited.path, &stat_of), 0);
    assert_int_equal(stat_of.st_uid, 12);
    assert_int_equal(stat_of.st_gid, 34);
}

static void a_link_stays_a_link(void **state)
{
    struct folder links;
    char link[160], target[160];
    ssize_t length;

    (void)state;
    folder_make(&links);
    snprintf(link, sizeof link, "%s", folder_file(&links, "link"));
    write_file(edited.path, "old");
    assert_int_equal(symlink(edited.path, link), 0);
    replace(link, "new");
    assert_string_equal(read_file(edited.path), "new");
    length = readlink(link, target, sizeof target - 1);
    assert_int_equal(length, strlen(edited.path));
    assert_int_equal(folder_count(&links), 1);
    folder_remove(&links);
}

static void a_path_may_be_relative(void **state)
{
    int here = open(".", O_RDONLY | O_DIRECTORY);

    (void)state;
    assert_true(here >= 0);
    assert_int_equal(chdir(edited.folder.path), 0);
    replace("file", "one");
    replace("./file", "two");
    assert_int_equal(fchdir(here), 0);
    close(here);
    assert_string_equal(read_file(edited.path), "two");
}

/* Of an editor that was killed before it was done. */
static void what_was_left_behind_goes(void **state)
{
    (void)state;
    write_file(edited.path, "old");
    write_file(folder_file(&edited.folder, ".file.new"), "half of it");
    replace(edited.path, "new");
    assert_string_equal(read_file(edited.path), "new");
    assert_int_equal(folder_count(&edited.folder), 1);
}

/* ---- who must wait ---- */

static void the_folder_is_locked(void **state)
{
    int other = open(edited.folder.path, O_RDONLY | O_DIRECTORY);
    struct file_edit edit;

    (void)state;
    assert_true(file_edit_begin(&edit, edited.path, &edited.problem));
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), -1);
    assert_int_equal(errno, EWOULDBLOCK);
    file_edit_end(&edit);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
    close(other);
}

/* ---- where nothing can begin ---- */

static void expect_no_beginning(const char *at, const char *expected)
{
    struct file_edit edit;

    assert_false(file_edit_begin(&edit, at, &edited.problem));
    assert_string_equal(edited_problem(), expected);
    text_reset(&edited.problem);
}

static void a_beginning_is_refused_clearly(void **state)
{
    char expected[256];
    const char *link = folder_file(&edited.folder, "link");

    (void)state;
    expect_no_beginning("/nowhere/file",
                        "/nowhere/file: its folder cannot be found: No such file or directory");
    assert_int_equal(symlink("missing", link), 0);
    snprintf(expected, sizeof expected, "%s: is a link to a file that is missing", link);
    expect_no_beginning(link, expected);
    write_file(edited.path, "old");
    snprintf(expected, sizeof expected, "%s/file: cannot be found: Not a directory", edited.path);
    expect_no_beginning(folder_file(&edited.folder, "file/file"), expected);
}

/* ---- steps that fail ---- */

/* A step, how it is made to fail, and what is said then. */
struct failing_step {
    const char *call;
    int error;
    struct scmp_arg_cmp when; /* compares an argument of the call */
    const char *says;
    bool is_done; /* the new content is there nevertheless */
};

/* Has a system call fail in this process from now on. */
static bool make_fail(const struct failing_step *step)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int number = seccomp_syscall_resolve_name(step->call);

    return filter &&
           seccomp_rule_add_array(filter, SCMP_ACT_ERRNO((unsigned)step->error), number, 1,
                                  &step->when) == 0 &&
           seccomp_load(filter) == 0;
}

/* In a process of its own, because what is denied stays denied: 0 when it failed as expected. */
static int commit_and_fail(struct file_edit *edit, const struct failing_step *step)
{
    if (!make_fail(step))
        return 1;
    if (file_edit_commit(edit, BYTES("new"), &edited.problem))
        return 2;
    return strstr(edited_problem(), step->says) ? 0 : 3;
}

static void expect_failure(const struct failing_step *step, struct file_edit *edit)
{
    int status;
    pid_t child = fork();

    if (child == 0)
        _exit(commit_and_fail(edit, step));
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("%s: wait status %#x", step->call, (unsigned)status);
    assert_string_equal(read_file(edited.path), step->is_done ? "new" : "old");
    assert_int_equal(folder_count(&edited.folder), 1);
}

static void a_failing_step_leaves_the_old_file(void **state)
{
    struct file_edit edit;

    (void)state;
    write_file(edited.path, "old");
    assert_true(file_edit_begin(&edit, edited.path, &edited.problem));

    const scmp_datum_t locked = (scmp_datum_t)edit.folder;
    const struct failing_step steps[] = {
        { "openat", EROFS, SCMP_A2(SCMP_CMP_MASKED_EQ, O_CREAT, O_CREAT),
          "a new file cannot be made beside it: Read-only file system", false },
        { "fchmod", EPERM, SCMP_A0(SCMP_CMP_NE, locked, 0),
          "its owner and mode cannot be kept: Operation not permitted", false },
        { "write", ENOSPC, SCMP_A0(SCMP_CMP_NE, locked, 0),
          "the new content cannot be written: No space left on device", false },
        { "fsync", EIO, SCMP_A0(SCMP_CMP_NE, locked, 0),
          "the new content cannot be synced to the disk: Input/output error", false },
        { "renameat", EBUSY, SCMP_A0(SCMP_CMP_EQ, locked, 0),
          "cannot be replaced: Device or resource busy", false },
        { "fsync", EIO, SCMP_A0(SCMP_CMP_EQ, locked, 0), "its folder cannot be synced", true },
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        expect_failure(&steps[i], &edit);
    file_edit_end(&edit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_new_file_is_its_owners_alone),
        test(the_mode_stays),
        test(the_owner_stays),
        test(a_link_stays_a_link),
        test(a_path_may_be_relative),
        test(what_was_left_behind_goes),
        test(the_folder_is_locked),
        test(a_beginning_is_refused_clearly),
        test(a_failing_step_leaves_the_old_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
