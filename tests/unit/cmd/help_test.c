#include "cmd/help.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const char *page_of(struct text *page, const struct command *command)
{
    text_init(page, 1u << 20);
    help_command(command, page);
    assert_false(page->overflowed);
    text_append_char(page, '\0');
    return page->ptr;
}

static void pages_explain_every_setting(void **state)
{
    const struct command *commands[] = { &command_serve, &command_demo };
    struct text page;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const char *text = page_of(&page, commands[i]);
        for (size_t j = 0; j < commands[i]->setting_count; j++) {
            assert_non_null(strstr(text, commands[i]->settings[j].name));
            assert_non_null(strstr(text, commands[i]->settings[j].variable));
        }
        assert_non_null(strstr(text, "EXIT STATUS"));
        text_deinit(&page);
    }
}

static void pages_fit_a_terminal(void **state)
{
    struct text page;
    (void)state;
    for (const char *line = page_of(&page, &command_serve); *line;) {
        size_t length = strcspn(line, "\n");
        if (length > 80)
            fail_msg("longer than 80 columns: %.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
    text_deinit(&page);
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
        cmocka_unit_test(pages_fit_a_terminal),
        cmocka_unit_test(only_a_command_with_a_file_explains_it),
        cmocka_unit_test(wrapping_keeps_words_and_paragraphs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
