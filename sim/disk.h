/*
 * disk - the key-value world under the store's layout, on which everything can go wrong.
 *
 * Over a sorted map in memory: what was written without sync may be lost in a crash, newest first;
 * a write may fail, done or not done; space runs out and comes back; and the process may die
 * between any two calls. A process that died, or whose write failed, reads and writes nothing more:
 * every call of it is answered ERR_IO until disk_restart. One thread.
 */
#ifndef SIM_DISK_H
#define SIM_DISK_H

#include "base/random.h"
#include "store/kv.h"

/* Told of every write that was done and synced, whether the process learns of it or not. */
typedef void disk_written_fn(void *context, const struct kv_operation *operations, size_t count);

struct undo;

struct disk {
    struct kv kv;     /* first: what the layout gets; closing it does nothing */
    struct kv *holds; /* what is on the disk */
    struct random_sequence *chance;
    bool is_dead;       /* the process that uses it died */
    bool commit_failed; /* its first write since disk_begin_turn was not reported as done */
    uint64_t writes;    /* that were, since then */
    uint64_t crash_in;  /* calls until the process dies; 0: it lives */
    uint64_t fail_in;   /* writes until one fails; 0: none does */
    uint64_t space;     /* bytes that may still be written */
    struct undo *undo;  /* how to take back what is not synced, newest first */
    disk_written_fn *on_written;
    void *context;
    uint64_t calls, lost_batches, failed_writes, crashes;
};

/* `chance` and `context` are borrowed for the disk's life; the disk stays where it is. */
void disk_init(struct disk *disk, struct random_sequence *chance, disk_written_fn *on_written,
               void *context);
void disk_deinit(struct disk *disk);

/* A turn begins: its first write, if it writes, is its commit. */
void disk_begin_turn(struct disk *disk);
/* The process dies now. */
void disk_crash(struct disk *disk);
/* A new process. What the old one, if it died, did not sync is lost in part: some number of the
 * newest writes. */
void disk_restart(struct disk *disk);

#endif
