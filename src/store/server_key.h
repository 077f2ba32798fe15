/*
 * server_key - the key that seals task tokens and page tokens: a meta value, made with the store.
 *
 * A token names a run and its events by numbers. A store that went back to an earlier turn, or that
 * was put back from a copy, gives the same numbers out again, and an old token would then mean
 * another task: so it gets a new key, under which no old token opens.
 */
#ifndef STORE_SERVER_KEY_H
#define STORE_SERVER_KEY_H

#include "store/batch.h"
#include "store/store.h"

#define SERVER_KEY_NAME BYTES("server_key")

/* Adds the writes of a key, of both its copies, to the batch. */
void server_key_put(struct batch *batch, const uint8_t key[SERVER_KEY_BYTES]);

#endif
