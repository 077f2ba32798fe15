/*
 * Every scenario over HTTP, on each store. The service in one thread shows what they must leave and
 * answer.
 */
#include "http_backend.h"
#include "runner.h"

int main(int argc, char **argv)
{
    static const struct backend *const backends[] = { &backend_memory, &backend_http_memory,
                                                      &backend_http_rocks };
    static const struct runner_config config = { backends, 3, 1 };

    return runner_main(argc, argv, &config);
}
