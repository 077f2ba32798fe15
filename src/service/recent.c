#include "service/recent.h"

#include "base/heap.h"
#include "base/memory.h"

#define BYTES_FIRST ((size_t)2048)
#define EVENTS_FIRST 16

void recent_init(struct recent *recent, size_t bytes_max)
{
    *recent = (struct recent){ .bytes_max = bytes_max };
    list_init(&recent->by_use);
}

void recent_forget(struct recent *recent, struct recent_events *events)
{
    if (events->bytes == NULL)
        return;
    recent->bytes_held -= events->bytes_held;
    list_remove(&events->by_use);
    memory_free(events->bytes);
    memory_free(events->ends);
    *events = (struct recent_events){ 0 };
}

static size_t used(const struct recent_events *events)
{
    return events->count ? events->ends[events->count - 1] : 0;
}

static void make_room(struct recent *recent, struct recent_events *events, size_t bytes)
{
    size_t capacity = events->bytes_capacity ? events->bytes_capacity : BYTES_FIRST;

    if (events->count == events->capacity) {
        events->capacity = events->capacity ? events->capacity * 2 : EVENTS_FIRST;
        events->ends = memory_resize(events->ends, events->capacity * sizeof *events->ends);
    }
    while (capacity < bytes)
        capacity *= 2;
    if (capacity != events->bytes_capacity)
        events->bytes = memory_resize(events->bytes, capacity);
    events->bytes_capacity = capacity;
    recent->bytes_held -= events->bytes_held;
    events->bytes_held = capacity + events->capacity * sizeof *events->ends;
    recent->bytes_held += events->bytes_held;
}

static void add(struct recent *recent, struct recent_events *events, struct bytes text)
{
    size_t at = used(events);
    bool is_first = events->count == 0;

    make_room(recent, events, at + text.len + 1);
    if (!is_first)
        events->bytes[at++] = ',';
    memcpy(events->bytes + at, text.ptr, text.len);
    events->ends[events->count++] = (uint32_t)(at + text.len);
}

static void touch(struct recent *recent, struct recent_events *events)
{
    if (events->by_use.next)
        list_remove(&events->by_use);
    list_append(&recent->by_use, &events->by_use);
}

static void drop_oldest(struct recent *recent)
{
    while (recent->bytes_held > recent->bytes_max) {
        struct list *oldest = list_first(&recent->by_use);
        recent_forget(recent, object_of(oldest, struct recent_events, by_use));
    }
}

static void begin_with(struct recent_events *events, int64_t first_id, size_t bytes)
{
    events->first_id = first_id;
    events->bytes_max = 2 * bytes > RECENT_RUN_BYTES_MAX ? 2 * bytes : RECENT_RUN_BYTES_MAX;
}

void recent_add(struct recent *recent, struct recent_events *events, int64_t first_id,
                const struct bytes *texts, size_t count)
{
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++)
        bytes += texts[i].len + 1;
    if (events->count &&
        (first_id != events->first_id + events->count || used(events) + bytes > events->bytes_max))
        recent_forget(recent, events);
    if (count == 0 || bytes > RECENT_ADDED_BYTES_MAX || recent->bytes_max == 0)
        return;
    if (events->count == 0)
        begin_with(events, first_id, bytes);
    for (size_t i = 0; i < count; i++)
        add(recent, events, texts[i]);
    touch(recent, events);
    drop_oldest(recent);
}

static bool has(const struct recent_events *events, int64_t from, int64_t to)
{
    return events->count > 0 && from >= events->first_id && from <= to &&
           to < events->first_id + events->count;
}

static struct bytes stretch(const struct recent_events *events, int64_t from, int64_t to)
{
    size_t first = (size_t)(from - events->first_id), last = (size_t)(to - events->first_id);
    size_t begin = first ? events->ends[first - 1] + 1 : 0;

    return bytes_of(events->bytes + begin, events->ends[last] - begin);
}

bool recent_find(struct recent *recent, struct recent_events *events, int64_t from, int64_t to,
                 struct bytes *out)
{
    *out = has(events, from, to) ? stretch(events, from, to) : BYTES_ABSENT;
    if (bytes_is_absent(*out) || out->len > RECENT_PAGE_BYTES_MAX) {
        recent->misses++;
        return false;
    }
    recent->hits++;
    return true;
}
