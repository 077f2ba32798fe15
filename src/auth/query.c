#include "auth/query.h"

#include "base/ascii.h"

/* "%2F" at `at`: the byte that it stands for, or -1. */
static int escape_at(struct bytes b, size_t at)
{
    if (b.ptr[at] != '%' || b.len - at < 3)
        return -1;
    int high = ascii_hex_value(b.ptr[at + 1]), low = ascii_hex_value(b.ptr[at + 2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static bool is_unreserved(char c)
{
    return ascii_is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

bool query_next(struct bytes *rest, struct query_parameter *out)
{
    while (rest->len > 0 && rest->ptr[0] == '&')
        *rest = bytes_skip(*rest, 1);
    if (rest->len == 0)
        return false;
    const char *end = memchr(rest->ptr, '&', rest->len);
    struct bytes whole = bytes_of(rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len);
    const char *equal = memchr(whole.ptr, '=', whole.len);
    size_t name_len = equal ? (size_t)(equal - whole.ptr) : whole.len;
    out->name = bytes_of(whole.ptr, name_len);
    out->value = bytes_skip(whole, equal ? name_len + 1 : name_len);
    *rest = bytes_skip(*rest, whole.len);
    return true;
}

struct bytes query_decode(struct arena *arena, struct bytes sent)
{
    if (sent.len == 0 || !memchr(sent.ptr, '%', sent.len))
        return sent;
    char *decoded = arena_alloc_text(arena, sent.len);
    size_t len = 0;
    for (size_t i = 0; i < sent.len; i++) {
        int byte = escape_at(sent, i);
        decoded[len++] = byte < 0 ? sent.ptr[i] : (char)byte;
        i += byte < 0 ? 0 : 2;
    }
    return bytes_of(decoded, len);
}

static void append_escape(struct text *out, char c)
{
    static const char digits[] = "0123456789ABCDEF";
    const char escape[] = { '%', digits[(unsigned char)c >> 4], digits[(unsigned char)c & 15] };

    text_append(out, bytes_of(escape, sizeof(escape)));
}

/* Runs of what needs no escape are appended at once. */
static void append(struct text *out, struct bytes b, bool keeps_escapes)
{
    size_t start = 0;

    for (size_t i = 0; i < b.len; i++) {
        if (is_unreserved(b.ptr[i]) || (keeps_escapes && escape_at(b, i) >= 0))
            continue;
        text_append(out, bytes_of(b.ptr + start, i - start));
        append_escape(out, b.ptr[i]);
        start = i + 1;
    }
    text_append(out, bytes_skip(b, start));
}

void query_append_escaped(struct text *out, struct bytes sent)
{
    append(out, sent, true);
}

void query_append_all_escaped(struct text *out, struct bytes b)
{
    append(out, b, false);
}
