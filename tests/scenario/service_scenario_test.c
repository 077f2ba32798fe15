/*
 * Every scenario through the engine alone, and through the service in one thread: on each store,
 * and interrupted after every turn.
 */
#include "runner.h"

int main(int argc, char **argv)
{
    static const struct backend *const backends[] = {
        &backend_engine,      &backend_memory, &backend_rocks,
        &backend_interrupted, &backend_asleep, &backend_asleep_interrupted
    };
    static const struct runner_config config = { backends, 6, 0 };

    return runner_main(argc, argv, &config);
}
