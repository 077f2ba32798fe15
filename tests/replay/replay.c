#include "replay.h"

#include "look.h"

#include "wire/json_text.h"
#include "wire/json_writer.h"
#include "wire/shape.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define REPLAY_BYTES_MAX ((size_t)256 << 20)
#define POLLS_MAX 100

bool replay_stop(struct replay *replay, const char *format, ...)
{
    char reason[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    if (replay->stopped.len == 0)
        text_append_cstr(&replay->stopped, reason);
    return false;
}

/* ---- calls ---- */

void replay_begin(struct replay *replay)
{
    text_reset(&replay->body);
    text_append_char(&replay->body, '{');
}

static void divide(struct replay *replay)
{
    char last = replay->body.ptr[replay->body.len - 1];

    if (last != '{' && last != '[')
        text_append_char(&replay->body, ',');
}

static void put_name(struct replay *replay, const char *name)
{
    divide(replay);
    json_write_string(&replay->body, bytes_of_cstr(name));
    text_append_char(&replay->body, ':');
}

void replay_put(struct replay *replay, const char *name, struct bytes value)
{
    if (bytes_is_absent(value))
        return;
    put_name(replay, name);
    json_write_string(&replay->body, value);
}

void replay_put_raw(struct replay *replay, const char *name, struct bytes json)
{
    put_name(replay, name);
    text_append(&replay->body, json);
}

void replay_put_value(struct replay *replay, const char *name, struct json_value value)
{
    put_name(replay, name);
    json_text_append(&replay->body, value);
}

void replay_open(struct replay *replay, const char *name, char bracket)
{
    if (name)
        put_name(replay, name);
    else
        divide(replay);
    text_append_char(&replay->body, bracket);
}

void replay_close(struct replay *replay, char bracket)
{
    text_append_char(&replay->body, bracket);
}

void replay_put_execution(struct replay *replay, struct bytes workflow_id, struct bytes run_id)
{
    replay_open(replay, "execution", '{');
    replay_put(replay, "workflowId", workflow_id);
    replay_put(replay, "runId", run_id);
    replay_close(replay, '}');
}

void replay_put_members(struct replay *replay, const struct shape *shape,
                        struct json_value attributes, const char *except)
{
    struct json_value value;

    for (uint16_t i = 0; i < shape->count; i++) {
        const char *name = shape->members[i].name;

        if ((except == NULL || strcmp(name, except) != 0) && look_member(attributes, name, &value))
            replay_put_value(replay, name, value);
    }
}

struct ask *replay_call(struct replay *replay, enum operation operation)
{
    struct ask *ask;

    text_append_char(&replay->body, '}');
    ask = server_call(replay->server, operation, text_bytes(&replay->body));
    if (replay->tells)
        printf("@%.3f %s %.*s\n    -> %.*s\n", (double)server_now_ms(replay->server) / 1000,
               operation_names[operation], BYTES_FMT(ask->body),
               BYTES_FMT(ask->answered ? text_bytes(&ask->reply) : BYTES("waits")));
    return ask;
}

bool replay_call_well(struct replay *replay, enum operation operation, struct json_value *out)
{
    struct ask *ask = replay_call(replay, operation);

    if (!ask->answered || !ask->ok)
        return replay_stop(replay, "%s: %.*s", operation_names[operation],
                           BYTES_FMT(text_bytes(&ask->reply)));
    if (ask->reply.len && !json_parse(replay->json, text_bytes(&ask->reply), out))
        return replay_stop(replay, "%s: the reply is no JSON", operation_names[operation]);
    return true;
}

/* ---- histories ---- */

static struct ask *read_history(struct replay *replay, struct bytes workflow_id,
                                struct bytes run_id)
{
    replay_begin(replay);
    replay_put(replay, "domain", BYTES("recorded"));
    replay_put_execution(replay, workflow_id, run_id);
    return replay_call(replay, OPERATION_GET_WORKFLOW_EXECUTION_HISTORY);
}

struct bytes replay_history(struct replay *replay)
{
    return text_bytes(&read_history(replay, replay->workflow_id, replay->run_id)->reply);
}

/* The run id, if this is the event that says how the child was started. */
static struct bytes child_started(struct json_value event, struct bytes child_id)
{
    const char *name = event_shapes[EVENT_CHILD_WORKFLOW_EXECUTION_STARTED].member;
    struct json_value attributes, execution;

    if (!look_member(event, name, &attributes) ||
        !look_member(attributes, "workflowExecution", &execution) ||
        !bytes_equal(look_text(execution, "workflowId"), child_id))
        return BYTES_ABSENT;
    return look_text(execution, "runId");
}

bool replay_learn_child(struct replay *replay, struct bytes workflow_id, struct bytes run_id,
                        struct bytes child_id)
{
    struct ask *ask = read_history(replay, workflow_id, run_id);
    struct known_child *child = arena_new(&replay->arena, struct known_child);
    struct bytes found = BYTES_ABSENT;
    struct json_value root, events, event;
    struct json_cursor cursor;

    if (!json_parse(replay->json, text_bytes(&ask->reply), &root) ||
        !look_member(root, "events", &events))
        return false;
    cursor = json_walk(events);
    while (bytes_is_absent(found) && json_next_item(&cursor, &event))
        found = child_started(event, child_id);
    if (bytes_is_absent(found))
        return false;
    *child = (struct known_child){ replay->children, child_id, arena_copy(&replay->arena, found) };
    replay->children = child;
    return true;
}

struct bytes replay_known_child(const struct replay *replay, struct bytes child_id)
{
    for (const struct known_child *child = replay->children; child; child = child->next) {
        if (bytes_equal(child->workflow_id, child_id))
            return child->run_id;
    }
    return BYTES_ABSENT;
}

/* ---- tasks ---- */

static void hold(struct replay *replay, struct held_task **tasks, struct bytes of,
                 struct bytes token)
{
    struct held_task *task = arena_new(&replay->arena, struct held_task);

    task->of = arena_copy(&replay->arena, of);
    task->token = arena_copy(&replay->arena, token);
    task->next = *tasks;
    *tasks = task;
}

static struct held_task **find_held(struct held_task **tasks, struct bytes of)
{
    while (*tasks && !bytes_equal((*tasks)->of, of))
        tasks = &(*tasks)->next;
    return tasks;
}

static struct bytes release(struct held_task **tasks, struct bytes of)
{
    struct held_task **at = find_held(tasks, of), *task = *at;

    if (task == NULL)
        return BYTES_ABSENT;
    *at = task->next;
    return task->token;
}

struct bytes replay_release_decision(struct replay *replay, struct bytes workflow_id)
{
    return release(&replay->decisions, workflow_id);
}

struct bytes replay_release_activity(struct replay *replay, struct bytes activity_id)
{
    return release(&replay->activities, activity_id);
}

struct bytes replay_list(struct replay *replay, const struct recorded_event *event)
{
    struct json_value value;
    struct bytes list;
    struct text text;

    if (event == NULL || !look_member(event->attributes, "taskList", &value))
        return BYTES("{}");
    text_init(&text, REPLAY_BYTES_MAX);
    json_text_append(&text, value);
    list = arena_copy(&replay->arena, text_bytes(&text));
    text_deinit(&text);
    return list;
}

static struct ask *poll(struct replay *replay, enum operation operation, struct bytes list,
                        struct bytes identity)
{
    replay_begin(replay);
    replay_put(replay, "domain", BYTES("recorded"));
    replay_put_raw(replay, "taskList", list);
    replay_put(replay, "identity", identity);
    return replay_call(replay, operation);
}

/* Holds the task that a poll got; false when it got none. */
static bool hold_answer(struct replay *replay, const struct ask *ask)
{
    struct json_value root, execution;
    struct bytes token;

    if (!ask->answered || !json_parse(replay->json, text_bytes(&ask->reply), &root) ||
        !look_member(root, "workflowExecution", &execution))
        return false;
    token = look_text(root, "taskToken");
    if (ask->operation == OPERATION_POLL_FOR_ACTIVITY_TASK)
        hold(replay, &replay->activities, look_text(root, "activityId"), token);
    else
        hold(replay, &replay->decisions, look_text(execution, "workflowId"), token);
    return true;
}

static bool await(struct replay *replay, enum operation operation, struct held_task **tasks,
                  struct bytes of, struct bytes list, struct bytes identity)
{
    for (int polls = 0; *find_held(tasks, of) == NULL; polls++) {
        struct ask *ask = poll(replay, operation, list, identity);

        if (hold_answer(replay, ask) && polls < POLLS_MAX)
            continue;
        if (!ask->answered)
            server_hang_up(replay->server, ask);
        return replay_stop(replay, "no task of \"%.*s\" comes", BYTES_FMT(of));
    }
    return true;
}

bool replay_await_decision(struct replay *replay, struct bytes workflow_id, struct bytes list,
                           struct bytes identity)
{
    return await(replay, OPERATION_POLL_FOR_DECISION_TASK, &replay->decisions, workflow_id, list,
                 identity);
}

bool replay_await_activity(struct replay *replay, struct bytes activity_id, struct bytes list,
                           struct bytes identity)
{
    return await(replay, OPERATION_POLL_FOR_ACTIVITY_TASK, &replay->activities, activity_id, list,
                 identity);
}

void replay_begin_wait(struct replay *replay, struct bytes list)
{
    ensure(replay->wait_count < WAITS_MAX);
    replay->waits[replay->wait_count++] = poll(replay, OPERATION_POLL_FOR_DECISION_TASK, list,
                                               BYTES_ABSENT);
}

void replay_end_waits(struct replay *replay)
{
    for (size_t i = 0; i < replay->wait_count; i++) {
        struct ask *ask = replay->waits[i];

        if (!hold_answer(replay, ask) && !ask->answered)
            server_hang_up(replay->server, ask);
    }
    replay->wait_count = 0;
}

/* ---- the whole ---- */

void replay_play(struct replay *out, const struct recording *recording,
                 const struct deviations *deviations, bool tells)
{
    *out = (struct replay){ .recording = recording, .deviations = deviations, .tells = tells };
    arena_init(&out->arena, "replay", REPLAY_BYTES_MAX);
    text_init(&out->body, REPLAY_BYTES_MAX);
    text_init(&out->stopped, REPLAY_BYTES_MAX);
    out->json = json_reader_new();
    out->server = server_new();
    for (size_t i = 0; i < recording->count; i++) {
        const struct recorded_event *event = &recording->events[i];

        clock_reach(out, event);
        if (!stimulus_give(out, event))
            return;
    }
}

void replay_deinit(struct replay *replay)
{
    server_free(replay->server);
    json_reader_free(replay->json);
    text_deinit(&replay->body);
    text_deinit(&replay->stopped);
    arena_deinit(&replay->arena);
}
