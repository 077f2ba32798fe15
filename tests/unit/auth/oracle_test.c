/*
 * The judgements of src/auth against those of oracle.py, which shares nothing with it: some hundred
 * thousand drawn requests, and documents that must be refused.
 *
 * `oracle_test 7` draws with seed 7. The seed is printed, and so is how often each thing was drawn;
 * what was never drawn fails the test.
 */
#include "auth/evaluate.h"
#include "base/memory.h"
#include "base/random.h"
#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
/* after its prerequisites */
#include <cmocka.h>

#define SCRIPT "tests/unit/auth/oracle.py"
#define POLICY_SETS 13000
#define REQUESTS_PER_SET 8
#define POLICIES_MAX 8

static unsigned long long seed;

struct bench {
    struct json_reader *lines, *documents;
    struct arena arena; /* of one line */
    struct text error;
    char *line;
    size_t line_size;
    size_t compared, refused, counted;
    struct bytes whole_line; /* for messages */
};

/* ---- reading lines */

static struct json_value member_of(struct json_value object, const char *name)
{
    struct json_cursor cursor = json_walk(object);
    struct json_value value;
    struct bytes key;

    while (json_next_member(&cursor, &key, &value))
        if (bytes_equal_cstr(key, name))
            return value;
    fail_msg("no member %s", name);
    return value;
}

/* The items of an array; at most `max`. */
static size_t items_of(struct json_value array, struct json_value *items, size_t max)
{
    struct json_cursor cursor = json_walk(array);
    size_t count = 0;

    while (json_next_item(&cursor, &items[count < max ? count : max - 1]))
        count++;
    assert_true(count < max);
    return count;
}

/* ---- a case */

/* The policies of a line, layer by layer. */
struct layers {
    struct policy *policies[LAYER_COUNT][POLICIES_MAX];
    struct policy_set sets[LAYER_COUNT];
    struct permissions permissions;
};

static struct policy *parsed(struct bench *bench, struct bytes text)
{
    text_reset(&bench->error);
    struct policy *policy = policy_parse(bench->documents, text, &bench->error);
    if (!policy)
        fail_msg("seed %llu: refused: %.*s\n%.*s", seed, BYTES_FMT(text_bytes(&bench->error)),
                 BYTES_FMT(text));
    return policy;
}

static void read_layers(struct bench *bench, struct json_value array, struct layers *out)
{
    struct json_value sets[LAYER_COUNT + 1], texts[POLICIES_MAX];

    *out = (struct layers){ 0 };
    assert_int_equal(items_of(array, sets, LAYER_COUNT + 1), LAYER_COUNT);
    for (size_t i = 0; i < LAYER_COUNT; i++) {
        if (json_kind(sets[i]) == JSON_NULL)
            continue;
        size_t count = items_of(sets[i], texts, POLICIES_MAX);
        for (size_t j = 0; j < count; j++)
            out->policies[i][j] = parsed(bench, json_string(texts[j]));
        out->sets[i] = (struct policy_set){ (const struct policy *const *)out->policies[i], count };
        out->permissions.layers[i] = &out->sets[i];
    }
}

static void free_layers(struct layers *layers)
{
    for (size_t i = 0; i < LAYER_COUNT; i++)
        for (size_t j = 0; j < POLICIES_MAX; j++)
            policy_free(layers->policies[i][j]);
}

static void read_context(struct json_value pairs, struct context *out)
{
    struct json_cursor cursor = json_walk(pairs);
    struct json_value pair, parts[3], values[8];

    while (json_next_item(&cursor, &pair)) {
        assert_int_equal(items_of(pair, parts, 3), 2);
        size_t count = items_of(parts[1], values, 8);
        for (size_t i = 0; i < count; i++)
            context_add(out, json_string(parts[0]), json_string(values[i]));
    }
}

/* "VERDICT layer policy statement sid", with a dash for what there is none of. */
static struct bytes describe(struct arena *arena, struct judgement judgement)
{
    static const char *const verdicts[] = {
        [ALLOWED] = "ALLOWED",
        [DENIED_EXPLICITLY] = "DENIED_EXPLICITLY",
        [DENIED_BY_DEFAULT] = "DENIED_BY_DEFAULT",
    };

    if (!judgement.policy)
        return arena_printf(arena, "%s %d - - -", verdicts[judgement.verdict], judgement.layer);
    return arena_printf(arena, "%s %d %zu %zu %.*s", verdicts[judgement.verdict], judgement.layer,
                        judgement.policy_index, judgement.statement_index,
                        BYTES_FMT(bytes_or(judgement.sid, BYTES("-"))));
}

static struct bytes expected(struct arena *arena, struct json_value expect)
{
    struct json_value parts[6];

    assert_int_equal(items_of(expect, parts, 6), 5);
    struct bytes out = json_string(parts[0]);
    for (size_t i = 1; i < 5; i++) {
        if (json_kind(parts[i]) == JSON_INTEGER)
            out = arena_printf(arena, "%.*s %lld", BYTES_FMT(out),
                               (long long)json_integer(parts[i]));
        else if (json_kind(parts[i]) == JSON_STRING)
            out = arena_printf(arena, "%.*s %.*s", BYTES_FMT(out),
                               BYTES_FMT(json_string(parts[i])));
        else
            out = arena_printf(arena, "%.*s -", BYTES_FMT(out));
    }
    return out;
}

static void compare(struct bench *bench, const struct layers *layers, struct json_value request)
{
    struct context context;

    context_init(&context, &bench->arena);
    if (permissions_have_keys(&layers->permissions))
        read_context(member_of(request, "context"), &context);
    struct access access = {
        .action = json_string(member_of(request, "action")),
        .resource = json_string(member_of(request, "resource")),
        .context = &context,
    };
    struct bytes ours = describe(&bench->arena, evaluate(&layers->permissions, &access));
    struct bytes theirs = expected(&bench->arena, member_of(request, "expect"));
    if (!bytes_equal(ours, theirs))
        fail_msg("seed %llu: %.*s on %.*s: %.*s is not %.*s\n%.*s", seed, BYTES_FMT(access.action),
                 BYTES_FMT(access.resource), BYTES_FMT(ours), BYTES_FMT(theirs),
                 BYTES_FMT(bench->whole_line));
    bench->compared++;
}

/* ---- lines */

static void check_refused(struct bench *bench, struct bytes text)
{
    text_reset(&bench->error);
    struct policy *policy = policy_parse(bench->documents, text, &bench->error);
    if (policy)
        fail_msg("seed %llu: not refused: %.*s", seed, BYTES_FMT(text));
    struct bytes error = text_bytes(&bench->error);
    assert_true(error.len > 0);
    assert_null(memchr(error.ptr, '\n', error.len));
    bench->refused++;
}

static void check_counts(struct bench *bench, struct json_value counts)
{
    struct json_cursor cursor = json_walk(counts);
    struct json_value count;
    struct bytes name;
    bool all = true;

    while (json_next_member(&cursor, &name, &count)) {
        printf("%8lld %.*s\n", (long long)json_integer(count), BYTES_FMT(name));
        all = all && json_integer(count) > 0;
        bench->counted++;
    }
    if (!all)
        fail_msg("seed %llu: something was never drawn", seed);
}

static void check_line(struct bench *bench, struct json_value line)
{
    struct json_cursor cursor = json_walk(line);
    struct json_value value, request;
    struct layers layers;
    struct bytes name;

    assert_true(json_next_member(&cursor, &name, &value));
    if (bytes_equal(name, BYTES("refused"))) {
        check_refused(bench, json_string(value));
    } else if (bytes_equal(name, BYTES("counts"))) {
        check_counts(bench, value);
    } else {
        read_layers(bench, value, &layers);
        struct json_cursor requests = json_walk(member_of(line, "requests"));
        while (json_next_item(&requests, &request))
            compare(bench, &layers, request);
        free_layers(&layers);
    }
    arena_reset(&bench->arena);
}

static void judgements_are_those_of_the_oracle(void **state)
{
    struct bench bench = { .lines = json_reader_new(), .documents = json_reader_new() };
    char command[200];
    ssize_t len;

    (void)state;
    arena_init(&bench.arena, "line", (size_t)16 << 20);
    text_init(&bench.error, 4096);
    snprintf(command, sizeof(command), "python3 %s %llu %d %d", SCRIPT, seed, POLICY_SETS,
             REQUESTS_PER_SET);
    FILE *oracle = popen(command, "r");
    assert_non_null(oracle);
    while ((len = getline(&bench.line, &bench.line_size, oracle)) > 0) {
        struct json_value root;
        bench.whole_line = bytes_of(bench.line, (size_t)len);
        assert_true(json_parse(bench.lines, bench.whole_line, &root));
        check_line(&bench, root);
    }
    assert_int_equal(pclose(oracle), 0);
    printf("%zu judgements compared, %zu documents refused\n", bench.compared, bench.refused);
    assert_int_equal(bench.compared, POLICY_SETS * REQUESTS_PER_SET);
    assert_true(bench.refused > 0 && bench.counted > 0);
    free(bench.line);
    text_deinit(&bench.error);
    arena_deinit(&bench.arena);
    json_reader_free(bench.documents);
    json_reader_free(bench.lines);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judgements_are_those_of_the_oracle),
    };
    uint32_t drawn;

    random_system(&drawn, sizeof(drawn));
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : drawn;
    printf("seed %llu\n", seed);
    if (access(SCRIPT, R_OK) != 0) {
        printf("run me from the top of the tree\n");
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
