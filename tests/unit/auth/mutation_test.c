/*
 * Documents broken in many small ways: whatever comes of them is a policy that can be asked, or a
 * refusal of one line; and the sanitizers have nothing to say. Seeded, so every run is the same.
 */
#include "bench.h"

#include "base/random.h"

#define ROUNDS 30000
#define SEED 0x7ea5eed

static const char *const seeds[] = {
    "{\"Version\":\"2012-10-17\",\"Id\":\"i\",\"Statement\":[{\"Sid\":\"A1\",\"Effect\":\"Allow\","
    "\"Action\":[\"swf:*\",\"*\"],\"Resource\":\"arn:aws:swf:*:1:/domain/${aws:username, 'x'}*\","
    "\"Condition\":{\"StringLikeIfExists\":{\"aws:username\":[\"${aws:userid}\",\"a?${*}\"]},"
    "\"ForAllValues:StringEquals\":{\"aws:TagKeys\":[\"a\",\"b\"]},\"Null\":{\"k\":true}}}]}",
    "{\"Statement\":{\"Effect\":\"Deny\",\"NotAction\":\"swf:Get*\",\"NotResource\":[\"*\"],"
    "\"Condition\":{\"NumericLessThan\":{\"n\":-1.5},\"DateGreaterThan\":{\"aws:CurrentTime\":"
    "\"2026-11-27T10:02:54.5+01:00\"},\"IpAddress\":{\"aws:SourceIp\":[\"::ffff:10.0.0.0/104\","
    "\"2001:db8::/32\"]},\"BinaryEquals\":{\"b\":\"a2V5\"},\"Bool\":{\"k\":\"true\"},"
    "\"ArnNotLike\":{\"aws:PrincipalArn\":\"arn:*:iam::1:user/*\"}}}}",
};

static const char *const pieces[] = {
    "{",           "}",
    "[",           "]",
    ",",           ":",
    "\"",          "\\",
    "null",        "true",
    "1e308",       "-1",
    "0.5",         "\"\"",
    "{}",          "[]",
    "\"*\"",       "*",
    "?",           "${",
    "$",           "${*}",
    "'",           "\xff",
    "\\u0000",     "\\ud800",
    "/33",         "IfExists",
    "For",         "Not",
    "\"Effect\":", " ",
    "\n",          "99999999999999999999",
    "\xc3\xa4",
};

static struct bytes some_of(struct random_sequence *random, const char *const *texts, size_t count)
{
    return bytes_of_cstr(texts[random_below(random, count)]);
}

/* A seed with some of its bytes taken out, and a piece or none put in their place, a few times. */
static struct bytes broken(struct random_sequence *random, struct arena *arena)
{
    struct bytes text = some_of(random, seeds, sizeof(seeds) / sizeof(seeds[0]));

    for (uint64_t i = 0; i <= random_below(random, 3); i++) {
        struct bytes piece = random_below(random, 3)
                                 ? some_of(random, pieces, sizeof(pieces) / sizeof(pieces[0]))
                                 : BYTES("");
        size_t at = (size_t)random_below(random, text.len + 1);
        size_t taken = (size_t)random_below(random, 4);
        if (taken > text.len - at)
            taken = text.len - at;
        struct bytes rest = bytes_skip(text, at + taken);
        struct bytes before = bytes_of(text.ptr, at);
        char *joined = arena_alloc_text(arena, at + piece.len + rest.len + 1);
        memcpy(joined, before.ptr, at);
        memcpy(joined + at, piece.ptr, piece.len);
        memcpy(joined + at + piece.len, rest.ptr, rest.len);
        text = bytes_of(joined, at + piece.len + rest.len);
    }
    return text;
}

static void ask(struct bench *bench, const struct policy *policy)
{
    static const char *const actions[] = { "swf:StartTimer", "swf:GetWorkflowExecutionHistory",
                                           "" };

    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        struct judgement judgement = bench_judge(bench, policy, actions[i],
                                                 "arn:aws:swf:r:1:/domain/b*b");
        assert_true((judgement.policy == NULL) == (judgement.verdict == DENIED_BY_DEFAULT));
    }
}

static void whatever_is_written_is_read_or_refused(void **state)
{
    struct random_sequence random = { SEED };
    struct bench *bench = *state;
    size_t read = 0, refused = 0, not_json = 0;
    struct arena arena;

    bench_add(bench, "aws:username", "b*b");
    bench_add(bench, "aws:TagKeys", "a");
    bench_add(bench, "aws:TagKeys", "\xff");
    bench_add(bench, "aws:SourceIp", "10.0.0.1");
    bench_add(bench, "n", "-2");
    bench_add(bench, "aws:CurrentTime", "2026-11-27T10:02:54Z");
    arena_init(&arena, "round", 1 << 20);
    for (int i = 0; i < ROUNDS; i++) {
        text_reset(&bench->error);
        struct policy *policy = policy_parse(bench->reader, broken(&random, &arena), &bench->error);
        struct bytes error = text_bytes(&bench->error);
        assert_true((policy != NULL) == (error.len == 0));
        assert_null(memchr(error.ptr ? error.ptr : "", '\n', error.len));
        read += policy != NULL;
        not_json += bytes_starts_with(error, BYTES("line "));
        refused += !policy && !bytes_starts_with(error, BYTES("line "));
        if (policy)
            ask(bench, policy);
        policy_free(policy);
        arena_reset(&arena);
    }
    arena_deinit(&arena);
    /* All three happen, or the breaking is too coarse or too fine. */
    assert_true(read > ROUNDS / 50 && refused > ROUNDS / 50 && not_json > ROUNDS / 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(whatever_is_written_is_read_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
