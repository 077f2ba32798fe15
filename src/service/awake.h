/*
 * awake - which open runs have their execution in memory, and which sleep.
 *
 * A run that nobody has touched for some seconds gets a row in the store (service/stub.h), so that
 * the next start need not read its history. When the open runs take more memory than they may,
 * those that were used longest ago fall asleep: their row is written if it is not there yet, their
 * execution goes, their stub stays. Whatever touches one wakes it by replaying its history.
 *
 *   S13  a run falls asleep only between turns, when all that it knows is committed and its history
 *        says it (execution_is_its_history);
 *   S14  a run that sleeps has its row, and what its stub says is what the fold would say.
 *
 * A run whose history is large stays awake, because it is read inside a turn. Stubs count as well,
 * so a limit below what those take keeps nobody awake.
 */
#ifndef SERVICE_AWAKE_H
#define SERVICE_AWAKE_H

#include "base/ensure.h"
#include "base/err.h"
#include "base/instant.h"
#include "base/list.h"
#include "service/runs.h"
#include "service/turn.h"

struct service;

/* Bytes of a history that are replayed inside a turn. */
#define AWAKE_HISTORY_BYTES_MAX ((size_t)256 << 10)
/* After so many runs that had to be read, or so many bytes of their histories, a turn begins
 * nothing more, so that nobody waits long for its end. */
#define AWAKE_WAKES_MAX 256
#define AWAKE_WAKE_BYTES ((size_t)8 << 20)
/* A run that nobody touched for so long gets its row. */
#define AWAKE_IDLE_S 10
/* Rows that are written for that after one turn; and runs that fall asleep. */
#define AWAKE_ROWS_MAX 256
#define AWAKE_SLEEPERS_MAX 8192
/* Bytes of rows after which a write takes no further ones. */
#define AWAKE_ROW_BYTES ((size_t)8 << 20)

/* Each list in the order of use, longest ago first. A run is in one of them while it is awake. */
struct awake {
    struct list fresh;    /* changed since they had a row, if they ever had one */
    struct list resting;  /* have their row */
    struct list restless; /* cannot sleep as they are */
    uint64_t count;       /* of all these */
    size_t memory;        /* what they take */
    size_t memory_max;    /* of open runs, stubs included; 0: no limit */
    uint64_t woken, fallen_asleep, rows;
    uint64_t woken_before; /* this turn */
    size_t bytes_woken;    /* in this turn, of histories */
};

void awake_init(struct awake *awake, size_t memory_max);

/* The run with this number. Wakes it. ERR_NOT_FOUND: there is none; ERR_CORRUPT: its history is
 * damaged, and it was set aside (service/set_aside.h). After any other error service.failure is
 * set, and the turn ends without a commit. *out is NULL then. */
must_use enum err awake_get(struct service *service, uint64_t number, struct run **out);
/* The open run of this workflow, likewise; ERR_NOT_FOUND also when it was set aside, as by now
 * set_aside_may_be says. */
must_use enum err awake_find(struct service *service, uint32_t domain, struct bytes workflow_id,
                             struct run **out);
/* The run of this stub, awake; NULL as above. One that was set aside is due no more, and its tasks
 * wait no more. */
struct run *awake_wake(struct service *service, struct stub *stub);

/* True when this turn has read as much of histories as so many of its TURN_PARTS should. */
static inline bool awake_has_enough(const struct awake *awake, unsigned parts)
{
    return awake->woken - awake->woken_before >= AWAKE_WAKES_MAX / TURN_PARTS * parts ||
           awake->bytes_woken >= AWAKE_WAKE_BYTES / TURN_PARTS * parts;
}

/* A run has got its stub, and is awake; one has closed. */
void awake_add(struct service *service, struct run *run);
void awake_remove(struct service *service, struct run *run);
/* The run changed: it takes as much memory as now, and has no row any more. True if it had one: the
 * change must say so. */
bool awake_changed(struct service *service, struct run *run);

/* After a turn: lets runs fall asleep, and writes rows. The next turn begins. */
must_use enum err awake_rest(struct service *service);
/* At an orderly end: writes the rows that are missing. */
must_use enum err awake_rest_all(struct service *service);
/* How long until awake_rest has something to do, as service_idle says it. */
struct duration awake_idle(const struct service *service);

#endif
