#include "auth/pattern.h"

#include "bench.h"

static struct pattern pattern_of(struct bench *bench, const char *text)
{
    struct pattern pattern = { 0 };
    const char *problem;

    if (!pattern_compile(&bench->arena, bytes_of_cstr(text),
                         (struct pattern_syntax){ .wildcards = true, .variables = true }, &pattern,
                         &problem))
        fail_msg("%s: %s", text, problem);
    return pattern;
}

static bool matches(struct bench *bench, const char *text, const char *subject)
{
    struct pattern pattern = pattern_of(bench, text);

    return pattern_matches(&pattern, &bench->context, bytes_of_cstr(subject), false);
}

static bool matches_arn(struct bench *bench, const char *text, const char *arn)
{
    struct pattern pattern = pattern_of(bench, text);

    return pattern_matches_arn(&pattern, &bench->context, bytes_of_cstr(arn));
}

static void wildcards_stand_for_characters(void **state)
{
    assert_true(matches(*state, "", ""));
    assert_false(matches(*state, "", "a"));
    assert_true(matches(*state, "*", ""));
    assert_true(matches(*state, "***", "abc"));
    assert_true(matches(*state, "a*c", "ac"));
    assert_true(matches(*state, "a*c", "abcbc"));
    assert_false(matches(*state, "a*c", "abcb"));
    assert_true(matches(*state, "a?c", "abc"));
    assert_false(matches(*state, "a?c", "ac"));
    assert_false(matches(*state, "A", "a"));
    assert_true(matches(*state, "*ab*ab*", "aabxab"));
    assert_false(matches(*state, "*ab*ab*", "aabxa"));
}

static void one_character_may_be_several_bytes(void **state)
{
    assert_true(matches(*state, "?", "\xc3\xa4"));
    assert_true(matches(*state, "a?b",
                        "a\xf0\x9f\x98\x80"
                        "b"));
    assert_false(matches(*state, "??", "\xc3\xa4"));
    assert_false(matches(*state, "*??", "\xe2\x82\xac"));
    assert_true(matches(*state, "*?\xc3\xa4", "\xc3\xa4\xc3\xa4"));
}

static void case_is_ignored_on_request(void **state)
{
    struct bench *bench = *state;
    struct pattern pattern = pattern_of(bench, "SWF:Start*");

    assert_true(pattern_matches(&pattern, NULL, BYTES("swf:starttimer"), true));
    assert_false(pattern_matches(&pattern, NULL, BYTES("swf:starttimer"), false));
}

static void variables_stand_for_values_literally(void **state)
{
    struct bench *bench = *state;

    bench_add(bench, "aws:username", "b*b");
    bench_add(bench, "aws:userid", "");
    bench_add(bench, "aws:TagKeys", "one");
    bench_add(bench, "aws:TagKeys", "two");
    assert_true(matches(bench, "x-${AWS:UserName}", "x-b*b"));
    assert_false(matches(bench, "x-${aws:username}", "x-bob"));
    assert_true(matches(bench, "${aws:userid}", ""));
    assert_true(matches(bench, "*${aws:username}*", "<b*b>"));
    assert_false(matches(bench, "*${nothing}*", "anything"));
    assert_false(matches(bench, "${aws:TagKeys}", "one"));
    assert_true(matches(bench, "${aws:TagKeys, 'none'}", "none"));
    assert_true(matches(bench, "${nothing,'*}'}", "*}"));
    assert_false(matches(bench, "${nothing,'*}'}", "x}"));
    assert_true(matches(bench, "${ aws:username , 'x' }", "b*b"));
}

static void escapes_are_the_characters(void **state)
{
    assert_true(matches(*state, "${*}${?}${$}{x}", "*?${x}"));
    assert_false(matches(*state, "${*}", "x"));
    assert_true(matches(*state, "$", "$"));
    assert_true(matches(*state, "$x{y}", "$x{y}"));
}

static void arns_match_part_by_part(void **state)
{
    static const char shop[] = "arn:aws:swf:us-east-1:123456789012:/domain/shop";

    assert_true(matches_arn(*state, shop, shop));
    assert_true(matches_arn(*state, "arn:aws:swf:*:123456789012:/domain/*", shop));
    assert_true(matches_arn(*state, "arn:*:s?f:*:*:*", shop));
    assert_false(matches_arn(*state, "arn:aws:swf:*:/domain/shop", shop));
    assert_false(matches_arn(*state, "arn:aws:swf:*:/domain/*:*", shop));
    assert_false(matches_arn(*state, "arn:aws:swf:*", shop));
    assert_false(matches_arn(*state, "arn:aws:swf:us-east-1:123456789012:/domain/Shop", shop));
    assert_true(matches_arn(*state, "*", "whatever it is"));
    assert_true(matches_arn(*state, "**", "whatever it is"));
    assert_false(matches_arn(*state, "*:*:*:*:*:*", "a:b:c:d:e"));
    /* The last part takes all colons that are left. */
    assert_true(matches_arn(*state, "arn:aws:x:::a*d", "arn:aws:x:::a:b:c:d"));
    assert_true(matches_arn(*state, "arn:aws:x:::a:b:*", "arn:aws:x:::a:b:c:d"));
}

static void the_value_of_a_variable_may_be_several_parts(void **state)
{
    struct bench *bench = *state;

    bench_add(bench, "aws:PrincipalArn", "arn:aws:iam::1:user/bob");
    assert_true(matches_arn(bench, "${aws:PrincipalArn}", "arn:aws:iam::1:user/bob"));
    assert_false(matches_arn(bench, "${aws:PrincipalArn}", "arn:aws:iam::1:user/eve"));
}

/* With stars that each try everything this would take longer than there is time. */
static void many_stars_cost_little(void **state)
{
    struct bench *bench = *state;
    struct text pattern, subject;

    text_init(&pattern, 1 << 16);
    text_init(&subject, 1 << 16);
    for (int i = 0; i < 2000; i++) {
        text_append_cstr(&pattern, "*a");
        text_append_cstr(&subject, "aaa");
    }
    text_append_cstr(&pattern, "*b");
    text_append_char(&pattern, '\0');
    text_append_char(&subject, '\0');
    assert_false(matches(bench, pattern.ptr, subject.ptr));
    text_deinit(&pattern);
    text_deinit(&subject);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(wildcards_stand_for_characters),
        test(one_character_may_be_several_bytes),
        test(case_is_ignored_on_request),
        test(variables_stand_for_values_literally),
        test(escapes_are_the_characters),
        test(arns_match_part_by_part),
        test(the_value_of_a_variable_may_be_several_parts),
        test(many_stars_cost_little),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
