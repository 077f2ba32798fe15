#include "net/route.h"

static const struct {
    enum http_verb verb;
    const char *path;
    route_fn *serve;
} routes[] = {
    { VERB_POST, "/", exchange_serve_call },
    { VERB_GET, "/healthz", exchange_serve_health },
    { VERB_HEAD, "/healthz", exchange_serve_health },
    { VERB_GET, "/metrics", exchange_serve_metrics },
};

route_fn *route_find(enum http_verb verb, struct bytes path)
{
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
        if (routes[i].verb == verb && bytes_equal_cstr(path, routes[i].path))
            return routes[i].serve;
    return exchange_serve_unknown;
}
