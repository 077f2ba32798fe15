#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "served.h"

#include "base/memory.h"
#include "base/random.h"
#include "crash/audit.h"
#include "crash/census.h"
#include "crash/load.h"
#include "crash/process.h"
#include "crash/tale.h"
#include "sound/sound.h"
#include "store/layout.h"
#include "store/rocks/rocks.h"
#include "store/walk.h"
#include "store/world.h"
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define SETTLING_TURNS 12
#define TEXT_BYTES_MAX ((size_t)64 << 20)

static void start_server(struct process *process, const struct take *take, const char *data,
                         const char *log, const char *const environment[])
{
    const char *arguments[] = { "--poll-seconds", "1", "--lambda-endpoint",
                                functions_url(take->functions), NULL };
    struct text said;

    process_serve(process, log, data, arguments, environment);
    if (process_wait_listening(process))
        return;
    text_init(&said, TEXT_BYTES_MAX);
    process_read_log(process, &said);
    fail_msg("the server does not start; status %d, log:\n%.*s", process_wait(process),
             BYTES_FMT(text_bytes(&said)));
}

static void start_recorded(struct process *process, const struct take *take)
{
    start_server(process, take, take->data, take->log, take->environment);
}

static void begin_to_end(struct process *process, bool in_order)
{
    process_signal(process, in_order ? SIGTERM : RECORD_KILL);
}

static void wait_for_end(struct process *process, bool in_order)
{
    assert_int_equal(process_wait(process), in_order ? 0 : 128 + SIGKILL);
}

/* ---- the tale, recorded */

/* After how many acknowledged texts the server goes away, and how. */
static const struct departure {
    unsigned after;
    bool in_order;
} departures[] = { { 6, true }, { 14, false }, { 22, true } };
#define DEPARTURES (sizeof departures / sizeof departures[0])

struct telling {
    struct process process;
    struct note_taker taker;
    unsigned known, departed;
};

static void on_acknowledged(void *context, struct bytes text)
{
    struct telling *telling = context;

    note_down(&telling->taker, RECORD_KNOWN, 0, text);
    telling->known++;
    if (telling->departed == DEPARTURES || telling->known != departures[telling->departed].after)
        return;
    bool in_order = departures[telling->departed++].in_order;
    begin_to_end(&telling->process, in_order);
    wait_for_end(&telling->process, in_order);
}

/* What all that is left to see says. */
static void look(const char *endpoint, struct text *out)
{
    struct census census;
    struct caller caller;

    caller_init(&caller, endpoint);
    census_init(&census, TALE_DOMAIN);
    census_let_settle(&caller, TALE_DOMAIN, SETTLING_TURNS);
    if (!census_list(&census, &caller) || !census_read(&census, &caller))
        fail_msg("%s", census.problem);
    census_tell(&census, out);
    census_deinit(&census);
    caller_deinit(&caller);
}

static void tell_recorded(struct telling *telling, struct take *take, struct tale *tale)
{
    bool whole = false;

    for (unsigned lives = 0; !whole && lives <= DEPARTURES; lives++) {
        start_recorded(&telling->process, take);
        whole = tale_play(tale, telling->process.endpoint);
        assert_string_equal(tale->problem, "");
    }
    assert_true(whole);
    assert_int_equal(telling->departed, DEPARTURES);
}

void served_record_tale(struct take *take)
{
    struct telling telling = { 0 };
    struct tale tale;
    struct text told;

    note_taker_init(&telling.taker, take->path);
    tale_init(&tale, BYTES("recorded"));
    text_init(&told, TEXT_BYTES_MAX);
    tale.witness = on_acknowledged;
    tale.witness_context = &telling;
    tell_recorded(&telling, take, &tale);
    look(telling.process.endpoint, &told);
    assert_int_equal(process_stop(&telling.process), 0);
    note_down(&telling.taker, RECORD_TOLD, 0, text_bytes(&told));
    text_deinit(&told);
    tale_deinit(&tale);
    note_taker_deinit(&telling.taker);
}

/* ---- the load, recorded */

#define LIVES 4
#define CALLS_IN_A_LIFE 200

struct loading {
    struct note_taker taker;
    const enum outcome **entries; /* in the order in which they were acknowledged */
    size_t count, room;
};

/* The ledger is locked meanwhile. */
static void on_settled(void *context, const enum outcome *entry)
{
    struct loading *loading = context;

    if (loading->count == loading->room) {
        loading->room = loading->room ? loading->room * 2 : 1024;
        loading->entries = memory_resize(loading->entries,
                                         loading->room * sizeof *loading->entries);
    }
    note_down(&loading->taker, RECORD_KNOWN, loading->count, BYTES(""));
    loading->entries[loading->count++] = entry;
}

/* Does its text stand in a history? */
static bool leaves_text(const struct note *note)
{
    return note->outcome == DONE && note->kind != NOTE_HEARTBEAT && note->kind != NOTE_CANCEL &&
           note->text.len > 0;
}

static void note_meaning(struct loading *loading, const struct note *note)
{
    for (size_t i = 0; leaves_text(note) && i < loading->count; i++)
        if (loading->entries[i] == &note->outcome)
            note_down(&loading->taker, RECORD_MEANT, i, note->text);
}

static void note_meanings(struct loading *loading, const struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->workflow_count; i++)
        for (const struct run *run = ledger->workflows[i]->runs; run; run = run->next)
            for (const struct note *note = run->notes; note; note = note->next)
                note_meaning(loading, note);
}

static void live_loaded(struct take *take, struct load *load, bool in_order)
{
    struct process process;

    start_recorded(&process, take);
    assert_true(load_register(process.endpoint));
    load_open(load, process.endpoint);
    assert_true(load_wait_done(load, CALLS_IN_A_LIFE));
    begin_to_end(&process, in_order);
    load_shut(load);
    wait_for_end(&process, in_order);
    load_wait_outside(load);
}

void served_record_load(struct take *take)
{
    struct loading loading = { 0 };
    struct ledger ledger;

    note_taker_init(&loading.taker, take->path);
    ledger_init(&ledger, take->functions);
    ledger.witness = on_settled;
    ledger.witness_context = &loading;
    struct load *load = load_new(&ledger, take->seed);
    for (unsigned life = 0; life < LIVES; life++)
        live_loaded(take, load, life % 2 == 1);
    assert_true(ledger_is_content(&ledger));
    load_free(load);
    note_meanings(&loading, &ledger);
    ledger_deinit(&ledger);
    memory_free(loading.entries);
    note_taker_deinit(&loading.taker);
}

/* ---- what was there in the end */

static void add_found(struct note_taker *taker, struct kv *kv)
{
    struct text pair;
    struct walk walk;

    text_init(&pair, TEXT_BYTES_MAX);
    walk_begin(&walk, kv, KV_HISTORY, BYTES(""));
    for (walk_seek(&walk, BYTES("")); walk_is_valid(&walk); walk_next(&walk)) {
        text_reset(&pair);
        text_append(&pair, walk_key(&walk));
        text_append(&pair, walk_value(&walk));
        note_down(taker, RECORD_FOUND, walk_key(&walk).len, text_bytes(&pair));
    }
    ensure(walk_end(&walk) == OK);
    text_deinit(&pair);
}

void served_add_found(const struct take *take, const char *folder)
{
    struct note_taker taker;
    struct kv *kv;

    ensure(kv_rocks_open(folder, &kv) == OK);
    note_taker_init(&taker, take->path);
    add_found(&taker, kv);
    sound_check(kv);
    _exit(0);
}

struct pair {
    struct bytes key, value;
};

/* A text that was acknowledged: from item `at` on it must be in pair `place`. */
struct known {
    size_t at, place;
};

struct served {
    struct pair *pairs; /* of the histories, in the order of their keys */
    size_t count;
    struct known *known; /* in the order in which they were */
    size_t known_count;
    struct bytes told; /* RECORD_TOLD */
};

static size_t find_text(const struct served *served, struct bytes text)
{
    char quoted[300];
    int len = snprintf(quoted, sizeof quoted, "\"%.*s\"", BYTES_FMT(text));

    for (size_t i = 0; i < served->count; i++)
        if (memmem(served->pairs[i].value.ptr, served->pairs[i].value.len, quoted, (size_t)len))
            return i;
    fail_msg("acknowledged, and lost without any fault: %.*s", BYTES_FMT(text));
    return 0;
}

/* The text of a RECORD_KNOWN; absent: it is of something that leaves none. */
static struct bytes meaning_of(const struct recording *recording, const struct recorded *item)
{
    if (item->bytes.len > 0)
        return item->bytes;
    for (size_t i = recording->acts; i < recording->count; i++)
        if (recording->items[i].kind == RECORD_MEANT && recording->items[i].number == item->number)
            return recording->items[i].bytes;
    return BYTES_ABSENT;
}

static void take_over(struct served *served, const struct recorded *item)
{
    if (item->kind == RECORD_FOUND)
        served->pairs[served->count++] = (struct pair){
            bytes_of(item->bytes.ptr, item->number),
            bytes_skip(item->bytes, item->number),
        };
    if (item->kind == RECORD_TOLD)
        served->told = item->bytes;
}

static void find_known(struct served *served, const struct recording *recording)
{
    for (size_t i = 0; i < recording->acts; i++) {
        if (recording->items[i].kind != RECORD_KNOWN)
            continue;
        struct bytes text = meaning_of(recording, &recording->items[i]);
        if (!bytes_is_absent(text))
            served->known[served->known_count++] = (struct known){ i, find_text(served, text) };
    }
}

void served_prepare(struct take *take)
{
    const struct recording *recording = &take->recording;
    struct served *served = memory_new(sizeof *served);

    served->pairs = memory_new((recording->count + 1) * sizeof *served->pairs);
    served->known = memory_new((recording->count + 1) * sizeof *served->known);
    for (size_t i = recording->acts; i < recording->count; i++)
        take_over(served, &recording->items[i]);
    find_known(served, recording);
    assert_true(served->known_count > 20);
    take->served = served;
}

/* ---- an image */

/* What is there is what was there in the end, of each run from its beginning; which pairs are there
 * is told in `there`. */
static void check_histories(const struct served *served, struct kv *kv, bool *there)
{
    struct walk walk;
    size_t i = 0;

    walk_begin(&walk, kv, KV_HISTORY, BYTES(""));
    for (walk_seek(&walk, BYTES("")); walk_is_valid(&walk); walk_next(&walk)) {
        while (i < served->count && bytes_compare(served->pairs[i].key, walk_key(&walk)) < 0)
            i++;
        assert_true(i < served->count);
        assert_bytes(walk_key(&walk), served->pairs[i].key);
        assert_bytes(walk_value(&walk), served->pairs[i].value);
        there[i] = true;
    }
    assert_ok(walk_end(&walk));
}

static void check_known(const struct served *served, size_t at, const bool *there)
{
    for (size_t i = 0; i < served->known_count && served->known[i].at < at; i++)
        if (!there[served->known[i].place])
            fail_msg("acknowledged at item %zu, and lost: record %zu", served->known[i].at,
                     served->known[i].place);
}

void served_check(const struct take *take, size_t at, const char *folder)
{
    const struct served *served = take->served;
    bool *there = memory_new(served->count + 1);
    struct store *store;
    struct kv *kv;

    assert_ok(kv_rocks_open(folder, &kv));
    assert_ok(layout_open(kv, fresh_key, &store));
    assert_ok(store_recover(store, &recovery_blind));
    check_histories(served, kv, there);
    check_known(served, at, there);
    sound_check(kv);
    memory_free(there);
}

/* ---- an image, and a server */

static void end_server(struct process *process, const char *folder)
{
    struct text said;

    assert_int_equal(process_stop(process), 0);
    text_init(&said, TEXT_BYTES_MAX);
    process_read_log(process, &said);
    if (memmem(said.ptr, said.len, "level=error", strlen("level=error")))
        fail_msg("the server complains:\n%.*s", BYTES_FMT(text_bytes(&said)));
    text_reset(&said);
    if (!sound_folder(folder, &said))
        fail_msg("the folder is not sound:\n%.*s", BYTES_FMT(text_bytes(&said)));
    text_deinit(&said);
}

static void serve_image(struct process *process, const struct take *take, const char *folder)
{
    char log[SCRATCH_PATH_MAX];

    snprintf(log, sizeof log, "%.500s.log", folder);
    start_server(process, take, folder, log, NULL);
}

/* The line of `text` in which `at` lies. */
static struct bytes line_at(struct bytes text, size_t at)
{
    size_t begin = bytes_find_last(bytes_of(text.ptr, at), '\n');

    begin = begin == at ? 0 : begin + 1;
    const char *end = memchr(text.ptr + begin, '\n', text.len - begin);
    return bytes_of(text.ptr + begin, end ? (size_t)(end - text.ptr) - begin : text.len - begin);
}

static void assert_told(struct bytes told, struct bytes wanted)
{
    size_t at = 0;

    while (at < told.len && at < wanted.len && told.ptr[at] == wanted.ptr[at])
        at++;
    if (at < told.len || at < wanted.len)
        fail_msg("the tale was told otherwise:\n%.*s\nand not:\n%.*s", BYTES_FMT(line_at(told, at)),
                 BYTES_FMT(line_at(wanted, at)));
}

/* Was the start acknowledged by then? */
static bool was_started(const struct recording *recording, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (recording->items[i].kind == RECORD_KNOWN &&
            bytes_equal(recording->items[i].bytes, TALE_INPUT))
            return true;
    return false;
}

/* The client begins anew, and takes it that what it asks for may have been done before. Only of the
 * start it has to know that: when the tale is at its end, it could be told once more. */
void served_check_tale_served(const struct take *take, size_t at, const char *folder)
{
    struct process process;
    struct tale tale;
    struct text told;

    serve_image(&process, take, folder);
    tale_init(&tale, BYTES("recorded"));
    tale.lives = 1;
    tale.asked_signal = true;
    tale.done[TALE_START] = was_started(&take->recording, at);
    assert_true(tale_play(&tale, process.endpoint));
    text_init(&told, TEXT_BYTES_MAX);
    look(process.endpoint, &told);
    assert_told(text_bytes(&told), take->served->told);
    text_deinit(&told);
    tale_deinit(&tale);
    end_server(&process, folder);
}

void served_check_load_served(const struct take *take, size_t at, const char *folder)
{
    struct process process;
    struct caller caller;

    (void)at;
    serve_image(&process, take, folder);
    caller_init(&caller, process.endpoint);
    census_let_settle(&caller, DOMAIN, SETTLING_TURNS);
    assert_string_equal(caller.problem, "");
    caller_deinit(&caller);
    assert_true(load_register(process.endpoint));
    end_server(&process, folder);
}
