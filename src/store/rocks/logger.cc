/*
 * RocksDB's C interface has no function for it (until version 8.4, which is too new for us): a
 * logger is a C++ class.
 */
#include "store/rocks/logger.h"

#include <cstdarg>
#include <cstdio>
#include <memory>
#include <rocksdb/env.h>

namespace
{

class line_logger final : public rocksdb::Logger
{
  public:
    explicit line_logger(logger_line_fn *line) : rocksdb::Logger(rocksdb::WARN_LEVEL), line_(line)
    {
    }

    using rocksdb::Logger::Logv;

    void Logv(const rocksdb::InfoLogLevel level, const char *format, va_list values) override
    {
        char text[1024];

        if (level != rocksdb::WARN_LEVEL && level != rocksdb::ERROR_LEVEL &&
            level != rocksdb::FATAL_LEVEL)
            return;
        vsnprintf(text, sizeof(text), format, values);
        line_(level != rocksdb::WARN_LEVEL, text);
    }

    /* All options at every start: nobody reads them. */
    void LogHeader(const char *, va_list) override
    {
    }

  private:
    logger_line_fn *line_;
};

} // namespace

/* The form that it has in RocksDB's own c.cc since there is one; the header only names it. */
struct rocksdb_logger_t {
    std::shared_ptr<rocksdb::Logger> rep;
};

rocksdb_logger_t *logger_new(logger_line_fn *line)
{
    return new rocksdb_logger_t{ std::make_shared<line_logger>(line) };
}

void logger_free(rocksdb_logger_t *logger)
{
    delete logger;
}
