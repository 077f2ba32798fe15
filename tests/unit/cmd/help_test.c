#include "cmd/help.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static const char *page_of(struct text *page, const struct command *command)
{
    text_init(page, 1u << 20);
    help_command(command, page);
    assert_false(page->overflowed);
    text_append_char(page, '\0');
    return page->ptr;
}

static const struct command *const commands[] = { &command_serve, &command_demo, &command_user,
                                                  &command_key, &command_policy };
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void pages_explain_every_setting(void **state)
{
    struct text page;
    (void)state;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const char *text = page_of(&page, commands[i]);
        for (size_t j = 0; j < commands[i]->setting_count; j++) {
            const struct setting *setting = &commands[i]->settings[j];
            assert_non_null(strstr(text, setting->name));
            if (setting->variable)
                assert_non_null(strstr(text, setting->variable));
            assert_true(setting->type == SETTING_BOOLEAN || setting->choices ||
                        setting->placeholder);
        }
        assert_non_null(strstr(text, "EXIT STATUS"));
        text_deinit(&page);
    }
}

/* Of each kind of bounds one; those of a quota exclude nothing. */
static void pages_say_between_what_a_number_must_be(void **state)
{
    static const char *const lines[] = {
        "Default: 1. From 1 to 64. Environment: WEIR_LOOPS.",
        "Default: 32K. From 4K to 1M. Environment: WEIR_HEADER_BYTES_MAX.",
        "Default: 256M. At least 64M. Environment: WEIR_HELD_BYTES_MAX.",
        "Default: 86400. At least 1. Environment: WEIR_PAGE_TOKEN_SECONDS.",
        "Default: 64M. Environment: WEIR_RECENT_BYTES.",
    };
    struct text page;
    (void)state;
    const char *text = page_of(&page, &command_serve);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_non_null(strstr(text, lines[i]));
    text_deinit(&page);
}

static void pages_explain_every_verb(void **state)
{
    struct text page;
    (void)state;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const char *text = page_of(&page, commands[i]);
        assert_true(commands[i]->run ? commands[i]->verb_count == 0 : commands[i]->verb_count > 0);
        for (size_t j = 0; j < commands[i]->verb_count; j++) {
            char synopsis[64];
            snprintf(synopsis, sizeof synopsis, "    weir %s %s ", commands[i]->name,
                     commands[i]->verbs[j].name);
            assert_non_null(strstr(text, synopsis));
            assert_ptr_equal(command_find_verb(commands[i], commands[i]->verbs[j].name),
                             &commands[i]->verbs[j]);
        }
        text_deinit(&page);
    }
}

/* A setting that is for some verbs alone names verbs that there are. */
static void settings_name_verbs_that_there_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        for (size_t j = 0; j < commands[i]->setting_count; j++) {
            const char *only = commands[i]->settings[j].only;
            for (const char *at = only; at && *at; at += strspn(at, "|")) {
                char verb[32];
                snprintf(verb, sizeof verb, "%.*s", (int)strcspn(at, "|"), at);
                assert_non_null(command_find_verb(commands[i], verb));
                at += strcspn(at, "|");
            }
        }
    }
}

static void a_page_fits_a_terminal(const struct command *command)
{
    struct text page;
    for (const char *line = page_of(&page, command); *line;) {
        size_t length = strcspn(line, "\n");
        if (length > 80)
            fail_msg("longer than 80 columns: %.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
    text_deinit(&page);
}

static void pages_fit_a_terminal(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        a_page_fits_a_terminal(commands[i]);
}

static void only_a_command_with_a_file_explains_it(void **state)
{
    struct text page;
    (void)state;
    assert_non_null(strstr(page_of(&page, &command_serve), "--config FILE"));
    text_deinit(&page);
    assert_null(strstr(page_of(&page, &command_demo), "--config FILE"));
    text_deinit(&page);
}

static void wrapping_keeps_words_and_paragraphs(void **state)
{
    struct text page;
    (void)state;
    text_init(&page, 4096);
    help_wrap(
        &page,
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen\n\n"
        "again",
        2);
    text_append_char(&page, '\0');
    assert_string_equal(page.ptr,
                        "  one two three four five six seven eight nine ten eleven twelve "
                        "thirteen\n  fourteen fifteen\n\n  again\n");
    text_deinit(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_explain_every_setting),
        cmocka_unit_test(pages_say_between_what_a_number_must_be),
        cmocka_unit_test(pages_explain_every_verb),
        cmocka_unit_test(settings_name_verbs_that_there_are),
        cmocka_unit_test(pages_fit_a_terminal),
        cmocka_unit_test(only_a_command_with_a_file_explains_it),
        cmocka_unit_test(wrapping_keeps_words_and_paragraphs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
