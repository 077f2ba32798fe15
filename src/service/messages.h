/*
 * messages - what one workflow owes another: to start a child, to signal or cancel, to report a
 * close, to apply a child policy, and the replies. To itself it owes the start of its Lambda tasks.
 *
 * A message is stored in the commit that makes it owed, and delivered in a later turn, by a step at
 * its target; the commit of that step removes it and stores the reply. So after a crash delivery
 * goes on where it was: nothing is lost, nothing happens twice. Messages are delivered in the order
 * of their numbers, so those of one sender arrive in the order of its events. A message holds all
 * that it says: its sender may be gone when it arrives.
 */
#ifndef SERVICE_MESSAGES_H
#define SERVICE_MESSAGES_H

#include "base/err.h"
#include "base/list.h"
#include "base/map.h"
#include "model/event.h"
#include "service/runs.h"

struct json_reader;
struct service;

struct messages {
    struct list queue; /* by number */
    struct list held;  /* from or to runs that were set aside: they wait in the store */
    struct map starts; /* those that are to start a child, by who asks and which of its events */
    uint64_t next_number;
    uint64_t count;
    size_t bytes; /* of memory, for those in the queue */
};

/* While messages take more memory than this no call is taken, because each may add to them: one
 * decision may owe thousands of messages, and each is delivered by a step of its own. */
#define MESSAGES_BYTES_ENOUGH ((size_t)64 << 20)

/* Must what is owed be delivered before another call is taken? That waits for no call: a message is
 * delivered, answered or laid aside as soon as its turn comes. */
static inline bool messages_are_enough(const struct messages *messages)
{
    return messages->bytes > MESSAGES_BYTES_ENOUGH;
}

void messages_init(struct messages *messages);
void messages_deinit(struct messages *messages);

/* Files what these events of `run`, which were just applied, make it owe. */
void messages_owe(struct service *service, struct run *run, const struct event_list *events);

/* Delivers what was owed before this turn, up to a bound; true when there is more to do at once. */
bool messages_deliver(struct service *service);

/* A message as the store hands it over at start. */
enum err messages_recover(struct service *service, struct bytes key, struct bytes value);

/* Is it a message that could be taken up? */
bool messages_can_read(struct json_reader *json, struct bytes key, struct bytes value);

#endif
