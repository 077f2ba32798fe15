/*
 * A policy document and a question to it. Lines before the document: the action, the resource, then
 * "key=value" for the context, up to an empty line.
 *
 * What denies denies in company too, and a policy that is there twice says what it says once.
 */
#include "target.h"

#include "auth/evaluate.h"

#define ERROR_BYTES_MAX ((size_t)1 << 20)

struct question {
    struct arena arena;
    struct context context;
    struct access access;
};

static void read_question(struct question *question, struct bytes *input)
{
    struct bytes line;

    context_init(&question->context, &question->arena);
    question->access = (struct access){ .context = &question->context };
    question->access.action = take_until(input, '\n');
    question->access.resource = take_until(input, '\n');
    while ((line = take_until(input, '\n')).len) {
        struct bytes name = take_until(&line, '=');
        context_add(&question->context, name, line);
    }
}

static enum verdict ask(const struct policy *const *policies, size_t count,
                        const struct access *access)
{
    const struct policy_set set = { policies, count };
    const struct permissions permissions = { { [LAYER_IDENTITY] = &set } };

    return evaluate(&permissions, access).verdict;
}

static enum verdict ask_bounded(const struct policy *policy, const struct access *access)
{
    const struct policy *const policies[] = { policy };
    const struct policy_set set = { policies, 1 };
    const struct permissions permissions = {
        { [LAYER_IDENTITY] = &set, [LAYER_BOUNDARY] = &set, [LAYER_SESSION] = &set }
    };

    return evaluate(&permissions, access).verdict;
}

static void judge(struct json_reader *reader, const struct policy *policy,
                  const struct access *access, struct text *error)
{
    struct policy *all = policy_parse(
        reader, BYTES("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"),
        error);
    const struct policy *const twice[] = { policy, policy, all };
    enum verdict alone = ask(twice, 1, access);

    ensure(all != NULL);
    ensure(ask(twice, 2, access) == alone);
    ensure(ask_bounded(policy, access) == alone);
    ensure(ask(twice, 3, access) == (alone == DENIED_EXPLICITLY ? DENIED_EXPLICITLY : ALLOWED));
    policy_free(all);
}

static void run(struct bytes input)
{
    struct json_reader *reader = json_reader_new();
    struct question question;
    struct policy *policy;
    struct text error;

    text_init(&error, ERROR_BYTES_MAX);
    arena_init(&question.arena, "question", 16 << 20);
    read_question(&question, &input);
    policy = policy_parse(reader, input, &error);
    ensure((policy == NULL) == (error.len > 0));
    ensure(error.len == 0 || memchr(error.ptr, '\n', error.len) == NULL);
    if (policy)
        judge(reader, policy, &question.access, &error);
    policy_free(policy);
    arena_deinit(&question.arena);
    text_deinit(&error);
    json_reader_free(reader);
}

const struct target target_policy = { "policy", run };
