/* Changes of the identities file on disk: nothing is lost between editors, and nothing is written
 * that is wrong or made of what is wrong. */
#include "cmd/identity_store.h"

#include "edited.h"
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define test(f) cmocka_unit_test_setup_teardown(f, edited_setup, edited_teardown)

static bool add_user(struct identity_edit *edit, void *context)
{
    struct identity_name name = { .name = bytes_of_cstr(context) };

    return identity_add(edit, &name, (struct bytes_list){ 0 });
}

static bool change(identity_change_fn *by, const char *name)
{
    return identity_store_change(edited.path, true, by, (void *)(uintptr_t)name, &edited.problem);
}

/* ---- several editors ---- */

#define EDITORS 6
#define EDITS 5

static void name_user(char name[16], int editor, int edit)
{
    snprintf(name, 16, "user-%d-%d", editor, edit);
}

static int edit_often(int editor)
{
    char name[16];

    for (int i = 0; i < EDITS; i++) {
        name_user(name, editor, i);
        if (!change(add_user, name))
            return 1;
    }
    return 0;
}

static bool find_all_users(struct identity_edit *edit, void *context)
{
    char name[16];

    (void)context;
    for (int i = 0; i < EDITORS * EDITS; i++) {
        struct identity_name wanted = { .name = { name, 0 } };

        name_user(name, i / EDITS, i % EDITS);
        wanted.name.len = strlen(name);
        if (!identity_find(edit, &wanted))
            return false;
    }
    return edit->file->accounts.items[0].users.count == EDITORS * EDITS;
}

static void editors_lose_nothing(void **state)
{
    pid_t children[EDITORS];
    int status;

    (void)state;
    for (int i = 0; i < EDITORS; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(edit_often(i));
    }
    for (int i = 0; i < EDITORS; i++) {
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    if (!identity_store_look(edited.path, find_all_users, NULL, &edited.problem))
        fail_msg("%s", edited_problem());
    assert_int_equal(folder_count(&edited.folder), 1);
}

/* ---- what is refused ---- */

static void expect_refused(identity_change_fn *by, const char *expected)
{
    char whole[512], before[CONTENT_MAX];

    snprintf(before, sizeof before, "%s", read_file(edited.path));
    snprintf(whole, sizeof whole, "%s: %s", edited.path, expected);
    assert_false(change(by, "alice"));
    assert_string_equal(edited_problem(), whole);
    text_reset(&edited.problem);
    assert_string_equal(read_file(edited.path), before);
    assert_int_equal(folder_count(&edited.folder), 1);
}

static void write_secret(const char *content)
{
    write_file(edited.path, content);
    assert_int_equal(chmod(edited.path, 0600), 0);
}

static void a_wrong_file_is_not_touched(void **state)
{
    (void)state;
    write_secret("{\"accounts\":[");
    expect_refused(add_user, "line 1, column 14: is not JSON: the text ends where a value is "
                             "expected");
    write_secret("{\"accounts\":[],\"user\":[]}");
    expect_refused(add_user, "user: no such member is known here");
    write_secret("{\"accounts\":[{\"id\":\"1\"}]}");
    expect_refused(add_user, "accounts[0].id: must be twelve digits; it is \"1\"");
    write_secret("{\"accounts\":[]}");
    assert_int_equal(chmod(edited.path, 0604), 0);
    expect_refused(add_user, "holds secrets, and everybody may open it; try: chmod o-rwx FILE");
}

/* It is not read to find out. */
static void a_large_file_is_refused(void **state)
{
    (void)state;
    write_secret("");
    assert_int_equal(truncate(edited.path, IDENTITIES_FILE_BYTES_MAX + 1), 0);
    assert_null(identity_store_load(edited.path, &edited.problem));
    assert_non_null(strstr(edited_problem(), "is larger than 16 MB"));
}

/* Nobody ever writes into it. */
static void a_fifo_is_not_waited_for(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(edited.path, 0600), 0);
    assert_null(identity_store_load(edited.path, &edited.problem));
    assert_non_null(strstr(edited_problem(), "is not a file"));
    text_reset(&edited.problem);
    assert_false(change(add_user, "ann"));
    assert_non_null(strstr(edited_problem(), "is not a file"));
}

/* Something that the editing functions would not do. */
static bool add_nonsense(struct identity_edit *edit, void *context)
{
    return add_user(edit, context) &&
           (edit->file->accounts.items[0].users.items[0].boundary = BYTES("nothing"), true);
}

static bool add_too_much(struct identity_edit *edit, void *context)
{
    char *id = arena_alloc_text(edit->arena, IDENTITIES_FILE_BYTES_MAX);

    memset(id, 'x', IDENTITIES_FILE_BYTES_MAX);
    return add_user(edit, context) && (edit->file->accounts.items[0].users.items[0].id = bytes_of(
                                           id, IDENTITIES_FILE_BYTES_MAX),
                                       true);
}

static void nothing_wrong_is_written(void **state)
{
    (void)state;
    write_secret("{\"accounts\":[]}");
    expect_refused(add_nonsense,
                   "accounts[0].users[0].boundary: the account has no policy \"nothing\"");
    expect_refused(add_too_much, "would be larger than 16 MB");
}

static void a_missing_file_is_made_where_it_may_be(void **state)
{
    char expected[256];

    (void)state;
    snprintf(expected, sizeof expected, "%s: there is no such file; 'weir user add NAME' makes it",
             edited.path);
    assert_false(identity_store_change(edited.path, false, add_user, (void *)(uintptr_t) "alice",
                                       &edited.problem));
    assert_string_equal(edited_problem(), expected);
    assert_int_equal(folder_count(&edited.folder), 0);
    text_reset(&edited.problem);
    assert_true(change(add_user, "alice"));
    assert_non_null(strstr(read_file(edited.path), "\"id\": \"123456789012\""));
}

/* What is not changed comes out as it went in. */
static void everything_else_stays(void **state)
{
    static const char content[] = "{\n"
                                  "  \"accounts\": [\n"
                                  "    {\n"
                                  "      \"id\": \"000000000001\",\n"
                                  "      \"users\": [\n"
                                  "        {\n"
                                  "          \"name\": \"bob\",\n"
                                  "          \"id\": \"AIDA1\",\n"
                                  "          \"tags\": {\n"
                                  "            \"team\": \"blue \\\"2\\\"\"\n"
                                  "          },\n"
                                  "          \"policies\": [\"p\", \"q\"],\n"
                                  "          \"boundary\": \"p\",\n"
                                  "          \"keys\": [\n"
                                  "            {\n"
                                  "              \"id\": \"ASIAWORKER000001\",\n"
                                  "              \"secret\": \"secret-of-worker-1\",\n"
                                  "              \"status\": \"Inactive\",\n"
                                  "              \"token\": \"token-7\",\n"
                                  "              \"expires\": \"2026-12-01T00:00:00Z\",\n"
                                  "              \"policy\": \"q\"\n"
                                  "            }\n"
                                  "          ]\n"
                                  "        }";
    static const char rest[] = "\n      ],\n"
                               "      \"policies\": [\n"
                               "        {\n"
                               "          \"name\": \"p\",\n"
                               "          \"document\": {\n"
                               "            \"Version\": \"2012-10-17\",\n"
                               "            \"Statement\": {\n"
                               "              \"Effect\": \"Allow\",\n"
                               "              \"Action\": \"*\",\n"
                               "              \"Resource\": \"*\",\n"
                               "              \"Condition\": {\n"
                               "                \"NumericLessThan\": {\n"
                               "                  \"aws:EpochTime\": 12345678901\n"
                               "                }\n"
                               "              }\n"
                               "            }\n"
                               "          }\n"
                               "        },\n"
                               "        {\n"
                               "          \"name\": \"q\",\n"
                               "          \"document\": {\n"
                               "            \"Statement\": {\n"
                               "              \"Effect\": \"Allow\",\n"
                               "              \"NotAction\": \"swf:Count*\",\n"
                               "              \"Resource\": \"*\"\n"
                               "            }\n"
                               "          }\n"
                               "        }\n"
                               "      ]\n"
                               "    }\n"
                               "  ]\n"
                               "}\n";
    char whole[8192];

    (void)state;
    snprintf(whole, sizeof whole, "%s%s", content, rest);
    write_secret(whole);
    if (!change(add_user, "alice"))
        fail_msg("%s", edited_problem());
    snprintf(whole, sizeof whole, "%s,\n        {\n          \"name\": \"alice\"\n        }%s",
             content, rest);
    assert_string_equal(read_file(edited.path), whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(editors_lose_nothing),
        test(a_wrong_file_is_not_touched),
        test(a_large_file_is_refused),
        test(a_fifo_is_not_waited_for),
        test(nothing_wrong_is_written),
        test(a_missing_file_is_made_where_it_may_be),
        test(everything_else_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
