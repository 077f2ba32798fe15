/*
 * trail - which calls leave a line in the audit log, and what the line says.
 *
 * Those that changed something, and those that were refused, for whatever reason. A poll changes
 * something when it takes a task.
 */
#ifndef NET_TRAIL_H
#define NET_TRAIL_H

#include "net/audit.h"
#include "service/call.h"
#include "service/world.h"

/* Where a call comes from. */
struct trail {
    struct audit *audit; /* NULL: no log is kept */
    const struct world *world;
    struct bytes source; /* the client's address; absent: it has none */
    struct bytes request_id;
};

/* A call that comes back from the service. */
void trail_note_call(const struct trail *trail, const struct call *call);

/* A request that did not get there. `operation` is absent when it named none; so are the caller's
 * ARN and the access key id when they are not known. */
void trail_note_refusal(const struct trail *trail, struct bytes operation, struct bytes principal,
                        struct bytes access_key_id, enum fault_code fault);

#endif
