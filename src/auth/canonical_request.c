#include "auth/canonical_request.h"

#include "auth/query.h"
#include <stdlib.h>

#define PARAMETERS_MAX 128

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* ---- the path */

/* Takes the last segment off what was appended behind `start`. */
static void drop_segment(struct text *out, size_t start)
{
    while (out->len > start && out->ptr[--out->len] != '/')
        ;
}

/* "/a/./b/../c" is "/a/c" (RFC 3986), and doubled slashes are one. What is already escaped is
 * escaped once more, as all services but S3 have it. */
static void append_path(struct text *out, struct bytes path)
{
    size_t start = out->len;
    bool ends_open = true; /* in a slash */

    if (path.len == 0 || path.ptr[0] != '/') {
        query_append_all_escaped(out, path);
        return;
    }
    for (size_t i = 0, end; i < path.len; i = end) {
        for (end = ++i; end < path.len && path.ptr[end] != '/';)
            end++;
        struct bytes segment = bytes_of(path.ptr + i, end - i);
        bool is_up = bytes_equal(segment, BYTES(".."));
        ends_open = segment.len == 0 || is_up || bytes_equal(segment, BYTES("."));
        if (is_up)
            drop_segment(out, start);
        if (ends_open)
            continue;
        text_append_char(out, '/');
        query_append_all_escaped(out, segment);
    }
    if (ends_open)
        text_append_char(out, '/');
}

/* ---- the query */

/* A parameter as it is appended: "name=value" in a text of its own. */
struct pair {
    struct bytes name, value;
};

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *one = a, *other = b;
    int order = bytes_compare(one->name, other->name);

    return order ? order : bytes_compare(one->value, other->value);
}

/* How many there are, or PARAMETERS_MAX + 1. */
static size_t collect_parameters(struct bytes query, struct bytes left_out,
                                 struct query_parameter parameters[PARAMETERS_MAX])
{
    struct query_parameter parameter;
    bool is_left_out = bytes_is_absent(left_out);
    size_t count = 0;

    while (query_next(&query, &parameter)) {
        if (!is_left_out && bytes_equal(parameter.name, left_out)) {
            is_left_out = true;
            continue;
        }
        if (count == PARAMETERS_MAX)
            return PARAMETERS_MAX + 1;
        parameters[count++] = parameter;
    }
    return count;
}

static struct bytes escaped(struct text *scratch, struct bytes sent)
{
    size_t start = scratch->len;

    query_append_escaped(scratch, sent);
    return bytes_of(text_bytes(scratch).ptr + start, scratch->len - start);
}

/* At most three characters come of each that was sent, so that `scratch` need not move. */
static void append_sorted(struct text *out, struct text *scratch,
                          const struct query_parameter *parameters, size_t count)
{
    struct pair pairs[PARAMETERS_MAX];

    for (size_t i = 0; i < count; i++) {
        pairs[i].name = escaped(scratch, parameters[i].name);
        pairs[i].value = escaped(scratch, parameters[i].value);
    }
    qsort(pairs, count, sizeof(pairs[0]), compare_pairs);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            text_append_char(out, '&');
        text_append(out, pairs[i].name);
        text_append_char(out, '=');
        text_append(out, pairs[i].value);
    }
}

static bool append_query(struct text *out, struct bytes query, struct bytes left_out)
{
    struct query_parameter parameters[PARAMETERS_MAX];
    struct text scratch;

    if (query.len == 0)
        return true;
    size_t count = collect_parameters(query, left_out, parameters);
    if (count > PARAMETERS_MAX)
        return false;
    text_init(&scratch, 3 * query.len);
    text_reserve(&scratch, 3 * query.len);
    append_sorted(out, &scratch, parameters, count);
    text_deinit(&scratch);
    return true;
}

/* ---- the headers */

/* Without blanks around it, and with one where there are several. */
static void append_value(struct text *out, struct bytes value)
{
    char *to = text_reserve(out, value.len);
    size_t len = 0;

    if (!to)
        return;
    for (size_t i = 0; i < value.len; i++) {
        if (!is_blank(value.ptr[i]))
            to[len++] = value.ptr[i];
        else if (len > 0 && to[len - 1] != ' ')
            to[len++] = ' ';
    }
    if (len > 0 && to[len - 1] == ' ')
        len--;
    text_grow(out, len);
}

/* One line for all headers of this name. */
static void append_header(struct text *out, const struct signed_request *request, struct bytes name)
{
    bool is_there = false;

    for (size_t i = 0; i < request->header_count; i++) {
        const struct header *header = &request->headers[i];
        if (!header_is(header, name))
            continue;
        if (!is_there)
            text_append(out, name);
        text_append_char(out, is_there ? ',' : ':');
        append_value(out, header->value);
        is_there = true;
    }
    if (is_there)
        text_append_char(out, '\n');
}

static bool append_headers(struct text *out, const struct signed_request *request,
                           struct bytes names)
{
    size_t count = 0;

    while (names.len > 0) {
        const char *end = memchr(names.ptr, ';', names.len);
        struct bytes name = bytes_of(names.ptr, end ? (size_t)(end - names.ptr) : names.len);
        if (count++ == request->header_count)
            return false;
        append_header(out, request, name);
        names = bytes_skip(names, end ? name.len + 1 : name.len);
    }
    return true;
}

bool canonical_request_append(struct text *out, const struct signed_request *request,
                              struct bytes signed_header_names, struct bytes signature_parameter,
                              struct bytes body_digest_hex)
{
    text_append(out, request->method);
    text_append_char(out, '\n');
    append_path(out, request->path);
    text_append_char(out, '\n');
    if (!append_query(out, request->query, signature_parameter))
        return false;
    text_append_char(out, '\n');
    if (!append_headers(out, request, signed_header_names))
        return false;
    text_append_char(out, '\n');
    text_append(out, signed_header_names);
    text_append_char(out, '\n');
    text_append(out, body_digest_hex);
    return !out->overflowed;
}
