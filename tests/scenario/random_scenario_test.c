/*
 * Stories that nobody would tell: scripts made by chance, through several backends. Nothing is
 * foretold; what is true of every history must be true, and all backends must have done the same.
 *
 * Worker's polls do not wait: which of two lists is served first, when one transaction fills both,
 * is nobody's promise. Scripts with messages have no heartbeats: an interruption sets their clocks
 * back.
 *
 * A seed is a script: `random_scenario_test 7` plays that one, `random_scenario_test 7 70` so many.
 */
#include "runner.h"

#include "base/log.h"
#include "base/random.h"
#include <stdio.h>
#include <stdlib.h>

#define SCRIPT_BYTES_MAX ((size_t)1 << 20)
#define LINES 120
#define SEEDS 60
#define RESTARTED_SEEDS 10

/* What a script is about, besides what all are about. */
enum genre {
    GENRE_PLAIN,
    GENRE_RESTARTS,
    GENRE_MESSAGES, /* children, messages to others, continued runs; no heartbeats */
};

struct author {
    struct random_sequence chance;
    struct text text;
    enum genre genre;
    bool held; /* the server moves a turn at a time */
};

static unsigned below(struct author *author, unsigned bound)
{
    return (unsigned)random_below(&author->chance, bound);
}

static const char *pick(struct author *author, const char *const *words, unsigned count)
{
    return words[below(author, count)];
}

#define PICK(author, ...)                                \
    pick((author), (const char *const[]){ __VA_ARGS__ }, \
         sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static void write_timeouts(struct author *author)
{
    static const char *const names[] = { "scheduleToStartTimeout", "scheduleToCloseTimeout",
                                         "startToCloseTimeout", "heartbeatTimeout" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (below(author, 3) == 0 && (author->genre != GENRE_MESSAGES || i < 3))
            text_printf(&author->text, " %s=%s", names[i],
                        PICK(author, "0", "1", "5", "10", "NONE"));
    }
}

/* Children take the ids of orders, too. */
static void write_target(struct author *author)
{
    if (below(author, 3))
        text_printf(&author->text, " child-%u", below(author, 4));
    else
        text_printf(&author->text, " order-%u", below(author, 3));
}

static void write_child(struct author *author)
{
    text_append_cstr(&author->text, " child");
    write_target(author);
    if (below(author, 8) == 0)
        text_printf(&author->text, " workflowType=%s", PICK(author, "none/1", "bare/1", "old/1"));
    if (below(author, 2))
        text_printf(&author->text, " childPolicy=%s",
                    PICK(author, "TERMINATE", "REQUEST_CANCEL", "ABANDON"));
    if (below(author, 3) == 0)
        text_printf(&author->text, " executionStartToCloseTimeout=%s",
                    PICK(author, "0", "30", "200"));
    if (below(author, 3) == 0)
        text_printf(&author->text, " taskPriority=%s input=%u", PICK(author, "-5", "7"),
                    below(author, 100));
}

static void write_message(struct author *author)
{
    bool is_signal = below(author, 3) != 0;

    text_append_cstr(&author->text, is_signal ? " signal" : " request-cancel");
    write_target(author);
    if (is_signal)
        text_printf(&author->text, " s%u", below(author, 100));
    if (below(author, 4) == 0)
        text_printf(&author->text, " runId=$r%u control=k", below(author, 3));
}

static void write_decision(struct author *author)
{
    struct text *text = &author->text;

    if (author->genre == GENRE_MESSAGES && below(author, 2)) {
        if (below(author, 2))
            write_child(author);
        else
            write_message(author);
        return;
    }
    switch (below(author, 8)) {
    case 0:
    case 1:
    case 2:
        text_printf(text, " schedule a%u taskPriority=%s", below(author, 4),
                    PICK(author, "-1", "0", "2"));
        write_timeouts(author);
        break;
    case 3:
        text_printf(text, " cancel-activity a%u", below(author, 4));
        break;
    case 4:
    case 5:
        text_printf(text, " timer t%u %s", below(author, 3),
                    PICK(author, "0", "1", "5", "10", "30"));
        break;
    case 6:
        text_printf(text, " cancel-timer t%u", below(author, 3));
        break;
    default:
        text_printf(text, " marker m details=\"%u\"", below(author, 1000));
        break;
    }
}

static void write_completion(struct author *author, unsigned task)
{
    struct text *text = &author->text;

    text_printf(text, "decide d%u", task);
    if (below(author, 6) == 0 && author->genre != GENRE_MESSAGES)
        text_printf(text, " taskList=%s", PICK(author, "host", "deciders"));
    else if (below(author, 6) == 0)
        text_printf(text, " taskList=host taskListScheduleToStartTimeout=%s",
                    PICK(author, "0", "3", "20"));
    if (below(author, 4) == 0)
        text_printf(text, " executionContext=%u", below(author, 100));
    for (unsigned i = below(author, 5); i > 0; i--) {
        write_decision(author);
        text_append_cstr(text, ";");
    }
    if (author->genre == GENRE_MESSAGES && below(author, 5) == 0)
        text_printf(text, " continue-as-new %s",
                    PICK(author, "input=i", "childPolicy=ABANDON", "taskPriority=3",
                         "executionStartToCloseTimeout=40", "workflowTypeVersion=2"));
    else if (below(author, 8) == 0)
        text_printf(text, " %s",
                    PICK(author, "complete result=r", "fail reason=r", "cancel", "complete"));
}

static void write_start(struct author *author)
{
    text_printf(&author->text, "start order-%u", below(author, 3));
    if (author->genre == GENRE_MESSAGES && below(author, 2))
        text_printf(&author->text, " childPolicy=%s",
                    PICK(author, "TERMINATE", "REQUEST_CANCEL", "ABANDON"));
    if (below(author, author->genre == GENRE_MESSAGES ? 4 : 2) == 0)
        text_printf(&author->text, " taskStartToCloseTimeout=%s",
                    PICK(author, "0", "5", "20", "NONE"));
    if (below(author, author->genre == GENRE_MESSAGES ? 4 : 2) == 0)
        text_printf(&author->text, " executionStartToCloseTimeout=%s",
                    PICK(author, "0", "30", "100", "1000"));
    if (below(author, 2))
        text_printf(&author->text, " taskPriority=%s", PICK(author, "-5", "0", "7"));
    if (author->genre == GENRE_MESSAGES)
        text_printf(&author->text, " -> runId=?r%u", below(author, 3));
}

static void write_poll(struct author *author)
{
    if (below(author, 2))
        text_printf(&author->text, "poll decider taskList=%s -> task d%u",
                    PICK(author, "deciders", "deciders", "deciders", "host"), below(author, 3));
    else
        text_printf(&author->text, "poll worker -> task w%u\nleave worker", below(author, 4));
}

static void write_worker(struct author *author)
{
    text_printf(&author->text, "%s w%u",
                PICK(author, "complete", "complete result=r", "fail", "fail details=x", "canceled",
                     "heartbeat", "heartbeat details=x"),
                below(author, 4));
}

static void write_client(struct author *author)
{
    bool child = author->genre == GENRE_MESSAGES && below(author, 2);
    const char *who = child ? PICK(author, "child-0", "child-1", "child-2", "child-3")
                            : PICK(author, "order-0", "order-1", "order-2");

    if (below(author, 12) == 0)
        text_printf(&author->text, "terminate %s%s", who,
                    below(author, 3) ? "" : " childPolicy=ABANDON");
    else if (below(author, 4) == 0)
        text_printf(&author->text, "cancel %s", who);
    else
        text_printf(&author->text, "signal %s s", who);
}

static void write_time(struct author *author)
{
    const char *by = PICK(author, "1ms", "999ms", "1s", "2s", "5s", "5s", "10s", "60s");

    text_printf(
        &author->text,
        author->genre == GENRE_RESTARTS && below(author, 4) == 0 ? "restart %s" : "advance %s", by);
}

/* A decider that answers at once. */
static void write_round(struct author *author)
{
    unsigned task = below(author, 3);

    text_printf(&author->text, "poll decider -> task d%u\nleave decider\n", task);
    write_completion(author, task);
}

static void write_late_completion(struct author *author)
{
    write_completion(author, below(author, 3));
}

static void write_turn(struct author *author)
{
    if (author->held && below(author, 3)) {
        text_append_cstr(&author->text, "turn");
        return;
    }
    author->held = !author->held;
    text_append_cstr(&author->text, author->held ? "hold" : "go");
}

typedef void write_fn(struct author *author);

static void write_line(struct author *author)
{
    static write_fn *const writers[] = {
        write_start,
        write_poll,
        write_poll,
        write_poll,
        write_poll,
        write_time,
        write_late_completion,
        write_late_completion,
        write_late_completion,
        write_worker,
        write_worker,
        write_client,
    };
    static write_fn *const senders[] = {
        write_start, write_start,  write_round, write_round,  write_round,
        write_round, write_round,  write_poll,  write_client, write_late_completion,
        write_time,  write_worker, write_turn,  write_turn,
    };

    if (author->genre == GENRE_MESSAGES)
        senders[below(author, sizeof(senders) / sizeof(senders[0]))](author);
    else
        writers[below(author, sizeof(writers) / sizeof(writers[0]))](author);
    text_append_char(&author->text, '\n');
}

static void write_script(uint64_t seed, enum genre genre, struct script *out)
{
    static const char *const names[] = { "", " with restarts", " with messages" };
    struct author author = { .chance = { seed }, .genre = genre };
    char name[64];

    text_init(&author.text, SCRIPT_BYTES_MAX);
    text_append_cstr(&author.text,
                     "option pollersPerList=4 openActivities=3 openTimers=2 historyEvents=120\n"
                     "option openChildren=3 openExecutions=9\n"
                     "register\nlenient\n");
    if (genre == GENRE_MESSAGES)
        text_append_cstr(&author.text, "register workflow bare/1 -defaultChildPolicy\n"
                                       "register workflow old/1\ndeprecate workflow old/1\n"
                                       "register workflow order/2 defaultChildPolicy=ABANDON\n");
    for (int i = 0; i < LINES; i++)
        write_line(&author);
    snprintf(name, sizeof(name), "seed %llu%s", (unsigned long long)seed, names[genre]);
    script_parse(bytes_of_cstr(name), text_bytes(&author.text), out);
    text_deinit(&author.text);
}

static void play_seed(uint64_t seed, enum genre genre, const struct runner_config *config,
                      unsigned *passed, unsigned *failed)
{
    struct script script;

    write_script(seed, genre, &script);
    runner_play(config, &script, passed, failed);
    script_deinit(&script);
}

int main(int argc, char **argv)
{
    static const struct backend *const plain[] = { &backend_engine, &backend_memory,
                                                   &backend_asleep };
    static const struct backend *const stored[] = { &backend_memory, &backend_rocks };
    static const struct backend *const killed[] = { &backend_engine, &backend_memory,
                                                    &backend_interrupted, &backend_asleep,
                                                    &backend_asleep_interrupted };
    static const struct runner_config config = { plain, 3, 0 }, with_restarts = { stored, 2, 0 },
                                      with_messages = { killed, 5, 0 };
    unsigned passed = 0, failed = 0;
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t last = argc > 2 ? strtoull(argv[2], NULL, 10) : argc > 1 ? first : SEEDS;

    log_set_level(LOG_ERROR);
    unsetenv("WEIR_SEEN"); /* what is seen by chance shows nothing for good */
    for (uint64_t seed = first; seed <= last; seed++) {
        play_seed(seed, GENRE_PLAIN, &config, &passed, &failed);
        play_seed(seed, GENRE_MESSAGES, &with_messages, &passed, &failed);
        if (seed <= RESTARTED_SEEDS || argc > 1)
            play_seed(seed, GENRE_RESTARTS, &with_restarts, &passed, &failed);
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
