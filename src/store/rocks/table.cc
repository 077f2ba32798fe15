/*
 * RocksDB's C interface has no functions for a table by itself.
 */
#include "store/rocks/table.h"

#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table.h>
#include <string>

namespace
{

struct table {
    struct kv kv; /* first: a kv is its table */
    rocksdb::SstFileReader reader{ rocksdb::Options() };
    rocksdb::ReadOptions options;
};

} // namespace

/* The bounds are borrowed as long as the iterator lives. */
struct kv_iterator {
    std::string begin, end;
    rocksdb::Slice lower, upper;
    rocksdb::Iterator *iterator;
};

namespace
{

table *table_of(struct kv *kv)
{
    return reinterpret_cast<table *>(kv);
}

struct kv_iterator *iterate(struct kv *kv, enum kv_space, struct bytes begin, struct bytes end)
{
    auto *made = new kv_iterator{ { begin.ptr, begin.len }, {}, {}, {}, nullptr };
    rocksdb::ReadOptions options = table_of(kv)->options;

    made->lower = made->begin;
    options.iterate_lower_bound = &made->lower;
    if (end.ptr) {
        made->end.assign(end.ptr, end.len);
        made->upper = made->end;
        options.iterate_upper_bound = &made->upper;
    }
    made->iterator = table_of(kv)->reader.NewIterator(options);
    return made;
}

void seek(struct kv_iterator *iterator, struct bytes key)
{
    iterator->iterator->Seek(rocksdb::Slice(key.ptr, key.len));
}

void next(struct kv_iterator *iterator)
{
    iterator->iterator->Next();
}

bool valid(const struct kv_iterator *iterator)
{
    return iterator->iterator->Valid();
}

struct bytes key(const struct kv_iterator *iterator)
{
    rocksdb::Slice slice = iterator->iterator->key();
    return bytes_of(slice.data(), slice.size());
}

struct bytes value(const struct kv_iterator *iterator)
{
    rocksdb::Slice slice = iterator->iterator->value();
    return bytes_of(slice.data(), slice.size());
}

enum err status(const struct kv_iterator *iterator)
{
    return iterator->iterator->status().ok() ? OK : ERR_CORRUPT;
}

void done(struct kv_iterator *iterator)
{
    delete iterator->iterator;
    delete iterator;
}

enum err close_table(struct kv *kv)
{
    delete table_of(kv);
    return OK;
}

const struct kv_functions functions = {
    nullptr, nullptr, iterate, seek, nullptr, next,    nullptr,     valid,
    key,     value,   status,  done, nullptr, nullptr, nullptr,     close_table,
};

} // namespace

/* Filters in pieces are in no list of blocks to be verified; but who has a policy for them reads
 * all of them as it opens the table, as the database does. */
static rocksdb::Options options_with_filters()
{
    rocksdb::BlockBasedTableOptions table;
    rocksdb::Options options;

    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.cache_index_and_filter_blocks = true;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    return options;
}

bool table_is_whole(const char *path)
{
    rocksdb::SstFileReader reader{ options_with_filters() };

    return reader.Open(path).ok() && reader.VerifyChecksum().ok();
}

uint64_t table_family(const char *path)
{
    rocksdb::SstFileReader reader{ rocksdb::Options() };

    if (!reader.Open(path).ok())
        return TABLE_FAMILY_UNKNOWN;
    auto properties = reader.GetTableProperties();
    bool is_known = properties && properties->column_family_id <= UINT32_MAX - 1;
    return is_known ? properties->column_family_id : TABLE_FAMILY_UNKNOWN;
}

enum err kv_table_open(const char *path, struct kv **out)
{
    auto *made = new table;

    made->kv.functions = &functions;
    if (!made->reader.Open(path).ok()) {
        delete made;
        return ERR_CORRUPT;
    }
    *out = &made->kv;
    return OK;
}
