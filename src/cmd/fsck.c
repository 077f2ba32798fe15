/*
 * weir fsck - looks at a store that no server uses, and says what is wrong with it.
 */
#include "fsck/fsck.h"
#include "base/log.h"
#include "cmd/command.h"
#include "store/rocks/folder.h"
#include "store/rocks/rocks.h"
#include <inttypes.h>
#include <stdio.h>

enum fsck_setting { FSCK_REPAIR, FSCK_SETTING_COUNT };

static const struct setting fsck_settings[FSCK_SETTING_COUNT] = {
    [FSCK_REPAIR] = { "repair", NULL, .type = SETTING_BOOLEAN, .fallback = "false",
                      .help = "Writes anew what follows from what is sound: summaries and rows of "
                              "closed runs, the list of open runs, names that stand elsewhere "
                              "too; removes rows and heartbeats of nothing." },
};

/* What it ends with: who asks in a script must not take "I could not look" for "it is damaged". */
enum { SOUND = EXIT_DONE, DAMAGED = EXIT_FAILED, NO_ANSWER = EXIT_USAGE };

static void print_line(void *context, struct bytes line)
{
    (void)context;
    printf("%.*s\n", BYTES_FMT(line));
}

static void print_sum(const struct fsck_sum *sum)
{
    printf("%" PRIu64 " runs, %" PRIu64 " of them open, with %" PRIu64 " events and %" PRIu64
           " rows; %" PRIu64 " records of the registry, %" PRIu64 " messages, %" PRIu64
           " heartbeats, %" PRIu64 " turn records\n",
           sum->runs, sum->open_runs, sum->events, sum->rows, sum->registry, sum->messages,
           sum->heartbeats, sum->turns);
    if (sum->found == 0)
        printf("all is as it ought to be\n");
    else if (sum->mended > 0)
        printf("%" PRIu64 " found, %" PRIu64 " of them mended\n", sum->found, sum->mended);
    else
        printf("%" PRIu64 " found; --repair can mend %" PRIu64 " of them\n", sum->found,
               sum->mendable);
}

static void print_problem(enum err err)
{
    fprintf(stderr, "weir fsck: %s: %s\n",
            err == ERR_NEWER ? "the store cannot be judged"
                             : "what was mended could not be written",
            err_text(err));
}

static int look(struct kv *kv, bool repair)
{
    const struct fsck_options options = { .repair = repair, .say = print_line };
    struct fsck_sum sum = { 0 };
    enum err err;

    log_set_level(LOG_ERROR);
    err = fsck(kv, &options, &sum);
    kv->functions->close(kv);
    if (err != ERR_NEWER)
        print_sum(&sum);
    if (err)
        print_problem(err);
    if (err || fflush(stdout) != 0)
        return NO_ANSWER;
    return sum.found == sum.mended ? SOUND : DAMAGED;
}

static enum exit_status run(const struct settings *settings)
{
    const char *path = settings_word(settings, 0);
    bool repair = settings_is_on(settings, FSCK_REPAIR);
    struct kv *kv;
    enum err err = folder_look(path);

    if (!err)
        err = repair ? kv_rocks_open(path, &kv) : kv_rocks_open_to_read(path, &kv);
    if (err) {
        fprintf(stderr, "weir fsck: %s: cannot be opened: %s\n", path, err_text(err));
        return (enum exit_status)(err == ERR_CORRUPT ? DAMAGED : NO_ANSWER);
    }
    return (enum exit_status)look(kv, repair);
}

const struct command command_fsck = {
    .name = "fsck",
    .summary = "check the folder of a store, and repair what can be",
    .description =
        "Reads every key and every value of the store in DIR, which no server may use meanwhile, and checks them: "
        "each checksum; each history, that it is whole and obeys the rules of SWF; each closed run's summary against "
        "its history, and the rows by which it is found against that; the turn records and the list of open runs "
        "against the histories; heartbeats, the registry, messages. What is wrong is a line each.\n\n"
        "Without --repair nothing is changed. With it, what follows from the rest is written anew. Events, the "
        "registry, messages and the record of what was committed follow from nothing: where they are damaged it says "
        "so and leaves them. Where the database itself cannot be read to the end nothing is repaired at all. Keep a "
        "copy of the folder.",
    .closing = "EXIT STATUS\n"
               "    0  all is as it ought to be, or was mended\n"
               "    1  something is not; the lines say what\n"
               "    2  asked wrongly, or it could not look; stderr says why\n\n"
               "EXAMPLES\n"
               "    weir fsck /var/lib/weir\n"
               "    weir fsck /var/lib/weir --repair\n",
    .settings = fsck_settings,
    .setting_count = FSCK_SETTING_COUNT,
    .words = { "DIR" },
    .run = run,
};
