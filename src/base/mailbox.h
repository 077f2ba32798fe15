/*
 * mailbox - hands objects from any thread to the one that owns the mailbox, oldest first.
 *
 * The objects carry their own `struct mail`. Bounded by whoever posts. `wake`, if given, is called
 * after a post into an empty mailbox, from the posting thread (an event loop's wake-up); a plain
 * thread waits with mailbox_wait.
 */
#ifndef BASE_MAILBOX_H
#define BASE_MAILBOX_H

#include "base/instant.h"
#include <pthread.h>
#include <stdbool.h>

struct mail {
    struct mail *next;
};

struct mailbox {
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    struct mail *first, *last;
    void (*wake)(void *context);
    void *context;
    bool poked;
    bool is_waiting; /* the owner, in mailbox_wait */
};

void mailbox_init(struct mailbox *box, void (*wake)(void *context), void *context);
void mailbox_deinit(struct mailbox *box);

/* Adds `mail` at the end. Any thread. */
void mailbox_post(struct mailbox *box, struct mail *mail);
/* Makes a mailbox_wait under way, or the next one, return at once. Any thread. */
void mailbox_poke(struct mailbox *box);
/* All that is there, oldest first and linked by `next`, or NULL. The owner's thread. */
struct mail *mailbox_take(struct mailbox *box);
/* As mailbox_take, but waits up to `timeout` (negative: without end) for something to arrive. */
struct mail *mailbox_wait(struct mailbox *box, struct duration timeout);

#endif
