#include "base/random.h"

#include "base/ensure.h"
#include <errno.h>
#include <sys/random.h>

void random_system(void *out, size_t len)
{
    unsigned char *to = out;

    while (len > 0) {
        ssize_t got = getrandom(to, len, 0);
        if (got < 0 && errno == EINTR)
            continue;
        ensure(got > 0);
        to += got;
        len -= (size_t)got;
    }
}

uint64_t random_next(struct random_sequence *sequence)
{
    uint64_t x = sequence->state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

uint64_t random_below(struct random_sequence *sequence, uint64_t bound)
{
    ensure(bound > 0);
    /* The first 2^64 mod bound values are skipped, so that none of the results is favoured. */
    uint64_t skipped = (0 - bound) % bound;
    uint64_t value;
    do {
        value = random_next(sequence);
    } while (value < skipped);
    return value % bound;
}

void random_fill(struct random_sequence *sequence, void *out, size_t len)
{
    unsigned char *to = out;
    uint64_t word = 0;

    for (size_t i = 0; i < len; i++) {
        word = i % 8 == 0 ? random_next(sequence) : word >> 8;
        to[i] = (unsigned char)word;
    }
}
