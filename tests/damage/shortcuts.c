/*
 * What RocksDB does for large databases on slow disks, and what most of a trial would go into. No
 * byte of a file depends on it, nor what is read from one; so here these functions stand in the
 * place of those that it calls.
 */
#include "base/crc32c.h"
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * It asks for the room of a whole log or table before it writes the first byte, and gives back what
 * it did not need. A file system in memory makes and clears each of these pages. Here there is none
 * to be had, as on a file system that knows no such call.
 */
int fallocate(int file, int mode, off_t offset, off_t len)
{
    (void)file, (void)mode, (void)offset, (void)len;
    errno = EOPNOTSUPP;
    return -1;
}

/*
 * rocksdb::crc32c::Extend. Debian's does without the processor's instruction, and `weir fsck`
 * computes the checksum of a block that cannot be read at each try to come past it. Ours is the
 * same sum.
 */
uint32_t checksum_by_processor(uint32_t crc, const char *ptr,
                               size_t len) __asm__("_ZN7rocksdb6crc32c6ExtendEjPKcm");

uint32_t checksum_by_processor(uint32_t crc, const char *ptr, size_t len)
{
    return crc32c(crc, bytes_of(ptr, len));
}

/*
 * It reads each file OPTIONS-* that it has written, makes options of it and compares them: a test
 * of its own, that says nothing of a damage. rocksdb::RocksDBOptionsParser::
 * VerifyRocksDBOptionsFromFile of RocksDB 7.8; where it is called something else, or results
 * are handed over in another way, nothing changes but the time that is taken.
 */
#if defined(__x86_64__)
struct status {
    char codes[8]; /* zero: all is well */
    void *text;
};

struct status *verify_written_options(struct status *out) __asm__(
    "_ZN7rocksdb20RocksDBOptionsParser28VerifyRocksDBOptionsFromFileERKNS_13ConfigOptionsE"
    "RKNS_9DBOptionsERKSt6vectorINSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEESaISD_EE"
    "RKS7_INS_19ColumnFamilyOptionsESaISI_EERKSD_PNS_10FileSystemE");

struct status *verify_written_options(struct status *out)
{
    *out = (struct status){ { 0 }, NULL };
    return out;
}
#endif
