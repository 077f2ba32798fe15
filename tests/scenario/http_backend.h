/*
 * http_backend - the whole server in this process, called over HTTP.
 */
#ifndef TESTS_SCENARIO_HTTP_BACKEND_H
#define TESTS_SCENARIO_HTTP_BACKEND_H

#include "backend.h"

extern const struct backend backend_http_memory, backend_http_rocks;

#endif
