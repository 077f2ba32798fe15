#include "cmd/settings.h"

#include "cmd/serve_settings.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

enum { LISTEN, LOOPS, STORE, HINTS, SIZE, ACCOUNT, NAME, LIFE, TAGS, SECRET, URL, REGION, COUNT };

static const struct setting table[COUNT] = {
    [LISTEN] = { "listen", "T_LISTEN", .type = SETTING_ADDRESS, .fallback = "127.0.0.1:1" },
    [LOOPS] = { "loops", "T_LOOPS", .type = SETTING_INTEGER, .min = 1, .max = 64, .fallback = "2" },
    [STORE] = { "store", "T_STORE", .type = SETTING_CHOICE, .choices = "memory|rocksdb|other",
                .fallback = "rocksdb" },
    [HINTS] = { "hints", "T_HINTS", .type = SETTING_BOOLEAN, .fallback = "false" },
    [SIZE] = { "size", "T_SIZE", .type = SETTING_BYTES, .min = 1024, .max = 1u << 30,
               .fallback = "1M" },
    [ACCOUNT] = { "account", "T_ACCOUNT", .type = SETTING_ACCOUNT, .fallback = "123456789012" },
    [NAME] = { "name", NULL, .type = SETTING_TEXT, .fallback = "x" },
    [LIFE] = { "life", NULL, .type = SETTING_DURATION, .min = 2, .max = 172800, .fallback = "1h" },
    [TAGS] = { "tag", NULL, .type = SETTING_TEXT, .fallback = "", .may_be_empty = true,
               .repeats = true },
    [SECRET] = { "the-secret", NULL, .type = SETTING_TEXT, .fallback = "", .may_be_empty = true,
                 .is_secret = true },
    [URL] = { "url", NULL, .type = SETTING_URL, .fallback = "http://127.0.0.1:9347" },
    [REGION] = { "region", NULL, .type = SETTING_REGION, .fallback = "us-east-1" },
};

/* ---- a made-up environment: pairs of name and value */

static const char *environment[8];

static const char *variable(const char *name)
{
    for (size_t i = 0; environment[i]; i += 2) {
        if (strcmp(environment[i], name) == 0)
            return environment[i + 1];
    }
    return NULL;
}

/* ---- a file of the test's own */

static char file[] = "/tmp/weir-settings-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(file);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(file);
}

static void write_file(const char *content)
{
    FILE *out = fopen(file, "w");
    assert_non_null(out);
    fputs(content, out);
    fclose(out);
}

static int forget_all(void **state)
{
    (void)state;
    memset(environment, 0, sizeof environment);
    write_file("");
    return 0;
}

/* ---- loading */

static struct settings settings;
static struct text problem;

#define ARGUMENTS_MAX 8

static bool load(const char *const *arguments)
{
    char *argv[ARGUMENTS_MAX];
    int argc = 0;
    for (; arguments[argc]; argc++)
        argv[argc] = (char *)(uintptr_t)arguments[argc];
    struct settings_sources sources = { argc, argv, variable, true, .verb = NULL };
    text_init(&problem, 4096);
    return settings_load(&settings, table, COUNT, &sources, &problem);
}

static void unload(void)
{
    settings_deinit(&settings);
    text_deinit(&problem);
}

/* load("--loops", "3"): the list ends with NULL by itself. */
#define load(...) load((const char *const[ARGUMENTS_MAX]){ __VA_ARGS__ })

static void assert_problem_is(const char *expected)
{
    text_append_char(&problem, '\0');
    assert_string_equal(problem.ptr, expected);
    unload();
}

#define assert_refused(expected, ...)    \
    do {                                 \
        assert_false(load(__VA_ARGS__)); \
        assert_problem_is(expected);     \
    } while (0)

/* The complaint about one line of the file, behind "FILE:". */
static void assert_file_refused(const char *content, const char *expected)
{
    char whole[512];
    write_file(content);
    snprintf(whole, sizeof whole, "%s:%s", file, expected);
    assert_refused(whole, "--config", file);
}

/* ---- the tests */

static void defaults_are_taken(void **state)
{
    (void)state;
    assert_true(load());
    assert_string_equal(settings_text(&settings, LISTEN), "127.0.0.1:1");
    assert_int_equal(settings_number(&settings, LOOPS), 2);
    assert_int_equal(settings_number(&settings, STORE), 1);
    assert_int_equal(settings_number(&settings, SIZE), 1 << 20);
    assert_int_equal(settings_number(&settings, ACCOUNT), 123456789012);
    assert_false(settings_is_on(&settings, HINTS));
    assert_false(settings.help);
    assert_false(settings.print);
    unload();
}

static void the_stronger_source_wins(void **state)
{
    (void)state;
    write_file("loops = 3\nsize=2K\nname = from the file\n");
    environment[0] = "T_LOOPS";
    environment[1] = "4";
    environment[2] = "T_SIZE";
    environment[3] = "3K";

    assert_true(load("--config", file, "--loops", "5"));
    assert_int_equal(settings_number(&settings, LOOPS), 5);
    assert_int_equal(settings.values[LOOPS].source, SOURCE_FLAG);
    assert_int_equal(settings_number(&settings, SIZE), 3 << 10);
    assert_int_equal(settings.values[SIZE].source, SOURCE_ENVIRONMENT);
    assert_string_equal(settings_text(&settings, NAME), "from the file");
    assert_int_equal(settings.values[NAME].source, SOURCE_FILE);
    assert_int_equal(settings.values[NAME].line, 3);
    assert_int_equal(settings.values[STORE].source, SOURCE_DEFAULT);
    unload();
}

static void a_file_is_found_through_the_environment(void **state)
{
    (void)state;
    write_file("# a comment\n\n   loops =  7  # of mine\r\nname = a#b\nloops = 8");
    environment[0] = "WEIR_CONFIG";
    environment[1] = file;
    assert_true(load());
    assert_int_equal(settings_number(&settings, LOOPS), 8);
    assert_string_equal(settings_text(&settings, NAME), "a#b");
    unload();
}

static void flags_have_two_forms(void **state)
{
    (void)state;
    assert_true(load("--loops=6", "--hints", "--name", "--loops", "--store=memory"));
    assert_int_equal(settings_number(&settings, LOOPS), 6);
    assert_true(settings_is_on(&settings, HINTS));
    assert_string_equal(settings_text(&settings, NAME), "--loops");
    assert_int_equal(settings_number(&settings, STORE), 0);
    unload();

    assert_true(load("--hints", "--hints=false", "--loops", "1", "--loops", "9"));
    assert_false(settings_is_on(&settings, HINTS));
    assert_int_equal(settings_number(&settings, LOOPS), 9);
    unload();
}

static void help_asks_for_nothing_else(void **state)
{
    (void)state;
    assert_true(load("--help", "--nonsense"));
    assert_true(settings.help);
    unload();
    assert_true(load("-h"));
    assert_true(settings.help);
    unload();
}

static void flags_are_refused_clearly(void **state)
{
    (void)state;
    assert_refused("--lops: there is no such option; did you mean '--loops'?", "--lops", "3");
    assert_refused("--colour: there is no such option", "--colour");
    assert_refused("--loops: needs a value behind it", "--loops");
    assert_refused("--config: needs a value behind it", "--config");
    assert_refused("'serve': only options are expected here", "serve");
    assert_refused("'--': only options are expected here", "--");
    assert_refused("'-l': only options are expected here", "-l");
}

static void every_type_says_what_would_be_right(void **state)
{
    (void)state;
    assert_refused("--loops 0: must be a whole number from 1 to 64", "--loops", "0");
    assert_refused("--loops 65: must be a whole number from 1 to 64", "--loops", "65");
    assert_refused("--loops 1.5: must be a whole number from 1 to 64", "--loops", "1.5");
    assert_refused("--loops : must be a whole number from 1 to 64", "--loops=");
    assert_refused("--store disk: must be memory, rocksdb or other", "--store", "disk");
    assert_refused("--hints yes: must be true or false", "--hints=yes");
    assert_refused("--account 1234: must be twelve digits", "--account", "1234");
    assert_refused("--name : must be a text that is not empty", "--name", "");
    assert_refused("--listen here: must be HOST:PORT, as in 127.0.0.1:9347 or [::1]:9347",
                   "--listen", "here");
    assert_refused("--size 1T: must be a number of bytes from 1024 to 1073741824 (K, M or G may "
                   "follow: 64M)",
                   "--size", "1T");
    assert_refused(
        "--size 99999999999999999999G: must be a number of bytes from 1024 to 1073741824 "
        "(K, M or G may follow: 64M)",
        "--size", "99999999999999999999G");
    assert_refused("--size 18014398509481985K: must be a number of bytes from 1024 to 1073741824 "
                   "(K, M or G may follow: 64M)",
                   "--size", "18014398509481985K"); /* 2^64 + 1024 */
}

/* Each of these is no value of the flag, and told that it must be `what`. */
static void assert_all_refused(const char *flag, const char *what, const char *const *wrong,
                               size_t count)
{
    char expected[128];

    for (size_t i = 0; i < count; i++) {
        snprintf(expected, sizeof expected, "%s %s: must be %s", flag, wrong[i], what);
        assert_refused(expected, flag, wrong[i]);
    }
}

/* With so many letters behind this beginning it is a value of the flag, with one more it is none.
 */
static void assert_longest(const char *flag, const char *beginning, size_t len)
{
    char text[2048] = "";
    size_t before = strlen(beginning);

    assert_true(len + 1 < sizeof text);
    memset(text, 'a', len);
    memcpy(text, beginning, before);
    assert_true(load(flag, text));
    unload();
    text[len] = 'a';
    assert_false(load(flag, text));
    unload();
}

static void urls_name_a_place(void **state)
{
    static const char *const right[] = {
        "http://a",         "https://a:1/",  "http://[::1]",
        "http://[::1]:443", "https://a/b:c", "http://u:p@a:65535"
    };
    static const char *const wrong[] = { "a:1",        "ftp://a",        "http://",
                                         "http://:80", "http:///x",      "http://a:",
                                         "http://a:0", "http://a:65536", "http://a:x",
                                         "http://a b", "http://a\nb",    "http://[::1]:x" };
    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        assert_true(load("--url", right[i]));
        unload();
    }
    assert_all_refused("--url", "a URL, as in http://127.0.0.1:9347", wrong,
                       sizeof wrong / sizeof wrong[0]);
    assert_longest("--url", "http://", 1024);
}

static void regions_fit_into_names(void **state)
{
    static const char *const wrong[] = { "", "us east", "us:east-1", "eu/1", "\xc3\xa4" };
    (void)state;
    assert_true(load("--region", "Local_1-a"));
    unload();
    assert_all_refused("--region", "up to 64 letters, digits, '-' and '_', as in us-east-1", wrong,
                       sizeof wrong / sizeof wrong[0]);
    assert_longest("--region", "", 64);
}

static void durations_have_a_unit(void **state)
{
    (void)state;
    assert_true(load());
    assert_int_equal(settings_number(&settings, LIFE), 3600);
    unload();
    assert_true(load("--life", "90s"));
    assert_int_equal(settings_number(&settings, LIFE), 90);
    unload();
    assert_true(load("--life=15m"));
    assert_int_equal(settings_number(&settings, LIFE), 900);
    unload();
    assert_true(load("--life=2d"));
    assert_int_equal(settings_number(&settings, LIFE), 172800);
    unload();
#define RIGHT ": must be from 2 to 172800 seconds, as in 90s, 15m, 12h or 7d"
    assert_refused("--life 90" RIGHT, "--life", "90");
    assert_refused("--life 1s" RIGHT, "--life", "1s");
    assert_refused("--life 3d" RIGHT, "--life", "3d");
    assert_refused("--life h" RIGHT, "--life", "h");
    assert_refused("--life  1h" RIGHT, "--life", " 1h");
    assert_refused("--life 213503982334602d" RIGHT, "--life", "213503982334602d"); /* 2^64 */
}

static void some_settings_repeat(void **state)
{
    (void)state;
    assert_true(load("--tag", "b", "--name", "y", "--tag=a", "--tag", "b"));
    assert_string_equal(settings_given(&settings, TAGS, 0), "b");
    assert_string_equal(settings_given(&settings, TAGS, 1), "a");
    assert_string_equal(settings_given(&settings, TAGS, 2), "b");
    assert_null(settings_given(&settings, TAGS, 3));
    unload();
    assert_true(load());
    assert_null(settings_given(&settings, TAGS, 0));
    unload();
}

/* ---- a command with verbs */

enum { FILE_NAME, COLOUR, VERB_COUNT };

static const struct setting verb_table[VERB_COUNT] = {
    [FILE_NAME] = { "file", "T_FILE", .type = SETTING_TEXT, .placeholder = "FILE" },
    [COLOUR] = { "colour", NULL, .type = SETTING_TEXT, .placeholder = "NAME", .fallback = "red",
                 .only = "paint|spray" },
};

static bool load_verb(const char *verb, const char *const *words, const char *const *arguments)
{
    char *argv[ARGUMENTS_MAX];
    int argc = 0;
    for (; arguments[argc]; argc++)
        argv[argc] = (char *)(uintptr_t)arguments[argc];
    struct settings_sources sources = { argc, argv, variable, false, .verb = verb };
    memcpy(sources.words, words, sizeof sources.words);
    text_init(&problem, 4096);
    return settings_load(&settings, verb_table, VERB_COUNT, &sources, &problem);
}

#define LIST(...) ((const char *const[ARGUMENTS_MAX]){ __VA_ARGS__ })
#define TWO_WORDS LIST("NAME", "[WHAT]")

#define assert_verb_refused(expected, ...)                              \
    do {                                                                \
        assert_false(load_verb("paint", TWO_WORDS, LIST(__VA_ARGS__))); \
        assert_problem_is(expected);                                    \
    } while (0)

static void words_stand_between_the_flags(void **state)
{
    (void)state;
    assert_true(load_verb("paint", TWO_WORDS, LIST("--file", "f", "house", "--colour=blue", "-")));
    assert_string_equal(settings_word(&settings, 0), "house");
    assert_string_equal(settings_word(&settings, 1), "-");
    assert_string_equal(settings_text(&settings, COLOUR), "blue");
    unload();
    assert_true(load_verb("paint", TWO_WORDS, LIST("--file", "f", "--", "--colour")));
    assert_string_equal(settings_word(&settings, 0), "--colour");
    assert_null(settings_word(&settings, 1));
    unload();
    assert_true(load_verb("paint", TWO_WORDS, LIST("--help")));
    assert_true(settings.help);
    unload();
}

static void words_are_refused_clearly(void **state)
{
    (void)state;
    assert_verb_refused("a word is missing: expected NAME [WHAT]", "--file", "f");
    assert_verb_refused("'c': is one word too many: expected NAME [WHAT]", "a", "b", "c");
    assert_verb_refused("'-x': there is no such option", "a", "-x");
    assert_false(load_verb("paint", LIST(NULL), LIST("--file", "f", "a")));
    assert_problem_is("'a': only options are expected here");
}

static void a_setting_may_be_of_some_verbs_alone(void **state)
{
    (void)state;
    assert_true(load_verb("spray", LIST(NULL), LIST("--file", "f", "--colour", "blue")));
    unload();
    assert_false(load_verb("clean", LIST(NULL), LIST("--file", "f", "--colour", "blue")));
    assert_problem_is("--colour: is an option of 'paint|spray', not of 'clean'");
}

static void a_setting_may_be_required(void **state)
{
    (void)state;
    assert_verb_refused("--file FILE: is missing, and T_FILE is not set", "house");
    assert_verb_refused("--file : must be a text that is not empty", "house", "--file", "");
    environment[0] = "T_FILE";
    environment[1] = "here";
    assert_true(load_verb("paint", TWO_WORDS, LIST("house")));
    assert_string_equal(settings_text(&settings, FILE_NAME), "here");
    unload();
}

static void the_environment_is_refused_clearly(void **state)
{
    (void)state;
    environment[0] = "T_LOOPS";
    environment[1] = "many";
    assert_refused("T_LOOPS=many: must be a whole number from 1 to 64");
    /* Also what a flag overrules must be right: a mistake does not wait for the day the flag goes.
     */
    assert_refused("T_LOOPS=many: must be a whole number from 1 to 64", "--loops", "3");
}

static void the_file_is_refused_clearly(void **state)
{
    (void)state;
    assert_file_refused("\nloops = x\n", "2: loops = x: must be a whole number from 1 to 64");
    assert_file_refused("loop = 1", "1: there is no setting 'loop'; did you mean 'loops'?");
    assert_file_refused("colour = 1", "1: there is no setting 'colour'");
    assert_file_refused("loops", "1: 'loops': must be 'name = value'");
    assert_file_refused("name =", "1: name = : must be a text that is not empty");
    assert_refused("/nowhere/weir.conf: cannot be read: No such file or directory", "--config",
                   "/nowhere/weir.conf");
    assert_refused("/tmp: cannot be read: Is a directory", "--config", "/tmp");
    assert_refused("--config : must be the name of a file", "--config=");
    environment[0] = "WEIR_CONFIG";
    environment[1] = "";
    assert_refused("WEIR_CONFIG=: must be the name of a file");
}

/* Not even where a reader that ends at the NUL would see a setting. */
static void a_nul_in_the_file_is_refused(void **state)
{
    static const char line[] = "name = x\0y\n";
    FILE *out = fopen(file, "w");
    char whole[512];

    (void)state;
    assert_non_null(out);
    assert_int_equal(fwrite(line, 1, sizeof line - 1, out), sizeof line - 1);
    fclose(out);
    snprintf(whole, sizeof whole, "%s:1: 'name': must be 'name = value'", file);
    assert_refused(whole, "--config", file);
}

static void a_secret_is_not_printed(void **state)
{
    struct text printed;

    (void)state;
    text_init(&printed, 65536);
    write_file("the-secret = Xy/9\n");
    assert_true(load("--config", file, "--print-config"));
    settings_print(&settings, &printed);
    text_append_char(&printed, '\0');
    assert_non_null(strstr(printed.ptr, "the-secret = *** "));
    assert_null(strstr(printed.ptr, "Xy/9"));
    text_deinit(&printed);
    unload();
}

static void a_secret_is_not_repeated(void **state)
{
    (void)state;
    assert_file_refused("the-secret Xy/9", "1: 'the-secret': must be 'name = value'");
    assert_file_refused("the-secret Xy/9=", "1: 'the-secret': must be 'name = value'");
    assert_file_refused("the-secret\tXy/9 = 1", "1: 'the-secret': must be 'name = value'");
    assert_file_refused("the-secrets Xy/9", "1: must be 'name = value'");
    assert_file_refused("Xy/9", "1: must be 'name = value'");
    assert_file_refused("Xy/9=", "1: there is no setting of this name");
    assert_file_refused("The-Secret = 1",
                        "1: there is no setting of this name; did you mean 'the-secret'?");
}

static void a_secret_stands_in_no_open_file(void **state)
{
    (void)state;
    assert_int_equal(chmod(file, 0604), 0);
    assert_file_refused("loops = 3\nthe-secret = s\n",
                        "2: the-secret: is a secret, and everybody may open the file; try: chmod "
                        "o-rwx FILE");
    write_file("loops = 3\nthe-secret =\n");
    assert_true(load("--config", file));
    unload();
    assert_int_equal(chmod(file, 0640), 0);
    write_file("the-secret = s\n");
    assert_true(load("--config", file));
    assert_string_equal(settings_text(&settings, SECRET), "s");
    unload();
}

static void what_is_printed_can_be_read_back(void **state)
{
    struct text printed;
    (void)state;
    environment[0] = "T_STORE";
    environment[1] = "memory";
    text_init(&printed, 65536);
    assert_true(load("--print-config", "--loops", "3", "--name", "a b"));
    assert_true(settings.print);
    settings_print(&settings, &printed);
    text_append_char(&printed, '\0');
    assert_non_null(strstr(printed.ptr, "loops = 3"));
    assert_non_null(strstr(printed.ptr, " # --loops\n"));
    assert_non_null(strstr(printed.ptr, " # T_STORE\n"));
    assert_non_null(strstr(printed.ptr, " # default\n"));
    unload();

    environment[0] = NULL;
    write_file(printed.ptr);
    text_deinit(&printed);
    assert_true(load("--config", file));
    assert_int_equal(settings_number(&settings, LOOPS), 3);
    assert_int_equal(settings_number(&settings, STORE), 0);
    assert_string_equal(settings_text(&settings, NAME), "a b");
    unload();
}

/* settings_load ensures that every default is valid; and no two settings may share a name. */
static void the_table_of_serve_is_sound(void **state)
{
    struct settings_sources sources = { 0, NULL, variable, true, .verb = NULL };
    (void)state;
    text_init(&problem, 4096);
    assert_true(settings_load(&settings, serve_settings, SERVE_SETTING_COUNT, &sources, &problem));
    unload();
    for (size_t i = 0; i < SERVE_SETTING_COUNT; i++) {
        assert_non_null(serve_settings[i].help);
        assert_true(serve_settings[i].type == SETTING_BOOLEAN || serve_settings[i].choices ||
                    serve_settings[i].placeholder);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(serve_settings[i].name, serve_settings[j].name);
            assert_string_not_equal(serve_settings[i].variable, serve_settings[j].variable);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(defaults_are_taken, forget_all),
        cmocka_unit_test_setup(the_stronger_source_wins, forget_all),
        cmocka_unit_test_setup(a_file_is_found_through_the_environment, forget_all),
        cmocka_unit_test_setup(flags_have_two_forms, forget_all),
        cmocka_unit_test_setup(help_asks_for_nothing_else, forget_all),
        cmocka_unit_test_setup(flags_are_refused_clearly, forget_all),
        cmocka_unit_test_setup(every_type_says_what_would_be_right, forget_all),
        cmocka_unit_test_setup(urls_name_a_place, forget_all),
        cmocka_unit_test_setup(regions_fit_into_names, forget_all),
        cmocka_unit_test_setup(durations_have_a_unit, forget_all),
        cmocka_unit_test_setup(some_settings_repeat, forget_all),
        cmocka_unit_test_setup(words_stand_between_the_flags, forget_all),
        cmocka_unit_test_setup(words_are_refused_clearly, forget_all),
        cmocka_unit_test_setup(a_setting_may_be_of_some_verbs_alone, forget_all),
        cmocka_unit_test_setup(a_setting_may_be_required, forget_all),
        cmocka_unit_test_setup(the_environment_is_refused_clearly, forget_all),
        cmocka_unit_test_setup(the_file_is_refused_clearly, forget_all),
        cmocka_unit_test_setup(a_nul_in_the_file_is_refused, forget_all),
        cmocka_unit_test_setup(a_secret_is_not_printed, forget_all),
        cmocka_unit_test_setup(a_secret_is_not_repeated, forget_all),
        cmocka_unit_test_setup(a_secret_stands_in_no_open_file, forget_all),
        cmocka_unit_test_setup(what_is_printed_can_be_read_back, forget_all),
        cmocka_unit_test_setup(the_table_of_serve_is_sound, forget_all),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
