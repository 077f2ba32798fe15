#include "exam.h"

#include "base/text.h"
#include <stdarg.h>
#include <stdio.h>

#define PAGE_EVENTS "4"
#define ABOUT_RUNS_MIN 140
#define EVENTS_BYTES_MAX ((size_t)1 << 20)

static const char *const domains[] = { "north", "south" };

/* ---- the questions */

struct asking {
    struct exam *exam;
    struct arena *arena;
};

static void add(struct asking *asking, enum question_kind kind, bool is_waited_for,
                enum operation operation, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

static void add(struct asking *asking, enum question_kind kind, bool is_waited_for,
                enum operation operation, const char *format, ...)
{
    struct exam *exam = asking->exam;
    char text[1024];
    va_list arguments;
    int len;

    va_start(arguments, format);
    len = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    ensure(len > 0 && (size_t)len < sizeof(text) && exam->count < QUESTIONS_MAX);
    exam->questions[exam->count++] = (struct question){
        .operation = operation,
        .request = arena_copy(asking->arena, bytes_of(text, (size_t)len + 1)).ptr,
        .kind = kind,
        .is_waited_for = is_waited_for,
    };
}

#define EVER "{'oldestDate':0}"

static void ask_about_lists(struct asking *asking, const char *domain)
{
    static const char *const filters[] = {
        "",
        ",'typeFilter':{'name':'order'}",
        ",'typeFilter':{'name':'order','version':'1'}",
        ",'tagFilter':{'tag':'red'}",
        ",'executionFilter':{'workflowId':'done-1'}",
        ",'executionFilter':{'workflowId':'grows'}",
    };
    static const char *const times[] = { "startTimeFilter", "closeTimeFilter" };

    for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
        add(asking, ABOUT_ALL, false, OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS,
            "{'domain':'%s','startTimeFilter':" EVER "%s", domain, filters[i]);
        add(asking, ABOUT_ALL, false, OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS,
            "{'domain':'%s','startTimeFilter':" EVER "%s", domain, filters[i]);
        for (int by = 0; by < 2; by++) {
            add(asking, ABOUT_ALL, false, OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS,
                "{'domain':'%s','%s':" EVER "%s", domain, times[by], filters[i]);
            add(asking, ABOUT_ALL, false, OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS,
                "{'domain':'%s','%s':" EVER "%s", domain, times[by], filters[i]);
        }
    }
    add(asking, ABOUT_ALL, false, OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS,
        "{'domain':'%s','closeTimeFilter':" EVER ",'closeStatusFilter':{'status':'FAILED'}",
        domain);
}

static void ask_about_domain(struct asking *asking, const char *domain)
{
    static const char *const lists[] = { "workers", "nobody", "late" };

    add(asking, ABOUT_ALL, false, OPERATION_DESCRIBE_DOMAIN, "{'name':'%s'", domain);
    add(asking, ABOUT_ALL, false, OPERATION_LIST_TAGS_FOR_RESOURCE,
        "{'resourceArn':'arn:aws:swf:us-east-1:123456789012:/domain/%s'", domain);
    add(asking, ABOUT_ALL, false, OPERATION_LIST_WORKFLOW_TYPES,
        "{'domain':'%s','registrationStatus':'REGISTERED'", domain);
    add(asking, ABOUT_ALL, false, OPERATION_LIST_ACTIVITY_TYPES,
        "{'domain':'%s','registrationStatus':'REGISTERED'", domain);
    add(asking, ABOUT_ALL, false, OPERATION_DESCRIBE_WORKFLOW_TYPE,
        "{'domain':'%s','workflowType':{'name':'order','version':'1'}", domain);
    add(asking, ABOUT_ALL, false, OPERATION_DESCRIBE_ACTIVITY_TYPE,
        "{'domain':'%s','activityType':{'name':'ship','version':'1'}", domain);
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
        add(asking, ABOUT_ALL, false, OPERATION_COUNT_PENDING_ACTIVITY_TASKS,
            "{'domain':'%s','taskList':{'name':'%s'}", domain, lists[i]);
        add(asking, ABOUT_ALL, false, OPERATION_COUNT_PENDING_DECISION_TASKS,
            "{'domain':'%s','taskList':{'name':'%s'}", domain, lists[i]);
    }
    ask_about_lists(asking, domain);
}

/* The story's last messages are between these. */
static bool is_waited_for(struct bytes workflow_id)
{
    return bytes_equal_cstr(workflow_id, "tells") || bytes_equal_cstr(workflow_id, "told") ||
           bytes_equal_cstr(workflow_id, "child");
}

static void ask_about_run(struct asking *asking, const char *domain, struct bytes id,
                          struct bytes run)
{
    bool waits = is_waited_for(id);

    add(asking, ABOUT_RUN, waits, OPERATION_DESCRIBE_WORKFLOW_EXECUTION,
        "{'domain':'%s','execution':{'workflowId':'%.*s','runId':'%.*s'}", domain, BYTES_FMT(id),
        BYTES_FMT(run));
    for (int reversed = 0; reversed < 2; reversed++)
        add(asking, reversed ? HISTORY_REVERSED : HISTORY, waits,
            OPERATION_GET_WORKFLOW_EXECUTION_HISTORY,
            "{'domain':'%s','execution':{'workflowId':'%.*s','runId':'%.*s'},'reverseOrder':%s,"
            "'maximumPageSize':" PAGE_EVENTS,
            domain, BYTES_FMT(id), BYTES_FMT(run), reversed ? "true" : "false");
}

/* Each run that a list names; not the parents, which it names too. */
static void ask_about_listed(struct asking *asking, struct host *host, enum operation operation,
                             const char *domain)
{
    static const char begin[] = "\"execution\":{";
    const char *request =
        arena_printf(host->arena, "{'domain':'%s','startTimeFilter':" EVER "}%c", domain, '\0').ptr;
    struct bytes rest = host_do(host, operation, request);
    const char *found;

    while ((found = memmem(rest.ptr, rest.len, begin, sizeof(begin) - 1))) {
        rest = bytes_skip(rest, (size_t)(found - rest.ptr) + 1);
        ask_about_run(asking, domain, member_in(rest, "workflowId"), member_in(rest, "runId"));
    }
}

static void collect_questions(struct asking *asking, struct host *host)
{
    add(asking, ABOUT_ALL, false, OPERATION_LIST_DOMAINS, "{'registrationStatus':'REGISTERED'");
    for (size_t i = 0; i < sizeof(domains) / sizeof(*domains); i++) {
        ask_about_domain(asking, domains[i]);
        ask_about_listed(asking, host, OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS, domains[i]);
        ask_about_listed(asking, host, OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS, domains[i]);
    }
}

/* ---- the answers */

static bool is_fault(struct bytes reply)
{
    return bytes_starts_with(reply, BYTES("fault "));
}

/* What lies between the brackets of "events". */
static struct bytes events_in(struct bytes reply)
{
    static const char begin[] = "\"events\":[";
    const char *found = memmem(reply.ptr, reply.len, begin, sizeof(begin) - 1);
    struct bytes events = bytes_skip(reply, (size_t)(found - reply.ptr) + sizeof(begin) - 1);

    return bytes_of(events.ptr, bytes_find_last(events, ']'));
}

/* The events of all pages, divided by commas; or the fault that one of them is. */
static struct bytes ask_history(const struct question *question, struct host *host)
{
    struct bytes token = BYTES_ABSENT, reply;
    struct text events;

    text_init(&events, EVENTS_BYTES_MAX);
    do {
        struct bytes request = arena_printf(host->arena, "%s,'nextPageToken':'%.*s'}%c",
                                            question->request, BYTES_FMT(token), '\0');
        reply = host_ask(host, question->operation, request.ptr);
        if (is_fault(reply))
            break;
        text_append(&events, events_in(reply));
        text_append_char(&events, ',');
        token = member_in(reply, "nextPageToken");
    } while (!bytes_is_absent(token));
    if (!is_fault(reply))
        reply = arena_copy(host->arena, text_bytes(&events));
    text_deinit(&events);
    return reply;
}

void exam_ask(const struct exam *exam, struct host *host, struct answers *out)
{
    for (size_t i = 0; i < exam->count; i++) {
        const struct question *question = &exam->questions[i];
        if (question->kind == HISTORY || question->kind == HISTORY_REVERSED)
            out->items[i] = ask_history(question, host);
        else
            out->items[i] = host_ask(
                host, question->operation,
                arena_printf(host->arena, "%s}%c", question->request, '\0').ptr);
    }
}

/* ---- the truth */

static void open_turn(struct host *host, const struct story_turn *turn, const char *folder,
                      struct arena *arena)
{
    files_write(&turn->files, folder);
    ensure(host_open(host, folder, STORY_ENDS_MS, arena) == OK);
    host_settle(host);
}

void exam_prepare(struct exam *exam, const struct story *story, const char *folder,
                  struct arena *arena)
{
    struct asking asking = { exam, arena };
    struct host host;

    exam->count = 0;
    exam->turn_count = story->turn_count;
    open_turn(&host, &story->turns[story->turn_count - 1], folder, arena);
    collect_questions(&asking, &host);
    ensure(exam->count > ABOUT_RUNS_MIN);
    host_close(&host);
    for (size_t i = 0; i < story->turn_count; i++) {
        open_turn(&host, &story->turns[i], folder, arena);
        exam->turns[i] = story->turns[i].turn;
        exam_ask(exam, &host, &exam->truth[i]);
        host_close(&host);
    }
    folder_remove(folder);
}

/* ---- the verdict */

static bool ends_with(struct bytes text, struct bytes end)
{
    return text.len >= end.len && bytes_equal(bytes_skip(text, text.len - end.len), end);
}

/* With a damaged execution messages from and to it wait. So what the others say of it may be less:
 * their histories are the beginning of what they would be. */
static bool is_right_so_far(const struct question *question, struct bytes answer,
                            struct bytes truth)
{
    if (!question->is_waited_for)
        return false;
    if (question->kind == HISTORY)
        return answer.len > 0 && bytes_starts_with(truth, answer);
    if (question->kind == HISTORY_REVERSED)
        return answer.len > 0 && ends_with(truth, answer);
    return question->kind == ABOUT_RUN;
}

static void judge(const struct question *question, struct bytes answer, struct bytes truth,
                  struct verdict *verdict)
{
    if (bytes_equal(answer, truth))
        verdict->right++;
    else if (bytes_starts_with(answer, BYTES("fault InternalFailure")))
        verdict->refused++;
    else
        verdict->wrong++;
    (void)question;
}

static const struct answers *find_truth(const struct exam *exam, uint64_t turn)
{
    for (size_t i = 0; i < exam->turn_count; i++)
        if (exam->turns[i] == turn)
            return &exam->truth[i];
    return NULL;
}

struct verdict exam_judge(const struct exam *exam, const struct answers *answers, uint64_t turn)
{
    const struct answers *truth = find_truth(exam, turn);
    struct verdict verdict = { .knows_turn = truth != NULL };
    bool some_refused = false;

    if (truth == NULL) {
        verdict.wrong = exam->count;
        return verdict;
    }
    for (size_t i = 0; i < exam->count && !some_refused; i++)
        some_refused = bytes_starts_with(answers->items[i], BYTES("fault InternalFailure"));
    for (size_t i = 0; i < exam->count; i++) {
        size_t wrong = verdict.wrong;
        if (some_refused &&
            is_right_so_far(&exam->questions[i], answers->items[i], truth->items[i]))
            verdict.right++;
        else
            judge(&exam->questions[i], answers->items[i], truth->items[i], &verdict);
        if (verdict.wrong > wrong && wrong == 0)
            verdict.first_wrong = i;
    }
    return verdict;
}
