#include "bench.h"

#include "base/date.h"

#define NEW "2012-10-17"
#define OLD "2008-10-17"

static bool holds(struct bench *bench, const char *condition)
{
    return bench_holds(bench, NEW, condition);
}

static void strings(void **state)
{
    bench_add(*state, "k", "Shop");
    assert_true(holds(*state, "{'StringEquals':{'k':'Shop'}}"));
    assert_false(holds(*state, "{'StringEquals':{'k':'shop'}}"));
    assert_false(holds(*state, "{'StringEquals':{'k':'Sho*'}}"));
    assert_true(holds(*state, "{'StringEquals':{'k':['x','Shop']}}"));
    assert_true(holds(*state, "{'StringEqualsIgnoreCase':{'k':'sHOP'}}"));
    assert_true(holds(*state, "{'StringLike':{'k':['x','S?o*']}}"));
    assert_false(holds(*state, "{'StringLike':{'k':'s*'}}"));
    assert_true(holds(*state, "{'StringNotEquals':{'k':'shop'}}"));
    assert_false(holds(*state, "{'StringNotEquals':{'k':['x','Shop']}}"));
    assert_false(holds(*state, "{'StringNotEqualsIgnoreCase':{'k':'shop'}}"));
    assert_true(holds(*state, "{'StringNotLike':{'k':'s*'}}"));
    assert_false(holds(*state, "{'StringNotLike':{'k':['x','S*']}}"));
}

static void names_of_keys_have_no_case(void **state)
{
    bench_add(*state, "AWS:PrincipalTag/Team", "red");
    assert_true(holds(*state, "{'StringEquals':{'aws:principaltag/TEAM':'red'}}"));
    bench_add(*state, "aws:PrincipalTag/team", "blue");
    assert_true(holds(*state, "{'StringEquals':{'aws:PrincipalTag/team':'blue'}}"));
    assert_true(holds(*state, "{'StringEquals':{'aws:principaltag/TEAM':'red'}}"));
}

static void all_keys_and_all_operators_must_hold(void **state)
{
    bench_add(*state, "a", "1");
    bench_add(*state, "b", "2");
    assert_true(holds(*state, "{'StringEquals':{'a':'1','b':'2'},'NumericLessThan':{'b':3}}"));
    assert_false(holds(*state, "{'StringEquals':{'a':'1','b':'3'},'NumericLessThan':{'b':3}}"));
    assert_false(holds(*state, "{'StringEquals':{'a':'1','b':'2'},'NumericLessThan':{'b':2}}"));
    assert_true(holds(*state, "{}"));
}

static void a_key_that_is_not_there(void **state)
{
    assert_false(holds(*state, "{'StringEquals':{'k':'v'}}"));
    assert_false(holds(*state, "{'StringLike':{'k':'*'}}"));
    assert_false(holds(*state, "{'NumericLessThan':{'k':'1'}}"));
    assert_false(holds(*state, "{'Bool':{'k':'false'}}"));
    assert_true(holds(*state, "{'StringNotEquals':{'k':'v'}}"));
    assert_true(holds(*state, "{'NumericNotEquals':{'k':'1'}}"));
    assert_true(holds(*state, "{'DateNotEquals':{'k':'2026'}}"));
    assert_true(holds(*state, "{'NotIpAddress':{'k':'::/0'}}"));
    assert_true(holds(*state, "{'ArnNotLike':{'k':'*'}}"));
    assert_true(holds(*state, "{'StringEqualsIfExists':{'k':'v'}}"));
    assert_true(holds(*state, "{'ForAnyValue:StringEqualsIfExists':{'k':'v'}}"));
    assert_true(holds(*state, "{'ForAllValues:StringEquals':{'k':'v'}}"));
    assert_false(holds(*state, "{'ForAnyValue:StringEquals':{'k':'v'}}"));
    assert_false(holds(*state, "{'ForAnyValue:StringNotEquals':{'k':'v'}}"));
    assert_true(holds(*state, "{'Null':{'k':'true'}}"));
    assert_false(holds(*state, "{'Null':{'k':false}}"));
    bench_add(*state, "k", "");
    assert_true(holds(*state, "{'Null':{'k':'false'}}"));
    assert_false(holds(*state, "{'StringEqualsIfExists':{'k':'v'}}"));
    assert_false(holds(*state, "{'StringNotEqualsIfExists':{'k':['v','']}}"));
}

static void several_values(void **state)
{
    bench_add(*state, "k", "a");
    bench_add(*state, "k", "b");
    assert_true(holds(*state, "{'ForAllValues:StringEquals':{'k':['a','b','c']}}"));
    assert_false(holds(*state, "{'ForAllValues:StringEquals':{'k':['a','c']}}"));
    assert_true(holds(*state, "{'ForAnyValue:StringEquals':{'k':['b','c']}}"));
    assert_false(holds(*state, "{'ForAnyValue:StringEquals':{'k':'c'}}"));
    assert_true(holds(*state, "{'ForAllValues:StringNotEquals':{'k':'c'}}"));
    assert_false(holds(*state, "{'ForAllValues:StringNotEquals':{'k':'b'}}"));
    assert_true(holds(*state, "{'ForAnyValue:StringNotEquals':{'k':'b'}}"));
    assert_false(holds(*state, "{'ForAnyValue:StringNotEquals':{'k':['a','b']}}"));
    assert_true(holds(*state, "{'StringEquals':{'k':'b'}}"));
    assert_false(holds(*state, "{'StringNotEquals':{'k':'b'}}"));
    assert_true(holds(*state, "{'StringNotEquals':{'k':'c'}}"));
}

static void numbers(void **state)
{
    bench_add(*state, "n", "10.50");
    assert_true(holds(*state, "{'NumericEquals':{'n':10.5}}"));
    assert_true(holds(*state, "{'NumericEquals':{'n':'+010.5'}}"));
    assert_true(holds(*state, "{'NumericLessThan':{'n':11}}"));
    assert_false(holds(*state, "{'NumericLessThan':{'n':'9'}}"));
    assert_false(holds(*state, "{'NumericLessThan':{'n':'10.5'}}"));
    assert_true(holds(*state, "{'NumericLessThanEquals':{'n':'10.5'}}"));
    assert_true(holds(*state, "{'NumericGreaterThan':{'n':'-11'}}"));
    assert_false(holds(*state, "{'NumericGreaterThan':{'n':'10.500'}}"));
    assert_true(holds(*state, "{'NumericGreaterThanEquals':{'n':['11','10.5']}}"));
    assert_false(holds(*state, "{'NumericNotEquals':{'n':'10.5'}}"));
    bench_add(*state, "zero", "-0.0");
    assert_true(holds(*state, "{'NumericEquals':{'zero':0}}"));
    bench_add(*state, "large", "9007199254740993");
    assert_false(holds(*state, "{'NumericEquals':{'large':'9007199254740992'}}"));
    bench_add(*state, "negative", "-2");
    assert_true(holds(*state, "{'NumericLessThan':{'negative':-1.5}}"));
    assert_true(holds(*state, "{'NumericGreaterThan':{'negative':-2.5}}"));
}

static void what_is_no_number_matches_none(void **state)
{
    static const char *const texts[] = { "",    "ten",  "1e3", "1.",      ".5",
                                         "- 1", "0x10", "1,5", "\xd9\xa1" };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        bench_clear(*state);
        bench_add(*state, "n", texts[i]);
        assert_false(holds(*state, "{'NumericLessThanEquals':{'n':1000000}}"));
        assert_false(holds(*state, "{'NumericGreaterThan':{'n':-1000000}}"));
        assert_true(holds(*state, "{'NumericNotEquals':{'n':0}}"));
    }
}

static void dates(void **state)
{
    bench_add(*state, "t", "2026-11-27T10:02:54Z");
    assert_true(holds(*state, "{'DateEquals':{'t':'2026-11-27T11:02:54+01:00'}}"));
    assert_true(holds(*state, "{'DateEquals':{'t':'1795773774'}}"));
    assert_true(holds(*state, "{'DateEquals':{'t':1795773774}}"));
    assert_true(holds(*state, "{'DateGreaterThan':{'t':'2026-11-27'}}"));
    assert_true(holds(*state, "{'DateLessThan':{'t':'2026-11-27T10:02:54.001Z'}}"));
    assert_false(holds(*state, "{'DateLessThan':{'t':'2026'}}"));
    assert_true(holds(*state, "{'DateLessThanEquals':{'t':'2026-11-27T10:02:54Z'}}"));
    assert_true(holds(*state, "{'DateGreaterThanEquals':{'t':'2026-11'}}"));
    assert_false(holds(*state, "{'DateNotEquals':{'t':'1795773774'}}"));
    bench_add(*state, "e", "1795773774");
    assert_true(holds(*state, "{'DateEquals':{'e':'2026-11-27T10:02:54Z'}}"));
    bench_add(*state, "x", "yesterday");
    assert_false(holds(*state, "{'DateLessThan':{'x':'2026'}}"));
    assert_true(holds(*state, "{'DateNotEquals':{'x':'2026'}}"));
}

static void dates_are_read_strictly(void **state)
{
    static const struct {
        const char *text;
        int64_t ms; /* -1: no date */
    } rows[] = {
        { "1970", 0 },
        { "1970-01", 0 },
        { "1970-01-01", 0 },
        { "1970-01-01T00:00Z", 0 },
        { "1970-01-01T00:00:01Z", 1000 },
        { "1970-01-01T00:00:00.25Z", 250 },
        { "1970-01-01T00:00:00.1239Z", 123 },
        { "1970-01-01T00:00-00:01", 60000 },
        { "1970-01-02T00:00+23:59", 60000 },
        { "2024-02-29", INT64_C(1709164800000) },
        { "0", 0 },
        { "00001", 1000 },
        { "123456789012345", INT64_C(123456789012345000) },
        { "1234567890123456", -1 },
        { "", -1 },
        { "0000", -1 },
        { "197", 197000 },
        { "1970-1", -1 },
        { "1970-13", -1 },
        { "1970-00", -1 },
        { "2023-02-29", -1 },
        { "2100-02-29", -1 },
        { "1970-01-32", -1 },
        { "1970-01-01T00:00", -1 },
        { "1970-01-01T00Z", -1 },
        { "1970-01-01T24:00Z", -1 },
        { "1970-01-01T00:60Z", -1 },
        { "1970-01-01T00:00:60Z", -1 },
        { "1970-01-01T00:00:00.Z", -1 },
        { "1970-01-01T00:00+0100", -1 },
        { "1970-01-01T00:00+24:00", -1 },
        { "1970-01-01t00:00z", -1 },
        { "1970-01-01T00:00Z ", -1 },
        { " 1970", -1 },
        { "-1", -1 },
        { "1.5", -1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct instant at;
        bool is_date = date_parse(bytes_of_cstr(rows[i].text), &at);
        if (is_date != (rows[i].ms >= 0) || (is_date && at.ms != rows[i].ms))
            fail_msg("%s", rows[i].text);
    }
}

static void booleans(void **state)
{
    bench_add(*state, "aws:SecureTransport", "true");
    bench_add(*state, "x", "yes");
    assert_true(holds(*state, "{'Bool':{'aws:SecureTransport':'true'}}"));
    assert_true(holds(*state, "{'Bool':{'aws:SecureTransport':true}}"));
    assert_true(holds(*state, "{'Bool':{'aws:SecureTransport':'True'}}"));
    assert_false(holds(*state, "{'Bool':{'aws:SecureTransport':'false'}}"));
    assert_true(holds(*state, "{'Bool':{'aws:SecureTransport':['false','true']}}"));
    assert_true(holds(*state, "{'Bool':{'aws:SecureTransport':'${nothing, `true`}'}}"));
    assert_false(holds(*state, "{'Bool':{'x':['true','false','${x}']}}"));
}

static void addresses(void **state)
{
    bench_add(*state, "v4", "203.0.113.7");
    bench_add(*state, "v6", "2001:DB8::1");
    bench_add(*state, "mapped", "::ffff:203.0.113.7");
    bench_add(*state, "none", "203.0.113.7/32");
    assert_true(holds(*state, "{'IpAddress':{'v4':'203.0.113.0/24'}}"));
    assert_true(holds(*state, "{'IpAddress':{'v4':'203.0.113.7'}}"));
    assert_true(holds(*state, "{'IpAddress':{'v4':'203.0.113.6/31'}}"));
    assert_false(holds(*state, "{'IpAddress':{'v4':'203.0.113.4/31'}}"));
    assert_true(holds(*state, "{'IpAddress':{'v4':'0.0.0.0/0'}}"));
    assert_false(holds(*state, "{'IpAddress':{'v4':'::/0'}}"));
    assert_false(holds(*state, "{'NotIpAddress':{'v4':['10.0.0.0/8','203.0.113.0/24']}}"));
    assert_true(holds(*state, "{'NotIpAddress':{'v4':'10.0.0.0/8'}}"));
    assert_true(holds(*state, "{'IpAddress':{'v6':'2001:db8::/32'}}"));
    assert_true(holds(*state, "{'IpAddress':{'v6':'2001:0db8:0::0001'}}"));
    assert_false(holds(*state, "{'IpAddress':{'v6':['2001:db9::/32','0.0.0.0/0']}}"));
    assert_true(holds(*state, "{'IpAddress':{'mapped':'203.0.113.0/24'}}"));
    assert_true(holds(*state, "{'IpAddress':{'v4':'::ffff:203.0.113.0/120'}}"));
    /* Half of what it takes in is no IPv4. */
    bench_add(*state, "beside", "::fffe:203.0.113.7");
    assert_true(holds(*state, "{'IpAddress':{'beside':'::ffff:203.0.113.7/95'}}"));
    assert_false(holds(*state, "{'IpAddress':{'beside':'::ffff:203.0.113.7/96'}}"));
    assert_false(holds(*state, "{'IpAddress':{'none':'0.0.0.0/0'}}"));
    assert_true(holds(*state, "{'NotIpAddress':{'none':'0.0.0.0/0'}}"));
}

static void ranges_are_read_strictly(void **state)
{
    static const char *const texts[] = {
        "",           "10",          "10.0.0",    "10.0.0.256", "10.0.0.0/33",
        "10.0.0.0/",  "10.0.0.0/-1", "/8",        "10.0.0.01",  "10.0.0.0/8/8",
        "10.0.0.*",   "::/129",      ":::",       "1::2::3",    "10.0.0.0 ",
        "fe80::1%lo", "::1/0x10",    "localhost", "12345::",
    };
    struct ip_range range;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (ip_range_parse(bytes_of_cstr(texts[i]), &range))
            fail_msg("%s", texts[i]);
    assert_false(ip_range_parse(BYTES("10.0.0.1\0"), &range));
}

static void binaries_are_base64_in_the_policy(void **state)
{
    bench_add(*state, "b", "key");
    assert_true(holds(*state, "{'BinaryEquals':{'b':'a2V5'}}"));
    assert_true(holds(*state, "{'BinaryEquals':{'b':['eA==','a2V5']}}"));
    assert_false(holds(*state, "{'BinaryEquals':{'b':'a2V6'}}"));
}

static void arns(void **state)
{
    bench_add(*state, "aws:PrincipalArn", "arn:aws:iam::123456789012:user/ops/bob");
    bench_add(*state, "aws:username", "bob");
    assert_true(holds(*state, "{'ArnLike':{'aws:PrincipalArn':'arn:aws:iam::*:user/*'}}"));
    assert_true(holds(*state, "{'ArnEquals':{'aws:PrincipalArn':'arn:aws:iam::*:user/*'}}"));
    assert_true(holds(*state, "{'ArnLike':{'aws:PrincipalArn':'*'}}"));
    assert_true(
        holds(*state, "{'ArnLike':{'aws:PrincipalArn':'arn:aws:iam::*:*/${aws:username}'}}"));
    assert_false(holds(*state, "{'ArnLike':{'aws:PrincipalArn':'arn:aws:*:bob:*:*'}}"));
    assert_false(holds(*state, "{'ArnNotLike':{'aws:PrincipalArn':'arn:*:*:*:*:*'}}"));
    assert_true(holds(*state, "{'ArnNotEquals':{'aws:PrincipalArn':'arn:aws:iam::1:*'}}"));
    assert_false(holds(*state, "{'ArnLike':{'aws:username':'arn:*:*:*:*:*'}}"));
}

static void variables_belong_to_the_new_version(void **state)
{
    static const char condition[] = "{'StringEquals':{'k':'${aws:username}'}}";

    bench_add(*state, "aws:username", "bob");
    bench_add(*state, "k", "bob");
    assert_true(bench_holds(*state, NEW, condition));
    assert_false(bench_holds(*state, OLD, condition));
    bench_clear(*state);
    bench_add(*state, "k", "${aws:username}");
    assert_true(bench_holds(*state, OLD, condition));
    /* What would be refused there is a text here. */
    bench_add(*state, "l", "${");
    assert_true(bench_holds(*state, OLD, "{'StringEquals':{'l':'${'}}"));
}

static void a_variable_without_a_value_equals_nothing(void **state)
{
    bench_add(*state, "k", "");
    assert_false(holds(*state, "{'StringEquals':{'k':'${nothing}'}}"));
    assert_false(holds(*state, "{'StringLike':{'k':'*${nothing}'}}"));
    assert_true(holds(*state, "{'StringNotEquals':{'k':'${nothing}'}}"));
    assert_true(holds(*state, "{'StringEquals':{'k':'${nothing, ``}'}}"));
}

static void numbers_and_booleans_need_no_quotation_marks(void **state)
{
    bench_add(*state, "n", "7");
    bench_add(*state, "b", "true");
    bench_add(*state, "d", "0.1");
    assert_true(holds(*state, "{'StringEquals':{'n':7,'b':true,'d':0.1}}"));
    assert_false(holds(*state, "{'StringEquals':{'n':7.5}}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(strings),
        test(names_of_keys_have_no_case),
        test(all_keys_and_all_operators_must_hold),
        test(a_key_that_is_not_there),
        test(several_values),
        test(numbers),
        test(what_is_no_number_matches_none),
        test(dates),
        test(dates_are_read_strictly),
        test(booleans),
        test(addresses),
        test(ranges_are_read_strictly),
        test(binaries_are_base64_in_the_policy),
        test(arns),
        test(variables_belong_to_the_new_version),
        test(a_variable_without_a_value_equals_nothing),
        test(numbers_and_booleans_need_no_quotation_marks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
