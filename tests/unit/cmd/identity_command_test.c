/*
 * weir user, weir key and weir policy as a person meets them, and a server that takes what they
 * wrote without being started again. Runs the binary that WEIR names.
 */
#include "program.h"

#include "client/client.h"
#include "folder.h"
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct folder folder;
static const char *path; /* of the identities file, which WEIR_IDENTITIES names */

static int prepare(void **state)
{
    static char file[160];

    (void)state;
    folder_make(&folder);
    snprintf(file, sizeof file, "%s", folder_file(&folder, "identities.json"));
    path = file;
    return setenv("WEIR_IDENTITIES", path, 1);
}

static int forget(void **state)
{
    (void)state;
    folder_remove(&folder);
    return unsetenv("WEIR_IDENTITIES");
}

static void expect(int status, const char *out, char *const *arguments)
{
    run(arguments);
    if (ended.status != status || strcmp(ended.out, out) != 0)
        fail_msg("%s %s: ended with %d, not %d; or did not say\n%s\nbut\n%s", arguments[1],
                 arguments[2], ended.status, status, out, ended.out);
}

#define does(out, ...) expect(0, out, ARGUMENTS(__VA_ARGS__))
#define fails(out, ...) expect(1, out, ARGUMENTS(__VA_ARGS__))
#define misuses(out, ...) expect(2, out, ARGUMENTS(__VA_ARGS__))

/* A refusal that names the file. */
static void expect_no(char *const *arguments, const char *why)
{
    char line[512];

    snprintf(line, sizeof line, "weir %s %s: %s: %s\n", arguments[1], arguments[2], path, why);
    expect(1, line, arguments);
}

#define no(why, ...) expect_no(ARGUMENTS(__VA_ARGS__), why)

static void add_alice(void)
{
    does("added user alice to account 123456789012\n", "user", "add", "alice", "--policy",
         "full-access");
}

/* ---- weir user */

static void users_come_and_go(void **state)
{
    struct stat stat_of;

    (void)state;
    no("there is no such file; 'weir user add NAME' makes it", "user", "remove", "alice");
    add_alice();
    assert_int_equal(stat(path, &stat_of), 0);
    assert_int_equal(stat_of.st_mode & 0777, 0600);
    does("added user bob to account 123456789012, who may do nothing before a policy is attached\n",
         "user", "add", "bob");
    does("added role worker to account 123456789012\n", "user", "add", "worker", "--role",
         "--policy", "read-only", "--policy", "full-access");
    does("ACCOUNT       NAME    KIND  KEYS  BOUNDARY  POLICIES\n"
         "123456789012  alice   user  0     -         full-access\n"
         "123456789012  bob     user  0     -         -\n"
         "123456789012  worker  role  0     -         read-only,full-access\n",
         "user", "list");
    does("attached policy read-only to user bob\n", "user", "attach", "bob", "read-only");
    does("detached policy full-access from role worker\n", "user", "detach", "worker",
         "full-access", "--role");
    does("removed user alice and 0 access keys\n", "user", "remove", "alice");
    does("ACCOUNT       NAME    KIND  KEYS  BOUNDARY  POLICIES\n"
         "123456789012  bob     user  0     -         read-only\n"
         "123456789012  worker  role  0     -         read-only\n",
         "user", "list", "--account", "123456789012");
}

static void what_a_user_cannot_be_is_said(void **state)
{
    (void)state;
    add_alice();
    no("account 123456789012 has a user 'alice' already", "user", "add", "alice");
    no("'a b': the name of a user must be up to 128 letters, digits and +=,.@_-", "user", "add",
       "a b");
    no("account 123456789012 has no policy 'fullaccess'; did you mean 'full-access'?", "user",
       "add", "bob", "--policy", "fullaccess");
    no("account 123456789012 has no user 'alicf'; did you mean 'alice'?", "user", "attach", "alicf",
       "full-access");
    no("user 'alice' does not have policy 'read-only'", "user", "detach", "alice", "read-only");
    no("there is no account 222222222222, but 123456789012", "user", "list", "--account",
       "222222222222");
    misuses("weir user add: a word is missing: expected NAME\n", "user", "add");
    misuses("weir user attach: 'c': is one word too many: expected NAME POLICY\n", "user", "attach",
            "a", "b", "c");
    misuses("weir user: the next word must be add, remove, list, attach or detach; 'weir help "
            "user' explains them\n",
            "user", "fly");
    misuses("weir user list: --policy: is an option of 'add', not of 'list'\n", "user", "list",
            "--policy", "x");
    misuses("weir user add: --account 12: must be twelve digits\n", "user", "add", "x", "--account",
            "12");
    unsetenv("WEIR_IDENTITIES");
    misuses("weir user list: --identities FILE: is missing, and WEIR_IDENTITIES is not set\n",
            "user", "list");
}

static void accounts_are_apart(void **state)
{
    (void)state;
    add_alice();
    does("added user bob to account 222222222222, who may do nothing before a policy is attached\n",
         "user", "add", "bob", "--account", "222222222222");
    no("there are several accounts, and --account must say which: 123456789012, 222222222222",
       "user", "remove", "bob");
    no("account 222222222222 has no policy 'full'", "user", "attach", "bob", "full", "--account",
       "222222222222");
    does("attached policy full-access to user bob\n", "user", "attach", "bob", "full-access",
         "--account=222222222222");
    does("ACCOUNT       NAME         USERS  ROLES\n"
         "123456789012  full-access  1      0\n"
         "222222222222  full-access  1      0\n",
         "policy", "list");
}

/* ---- weir key */

/* Copies what stands behind `label` in the output, up to a quote or the end of the line. */
static void copy_behind(const char *label, char *to, size_t size)
{
    const char *at = strstr(ended.out, label);

    if (!at)
        fail_msg("no %s in:\n%s", label, ended.out);
    at += strlen(label);
    snprintf(to, size, "%.*s", (int)strcspn(at, "\"\n"), at);
}

struct keys {
    char id[64], secret[128], token[128];
};

static void add_key(struct keys *keys)
{
    run(ARGUMENTS("key", "add", "alice"));
    assert_ended(0, "# of user alice; the secret is not shown again\n");
    keys->token[0] = '\0';
    copy_behind("export AWS_ACCESS_KEY_ID=", keys->id, sizeof keys->id);
    copy_behind("export AWS_SECRET_ACCESS_KEY=", keys->secret, sizeof keys->secret);
}

static void assert_id(const char *id, const char *prefix)
{
    assert_int_equal(strlen(id), 20);
    assert_memory_equal(id, prefix, 4);
    for (size_t i = 0; i < 20; i++)
        assert_true(isupper((unsigned char)id[i]) || isdigit((unsigned char)id[i]));
}

static void a_key_is_shown_once(void **state)
{
    struct keys first, second;
    char line[256];

    (void)state;
    add_alice();
    add_key(&first);
    add_key(&second);
    assert_id(first.id, "AKIA");
    assert_int_equal(strlen(first.secret), 40);
    assert_string_not_equal(first.id, second.id);
    assert_string_not_equal(first.secret, second.secret);
    assert_null(strstr(ended.out, "AWS_SESSION_TOKEN"));
    assert_non_null(strstr(read_file(path), first.secret));

    snprintf(line, sizeof line, "disabled access key %s\n", second.id);
    does(line, "key", "disable", second.id);
    run(ARGUMENTS("key", "list", "alice"));
    snprintf(line, sizeof line, "123456789012  alice  %s  Active    -        -\n", first.id);
    assert_ended(0, line);
    snprintf(line, sizeof line, "123456789012  alice  %s  Inactive  -        -\n", second.id);
    assert_ended(0, line);
    assert_null(strstr(ended.out, first.secret));
    snprintf(line, sizeof line, "enabled access key %s\n", second.id);
    does(line, "key", "enable", second.id);
    snprintf(line, sizeof line, "removed access key %s\n", first.id);
    does(line, "key", "remove", first.id);
    run(ARGUMENTS("key", "list"));
    assert_null(strstr(ended.out, first.id));
    snprintf(line, sizeof line, "123456789012  alice  %s  Active  -        -\n", second.id);
    assert_ended(0, line);
    does("removed user alice and 1 access key\n", "user", "remove", "alice");
}

static void temporary_credentials_have_an_end(void **state)
{
    struct keys keys;
    char expires[64], line[256];

    (void)state;
    add_alice();
    run(ARGUMENTS("key", "add", "alice", "--expires", "12h", "--policy", "read-only", "--json"));
    assert_ended(0, "{\n  \"Version\": 1,\n  \"AccessKeyId\": \"ASIA");
    copy_behind("\"AccessKeyId\": \"", keys.id, sizeof keys.id);
    copy_behind("\"SessionToken\": \"", keys.token, sizeof keys.token);
    copy_behind("\"Expiration\": \"", expires, sizeof expires);
    assert_id(keys.id, "ASIA");
    assert_int_equal(strlen(keys.token), 64);
    assert_int_equal(strlen(expires), 20);
    run(ARGUMENTS("key", "list"));
    snprintf(line, sizeof line, "123456789012  alice  %s  Active  %s  read-only\n", keys.id,
             expires);
    assert_ended(0, line);
    assert_null(strstr(ended.out, keys.token));
}

/* The end of some credentials is in the past of every clock. */
static void keys_that_ended_are_listed_so(void **state)
{
    (void)state;
    write_file(path, "{\"accounts\":[{\"id\":\"123456789012\",\"users\":[{\"name\":\"alice\","
                     "\"keys\":[{\"id\":\"ASIAALICE0000001\",\"secret\":\"secret-of-alice-1\","
                     "\"token\":\"t\",\"expires\":\"2001-01-01T00:00:00Z\"}]}]}]}");
    assert_int_equal(chmod(path, 0600), 0);
    does("ACCOUNT       OWNER  KEY               STATUS   EXPIRES               POLICY\n"
         "123456789012  alice  ASIAALICE0000001  Expired  2001-01-01T00:00:00Z  -\n",
         "key", "list");
}

static void a_role_has_sessions(void **state)
{
    (void)state;
    add_alice();
    does("added role worker to account 123456789012, who may do nothing before a policy is "
         "attached\n",
         "user", "add", "worker", "--role");
    run(ARGUMENTS("key", "add", "worker", "--role", "--session", "host-7", "--expires", "1h"));
    assert_ended(0, "export AWS_SESSION_TOKEN=");
    assert_ended(0, "# of role worker, until ");
    run(ARGUMENTS("key", "list", "worker", "--role"));
    assert_ended(0, "123456789012  worker/host-7  ASIA");
    misuses("weir key add: --role: needs --expires: a role has temporary credentials only\n", "key",
            "add", "worker", "--role", "--session", "x");
    misuses("weir key add: --role: needs --session: the name of the session\n", "key", "add",
            "worker", "--role", "--expires", "1h");
    misuses("weir key add: --session: needs --role: only a role has sessions\n", "key", "add",
            "alice", "--session", "x");
    misuses("weir key add: --session a b: must be up to 128 letters, digits and +=,.@_-\n", "key",
            "add", "worker", "--role", "--session", "a b", "--expires", "1h");
}

/* Nobody should use a key that was not written. */
static void a_key_that_does_not_fit_on_the_disk_is_not_shown(void **state)
{
    struct rlimit before, little;

    (void)state;
    add_alice();
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    little = (struct rlimit){ .rlim_cur = 16, .rlim_max = before.rlim_max };
    signal(SIGXFSZ, SIG_IGN); /* the program's, too */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    run(ARGUMENTS("key", "add", "alice"));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_ended(1, "File too large");
    assert_null(strstr(ended.out, "export"));
}

static void what_a_key_cannot_be_is_said(void **state)
{
    (void)state;
    no("there is no such file; 'weir user add NAME' makes it", "key", "add", "alice");
    assert_null(strstr(ended.out, "export")); /* no key that does not count */
    add_alice();
    no("account 123456789012 has no user 'bob'", "key", "add", "bob");
    no("account 123456789012 has no user 'bob'", "key", "list", "bob");
    no("account 123456789012 has no policy 'p'", "key", "add", "alice", "--policy", "p");
    no("there is no access key 'AKIA'; 'weir key list' shows which there are", "key", "remove",
       "AKIA");
    no("there is no access key 'AKIA'; 'weir key list' shows which there are", "key", "enable",
       "AKIA");
    no("there is no access key 'AKIA'; 'weir key list' shows which there are", "key", "disable",
       "AKIA");
    misuses("weir key add: --expires 12: must be from 1 to 315360000 seconds, as in 90s, 15m, 12h "
            "or 7d\n",
            "key", "add", "alice", "--expires", "12");
    misuses("weir key: the next word must be add, remove, enable, disable or list; 'weir help key' "
            "explains them\n",
            "key", "make");
}

/* ---- weir policy */

static const char *write_policy(const char *document)
{
    const char *file = folder_file(&folder, "policy.json");

    write_file(file, document);
    return file;
}

#define STATEMENT(rest) "{\"Version\":\"2012-10-17\",\"Statement\":[{" rest "}]}"

/* As `weir ... < FILE`. */
static void run_with_input(const char *input, char *const *arguments)
{
    int saved = dup(STDIN_FILENO);

    assert_non_null(freopen(input, "r", stdin));
    run(arguments);
    assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
    close(saved);
}

static void policies_come_and_go(void **state)
{
    const char *file;

    (void)state;
    add_alice();
    file = write_policy(
        STATEMENT("\"Effect\":\"Allow\",\"Action\":\"swf:List*\",\"Resource\":\"*\""));
    does("added policy looking\n", "policy", "add", "looking", (char *)(uintptr_t)file);
    does("{\n"
         "  \"Version\": \"2012-10-17\",\n"
         "  \"Statement\": [\n"
         "    {\n"
         "      \"Effect\": \"Allow\",\n"
         "      \"Action\": \"swf:List*\",\n"
         "      \"Resource\": \"*\"\n"
         "    }\n"
         "  ]\n"
         "}\n",
         "policy", "show", "looking");
    run_with_input(file, ARGUMENTS("policy", "add", "again", "-"));
    assert_ended(0, "added policy again\n");
    does("attached policy looking to user alice\n", "user", "attach", "alice", "looking");
    does("ACCOUNT       NAME         USERS  ROLES\n"
         "123456789012  full-access  1      0\n"
         "123456789012  looking      1      0\n"
         "123456789012  again        0      0\n",
         "policy", "list");
    no("there is a policy 'looking' already; --replace gives it a new document", "policy", "add",
       "looking", (char *)(uintptr_t)file);
    file = write_policy(STATEMENT("\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\""));
    does("added policy looking\n", "policy", "add", "looking", (char *)(uintptr_t)file,
         "--replace");
    run(ARGUMENTS("policy", "show", "looking"));
    assert_ended(0, "\"Deny\"");
    no("policy 'looking' is in use: user 'alice' has it", "policy", "remove", "looking");
    does("removed policy again\n", "policy", "remove", "again");
}

static void a_wrong_policy_is_refused_with_its_place(void **state)
{
    char line[256];
    const char *file;

    (void)state;
    add_alice();
    file = write_policy(STATEMENT("\"Effect\":\"Alow\",\"Action\":\"*\",\"Resource\":\"*\""));
    run(ARGUMENTS("policy", "add", "p", (char *)(uintptr_t)file));
    snprintf(line, sizeof line, "weir policy add: %s: Statement[0].Effect: ", file);
    assert_ended(1, line);
    run_with_input(file, ARGUMENTS("policy", "add", "p", "-"));
    assert_ended(1, "weir policy add: standard input: Statement[0].Effect: ");
    fails("weir policy add: /nowhere: cannot be read: No such file or directory\n", "policy", "add",
          "p", "/nowhere");
    no("account 123456789012 has no policy 'p'", "policy", "show", "p");
    no("account 123456789012 has no policy 'p'", "policy", "remove", "p");
    misuses("weir policy add: a word is missing: expected NAME FILE\n", "policy", "add", "p");
    misuses("weir policy: the next word must be add, remove, list, show or simulate; 'weir help "
            "policy' explains them\n",
            "policy");
}

/* ---- weir policy simulate */

static void write_guarded(void)
{
    write_file(
        path,
        "{\"accounts\":[{\"id\":\"123456789012\",\"users\":["
        "{\"name\":\"alice\",\"policies\":[\"all\",\"guard\"],\"tags\":{\"team\":\"blue\"}},"
        "{\"name\":\"bob\",\"policies\":[\"all\"],\"boundary\":\"shop\","
        "\"keys\":[{\"id\":\"AKIABOB000000001\",\"secret\":\"secret-of-bob-001\","
        "\"policy\":\"guard\"}]}],"
        "\"roles\":[{\"name\":\"worker\",\"policies\":[\"shop\"],"
        "\"keys\":[{\"id\":\"ASIAWORKER000001\",\"secret\":\"secret-of-worker-1\","
        "\"session\":\"host-7\",\"token\":\"t\",\"expires\":\"2001-01-01T00:00:00Z\"}]}],"
        "\"policies\":["
        "{\"name\":\"all\",\"document\":" STATEMENT(
            "\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"") "},"
                                                                        "{\"name\":\"guard\",\"document\":{\"Statement\":["
                                                                        "{\"Effect\":\"Allow\",\"Action\":\"swf:Count*\",\"Resource\":\"*\"},"
                                                                        "{\"Sid\":\"NoEnd\",\"Effect\":\"Deny\",\"Action\":\"swf:Terminate*\",\"Resource\":\"*\"},"
                                                                        "{\"Effect\":\"Deny\",\"Action\":\"swf:StartTimer\",\"Resource\":\"*\",\"Condition\":"
                                                                        "{\"Bool\":{\"aws:SecureTransport\":\"false\"}}},"
                                                                        "{\"Effect\":\"Deny\",\"Action\":\"swf:StartWorkflowExecution\",\"Resource\":\"*\","
                                                                        "\"Condition\":{\"StringEquals\":{\"aws:PrincipalTag/team\":\"blue\","
                                                                        "\"swf:workflowType.name\":\"order\"}}},"
                                                                        "{\"Effect\":\"Deny\",\"Action\":\"swf:TagResource\",\"Resource\":\"*\",\"Condition\":"
                                                                        "{\"ForAnyValue:StringEquals\":{\"aws:TagKeys\":\"owner\"}}}]}},"
                                                                        "{\"name\":\"shop\",\"document\":" STATEMENT(
                                                                            "\"Sid\":\"Shop\",\"Effect\":\"Allow\",\"Action\":\"swf:*\","
                                                                            "\"Resource\":\"arn:aws:swf:*:123456789012:/domain/shop\"") "}]}]}");
    assert_int_equal(chmod(path, 0600), 0);
}

#define SIMULATE(...) "policy", "simulate", "--resource", "shop", __VA_ARGS__
#define BY_ALL "policy all, Statement[0]\n"

static void simulate_names_the_statement(void **state)
{
    (void)state;
    write_guarded();
    does("allowed by " BY_ALL, SIMULATE("--user", "alice", "--action", "swf:StartTimer"));
    fails("denied by policy guard, Statement[1] (Sid NoEnd)\n",
          SIMULATE("--user", "alice", "--action", "swf:terminateWORKFLOWexecution"));
    fails("denied: no statement of the identity policies allows it\n",
          SIMULATE("--key", "ASIAWORKER000001", "--action", "iam:PassRole"));
    does("allowed by policy shop, Statement[0] (Sid Shop)\n",
         SIMULATE("--key", "ASIAWORKER000001", "--action", "swf:PollForDecisionTask"));
    fails("denied: no statement of the identity policies allows it\n", "policy", "simulate",
          "--key", "ASIAWORKER000001", "--action", "swf:PollForDecisionTask", "--resource",
          "arn:aws:swf:eu-west-1:123456789012:/domain/shops");
    /* as the server, which acts on the same domain */
    does("allowed by policy shop, Statement[0] (Sid Shop)\n", "policy", "simulate", "--key",
         "ASIAWORKER000001", "--action", "swf:TagResource", "--resource",
         "arn:aws-cn:swf:eu-west-1:123456789012:/domain/shop");
}

static void simulate_has_the_callers_keys_and_those_given(void **state)
{
    (void)state;
    write_guarded();
#define START(...) \
    SIMULATE("--user", "alice", "--action", "swf:StartWorkflowExecution", __VA_ARGS__)
    does("allowed by " BY_ALL, START("--context", "swf:workflowType.name=pay"));
    fails("denied by policy guard, Statement[3]\n",
          START("--context", "swf:workflowType.name=order"));
    does("allowed by " BY_ALL, START("--context", "swf:workflowType.name=order", "--context",
                                     "AWS:principaltag/team=red"));
    /* one key, several values */
    fails("denied by policy guard, Statement[4]\n",
          SIMULATE("--user", "alice", "--action", "swf:TagResource", "--context",
                   "aws:TagKeys=cost", "--context", "aws:TagKeys=owner"));
    /* a decision knows nothing of the connection, unless that is said */
    fails("denied by policy guard, Statement[2]\n",
          SIMULATE("--user", "alice", "--action", "swf:StartTimer", "--context",
                   "aws:SecureTransport=false"));
}

static void simulate_shows_every_layer(void **state)
{
    (void)state;
    write_guarded();
    does("allowed by " BY_ALL "    identity policies: allowed by " BY_ALL
         "    permissions boundary: allowed by policy shop, Statement[0] (Sid Shop)\n",
         SIMULATE("--user", "bob", "--action", "swf:DescribeDomain"));
    fails("denied: no statement of the permissions boundary allows it\n"
          "    identity policies: allowed by " BY_ALL
          "    permissions boundary: no statement allows it\n",
          "policy", "simulate", "--user", "bob", "--action", "swf:DescribeDomain", "--resource",
          "office");
    fails("denied by policy guard, Statement[1] (Sid NoEnd)\n"
          "    identity policies: allowed by " BY_ALL
          "    permissions boundary: allowed by policy shop, Statement[0] (Sid Shop)\n"
          "    session policies: denied by policy guard, Statement[1] (Sid NoEnd)\n",
          SIMULATE("--key", "AKIABOB000000001", "--action", "swf:TerminateWorkflowExecution"));
}

static void simulate_says_when_there_is_no_answer(void **state)
{
    (void)state;
    write_guarded();
    misuses("weir policy simulate: --action swf:StartTimers: there is no such action; did you mean "
            "'swf:StartTimer'?\n",
            SIMULATE("--user", "alice", "--action", "swf:StartTimers"));
    misuses("weir policy simulate: --action swf:*: there is no such action\n",
            SIMULATE("--user", "alice", "--action", "swf:*"));
    misuses("weir policy simulate: either --user NAME or --key ID must say whose policies to ask\n",
            SIMULATE("--action", "swf:StartTimer"));
    misuses("weir policy simulate: either --user NAME or --key ID must say whose policies to ask\n",
            SIMULATE("--action", "swf:StartTimer", "--user", "bob", "--key", "AKIABOB000000001"));
    misuses("weir policy simulate: --context x: must be KEY=VALUE, as in "
            "swf:workflowType.name=order\n",
            SIMULATE("--action", "swf:StartTimer", "--user", "bob", "--context", "x"));
    misuses("weir policy simulate: --action ACTION: is missing\n", SIMULATE("--user", "bob"));
    run(ARGUMENTS(SIMULATE("--action", "swf:StartTimer", "--user", "zoe")));
    assert_ended(2, "account 123456789012 has no user 'zoe'\n");
    run(ARGUMENTS(SIMULATE("--action", "swf:StartTimer", "--key", "zoe")));
    assert_ended(2, "there is no access key 'zoe'");
    write_file(path, "{");
    run(ARGUMENTS(SIMULATE("--action", "swf:StartTimer", "--user", "bob")));
    assert_ended(2, "line 1, column 2: is not JSON: ");
}

static void simulate_asks_ready_policies(void **state)
{
    (void)state;
    add_alice();
    does("added user bob to account 123456789012\n", "user", "add", "bob", "--policy", "read-only");
    does("allowed by policy full-access, Statement[0] (Sid Everything)\n",
         SIMULATE("--user", "alice", "--action", "swf:RegisterDomain"));
    does("allowed by policy full-access, Statement[1] (Sid LambdaRoles)\n",
         SIMULATE("--user", "alice", "--action", "iam:PassRole"));
    does("allowed by policy read-only, Statement[0] (Sid ReadOnly)\n",
         SIMULATE("--user", "bob", "--action", "swf:GetWorkflowExecutionHistory"));
    fails("denied: no statement of the identity policies allows it\n",
          SIMULATE("--user", "bob", "--action", "swf:PollForDecisionTask"));
}

/* ---- a server that runs meanwhile */

/* The fault with which a call by these keys is answered; empty when it is let in. */
static void call(const struct running_server *server, const struct keys *keys, char fault[64])
{
    struct client_config config = { .endpoint = server->endpoint,
                                    .region = "us-east-1",
                                    .access_key_id = keys->id,
                                    .secret_access_key = keys->secret,
                                    .session_token = keys->token };
    struct list_domains_input input = { .registration_status = REGISTRATION_STATUS_REGISTERED };
    struct request request = { OPERATION_LIST_DOMAINS, { .list_domains = &input } };
    struct client *client = client_new(&config);
    struct reply reply = { 0 };
    struct arena arena;

    arena_init(&arena, "test", 1 << 20);
    if (client_call(client, &request, &arena, &reply))
        fail_msg("%s", client_problem(client));
    snprintf(fault, 64, "%.*s", BYTES_FMT(reply.fault));
    arena_deinit(&arena);
    client_free(client);
}

static void expect_answer(const struct running_server *server, const struct keys *keys,
                          const char *expected)
{
    char fault[64];

    call(server, keys, fault);
    assert_string_equal(fault, expected);
}

static void wait_for_change(const struct running_server *server)
{
    ended.out[0] = '\0';
    read_until(server->output, "new identities are in force");
}

static void a_server_takes_a_change_at_once(void **state)
{
    struct running_server server;
    struct keys old, new;

    (void)state;
    add_alice();
    add_key(&old);
    running_server_start(&server,
                         ARGUMENTS("serve", "--store", "memory", "--listen", "127.0.0.1:0"));
    expect_answer(&server, &old, "");
    add_key(&new);
    wait_for_change(&server);
    expect_answer(&server, &new, "");
    run(ARGUMENTS("key", "disable", old.id));
    wait_for_change(&server);
    expect_answer(&server, &old, "UnrecognizedClientException");
    expect_answer(&server, &new, "");
    run(ARGUMENTS("user", "detach", "alice", "full-access"));
    wait_for_change(&server);
    expect_answer(&server, &new, "AccessDeniedException");
    running_server_end(&server);
}

/* The demo signs with whatever the environment says, as AWS's tools do. */
static void temporary_credentials_are_good_for_a_demo(void **state)
{
    struct running_server server;
    struct keys keys;

    (void)state;
    add_alice();
    run(ARGUMENTS("key", "add", "alice", "--expires", "1h"));
    copy_behind("export AWS_ACCESS_KEY_ID=", keys.id, sizeof keys.id);
    copy_behind("export AWS_SECRET_ACCESS_KEY=", keys.secret, sizeof keys.secret);
    copy_behind("export AWS_SESSION_TOKEN=", keys.token, sizeof keys.token);
    running_server_start(&server,
                         ARGUMENTS("serve", "--store", "memory", "--listen", "127.0.0.1:0"));
    expect_answer(&server, &keys, "");
    run(ARGUMENTS("demo", "--endpoint", server.endpoint, "--access-key-id", keys.id,
                  "--secret-access-key", keys.secret, "--session-token", keys.token));
    assert_ended(0, "WorkflowExecutionCompleted");
    run(ARGUMENTS("demo", "--endpoint", server.endpoint, "--access-key-id", keys.id,
                  "--secret-access-key", keys.secret));
    assert_ended(1, "UnrecognizedClientException");
    running_server_end(&server);
}

/* While it waits for the document it has done what it does before it reads a secret. */
static void its_memory_is_dumped_nowhere(void **state)
{
    char fifo[160], limits[64], line[160];
    bool has_none = false;
    int output;

    (void)state;
    snprintf(fifo, sizeof fifo, "%s", folder_file(&folder, "document"));
    assert_int_equal(mkfifo(fifo, 0600), 0);
    pid_t child = start(ARGUMENTS("policy", "add", "p", fifo), &output);
    FILE *document = fopen(fifo, "we"); /* returns when the other end is open */
    assert_non_null(document);
    snprintf(limits, sizeof limits, "/proc/%d/limits", (int)child);
    FILE *file = fopen(limits, "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        has_none |= strncmp(line, "Max core file size        0                    0 ", 49) == 0;
    fclose(file);
    fclose(document);
    finish(child, output);
    assert_true(has_none);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, forget)
    const struct CMUnitTest tests[] = {
        TEST(users_come_and_go),
        TEST(what_a_user_cannot_be_is_said),
        TEST(accounts_are_apart),
        TEST(a_key_is_shown_once),
        TEST(temporary_credentials_have_an_end),
        TEST(keys_that_ended_are_listed_so),
        TEST(a_role_has_sessions),
        TEST(a_key_that_does_not_fit_on_the_disk_is_not_shown),
        TEST(what_a_key_cannot_be_is_said),
        TEST(policies_come_and_go),
        TEST(a_wrong_policy_is_refused_with_its_place),
        TEST(simulate_names_the_statement),
        TEST(simulate_has_the_callers_keys_and_those_given),
        TEST(simulate_shows_every_layer),
        TEST(simulate_says_when_there_is_no_answer),
        TEST(simulate_asks_ready_policies),
        TEST(its_memory_is_dumped_nowhere),
        TEST(a_server_takes_a_change_at_once),
        TEST(temporary_credentials_are_good_for_a_demo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
