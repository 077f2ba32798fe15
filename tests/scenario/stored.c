#include "stored.h"

#include "base/ensure.h"
#include "sound/sound.h"
#include "store/layout.h"
#include "store/memory/memory.h"
#include "store/rocks/rocks.h"
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The same on every backend, so that they make the same tokens. */
static const uint8_t server_key[SERVER_KEY_BYTES] = "a key that all scenarios share.";

/* Hundreds of small databases: what a disk does to them is the business of other tests. */
static const char *folder_of_folders(void)
{
    return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

void stored_init(struct stored *stored, enum stored_kind kind)
{
    *stored = (struct stored){ .kind = kind };
    if (kind == STORED_ON_ROCKS) {
        snprintf(stored->folder, sizeof(stored->folder), "%s/weir-scenario-XXXXXX",
                 folder_of_folders());
        ensure(mkdtemp(stored->folder) != NULL);
        return;
    }
    stored->kv = kv_memory_new();
    kv_memory_keep(stored->kv, true);
}

void stored_open(struct stored *stored)
{
    if (stored->kind == STORED_ON_ROCKS)
        ensure(kv_rocks_open(stored->folder, &stored->kv) == OK);
    ensure(layout_open(stored->kv, server_key, &stored->store) == OK);
}

void stored_close(struct stored *stored)
{
    sound_check(stored->kv);
    store_close(stored->store);
    stored->store = NULL;
    if (stored->kind == STORED_IN_MEMORY)
        sound_check(stored->kv);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

void stored_deinit(struct stored *stored)
{
    if (stored->kind == STORED_ON_ROCKS) {
        ensure(nftw(stored->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
        return;
    }
    kv_memory_keep(stored->kv, false);
    stored->kv->functions->close(stored->kv);
}
