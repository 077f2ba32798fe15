/* Users, roles, keys and policies come and go; what cannot be is refused. */
#include "cmd/identity_edit.h"

#include "auth/identities.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
/* after its prerequisites */
#include <cmocka.h>

static struct arena arena;
static struct text problem;
static struct identities_file file;
static struct identity_edit edit;

static int prepare(void **state)
{
    (void)state;
    file = (struct identities_file){ 0 };
    arena_init(&arena, "test", IDENTITIES_ARENA_BYTES_MAX);
    text_init(&problem, 65536);
    edit = (struct identity_edit){ .file = &file, .arena = &arena, .problem = &problem };
    return 0;
}

static int forget(void **state)
{
    (void)state;
    text_deinit(&problem);
    arena_deinit(&arena);
    return 0;
}

/* What the server would say to it. */
static void expect_right(void)
{
    struct identities *made = identities_new(&file, &problem);

    if (!made)
        fail_msg("%.*s", BYTES_FMT(text_bytes(&problem)));
    identities_release(made);
}

#define expect_done(x)                                                 \
    do {                                                               \
        if (!(x))                                                      \
            fail_msg("%s: %.*s", #x, BYTES_FMT(text_bytes(&problem))); \
        expect_right();                                                \
    } while (0)

#define expect_refused(x, expected)                   \
    do {                                              \
        assert_false(x);                              \
        text_append_char(&problem, '\0');             \
        assert_string_equal(problem.ptr, (expected)); \
        text_reset(&problem);                         \
    } while (0)

#define NONE ((struct bytes_list){ 0 })
#define USER(text) (&(struct identity_name){ BYTES_ABSENT, BYTES(text), false })
#define ROLE(text) (&(struct identity_name){ BYTES_ABSENT, BYTES(text), true })
#define USER_OF(id, text) (&(struct identity_name){ BYTES(id), BYTES(text), false })

#define ONE "123456789012"
#define TWO "222222222222"

static struct identity *get(const struct identity_name *name)
{
    struct identity *found = identity_find(&edit, name);

    assert_non_null(found);
    return found;
}

/* ---- accounts ---- */

static void the_first_account_is_made(void **state)
{
    (void)state;
    expect_refused(identity_find_account(&edit, BYTES_ABSENT),
                   "there is no account yet; 'weir user add NAME' makes one");
    expect_done(identity_add(&edit, USER("alice"), NONE));
    assert_int_equal(file.accounts.count, 1);
    assert_true(bytes_equal_cstr(file.accounts.items[0].id, ONE));
    expect_done(identity_add(&edit, USER("bob"), NONE));
    assert_int_equal(file.accounts.count, 1);
}

static void of_several_accounts_one_is_named(void **state)
{
    (void)state;
    expect_done(identity_add(&edit, USER("alice"), NONE));
    expect_done(identity_add(&edit, USER_OF(TWO, "alice"), NONE));
    assert_int_equal(file.accounts.count, 2);
    expect_refused(identity_add(&edit, USER("bob"), NONE),
                   "there are several accounts, and --account must say which: " ONE ", " TWO);
    expect_refused(identity_find(&edit, USER_OF("333333333333", "alice")),
                   "there is no account 333333333333, but " ONE ", " TWO);
    assert_ptr_equal(get(USER_OF(TWO, "alice")), &file.accounts.items[1].users.items[0]);
}

/* ---- users and roles ---- */

static void names_are_checked(void **state)
{
    (void)state;
    expect_refused(identity_add(&edit, USER("a b"), NONE),
                   "'a b': the name of a user must be up to 128 letters, digits and +=,.@_-");
    expect_refused(identity_add(&edit, ROLE("a/b"), NONE),
                   "'a/b': the name of a role must be up to 128 letters, digits and +=,.@_-");
    expect_done(identity_add(&edit, USER("alice"), NONE));
    expect_refused(identity_add(&edit, USER("alice"), NONE),
                   "account " ONE " has a user 'alice' already");
    expect_done(identity_add(&edit, ROLE("alice"), NONE));
}

static void a_misspelt_name_is_guessed(void **state)
{
    (void)state;
    expect_done(identity_add(&edit, USER("alice"), NONE));
    expect_done(identity_add(&edit, ROLE("worker"), NONE));
    expect_refused(identity_find(&edit, USER("alise")),
                   "account " ONE " has no user 'alise'; did you mean 'alice'?");
    expect_refused(identity_find(&edit, USER("zoe")), "account " ONE " has no user 'zoe'");
    expect_refused(identity_find(&edit, USER("worker")),
                   "account " ONE " has no user 'worker', but a role of that name: --role");
    expect_refused(identity_find(&edit, ROLE("alice")),
                   "account " ONE " has no role 'alice', but a user of that name: without --role");
}

static void removing_takes_the_right_one(void **state)
{
    size_t keys = 7;

    (void)state;
    expect_done(identity_add(&edit, USER("a"), NONE));
    expect_done(identity_add(&edit, USER("b"), NONE));
    expect_done(identity_add(&edit, USER("c"), NONE));
    expect_done(identity_remove(&edit, USER("b"), &keys));
    assert_int_equal(keys, 0);
    assert_int_equal(file.accounts.items[0].users.count, 2);
    get(USER("a"));
    get(USER("c"));
    expect_refused(identity_remove(&edit, USER("b"), &keys),
                   "account " ONE " has no user 'b'");
}

/* ---- policies ---- */

#define ALL BYTES("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}")
#define POLICY(text) (&(struct identity_policy){ BYTES(text), ALL })

static void ready_policies_are_made_when_attached(void **state)
{
    struct bytes names[] = { BYTES("full-access"), BYTES("read-only") };

    (void)state;
    expect_done(identity_add(&edit, USER("alice"), ((struct bytes_list){ names, 2 })));
    expect_done(identity_add(&edit, USER("bob"), ((struct bytes_list){ names, 1 })));
    assert_int_equal(file.accounts.items[0].policies.count, 2);
    assert_int_equal(get(USER("alice"))->policies.count, 2);
    expect_refused(identity_attach(&edit, USER("bob"), BYTES("full-acess")),
                   "account " ONE " has no policy 'full-acess'; did you mean 'full-access'?");
    expect_refused(identity_attach(&edit, USER("bob"), BYTES("payroll")),
                   "account " ONE " has no policy 'payroll'");
}

/* One that was written under the name of a ready-made one is not overwritten. */
static void ready_policies_step_back(void **state)
{
    (void)state;
    expect_done(identity_add(&edit, USER("alice"), NONE));
    expect_done(identity_add_policy(&edit, BYTES_ABSENT, POLICY("read-only"), false));
    expect_done(identity_attach(&edit, USER("alice"), BYTES("read-only")));
    assert_int_equal(file.accounts.items[0].policies.count, 1);
    assert_true(bytes_equal(file.accounts.items[0].policies.items[0].document, ALL));
}

static void policies_are_attached_once(void **state)
{
    (void)state;
    expect_done(identity_add(&edit, USER("alice"), NONE));
    expect_done(identity_add_policy(&edit, BYTES_ABSENT, POLICY("p"), false));
    expect_done(identity_add_policy(&edit, BYTES_ABSENT, POLICY("q"), false));
    expect_done(identity_attach(&edit, USER("alice"), BYTES("p")));
    expect_done(identity_attach(&edit, USER("alice"), BYTES("q")));
    expect_done(identity_attach(&edit, USER("alice"), BYTES("p")));
    assert_int_equal(get(USER("alice"))->policies.count, 2);
    expect_done(identity_detach(&edit, USER("alice"), BYTES("p")));
    assert_int_equal(get(USER("alice"))->policies.count, 1);
    assert_true(bytes_equal_cstr(get(USER("alice"))->policies.items[0], "q"));
    expect_refused(identity_detach(&edit, USER("alice"), BYTES("p")),
                   "user 'alice' does not have policy 'p'");
}

static void a_policy_is_replaced_only_on_purpose(void **state)
{
    struct identity_policy other = { BYTES("p"), BYTES("{\"Statement\":{\"Effect\":\"Deny\","
                                                       "\"Action\":\"*\",\"Resource\":\"*\"}}") };

    (void)state;
    expect_refused(identity_add_policy(&edit, BYTES_ABSENT, POLICY("p"), false),
                   "there is no account yet; 'weir user add NAME' makes one");
    expect_done(identity_add(&edit, USER("alice"), NONE));
    expect_refused(identity_add_policy(&edit, BYTES_ABSENT, POLICY("p q"), false),
                   "'p q': the name of a policy must be up to 128 letters, digits and +=,.@_-");
    expect_done(identity_add_policy(&edit, BYTES_ABSENT, POLICY("p"), false));
    expect_refused(identity_add_policy(&edit, BYTES_ABSENT, &other, false),
                   "there is a policy 'p' already; --replace gives it a new document");
    expect_done(identity_add_policy(&edit, BYTES_ABSENT, &other, true));
    assert_int_equal(file.accounts.items[0].policies.count, 1);
    assert_true(bytes_equal(identity_find_policy(&edit, BYTES_ABSENT, BYTES("p"))->document,
                            other.document));
}

static const struct identity_key key_one = { .id = BYTES("AKIA000000000001"),
                                             .secret = BYTES("secret-of-somebody-1") };
static const struct identity_key key_two = { .id = BYTES("ASIA000000000002"),
                                             .secret = BYTES("secret-of-somebody-2"),
                                             .session = BYTES("host-7"),
                                             .token = BYTES("token"),
                                             .expires = BYTES("2026-12-01T00:00:00Z"),
                                             .policy = BYTES("read-only") };

static void a_policy_in_use_stays(void **state)
{
    (void)state;
    expect_done(identity_add(&edit, USER("alice"), NONE));
    expect_done(identity_add(&edit, ROLE("worker"), NONE));
    expect_done(identity_add_policy(&edit, BYTES_ABSENT, POLICY("p"), false));
    get(USER("alice"))->boundary = BYTES("p");
    expect_refused(identity_remove_policy(&edit, BYTES_ABSENT, BYTES("p")),
                   "policy 'p' is in use: user 'alice' has it");
    get(USER("alice"))->boundary = BYTES_ABSENT;
    expect_done(identity_attach(&edit, ROLE("worker"), BYTES("p")));
    expect_refused(identity_remove_policy(&edit, BYTES_ABSENT, BYTES("p")),
                   "policy 'p' is in use: role 'worker' has it");
    expect_done(identity_detach(&edit, ROLE("worker"), BYTES("p")));
    expect_done(identity_add_key(&edit, ROLE("worker"), &key_two));
    expect_refused(identity_remove_policy(&edit, BYTES_ABSENT, BYTES("read-only")),
                   "policy 'read-only' is in use: role 'worker' has it");
    expect_done(identity_remove_policy(&edit, BYTES_ABSENT, BYTES("p")));
    assert_int_equal(file.accounts.items[0].policies.count, 1);
    expect_refused(identity_remove_policy(&edit, BYTES_ABSENT, BYTES("p")),
                   "account " ONE " has no policy 'p'");
}

/* ---- keys ---- */

static void keys_are_found_wherever_they_are(void **state)
{
    struct identity *owner;

    (void)state;
    expect_done(identity_add(&edit, USER("alice"), NONE));
    expect_done(identity_add(&edit, USER_OF(TWO, "bob"), NONE));
    struct identity_name worker = { BYTES(TWO), BYTES("worker"), true };
    expect_done(identity_add(&edit, &worker, NONE));
    expect_done(identity_add_key(&edit, USER_OF(TWO, "bob"), &key_one));
    expect_done(identity_add_key(&edit, &worker, &key_two));

    assert_non_null(identity_find_key(&edit, key_one.id, &owner));
    assert_ptr_equal(owner, get(USER_OF(TWO, "bob")));
    assert_non_null(identity_find_key(&edit, key_two.id, &owner));
    assert_ptr_equal(owner, get(&worker));
    expect_done(identity_set_key_status(&edit, key_two.id, false));
    assert_true(bytes_equal_cstr(get(&worker)->keys.items[0].status, "Inactive"));
    expect_done(identity_set_key_status(&edit, key_two.id, true));
    assert_true(bytes_equal_cstr(get(&worker)->keys.items[0].status, "Active"));
    expect_done(identity_remove_key(&edit, key_two.id));
    assert_int_equal(get(&worker)->keys.count, 0);
    assert_int_equal(get(USER_OF(TWO, "bob"))->keys.count, 1);
    expect_refused(
        identity_remove_key(&edit, key_two.id),
        "there is no access key 'ASIA000000000002'; 'weir key list' shows which there are");
    expect_refused(
        identity_set_key_status(&edit, key_two.id, true),
        "there is no access key 'ASIA000000000002'; 'weir key list' shows which there are");
}

static void keys_go_with_their_owner(void **state)
{
    size_t keys;

    (void)state;
    expect_done(identity_add(&edit, USER("alice"), NONE));
    expect_done(identity_add_key(&edit, USER("alice"), &key_one));
    expect_done(identity_remove(&edit, USER("alice"), &keys));
    assert_int_equal(keys, 1);
    expect_refused(identity_add_key(&edit, USER("alice"), &key_one),
                   "account " ONE " has no user 'alice'");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, forget)
    const struct CMUnitTest tests[] = {
        TEST(the_first_account_is_made),
        TEST(of_several_accounts_one_is_named),
        TEST(names_are_checked),
        TEST(a_misspelt_name_is_guessed),
        TEST(removing_takes_the_right_one),
        TEST(ready_policies_are_made_when_attached),
        TEST(ready_policies_step_back),
        TEST(policies_are_attached_once),
        TEST(a_policy_is_replaced_only_on_purpose),
        TEST(a_policy_in_use_stays),
        TEST(keys_are_found_wherever_they_are),
        TEST(keys_go_with_their_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
