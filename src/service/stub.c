#include "service/stub.h"
#include "engine/activity.h"
#include "service/runs.h"
#include "store/pack.h"

#define VERSION 1
#define FLAG_CANCEL_REQUESTED 1
#define NO_TAGS 0xffff

/* ---- from the execution ---- */

static void add_activities(struct stub_state *state, const struct execution *execution)
{
    const struct list *node = list_first(&execution->activities);

    for (; node; node = list_next(&execution->activities, node)) {
        const struct activity *activity = object_of(node, const struct activity, open);

        if (activity->started_event_id)
            continue;
        state->tasks[state->task_count++] = (struct stub_task){
            .kind = TASK_ACTIVITY,
            .scheduled_event_id = activity->scheduled_event_id,
            .priority = activity->priority,
            .available_at = activity->scheduled_at,
            .list_name = activity->task_list,
        };
    }
}

static void add_decision(struct stub_state *state, const struct execution *execution)
{
    const struct decision_tasks *decision = &execution->decision;

    if (execution_has_decision_task(execution))
        state->tasks[state->task_count++] = (struct stub_task){
            .kind = TASK_DECISION,
            .scheduled_event_id = decision->waiting_event_id,
            .priority = execution_priority(execution),
            .available_at = decision->available_at,
            .list_name = decision->waiting_list,
        };
    else if (decision->waiting_event_id)
        state->queued_on = decision->waiting_list;
}

void stub_state_of(const struct run *run, struct arena *arena, struct stub_state *out)
{
    const struct execution *execution = run->execution;
    const struct execution_settings *settings = &execution->settings;

    *out = (struct stub_state){
        .started_at = execution->started_at,
        .due = execution_next_due(execution),
        .event_count = (uint32_t)(execution->next_event_id - 1),
        .cancel_requested = execution->cancel_requested,
        .workflow_id = run->workflow_id,
        .type_name = settings->type_name,
        .type_version = settings->type_version,
        .tags = settings->tags,
    };
    out->tasks = arena_array(arena, struct stub_task, execution->activity_count + 1);
    add_activities(out, execution);
    add_decision(out, execution);
}

/* ---- the row ---- */

static size_t encoded_size(const struct stub_state *state)
{
    size_t size = 1 + 1 + 8 + 8 + 4 + text16_size(state->workflow_id) +
                  text16_size(state->type_name) + text16_size(state->type_version) + 2 +
                  text16_size(state->queued_on) + 2;

    for (size_t i = 0; i < state->tags.count; i++)
        size += text16_size(state->tags.items[i]);
    for (size_t i = 0; i < state->task_count; i++)
        size += 1 + 8 + 4 + 8 + text16_size(state->tasks[i].list_name);
    return size;
}

static void pack_tags(struct packer *packer, struct bytes_list tags)
{
    pack_u16(packer, tags.items ? (uint16_t)tags.count : NO_TAGS);
    for (size_t i = 0; i < tags.count; i++)
        pack_text16(packer, tags.items[i]);
}

static void pack_task(struct packer *packer, const struct stub_task *task)
{
    pack_u8(packer, task->kind == TASK_ACTIVITY);
    pack_u64(packer, (uint64_t)task->scheduled_event_id);
    pack_u32(packer, (uint32_t)task->priority);
    pack_u64(packer, (uint64_t)task->available_at.ms);
    pack_text16(packer, task->list_name);
}

struct bytes stub_encode(const struct stub_state *state, struct arena *arena)
{
    struct packer packer = packer_in(arena, encoded_size(state));

    pack_u8(&packer, VERSION);
    pack_u8(&packer, state->cancel_requested ? FLAG_CANCEL_REQUESTED : 0);
    pack_u64(&packer, (uint64_t)state->started_at.ms);
    pack_u64(&packer, (uint64_t)state->due.ms);
    pack_u32(&packer, state->event_count);
    pack_text16(&packer, state->workflow_id);
    pack_text16(&packer, state->type_name);
    pack_text16(&packer, state->type_version);
    pack_tags(&packer, state->tags);
    pack_text16(&packer, state->queued_on);
    pack_u16(&packer, (uint16_t)state->task_count);
    for (size_t i = 0; i < state->task_count; i++)
        pack_task(&packer, &state->tasks[i]);
    return packer_bytes(&packer);
}

static void unpack_tags(struct unpacker *unpacker, struct arena *arena, struct bytes_list *out)
{
    uint16_t count = unpack_u16(unpacker);
    struct bytes *items;

    *out = (struct bytes_list){ 0 };
    if (count == NO_TAGS || count > unpacker->rest.len)
        return;
    items = arena_array(arena, struct bytes, (size_t)count + 1);
    for (uint16_t i = 0; i < count; i++)
        items[i] = unpack_text16(unpacker);
    *out = (struct bytes_list){ items, count };
}

static struct stub_task unpack_task(struct unpacker *unpacker)
{
    struct stub_task task = { .kind = unpack_u8(unpacker) ? TASK_ACTIVITY : TASK_DECISION };

    task.scheduled_event_id = (int64_t)unpack_u64(unpacker);
    task.priority = (int32_t)unpack_u32(unpacker);
    task.available_at.ms = (int64_t)unpack_u64(unpacker);
    task.list_name = unpack_text16(unpacker);
    return task;
}

static void unpack_tasks(struct unpacker *unpacker, struct arena *arena, struct stub_state *out)
{
    uint16_t count = unpack_u16(unpacker);

    if (count > unpacker->rest.len) {
        unpacker->failed = true;
        return;
    }
    out->tasks = arena_array(arena, struct stub_task, (size_t)count + 1);
    while (out->task_count < count)
        out->tasks[out->task_count++] = unpack_task(unpacker);
}

bool stub_decode(struct bytes row, struct arena *arena, struct stub_state *out)
{
    struct unpacker unpacker = unpacker_of(row);

    *out = (struct stub_state){ 0 };
    if (unpack_u8(&unpacker) != VERSION)
        return false;
    out->cancel_requested = unpack_u8(&unpacker) & FLAG_CANCEL_REQUESTED;
    out->started_at.ms = (int64_t)unpack_u64(&unpacker);
    out->due.ms = (int64_t)unpack_u64(&unpacker);
    out->event_count = unpack_u32(&unpacker);
    out->workflow_id = unpack_text16(&unpacker);
    out->type_name = unpack_text16(&unpacker);
    out->type_version = unpack_text16(&unpacker);
    unpack_tags(&unpacker, arena, &out->tags);
    out->queued_on = unpack_text16(&unpacker);
    unpack_tasks(&unpacker, arena, out);
    return unpacker_is_done(&unpacker) && !bytes_is_absent(out->workflow_id) &&
           out->event_count > 0;
}
