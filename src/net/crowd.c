#include "net/crowd.h"

#include "base/hash.h"
#include "base/map.h"
#include "base/memory.h"
#include <pthread.h>
#include <stdatomic.h>

#define NETWORK_BYTES 8 /* of an IPv6 address */

/* Those who come from one place. */
struct origin {
    struct peer_address network;
    uint32_t clients;
};

struct crowd {
    struct crowd_bounds bounds;
    _Atomic size_t held_bytes;
    _Atomic size_t call_bytes;
    pthread_mutex_t mutex; /* over what follows */
    uint32_t clients;
    struct map origins; /* those with clients */
};

struct crowd *crowd_new(const struct crowd_bounds *bounds)
{
    struct crowd *crowd = memory_new(sizeof(*crowd));

    crowd->bounds = *bounds;
    ensure(pthread_mutex_init(&crowd->mutex, NULL) == 0);
    return crowd;
}

void crowd_free(struct crowd *crowd)
{
    ensure(crowd->clients == 0 && crowd->origins.count == 0);
    map_deinit(&crowd->origins);
    pthread_mutex_destroy(&crowd->mutex);
    memory_free(crowd);
}

/* ---- how many */

static struct peer_address network_of(const struct peer_address *address)
{
    struct peer_address network = *address;

    if (network.len > NETWORK_BYTES)
        memset(network.bytes + NETWORK_BYTES, 0, sizeof(network.bytes) - NETWORK_BYTES);
    return network;
}

static uint64_t hash_of(const struct peer_address *network)
{
    return hash_bytes(bytes_of((const char *)network->bytes, network->len));
}

static bool is_network(const void *object, const void *key)
{
    const struct origin *origin = object;
    const struct peer_address *network = key;

    return origin->network.len == network->len &&
           memcmp(origin->network.bytes, network->bytes, network->len) == 0;
}

static struct origin *find(const struct crowd *crowd, const struct peer_address *network)
{
    return map_find(&crowd->origins, hash_of(network), is_network, network);
}

static bool enter_from(struct crowd *crowd, const struct peer_address *network)
{
    uint32_t max = crowd->bounds.clients_per_address_max;
    struct origin *origin = find(crowd, network);

    if (max > 0 && origin && origin->clients >= max)
        return false;
    if (!origin) {
        origin = memory_new(sizeof(*origin));
        origin->network = *network;
        map_add(&crowd->origins, hash_of(network), origin);
    }
    origin->clients++;
    return true;
}

bool crowd_enter(struct crowd *crowd, const struct peer_address *address)
{
    struct peer_address network = network_of(address);
    bool may;

    pthread_mutex_lock(&crowd->mutex);
    may = crowd->clients < crowd->bounds.clients_max &&
          (network.len == 0 || enter_from(crowd, &network));
    if (may)
        crowd->clients++;
    pthread_mutex_unlock(&crowd->mutex);
    return may;
}

static void leave_from(struct crowd *crowd, const struct peer_address *network)
{
    struct origin *origin = find(crowd, network);

    ensure(origin && origin->clients > 0);
    origin->clients--;
    if (origin->clients > 0)
        return;
    map_remove(&crowd->origins, hash_of(network), origin);
    memory_free(origin);
}

void crowd_leave(struct crowd *crowd, const struct peer_address *address)
{
    struct peer_address network = network_of(address);

    pthread_mutex_lock(&crowd->mutex);
    ensure(crowd->clients > 0);
    crowd->clients--;
    if (network.len > 0)
        leave_from(crowd, &network);
    pthread_mutex_unlock(&crowd->mutex);
}

uint32_t crowd_clients(struct crowd *crowd)
{
    pthread_mutex_lock(&crowd->mutex);
    uint32_t clients = crowd->clients;
    pthread_mutex_unlock(&crowd->mutex);
    return clients;
}

/* ---- how much */

void crowd_hold(struct crowd *crowd, size_t before, size_t now)
{
    if (now != before)
        atomic_fetch_add(&crowd->held_bytes, now - before); /* unsigned, so less wraps around */
}

bool crowd_is_heavy(const struct crowd *crowd)
{
    return atomic_load(&crowd->held_bytes) > crowd->bounds.held_bytes_max;
}

/* A few calls too many, by loops that ask at the same moment, do no harm. */
bool crowd_begin_call(struct crowd *crowd, size_t bytes, bool is_held)
{
    size_t most = crowd->bounds.held_bytes_max;

    if (atomic_load(&crowd->call_bytes) > (is_held ? most / 2 : most))
        return false;
    atomic_fetch_add(&crowd->call_bytes, bytes);
    return true;
}

void crowd_end_call(struct crowd *crowd, size_t bytes)
{
    size_t before = atomic_fetch_sub(&crowd->call_bytes, bytes);

    ensure(before >= bytes);
}
