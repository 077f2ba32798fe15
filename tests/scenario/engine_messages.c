#include "engine_messages.h"
#include "engine_describe.h"

#include "base/ensure.h"
#include "engine/child.h"
#include "engine/close.h"
#include "engine/external.h"
#include "engine/signal.h"
#include "engine/start.h"

static struct engine_message *post(struct engine_world *engine, enum engine_message_kind kind,
                                   struct engine_run *sender, int64_t event_id)
{
    struct engine_message *message = &engine->messages[engine->message_count++];

    ensure(engine->message_count <= ENGINE_MESSAGES_MAX);
    message->kind = kind;
    message->sender = sender;
    message->event_id = event_id;
    return message;
}

/* ---- what a run owes ---- */

/* The place of the message that was to start this child; the count of messages when it is not under
 * way. */
static size_t find_start(const struct engine_world *engine, const struct engine_run *parent,
                         int64_t initiated_event_id)
{
    size_t i = engine->delivered;

    while (i < engine->message_count && (engine->messages[i].kind != ENGINE_START_CHILD ||
                                         engine->messages[i].sender != parent ||
                                         engine->messages[i].event_id != initiated_event_id))
        i++;
    return i;
}

/* A child that is not under way yet is forgotten (Q-CHILD1), any other one is told. */
static void owe_policy(struct engine_world *engine, struct engine_run *parent,
                       enum child_policy policy)
{
    const struct list *head = &parent->execution->children;

    for (const struct list *node = list_first(head); node; node = list_next(head, node)) {
        const struct child *child = object_of(node, const struct child, open);
        size_t start = find_start(engine, parent, child->initiated_event_id);

        if (start < engine->message_count)
            engine->messages[start].kind = ENGINE_NOTHING;
        else
            post(engine, ENGINE_CHILD_POLICY, parent, child->initiated_event_id)->policy = policy;
    }
}

static void owe_close(struct engine_world *engine, struct engine_run *run,
                      const struct event *closing)
{
    enum child_policy policy = close_policy(run->execution, closing);

    if (policy != CHILD_POLICY_ABANDON)
        owe_policy(engine, run, policy);
    if (closing->type != EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW &&
        !bytes_is_absent(run->execution->settings.parent_workflow_id))
        post(engine, ENGINE_CHILD_CLOSED, run, closing->id);
}

/* Of what a list sends, `sent` of this type before. */
static void owe_external(struct engine_world *engine, struct engine_run *run,
                         const struct event *initiated, enum decision_type type, uint32_t sent)
{
    const struct session *session = &engine->session;

    if (session->rates_given && sent >= session->rate_tokens[type])
        post(engine, ENGINE_UNDELIVERABLE, run, initiated->id)->failure = EXTERNAL_TOO_FAST;
    else
        post(engine, ENGINE_EXTERNAL, run, initiated->id);
}

void engine_owe(struct engine_world *engine, struct engine_run *run,
                const struct event_list *events)
{
    uint32_t signals = 0, cancels = 0;

    for (size_t i = 0; i < events->count; i++) {
        const struct event *event = &events->items[i];

        if (event->type == EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED)
            post(engine, ENGINE_START_CHILD, run, event->id);
        else if (event->type == EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED)
            owe_external(engine, run, event, DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION,
                         signals++);
        else if (event->type == EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED)
            owe_external(engine, run, event, DECISION_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION,
                         cancels++);
        else if (event_type_closes(event->type))
            owe_close(engine, run, event);
    }
}

uint64_t engine_awaited_children(const struct engine_world *engine, const struct domain *domain)
{
    uint64_t count = 0;

    for (size_t i = engine->delivered; i < engine->message_count; i++)
        count += engine->messages[i].kind == ENGINE_START_CHILD &&
                 engine->messages[i].sender->domain == domain;
    return count;
}

/* ---- delivery ---- */

static void reply(struct engine_world *engine, const struct engine_message *message,
                  enum engine_message_kind kind, const struct engine_run *target)
{
    post(engine, kind, message->sender, message->event_id)->target = target;
}

static void start_the_child(struct engine_world *engine, const struct engine_message *message,
                            const struct event *initiated)
{
    struct bytes workflow_id = initiated->start_child_workflow_execution_initiated->workflow_id;
    struct event_list events;

    if (engine_reach(engine, message->sender->domain, workflow_id, BYTES_ABSENT)) {
        reply(engine, message, ENGINE_CHILD_NOT_STARTED, NULL);
        return;
    }
    event_list_init(&events, &engine->arena, 1, manual_world_now(&engine->session.world));
    start_child(initiated, engine_names(engine, message->sender), &events);
    reply(engine, message, ENGINE_CHILD_STARTED,
          engine_start(engine, message->sender->domain, workflow_id, &events));
}

static void reach_out(struct engine_world *engine, const struct engine_message *message,
                      const struct event *initiated)
{
    const struct signal_external_workflow_execution_initiated_event *signal =
        initiated->signal_external_workflow_execution_initiated;
    const struct request_cancel_external_workflow_execution_initiated_event *cancel =
        initiated->request_cancel_external_workflow_execution_initiated;
    bool is_signal = initiated->type == EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED;
    struct engine_run *target = engine_reach(engine, message->sender->domain,
                                             is_signal ? signal->workflow_id : cancel->workflow_id,
                                             is_signal ? signal->run_id : cancel->run_id);
    struct event_list events;

    if (target == NULL) {
        reply(engine, message, ENGINE_UNDELIVERABLE, NULL);
        return;
    }
    engine_begin(engine, target, &events);
    external_receive(target->execution, initiated, engine_names(engine, message->sender), &events);
    engine_finish(engine, target, &events);
    reply(engine, message, ENGINE_DELIVERED, target);
}

/* The run that carries on this child now: it may have been continued as new. */
static struct engine_run *find_child(struct engine_world *engine,
                                     const struct engine_message *message,
                                     const struct event *initiated)
{
    struct engine_run *run = engine_reach(
        engine, message->sender->domain,
        initiated->start_child_workflow_execution_initiated->workflow_id, BYTES_ABSENT);
    const struct execution_settings *settings = run ? &run->execution->settings : NULL;

    if (run == NULL || settings->parent_initiated_event_id != initiated->id ||
        !bytes_equal(settings->parent_run_id, message->sender->run_id))
        return NULL;
    return run;
}

static void apply_policy(struct engine_world *engine, const struct engine_message *message,
                         const struct event *initiated)
{
    struct engine_run *child = find_child(engine, message, initiated);
    struct event_list events;

    if (child == NULL)
        return;
    engine_begin(engine, child, &events);
    if (message->policy == CHILD_POLICY_TERMINATE)
        close_by_child_policy(child->execution, &events);
    else
        signal_receive_policy_cancel(child->execution, engine_names(engine, message->sender),
                                     &events);
    engine_finish(engine, child, &events);
}

static void report_close(struct engine_world *engine, const struct engine_message *message,
                         const struct event *closing)
{
    const struct execution_settings *child = &message->sender->execution->settings;
    struct workflow_type type = { child->type_name, child->type_version };
    struct engine_run *parent = engine_reach(engine, message->sender->domain,
                                             child->parent_workflow_id, child->parent_run_id);
    struct event_list events;

    if (parent == NULL)
        return;
    engine_begin(engine, parent, &events);
    child_closed(parent->execution, child->parent_initiated_event_id,
                 engine_names(engine, message->sender), &type, closing, &events);
    if (events.count)
        engine_finish(engine, parent, &events);
}

/* What became of it, at the sender, unless that is closed by now. */
static void tell_sender(struct engine_world *engine, const struct engine_message *message,
                        const struct event *initiated)
{
    struct engine_run *sender = message->sender;
    struct event_list events;

    engine_due(engine, sender);
    if (!execution_is_open(sender->execution))
        return;
    engine_begin(engine, sender, &events);
    if (message->kind == ENGINE_CHILD_STARTED)
        child_started(sender->execution, initiated, engine_names(engine, message->target), &events);
    else if (message->kind == ENGINE_CHILD_NOT_STARTED)
        child_start_failed(sender->execution, initiated,
                           START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_ALREADY_RUNNING,
                           &events);
    else if (message->kind == ENGINE_DELIVERED)
        external_delivered(sender->execution, initiated, engine_names(engine, message->target),
                           &events);
    else
        external_undeliverable(sender->execution, initiated, message->failure, &events);
    engine_finish(engine, sender, &events);
}

static void deliver(struct engine_world *engine, const struct engine_message *message)
{
    struct event about;

    engine_read_event(engine, message->sender, message->event_id, &about);
    switch (message->kind) {
    case ENGINE_NOTHING:
        break;
    case ENGINE_START_CHILD:
        start_the_child(engine, message, &about);
        break;
    case ENGINE_EXTERNAL:
        reach_out(engine, message, &about);
        break;
    case ENGINE_CHILD_POLICY:
        apply_policy(engine, message, &about);
        break;
    case ENGINE_CHILD_CLOSED:
        report_close(engine, message, &about);
        break;
    default:
        tell_sender(engine, message, &about);
        break;
    }
}

bool engine_deliver(struct engine_world *engine)
{
    size_t end = engine->message_count, begin = engine->delivered;

    while (engine->delivered < end) {
        struct engine_message message = engine->messages[engine->delivered++];

        deliver(engine, &message);
    }
    return end > begin;
}
