#include "fsck/folder.h"

#include "store/rocks/folder.h"
#include "store/rocks/rocks.h"

enum err fsck_folder(const char *path, const struct fsck_options *options, struct fsck_sum *sum)
{
    struct kv *kv;
    enum err err = folder_look(path);

    if (!err)
        err = options->repair ? kv_rocks_open(path, &kv) : kv_rocks_open_to_read(path, &kv);
    if (err)
        return err;
    err = fsck(kv, options, sum);
    kv->functions->close(kv);
    return err;
}
