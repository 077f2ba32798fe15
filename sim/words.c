#include "words.h"

#include "base/memory.h"
#include "wire/encode.h"

#define TEXT_BYTES_MAX ((size_t)1 << 20)

const char *const decision_lists[DECISION_LISTS] = { "deciders", "others", "host" };
const char *const activity_lists[ACTIVITY_LISTS] = { "workers", "shippers" };
const char *const domains[DOMAINS] = { "d", "e" };

/* ---- small things that calls are made of */

struct bytes pick(struct people *people, const char *const *words, size_t count)
{
    return bytes_of_cstr(words[below(people, count)]);
}

struct bytes numbered(struct people *people, const char *prefix, uint64_t bound)
{
    return arena_printf(people->arena, "%s%llu", prefix, (unsigned long long)below(people, bound));
}

struct bytes maybe_text(struct people *people, const char *prefix, uint64_t n)
{
    return below(people, n) ? BYTES_ABSENT : numbered(people, prefix, 1000);
}

struct bytes a_workflow(struct people *people)
{
    return numbered(people, "w", people->mix->workflows);
}

struct bytes a_domain(struct people *people)
{
    switch (below(people, 60)) {
    case 0:
        return BYTES("nowhere");
    case 1:
    case 2:
    case 3:
        return BYTES("e");
    default:
        return BYTES("d");
    }
}

const struct task_list *list_named(struct people *people, struct bytes name)
{
    struct task_list *list = arena_new(people->arena, struct task_list);

    list->name = name;
    return list;
}

const struct task_list *maybe_list(struct people *people, const char *const *names, size_t count)
{
    return below(people, 4) ? NULL : list_named(people, pick(people, names, count));
}

struct bytes maybe_seconds(struct people *people)
{
    if (happens(people, people->mix->short_time))
        return PICK(people, "0", "1", "2", "5", "10", "20", "30", "60");
    return below(people, 3) ? BYTES_ABSENT : PICK(people, "300", "600", "3600", "NONE");
}

struct bytes maybe_life(struct people *people)
{
    if (happens(people, people->mix->short_time) && below(people, 3) == 0)
        return PICK(people, "0", "5", "30", "100", "300");
    return below(people, 3) ? BYTES_ABSENT : PICK(people, "1000", "3600", "86400");
}

struct bytes maybe_priority(struct people *people)
{
    return below(people, 3) ? BYTES_ABSENT
                            : PICK(people, "-5", "0", "1", "7", "2147483647", "-2147483648");
}

enum child_policy maybe_policy(struct people *people)
{
    return below(people, 2) ? CHILD_POLICY_ABSENT : (enum child_policy)(1 + below(people, 3));
}

struct bytes_list maybe_tags(struct people *people)
{
    size_t count = below(people, 4);
    struct bytes *tags = arena_array(people->arena, struct bytes, count);

    for (size_t i = 0; i < count; i++)
        tags[i] = numbered(people, "t", 3);
    return count ? (struct bytes_list){ tags, count } : (struct bytes_list){ NULL, 0 };
}

/* Most leave it out. */
struct bytes maybe_role(struct people *people)
{
    return below(people, 6) ? BYTES_ABSENT : BYTES("arn:aws:iam::123456789012:role/given");
}

int32_t maybe_page_size(struct people *people, uint64_t most)
{
    return (int32_t)(below(people, 3) == 0 ? 0 : 1 + below(people, most));
}

const struct workflow_type *a_workflow_type(struct people *people)
{
    struct workflow_type *type = arena_new(people->arena, struct workflow_type);

    type->name = below(people, 10) ? BYTES("order") : PICK(people, "bare", "old", "none", "role");
    type->version = below(people, 4) ? BYTES("1") : BYTES("2");
    return type;
}

const struct activity_type *an_activity_type(struct people *people)
{
    struct activity_type *type = arena_new(people->arena, struct activity_type);

    type->name = below(people, 12) ? BYTES("ship") : PICK(people, "bare", "old", "none");
    type->version = below(people, 4) ? BYTES("1") : BYTES("2");
    return type;
}

const struct workflow_type *workflow_type_of(struct people *people, const char *name,
                                             const char *version)
{
    struct workflow_type *type = arena_new(people->arena, struct workflow_type);

    *type = (struct workflow_type){ bytes_of_cstr(name), bytes_of_cstr(version) };
    return type;
}

const struct activity_type *activity_type_of(struct people *people, const char *name,
                                             const char *version)
{
    struct activity_type *type = arena_new(people->arena, struct activity_type);

    *type = (struct activity_type){ bytes_of_cstr(name), bytes_of_cstr(version) };
    return type;
}

/* A copy: the book is written over. */
const struct workflow_execution *an_address(struct people *people)
{
    struct workflow_execution *address = arena_new(people->arena, struct workflow_execution);

    *address = people->address_count ? people->addresses[below(people, people->address_count)]
                                     : (struct workflow_execution){ BYTES("w0"), BYTES("nobody") };
    return address;
}

void remember(struct people *people, struct bytes workflow_id, struct bytes run_id)
{
    size_t place = people->address_count < ADDRESSES_MAX ? people->address_count++
                                                         : below(people, ADDRESSES_MAX);

    people->addresses[place] = (struct workflow_execution){ workflow_id, run_id };
}

struct bytes a_run_of(struct people *people, struct bytes *workflow_id)
{
    const struct workflow_execution *address = an_address(people);

    if (below(people, 3)) {
        *workflow_id = a_workflow(people);
        return BYTES_ABSENT;
    }
    *workflow_id = address->workflow_id;
    return address->run_id;
}

/* ---- calls */

struct ask *ask_new(struct people *people, enum operation operation, const void *input)
{
    struct ask *ask = arena_new(people->arena, struct ask);

    ask->number = ++people->asks;
    ask->request.operation = operation;
    ask->request.input = input;
    ask->caller = (struct who){ accounts[0], RIGHTS_ALL };
    return ask;
}

struct bytes padded(struct people *people, struct bytes body)
{
    char *copy = arena_alloc(people->arena, body.len + JSON_PADDING);

    memcpy(copy, body.ptr, body.len);
    return bytes_of(copy, body.len);
}

struct ask *ask_write(struct people *people, struct ask *ask)
{
    struct text text;

    text_init(&text, TEXT_BYTES_MAX);
    encode_request(&text, &ask->request);
    ask->body = padded(people, text_bytes(&text));
    text_deinit(&text);
    return ask;
}

struct ask *ask_of(struct people *people, enum operation operation, const void *input)
{
    return ask_write(people, ask_new(people, operation, input));
}
