/*
 * relist - the list of a database's files made anew, of the tables and logs that are there.
 *
 * What a table says is true by the sequence numbers of its writes, whichever level it has. But who
 * reads a database believes its levels: of a key the first that has it, from above. Which table had
 * which level only the lost list said, and the sequence numbers of whole tables do not tell: that
 * of a low level may hold the newest of all writes and an older one of some key. So the tables are
 * given levels in any order, as many as are needed for those of a level to have no keys in common,
 * and nobody reads the database before they are merged to one level (rocks/merge.h): a merge goes
 * by the sequence numbers of writes alone.
 *
 * Left out are tables that RocksDB had taken out of the list, as far as the old one can be read: of
 * what they hold later merges forgot that it was removed.
 */
#ifndef STORE_ROCKS_RELIST_H
#define STORE_ROCKS_RELIST_H

#include "store/rocks/journal.h"
#include "store/rocks/manifest.h"

struct relist {
    struct arena arena;
    struct manifest_table *tables; /* by family, then by their smallest keys */
    size_t count;
    uint64_t last_sequence;
    /* Two tables that cannot both be of the database, which nobody can tell then; else 0. */
    uint64_t one, other;
};

/* Looks at every table in the folder but those of the journal; changes nothing but what lies in
 * "lost/tables". ERR_NEWER after a line in the log when there is one of a part that this version
 * does not know. Free with relist_deinit, also after an error. */
must_use enum err relist_look(const char *path, const struct journal *journal, struct relist *out);
void relist_deinit(struct relist *relist);

/* Moves every other table to "lost", for RocksDB removes what is not in the list; then writes the
 * list, durably. */
must_use enum err relist_write(const struct relist *relist, const char *path,
                               const struct journal *journal);

#endif
