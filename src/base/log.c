/*
 * A line is put together on the stack and handed to the system in one write, so lines of several
 * threads never mix. It fits into PIPE_BUF; a value that is too long is cut, a field that does not
 * fit any more is left out and the line says so.
 */
#include "base/log.h"

#include "base/instant.h"
#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES_MAX 4096
#define VALUE_BYTES_MAX 1024 /* as written, escapes included */

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug",
    [LOG_INFO] = "info",
    [LOG_WARN] = "warn",
    [LOG_ERROR] = "error",
};
#define LEVEL_COUNT (sizeof(level_names) / sizeof(level_names[0]))
static_assert(LEVEL_COUNT == LOG_OFF, "a name for every level");

static const char ending[] = " truncated=true\n";

struct line {
    char text[LINE_BYTES_MAX];
    size_t len;
    bool full; /* something did not fit; `text` may end anywhere */
};

static atomic_int lowest_level = LOG_INFO;

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&lowest_level, (int)level, memory_order_relaxed);
}

bool log_parse_level(struct bytes text, enum log_level *out)
{
    for (size_t i = 0; i < LEVEL_COUNT; i++) {
        if (bytes_equal_cstr(text, level_names[i])) {
            *out = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static void put(struct line *line, struct bytes b)
{
    if (b.len > sizeof(line->text) - sizeof(ending) - line->len)
        line->full = true;
    if (line->full || b.len == 0)
        return;
    memcpy(line->text + line->len, b.ptr, b.len);
    line->len += b.len;
}

static void put_cstr(struct line *line, const char *text)
{
    put(line, bytes_of_cstr(text));
}

/* May this byte stand in a value that has no quotes? */
static bool is_plain(unsigned char c)
{
    return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\';
}

static bool needs_quotes(struct bytes value)
{
    if (value.len == 0 || value.len > VALUE_BYTES_MAX)
        return true;
    for (size_t i = 0; i < value.len; i++)
        if (!is_plain((unsigned char)value.ptr[i]))
            return true;
    return false;
}

/* The letter that stands after a backslash for `c`, or 0 when there is none. */
static char letter_for(unsigned char c)
{
    switch (c) {
    case '"':
    case '\\':
        return (char)c;
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

/* Writes one byte of a quoted value into `out`, which has room for four; returns the length. Beyond
 * ASCII everything is escaped too: some of it controls terminals or turns the direction of the text
 * around. */
static size_t escape(unsigned char c, char *out)
{
    static const char hex[] = "0123456789abcdef";

    out[0] = '\\';
    out[1] = letter_for(c);
    if (out[1])
        return 2;
    if (c >= ' ' && c < 0x7f) {
        out[0] = (char)c;
        return 1;
    }
    out[1] = 'x';
    out[2] = hex[c >> 4];
    out[3] = hex[c & 15];
    return 4;
}

static void put_quoted(struct line *line, struct bytes value)
{
    size_t written = 0;

    put_cstr(line, "\"");
    for (size_t i = 0; i < value.len; i++) {
        char escaped[4];
        size_t len = escape((unsigned char)value.ptr[i], escaped);
        if (written + len > VALUE_BYTES_MAX) {
            put_cstr(line, "...");
            break;
        }
        put(line, bytes_of(escaped, len));
        written += len;
    }
    put_cstr(line, "\"");
}

static void put_value(struct line *line, const struct log_field *field)
{
    if (bytes_is_absent(field->text)) {
        char digits[24];
        int len = snprintf(digits, sizeof(digits), "%lld", (long long)field->number);
        put(line, bytes_of(digits, (size_t)len));
    } else if (needs_quotes(field->text)) {
        put_quoted(line, field->text);
    } else {
        put(line, field->text);
    }
}

static void put_field(struct line *line, const struct log_field *field)
{
    put_cstr(line, " ");
    put_cstr(line, field->key);
    put_cstr(line, "=");
    put_value(line, field);
}

static void put_time(struct line *line)
{
    struct timespec now = { 0 };
    struct instant at;
    char text[25];

    clock_gettime(CLOCK_REALTIME, &now);
    at.ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    instant_format_iso(at, text);
    put_cstr(line, "time=");
    put_cstr(line, text);
}

static void put_fields(struct line *line, const struct log_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t whole = line->len;
        put_field(line, &fields[i]);
        if (line->full) {
            line->len = whole;
            return;
        }
    }
}

static void end_line(struct line *line)
{
    /* put always leaves room for the longer of the two endings. */
    const char *end = line->full ? ending : "\n";
    size_t len = strlen(end);
    memcpy(line->text + line->len, end, len);
    line->len += len;
}

void log_line(enum log_level level, const char *message, const struct log_field *fields,
              size_t count)
{
    int errno_before = errno; /* callers look at errno after they logged */
    struct line line;

    if ((int)level < atomic_load_explicit(&lowest_level, memory_order_relaxed))
        return;
    line.len = 0;
    line.full = false;
    put_time(&line);
    put_cstr(&line, " level=");
    put_cstr(&line, level_names[level]);
    put_cstr(&line, " msg=");
    put_quoted(&line, bytes_of_cstr(message));
    put_fields(&line, fields, count);
    end_line(&line);
    while (write(STDERR_FILENO, line.text, line.len) < 0 && errno == EINTR)
        ;
    errno = errno_before;
}

bool log_may_say(struct log_pace *pace, const char *message)
{
    struct timespec now = { 0 };
    int64_t before = atomic_load(&pace->second), left_out;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (before != now.tv_sec && atomic_compare_exchange_strong(&pace->second, &before, now.tv_sec))
        atomic_store(&pace->lines, 0);
    if (atomic_fetch_add(&pace->lines, 1) >= LOG_LINES_A_SECOND) {
        atomic_fetch_add(&pace->left_out, 1);
        return false;
    }
    left_out = atomic_exchange(&pace->left_out, 0);
    if (left_out > 0)
        log_error("lines were left out, for there were too many in a second",
                  LOG_CSTR("saying", message), LOG_NUMBER("lines", left_out));
    return true;
}
