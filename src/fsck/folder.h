/*
 * folder - fsck of the folder of a store that no server uses: first its files, then what they hold.
 */
#ifndef FSCK_FOLDER_H
#define FSCK_FOLDER_H

#include "fsck/fsck.h"

/* As fsck; `options->lost` is its own business. ERR_NOT_FOUND when there is no store, ERR_BUSY when
 * somebody uses it, both after a line in the log. ERR_CORRUPT when it cannot be opened, after what
 * is wrong was said. To repair it wants a `fresh_key`. */
must_use enum err fsck_folder(const char *path, const struct fsck_options *options,
                              struct fsck_sum *sum);

#endif
