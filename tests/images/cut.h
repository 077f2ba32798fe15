/*
 * cut - what a disk may hold when the power goes at one moment of a recording.
 *
 * Up to the cut everything happened; of it there is what a sync made durable, and of the rest
 * whatever the draw says:
 *
 *   a file's bytes   of the writes and truncations since its last sync: none; all; the first few,
 *                    the last of them cut off at any byte; or each sector (512 bytes) or page
 *                    (4,096) for itself, as it was after none, some or all of them, with a size
 *                    that it had on the way, and zeros where nothing was written
 *   the names        of the creations, renames and removals since the last sync of their folder:
 *                    as a journal has them, the first few of all (`ordered`); or, of some of the
 *                    images, each for itself but in order for each name (`loose`)
 *
 * The sync of a new file makes its creation durable too, and with `ordered` what came before. Ext4,
 * xfs and btrfs promise as much; RocksDB stands on it, for it names a manifest in CURRENT when its
 * folder was not synced since it was made.
 *
 * A sync holds from its end on, for what was noted before it began.
 */
#ifndef TESTS_IMAGES_CUT_H
#define TESTS_IMAGES_CUT_H

#include "recording.h"

/* In what an image differs from all that was written. */
struct cut_losses {
    bool bytes_lost; /* of a file at least one unsynced write, whole */
    bool torn;       /* a write is there in part */
    bool reordered;  /* a later byte is there and an earlier one is not */
    bool names_lost; /* a creation, rename or removal */
    bool loose;
};

struct cut_wish {
    size_t at;            /* so many items of the recording happened */
    uint64_t draw;        /* the same gives the same image */
    bool keep_everything; /* nothing is lost: as when the process dies and the machine lives */
};

/* Makes the image in the folder `to`, which must be there and empty. */
void cut_make(const struct recording *recording, const struct cut_wish *wish, const char *to,
              struct cut_losses *losses);

/* Is this item a seldom one: a creation, a rename, a removal, or the sync of a folder? */
bool cut_is_seldom(const struct recorded *item);

#endif
