/*
 * serve_settings - what `weir serve` can be told.
 *
 * A new setting is a line here and a row in the table; help, parsing, --print-config and error
 * texts follow from it.
 */
#ifndef CMD_SERVE_SETTINGS_H
#define CMD_SERVE_SETTINGS_H

#include "cmd/setting.h"

enum serve_setting {
    SERVE_LISTEN,
    SERVE_STORE,
    SERVE_DATA,
    SERVE_ACCOUNT,
    SERVE_REGION,
    SERVE_LOG_LEVEL,
    SERVE_HINTS,
    SERVE_INSECURE_OPEN,
    SERVE_LOOPS,
    SERVE_READERS,
    SERVE_FREE_BYTES_MIN,
    SERVE_POLL_SECONDS,
    SERVE_EMPTY_POLL_TOKEN,
    SERVE_PAGE_TOKEN_SECONDS,
    SERVE_CONNECTIONS_MAX,
    SERVE_REQUEST_BYTES_MAX,
    SERVE_HEADER_BYTES_MAX,
    SERVE_HEADER_LINES_MAX,
    SERVE_HEADER_TIMEOUT,
    SERVE_BODY_TIMEOUT,
    SERVE_WRITE_TIMEOUT,
    SERVE_IDLE_TIMEOUT,
    SERVE_LIMIT_DOMAINS,
    SERVE_LIMIT_WORKFLOW_TYPES,
    SERVE_LIMIT_ACTIVITY_TYPES,
    SERVE_LIMIT_OPEN_EXECUTIONS,
    SERVE_LIMIT_OPEN_ACTIVITIES,
    SERVE_LIMIT_OPEN_TIMERS,
    SERVE_LIMIT_OPEN_CHILDREN,
    SERVE_LIMIT_HISTORY_EVENTS,
    SERVE_LIMIT_POLLERS_PER_LIST,
    SERVE_LIMIT_TAGS_PER_DOMAIN,
    SERVE_SETTING_COUNT,
};

enum store_kind { STORE_MEMORY, STORE_ROCKSDB }; /* the choices of SERVE_STORE, in their order */

/* Indexed by enum serve_setting. */
extern const struct setting serve_settings[SERVE_SETTING_COUNT];

#endif
