/*
 * RocksDB's C interface can have tables with many deletions merged before their turn, but not say
 * when, nor of which levels.
 */
#include "store/rocks/remains.h"

#include <atomic>
#include <memory>
#include <rocksdb/options.h>
#include <rocksdb/table_properties.h>
#include <rocksdb/utilities/table_properties_collectors.h>

/* So many deletions among so many neighbours. Of a full table that is a part, and never so many
 * when as much is written as is removed: there each one would be merged with all of its family. */
#define WINDOW ((size_t)256 << 10)
#define DELETIONS_MAX ((size_t)128 << 10)

namespace
{

/* Has an opinion, and looks at nothing. */
class verdict final : public rocksdb::TablePropertiesCollector
{
  public:
    explicit verdict(bool goes_down) : goes_down_(goes_down)
    {
    }

    rocksdb::Status AddUserKey(const rocksdb::Slice &, const rocksdb::Slice &, rocksdb::EntryType,
                               rocksdb::SequenceNumber, uint64_t) override
    {
        return rocksdb::Status::OK();
    }

    rocksdb::Status Finish(rocksdb::UserCollectedProperties *) override
    {
        return rocksdb::Status::OK();
    }

    rocksdb::UserCollectedProperties GetReadableProperties() const override
    {
        return {};
    }

    const char *Name() const override
    {
        return "weir.verdict";
    }

    bool NeedCompact() const override
    {
        return goes_down_;
    }

  private:
    bool goes_down_;
};

class judge final : public rocksdb::TablePropertiesCollectorFactory
{
  public:
    std::atomic<bool> all_wait{ false };
    std::atomic<bool> next_goes{ false };

    rocksdb::TablePropertiesCollector *CreateTablePropertiesCollector(Context context) override
    {
        if (context.level_at_creation == 0 && next_goes.exchange(false))
            return new verdict(true);
        if (all_wait)
            return new verdict(false);
        return dense_->CreateTablePropertiesCollector(context);
    }

    const char *Name() const override
    {
        return "weir.remains";
    }

  private:
    std::shared_ptr<rocksdb::TablePropertiesCollectorFactory> dense_ =
        rocksdb::NewCompactOnDeletionCollectorFactory(WINDOW, DELETIONS_MAX);
};

} // namespace

struct remains {
    std::shared_ptr<judge> rep;
};

/* The form that it has in RocksDB's own c.cc since there is one; the header only names it. */
struct rocksdb_options_t {
    rocksdb::Options rep;
};

struct remains *remains_new(rocksdb_options_t *options)
{
    auto *made = new remains{ std::make_shared<judge>() };

    options->rep.table_properties_collector_factories.push_back(made->rep);
    return made;
}

void remains_free(struct remains *remains)
{
    delete remains;
}

void remains_leave(struct remains *remains)
{
    remains->rep->all_wait = true;
}

void remains_clear(struct remains *remains)
{
    remains->rep->all_wait = false;
    remains->rep->next_goes = true;
}
