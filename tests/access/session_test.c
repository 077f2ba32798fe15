/*
 * What policies see of who calls, as AWS has it: of a session its role, and that nobody's second
 * factor was shown and no service of AWS stands between.
 */
#include "stage.h"
#include <stdio.h>

#define ROLE(name) "arn:aws:iam::" ACCOUNT_A ":role/" name
#define SESSION(name) "arn:aws:sts::" ACCOUNT_A ":assumed-role/" name "/session"
#define TOMORROW "2012-01-16T02:00:00Z"

#define UNDER(operator, key, value) ",'Condition':{'" operator"':{'" key "':'" value "'}}"
#define ALLOW_UNDER(operator, key, value) \
    STATEMENT("Allow", "swf:*", "*", UNDER(operator, key, value))
#define DENY_UNDER(operator, key, value) \
    ALLOW_ALL "," STATEMENT("Deny", "swf:*", "*", UNDER(operator, key, value))

static const struct {
    const char *name, *statements;
    bool is_session, may;
} callers[] = {
    { "as-role", ALLOW_UNDER("ArnEquals", "aws:PrincipalArn", ROLE("as-role")), true, true },
    { "as-session", ALLOW_UNDER("ArnLike", "aws:PrincipalArn", SESSION("*")), true, false },
    { "not-role", DENY_UNDER("ArnLike", "aws:PrincipalArn", ROLE("not-*")), true, false },
    { "but-role", DENY_UNDER("ArnNotEquals", "aws:PrincipalArn", ROLE("but-role")), true, true },
    { "directly", DENY_UNDER("Bool", "aws:ViaAWSService", "false"), false, false },
    { "by-service", DENY_UNDER("Bool", "aws:PrincipalIsAWSService", "true"), false, true },
    { "factor", DENY_UNDER("Bool", "aws:MultiFactorAuthPresent", "false"), true, false },
    { "no-factor", DENY_UNDER("Bool", "aws:MultiFactorAuthPresent", "false"), false, true },
    { "if-factor", DENY_UNDER("BoolIfExists", "aws:MultiFactorAuthPresent", "false"), false,
      false },
};

#define CALLERS (sizeof(callers) / sizeof(callers[0]))

static int set_up(void **state)
{
    struct people people;

    people_init(&people);
    for (size_t i = 0; i < CALLERS; i++) {
        if (callers[i].is_session)
            people_add_session(&people, IN_A, callers[i].name, callers[i].statements, NULL,
                               TOMORROW);
        else
            people_add(&people, IN_A, callers[i].name, callers[i].statements);
    }
    *state = stage_new(&people, NULL);
    people_deinit(&people);
    return 0;
}

static int tear_down(void **state)
{
    stage_free(*state);
    return 0;
}

/* The refusal names the session all the same. */
static void expect_denial(const struct stage *stage, const char *name, bool is_session)
{
    char expected[160];

    snprintf(expected, sizeof(expected), "User: arn:aws:%s" ACCOUNT_A ":%s/%s%s is not authorized",
             is_session ? "sts::" : "iam::", is_session ? "assumed-role" : "user", name,
             is_session ? "/session" : "");
    stage_expect_fault(stage, "com.amazon.coral.service#AccessDeniedException", expected, name);
}

static void policies_see_who_calls(void **state)
{
    struct stage *stage = *state;

    for (size_t i = 0; i < CALLERS; i++) {
        const char *name = callers[i].name;
        struct credentials who = callers[i].is_session ? people_session_keys(name)
                                                       : people_user_keys(name);
        int status = stage_call(stage, &who, "ListDomains", "{'registrationStatus':'REGISTERED'}");

        if (!callers[i].may)
            expect_denial(stage, name, callers[i].is_session);
        else if (status != 200)
            fail_msg("%s is answered %d", name, status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(policies_see_who_calls, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
