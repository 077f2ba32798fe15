/*
 * records - the registry's records, as the store keeps them.
 */
#ifndef SERVICE_RECORDS_H
#define SERVICE_RECORDS_H

#include "base/err.h"
#include "engine/registry.h"
#include "wire/json.h"

/* Adds what a record says, in the order in which the store hands records over. ERR_CORRUPT after a
 * line in the log when it cannot be read, or is of a domain that is not there. */
must_use enum err records_recover(struct registry *registry, struct json_reader *json,
                                  struct bytes key, struct bytes value);

#endif
