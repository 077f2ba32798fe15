#include "sound/sound.h"

#include "base/bytes.h"
#include "fsck/fsck.h"
#include "store/rocks/rocks.h"
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

static void keep_line(void *context, struct bytes line)
{
    text_append(context, line);
    text_append_char(context, '\n');
}

bool sound_folder(const char *path, struct text *said)
{
    const struct fsck_options options = { .say = keep_line, .context = said };
    struct fsck_sum sum = { 0 };
    struct kv *kv;
    enum err err = kv_rocks_open_to_read(path, &kv);

    if (err) {
        text_printf(said, "%s: cannot be opened: %s\n", path, err_text(err));
        return false;
    }
    err = fsck(kv, &options, &sum);
    kv->functions->close(kv);
    return !err && sum.found == 0;
}
