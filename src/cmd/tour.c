#include "cmd/tour.h"

#include "cmd/history_view.h"
#include "cmd/role.h"

#define PAGE_BYTES_MAX (1u << 20)
#define RUNS_MAX 8
#define RUN_BYTES_MAX (1u << 20)

struct chapter {
    const char *title;
    const char *text;
    const char *before; /* a workflow that is there first and waits; NULL: none */
    const char *first;  /* the one that the chapter begins with, and its history the first shown */
    const char *input;
};

static const struct chapter chapters[] = {
    { "Children",
      "A parent starts a child and waits for its result. Then it starts another and completes\n"
      "without waiting: the child's policy TERMINATE ends it.",
      .first = "parent" },
    { "Signals from one workflow to another",
      "The caller signals the listener, which takes what the signal says as its result. A second\n"
      "signal goes to a workflow that does not exist: that fails, the caller goes on.",
      .before = "listener", .first = "caller" },
    { "Cancel requests from one workflow to another",
      "The hasty one asks for the cancellation of the patient one, which tidies up and cancels\n"
      "itself.",
      .before = "patient", .first = "hasty" },
    { "Continue as new",
      "A countdown from 3: a run for each number, each with a short history of its own, under the\n"
      "same workflowId.",
      .first = "countdown", .input = "3" },
    { "Markers",
      "Dice are thrown once, and a marker keeps how they fell. The decision after the timer reads\n"
      "it from the history.",
      .first = "gambler" },
    { "Priorities",
      "Three activities scheduled at once, the least urgent first. Their worker, alone, takes them\n"
      "by priority: 10, then 0, then -5.",
      .first = "hospital" },
    { "Lambda functions",
      "The server calls two functions by itself; no worker polls for them. One returns, the other\n"
      "raises an error.",
      .first = "shopper" },
};

/* The runs of one chapter: those shown, then those to be shown. */
struct runs {
    struct arena arena;
    struct workflow_execution items[RUNS_MAX];
    size_t count;
};

static void runs_add(struct runs *runs, struct bytes workflow_id, struct bytes run_id)
{
    for (size_t i = 0; i < runs->count; i++) {
        if (bytes_equal(runs->items[i].run_id, run_id))
            return;
    }
    ensure(runs->count < RUNS_MAX);
    runs->items[runs->count++] = (struct workflow_execution){
        arena_copy(&runs->arena, workflow_id),
        arena_copy(&runs->arena, run_id),
    };
}

/* Adds the run that an event names, if it names one that took part. */
static void runs_follow(struct runs *runs, struct bytes workflow_id, const struct event *event)
{
    const struct workflow_execution *other = NULL;
    switch (event->type) {
    case EVENT_CHILD_WORKFLOW_EXECUTION_STARTED:
        other = event->child_workflow_execution_started->workflow_execution;
        break;
    case EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED:
        other = event->external_workflow_execution_signaled->workflow_execution;
        break;
    case EVENT_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
        other = event->external_workflow_execution_cancel_requested->workflow_execution;
        break;
    case EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
        runs_add(runs, workflow_id,
                 event->workflow_execution_continued_as_new->new_execution_run_id);
        break;
    default: /* the other types name no other run */
        break;
    }
    if (other)
        runs_add(runs, other->workflow_id, other->run_id);
}

/* ---- showing */

struct tour {
    struct crew *crew;
    const char *functions_url;
    bool coloured;
    struct text page;
    struct runs runs;
};

/* The history of a run once it is closed. */
static bool wait_for(struct crew *crew, const struct workflow_execution *run, struct event **events,
                     size_t *count)
{
    for (;;) {
        arena_reset(&crew->customer.arena);
        if (!party_history(&crew->customer, run, events, count))
            return false;
        if (*count > 0 && event_type_closes((*events)[*count - 1].type))
            return true;
        if (!crew_waits(crew))
            return false;
    }
}

static void append_advice(struct tour *tour)
{
    text_printf(&tour->page,
                "\nThis server calls no functions. One that calls those of the demo:\n"
                "    weir serve --lambda-endpoint %s\n",
                tour->functions_url);
}

/* Shows one run of the chapter, and adds those that its history names. */
static bool show(struct tour *tour, size_t index)
{
    struct event *events;
    size_t count;
    bool has_no_functions = false;
    struct workflow_execution run = tour->runs.items[index];

    if (!wait_for(tour->crew, &run, &events, &count))
        return false;
    text_printf(&tour->page, "\nworkflow %.*s, run %.*s\n", BYTES_FMT(run.workflow_id),
                BYTES_FMT(run.run_id));
    history_view_title(&tour->page, events, count);
    for (size_t i = 0; i < count; i++) {
        history_view_line(&tour->page, events, count, i, tour->coloured);
        runs_follow(&tour->runs, run.workflow_id, &events[i]);
        has_no_functions |= events[i].type == EVENT_SCHEDULE_LAMBDA_FUNCTION_FAILED;
    }
    if (has_no_functions)
        append_advice(tour);
    history_view_print(&tour->page);
    return true;
}

/* ---- playing */

static bool start(struct tour *tour, const char *type, const char *input,
                  struct workflow_execution *out)
{
    struct workflow_type workflow = { bytes_of_cstr(type), BYTES(ROLE_VERSION) };
    return crew_start(tour->crew, &workflow, bytes_of_cstr(input), &tour->runs.arena, out);
}

static bool begin(struct tour *tour, const struct chapter *chapter)
{
    struct workflow_execution waiting;
    if (chapter->before && !start(tour, chapter->before, NULL, &waiting))
        return false;
    tour->runs.count = 1;
    return start(tour, chapter->first, chapter->input, &tour->runs.items[0]);
}

static bool play(struct tour *tour, const struct chapter *chapter)
{
    arena_init(&tour->runs.arena, "runs of a chapter", RUN_BYTES_MAX);
    text_printf(&tour->page, "\n---- %s\n\n%s\n", chapter->title, chapter->text);
    bool well = begin(tour, chapter);
    for (size_t i = 0; well && i < tour->runs.count; i++)
        well = show(tour, i);
    arena_deinit(&tour->runs.arena);
    return well;
}

bool tour_play(struct crew *crew, const char *functions_url, bool coloured)
{
    struct tour tour = { .crew = crew, .functions_url = functions_url, .coloured = coloured };
    bool well = true;

    text_init(&tour.page, PAGE_BYTES_MAX);
    for (size_t i = 0; well && i < sizeof chapters / sizeof chapters[0]; i++)
        well = play(&tour, &chapters[i]);
    text_deinit(&tour.page);
    return well;
}
