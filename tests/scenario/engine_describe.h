/*
 * engine_describe - what answers say of a run. All of it lies in the engine's arena.
 */
#ifndef TESTS_SCENARIO_ENGINE_DESCRIBE_H
#define TESTS_SCENARIO_ENGINE_DESCRIBE_H

#include "engine_world.h"

struct workflow_execution *engine_names(struct engine_world *engine, const struct engine_run *run);
struct workflow_type *engine_type(struct engine_world *engine, const struct engine_run *run);
struct workflow_execution_info *engine_info(struct engine_world *engine,
                                            const struct engine_run *run);
struct workflow_execution_configuration *engine_configuration(struct engine_world *engine,
                                                              const struct engine_run *run);

#endif
