#include "cmd/settings.h"

#include "base/spelling.h"
#include "net/secret_file.h"
#include <errno.h>
#include <stdio.h>

#define FILE_BYTES_MAX (256u << 10)
#define NAME_SHOWN_MAX 32
#define CONFIG_VARIABLE "WEIR_CONFIG"

/* A value on its way in: where it stands, so that a complaint can say so. */
struct assignment {
    const char *text;
    enum setting_source source;
    const char *file; /* of SOURCE_FILE */
    unsigned line;
};

/* ---- one value */

/* A value as it may be shown: nobody should find a secret in a log or on a screen. */
static const char *shown(const struct setting *setting, const char *text)
{
    return setting->is_secret && text[0] ? "***" : text;
}

/* "weir.conf:3: loops = x: " and its like. */
static void append_place(struct text *problem, const struct setting *setting,
                         const struct assignment *from)
{
    const char *text = shown(setting, from->text);

    switch (from->source) {
    case SOURCE_FILE:
        text_printf(problem, "%s:%u: %s = %s: ", from->file, from->line, setting->name, text);
        break;
    case SOURCE_ENVIRONMENT:
        text_printf(problem, "%s=%s: ", setting->variable, text);
        break;
    case SOURCE_DEFAULT:
    case SOURCE_FLAG:
        text_printf(problem, "--%s %s: ", setting->name, text);
        break;
    }
}

/* Checks a value, and takes it unless a stronger source has spoken. */
static bool assign(struct settings *settings, size_t index, const struct assignment *from,
                   struct text *problem)
{
    const struct setting *setting = &settings->table[index];
    struct setting_value *value = &settings->values[index];
    uint64_t number;

    if (!setting_parse(setting, from->text, &number)) {
        append_place(problem, setting, from);
        setting_explain(setting, problem);
        return false;
    }
    if (from->source < value->source)
        return true;
    *value = (struct setting_value){ from->text, number, from->source, from->line };
    if (setting->repeats && from->source == SOURCE_FLAG)
        settings->given[settings->given_count++] = (struct setting_given){ index, from->text };
    return true;
}

static bool find(const struct settings *settings, struct bytes name, size_t *index)
{
    for (size_t i = 0; i < settings->count; i++) {
        if (bytes_equal_cstr(name, settings->table[i].name)) {
            *index = i;
            return true;
        }
    }
    return false;
}

/* ---- a misspelt name */

/* Appends "; did you mean 'loops'?" when a name is near enough. */
static void append_nearest(struct text *problem, const struct settings *settings, struct bytes name,
                           const char *prefix)
{
    size_t best = SPELLING_FAR;
    const char *nearest = NULL;
    for (size_t i = 0; i < settings->count; i++) {
        size_t d = spelling_distance(name, bytes_of_cstr(settings->table[i].name));
        if (d < best) {
            best = d;
            nearest = settings->table[i].name;
        }
    }
    if (nearest)
        text_printf(problem, "; did you mean '%s%s'?", prefix, nearest);
}

/* ---- the flags */

struct flags {
    const struct settings_sources *sources;
    int next;
    bool ended; /* by "--" */
};

/* The value of a flag: what follows its '=', else the next argument. */
static const char *flag_value(struct flags *flags, const char *equals, struct bytes name,
                              struct text *problem)
{
    if (equals)
        return equals + 1;
    if (flags->next < flags->sources->argc)
        return flags->sources->argv[flags->next++];
    text_printf(problem, "--%.*s: needs a value behind it", BYTES_FMT(name));
    return NULL;
}

static bool take_setting_flag(struct settings *settings, struct flags *flags, struct bytes name,
                              const char *equals, struct text *problem)
{
    size_t index;
    struct assignment from = { .source = SOURCE_FLAG };

    if (!find(settings, name, &index)) {
        text_printf(problem, "--%.*s: there is no such option", BYTES_FMT(name));
        append_nearest(problem, settings, name, "--");
        return false;
    }
    if (!setting_is_for(&settings->table[index], flags->sources->verb)) {
        text_printf(problem, "--%.*s: is an option of '%s', not of '%s'", BYTES_FMT(name),
                    settings->table[index].only, flags->sources->verb);
        return false;
    }
    if (settings->table[index].type == SETTING_BOOLEAN && !equals)
        from.text = "true";
    else
        from.text = flag_value(flags, equals, name, problem);
    return from.text && assign(settings, index, &from, problem);
}

static bool take_flag(struct settings *settings, struct flags *flags, const char *argument,
                      struct text *problem)
{
    const char *equals = strchr(argument, '=');
    struct bytes name = equals ? bytes_of(argument, (size_t)(equals - argument))
                               : bytes_of_cstr(argument);
    bool takes_file = flags->sources->takes_file;

    if (bytes_equal_cstr(name, "help") && !equals) {
        settings->help = true;
        return true;
    }
    if (takes_file && bytes_equal_cstr(name, "print-config") && !equals) {
        settings->print = true;
        return true;
    }
    if (takes_file && bytes_equal_cstr(name, "config")) {
        settings->file = flag_value(flags, equals, name, problem);
        return settings->file != NULL;
    }
    return take_setting_flag(settings, flags, name, equals, problem);
}

/* ---- the words */

static bool takes_words(const struct settings_sources *sources)
{
    return sources->words[0] != NULL;
}

/* "a word is missing: expected NAME POLICY" */
static void append_expected(struct text *problem, const char *why,
                            const struct settings_sources *sources)
{
    text_printf(problem, "%s: expected", why);
    for (size_t i = 0; i < SETTINGS_WORDS_MAX && sources->words[i]; i++)
        text_printf(problem, " %s", sources->words[i]);
}

static bool take_word(struct settings *settings, const struct settings_sources *sources,
                      const char *word, struct text *problem)
{
    size_t place = settings->word_count;

    if (place < SETTINGS_WORDS_MAX && sources->words[place]) {
        settings->words[settings->word_count++] = word;
        return true;
    }
    text_printf(problem, "'%s': ", word);
    if (takes_words(sources))
        append_expected(problem, "is one word too many", sources);
    else
        text_append_cstr(problem, "only options are expected here");
    return false;
}

static bool has_all_words(const struct settings *settings, const struct settings_sources *sources,
                          struct text *problem)
{
    size_t place = settings->word_count;

    if (place == SETTINGS_WORDS_MAX || !sources->words[place] || sources->words[place][0] == '[')
        return true;
    append_expected(problem, "a word is missing", sources);
    return false;
}

/* A lone dash is a word: it stands for standard input. */
static bool is_flag(const char *argument)
{
    return argument[0] == '-' && argument[1] != '\0';
}

/* Behind "--" there are only words, so that they may begin with a dash. */
static bool take_argument(struct settings *settings, struct flags *flags, const char *argument,
                          struct text *problem)
{
    if (strcmp(argument, "-h") == 0) {
        settings->help = true;
        return true;
    }
    if (strncmp(argument, "--", 2) == 0 && argument[2] != '\0')
        return take_flag(settings, flags, argument + 2, problem);
    if (!takes_words(flags->sources) || !is_flag(argument))
        return take_word(settings, flags->sources, argument, problem);
    flags->ended = strcmp(argument, "--") == 0;
    if (!flags->ended)
        text_printf(problem, "'%s': there is no such option", argument);
    return flags->ended;
}

static bool take_arguments(struct settings *settings, const struct settings_sources *sources,
                           struct text *problem)
{
    struct flags flags = { .sources = sources };

    while (flags.next < sources->argc && !settings->help) {
        const char *argument = sources->argv[flags.next++];
        if (!(flags.ended ? take_word(settings, sources, argument, problem)
                          : take_argument(settings, &flags, argument, problem)))
            return false;
    }
    return settings->help || has_all_words(settings, sources, problem);
}

/* ---- the environment */

static bool take_variables(struct settings *settings, const struct settings_sources *sources,
                           struct text *problem)
{
    for (size_t i = 0; i < settings->count; i++) {
        const char *variable = settings->table[i].variable;
        const char *text = variable ? sources->variable(variable) : NULL;
        struct assignment from = { .text = text, .source = SOURCE_ENVIRONMENT };
        if (text && !assign(settings, i, &from, problem))
            return false;
    }
    return true;
}

/* ---- the file */

static struct bytes trimmed(struct bytes b)
{
    while (b.len > 0 && strchr(" \t\r", b.ptr[0]))
        b = bytes_skip(b, 1);
    while (b.len > 0 && strchr(" \t\r", b.ptr[b.len - 1]))
        b.len--;
    return b;
}

/* A '#' begins a comment at the start of a line and behind white space. */
static struct bytes without_comment(struct bytes line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] == '#' && (i == 0 || line.ptr[i - 1] == ' ' || line.ptr[i - 1] == '\t'))
            return bytes_of(line.ptr, i);
    }
    return line;
}

/* What stands where a name belongs may be a secret, or begin with one: a line that was broken, a
 * forgotten '='. Only what looks like a name is repeated. */
static bool looks_like_a_name(struct bytes name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] != '-' && (name.ptr[i] < 'a' || name.ptr[i] > 'z'))
            return false;
    }
    return name.len > 0 && name.len <= NAME_SHOWN_MAX;
}

static bool refuse_name(const struct settings *settings, struct bytes name, unsigned number,
                        struct text *problem)
{
    text_printf(problem, "%s:%u: there is no setting ", settings->file, number);
    if (looks_like_a_name(name))
        text_printf(problem, "'%.*s'", BYTES_FMT(name));
    else
        text_append_cstr(problem, "of this name");
    append_nearest(problem, settings, name, "");
    return false;
}

/* "weir.conf:3: 'loops': must be 'name = value'"; of the line no more than a setting's name. */
static bool refuse_line(const struct settings *settings, struct bytes line, unsigned number,
                        struct text *problem)
{
    struct bytes word = bytes_of(line.ptr, 0);
    size_t index;

    while (word.len < line.len && !strchr(" \t=", line.ptr[word.len]))
        word.len++;
    text_printf(problem, "%s:%u: ", settings->file, number);
    if (find(settings, word, &index))
        text_printf(problem, "'%s': ", settings->table[index].name);
    text_append_cstr(problem, "must be 'name = value'");
    return false;
}

/* As with the identities file. */
static bool refuse_open_file(const struct settings *settings, const struct setting *setting,
                             unsigned number, struct text *problem)
{
    text_printf(problem,
                "%s:%u: %s: is a secret, and everybody may open the file; try: chmod o-rwx FILE",
                settings->file, number, setting->name);
    return false;
}

/* `name = value`, as it stands in a line that is neither empty nor a comment. */
static bool take_entry(struct settings *settings, struct bytes name, struct bytes value,
                       unsigned number, struct text *problem)
{
    size_t index;
    struct bytes text = arena_printf(&settings->arena, "%.*s", BYTES_FMT(value));
    struct assignment from = { text.ptr, SOURCE_FILE, settings->file, number };

    if (!find(settings, name, &index))
        return refuse_name(settings, name, number, problem);
    if (settings->table[index].is_secret && value.len > 0 && settings->file_is_open)
        return refuse_open_file(settings, &settings->table[index], number, problem);
    return assign(settings, index, &from, problem);
}

static bool take_line(struct settings *settings, struct bytes line, unsigned number,
                      struct text *problem)
{
    line = trimmed(without_comment(line));
    if (line.len == 0)
        return true;

    const char *equals = memchr(line.ptr, '=', line.len);
    if (!equals || memchr(line.ptr, '\0', line.len))
        return refuse_line(settings, line, number, problem);
    size_t at = (size_t)(equals - line.ptr);
    struct bytes name = trimmed(bytes_of(line.ptr, at));
    if (memchr(name.ptr, ' ', name.len) || memchr(name.ptr, '\t', name.len))
        return refuse_line(settings, line, number, problem);
    return take_entry(settings, name, trimmed(bytes_skip(line, at + 1)), number, problem);
}

static bool take_lines(struct settings *settings, struct bytes content, struct text *problem)
{
    for (unsigned number = 1; content.len > 0; number++) {
        const char *newline = memchr(content.ptr, '\n', content.len);
        size_t len = newline ? (size_t)(newline - content.ptr) : content.len;
        if (!take_line(settings, bytes_of(content.ptr, len), number, problem))
            return false;
        content = bytes_skip(content, newline ? len + 1 : len);
    }
    return true;
}

static bool everybody_may_open(FILE *file)
{
    struct stat stat;

    return fstat(fileno(file), &stat) == 0 && S_ISREG(stat.st_mode) &&
           secret_file_is_everybodys(&stat);
}

static bool read_file(struct settings *settings, struct bytes *content, struct text *problem)
{
    char *buffer = arena_alloc_text(&settings->arena, FILE_BYTES_MAX);
    FILE *file = fopen(settings->file, "re");
    size_t len = file ? fread(buffer, 1, FILE_BYTES_MAX, file) : 0;
    bool bad = !file || ferror(file);

    if (bad)
        text_printf(problem, "%s: cannot be read: %s", settings->file, strerror(errno));
    else if (len == FILE_BYTES_MAX)
        text_printf(problem, "%s: is too long for a configuration file (over %u bytes)",
                    settings->file, FILE_BYTES_MAX - 1);
    settings->file_is_open = file && everybody_may_open(file);
    if (file)
        fclose(file);
    *content = bytes_of(buffer, len);
    return !bad && len < FILE_BYTES_MAX;
}

static bool take_file(struct settings *settings, const struct settings_sources *sources,
                      struct text *problem)
{
    const char *place = "--config ";
    struct bytes content;

    if (!sources->takes_file)
        return true;
    if (!settings->file) {
        settings->file = sources->variable(CONFIG_VARIABLE);
        place = CONFIG_VARIABLE "=";
    }
    if (!settings->file)
        return true;
    if (!settings->file[0]) {
        text_printf(problem, "%s: must be the name of a file", place);
        return false;
    }
    return read_file(settings, &content, problem) && take_lines(settings, content, problem);
}

/* ---- all together */

static void take_defaults(struct settings *settings, struct text *problem)
{
    for (size_t i = 0; i < settings->count; i++) {
        struct assignment from = { .text = settings->table[i].fallback, .source = SOURCE_DEFAULT };
        ensure(!from.text || assign(settings, i, &from, problem));
    }
}

static bool has_all_settings(const struct settings *settings,
                             const struct settings_sources *sources, struct text *problem)
{
    for (size_t i = 0; i < settings->count; i++) {
        const struct setting *setting = &settings->table[i];

        if (settings->values[i].text || !setting_is_for(setting, sources->verb))
            continue;
        text_printf(problem, "--%s %s: is missing", setting->name, setting->placeholder);
        if (setting->variable)
            text_printf(problem, ", and %s is not set", setting->variable);
        return false;
    }
    return true;
}

bool settings_load(struct settings *settings, const struct setting *table, size_t count,
                   const struct settings_sources *sources, struct text *problem)
{
    ensure(count <= SETTINGS_MAX);
    *settings = (struct settings){ .table = table, .count = count };
    arena_init(&settings->arena, "settings", 4 * FILE_BYTES_MAX);
    settings->given = arena_array(&settings->arena, struct setting_given, (size_t)sources->argc);
    take_defaults(settings, problem);
    if (!take_arguments(settings, sources, problem))
        return false;
    return settings->help ||
           (take_file(settings, sources, problem) && take_variables(settings, sources, problem) &&
            has_all_settings(settings, sources, problem));
}

void settings_deinit(struct settings *settings)
{
    arena_deinit(&settings->arena);
}

const char *settings_text(const struct settings *settings, size_t setting)
{
    ensure(setting < settings->count);
    return settings->values[setting].text;
}

uint64_t settings_number(const struct settings *settings, size_t setting)
{
    ensure(setting < settings->count);
    return settings->values[setting].number;
}

bool settings_is_on(const struct settings *settings, size_t setting)
{
    ensure(settings->table[setting].type == SETTING_BOOLEAN);
    return settings_number(settings, setting) != 0;
}

const char *settings_given(const struct settings *settings, size_t setting, size_t n)
{
    ensure(settings->table[setting].repeats);
    for (size_t i = 0; i < settings->given_count; i++) {
        if (settings->given[i].setting == setting && n-- == 0)
            return settings->given[i].text;
    }
    return NULL;
}

const char *settings_word(const struct settings *settings, size_t place)
{
    ensure(place < SETTINGS_WORDS_MAX);
    return settings->words[place];
}

static void append_source(struct text *out, const struct settings *settings, size_t index)
{
    const struct setting_value *value = &settings->values[index];
    switch (value->source) {
    case SOURCE_DEFAULT:
        text_append_cstr(out, "default");
        break;
    case SOURCE_FILE:
        text_printf(out, "%s:%u", settings->file, value->line);
        break;
    case SOURCE_ENVIRONMENT:
        text_append_cstr(out, settings->table[index].variable);
        break;
    case SOURCE_FLAG:
        text_printf(out, "--%s", settings->table[index].name);
        break;
    }
}

#define COMMENT_COLUMN 40

void settings_print(const struct settings *settings, struct text *out)
{
    for (size_t i = 0; i < settings->count; i++) {
        const char *name = settings->table[i].name;
        const char *text = shown(&settings->table[i], settings->values[i].text);
        int room = strlen(name) < COMMENT_COLUMN ? COMMENT_COLUMN - (int)strlen(name) : 0;
        text_printf(out, "%s = %-*s # ", name, room, text);
        append_source(out, settings, i);
        text_append_char(out, '\n');
    }
}
