#include "store/rocks/options.h"

#include "base/bytes.h"
#include "base/ensure.h"
#include "base/log.h"
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define KB ((size_t)1 << 10)
#define MB ((size_t)1 << 20)

/* One budget for the write buffers of all families; below it each has its own limit. Small blocks,
 * so that an idle store with a few keys in each family holds little. */
#define WRITE_BUFFERS_BYTES (64 * MB)
#define WRITE_BUFFER_BLOCK_BYTES (64 * KB)
/* What has to be replayed at the next start, at most; the disk holds that much log too. */
#define LOG_BYTES_MAX (256 * MB)
/* Blocks, indexes and filters; filled as they are read. */
#define CACHE_BYTES (64 * MB)
/* So many tables of level 0 are merged into the next level at once, which is all rewritten for
 * them: with fewer that costs more for each row, with more a walk looks into more of them. Sooner,
 * when they weigh more than that level; a deletion weighs as much as what it deletes. */
#define LEVEL_0_MERGED_AT 8
#define LEVEL_0_OF_STATE_MERGED_AT 4
/* Writes wait for them from so many on. */
#define LEVEL_0_SLOW_AT 24
#define LEVEL_0_FULL_AT 40
/* Below the usual limit of 1,024 for a process, most of which are for connections. */
#define OPEN_FILES_MAX 256
/* Flushes and compactions, how far behind others they stand in the queue for a processor. As equals
 * they make every call wait in turn with them. Writes wait for a flush when the next buffer is full
 * before it ends; of compactions there may be many to do before level 0 is so full that they wait
 * for those. With 19, which RocksDB has a function for, compactions got nothing at all from a busy
 * processor; of 10 they have a tenth at least. */
#define FLUSH_NICE 5
#define COMPACTION_NICE 10
/* RocksDB's numbers for them; the C interface has no names. */
#define LEVEL_WARN 2
#define CHECKSUM_CRC32C 1

const char *const family_names[FAMILY_COUNT] = {
    [KV_STATE] = "state", [KV_HISTORY] = "history",     [KV_CLOSED] = "closed",
    [KV_TWIN] = "twin",   [FAMILY_DEFAULT] = "default",
};

/* state: small, much overwritten and deleted. history: written once, read in stretches. closed:
 * rows and summaries. twin: like state, and read only where that is damaged.
 *
 * A key mostly comes behind the one that was written last of those that begin like it: one run's
 * events, its heartbeats, the rows of one list. RocksDB remembers where that was, and need not
 * search a whole buffer. A turn record, shorter than others, comes behind all there are anyway. */
static const struct family {
    size_t write_buffer_bytes;
    bool compressed;
    bool filter_last_level;  /* false: point reads nearly always find what they look for */
    size_t neighbours_bytes; /* in which keys are alike that are written behind each other */
    int level_0_merged_at;
} families[FAMILY_COUNT] = {
    [KV_STATE] = { 16 * MB, false, true, 10, LEVEL_0_OF_STATE_MERGED_AT },
    [KV_HISTORY] = { 32 * MB, true, false, 21, LEVEL_0_MERGED_AT },
    [KV_CLOSED] = { 32 * MB, true, false, 15, LEVEL_0_MERGED_AT },
    [KV_TWIN] = { 16 * MB, false, false, 10, LEVEL_0_OF_STATE_MERGED_AT },
    [FAMILY_DEFAULT] = { 64 * KB, false, false, 0, LEVEL_0_OF_STATE_MERGED_AT },
};

bool options_allow_range(enum kv_space space, struct bytes begin)
{
    return begin.len < families[space].neighbours_bytes;
}

/* Before it has the lock RocksDB lists the files of the folder, for its log: another process may
 * still remove one of them meanwhile. */
static bool is_of_listing(const char *text)
{
    return bytes_starts_with(bytes_of_cstr(text), BYTES("Error when reading "));
}

static void log_line_of_rocks(int is_error, const char *text)
{
    if (is_of_listing(text))
        return;
    if (is_error)
        log_error("the database reports", LOG_CSTR("text", text));
    else
        log_warn("the database reports", LOG_CSTR("text", text));
}

static rocksdb_options_t *database_options(rocksdb_logger_t *logger)
{
    rocksdb_options_t *options = rocksdb_options_create();

    rocksdb_options_set_create_if_missing(options, 1);
    rocksdb_options_set_create_missing_column_families(options, 1);

    /* A record cut off at the end of the log is a write that was never acknowledged; another that
     * is not whole is damage, or what rocks/torn_end.h tells from it. Logs are not recycled: what
     * is left of an older one behind the end would look like that. */
    rocksdb_options_set_wal_recovery_mode(options,
                                          rocksdb_tolerate_corrupted_tail_records_recovery);
    rocksdb_options_set_recycle_log_file_num(options, 0);
    rocksdb_options_set_paranoid_checks(options, 1);

    rocksdb_options_set_db_write_buffer_size(options, WRITE_BUFFERS_BYTES);
    rocksdb_options_set_max_total_wal_size(options, LOG_BYTES_MAX);
    rocksdb_options_set_max_open_files(options, OPEN_FILES_MAX);
    rocksdb_options_set_max_file_opening_threads(options, 1);
    rocksdb_options_set_skip_stats_update_on_db_open(options,
                                                     1); /* opens no file that is not needed */

    /* What it says stands in our log. No statistics, no thread that collects them. */
    rocksdb_options_set_info_log(options, logger);
    rocksdb_options_set_info_log_level(options, LEVEL_WARN);
    rocksdb_options_set_stats_dump_period_sec(options, 0);
    rocksdb_options_set_stats_persist_period_sec(options, 0);
    return options;
}

/* Few shards: there are few readers, and a shard must hold the largest record many times. */
static rocksdb_cache_t *cache_new(void)
{
    rocksdb_lru_cache_options_t *options = rocksdb_lru_cache_options_create();

    rocksdb_lru_cache_options_set_capacity(options, CACHE_BYTES);
    rocksdb_lru_cache_options_set_num_shard_bits(options, 2);
    rocksdb_cache_t *cache = rocksdb_cache_create_lru_opts(options);
    rocksdb_lru_cache_options_destroy(options);
    return cache;
}

static rocksdb_block_based_table_options_t *table_options(rocksdb_cache_t *cache)
{
    rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();

    rocksdb_block_based_options_set_block_cache(table, cache);
    rocksdb_block_based_options_set_block_size(table, 8 * KB);
    rocksdb_block_based_options_set_format_version(table, 5);
    /* One that we can compute too (table_tail). */
    rocksdb_block_based_options_set_checksum(table, CHECKSUM_CRC32C);
    rocksdb_block_based_options_set_filter_policy(table,
                                                  rocksdb_filterpolicy_create_bloom_full(10));
    /* Indexes and filters count against the cache, so that memory has one bound however large the
     * store is. */
    rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1);
    /* In pieces: the index of a large table in one piece would push half a shard out of the cache
     * at each read. */
    rocksdb_block_based_options_set_index_type(
        table, rocksdb_block_based_table_index_type_two_level_index_search);
    rocksdb_block_based_options_set_partition_filters(table, 1);
    rocksdb_block_based_options_set_metadata_block_size(table, 4 * KB);
    rocksdb_block_based_options_set_pin_top_level_index_and_filter(table, 1);
    rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(table, 1);
    rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(table, 1);
    return table;
}

/* The C interface has no function for it but this one. A key that is shorter is written as if
 * nothing were remembered. */
static rocksdb_options_t *options_with_neighbours(size_t bytes)
{
    rocksdb_options_t *plain = rocksdb_options_create(), *options = rocksdb_options_create();
    char text[96], *error = NULL;

    snprintf(text, sizeof(text),
             "memtable_insert_with_hint_prefix_extractor=rocksdb.FixedPrefix.%zu", bytes);
    rocksdb_get_options_from_string(plain, text, options, &error);
    ensure(error == NULL);
    rocksdb_options_destroy(plain);
    return options;
}

static rocksdb_options_t *family_options(const struct family *family,
                                         rocksdb_block_based_table_options_t *table,
                                         bool compressed)
{
    rocksdb_options_t *options = family->neighbours_bytes
                                     ? options_with_neighbours(family->neighbours_bytes)
                                     : rocksdb_options_create();

    rocksdb_options_set_write_buffer_size(options, family->write_buffer_bytes);
    rocksdb_options_set_arena_block_size(options, WRITE_BUFFER_BLOCK_BYTES);
    rocksdb_options_set_max_write_buffer_number(options, 3);
    rocksdb_options_set_level_compaction_dynamic_level_bytes(options, 1);
    rocksdb_options_set_optimize_filters_for_hits(options, !family->filter_last_level);
    rocksdb_options_set_compression(options, compressed && family->compressed
                                                 ? rocksdb_lz4_compression
                                                 : rocksdb_no_compression);
    rocksdb_options_set_block_based_table_factory(options, table);
    rocksdb_options_set_level0_file_num_compaction_trigger(options, family->level_0_merged_at);
    rocksdb_options_set_level0_slowdown_writes_trigger(options, LEVEL_0_SLOW_AT);
    rocksdb_options_set_level0_stop_writes_trigger(options, LEVEL_0_FULL_AT);
    return options;
}

/* Threads have the priority of the one that makes them, and RocksDB makes none but these, which all
 * databases of a process share: one for compactions, one for flushes. */
static void *make_flush_thread(void *env)
{
    (void)!nice(FLUSH_NICE); /* in Linux: of this thread alone */
    rocksdb_env_set_high_priority_background_threads(env, 1);
    return NULL;
}

static void *make_compaction_thread(void *env)
{
    (void)!nice(COMPACTION_NICE);
    rocksdb_env_set_background_threads(env, 1);
    return NULL;
}

/* By a thread of its own, for who has given up a priority may not have it back. */
static void make_behind_others(void *make(void *), rocksdb_env_t *env)
{
    pthread_t maker;

    ensure(pthread_create(&maker, NULL, make, env) == 0);
    pthread_join(maker, NULL);
}

static void make_background_threads(void)
{
    rocksdb_env_t *env = rocksdb_create_default_env();

    make_behind_others(make_flush_thread, env);
    make_behind_others(make_compaction_thread, env);
    rocksdb_env_destroy(env);
}

void options_init(struct options *options, bool compressed)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make_background_threads);
    options->logger = logger_new(log_line_of_rocks);
    options->database = database_options(options->logger);
    options->cache = cache_new();
    options->table = table_options(options->cache);
    for (int i = 0; i < FAMILY_COUNT; i++) {
        options->families[i] = family_options(&families[i], options->table, compressed);
        options->remains[i] = remains_new(options->families[i]);
    }
    options->read = rocksdb_readoptions_create();
    options->write = rocksdb_writeoptions_create();
    options->write_sync = rocksdb_writeoptions_create();
    rocksdb_writeoptions_set_sync(options->write_sync, 1);
}

bool options_lack_lz4(const char *error)
{
    return error && strstr(error, "not linked with the binary");
}

void options_stop_compactions(struct options *options)
{
    for (int i = 0; i < FAMILY_COUNT; i++)
        rocksdb_options_set_disable_auto_compactions(options->families[i], 1);
}

void options_deinit(struct options *options)
{
    rocksdb_writeoptions_destroy(options->write_sync);
    rocksdb_writeoptions_destroy(options->write);
    rocksdb_readoptions_destroy(options->read);
    for (int i = 0; i < FAMILY_COUNT; i++) {
        remains_free(options->remains[i]);
        rocksdb_options_destroy(options->families[i]);
    }
    rocksdb_block_based_options_destroy(options->table);
    rocksdb_cache_destroy(options->cache);
    rocksdb_options_destroy(options->database);
    logger_free(options->logger);
}
