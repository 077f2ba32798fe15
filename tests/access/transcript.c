#include "transcript.h"

#include "wire/whole_server.h"
#include <stdio.h>
#include <stdlib.h>

#define TRANSCRIPT_BYTES_MAX ((size_t)64 << 20)

static const char *const made_up[] = { "runId", "taskToken", "nextPageToken", "newExecutionRunId",
                                       "continuedExecutionRunId" };
#define MADE_UP (sizeof(made_up) / sizeof(made_up[0]))

void transcript_init(struct transcript *transcript)
{
    *transcript = (struct transcript){ 0 };
    text_init(&transcript->text, TRANSCRIPT_BYTES_MAX);
}

void transcript_deinit(struct transcript *transcript)
{
    for (int i = 0; i < transcript->value_count; i++)
        free(transcript->values[i]);
    text_deinit(&transcript->text);
}

/* ---- what was made up ---- */

static int find_value(const struct transcript *transcript, struct bytes text)
{
    for (int i = 0; i < transcript->value_count; i++) {
        if (bytes_starts_with(text, bytes_of_cstr(transcript->values[i])))
            return i;
    }
    return -1;
}

/* The value of such a member that begins here, as "runId":"..."; absent: none does. */
static struct bytes value_at(struct bytes text)
{
    char wanted[40];

    for (size_t i = 0; i < MADE_UP; i++) {
        int length = snprintf(wanted, sizeof(wanted), "\"%s\":\"", made_up[i]);
        struct bytes value;
        const char *end;

        if (!bytes_starts_with(text, bytes_of(wanted, (size_t)length)))
            continue;
        value = bytes_skip(text, (size_t)length);
        end = memchr(value.ptr, '"', value.len);
        assert_non_null(end);
        return bytes_of(value.ptr, (size_t)(end - value.ptr));
    }
    return BYTES_ABSENT;
}

static void learn(struct transcript *transcript, struct bytes body)
{
    for (; body.len; body = bytes_skip(body, 1)) {
        struct bytes value = value_at(body);

        if (value.len == 0 || find_value(transcript, value) >= 0)
            continue;
        assert_true(transcript->value_count < TRANSCRIPT_VALUES_MAX);
        transcript->values[transcript->value_count++] = strndup(value.ptr, value.len);
    }
}

static void append_mapped(struct transcript *transcript, struct bytes text)
{
    while (text.len) {
        int found = find_value(transcript, text);

        if (found < 0) {
            text_append_char(&transcript->text, text.ptr[0]);
            text = bytes_skip(text, 1);
            continue;
        }
        text_printf(&transcript->text, "#%d", found);
        text = bytes_skip(text, strlen(transcript->values[found]));
    }
}

/* ---- from outside ---- */

static void append_head(struct transcript *transcript, struct bytes head)
{
    while (head.len) {
        const char *end = memchr(head.ptr, '\n', head.len);
        struct bytes line = bytes_of(head.ptr, (size_t)(end - head.ptr) + 1);

        if (!bytes_starts_with(line, BYTES("x-amzn-RequestId:")))
            text_append(&transcript->text, line);
        head = bytes_skip(head, line.len);
    }
}

void transcript_add(struct transcript *transcript, const char *title, const struct talk *talk)
{
    text_printf(&transcript->text, "== %s\n", title);
    append_head(transcript, talk->head);
    learn(transcript, talk->body);
    append_mapped(transcript, talk->body);
    text_append_char(&transcript->text, '\n');
}

/* The beginning of the answer in which `at` lies, to be shown. */
static struct bytes around(const struct transcript *transcript, size_t at)
{
    struct bytes text = text_bytes(&transcript->text);
    size_t from = at, len;

    while (from > 0 && !bytes_starts_with(bytes_skip(text, from), BYTES("== ")))
        from--;
    text = bytes_skip(text, from);
    len = at - from + 200;
    return bytes_of(text.ptr, len < text.len ? len : text.len);
}

void transcript_expect_same(const struct transcript *a, const struct transcript *b)
{
    struct bytes x = text_bytes(&a->text), y = text_bytes(&b->text);
    size_t same = 0;

    while (same < x.len && same < y.len && x.ptr[same] == y.ptr[same])
        same++;
    if (same < x.len || same < y.len)
        fail_msg("one says\n%.*s\n\nand the other\n%.*s", BYTES_FMT(around(a, same)),
                 BYTES_FMT(around(b, same)));
}
