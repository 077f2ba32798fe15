#include "log_end.h"

#include "base/ensure.h"
#include "store/rocks/file.h"
#include "store/rocks/log_reader.h"

struct ends {
    size_t last_record, end;
};

static struct ends look(const char *path)
{
    struct ends ends = { 0, 0 };
    struct log_reader reader;
    struct bytes content, record;

    ensure(file_map(path, &content) == OK);
    log_reader_init(&reader, content);
    while (log_reader_next(&reader, &record))
        ends.last_record = reader.record_at;
    ends.end = reader.record_at;
    log_reader_deinit(&reader);
    file_unmap(content);
    return ends;
}

off_t log_end(const char *path)
{
    return (off_t)look(path).end;
}

off_t log_last_record(const char *path)
{
    return (off_t)look(path).last_record;
}
