#include "cmd/help.h"

#include "cmd/version.h"

#define COLUMNS 80
#define RULES_BYTES_MAX 4096

static size_t word_length(const char *at)
{
    return strcspn(at, " \n");
}

void help_wrap(struct text *out, const char *text, int indent)
{
    int column = 0; /* 0: nothing in this line yet */
    for (const char *at = text; *at;) {
        size_t length = word_length(at);
        if (column > 0 && column + 1 + (int)length > COLUMNS) {
            text_append_char(out, '\n');
            column = 0;
        }
        if (length > 0) {
            text_printf(out, "%*s%.*s", column > 0 ? 1 : indent, "", (int)length, at);
            column = (column > 0 ? column + 1 : indent) + (int)length;
        }
        at += length;
        if (at[0] == '\n' && at[1] == '\n') {
            text_append_cstr(out, "\n\n");
            column = 0;
            at++;
        }
        if (*at)
            at++;
    }
    text_append_char(out, '\n');
}

static void append_value_of_flag(const struct setting *setting, struct text *out)
{
    if (setting->type == SETTING_BOOLEAN)
        return;
    text_printf(out, " %s", setting->choices ? setting->choices : setting->placeholder);
}

/* "For 'add' and 'list'." */
static void append_verbs(const char *verbs, struct text *out)
{
    text_append_cstr(out, "For '");
    for (const char *at = verbs; *at; at++) {
        if (*at == '|')
            text_append_cstr(out, strchr(at + 1, '|') ? "', '" : "' and '");
        else
            text_append_char(out, *at);
    }
    text_append_cstr(out, "'. ");
}

static void append_default(const struct setting *setting, struct text *out)
{
    if (!setting->fallback)
        text_append_cstr(out, "Required.");
    else
        text_printf(out, "Default: %s.", setting->fallback[0] ? setting->fallback : "none");
}

/* What the table says of it beside its help. */
static void append_rules(const struct setting *setting, struct text *out)
{
    if (setting->only)
        append_verbs(setting->only, out);
    append_default(setting, out);
    setting_append_bounds(setting, out);
    if (setting->repeats)
        text_append_cstr(out, " May be given several times.");
    if (setting->variable)
        text_printf(out, " Environment: %s.", setting->variable);
    text_append_char(out, '\0');
}

static void append_setting(const struct setting *setting, struct text *out)
{
    struct text rules;

    text_init(&rules, RULES_BYTES_MAX);
    append_rules(setting, &rules);
    text_printf(out, "    --%s", setting->name);
    append_value_of_flag(setting, out);
    text_append_char(out, '\n');
    help_wrap(out, setting->help, 8);
    help_wrap(out, rules.ptr, 8);
    text_append_char(out, '\n');
    text_deinit(&rules);
}

static void append_file_options(struct text *out)
{
    text_append_cstr(out, "    --config FILE\n");
    help_wrap(
        out,
        "Reads settings from FILE: lines of 'name = value', where a name is that of an option "
        "without its dashes, and '#' begins a comment. A flag overrules the environment, the "
        "environment the file, and the file the default; of two flags or two lines of one name "
        "the last counts.",
        8);
    text_append_cstr(out, "        Environment: WEIR_CONFIG.\n\n    --print-config\n");
    help_wrap(out,
              "Prints every setting with its value and where that comes from, in the form of a "
              "configuration file, and ends.",
              8);
    text_append_char(out, '\n');
}

static void append_words(const char *const *words, struct text *out)
{
    for (size_t i = 0; i < SETTINGS_WORDS_MAX && words[i]; i++)
        text_printf(out, " %s", words[i]);
}

static void append_verb(const struct verb *verb, struct text *out)
{
    text_append_cstr(out, verb->name);
    append_words(verb->words, out);
}

static void append_synopsis(const struct command *command, struct text *out)
{
    text_append_cstr(out, "SYNOPSIS\n");
    if (command->verb_count == 0) {
        text_printf(out, "    weir %s", command->name);
        append_words(command->words, out);
        text_append_cstr(out, " [OPTION]...\n");
    }
    for (size_t i = 0; i < command->verb_count; i++) {
        text_printf(out, "    weir %s ", command->name);
        append_verb(&command->verbs[i], out);
        text_append_cstr(out, " [OPTION]...\n");
    }
}

static void append_verb_helps(const struct command *command, struct text *out)
{
    if (command->verb_count > 0)
        text_append_cstr(out, "\nVERBS");
    for (size_t i = 0; i < command->verb_count; i++) {
        text_append_cstr(out, "\n    ");
        append_verb(&command->verbs[i], out);
        text_append_char(out, '\n');
        help_wrap(out, command->verbs[i].help, 8);
    }
}

void help_command(const struct command *command, struct text *out)
{
    text_printf(out, "NAME\n    weir %s - %s\n\n", command->name, command->summary);
    append_synopsis(command, out);
    text_append_cstr(out, "\nDESCRIPTION\n");
    help_wrap(out, command->description, 4);
    append_verb_helps(command, out);
    text_append_cstr(out, "\nOPTIONS\n    A value follows its option as the next word or behind "
                          "'='.\n\n");
    for (size_t i = 0; i < command->setting_count; i++)
        append_setting(&command->settings[i], out);
    if (command->takes_file)
        append_file_options(out);
    text_append_cstr(out, "    -h, --help\n        Prints this page.\n\n");
    text_append_cstr(out, command->closing);
}

void help_overview(const struct command *const *commands, size_t count, struct text *out)
{
    text_append_cstr(out,
                     "Weir " WEIR_VERSION ": a workflow server that speaks the Amazon SWF API.\n\n"
                     "usage: weir COMMAND [VERB] [OPTION]...\n\n");
    for (size_t i = 0; i < count; i++)
        text_printf(out, "    %-13s %s\n", commands[i]->name, commands[i]->summary);
    text_append_cstr(
        out, "    help          explain a command: 'weir help serve'\n"
             "    version       print the version\n\n"
             "First steps: start 'weir serve' in one terminal and 'weir demo' in another.\n");
}
