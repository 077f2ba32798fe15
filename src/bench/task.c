#include "bench/task.h"

#include "base/memory.h"

void task_news_deinit(struct task_news *news)
{
    memory_free(news->items);
    *news = (struct task_news){ 0 };
}

void task_news_reset(struct task_news *news)
{
    news->count = 0;
    news->next_id = 0;
}

static void add_news(struct task_news *news, enum happening what, uint32_t number)
{
    if (news->count == news->capacity) {
        news->capacity = news->capacity ? news->capacity * 2 : 16;
        news->items = memory_resize(news->items, news->capacity * sizeof *news->items);
    }
    news->items[news->count++] = (struct news_item){ what, number };
}

uint32_t task_number(struct bytes text)
{
    uint32_t number = 0;
    size_t i = 0;

    for (; i < text.len && i < 9 && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++)
        number = number * 10 + (uint32_t)(text.ptr[i] - '0');
    return i > 0 && (i == text.len || text.ptr[i] == ':') ? number : UINT32_MAX;
}

/* ---- events ---- */

/* What each type of event means to a bench. Those without a row are unwanted. */
static const struct {
    const char *type;
    bool is_news;
    enum happening what;
    const char *attributes, *text; /* where its number is: a member of its attributes; NULL: none */
} meanings[] = {
    { "DecisionTaskScheduled", false, 0, NULL, NULL },
    { "DecisionTaskStarted", false, 0, NULL, NULL },
    { "DecisionTaskCompleted", false, 0, NULL, NULL },
    { "ActivityTaskScheduled", false, 0, NULL, NULL },
    { "ActivityTaskStarted", false, 0, NULL, NULL },
    { "ActivityTaskCompleted", true, HAPPENED_STEP_DONE, "activityTaskCompletedEventAttributes",
      "result" },
    { "WorkflowExecutionStarted", false, 0, NULL, NULL },
    { "WorkflowExecutionCompleted", true, HAPPENED_END, NULL, NULL },
    { "WorkflowExecutionSignaled", true, HAPPENED_SIGNAL,
      "workflowExecutionSignaledEventAttributes", "input" },
    { "TimerStarted", false, 0, NULL, NULL },
    { "TimerFired", true, HAPPENED_STEP_DONE, "timerFiredEventAttributes", "timerId" },
    { "StartChildWorkflowExecutionInitiated", false, 0, NULL, NULL },
    { "ChildWorkflowExecutionStarted", false, 0, NULL, NULL },
    { "ChildWorkflowExecutionCompleted", true, HAPPENED_STEP_DONE,
      "childWorkflowExecutionCompletedEventAttributes", "result" },
};
#define MEANING_COUNT (sizeof meanings / sizeof meanings[0])

struct event_view {
    int64_t id;
    struct bytes type;
    struct json_value event;
};

static bool find_member(struct json_value object, const char *wanted, struct json_value *out)
{
    struct bytes name;

    if (json_kind(object) != JSON_OBJECT)
        return false;
    struct json_cursor members = json_walk(object);
    while (json_next_member(&members, &name, out))
        if (bytes_equal_cstr(name, wanted))
            return true;
    return false;
}

static struct bytes find_string(struct json_value object, const char *name)
{
    struct json_value value;

    if (!find_member(object, name, &value) || json_kind(value) != JSON_STRING)
        return BYTES_ABSENT;
    return json_string(value);
}

static void note_event(const struct event_view *view, struct task_news *news)
{
    struct json_value attributes;

    for (size_t i = 0; i < MEANING_COUNT; i++) {
        if (!bytes_equal_cstr(view->type, meanings[i].type))
            continue;
        if (!meanings[i].is_news)
            return;
        if (meanings[i].attributes == NULL) {
            add_news(news, meanings[i].what, 0);
            return;
        }
        if (!find_member(view->event, meanings[i].attributes, &attributes))
            break;
        add_news(news, meanings[i].what, task_number(find_string(attributes, meanings[i].text)));
        return;
    }
    add_news(news, HAPPENED_UNWANTED, 0);
}

static void read_event(struct json_value event, struct event_view *out)
{
    struct json_value value;
    struct bytes name;

    *out = (struct event_view){ .event = event };
    if (json_kind(event) != JSON_OBJECT)
        return;
    struct json_cursor members = json_walk(event);
    while (json_next_member(&members, &name, &value)) {
        if (bytes_equal_cstr(name, "eventId") && json_kind(value) == JSON_INTEGER)
            out->id = json_integer(value);
        else if (bytes_equal_cstr(name, "eventType") && json_kind(value) == JSON_STRING)
            out->type = json_string(value);
    }
}

static const char *read_events(struct json_value events, const struct task *task,
                               struct task_news *news)
{
    struct event_view view;
    struct json_value item;

    if (json_kind(events) != JSON_ARRAY)
        return "a decision task has no events";
    struct json_cursor items = json_walk(events);
    while (json_next_item(&items, &item)) {
        read_event(item, &view);
        if (view.id != news->next_id)
            return "an event of a history is lost, there twice or out of order";
        news->next_id++;
        if (view.id > task->previous_started_id)
            note_event(&view, news);
    }
    return NULL;
}

/* ---- tasks ---- */

static void read_member(struct task *out, struct bytes name, struct json_value value,
                        struct json_value *events)
{
    enum json_kind kind = json_kind(value);

    if (kind == JSON_STRING && bytes_equal_cstr(name, "taskToken"))
        out->token = json_string(value);
    else if (kind == JSON_STRING && bytes_equal_cstr(name, "nextPageToken"))
        out->next_page_token = json_string(value);
    else if (kind == JSON_STRING && bytes_equal_cstr(name, "input"))
        out->input = json_string(value);
    else if (kind == JSON_INTEGER && bytes_equal_cstr(name, "startedEventId"))
        out->started_id = json_integer(value);
    else if (kind == JSON_INTEGER && bytes_equal_cstr(name, "previousStartedEventId"))
        out->previous_started_id = json_integer(value);
    else if (bytes_equal_cstr(name, "workflowExecution"))
        out->workflow_id = find_string(value, "workflowId");
    else if (bytes_equal_cstr(name, "events"))
        *events = value;
}

static bool read_task(struct json_reader *reader, struct bytes body, struct task *out,
                      struct json_value *events)
{
    struct json_value root, value;
    struct bytes name;

    *out = (struct task){ 0 };
    if (!json_parse_padded(reader, body, &root) || json_kind(root) != JSON_OBJECT)
        return false;
    *events = root; /* no array: there are none yet */
    struct json_cursor members = json_walk(root);
    while (json_next_member(&members, &name, &value))
        read_member(out, name, value, events);
    if (out->token.len == 0)
        out->token = BYTES_ABSENT; /* some say that there is no task by an empty token */
    return bytes_is_absent(out->token) || !bytes_is_absent(out->workflow_id);
}

bool task_read_activity(struct json_reader *reader, struct bytes body, struct task *out)
{
    struct json_value events;

    return read_task(reader, body, out, &events);
}

const char *task_read_decision(struct json_reader *reader, struct bytes body, bool is_whole,
                               struct task *out, struct task_news *news)
{
    struct json_value events;
    const char *problem;

    if (!read_task(reader, body, out, &events))
        return "the answer to a poll is not one of SWF";
    if (bytes_is_absent(out->token))
        return NULL;
    if (news->next_id == 0)
        news->next_id = is_whole || out->previous_started_id == 0 ? 1 : out->previous_started_id;
    problem = read_events(events, out, news);
    if (problem)
        return problem;
    if (bytes_is_absent(out->next_page_token) && news->next_id != out->started_id + 1)
        return "the events of a decision task do not end with its start";
    return NULL;
}

const char *task_read_history(struct json_reader *reader, struct bytes body,
                              struct bytes *next_page_token, struct task_news *news)
{
    struct json_value root, events;
    struct task nothing = { 0 };

    *next_page_token = BYTES_ABSENT;
    if (!json_parse(reader, body, &root) || !find_member(root, "events", &events))
        return "the answer with a history is not one of SWF";
    *next_page_token = find_string(root, "nextPageToken");
    if (news->next_id == 0)
        news->next_id = 1;
    return read_events(events, &nothing, news);
}
