/*
 * Every operation against everybody who may not do it, and in every way in which a request is not
 * its signer's; then it is done by those who may. What is refused changes nothing.
 */
#include "deeds.h"

#include "wire/probe.h"
#include <stdio.h>

#define CORAL "com.amazon.coral.service#"
#define DENIED CORAL "AccessDeniedException"
#define VALIDATION "com.amazon.coral.validate#ValidationException"
#define WINDOW_MS (15 * 60 * 1000)
#define AFTERWARDS "2012-01-15T02:00:00Z"
#define JUST_OVER "2012-01-15T01:56:59Z" /* manual_world begins 474 ms later */

static struct credentials admin;

/* ---- who there is ---- */

/* One operation, and the people who try it. */
struct trial {
    struct stage *stage;
    struct people people;
    enum operation operation;
    const struct deed *deed;
    const char *name; /* of the operation */
    struct text text;
    int conditions; /* how many it has: there is a "wrong-N" for each */
};

/* A statement about the operation, on its resource: the names in `more` are expanded, too. */
static const char *statement(struct trial *trial, const char *effect, const char *action,
                             const char *resource, const char *more)
{
    char template[4096];

    assert_true((size_t)snprintf(template, sizeof(template),
                                 "{'Effect':'%s','%s':'swf:%s','Resource':'%s'%s}", effect, action,
                                 trial->name, resource, more) < sizeof(template));
    text_reset(&trial->text);
    stage_expand(trial->stage, template, &trial->text);
    text_append_char(&trial->text, '\0');
    return trial->text.ptr;
}

static const char *allow_with(struct trial *trial, const char *more)
{
    return statement(trial, "Allow", "Action", trial->deed->resource, more);
}

static const char *all_but_this(struct trial *trial)
{
    return statement(trial, "Allow", "NotAction", "*", "");
}

/* The keys of a call. */
struct key_lists {
    const struct condition_key *lists[5];
};

static struct key_lists keys_of(const struct deed *deed)
{
    return (struct key_lists){ { deed->keys, principal_keys, connection_keys,
                                 deed->has_no_domain ? NULL : domain_keys } };
}

/* Someone who may do it when all keys have the values that they have, but for the `wrong`-th (none:
 * -1), of which another value is asked. False when there are not so many keys. */
static bool add_conditional(struct trial *trial, const char *name, int wrong)
{
    struct key_lists keys = keys_of(trial->deed);
    struct text more;
    int count;

    text_init(&more, STAGE_TEXT_MAX);
    count = conditions_append_equal(&more, keys.lists, name, wrong);
    text_append_char(&more, '\0');
    if (wrong < count)
        people_add(&trial->people, IN_A, name, allow_with(trial, more.ptr));
    text_deinit(&more);
    return wrong < count;
}

/* Someone who may do it only if it has no key but its own. */
static void add_without_others(struct trial *trial, const char *name)
{
    struct key_lists keys = keys_of(trial->deed);
    struct text more;

    text_init(&more, STAGE_TEXT_MAX);
    conditions_append_no_other(&more, keys.lists);
    text_append_char(&more, '\0');
    people_add(&trial->people, IN_A, name, allow_with(trial, more.ptr));
    text_deinit(&more);
}

static void add_those_who_may(struct trial *trial)
{
    people_add(&trial->people, IN_A, "only", allow_with(trial, ""));
    people_add_session(&trial->people, IN_A, "guest", allow_with(trial, ""), NULL, AFTERWARDS);
    add_conditional(trial, "fitting", -1);
    add_without_others(trial, "plain");
}

static void add_those_who_may_not(struct trial *trial)
{
    struct people *people = &trial->people;
    char both[512], name[16];

    people_add(people, IN_A, "nobody", "");
    people_add_inactive(people, IN_A, "former");
    people_add_session(people, IN_A, "late", ALLOW_ALL, NULL, JUST_OVER);
    snprintf(both, sizeof(both), ALLOW_ALL ",%s", statement(trial, "Deny", "Action", "*", ""));
    people_add(people, IN_A, "denied", both);
    people_add(people, IN_A, "others", all_but_this(trial));
    people_add(people, IN_A, "elsewhere",
               statement(trial, "Allow", "Action",
                         "arn:aws:swf:us-east-1:" ACCOUNT_A ":/domain/elsewhere", ""));
    people_add(people, IN_A, "abroad",
               statement(trial, "Allow", "Action", "arn:aws:swf:us-east-1:" ACCOUNT_B ":*", ""));
    people_add_bounded(people, IN_A, "bounded", ALLOW_ALL, all_but_this(trial));
    people_add_session(people, IN_A, "narrow", ALLOW_ALL, all_but_this(trial), AFTERWARDS);
    do {
        snprintf(name, sizeof(name), "wrong-%d", trial->conditions);
    } while (add_conditional(trial, name, trial->conditions) && ++trial->conditions);
}

/* A domain made for it, and all of them let in. */
static void begin_trial(struct trial *trial, struct stage *stage, enum operation operation,
                        const char *purpose)
{
    char domain[64];

    *trial = (struct trial){ .stage = stage, .operation = operation };
    trial->deed = &deeds[operation];
    trial->name = operation_names[operation];
    text_init(&trial->text, STAGE_TEXT_MAX);
    snprintf(domain, sizeof(domain), "%s-%s", trial->name, purpose);
    deed_prepare(stage, &admin, operation, domain);
    people_init(&trial->people);
    people_add(&trial->people, IN_A, "admin", ALLOW_ALL);
    add_those_who_may(trial);
    add_those_who_may_not(trial);
    stage_admit(stage, &trial->people);
}

static void end_trial(struct trial *trial)
{
    people_deinit(&trial->people);
    text_deinit(&trial->text);
}

/* ---- refusals ---- */

/* Sends the letter and expects the fault; nothing was committed, and nobody waits. */
static void expect_refusal(struct trial *trial, const struct letter *letter, const char *type,
                           const char *message, const char *why)
{
    struct stage *stage = trial->stage;
    uint64_t commits = service_figures(stage->whole.service).commits;
    char what[128];

    stage_post(letter, &stage->talk);
    talk_receive(&stage->talk);
    snprintf(what, sizeof(what), "%s, %s", trial->name, why);
    stage_expect_fault(stage, type, message, what);
    if (service_figures(stage->whole.service).commits != commits)
        fail_msg("%s was refused, and committed", what);
    assert_int_equal(service_figures(stage->whole.service).parked_polls, 0);
}

/* How a request is spoiled before it is signed, or behind its signer's back. */
struct spoiling {
    const char *why;
    const char *type, *message;
    struct credentials (*signer)(void);
    void (*before)(struct letter *letter);
    void (*after)(struct letter *letter);
};

static struct credentials by_admin(void)
{
    return admin;
}

static struct credentials by_a_stranger(void)
{
    return people_user_keys("stranger");
}

static struct credentials by_someone_former(void)
{
    return people_user_keys("former");
}

static struct credentials by_one_who_is_late(void)
{
    return people_session_keys("late");
}

static struct credentials by_a_guest(void)
{
    return people_session_keys("guest");
}

static struct credentials without_its_token(void)
{
    struct credentials keys = by_a_guest();

    keys.token[0] = '\0';
    return keys;
}

static struct credentials with_anothers_token(void)
{
    struct credentials keys = by_a_guest();

    memcpy(keys.token, people_session_keys("narrow").token, sizeof(keys.token));
    return keys;
}

static struct credentials with_half_its_token(void)
{
    struct credentials keys = by_a_guest();

    keys.token[strlen(keys.token) - 1] = '\0';
    return keys;
}

static struct credentials with_a_token_too_many(void)
{
    struct credentials keys = admin;

    memcpy(keys.token, by_a_guest().token, sizeof(keys.token));
    return keys;
}

static struct credentials with_a_wrong_secret(void)
{
    struct credentials keys = admin;

    keys.secret[0] ^= 1;
    return keys;
}

static struct credentials with_anothers_secret(void)
{
    struct credentials keys = admin;

    memcpy(keys.secret, people_user_keys("only").secret, sizeof(keys.secret));
    return keys;
}

static void drop_authorization(struct letter *letter)
{
    letter_remove(letter, "Authorization");
}

static void use_another_scheme(struct letter *letter)
{
    letter_set(letter, "Authorization", "Basic YWRtaW46YWRtaW4=");
}

static void change_body(struct letter *letter)
{
    text_append_char(&letter->body, ' ');
}

static void change_agent(struct letter *letter)
{
    letter_set(letter, "User-Agent", "Tester/1.0");
}

static void change_target(struct letter *letter)
{
    char target[128];

    /* Both are understood, and they mean the same. */
    snprintf(target, sizeof(target), "com.amazonaws.swf.service.model.%s",
             letter_get(letter, "X-Amz-Target"));
    letter_set(letter, "X-Amz-Target", target);
}

static void change_query(struct letter *letter)
{
    snprintf(letter->query, sizeof(letter->query), "Action=Nothing");
}

static void set_query(struct letter *letter)
{
    snprintf(letter->query, sizeof(letter->query), "a=1&b=2");
}

static void swap_query(struct letter *letter)
{
    snprintf(letter->query, sizeof(letter->query), "a=2&b=1");
}

static void shift_date(struct letter *letter, int64_t ms)
{
    struct instant whole = { MANUAL_WORLD_BEGIN - MANUAL_WORLD_BEGIN % 1000 };

    letter_set_date(letter, instant_add(whole, (struct duration){ ms }));
}

static void make_too_old(struct letter *letter)
{
    shift_date(letter, -WINDOW_MS - 1000);
}

static void make_too_new(struct letter *letter)
{
    shift_date(letter, WINDOW_MS + 1000);
}

static void make_as_old_as_may_be(struct letter *letter)
{
    shift_date(letter, -WINDOW_MS);
}

static void make_as_new_as_may_be(struct letter *letter)
{
    shift_date(letter, WINDOW_MS);
}

static void change_date(struct letter *letter)
{
    shift_date(letter, 1000);
}

static void cut_signature(struct letter *letter)
{
    char value[1024];

    snprintf(value, sizeof(value), "%s", letter_get(letter, "Authorization"));
    *strstr(value, ", Signature=") = '\0';
    letter_set(letter, "Authorization", value);
}

static void change_signature(struct letter *letter)
{
    char value[1024];

    snprintf(value, sizeof(value), "%s", letter_get(letter, "Authorization"));
    char *last = value + strlen(value) - 1;
    *last = *last == '0' ? '1' : '0';
    letter_set(letter, "Authorization", value);
}

static void leave_host_unsigned(struct letter *letter)
{
    char value[1024], *host;

    snprintf(value, sizeof(value), "%s", letter_get(letter, "Authorization"));
    host = strstr(value, "host;");
    memmove(host, host + 5, strlen(host + 5) + 1);
    letter_set(letter, "Authorization", value);
}

#define MISMATCH "The request signature we calculated does not match the signature you provided."
#define INVALID_TOKEN "The security token included in the request is invalid."
#define INVALID(message) CORAL "InvalidSignatureException", message
#define UNRECOGNIZED CORAL "UnrecognizedClientException", INVALID_TOKEN
#define MISSING \
    CORAL "MissingAuthenticationTokenException", "Request is missing Authentication Token"

/* clang-format off */
static const struct spoiling spoilings[] = {
    { "not signed", MISSING, by_admin, NULL, drop_authorization },
    { "signed in another scheme", MISSING, by_admin, NULL, use_another_scheme },
    { "without a signature", CORAL "IncompleteSignatureException",
      "Authorization header requires 'Signature' parameter. ", by_admin, NULL, cut_signature },
    { "too old", INVALID("Signature expired: 20120115T014158Z is now earlier than "
                         "20120115T014159Z (20120115T015659Z - 15 min.)"),
      by_admin, make_too_old, NULL },
    { "too new", INVALID("Signature not yet current: 20120115T021200Z is still later than "
                         "20120115T021159Z (20120115T015659Z + 15 min.)"),
      by_admin, make_too_new, NULL },
    { "host not signed", INVALID("'Host' must be a 'SignedHeader' in the AWS Authorization."),
      by_admin, NULL, leave_host_unsigned },
    { "by an unknown key", UNRECOGNIZED, by_a_stranger, NULL, NULL },
    { "by an inactive key", UNRECOGNIZED, by_someone_former, NULL, NULL },
    { "with a wrong secret", INVALID(MISMATCH), with_a_wrong_secret, NULL, NULL },
    { "with another's secret", INVALID(MISMATCH), with_anothers_secret, NULL, NULL },
    { "another signature", INVALID(MISMATCH), by_admin, NULL, change_signature },
    { "another body", INVALID(MISMATCH), by_admin, NULL, change_body },
    { "another header", INVALID(MISMATCH), by_admin, NULL, change_agent },
    { "another target", INVALID(MISMATCH), by_admin, NULL, change_target },
    { "another date", INVALID(MISMATCH), by_admin, NULL, change_date },
    { "a query added", INVALID(MISMATCH), by_admin, NULL, change_query },
    { "another query", INVALID(MISMATCH), by_admin, set_query, swap_query },
    { "without its session token", UNRECOGNIZED, without_its_token, NULL, NULL },
    { "with another's session token", UNRECOGNIZED, with_anothers_token, NULL, NULL },
    { "with half a session token", UNRECOGNIZED, with_half_its_token, NULL, NULL },
    { "with a token too many", UNRECOGNIZED, with_a_token_too_many, NULL, NULL },
    { "with an expired session", CORAL "ExpiredTokenException",
      "The security token included in the request is expired", by_one_who_is_late, NULL, NULL },
};
/* clang-format on */

static void refuse_the_spoiled(struct trial *trial)
{
    for (size_t i = 0; i < sizeof(spoilings) / sizeof(spoilings[0]); i++) {
        const struct spoiling *spoiling = &spoilings[i];
        struct credentials signer = spoiling->signer();
        struct letter letter;

        stage_write(trial->stage, &letter, trial->name, trial->deed->request);
        if (spoiling->before)
            spoiling->before(&letter);
        letter_sign(&letter, &signer);
        if (spoiling->after)
            spoiling->after(&letter);
        expect_refusal(trial, &letter, spoiling->type, spoiling->message, spoiling->why);
        letter_deinit(&letter);
    }
}

/* The whole text, not only its beginning. */
static void expect_denial(struct trial *trial, const struct credentials *who, const char *principal,
                          const char *why)
{
    struct letter letter;
    char template[256];

    snprintf(template, sizeof(template),
             "User: %s is not authorized to perform: swf:%s on resource: %s", principal,
             trial->name, trial->deed->resource);
    text_reset(&trial->text);
    stage_expand(trial->stage, template, &trial->text);
    text_append_char(&trial->text, '\0');
    stage_write(trial->stage, &letter, trial->name, trial->deed->request);
    letter_sign(&letter, who);
    expect_refusal(trial, &letter, DENIED, trial->text.ptr, why);
    assert_int_equal(stage_member(trial->stage->talk.body, "Message").len, trial->text.len - 1);
    letter_deinit(&letter);
}

static void deny(struct trial *trial, const char *name)
{
    struct credentials keys = people_user_keys(name);
    char principal[96];

    snprintf(principal, sizeof(principal), "arn:aws:iam::" ACCOUNT_A ":user/%s", name);
    expect_denial(trial, &keys, principal, name);
}

static void refuse_the_unauthorized(struct trial *trial)
{
    static const char *const names[] = { "nobody",    "denied", "others",
                                         "elsewhere", "abroad", "bounded" };
    struct credentials narrow = people_session_keys("narrow");
    char name[16];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        deny(trial, names[i]);
    expect_denial(trial, &narrow, "arn:aws:sts::" ACCOUNT_A ":assumed-role/narrow/session",
                  "narrow");
    for (int i = 0; i < trial->conditions; i++) {
        snprintf(name, sizeof(name), "wrong-%d", i);
        deny(trial, name);
    }
}

static void try_to_no_avail(struct stage *stage, enum operation operation)
{
    struct text before, after;
    struct trial trial;

    begin_trial(&trial, stage, operation, "refused");
    text_init(&before, STAGE_TEXT_MAX);
    text_init(&after, STAGE_TEXT_MAX);
    deed_look(stage, &admin, &before);
    refuse_the_spoiled(&trial);
    refuse_the_unauthorized(&trial);
    deed_look(stage, &admin, &after);
    if (!bytes_equal(text_bytes(&before), text_bytes(&after)))
        fail_msg("%s was refused, and changed\n%.*s\nto\n%.*s", trial.name,
                 BYTES_FMT(text_bytes(&before)), BYTES_FMT(text_bytes(&after)));
    text_deinit(&before);
    text_deinit(&after);
    end_trial(&trial);
}

/* ---- permissions ---- */

static void try_with_success(struct stage *stage, enum operation operation, const char *purpose,
                             const struct credentials *who, void (*before)(struct letter *letter))
{
    struct letter letter;
    struct trial trial;

    begin_trial(&trial, stage, operation, purpose);
    stage_write(stage, &letter, trial.name, trial.deed->request);
    if (before)
        before(&letter);
    letter_sign(&letter, who);
    stage_post(&letter, &stage->talk);
    talk_receive(&stage->talk);
    if (talk_status(&stage->talk) != 200)
        fail_msg("%s by %s is answered %.*s", trial.name, purpose, BYTES_FMT(stage->talk.body));
    letter_deinit(&letter);
    end_trial(&trial);
}

/* ---- the tests ---- */

static int setup(void **state)
{
    struct whole_server_options options = { .limits = LIMITS_DOCUMENTED };
    struct people people;

    options.limits.domains = 0;
    admin = people_user_keys("admin");
    people_init(&people);
    people_add(&people, IN_A, "admin", ALLOW_ALL);
    *state = stage_new(&people, &options);
    people_deinit(&people);
    return 0;
}

static void what_is_refused_changes_nothing(void **state)
{
    for (enum operation operation = 0; operation < OPERATION_COUNT; operation++)
        try_to_no_avail(*state, operation);
}

static void one_action_on_one_resource_is_enough(void **state)
{
    struct credentials only = people_user_keys("only");

    for (enum operation operation = 0; operation < OPERATION_COUNT; operation++)
        try_with_success(*state, operation, "only", &only, NULL);
}

static void conditions_hold_for_the_keys_of_the_action(void **state)
{
    struct credentials fitting = people_user_keys("fitting");

    for (enum operation operation = 0; operation < OPERATION_COUNT; operation++)
        try_with_success(*state, operation, "fitting", &fitting, NULL);
}

static void an_action_has_no_keys_of_others(void **state)
{
    struct credentials plain = people_user_keys("plain");

    for (enum operation operation = 0; operation < OPERATION_COUNT; operation++)
        try_with_success(*state, operation, "plain", &plain, NULL);
}

static void a_session_may_what_its_role_may(void **state)
{
    struct credentials guest = people_session_keys("guest");

    for (enum operation operation = 0; operation < OPERATION_COUNT; operation++)
        try_with_success(*state, operation, "guest", &guest, NULL);
}

static void fifteen_minutes_are_not_too_much(void **state)
{
    struct credentials only = people_user_keys("only");

    for (enum operation operation = 0; operation < OPERATION_COUNT; operation++) {
        try_with_success(*state, operation, "old", &only, make_as_old_as_may_be);
        try_with_success(*state, operation, "new", &only, make_as_new_as_may_be);
    }
}

/* ---- the order of checks ---- */

static void ask_probe(struct stage *stage, const struct probe *probe, const char *value,
                      const struct credentials *who)
{
    struct letter letter;
    struct text body;

    text_init(&body, STAGE_TEXT_MAX);
    probe_write(probe, value, &body);
    letter_init(&letter, stage->whole.port, operation_names[probe->operation], text_bytes(&body),
                stage_now(stage));
    letter_sign(&letter, who);
    stage_post(&letter, &stage->talk);
    talk_receive(&stage->talk);
    letter_deinit(&letter);
    text_deinit(&body);
}

static bool is_a_name(const struct member *member)
{
    return member->kind == KIND_STRING &&
           (member->rule == RULE_NAME || member->rule == RULE_NAME_TRIMMED);
}

/* What types and constraints say comes before permission, what the service's rules say after it. A
 * task token that is none names no domain: there is nothing to ask for then. */
static void look_at_member(const struct probe *probe, void *context)
{
    struct stage *stage = context;
    struct credentials nobody = people_user_keys("nobody");
    const struct member *member = probe_member(probe);
    const char *name = operation_names[probe->operation];

    if (member->kind == KIND_STRING) {
        ask_probe(stage, probe, "[]", &nobody);
        stage_expect_fault(stage, CORAL "SerializationException", "", name);
    }
    if (member->required) {
        ask_probe(stage, probe, NULL, &nobody);
        stage_expect_fault(stage, VALIDATION, "1 validation error detected: Value null at", name);
    }
    if (deeds[probe->operation].is_task_call || !is_a_name(member))
        return;
    ask_probe(stage, probe, "\"a:b\"", &nobody);
    stage_expect_fault(stage, DENIED, "User: ", name);
    ask_probe(stage, probe, "\"a:b\"", &admin);
    stage_expect_fault(stage, VALIDATION, "", name);
}

static void permission_comes_between_constraints_and_rules(void **state)
{
    struct people people;

    people_init(&people);
    people_add(&people, IN_A, "admin", ALLOW_ALL);
    people_add(&people, IN_A, "nobody", "");
    stage_admit(*state, &people);
    for (enum operation operation = 0; operation < OPERATION_COUNT; operation++)
        probe_each(operation, look_at_member, *state);
    people_deinit(&people);
}

/* Each of these is wrong in its way and in all the later ones. */
static void checks_come_in_order(void **state)
{
    static const char request[] = "{'name':'a:b','workflowExecutionRetentionPeriodInDays':'1'}";
    static const struct {
        const char *template, *operation, *type, *signer;
        bool is_spoiled;
    } rows[] = {
        { "{'name':", "Nothing", CORAL "SerializationException", NULL, true },
        { "{'name':7}", "Nothing", CORAL "UnknownOperationException", NULL, true },
        { "{'name':7}", "RegisterDomain", CORAL "MissingAuthenticationTokenException", NULL, true },
        { "{'name':7}", "RegisterDomain", CORAL "InvalidSignatureException", "nobody", true },
        { "{'name':7}", "RegisterDomain", CORAL "SerializationException", "nobody", false },
        { "{'name':'a:b'}", "RegisterDomain", VALIDATION, "nobody", false },
        { request, "RegisterDomain", DENIED, "nobody", false },
        { request, "RegisterDomain", VALIDATION, "admin", false },
    };
    struct stage *stage = *state;
    struct people people;

    people_init(&people);
    people_add(&people, IN_A, "admin", ALLOW_ALL);
    people_add(&people, IN_A, "nobody", "");
    stage_admit(stage, &people);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct letter letter;

        stage_write(stage, &letter, rows[i].operation, rows[i].template);
        if (rows[i].signer) {
            struct credentials keys = people_user_keys(rows[i].signer);

            letter_sign(&letter, &keys);
        }
        if (rows[i].is_spoiled)
            change_agent(&letter);
        stage_post(&letter, &stage->talk);
        talk_receive(&stage->talk);
        stage_expect_fault(stage, rows[i].type, "", rows[i].template);
        letter_deinit(&letter);
    }
    people_deinit(&people);
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, stage_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(what_is_refused_changes_nothing),
        test(one_action_on_one_resource_is_enough),
        test(conditions_hold_for_the_keys_of_the_action),
        test(an_action_has_no_keys_of_others),
        test(a_session_may_what_its_role_may),
        test(fifteen_minutes_are_not_too_much),
        test(permission_comes_between_constraints_and_rules),
        test(checks_come_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
