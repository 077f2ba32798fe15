/*
 * crc32c - the checksum of stored records (Castagnoli polynomial, as in RFC 3720).
 */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include "base/bytes.h"
#include <stdint.h>

/* The checksum of `b`, going on from `crc` (0 for the start). */
uint32_t crc32c(uint32_t crc, struct bytes b);

/* The same without the processor's instruction for it: what crc32c does where there is none, and
 * the tests' measure. */
uint32_t crc32c_by_table(uint32_t crc, struct bytes b);

#endif
