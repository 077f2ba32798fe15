#include "bench.h"

#define SHOP "arn:aws:swf:us-east-1:123456789012:/domain/shop"
#define OTHER "arn:aws:swf:us-east-1:123456789012:/domain/other"

#define ALLOW_ALL "{'Statement':{'Effect':'Allow','Action':'*','Resource':'*'}}"

static enum verdict verdict_of(struct bench *bench, const char *document, const char *action,
                               const char *resource)
{
    return bench_judge(bench, bench_policy(bench, document), action, resource).verdict;
}

static void nothing_is_allowed_by_itself(void **state)
{
    struct bench *bench = *state;
    struct policy_set none = { 0 };
    struct access access = { BYTES("swf:ListDomains"), BYTES(SHOP), &bench->context };

    struct judgement judgement = evaluate(&(struct permissions){ 0 }, &access);
    assert_int_equal(judgement.verdict, DENIED_BY_DEFAULT);
    assert_null(judgement.policy);
    judgement = evaluate(&(struct permissions){ .layers = { &none } }, &access);
    assert_int_equal(judgement.verdict, DENIED_BY_DEFAULT);
    assert_int_equal(judgement.layer, LAYER_IDENTITY);
}

static void actions_have_no_case_and_resources_have(void **state)
{
    static const char document[] =
        "{'Statement':{'Effect':'Allow','Action':'SWF:Start*','Resource':'" SHOP "'}}";

    assert_int_equal(verdict_of(*state, document, "swf:StartTimer", SHOP), ALLOWED);
    assert_int_equal(verdict_of(*state, document, "swf:starttimer", SHOP), ALLOWED);
    assert_int_equal(verdict_of(*state, document, "swf:CancelTimer", SHOP), DENIED_BY_DEFAULT);
    assert_int_equal(verdict_of(*state, document, "swf:StartTimer",
                                "arn:aws:swf:us-east-1:123456789012:/domain/Shop"),
                     DENIED_BY_DEFAULT);
}

static void what_is_not_named_is_meant_by_not(void **state)
{
    static const char document[] =
        "{'Statement':{'Effect':'Allow','NotAction':['swf:List*','swf:Count*'],"
        "'NotResource':'" SHOP "'}}";

    assert_int_equal(verdict_of(*state, document, "swf:StartTimer", OTHER), ALLOWED);
    assert_int_equal(verdict_of(*state, document, "swf:StartTimer", SHOP), DENIED_BY_DEFAULT);
    assert_int_equal(verdict_of(*state, document, "swf:ListDomains", OTHER), DENIED_BY_DEFAULT);
}

static void a_denial_wins(void **state)
{
    static const char document[] =
        "{'Statement':[{'Effect':'Allow','Action':'*','Resource':'*'},"
        "{'Sid':'NoTimers','Effect':'Deny','Action':'swf:*Timer','Resource':'*'}]}";
    struct bench *bench = *state;
    const struct policy *policy = bench_policy(bench, document);

    struct judgement judgement = bench_judge(bench, policy, "swf:StartTimer", SHOP);
    assert_int_equal(judgement.verdict, DENIED_EXPLICITLY);
    assert_ptr_equal(judgement.policy, policy);
    assert_int_equal(judgement.statement_index, 1);
    assert_text(judgement.sid, "NoTimers");
    judgement = bench_judge(bench, policy, "swf:ListDomains", SHOP);
    assert_int_equal(judgement.verdict, ALLOWED);
    assert_int_equal(judgement.statement_index, 0);
    assert_true(bytes_is_absent(judgement.sid));
}

/* The judgement of three layers, each with one policy; NULL: the layer is not there. */
static struct judgement judge_layers(struct bench *bench, const char *identity,
                                     const char *boundary, const char *session)
{
    const char *documents[LAYER_COUNT] = { identity, boundary, session };
    const struct policy *policies[LAYER_COUNT];
    struct policy_set sets[LAYER_COUNT];
    struct permissions permissions = { 0 };

    for (size_t i = 0; i < LAYER_COUNT; i++) {
        if (!documents[i])
            continue;
        policies[i] = bench_policy(bench, documents[i]);
        sets[i] = (struct policy_set){ &policies[i], 1 };
        permissions.layers[i] = &sets[i];
    }
    return evaluate(&permissions,
                    &(struct access){ BYTES("swf:StartTimer"), BYTES(SHOP), &bench->context });
}

static void every_layer_must_allow(void **state)
{
    static const char other[] = "{'Statement':{'Effect':'Allow','Action':'s3:*','Resource':'*'}}";
    static const char deny[] = "{'Statement':{'Effect':'Deny','Action':'*','Resource':'*'}}";
    static const struct {
        const char *documents[LAYER_COUNT];
        enum verdict verdict;
        enum policy_layer layer;
    } rows[] = {
        { { ALLOW_ALL, NULL, NULL }, ALLOWED, LAYER_IDENTITY },
        { { ALLOW_ALL, ALLOW_ALL, ALLOW_ALL }, ALLOWED, LAYER_IDENTITY },
        { { other, ALLOW_ALL, ALLOW_ALL }, DENIED_BY_DEFAULT, LAYER_IDENTITY },
        { { NULL, ALLOW_ALL, ALLOW_ALL }, DENIED_BY_DEFAULT, LAYER_IDENTITY },
        { { ALLOW_ALL, other, ALLOW_ALL }, DENIED_BY_DEFAULT, LAYER_BOUNDARY },
        { { ALLOW_ALL, ALLOW_ALL, other }, DENIED_BY_DEFAULT, LAYER_SESSION },
        { { ALLOW_ALL, deny, ALLOW_ALL }, DENIED_EXPLICITLY, LAYER_BOUNDARY },
        { { other, ALLOW_ALL, deny }, DENIED_EXPLICITLY, LAYER_SESSION },
        { { deny, deny, deny }, DENIED_EXPLICITLY, LAYER_IDENTITY },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *const *documents = rows[i].documents;
        struct judgement judgement = judge_layers(*state, documents[0], documents[1], documents[2]);
        assert_int_equal(judgement.verdict, rows[i].verdict);
        assert_int_equal(judgement.layer, rows[i].layer);
        assert_true((judgement.policy == NULL) == (rows[i].verdict == DENIED_BY_DEFAULT));
    }
}

static void any_layer_may_look_at_keys(void **state)
{
    static const char conditional[] = "{'Statement':{'Effect':'Allow','Action':'*','Resource':'*',"
                                      "'Condition':{'Bool':{'aws:SecureTransport':true}}}}";
    const struct policy *plain = bench_policy(*state, ALLOW_ALL);
    const struct policy *both[] = { plain, bench_policy(*state, conditional) };
    const struct policy_set one = { both, 1 }, two = { both, 2 }, none = { 0 };

    assert_false(permissions_have_keys(&(struct permissions){ 0 }));
    assert_false(permissions_have_keys(&(struct permissions){ .layers = { &one, &none, &one } }));
    assert_true(permissions_have_keys(&(struct permissions){ .layers = { &two } }));
    assert_true(permissions_have_keys(&(struct permissions){ .layers = { &one, NULL, &two } }));
}

static void the_policy_that_decides_is_named(void **state)
{
    static const char other[] = "{'Statement':{'Effect':'Allow','Action':'s3:*','Resource':'*'}}";
    struct bench *bench = *state;
    const struct policy *policies[] = { bench_policy(bench, other), bench_policy(bench, other),
                                        bench_policy(bench, ALLOW_ALL) };
    struct policy_set set = { policies, 3 };

    struct judgement judgement = evaluate(
        &(struct permissions){ .layers = { &set } },
        &(struct access){ BYTES("swf:StartTimer"), BYTES(SHOP), &bench->context });
    assert_int_equal(judgement.verdict, ALLOWED);
    assert_int_equal(judgement.policy_index, 2);
    assert_ptr_equal(judgement.policy, policies[2]);
}

static void a_variable_in_a_resource(void **state)
{
    static const char allow[] =
        "{'Version':'2012-10-17','Statement':{'Effect':'Allow','Action':'*',"
        "'Resource':'arn:aws:swf:*:*:/domain/${aws:username}'}}";
    static const char allow_not[] =
        "{'Version':'2012-10-17','Statement':{'Effect':'Allow','Action':'*',"
        "'NotResource':'arn:aws:swf:*:*:/domain/${aws:username}'}}";

    assert_int_equal(verdict_of(*state, allow, "swf:StartTimer", SHOP), DENIED_BY_DEFAULT);
    assert_int_equal(verdict_of(*state, allow_not, "swf:StartTimer", SHOP), ALLOWED);
    bench_add(*state, "aws:username", "shop");
    assert_int_equal(verdict_of(*state, allow, "swf:StartTimer", SHOP), ALLOWED);
    assert_int_equal(verdict_of(*state, allow, "swf:StartTimer", OTHER), DENIED_BY_DEFAULT);
    assert_int_equal(verdict_of(*state, allow_not, "swf:StartTimer", SHOP), DENIED_BY_DEFAULT);
}

/* ---- policies as the developer guide explains them */

static void starting_one_version_of_one_type(void **state)
{
    static const char document[] =
        "{'Version':'2012-10-17','Statement':[{'Effect':'Allow',"
        "'Action':'swf:StartWorkflowExecution','Resource':'arn:aws:swf:*:123456789012:/domain/shop',"
        "'Condition':{'StringEquals':{'swf:workflowType.name':'order',"
        "'swf:workflowType.version':'2'}}}]}";

    bench_add(*state, "swf:workflowType.name", "order");
    assert_int_equal(verdict_of(*state, document, "swf:StartWorkflowExecution", SHOP),
                     DENIED_BY_DEFAULT);
    bench_add(*state, "swf:workflowType.version", "2");
    assert_int_equal(verdict_of(*state, document, "swf:StartWorkflowExecution", SHOP), ALLOWED);
    assert_int_equal(verdict_of(*state, document, "swf:StartWorkflowExecution", OTHER),
                     DENIED_BY_DEFAULT);
}

static void one_tag_of_two_or_none(void **state)
{
    static const char document[] =
        "{'Version':'2012-10-17','Statement':[{'Effect':'Allow',"
        "'Action':'swf:StartWorkflowExecution','Resource':'*','Condition':{"
        "'StringEqualsIfExists':{'swf:tagList.member.0':['red','blue']},"
        "'Null':{'swf:tagList.member.1':'true'}}}]}";

    assert_int_equal(verdict_of(*state, document, "swf:StartWorkflowExecution", SHOP), ALLOWED);
    bench_add(*state, "swf:tagList.member.0", "blue");
    assert_int_equal(verdict_of(*state, document, "swf:StartWorkflowExecution", SHOP), ALLOWED);
    bench_add(*state, "swf:tagList.member.1", "red");
    assert_int_equal(verdict_of(*state, document, "swf:StartWorkflowExecution", SHOP),
                     DENIED_BY_DEFAULT);
    bench_clear(*state);
    bench_add(*state, "swf:tagList.member.0", "green");
    assert_int_equal(verdict_of(*state, document, "swf:StartWorkflowExecution", SHOP),
                     DENIED_BY_DEFAULT);
}

static void domains_with_a_tag(void **state)
{
    static const char document[] =
        "{'Version':'2012-10-17','Statement':[{'Effect':'Allow','Action':'swf:*','Resource':'*',"
        "'Condition':{'StringEquals':{'aws:ResourceTag/environment':'production'}}}]}";

    assert_int_equal(verdict_of(*state, document, "swf:DescribeDomain", SHOP), DENIED_BY_DEFAULT);
    bench_add(*state, "aws:ResourceTag/environment", "production");
    assert_int_equal(verdict_of(*state, document, "swf:DescribeDomain", SHOP), ALLOWED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(nothing_is_allowed_by_itself),
        test(actions_have_no_case_and_resources_have),
        test(what_is_not_named_is_meant_by_not),
        test(a_denial_wins),
        test(every_layer_must_allow),
        test(any_layer_may_look_at_keys),
        test(the_policy_that_decides_is_named),
        test(a_variable_in_a_resource),
        test(starting_one_version_of_one_type),
        test(one_tag_of_two_or_none),
        test(domains_with_a_tag),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
