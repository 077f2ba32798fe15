#include "base/mailbox.h"

#include "base/heap.h" /* object_of */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define POSTERS 4
#define LETTERS 5000 /* of each poster */

struct letter {
    struct mail mail;
    int poster;
    int number;
};

struct poster {
    pthread_t thread;
    struct mailbox *box;
    int id;
    struct letter letters[LETTERS];
};

static const struct duration endless = { -1 };

static void count_wake(void *context)
{
    ++*(int *)context;
}

static void *post_all(void *argument)
{
    struct poster *poster = argument;

    for (int i = 0; i < LETTERS; i++) {
        poster->letters[i].poster = poster->id;
        poster->letters[i].number = i;
        mailbox_post(poster->box, &poster->letters[i].mail);
    }
    return NULL;
}

/* Each poster's letters must arrive in the order in which they were posted. */
static int read_all(struct mail *mail, int *expected)
{
    int count = 0;

    for (; mail; mail = mail->next) {
        struct letter *letter = object_of(mail, struct letter, mail);
        assert_int_equal(letter->number, expected[letter->poster]);
        expected[letter->poster]++;
        count++;
    }
    return count;
}

static void all_threads_arrive_in_their_order(void **state)
{
    static struct poster posters[POSTERS];
    struct mailbox box;
    int expected[POSTERS] = { 0 };
    int count = 0;

    (void)state;
    mailbox_init(&box, NULL, NULL);
    for (int i = 0; i < POSTERS; i++) {
        posters[i].box = &box;
        posters[i].id = i;
        assert_int_equal(pthread_create(&posters[i].thread, NULL, post_all, &posters[i]), 0);
    }
    while (count < POSTERS * LETTERS)
        count += read_all(mailbox_wait(&box, endless), expected);
    for (int i = 0; i < POSTERS; i++)
        pthread_join(posters[i].thread, NULL);
    assert_null(mailbox_take(&box));
    mailbox_deinit(&box);
}

static void take_empties_oldest_first(void **state)
{
    struct mailbox box;
    struct mail a, b, c;

    (void)state;
    mailbox_init(&box, NULL, NULL);
    assert_null(mailbox_take(&box));
    mailbox_post(&box, &a);
    mailbox_post(&box, &b);
    assert_ptr_equal(mailbox_take(&box), &a);
    assert_ptr_equal(a.next, &b);
    assert_null(b.next);
    assert_null(mailbox_take(&box));
    mailbox_post(&box, &c);
    assert_ptr_equal(mailbox_wait(&box, endless), &c);
    assert_null(c.next);
    mailbox_deinit(&box);
}

static void wake_is_called_for_the_first_only(void **state)
{
    struct mailbox box;
    struct mail a, b, c;
    int wakes = 0;

    (void)state;
    mailbox_init(&box, count_wake, &wakes);
    mailbox_post(&box, &a);
    assert_int_equal(wakes, 1);
    mailbox_post(&box, &b);
    assert_int_equal(wakes, 1);
    mailbox_take(&box);
    mailbox_post(&box, &c);
    assert_int_equal(wakes, 2);
    mailbox_deinit(&box);
}

static void a_wait_ends_at_its_timeout(void **state)
{
    struct mailbox box;

    (void)state;
    mailbox_init(&box, NULL, NULL);
    assert_null(mailbox_wait(&box, (struct duration){ 0 }));
    assert_null(mailbox_wait(&box, (struct duration){ 1 }));
    mailbox_deinit(&box);
}

static void a_poke_before_the_wait_is_not_lost(void **state)
{
    struct mailbox box;
    struct mail a;

    (void)state;
    mailbox_init(&box, NULL, NULL);
    mailbox_poke(&box);
    assert_null(mailbox_take(&box)); /* a take does not use it up */
    assert_null(mailbox_wait(&box, endless));
    mailbox_poke(&box);
    mailbox_post(&box, &a);
    assert_ptr_equal(mailbox_wait(&box, (struct duration){ INT64_MAX }), &a);
    assert_null(mailbox_wait(&box, (struct duration){ 0 }));
    mailbox_deinit(&box);
}

static void *poke(void *argument)
{
    mailbox_poke(argument);
    return NULL;
}

static void a_poke_ends_a_wait_under_way(void **state)
{
    struct mailbox box;
    pthread_t thread;

    (void)state;
    mailbox_init(&box, NULL, NULL);
    assert_int_equal(pthread_create(&thread, NULL, poke, &box), 0);
    assert_null(mailbox_wait(&box, (struct duration){ INT64_MAX }));
    pthread_join(thread, NULL);
    mailbox_deinit(&box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_threads_arrive_in_their_order),
        cmocka_unit_test(take_empties_oldest_first),
        cmocka_unit_test(wake_is_called_for_the_first_only),
        cmocka_unit_test(a_wait_ends_at_its_timeout),
        cmocka_unit_test(a_poke_before_the_wait_is_not_lost),
        cmocka_unit_test(a_poke_ends_a_wait_under_way),
    };
    return cmocka_run_group_tests_name("mailbox", tests, NULL, NULL);
}
