#include "deviation.h"

static const struct deviation *find(const struct deviations *deviations, enum deviation_kind kind,
                                    int64_t event)
{
    for (size_t i = 0; i < deviations->count; i++) {
        if (deviations->items[i].kind == kind && deviations->items[i].event == event)
            return &deviations->items[i];
    }
    return NULL;
}

int64_t deviation_earlier_ms(const struct deviations *deviations, int64_t event)
{
    const struct deviation *earlier = find(deviations, EARLIER, event);

    return earlier ? earlier->by : 0;
}

int64_t deviation_place(const struct deviations *deviations, int64_t event)
{
    for (size_t i = 0; i < deviations->count; i++) {
        const struct deviation *deviation = &deviations->items[i];

        if (deviation->kind == EXCHANGED && deviation->event == event)
            return deviation->by;
        if (deviation->kind == EXCHANGED && deviation->by == event)
            return deviation->event;
    }
    return event;
}

bool deviation_is_obsolete(const struct deviations *deviations, int64_t event)
{
    return find(deviations, OBSOLETE, event) != NULL;
}

bool deviation_prefers(const struct deviations *deviations)
{
    return find(deviations, PREFERRED, 0) != NULL;
}
