/*
 * Damages a store in every way that one key allows, and asks fsck. What follows from the rest must
 * be put back as it was, byte for byte; all else must be reported and left alone.
 */
#include "filled.h"
#include "fsck/fsck.h"

#include "base/log.h"
#include "base/text.h"
#include "store/key.h"
#include "store/list_row.h"
#include "store/record.h"
#include "store/turn_record.h"
#include "store/value.h"
#include "store/layout.h"
#include "store/memory/memory.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LINES_BYTES_MAX ((size_t)1 << 20)

struct fixture {
    struct arena arena;
    struct pairs whole; /* as the service left it */
    struct kv *kv;
    struct text lines;
    struct fsck_sum sum;
};

static int setup(void **state)
{
    static struct fixture fixture;

    log_set_level(LOG_OFF);
    fixture = (struct fixture){ 0 };
    arena_init(&fixture.arena, "test", (size_t)1 << 30);
    text_init(&fixture.lines, LINES_BYTES_MAX);
    fixture.whole = filled_pairs(&fixture.arena);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    text_deinit(&fixture->lines);
    arena_deinit(&fixture->arena);
    return 0;
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* ---- asking ---- */

static void keep_line(void *context, struct bytes line)
{
    text_append(context, line);
    text_append_char(context, '\n');
}

static void look(struct fixture *fixture, bool repair)
{
    const struct fsck_options options = { .repair = repair,
                                          .say = keep_line,
                                          .context = &fixture->lines };

    text_reset(&fixture->lines);
    fixture->sum = (struct fsck_sum){ 0 };
    assert_int_equal(fsck(fixture->kv, &options, &fixture->sum), OK);
}

static bool says(const struct fixture *fixture, const char *text)
{
    return memmem(fixture->lines.ptr, fixture->lines.len, text, strlen(text)) != NULL;
}

static void begin(struct fixture *fixture)
{
    fixture->kv = pairs_put(&fixture->whole);
}

static void end(struct fixture *fixture)
{
    fixture->kv->functions->close(fixture->kv);
}

static bool is_whole(struct fixture *fixture)
{
    struct arena arena;
    struct pairs now;
    bool whole;

    arena_init(&arena, "pairs", (size_t)1 << 26);
    now = pairs_take(fixture->kv, &arena);
    whole = pairs_equal(&now, &fixture->whole);
    arena_deinit(&arena);
    return whole;
}

/* Found, by whoever looks; mended when asked for; then all is as it was. */
static void assert_mended(struct fixture *fixture, const char *what)
{
    look(fixture, false);
    if (fixture->sum.found == 0)
        fail_msg("%s: nothing is found", what);
    if (fixture->sum.mended != 0 || fixture->sum.mendable != fixture->sum.found)
        fail_msg("%s: cannot be mended: %.*s", what, BYTES_FMT(text_bytes(&fixture->lines)));
    look(fixture, true);
    if (fixture->sum.mended != fixture->sum.found)
        fail_msg("%s: was not mended: %.*s", what, BYTES_FMT(text_bytes(&fixture->lines)));
    look(fixture, false);
    if (fixture->sum.found)
        fail_msg("%s: is found again: %.*s", what, BYTES_FMT(text_bytes(&fixture->lines)));
}

/* Found, and beyond repair: nothing that is there is touched, and nothing is made up. */
static void assert_told(struct fixture *fixture, const char *what)
{
    look(fixture, true);
    if (fixture->sum.found == 0)
        fail_msg("%s: nothing is found", what);
    if (fixture->sum.mended == fixture->sum.found)
        fail_msg("%s: was mended: %.*s", what, BYTES_FMT(text_bytes(&fixture->lines)));
}

/* ---- which keys follow from others ---- */

static bool begins_with(const struct pair *pair, enum kv_space space, const char *text)
{
    return pair->space == space && bytes_starts_with(pair->key, bytes_of_cstr(text));
}

static bool is_checkpoint(const struct pair *pair)
{
    return begins_with(pair, KV_STATE, "mcheckpoint") ||
           begins_with(pair, KV_TWIN, "mcheckpoint") || begins_with(pair, KV_STATE, "o");
}

static bool is_closed(const struct fixture *fixture, struct run_key run)
{
    struct arena arena;
    struct bytes key;
    bool found = false;

    arena_init(&arena, "key", 4096);
    key = key_summary(&arena, run);
    for (size_t i = 0; i < fixture->whole.count; i++)
        found |= fixture->whole.items[i].space == KV_CLOSED &&
                 bytes_equal(fixture->whole.items[i].key, key);
    arena_deinit(&arena);
    return found;
}

static bool is_names_of_closed(const struct fixture *fixture, const struct pair *pair)
{
    struct run_key run;
    int64_t event_id;

    return pair->space == KV_HISTORY && key_parse_history(pair->key, &run, &event_id) &&
           event_id == NAMES_EVENT_ID && is_closed(fixture, run);
}

static bool is_kept_twice(const struct pair *pair)
{
    return (pair->space == KV_STATE || pair->space == KV_TWIN) &&
           memchr("mrqth", pair->key.ptr[0], 5) != NULL;
}

static bool follows_from_the_rest(const struct fixture *fixture, const struct pair *pair)
{
    return pair->space == KV_CLOSED || is_checkpoint(pair) || begins_with(pair, KV_STATE, "i") ||
           is_names_of_closed(fixture, pair);
}

/* Nobody else knows that there was one. */
static bool is_missed_by_nobody(const struct pair *pair)
{
    static const char *const kinds[] = { "q", "h", "i", "r\2", "r\3" };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (begins_with(pair, KV_STATE, kinds[i]) || begins_with(pair, KV_TWIN, kinds[i]))
            return true;
    return false;
}

static const char *describe(struct fixture *fixture, const struct pair *pair, const char *how)
{
    struct text text;
    const char *copy;

    text_init(&text, 4096);
    text_printf(&text, "space %d, key ", (int)pair->space);
    for (size_t i = 0; i < pair->key.len; i++)
        text_printf(&text, pair->key.ptr[i] > 0x20 && pair->key.ptr[i] < 0x7f ? "%c" : "\\%02x",
                    (unsigned char)pair->key.ptr[i]);
    text_printf(&text, ", %s%c", how, '\0');
    copy = arena_copy(&fixture->arena, text_bytes(&text)).ptr;
    text_deinit(&text);
    return copy;
}

static void assert_dealt_with(struct fixture *fixture, const struct pair *pair, const char *how)
{
    const char *what = describe(fixture, pair, how);

    if (!follows_from_the_rest(fixture, pair)) {
        assert_told(fixture, what);
        return;
    }
    assert_mended(fixture, what);
    /* The open rows are written as of the newest turn: another text of the same. */
    if (!is_checkpoint(pair) && !is_whole(fixture))
        fail_msg("%s: what was put back is not what was there", what);
}

/* One of two copies is put back from the other one; what is damaged in both is lost. */
static void assert_twin_dealt_with(struct fixture *fixture, const struct pair *pair,
                                   struct bytes changed, const char *how)
{
    enum kv_space other = pair->space == KV_STATE ? KV_TWIN : KV_STATE;

    begin(fixture);
    pairs_change(fixture->kv, pair->space, pair->key, changed);
    assert_mended(fixture, describe(fixture, pair, how));
    if (!is_whole(fixture))
        fail_msg("%s: another copy was put back", describe(fixture, pair, how));
    pairs_change(fixture->kv, pair->space, pair->key, changed);
    pairs_change(fixture->kv, other, pair->key, changed);
    if (is_checkpoint(pair))
        assert_mended(fixture, describe(fixture, pair, how));
    else
        assert_told(fixture, describe(fixture, pair, how));
    end(fixture);
}

static void change_and_look(struct fixture *fixture, const struct pair *pair, struct bytes changed,
                            const char *how)
{
    if (is_kept_twice(pair)) {
        assert_twin_dealt_with(fixture, pair, changed, how);
        return;
    }
    begin(fixture);
    pairs_change(fixture->kv, pair->space, pair->key, changed);
    assert_dealt_with(fixture, pair, how);
    end(fixture);
}

/* ---- tests ---- */

static void a_whole_store(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    look(fixture, true);
    if (fixture->sum.found)
        fail_msg("%.*s", BYTES_FMT(text_bytes(&fixture->lines)));
    assert_true(is_whole(fixture));
    assert_int_equal(fixture->sum.runs, 9);
    assert_int_equal(fixture->sum.open_runs, 5);
    assert_int_equal(fixture->sum.idle_rows, 1);
    assert_int_equal(fixture->sum.registry, 3);
    assert_int_equal(fixture->sum.messages, 1);
    assert_int_equal(fixture->sum.heartbeats, 1);
    assert_true(fixture->sum.turns > 5 && fixture->sum.rows > 40 && fixture->sum.events > 30);
    end(fixture);
}

/* At the format byte, in the checksum, at the beginning and at the end of the content. */
static void every_value_changed(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < fixture->whole.count; i++) {
        const struct pair *pair = &fixture->whole.items[i];
        const size_t places[] = { 0, 2, VALUE_HEADER_BYTES, pair->value.len - 1 };

        for (size_t j = 0; j < sizeof(places) / sizeof(places[0]); j++) {
            struct bytes changed = arena_copy(&fixture->arena, pair->value);

            if (places[j] >= pair->value.len)
                continue;
            ((char *)changed.ptr)[places[j]] ^= 0x10;
            change_and_look(fixture, pair, changed, "changed");
        }
    }
}

static void every_value_cut_short(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < fixture->whole.count; i++) {
        const struct pair *pair = &fixture->whole.items[i];

        change_and_look(fixture, pair, bytes_of(pair->value.ptr, pair->value.len / 2), "cut short");
    }
}

/* Of one copy nobody misses it. */
static void remove_both(struct fixture *fixture, const struct pair *pair)
{
    begin(fixture);
    pairs_change(fixture->kv, KV_STATE, pair->key, BYTES_ABSENT);
    pairs_change(fixture->kv, KV_TWIN, pair->key, BYTES_ABSENT);
    assert_dealt_with(fixture, pair, "removed");
    end(fixture);
}

static void every_key_removed(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < fixture->whole.count; i++) {
        const struct pair *pair = &fixture->whole.items[i];

        if (is_missed_by_nobody(pair))
            continue;
        if (begins_with(pair, KV_STATE, "r") || begins_with(pair, KV_TWIN, "r"))
            remove_both(fixture, pair);
        else
            change_and_look(fixture, pair, BYTES_ABSENT, "removed");
    }
}

/* ---- things that should not be there ---- */

static const struct run_key nowhere = { 123456789012, 1, 99 };

static void put_sealed(struct fixture *fixture, enum kv_space space, struct bytes key,
                       struct bytes content)
{
    pairs_change(fixture->kv, space, key, value_of(&fixture->arena, key, content));
}

static void assert_removed(struct fixture *fixture, const char *what)
{
    assert_mended(fixture, what);
    assert_true(is_whole(fixture));
    end(fixture);
}

/* Which of two whole copies is right says the newest turn, else the one that servers read. */
static void copies_that_differ(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < fixture->whole.count; i++) {
        const struct pair *pair = &fixture->whole.items[i];

        if (!is_kept_twice(pair) || pair->space == KV_STATE || !is_missed_by_nobody(pair))
            continue;
        begin(fixture);
        pairs_change(fixture->kv, KV_TWIN, pair->key, BYTES_ABSENT);
        assert_removed(fixture, "a row that the second copy lacks");
        begin(fixture);
        put_sealed(fixture, KV_TWIN, arena_printf(&fixture->arena, "%.*sx", BYTES_FMT(pair->key)),
                   BYTES("x"));
        assert_removed(fixture, "a row that the first copy lacks");
    }
}

static struct bytes newest_turn_of(const struct fixture *fixture)
{
    struct bytes newest = BYTES_ABSENT;

    for (size_t i = 0; i < fixture->whole.count; i++)
        if (begins_with(&fixture->whole.items[i], KV_STATE, "t"))
            newest = fixture->whole.items[i].key;
    return newest;
}

/* As from tables that are older than those of the other side. */
static void a_copy_without_the_newest_turn(void **state)
{
    struct fixture *fixture = *state;

    for (int side = 0; side < 2; side++) {
        enum kv_space space = side ? KV_TWIN : KV_STATE;
        begin(fixture);
        pairs_change(fixture->kv, space, newest_turn_of(fixture), BYTES_ABSENT);
        for (size_t i = 0; i < fixture->whole.count; i++)
            if (begins_with(&fixture->whole.items[i], space, "q"))
                pairs_change(fixture->kv, space, fixture->whole.items[i].key, BYTES_ABSENT);
        assert_removed(fixture, "a copy that is older");
    }
}

static uint64_t newest_turn_in(struct kv *kv, enum kv_space side)
{
    struct kv_iterator *iterator = kv_iterate_prefix(kv, side, BYTES("t"));
    uint64_t turn = 0;

    kv->functions->seek(iterator, BYTES("t"));
    for (; kv->functions->valid(iterator); kv->functions->next(iterator))
        assert_true(key_parse_turn(kv->functions->key(iterator), &turn));
    kv->functions->done(iterator);
    return turn;
}

static void put_checkpoint(struct fixture *fixture, enum kv_space side, uint64_t turn)
{
    char content[16];
    struct packer packer = packer_at(content, sizeof(content));

    pack_u64(&packer, turn);
    pack_u64(&packer, 0);
    put_sealed(fixture, side, BYTES("mcheckpoint"), bytes_of(content, sizeof(content)));
}

/* And the other one has written a checkpoint since, and dropped the turns before. */
static void a_copy_as_of_an_older_checkpoint(void **state)
{
    struct fixture *fixture = *state;
    struct bytes newest = newest_turn_of(fixture), content = BYTES_ABSENT;
    uint64_t turn;

    for (int side = 0; side < 2; side++) {
        enum kv_space space = side ? KV_TWIN : KV_STATE;
        begin(fixture);
        for (size_t i = 0; i < fixture->whole.count; i++) {
            const struct pair *pair = &fixture->whole.items[i];
            if (bytes_equal(pair->key, newest))
                assert_true(value_open(pair->key, pair->value, &content));
            if (begins_with(pair, KV_STATE, "t") && !bytes_equal(pair->key, newest)) {
                pairs_change(fixture->kv, KV_STATE, pair->key, BYTES_ABSENT);
                pairs_change(fixture->kv, KV_TWIN, pair->key, BYTES_ABSENT);
            }
        }
        assert_true(key_parse_turn(newest, &turn));
        pairs_change(fixture->kv, space, newest, BYTES_ABSENT);
        put_sealed(fixture, space, key_turn(&fixture->arena, turn - 1), content);
        put_checkpoint(fixture, space, turn - 1);
        put_checkpoint(fixture, side ? KV_STATE : KV_TWIN, turn);
        assert_mended(fixture, "a copy as of an older checkpoint");
        assert_int_equal(newest_turn_in(fixture->kv, KV_STATE), turn);
        assert_int_equal(newest_turn_in(fixture->kv, KV_TWIN), turn);
        end(fixture);
    }
}

/* A store of three families: nothing is there twice, and nobody may take that for an empty one. */
static void a_store_without_second_copies(void **state)
{
    struct fixture *fixture = *state;
    const struct pair *registry = NULL;

    begin(fixture);
    for (size_t i = 0; i < fixture->whole.count; i++) {
        const struct pair *pair = &fixture->whole.items[i];
        if (pair->space == KV_TWIN)
            pairs_change(fixture->kv, KV_TWIN, pair->key, BYTES_ABSENT);
        if (begins_with(pair, KV_STATE, "r"))
            registry = pair;
    }
    assert_non_null(registry);
    pairs_change(fixture->kv, KV_STATE, registry->key, BYTES("damaged"));
    assert_told(fixture, "a damaged record that is there once");
    pairs_change(fixture->kv, KV_STATE, registry->key, registry->value);
    assert_removed(fixture, "no second copies");
}

static void rows_of_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = &fixture->arena;
    const struct list_place place = { .account = nowhere.account, .domain = nowhere.domain };
    struct bytes keys[] = {
        list_row_key(arena, list_prefix(arena, &place), (struct instant){ 5 }, 99),
        key_names(arena, nowhere.account, nowhere.domain, BYTES("w"), BYTES("r")),
    };
    struct bytes expiry = key_expiry(arena, (struct instant){ 5 }, nowhere);

    for (size_t i = 0; i < 2; i++) {
        begin(fixture);
        pairs_change(fixture->kv, KV_CLOSED, keys[i],
                     list_row_value(arena, keys[i], nowhere.run, (struct instant){ 5 }));
        assert_removed(fixture, "a row of a run that is not there");
        begin(fixture);
        pairs_change(fixture->kv, KV_CLOSED, keys[i],
                     list_row_value(arena, keys[i], 1, (struct instant){ 5 }));
        assert_removed(fixture, "a row of a run that does not ask for it");
        begin(fixture);
        pairs_change(fixture->kv, KV_CLOSED, keys[i], BYTES("damaged"));
        assert_removed(fixture, "a damaged row that nobody asks for");
    }
    begin(fixture);
    put_sealed(fixture, KV_CLOSED, expiry, BYTES(""));
    assert_removed(fixture, "an expiry row of a run that is not there");
}

/* An idle row of the store, and what it says, which is the caller's to change. */
static const struct pair *idle_row(struct fixture *fixture, struct bytes *content)
{
    const struct pair *idle = NULL;

    for (size_t i = 0; i < fixture->whole.count; i++)
        if (begins_with(&fixture->whole.items[i], KV_STATE, "i"))
            idle = &fixture->whole.items[i];
    assert_non_null(idle);
    assert_true(value_open(idle->key, idle->value, content));
    *content = arena_copy(&fixture->arena, *content);
    return idle;
}

/* One of a run that changed since is worse than none: who starts from it forgets the change. */
static void idle_rows_that_should_not_be(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = &fixture->arena;
    struct bytes content;
    const struct pair *idle = idle_row(fixture, &content);

    for (uint64_t run = 1; run <= 9; run++) {
        struct bytes key = key_idle(arena, run);

        if (bytes_equal(key, idle->key))
            continue;
        begin(fixture);
        put_sealed(fixture, KV_STATE, key, content);
        assert_mended(fixture, "an idle row of another run");
        end(fixture);
    }
    begin(fixture);
    put_sealed(fixture, KV_STATE, key_idle(arena, 1), content);
    assert_removed(fixture, "an idle row of a closed run");
    begin(fixture);
    put_sealed(fixture, KV_STATE, key_idle(arena, nowhere.run), content);
    assert_removed(fixture, "an idle row of a run that is not there");
    begin(fixture);
    ((char *)content.ptr)[8 + 4 + 1 + 1 + 8 + 8 + 3]--; /* one event less than there are */
    put_sealed(fixture, KV_STATE, idle->key, content);
    assert_removed(fixture, "an idle row older than the last event");
}

static void put_twice(struct fixture *fixture, struct bytes key)
{
    put_sealed(fixture, KV_STATE, key, BYTES("x"));
    put_sealed(fixture, KV_TWIN, key, BYTES("x"));
}

static void heartbeats_of_nothing(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    put_twice(fixture, key_heartbeat(&fixture->arena, nowhere.run, 5));
    assert_removed(fixture, "a heartbeat of a run that is not there");
    begin(fixture);
    put_twice(fixture, key_heartbeat(&fixture->arena, 1, 2));
    assert_removed(fixture, "a heartbeat of a closed run");
    begin(fixture);
    put_twice(fixture, key_heartbeat(&fixture->arena, 4, 2));
    assert_removed(fixture, "a heartbeat of what is no activity");
}

static void an_open_row_too_many(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    put_sealed(fixture, KV_STATE, key_open(&fixture->arena, 1),
               BYTES("\0\0\0\x1c\xbe\x99\x1a\x14\0\0\0\1"));
    assert_mended(fixture, "an open row of a closed run");
    end(fixture);
}

/* ---- a server after a repair */

static const struct kv_functions *well;

static enum err take_row(void *context, struct bytes key, struct bytes value)
{
    (void)context, (void)key, (void)value;
    return OK;
}

static enum err take_run(void *context, const struct open_run *run)
{
    (void)context, (void)run;
    return OK;
}

static void expect_ok(void *context, enum err err)
{
    (void)context;
    assert_int_equal(err, OK);
}

/* A start, a turn in which nothing happens, and an orderly end with its checkpoint. */
static void serve_a_turn(struct fixture *fixture)
{
    static const uint8_t key[SERVER_KEY_BYTES];
    const struct recovery recovery = { .on_registry = take_row,
                                       .on_message = take_row,
                                       .on_open_run = take_run };
    struct store_meta meta;
    struct store *store;

    kv_memory_keep(fixture->kv, true);
    assert_int_equal(layout_open(fixture->kv, key, &store), OK);
    assert_int_equal(store_recover(store, &recovery), OK);
    store_get_meta(store, &meta);
    store_commit(
        store,
        &(struct commit){ .turn = meta.turn + 1, .next_run = meta.next_run, .clock = meta.clock },
        expect_ok, NULL);
    assert_int_equal(store_close(store), OK);
    kv_memory_keep(fixture->kv, false);
}

static void break_open_rows(struct fixture *fixture)
{
    for (size_t i = 0; i < fixture->whole.count; i++)
        if (begins_with(&fixture->whole.items[i], KV_STATE, "o"))
            pairs_change(fixture->kv, KV_STATE, fixture->whole.items[i].key, BYTES_ABSENT);
}

static void assert_nothing_found(struct fixture *fixture)
{
    look(fixture, false);
    if (fixture->sum.found)
        fail_msg("%.*s", BYTES_FMT(text_bytes(&fixture->lines)));
}

/* The turns before the repair's checkpoint are gone with it; else the next one leaves a gap. */
static void no_gap_after_a_repair_of_open_rows(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    break_open_rows(fixture);
    look(fixture, true);
    assert_int_equal(fixture->sum.mended, fixture->sum.found);
    assert_nothing_found(fixture);
    assert_int_equal(fixture->sum.turns, 1);
    serve_a_turn(fixture);
    assert_nothing_found(fixture);
    end(fixture);
}

/* Stores have such a gap that an earlier version mended. */
static void a_checkpoint_closes_a_gap(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    break_open_rows(fixture);
    look(fixture, true);
    serve_a_turn(fixture);
    for (size_t i = 0; i < fixture->whole.count; i++) {
        const struct pair *pair = &fixture->whole.items[i];
        if ((begins_with(pair, KV_STATE, "t") || begins_with(pair, KV_TWIN, "t")) &&
            !bytes_equal(pair->key, newest_turn_of(fixture)))
            pairs_change(fixture->kv, pair->space, pair->key, pair->value);
    }
    look(fixture, false);
    assert_true(says(fixture, "was committed, and its record is missing"));
    serve_a_turn(fixture);
    assert_nothing_found(fixture);
    end(fixture);
}

static void keys_without_a_meaning(void **state)
{
    struct fixture *fixture = *state;

    for (int space = KV_HISTORY; space < KV_SPACE_COUNT; space++) {
        begin(fixture);
        put_sealed(fixture, (enum kv_space)space, BYTES("?"), BYTES("x"));
        assert_told(fixture, "a key without a meaning");
        end(fixture);
    }
    begin(fixture);
    put_sealed(fixture, KV_STATE, BYTES("?"), BYTES("x"));
    assert_told(fixture, "a key without a meaning");
    end(fixture);
}

/* ---- well-formed, and wrong ---- */

/* The summary of a run, as it is stored. */
static struct summary summary_of(struct fixture *fixture, struct bytes key)
{
    struct summary summary = { 0 };

    for (size_t i = 0; i < fixture->whole.count; i++) {
        if (fixture->whole.items[i].space != KV_CLOSED ||
            !bytes_equal(fixture->whole.items[i].key, key))
            continue;
        assert_true(summary_decode(key, fixture->whole.items[i].value, &fixture->arena, &summary));
        return summary;
    }
    fail_msg("there is no such summary");
    return summary;
}

static void summaries_that_lie(void **state)
{
    struct fixture *fixture = *state;
    struct bytes key = key_summary(&fixture->arena, (struct run_key){ nowhere.account, 1, 1 });
    const struct summary truth = summary_of(fixture, key);
    struct summary lies[12];

    for (size_t i = 0; i < 12; i++)
        lies[i] = truth;
    lies[0].closing.started.ms++;
    lies[1].closing.closed.ms++;
    lies[2].closing.expires.ms++;
    lies[3].closing.close_status = CLOSE_STATUS_FAILED;
    lies[4].closing.workflow_id = BYTES("x");
    lies[5].closing.run_id = BYTES("x");
    lies[6].closing.type_name = BYTES("x");
    lies[7].closing.type_version = BYTES("x");
    lies[8].closing.tags.count = 1;
    lies[9].closing.info_json = BYTES("{}");
    lies[10].closing.context_event_id = 0;
    lies[11].last_event_id++;
    for (size_t i = 0; i < 12; i++) {
        begin(fixture);
        pairs_change(fixture->kv, KV_CLOSED, key, summary_encode(&fixture->arena, key, &lies[i]));
        assert_removed(fixture, "a summary that lies");
    }
}

/* The number of the first run's close is nowhere else. */
static void lose_summary_and_rows(struct fixture *fixture)
{
    struct bytes key = key_summary(&fixture->arena, (struct run_key){ nowhere.account, 1, 1 });
    struct list_row row;

    pairs_change(fixture->kv, KV_CLOSED, key, BYTES_ABSENT);
    for (size_t i = 0; i < fixture->whole.count; i++) {
        const struct pair *pair = &fixture->whole.items[i];
        if (begins_with(pair, KV_CLOSED, "l") && list_row_open(pair->key, pair->value, &row) &&
            row.run == 1)
            pairs_change(fixture->kv, KV_CLOSED, pair->key, BYTES_ABSENT);
    }
}

static void a_summary_and_its_rows_lost(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    lose_summary_and_rows(fixture);
    look(fixture, true);
    assert_int_equal(fixture->sum.mended, fixture->sum.found);
    look(fixture, false);
    assert_int_equal(fixture->sum.found, 0);
    assert_false(is_whole(fixture)); /* it has a new number, and the newest turn says so */
    end(fixture);
}

/* The turn records would give it a new number. What cannot be mended is never said to be. */
static void a_close_without_a_number(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    lose_summary_and_rows(fixture);
    for (size_t i = 0; i < fixture->whole.count; i++) {
        const struct pair *pair = &fixture->whole.items[i];
        if (begins_with(pair, KV_STATE, "t") || begins_with(pair, KV_TWIN, "t"))
            pairs_change(fixture->kv, pair->space, pair->key, BYTES_ABSENT);
    }
    for (int repair = 0; repair < 2; repair++) {
        look(fixture, repair);
        assert_true(says(fixture, "its summary is missing, and nobody knows the number of its "
                                  "close\n"));
        assert_false(says(fixture, "its summary is missing:"));
        assert_false(says(fixture, "its summary is missing ("));
    }
    end(fixture);
}

/* Replaces a text in the events of a run by one of the same length, and seals them anew. */
static void change_events(struct fixture *fixture, uint64_t run, const char *part, const char *by)
{
    for (size_t i = 0; i < fixture->whole.count; i++) {
        const struct pair *pair = &fixture->whole.items[i];
        struct run_key there;
        struct bytes content;
        int64_t event_id;

        if (pair->space != KV_HISTORY || !key_parse_history(pair->key, &there, &event_id) ||
            there.run != run || !value_open(pair->key, pair->value, &content))
            continue;
        content = arena_copy(&fixture->arena, content);
        char *at = memmem(content.ptr, content.len, part, strlen(part));
        if (!at)
            continue;
        memcpy(at, by, strlen(by));
        put_sealed(fixture, KV_HISTORY, pair->key, content);
        return;
    }
    fail_msg("there is no %s in the history", part);
}

static void histories_that_break_the_rules(void **state)
{
    static const struct {
        uint64_t run;
        const char *part, *by, *said;
    } rows[] = {
        { 1, "\"eventId\":5", "\"eventId\":6", "event 6 (MarkerRecorded): its id is out of order" },
        { 1, "\"eventType\"", "\"eventTYPE\"", "event 1 cannot be read" },
        { 4, "\"scheduledEventId\":5", "\"scheduledEventId\":6",
          "event 7 (ActivityTaskStarted): scheduledEventId does not name what it should" },
        { 4, "\"decisionTaskCompletedEventId\":4", "\"decisionTaskCompletedEventId\":3",
          "(ActivityTaskScheduled): decisionTaskCompletedEventId does not name what it should" },
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        begin(fixture);
        change_events(fixture, rows[i].run, rows[i].part, rows[i].by);
        assert_told(fixture, rows[i].by);
        if (!says(fixture, rows[i].said))
            fail_msg("%.*s", BYTES_FMT(text_bytes(&fixture->lines)));
        end(fixture);
    }
}

/* A turn that was acknowledged, of a history that knows nothing of it. */
static void a_turn_that_knows_more(void **state)
{
    struct fixture *fixture = *state;
    const struct run_change change = {
        .key = { nowhere.account, 1, 4 }, .builds_on = 40, .events = &BYTES("{}"), .event_count = 1
    };
    struct bytes newest = BYTES_ABSENT;
    struct turn_record record;
    struct commit commit;
    struct bytes key;

    begin(fixture);
    for (size_t i = 0; i < fixture->whole.count; i++) {
        if (begins_with(&fixture->whole.items[i], KV_STATE, "t") &&
            turn_record_decode(fixture->whole.items[i].key, fixture->whole.items[i].value, &record))
            newest = fixture->whole.items[i].key;
    }
    assert_false(bytes_is_absent(newest));
    commit = (struct commit){
        .turn = record.turn + 1, .next_run = record.next_run, .runs = &change, .run_count = 1
    };
    key = key_turn(&fixture->arena, commit.turn);
    for (int side = 0; side < 2; side++)
        pairs_change(
            fixture->kv, side ? KV_TWIN : KV_STATE, key,
            turn_record_encode(&fixture->arena, key, &commit, record.clock, record.next_close));
    assert_told(fixture, "a turn that knows of an event");
    assert_true(says(fixture, "and event 41 was committed"));
    look(fixture, false); /* the turn record may go, and what it knows does not */
    assert_true(says(fixture, "event 8 begins a record that is damaged"));
    end(fixture);
}

/* Events that an idle row tells of are lost, and not the row wrong: made like the rest of the
 * history it would hide that. */
static void an_idle_row_that_knows_more(void **state)
{
    struct fixture *fixture = *state;
    struct bytes content;
    const struct pair *idle = idle_row(fixture, &content);

    ((char *)content.ptr)[8 + 4 + 1 + 1 + 8 + 8 + 3]++; /* one event more than there are */
    begin(fixture);
    put_sealed(fixture, KV_STATE, idle->key, content);
    assert_told(fixture, "an idle row that knows of an event");
    assert_true(says(fixture, " is missing"));
    assert_int_equal(fixture->sum.mended, 0);
    look(fixture, true);
    assert_true(says(fixture, "begins a record that is damaged"));
    assert_int_equal(fixture->sum.mended, 0);
    end(fixture);
}

/* ---- a database that cannot be read ---- */

static enum err fail_status(const struct kv_iterator *iterator)
{
    (void)iterator;
    return ERR_CORRUPT;
}

static struct bytes last_closed_key(const struct fixture *fixture)
{
    size_t last = fixture->whole.count;

    while (fixture->whole.items[--last].space != KV_CLOSED)
        continue;
    return fixture->whole.items[last].key;
}

/* What was not seen may be there: nothing is taken for superfluous. */
static void a_database_that_cannot_be_read(void **state)
{
    struct fixture *fixture = *state;
    struct kv_functions blind;

    begin(fixture);
    pairs_change(fixture->kv, KV_CLOSED, last_closed_key(fixture), BYTES_ABSENT);
    well = fixture->kv->functions;
    blind = *well;
    blind.status = fail_status;
    fixture->kv->functions = &blind;
    look(fixture, true);
    fixture->kv->functions = well;
    assert_true(fixture->sum.found > 0);
    assert_int_equal(fixture->sum.mended, 0);
    assert_true(says(fixture, "of the histories nothing can be read between"));
    end(fixture);
}

/* Event 8 of the run that has seven may be lost; so its end is marked, but not by who is blind. */
static void look_with_a_lost_end(struct fixture *fixture)
{
    static const struct run_key run = { 123456789012, 1, 4 };
    struct fsck_lost_keys key = { KV_HISTORY, key_history(&fixture->arena, run, 8), { 0 } };
    const struct fsck_lost lost = { &key, 1 };
    const struct fsck_options options = {
        .repair = true, .say = keep_line, .context = &fixture->lines, .lost = &lost
    };

    key.to = key.from;
    text_reset(&fixture->lines);
    assert_int_equal(fsck(fixture->kv, &options, &fixture->sum), OK);
    assert_true(says(fixture, "event 8 and those behind it may be lost"));
}

static void an_end_that_may_be_lost(void **state)
{
    struct fixture *fixture = *state;
    struct kv_functions blind;

    begin(fixture);
    well = fixture->kv->functions;
    blind = *well;
    blind.status = fail_status;
    fixture->kv->functions = &blind;
    look_with_a_lost_end(fixture);
    fixture->kv->functions = well;
    assert_true(is_whole(fixture));
    look_with_a_lost_end(fixture);
    assert_false(is_whole(fixture));
    look(fixture, false);
    assert_true(says(fixture, "event 8 begins a record that is damaged"));
    end(fixture);
}

/* A repair that cannot be written is no repair. */
static enum err fail_write(struct kv *kv, const struct kv_operation *operations, size_t count,
                           bool sync)
{
    (void)kv, (void)operations, (void)count, (void)sync;
    return ERR_IO;
}

static void a_disk_that_takes_no_writes(void **state)
{
    struct fixture *fixture = *state;
    const struct fsck_options options = { .repair = true,
                                          .say = keep_line,
                                          .context = &fixture->lines };
    struct kv_functions stubborn;

    begin(fixture);
    pairs_change(fixture->kv, KV_CLOSED, last_closed_key(fixture), BYTES_ABSENT);
    well = fixture->kv->functions;
    stubborn = *well;
    stubborn.write = fail_write;
    fixture->kv->functions = &stubborn;
    assert_int_equal(fsck(fixture->kv, &options, &fixture->sum), ERR_IO);
    fixture->kv->functions = well;
    end(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_whole_store),
        test(every_value_changed),
        test(every_value_cut_short),
        test(every_key_removed),
        test(copies_that_differ),
        test(a_copy_without_the_newest_turn),
        test(a_copy_as_of_an_older_checkpoint),
        test(a_store_without_second_copies),
        test(rows_of_nothing),
        test(idle_rows_that_should_not_be),
        test(heartbeats_of_nothing),
        test(an_open_row_too_many),
        test(no_gap_after_a_repair_of_open_rows),
        test(a_checkpoint_closes_a_gap),
        test(keys_without_a_meaning),
        test(summaries_that_lie),
        test(a_summary_and_its_rows_lost),
        test(a_close_without_a_number),
        test(histories_that_break_the_rules),
        test(a_turn_that_knows_more),
        test(an_idle_row_that_knows_more),
        test(a_database_that_cannot_be_read),
        test(an_end_that_may_be_lost),
        test(a_disk_that_takes_no_writes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
