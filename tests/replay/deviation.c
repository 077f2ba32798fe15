#include "deviation.h"

int64_t deviation_earlier_ms(const struct deviations *deviations, int64_t event)
{
    for (size_t i = 0; i < deviations->count; i++) {
        if (deviations->items[i].kind == EARLIER && deviations->items[i].event == event)
            return deviations->items[i].by;
    }
    return 0;
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

bool deviation_prefers(const struct deviations *deviations)
{
    for (size_t i = 0; i < deviations->count; i++) {
        if (deviations->items[i].kind == PREFERRED)
            return true;
    }
    return false;
}
