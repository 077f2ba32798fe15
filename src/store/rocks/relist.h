/*
 * relist - the list of a database's files made anew, of the tables and logs that are there.
 *
 * What a table says is true by the sequence numbers of its writes, whichever level it has. But who
 * reads a database believes its levels: of a key the first that has it, from above. Which table had
 * which level only the lost list said, and the sequence numbers of whole tables do not tell: that
 * of a low level may hold the newest of all writes and an older one of some key. So the tables are
 * given levels in any order, as many as are needed for those of a level to have no keys in common,
 * and nobody reads the database before they are merged to one level (rocks/merge.h): a merge goes
 * by the sequence numbers of writes alone. So are those that logs tell again, for what came last in
 * a log may have been damaged and cut off, when it is in a table too.
 *
 * Tables that were in no list do no harm. What a merge had made when it was stopped says what the
 * tables say of which it was made. Those in turn are removed once what was made of them is in the
 * list: as long as all of them are there, they say the same; when some are left over, nobody may
 * know any more what the others removed. Those of which the old list can still be read that it took
 * them out are left out. That some, not all, were left over by the same accident that took away the
 * whole list cannot be seen.
 *
 * Of a removed range it counts that nothing is written into it later (but by a repair): that a
 * table's share of it ended before its keys do, only the list said.
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
