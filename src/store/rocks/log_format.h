/*
 * log_format - how RocksDB's logs are laid out, for who reads and who writes one.
 *
 * A log is a row of blocks of 32 kB. A record lies in one piece, or in several when a block ends in
 * it; a piece is a header and as many bytes as that says:
 *
 *     u32  CRC-32C of the type and the bytes, masked
 *     u16  how many bytes
 *     u8   type: the whole record (1), its first (2), a middle (3), its last piece (4)
 *
 * A piece does not cross the end of a block; what is left there is too short for a header, and
 * zeros. Other types would be those of logs that are recycled or compressed, which ours are not.
 */
#ifndef STORE_ROCKS_LOG_FORMAT_H
#define STORE_ROCKS_LOG_FORMAT_H

#define LOG_BLOCK_BYTES 32768
#define LOG_HEADER_BYTES 7

enum piece_type { PIECE_WHOLE = 1, PIECE_FIRST = 2, PIECE_MIDDLE = 3, PIECE_LAST = 4 };

#endif
