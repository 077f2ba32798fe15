/*
 * folder - fsck of the folder of a store that no server uses.
 */
#ifndef FSCK_FOLDER_H
#define FSCK_FOLDER_H

#include "fsck/fsck.h"

must_use enum err fsck_folder(const char *path, const struct fsck_options *options,
                              struct fsck_sum *sum);

#endif
