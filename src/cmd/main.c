/*
 * weir - the program: finds the command, loads its settings, runs it.
 */
#include "cmd/command.h"
#include "cmd/confine.h"
#include "cmd/help.h"
#include "cmd/output.h"
#include "cmd/version.h"
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PAGE_BYTES_MAX (256u << 10)
#define ANSWER_BYTES_MAX (64u << 20)

static const struct command *const commands[] = {
    &command_serve,  &command_demo,          &command_user, &command_key,
    &command_policy, &command_check_history, &command_fsck, &command_bench,
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static bool is_either(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(name, commands[i]->name) == 0)
            return commands[i];
    }
    return NULL;
}

/* Prints and empties `page`. */
static enum exit_status print_page(struct text *page, FILE *to, enum exit_status status)
{
    output_print(to, text_bytes(page));
    text_deinit(page);
    return output_end(to, status, EXIT_FAILED);
}

static enum exit_status print_overview(FILE *to, enum exit_status status)
{
    struct text page;
    text_init(&page, PAGE_BYTES_MAX);
    help_overview(commands, COMMAND_COUNT, &page);
    return print_page(&page, to, status);
}

static enum exit_status print_help_of(const struct command *command)
{
    struct text page;
    text_init(&page, PAGE_BYTES_MAX);
    help_command(command, &page);
    return print_page(&page, stdout, EXIT_DONE);
}

static enum exit_status print_settings(const struct settings *settings)
{
    struct text page;
    text_init(&page, PAGE_BYTES_MAX);
    settings_print(settings, &page);
    return print_page(&page, stdout, EXIT_DONE);
}

static enum exit_status complain_of_command(const char *name)
{
    fprintf(stderr, "weir: there is no command '%s'; 'weir help' lists them\n", name);
    return EXIT_USAGE;
}

static const char *variable(const char *name)
{
    return getenv(name);
}

/* Verbs handle identities and their secrets, so their answer is wiped before its memory is
 * freed. */
static enum exit_status run_verb(const struct verb *verb, const struct settings *settings,
                                 struct text *problem)
{
    enum exit_status status;
    struct text answer;

    confine_memory();
    text_init(&answer, ANSWER_BYTES_MAX);
    status = verb->run(settings, &answer, problem);
    output_print(stdout, text_bytes(&answer));
    status = output_end(stdout, status, EXIT_FAILED);
    if (answer.ptr)
        OPENSSL_cleanse(answer.ptr, answer.capacity);
    text_deinit(&answer);
    return status;
}

static enum exit_status act(const struct command *command, const struct verb *verb,
                            const struct settings *settings, struct text *problem)
{
    if (settings->help)
        return print_help_of(command);
    if (settings->print)
        return print_settings(settings);
    return verb ? run_verb(verb, settings, problem) : command->run(settings);
}

/* "weir user add: ..." */
static void complain(const struct command *command, const struct verb *verb,
                     const struct text *problem)
{
    fprintf(stderr, "weir %s%s%s: %.*s\n", command->name, verb ? " " : "", verb ? verb->name : "",
            BYTES_FMT(text_bytes(problem)));
}

static struct settings_sources sources_of(const struct command *command, const struct verb *verb,
                                          int argc, char **argv)
{
    struct settings_sources sources = { argc, argv, variable, command->takes_file, .verb = NULL };

    if (verb)
        sources.verb = verb->name;
    memcpy(sources.words, verb ? verb->words : command->words, sizeof(sources.words));
    return sources;
}

static enum exit_status run_with(const struct command *command, const struct verb *verb, int argc,
                                 char **argv)
{
    struct settings_sources sources = sources_of(command, verb, argc, argv);
    enum exit_status status = EXIT_USAGE;
    struct settings settings;
    struct text problem;

    text_init(&problem, PAGE_BYTES_MAX);
    if (settings_load(&settings, command->settings, command->setting_count, &sources, &problem))
        status = act(command, verb, &settings, &problem);
    if (problem.len > 0)
        complain(command, verb, &problem);
    settings_deinit(&settings);
    text_deinit(&problem);
    return status;
}

/* "weir user: the next word must be add, remove, ... or detach" */
static enum exit_status complain_of_verb(const struct command *command)
{
    fprintf(stderr, "weir %s: the next word must be ", command->name);
    for (size_t i = 0; i < command->verb_count; i++) {
        const char *between = i == 0 ? "" : i + 1 == command->verb_count ? " or " : ", ";
        fprintf(stderr, "%s%s", between, command->verbs[i].name);
    }
    fprintf(stderr, "; 'weir help %s' explains them\n", command->name);
    return EXIT_USAGE;
}

static enum exit_status run_command(const struct command *command, int argc, char **argv)
{
    const struct verb *verb = argc > 0 ? command_find_verb(command, argv[0]) : NULL;

    if (command->verb_count == 0)
        return run_with(command, NULL, argc, argv);
    if (verb)
        return run_with(command, verb, argc - 1, argv + 1);
    if (argc > 0 && (is_either(argv[0], "-h", "--help") || strcmp(argv[0], "help") == 0))
        return print_help_of(command);
    return complain_of_verb(command);
}

/* `weir help`, `weir help COMMAND` */
static enum exit_status help(int argc, char **argv)
{
    if (argc == 0)
        return print_overview(stdout, EXIT_DONE);
    const struct command *command = find_command(argv[0]);
    if (!command)
        return complain_of_command(argv[0]);
    return print_help_of(command);
}

static enum exit_status version(void)
{
    printf("weir %s\n", WEIR_VERSION);
    return output_end(stdout, EXIT_DONE, EXIT_FAILED);
}

static enum exit_status dispatch(int argc, char **argv)
{
    if (argc < 2)
        return print_overview(stderr, EXIT_USAGE);
    if (is_either(argv[1], "help", "--help") || strcmp(argv[1], "-h") == 0)
        return help(argc - 2, argv + 2);
    if (is_either(argv[1], "version", "--version"))
        return version();
    const struct command *command = find_command(argv[1]);
    if (command)
        return run_command(command, argc - 2, argv + 2);
    return complain_of_command(argv[1]);
}

/* If we are started with one of these closed, the next file of the store or the socket of a client
 * would get its number, and with it all that is printed. So /dev/null takes its place, opened the
 * wrong way round: reading from it or printing to it still fails, and the failure is noticed. */
static bool keep_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    if (!keep_standard_descriptors())
        return EXIT_FAILED;
    return (int)dispatch(argc, argv);
}
