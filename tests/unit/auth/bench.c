#include "bench.h"

#include "base/memory.h"

int bench_setup(void **state)
{
    struct bench *bench = memory_new(sizeof(*bench));

    bench->reader = json_reader_new();
    arena_init(&bench->arena, "test", (size_t)16 << 20);
    text_init(&bench->error, 4096);
    context_init(&bench->context, &bench->arena);
    *state = bench;
    return 0;
}

int bench_teardown(void **state)
{
    struct bench *bench = *state;

    while (bench->policy_count > 0)
        policy_free(bench->policies[--bench->policy_count]);
    text_deinit(&bench->error);
    arena_deinit(&bench->arena);
    json_reader_free(bench->reader);
    memory_free(bench);
    return 0;
}

static struct bytes quoted(struct bench *bench, const char *document)
{
    struct bytes text = arena_copy(&bench->arena, bytes_of_cstr(document));
    char *characters = (char *)text.ptr;

    for (size_t i = 0; i < text.len; i++)
        characters[i] = (char)(characters[i] == '\''  ? '"'
                               : characters[i] == '`' ? '\''
                                                      : characters[i]);
    return text;
}

const struct policy *bench_policy(struct bench *bench, const char *document)
{
    text_reset(&bench->error);
    struct policy *policy = policy_parse(bench->reader, quoted(bench, document), &bench->error);
    if (!policy)
        fail_msg("%s\nrefused: %.*s", document, BYTES_FMT(text_bytes(&bench->error)));
    assert_true(bench->policy_count < BENCH_POLICIES_MAX);
    bench->policies[bench->policy_count++] = policy;
    return policy;
}

void bench_refused(struct bench *bench, const char *document, const char *error)
{
    text_reset(&bench->error);
    struct policy *policy = policy_parse(bench->reader, quoted(bench, document), &bench->error);
    if (policy)
        fail_msg("not refused: %s", document);
    assert_text(text_bytes(&bench->error), error);
}

void bench_add(struct bench *bench, const char *key, const char *value)
{
    context_add(&bench->context, bytes_of_cstr(key), bytes_of_cstr(value));
}

void bench_clear(struct bench *bench)
{
    context_init(&bench->context, &bench->arena);
}

struct judgement bench_judge(struct bench *bench, const struct policy *policy, const char *action,
                             const char *resource)
{
    struct policy_set identity = { &policy, 1 };

    return evaluate(
        &(struct permissions){ .layers = { &identity } },
        &(struct access){ bytes_of_cstr(action), bytes_of_cstr(resource), &bench->context });
}

bool bench_holds(struct bench *bench, const char *version, const char *condition)
{
    struct bytes document = arena_printf(
        &bench->arena,
        "{'Version':'%s','Statement':{'Effect':'Allow','Action':'*','Resource':'*',"
        "'Condition':%s}}%c",
        version, condition, '\0');

    return bench_judge(bench, bench_policy(bench, document.ptr), "swf:ListDomains", "arn")
               .verdict == ALLOWED;
}

void assert_text(struct bytes actual, const char *expected)
{
    if (bytes_is_absent(actual) != (expected == NULL) || !bytes_equal_cstr(actual, expected))
        fail_msg("\n got: %.*s\nwant: %s", BYTES_FMT(actual), expected ? expected : "(absent)");
}
