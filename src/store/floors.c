#include "store/floors.h"

#include "base/ensure.h"
#include "base/hash.h"
#include "base/memory.h"

#define NO_FLOOR ((struct instant){ INT64_MIN })

struct floor {
    uint64_t account;
    uint32_t domain;
    struct instant oldest[2]; /* in lists by start time, and by close time */
};

void floors_init(struct floors *floors)
{
    *floors = (struct floors){ 0 };
    ensure(pthread_mutex_init(&floors->mutex, NULL) == 0);
}

void floors_deinit(struct floors *floors)
{
    map_drain(&floors->domains, memory_free);
    map_deinit(&floors->domains);
    ensure(pthread_mutex_destroy(&floors->mutex) == 0);
}

static void lock(struct floors *floors)
{
    ensure(pthread_mutex_lock(&floors->mutex) == 0);
}

static void unlock(struct floors *floors)
{
    ensure(pthread_mutex_unlock(&floors->mutex) == 0);
}

static bool is_of(const void *object, const void *key)
{
    const struct floor *floor = object;
    const struct floor *wanted = key;

    return floor->account == wanted->account && floor->domain == wanted->domain;
}

static struct floor *find(const struct floors *floors, const struct floor *key)
{
    return map_find(&floors->domains, hash_combine(key->account, key->domain), is_of, key);
}

static struct floor *get(struct floors *floors, const struct floor *key)
{
    struct floor *floor = find(floors, key);

    if (floor)
        return floor;
    floor = memory_new(sizeof(*floor));
    *floor = (struct floor){ key->account, key->domain, { NO_FLOOR, NO_FLOOR } };
    map_add(&floors->domains, hash_combine(key->account, key->domain), floor);
    return floor;
}

struct instant floors_hold(struct floors *floors, uint64_t account, uint32_t domain,
                           bool by_close_time)
{
    const struct floor key = { .account = account, .domain = domain };

    lock(floors);
    const struct floor *floor = find(floors, &key);
    return floor ? floor->oldest[by_close_time] : NO_FLOOR;
}

void floors_release(struct floors *floors)
{
    unlock(floors);
}

void floors_lower(struct floors *floors, uint64_t account, uint32_t domain, struct instant started,
                  struct instant closed)
{
    const struct floor key = { .account = account, .domain = domain };

    lock(floors);
    struct floor *floor = find(floors, &key);
    if (floor) {
        floor->oldest[false] = instant_earlier(floor->oldest[false], started);
        floor->oldest[true] = instant_earlier(floor->oldest[true], closed);
    }
    unlock(floors);
}

void floors_raise(struct floors *floors, uint64_t account, uint32_t domain, bool by_close_time,
                  struct instant oldest)
{
    const struct floor key = { .account = account, .domain = domain };

    lock(floors);
    get(floors, &key)->oldest[by_close_time] = oldest;
    unlock(floors);
}
