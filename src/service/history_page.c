#include "service/history_page.h"
#include "wire/encode.h"

/* A page with more events is long. */
#define QUICK_EVENTS_MAX 100

bool history_page_is_long(const struct history_range *range, int32_t size)
{
    int64_t lowest = range->reverse ? range->to : range->from;
    int64_t highest = range->reverse ? range->from : range->to;

    if (range->committed && highest > range->committed)
        highest = range->committed;
    return highest - lowest >= QUICK_EVENTS_MAX && (size == 0 || size > QUICK_EVENTS_MAX);
}

enum err history_page_read(struct reader *reader, const struct history_range *range, int32_t size,
                           struct arena *arena, struct history_text *out)
{
    struct history_query query = {
        .key = range->key,
        .from = range->from,
        .to = range->to,
        .reverse = range->reverse,
        .events_max = size ? (size_t)size : EVENTS_PER_PAGE_MAX,
        .bytes_max = PAGE_BYTES_ENOUGH,
        .committed = range->committed,
    };
    struct history_page page;
    enum err err = store_read_history(reader->store, &query, arena, &page);

    *out = (struct history_text){ 0 };
    if (err)
        return err;
    out->events = encode_array(page.events, page.count, arena);
    out->next = page.next;
    return OK;
}
