#include "story.h"

#include <ctype.h>
#include <string.h>

static struct bytes take_until(const char **at, const char *ends)
{
    size_t len = strcspn(*at, ends);
    struct bytes word = bytes_of(*at, len);

    *at += len;
    return word;
}

static bool is_any(struct bytes name, const char *const *names)
{
    for (; *names; names++) {
        if (bytes_equal_cstr(name, *names))
            return true;
    }
    return false;
}

static bool ends_with(struct bytes text, const char *ending)
{
    size_t len = strlen(ending);

    return text.len >= len && memcmp(text.ptr + text.len - len, ending, len) == 0;
}

static void write_pair(struct bytes value, const char *first, const char *second, struct text *out)
{
    size_t slash = bytes_find_last(value, '/');
    struct bytes rest = slash < value.len ? bytes_skip(value, slash + 1) : BYTES("");

    text_printf(out, "{\"%s\":\"%.*s\",\"%s\":\"%.*s\"}", first, (int)slash, value.ptr, second,
                BYTES_FMT(rest));
}

static void write_value(struct bytes name, struct bytes value, struct text *out)
{
    static const char *const types[] = { "workflowType", "activityType", NULL };
    static const char *const runs[] = { "workflowExecution", "externalWorkflowExecution",
                                        "parentWorkflowExecution", NULL };

    if (ends_with(name, "EventId"))
        text_append(out, value);
    else if (bytes_equal_cstr(name, "taskList"))
        text_printf(out, "{\"name\":\"%.*s\"}", BYTES_FMT(value));
    else if (is_any(name, types))
        write_pair(value, "name", "version", out);
    else if (is_any(name, runs))
        write_pair(value, "workflowId", "runId", out);
    else
        text_printf(out, "\"%.*s\"", BYTES_FMT(value));
}

static void write_members(const char **at, struct text *out)
{
    const char *comma = "";

    while (**at == ' ') {
        *at += 1;
        struct bytes name = take_until(at, "=");
        *at += 1;
        struct bytes value = take_until(at, " \n");
        text_printf(out, "%s\"%.*s\":", comma, BYTES_FMT(name));
        write_value(name, value, out);
        comma = ",";
    }
}

static void write_line(const char **at, int number, struct text *out)
{
    struct bytes id = BYTES_ABSENT;

    if (**at == '#') {
        *at += 1;
        id = take_until(at, " ");
        *at += 1;
    }
    struct bytes seconds = take_until(at, " ");
    *at += 1;
    struct bytes type = take_until(at, " \n");
    if (id.len)
        text_printf(out, "{\"eventId\":%.*s", BYTES_FMT(id));
    else
        text_printf(out, "{\"eventId\":%d", number);
    text_printf(out, ",\"eventTimestamp\":%.*s,\"eventType\":\"%.*s\",\"%c%.*sEventAttributes\":{",
                BYTES_FMT(seconds), BYTES_FMT(type), tolower((unsigned char)type.ptr[0]),
                BYTES_FMT(bytes_skip(type, 1)));
    write_members(at, out);
    text_append_cstr(out, "}}");
}

void story_write(const char *lines, struct text *out)
{
    text_append_cstr(out, "{\"events\":[");
    for (int number = 1; *lines; number++) {
        if (number > 1)
            text_append_char(out, ',');
        write_line(&lines, number, out);
        if (*lines == '\n')
            lines++;
    }
    text_append_cstr(out, "]}");
}
