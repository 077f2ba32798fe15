#include "bench/tally.h"

#include "base/memory.h"
#include <stdarg.h>
#include <stdio.h>

void tally_deinit(struct tally *tally)
{
    for (int i = 0; i < OPERATION_COUNT; i++)
        memory_free(tally->calls[i]);
    *tally = (struct tally){ 0 };
}

static struct histogram *histogram_of(struct tally *tally, enum operation operation)
{
    if (tally->calls[operation] == NULL)
        tally->calls[operation] = memory_new(sizeof(struct histogram));
    return tally->calls[operation];
}

void tally_add_call(struct tally *tally, enum operation operation, uint64_t took_us)
{
    histogram_add(histogram_of(tally, operation), took_us);
    tally->call_count++;
}

void tally_merge(struct tally *into, const struct tally *from)
{
    for (int i = 0; i < OPERATION_COUNT; i++)
        if (from->calls[i])
            histogram_merge(histogram_of(into, (enum operation)i), from->calls[i]);
    histogram_merge(&into->steps, &from->steps);
    into->call_count += from->call_count;
    into->jobs += from->jobs;
    into->empty_polls += from->empty_polls;
    into->sent_bytes += from->sent_bytes;
    into->received_bytes += from->received_bytes;
    if (!tally_has_failed(into))
        memcpy(into->problem, from->problem, sizeof into->problem);
}

void tally_fail(struct tally *tally, const char *format, ...)
{
    va_list arguments;

    if (tally_has_failed(tally))
        return;
    va_start(arguments, format);
    vsnprintf(tally->problem, sizeof tally->problem, format, arguments);
    va_end(arguments);
}

bool tally_has_failed(const struct tally *tally)
{
    return tally->problem[0] != '\0';
}
