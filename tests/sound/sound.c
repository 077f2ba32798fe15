#include "sound/sound.h"

#include "base/bytes.h"
#include "fsck/fsck.h"
#include <stdio.h>

static void print_line(void *context, struct bytes line)
{
    (void)context;
    fprintf(stderr, "the store is not sound: %.*s\n", BYTES_FMT(line));
}

void sound_check(struct kv *kv)
{
    const struct fsck_options options = { .say = print_line };
    struct fsck_sum sum = { 0 };

    ensure(fsck(kv, &options, &sum) == OK);
    ensure(sum.found == 0);
}
