#include "auth/presigned.h"

#include "auth/query.h"

enum parameter {
    ALGORITHM,
    CREDENTIAL,
    SIGNATURE,
    SIGNED_HEADERS,
    DATE,
    NEEDED_COUNT, /* those above, in the order in which they are missed */
    EXPIRES = NEEDED_COUNT,
    SECURITY_TOKEN,
    PARAMETER_COUNT,
};

static const char *const names[PARAMETER_COUNT] = {
    [ALGORITHM] = "X-Amz-Algorithm",
    [CREDENTIAL] = "X-Amz-Credential",
    [SIGNATURE] = PRESIGNED_SIGNATURE,
    [SIGNED_HEADERS] = "X-Amz-SignedHeaders",
    [DATE] = "X-Amz-Date",
    [EXPIRES] = "X-Amz-Expires",
    [SECURITY_TOKEN] = "X-Amz-Security-Token",
};

bool presigned_is(struct bytes query, struct arena *arena)
{
    struct query_parameter parameter;

    while (query_next(&query, &parameter))
        if (bytes_equal_cstr(query_decode(arena, parameter.name), names[ALGORITHM]))
            return true;
    return false;
}

/* The first of each name counts. */
static void take_values(struct bytes query, struct arena *arena,
                        struct bytes values[PARAMETER_COUNT])
{
    struct query_parameter parameter;

    while (query_next(&query, &parameter)) {
        struct bytes name = query_decode(arena, parameter.name);
        for (int i = 0; i < PARAMETER_COUNT; i++)
            if (bytes_is_absent(values[i]) && bytes_equal_cstr(name, names[i]))
                values[i] = query_decode(arena, parameter.value);
    }
}

static struct fault check_complete(const struct bytes values[PARAMETER_COUNT], struct arena *arena)
{
    struct bytes missing = BYTES("");

    for (int i = 0; i < NEEDED_COUNT; i++)
        if (values[i].len == 0)
            missing = arena_printf(arena, "%.*sAWS query-string parameters must include '%s'. ",
                                   BYTES_FMT(missing), names[i]);
    if (missing.len == 0)
        return NO_FAULT;
    return fault_of(
        FAULT_INCOMPLETE_SIGNATURE,
        arena_printf(arena, "%.*sRe-examine the query-string parameters.", BYTES_FMT(missing)));
}

struct fault presigned_read(struct bytes query, struct arena *arena, struct authorization *out)
{
    struct bytes values[PARAMETER_COUNT] = { 0 };

    take_values(query, arena, values);
    *out = (struct authorization){
        .scheme = SIGNATURE_V4,
        .is_in_query = true,
        .algorithm = values[ALGORITHM],
        .credential = values[CREDENTIAL],
        .signed_header_names = values[SIGNED_HEADERS],
        .signature = values[SIGNATURE],
        .date = values[DATE],
        .date_is_amz = true,
        .expires = values[EXPIRES],
        .security_token = values[SECURITY_TOKEN],
    };
    return check_complete(values, arena);
}
