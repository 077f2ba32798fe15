#include "base/mailbox.h"

#include "base/ensure.h"
#include <errno.h>
#include <time.h>

#define NS_PER_MS INT64_C(1000000)
#define WAIT_S_MAX INT64_C(1000000000) /* some thirty years: as good as without end */

static void lock(struct mailbox *box)
{
    ensure(pthread_mutex_lock(&box->lock) == 0);
}

static void unlock(struct mailbox *box)
{
    ensure(pthread_mutex_unlock(&box->lock) == 0);
}

void mailbox_init(struct mailbox *box, void (*wake)(void *context), void *context)
{
    pthread_condattr_t attributes;

    *box = (struct mailbox){ .wake = wake, .context = context };
    ensure(pthread_mutex_init(&box->lock, NULL) == 0);
    ensure(pthread_condattr_init(&attributes) == 0);
    /* A wait must not stretch or shrink when somebody sets the wall clock. */
    ensure(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    ensure(pthread_cond_init(&box->arrived, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
}

void mailbox_deinit(struct mailbox *box)
{
    pthread_cond_destroy(&box->arrived);
    pthread_mutex_destroy(&box->lock);
}

void mailbox_post(struct mailbox *box, struct mail *mail)
{
    mail->next = NULL;
    lock(box);
    bool was_empty = !box->first;
    if (was_empty)
        box->first = mail;
    else
        box->last->next = mail;
    box->last = mail;
    bool is_awaited = was_empty && box->is_waiting;
    unlock(box);
    /* Outside of the lock: the owner would wake up only to wait for it, and `wake` may do as it
     * likes. */
    if (is_awaited)
        pthread_cond_signal(&box->arrived);
    if (was_empty && box->wake)
        box->wake(box->context);
}

void mailbox_poke(struct mailbox *box)
{
    lock(box);
    box->poked = true;
    pthread_cond_signal(&box->arrived);
    unlock(box);
}

/* Under the lock. */
static struct mail *take_all(struct mailbox *box)
{
    struct mail *all = box->first;
    box->first = NULL;
    box->last = NULL;
    return all;
}

struct mail *mailbox_take(struct mailbox *box)
{
    lock(box);
    struct mail *all = take_all(box);
    unlock(box);
    return all;
}

static struct timespec deadline_after(struct duration timeout)
{
    struct timespec at;

    ensure(clock_gettime(CLOCK_MONOTONIC, &at) == 0);
    int64_t seconds = timeout.ms / 1000;
    int64_t ns = at.tv_nsec + timeout.ms % 1000 * NS_PER_MS;
    at.tv_sec += (seconds < WAIT_S_MAX ? seconds : WAIT_S_MAX) + ns / (1000 * NS_PER_MS);
    at.tv_nsec = ns % (1000 * NS_PER_MS);
    return at;
}

/* Waits once; false when the deadline has passed. Under the lock. */
static bool wait_once(struct mailbox *box, const struct timespec *deadline)
{
    int error = deadline ? pthread_cond_timedwait(&box->arrived, &box->lock, deadline)
                         : pthread_cond_wait(&box->arrived, &box->lock);
    ensure(error == 0 || error == ETIMEDOUT);
    return error == 0;
}

struct mail *mailbox_wait(struct mailbox *box, struct duration timeout)
{
    struct timespec deadline = { 0 };
    bool endless = timeout.ms < 0;

    if (!endless)
        deadline = deadline_after(timeout);
    lock(box);
    box->is_waiting = true;
    while (!box->first && !box->poked)
        if (!wait_once(box, endless ? NULL : &deadline))
            break;
    box->is_waiting = false;
    box->poked = false;
    struct mail *all = take_all(box);
    unlock(box);
    return all;
}
