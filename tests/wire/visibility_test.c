/*
 * ListOpenWorkflowExecutions, ListClosedWorkflowExecutions, CountOpenWorkflowExecutions,
 * CountClosedWorkflowExecutions, CountPendingActivityTasks and CountPendingDecisionTasks.
 */
#include "script.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS (INT64_C(86400) * 1000)

static int registered_setup(void **state)
{
    script_setup(state);
    script_register(*state);
    return 0;
}

/* ---- what a list shows ---- */

/* The workflow ids in the last reply, with a space between them. */
static void read_ids(const struct script *script, char ids[256])
{
    static const char before[] = "\"workflowId\":\"";
    struct bytes rest = script->talk.body;
    const char *at;

    ids[0] = '\0';
    while ((at = memmem(rest.ptr, rest.len, before, strlen(before))) != NULL) {
        rest = bytes_skip(rest, (size_t)(at - rest.ptr) + strlen(before));
        const char *end = memchr(rest.ptr, '"', rest.len);
        assert_non_null(end);
        size_t used = strlen(ids);
        snprintf(ids + used, 256 - used, "%s%.*s", used ? " " : "", (int)(end - rest.ptr),
                 rest.ptr);
    }
}

/* Takes the token of the next page as <next>; false: there is none. */
static bool take_next(struct script *script)
{
    static const char before[] = "\"nextPageToken\":\"";
    struct bytes body = script->talk.body;
    const char *at = memmem(body.ptr, body.len, before, strlen(before));

    if (!at)
        return false;
    at += strlen(before);
    const char *end = memchr(at, '"', (size_t)(body.ptr + body.len - at));
    assert_non_null(end);
    script_bind(script, "next", bytes_of(at, (size_t)(end - at)));
    return true;
}

/* A list of runs is just these ids; "..." at the end stands for a token, which is <next> then. */
static void expect_ids(struct script *script, const char *operation, const char *request,
                       const char *expected)
{
    char ids[256];

    script_ask(script, &script->talk, operation, request);
    talk_receive(&script->talk);
    if (talk_status(&script->talk) != 200)
        fail_msg("%s %s: %.*s", operation, request, BYTES_FMT(script->talk.body));
    read_ids(script, ids);
    if (take_next(script))
        strcat(ids, " ...");
    if (strcmp(ids, expected) != 0)
        fail_msg("%s %s shows \"%s\" and not \"%s\"", operation, request, ids, expected);
}

/* "a b c" -> "c b a"; returns how many there are. */
static int reverse_ids(const char *ids, char reversed[256])
{
    char copy[256], *save = NULL;
    int count = 0;

    snprintf(copy, sizeof(copy), "%s", ids);
    reversed[0] = '\0';
    for (char *id = strtok_r(copy, " ", &save); id; id = strtok_r(NULL, " ", &save)) {
        char so_far[256];
        snprintf(so_far, sizeof(so_far), "%s", reversed);
        snprintf(reversed, 256, "%.100s%s%.100s", id, so_far[0] ? " " : "", so_far);
        count++;
    }
    return count;
}

/* What is asked in both orders and as a count is the same. */
static void expect_query(struct script *script, const char *state, const char *query,
                         const char *ids)
{
    char list[64], counting[64], request[512], reversed[256], count[64];
    int number = reverse_ids(ids, reversed);

    snprintf(list, sizeof(list), "List%sWorkflowExecutions", state);
    snprintf(counting, sizeof(counting), "Count%sWorkflowExecutions", state);
    snprintf(request, sizeof(request), "{'domain':'d',%s}", query);
    snprintf(count, sizeof(count), "{'count':%d,'truncated':false}", number);
    expect_ids(script, list, request, ids);
    play_steps(script, &(struct step){ counting, request, 200, count }, 1);
    snprintf(request, sizeof(request), "{'domain':'d',%s,'reverseOrder':true}", query);
    expect_ids(script, list, request, reversed);
    snprintf(request, sizeof(request), "{'domain':'d',%s,'reverseOrder':false}", query);
    expect_ids(script, list, request, ids);
}

#define EVER "{'oldestDate':0}"
#define BY_START "'startTimeFilter':" EVER
#define BY_CLOSE "'closeTimeFilter':" EVER
#define OPEN_RUNS(rest, ids) expect_query(*state, "Open", BY_START rest, ids)
#define CLOSED_BY_START(rest, ids) expect_query(*state, "Closed", BY_START rest, ids)
#define CLOSED_BY_CLOSE(rest, ids) expect_query(*state, "Closed", BY_CLOSE rest, ids)

#define ID_FILTER(id) ",'executionFilter':{'workflowId':'" id "'}"
#define NAME_FILTER(name) ",'typeFilter':{'name':'" name "'}"
#define TYPE_FILTER(name, version) ",'typeFilter':{'name':'" name "','version':'" version "'}"
#define TAG_FILTER(tag) ",'tagFilter':{'tag':'" tag "'}"
#define STATUS_FILTER(status) ",'closeStatusFilter':{'status':'" status "'}"

/* ---- runs to be seen ---- */

static void start(struct script *script, const char *id, const char *name, const char *version,
                  const char *rest)
{
    char request[512], reply[64];

    snprintf(request, sizeof(request),
             "{'domain':'d','workflowId':'%s','workflowType':{'name':'%s','version':'%s'}%s}", id,
             name, version, rest);
    snprintf(reply, sizeof(reply), "{'runId':'<%s-run>'}", id);
    play_steps(script, &(struct step)GET("StartWorkflowExecution", request, reply), 1);
}

static void start_plain(struct script *script, const char *id)
{
    start(script, id, "w", "1", "");
}

/* Another run of an id that had one. */
static void start_again(struct script *script, const char *id)
{
    char request[256];

    snprintf(request, sizeof(request),
             "{'domain':'d','workflowId':'%s','workflowType':{'name':'w','version':'1'}}", id);
    play_steps(script, &(struct step)GET("StartWorkflowExecution", request, "{'runId':'<again>'}"),
               1);
}

static void terminate(struct script *script, const char *id)
{
    char request[128];

    snprintf(request, sizeof(request), "{'domain':'d','workflowId':'%s'}", id);
    play_steps(script, &(struct step)DO("TerminateWorkflowExecution", request), 1);
}

static void register_type(struct script *script, const char *name, const char *version)
{
    char request[512];

    snprintf(request, sizeof(request),
             "{'domain':'d','name':'%s','version':'%s','defaultTaskStartToCloseTimeout':'600',"
             "'defaultExecutionStartToCloseTimeout':'86400',"
             "'defaultTaskList':{'name':'deciders'},'defaultChildPolicy':'TERMINATE'}",
             name, version);
    play_steps(script, &(struct step)DO("RegisterWorkflowType", request), 1);
}

/* Five open runs, a second between each and the next, the first at the beginning of the world. */
static int five_setup(void **state)
{
    registered_setup(state);
    register_type(*state, "w", "2");
    register_type(*state, "v", "1");
    start(*state, "a", "w", "1", ",'tagList':['x','y']");
    script_advance(*state, 1000);
    start(*state, "b", "w", "2", ",'tagList':['y','y']");
    script_advance(*state, 1000);
    start(*state, "c", "v", "1", ",'tagList':['Y','xy']");
    script_advance(*state, 1000);
    start(*state, "d", "w", "1", "");
    script_advance(*state, 1000);
    start(*state, "e", "w", "1", ",'tagList':['x']");
    return 0;
}

/* The same five, closed in another order, a second between each and the next: c at +5 s, a, e, b, d
 * at +9 s. */
static int five_closed_setup(void **state)
{
    five_setup(state);
    for (const char *id = "caebd"; *id; id++) {
        script_advance(*state, 1000);
        terminate(*state, (const char[]){ *id, '\0' });
    }
    return 0;
}

#define test(f) cmocka_unit_test_setup_teardown(f, registered_setup, script_teardown)
#define test_five(f) cmocka_unit_test_setup_teardown(f, five_setup, script_teardown)
#define test_closed(f) cmocka_unit_test_setup_teardown(f, five_closed_setup, script_teardown)

/* ---- one run, whole ---- */

#define TYPE_1 "'workflowType':{'name':'w','version':'1'}}"

static void an_open_run_whole(void **state)
{
    start(*state, "id", "w", "1", ",'tagList':['x','y']");
#define SHOWN(cancel)                                                                  \
    GET("ListOpenWorkflowExecutions", "{'domain':'d'," BY_START "}",                   \
        "{'executionInfos':[{'cancelRequested':" cancel ","                            \
        "'execution':{'runId':'<id-run>','workflowId':'id'},'executionStatus':'OPEN'," \
        "'startTimestamp':" BEGIN ",'tagList':['x','y']," TYPE_1 "]}")
    PLAY(*state, SHOWN("false"),
         DO("RequestCancelWorkflowExecution", "{'domain':'d','workflowId':'id'}"), SHOWN("true"));
}

static void a_closed_run_whole(void **state)
{
    start_plain(*state, "id");
    script_advance(*state, 526);
    terminate(*state, "id");
    PLAY(*state,
         GET("ListClosedWorkflowExecutions", "{'domain':'d'," BY_CLOSE "}",
             "{'executionInfos':[{'cancelRequested':false,'closeStatus':'TERMINATED',"
             "'closeTimestamp':1.32659262E9,"
             "'execution':{'runId':'<id-run>','workflowId':'id'},'executionStatus':'CLOSED',"
             "'startTimestamp':" LIST(BEGIN, TYPE_1) "]}"));
}

static void children_name_their_parent(void **state)
{
    script_start(*state, "id");
    PLAY(*state,
         DO("RespondDecisionTaskCompleted",
            "{'taskToken':'<id-task>','decisions':[{'decisionType':'StartChildWorkflowExecution',"
            "'startChildWorkflowExecutionDecisionAttributes':{'workflowId':'child',"
            "'workflowType':{'name':'w','version':'1'}}}]}"),
         GET("ListOpenWorkflowExecutions", "{'domain':'d'," BY_START ID_FILTER("child") "}",
             "{'executionInfos':[{'cancelRequested':false,"
             "'execution':{'runId':'<child-run>','workflowId':'child'},'executionStatus':'OPEN',"
             "'parent':{'runId':'<id-run>','workflowId':'id'},"
             "'startTimestamp':" LIST(BEGIN, TYPE_1) "]}"));
}

static void nothing_to_see(void **state)
{
    OPEN_RUNS("", "");
    CLOSED_BY_START("", "");
    CLOSED_BY_CLOSE("", "");
    PLAY(*state,
         GET("ListOpenWorkflowExecutions", "{'domain':'d'," BY_START "}", "{'executionInfos':[]}"),
         GET("ListClosedWorkflowExecutions", "{'domain':'d'," BY_START "}",
             "{'executionInfos':[]}"));
}

#define NO_DOMAIN(operation, rest) \
    FAULT(operation, "{'domain':'x'," rest "}", "UnknownResourceFault", "Unknown domain: x")

static void unknown_domain(void **state)
{
    PLAY(*state, NO_DOMAIN("ListOpenWorkflowExecutions", BY_START),
         NO_DOMAIN("ListClosedWorkflowExecutions", BY_START),
         NO_DOMAIN("CountOpenWorkflowExecutions", BY_START),
         NO_DOMAIN("CountClosedWorkflowExecutions", BY_CLOSE),
         NO_DOMAIN("CountPendingActivityTasks", "'taskList':{'name':'l'}"),
         NO_DOMAIN("CountPendingDecisionTasks", "'taskList':{'name':'l'}"));
}

/* ---- filters of open runs ---- */

static void open_runs_newest_first(void **state)
{
    OPEN_RUNS("", "e d c b a");
    terminate(*state, "c");
    OPEN_RUNS("", "e d b a");
    terminate(*state, "e");
    terminate(*state, "a");
    OPEN_RUNS("", "d b");
}

static void the_open_run_of_an_id(void **state)
{
    OPEN_RUNS(ID_FILTER("c"), "c");
    OPEN_RUNS(ID_FILTER("C"), "");
    terminate(*state, "c");
    OPEN_RUNS(ID_FILTER("c"), "");
    start_again(*state, "c");
    OPEN_RUNS(ID_FILTER("c"), "c");
}

static void open_runs_of_a_type(void **state)
{
    OPEN_RUNS(NAME_FILTER("w"), "e d b a");
    OPEN_RUNS(TYPE_FILTER("w", ""), "e d b a");
    OPEN_RUNS(TYPE_FILTER("w", "1"), "e d a");
    OPEN_RUNS(TYPE_FILTER("w", "2"), "b");
    OPEN_RUNS(TYPE_FILTER("w", "3"), "");
    OPEN_RUNS(NAME_FILTER("v"), "c");
    OPEN_RUNS(NAME_FILTER("W"), "");
    terminate(*state, "d");
    OPEN_RUNS(NAME_FILTER("w"), "e b a");
    OPEN_RUNS(TYPE_FILTER("w", "1"), "e a");
}

static void open_runs_with_a_tag(void **state)
{
    OPEN_RUNS(TAG_FILTER("x"), "e a");
    OPEN_RUNS(TAG_FILTER("y"), "b a"); /* b has it twice and is there once */
    OPEN_RUNS(TAG_FILTER("Y"), "c");
    OPEN_RUNS(TAG_FILTER("z"), "");
    terminate(*state, "b");
    OPEN_RUNS(TAG_FILTER("y"), "a");
}

static void an_id_that_looks_like_a_tag(void **state)
{
    OPEN_RUNS(TAG_FILTER("a"), "");
    OPEN_RUNS(TAG_FILTER("w"), "");
    OPEN_RUNS(ID_FILTER("x"), "");
}

static void each_domain_has_its_own(void **state)
{
#define IN_E(operation, rest, reply) GET(operation, "{'domain':'e'," rest "}", reply)
    PLAY(*state, DO("RegisterDomain", "{'name':'e','workflowExecutionRetentionPeriodInDays':'1'}"),
         IN_E("ListOpenWorkflowExecutions", BY_START, "{'executionInfos':[]}"),
         IN_E("CountOpenWorkflowExecutions", BY_START TAG_FILTER("x"),
              "{'count':0,'truncated':false}"),
         IN_E("CountOpenWorkflowExecutions", BY_START ID_FILTER("a"),
              "{'count':0,'truncated':false}"));
    terminate(*state, "a");
    PLAY(*state, IN_E("CountClosedWorkflowExecutions", BY_START, "{'count':0,'truncated':false}"));
}

static void a_deprecated_domain_shows_its_runs(void **state)
{
    terminate(*state, "a");
    PLAY(*state, DO("DeprecateDomain", "{'name':'d'}"));
    OPEN_RUNS("", "e d c b");
    CLOSED_BY_CLOSE("", "a");
}

/* ---- times ---- */

#define BETWEEN(time, oldest, latest) \
    "'" time "TimeFilter':{'oldestDate':" oldest ",'latestDate':" latest "}"
#define OPEN_BETWEEN(oldest, latest, rest, ids) \
    expect_query(*state, "Open", BETWEEN("start", oldest, latest) rest, ids)
#define STARTED_BETWEEN(oldest, latest, rest, ids) \
    expect_query(*state, "Closed", BETWEEN("start", oldest, latest) rest, ids)
#define CLOSED_BETWEEN(oldest, latest, rest, ids) \
    expect_query(*state, "Closed", BETWEEN("close", oldest, latest) rest, ids)

static void open_runs_of_a_time(void **state)
{
    OPEN_BETWEEN("1326592620.474", "1326592622.474", "", "d c b"); /* both ends are within */
    OPEN_BETWEEN("1326592620.475", "1326592622.473", "", "c");
    OPEN_BETWEEN("1326592621.474", "1326592621.474", "", "c");
    OPEN_BETWEEN("1326592621.475", "1326592622.473", "", "");
    OPEN_BETWEEN("0", "1326592619.473", "", "");
    OPEN_BETWEEN("0", "1.326592619474E9", "", "a");
    OPEN_BETWEEN("1326592623.475", "9999999999", "", "");
    OPEN_BETWEEN("1326592622.474", "1326592620.474", "", ""); /* ends before it begins */
    expect_query(*state, "Open", "'startTimeFilter':{'oldestDate':1326592622.474}", "e d");
}

static void open_runs_of_a_time_and_a_filter(void **state)
{
    OPEN_BETWEEN("1326592620.474", "1326592623.473", NAME_FILTER("w"), "d b");
    OPEN_BETWEEN("1326592620", "1326592624", TYPE_FILTER("w", "1"), "e d");
    OPEN_BETWEEN("1326592619.475", "1326592624", TAG_FILTER("x"), "e");
    OPEN_BETWEEN("1326592620.474", "1326592620.474", ID_FILTER("b"), "b");
    OPEN_BETWEEN("1326592620.475", "1326592624", ID_FILTER("b"), "");
    OPEN_BETWEEN("0", "1326592620.473", ID_FILTER("b"), "");
}

static void runs_that_start_together(void **state)
{
    for (const char *id = "pqr"; *id; id++)
        start_plain(*state, (const char[]){ *id, '\0' });
    OPEN_RUNS("", "r q p");
    OPEN_BETWEEN(BEGIN, BEGIN, "", "r q p");
    for (const char *id = "pqr"; *id; id++)
        terminate(*state, (const char[]){ *id, '\0' });
    STARTED_BETWEEN(BEGIN, BEGIN, "", "r q p");
    CLOSED_BETWEEN(BEGIN, BEGIN, "", "r q p");
}

static void closed_runs_by_their_start(void **state)
{
    CLOSED_BY_START("", "e d c b a");
    STARTED_BETWEEN("1326592620.474", "1326592622.474", "", "d c b");
    STARTED_BETWEEN("1326592620.475", "1326592622.473", "", "c");
    STARTED_BETWEEN("1326592621.474", "1326592621.474", "", "c");
    STARTED_BETWEEN("1326592623.475", "9999999999", "", "");
    STARTED_BETWEEN("1326592622.474", "1326592620.474", "", "");
    expect_query(*state, "Closed", "'startTimeFilter':{'oldestDate':1326592622.474}", "e d");
}

static void closed_runs_by_their_close(void **state)
{
    CLOSED_BY_CLOSE("", "d b e a c");
    CLOSED_BETWEEN("1326592625.474", "1326592627.474", "", "b e a");
    CLOSED_BETWEEN("1326592625.475", "1326592627.473", "", "e");
    CLOSED_BETWEEN("1326592626.474", "1326592626.474", "", "e");
    CLOSED_BETWEEN("0", "1326592624.473", "", "");
    CLOSED_BETWEEN("0", "1326592624.474", "", "c");
    CLOSED_BETWEEN("1326592628.475", "9999999999", "", "");
    CLOSED_BETWEEN("1326592627.474", "1326592625.474", "", "");
    expect_query(*state, "Closed", "'closeTimeFilter':{'oldestDate':1326592627.474}", "d b");
}

static void times_beyond_any(void **state)
{
    OPEN_BETWEEN("-5", "9223372036854775", "", "e d c b a");
    OPEN_BETWEEN("1E300", "1E308", "", "");
    terminate(*state, "a");
    CLOSED_BETWEEN("-5", "9223372036854775", "", "a");
    STARTED_BETWEEN("-1E300", "1E300", "", "a");
    CLOSED_BETWEEN("1E300", "1E308", "", "");
}

/* ---- filters of closed runs ---- */

static void closed_runs_of_an_id(void **state)
{
    CLOSED_BY_START(ID_FILTER("b"), "b");
    CLOSED_BY_CLOSE(ID_FILTER("b"), "b");
    CLOSED_BY_CLOSE(ID_FILTER("B"), "");
    script_advance(*state, 1000);
    start_again(*state, "b");
    CLOSED_BY_CLOSE(ID_FILTER("b"), "b");
    script_advance(*state, 1000);
    terminate(*state, "b");
    CLOSED_BY_CLOSE(ID_FILTER("b"), "b b");
    CLOSED_BETWEEN("1326592628", "1326592631", ID_FILTER("b"), "b");
}

static void closed_runs_of_a_type(void **state)
{
    CLOSED_BY_START(NAME_FILTER("w"), "e d b a");
    CLOSED_BY_CLOSE(NAME_FILTER("w"), "d b e a");
    CLOSED_BY_START(TYPE_FILTER("w", ""), "e d b a");
    CLOSED_BY_START(TYPE_FILTER("w", "1"), "e d a");
    CLOSED_BY_CLOSE(TYPE_FILTER("w", "1"), "d e a");
    CLOSED_BY_CLOSE(TYPE_FILTER("w", "2"), "b");
    CLOSED_BY_CLOSE(TYPE_FILTER("w", "3"), "");
    CLOSED_BY_CLOSE(NAME_FILTER("v"), "c");
    CLOSED_BETWEEN("1326592625.474", "1326592627.474", NAME_FILTER("w"), "b e a");
}

static void closed_runs_with_a_tag(void **state)
{
    CLOSED_BY_START(TAG_FILTER("x"), "e a");
    CLOSED_BY_CLOSE(TAG_FILTER("x"), "e a");
    CLOSED_BY_START(TAG_FILTER("y"), "b a");
    CLOSED_BY_CLOSE(TAG_FILTER("y"), "b a");
    CLOSED_BY_CLOSE(TAG_FILTER("Y"), "c");
    CLOSED_BY_CLOSE(TAG_FILTER("z"), "");
    CLOSED_BETWEEN("1326592626", "1326592630", TAG_FILTER("x"), "e");
}

/* Starts `id`, takes its decision task, and answers with this one decision. */
static void close_by(struct script *script, const char *id, const char *decision)
{
    char request[512];

    script_advance(script, 1000);
    script_start(script, id);
    snprintf(request, sizeof(request),
             "{'taskToken':'<%s-task>','decisions':[{'decisionType':'%s'}]}", id, decision);
    play_steps(script, &(struct step)DO("RespondDecisionTaskCompleted", request), 1);
}

static void closed_runs_of_each_status(void **state)
{
    close_by(*state, "completed", "CompleteWorkflowExecution");
    close_by(*state, "failed", "FailWorkflowExecution");
    close_by(*state, "canceled", "CancelWorkflowExecution");
    close_by(*state, "continued", "ContinueAsNewWorkflowExecution");
    start(*state, "late", "w", "1", ",'executionStartToCloseTimeout':'1'");
    script_advance(*state, 1000);
    terminate(*state, "continued");
    CLOSED_BY_START(STATUS_FILTER("COMPLETED"), "completed");
    CLOSED_BY_CLOSE(STATUS_FILTER("FAILED"), "failed");
    CLOSED_BY_CLOSE(STATUS_FILTER("CANCELED"), "canceled");
    CLOSED_BY_CLOSE(STATUS_FILTER("CONTINUED_AS_NEW"), "continued");
    CLOSED_BY_CLOSE(STATUS_FILTER("TIMED_OUT"), "late");
    CLOSED_BY_CLOSE(STATUS_FILTER("TERMINATED"), "continued");
    CLOSED_BETWEEN("0", "1326592620", STATUS_FILTER("FAILED"), "");
}

/* ---- one filter at a time ---- */

#define BOTH_TIMES "Cannot specify both a startTimeFilter and a closeTimeFilter"
#define EXCLUSIVE(list) \
    "Cannot specify more than one exclusive filters in the same query: [" list "]"

static void refuse_pair(struct script *script, const char *state, const char *pair,
                        const char *names)
{
    static const char *const words[] = { "List", "Count" };

    for (int i = 0; i < 2; i++) {
        char operation[64], request[256], reply[256];
        snprintf(operation, sizeof(operation), "%s%sWorkflowExecutions", words[i], state);
        snprintf(request, sizeof(request), "{'domain':'d'," BY_START "%s}", pair);
        snprintf(reply, sizeof(reply), FAULT_BODY(VALIDATION, EXCLUSIVE("%s")), names);
        play_steps(script, &(struct step){ operation, request, 400, reply }, 1);
    }
}

static void no_two_filters_at_once(void **state)
{
    static const char *const either[] = { "Open", "Closed" };

    for (int i = 0; i < 2; i++) {
        refuse_pair(*state, either[i], ID_FILTER("a") NAME_FILTER("w"),
                    "executionFilter, typeFilter");
        refuse_pair(*state, either[i], ID_FILTER("a") TAG_FILTER("x"),
                    "executionFilter, tagFilter");
        refuse_pair(*state, either[i], NAME_FILTER("w") TAG_FILTER("x"), "typeFilter, tagFilter");
        refuse_pair(*state, either[i], TAG_FILTER("x") NAME_FILTER("w") ID_FILTER("a"),
                    "executionFilter, typeFilter, tagFilter");
    }
    refuse_pair(*state, "Closed", ID_FILTER("a") STATUS_FILTER("FAILED"),
                "executionFilter, closeStatusFilter");
    refuse_pair(*state, "Closed", NAME_FILTER("w") STATUS_FILTER("FAILED"),
                "typeFilter, closeStatusFilter");
    refuse_pair(*state, "Closed", TAG_FILTER("x") STATUS_FILTER("FAILED"),
                "tagFilter, closeStatusFilter");
}

/* ---- pages ---- */

#define PAGE_OF(operation, query, rest, ids) \
    expect_ids(*state, operation, "{'domain':'d'," query ",'maximumPageSize':2" rest "}", ids)
#define NEXT ",'nextPageToken':'<next>'"
#define OPEN_PAGE(rest, ids) PAGE_OF("ListOpenWorkflowExecutions", BY_START, rest, ids)
#define CLOSED_PAGE(query, rest, ids) PAGE_OF("ListClosedWorkflowExecutions", query, rest, ids)
#define ASCENDING ",'reverseOrder':true"

static void pages_of_open_runs(void **state)
{
    OPEN_PAGE("", "e d ...");
    OPEN_PAGE(NEXT, "c b ...");
    OPEN_PAGE(NEXT, "a");
    OPEN_PAGE(NAME_FILTER("w"), "e d ...");
    OPEN_PAGE(NAME_FILTER("w") NEXT, "b a"); /* a full last page has no token */
    OPEN_PAGE(TAG_FILTER("x"), "e a");
}

static void open_runs_come_and_go_between_pages(void **state)
{
    OPEN_PAGE("", "e d ...");
    terminate(*state, "d"); /* where the page ended */
    terminate(*state, "c");
    start_plain(*state, "f");
    OPEN_PAGE(NEXT, "b a");
    OPEN_PAGE(ASCENDING, "a b ...");
    terminate(*state, "b");
    start_plain(*state, "g");
    OPEN_PAGE(ASCENDING NEXT, "e f ...");
    start_plain(*state, "h");
    OPEN_PAGE(ASCENDING NEXT, "g h");
}

static void nothing_is_left_for_the_next_page(void **state)
{
    OPEN_PAGE("", "e d ...");
    for (const char *id = "abcde"; *id; id++)
        terminate(*state, (const char[]){ *id, '\0' });
    OPEN_PAGE(NEXT, "");
}

static void pages_of_runs_that_start_together(void **state)
{
    for (const char *id = "pqrst"; *id; id++)
        start_plain(*state, (const char[]){ *id, '\0' });
    OPEN_PAGE("", "t s ...");
    OPEN_PAGE(NEXT, "r q ...");
    OPEN_PAGE(NEXT, "p");
    for (const char *id = "pqrst"; *id; id++)
        terminate(*state, (const char[]){ *id, '\0' });
    CLOSED_PAGE(BY_CLOSE, "", "t s ...");
    CLOSED_PAGE(BY_CLOSE, NEXT, "r q ...");
    CLOSED_PAGE(BY_CLOSE, NEXT, "p");
    CLOSED_PAGE(BY_START, ASCENDING, "p q ...");
    CLOSED_PAGE(BY_START, ASCENDING NEXT, "r s ...");
    CLOSED_PAGE(BY_START, ASCENDING NEXT, "t");
}

static void pages_of_runs_that_close_together(void **state)
{
    for (const char *id = "pqrst"; *id; id++)
        start_plain(*state, (const char[]){ *id, '\0' });
    script_advance(*state, 1000);
    for (const char *id = "rptqs"; *id; id++)
        terminate(*state, (const char[]){ *id, '\0' });
    CLOSED_BY_START("", "t s r q p");
    CLOSED_BY_CLOSE("", "s q t p r");
    CLOSED_BY_CLOSE(NAME_FILTER("w"), "s q t p r");
    CLOSED_PAGE(BY_CLOSE, "", "s q ...");
    CLOSED_PAGE(BY_CLOSE, NEXT, "t p ...");
    CLOSED_PAGE(BY_CLOSE, NEXT, "r");
    CLOSED_PAGE(BY_CLOSE, ASCENDING, "r p ...");
    start_plain(*state, "u");
    terminate(*state, "u"); /* after all others, although in the same instant */
    CLOSED_PAGE(BY_CLOSE, ASCENDING NEXT, "t q ...");
    CLOSED_PAGE(BY_CLOSE, ASCENDING NEXT, "s u");
}

static void pages_of_closed_runs(void **state)
{
    CLOSED_PAGE(BY_START, "", "e d ...");
    CLOSED_PAGE(BY_START, NEXT, "c b ...");
    CLOSED_PAGE(BY_START, NEXT, "a");
    CLOSED_PAGE(BY_CLOSE, "", "d b ...");
    CLOSED_PAGE(BY_CLOSE, NEXT, "e a ...");
    CLOSED_PAGE(BY_CLOSE, NEXT, "c");
    CLOSED_PAGE(BY_CLOSE, ASCENDING, "c a ...");
    CLOSED_PAGE(BY_CLOSE, ASCENDING NEXT, "e b ...");
    CLOSED_PAGE(BY_CLOSE, ASCENDING NEXT, "d");
    CLOSED_PAGE(BY_CLOSE, NAME_FILTER("w"), "d b ...");
    CLOSED_PAGE(BY_CLOSE, NAME_FILTER("w") NEXT, "e a");
}

static void runs_close_between_pages_by_start(void **state)
{
    for (const char *id = "aed"; *id; id++)
        terminate(*state, (const char[]){ *id, '\0' });
    CLOSED_PAGE(BY_START, "", "e d ...");
    start_plain(*state, "f");
    terminate(*state, "f"); /* lies before the first page */
    terminate(*state, "c"); /* lies on the next one */
    CLOSED_PAGE(BY_START, NEXT, "c a");
}

static void runs_close_between_pages_by_close(void **state)
{
    start_plain(*state, "f");
    CLOSED_PAGE(BY_CLOSE, "", "d b ...");
    script_advance(*state, 1000);
    terminate(*state, "f");
    CLOSED_PAGE(BY_CLOSE, NEXT, "e a ...");
    CLOSED_PAGE(BY_CLOSE, NEXT, "c");
    CLOSED_PAGE(BY_CLOSE, ASCENDING, "c a ...");
    CLOSED_PAGE(BY_CLOSE, ASCENDING NEXT, "e b ...");
    CLOSED_PAGE(BY_CLOSE, ASCENDING NEXT, "d f");
}

static void a_token_is_for_its_query_alone(void **state)
{
    OPEN_PAGE("", "e d ...");
    PLAY(*state,
         INVALID("ListOpenWorkflowExecutions",
                 "{'domain':'d'," BY_START ASCENDING ",'nextPageToken':'<next>'}", "Invalid token"),
         INVALID("ListOpenWorkflowExecutions",
                 "{'domain':'d'," BY_START TAG_FILTER("x") ",'nextPageToken':'<next>'}",
                 "Invalid token"),
         INVALID("ListClosedWorkflowExecutions",
                 "{'domain':'d'," BY_START ",'nextPageToken':'<next>'}", "Invalid token"));
}

/* ---- retention ---- */

static void closed_runs_vanish(void **state)
{
    script_advance(*state, DAY_MS - 4001); /* c closed 4 s before d */
    CLOSED_BY_CLOSE("", "d b e a c");
    script_advance(*state, 1);
    CLOSED_BY_CLOSE("", "d b e a");
    CLOSED_BY_START("", "e d b a");
    CLOSED_BY_CLOSE(ID_FILTER("c"), "");
    CLOSED_BY_START(NAME_FILTER("v"), "");
    CLOSED_BY_CLOSE(TAG_FILTER("Y"), "");
    CLOSED_BY_CLOSE(STATUS_FILTER("TERMINATED"), "d b e a");
    script_advance(*state, 4000);
    CLOSED_BY_CLOSE("", "");
    CLOSED_BY_START("", "");
}

static void closed_runs_vanish_between_pages(void **state)
{
    CLOSED_PAGE(BY_CLOSE, ASCENDING, "c a ...");
    script_advance(*state, DAY_MS - 1999); /* to e, which is the next */
    CLOSED_PAGE(BY_CLOSE, ASCENDING NEXT, "b d");
}

/* ---- counts that stop ---- */

static struct script *script_that_counts_to(uint32_t count)
{
    struct limits limits = LIMITS_DOCUMENTED;
    struct script *script;

    limits.count_results = count;
    script = script_new(&(struct whole_server_options){ .limits = limits });
    script_register(script);
    return script;
}

#define COUNTED(operation, query, count, truncated)    \
    GET("Count" operation, "{'domain':'d'," query "}", \
        "{'count':" #count ",'truncated':" truncated "}")
#define DECIDERS "'taskList':{'name':'deciders'}"
#define WORKERS "'taskList':{'name':'workers'}"

static void counts_stop_at_their_limit(void **state)
{
    struct script *script = script_that_counts_to(2);

    (void)state;
    start_plain(script, "a");
    start_plain(script, "b");
    PLAY(script, COUNTED("OpenWorkflowExecutions", BY_START, 2, "false"),
         COUNTED("PendingDecisionTasks", DECIDERS, 2, "false"));
    start_plain(script, "c");
    PLAY(script, COUNTED("OpenWorkflowExecutions", BY_START, 2, "true"),
         COUNTED("OpenWorkflowExecutions", BY_START NAME_FILTER("w"), 2, "true"),
         COUNTED("OpenWorkflowExecutions", BY_START ID_FILTER("a"), 1, "false"),
         COUNTED("PendingDecisionTasks", DECIDERS, 2, "true"));
    terminate(script, "a");
    terminate(script, "b");
    PLAY(script, COUNTED("ClosedWorkflowExecutions", BY_START, 2, "false"));
    terminate(script, "c");
    PLAY(script, COUNTED("ClosedWorkflowExecutions", BY_START, 2, "true"),
         COUNTED("ClosedWorkflowExecutions", BY_CLOSE STATUS_FILTER("TERMINATED"), 2, "true"),
         COUNTED("ClosedWorkflowExecutions", BY_CLOSE ID_FILTER("c"), 1, "false"));
    script_free(script);
}

static void counts_without_a_limit(void **state)
{
    struct script *script = script_that_counts_to(0);

    (void)state;
    start_plain(script, "a");
    PLAY(script, COUNTED("OpenWorkflowExecutions", BY_START, 1, "false"),
         COUNTED("PendingDecisionTasks", DECIDERS, 1, "false"));
    script_free(script);
}

/* ---- waiting tasks ---- */

#define DECISIONS(count) COUNTED("PendingDecisionTasks", DECIDERS, count, "false")
#define ACTIVITIES(count) COUNTED("PendingActivityTasks", WORKERS, count, "false")
#define SIGNAL DO("SignalWorkflowExecution", "{'domain':'d','workflowId':'a','signalName':'s'}")

static void a_list_that_nobody_used(void **state)
{
    PLAY(*state, DECISIONS(0), ACTIVITIES(0));
}

static void decision_tasks_that_wait(void **state)
{
    start_plain(*state, "a");
    start(*state, "b", "w", "1", ",'taskPriority':'-7'");
    start(*state, "c", "w", "1", ",'taskPriority':'7'");
    start(*state, "else", "w", "1", ",'taskList':{'name':'workers'}");
    PLAY(*state, DECISIONS(3), ACTIVITIES(0), COUNTED("PendingDecisionTasks", WORKERS, 1, "false"));
    script_decide(*state, "task");
    PLAY(*state, DECISIONS(2));
    terminate(*state, "a");
    PLAY(*state, DECISIONS(1));
}

static void a_decision_task_behind_a_started_one(void **state)
{
    start_plain(*state, "a");
    script_decide(*state, "first");
    PLAY(*state, DECISIONS(0), SIGNAL, DECISIONS(1), SIGNAL, DECISIONS(1),
         DO("RespondDecisionTaskCompleted", "{'taskToken':'<first>'}"), DECISIONS(1));
    script_decide(*state, "second");
    PLAY(*state, DECISIONS(0), SIGNAL, DECISIONS(1));
    terminate(*state, "a");
    PLAY(*state, DECISIONS(0));
}

static void a_decision_task_that_timed_out(void **state)
{
    start_plain(*state, "a");
    script_decide(*state, "first");
    script_advance(*state, 600 * 1000);
    PLAY(*state, DECISIONS(1));
}

#define SCHEDULE(id, rest)                                                             \
    "{'decisionType':'ScheduleActivityTask','scheduleActivityTaskDecisionAttributes':" \
    "{'activityId':'" id "','activityType':{'name':'a','version':'1'}" rest "}}"

static void activity_tasks_that_wait(void **state)
{
    script_start(*state, "id");
    PLAY(*state,
         DO("RespondDecisionTaskCompleted",
            "{'taskToken':'<id-task>','decisions':[" LIST(
                SCHEDULE("1", ",'taskPriority':'9'"), SCHEDULE("2", ""),
                SCHEDULE("3", ",'taskPriority':'-9'"),
                SCHEDULE("4", ",'taskList':{'name':'deciders'}")) "]}"),
         ACTIVITIES(3), DECISIONS(0), COUNTED("PendingActivityTasks", DECIDERS, 1, "false"));
    script_ask(*state, &((struct script *)*state)->talk, "PollForActivityTask",
               "{'domain':'d'," WORKERS "}");
    talk_receive(&((struct script *)*state)->talk);
    PLAY(*state, ACTIVITIES(2));
    script_advance(*state, 3600 * 1000); /* none was taken in time */
    PLAY(*state, ACTIVITIES(0), DECISIONS(1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(an_open_run_whole),
        test(a_closed_run_whole),
        test(children_name_their_parent),
        test(nothing_to_see),
        test(unknown_domain),
        test_five(open_runs_newest_first),
        test_five(the_open_run_of_an_id),
        test_five(open_runs_of_a_type),
        test_five(open_runs_with_a_tag),
        test_five(an_id_that_looks_like_a_tag),
        test_five(each_domain_has_its_own),
        test_five(a_deprecated_domain_shows_its_runs),
        test_five(open_runs_of_a_time),
        test_five(open_runs_of_a_time_and_a_filter),
        test(runs_that_start_together),
        test_closed(closed_runs_by_their_start),
        test_closed(closed_runs_by_their_close),
        test_five(times_beyond_any),
        test_closed(closed_runs_of_an_id),
        test_closed(closed_runs_of_a_type),
        test_closed(closed_runs_with_a_tag),
        test(closed_runs_of_each_status),
        test(no_two_filters_at_once),
        test_five(pages_of_open_runs),
        test_five(open_runs_come_and_go_between_pages),
        test_five(nothing_is_left_for_the_next_page),
        test(pages_of_runs_that_start_together),
        test(pages_of_runs_that_close_together),
        test_closed(pages_of_closed_runs),
        test_five(runs_close_between_pages_by_start),
        test_closed(runs_close_between_pages_by_close),
        test_five(a_token_is_for_its_query_alone),
        test_closed(closed_runs_vanish),
        test_closed(closed_runs_vanish_between_pages),
        cmocka_unit_test(counts_stop_at_their_limit),
        cmocka_unit_test(counts_without_a_limit),
        test(a_list_that_nobody_used),
        test(decision_tasks_that_wait),
        test(a_decision_task_behind_a_started_one),
        test(a_decision_task_that_timed_out),
        test(activity_tasks_that_wait),
    };

    return cmocka_run_group_tests_name("visibility", tests, NULL, NULL);
}
