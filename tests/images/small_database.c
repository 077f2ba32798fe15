/*
 * small_database - a RocksDB that does in seconds what it otherwise does in days: a library to be
 * put before it with LD_PRELOAD.
 *
 * Takes the place of those functions by which a store says how large things may grow, and says
 * less: write buffers and files of 64 KiB, logs of 256 KiB, a manifest of 2 KiB, compactions of two
 * files. So buffers are flushed, logs and manifests exchanged, and files merged all the time.
 *
 * Built by:  cc -shared -fPIC -o small_database.so small_database.c -ldl
 */
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

#define BUFFER_BYTES ((size_t)64 << 10)
#define LOGS_BYTES ((uint64_t)256 << 10)
#define MANIFEST_BYTES ((size_t)2 << 10)
#define FILES_IN_LEVEL_0 2

typedef struct rocksdb_options_t rocksdb_options_t;

extern void rocksdb_options_set_max_manifest_file_size(rocksdb_options_t *options, size_t bytes);
extern void rocksdb_options_set_level0_file_num_compaction_trigger(rocksdb_options_t *options,
                                                                   int files);
extern void rocksdb_options_set_target_file_size_base(rocksdb_options_t *options, uint64_t bytes);

void rocksdb_options_set_write_buffer_size(rocksdb_options_t *options, size_t bytes)
{
    void (*own)(rocksdb_options_t *, size_t) = (void (*)(rocksdb_options_t *, size_t))dlsym(
        RTLD_NEXT, "rocksdb_options_set_write_buffer_size");

    own(options, bytes < BUFFER_BYTES ? bytes : BUFFER_BYTES);
    rocksdb_options_set_level0_file_num_compaction_trigger(options, FILES_IN_LEVEL_0);
    rocksdb_options_set_target_file_size_base(options, BUFFER_BYTES);
}

void rocksdb_options_set_max_total_wal_size(rocksdb_options_t *options, uint64_t bytes)
{
    void (*own)(rocksdb_options_t *, uint64_t) = (void (*)(rocksdb_options_t *, uint64_t))dlsym(
        RTLD_NEXT, "rocksdb_options_set_max_total_wal_size");

    own(options, bytes < LOGS_BYTES ? bytes : LOGS_BYTES);
    rocksdb_options_set_max_manifest_file_size(options, MANIFEST_BYTES);
}
