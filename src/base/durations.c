#include "base/durations.h"

#include <stdatomic.h>

/* Upper ends of the buckets; the last is without end. */
static const struct {
    uint64_t us;
    const char *label;
} bounds[DURATIONS_BUCKETS] = {
    { 100, "0.0001" },  { 250, "0.00025" }, { 500, "0.0005" },    { 1000, "0.001" },
    { 2500, "0.0025" }, { 5000, "0.005" },  { 10000, "0.01" },    { 25000, "0.025" },
    { 50000, "0.05" },  { 100000, "0.1" },  { 250000, "0.25" },   { 500000, "0.5" },
    { 1000000, "1" },   { 10000000, "10" }, { 100000000, "100" }, { UINT64_MAX, "+Inf" },
};

static uint64_t look(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Only one thread writes, so a load and a store will do. */
static void add_to(_Atomic uint64_t *counter, uint64_t amount)
{
    atomic_store_explicit(counter, look(counter) + amount, memory_order_relaxed);
}

void durations_note(struct durations *durations, uint64_t took_us)
{
    int bucket = 0;

    while (took_us > bounds[bucket].us)
        bucket++;
    add_to(&durations->buckets[bucket], 1);
    add_to(&durations->sum_us, took_us);
}

void durations_add(struct durations *sum, const struct durations *durations)
{
    for (int i = 0; i < DURATIONS_BUCKETS; i++)
        add_to(&sum->buckets[i], look(&durations->buckets[i]));
    add_to(&sum->sum_us, look(&durations->sum_us));
}

uint64_t durations_count(const struct durations *durations)
{
    uint64_t count = 0;

    for (int i = 0; i < DURATIONS_BUCKETS; i++)
        count += look(&durations->buckets[i]);
    return count;
}

void durations_write_labelled(const struct durations *durations, const char *name,
                              const char *labels, struct text *out)
{
    const char *comma = labels[0] ? "," : "";
    const char *open = labels[0] ? "{" : "", *close = labels[0] ? "}" : "";
    uint64_t count = 0;

    for (int i = 0; i < DURATIONS_BUCKETS; i++) {
        count += look(&durations->buckets[i]);
        text_printf(out, "%s_bucket{%s%sle=\"%s\"} %llu\n", name, labels, comma, bounds[i].label,
                    (unsigned long long)count);
    }
    text_printf(out, "%s_sum%s%s%s %.6f\n", name, open, labels, close,
                (double)look(&durations->sum_us) / 1e6);
    text_printf(out, "%s_count%s%s%s %llu\n", name, open, labels, close, (unsigned long long)count);
}

void durations_write(const struct durations *durations, const char *name, struct text *out)
{
    text_printf(out, "# TYPE %s histogram\n", name);
    durations_write_labelled(durations, name, "", out);
}
