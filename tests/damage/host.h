/*
 * host - the service on the store of a folder, in this process, in a world where nothing happens by
 * chance: as `weir serve` would have it, but for the network.
 */
#ifndef TESTS_DAMAGE_HOST_H
#define TESTS_DAMAGE_HOST_H

#include "base/arena.h"
#include "base/random.h"
#include "model/operation.h"
#include "service/service.h"
#include "wire/json.h"

struct host {
    struct arena *arena; /* of requests and replies */
    struct world world;
    struct random_sequence sequence;
    int64_t now_ms;
    struct json_reader *json;
    struct store *store;
    struct service *service;
};

/* Opens the folder; what goes wrong is the answer, and then nothing is to be closed. */
must_use enum err host_open(struct host *host, const char *folder, int64_t now_ms,
                            struct arena *arena);
void host_close(struct host *host);

/* One turn with one call in it. The reply as JSON, or "fault NAME message"; with ' for " in the
 * request. */
struct bytes host_ask(struct host *host, enum operation operation, const char *request);
/* The same, and it must not be a fault. */
struct bytes host_do(struct host *host, enum operation operation, const char *request);

/* Turns until there is nothing more to do at once. */
void host_settle(struct host *host);

/* The value of the first member of this name that is a string; absent when there is none. */
struct bytes member_in(struct bytes json, const char *name);

#endif
