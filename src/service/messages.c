/*
 * A message in the store. Key: its number, eight bytes. Value: format 1, kind, which one (a byte
 * each: of a child policy, or the enum external_failure of what could not be delivered), account
 * (8), domain (4), run (8) of the workflow that sent the first message, the Initiated (or
 * LambdaFunctionScheduled) event it is about (8), then seven texts with their lengths in four bytes
 * each: the sender's workflow id and run id, the target's workflow id and run id, the child's type
 * name and version, and the event that is the cause, as JSON (a child policy needs none). An absent
 * text has the length 0xffffffff. All numbers big-endian.
 */
#include "service/messages.h"
#include "base/ensure.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/memory.h"
#include "engine/child.h"
#include "engine/close.h"
#include "engine/external.h"
#include "engine/signal.h"
#include "engine/start.h"
#include "service/inner.h"
#include "store/pack.h"
#include "wire/decode.h"
#include "wire/encode.h"

#define MESSAGE_FORMAT 1
#define MESSAGE_BYTES_MAX (16u << 20)
#define DELIVERIES_MAX 1024
#define NUMBERS_BYTES (1 + 1 + 1 + 8 + 4 + 8 + 8)

/* On disk by these numbers for ever. */
enum message_kind {
    MESSAGE_START_CHILD = 1,   /* to whatever workflow has the child's id */
    MESSAGE_EXTERNAL = 2,      /* a signal or a cancel request */
    MESSAGE_CHILD_POLICY = 3,  /* from a closed parent to its child */
    MESSAGE_CHILD_CLOSED = 4,  /* from a closed child to its parent */
    MESSAGE_CHILD_STARTED = 5, /* replies, to the sender of the first message */
    MESSAGE_CHILD_NOT_STARTED = 6,
    MESSAGE_DELIVERED = 7,
    MESSAGE_UNDELIVERABLE = 8,
    MESSAGE_START_LAMBDA = 9, /* to the sender itself */
};

struct message {
    struct list queued;
    struct arena arena; /* of all it says */
    uint64_t number;
    enum message_kind kind;
    enum child_policy policy;      /* of MESSAGE_CHILD_POLICY */
    enum external_failure failure; /* of MESSAGE_UNDELIVERABLE */
    struct run_key sender;
    int64_t initiated_event_id;
    struct workflow_execution sender_names, target_names;
    struct workflow_type type;
    struct bytes cause_json;
    struct event cause;
};

/* ---- bytes ---- */

static void pack_names(struct packer *packer, const struct workflow_execution *names)
{
    pack_text32(packer, names->workflow_id);
    pack_text32(packer, names->run_id);
}

static size_t names_size(const struct workflow_execution *names)
{
    return text32_size(names->workflow_id) + text32_size(names->run_id);
}

static size_t encoded_size(const struct message *message)
{
    return NUMBERS_BYTES + names_size(&message->sender_names) + names_size(&message->target_names) +
           text32_size(message->type.name) + text32_size(message->type.version) +
           text32_size(message->cause_json);
}

static uint8_t which_one(const struct message *message)
{
    if (message->kind == MESSAGE_UNDELIVERABLE)
        return (uint8_t)message->failure;
    return (uint8_t)message->policy;
}

static struct bytes encode_message(const struct message *message, struct arena *arena)
{
    struct packer packer = packer_in(arena, encoded_size(message));

    pack_u8(&packer, MESSAGE_FORMAT);
    pack_u8(&packer, (uint8_t)message->kind);
    pack_u8(&packer, which_one(message));
    pack_u64(&packer, message->sender.account);
    pack_u32(&packer, message->sender.domain);
    pack_u64(&packer, message->sender.run);
    pack_u64(&packer, (uint64_t)message->initiated_event_id);
    pack_names(&packer, &message->sender_names);
    pack_names(&packer, &message->target_names);
    pack_text32(&packer, message->type.name);
    pack_text32(&packer, message->type.version);
    pack_text32(&packer, message->cause_json);
    return packer_bytes(&packer);
}

static bool unpack_numbers(struct unpacker *unpacker, struct message *message)
{
    uint8_t format = unpack_u8(unpacker), kind = unpack_u8(unpacker), which = unpack_u8(unpacker);

    message->kind = (enum message_kind)kind;
    if (kind == MESSAGE_UNDELIVERABLE)
        message->failure = (enum external_failure)which;
    else
        message->policy = (enum child_policy)which;
    message->sender.account = unpack_u64(unpacker);
    message->sender.domain = unpack_u32(unpacker);
    message->sender.run = unpack_u64(unpacker);
    message->initiated_event_id = (int64_t)unpack_u64(unpacker);
    return format == MESSAGE_FORMAT && kind >= MESSAGE_START_CHILD &&
           kind <= MESSAGE_START_LAMBDA && message->policy <= CHILD_POLICY_COUNT &&
           message->failure <= EXTERNAL_TOO_FAST;
}

static void unpack_names(struct unpacker *unpacker, struct workflow_execution *names)
{
    names->workflow_id = unpack_text32(unpacker);
    names->run_id = unpack_text32(unpacker);
}

static void unpack_texts(struct unpacker *unpacker, struct message *message)
{
    unpack_names(unpacker, &message->sender_names);
    unpack_names(unpacker, &message->target_names);
    message->type.name = unpack_text32(unpacker);
    message->type.version = unpack_text32(unpacker);
    message->cause_json = unpack_text32(unpacker);
}

static void free_message(struct message *message)
{
    arena_deinit(&message->arena);
    memory_free(message);
}

static bool decode_cause(struct json_reader *json, struct message *message)
{
    if (message->kind == MESSAGE_CHILD_POLICY && bytes_is_absent(message->cause_json))
        return true;
    return decode_events(json, &message->cause_json, 1, &message->arena, &message->cause);
}

/* A message of its own memory from its stored form; NULL when that is damaged. */
static struct message *decode_message(struct json_reader *json, uint64_t number, struct bytes value)
{
    struct message *message = memory_new(sizeof(*message));
    struct unpacker unpacker;

    arena_init(&message->arena, "message", MESSAGE_BYTES_MAX);
    message->number = number;
    unpacker = unpacker_of(arena_copy(&message->arena, value));
    if (unpack_numbers(&unpacker, message)) {
        unpack_texts(&unpacker, message);
        if (unpacker_is_done(&unpacker) && decode_cause(json, message))
            return message;
    }
    free_message(message);
    return NULL;
}

/* ---- the queue ---- */

void messages_init(struct messages *messages)
{
    *messages = (struct messages){ .next_number = 1 };
    list_init(&messages->queue);
    list_init(&messages->held);
}

static struct message *first_of(struct list *list)
{
    struct list *first = list_first(list);

    return first ? object_of(first, struct message, queued) : NULL;
}

void messages_deinit(struct messages *messages)
{
    struct message *message;

    while ((message = first_of(&messages->queue)) || (message = first_of(&messages->held))) {
        list_remove(&message->queued);
        free_message(message);
    }
    map_deinit(&messages->starts);
}

static uint64_t start_hash(const struct message *message)
{
    return hash_combine(hash_u64(message->sender.run), (uint64_t)message->initiated_event_id);
}

static size_t memory_of(const struct message *message)
{
    return sizeof(*message) + message->arena.held;
}

/* What is to start a child holds a place among the open runs of its domain until it is done with:
 * its decider was told that there is room. */
static void hold_place(struct service *service, const struct message *message, int places)
{
    struct domain *domain = registry_get_domain(&service->registry, message->sender.domain);

    if (message->kind == MESSAGE_START_CHILD && domain)
        domain->awaited_children += (uint64_t)(int64_t)places;
}

static void enqueue(struct service *service, struct message *message)
{
    hold_place(service, message, 1);
    list_append(&service->messages.queue, &message->queued);
    service->messages.count++;
    service->messages.bytes += memory_of(message);
    if (message->kind == MESSAGE_START_CHILD)
        map_add(&service->messages.starts, start_hash(message), message);
    if (message->number >= service->messages.next_number)
        service->messages.next_number = message->number + 1;
}

static void dequeue(struct service *service, struct message *message)
{
    list_remove(&message->queued);
    service->messages.count--;
    service->messages.bytes -= memory_of(message);
    if (message->kind == MESSAGE_START_CHILD)
        map_remove(&service->messages.starts, start_hash(message), message);
}

static struct bytes key_of(struct service *service, uint64_t number)
{
    struct packer packer = packer_in(&service->turn.arena, 8);

    pack_u64(&packer, number);
    return packer_bytes(&packer);
}

/* Stores a message in this turn's commit and queues it for a later turn. `draft` borrows all that
 * it says. */
static void post(struct service *service, const struct message *draft)
{
    uint64_t number = service->messages.next_number;
    struct bytes key = key_of(service, number);
    struct bytes value = encode_message(draft, &service->turn.arena);
    struct message *message;

    *turn_add_message_change(&service->turn) = (struct message_change){ key, value };
    message = decode_message(service->json, number, value);
    ensure(message != NULL); /* we wrote it this moment */
    enqueue(service, message);
}

/* The message, which is in no queue any more, is done with in this turn's commit. */
static void forget_message(struct service *service, struct message *message)
{
    *turn_add_message_change(
        &service->turn) = (struct message_change){ key_of(service, message->number), BYTES_ABSENT };
    hold_place(service, message, -1);
    free_message(message);
}

static struct message *read_message(struct json_reader *json, struct bytes key, struct bytes value,
                                    uint64_t *number)
{
    struct unpacker unpacker = unpacker_of(key);

    *number = unpack_u64(&unpacker);
    return unpacker_is_done(&unpacker) ? decode_message(json, *number, value) : NULL;
}

bool messages_can_read(struct json_reader *json, struct bytes key, struct bytes value)
{
    uint64_t number;
    struct message *message = read_message(json, key, value, &number);

    if (message)
        free_message(message);
    return message != NULL;
}

enum err messages_recover(struct service *service, struct bytes key, struct bytes value)
{
    uint64_t number = 0;
    struct message *message = read_message(service->json, key, value, &number);

    if (message == NULL) {
        log_error("a message between workflows is damaged", LOG_NUMBER("number", (int64_t)number));
        return ERR_CORRUPT;
    }
    enqueue(service, message);
    return OK;
}

/* ---- what a run owes ---- */

static struct message draft_from(const struct run *run, enum message_kind kind)
{
    return (struct message){
        .kind = kind,
        .sender = run->key,
        .sender_names = { run->workflow_id, run->run_id },
    };
}

static struct message draft_of(struct service *service, const struct run *run,
                               const struct event *cause, enum message_kind kind)
{
    struct message draft = draft_from(run, kind);
    struct text text;

    draft.initiated_event_id = cause->id;
    text_init(&text, MESSAGE_BYTES_MAX);
    encode_event(&text, cause);
    ensure(!text.overflowed);
    draft.cause_json = arena_copy(&service->turn.arena, text_bytes(&text));
    text_deinit(&text);
    return draft;
}

static void owe_start(struct service *service, const struct run *run, const struct event *initiated)
{
    struct message draft = draft_of(service, run, initiated, MESSAGE_START_CHILD);

    draft.target_names.workflow_id =
        initiated->start_child_workflow_execution_initiated->workflow_id;
    post(service, &draft);
}

static bool has_token(struct service *service, const struct run *run, const struct event *initiated)
{
    enum decision_type type = initiated->type == EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED
                                  ? DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION
                                  : DECISION_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION;

    return throttle_take_decision(&service->throttle, run->key.account, type, service->now);
}

/* What comes too fast is not sent; only its sender hears of it. */
static void owe_external(struct service *service, const struct run *run,
                         const struct event *initiated)
{
    struct message draft = draft_of(service, run, initiated, MESSAGE_EXTERNAL);

    if (!has_token(service, run, initiated)) {
        draft.kind = MESSAGE_UNDELIVERABLE;
        draft.failure = EXTERNAL_TOO_FAST;
        post(service, &draft);
        return;
    }
    if (initiated->type == EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED) {
        draft.target_names.workflow_id =
            initiated->signal_external_workflow_execution_initiated->workflow_id;
        draft.target_names.run_id = initiated->signal_external_workflow_execution_initiated->run_id;
    } else {
        draft.target_names.workflow_id =
            initiated->request_cancel_external_workflow_execution_initiated->workflow_id;
        draft.target_names.run_id =
            initiated->request_cancel_external_workflow_execution_initiated->run_id;
    }
    post(service, &draft);
}

/* In a turn of its own, so that LambdaFunctionStarted and the calls of a long list are not all in
 * one. */
static void owe_lambda(struct service *service, const struct run *run,
                       const struct event *scheduled)
{
    struct message draft = draft_of(service, run, scheduled, MESSAGE_START_LAMBDA);

    post(service, &draft);
}

static bool starts_child(const void *object, const void *key)
{
    const struct message *message = object, *wanted = key;

    return message->sender.run == wanted->sender.run &&
           message->initiated_event_id == wanted->initiated_event_id;
}

/* The message that was to start this child, if it is still under way. */
static struct message *find_start(struct service *service, const struct run *parent,
                                  int64_t initiated_event_id)
{
    const struct message wanted = { .sender = parent->key,
                                    .initiated_event_id = initiated_event_id };

    return map_find(&service->messages.starts, start_hash(&wanted), starts_child, &wanted);
}

/* Q-CHILD1: a child that was not started yet is not started any more, unless it is to be abandoned.
 * There may be a thousand children and the closing event may be large, so these messages do not
 * quote it. */
static void owe_policy(struct service *service, const struct run *parent, enum child_policy policy)
{
    const struct list *node = list_first(&parent->execution->children);

    for (; node; node = list_next(&parent->execution->children, node)) {
        const struct child *child = object_of(node, const struct child, open);
        struct message *start = child->started_event_id
                                    ? NULL
                                    : find_start(service, parent, child->initiated_event_id);
        struct message draft;

        if (start) {
            dequeue(service, start);
            forget_message(service, start);
            continue;
        }
        draft = draft_from(parent, MESSAGE_CHILD_POLICY);
        draft.policy = policy;
        draft.initiated_event_id = child->initiated_event_id;
        draft.target_names.workflow_id = child->workflow_id;
        post(service, &draft);
    }
}

static void owe_report(struct service *service, const struct run *child,
                       const struct event *closing)
{
    const struct execution_settings *settings = &child->execution->settings;
    struct message draft;

    if (bytes_is_absent(settings->parent_workflow_id) ||
        closing->type == EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW)
        return;
    draft = draft_of(service, child, closing, MESSAGE_CHILD_CLOSED);
    draft.target_names = (struct workflow_execution){ settings->parent_workflow_id,
                                                      settings->parent_run_id };
    draft.initiated_event_id = settings->parent_initiated_event_id;
    draft.type = (struct workflow_type){ settings->type_name, settings->type_version };
    post(service, &draft);
}

static void owe_close(struct service *service, struct run *run, const struct event *closing)
{
    enum child_policy policy = close_policy(run->execution, closing);

    if (policy == CHILD_POLICY_TERMINATE || policy == CHILD_POLICY_REQUEST_CANCEL)
        owe_policy(service, run, policy);
    owe_report(service, run, closing);
}

void messages_owe(struct service *service, struct run *run, const struct event_list *events)
{
    for (size_t i = 0; i < events->count; i++) {
        const struct event *event = &events->items[i];

        if (event->type == EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED)
            owe_start(service, run, event);
        else if (event->type == EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED ||
                 event->type == EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED)
            owe_external(service, run, event);
        else if (event->type == EVENT_LAMBDA_FUNCTION_SCHEDULED)
            owe_lambda(service, run, event);
        else if (event_type_closes(event->type))
            owe_close(service, run, event);
    }
}

/* ---- delivery ---- */

/* The open run of a workflow in the sender's domain, after what is due in it was done; NULL when
 * there is none. Whether the sender is still open does not matter (Q-SIG1). A message that names no
 * run goes to whichever is open now (Q-SIG3). */
static struct run *find_target(struct service *service, const struct message *message)
{
    struct bytes run_id = message->target_names.run_id;
    struct run *run;

    (void)!awake_find(service, message->sender.domain, message->target_names.workflow_id, &run);
    if (run)
        step_due(service, run);
    if (run == NULL || !execution_is_open(run->execution))
        return NULL;
    return run_id.len == 0 || bytes_equal(run->run_id, run_id) ? run : NULL;
}

/* A reply goes to the sender of the first message, and says which execution it is about. */
static void reply(struct service *service, const struct message *message, enum message_kind kind,
                  const struct run *target)
{
    struct message draft = *message;

    draft.kind = kind;
    if (target)
        draft.target_names = (struct workflow_execution){ target->workflow_id, target->run_id };
    post(service, &draft);
}

static void deliver_start(struct service *service, const struct message *message)
{
    struct domain *domain = registry_get_domain(&service->registry, message->sender.domain);
    struct run_key key = { message->sender.account, message->sender.domain, service->next_run };
    struct event_list events;
    struct run *child;

    if (find_target(service, message)) {
        reply(service, message, MESSAGE_CHILD_NOT_STARTED, NULL);
        return;
    }
    service->next_run++;
    child = run_new(key, domain, message->target_names.workflow_id, service_fresh_run_id(service));
    event_list_init(&events, &service->turn.arena, 1, service->now);
    start_child(&message->cause, &message->sender_names, &events);
    step_start(service, child, &events);
    reply(service, message, MESSAGE_CHILD_STARTED, child);
}

static void deliver_external(struct service *service, const struct message *message)
{
    struct run *target = find_target(service, message);
    struct step step;

    if (target == NULL) {
        reply(service, message, MESSAGE_UNDELIVERABLE, NULL);
        return;
    }
    step_begin(service, target, &step);
    external_receive(target->execution, &message->cause, &message->sender_names, &step.events);
    step_finish(service, &step);
    reply(service, message, MESSAGE_DELIVERED, target);
}

/* The child may run under another run id by now: it is known by its parent and the event that asked
 * for it. */
static bool is_child_of(const struct run *run, const struct message *message)
{
    const struct execution_settings *settings = &run->execution->settings;

    return settings->parent_initiated_event_id == message->initiated_event_id &&
           bytes_equal(settings->parent_run_id, message->sender_names.run_id);
}

static void deliver_policy(struct service *service, const struct message *message)
{
    struct run *child = find_target(service, message);
    struct step step;

    if (child == NULL || !is_child_of(child, message))
        return;
    step_begin(service, child, &step);
    if (message->policy == CHILD_POLICY_TERMINATE)
        close_by_child_policy(child->execution, &step.events);
    else
        signal_receive_policy_cancel(child->execution, &message->sender_names, &step.events);
    step_finish(service, &step);
}

static void deliver_report(struct service *service, const struct message *message)
{
    struct run *parent = find_target(service, message);
    struct step step;

    if (parent == NULL || child_get(parent->execution, message->initiated_event_id) == NULL)
        return;
    step_begin(service, parent, &step);
    child_closed(parent->execution, message->initiated_event_id, &message->sender_names,
                 &message->type, &message->cause, &step.events);
    step_finish(service, &step);
}

/* The run that sent the first message, after what is due in it was done; NULL when it is not open
 * any more. */
static struct run *find_sender(struct service *service, const struct message *message)
{
    struct run *sender;

    (void)!awake_get(service, message->sender.run, &sender);
    if (sender)
        step_due(service, sender);
    return sender && execution_is_open(sender->execution) ? sender : NULL;
}

/* "... the reply is dropped if the sender is closed by then." */
static void deliver_reply(struct service *service, const struct message *message)
{
    struct run *sender = find_sender(service, message);
    struct step step;

    if (sender == NULL)
        return;
    step_begin(service, sender, &step);
    if (message->kind == MESSAGE_CHILD_STARTED)
        child_started(sender->execution, &message->cause, &message->target_names, &step.events);
    else if (message->kind == MESSAGE_CHILD_NOT_STARTED)
        child_start_failed(sender->execution, &message->cause,
                           START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_ALREADY_RUNNING,
                           &step.events);
    else if (message->kind == MESSAGE_DELIVERED)
        external_delivered(sender->execution, &message->cause, &message->target_names,
                           &step.events);
    else
        external_undeliverable(sender->execution, &message->cause, message->failure, &step.events);
    step_finish(service, &step);
}

static void deliver_lambda(struct service *service, const struct message *message)
{
    struct run *run = find_sender(service, message);

    if (run)
        lambdas_start(service, run, &message->cause);
}

static void deliver(struct service *service, const struct message *message)
{
    switch (message->kind) {
    case MESSAGE_START_CHILD:
        deliver_start(service, message);
        break;
    case MESSAGE_EXTERNAL:
        deliver_external(service, message);
        break;
    case MESSAGE_CHILD_POLICY:
        deliver_policy(service, message);
        break;
    case MESSAGE_CHILD_CLOSED:
        deliver_report(service, message);
        break;
    case MESSAGE_START_LAMBDA:
        deliver_lambda(service, message);
        break;
    default:
        deliver_reply(service, message);
        break;
    }
}

/* Wakes the run that it is for. Was that one set aside, or may it have been? Then the message can
 * neither be delivered nor be said to be undeliverable. */
static bool must_wait(struct service *service, const struct message *message)
{
    const struct set_aside *aside = &service->set_aside;
    const struct workflow_execution *target = &message->target_names;
    uint32_t domain = message->sender.domain;
    struct run *run;

    if (message->kind > MESSAGE_CHILD_CLOSED)
        return awake_get(service, message->sender.run, &run) != OK &&
               set_aside_has(aside, message->sender.run);
    return awake_find(service, domain, target->workflow_id, &run) == ERR_NOT_FOUND &&
           set_aside_may_be(aside, domain, target->workflow_id, target->run_id);
}

/* Each leaves in the commit of the step that delivers it, and not before one of a lower number
 * (S5). */
bool messages_deliver(struct service *service)
{
    struct messages *messages = &service->messages;
    uint64_t born_in_this_turn = messages->next_number;
    struct message *message;
    int count = 0;

    while ((message = first_of(&messages->queue)) && message->number < born_in_this_turn &&
           count++ < DELIVERIES_MAX && !service_has_enough(service, TURN_PARTS_OWED)) {
        /* Out of the queue first: what it does may close its own sender, which then looks for it.
         */
        dequeue(service, message);
        if (must_wait(service, message)) {
            list_append(&messages->held, &message->queued);
            continue;
        }
        deliver(service, message);
        forget_message(service, message);
    }
    return messages->count != 0;
}
