#include "bench/reply.h"

#define BODY_BYTES_MAX ((size_t)64 << 20)

/* The value of a header line, without blanks before it; false when the line is of another name. */
static bool is_header(struct bytes line, struct bytes name, struct bytes *value)
{
    if (line.len <= name.len || line.ptr[name.len] != ':' ||
        !bytes_equal_ignoring_case(bytes_of(line.ptr, name.len), name))
        return false;
    *value = bytes_skip(line, name.len + 1);
    while (value->len && value->ptr[0] == ' ')
        *value = bytes_skip(*value, 1);
    return true;
}

static bool read_line(struct bytes line, struct reply_head *out, bool *has_length)
{
    struct bytes value;
    unsigned long long number;

    if (is_header(line, BYTES("content-length"), &value)) {
        *has_length = bytes_parse_u64(value, &number) && number <= BODY_BYTES_MAX;
        out->body_len = (size_t)number;
        return *has_length;
    }
    if (is_header(line, BYTES("connection"), &value))
        out->closes = bytes_equal_ignoring_case(value, BYTES("close"));
    return true;
}

static bool read_head(struct bytes head, struct reply_head *out)
{
    bool has_length = false;

    if (head.len < 14 || memcmp(head.ptr, "HTTP/1.1 ", 9) != 0)
        return false;
    for (int i = 9; i < 12; i++) {
        if (head.ptr[i] < '0' || head.ptr[i] > '9')
            return false;
        out->status = out->status * 10 + (head.ptr[i] - '0');
    }
    for (;;) {
        const char *end = memmem(head.ptr, head.len, "\r\n", 2);
        size_t len = end ? (size_t)(end - head.ptr) : 0;

        if (len == 0)
            return has_length;
        if (!read_line(bytes_of(head.ptr, len), out, &has_length))
            return false;
        head = bytes_skip(head, len + 2);
    }
}

enum reply_state reply_read(struct bytes arrived, struct reply_head *out)
{
    const char *end = arrived.len ? memmem(arrived.ptr, arrived.len, "\r\n\r\n", 4) : NULL;

    *out = (struct reply_head){ 0 };
    if (end == NULL)
        return arrived.len > 65536 ? REPLY_BROKEN : REPLY_PARTIAL;
    out->len = (size_t)(end - arrived.ptr) + 4;
    if (!read_head(bytes_of(arrived.ptr, out->len), out))
        return REPLY_BROKEN;
    return arrived.len - out->len >= out->body_len ? REPLY_WHOLE : REPLY_PARTIAL;
}
