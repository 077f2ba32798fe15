/*
 * stub - what stays in memory of an open run while its execution does not, and the row that says
 * the same on the disk.
 *
 * A stub knows what is needed before the run is touched: when something of it is due, which task
 * lists its tasks wait in, and what finds it. It has no names: they are on the disk with the
 * history, and in the run while that is awake.
 *
 * The row is version 1 of bytes that only this file reads (store/FORMAT.md has their place): u8
 * version; u8 flags (1: a cancel was requested); time started; time due; u32 events of the history;
 * text16 workflow id, type name, type version; u16 tags (0xffff: no list), text16 each; text16 the
 * list on which a decision task waits behind a started one, absent: none; u16 tasks, each u8 kind
 * (0 decision, 1 activity), u64 scheduling event, u32 priority, time available, text16 list.
 */
#ifndef SERVICE_STUB_H
#define SERVICE_STUB_H

#include "base/arena.h"
#include "base/ensure.h"
#include "base/heap.h"
#include "base/list.h"
#include "service/matching.h"

struct domain;
struct run;

struct stub {
    uint64_t number; /* of the run */
    struct domain *domain;
    struct run *run; /* NULL: it sleeps */
    struct instant started_at;
    struct instant due; /* when something next runs out */
    struct list tasks;  /* that wait in task lists */
    struct task_queue
        *queued_on; /* the list of a decision task that waits behind a started one; NULL: none */
    struct heap_node due_node;
    unsigned event_count : 28; /* of its history, while it sleeps */
    bool is_idle : 1;          /* the store has its row */
    bool cancel_requested : 1; /* as it was when the run fell asleep */
    bool is_set_aside : 1;     /* it could not be woken; only its number finds it */
};

/* What a row says. */
struct stub_state {
    struct instant started_at, due;
    uint32_t event_count;
    bool cancel_requested;
    struct bytes workflow_id, type_name, type_version;
    struct bytes_list tags;
    struct bytes queued_on; /* absent: none */
    struct stub_task {
        enum task_kind kind;
        int64_t scheduled_event_id;
        int32_t priority;
        struct instant available_at;
        struct bytes list_name;
    } * tasks;
    size_t task_count;
};

/* The state of an open run, from its names and its execution; borrows from them. */
void stub_state_of(const struct run *run, struct arena *arena, struct stub_state *out);
/* The row's bytes. */
struct bytes stub_encode(const struct stub_state *state, struct arena *arena);
/* false when they are of another version, or none at all. Borrows from `row`. */
must_use bool stub_decode(struct bytes row, struct arena *arena, struct stub_state *out);

#endif
