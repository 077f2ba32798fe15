/*
 * A data folder that was damaged between two starts: a byte changed, a file cut short, missing, or
 * longer than it was. The server refuses it with a line that says so, or serves the truth; a read
 * that meets the damage fails, and the log names it. Never a crash, never a wrong answer.
 *
 * CRASH_SEED in the environment damages other places.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "caller.h"
#include "process.h"
#include "base/random.h"
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DOMAIN BYTES("d")
#define WORKFLOWS 24
/* Of each run what it is and its history; then, in this order, what is not of one run. */
enum common_read {
    READ_DOMAIN = WORKFLOWS * 2,
    READ_TYPE,
    READ_TAGS,
    READ_OPEN,
    READ_CLOSED,
    READ_COUNT_OPEN,
    READ_COUNT_CLOSED,
    READ_CHILDREN,
    READS,
};
#define TEXT_BYTES_MAX ((size_t)64 << 20)

/* ---- a store in which time changes nothing */

static const struct workflow_type workflow_type = { BYTES("t"), BYTES("1") };
static const struct task_list task_list = { BYTES("l") }, nobodys_list = { BYTES("nobody") };
static const struct resource_tag tag = { BYTES("key"), BYTES("value") };
static const struct bytes child_tag = { "child", 5 };
#define ARN BYTES("arn:aws:swf:us-east-1:123456789012:/domain/d")

struct book {
    struct arena arena;
    struct workflow_execution runs[WORKFLOWS];
    struct bytes truth[READS];
};

static void register_all(struct caller *caller)
{
    struct register_domain_input domain = {
        .name = DOMAIN,
        .workflow_execution_retention_period_in_days = BYTES("90"),
        .tags = { &tag, 1 },
    };
    struct register_workflow_type_input type = {
        .domain = DOMAIN,
        .name = workflow_type.name,
        .version = workflow_type.version,
        .default_task_list = &task_list,
        .default_task_start_to_close_timeout = BYTES("NONE"),
        .default_execution_start_to_close_timeout = BYTES("31536000"),
        .default_child_policy = CHILD_POLICY_TERMINATE,
    };

    assert_int_equal(caller_call(caller, OPERATION_REGISTER_DOMAIN, &domain), DONE);
    assert_int_equal(caller_call(caller, OPERATION_REGISTER_WORKFLOW_TYPE, &type), DONE);
}

static void start(struct caller *caller, struct book *book, int number)
{
    struct start_workflow_execution_input input = {
        .domain = DOMAIN,
        .workflow_id = arena_printf(&book->arena, "w-%d", number),
        .workflow_type = &workflow_type,
        .input = BYTES("what there is to do"),
    };

    assert_int_equal(caller_call(caller, OPERATION_START_WORKFLOW_EXECUTION, &input), DONE);
    const struct run_output *output = caller->reply.output;
    book->runs[number].workflow_id = input.workflow_id;
    book->runs[number].run_id = arena_copy(&book->arena, output->run_id);
}

static void signal_run(struct caller *caller, const struct workflow_execution *run)
{
    struct signal_workflow_execution_input input = {
        .domain = DOMAIN,
        .workflow_id = run->workflow_id,
        .run_id = run->run_id,
        .signal_name = BYTES("s"),
    };

    assert_int_equal(caller_call(caller, OPERATION_SIGNAL_WORKFLOW_EXECUTION, &input), DONE);
}

/* Takes the oldest decision task, and answers it. */
static void decide(struct caller *caller, struct decision_list decisions)
{
    struct poll_for_decision_task_input poll = { .domain = DOMAIN, .task_list = &task_list };

    assert_int_equal(caller_call(caller, OPERATION_POLL_FOR_DECISION_TASK, &poll), DONE);
    const struct decision_task_output *task = caller->reply.output;
    struct respond_decision_task_completed_input answer = {
        .task_token = task->task_token,
        .decisions = decisions,
        .execution_context = BYTES("context"),
    };
    assert_int_equal(caller_call(caller, OPERATION_RESPOND_DECISION_TASK_COMPLETED, &answer), DONE);
}

static void complete(struct caller *caller)
{
    static const struct complete_workflow_execution_decision done = { .result = BYTES("done") };
    static const struct decision decision = {
        .decision_type = DECISION_COMPLETE_WORKFLOW_EXECUTION,
        .complete_workflow_execution = &done,
    };

    decide(caller, (struct decision_list){ &decision, 1 });
}

/* A marker, a child, and a signal to it. */
static void involve_others(struct caller *caller, int number)
{
    struct bytes id = arena_printf(&caller->arena, "c-%d", number);
    struct record_marker_decision marker = { .marker_name = BYTES("m") };
    struct start_child_workflow_execution_decision child = { .workflow_id = id,
                                                             .workflow_type = &workflow_type,
                                                             .task_list = &nobodys_list,
                                                             .tag_list = { &child_tag, 1 } };
    struct signal_external_workflow_execution_decision send = { .workflow_id = id,
                                                                .signal_name = BYTES("s") };
    const struct decision decisions[] = {
        { .decision_type = DECISION_RECORD_MARKER, .record_marker = &marker },
        { .decision_type = DECISION_START_CHILD_WORKFLOW_EXECUTION,
          .start_child_workflow_execution = &child },
        { .decision_type = DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION,
          .signal_external_workflow_execution = &send },
    };

    decide(caller, (struct decision_list){ decisions, 3 });
}

/* A third of the runs are completed, a third have a marker and a child, a third wait for their
 * decider; some have signals. */
static void fill(struct caller *caller, struct book *book, int from, int to)
{
    for (int i = from; i < to; i++) {
        caller_reset(caller);
        start(caller, book, i);
        for (int j = 0; j < i % 4; j++)
            signal_run(caller, &book->runs[i]);
        if (i % 3 == 0)
            complete(caller);
        else if (i % 3 == 1)
            involve_others(caller, i);
    }
}

/* ---- what the server says of it */

static enum outcome read_common(struct caller *caller, int number)
{
    static const struct instant beginning = { 0 };
    static const struct execution_time_filter ever = { .oldest_date = &beginning };
    static const struct tag_filter children = { { "child", 5 } };
    struct describe_domain_input domain = { .name = DOMAIN };
    struct describe_workflow_type_input type = { DOMAIN, &workflow_type };
    struct list_tags_for_resource_input tags = { .resource_arn = ARN };
    struct list_open_workflow_executions_input open = { .domain = DOMAIN,
                                                        .start_time_filter = &ever };
    struct list_closed_workflow_executions_input closed = { .domain = DOMAIN,
                                                            .start_time_filter = &ever };
    struct count_open_workflow_executions_input count_open = { .domain = DOMAIN,
                                                               .start_time_filter = &ever };
    struct count_closed_workflow_executions_input count_closed = { .domain = DOMAIN,
                                                                   .start_time_filter = &ever };

    switch (number) {
    case READ_DOMAIN:
        return caller_call(caller, OPERATION_DESCRIBE_DOMAIN, &domain);
    case READ_TYPE:
        return caller_call(caller, OPERATION_DESCRIBE_WORKFLOW_TYPE, &type);
    case READ_TAGS:
        return caller_call(caller, OPERATION_LIST_TAGS_FOR_RESOURCE, &tags);
    case READ_OPEN:
        return caller_call(caller, OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS, &open);
    case READ_CLOSED:
        return caller_call(caller, OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS, &closed);
    case READ_COUNT_CLOSED:
        return caller_call(caller, OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS, &count_closed);
    case READ_CHILDREN:
        count_open.tag_filter = &children;
        return caller_call(caller, OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS, &count_open);
    default:
        return caller_call(caller, OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS, &count_open);
    }
}

static enum outcome read_one(struct caller *caller, const struct book *book, int number)
{
    if (number >= WORKFLOWS * 2)
        return read_common(caller, number);
    const struct workflow_execution *run = &book->runs[number / 2];
    struct describe_workflow_execution_input describe = { DOMAIN, run };
    struct get_workflow_execution_history_input history = { .domain = DOMAIN, .execution = run };
    return number % 2 ? caller_call(caller, OPERATION_GET_WORKFLOW_EXECUTION_HISTORY, &history)
                      : caller_call(caller, OPERATION_DESCRIBE_WORKFLOW_EXECUTION, &describe);
}

/* What the last decision brings about among workflows is done: each call is taken by a later turn.
 */
static void let_settle(struct caller *caller)
{
    for (int i = 0; i < 8; i++)
        assert_int_equal(read_common(caller, READ_DOMAIN), DONE);
}

static void write_truth(struct caller *caller, struct book *book)
{
    for (int i = 0; i < READS; i++) {
        caller_reset(caller);
        assert_int_equal(read_one(caller, book, i), DONE);
        book->truth[i] = arena_copy(&book->arena, caller->reply.body);
    }
}

/* ---- the folder */

struct story {
    struct scratch scratch;
    char good[SCRATCH_PATH_MAX], damaged[SCRATCH_PATH_MAX], log[SCRATCH_PATH_MAX];
    struct process process;
    struct text text;
    struct book book;
    struct random_sequence random;
    unsigned refused, served, failed_reads;
};

static void serve(struct story *story, const char *folder)
{
    process_serve(&story->process, story->log, folder, NULL, NULL);
    assert_true(process_wait_listening(&story->process));
}

static void serve_and_fill(struct story *story, int from, int to, bool orderly)
{
    struct caller caller;

    serve(story, story->good);
    caller_init(&caller, story->process.endpoint);
    if (from == 0)
        register_all(&caller);
    fill(&caller, &story->book, from, to);
    let_settle(&caller);
    if (to == WORKFLOWS)
        write_truth(&caller, &story->book);
    caller_deinit(&caller);
    if (orderly)
        assert_int_equal(process_stop(&story->process), 0);
    else
        process_kill(&story->process);
}

/* Several lives, so that there are tables, checkpoints, and a log at the end. */
static void make_good(struct story *story)
{
    serve_and_fill(story, 0, 7, true);
    serve_and_fill(story, 7, 13, false);
    serve_and_fill(story, 13, 18, true);
    serve_and_fill(story, 18, WORKFLOWS, false);
}

/* ---- damage */

enum damage { FLIP, FLIP_EARLY, FLIP_LATE, CUT_HALF, CUT_ALL, CUT_ONE, REMOVE, APPEND, DAMAGES };

static const char *const damage_names[DAMAGES] = {
    "a byte changed", "an early byte changed", "a late byte changed",
    "cut in half",    "cut to nothing",        "cut by one byte",
    "removed",        "something appended",
};

static size_t place_for(struct story *story, enum damage damage, size_t len)
{
    size_t part = len / 8 + 1;

    if (damage == FLIP_EARLY)
        return random_below(&story->random, part);
    if (damage == FLIP_LATE)
        return len - 1 - random_below(&story->random, part < len ? part : len);
    return random_below(&story->random, len);
}

/* False when this cannot be done to the file. */
static bool do_damage(struct story *story, const char *path, enum damage damage)
{
    struct text *content = &story->text;

    file_read(path, content);
    if (content->len == 0 && damage != REMOVE && damage != APPEND)
        return false;
    if (damage == REMOVE)
        return unlink(path) == 0;
    if (damage == CUT_HALF)
        content->len /= 2;
    else if (damage == CUT_ALL)
        content->len = 0;
    else if (damage == CUT_ONE)
        content->len--;
    else if (damage == APPEND)
        text_append(content, BYTES("\x01garbage\xff\x00\x00\x10"));
    else
        content->ptr[place_for(story, damage, content->len)] ^= (char)(1 << random_below(
                                                                           &story->random, 8));
    file_write(path, text_bytes(content));
    return true;
}

/* ---- and what comes of it */

/* The log at its end: a damaged or missing end of it cannot be told from what was never written.
 * Then younger things are not there, but what is there is true: a history is the beginning of the
 * true one. */
static bool may_be_shorter(const char *file)
{
    return strstr(file, ".log") != NULL;
}

static bool is_beginning_of(struct bytes part, struct bytes whole)
{
    /* {"events":[...]}: all but the closing brackets. */
    return part.len >= 2 && part.len <= whole.len && memcmp(part.ptr, whole.ptr, part.len - 2) == 0;
}

static bool log_names_damage(struct story *story)
{
    struct bytes log = text_bytes(&story->text);

    return log_has_line(log, (const char *const[]){ "level=error", "damaged", NULL }) ||
           log_has_line(log, (const char *const[]){ "level=error", "Corruption", NULL }) ||
           log_has_line(log, (const char *const[]){ "level=error", "missing", NULL });
}

static bool is_right_answer(const struct story *story, const struct caller *caller, int number,
                            bool shorter)
{
    struct bytes truth = story->book.truth[number];

    if (bytes_equal(caller->reply.body, truth))
        return true;
    if (!shorter || number == READ_DOMAIN || number == READ_TYPE || number == READ_TAGS)
        return false;
    return number >= WORKFLOWS * 2 || number % 2 == 0 || is_beginning_of(caller->reply.body, truth);
}

/* An answer that gives none is right too, if the log says why. */
static bool is_right(struct story *story, struct caller *caller, int number, bool shorter)
{
    enum outcome outcome = read_one(caller, &story->book, number);

    if (outcome == UNKNOWN)
        return false; /* having come so far, it goes on */
    if (outcome == DONE)
        return is_right_answer(story, caller, number, shorter);
    if (shorter && caller_was_refused_with(caller, "UnknownResourceFault"))
        return true;
    story->failed_reads++;
    process_read_log(&story->process, &story->text);
    return caller->reply.http_status == 500 && log_names_damage(story);
}

static void check_refused(struct story *story, const char *file, enum damage damage)
{
    int status = process_wait(&story->process);

    story->refused++;
    process_read_log(&story->process, &story->text);
    if (status != 1 || !log_names_damage(story))
        fail_msg("%s, %s: ends with status %d, log:\n%.*s", file, damage_names[damage], status,
                 BYTES_FMT(text_bytes(&story->text)));
}

static void fail_wrong(struct story *story, const char *file, enum damage damage, int number,
                       const struct reply *reply)
{
    process_read_log(&story->process, &story->text);
    fail_msg("%s, %s: read %d is answered with %d %.*s %.*s; log:\n%.*s", file,
             damage_names[damage], number, reply->http_status, BYTES_FMT(reply->fault),
             BYTES_FMT(reply->body), BYTES_FMT(text_bytes(&story->text)));
}

static void check_served(struct story *story, const char *file, enum damage damage)
{
    struct caller caller;

    caller_init(&caller, story->process.endpoint);
    for (int i = 0; i < READS; i++) {
        caller_reset(&caller);
        if (!is_right(story, &caller, i, may_be_shorter(file)))
            fail_wrong(story, file, damage, i, &caller.reply);
    }
    caller_deinit(&caller);
    story->served++;
    assert_int_equal(process_stop(&story->process), 0);
}

static void try_damage(struct story *story, const char *file, enum damage damage)
{
    char path[SCRATCH_PATH_MAX + 300];

    folder_remove(story->damaged);
    folder_copy(story->good, story->damaged);
    snprintf(path, sizeof path, "%s/%s", story->damaged, file);
    if (!do_damage(story, path, damage))
        return;
    process_serve(&story->process, story->log, story->damaged, NULL, NULL);
    if (process_wait_listening(&story->process))
        check_served(story, file, damage);
    else
        check_refused(story, file, damage);
}

/* Once each, but bytes are many. */
static void try_damages(struct story *story, const char *file)
{
    static const int times[DAMAGES] = { [FLIP] = 3, [FLIP_EARLY] = 2, [FLIP_LATE] = 2 };

    for (int damage = 0; damage < DAMAGES; damage++)
        for (int i = 0; i < times[damage] + (times[damage] == 0); i++)
            try_damage(story, file, (enum damage)damage);
}

static void test_damage(void **state)
{
    struct story *story = *state;
    const struct dirent *entry;
    DIR *folder;

    make_good(story);
    folder = opendir(story->good);
    assert_non_null(folder);
    while ((entry = readdir(folder)))
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "LOCK") != 0)
            try_damages(story, entry->d_name);
    closedir(folder);
    print_message("%u times refused, %u times served, with %u reads that failed\n", story->refused,
                  story->served, story->failed_reads);
    assert_true(story->refused > 0 && story->served > 0);
}

static int setup(void **state)
{
    static struct story story;
    unsigned long long seed = 1;
    const char *told = getenv("CRASH_SEED");

    if (told && !bytes_parse_u64(bytes_of_cstr(told), &seed))
        return -1;
    print_message("seed %llu\n", seed);
    story.random.state = seed;
    scratch_init(&story.scratch);
    scratch_path(&story.scratch, "good", story.good);
    scratch_path(&story.scratch, "damaged", story.damaged);
    scratch_path(&story.scratch, "log", story.log);
    text_init(&story.text, TEXT_BYTES_MAX);
    arena_init(&story.book.arena, "book", TEXT_BYTES_MAX);
    *state = &story;
    return 0;
}

static int teardown(void **state)
{
    struct story *story = *state;

    process_kill(&story->process);
    arena_deinit(&story->book.arena);
    text_deinit(&story->text);
    scratch_deinit(&story->scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(test_damage, setup,
                                                                        teardown) };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
