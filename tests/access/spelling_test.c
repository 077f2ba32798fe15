/*
 * Another spelling of a request does not hide from a policy what the request does.
 */
#include "stage.h"
#include <stdio.h>

static struct credentials admin, guarded, labeller, producer;

#define ARN_IN(partition, account) "arn:" partition ":swf:us-east-1:" account ":/domain/prod"
#define ARN ARN_IN("aws", ACCOUNT_A)

static int set_up(void **state)
{
    struct people people;

    admin = people_user_keys("admin");
    guarded = people_user_keys("guarded");
    labeller = people_user_keys("labeller");
    producer = people_user_keys("producer");
    people_init(&people);
    people_add(&people, IN_A, "admin", ALLOW_ALL);
    people_add(&people, IN_A, "guarded",
               ALLOW_ALL "," DENY("swf:*", "arn:aws:swf:*:" ACCOUNT_A ":/domain/prod"));
    people_add(&people, IN_A, "labeller",
               STATEMENT("Allow", "swf:*", "*",
                         ",'Condition':{'StringEquals':{'aws:RequestTag/team':'blue'}}"));
    people_add(&people, IN_A, "producer",
               STATEMENT("Allow", "swf:*", "*",
                         ",'Condition':{'StringEquals':{'aws:ResourceTag/stage':'production'}}"));
    *state = stage_new(&people, NULL);
    people_deinit(&people);
    stage_do(*state, &admin, "RegisterDomain",
             "{'name':'prod','workflowExecutionRetentionPeriodInDays':'1',"
             "'tags':[{'key':'stage','value':'production'}]}");
    return 0;
}

static void ask(struct stage *stage, const struct credentials *who, const char *operation,
                const char *arn)
{
    static const char *const more[] = { ",'tags':[{'key':'k','value':'v'}]", ",'tagKeys':['k']",
                                        "" };
    char request[256];
    int which = operation[0] == 'T' ? 0 : operation[0] == 'U' ? 1 : 2;

    snprintf(request, sizeof(request), "{'resourceArn':'%s'%s}", arn, more[which]);
    stage_call(stage, who, operation, request);
}

static const char *const operations[] = { "TagResource", "UntagResource", "ListTagsForResource" };

/* The partition is not looked at, so it does not help either; the refusal names what is meant. */
static void no_partition_hides_a_domain(void **state)
{
    static const char *const arns[] = { ARN, ARN_IN("aws-x", ACCOUNT_A),
                                        ARN_IN("aws-cn", ACCOUNT_A), ARN_IN("aws-", ACCOUNT_A) };
    char expected[256];

    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        snprintf(expected, sizeof(expected),
                 "User: arn:aws:iam::" ACCOUNT_A ":user/guarded is not authorized to perform: "
                 "swf:%s on resource: " ARN,
                 operations[i]);
        for (size_t j = 0; j < sizeof(arns) / sizeof(arns[0]); j++) {
            ask(*state, &guarded, operations[i], arns[j]);
            stage_expect_fault(*state, "com.amazon.coral.service#AccessDeniedException", expected,
                               arns[j]);
            ask(*state, &admin, operations[i], arns[j]);
            assert_int_equal(talk_status(&((struct stage *)*state)->talk), 200);
        }
    }
}

static void an_account_has_twelve_digits(void **state)
{
    static const char *const arns[] = { ARN_IN("aws", "0" ACCOUNT_A), ARN_IN("aws", "1"),
                                        ARN_IN("aws-x", "0" ACCOUNT_A), ARN_IN("aws", "") };

    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        for (size_t j = 0; j < sizeof(arns) / sizeof(arns[0]); j++) {
            ask(*state, &guarded, operations[i], arns[j]);
            stage_expect_fault(*state, "com.amazon.coral.validate#ValidationException",
                               "1 validation error", arns[j]);
        }
    }
}

/* The tags of one's own domain are not those of a domain of its name elsewhere. */
static void no_other_domain_borrows_tags(void **state)
{
    static const char *const arns[] = { ARN_IN("aws", ACCOUNT_B),
                                        "arn:aws:swf:eu-west-1:" ACCOUNT_A ":/domain/prod" };

    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        for (size_t j = 0; j < sizeof(arns) / sizeof(arns[0]); j++) {
            ask(*state, &producer, operations[i], arns[j]);
            stage_expect_fault(*state, "com.amazon.coral.service#AccessDeniedException", "User: ",
                               arns[j]);
        }
        ask(*state, &producer, operations[i], ARN);
        assert_int_equal(talk_status(&((struct stage *)*state)->talk), 200);
    }
}

/* Of two values of a tag the last is kept; it is the one that a policy sees. */
static void no_first_value_hides_the_last(void **state)
{
#define TWICE(first, second)                                         \
    "{'resourceArn':'" ARN "','tags':[{'key':'team','value':'" first \
    "'},{'key':'team','value':'" second "'}]}"
    stage_call(*state, &labeller, "TagResource", TWICE("blue", "red"));
    stage_expect_fault(*state, "com.amazon.coral.service#AccessDeniedException",
                       "User: ", "red is kept");
    stage_do(*state, &labeller, "TagResource", TWICE("red", "blue"));
    stage_do(*state, &admin, "ListTagsForResource", "{'resourceArn':'" ARN "'}");
    struct bytes body = ((struct stage *)*state)->talk.body;
    assert_non_null(memmem(body.ptr, body.len, "\"value\":\"blue\"", 14));
    assert_null(memmem(body.ptr, body.len, "red", 3));
}

#define test(f) cmocka_unit_test_setup_teardown(f, set_up, stage_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(no_partition_hides_a_domain),
        test(an_account_has_twelve_digits),
        test(no_other_domain_borrows_tags),
        test(no_first_value_hides_the_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
