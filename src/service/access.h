/*
 * access - asks whether a call may be made, and each of its decisions.
 *
 * What a call is about is named by an ARN: the domain that it names, or the one that its task
 * token lies in (Amazon SWF Developer Guide, "Identity and Access Management"). A call without
 * an authority may do everything.
 */
#ifndef SERVICE_ACCESS_H
#define SERVICE_ACCESS_H

#include "model/facts.h"
#include "service/call.h"

struct service;
struct run;

/* May the call be made? If not, AccessDeniedException or OperationNotPermittedFault was answered.
 */
bool access_permits_call(struct service *service, struct call *call);

/* The AccessDeniedException for a caller who may not use that resource. */
struct fault access_refusal(const struct call *call, struct bytes resource, struct arena *arena);

/* Whose decisions on what: lives as long as the facts that ask it. */
struct decision_access {
    struct service *service;
    struct call *call;
    const struct run *run;
    struct access_question question; /* all of it but the decision */
};

/* Makes the facts ask for every decision of the call; `access` is filled in. */
void access_judge_decisions(struct service *service, struct call *call, const struct run *run,
                            struct decision_access *access, struct facts *facts);

#endif
