/*
 * The library is http-parser. It stops by itself at the end of the headers (we pause it there) and
 * starts afresh for each request, so none of its body handling is used.
 *
 * Debian builds it without HTTP_PARSER_STRICT: it takes a space inside a header's name and a NUL
 * inside its value, does not insist on the last line feed, and forgives bare line feeds everywhere.
 * What it forgives, some proxy in front of us may read in another way; two readings of one request
 * are how requests are smuggled. Hence check_lines and on_name.
 */
#include "net/http_head.h"

#include "base/memory.h"
#include <assert.h>
#include <http_parser.h>
#include <pthread.h>

static const struct bytes header_names[] = {
    [HEADER_HOST] = BYTES("host"),
    [HEADER_CONTENT_TYPE] = BYTES("content-type"),
    [HEADER_X_AMZ_TARGET] = BYTES("x-amz-target"),
    [HEADER_AUTHORIZATION] = BYTES("authorization"),
    [HEADER_X_AMZN_AUTHORIZATION] = BYTES("x-amzn-authorization"),
    [HEADER_X_AMZ_DATE] = BYTES("x-amz-date"),
    [HEADER_DATE] = BYTES("date"),
    [HEADER_X_AMZ_SECURITY_TOKEN] = BYTES("x-amz-security-token"),
    [HEADER_EXPECT] = BYTES("expect"),
    [HEADER_TRANSFER_ENCODING] = BYTES("transfer-encoding"),
};
static_assert(sizeof(header_names) / sizeof(header_names[0]) == HEADER_COUNT, "a name for each");

#define FIELDS_ROOM_MIN 16u /* what a usual SDK sends */

static struct http_head *head_of(const http_parser *parser)
{
    return parser->data;
}

/* For callbacks: stops the library. */
static int refuse(struct http_head *head, int status)
{
    head->refusal = status;
    return -1;
}

/* Adds a piece to `span`. The piece lies in the bytes that are being read, which will be appended
 * to `text`. Pieces of one thing follow each other without a gap, because folded lines are
 * refused. */
static int keep(struct http_head *head, struct http_span *span, const char *at, size_t len)
{
    if (!span->seen)
        *span = (struct http_span){
            .start = head->text.len + (size_t)(at - head->reading),
            .seen = true,
        };
    span->len += len;
    return 0;
}

static int on_url(http_parser *parser, const char *at, size_t len)
{
    struct http_head *head = head_of(parser);

    return keep(head, &head->url, at, len);
}

static struct http_field *last_field(struct http_head *head)
{
    return &head->fields[head->lines - 1];
}

static int begin_line(struct http_head *head)
{
    if (head->lines == head->limits.header_lines_max)
        return refuse(head, 431);
    if (head->lines == head->fields_room) {
        head->fields_room = head->fields_room ? head->fields_room * 2 : FIELDS_ROOM_MIN;
        head->fields = memory_resize(head->fields, head->fields_room * sizeof(head->fields[0]));
    }
    head->lines++;
    *last_field(head) = (struct http_field){ 0 };
    return 0;
}

/* A piece of a header's name. */
static int on_name(http_parser *parser, const char *at, size_t len)
{
    struct http_head *head = head_of(parser);

    if ((head->lines == 0 || last_field(head)->value.seen) && begin_line(head))
        return -1;
    if (memchr(at, ' ', len))
        return refuse(head, 400);
    return keep(head, &last_field(head)->name, at, len);
}

static struct bytes at_span(const struct http_head *head, const struct http_span *span)
{
    return bytes_of(text_bytes(&head->text).ptr + span->start, span->len);
}

static enum http_header find_header(struct bytes name)
{
    int i = 0;
    while (i < HEADER_COUNT && !bytes_equal_ignoring_case(name, header_names[i]))
        i++;
    return (enum http_header)i;
}

/* A piece of a header's value; at least one comes for each header, if only an empty one. */
static int on_value(http_parser *parser, const char *at, size_t len)
{
    struct http_head *head = head_of(parser);

    return keep(head, &last_field(head)->value, at, len);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void trim(const struct http_head *head, struct http_span *span)
{
    const char *text = text_bytes(&head->text).ptr;

    while (span->len > 0 && is_blank(text[span->start + span->len - 1]))
        span->len--;
    for (; span->len > 0 && is_blank(text[span->start]); span->start++)
        span->len--;
}

/* Notes where each known header is. False when one is there twice: a proxy that goes by the other
 * of the two would read another request. */
static bool index_fields(struct http_head *head)
{
    for (uint32_t i = 0; i < head->lines; i++) {
        enum http_header header = find_header(at_span(head, &head->fields[i].name));
        trim(head, &head->fields[i].value);
        if (header == HEADER_COUNT)
            continue;
        if (head->values[header].seen)
            return false;
        head->values[header] = head->fields[i].value;
    }
    return true;
}

static int on_complete(http_parser *parser)
{
    struct http_head *head = head_of(parser);

    head->complete = true;
    http_parser_pause(parser, 1);
    return 0;
}

static const http_parser_settings callbacks = {
    .on_url = on_url,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_headers_complete = on_complete,
};

/* The library bounds heads by itself, at 80 kB and for the whole process. Ours is the bound that
 * counts. */
static void lift_bound_of_library(void)
{
    http_parser_set_max_header_size(UINT32_MAX);
}

void http_head_init(struct http_head *head, const struct http_limits *limits)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, lift_bound_of_library);
    *head = (struct http_head){ .limits = *limits };
    head->parser = memory_new(sizeof(*head->parser));
    text_init(&head->text, limits->header_bytes_max);
    http_head_reset(head);
}

void http_head_deinit(struct http_head *head)
{
    memory_free(head->parser);
    memory_free(head->fields);
    text_deinit(&head->text);
    *head = (struct http_head){ 0 };
}

void http_head_reset(struct http_head *head)
{
    text_reset(&head->text);
    *head = (struct http_head){
        .limits = head->limits,
        .parser = head->parser,
        .text = head->text,
        .fields = head->fields,
        .fields_room = head->fields_room,
    };
    http_parser_init(head->parser, HTTP_REQUEST);
    head->parser->data = head;
}

/* Only a line break and a tab may stand among the characters. */
static bool is_control(char c)
{
    return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f;
}

/* How many characters at the beginning are certainly neither controls nor tabs; there may be
 * more. */
static size_t count_plain(const char *at, size_t len)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    size_t count = 0;

    for (uint64_t word; count + sizeof(word) <= len; count += sizeof(word)) {
        memcpy(&word, at + count, sizeof(word));
        uint64_t below_space = word - ones * ' ', above_tilde = word + ones;
        if ((below_space | above_tilde) & ~word & tops)
            break;
    }
    return count;
}

/* Every line ends with CR LF, no line is continued by the next, and there is no NUL, at which some
 * reader would end a value. */
static bool check_lines(const struct http_head *head, struct bytes data)
{
    char before = head->last;

    for (size_t i = 0; i < data.len; before = data.ptr[i++]) {
        if (before != '\r' && before != '\n') {
            i += count_plain(data.ptr + i, data.len - i);
            if (i == data.len)
                break;
        }
        char c = data.ptr[i];
        if ((before == '\r') != (c == '\n'))
            return false;
        if (before == '\n' && (c == ' ' || c == '\t'))
            return false;
        if (is_control(c) && c != '\r' && c != '\n')
            return false;
    }
    return true;
}

static enum http_verb verb_of(const http_parser *parser)
{
    switch (parser->method) {
    case HTTP_GET:
        return VERB_GET;
    case HTTP_HEAD:
        return VERB_HEAD;
    case HTTP_POST:
        return VERB_POST;
    default:
        return VERB_OTHER;
    }
}

/* How long is the body? 0, or the status with which to refuse. */
static int frame(struct http_head *head)
{
    bool coded = head->values[HEADER_TRANSFER_ENCODING].seen;
    uint64_t length = head->parser->content_length;

    if (coded) {
        struct bytes coding = http_head_value(head, HEADER_TRANSFER_ENCODING);
        if (head->is_http_1_0 || !bytes_equal_ignoring_case(coding, BYTES("chunked")))
            return 400;
        head->chunked = true;
        return 0;
    }
    head->content_length = length == UINT64_MAX ? 0
                                                : length; /* the library's word for "not given" */
    uint64_t room = head->limits.request_bytes_max;
    return head->content_length > room || head->bytes > room - head->content_length ? 413 : 0;
}

static int expect(struct http_head *head)
{
    if (!head->values[HEADER_EXPECT].seen || head->is_http_1_0)
        return 0;
    if (!bytes_equal_ignoring_case(http_head_value(head, HEADER_EXPECT), BYTES("100-continue")))
        return 417;
    head->continues = true;
    return 0;
}

/* Checks that the library leaves to us. */
static int conclude(struct http_head *head)
{
    const http_parser *parser = head->parser;

    if (head->last != '\n')
        return 400;
    if (parser->http_major != 1)
        return 505;
    head->verb = verb_of(parser);
    head->is_http_1_0 = parser->http_minor == 0;
    head->keeps_alive = http_should_keep_alive(parser);
    if (!index_fields(head))
        return 400;
    if (!head->values[HEADER_HOST].seen && !head->is_http_1_0)
        return 400;
    int status = frame(head);
    return status ? status : expect(head);
}

/* What the library made of the bytes, as a status: 0 is fine. */
static int verdict(const struct http_head *head)
{
    if (head->refusal)
        return head->refusal;
    switch (HTTP_PARSER_ERRNO(head->parser)) {
    case HPE_OK:
    case HPE_PAUSED:
        return 0;
    default:
        return 400;
    }
}

int http_head_read(struct http_head *head, struct bytes data, size_t *used)
{
    size_t room = head->limits.header_bytes_max - head->bytes;
    size_t len = data.len < room ? data.len : room;

    ensure(!head->complete && !head->refusal);
    head->reading = data.ptr;
    size_t parsed = http_parser_execute(head->parser, &callbacks, data.ptr, len);
    int status = verdict(head);
    if (status)
        return status;
    /* The library pauses on the last line feed and leaves it to its next call; there is none, so it
     * is counted here. */
    *used = head->complete ? parsed + 1 : len;
    if (!check_lines(head, bytes_of(data.ptr, *used)))
        return 400;
    text_append(&head->text, bytes_of(data.ptr, *used));
    head->bytes += (uint32_t)*used;
    if (*used > 0)
        head->last = data.ptr[*used - 1];
    if (head->complete)
        return conclude(head);
    return head->bytes == head->limits.header_bytes_max ? 431 : 0;
}

struct bytes http_head_value(const struct http_head *head, enum http_header header)
{
    const struct http_span *span = &head->values[header];

    return span->seen ? at_span(head, span) : BYTES_ABSENT;
}

struct http_line http_head_line(const struct http_head *head, uint32_t i)
{
    ensure(i < head->lines);
    return (struct http_line){
        .name = at_span(head, &head->fields[i].name),
        .value = at_span(head, &head->fields[i].value),
    };
}

struct bytes http_head_method(const struct http_head *head)
{
    return bytes_of_cstr(http_method_str((enum http_method)head->parser->method));
}

/* "/path?query" out of that, or out of "http://host/path?query" as clients write for proxies; the
 * path may be empty there. */
static struct bytes target_of(const struct http_head *head)
{
    const struct bytes scheme = BYTES("http://");
    struct bytes target = at_span(head, &head->url);
    size_t start = scheme.len;

    if (target.len < start || !bytes_equal_ignoring_case(bytes_of(target.ptr, start), scheme))
        return target;
    while (start < target.len && target.ptr[start] != '/' && target.ptr[start] != '?')
        start++;
    return bytes_skip(target, start);
}

struct bytes http_head_path(const struct http_head *head)
{
    struct bytes path = target_of(head);
    const char *mark = memchr(path.ptr, '?', path.len);

    if (mark)
        path.len = (size_t)(mark - path.ptr);
    return path.len > 0 ? path : BYTES("/");
}

struct bytes http_head_query(const struct http_head *head)
{
    struct bytes target = target_of(head);
    const char *mark = memchr(target.ptr, '?', target.len);

    return mark ? bytes_skip(target, (size_t)(mark + 1 - target.ptr)) : BYTES_ABSENT;
}
