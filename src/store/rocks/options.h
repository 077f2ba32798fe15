/*
 * options - how RocksDB is tuned for a store: one place for every number.
 */
#ifndef STORE_ROCKS_OPTIONS_H
#define STORE_ROCKS_OPTIONS_H

#include "store/kv.h"
#include "store/rocks/logger.h"
#include "store/rocks/remains.h"
#include <rocksdb/c.h>

/* The spaces, and RocksDB's own "default", which it insists on and which stays empty. */
#define FAMILY_COUNT (KV_SPACE_COUNT + 1)
#define FAMILY_DEFAULT KV_SPACE_COUNT
/* RocksDB's number for a space: 0 is "default", and the others are made in the order of spaces. */
#define FAMILY_NUMBER(space) ((uint64_t)(space) + 1)

/* The name of each family; on disk for ever. */
extern const char *const family_names[FAMILY_COUNT];

struct options {
    rocksdb_logger_t *logger;
    rocksdb_options_t *database;
    rocksdb_options_t *families[FAMILY_COUNT];
    struct remains *remains[FAMILY_COUNT]; /* of the tables of each family */
    rocksdb_cache_t *cache;
    rocksdb_block_based_table_options_t *table;
    rocksdb_readoptions_t *read;
    rocksdb_writeoptions_t *write;
    rocksdb_writeoptions_t *write_sync;
};

/* With `compressed` histories and closed runs are compressed with LZ4, which a RocksDB may lack. */
void options_init(struct options *options, bool compressed);
/* For a database with damaged blocks. */
void options_stop_compactions(struct options *options);
void options_deinit(struct options *options);

/* Was a database not opened because the RocksDB here has no LZ4? It opens with options that do not
 * compress; what it cannot read it will say. */
bool options_lack_lz4(const char *error);

/* May a range that is taken out begin with this key? RocksDB mixes up where ranges lie and where
 * the keys lie that it remembers (neighbours_bytes in options.c; its issue 5118, there in 7.8), and
 * loses rows: a range must begin with a key that is too short to be remembered. */
bool options_allow_range(enum kv_space space, struct bytes begin);

#endif
