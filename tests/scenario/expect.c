/*
 * What a script foretells, compared with what came.
 */
#include "player.h"

#include "language.h"
#include "reply.h"
#include <inttypes.h>
#include <math.h>

#define RENDERED_BYTES_MAX ((size_t)64 << 20)

/* The reply as a JSON object; an empty body counts as `{}`. */
static bool parse(struct player *player, const struct ask *ask, struct json_value *root)
{
    struct bytes body = text_bytes(&ask->reply);

    if (!ask->answered) {
        player_fail(player, "the call is not answered");
        return false;
    }
    if (json_parse(player->json, body.len ? body : BYTES("{}"), root))
        return true;
    player_fail(player, "the answer is no JSON: %.*s", BYTES_FMT(body));
    return false;
}

static struct bytes render(struct player *player, struct json_value value)
{
    struct text text;
    struct bytes rendered;

    text_init(&text, RENDERED_BYTES_MAX);
    reply_render(&text, value);
    rendered = arena_copy(&player->arena, text.len ? text_bytes(&text) : BYTES(""));
    text_deinit(&text);
    return rendered;
}

/* ---- faults ---- */

/* "com.amazonaws.swf.base.model#UnknownResourceFault" */
static struct bytes fault_name(struct player *player, struct json_value root)
{
    struct json_value type;
    struct bytes name;
    size_t hash;

    if (!reply_find(root, BYTES("__type"), &type))
        return BYTES_ABSENT;
    name = render(player, type);
    hash = bytes_find_last(name, '#');
    return bytes_skip(name, hash < name.len ? hash + 1 : 0);
}

static bool find_message(struct json_value root, struct json_value *out)
{
    return reply_find(root, BYTES("message"), out) || reply_find(root, BYTES("Message"), out);
}

static void expect_fault(struct player *player, const struct ask *ask, const struct word *words,
                         size_t count)
{
    struct json_value root, message;
    struct bytes expected;

    if (!parse(player, ask, &root))
        return;
    if (count == 0 || ask->ok || !bytes_equal(fault_name(player, root), words[0].text)) {
        player_fail(player, "expected %.*s, but got %.*s",
                    BYTES_FMT(count ? words[0].text : BYTES("a fault")),
                    BYTES_FMT(text_bytes(&ask->reply)));
        return;
    }
    if (count == 1 || !player_substitute(player, words[1].text, &expected))
        return;
    if (!find_message(root, &message) || !bytes_equal(json_string(message), expected))
        player_fail(player, "expected \"%.*s\", but got %.*s", BYTES_FMT(expected),
                    BYTES_FMT(text_bytes(&ask->reply)));
}

void expect_no_fault(struct player *player, const struct ask *ask)
{
    if (!ask->answered)
        player_fail(player, "the call is not answered");
    else if (!ask->ok)
        player_fail(player, "got %.*s", BYTES_FMT(text_bytes(&ask->reply)));
}

/* ---- members ---- */

/* `events=3..1`: exactly these, in this order. */
static void expect_range(struct player *player, struct json_value root, struct bytes value)
{
    struct json_value events, item;
    struct json_cursor cursor;
    struct seen_event event;
    struct text text;

    text_init(&text, RENDERED_BYTES_MAX);
    if (reply_find(root, BYTES("events"), &events)) {
        int64_t first = 0, last = 0;

        cursor = json_walk(events);
        while (json_next_item(&cursor, &item) && reply_event(item, &event)) {
            if (first && event.id != last + 1 && event.id != last - 1)
                text_append_cstr(&text, "a gap before ");
            first = first ? first : event.id;
            last = event.id;
        }
        text_printf(&text, "%" PRId64 "..%" PRId64, first, last);
    }
    if (!bytes_equal(text_bytes(&text), value))
        player_fail(player, "expected events %.*s, but got %.*s", BYTES_FMT(value),
                    BYTES_FMT(text_bytes(&text)));
    text_deinit(&text);
}

/* What an item of a list is called: the workflow's id, `order/1` for a type, `key/value` for a tag.
 */
static void render_name(struct text *out, struct json_value item)
{
    static const char *const names[] = { "workflowType", "activityType", "name" };
    struct json_value found;

    if (reply_find(item, BYTES("execution"), &found) &&
        reply_find(found, BYTES("workflowId"), &found)) {
        reply_render(out, found);
        return;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!reply_find(item, bytes_of_cstr(names[i]), &found))
            continue;
        reply_render(out, found);
        return;
    }
    reply_render(out, item);
}

/* The one list that the answer of a list operation has. */
static bool find_list(struct json_value root, struct json_value *out)
{
    struct json_cursor cursor = json_walk(root);
    struct bytes name;

    while (json_next_member(&cursor, &name, out)) {
        if (json_kind(*out) == JSON_ARRAY)
            return true;
    }
    return false;
}

/* `listed=a,b`: exactly these, in this order. */
static void expect_listed(struct player *player, struct json_value root, struct bytes value)
{
    struct json_value list, item;
    struct json_cursor cursor;
    struct bytes expected;
    struct text text;

    if (!find_list(root, &list)) {
        player_fail(player, "the answer has no list");
        return;
    }
    if (!player_substitute(player, value, &expected))
        return;
    text_init(&text, RENDERED_BYTES_MAX);
    cursor = json_walk(list);
    for (bool first = true; json_next_item(&cursor, &item); first = false) {
        if (!first)
            text_append_char(&text, ',');
        render_name(&text, item);
    }
    if (!bytes_equal(text_bytes(&text), expected))
        player_fail(player, "listed are %.*s", BYTES_FMT(text_bytes(&text)));
    text_deinit(&text);
}

/* `name=?variable` keeps what came. Where the order of things is open, there may be nothing to
 * keep. */
static void capture(struct player *player, struct json_value object, struct bytes name,
                    struct bytes variable)
{
    struct json_value found;

    if (reply_find(object, name, &found))
        player_set_variable(player, variable, render(player, found));
    else if (!player->lenient)
        player_fail(player, "there is no %.*s", BYTES_FMT(name));
}

/* `@10s` is a time since the beginning. */
static bool is_time(struct bytes expected, struct json_value value, bool *same)
{
    struct duration since;

    if (expected.len < 2 || expected.ptr[0] != '@' ||
        !duration_parse(bytes_skip(expected, 1), &since))
        return false;
    *same = llround(json_number(value) * 1000) == WORLD_BEGINNING.ms + since.ms;
    return true;
}

static void expect_member(struct player *player, struct json_value object, struct bytes name,
                          struct bytes value)
{
    struct json_value found;
    struct bytes expected, actual;
    bool same;

    if (value.len > 1 && value.ptr[0] == '?') {
        capture(player, object, name, bytes_skip(value, 1));
        return;
    }
    if (!player_substitute(player, value, &expected))
        return;
    if (!reply_find(object, name, &found)) {
        player_fail(player, "expected %.*s=%.*s, but it is not there", BYTES_FMT(name),
                    BYTES_FMT(expected));
        return;
    }
    actual = render(player, found);
    if (!is_time(expected, found, &same))
        same = bytes_equal(actual, expected);
    if (!same)
        player_fail(player, "expected %.*s=%.*s, but it is %.*s", BYTES_FMT(name),
                    BYTES_FMT(expected), BYTES_FMT(actual));
}

static void expect_absent(struct player *player, struct json_value object, struct bytes name)
{
    struct json_value found;

    if (reply_find(object, name, &found))
        player_fail(player, "%.*s is %.*s, but ought not to be there", BYTES_FMT(name),
                    BYTES_FMT(render(player, found)));
}

static void expect_word(struct player *player, struct json_value object, const struct word *word)
{
    struct bytes left_out = word_left_out(word);

    if (!bytes_is_absent(left_out))
        expect_absent(player, object, left_out);
    else if (bytes_is_absent(word->key))
        player_fail(player, "what is \"%.*s\"?", BYTES_FMT(word->text));
    else if (bytes_equal(word->key, BYTES("events")))
        expect_range(player, object, word->value);
    else if (bytes_equal(word->key, BYTES("listed")))
        expect_listed(player, object, word->value);
    else
        expect_member(player, object, word->key, word->value);
}

static bool is_sugar(const struct word *words, size_t count)
{
    return count >= 2 && word_is(&words[0], "task") && bytes_is_absent(words[1].key);
}

/* An empty poll: no token and no event. */
static void expect_empty(struct player *player, struct json_value root)
{
    if (player->session->options.empty_poll_token)
        expect_member(player, root, BYTES("taskToken"), BYTES(""));
    else
        expect_absent(player, root, BYTES("taskToken"));
    expect_member(player, root, BYTES("startedEventId"), BYTES("0"));
}

void expect_answer(struct player *player, const struct ask *ask, const struct word *words,
                   size_t count)
{
    struct json_value root;
    size_t i = 0;

    if (word_is(&words[0], "fault")) {
        expect_fault(player, ask, words + 1, count - 1);
        return;
    }
    if (player->lenient && !(ask->answered && ask->ok))
        return; /* a capture that this order of things has no use for */
    expect_no_fault(player, ask);
    if (player->failed || !parse(player, ask, &root))
        return;
    if (is_sugar(words, count)) {
        capture(player, root, BYTES("taskToken"), words[1].text);
        i = 2;
    }
    for (; i < count && !player->failed; i++) {
        if (word_is(&words[i], "empty"))
            expect_empty(player, root);
        else
            expect_word(player, root, &words[i]);
    }
}

/* ---- histories ---- */

/* `[id] [@time] Type members...` */
static void expect_event(struct player *player, const struct line *line,
                         const struct seen_event *event)
{
    unsigned long long number;
    struct duration time;
    size_t i = 0;

    if (bytes_parse_u64(line->words[i].text, &number)) {
        if ((int64_t)number != event->id)
            player_fail(player, "this is event %" PRId64, event->id);
        i++;
    }
    if (i < line->count && line->words[i].text.ptr[0] == '@') {
        if (!duration_parse(bytes_skip(line->words[i].text, 1), &time))
            player_fail(player, "@ and a duration since the beginning");
        else if (WORLD_BEGINNING.ms + time.ms != event->timestamp_ms)
            player_fail(player, "its time is @%" PRId64 "ms",
                        event->timestamp_ms - WORLD_BEGINNING.ms);
        i++;
    }
    if (i == line->count || !bytes_equal(line->words[i].text, event->type))
        player_fail(player, "event %" PRId64 " is %.*s", event->id, BYTES_FMT(event->type));
    for (i++; i < line->count && !player->failed; i++)
        expect_word(player, event->attributes, &line->words[i]);
}

/* A walk along the events that came. */
struct walk {
    struct json_cursor cursor;
    struct seen_event event; /* where it stands, unless it is over */
    bool over;
};

static void step_on(struct walk *walk)
{
    struct json_value item;

    walk->over = !json_next_item(&walk->cursor, &item) || !reply_event(item, &walk->event);
}

/* `...`: to the event whose id the next line begins with, or to the end. */
static void skip(struct player *player, struct walk *walk, const struct line *next)
{
    unsigned long long wanted = 0;

    if (next && !bytes_parse_u64(next->words[0].text, &wanted))
        player_fail(player, "the line after ... must begin with an event id");
    while (!walk->over && (next == NULL || walk->event.id < (int64_t)wanted))
        step_on(walk);
}

static void compare(struct player *player, struct walk *walk, const struct line *block,
                    size_t count)
{
    for (size_t i = 0; i < count && !player->failed; i++) {
        player->line_number = block[i].number;
        if (word_is(&block[i].words[0], "...")) {
            skip(player, walk, i + 1 < count ? &block[i + 1] : NULL);
        } else if (walk->over) {
            player_fail(player, "the history ends before this");
        } else {
            expect_event(player, &block[i], &walk->event);
            step_on(walk);
        }
    }
    if (!walk->over)
        player_fail(player, "the history goes on with %" PRId64 " %.*s", walk->event.id,
                    BYTES_FMT(walk->event.type));
}

void expect_events(struct player *player, const struct ask *ask, const struct line *block,
                   size_t count)
{
    struct json_value root, events;
    struct walk walk;

    if (player->failed || !parse(player, ask, &root))
        return;
    if (!reply_find(root, BYTES("events"), &events)) {
        player_fail(player, "the answer has no events");
        return;
    }
    walk.cursor = json_walk(events);
    step_on(&walk);
    compare(player, &walk, block, count);
}

/* ---- lists ---- */

/* `name members...` */
static void expect_item(struct player *player, const struct line *line, struct json_value item)
{
    struct text name;

    player->line_number = line->number;
    text_init(&name, RENDERED_BYTES_MAX);
    render_name(&name, item);
    if (!bytes_equal(line->words[0].text, text_bytes(&name)))
        player_fail(player, "this is %.*s", BYTES_FMT(text_bytes(&name)));
    text_deinit(&name);
    for (size_t i = 1; i < line->count && !player->failed; i++)
        expect_word(player, item, &line->words[i]);
}

void expect_items(struct player *player, const struct ask *ask, const struct line *block,
                  size_t count)
{
    struct json_value root, list, item;
    struct json_cursor cursor;
    size_t i = 0;

    if (player->failed || !parse(player, ask, &root))
        return;
    if (!find_list(root, &list)) {
        player_fail(player, "the answer has no list");
        return;
    }
    cursor = json_walk(list);
    for (; json_next_item(&cursor, &item); i++) {
        if (i == count)
            player_fail(player, "the list goes on");
        else
            expect_item(player, &block[i], item);
        if (player->failed)
            return;
    }
    if (i < count)
        player_fail(player, "the list ends after %zu items", i);
}
