#include "player.h"

#include "base/memory.h"
#include "language.h"
#include "seen/seen.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define PLAYER_BYTES_MAX ((size_t)1 << 30)

void played_init(struct played *played)
{
    text_init(&played->histories, PLAYER_BYTES_MAX);
    text_init(&played->answers, PLAYER_BYTES_MAX);
    text_init(&played->events, PLAYER_BYTES_MAX);
    text_init(&played->problem, PLAYER_BYTES_MAX);
}

void played_deinit(struct played *played)
{
    text_deinit(&played->histories);
    text_deinit(&played->answers);
    text_deinit(&played->events);
    text_deinit(&played->problem);
}

void player_fail(struct player *player, const char *format, ...)
{
    struct text *problem = &player->out->problem;
    char text[1024];
    va_list arguments;

    if (player->failed)
        return;
    player->failed = true;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    text_printf(problem, "%.*s.txt:%d: %s\n", BYTES_FMT(player->script->name), player->line_number,
                text);
}

/* ---- variables and runs ---- */

void player_set_variable(struct player *player, struct bytes name, struct bytes value)
{
    struct variable *variable = arena_new(&player->arena, struct variable);

    *variable = (struct variable){ player->variables, name, arena_copy(&player->arena, value) };
    player->variables = variable;
}

const struct variable *player_find_variable(const struct player *player, struct bytes name)
{
    for (const struct variable *variable = player->variables; variable; variable = variable->next) {
        if (bytes_equal(variable->name, name))
            return variable;
    }
    return NULL;
}

static size_t name_length(struct bytes text)
{
    size_t len = 0;

    while (len < text.len &&
           (text.ptr[len] == '_' || (text.ptr[len] >= '0' && text.ptr[len] <= '9') ||
            (text.ptr[len] >= 'a' && text.ptr[len] <= 'z')))
        len++;
    return len;
}

/* Inside `permute` a name may be missing because its poll got no task in this order. */
static void miss(struct player *player, struct bytes name)
{
    if (!player->lenient)
        player_fail(player, "there is no $%.*s", BYTES_FMT(name));
}

bool player_substitute(struct player *player, struct bytes value, struct bytes *out)
{
    struct text text;
    bool found = true;

    text_init(&text, PLAYER_BYTES_MAX);
    while (value.len && found) {
        const char *dollar = memchr(value.ptr, '$', value.len);
        size_t before = dollar ? (size_t)(dollar - value.ptr) : value.len;
        const struct variable *variable;
        struct bytes name;

        text_append(&text, bytes_of(value.ptr, before));
        value = bytes_skip(value, before);
        if (value.len == 0)
            break;
        value = bytes_skip(value, 1);
        name = bytes_of(value.ptr, name_length(value));
        variable = player_find_variable(player, name);
        found = variable != NULL;
        if (found)
            text_append(&text, variable->value);
        else
            miss(player, name);
        value = bytes_skip(value, name.len);
    }
    *out = arena_copy(&player->arena, text.len ? text_bytes(&text) : BYTES(""));
    text_deinit(&text);
    return found;
}

const struct known_run *player_find_run(const struct player *player, struct bytes workflow_id)
{
    const struct known_run *found = NULL;

    for (const struct known_run *run = player->runs; run; run = run->next) {
        if (bytes_equal(run->workflow_id, workflow_id) &&
            (found == NULL || found->found || !run->found))
            found = run;
    }
    return found;
}

void player_note_run(struct player *player, const struct known_run *run)
{
    struct known_run *copy = arena_new(&player->arena, struct known_run);

    *copy = *run;
    copy->next = NULL;
    *player->last_run = copy;
    player->last_run = &copy->next;
}

/* ---- from words to members ---- */

static const struct pair *find_pair(const struct pairs *pairs, const char *key)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (bytes_equal_cstr(pairs->items[i].key, key))
            return &pairs->items[i];
    }
    return NULL;
}

/* `w1` names its newest run; `w1/RUN` is whole already. */
static struct bytes name_execution(struct player *player, const struct pairs *pairs,
                                   struct bytes value)
{
    const struct known_run *run = player_find_run(player, value);

    if ((run == NULL || run->found) && bytes_find_last(value, '/') == value.len) {
        census(player, find_pair(pairs, "domain")->value);
        run = player_find_run(player, value);
    }
    if (run == NULL)
        return value;
    return arena_printf(&player->arena, "%.*s/%.*s", BYTES_FMT(value), BYTES_FMT(run->run_id));
}

/* A word that fills a member by its place. A task token is named by its variable, unless in quotes.
 */
static bool set_position(struct player *player, struct pairs *pairs, const char *member,
                         const struct word *word)
{
    const char *split = strchr(member, '/');
    struct bytes value;
    size_t slash;

    if (strcmp(member, "taskToken") == 0 && !word->quoted) {
        const struct variable *variable = player_find_variable(player, word->text);

        if (variable == NULL) {
            miss(player, word->text);
            return false;
        }
        pairs_set(pairs, BYTES("taskToken"), variable->value);
        return true;
    }
    if (!player_substitute(player, word->text, &value))
        return false;
    if (strcmp(member, "execution") == 0)
        value = name_execution(player, pairs, value);
    if (split == NULL) {
        pairs_set(pairs, bytes_of_cstr(member), value);
        return true;
    }
    slash = bytes_find_last(value, '/');
    pairs_set(pairs, bytes_of(member, (size_t)(split - member)), bytes_of(value.ptr, slash));
    pairs_set(pairs, bytes_of_cstr(split + 1),
              bytes_skip(value, slash < value.len ? slash + 1 : slash));
    return true;
}

/* The words of a call or a decision: first by place, then by name. Stops at `;` and `->`; *taken
 * tells how many. */
static bool read_members(struct player *player, const char *const *positions,
                         const struct word *words, size_t count, struct pairs *pairs, size_t *taken)
{
    size_t place = 0, i = 0;

    for (; i < count && !word_is_arrow(&words[i]) && !word_is_semicolon(&words[i]); i++) {
        const struct word *word = &words[i];
        struct bytes left_out = word_left_out(word), value;

        if (!bytes_is_absent(left_out)) {
            pairs_drop(pairs, left_out);
        } else if (!bytes_is_absent(word->key)) {
            if (!player_substitute(player, word->value, &value))
                return false;
            pairs_set(pairs, word->key, value);
        } else if (place < POSITIONS_MAX && positions[place]) {
            if (!set_position(player, pairs, positions[place++], word))
                return false;
        } else {
            break;
        }
    }
    *taken = i;
    return true;
}

static bool write_members(struct player *player, struct text *out, const struct shape *shape,
                          const struct pairs *pairs)
{
    const char *problem = body_write(out, shape, pairs);

    if (problem)
        player_fail(player, "%s", problem);
    return problem == NULL;
}

/* ---- decisions ---- */

/* One decision: its word and what follows; *taken tells how many words it had. */
static bool write_decision(struct player *player, struct text *out, const struct word *words,
                           size_t count, size_t *taken)
{
    const struct decision_word *decision = decision_word_find(&words[0]);
    const struct member *member;
    struct pairs pairs = { 0 };

    if (decision == NULL) {
        player_fail(player, "\"%.*s\" is no decision", BYTES_FMT(words[0].text));
        return false;
    }
    defaults_add(&pairs, decision->defaults);
    if (!read_members(player, decision->positions, words + 1, count - 1, &pairs, taken))
        return false;
    ++*taken;
    member = decision_members[decision->type];
    text_printf(out, "%s{\"decisionType\":\"%s\",\"%s\":{", out->len ? "," : "",
                decision_type_names[decision->type], member->name);
    if (!write_members(player, out, member->shape, &pairs))
        return false;
    text_append_cstr(out, "}}");
    return true;
}

/* `repeat 3 ...`: *times. What is repeated finds its number in $n. False when it is no such thing.
 */
static bool read_repeat(const struct word *words, size_t count, unsigned long long *times)
{
    return count > 2 && word_is(&words[0], "repeat") && bytes_parse_u64(words[1].text, times);
}

static void set_number(struct player *player, unsigned long long n)
{
    player_set_variable(player, BYTES("n"), arena_printf(&player->arena, "%llu", n));
}

/* A decision, or as many as `repeat` says. */
static bool write_repeated(struct player *player, struct text *out, const struct word *words,
                           size_t count, size_t *taken)
{
    unsigned long long times;

    if (!read_repeat(words, count, &times))
        return write_decision(player, out, words, count, taken);
    for (unsigned long long n = 1; n <= times; n++) {
        set_number(player, n);
        if (!write_decision(player, out, words + 2, count - 2, taken))
            return false;
    }
    *taken += 2;
    return true;
}

/* The decisions of a line, divided by `;`. */
static bool write_decisions(struct player *player, struct text *out, const struct word *words,
                            size_t count)
{
    size_t taken;

    while (count && !word_is_arrow(&words[0])) {
        if (word_is_semicolon(&words[0])) {
            words++, count--;
            continue;
        }
        if (!write_repeated(player, out, words, count, &taken))
            return false;
        words += taken;
        count -= taken;
    }
    return true;
}

/* ---- calls ---- */

struct ask *player_call(struct player *player, enum operation operation, struct bytes members)
{
    struct ask *ask = arena_new(&player->arena, struct ask);
    char *body = arena_alloc(&player->arena, members.len + 2 + JSON_PADDING);

    body[0] = '{';
    if (members.len)
        memcpy(body + 1, members.ptr, members.len);
    body[members.len + 1] = '}';
    *ask = (struct ask){ .operation = operation, .body = bytes_of(body, members.len + 2) };
    text_init(&ask->reply, REPLY_BYTES_MAX);
    *player->last_ask = ask;
    player->last_ask = &ask->next;
    player->session->backend->submit(player->session, ask);
    if (player->session->problem)
        player_fail(player, "%s", player->session->problem);
    return ask;
}

/* A line that is a call, put together: members, and where its `->` is. */
struct prepared {
    const struct verb *verb;
    struct pairs pairs;
    struct text members;
    size_t arrow; /* index of the `->`, or the count of words */
};

static size_t find_arrow(const struct line *line)
{
    size_t i = 0;

    while (i < line->count && !word_is_arrow(&line->words[i]))
        i++;
    return i;
}

static bool prepare_decisions(struct player *player, const struct line *line, size_t first,
                              const struct instruction *instruction, struct prepared *prepared)
{
    struct text decisions;
    bool fine;

    text_init(&decisions, PLAYER_BYTES_MAX);
    fine = write_decisions(player, &decisions, line->words + first, line->count - first);
    for (size_t i = 0; fine && instruction && i < instruction->block_count; i++) {
        player->line_number = instruction->block[i].number;
        fine = write_decisions(player, &decisions, instruction->block[i].words,
                               instruction->block[i].count);
    }
    if (decisions.len)
        text_printf(&prepared->members, ",\"decisions\":[%.*s]", BYTES_FMT(text_bytes(&decisions)));
    text_deinit(&decisions);
    return fine;
}

static bool prepare(struct player *player, const struct line *line,
                    const struct instruction *instruction, struct prepared *prepared)
{
    const struct verb *verb = prepared->verb;
    size_t first = verb->object ? 2 : 1, taken;

    defaults_add(&prepared->pairs, verb->defaults);
    if (!read_members(player, verb->positions, line->words + first, line->count - first,
                      &prepared->pairs, &taken) ||
        !write_members(player, &prepared->members, operation_shapes[verb->operation].input,
                       &prepared->pairs))
        return false;
    if (verb->operation == OPERATION_RESPOND_DECISION_TASK_COMPLETED)
        return prepare_decisions(player, line, first + taken, instruction, prepared);
    if (first + taken < prepared->arrow) {
        player_fail(player, "what is \"%.*s\"?", BYTES_FMT(line->words[first + taken].text));
        return false;
    }
    return true;
}

/* A run that was started is one whose history will be read in the end. */
static void note_start(struct player *player, const struct ask *ask, const struct pairs *pairs)
{
    struct json_value root, run_id;
    struct json_cursor cursor;
    struct bytes name;

    if (!ask->ok || !json_parse(player->json, text_bytes(&ask->reply), &root))
        return;
    cursor = json_walk(root);
    if (!json_next_member(&cursor, &name, &run_id))
        return;
    player_note_run(player, &(struct known_run){
                                .domain = find_pair(pairs, "domain")->value,
                                .workflow_id = find_pair(pairs, "workflowId")->value,
                                .run_id = arena_copy(&player->arena, json_string(run_id)),
                            });
}

/* `-> parked NAME`: it must wait, and is found by that name later. */
static void keep_waiting(struct player *player, struct ask *ask, struct bytes name)
{
    struct waiting_poll *poll = arena_new(&player->arena, struct waiting_poll);

    if (ask->answered)
        player_fail(player, "the poll does not wait: %.*s", BYTES_FMT(text_bytes(&ask->reply)));
    if (!player_substitute(player, name, &name))
        return;
    *poll = (struct waiting_poll){ player->waiting, name, ask };
    player->waiting = poll;
}

static void judge(struct player *player, const struct line *line,
                  const struct instruction *instruction, struct ask *ask, size_t arrow)
{
    const struct word *words = line->words + arrow + 1;
    size_t count = arrow < line->count ? line->count - arrow - 1 : 0;

    player->line_number = line->number;
    if (count == 2 && word_is(&words[0], "parked"))
        keep_waiting(player, ask, words[1].text);
    else if (count)
        expect_answer(player, ask, words, count);
    else if (!player->lenient)
        expect_no_fault(player, ask);
    if (instruction == NULL || instruction->block_count == 0)
        return;
    if (ask->operation == OPERATION_GET_WORKFLOW_EXECUTION_HISTORY)
        expect_events(player, ask, instruction->block, instruction->block_count);
    else if (ask->operation != OPERATION_RESPOND_DECISION_TASK_COMPLETED)
        expect_items(player, ask, instruction->block, instruction->block_count);
}

/* Gives the call to the backend; NULL when it fails, or is left out. */
static struct ask *submit(struct player *player, const struct line *line,
                          const struct instruction *instruction, struct prepared *prepared)
{
    prepared->arrow = find_arrow(line);
    text_init(&prepared->members, PLAYER_BYTES_MAX);
    if (!prepare(player, line, instruction, prepared))
        return NULL;
    return player_call(player, prepared->verb->operation, text_bytes(&prepared->members));
}

static void finish(struct player *player, const struct line *line,
                   const struct instruction *instruction, struct ask *ask,
                   struct prepared *prepared)
{
    if (ask && prepared->verb->operation == OPERATION_START_WORKFLOW_EXECUTION)
        note_start(player, ask, &prepared->pairs);
    if (ask)
        judge(player, line, instruction, ask, prepared->arrow);
    text_deinit(&prepared->members);
}

static void do_call(struct player *player, const struct line *line,
                    const struct instruction *instruction, const struct verb *verb)
{
    struct prepared prepared = { .verb = verb };
    struct ask *ask = submit(player, line, instruction, &prepared);

    finish(player, line, instruction, ask, &prepared);
}

/* ---- everything but calls ---- */

/* `register` alone: the domain, workflow type and activity type that most scripts need. */
static void do_register(struct player *player)
{
    static struct word words[] = {
        { .text = BYTES("register") },
        { .text = BYTES("") },
        { .text = BYTES("") },
    };
    static const struct {
        struct bytes object, name;
    } wanted[] = {
        { BYTES("domain"), BYTES("d") },
        { BYTES("workflow"), BYTES("order/1") },
        { BYTES("activity"), BYTES("ship/1") },
    };

    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]) && !player->failed; i++) {
        struct line line = { player->line_number, words, 3 };

        words[1].text = wanted[i].object;
        words[2].text = wanted[i].name;
        do_call(player, &line, NULL, verb_find(&line));
    }
}

static void do_advance(struct player *player, const struct line *line)
{
    struct duration by;

    if (line->count != 2 || !duration_parse(line->words[1].text, &by)) {
        player_fail(player, "advance by how much?");
        return;
    }
    manual_world_advance(&player->session->world, by);
    if (!player->session->held)
        player->session->backend->settle(player->session);
}

static struct waiting_poll *find_waiting(struct player *player, const struct line *line)
{
    struct waiting_poll *poll = player->waiting;

    while (poll && (line->count < 2 || !bytes_equal(poll->name, line->words[1].text)))
        poll = poll->next;
    if (poll == NULL)
        player_fail(player, "no poll of that name was parked");
    return poll;
}

/* `answer p1 -> ...`: what a parked poll has got, or `waiting`. */
static void do_answer(struct player *player, const struct line *line)
{
    const struct waiting_poll *poll = find_waiting(player, line);
    size_t arrow = find_arrow(line);

    if (poll == NULL)
        return;
    if (arrow + 2 == line->count && word_is(&line->words[arrow + 1], "waiting")) {
        if (poll->ask->answered)
            player_fail(player, "it waits no more: %.*s", BYTES_FMT(text_bytes(&poll->ask->reply)));
        return;
    }
    judge(player, line, NULL, poll->ask, arrow);
}

static void do_hang_up(struct player *player, const struct line *line)
{
    const struct waiting_poll *poll = find_waiting(player, line);

    if (poll == NULL)
        return;
    if (poll->ask->answered) {
        player_fail(player, "it waits no more: %.*s", BYTES_FMT(text_bytes(&poll->ask->reply)));
        return;
    }
    poll->ask->left = true;
    player->session->backend->hang_up(player->session, poll->ask);
}

/* `leave worker`: every worker whose poll waits goes away. */
static void do_leave(struct player *player, const struct line *line)
{
    enum operation operation = line->count == 2 && word_is(&line->words[1], "worker")
                                   ? OPERATION_POLL_FOR_ACTIVITY_TASK
                                   : OPERATION_POLL_FOR_DECISION_TASK;

    for (struct ask *ask = player->asks; ask; ask = ask->next) {
        if (ask->operation != operation || ask->answered || ask->left)
            continue;
        ask->left = true;
        player->session->backend->hang_up(player->session, ask);
    }
}

/* `restart`, or `restart 1h`: so long it is not there. */
static void do_restart(struct player *player, const struct line *line)
{
    struct duration down = { 0 };

    if (line->count > 1 && !duration_parse(line->words[1].text, &down))
        player_fail(player, "restart after how long?");
    else if (player->session->backend->can_restart)
        player->session->backend->restart(player->session, down);
    else
        player_fail(player, "this backend cannot restart: the script must say so");
}

static void do_deny(struct player *player, const struct line *line, bool denied)
{
    if (!player->session->backend->can_deny)
        player_fail(player, "this backend permits everything: the script must say so");
    for (int type = 1; line->count == 2 && type <= DECISION_TYPE_COUNT; type++) {
        if (word_is(&line->words[1], decision_type_names[type])) {
            player->session->denied[type] = denied;
            return;
        }
    }
    player_fail(player, "no such decision");
}

/* `lambda-called f 2 [payload]`: so often since the beginning, restarts or not. */
static void do_lambda_called(struct player *player, const struct line *line)
{
    struct bytes payload = BYTES("");
    unsigned long long wanted;
    size_t count;

    if (line->count < 3 || !bytes_parse_u64(line->words[2].text, &wanted)) {
        player_fail(player, "lambda-called which function, how often?");
        return;
    }
    count = scripted_lambda_count(&player->session->lambda, line->words[1].text, &payload);
    if (count != wanted)
        player_fail(player, "it was called %zu times", count);
    else if (line->count > 3 && !bytes_equal(payload, line->words[3].text))
        player_fail(player, "it was given %.*s", BYTES_FMT(payload));
}

/* `lambda-answers f ANSWER`, `lambda-fails f REASON ANSWER`, ...: what comes of its oldest call. */
static void do_lambda(struct player *player, const struct line *line)
{
    static const struct {
        const char *word;
        enum lambda_outcome outcome;
        size_t words; /* reason and answer, or less */
    } endings[] = {
        { "lambda-answers", LAMBDA_RETURNED, 1 },
        { "lambda-fails", LAMBDA_RAISED, 2 },
        { "lambda-refuses", LAMBDA_REFUSED, 2 },
        { "lambda-loses", LAMBDA_NO_ANSWER, 0 },
    };
    size_t i = 0;

    while (i < 4 &&
           (!word_is(&line->words[0], endings[i].word) || line->count != 2 + endings[i].words))
        i++;
    if (i == 4)
        player_fail(player, "which function, and what comes of it?");
    else if (scripted_lambda_answer(
                 &player->session->lambda, line->words[1].text, endings[i].outcome,
                 endings[i].words == 2 ? line->words[2].text : BYTES_ABSENT,
                 endings[i].words ? line->words[line->count - 1].text : BYTES_ABSENT))
        player->session->backend->settle(player->session);
    else
        player_fail(player, "no call of that function is under way");
}

/* `rate DECISION N`: so many of them can one list make. */
static void do_rate(struct player *player, const struct line *line)
{
    struct session *session = player->session;
    unsigned long long count;

    if (!session->backend->can_deny)
        player_fail(player, "this backend has rates of its own: the script must say so");
    for (int type = 0; !session->rates_given && type <= DECISION_TYPE_COUNT; type++)
        session->rate_tokens[type] = UINT32_MAX;
    session->rates_given = true;
    for (int type = 1; line->count == 3 && type <= DECISION_TYPE_COUNT; type++) {
        if (word_is(&line->words[1], decision_type_names[type]) &&
            bytes_parse_u64(line->words[2].text, &count)) {
            session->rate_tokens[type] = (uint32_t)count;
            return;
        }
    }
    player_fail(player, "which decision, and how many?");
}

/* ---- turns ---- */

static void do_hold(struct player *player)
{
    player->session->held = player->session->backend->can_gather;
}

void player_release(struct player *player)
{
    player->session->held = false;
    player->session->backend->settle(player->session);
}

static void do_turn(struct player *player)
{
    if (!player->session->held && player->session->backend->can_gather)
        player_fail(player, "nothing is held");
    player->session->backend->settle(player->session);
}

/* The calls below it are taken by one turn, and answered by it. */
static void do_together(struct player *player, const struct instruction *instruction)
{
    struct session *session = player->session;
    size_t count = instruction->block_count;
    struct prepared *prepared = arena_array(&player->arena, struct prepared, count);
    struct ask **asks = arena_array(&player->arena, struct ask *, count);

    if (!session->backend->can_gather)
        player_fail(player, "this backend cannot gather calls: the script must say so");
    session->gathering = true;
    for (size_t i = 0; i < count && !player->failed; i++) {
        const struct line *line = &instruction->block[i];

        player->line_number = line->number;
        prepared[i] = (struct prepared){ .verb = verb_find(line) };
        if (prepared[i].verb)
            asks[i] = submit(player, line, NULL, &prepared[i]);
        else
            player_fail(player, "only calls can be taken together");
    }
    session->gathering = false;
    session->backend->settle(session);
    for (size_t i = 0; i < count && !player->failed; i++)
        finish(player, &instruction->block[i], NULL, asks[i], &prepared[i]);
}

static void do_line(struct player *player, const struct line *line,
                    const struct instruction *instruction);

static void do_repeat(struct player *player, const struct line *line,
                      const struct instruction *instruction)
{
    struct line repeated = { line->number, line->words + 2, line->count - 2 };
    unsigned long long times;

    if (!read_repeat(line->words, line->count, &times))
        player_fail(player, "repeat what, how often?");
    for (unsigned long long n = 1; !player->failed && n <= times; n++) {
        set_number(player, n);
        do_line(player, &repeated, instruction);
    }
}

static void do_permute(struct player *player, const struct instruction *instruction)
{
    bool before = player->lenient;

    if (instruction->block_count != permuted_lines(player->script))
        player_fail(player, "a script may have one permute only");
    player->lenient = true;
    for (size_t i = 0; i < instruction->block_count && !player->failed; i++)
        do_line(player, &instruction->block[player->order[i]], NULL);
    player->lenient = before;
}

static void do_line(struct player *player, const struct line *line,
                    const struct instruction *instruction)
{
    const struct word *word = &line->words[0];
    const struct verb *verb = verb_find(line);

    player->line_number = line->number;
    if (verb)
        do_call(player, line, instruction, verb);
    else if (word_is(word, "register") && line->count == 1)
        do_register(player);
    else if (word_is(word, "advance"))
        do_advance(player, line);
    else if (word_is(word, "answer"))
        do_answer(player, line);
    else if (word_is(word, "hangup"))
        do_hang_up(player, line);
    else if (word_is(word, "leave"))
        do_leave(player, line);
    else if (word_is(word, "restart"))
        do_restart(player, line);
    else if (word_is(word, "deny") || word_is(word, "permit"))
        do_deny(player, line, word_is(word, "deny"));
    else if (word_is(word, "lambda-called"))
        do_lambda_called(player, line);
    else if (bytes_starts_with(word->text, BYTES("lambda-")))
        do_lambda(player, line);
    else if (word_is(word, "repeat"))
        do_repeat(player, line, instruction);
    else if (word_is(word, "rate"))
        do_rate(player, line);
    else if (word_is(word, "hold"))
        do_hold(player);
    else if (word_is(word, "go"))
        player_release(player);
    else if (word_is(word, "turn"))
        do_turn(player);
    else if (word_is(word, "together") && instruction)
        do_together(player, instruction);
    else if (word_is(word, "lenient"))
        player->lenient = true;
    else if (word_is(word, "permute") && instruction)
        do_permute(player, instruction);
    else
        player_fail(player, "\"%.*s\" is no verb", BYTES_FMT(word->text));
    if (player->session->problem)
        player_fail(player, "%s", player->session->problem);
}

/* ---- all of it ---- */

size_t permuted_lines(const struct script *script)
{
    for (size_t i = 0; i < script->instruction_count; i++) {
        if (word_is(&script->instructions[i].line.words[0], "permute"))
            return script->instructions[i].block_count;
    }
    return 0;
}

static void keep_answers(struct player *player)
{
    for (const struct ask *ask = player->asks; ask; ask = ask->next) {
        text_printf(&player->out->answers, "%s ", operation_names[ask->operation]);
        if (ask->answered)
            text_append(&player->out->answers, text_bytes(&ask->reply));
        text_append_char(&player->out->answers, '\n');
    }
}

static void note_answers(const struct player *player)
{
    for (const struct ask *ask = player->asks; ask; ask = ask->next) {
        if (ask->answered)
            seen_exchange(bytes_of_cstr(operation_names[ask->operation]), ask->body, ask->ok,
                          text_bytes(&ask->reply));
    }
}

static void end(struct player *player)
{
    player->session->backend->close(player->session);
    for (struct ask *ask = player->asks; ask; ask = ask->next)
        text_deinit(&ask->reply);
    json_reader_free(player->json);
    arena_deinit(&player->arena);
}

bool play(const struct script *script, const struct options *options, const struct backend *backend,
          const size_t *order, struct played *out)
{
    struct player player = { .script = script, .order = order, .out = out };

    arena_init(&player.arena, "player", PLAYER_BYTES_MAX);
    player.json = json_reader_new();
    player.last_ask = &player.asks;
    player.last_run = &player.runs;
    player.session = backend->open(options);
    for (size_t i = 0; i < script->instruction_count && !player.failed; i++) {
        if (!options_own(&script->instructions[i]))
            do_line(&player, &script->instructions[i].line, &script->instructions[i]);
    }
    aftermath(&player);
    keep_answers(&player);
    note_answers(&player);
    end(&player);
    return !player.failed;
}
