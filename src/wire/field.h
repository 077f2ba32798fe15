/*
 * field - a member's place in its struct, reached by the tables alone.
 *
 * The structs are typed and the tables are not, so everything is copied in and out by memcpy: the
 * one way that C's aliasing rules allow between a `struct decision_list` and the list seen here.
 * Compilers make plain moves of it.
 */
#ifndef WIRE_FIELD_H
#define WIRE_FIELD_H

#include "wire/shape.h"
#include <assert.h>
#include <string.h>

/* What every list of structs looks like; `items == NULL` says absent. */
struct item_list {
    const void *items;
    size_t count;
};

static_assert(sizeof(struct item_list) == sizeof(struct bytes_list), "all lists lie alike");
static_assert(sizeof(struct item_list) == sizeof(struct decision_list), "all lists lie alike");
static_assert(sizeof(enum decision_type) == sizeof(int), "enums are read as int");

static inline const void *field_of(const void *object, const struct member *member)
{
    return (const char *)object + member->offset;
}

static inline struct bytes field_bytes(const void *field)
{
    struct bytes value;
    memcpy(&value, field, sizeof(value));
    return value;
}

static inline int field_enum(const void *field)
{
    int value;
    memcpy(&value, field, sizeof(value));
    return value;
}

static inline int32_t field_integer(const void *field)
{
    int32_t value;
    memcpy(&value, field, sizeof(value));
    return value;
}

static inline int64_t field_long(const void *field)
{
    int64_t value;
    memcpy(&value, field, sizeof(value));
    return value;
}

static inline bool field_boolean(const void *field)
{
    bool value;
    memcpy(&value, field, sizeof(value));
    return value;
}

static inline struct instant field_instant(const void *field)
{
    struct instant value;
    memcpy(&value, field, sizeof(value));
    return value;
}

/* Of KIND_STRUCT and KIND_TIMESTAMP_AT. */
static inline const void *field_pointer(const void *field)
{
    const void *value;
    memcpy(&value, field, sizeof(value));
    return value;
}

static inline struct bytes_list field_strings(const void *field)
{
    struct bytes_list value;
    memcpy(&value, field, sizeof(value));
    return value;
}

static inline struct item_list field_items(const void *field)
{
    struct item_list value;
    memcpy(&value, field, sizeof(value));
    return value;
}

/* The struct at `index` of a list of `shape`. */
static inline const void *item_at(struct item_list list, const struct shape *shape, size_t index)
{
    return (const char *)list.items + index * shape->size;
}

#endif
