/*
 * The DOM of simdjson seen from C. A json_value holds a dom::element, which is two words: the
 * document and a place on its tape. A json_cursor holds the places of the next item and of the end.
 * Both are copied in and out by memcpy, which compilers turn into registers.
 *
 * No exceptions, no RTTI; the few allocations are simdjson's own.
 */
#define SIMDJSON_EXCEPTIONS 0
extern "C" {
#include "base/ensure.h" /* ensure_failed is a function of C */
}
#include "wire/json.h"

#include <cmath>
#include <cstring>
#include <new>
#include <simdjson.h>
#include <type_traits>

namespace dom = simdjson::dom;

static constexpr size_t DEPTH_MAX = 1000;
static constexpr size_t CAPACITY_AT_START = 16 * 1024; /* grows with the texts */

struct json_reader {
    dom::parser parser;
};

struct array_range {
    dom::array::iterator at, end;
};

struct object_range {
    dom::object::iterator at, end;
};

static_assert(JSON_PADDING >= simdjson::SIMDJSON_PADDING, "simdjson reads that far");
static_assert(sizeof(dom::element) <= sizeof(json_value), "");
static_assert(sizeof(array_range) <= sizeof(json_cursor), "");
static_assert(sizeof(object_range) <= sizeof(json_cursor), "");
static_assert(std::is_trivially_copyable<dom::element>::value, "");

static json_value value_of(dom::element element)
{
    json_value value{};
    std::memcpy(static_cast<void *>(&value), &element, sizeof(element));
    return value;
}

static dom::element element_of(json_value value)
{
    dom::element element;
    std::memcpy(static_cast<void *>(&element), &value, sizeof(element));
    return element;
}

json_reader *json_reader_new(void)
{
    json_reader *reader = new (std::nothrow) json_reader;

    ensure(reader != nullptr);
    ensure(reader->parser.allocate(CAPACITY_AT_START, DEPTH_MAX) == simdjson::SUCCESS);
    return reader;
}

void json_reader_free(json_reader *reader)
{
    delete reader;
}

static bool parse(json_reader *reader, bytes text, bool copy, json_value *root)
{
    dom::element element;

    if (text.len == 0)
        return false;
    if (reader->parser.parse(text.ptr, text.len, copy).get(element) != simdjson::SUCCESS)
        return false;
    *root = value_of(element);
    return true;
}

bool json_parse_padded(json_reader *reader, bytes text, json_value *root)
{
    return parse(reader, text, false, root);
}

bool json_parse(json_reader *reader, bytes text, json_value *root)
{
    return parse(reader, text, true, root);
}

enum json_kind json_kind(json_value value)
{
    dom::element element = element_of(value);

    switch (element.type()) {
    case dom::element_type::ARRAY:
        return JSON_ARRAY;
    case dom::element_type::OBJECT:
        return JSON_OBJECT;
    case dom::element_type::INT64:
    case dom::element_type::UINT64:
        return JSON_INTEGER;
    case dom::element_type::DOUBLE:
        return JSON_DECIMAL;
    case dom::element_type::STRING:
        return JSON_STRING;
    case dom::element_type::BOOL:
        return element.get_bool().value_unsafe() ? JSON_TRUE : JSON_FALSE;
    case dom::element_type::NULL_VALUE:
        break;
    }
    return JSON_NULL;
}

bytes json_string(json_value value)
{
    std::string_view view;

    if (element_of(value).get_string().get(view) != simdjson::SUCCESS)
        return BYTES_ABSENT;
    return bytes_of(view.data(), view.size());
}

static int64_t floor_to_int64(double number)
{
    number = std::floor(number);
    if (number >= 9223372036854775808.0)
        return INT64_MAX;
    if (number < -9223372036854775808.0)
        return INT64_MIN;
    return static_cast<int64_t>(number);
}

int64_t json_integer(json_value value)
{
    dom::element element = element_of(value);

    switch (element.type()) {
    case dom::element_type::INT64:
        return element.get_int64().value_unsafe();
    case dom::element_type::UINT64:
        return INT64_MAX; /* simdjson gives this type to what is larger, only */
    case dom::element_type::DOUBLE:
        return floor_to_int64(element.get_double().value_unsafe());
    default:
        return 0;
    }
}

double json_number(json_value value)
{
    double number = 0;

    if (element_of(value).get_double().get(number) != simdjson::SUCCESS)
        return 0;
    return number;
}

template <typename Range> static void store(json_cursor *cursor, Range range)
{
    std::memcpy(static_cast<void *>(cursor), &range, sizeof(range));
}

template <typename Range> static Range load(const json_cursor *cursor)
{
    Range range;
    std::memcpy(static_cast<void *>(&range), cursor, sizeof(range));
    return range;
}

json_cursor json_walk(json_value array_or_object)
{
    json_cursor cursor{};
    dom::element element = element_of(array_or_object);
    dom::array array;
    dom::object object;

    if (element.get_array().get(array) == simdjson::SUCCESS)
        store(&cursor, array_range{ array.begin(), array.end() });
    else if (element.get_object().get(object) == simdjson::SUCCESS)
        store(&cursor, object_range{ object.begin(), object.end() });
    ensure(element.is_array() || element.is_object());
    return cursor;
}

bool json_next_item(json_cursor *cursor, json_value *item)
{
    array_range range = load<array_range>(cursor);

    if (!(range.at != range.end))
        return false;
    *item = value_of(*range.at);
    ++range.at;
    store(cursor, range);
    return true;
}

size_t json_count_items(json_value array)
{
    json_cursor cursor = json_walk(array);
    json_value item;
    size_t count = 0;

    while (json_next_item(&cursor, &item))
        count++;
    return count;
}

bool json_next_member(json_cursor *cursor, bytes *name, json_value *value)
{
    object_range range = load<object_range>(cursor);

    if (!(range.at != range.end))
        return false;
    std::string_view key = range.at.key();
    *name = bytes_of(key.data(), key.size());
    *value = value_of(range.at.value());
    ++range.at;
    store(cursor, range);
    return true;
}
