#include "model/event.h"

void event_list_init(struct event_list *list, struct arena *arena, int64_t next_id,
                     struct instant timestamp)
{
    *list = (struct event_list){ .arena = arena, .next_id = next_id, .timestamp = timestamp };
}

static void grow(struct event_list *list)
{
    size_t capacity = list->capacity ? list->capacity * 2 : 8;
    struct event *items = arena_array(list->arena, struct event, capacity);

    if (list->count)
        memcpy(items, list->items, list->count * sizeof(*items));
    list->items = items;
    list->capacity = capacity;
}

int64_t event_list_add(struct event_list *list, enum event_type type, const void *attributes)
{
    if (list->count == list->capacity)
        grow(list);
    list->items[list->count++] = (struct event){
        .id = list->next_id,
        .timestamp = list->timestamp,
        .type = type,
        .attributes = attributes,
    };
    return list->next_id++;
}

bool event_type_closes(enum event_type type)
{
    switch (type) {
    case EVENT_WORKFLOW_EXECUTION_COMPLETED:
    case EVENT_WORKFLOW_EXECUTION_FAILED:
    case EVENT_WORKFLOW_EXECUTION_TIMED_OUT:
    case EVENT_WORKFLOW_EXECUTION_CANCELED:
    case EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
    case EVENT_WORKFLOW_EXECUTION_TERMINATED:
        return true;
    default:
        return false;
    }
}
