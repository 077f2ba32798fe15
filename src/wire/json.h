/*
 * json - reading JSON, by simdjson behind a narrow C face: nothing but json.cc knows it.
 *
 * A reader keeps one parsed text at a time and is not shared between threads. Rejects ill-formed
 * UTF-8, lone surrogates, nesting deeper than 1,000 and everything else that is not JSON; also
 * integers that do not fit 64 bits and decimals that do not fit a double.
 */
#ifndef WIRE_JSON_H
#define WIRE_JSON_H

#include "base/bytes.h"
#include "base/ensure.h"
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct json_reader;

/* A value inside the reader's text; lives until the next json_parse. */
struct json_value {
    uint64_t opaque[2];
};

enum json_kind {
    JSON_NULL,
    JSON_TRUE,
    JSON_FALSE,
    JSON_INTEGER, /* written without fraction and exponent, fits 64 bits */
    JSON_DECIMAL,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

/* Bytes that must be readable behind a text given to json_parse_padded. */
#define JSON_PADDING 64

struct json_reader *json_reader_new(void);
void json_reader_free(struct json_reader *reader);

/* Parses `text` whole; false when it is not JSON (an empty text is not). The JSON_PADDING bytes
 * behind it must be readable memory; their content does not matter. */
bool json_parse_padded(struct json_reader *reader, struct bytes text, struct json_value *root);
/* The same for a text without padding, which is copied. */
bool json_parse(struct json_reader *reader, struct bytes text, struct json_value *root);

enum json_kind json_kind(struct json_value value);
/* Of a JSON_STRING: its characters as UTF-8 (may hold NUL); borrowed until the next parse. */
struct bytes json_string(struct json_value value);
/* Of a JSON_INTEGER (clamped to int64) or JSON_DECIMAL (floored, clamped). */
int64_t json_integer(struct json_value value);
/* Of either number kind. */
double json_number(struct json_value value);

/* Walking arrays and objects in the order of the text. Members with the same name come each in
 * their turn. */
struct json_cursor {
    uint64_t opaque[4];
};
struct json_cursor json_walk(struct json_value array_or_object);
/* The next item; false at the end. */
bool json_next_item(struct json_cursor *cursor, struct json_value *item);
/* How many items an array has. Walks over it. */
size_t json_count_items(struct json_value array);
/* The next member of an object; false at the end. `name` is borrowed until the next parse. */
bool json_next_member(struct json_cursor *cursor, struct bytes *name, struct json_value *value);

#ifdef __cplusplus
}
#endif
#endif
