/*
 * Stores that earlier versions wrote: each is kept here, as a crash left it, and a server of today
 * goes on with it. All that was in it is served as it was, what was under way goes on, and what was
 * open comes to its end.
 *
 * A store is kept as the keys and values in it; which files RocksDB makes of them is RocksDB's to
 * keep readable. A new format comes with a file and a row of its own; the old ones stay for ever.
 *
 *     build/release/tests/crash/upgrade_test --write > tests/crash/format_N.h
 *
 * writes the store of the format of today (tests/unit/fsck/filled.h).
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "census.h"
#include "must.h"
#include "process.h"
#include "sound/sound.h"
#include "store/record.h"
#include "store/rocks/rocks.h"
#include "unit/fsck/filled.h"
#include "wall.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DOMAIN BYTES("d")
#define ARENA_BYTES_MAX ((size_t)64 << 20)
/* The story begins on the first day of 2026, and takes less than a minute. */
#define WRITTEN_MS (INT64_C(1767225600000) + MINUTE_MS)
#define SETTLING_TURNS 8
#define RUNS 9

static const char format_1[] =
#include "format_1.h"
    ;

static const struct kept {
    const char *name;
    const char *store;
} kept[] = { { "format 1", format_1 } };

/* ---- on paper: a line for each key, "SPACE KEY VALUE" in hexadecimal digits; and for each event
 * the text that is served, "e TEXT" */

static void print_hex(struct bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        printf("%02x", (unsigned char)bytes.ptr[i]);
}

static void print_event(struct bytes text)
{
    printf("    \"e ");
    for (size_t i = 0; i < text.len; i++)
        printf(text.ptr[i] == '"' || text.ptr[i] == '\\' ? "\\%c" : "%c", text.ptr[i]);
    printf("\\n\"\n");
}

static void print_events(const struct pair *pair)
{
    struct record record;

    if (pair->space != KV_HISTORY || !record_decode(pair->key, pair->value, &record))
        return;
    struct record_place place = record_place_of(&record, record.first);
    for (; place.index < record.count; record_next(&record, &place))
        print_event(record_text(&record, place));
}

static int write_today(void)
{
    struct arena arena;

    arena_init(&arena, "kept", ARENA_BYTES_MAX);
    struct pairs pairs = filled_pairs(&arena);
    printf("/* A store, and the events in it, as upgrade_test reads them; it wrote this. */\n"
           "/* clang-format off */\n");
    for (size_t i = 0; i < pairs.count; i++) {
        printf("    \"%d ", (int)pairs.items[i].space);
        print_hex(pairs.items[i].key);
        printf(" ");
        print_hex(pairs.items[i].value);
        printf("\\n\"\n");
    }
    for (size_t i = 0; i < pairs.count; i++)
        print_events(&pairs.items[i]);
    arena_deinit(&arena);
    return 0;
}

static int digit_of(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Reads up to the next blank or newline, and past it. */
static struct bytes read_hex(struct arena *arena, const char **at)
{
    size_t len = strcspn(*at, " \n") / 2;
    char *bytes = arena_alloc_text(arena, len);

    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)(digit_of((*at)[2 * i]) << 4 | digit_of((*at)[2 * i + 1]));
    *at += 2 * len + 1;
    return bytes_of(bytes, len);
}

static const char *next_line(const char *at)
{
    return strchr(at, '\n') + 1;
}

static void restore(const char *store, const char *folder)
{
    struct arena arena;
    struct kv *kv;

    arena_init(&arena, "kept", ARENA_BYTES_MAX);
    assert_int_equal(kv_rocks_open(folder, &kv), OK);
    for (const char *at = store; *at && *at != 'e';) {
        struct kv_operation put = { .action = KV_PUT, .space = (enum kv_space)(*at - '0') };
        at += 2;
        put.key = read_hex(&arena, &at);
        put.value = read_hex(&arena, &at);
        assert_int_equal(kv->functions->write(kv, &put, 1, false), OK);
    }
    kv->functions->close(kv);
    arena_deinit(&arena);
}

/* ---- the server */

struct fixture {
    struct scratch scratch;
    char data[SCRATCH_PATH_MAX], log[SCRATCH_PATH_MAX];
    struct wall wall;
    struct process server;
    struct caller caller;
    struct text text;
};

static int setup(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){ 0 };
    scratch_init(&fixture.scratch);
    scratch_path(&fixture.scratch, "data", fixture.data);
    scratch_path(&fixture.scratch, "log", fixture.log);
    text_init(&fixture.text, ARENA_BYTES_MAX);
    *state = &fixture;
    return wall_init(&fixture.wall, &fixture.scratch) ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    process_kill(&fixture->server);
    wall_deinit(&fixture->wall);
    text_deinit(&fixture->text);
    scratch_deinit(&fixture->scratch);
    return 0;
}

/* So long after the store was written; the machine that runs this test has another time. */
static void serve(struct fixture *fixture, int64_t later_ms)
{
    static const char *const arguments[] = { "--poll-seconds", "1", NULL };

    wall_set(&fixture->wall, WRITTEN_MS + later_ms - (int64_t)time(NULL) * 1000);
    process_serve(&fixture->server, fixture->log, fixture->data, arguments,
                  fixture->wall.environment);
    must_listen(&fixture->server);
    caller_init(&fixture->caller, fixture->server.endpoint);
}

static void assert_sound(struct fixture *fixture)
{
    text_reset(&fixture->text);
    if (!sound_folder(fixture->data, &fixture->text))
        fail_msg("the folder is not sound:\n%.*s", BYTES_FMT(text_bytes(&fixture->text)));
}

/* All runs, whose histories must be histories, and be what lists, counts and descriptions say. */
static void take_census(struct fixture *fixture, struct census *census)
{
    caller_reset(&fixture->caller);
    census_init(census, DOMAIN);
    if (!census_list(census, &fixture->caller) || !census_read(census, &fixture->caller))
        fail_msg("%s", census->problem);
}

/* ---- what is in it */

/* Appends all histories, as they are served. */
static void read_histories(struct fixture *fixture, const struct census *census)
{
    text_reset(&fixture->text);
    for (size_t i = 0; i < census->count; i++) {
        const struct workflow_execution run = { census->rows[i].workflow_id,
                                                census->rows[i].run_id };
        const struct get_workflow_execution_history_input input = { .domain = DOMAIN,
                                                                    .execution = &run };
        must_call(&fixture->caller, OPERATION_GET_WORKFLOW_EXECUTION_HISTORY, &input);
        text_append(&fixture->text, fixture->caller.reply.body);
    }
}

/* Every event is served, byte by byte. */
static void check_events(struct fixture *fixture, const char *store, const struct census *census)
{
    size_t events = 0;

    read_histories(fixture, census);
    for (const char *at = store; *at; at = next_line(at)) {
        if (*at != 'e')
            continue;
        size_t len = strcspn(at + 2, "\n");
        if (!memmem(fixture->text.ptr, fixture->text.len, at + 2, len))
            fail_msg("not served: %.*s", (int)len, at + 2);
        events++;
    }
    assert_in_range(events, 20, 1000);
}

/* How many events of this type there are. */
static size_t count_events(const struct census *census, enum event_type type)
{
    size_t count = 0;

    for (size_t i = 0; i < census->count; i++)
        for (size_t j = 0; j < census->told[i].count; j++)
            count += census->told[i].events[j].type == type;
    return count;
}

static void check_registry(struct fixture *fixture)
{
    static const struct activity_type activity = { BYTES("a"), BYTES("1") };
    static const struct workflow_type workflow = { BYTES("w"), BYTES("1") };
    const struct describe_domain_input domain = { .name = DOMAIN };
    const struct describe_activity_type_input describe_activity = { .domain = DOMAIN,
                                                                    .activity_type = &activity };
    const struct describe_workflow_type_input describe_workflow = { .domain = DOMAIN,
                                                                    .workflow_type = &workflow };

    must_call(&fixture->caller, OPERATION_DESCRIBE_DOMAIN, &domain);
    must_call(&fixture->caller, OPERATION_DESCRIBE_ACTIVITY_TYPE, &describe_activity);
    must_call(&fixture->caller, OPERATION_DESCRIBE_WORKFLOW_TYPE, &describe_workflow);
}

/* The next turn delivers the message that was waiting. */
static void look(struct fixture *fixture, const char *store)
{
    struct census census;

    check_registry(fixture);
    census_let_settle(&fixture->caller, DOMAIN, SETTLING_TURNS);
    take_census(fixture, &census);
    assert_int_equal(census.count, RUNS);
    check_events(fixture, store, &census);
    assert_int_equal(count_events(&census, EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED), 1);
    assert_int_equal(count_events(&census, EVENT_TIMER_FIRED), 0);
    census_deinit(&census);
}

/* ---- what was under way */

/* Two hours later the timer has fired and the activity has run out, with the details of its last
 * heartbeat. */
static void look_later(struct fixture *fixture)
{
    struct census census;

    take_census(fixture, &census);
    assert_int_equal(count_events(&census, EVENT_TIMER_FIRED), 1);
    assert_int_equal(count_events(&census, EVENT_ACTIVITY_TASK_TIMED_OUT), 1);
    for (size_t i = 0; i < census.count; i++)
        for (size_t j = 0; j < census.told[i].count; j++)
            if (census.told[i].events[j].type == EVENT_ACTIVITY_TASK_TIMED_OUT)
                assert_true(bytes_equal_cstr(
                    census.told[i].events[j].activity_task_timed_out->details, "half"));
    census_deinit(&census);
}

/* Completes the workflow whose task the list has. */
static void complete(struct fixture *fixture, const char *name)
{
    static const struct complete_workflow_execution_decision nothing = { .result = BYTES("done") };
    const struct decision decision = { .decision_type = DECISION_COMPLETE_WORKFLOW_EXECUTION,
                                       .complete_workflow_execution = &nothing };
    const struct task_list list = { bytes_of_cstr(name) };
    const struct poll_for_decision_task_input poll_for = { .domain = DOMAIN, .task_list = &list };
    struct respond_decision_task_completed_input answer = { .decisions = { &decision, 1 } };

    must_call(&fixture->caller, OPERATION_POLL_FOR_DECISION_TASK, &poll_for);
    const struct decision_task_output *task = fixture->caller.reply.output;
    if (task->task_token.len == 0)
        fail_msg("there is no task on list %s", name);
    answer.task_token = arena_copy(&fixture->caller.arena, task->task_token);
    if (caller_call(&fixture->caller, OPERATION_RESPOND_DECISION_TASK_COMPLETED, &answer) != DONE)
        fail_msg("%s cannot be completed", name);
}

static void complete_all(struct fixture *fixture)
{
    /* Named like the workflows; the one that continued has the list of its type. */
    static const char *const lists[] = { "open", "waiting", "l", "sender", "idle" };
    struct census census;

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        complete(fixture, lists[i]);
    take_census(fixture, &census);
    assert_int_equal(census.count, RUNS);
    assert_int_equal(census.open_count, 0);
    census_deinit(&census);
}

static void go_on_with(struct fixture *fixture, const struct kept *store)
{
    print_message("%s\n", store->name);
    restore(store->store, fixture->data);
    assert_sound(fixture);
    serve(fixture, 0);
    look(fixture, store->store);
    caller_deinit(&fixture->caller);
    process_kill(&fixture->server);
    assert_sound(fixture);
    serve(fixture, 2 * HOUR_MS);
    census_let_settle(&fixture->caller, DOMAIN, SETTLING_TURNS);
    look_later(fixture);
    complete_all(fixture);
    caller_deinit(&fixture->caller);
    assert_int_equal(process_stop(&fixture->server), 0);
    assert_sound(fixture);
    folder_remove(fixture->data);
}

static void test_every_format(void **state)
{
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        go_on_with(*state, &kept[i]);
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(test_every_format, setup,
                                                                        teardown) };

    if (count > 1 && strcmp(words[1], "--write") == 0)
        return write_today();
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
