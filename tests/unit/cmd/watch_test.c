/* What a server waits for: files that are written, replaced or turned to, and signals. */
#include "cmd/watch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
/* after its prerequisites */
#include <cmocka.h>

struct place {
    char folder[64], first[96], second[96], other[96];
};

static void write_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static struct watch *watch_two(struct place *place)
{
    struct watch *watch = watch_new();

    snprintf(place->folder, sizeof(place->folder), "/tmp/watch_test.XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->first, sizeof(place->first), "%s/first", place->folder);
    snprintf(place->second, sizeof(place->second), "%s/second", place->folder);
    snprintf(place->other, sizeof(place->other), "%s/other", place->folder);
    write_file(place->first, "1");
    write_file(place->second, "2");
    assert_int_equal(watch_add(watch, place->first), 1);
    assert_int_equal(watch_add(watch, place->second), 2);
    return watch;
}

static void forget(struct place *place, struct watch *watch)
{
    watch_free(watch);
    unlink(place->first);
    unlink(place->second);
    unlink(place->other);
    assert_int_equal(rmdir(place->folder), 0);
}

static void expect_changed(struct watch *watch, unsigned expected)
{
    struct watch_news news = watch_wait(watch);

    assert_int_equal(news.signal, 0);
    assert_int_equal(news.changed, expected);
}

static void a_file_may_be_written_or_replaced(void **state)
{
    struct place place;
    struct watch *watch = watch_two(&place);

    (void)state;
    write_file(place.second, "twelve");
    expect_changed(watch, 2);
    write_file(place.other, "new");
    assert_int_equal(rename(place.other, place.first), 0);
    expect_changed(watch, 1);
    forget(&place, watch);
}

/* As who mends a file does that was refused because everybody may read it. */
static void a_mode_may_be_changed(void **state)
{
    struct place place;
    struct watch *watch = watch_two(&place);

    (void)state;
    assert_int_equal(chmod(place.first, 0604), 0);
    write_file(place.second, "twelve"); /* so that there is news in any case */
    expect_changed(watch, 3);
    assert_int_equal(chmod(place.first, 0600), 0);
    expect_changed(watch, 1);
    forget(&place, watch);
}

/* As where secrets are mounted: the folder holds a link that is replaced. */
static void a_link_may_be_turned(void **state)
{
    struct place place;
    struct watch *watch = watch_two(&place);
    char link[96];

    (void)state;
    snprintf(link, sizeof(link), "%s/link", place.folder);
    write_file(place.other, "elsewhere");
    assert_int_equal(symlink("first", link), 0);
    watch_add(watch, link);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(symlink("other", link), 0);
    expect_changed(watch, 4);
    unlink(link);
    forget(&place, watch);
}

/* As `weir user` does with a link into another folder. */
static void the_target_of_a_link_may_be_replaced(void **state)
{
    struct place place, links;
    struct watch *watch = watch_two(&place), *linked = watch_two(&links);
    char link[96];

    (void)state;
    snprintf(link, sizeof(link), "%s/link", links.folder);
    assert_int_equal(symlink(place.first, link), 0);
    watch_add(linked, link);
    write_file(place.other, "new");
    assert_int_equal(rename(place.other, place.first), 0);
    expect_changed(linked, 4);
    unlink(link);
    forget(&links, linked);
    forget(&place, watch);
}

/* Also in a folder that nobody looked into when the link was added. */
static void the_target_of_a_turned_link_may_be_replaced(void **state)
{
    struct place place, links;
    struct watch *watch = watch_two(&place), *linked = watch_two(&links);
    char link[96];

    (void)state;
    snprintf(link, sizeof(link), "%s/link", links.folder);
    assert_int_equal(symlink("first", link), 0);
    watch_add(linked, link);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(symlink(place.first, link), 0);
    expect_changed(linked, 4);
    write_file(place.other, "new");
    assert_int_equal(rename(place.other, place.first), 0);
    expect_changed(linked, 4);
    unlink(link);
    forget(&links, linked);
    forget(&place, watch);
}

static void send_signal(int signal)
{
    assert_int_equal(kill(getpid(), signal), 0);
}

static void a_hangup_is_a_change_of_everything(void **state)
{
    struct place place;
    struct watch *watch = watch_two(&place);
    struct watch_news news;

    (void)state;
    send_signal(SIGHUP);
    news = watch_wait(watch);
    assert_int_equal(news.signal, SIGHUP);
    assert_int_equal(news.changed, 3);
    forget(&place, watch);
}

static void other_signals_change_nothing(void **state)
{
    struct place place;
    struct watch *watch = watch_two(&place);
    struct watch_news news;

    (void)state;
    send_signal(SIGTERM);
    news = watch_wait(watch);
    assert_int_equal(news.signal, SIGTERM);
    assert_int_equal(news.changed, 0);
    forget(&place, watch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_may_be_written_or_replaced),
        cmocka_unit_test(a_mode_may_be_changed),
        cmocka_unit_test(a_link_may_be_turned),
        cmocka_unit_test(the_target_of_a_link_may_be_replaced),
        cmocka_unit_test(the_target_of_a_turned_link_may_be_replaced),
        cmocka_unit_test(a_hangup_is_a_change_of_everything),
        cmocka_unit_test(other_signals_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
