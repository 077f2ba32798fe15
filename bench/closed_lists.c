/*
 * closed_lists - does a page of closed runs cost what a page costs, whatever is asked for?
 *
 *     closed_lists [RUNS] [FOLDER]
 *
 * Fills a store with closed runs and reads pages of 1,000 from the beginning, the middle and the
 * end of many lists, in both directions; the same while half of the runs have expired and are still
 * there, when they were removed a moment ago, and when the store was opened anew after that. Every
 * time is given as a multiple of the plain page: all runs, newest start first, the first page,
 * nothing expired.
 */
#include "made_up.h"

#include "base/memory.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAGE_RUNS 1000
#define COUNT_MAX 100000
#define REMOVED_AT_ONCE 64
#define TRIES 5
#define WAIT_SECONDS_MAX 60

struct bench {
    const char *path;
    struct store *store;
    struct made_up runs;
    struct instant now;
    struct arena arena;
    double plain_ms;
    double worst;
};

static double now_ms(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

/* ---- one page, one count */

static double time_page(struct bench *bench, const struct closed_query *query,
                        struct closed_page *page)
{
    arena_reset(&bench->arena);
    double began = now_ms();
    ensure(store_list_closed(bench->store, query, &bench->arena, page) == OK);
    return now_ms() - began;
}

static double time_count(struct bench *bench, const struct closed_query *query, size_t *count)
{
    bool more;
    double began = now_ms();

    ensure(store_count_closed(bench->store, query, count, &more) == OK);
    return now_ms() - began;
}

static int compare_times(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;

    return (left > right) - (left < right);
}

static double median_page(struct bench *bench, const struct closed_query *query,
                          struct closed_page *page)
{
    double times[TRIES];

    for (int i = 0; i < TRIES; i++)
        times[i] = time_page(bench, query, page);
    qsort(times, TRIES, sizeof(*times), compare_times);
    return times[TRIES / 2];
}

/* ---- where a page begins */

/* So that the page after it is the last one and full: what the list shows last, in its direction,
 * is what it shows first in the other. */
static struct closed_query last_page_of(struct bench *bench, struct closed_query query)
{
    struct closed_query turned = query;
    struct closed_page page;

    turned.ascending = !query.ascending;
    turned.count_max = PAGE_RUNS + 1;
    time_page(bench, &turned, &page);
    if (page.count == PAGE_RUNS + 1) {
        query.after_time = page.items[PAGE_RUNS].time;
        query.after_number = page.items[PAGE_RUNS].number;
    }
    return query;
}

/* Three quarters into the time that all runs span: also when half of them are gone there are runs
 * on both sides. */
static struct closed_query middle_page_of(const struct bench *bench, struct closed_query query)
{
    const struct made_up *runs = &bench->runs;
    struct instant first = query.by_close_time ? runs->first_close : runs->first_start;
    struct instant last = query.by_close_time ? runs->last_close : runs->last_start;

    query.after_time.ms = first.ms + (last.ms - first.ms) / 4 * 3;
    query.after_number = 1;
    return query;
}

/* ---- lists */

static const struct list {
    const char *name;
    enum closed_filter filter;
    const char *value;
    const char *version;
    enum close_status status;
} lists[] = {
    { .name = "all" },
    { .name = "workflow id, 1 of 10", .filter = CLOSED_BY_WORKFLOW_ID, .value = "busy" },
    { .name = "workflow id, 1 run", .filter = CLOSED_BY_WORKFLOW_ID, .value = "order-7" },
    { .name = "type, nearly all", .filter = CLOSED_BY_TYPE_NAME, .value = "ship" },
    { .name = "type and version, 1 of 2",
      .filter = CLOSED_BY_TYPE,
      .value = "ship",
      .version = "1" },
    { .name = "type, 1 of 10,000", .filter = CLOSED_BY_TYPE_NAME, .value = "rare" },
    { .name = "tag, all", .filter = CLOSED_BY_TAG, .value = "all" },
    { .name = "tag, 1 of 16", .filter = CLOSED_BY_TAG, .value = "shard-3" },
    { .name = "tag, 1 of 100", .filter = CLOSED_BY_TAG, .value = "thin" },
    { .name = "tag, 1 of 100,000", .filter = CLOSED_BY_TAG, .value = "rare" },
    { .name = "tag, none", .filter = CLOSED_BY_TAG, .value = "nobody has it" },
    { .name = "status, 9 of 10", .filter = CLOSED_BY_STATUS, .status = CLOSE_STATUS_COMPLETED },
    { .name = "status, 3 of 100", .filter = CLOSED_BY_STATUS, .status = CLOSE_STATUS_TIMED_OUT },
};
#define LIST_COUNT (sizeof(lists) / sizeof(lists[0]))

static struct closed_query query_of(const struct bench *bench, const struct list *list,
                                    bool by_close_time, bool ascending)
{
    return (struct closed_query){
        .account = MADE_UP_ACCOUNT,
        .domain = MADE_UP_DOMAIN,
        .by_close_time = by_close_time,
        .filter = list->filter,
        .value = list->value ? bytes_of_cstr(list->value) : BYTES_ABSENT,
        .version = list->version ? bytes_of_cstr(list->version) : BYTES_ABSENT,
        .status = list->status,
        .latest = INSTANT_NEVER,
        .ascending = ascending,
        .now = bench->now,
        .count_max = PAGE_RUNS,
    };
}

static double ratio(struct bench *bench, double ms)
{
    double times = ms / bench->plain_ms;

    if (times > bench->worst)
        bench->worst = times;
    return times;
}

static void show_page(struct bench *bench, const struct closed_query *query)
{
    struct closed_page page;
    double ms = median_page(bench, query, &page);

    printf(" %6.2f (%4zu)", ratio(bench, ms), page.count);
}

static void show_heading(const char *what, const char *columns)
{
    printf("\n%-26s %-6s %-7s%s\n", what, "order", "first", columns);
}

static void show_name(const char *name, const struct closed_query *query)
{
    printf("%-26s %-6s %-7s", name, query->by_close_time ? "close" : "start",
           query->ascending ? "oldest" : "newest");
}

static void show_lists(struct bench *bench)
{
    show_heading("list", "  first page    middle page     last page");
    for (size_t i = 0; i < LIST_COUNT; i++)
        for (int way = 0; way < 4; way++) {
            struct closed_query first = query_of(bench, &lists[i], way & 2, way & 1);
            struct closed_query middle = middle_page_of(bench, first);
            struct closed_query last = last_page_of(bench, first);
            show_name(lists[i].name, &first);
            show_page(bench, &first);
            show_page(bench, &middle);
            show_page(bench, &last);
            printf("\n");
        }
}

/* ---- ranges of time */

/* Thousandths of the time that all runs span, from its first moment on. */
static const struct range {
    const char *name;
    int from, to;
} ranges[] = {
    { "before all", -20, -10 },           { "the first thousandth", 0, 1 },
    { "at a quarter", 250, 251 },         { "in the middle", 500, 501 },
    { "the last thousandth", 999, 1000 }, { "after all", 1010, 1020 },
};

static struct instant at_thousandth(const struct bench *bench, bool by_close_time, int thousandth)
{
    const struct made_up *runs = &bench->runs;
    struct instant first = by_close_time ? runs->first_close : runs->first_start;
    struct instant last = by_close_time ? runs->last_close : runs->last_start;

    return (struct instant){ first.ms + (last.ms - first.ms) / 1000 * thousandth };
}

static void show_ranges(struct bench *bench)
{
    static const size_t shown[] = { 0, 3, 7, 9 }; /* of the lists */

    for (size_t list = 0; list < sizeof(shown) / sizeof(shown[0]); list++) {
        show_heading(lists[shown[list]].name, "  newest first  oldest first");
        for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
            for (int by_close = 0; by_close <= 1; by_close++) {
                printf("%-26s %-14s", ranges[i].name, by_close ? "close" : "start");
                for (int ascending = 0; ascending <= 1; ascending++) {
                    struct closed_query query = query_of(bench, &lists[shown[list]], by_close,
                                                         ascending);
                    query.oldest = at_thousandth(bench, by_close, ranges[i].from);
                    query.latest = at_thousandth(bench, by_close, ranges[i].to);
                    show_page(bench, &query);
                }
                printf("\n");
            }
    }
}

/* ---- counts */

static void show_counts(struct bench *bench)
{
    printf("\n%-26s %-6s   counted      pages   pages for each 1,000\n", "count", "order");
    for (size_t i = 0; i < LIST_COUNT; i++)
        for (int by_close = 0; by_close <= 1; by_close++) {
            struct closed_query query = query_of(bench, &lists[i], by_close, false);
            size_t count;
            query.count_max = COUNT_MAX;
            time_count(bench, &query, &count);
            double times = time_count(bench, &query, &count) / bench->plain_ms;
            printf("%-26s %-6s %9zu %10.2f", lists[i].name, by_close ? "close" : "start", count,
                   times);
            if (count >= PAGE_RUNS)
                printf(" %10.3f", times * PAGE_RUNS / (double)count);
            printf("\n");
        }
}

/* ---- the whole */

static void show_all(struct bench *bench, const char *stage)
{
    printf("\n==== %s\n", stage);
    bench->worst = 0;
    show_lists(bench);
    show_ranges(bench);
    printf("\nthe dearest page: %.2f plain pages\n", bench->worst);
    show_counts(bench);
    fflush(stdout);
}

static void fill(struct bench *bench, uint64_t count)
{
    double began = now_ms();

    made_up_fill(&bench->runs, bench->store, count, false);
    printf("%llu closed runs, filled in %.1f s\n", (unsigned long long)count,
           (now_ms() - began) / 1e3);
}

/* From files, as most pages are, and not from what was written a moment ago. */
static void reopen(struct bench *bench)
{
    store_close(bench->store);
    bench->store = made_up_open(bench->path);
}

static void measure_plain(struct bench *bench)
{
    struct closed_query plain = query_of(bench, &lists[0], false, false);
    struct closed_page page;

    bench->plain_ms = median_page(bench, &plain, &page);
    printf("the plain page: %.2f ms\n", bench->plain_ms);
}

/* Half of the runs have expired then. */
static void expire_half(struct bench *bench)
{
    struct instant middle = at_thousandth(bench, false, 500);

    bench->now.ms = middle.ms + MADE_UP_RETENTION_MS;
}

static void remove_expired(struct bench *bench)
{
    double began = now_ms(), longest = 0;
    uint64_t total = 0;
    size_t removed;

    do {
        double at = now_ms();
        ensure(store_remove_expired(bench->store, bench->now, REMOVED_AT_ONCE, &removed, NULL) ==
               OK);
        double took = now_ms() - at;
        longest = took > longest ? took : longest;
        total += removed;
    } while (removed);
    printf("\n%llu runs removed in %.1f s; the longest step took %.1f ms\n",
           (unsigned long long)total, (now_ms() - began) / 1e3, longest);
}

/* The dearest of the pages that lie where the removed runs were. */
static double worst_at_the_end(struct bench *bench)
{
    double worst = 0;

    for (int by_close = 0; by_close <= 1; by_close++) {
        struct closed_query query = query_of(bench, &lists[0], by_close, true);
        struct closed_page page;
        double times = median_page(bench, &query, &page) / bench->plain_ms;
        worst = times > worst ? times : worst;
    }
    return worst;
}

/* Until the database has done in the background what it will; a server looks for expired runs all
 * the while. */
static void wait_for_compaction(struct bench *bench)
{
    int seconds = 0;
    size_t removed;

    for (; seconds < WAIT_SECONDS_MAX && worst_at_the_end(bench) > 3; seconds++) {
        ensure(store_remove_expired(bench->store, bench->now, REMOVED_AT_ONCE, &removed, NULL) ==
               OK);
        sleep(1);
    }
    printf("\nafter %d s the oldest page costs %.2f plain pages\n", seconds,
           worst_at_the_end(bench));
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    char made[] = "closed_lists.XXXXXX";
    struct bench bench = { .path = argc > 2 ? argv[2] : mkdtemp(made) };

    ensure(count >= 1000 && bench.path);
    arena_init(&bench.arena, "page", (size_t)1 << 30);
    bench.store = made_up_open(bench.path);
    fill(&bench, count);
    reopen(&bench);
    measure_plain(&bench);
    show_all(&bench, "nothing has expired");
    expire_half(&bench);
    show_all(&bench, "half has expired and is still there");
    remove_expired(&bench);
    show_all(&bench, "half was removed a moment ago");
    wait_for_compaction(&bench);
    show_all(&bench, "and what was left of it was cleared away");
    reopen(&bench);
    show_all(&bench, "the store was opened anew");
    store_close(bench.store);
    made_up_free(&bench.runs);
    arena_deinit(&bench.arena);
    return 0;
}
