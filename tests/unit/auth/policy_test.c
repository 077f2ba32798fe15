#include "bench.h"

#include <stdio.h>

#define STATEMENT(rest) "{'Statement':[{'Effect':'Allow','Action':'*','Resource':'*'" rest "}]}"
#define CONDITION(condition)                                                             \
    "{'Version':'2012-10-17','Statement':[{'Effect':'Deny','Action':'*','Resource':'*'," \
    "'Condition':" condition "}]}"

static void a_document_is_kept_as_it_is_written(void **state)
{
    const struct policy *policy = bench_policy(
        *state, "{'Id':'of the shop','Version':'2012-10-17','Statement':["
                "{'Sid':'First','Effect':'Allow','Action':['swf:*','*'],'NotResource':'*'},"
                "{'Effect':'Deny','NotAction':'swf:List*','Resource':['*','*','*'],"
                "'Condition':{'StringLike':{'a:b':['x','y'],'a:c':1},'Null':{'a:b':true}}}]}");

    assert_text(policy->id, "of the shop");
    assert_true(policy->variables);
    assert_int_equal(policy->statement_count, 2);
    const struct policy_statement *one = &policy->statements[0], *two = &policy->statements[1];
    assert_text(one->sid, "First");
    assert_int_equal(one->effect, EFFECT_ALLOW);
    assert_int_equal(one->action.count, 2);
    assert_false(one->action.negated);
    assert_true(one->resource.negated);
    assert_int_equal(one->condition_count, 0);
    assert_true(bytes_is_absent(two->sid));
    assert_int_equal(two->effect, EFFECT_DENY);
    assert_true(two->action.negated);
    assert_int_equal(two->resource.count, 3);
    assert_int_equal(two->condition_count, 3);
    assert_text(two->conditions[1].key, "a:c");
    assert_int_equal(two->conditions[0].count, 2);
    assert_int_equal(two->conditions[2].test.operator, NULL_CHECK);
}

static void conditions_and_variables_look_at_keys(void **state)
{
    static const struct {
        const char *statements;
        bool has_keys;
    } rows[] = {
        { "{'Effect':'Allow','Action':'*','Resource':'*'}", false },
        { "{'Effect':'Allow','Action':'*','Resource':['*','arn:a:b:c:d:${*}${$}']}", false },
        { "{'Effect':'Allow','Action':'*','Resource':['*','arn:a:b:c:d:e${a:b}']}", true },
        { "{'Effect':'Deny','Action':'*','NotResource':'arn:a:b:c:d:${a:b, `c`}'}", true },
        { "{'Effect':'Deny','Action':'*','Resource':'*','Condition':{'Null':{'a:b':true}}}", true },
        { "{'Effect':'Allow','Action':'*','Resource':'*'},"
          "{'Effect':'Deny','Action':'*','Resource':'*','Condition':{'Bool':{'a:b':true}}}",
          true },
    };
    struct bench *bench = *state;
    char document[256];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(document, sizeof(document), "{'Version':'2012-10-17','Statement':[%s]}",
                 rows[i].statements);
        assert_int_equal(bench_policy(bench, document)->has_keys, rows[i].has_keys);
    }
    assert_false(bench_policy(bench, "{'Statement':{'Effect':'Allow','Action':'*',"
                                     "'Resource':'arn:a:b:c:d:${a:b}'}}")
                     ->has_keys);
}

static void a_statement_need_not_stand_in_an_array(void **state)
{
    const struct policy *policy = bench_policy(
        *state, "{'Statement':{'Effect':'Allow','Action':'*','Resource':'*','Sid':''}}");

    assert_int_equal(policy->statement_count, 1);
    assert_false(policy->variables);
    assert_true(bytes_is_absent(policy->id));
}

static void refusals_of_the_document(void **state)
{
    struct bench *bench = *state;

    bench_refused(bench, "", "line 1, column 1: not JSON: the text ends where a value is expected");
    bench_refused(bench, "{'Statement':\n  [}", "line 2, column 4: not JSON: a value is expected");
    bench_refused(bench, "[]", "must be an object, not an array");
    bench_refused(bench, "{}", "has no Statement");
    bench_refused(bench, "{'Statement':[]}", "Statement: is empty");
    bench_refused(bench, "{'Statement':'Allow'}",
                  "Statement: must be a statement, which is an object, not a string");
    bench_refused(bench, "{'Statement':[null]}",
                  "Statement[0]: must be a statement, which is an object, not null");
    bench_refused(bench, "{'Version':'2012-10-18','Statement':[]}",
                  "Version: '2012-10-18' is neither \"2012-10-17\" nor \"2008-10-17\"");
    bench_refused(bench, "{'Version':2012,'Statement':[]}",
                  "Version: must be \"2012-10-17\" or \"2008-10-17\", not a number");
    bench_refused(bench, "{'Id':7,'Statement':[]}", "Id: must be a string, not a number");
    bench_refused(bench, "{'statement':[]}",
                  "statement: unknown element; did you mean "
                  "'Statement'?");
    bench_refused(bench, "{'Id':'','Id':'','Statement':[]}", "Id: stands here twice");
    bench_refused(bench, "{'Policy':{}}", "Policy: unknown element");
}

static void refusals_of_a_statement(void **state)
{
    struct bench *bench = *state;

    bench_refused(bench, "{'Statement':{'Action':'*','Resource':'*'}}", "Statement: has no Effect");
    bench_refused(bench, "{'Statement':[{'Effect':'allow','Action':'*','Resource':'*'}]}",
                  "Statement[0].Effect: 'allow' is neither \"Allow\" nor \"Deny\"");
    bench_refused(bench, "{'Statement':[{'Effect':true,'Action':'*','Resource':'*'}]}",
                  "Statement[0].Effect: must be \"Allow\" or \"Deny\", not true");
    bench_refused(bench, STATEMENT(",'NotAction':'*'"),
                  "Statement[0]: has both Action and NotAction");
    bench_refused(bench, STATEMENT(",'NotResource':'*'"),
                  "Statement[0]: has both Resource and NotResource");
    bench_refused(bench, "{'Statement':[{'Effect':'Deny','Resource':'*'}]}",
                  "Statement[0]: has no Action and no NotAction");
    bench_refused(bench, "{'Statement':[{'Effect':'Deny','Action':'*'}]}",
                  "Statement[0]: has no Resource and no NotResource");
    bench_refused(bench, STATEMENT(",'Principal':'*'"),
                  "Statement[0].Principal: not allowed: whom the policy speaks of is who has it");
    bench_refused(bench, STATEMENT(",'Conditions':{}"),
                  "Statement[0].Conditions: unknown element; did you mean 'Condition'?");
    bench_refused(bench, STATEMENT(",'Action':'*'"), "Statement[0].Action: stands here twice");
    bench_refused(bench, STATEMENT(",'Sid':'a b'"),
                  "Statement[0].Sid: 'a b' has other characters than A-Z, a-z and 0-9");
    bench_refused(bench, STATEMENT("},{'Effect':'Deny','Action':'*'"),
                  "Statement[1]: has no Resource and no NotResource");
    bench_refused(bench,
                  STATEMENT(",'Sid':'S'},{'Effect':'Deny','Action':'*','Resource':'*','Sid':'S'"),
                  "Statement[1].Sid: 'S' is the Sid of an earlier statement too");
}

static void refusals_of_actions_and_resources(void **state)
{
    struct bench *bench = *state;

    bench_refused(bench, "{'Statement':{'Effect':'Deny','Action':'StartTimer','Resource':'*'}}",
                  "Statement.Action: 'StartTimer' is neither \"*\" nor service:action");
    bench_refused(bench, "{'Statement':{'Effect':'Deny','Action':['*','swf:'],'Resource':'*'}}",
                  "Statement.Action[1]: 'swf:' is neither \"*\" nor service:action");
    bench_refused(bench, "{'Statement':{'Effect':'Deny','NotAction':[],'Resource':'*'}}",
                  "Statement.NotAction: is empty");
    bench_refused(bench, "{'Statement':{'Effect':'Deny','Action':[['*']],'Resource':'*'}}",
                  "Statement.Action[0]: must be a string, not an array");
    bench_refused(bench, "{'Statement':{'Effect':'Deny','Action':'*','Resource':'arn:aws:swf:*'}}",
                  "Statement.Resource: 'arn:aws:swf:*' is neither \"*\" nor an ARN of six parts "
                  "(arn:partition:service:region:account:resource)");
    bench_refused(bench,
                  "{'Version':'2012-10-17','Statement':{'Effect':'Deny','Action':'*',"
                  "'Resource':'arn:aws:swf:*:${aws:PrincipalAccount}:/domain/x'}}",
                  "Statement.Resource: 'arn:aws:swf:*:${aws:PrincipalAccount}:/domain/x' has a "
                  "variable outside the last part of the ARN");
    bench_refused(
        bench,
        "{'Version':'2012-10-17','Statement':{'Effect':'Deny','Action':'*',"
        "'Resource':['*','arn:aws:swf:*:*:/domain/${x']}}",
        "Statement.Resource[1]: 'arn:aws:swf:*:*:/domain/${x' has a variable without its '}'");
}

static void refusals_of_operators(void **state)
{
    struct bench *bench = *state;

    bench_refused(bench,
                  "{'Statement':[{'Effect':'Deny','Action':'*','Resource':'*'},"
                  "{'Effect':'Deny','Action':'*','Resource':'*'},{'Effect':'Deny','Action':'*',"
                  "'Resource':'*','Condition':{'StringEqual':{'aws:username':'bob'}}}]}",
                  "Statement[2].Condition.StringEqual: unknown operator; did you mean "
                  "'StringEquals'?");
    bench_refused(bench, CONDITION("{'stringequalsignorecase':{'k':'v'}}"),
                  "Statement[0].Condition.stringequalsignorecase: unknown operator; did you mean "
                  "'StringEqualsIgnoreCase'?");
    bench_refused(bench, CONDITION("{'ForAllValue:StringLikeIfExist':{'k':'v'}}"),
                  "Statement[0].Condition.ForAllValue:StringLikeIfExist: unknown operator; did you "
                  "mean 'ForAllValues:StringLikeIfExists'?");
    bench_refused(bench, CONDITION("{'ForAnyValue:Null':{'k':'true'}}"),
                  "Statement[0].Condition.ForAnyValue:Null: unknown operator; did you mean 'Null'? "
                  "It takes neither prefix nor suffix");
    bench_refused(bench, CONDITION("{'Contains':{'k':'v'}}"),
                  "Statement[0].Condition.Contains: unknown operator");
    bench_refused(bench, CONDITION("[]"),
                  "Statement[0].Condition: must be an object of operators, not an array");
    bench_refused(bench, CONDITION("{'Bool':'true'}"),
                  "Statement[0].Condition.Bool: must be an "
                  "object of condition keys, not a string");
    bench_refused(bench, CONDITION("{'Bool':{}}"), "Statement[0].Condition.Bool: is empty");
    bench_refused(bench, CONDITION("{'Null':{'k':'true'},'Null':{'l':'true'}}"),
                  "Statement[0].Condition.Null: stands here twice");
    bench_refused(bench, CONDITION("{'Null':{'aws:username':'true','AWS:UserName':'true'}}"),
                  "Statement[0].Condition.Null.AWS:UserName: stands here twice");
    bench_refused(bench, CONDITION("{'Null':{'':'true'}}"),
                  "Statement[0].Condition.Null.: a condition key without a name");
}

static void refusals_of_values(void **state)
{
    static const struct {
        const char *condition, *error;
    } refused[] = {
        { "{'StringEquals':{'k':null}}", "StringEquals.k: must be a string, not null" },
        { "{'StringEquals':{'k':['a',{}]}}", "StringEquals.k[1]: must be a string, not an object" },
        { "{'StringEquals':{'k':[]}}", "StringEquals.k: is empty" },
        { "{'NumericEquals':{'k':'1e3'}}", "NumericEquals.k: '1e3' is no number" },
        { "{'NumericEquals':{'k':1e300}}",
          "NumericEquals.k: is too large or too small for a number; write it as a string" },
        { "{'NumericEquals':{'k':18446744073709551615}}",
          "NumericEquals.k: is too large for a number; write it as a string" },
        { "{'DateLessThan':{'k':'2023-02-29'}}",
          "DateLessThan.k: '2023-02-29' is no date (2026-11-27T10:02:54Z, or seconds since 1970)" },
        { "{'IpAddress':{'k':['::/0','10.0.0.0/33']}}",
          "IpAddress.k[1]: '10.0.0.0/33' is no range of addresses (203.0.113.0/24, "
          "2001:db8::/32)" },
        { "{'BinaryEquals':{'k':'a==='}}", "BinaryEquals.k: 'a===' is not base64" },
        { "{'Bool':{'k':'yes'}}", "Bool.k: 'yes' is neither \"true\" nor \"false\"" },
        { "{'Null':{'k':'${k}'}}", "Null.k: '${k}' is neither \"true\" nor \"false\"" },
        { "{'ArnLike':{'k':'arn:aws:iam'}}",
          "ArnLike.k: 'arn:aws:iam' is neither \"*\" nor an ARN of six parts "
          "(arn:partition:service:region:account:resource)" },
        { "{'StringLike':{'k':'${}'}}", "StringLike.k: '${}' has a variable without a name" },
        { "{'StringLike':{'k':'${a;b}'}}",
          "StringLike.k: '${a;b}' has a variable whose name is no condition key" },
        { "{'StringLike':{'k':'${k, x}'}}",
          "StringLike.k: '${k, x}' has a variable whose default is not in single quotes: "
          "${key, 'default'}" },
        { "{'StringLike':{'k':'${k, `it``s`}'}}",
          "StringLike.k: '${k, 'it''s'}' has a variable with a single quote inside its default" },
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct bytes document = arena_printf(&bench->arena, CONDITION("%s") "%c",
                                             refused[i].condition, '\0');
        struct bytes error = arena_printf(&bench->arena, "Statement[0].Condition.%s%c",
                                          refused[i].error, '\0');
        bench_refused(bench, document.ptr, error.ptr);
    }
}

static void a_refusal_is_one_line_and_not_too_long(void **state)
{
    struct bench *bench = *state;
    char name[201];

    bench_refused(bench, "{'a\\nb\\u0000c':1}", "a?b?c: unknown element");
    memset(name, 'x', 200);
    name[200] = '\0';
    /* What is shown is cut between characters: the last would be two bytes. */
    memcpy(name + 79, "\xc3\xa4", 2);
    struct bytes document = arena_printf(&bench->arena, "{'%s':1}%c", name, '\0');
    struct bytes error = arena_printf(&bench->arena, "%.79s...: unknown element%c", name, '\0');
    bench_refused(bench, document.ptr, error.ptr);
}

static void a_document_may_not_be_longer_than_the_maximum(void **state)
{
    struct bench *bench = *state;
    struct text text;

    text_init(&text, POLICY_BYTES_MAX + 1);
    text_append_cstr(&text,
                     "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}");
    while (text.len < POLICY_BYTES_MAX)
        text_append_char(&text, ' ');
    struct policy *policy = policy_parse(bench->reader, text_bytes(&text), &bench->error);
    assert_non_null(policy);
    policy_free(policy);
    text_append_char(&text, ' ');
    assert_null(policy_parse(bench->reader, text_bytes(&text), &bench->error));
    assert_text(text_bytes(&bench->error), "longer than 65536 bytes");
    text_deinit(&text);
}

/* The worst that fits: the policy's arena must hold it. */
static void the_densest_documents_fit(void **state)
{
    static const char *const fillers[] = { "?\",\"", "?a", "${a}", "\",\"" };
    struct bench *bench = *state;
    struct text text;

    text_init(&text, POLICY_BYTES_MAX);
    for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
        text_reset(&text);
        text_append_cstr(
            &text,
            "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\","
            "\"Resource\":\"*\",\"Condition\":{\"StringLike\":{\"k\":[\"");
        while (text.len < POLICY_BYTES_MAX - 20)
            text_append_cstr(&text, fillers[i]);
        text_append_cstr(&text, "\"]}}}}");
        struct policy *policy = policy_parse(bench->reader, text_bytes(&text), &bench->error);
        assert_non_null(policy);
        policy_free(policy);
    }
    text_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_document_is_kept_as_it_is_written),
        test(conditions_and_variables_look_at_keys),
        test(a_statement_need_not_stand_in_an_array),
        test(refusals_of_the_document),
        test(refusals_of_a_statement),
        test(refusals_of_actions_and_resources),
        test(refusals_of_operators),
        test(refusals_of_values),
        test(a_refusal_is_one_line_and_not_too_long),
        test(a_document_may_not_be_longer_than_the_maximum),
        test(the_densest_documents_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
