/*
 * layout - how runs, histories, lists and the registry lie in keys and values: the one on-disk
 * format of the embedded stores. Deterministic: the same commits give the same keys and values.
 */
#ifndef STORE_LAYOUT_H
#define STORE_LAYOUT_H

#include "store/kv.h"
#include "store/store.h"

/* Opens the store that lies in `kv` (owned from now on, closed on failure too), or makes a new one
 * when `kv` is empty; a new store keeps `fresh_key` as its server key. ERR_NEWER for a format of a
 * later version, ERR_CORRUPT for a damaged one, each after a line in the log. */
must_use enum err layout_open(struct kv *kv, const uint8_t fresh_key[SERVER_KEY_BYTES],
                              struct store **out);

#endif
