/*
 * fake_service - a service with a thread but without state, for the tests of the network.
 *
 *   polls                          are parked until fake_service_answer_polls or until abandoned
 *   RegisterDomain                 succeeds, nothing to say
 *   CountOpenWorkflowExecutions    {"count":7}
 *   DescribeDomain                 UnknownResourceFault
 *   DeprecateDomain                InternalFailure
 *   ListDomains                    FAKE_LIST_BYTES of domains and more
 *   StartWorkflowExecution         a run id
 */
#ifndef FAKE_SERVICE_H
#define FAKE_SERVICE_H

#include "service/service.h"

#define FAKE_LIST_BYTES ((size_t)16 << 20)

struct service *fake_service_new(void);
/* No call may be left in it. */
void fake_service_free(struct service *service);

/* Wait until so many polls are parked, or have been abandoned since the beginning. */
void fake_service_wait_parked(struct service *service, uint64_t count);
void fake_service_wait_abandoned(struct service *service, uint64_t count);

/* From now on StartWorkflowExecution is parked, too; it cannot be abandoned. */
void fake_service_park_starts(struct service *service);

/* Answers all that is parked, polls empty; or of that only what has been parked longest. */
void fake_service_answer_polls(struct service *service);
void fake_service_answer_first(struct service *service);
/* Waits until so many calls have been given back since the beginning. */
void fake_service_wait_answered(struct service *service, uint64_t count);

/* From now on polls are answered at once, as after service_stop. */
void fake_service_stop_parking(struct service *service);

/* From now on whoever submits a call is held there, its loop with it, until all are released. */
void fake_service_hold_submitters(struct service *service);
void fake_service_wait_held(struct service *service);
void fake_service_release_submitters(struct service *service);

/* Whether its turn takes too long. */
void fake_service_stall(struct service *service, bool is_stalled);

/* How many calls have been submitted so far. */
uint64_t fake_service_calls(struct service *service);

/* A world that stands still: Thu, 01 Jan 2026 00:00:00 GMT, and entropy that is all 7s. */
extern const struct world still_world;

#endif
