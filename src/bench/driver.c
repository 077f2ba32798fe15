#include "bench/team.h"

#include "base/memory.h"
#include <stdio.h>

#define CALL_BYTES_MAX ((size_t)128 << 20)
#define WAKE_US 20000 /* how soon a change of phase is seen */

static bool is_over(struct driver *driver)
{
    enum phase phase = (enum phase)atomic_load(&driver->control->phase);

    if (tally_has_failed(&driver->tally) || phase == PHASE_OVER)
        return true;
    if (driver->at_work > 0)
        return false;
    return phase == PHASE_DRAIN ||
           (phase == PHASE_MEASURE && atomic_load(&driver->control->jobs_left) <= 0);
}

static void say_what_is_left(struct driver *driver)
{
    if (driver->at_work > 0)
        tally_fail(&driver->tally, "%u workflows did not come to their end", driver->at_work);
}

static void *run(void *context)
{
    struct driver *driver = context;

    team_send_polls(driver);
    while (!is_over(driver)) {
        uint64_t wait_us = WAKE_US;

        if (driver->at_work < driver->config.customers) {
            team_begin_jobs(driver);
            wait_us = team_until_next_us(driver);
        }
        hub_turn(&driver->hub, wait_us < WAKE_US ? wait_us : WAKE_US);
    }
    say_what_is_left(driver);
    atomic_store(&driver->is_done, true);
    return NULL;
}

/* What payloads are made of: letters, which JSON leaves as they are. */
static void fill(struct driver *driver)
{
    size_t size = driver->control->payload + 16;

    text_init(&driver->filler, size);
    for (size_t i = 0; i < size; i++)
        text_append_char(&driver->filler, (char)('a' + i % 26));
}

struct driver *driver_start(const struct driver_config *config)
{
    struct driver *driver = memory_new(sizeof *driver);

    driver->config = *config;
    driver->control = config->control;
    ensure(hub_init(&driver->hub, &driver->control->endpoint, driver->control->secure,
                    &driver->control->identity));
    driver->json = json_reader_new();
    arena_init(&driver->arena, "bench call", CALL_BYTES_MAX);
    fill(driver);
    driver->slices = memory_new((driver->control->slice_count + 1) * sizeof(struct tally));
    team_init(driver);
    ensure(pthread_create(&driver->thread, NULL, run, driver) == 0);
    return driver;
}

bool driver_is_done(const struct driver *driver)
{
    return atomic_load(&driver->is_done);
}

void driver_join(struct driver *driver, struct tally *into, struct tally *slices)
{
    ensure(pthread_join(driver->thread, NULL) == 0);
    tally_merge(into, &driver->tally);
    for (uint32_t i = 0; i < driver->control->slice_count; i++)
        tally_merge(&slices[i], &driver->slices[i]);
}

void driver_free(struct driver *driver)
{
    team_deinit(driver);
    hub_deinit(&driver->hub);
    json_reader_free(driver->json);
    arena_deinit(&driver->arena);
    text_deinit(&driver->filler);
    for (uint32_t i = 0; i < driver->control->slice_count; i++)
        tally_deinit(&driver->slices[i]);
    memory_free(driver->slices);
    tally_deinit(&driver->tally);
    memory_free(driver);
}

bool driver_last_job(const struct driver *driver, uint32_t customer, struct driver_job *out)
{
    const struct customer *found = &driver->customers[customer];

    if (customer >= driver->config.customers || found->round == 0 || found->run_id[0] == '\0')
        return false;
    snprintf(out->workflow_id, sizeof out->workflow_id, "bench-%s-%u-%llu", driver->control->number,
             driver->config.index,
             (unsigned long long)(found->round * driver->config.customers + customer));
    memcpy(out->run_id, found->run_id, sizeof out->run_id);
    return true;
}
