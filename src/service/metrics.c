#include "service/metrics.h"

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

static struct bytes append_copy(char **end, struct bytes text)
{
    struct bytes copy = bytes_of(*end, text.len);

    if (text.len)
        memcpy(*end, text.ptr, text.len);
    *end += text.len;
    return copy;
}

static struct type_figures *figures_new(struct metrics *metrics, const struct type_key *key,
                                        uint64_t account, struct bytes domain_name)
{
    struct type_figures *figures = memory_new(sizeof *figures + domain_name.len + key->name.len +
                                              key->version.len);
    char *end = (char *)(figures + 1);

    figures->kind = key->kind;
    figures->domain = key->domain;
    figures->account = account;
    figures->domain_name = append_copy(&end, domain_name);
    figures->name = append_copy(&end, key->name);
    figures->version = append_copy(&end, key->version);
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

static struct type_figures *get_figures(struct metrics *metrics, enum type_kind_index kind,
                                        const struct domain *domain, struct bytes name,
                                        struct bytes version)
{
    struct type_key key = { kind, domain->number, name, version };
    uint64_t hash = key_hash(&key);
    struct type_figures *figures = map_find(&metrics->types, hash, has_key, &key);

    if (figures)
        return figures;
    if (metrics->type_count == METRICS_TYPES_MAX)
        return get_others(metrics, kind);
    metrics->type_count++;
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

void metrics_note_event(struct metrics *metrics, struct run *run, const struct event *event)
{
    metrics->events++;
    switch (event->type) {
    case EVENT_DECISION_TASK_STARTED:
        add_time(figures_of_run(metrics, run), DECISION_SCHEDULE_TO_START,
                 run->execution->decision.available_at, event->timestamp);
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

/* ---- writing ---- */

static void write_type_of(struct text *out, const char *name, const char *type)
{
    text_printf(out, "# TYPE %s %s\n", name, type);
}

/* A label's value; Prometheus wants three characters escaped. */
static void write_label(struct text *out, const char *name, struct bytes value)
{
    text_append_cstr(out, name);
    text_append(out, BYTES("=\""));
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c == '"' || c == '\\' || c == '\n')
            text_append_char(out, '\\');
        text_append_char(out, c == '\n' ? 'n' : c);
    }
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

static void write_time(struct text *out, const struct metrics *metrics, enum time_metric metric)
{
    const struct list *every = &metrics->every[time_metrics[metric].kind];
    const char *name = time_metrics[metric].name;

    write_type_of(out, name, "summary");
    for (const struct list *node = list_first(every); node; node = list_next(every, node)) {
        const struct type_figures *figures = object_of(node, const struct type_figures, every);
        const struct time_sum *time = &figures->times[metric];

        write_series(out, name, "_sum", figures);
        text_printf(out, "} %lld\n", (long long)time->sum_ms);
        write_series(out, name, "_count", figures);
        text_printf(out, "} %llu\n", (unsigned long long)time->count);
    }
}

static void write_count(struct text *out, const struct metrics *metrics, enum count_metric metric)
{
    const struct list *every = &metrics->every[count_metrics[metric].kind];
    const char *name = count_metrics[metric].name;

    write_type_of(out, name, "counter");
    for (const struct list *node = list_first(every); node; node = list_next(every, node)) {
        const struct type_figures *figures = object_of(node, const struct type_figures, every);

        write_series(out, name, "", figures);
        text_printf(out, "} %llu\n", (unsigned long long)figures->counts[metric]);
    }
}

static void write_terminated(struct text *out, const struct metrics *metrics)
{
    const struct list *every = &metrics->every[WORKFLOW];

    write_type_of(out, "WorkflowsTerminated", "counter");
    for (const struct list *node = list_first(every); node; node = list_next(every, node)) {
        const struct type_figures *figures = object_of(node, const struct type_figures, every);

        for (int cause = 1; cause <= WORKFLOW_EXECUTION_TERMINATED_CAUSE_COUNT; cause++) {
            write_series(out, "WorkflowsTerminated", "", figures);
            text_printf(out, ",Cause=\"%s\"} %llu\n",
                        workflow_execution_terminated_cause_names[cause],
                        (unsigned long long)figures->terminated[cause]);
        }
    }
}

static void write_throttled(struct text *out, const struct metrics *metrics)
{
    write_type_of(out, "ThrottledEvents", "counter");
    for (int i = 0; i < OPERATION_COUNT; i++)
        if (metrics->throttled[i])
            text_printf(out, "ThrottledEvents{APIName=\"%s\"} %llu\n", operation_names[i],
                        (unsigned long long)metrics->throttled[i]);
}

/* ---- task lists ---- */

struct list_figures {
    uint64_t pending, polls;
    int64_t oldest_ms; /* how long its next task has waited */
};

static struct list_figures figures_of_list(const struct service *service,
                                           const struct task_queue *queue)
{
    const struct task *first = task_queue_first_task(queue);

    return (struct list_figures){
        .pending = queue->tasks.count + queue->queued_count,
        .polls = queue->waiter_count,
        .oldest_ms = first ? instant_since(service->now, first->available_at).ms : 0,
    };
}

/* One figure of a list, or of all the others when there is no queue. */
static void write_list(const struct service *service, struct text *out, const char *name,
                       const struct task_queue *queue, double value)
{
    const struct domain *domain = queue ? registry_get_domain(&service->registry, queue->domain)
                                        : NULL;
    bool is_decision = queue && queue->kind == TASK_DECISION;

    text_append_cstr(out, name);
    write_domain(out, domain ? domain->account : 0, domain ? domain->name : BYTES_ABSENT);
    text_append_char(out, ',');
    write_label(out, "TaskListName", queue ? queue->name : BYTES_ABSENT);
    text_printf(out, ",TaskListClassification=\"%s\"} %.3f\n",
                queue ? (is_decision ? "D" : "A") : "", value);
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

static void add_list(struct list_figures *others, const struct list_figures *figures)
{
    others->pending += figures->pending;
    others->polls += figures->polls;
    if (figures->oldest_ms > others->oldest_ms)
        others->oldest_ms = figures->oldest_ms;
}

/* The lists come in the order in which they were made. */
static void write_lists(const struct service *service, struct text *out, size_t metric)
{
    const struct list *every = &service->matching.every;
    struct list_figures others = { 0 };
    uint32_t written = 0;

    write_type_of(out, list_metrics[metric].name, "gauge");
    for (const struct list *node = list_first(every); node; node = list_next(every, node)) {
        const struct task_queue *queue = object_of(node, const struct task_queue, every);
        struct list_figures figures = figures_of_list(service, queue);

        if (written++ < METRICS_LISTS_MAX)
            write_list(service, out, list_metrics[metric].name, queue,
                       list_metrics[metric].pick(&figures));
        else
            add_list(&others, &figures);
    }
    if (written > METRICS_LISTS_MAX)
        write_list(service, out, list_metrics[metric].name, NULL,
                   list_metrics[metric].pick(&others));
}

/* ---- the turn and the store ---- */

static void write_number(struct text *out, const char *name, const char *type, double value)
{
    write_type_of(out, name, type);
    text_printf(out, "%s %.17g\n", name, value);
}

static void write_batches(struct text *out, const struct metrics *metrics)
{
    uint64_t turns = 0;

    write_type_of(out, "weir_turn_calls", "histogram");
    for (int i = 0; i < METRICS_BATCH_BUCKETS - 1; i++) {
        turns += metrics->turns_by_calls[i];
        text_printf(out, "weir_turn_calls_bucket{le=\"%u\"} %llu\n", batch_bounds[i],
                    (unsigned long long)turns);
    }
    text_printf(out, "weir_turn_calls_bucket{le=\"+Inf\"} %llu\n",
                (unsigned long long)metrics->turns);
    text_printf(out, "weir_turn_calls_sum %llu\nweir_turn_calls_count %llu\n",
                (unsigned long long)metrics->calls, (unsigned long long)metrics->turns);
}

static void write_turn(const struct service *service, struct text *out)
{
    struct service_figures figures = service_figures(service);

    write_batches(out, &service->metrics);
    durations_write(&service->metrics.turn_times, "weir_turn_seconds", out);
    write_number(out, "weir_commits_total", "counter", (double)figures.commits);
    write_number(out, "weir_events_total", "counter", (double)service->metrics.events);
    write_number(out, "weir_expired_executions_total", "counter", (double)service->metrics.expired);
    write_number(out, "weir_open_executions", "gauge", (double)service->runs.count);
    write_number(out, "weir_sleeping_executions", "gauge",
                 (double)(service->runs.count - service->awake.count));
    write_number(out, "weir_execution_bytes", "gauge",
                 (double)(service->awake.memory + runs_memory(&service->runs)));
    write_number(out, "weir_executions_woken_total", "counter", (double)service->awake.woken);
    write_number(out, "weir_held_polls", "gauge", (double)figures.parked_polls);
    write_number(out, "weir_recent_bytes", "gauge", (double)service->recent.bytes_held);
    write_number(out, "weir_recent_hits_total", "counter", (double)service->recent.hits);
    write_number(out, "weir_recent_misses_total", "counter", (double)service->recent.misses);
    write_number(out, "weir_task_lists", "gauge", (double)service->matching.queue_count);
}

static void write_store(const struct service *service, struct text *out)
{
    struct store_figures figures;

    store_get_figures(service->store, &figures);
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
    write_number(out, "weir_store_free_bytes", "gauge", (double)store_free_bytes(service->store));
}

void metrics_write(const struct service *service, struct text *out)
{
    for (int i = 0; i < TIME_METRIC_COUNT; i++)
        write_time(out, &service->metrics, (enum time_metric)i);
    for (int i = 0; i < COUNT_METRIC_COUNT; i++)
        write_count(out, &service->metrics, (enum count_metric)i);
    write_terminated(out, &service->metrics);
    write_throttled(out, &service->metrics);
    for (size_t i = 0; i < sizeof list_metrics / sizeof list_metrics[0]; i++)
        write_lists(service, out, i);
    write_turn(service, out);
    write_store(service, out);
}
