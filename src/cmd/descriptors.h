/*
 * descriptors - how many files a server may open, and how many of them clients may have.
 *
 * The store must never be short of files because of clients: what it may need, and what the other
 * parts do, is set aside first, and clients share the rest.
 */
#ifndef CMD_DESCRIPTORS_H
#define CMD_DESCRIPTORS_H

#include "base/ensure.h"
#include "base/err.h"
#include "cmd/settings.h"
#include <stdint.h>

/* Raises this process's limit of open files as far as the settings of `weir serve` ask, and tells
 * how many connections may be held at once: as many as asked for, or fewer after a line in the log.
 * ERR_INVALID when the limit is too low to serve at all, after a line that says so. Call it before
 * anything is opened. */
must_use enum err descriptors_share(const struct settings *settings, uint32_t *connections_max);

#endif
