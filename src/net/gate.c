#include "net/gate.h"

#include "base/ensure.h"

void gate_init(struct gate *gate, struct identities *identities)
{
    ensure(pthread_mutex_init(&gate->mutex, NULL) == 0);
    gate->identities = identities;
    atomic_init(&gate->generation, 1);
}

void gate_deinit(struct gate *gate)
{
    identities_release(gate->identities);
    pthread_mutex_destroy(&gate->mutex);
}

void gate_exchange(struct gate *gate, struct identities *identities)
{
    struct identities *old;

    pthread_mutex_lock(&gate->mutex);
    old = gate->identities;
    gate->identities = identities;
    atomic_fetch_add(&gate->generation, 1);
    pthread_mutex_unlock(&gate->mutex);
    identities_release(old);
}

void gate_view_init(struct gate_view *view, struct gate *gate)
{
    *view = (struct gate_view){ .gate = gate };
}

void gate_view_deinit(struct gate_view *view)
{
    identities_release(view->identities);
}

static void look_again(struct gate_view *view)
{
    identities_release(view->identities);
    pthread_mutex_lock(&view->gate->mutex);
    view->identities = identities_keep(view->gate->identities);
    view->generation = atomic_load(&view->gate->generation);
    pthread_mutex_unlock(&view->gate->mutex);
}

struct identities *gate_view_identities(struct gate_view *view)
{
    if (view->gate && atomic_load(&view->gate->generation) != view->generation)
        look_again(view);
    return view->identities;
}
