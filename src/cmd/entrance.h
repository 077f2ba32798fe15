/*
 * entrance - where `weir serve` lets clients in: its listeners, what is shown there, and which of
 * them may be open to whom.
 *
 * Refuses what would let in more than was meant: without identities, an address that others can
 * reach; figures on one, unless that was asked for; TLS with half of its files.
 */
#ifndef CMD_ENTRANCE_H
#define CMD_ENTRANCE_H

#include "cmd/settings.h"
#include "cmd/watch.h"
#include "net/server.h"
#include "net/tls.h"

/* False after a line on stderr. */
must_use bool entrance_makes_sense(const struct settings *settings);

bool entrance_speaks_tls(const struct settings *settings);
/* NULL after a line in the log. The settings outlive it. */
struct tls *entrance_open_tls(const struct settings *settings);
/* Watches its files; their bits. */
unsigned entrance_watch(const struct settings *settings, struct watch *watch);
/* Files with an error change nothing. */
void entrance_reload_tls(struct tls *tls);

/* The server's listeners. */
void entrance_set(const struct settings *settings, struct server_config *config);

/* Says on stdout where it listens, and what to try next where that is wanted. */
void entrance_announce(const struct settings *settings, const struct server *server);

#endif
