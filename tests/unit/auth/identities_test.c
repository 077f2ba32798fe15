/* The identities file: what it says, what is refused and where, and that writing keeps it. */
#include "auth/identities.h"

#include "base/memory.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
/* after its prerequisites */
#include <cmocka.h>

#define ALL "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"

static const char good[] =
    "{\"accounts\":[{\"id\":\"123456789012\","
    "\"users\":[{\"name\":\"alice\",\"id\":\"AIDA1\",\"tags\":{\"team\":\"blue\"},"
    "\"policies\":[\"all\"],\"boundary\":\"reading\",\"keys\":["
    "{\"id\":\"AKIAALICE0000001\",\"secret\":\"secret-of-alice-1\"},"
    "{\"id\":\"AKIAALICE0000002\",\"secret\":\"secret-of-alice-2\",\"status\":\"Inactive\"}]},"
    "{\"name\":\"bob\"}],"
    "\"roles\":[{\"name\":\"worker\",\"policies\":[\"all\"],\"keys\":["
    "{\"id\":\"ASIAWORKER000001\",\"secret\":\"secret-of-worker-1\",\"session\":\"host-7\","
    "\"token\":\"token-7\",\"expires\":\"2026-12-01T00:00:00Z\",\"policy\":\"reading\"}]}],"
    "\"policies\":[{\"name\":\"all\",\"document\":" ALL "},"
    "{\"name\":\"reading\",\"document\":{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":"
    "\"Allow\",\"Action\":[\"swf:List*\",\"swf:Describe*\"],\"Resource\":\"*\"}]}}]},"
    "{\"id\":\"000000000001\",\"users\":[{\"name\":\"alice\"}]}]}";

/* The identities of a text, or NULL and what is wrong with it. */
static struct identities *identities_of(const char *json, struct text *problem)
{
    struct identities_file file;
    struct identities *made = NULL;
    struct arena arena;

    arena_init(&arena, "test", IDENTITIES_ARENA_BYTES_MAX);
    text_init(problem, 65536);
    if (identities_file_read(bytes_of_cstr(json), &arena, &file, problem))
        made = identities_new(&file, problem);
    arena_deinit(&arena);
    return made;
}

static struct identities *good_identities(void)
{
    struct text problem;
    struct identities *made = identities_of(good, &problem);

    text_append_char(&problem, '\0');
    assert_string_equal(text_bytes(&problem).ptr, "");
    assert_non_null(made);
    text_deinit(&problem);
    return made;
}

#define expect_text(value, expected) assert_true(bytes_equal_cstr(value, expected))

static void keys_lead_to_their_owners(void **state)
{
    struct identities *made = good_identities();
    const struct credential *key = identities_find(made, BYTES("AKIAALICE0000001"));
    const struct principal *alice;

    (void)state;
    assert_int_equal(identities_count_keys(made), 3);
    assert_non_null(key);
    assert_true(key->is_active);
    assert_true(bytes_is_absent(key->session_token));
    expect_text(key->secret, "secret-of-alice-1");
    alice = key->owner;
    assert_int_equal(alice->account, 123456789012);
    expect_text(alice->arn, "arn:aws:iam::123456789012:user/alice");
    expect_text(alice->policy_arn, "arn:aws:iam::123456789012:user/alice");
    assert_false(alice->is_temporary);
    expect_text(alice->user_name, "alice");
    expect_text(alice->user_id, "AIDA1");
    assert_int_equal(alice->tags.count, 1);
    assert_int_equal(alice->permissions.layers[LAYER_IDENTITY]->count, 1);
    assert_non_null(alice->permissions.layers[LAYER_BOUNDARY]);
    assert_null(alice->permissions.layers[LAYER_SESSION]);
    assert_false(identities_find(made, BYTES("AKIAALICE0000002"))->is_active);
    assert_null(identities_find(made, BYTES("AKIAALICE0000003")));
    identities_release(made);
}

static void a_name_has_no_other_characters(void **state)
{
    (void)state;
    assert_true(identities_is_name(BYTES("aZ09+=,.@_-")));
    assert_false(identities_is_name(BYTES("")));
    assert_false(identities_is_name(BYTES("a b")));
    assert_false(identities_is_name(BYTES("a\0b")));
}

static void a_session_of_a_role_is_temporary(void **state)
{
    struct identities *made = good_identities();
    const struct credential *key = identities_find(made, BYTES("ASIAWORKER000001"));
    const struct principal *session = key->owner;

    (void)state;
    expect_text(key->session_token, "token-7");
    assert_int_equal(key->expires.ms, INT64_C(1796083200000));
    expect_text(session->arn, "arn:aws:sts::123456789012:assumed-role/worker/host-7");
    expect_text(session->policy_arn, "arn:aws:iam::123456789012:role/worker");
    assert_true(session->is_temporary);
    expect_text(session->user_id, "worker:host-7");
    assert_true(bytes_is_absent(session->user_name));
    assert_non_null(session->permissions.layers[LAYER_SESSION]);
    identities_release(made);
}

#define ACCOUNT(inner) "{\"accounts\":[{\"id\":\"123456789012\"" inner "}]}"
#define USER(inner) ACCOUNT(",\"users\":[{\"name\":\"a\"" inner "}]")
#define KEY(inner) USER(",\"keys\":[{" inner "}]")
#define ROLE(inner) ACCOUNT(",\"roles\":[{\"name\":\"r\",\"keys\":[{" inner "}]}]")
#define PAIR "\"id\":\"AKIAALICE0000001\",\"secret\":\"secret-of-alice-1\""

/* The end of a key, whatever its `expires` says of it. */
static struct instant end_of(const char *json)
{
    struct text problem;
    struct identities *made = identities_of(json, &problem);
    struct instant end;

    assert_non_null(made);
    end = identities_find(made, BYTES("AKIAALICE0000001"))->expires;
    identities_release(made);
    text_deinit(&problem);
    return end;
}

/* The first instant is not "no end". */
static void the_end_of_a_key_may_be_long_ago(void **state)
{
#define UNTIL(time) KEY(PAIR ",\"token\":\"t\",\"expires\":\"" time "\"")
    (void)state;
    assert_int_equal(end_of(UNTIL("1970-01-01T00:00:00Z")).ms, 0);
    assert_int_equal(end_of(UNTIL("0")).ms, 0);
    assert_int_equal(end_of(KEY(PAIR)).ms, INSTANT_NEVER.ms);
}

static void users_are_found_by_name(void **state)
{
    struct identities *made = good_identities();

    (void)state;
    assert_non_null(identities_find_user(made, BYTES_ABSENT, BYTES("bob")));
    assert_null(identities_find_user(made, BYTES_ABSENT, BYTES("alice"))); /* there are two */
    assert_int_equal(identities_find_user(made, BYTES("000000000001"), BYTES("alice"))->account, 1);
    assert_null(identities_find_user(made, BYTES("000000000001"), BYTES("bob")));
    assert_null(identities_find_user(made, BYTES_ABSENT, BYTES("worker")));
    identities_release(made);
}

static void who_is_used_stays(void **state)
{
    struct identities *made = good_identities();
    struct identities *kept = identities_keep(made);

    (void)state;
    identities_release(made);
    assert_non_null(identities_find(kept, BYTES("AKIAALICE0000001")));
    identities_release(kept);
    identities_release(NULL);
}

/* Reading what was written gives the same text again. */
static void writing_keeps_everything(void **state)
{
    struct identities_file file;
    struct text problem, once, twice;
    struct arena arena;

    (void)state;
    arena_init(&arena, "test", IDENTITIES_ARENA_BYTES_MAX);
    text_init(&problem, 65536);
    text_init(&once, 65536);
    text_init(&twice, 65536);
    assert_true(identities_file_read(bytes_of_cstr(good), &arena, &file, &problem));
    identities_file_write(&file, &once);
    assert_true(identities_file_read(text_bytes(&once), &arena, &file, &problem));
    identities_file_write(&file, &twice);
    assert_true(bytes_equal(text_bytes(&once), text_bytes(&twice)));
    text_append_char(&once, '\0');
    assert_non_null(strstr(text_bytes(&once).ptr,
                           "\n      \"users\": [\n        {\n          \"name\": \"alice\",\n"));
    assert_non_null(strstr(text_bytes(&once).ptr, "[\"swf:List*\", \"swf:Describe*\"]"));
    text_deinit(&problem);
    text_deinit(&once);
    text_deinit(&twice);
    arena_deinit(&arena);
}

static void expect_refusal(const char *json, const char *expected)
{
    struct text problem;

    assert_null(identities_of(json, &problem));
    text_append_char(&problem, '\0');
    assert_string_equal(text_bytes(&problem).ptr, expected);
    text_deinit(&problem);
}

static void what_is_wrong_is_said_with_its_place(void **state)
{
    (void)state;
    expect_refusal(
        "{\n x",
        "line 2, column 2: is not JSON: the name of a member is expected, in quotation marks");
    expect_refusal("[]", "must be an object");
    expect_refusal("{}", "accounts: is missing");
    expect_refusal("{\"accounts\":1}", "accounts: must be an array of objects");
    expect_refusal("{\"accounts\":[1]}", "accounts[0]: must be an object");
    expect_refusal("{\"accounts\":[{}]}", "accounts[0].id: is missing");
    expect_refusal("{\"accounts\":[{\"id\":\"1\"}]}",
                   "accounts[0].id: must be twelve digits; it is \"1\"");
    expect_refusal("{\"accounts\":[{\"id\":\"123456789012\"},{\"id\":\"123456789012\"}]}",
                   "accounts[1].id: there is another account \"123456789012\"");
    expect_refusal(ACCOUNT(",\"usrs\":[]"), "accounts[0].usrs: no such member is known here");
    expect_refusal(ACCOUNT(",\"users\":[],\"users\":[]"), "accounts[0].users: is given twice");
    expect_refusal(ACCOUNT(",\"users\":[{\"name\":\"a b\"}]"),
                   "accounts[0].users[0].name: must be up to 128 letters, digits and +=,.@_- ; "
                   "it is \"a b\"");
    expect_refusal(ACCOUNT(",\"users\":[{\"name\":\"a\"},{\"name\":\"a\"}]"),
                   "accounts[0].users[1].name: there is another one of the name \"a\"");
    expect_refusal(USER(",\"policies\":[\"p\"]"),
                   "accounts[0].users[0].policies: the account has no policy \"p\"");
    expect_refusal(USER(",\"policies\":[1]"),
                   "accounts[0].users[0].policies[0]: must be a text that is not empty");
    expect_refusal(USER(",\"boundary\":\"p\""),
                   "accounts[0].users[0].boundary: the account has no policy \"p\"");
    expect_refusal(USER(",\"tags\":{\"k\":1}"), "accounts[0].users[0].tags.k: must be a text");
    expect_refusal(KEY("\"id\":\"short\",\"secret\":\"0123456789abcdef\""),
                   "accounts[0].users[0].keys[0].id: must be 16 to 128 letters, digits and _ ; it "
                   "is \"short\"");
    expect_refusal(KEY("\"id\":\"AKIAALICE0000001\",\"secret\":\"hush\""),
                   "accounts[0].users[0].keys[0].secret: must be at least 16 printable ASCII "
                   "characters without blanks");
    expect_refusal(KEY(PAIR "},{" PAIR),
                   "accounts[0].users[0].keys[1].id: another key has the id \"AKIAALICE0000001\"");
    expect_refusal(KEY(PAIR ",\"status\":\"active\""),
                   "accounts[0].users[0].keys[0].status: must be Active or Inactive; it is "
                   "\"active\"");
    expect_refusal(KEY(PAIR ",\"token\":\"t\""), "accounts[0].users[0].keys[0].expires: is "
                                                 "missing: temporary credentials have one");
    expect_refusal(KEY(PAIR ",\"token\":\"t\",\"expires\":\"soon\""),
                   "accounts[0].users[0].keys[0].expires: must be a time as 2026-11-27T10:02:54Z; "
                   "it is \"soon\"");
    expect_refusal(KEY(PAIR ",\"session\":\"s\""),
                   "accounts[0].users[0].keys[0].session: only a role has sessions; this is \"s\"");
    expect_refusal(KEY(PAIR ",\"policy\":\"p\""),
                   "accounts[0].users[0].keys[0].policy: the account has no policy \"p\"");
    expect_refusal(ROLE(PAIR ",\"token\":\"t\",\"expires\":\"2026-12-01\""),
                   "accounts[0].roles[0].keys[0].session: is missing: temporary credentials have "
                   "one");
    expect_refusal(ACCOUNT(",\"policies\":[{\"name\":\"p\",\"document\":[]}]"),
                   "accounts[0].policies[0].document: must be an object: a policy document");
    expect_refusal(ACCOUNT(",\"policies\":[{\"name\":\"p\",\"document\":" ALL
                           "},{\"name\":\"p\",\"document\":" ALL "}]"),
                   "accounts[0].policies[1].name: there is another policy \"p\"");
    expect_refusal(
        ACCOUNT(",\"policies\":[{\"name\":\"p\",\"document\":{\"Statement\":{\"Effect\":"
                "\"Perhaps\",\"Action\":\"*\",\"Resource\":\"*\"}}}]"),
        "accounts[0].policies[0].document: Statement.Effect: 'Perhaps' is neither \"Allow\" nor \"Deny\"");
}

/* `before`, the unit so often with a comma between, `after`. In the unit a %zu is its number. */
static char *repeat(struct text *out, const char *before, const char *unit, size_t count,
                    const char *after)
{
    const char *number = strstr(unit, "%zu");

    text_init(out, IDENTITIES_FILE_BYTES_MAX);
    text_append_cstr(out, before);
    for (size_t i = 0; i < count; i++) {
        text_append_cstr(out, i ? "," : "");
        if (number)
            text_printf(out, "%.*s%zu%s", (int)(number - unit), unit, i, number + 3);
        else
            text_append_cstr(out, unit);
    }
    text_append_cstr(out, after);
    text_append_char(out, '\0');
    assert_false(out->overflowed);
    return out->ptr;
}

static void expect_refusal_of(const char *before, const char *unit, size_t count, const char *after,
                              const char *expected)
{
    struct text json;

    expect_refusal(repeat(&json, before, unit, count, after), expected);
    text_deinit(&json);
}

#define IN_ACCOUNT(list) "{\"accounts\":[{\"id\":\"123456789012\",\"" list "\":["
#define OUT "]}]}"

/* Each of these asked for more room than there is, which stopped the process. */
static void what_is_too_much_is_refused_too(void **state)
{
#define MANY "the file has more than 500000 entries"
    (void)state;
    expect_refusal_of(IN_ACCOUNT("users"), "0", 2800000, OUT, "accounts[0].users: " MANY);
    expect_refusal_of(IN_ACCOUNT("users"), "{}", 2800000, OUT, "accounts[0].users: " MANY);
    expect_refusal_of(IN_ACCOUNT("users"), "{}", 400000, OUT,
                      "accounts[0].users[0].name: is missing");
    expect_refusal_of("{\"accounts\":[", "{}", 2800000, "]}", "accounts: " MANY);
    expect_refusal_of(IN_ACCOUNT("users") "{\"name\":\"a\",\"policies\":[", "0", 2800000, "]}" OUT,
                      "accounts[0].users[0].policies: " MANY);
    expect_refusal_of(IN_ACCOUNT("policies"), "{\"name\":\"p%zu\",\"document\":{}}", 10001, OUT,
                      "accounts[0].policies: the file has more than 10000 policies");
    expect_refusal_of(IN_ACCOUNT("policies") "{\"name\":\"p\",\"document\":{\"Statement\":[", "0",
                      40000, "]}}" OUT, "accounts[0].policies[0].document: is longer than 64 kB");
}

static void tags_are_few_and_each_has_one_value(void **state)
{
    (void)state;
    expect_refusal_of(IN_ACCOUNT("users") "{\"name\":\"a\",\"tags\":{", "\"t%zu\":\"v\"", 51,
                      "}}" OUT, "accounts[0].users[0].tags: has more than 50 tags");
    expect_refusal(USER(",\"tags\":{\"team\":\"blue\",\"team\":\"red\"}"),
                   "accounts[0].users[0].tags.team: is given twice");
    expect_refusal(USER(",\"id\":\"a b\""),
                   "accounts[0].users[0].id: must be up to 128 printable ASCII characters without "
                   "blanks");
}

/* Their tags would be 250 MB, if each key had its own. */
static void keys_of_a_role_share_what_it_is(void **state)
{
    struct text role, json, problem;
    struct identities *made;
    const struct principal *first, *last;

    (void)state;
    text_init(&role, 65536);
    text_append_cstr(&role, IN_ACCOUNT("roles") "{\"name\":\"r\",\"tags\":{");
    for (int i = 0; i < IDENTITY_TAGS_MAX; i++)
        text_printf(&role, "%s\"t%d\":\"%0500d\"", i ? "," : "", i, i);
    text_append_cstr(&role, "},\"keys\":[");
    text_append_char(&role, '\0');
    made = identities_of(repeat(&json, role.ptr,
                                "{\"id\":\"ASIAWORKER%zuXXXXXX\",\"secret\":\"secret-of-worker\","
                                "\"session\":\"s\",\"token\":\"t\",\"expires\":\"2026\"}",
                                20000, "]}" OUT),
                         &problem);
    assert_non_null(made);
    assert_int_equal(identities_count_keys(made), 20000);
    first = identities_find(made, BYTES("ASIAWORKER0XXXXXX"))->owner;
    last = identities_find(made, BYTES("ASIAWORKER19999XXXXXX"))->owner;
    assert_ptr_equal(first->tags.items, last->tags.items);
    expect_text(first->access_key_id, "ASIAWORKER0XXXXXX");
    expect_text(last->access_key_id, "ASIAWORKER19999XXXXXX");
    expect_text(last->arn, "arn:aws:sts::123456789012:assumed-role/r/s");
    identities_release(made);
    text_deinit(&role);
    text_deinit(&json);
    text_deinit(&problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_lead_to_their_owners),
        cmocka_unit_test(a_session_of_a_role_is_temporary),
        cmocka_unit_test(a_name_has_no_other_characters),
        cmocka_unit_test(the_end_of_a_key_may_be_long_ago),
        cmocka_unit_test(users_are_found_by_name),
        cmocka_unit_test(who_is_used_stays),
        cmocka_unit_test(writing_keeps_everything),
        cmocka_unit_test(what_is_wrong_is_said_with_its_place),
        cmocka_unit_test(what_is_too_much_is_refused_too),
        cmocka_unit_test(tags_are_few_and_each_has_one_value),
        cmocka_unit_test(keys_of_a_role_share_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
