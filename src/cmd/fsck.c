/*
 * weir fsck - looks at a store that no server uses, and says what is wrong with it.
 */
#include "fsck/folder.h"
#include "base/log.h"
#include "base/random.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "store/store.h"
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

enum fsck_setting { FSCK_REPAIR, FSCK_NEW_KEY, FSCK_SETTING_COUNT };

static const struct setting fsck_settings[FSCK_SETTING_COUNT] = {
    [FSCK_REPAIR] = { "repair", NULL, .type = SETTING_BOOLEAN, .fallback = "false",
                      .help = "Writes anew what follows from what is sound: summaries and rows of "
                              "closed runs, the list of open runs, names that stand elsewhere "
                              "too; removes rows and heartbeats of nothing." },
    [FSCK_NEW_KEY] = { "new-key", NULL, .type = SETTING_BOOLEAN, .fallback = "false",
                       .help = "With --repair: makes a new key for tokens, so that those given out "
                               "so far open nothing. For a folder that was put back from a copy: "
                               "the numbers in its tokens are given out again." },
};

/* The exit statuses: a script can tell "it is damaged" from "it could not be looked at". */
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

/* The store could not be opened. What was found before that has been printed already. */
static int end_early(const char *path, const struct fsck_sum *sum, enum err err)
{
    if (sum->found)
        printf("%" PRIu64 " found; what it holds was not looked at, for it cannot be opened\n",
               sum->found);
    fprintf(stderr, "weir fsck: %s: cannot be opened: %s\n", path, err_text(err));
    return (int)output_end(stdout, (enum exit_status)(err == ERR_CORRUPT ? DAMAGED : NO_ANSWER),
                           (enum exit_status)NO_ANSWER);
}

/* The store was opened, and then the check could not be carried out. */
static int end_undone(const char *path, const struct fsck_sum *sum, enum err err)
{
    if (err != ERR_NEWER)
        print_sum(sum);
    fprintf(stderr, "weir fsck: %s: %s: %s\n", path,
            err == ERR_NEWER ? "cannot be judged" : "what was mended could not be written",
            err_text(err));
    return NO_ANSWER;
}

static enum exit_status run(const struct settings *settings)
{
    const char *path = settings_word(settings, 0);
    uint8_t fresh_key[SERVER_KEY_BYTES];
    const struct fsck_options options = { .repair = settings_is_on(settings, FSCK_REPAIR),
                                          .fresh_key = fresh_key,
                                          .renew_key = settings_is_on(settings, FSCK_NEW_KEY),
                                          .say = print_line };
    struct fsck_sum sum = { 0 };
    enum err err;

    if (options.renew_key && !options.repair) {
        fprintf(stderr, "weir fsck: --new-key changes the store: it wants --repair as well\n");
        return (enum exit_status)NO_ANSWER;
    }
    random_system(fresh_key, sizeof(fresh_key));
    umask(077); /* as serve does: what it mends is the owner's alone */
    log_set_level(LOG_ERROR);
    err = fsck_folder(path, &options, &sum);
    if (err)
        return (enum exit_status)(sum.was_opened ? end_undone(path, &sum, err)
                                                 : end_early(path, &sum, err));
    if (options.renew_key)
        printf("tokens have a new key: those given out so far open nothing\n");
    print_sum(&sum);
    return output_end(stdout, (enum exit_status)(sum.found == sum.mended ? SOUND : DAMAGED),
                      (enum exit_status)NO_ANSWER);
}

const struct command command_fsck = {
    .name = "fsck",
    .summary = "check the folder of a store, and repair what can be",
    .description =
        "Looks at the files of the store in DIR, which no server may use meanwhile, then reads every key and every "
        "value, and checks them: each checksum; each history, that it is whole and obeys the rules of SWF; each closed run's summary against "
        "its history, and the rows by which it is found against that; the turn records and the list of open runs "
        "against the histories; heartbeats, the registry, messages. What is wrong is a line each.\n\n"
        "Without --repair nothing is changed. With it, what follows from the rest is written anew: the list of the "
        "database's files; what can be read of a damaged table of histories or closed runs; rows and summaries. Domains, "
        "types, messages, heartbeats and the record of what was committed are kept twice: one copy is mended from the "
        "other. A log of writes that is damaged before its end is cut there, and the store goes back to the turn "
        "before: the lines name the runs that later turns touched, and task tokens that were given out open nothing any "
        "more, for the numbers in them are given out again. Events follow from nothing, nor does what is "
        "damaged in both copies: it says so and leaves them, and an execution that lost events is not served any "
        "more. What is taken away lies in DIR/lost. A repair that is stopped leaves a store that no server opens; the "
        "next one goes on with it. Keep a copy of the folder all the same.",
    .closing = "EXIT STATUS\n"
               "    0  all is as it ought to be, or was mended\n"
               "    1  something is not; the lines say what\n"
               "    2  asked wrongly, or it could not look; stderr says why\n\n"
               "EXAMPLES\n"
               "    weir fsck /var/lib/weir\n"
               "    weir fsck /var/lib/weir --repair\n"
               "    weir fsck /var/lib/weir --repair --new-key    after a restore from a copy\n",
    .settings = fsck_settings,
    .setting_count = FSCK_SETTING_COUNT,
    .words = { "DIR" },
    .run = run,
};
