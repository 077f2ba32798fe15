/* What is kept of histories against a plain copy of them, under chance; and both bounds. */
#include "service/recent.h"

#include "base/random.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
/* after its prerequisites */
#include <cmocka.h>

#define RUNS 8
#define EVENTS_MAX 400

static struct recent recent;
static struct recent_events runs[RUNS];
static char written[RUNS][EVENTS_MAX][64]; /* what each run's history holds */
static int64_t counts[RUNS];
static struct random_sequence chance;

static void begin(size_t bytes_max)
{
    recent_init(&recent, bytes_max);
    memset(runs, 0, sizeof runs);
    memset(counts, 0, sizeof counts);
    chance = (struct random_sequence){ 11 };
}

static void end(void)
{
    for (int i = 0; i < RUNS; i++)
        recent_forget(&recent, &runs[i]);
    assert_int_equal(recent.bytes_held, 0);
}

static void add_some(int run)
{
    struct bytes texts[5];
    size_t count = 1 + random_below(&chance, 5);

    for (size_t i = 0; i < count; i++) {
        char *text = written[run][counts[run] + (int64_t)i];
        int len = snprintf(text, 64, "{%d:%d:%.*s}", run, (int)(counts[run] + (int64_t)i),
                           (int)random_below(&chance, 40),
                           "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
        texts[i] = bytes_of(text, (size_t)len);
    }
    recent_add(&recent, &runs[run], counts[run] + 1, texts, count);
    counts[run] += (int64_t)count;
}

/* Whatever is found is what was written; true when it was found. */
static bool find(int run, int64_t from, int64_t to)
{
    struct bytes found, rest;

    if (!recent_find(&recent, &runs[run], from, to, &found))
        return false;
    rest = found;
    for (int64_t id = from; id <= to; id++) {
        struct bytes text = bytes_of_cstr(written[run][id - 1]);
        assert_true(bytes_starts_with(rest, text));
        rest = bytes_skip(rest, text.len);
        assert_true(id == to ? rest.len == 0 : rest.ptr[0] == ',');
        rest = id == to ? rest : bytes_skip(rest, 1);
    }
    return true;
}

static void all_of_it_is_found(void **state)
{
    (void)state;
    begin(1 << 20);
    for (int i = 0; i < 300; i++) {
        int run = (int)random_below(&chance, RUNS);
        if (counts[run] + 5 < EVENTS_MAX)
            add_some(run);
        if (counts[run]) {
            int64_t from = 1 + (int64_t)random_below(&chance, (uint64_t)counts[run]);
            assert_true(find(run, from, counts[run]));
            assert_true(find(run, 1, from));
        }
        assert_false(find(run, 1, counts[run] + 1));
    }
    end();
}

/* With room for some of them the bound holds, those used last are there, and nothing is wrong. */
static void those_used_longest_ago_go(void **state)
{
    int gone = 0;

    (void)state;
    begin(12 << 10);
    for (int i = 0; i < 300; i++) {
        int run = (int)random_below(&chance, RUNS);
        if (counts[run] + 5 >= EVENTS_MAX)
            continue;
        add_some(run);
        assert_true(recent.bytes_held <= recent.bytes_max);
        gone += !find(run, 1, counts[run]);
        for (int other = 0; other < RUNS; other++)
            (void)find(other, 1, counts[other]);
    }
    assert_true(gone > 0);
    end();
}

static void a_run_that_grows_too_large_starts_over(void **state)
{
    static char large[RECENT_RUN_BYTES_MAX / 2];
    struct bytes text = { large, sizeof large }, small = BYTES("{}"), found;

    (void)state;
    begin(1 << 20);
    recent_add(&recent, &runs[0], 1, &text, 1);
    recent_add(&recent, &runs[0], 2, &small, 1);
    recent_add(&recent, &runs[0], 3, &text, 1);
    assert_false(recent_find(&recent, &runs[0], 1, 3, &found));
    assert_true(recent_find(&recent, &runs[0], 3, 3, &found));
    assert_int_equal(found.len, sizeof large);
    end();
}

#define WIDE_COUNT 500
#define WIDE_BYTES 1000

/* As many events as a decision with many activities makes, at once. */
static void add_wide(int run, int64_t first_id)
{
    static char filler[WIDE_BYTES];
    struct bytes texts[WIDE_COUNT];

    for (size_t i = 0; i < WIDE_COUNT; i++)
        texts[i] = bytes_of(filler, WIDE_BYTES);
    recent_add(&recent, &runs[run], first_id, texts, WIDE_COUNT);
}

/* Each of its tasks is there, also while they start; but not more at once than a turn may copy. */
static void what_a_wide_decision_schedules_is_kept(void **state)
{
    struct bytes small = BYTES("{\"started\"}"), found;

    (void)state;
    begin(4 << 20);
    recent_add(&recent, &runs[0], 1, &small, 1);
    add_wide(0, 2);
    for (int64_t i = 0; i < WIDE_COUNT; i++) {
        assert_true(recent_find(&recent, &runs[0], 2 + i, 2 + i, &found));
        assert_int_equal(found.len, WIDE_BYTES);
        recent_add(&recent, &runs[0], 2 + WIDE_COUNT + i, &small, 1);
    }
    assert_true(recent_find(&recent, &runs[0], 2, 101, &found));
    assert_false(recent_find(&recent, &runs[0], 2, 1 + WIDE_COUNT, &found));
    end();
}

/* It starts over as others do, and has no more room than they afterwards. */
static void a_wide_decision_raises_the_bound_once(void **state)
{
    static char large[RECENT_RUN_BYTES_MAX / 2];
    struct bytes text = { large, sizeof large }, found;
    int64_t id = 1 + WIDE_COUNT;

    (void)state;
    begin(4 << 20);
    add_wide(0, 1);
    while (recent_find(&recent, &runs[0], 1, 1, &found) && id < 2 * WIDE_COUNT)
        recent_add(&recent, &runs[0], id++, &text, 1);
    assert_true(id < 2 * WIDE_COUNT);
    recent_add(&recent, &runs[0], id, &text, 1);
    recent_add(&recent, &runs[0], id + 1, &text, 1);
    assert_false(recent_find(&recent, &runs[0], id - 1, id - 1, &found));
    assert_true(recent_find(&recent, &runs[0], id + 1, id + 1, &found));
    end();
}

static void a_gap_is_not_bridged(void **state)
{
    struct bytes text = BYTES("{}"), found;

    (void)state;
    begin(1 << 20);
    recent_add(&recent, &runs[0], 1, &text, 1);
    recent_add(&recent, &runs[0], 3, &text, 1);
    assert_false(recent_find(&recent, &runs[0], 1, 3, &found));
    assert_true(recent_find(&recent, &runs[0], 3, 3, &found));
    end();
}

static void without_room_nothing_is_kept(void **state)
{
    struct bytes text = BYTES("{}"), found;

    (void)state;
    begin(0);
    recent_add(&recent, &runs[0], 1, &text, 1);
    assert_false(recent_find(&recent, &runs[0], 1, 1, &found));
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it_is_found),
        cmocka_unit_test(those_used_longest_ago_go),
        cmocka_unit_test(a_run_that_grows_too_large_starts_over),
        cmocka_unit_test(what_a_wide_decision_schedules_is_kept),
        cmocka_unit_test(a_wide_decision_raises_the_bound_once),
        cmocka_unit_test(a_gap_is_not_bridged),
        cmocka_unit_test(without_room_nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
