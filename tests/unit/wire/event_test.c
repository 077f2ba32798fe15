/*
 * Events: written, read back and written again. A history is stored as this text, so nothing may
 * get lost on the way.
 */
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/shape.h"

#include "fixture.h"

#include <stdio.h>

/* ---- structs of any shape, every member filled ---- */

struct filler {
    struct arena *arena;
    int next; /* makes every value another one */
};

static void *filled(struct filler *filler, const struct shape *shape);

static struct bytes some_text(struct filler *filler)
{
    return arena_printf(filler->arena, "t\"%d\\\n\x01 \xe2\x82\xac", filler->next++);
}

static void put(void *field, const void *value, size_t size)
{
    memcpy(field, value, size);
}

static void fill_strings(struct filler *filler, void *field)
{
    struct bytes *items = arena_array(filler->arena, struct bytes, 3);

    items[0] = some_text(filler);
    items[1] = BYTES("");
    items[2] = some_text(filler);
    put(field, &(struct bytes_list){ items, 3 }, sizeof(struct bytes_list));
}

static void fill_structs(struct filler *filler, const struct shape *shape, void *field)
{
    char *items = arena_alloc(filler->arena, 2 * shape->size);

    memcpy(items, filled(filler, shape), shape->size);
    memcpy(items + shape->size, filled(filler, shape), shape->size);
    put(field, &(struct {
            const void *items;
            size_t count;
        }){ items, 2 },
        sizeof(void *) + sizeof(size_t));
}

static void fill_member(struct filler *filler, const struct member *member, void *field)
{
    int64_t number = (INT64_C(1) << 40) + filler->next;
    void *pointer;

    switch ((enum kind)member->kind) {
    case KIND_STRING:
        put(field, &(struct bytes[]){ some_text(filler) }, sizeof(struct bytes));
        return;
    case KIND_ENUM:
        put(field, &(int){ 1 + filler->next++ % member->enumeration->count }, sizeof(int));
        return;
    case KIND_INTEGER:
        put(field, &(int32_t){ 1000 + filler->next++ }, sizeof(int32_t));
        return;
    case KIND_LONG:
        filler->next++;
        put(field, &number, sizeof(number));
        return;
    case KIND_BOOLEAN:
        put(field, &(bool){ true }, sizeof(bool));
        return;
    case KIND_TIMESTAMP:
        put(field, &(struct instant){ 1504871454307 + filler->next++ }, sizeof(struct instant));
        return;
    case KIND_TIMESTAMP_AT:
        pointer = arena_new(filler->arena, struct instant);
        put(field, &pointer, sizeof(pointer));
        return;
    case KIND_STRUCT:
        pointer = filled(filler, member->shape);
        put(field, &pointer, sizeof(pointer));
        return;
    case KIND_STRING_LIST:
        fill_strings(filler, field);
        return;
    case KIND_STRUCT_LIST:
        fill_structs(filler, member->shape, field);
        return;
    case KIND_RAW: /* is not read back */
        return;
    }
}

static void *filled(struct filler *filler, const struct shape *shape)
{
    char *object = arena_alloc(filler->arena, shape->size);

    for (size_t i = 0; i < shape->count; i++)
        fill_member(filler, &shape->members[i], object + shape->members[i].offset);
    return object;
}

/* ---- round trips ---- */

static struct bytes written(struct fixture *fixture, const struct event *event)
{
    struct text text;

    text_init(&text, (size_t)1 << 20);
    encode_event(&text, event);
    assert_false(text.overflowed);
    struct bytes copy = arena_copy(&fixture->arena, text_bytes(&text));
    text_deinit(&text);
    return copy;
}

static void assert_same_after_reading(struct fixture *fixture, const struct event *event)
{
    struct bytes first = written(fixture, event);
    struct event back;

    if (!decode_events(fixture->reader, &first, 1, &fixture->arena, &back))
        fail_msg("does not decode: %.*s", BYTES_FMT(first));
    assert_int_equal(back.id, event->id);
    assert_int_equal(back.timestamp.ms, event->timestamp.ms);
    assert_int_equal(back.type, event->type);
    struct bytes second = written(fixture, &back);
    if (!bytes_equal(first, second))
        fail_msg("%.*s\nbecame\n%.*s", BYTES_FMT(first), BYTES_FMT(second));
}

/* Is every member of `shape` named in `json`? Then the filler filled and the encoder wrote them
 * all. */
static void assert_names_all(struct bytes json, const struct shape *shape)
{
    for (size_t i = 0; i < shape->count; i++) {
        char name[100];
        int len = snprintf(name, sizeof(name), "\"%s\":", shape->members[i].name);
        if (!memmem(json.ptr, json.len, name, (size_t)len))
            fail_msg("%s is missing in %.*s", name, BYTES_FMT(json));
        assert_int_equal(shape->members[i].name_length, strlen(shape->members[i].name));
    }
}

static void every_type_survives_with_all_members(void **state)
{
    struct fixture *fixture = *state;
    struct filler filler = { .arena = &fixture->arena };

    assert_int_equal(EVENT_TYPE_COUNT, 54);
    for (int i = 1; i <= EVENT_TYPE_COUNT; i++) {
        struct event event = { .id = i,
                               .timestamp = { 1504871454000 + i },
                               .type = (enum event_type)i };
        event.attributes = filled(&filler, event_shapes[i].attributes);
        assert_same_after_reading(fixture, &event);
        assert_names_all(written(fixture, &event), event_shapes[i].attributes);
        assert_int_equal(event_shapes[i].type_length, strlen(event_shapes[i].type));
        assert_int_equal(event_shapes[i].member_length, strlen(event_shapes[i].member));
    }
}

static void every_type_survives_without_members(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 1; i <= EVENT_TYPE_COUNT; i++) {
        struct event event = { .id = INT64_MAX, .timestamp = { 1 }, .type = (enum event_type)i };
        event.attributes = arena_alloc(&fixture->arena, event_shapes[i].attributes->size);
        assert_same_after_reading(fixture, &event);
    }
}

/* All other shapes by the same means: replies for clients, the registry's records. */
static void every_shape_survives(void **state)
{
    struct fixture *fixture = *state;
    struct filler filler = { .arena = &fixture->arena };
    struct text first, second;

    text_init(&first, (size_t)1 << 20);
    text_init(&second, (size_t)1 << 20);
    for (int i = 0; i < 2 * OPERATION_COUNT; i++) {
        const struct operation_shapes *shapes = &operation_shapes[i / 2];
        const struct shape *shape = i % 2 ? shapes->output : shapes->input;
        if (!shape)
            continue;
        void *back = arena_alloc(&fixture->arena, shape->size);
        text_reset(&first);
        text_reset(&second);
        encode_shape(&first, shape, filled(&filler, shape));
        assert_true(
            decode_shape(fixture->reader, shape, text_bytes(&first), &fixture->arena, back));
        encode_shape(&second, shape, back);
        if (!bytes_equal(text_bytes(&first), text_bytes(&second)))
            fail_msg("%s: %.*s\nbecame\n%.*s", shape->name, BYTES_FMT(text_bytes(&first)),
                     BYTES_FMT(text_bytes(&second)));
    }
    text_deinit(&first);
    text_deinit(&second);
}

/* ---- the text of an event ---- */

static void members_are_in_alphabetical_order(void **state)
{
    struct event fired = { .id = 7, .timestamp = { 1504871454389 }, .type = EVENT_TIMER_FIRED };
    struct event scheduled = { .id = 5,
                               .timestamp = { 1500000000000 },
                               .type = EVENT_DECISION_TASK_SCHEDULED };
    struct event signaled = { .id = 9,
                              .timestamp = { 1500000000000 },
                              .type = EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED };

    fired.timer_fired = &(struct timer_fired_event){ .timer_id = BYTES("t1"),
                                                     .started_event_id = 4 };
    assert_bytes(written(*state, &fired),
                 "{\"eventId\":7,\"eventTimestamp\":1.504871454389E9,\"eventType\":\"TimerFired\","
                 "\"timerFiredEventAttributes\":{\"startedEventId\":4,\"timerId\":\"t1\"}}");
    scheduled.decision_task_scheduled = &(struct decision_task_scheduled_event){
        .task_list = &(struct task_list){ BYTES("tl") }, .start_to_close_timeout = BYTES("300")
    };
    assert_bytes(
        written(*state, &scheduled),
        "{\"decisionTaskScheduledEventAttributes\":{\"startToCloseTimeout\":\"300\",\"taskList\":{\"name\":\"tl\"}},"
        "\"eventId\":5,\"eventTimestamp\":1.5E9,\"eventType\":\"DecisionTaskScheduled\"}");
    signaled.external_workflow_execution_signaled = &(
        struct external_workflow_execution_signaled_event){ .initiated_event_id = 3 };
    assert_bytes(
        written(*state, &signaled),
        "{\"eventId\":9,\"eventTimestamp\":1.5E9,\"eventType\":\"ExternalWorkflowExecutionSignaled\","
        "\"externalWorkflowExecutionSignaledEventAttributes\":{\"initiatedEventId\":3}}");
}

static void ids_without_a_referent_are_zero(void **state)
{
    struct event signaled = { .id = 3,
                              .timestamp = { 1500000000000 },
                              .type = EVENT_WORKFLOW_EXECUTION_SIGNALED };

    signaled.workflow_execution_signaled = &(
        struct workflow_execution_signaled_event){ .signal_name = BYTES("s") };
    assert_bytes(
        written(*state, &signaled),
        "{\"eventId\":3,\"eventTimestamp\":1.5E9,\"eventType\":\"WorkflowExecutionSignaled\","
        "\"workflowExecutionSignaledEventAttributes\":{\"externalInitiatedEventId\":0,\"signalName\":\"s\"}}");
}

static void what_is_not_an_event_is_refused(void **state)
{
    static const struct bytes texts[] = {
        BYTES(""),
        BYTES("[]"),
        BYTES("{}"),
        BYTES("{\"eventId\":1,\"eventType\":\"TimerFired\"}"),
        BYTES("{\"eventId\":0,\"eventType\":\"TimerFired\",\"timerFiredEventAttributes\":{}}"),
        BYTES("{\"eventType\":\"TimerFired\",\"timerFiredEventAttributes\":{}}"),
        BYTES("{\"eventId\":1,\"timerFiredEventAttributes\":{}}"),
        BYTES("{\"eventId\":1,\"eventType\":\"TimerExploded\",\"timerFiredEventAttributes\":{}}"),
        BYTES("{\"eventId\":1,\"eventType\":\"TimerFired\",\"timerStartedEventAttributes\":{}}"),
        BYTES("{\"eventId\":1,\"eventType\":\"TimerFired\",\"timerFiredEventAttributes\":[]}"),
        BYTES(
            "{\"eventId\":1,\"eventType\":\"TimerFired\",\"timerFiredEventAttributes\":{\"timerId\":5}}"),
        BYTES(
            "{\"eventId\":1,\"eventType\":\"StartTimerFailed\",\"startTimerFailedEventAttributes\":{\"cause\":\"BAD\"}}"),
    };
    struct fixture *fixture = *state;
    struct event event;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(decode_events(fixture->reader, &texts[i], 1, &fixture->arena, &event));
}

static void a_history_is_decoded_from_a_reply(void **state)
{
    struct fixture *fixture = *state;
    struct event *items;
    size_t count;

    assert_true(decode_history(
        fixture->reader,
        BYTES("{\"events\":[{\"eventId\":1,\"eventTimestamp\":1.5E9,\"eventType\":\"TimerFired\","
              "\"timerFiredEventAttributes\":{\"timerId\":\"a\"}},{\"timerStartedEventAttributes\":"
              "{\"timerId\":\"b\"},\"eventType\":\"TimerStarted\",\"eventId\":2}],\"more\":1}"),
        &fixture->arena, &items, &count));
    assert_int_equal(count, 2);
    assert_bytes(items[0].timer_fired->timer_id, "a");
    assert_bytes(items[1].timer_started->timer_id, "b");
    assert_true(decode_history(fixture->reader, BYTES("{\"startedEventId\":0}"), &fixture->arena,
                               &items, &count));
    assert_int_equal(count, 0);
    assert_false(decode_history(fixture->reader, BYTES("{\"events\":[{}]}"), &fixture->arena,
                                &items, &count));
    assert_false(decode_history(fixture->reader, BYTES("[]"), &fixture->arena, &items, &count));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(every_type_survives_with_all_members),
        test(every_type_survives_without_members),
        test(every_shape_survives),
        test(members_are_in_alphabetical_order),
        test(ids_without_a_referent_are_zero),
        test(what_is_not_an_event_is_refused),
        test(a_history_is_decoded_from_a_reply),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
