#include "auth/signed_request.h"

bool header_is(const struct header *header, struct bytes name)
{
    return bytes_equal_ignoring_case(header->name, name);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct bytes header_value(const struct header *header)
{
    struct bytes value = header->value;

    while (value.len > 0 && is_blank(value.ptr[value.len - 1]))
        value.len--;
    while (value.len > 0 && is_blank(value.ptr[0]))
        value = bytes_skip(value, 1);
    return value;
}

struct bytes signed_request_header(const struct signed_request *request, struct bytes name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (header_is(&request->headers[i], name))
            return header_value(&request->headers[i]);
    return BYTES_ABSENT;
}
