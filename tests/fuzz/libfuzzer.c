/*
 * What libFuzzer calls; FUZZ_TARGET in the environment says which target it is.
 */
#include "target.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct target *chosen(void)
{
    const char *name = getenv("FUZZ_TARGET");
    const struct target *target = name ? target_find(name) : NULL;

    if (target == NULL) {
        fprintf(stderr, "FUZZ_TARGET must name a folder of tests/fuzz/corpus\n");
        exit(2);
    }
    return target;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct target *target;

    if (target == NULL)
        target = chosen();
    target->run(bytes_of(data, size));
    return 0;
}
