/*
 * Tokens of further pages: a page belongs to the query that its token was given out for, which is
 * the account, the operation and all that was asked but the size of the page.
 */
#include "oracle_inner.h"

static void leave_out(const struct shape *shape, char *input, const char *name, size_t size)
{
    for (uint16_t i = 0; i < shape->count; i++)
        if (strcmp(shape->members[i].name, name) == 0)
            memset(input + shape->members[i].offset, 0, size);
}

struct bytes query_text(struct oracle *oracle, const struct seen_call *call)
{
    const struct request *request = call->request;
    const struct shape *shape = operation_shapes[request->operation].input;
    char *input = arena_alloc(&oracle->scratch, shape->size);
    struct request query = { .operation = request->operation, .input = input };

    memcpy(input, request->input, shape->size);
    leave_out(shape, input, "nextPageToken", sizeof(struct bytes));
    leave_out(shape, input, "maximumPageSize", sizeof(int32_t));
    text_reset(&oracle->text);
    text_printf(&oracle->text, "%llu %s ", (unsigned long long)call->caller.account,
                operation_names[request->operation]);
    encode_request(&oracle->text, &query);
    return arena_copy(&oracle->scratch, text_bytes(&oracle->text));
}

struct fault page_fault(struct oracle *oracle, const struct seen_call *call, struct bytes token,
                        const struct handed **out)
{
    const struct handed *handed = handed_find(oracle, token);
    int64_t life_ms = (int64_t)oracle->rules.limits.page_token_seconds * 1000;

    *out = NULL;
    if (token.len == 0)
        return NO_FAULT;
    if (handed == NULL || handed->kind != HANDED_PAGE ||
        !bytes_equal(handed->query, query_text(oracle, call)))
        return fault_of(FAULT_VALIDATION, BYTES("Invalid token"));
    if (life_ms && instant_since(oracle->now, handed->issued).ms > life_ms)
        return fault_of(FAULT_VALIDATION,
                        BYTES("Specified token has exceeded its maximum lifetime"));
    *out = handed;
    return NO_FAULT;
}

struct handed *page_new(struct oracle *oracle, const struct seen_call *call)
{
    struct handed *page = arena_new(&oracle->scratch, struct handed);

    page->kind = HANDED_PAGE;
    page->text = reply_text(oracle, call->reply, "nextPageToken");
    page->query = query_text(oracle, call);
    page->issued = oracle->now;
    return page;
}
