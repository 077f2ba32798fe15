#include "service/metrics.h"

#include "base/copier.h"
#include "base/hash.h"
#include "base/memory.h"
#include "engine/execution.h"
#include "service/inner.h"

enum type_kind_index { WORKFLOW, ACTIVITY };

/* ---- what is counted of a type ---- */

enum time_metric {
    DECISION_SCHEDULE_TO_START,
    DECISION_START_TO_CLOSE,
    WORKFLOW_START_TO_CLOSE,
    ACTIVITY_SCHEDULE_TO_START,
    ACTIVITY_START_TO_CLOSE,
    ACTIVITY_SCHEDULE_TO_CLOSE,
    TIME_METRIC_COUNT
};

enum count_metric {
    DECISION_COMPLETED,
    DECISION_TIMED_OUT,
    WORKFLOW_CANCELED,
    WORKFLOW_COMPLETED,
    WORKFLOW_CONTINUED,
    WORKFLOW_FAILED,
    WORKFLOW_TIMED_OUT,
    ACTIVITY_CANCELED,
    ACTIVITY_COMPLETED,
    ACTIVITY_FAILED,
    ACTIVITY_TIMED_OUT_TO_CLOSE,
    ACTIVITY_TIMED_OUT_TO_START,
    ACTIVITY_TIMED_OUT_STARTED,
    ACTIVITY_TIMED_OUT_HEARTBEAT,
    COUNT_METRIC_COUNT
};

/* SWF's names. */
static const struct {
    const char *name;
    enum type_kind_index kind;
} time_metrics[TIME_METRIC_COUNT] = {
    [DECISION_SCHEDULE_TO_START] = { "DecisionTaskScheduleToStartTime", WORKFLOW },
    [DECISION_START_TO_CLOSE] = { "DecisionTaskStartToCloseTime", WORKFLOW },
    [WORKFLOW_START_TO_CLOSE] = { "WorkflowStartToCloseTime", WORKFLOW },
    [ACTIVITY_SCHEDULE_TO_START] = { "ActivityTaskScheduleToStartTime", ACTIVITY },
    [ACTIVITY_START_TO_CLOSE] = { "ActivityTaskStartToCloseTime", ACTIVITY },
    [ACTIVITY_SCHEDULE_TO_CLOSE] = { "ActivityTaskScheduleToCloseTime", ACTIVITY },
};
static const struct {
    const char *name;
    enum type_kind_index kind;
} count_metrics[COUNT_METRIC_COUNT] = {
    [DECISION_COMPLETED] = { "DecisionTasksCompleted", WORKFLOW },
    [DECISION_TIMED_OUT] = { "StartedDecisionTasksTimedOutOnClose", WORKFLOW },
    [WORKFLOW_CANCELED] = { "WorkflowsCanceled", WORKFLOW },
    [WORKFLOW_COMPLETED] = { "WorkflowsCompleted", WORKFLOW },
    [WORKFLOW_CONTINUED] = { "WorkflowsContinuedAsNew", WORKFLOW },
    [WORKFLOW_FAILED] = { "WorkflowsFailed", WORKFLOW },
    [WORKFLOW_TIMED_OUT] = { "WorkflowsTimedOut", WORKFLOW },
    [ACTIVITY_CANCELED] = { "ActivityTasksCanceled", ACTIVITY },
    [ACTIVITY_COMPLETED] = { "ActivityTasksCompleted", ACTIVITY },
    [ACTIVITY_FAILED] = { "ActivityTasksFailed", ACTIVITY },
    [ACTIVITY_TIMED_OUT_TO_CLOSE] = { "ScheduledActivityTasksTimedOutOnClose", ACTIVITY },
    [ACTIVITY_TIMED_OUT_TO_START] = { "ScheduledActivityTasksTimedOutOnStart", ACTIVITY },
    [ACTIVITY_TIMED_OUT_STARTED] = { "StartedActivityTasksTimedOutOnClose", ACTIVITY },
    [ACTIVITY_TIMED_OUT_HEARTBEAT] = { "StartedActivityTasksTimedOutOnHeartbeat", ACTIVITY },
};

struct time_sum {
    uint64_t count;
    int64_t sum_ms;
};

struct type_figures {
    struct list every; /* in metrics.every[kind] */
    enum type_kind_index kind;
    uint32_t domain; /* number; 0: of all the others */
    uint64_t account;
    struct bytes domain_name, name, version; /* behind it */
    struct time_sum times[TIME_METRIC_COUNT];
    uint64_t counts[COUNT_METRIC_COUNT];
    uint64_t terminated[WORKFLOW_EXECUTION_TERMINATED_CAUSE_COUNT + 1];
};

/* ---- finding them ---- */

struct type_key {
    enum type_kind_index kind;
    uint32_t domain;
    struct bytes name, version;
};

static bool has_key(const void *object, const void *key)
{
    const struct type_figures *figures = object;
    const struct type_key *wanted = key;

    return figures->kind == wanted->kind && figures->domain == wanted->domain &&
           bytes_equal(figures->name, wanted->name) &&
           bytes_equal(figures->version, wanted->version);
}

static uint64_t key_hash(const struct type_key *key)
{
    uint64_t hash = hash_combine(hash_bytes(key->name), hash_bytes(key->version));
    return hash_combine(hash, (uint64_t)key->domain << 1 | key->kind);
}

static struct type_figures *figures_new(struct metrics *metrics, const struct type_key *key,
                                        uint64_t account, struct bytes domain_name)
{
    struct type_figures *figures = memory_new(sizeof *figures + domain_name.len + key->name.len +
                                              key->version.len);
    struct copier copier = { (char *)(figures + 1) };

    figures->kind = key->kind;
    figures->domain = key->domain;
    figures->account = account;
    figures->domain_name = copier_add(&copier, domain_name);
    figures->name = copier_add(&copier, key->name);
    figures->version = copier_add(&copier, key->version);
    list_append(&metrics->every[key->kind], &figures->every);
    return figures;
}

static struct type_figures *get_others(struct metrics *metrics, enum type_kind_index kind)
{
    struct type_key nobody = { .kind = kind };

    if (metrics->others[kind] == NULL)
        metrics->others[kind] = figures_new(metrics, &nobody, 0, BYTES_ABSENT);
    return metrics->others[kind];
}

/* Has one more type, with labels so long, series of its own? */
static bool has_room(const struct metrics *metrics, size_t label_bytes)
{
    return metrics->type_count < METRICS_TYPES_MAX &&
           metrics->label_bytes + label_bytes <= METRICS_LABEL_BYTES_MAX;
}

static struct type_figures *get_figures(struct metrics *metrics, enum type_kind_index kind,
                                        const struct domain *domain, struct bytes name,
                                        struct bytes version)
{
    struct type_key key = { kind, domain->number, name, version };
    uint64_t hash = key_hash(&key);
    size_t label_bytes = domain->name.len + name.len + version.len;
    struct type_figures *figures = map_find(&metrics->types, hash, has_key, &key);

    if (figures)
        return figures;
    if (!has_room(metrics, label_bytes))
        return get_others(metrics, kind);
    metrics->type_count++;
    metrics->label_bytes += label_bytes;
    figures = figures_new(metrics, &key, domain->account, domain->name);
    map_add(&metrics->types, hash, figures);
    return figures;
}

static struct type_figures *figures_of_run(struct metrics *metrics, struct run *run)
{
    const struct execution_settings *settings = &run->execution->settings;

    if (run->figures == NULL)
        run->figures = get_figures(metrics, WORKFLOW, run->domain, settings->type_name,
                                   settings->type_version);
    return run->figures;
}

void metrics_init(struct metrics *metrics)
{
    *metrics = (struct metrics){ 0 };
    list_init(&metrics->every[WORKFLOW]);
    list_init(&metrics->every[ACTIVITY]);
}

void metrics_deinit(struct metrics *metrics)
{
    struct list *node;

    for (int kind = WORKFLOW; kind <= ACTIVITY; kind++) {
        while (metrics->every[kind].next && (node = list_first(&metrics->every[kind]))) {
            list_remove(node);
            memory_free(object_of(node, struct type_figures, every));
        }
    }
    map_deinit(&metrics->types);
}

/* ---- counting ---- */

static void add_time(struct type_figures *figures, enum time_metric metric, struct instant from,
                     struct instant to)
{
    figures->times[metric].count++;
    figures->times[metric].sum_ms += instant_since(to, from).ms;
}

static void note_decision_end(struct metrics *metrics, struct run *run, const struct event *event,
                              enum count_metric metric)
{
    struct type_figures *figures = figures_of_run(metrics, run);

    add_time(figures, DECISION_START_TO_CLOSE, run->execution->decision.started_at,
             event->timestamp);
    figures->counts[metric]++;
}

static void note_close(struct metrics *metrics, struct run *run, const struct event *event)
{
    struct type_figures *figures = figures_of_run(metrics, run);

    add_time(figures, WORKFLOW_START_TO_CLOSE, run->execution->started_at, event->timestamp);
    switch (event->type) {
    case EVENT_WORKFLOW_EXECUTION_COMPLETED:
        figures->counts[WORKFLOW_COMPLETED]++;
        break;
    case EVENT_WORKFLOW_EXECUTION_FAILED:
        figures->counts[WORKFLOW_FAILED]++;
        break;
    case EVENT_WORKFLOW_EXECUTION_CANCELED:
        figures->counts[WORKFLOW_CANCELED]++;
        break;
    case EVENT_WORKFLOW_EXECUTION_TIMED_OUT:
        figures->counts[WORKFLOW_TIMED_OUT]++;
        break;
    case EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
        figures->counts[WORKFLOW_CONTINUED]++;
        break;
    default:
        figures->terminated[event->workflow_execution_terminated->cause]++;
    }
}

static void note_activity_start(struct run *run, const struct event *event)
{
    const struct activity *activity = execution_get_activity(
        run->execution, event->activity_task_started->scheduled_event_id);

    if (activity)
        add_time(activity->figures, ACTIVITY_SCHEDULE_TO_START, activity->scheduled_at,
                 event->timestamp);
}

static void note_activity_end(struct run *run, const struct event *event,
                              int64_t scheduled_event_id, enum count_metric metric)
{
    const struct activity *activity = execution_get_activity(run->execution, scheduled_event_id);
    struct type_figures *figures = activity ? activity->figures : NULL;

    if (figures == NULL)
        return;
    add_time(figures, ACTIVITY_SCHEDULE_TO_CLOSE, activity->scheduled_at, event->timestamp);
    if (activity->started_event_id)
        add_time(figures, ACTIVITY_START_TO_CLOSE, activity->started_at, event->timestamp);
    figures->counts[metric]++;
}

static void note_activity_timeout(struct run *run, const struct event *event)
{
    static const enum count_metric metrics_of[] = {
        [ACTIVITY_TASK_TIMEOUT_TYPE_START_TO_CLOSE] = ACTIVITY_TIMED_OUT_STARTED,
        [ACTIVITY_TASK_TIMEOUT_TYPE_SCHEDULE_TO_START] = ACTIVITY_TIMED_OUT_TO_START,
        [ACTIVITY_TASK_TIMEOUT_TYPE_SCHEDULE_TO_CLOSE] = ACTIVITY_TIMED_OUT_TO_CLOSE,
        [ACTIVITY_TASK_TIMEOUT_TYPE_HEARTBEAT] = ACTIVITY_TIMED_OUT_HEARTBEAT,
    };
    const struct activity_task_timed_out_event *timeout = event->activity_task_timed_out;

    note_activity_end(run, event, timeout->scheduled_event_id, metrics_of[timeout->timeout_type]);
}

static void note_decision_timeout(struct metrics *metrics, struct run *run,
                                  const struct event *event)
{
    if (event->decision_task_timed_out->timeout_type == DECISION_TASK_TIMEOUT_TYPE_START_TO_CLOSE)
        note_decision_end(metrics, run, event, DECISION_TIMED_OUT);
}

void metrics_note_throttled(struct metrics *metrics, enum operation operation,
                            enum throttling_scope scope)
{
    metrics->throttled[scope][operation]++;
}

/* What tells that a decision failed because its rate was exceeded; the others have no rate here. */
static const struct rate_failure {
    enum event_type event;
    size_t cause_at; /* in the event's attributes */
    int cause;
    enum decision_type decision;
} rate_failures[] = {
    { EVENT_SCHEDULE_ACTIVITY_TASK_FAILED,
      offsetof(struct schedule_activity_task_failed_event, cause),
      SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_ACTIVITY_CREATION_RATE_EXCEEDED,
      DECISION_SCHEDULE_ACTIVITY_TASK },
    { EVENT_START_TIMER_FAILED, offsetof(struct start_timer_failed_event, cause),
      START_TIMER_FAILED_CAUSE_TIMER_CREATION_RATE_EXCEEDED, DECISION_START_TIMER },
    { EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED,
      offsetof(struct start_child_workflow_execution_failed_event, cause),
      START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_CHILD_CREATION_RATE_EXCEEDED,
      DECISION_START_CHILD_WORKFLOW_EXECUTION },
    { EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED,
      offsetof(struct signal_external_workflow_execution_failed_event, cause),
      SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED,
      DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION },
    { EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED,
      offsetof(struct request_cancel_external_workflow_execution_failed_event, cause),
      REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED,
      DECISION_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION },
};

static void note_throttled_decision(struct metrics *metrics, const struct event *event)
{
    int cause;

    for (size_t i = 0; i < sizeof(rate_failures) / sizeof(*rate_failures); i++) {
        const struct rate_failure *failure = &rate_failures[i];

        if (event->type != failure->event)
            continue;
        memcpy(&cause, (const char *)event->attributes + failure->cause_at, sizeof(cause));
        metrics->throttled_decisions[failure->decision] += cause == failure->cause;
    }
}

void metrics_note_event(struct metrics *metrics, struct run *run, const struct event *event)
{
    metrics->events++;
    switch (event->type) {
    case EVENT_DECISION_TASK_STARTED:
        add_time(figures_of_run(metrics, run), DECISION_SCHEDULE_TO_START,
                 run->execution->decision.scheduled_at, event->timestamp);
        break;
    case EVENT_DECISION_TASK_COMPLETED:
        note_decision_end(metrics, run, event, DECISION_COMPLETED);
        break;
    case EVENT_DECISION_TASK_TIMED_OUT:
        note_decision_timeout(metrics, run, event);
        break;
    case EVENT_ACTIVITY_TASK_STARTED:
        note_activity_start(run, event);
        break;
    case EVENT_ACTIVITY_TASK_COMPLETED:
        note_activity_end(run, event, event->activity_task_completed->scheduled_event_id,
                          ACTIVITY_COMPLETED);
        break;
    case EVENT_ACTIVITY_TASK_FAILED:
        note_activity_end(run, event, event->activity_task_failed->scheduled_event_id,
                          ACTIVITY_FAILED);
        break;
    case EVENT_ACTIVITY_TASK_CANCELED:
        note_activity_end(run, event, event->activity_task_canceled->scheduled_event_id,
                          ACTIVITY_CANCELED);
        break;
    case EVENT_ACTIVITY_TASK_TIMED_OUT:
        note_activity_timeout(run, event);
        break;
    default:
        if (event_type_closes(event->type))
            note_close(metrics, run, event);
        else
            note_throttled_decision(metrics, event);
    }
}

void metrics_attach(struct metrics *metrics, struct run *run, const struct event *scheduled)
{
    const struct activity_type *type = scheduled->activity_task_scheduled->activity_type;
    struct activity *activity = execution_get_activity(run->execution, scheduled->id);

    activity->figures = get_figures(metrics, ACTIVITY, run->domain, type->name, type->version);
}

static const uint32_t batch_bounds[METRICS_BATCH_BUCKETS - 1] = { 0,  1,  2,   5,   10,
                                                                  20, 50, 100, 200, 500 };

void metrics_note_turn(struct metrics *metrics)
{
    int bucket = 0;

    while (bucket < METRICS_BATCH_BUCKETS - 1 && metrics->calls_of_turn > batch_bounds[bucket])
        bucket++;
    metrics->turns_by_calls[bucket]++;
    metrics->turns++;
    metrics->calls += metrics->calls_of_turn;
    metrics->calls_of_turn = 0;
}

/* ---- a page: what it tells is copied in the turn, and written outside it ---- */

struct list_figures {
    uint64_t account;
    struct bytes domain, name;
    const char *classification;
    uint64_t pending, polls;
    int64_t oldest_ms; /* how long its next task has waited */
};

/* Single figures, in the order in which they are written. */
struct figure {
    const char *name, *type;
    double value;
};
#define FIGURES_MAX 16

struct metrics_page {
    struct read_job job; /* first: a job is its page */
    struct {
        struct type_figures *items;
        size_t count;
    } types[2]; /* by kind */
    struct {
        struct list_figures *items;
        size_t count;
    } lists;
    uint64_t throttled[THROTTLING_SCOPE_COUNT][OPERATION_COUNT];
    uint64_t throttled_decisions[DECISION_TYPE_COUNT + 1];
    uint64_t turns_by_calls[METRICS_BATCH_BUCKETS];
    uint64_t turns, calls;
    const struct durations *turn_times; /* the service's own: any thread may read them */
    struct figure figures[FIGURES_MAX];
    size_t figure_count;
};

static size_t length_of(const struct list *every)
{
    size_t count = 0;

    for (const struct list *node = list_first(every); node; node = list_next(every, node))
        count++;
    return count;
}

/* Figures are never freed while the service lives, so their texts need no copy. */
static void copy_types(struct metrics_page *page, const struct metrics *metrics, int kind,
                       struct arena *arena)
{
    const struct list *every = &metrics->every[kind];
    struct type_figures *items = arena_array(arena, struct type_figures, length_of(every));
    size_t count = 0;

    for (const struct list *node = list_first(every); node; node = list_next(every, node))
        items[count++] = *object_of(node, const struct type_figures, every);
    page->types[kind].items = items;
    page->types[kind].count = count;
}

static void note_list(const struct service *service, const struct task_queue *queue,
                      struct list_figures *figures)
{
    const struct task *first = task_queue_first_task(queue);
    int64_t waited_ms = first ? instant_since(service->now, first->available_at).ms : 0;

    figures->pending += queue->tasks.count + queue->queued_count;
    figures->polls += queue->waiter_count;
    if (waited_ms > figures->oldest_ms)
        figures->oldest_ms = waited_ms;
}

static void label_list(const struct service *service, const struct task_queue *queue,
                       struct arena *arena, struct list_figures *figures)
{
    const struct domain *domain = registry_get_domain(&service->registry, queue->domain);

    *figures = (struct list_figures){
        .account = domain->account,
        .domain = arena_copy(arena, domain->name),
        .name = arena_copy(arena, queue->name),
        .classification = queue->kind == TASK_DECISION ? "D" : "A",
    };
}

/* The lists come in the order in which they were made; those for which there is no room are summed
 * up in the last item. */
static void copy_lists(struct metrics_page *page, const struct service *service,
                       struct arena *arena)
{
    const struct list *every = &service->matching.every;
    size_t most = service->matching.queue_count < METRICS_LISTS_MAX ? service->matching.queue_count
                                                                    : METRICS_LISTS_MAX;
    struct list_figures *items = arena_array(arena, struct list_figures, most + 1);
    struct list_figures others = { .domain = BYTES_ABSENT, .classification = "" };
    size_t count = 0, label_bytes = 0, other_count = 0;

    for (const struct list *node = list_first(every); node; node = list_next(every, node)) {
        const struct task_queue *queue = object_of(node, const struct task_queue, every);

        label_bytes += queue->name.len;
        if (count == most || label_bytes > METRICS_LABEL_BYTES_MAX) {
            note_list(service, queue, &others);
            other_count++;
            continue;
        }
        label_list(service, queue, arena, &items[count]);
        label_bytes += items[count].domain.len;
        note_list(service, queue, &items[count++]);
    }
    if (other_count)
        items[count++] = others;
    page->lists.items = items;
    page->lists.count = count;
}

static void add_figure(struct metrics_page *page, const char *name, const char *type, double value)
{
    ensure(page->figure_count < FIGURES_MAX);
    page->figures[page->figure_count++] = (struct figure){ name, type, value };
}

static void copy_turn(struct metrics_page *page, const struct service *service)
{
    const struct metrics *metrics = &service->metrics;
    struct service_figures figures = service_figures(service);

    memcpy(page->throttled, metrics->throttled, sizeof page->throttled);
    memcpy(page->throttled_decisions, metrics->throttled_decisions,
           sizeof page->throttled_decisions);
    memcpy(page->turns_by_calls, metrics->turns_by_calls, sizeof page->turns_by_calls);
    page->turns = metrics->turns;
    page->calls = metrics->calls;
    page->turn_times = &metrics->turn_times;
    add_figure(page, "weir_commits_total", "counter", (double)figures.commits);
    add_figure(page, "weir_events_total", "counter", (double)metrics->events);
    add_figure(page, "weir_expired_executions_total", "counter", (double)metrics->expired);
    add_figure(page, "weir_open_executions", "gauge", (double)service->runs.count);
    add_figure(page, "weir_damaged_executions", "gauge", (double)service->set_aside.count);
    add_figure(page, "weir_sleeping_executions", "gauge",
               (double)(service->runs.count - service->awake.count));
    add_figure(page, "weir_execution_bytes", "gauge",
               (double)(service->awake.memory + runs_memory(&service->runs)));
    add_figure(page, "weir_executions_woken_total", "counter", (double)service->awake.woken);
    add_figure(page, "weir_held_polls", "gauge", (double)figures.parked_polls);
    add_figure(page, "weir_recent_bytes", "gauge", (double)service->recent.bytes_held);
    add_figure(page, "weir_recent_hits_total", "counter", (double)service->recent.hits);
    add_figure(page, "weir_recent_misses_total", "counter", (double)service->recent.misses);
    add_figure(page, "weir_task_lists", "gauge", (double)service->matching.queue_count);
}

/* ---- writing ---- */

static void write_type_of(struct text *out, const char *name, const char *type)
{
    text_printf(out, "# TYPE %s %s\n", name, type);
}

static bool needs_escape(char c)
{
    return c == '"' || c == '\\' || c == '\n';
}

/* A label's value; Prometheus wants three characters escaped. */
static void write_label(struct text *out, const char *name, struct bytes value)
{
    size_t from = 0;

    text_append_cstr(out, name);
    text_append(out, BYTES("=\""));
    for (size_t i = 0; i < value.len; i++) {
        if (!needs_escape(value.ptr[i]))
            continue;
        text_append(out, bytes_of(value.ptr + from, i - from));
        text_append_char(out, '\\');
        text_append_char(out, value.ptr[i] == '\n' ? 'n' : value.ptr[i]);
        from = i + 1;
    }
    if (value.len > from)
        text_append(out, bytes_skip(value, from));
    text_append_char(out, '"');
}

static void write_domain(struct text *out, uint64_t account, struct bytes domain)
{
    text_printf(out, "{Account=\"%012llu\",", (unsigned long long)account);
    write_label(out, "Domain", domain);
}

/* "name_suffix{Account=...,Domain=...,WorkflowTypeName=...,WorkflowTypeVersion=..." */
static void write_series(struct text *out, const char *name, const char *suffix,
                         const struct type_figures *figures)
{
    bool is_workflow = figures->kind == WORKFLOW;

    text_append_cstr(out, name);
    text_append_cstr(out, suffix);
    write_domain(out, figures->account, figures->domain_name);
    text_append_char(out, ',');
    write_label(out, is_workflow ? "WorkflowTypeName" : "ActivityTypeName", figures->name);
    text_append_char(out, ',');
    write_label(out, is_workflow ? "WorkflowTypeVersion" : "ActivityTypeVersion", figures->version);
}

static void write_time(struct text *out, const struct metrics_page *page, enum time_metric metric)
{
    enum type_kind_index kind = time_metrics[metric].kind;
    const char *name = time_metrics[metric].name;

    write_type_of(out, name, "summary");
    for (size_t i = 0; i < page->types[kind].count; i++) {
        const struct type_figures *figures = &page->types[kind].items[i];
        const struct time_sum *time = &figures->times[metric];

        write_series(out, name, "_sum", figures);
        text_printf(out, "} %lld\n", (long long)time->sum_ms);
        write_series(out, name, "_count", figures);
        text_printf(out, "} %llu\n", (unsigned long long)time->count);
    }
}

static void write_count(struct text *out, const struct metrics_page *page, enum count_metric metric)
{
    enum type_kind_index kind = count_metrics[metric].kind;
    const char *name = count_metrics[metric].name;

    write_type_of(out, name, "counter");
    for (size_t i = 0; i < page->types[kind].count; i++) {
        const struct type_figures *figures = &page->types[kind].items[i];

        write_series(out, name, "", figures);
        text_printf(out, "} %llu\n", (unsigned long long)figures->counts[metric]);
    }
}

static void write_terminated(struct text *out, const struct metrics_page *page)
{
    write_type_of(out, "WorkflowsTerminated", "counter");
    for (size_t i = 0; i < page->types[WORKFLOW].count; i++) {
        const struct type_figures *figures = &page->types[WORKFLOW].items[i];

        for (int cause = 1; cause <= WORKFLOW_EXECUTION_TERMINATED_CAUSE_COUNT; cause++) {
            write_series(out, "WorkflowsTerminated", "", figures);
            text_printf(out, ",Cause=\"%s\"} %llu\n",
                        workflow_execution_terminated_cause_names[cause],
                        (unsigned long long)figures->terminated[cause]);
        }
    }
}

static void write_throttled_of(struct text *out, const char *label, const char *name,
                               enum throttling_scope scope, uint64_t count)
{
    static const char *const scopes[] = {
        [THROTTLING_OF_ACCOUNT] = "Account", [THROTTLING_OF_WORKFLOW] = "Workflow"
    };

    if (count)
        text_printf(out, "ThrottledEvents{%s=\"%s\",ThrottlingScope=\"%s\"} %llu\n", label, name,
                    scopes[scope], (unsigned long long)count);
}

static void write_throttled(struct text *out, const struct metrics_page *page)
{
    write_type_of(out, "ThrottledEvents", "counter");
    for (int scope = 0; scope < THROTTLING_SCOPE_COUNT; scope++)
        for (int i = 0; i < OPERATION_COUNT; i++)
            write_throttled_of(out, "APIName", operation_names[i], (enum throttling_scope)scope,
                               page->throttled[scope][i]);
    for (int i = 1; i <= DECISION_TYPE_COUNT; i++)
        write_throttled_of(out, "DecisionName", decision_type_names[i], THROTTLING_OF_ACCOUNT,
                           page->throttled_decisions[i]);
}

static double pick_pending(const struct list_figures *figures)
{
    return (double)figures->pending;
}
static double pick_polls(const struct list_figures *figures)
{
    return (double)figures->polls;
}
static double pick_oldest(const struct list_figures *figures)
{
    return (double)figures->oldest_ms / 1000;
}

static const struct {
    const char *name;
    double (*pick)(const struct list_figures *figures);
} list_metrics[] = {
    { "PendingTasks", pick_pending },
    { "weir_task_list_held_polls", pick_polls },
    { "weir_task_list_next_task_age_seconds", pick_oldest },
};

static void write_lists(struct text *out, const struct metrics_page *page, size_t metric)
{
    const char *name = list_metrics[metric].name;

    write_type_of(out, name, "gauge");
    for (size_t i = 0; i < page->lists.count; i++) {
        const struct list_figures *figures = &page->lists.items[i];

        text_append_cstr(out, name);
        write_domain(out, figures->account, figures->domain);
        text_append_char(out, ',');
        write_label(out, "TaskListName", figures->name);
        text_printf(out, ",TaskListClassification=\"%s\"} %.3f\n", figures->classification,
                    list_metrics[metric].pick(figures));
    }
}

static void write_number(struct text *out, const char *name, const char *type, double value)
{
    write_type_of(out, name, type);
    text_printf(out, "%s %.17g\n", name, value);
}

static void write_turns(struct text *out, const struct metrics_page *page)
{
    uint64_t turns = 0;

    write_type_of(out, "weir_turn_calls", "histogram");
    for (int i = 0; i < METRICS_BATCH_BUCKETS - 1; i++) {
        turns += page->turns_by_calls[i];
        text_printf(out, "weir_turn_calls_bucket{le=\"%u\"} %llu\n", batch_bounds[i],
                    (unsigned long long)turns);
    }
    text_printf(out, "weir_turn_calls_bucket{le=\"+Inf\"} %llu\n", (unsigned long long)page->turns);
    text_printf(out, "weir_turn_calls_sum %llu\nweir_turn_calls_count %llu\n",
                (unsigned long long)page->calls, (unsigned long long)page->turns);
    durations_write(page->turn_times, "weir_turn_seconds", out);
}

static void write_store(struct text *out, struct store *store)
{
    struct store_figures figures;

    store_get_figures(store, &figures);
    write_number(out, "weir_store_written_bytes_total", "counter", (double)figures.written_bytes);
    write_number(out, "weir_store_writes_total", "counter", (double)figures.writes);
    write_number(out, "weir_store_syncs_total", "counter", (double)figures.syncs);
    if (figures.sync_times)
        durations_write(figures.sync_times, "weir_store_sync_seconds", out);
    write_number(out, "weir_store_memory_bytes", "gauge", (double)figures.memory_bytes);
    write_number(out, "weir_store_cache_bytes", "gauge", (double)figures.cache_bytes);
    write_number(out, "weir_store_file_bytes", "gauge", (double)figures.file_bytes);
    write_number(out, "weir_store_pending_compaction_bytes", "gauge",
                 (double)figures.pending_compaction_bytes);
    write_number(out, "weir_store_free_bytes", "gauge", (double)store_free_bytes(store));
}

static void write_page(struct text *out, const struct metrics_page *page, struct store *store)
{
    for (int i = 0; i < TIME_METRIC_COUNT; i++)
        write_time(out, page, (enum time_metric)i);
    for (int i = 0; i < COUNT_METRIC_COUNT; i++)
        write_count(out, page, (enum count_metric)i);
    write_terminated(out, page);
    write_throttled(out, page);
    for (size_t i = 0; i < sizeof list_metrics / sizeof list_metrics[0]; i++)
        write_lists(out, page, i);
    write_turns(out, page);
    for (size_t i = 0; i < page->figure_count; i++)
        write_number(out, page->figures[i].name, page->figures[i].type, page->figures[i].value);
    write_store(out, store);
}

static void read_page(struct reader *reader, struct read_job *job)
{
    struct call *call = job->call;
    struct bytes *output = arena_new(&call->arena, struct bytes);
    struct text text;

    text_init(&text, METRICS_PAGE_BYTES_MAX);
    write_page(&text, (const struct metrics_page *)job, reader->store);
    ensure(!text.overflowed);
    *output = arena_copy(&call->arena, text_bytes(&text));
    call->output = output;
    text_deinit(&text);
}

void metrics_answer(struct service *service, struct call *call)
{
    struct metrics_page *page = arena_new(&call->arena, struct metrics_page);

    copy_types(page, &service->metrics, WORKFLOW, &call->arena);
    copy_types(page, &service->metrics, ACTIVITY, &call->arena);
    copy_lists(page, service, &call->arena);
    copy_turn(page, service);
    page->job.is_long = true;
    service_answer_by_reading(service, call, &page->job, read_page);
}
