#include "story.h"

#include "host.h"
#include <rocksdb/c.h>
#include <stdarg.h>
#include <stdio.h>

struct telling {
    struct story *story;
    struct host host;
    const char *folder;
    struct arena *arena;
    int64_t now_ms;
};

/* ---- lives of the server */

static void begin(struct telling *telling)
{
    ensure(host_open(&telling->host, telling->folder, telling->now_ms, telling->arena) == OK);
}

static void end(struct telling *telling)
{
    telling->now_ms = telling->host.now_ms;
    host_close(&telling->host);
}

/* After each turn of the last life. */
static void keep(struct telling *telling)
{
    struct story *story = telling->story;
    struct story_turn *kept = &story->turns[story->turn_count];
    struct store_meta meta;

    store_get_meta(telling->host.store, &meta);
    if (story->turn_count && kept[-1].turn == meta.turn)
        return;
    ensure(++story->turn_count < TURNS_MAX);
    kept->turn = meta.turn;
    files_take(&kept->files, telling->folder, telling->arena);
}

/* ---- tables of small blocks: a small store has as many of them as a large one */

/* RocksDB's numbers for them; the C interface has no names. */
#define COMPACT_ALL 2
#define CHECKSUM_CRC32C 1

static rocksdb_t *open_database(const char *folder, rocksdb_options_t *options,
                                rocksdb_column_family_handle_t *families[5])
{
    static const char *const names[] = { "default", "state", "history", "closed", "twin" };
    const rocksdb_options_t *all[] = { options, options, options, options, options };
    char *error = NULL;
    rocksdb_t *database = rocksdb_open_column_families(options, folder, 5, names, all, families,
                                                       &error);

    ensure(error == NULL);
    return database;
}

static void make_small_blocks(const char *folder)
{
    rocksdb_column_family_handle_t *families[5];
    rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();
    rocksdb_options_t *options = rocksdb_options_create();
    rocksdb_compactoptions_t *compact = rocksdb_compactoptions_create();
    rocksdb_t *database;

    rocksdb_block_based_options_set_block_size(table, 1024);
    rocksdb_block_based_options_set_format_version(table, 5);
    rocksdb_block_based_options_set_checksum(table, CHECKSUM_CRC32C);
    rocksdb_options_set_block_based_table_factory(options, table);
    rocksdb_options_set_compression(options, rocksdb_lz4_compression);
    rocksdb_compactoptions_set_bottommost_level_compaction(compact, COMPACT_ALL);
    database = open_database(folder, options, families);
    for (int i = 0; i < 5; i++) {
        rocksdb_compact_range_cf_opt(database, families[i], compact, NULL, 0, NULL, 0);
        rocksdb_column_family_handle_destroy(families[i]);
    }
    rocksdb_close(database);
    rocksdb_compactoptions_destroy(compact);
    rocksdb_options_destroy(options);
    rocksdb_block_based_options_destroy(table);
}

/* ---- what clients, deciders and workers say */

static const char *words(struct telling *telling, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static const char *words(struct telling *telling, const char *format, ...)
{
    char text[4096];
    va_list arguments;
    int len;

    va_start(arguments, format);
    len = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    ensure(len > 0 && (size_t)len < sizeof(text));
    return arena_copy(telling->arena, bytes_of(text, (size_t)len + 1)).ptr;
}

static struct bytes say(struct telling *telling, enum operation operation, const char *request)
{
    struct bytes reply = host_do(&telling->host, operation, request);

    if (telling->story)
        keep(telling);
    return reply;
}

static void register_domain(struct telling *telling, const char *domain)
{
    say(telling, OPERATION_REGISTER_DOMAIN,
        words(telling,
              "{'name':'%s','workflowExecutionRetentionPeriodInDays':'90',"
              "'tags':[{'key':'team','value':'%s'}]}",
              domain, domain));
    say(telling, OPERATION_REGISTER_WORKFLOW_TYPE,
        words(telling,
              "{'domain':'%s','name':'order','version':'1',"
              "'defaultTaskStartToCloseTimeout':'NONE','defaultChildPolicy':'REQUEST_CANCEL',"
              "'defaultExecutionStartToCloseTimeout':'31536000',"
              "'defaultTaskList':{'name':'nobody'}}",
              domain));
    say(telling, OPERATION_REGISTER_ACTIVITY_TYPE,
        words(telling,
              "{'domain':'%s','name':'ship','version':'1','defaultTaskHeartbeatTimeout':'NONE',"
              "'defaultTaskStartToCloseTimeout':'NONE','defaultTaskList':{'name':'workers'},"
              "'defaultTaskScheduleToStartTimeout':'NONE',"
              "'defaultTaskScheduleToCloseTimeout':'NONE'}",
              domain));
}

static void start(struct telling *telling, const char *domain, const char *id)
{
    telling->host.now_ms += 1000;
    say(telling, OPERATION_START_WORKFLOW_EXECUTION,
        words(telling,
              "{'domain':'%s','workflowId':'%s','workflowType':{'name':'order','version':'1'},"
              "'taskList':{'name':'%s'},'tagList':['red','%s'],'input':'what there is to do'}",
              domain, id, id, id));
}

static void signal_run(struct telling *telling, const char *domain, const char *id)
{
    telling->host.now_ms += 1000;
    say(telling, OPERATION_SIGNAL_WORKFLOW_EXECUTION,
        words(telling,
              "{'domain':'%s','workflowId':'%s','signalName':'hurry','input':'a word or two'}",
              domain, id));
}

static const char *poll(struct telling *telling, enum operation operation, const char *domain,
                        const char *list)
{
    struct bytes reply = say(
        telling, operation,
        words(telling, "{'domain':'%s','taskList':{'name':'%s'}}", domain, list));

    return words(telling, "%.*s", BYTES_FMT(member_in(reply, "taskToken")));
}

static void decide(struct telling *telling, const char *domain, const char *id,
                   const char *decisions)
{
    const char *token = poll(telling, OPERATION_POLL_FOR_DECISION_TASK, domain, id);

    telling->host.now_ms += 1000;
    say(telling, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
        words(telling, "{'taskToken':'%s','executionContext':'so far','decisions':[%s]}", token,
              decisions));
}

#define COMPLETE                                   \
    "{'decisionType':'CompleteWorkflowExecution'," \
    "'completeWorkflowExecutionDecisionAttributes':{'result':'done'}}"
#define FAIL                                   \
    "{'decisionType':'FailWorkflowExecution'," \
    "'failWorkflowExecutionDecisionAttributes':{'reason':'no apples'}}"
#define CONTINUE "{'decisionType':'ContinueAsNewWorkflowExecution'}"
#define MARK                          \
    "{'decisionType':'RecordMarker'," \
    "'recordMarkerDecisionAttributes':{'markerName':'m','details':'where we are'}}"
#define WORK                                                                                \
    "{'decisionType':'ScheduleActivityTask','scheduleActivityTaskDecisionAttributes':"      \
    "{'activityId':'a','activityType':{'name':'ship','version':'1'},'input':'two boxes'}}," \
    "{'decisionType':'StartTimer','startTimerDecisionAttributes':"                          \
    "{'timerId':'t','startToFireTimeout':'8640000'}}"
#define CHILD                                                                                    \
    "{'decisionType':'StartChildWorkflowExecution','startChildWorkflowExecutionDecisionAttribut" \
    "es':{'workflowId':'child','workflowType':{'name':'order','version':'1'}}}"
#define TELL                                             \
    "{'decisionType':'SignalExternalWorkflowExecution'," \
    "'signalExternalWorkflowExecutionDecisionAttributes':{'workflowId':'told','signalName':'s'}}"

static void work_and_wait(struct telling *telling, const char *domain, const char *id)
{
    const char *task;

    start(telling, domain, id);
    decide(telling, domain, id, WORK);
    task = poll(telling, OPERATION_POLL_FOR_ACTIVITY_TASK, domain, "workers");
    say(telling, OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT,
        words(telling, "{'taskToken':'%s','details':'half of it'}", task));
}

static void start_and_decide(struct telling *telling, const char *domain, const char *id,
                             const char *decisions)
{
    start(telling, domain, id);
    decide(telling, domain, id, decisions);
}

static void first_life(struct telling *telling)
{
    begin(telling);
    register_domain(telling, "north");
    register_domain(telling, "south");
    for (int i = 1; i <= 3; i++)
        start_and_decide(telling, "north", words(telling, "done-%d", i), MARK "," COMPLETE);
    start_and_decide(telling, "south", "failed-1", FAIL);
    start_and_decide(telling, "south", "again", CONTINUE);
    work_and_wait(telling, "north", "works-1");
    start(telling, "north", "grows");
    start(telling, "south", "waits-1");
    signal_run(telling, "north", "grows");
    start_and_decide(telling, "south", "parent-1", CHILD);
    host_settle(&telling->host);
    end(telling);
    make_small_blocks(telling->folder);
}

static void second_life(struct telling *telling)
{
    begin(telling);
    start_and_decide(telling, "north", "done-4", COMPLETE);
    start(telling, "north", "told");
    start(telling, "south", "ends");
    signal_run(telling, "north", "grows");
    host_settle(&telling->host);
    end(telling);
}

/* All that is in the log alone; the last decision's messages wait for a turn that does not come. */
static void third_life(struct telling *telling)
{
    begin(telling);
    keep(telling);
    signal_run(telling, "north", "grows");
    say(telling, OPERATION_TERMINATE_WORKFLOW_EXECUTION,
        "{'domain':'south','workflowId':'ends','reason':'enough'}");
    start(telling, "north", "late");
    work_and_wait(telling, "north", "works-2");
    start_and_decide(telling, "south", "done-5", MARK "," COMPLETE);
    start_and_decide(telling, "north", "tells", TELL "," CHILD);
    end(telling);
}

void story_tell(struct story *story, const char *folder, struct arena *arena)
{
    struct telling telling = { .folder = folder,
                               .arena = arena,
                               .now_ms = STORY_ENDS_MS - INT64_C(600000) };

    *story = (struct story){ 0 };
    folder_remove(folder);
    first_life(&telling);
    second_life(&telling);
    telling.story = story;
    third_life(&telling);
    ensure(telling.now_ms < STORY_ENDS_MS);
    folder_remove(folder);
}
