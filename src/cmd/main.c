/*
 * weir - the program: finds the command, loads its settings, runs it.
 */
#include "cmd/command.h"
#include "cmd/help.h"
#include "cmd/version.h"
#include <stdio.h>
#include <stdlib.h>

#define PAGE_BYTES_MAX (256u << 10)

static const struct command *const commands[] = {
    &command_serve,
    &command_demo,
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(name, commands[i]->name) == 0)
            return commands[i];
    }
    return NULL;
}

/* Prints and empties `page`. Nobody is left to hear of a stdout that is closed. */
static enum exit_status print_page(struct text *page, FILE *to, enum exit_status status)
{
    struct bytes content = text_bytes(page);
    fwrite(content.ptr, 1, content.len, to);
    text_deinit(page);
    return fflush(to) == 0 ? status : EXIT_FAILED;
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

static enum exit_status act(const struct command *command, const struct settings *settings)
{
    if (settings->help)
        return print_help_of(command);
    if (settings->print)
        return print_settings(settings);
    return command->run(settings);
}

static enum exit_status run_command(const struct command *command, int argc, char **argv)
{
    struct settings_sources sources = { argc, argv, variable, command->takes_file };
    enum exit_status status = EXIT_USAGE;
    struct settings settings;
    struct text problem;

    text_init(&problem, PAGE_BYTES_MAX);
    if (settings_load(&settings, command->settings, command->setting_count, &sources, &problem))
        status = act(command, &settings);
    else
        fprintf(stderr, "weir %s: %.*s\n", command->name, BYTES_FMT(text_bytes(&problem)));
    settings_deinit(&settings);
    text_deinit(&problem);
    return status;
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
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

static bool is_either(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
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

int main(int argc, char **argv)
{
    return (int)dispatch(argc, argv);
}
