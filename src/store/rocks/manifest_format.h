/*
 * manifest_format - how a MANIFEST is laid out, for who reads and who writes one.
 *
 * It is a log (rocks/log_format.h) of edits. An edit is a row of fields, each a tag and what
 * belongs to it; of a column family, unless it is the default one. Files are added with a level and
 * removed again; what is left at the end is the database.
 */
#ifndef STORE_ROCKS_MANIFEST_FORMAT_H
#define STORE_ROCKS_MANIFEST_FORMAT_H

/* RocksDB's numbers. */
enum tag {
    TAG_COMPARATOR = 1,
    TAG_LOG_NUMBER = 2,
    TAG_NEXT_FILE = 3,
    TAG_LAST_SEQUENCE = 4,
    TAG_COMPACT_CURSOR = 5,
    TAG_DELETED_FILE = 6,
    TAG_PREVIOUS_LOG = 9,
    TAG_LOG_TO_KEEP = 10,
    TAG_NEW_FILE = 103,
    TAG_FAMILY = 200,
    TAG_FAMILY_ADD = 201,
    TAG_FAMILY_DROP = 202,
    TAG_FAMILY_MAX = 203,
    TAG_IN_ATOMIC_GROUP = 300,
    TAG_MAY_BE_IGNORED = 1 << 13, /* a bit of tags whose field is a text */
};
/* Of the fields behind a new file: the last. */
#define FIELD_END 1

#endif
