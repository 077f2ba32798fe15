/*
 * replay - an open run from its stored history: loading is applying its events.
 */
#ifndef SERVICE_REPLAY_H
#define SERVICE_REPLAY_H

#include "base/ensure.h"
#include "base/err.h"
#include "store/store.h"

struct domain;
struct run;
struct service;

/* The run as its history says, without heartbeats and without a stub. ERR_CORRUPT after a line in
 * the log. */
must_use enum err replay(struct service *service, const struct open_run *stored, struct run **out);

#endif
