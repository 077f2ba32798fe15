#include "target.h"

#include "base/memory.h"

const struct target *const targets[] = {
    &target_http,      &target_json,   &target_operation,
    &target_signature, &target_policy, &target_identities,
    &target_token,     &target_record, &target_store,
    &target_history,   NULL,
};

const struct target *target_find(const char *name)
{
    for (size_t i = 0; targets[i]; i++) {
        if (strcmp(targets[i]->name, name) == 0)
            return targets[i];
    }
    return NULL;
}

uint8_t take_u8(struct bytes *input)
{
    uint8_t value = input->len ? (uint8_t)input->ptr[0] : 0;

    *input = bytes_skip(*input, input->len ? 1 : 0);
    return value;
}

uint64_t take_u64(struct bytes *input)
{
    uint64_t value = 0;

    for (int i = 0; i < 8; i++)
        value = value << 8 | take_u8(input);
    return value;
}

struct bytes take_bytes(struct bytes *input, size_t count)
{
    struct bytes taken = bytes_of(input->ptr, count < input->len ? count : input->len);

    *input = bytes_skip(*input, taken.len);
    return taken;
}

struct bytes take_until(struct bytes *input, char end)
{
    const char *at = input->len ? memchr(input->ptr, end, input->len) : NULL;
    struct bytes taken = take_bytes(input, at ? (size_t)(at - input->ptr) : input->len);

    if (at)
        *input = bytes_skip(*input, 1);
    return taken;
}

char *exact_copy(struct bytes input)
{
    char *copy = memory_new(input.len ? input.len : 1);

    if (input.len)
        memcpy(copy, input.ptr, input.len);
    return copy;
}
