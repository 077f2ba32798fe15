/*
 * Every scenario through the engine alone, and through the service in one thread on each store.
 */
#include "runner.h"

int main(int argc, char **argv)
{
    static const struct backend *const backends[] = { &backend_engine, &backend_memory,
                                                      &backend_rocks };
    static const struct runner_config config = { backends, 3, 0 };

    return runner_main(argc, argv, &config);
}
