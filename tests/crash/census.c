#include "census.h"

#include "history/attribute.h"
#include "judged.h"

#include "wire/decoder.h"
#include "wire/encode.h"
#include "wire/json.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ARENA_BYTES_MAX ((size_t)512 << 20)
#define PAGE 300 /* so that there are several */

static const struct instant beginning = { 0 };
static const struct execution_time_filter ever = { .oldest_date = &beginning };

void census_init(struct census *census, struct bytes domain)
{
    *census = (struct census){ .domain = domain };
    arena_init(&census->arena, "census", ARENA_BYTES_MAX);
}

void census_deinit(struct census *census)
{
    arena_deinit(&census->arena);
}

static void complain(struct census *census, const char *format, ...)
{
    va_list arguments;

    if (census->problem[0])
        return;
    va_start(arguments, format);
    vsnprintf(census->problem, sizeof census->problem, format, arguments);
    va_end(arguments);
}

static bool is_well(const struct census *census)
{
    return census->problem[0] == '\0';
}

/* A call that was made after the answer to another is taken by a later turn. */
void census_let_settle(struct caller *caller, struct bytes domain, unsigned turns)
{
    struct describe_domain_input input = { .name = domain };

    for (unsigned i = 0; i < turns; i++) {
        caller_reset(caller);
        (void)caller_call(caller, OPERATION_DESCRIBE_DOMAIN, &input);
    }
}

/* ---- lists */

static void read_names(struct census *census, struct json_value value, struct census_row *row)
{
    struct json_cursor members = json_walk(value);
    struct bytes name;

    while (json_next_member(&members, &name, &value)) {
        if (bytes_equal_cstr(name, "workflowId"))
            row->workflow_id = arena_copy(&census->arena, json_string(value));
        else if (bytes_equal_cstr(name, "runId"))
            row->run_id = arena_copy(&census->arena, json_string(value));
    }
}

static enum close_status close_status_of(struct bytes name)
{
    for (int i = 1; i <= CLOSE_STATUS_COUNT; i++)
        if (bytes_equal_cstr(name, close_status_names[i]))
            return (enum close_status)i;
    return CLOSE_STATUS_ABSENT;
}

static void make_room(struct census *census)
{
    size_t room = census->room ? census->room * 2 : 64;
    struct census_row *rows = arena_array(&census->arena, struct census_row, room);

    if (census->count)
        memcpy(rows, census->rows, census->count * sizeof *rows);
    census->rows = rows;
    census->room = room;
}

static void read_row(struct census *census, struct json_value value)
{
    struct census_row row = { 0 };
    struct json_cursor members = json_walk(value);
    struct bytes name;

    while (json_next_member(&members, &name, &value)) {
        if (bytes_equal_cstr(name, "execution"))
            read_names(census, value, &row);
        else if (bytes_equal_cstr(name, "executionStatus"))
            row.is_open = bytes_equal_cstr(json_string(value), "OPEN");
        else if (bytes_equal_cstr(name, "closeStatus"))
            row.close_status = close_status_of(json_string(value));
        else if (bytes_equal_cstr(name, "startTimestamp"))
            row.started = instant_of_seconds(json_number(value));
        else if (bytes_equal_cstr(name, "closeTimestamp"))
            row.closed = instant_of_seconds(json_number(value));
    }
    if (census->count == census->room)
        make_room(census);
    census->rows[census->count++] = row;
}

static void read_rows(struct census *census, struct json_reader *reader, struct bytes body)
{
    struct json_value root, value, item;
    struct bytes name;

    if (!json_parse(reader, body, &root) || json_kind(root) != JSON_OBJECT) {
        complain(census, "a list is no JSON");
        return;
    }
    struct json_cursor members = json_walk(root);
    while (json_next_member(&members, &name, &value)) {
        if (!bytes_equal_cstr(name, "executionInfos"))
            continue;
        struct json_cursor items = json_walk(value);
        while (json_next_item(&items, &item))
            read_row(census, item);
    }
}

/* One page; its token for the next, absent at the end. */
static struct bytes list_page(struct census *census, struct caller *caller,
                              struct json_reader *reader, bool open, struct bytes token)
{
    struct list_closed_workflow_executions_input closed_input = { .domain = census->domain,
                                                                  .start_time_filter = &ever,
                                                                  .next_page_token = token,
                                                                  .maximum_page_size = PAGE,
                                                                  .reverse_order = true };
    struct list_open_workflow_executions_input open_input = { .domain = census->domain,
                                                              .start_time_filter = &ever,
                                                              .next_page_token = token,
                                                              .maximum_page_size = PAGE,
                                                              .reverse_order = true };
    enum outcome outcome = open ? caller_call(caller, OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS,
                                              &open_input)
                                : caller_call(caller, OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS,
                                              &closed_input);

    if (outcome != DONE) {
        complain(census, "a list cannot be read: %.*s %s", BYTES_FMT(caller->reply.fault),
                 client_problem(caller->client));
        return BYTES_ABSENT;
    }
    read_rows(census, reader, caller->reply.body);
    return ((const struct workflow_execution_infos *)caller->reply.output)->next_page_token;
}

static void list_all(struct census *census, struct caller *caller, bool open)
{
    struct json_reader *reader = json_reader_new();
    struct bytes token = BYTES_ABSENT;
    size_t from = census->count;

    do
        token = list_page(census, caller, reader, open, token);
    while (token.len > 0);
    json_reader_free(reader);
    for (size_t i = from; i < census->count; i++)
        if (census->rows[i].is_open != open)
            complain(census, "run %.*s is in the wrong list", BYTES_FMT(census->rows[i].run_id));
}

/* ---- counts */

static void check_count(struct census *census, struct caller *caller, const char *what,
                        enum operation operation, const void *input, size_t listed)
{
    if (caller_call(caller, operation, input) != DONE) {
        complain(census, "%s cannot be counted", what);
        return;
    }
    const struct workflow_execution_count *count = caller->reply.output;
    if ((size_t)count->count != listed || count->truncated)
        complain(census, "%s: %d are counted, %zu listed", what, count->count, listed);
}

static size_t rows_of_status(const struct census *census, enum close_status status)
{
    size_t rows = 0;

    for (size_t i = 0; i < census->count; i++)
        rows += census->rows[i].close_status == status;
    return rows;
}

static void check_counts(struct census *census, struct caller *caller)
{
    struct count_open_workflow_executions_input open = { .domain = census->domain,
                                                         .start_time_filter = &ever };
    struct count_closed_workflow_executions_input closed = { .domain = census->domain,
                                                             .start_time_filter = &ever };

    check_count(census, caller, "open runs", OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS, &open,
                census->open_count);
    check_count(census, caller, "closed runs", OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS, &closed,
                census->count - census->open_count);
    for (int i = 1; i <= CLOSE_STATUS_COUNT; i++) {
        struct close_status_filter filter = { (enum close_status)i };
        closed.close_status_filter = &filter;
        check_count(census, caller, close_status_names[i],
                    OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS, &closed,
                    rows_of_status(census, filter.status));
    }
}

static int by_run_id(const void *a, const void *b)
{
    const struct census_row *const *one = a, *const *other = b;

    return bytes_compare((*one)->run_id, (*other)->run_id);
}

static void check_once(struct census *census)
{
    const struct census_row **sorted = arena_array(&census->arena, const struct census_row *,
                                                   census->count + 1);

    for (size_t i = 0; i < census->count; i++)
        sorted[i] = &census->rows[i];
    qsort(sorted, census->count, sizeof(const struct census_row *), by_run_id);
    for (size_t i = 1; i < census->count; i++)
        if (bytes_equal(sorted[i - 1]->run_id, sorted[i]->run_id))
            complain(census, "run %.*s is listed twice", BYTES_FMT(sorted[i]->run_id));
}

bool census_list(struct census *census, struct caller *caller)
{
    census->count = 0;
    list_all(census, caller, false);
    size_t closed = census->count;
    list_all(census, caller, true);
    census->open_count = census->count - closed;
    if (is_well(census))
        check_counts(census, caller);
    if (is_well(census))
        check_once(census);
    return is_well(census);
}

/* ---- histories */

const char *census_row_differs(const struct census_row *row, const struct history_sum *sum)
{
    if (row->is_open != sum->is_open || row->close_status != sum->close_status)
        return "its list says another status than its history";
    if (row->started.ms != sum->started.ms || row->closed.ms != sum->closed.ms)
        return "its list says other times than its history";
    return NULL;
}

static void read_run(struct census *census, struct caller *caller, const struct census_row *row,
                     struct told_run *told)
{
    struct workflow_execution names = { row->workflow_id, row->run_id };
    struct history_sum sum;
    struct event *events;
    const char *wrong;

    *told = (struct told_run){ .domain = census->domain,
                               .workflow_id = row->workflow_id,
                               .run_id = row->run_id };
    const struct workflow_execution_detail *detail = caller_describe(caller, census->domain,
                                                                     &names);
    if (!detail ||
        caller_read_history(caller, census->domain, &names, 0, &events, &told->count) != DONE) {
        complain(census, "run %.*s of %.*s cannot be read: %.*s", BYTES_FMT(row->run_id),
                 BYTES_FMT(row->workflow_id), BYTES_FMT(caller->reply.fault));
        return;
    }
    told->events = events;
    wrong = judged_history(events, told->count, detail, &sum, &caller->arena);
    if (!wrong)
        wrong = census_row_differs(row, &sum);
    if (wrong)
        complain(census, "run %.*s of %.*s: %s", BYTES_FMT(row->run_id),
                 BYTES_FMT(row->workflow_id), wrong);
}

bool census_read(struct census *census, struct caller *caller)
{
    struct text problem;

    census->told = arena_array(&census->arena, struct told_run, census->count + 1);
    for (size_t i = 0; i < census->count && is_well(census); i++)
        read_run(census, caller, &census->rows[i], &census->told[i]);
    if (!is_well(census))
        return false;
    text_init(&problem, sizeof census->problem);
    if (!histories_agree(census->told, census->count, true, &problem))
        complain(census, "%.*s", BYTES_FMT(text_bytes(&problem)));
    text_deinit(&problem);
    return is_well(census);
}

/* ---- telling */

/* Members whose value is another in each telling: numbers of events, times, run ids, payloads. */
static bool is_masked(struct bytes name)
{
    static const char *const ends[] = { "ventId", "unId", "imestamp", "executionContext", "input" };

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t len = strlen(ends[i]);
        if (name.len >= len && memcmp(name.ptr + name.len - len, ends[i], len) == 0)
            return true;
    }
    return false;
}

/* The place behind a value that begins here: a string without escapes or a number. */
static const char *behind_value(const char *at)
{
    if (*at == '"')
        return strchr(at + 1, '"') + 1;
    return at + strcspn(at, ",}");
}

/* An event as JSON, with the values of such members left out. */
static struct bytes mask(struct arena *arena, const char *json)
{
    struct text out;

    text_init(&out, 1u << 20);
    while (*json) {
        const char *end = *json == '"' ? strchr(json + 1, '"') : NULL;
        if (!end) {
            text_append_char(&out, *json++);
            continue;
        }
        struct bytes word = bytes_of(json + 1, (size_t)(end - json - 1));
        text_append(&out, bytes_of(json, word.len + 2));
        json = end + 1;
        if (*json == ':' && is_masked(word)) {
            text_append_char(&out, ':');
            json = behind_value(json + 1);
        }
    }
    struct bytes masked = arena_copy(arena, text_bytes(&out));
    text_deinit(&out);
    return masked;
}

static struct bytes tell_event(struct arena *arena, const struct event *event)
{
    struct text json;

    text_init(&json, 1u << 20);
    encode_event(&json, event);
    text_append_char(&json, '\0');
    struct bytes masked = mask(arena, json.ptr);
    text_deinit(&json);
    return masked;
}

static bool is_told(enum event_type type)
{
    switch (type) {
    case EVENT_DECISION_TASK_SCHEDULED:
    case EVENT_DECISION_TASK_STARTED:
    case EVENT_DECISION_TASK_COMPLETED:
    case EVENT_DECISION_TASK_TIMED_OUT:
    case EVENT_LAMBDA_FUNCTION_STARTED:
    case EVENT_LAMBDA_FUNCTION_COMPLETED:
    case EVENT_LAMBDA_FUNCTION_FAILED:
    case EVENT_LAMBDA_FUNCTION_TIMED_OUT:
        return false;
    default:
        return true;
    }
}

static int by_text(const void *a, const void *b)
{
    return bytes_compare(*(const struct bytes *)a, *(const struct bytes *)b);
}

static void tell_run(struct arena *arena, const struct told_run *run, struct text *out)
{
    struct bytes *lines = arena_array(arena, struct bytes, run->count);
    size_t count = 0, from = 0;

    for (size_t i = 0; i < run->count; i++) {
        const struct event *event = &run->events[i];
        bool decided = attribute_id(event, "decisionTaskCompletedEventId") == event->id - 1;
        if (decided) { /* the first that a decision made: what came before it is complete */
            qsort(lines + from, count - from, sizeof *lines, by_text);
            lines[count++] = BYTES("  decided");
            from = count;
        }
        if (is_told(event->type))
            lines[count++] = tell_event(arena, event);
    }
    qsort(lines + from, count - from, sizeof *lines, by_text);
    text_printf(out, "%.*s\n", BYTES_FMT(run->workflow_id));
    for (size_t i = 0; i < count; i++)
        text_printf(out, "  %.*s\n", BYTES_FMT(lines[i]));
}

static int by_workflow(const void *a, const void *b)
{
    const struct told_run *const *one = a, *const *other = b;
    int order = bytes_compare((*one)->workflow_id, (*other)->workflow_id);

    return order ? order : *one < *other ? -1 : *one > *other; /* their own order: of their start */
}

void census_tell(const struct census *census, struct text *out)
{
    const struct told_run **sorted;
    struct arena arena;

    arena_init(&arena, "telling", ARENA_BYTES_MAX);
    sorted = arena_array(&arena, const struct told_run *, census->count + 1);
    for (size_t i = 0; i < census->count; i++)
        sorted[i] = &census->told[i];
    qsort(sorted, census->count, sizeof(const struct told_run *), by_workflow);
    for (size_t i = 0; i < census->count; i++)
        tell_run(&arena, sorted[i], out);
    arena_deinit(&arena);
}
