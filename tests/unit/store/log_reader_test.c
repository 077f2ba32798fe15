/*
 * Logs that were cut or changed: what of them is good, and whether a power failure may have left
 * them so.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/crc32c.h"
#include "store/rocks/coding.h"
#include "store/rocks/log_reader.h"
#include "store/rocks/log_writer.h"

#define BLOCK_BYTES 32768
#define HEADER_BYTES 7

/* ---- a log, written as RocksDB does */

struct log {
    struct text text;
    size_t ends[16]; /* of its records */
    size_t count;
};

static void put_number(struct text *text, uint64_t value, int size)
{
    for (int i = 0; i < size; i++)
        text_append_char(text, (char)(i < 8 ? value >> 8 * i : 0));
}

static void put_piece(struct text *text, char type, struct bytes content)
{
    uint32_t sum = crc32c(crc32c(0, bytes_of(&type, 1)), content);

    put_number(text, coding_mask(sum), 4);
    put_number(text, content.len, 2);
    text_append_char(text, type);
    text_append(text, content);
}

static void put_record(struct log *log, size_t size)
{
    char *content = test_malloc(size + 1);
    struct bytes rest = { content, size };
    bool is_first = true;

    for (size_t i = 0; i < size; i++)
        content[i] = (char)(i * 7 + size);
    do {
        size_t left = BLOCK_BYTES - log->text.len % BLOCK_BYTES;
        if (left < HEADER_BYTES) {
            put_number(&log->text, 0, (int)left);
            left = BLOCK_BYTES;
        }
        size_t len = rest.len < left - HEADER_BYTES ? rest.len : left - HEADER_BYTES;
        bool is_last = len == rest.len;
        put_piece(&log->text, is_first ? (is_last ? 1 : 2) : (is_last ? 4 : 3),
                  bytes_of(rest.ptr, len));
        rest = bytes_skip(rest, len);
        is_first = false;
    } while (rest.len > 0);
    log->ends[log->count++] = log->text.len;
    test_free(content);
}

static void begin(struct log *log)
{
    *log = (struct log){ 0 };
    text_init(&log->text, 1 << 20);
}

static void end(struct log *log)
{
    text_deinit(&log->text);
}

/* ---- reading it */

struct found {
    size_t records, good_end;
    enum log_state state;
    bool more_behind;
};

static struct found read_log(struct bytes log)
{
    struct found found = { 0 };
    struct log_reader reader;
    struct bytes record;

    log_reader_init(&reader, log);
    while (log_reader_next(&reader, &record))
        found.records++;
    found.state = reader.state;
    found.good_end = reader.record_at;
    found.more_behind = found.state != LOG_GOOD && log_reader_resume(&reader, &record);
    log_reader_deinit(&reader);
    return found;
}

static size_t records_before(const struct log *log, size_t at)
{
    size_t count = 0;

    while (count < log->count && log->ends[count] <= at)
        count++;
    return count;
}

static void test_whole_log(void **state)
{
    struct log log;

    (void)state;
    begin(&log);
    for (size_t i = 0; i < 6; i++)
        put_record(&log, i * 9000);
    put_record(&log, 3 * BLOCK_BYTES);
    struct found found = read_log(text_bytes(&log.text));
    assert_int_equal(found.state, LOG_GOOD);
    assert_int_equal(found.records, 7);
    assert_int_equal(found.good_end, log.text.len);
    end(&log);
}

/* What a writer that was stopped leaves: the records before, and no damage. */
static void test_cut_at_every_length(void **state)
{
    struct log log;

    (void)state;
    begin(&log);
    put_record(&log, 40);
    put_record(&log, 300);
    put_record(&log, BLOCK_BYTES);
    put_record(&log, 20);
    for (size_t at = 0; at < log.text.len; at += at % 7 + 1) {
        struct found found = read_log(bytes_of(log.text.ptr, at));
        size_t whole = records_before(&log, at);
        assert_int_equal(found.records, whole);
        assert_int_not_equal(found.state, LOG_DAMAGED);
        assert_false(found.more_behind);
    }
    end(&log);
}

/* Some of these RocksDB takes for the end. */
static void test_every_byte_changed(void **state)
{
    struct log log;

    (void)state;
    begin(&log);
    put_record(&log, 40);
    put_record(&log, 300);
    put_record(&log, 90);
    for (size_t at = 0; at < log.text.len; at++)
        for (int bit = 0; bit < 8; bit++) {
            log.text.ptr[at] = (char)(log.text.ptr[at] ^ 1 << bit);
            struct found found = read_log(text_bytes(&log.text));
            assert_int_equal(found.state, LOG_DAMAGED);
            assert_int_equal(found.records, records_before(&log, at));
            assert_int_equal(found.more_behind, records_before(&log, at) < 2);
            log.text.ptr[at] = (char)(log.text.ptr[at] ^ 1 << bit);
        }
    end(&log);
}

static void test_zeros_behind_are_no_damage(void **state)
{
    struct log log;

    (void)state;
    begin(&log);
    put_record(&log, 40);
    size_t good = log.text.len;
    put_number(&log.text, 0, 5000);
    assert_int_equal(read_log(text_bytes(&log.text)).state, LOG_TORN);
    put_record(&log, 40);
    struct found found = read_log(text_bytes(&log.text));
    assert_int_equal(found.state, LOG_DAMAGED);
    assert_int_equal(found.good_end, good);
    assert_true(found.more_behind);
    end(&log);
}

/* A log that ends at `end`, and one record more. */
static void check_append(size_t end, size_t size)
{
    struct log_reader reader;
    struct bytes record;
    struct arena arena;
    struct text log;

    arena_init(&arena, "record", (size_t)1 << 20);
    text_init(&log, (size_t)1 << 20);
    char *before = memset(arena_alloc_text(&arena, end), 'y', end);
    text_append(&log, log_record(&arena, 0, bytes_of(before, end - HEADER_BYTES)));
    assert_int_equal(log.len, end);
    char *content = memset(arena_alloc_text(&arena, size), 'x', size);
    text_append(&log, log_record(&arena, log.len, bytes_of(content, size)));
    log_reader_init(&reader, text_bytes(&log));
    assert_true(log_reader_next(&reader, &record));
    assert_int_equal(record.len, end - HEADER_BYTES);
    assert_true(log_reader_next(&reader, &record));
    assert_true(bytes_equal(record, bytes_of(content, size)));
    assert_false(log_reader_next(&reader, &record));
    assert_int_equal(reader.state, LOG_GOOD);
    log_reader_deinit(&reader);
    text_deinit(&log);
    arena_deinit(&arena);
}

static void test_a_record_more(void **state)
{
    static const size_t sizes[] = { 1, 12, 40, BLOCK_BYTES, 3 * BLOCK_BYTES };

    (void)state;
    for (size_t end = BLOCK_BYTES - 64; end <= BLOCK_BYTES; end++)
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
            check_append(end, sizes[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_log),
        cmocka_unit_test(test_cut_at_every_length),
        cmocka_unit_test(test_every_byte_changed),
        cmocka_unit_test(test_zeros_behind_are_no_damage),
        cmocka_unit_test(test_a_record_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
