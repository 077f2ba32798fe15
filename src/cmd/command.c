#include "cmd/command.h"

const struct verb *command_find_verb(const struct command *command, const char *name)
{
    for (size_t i = 0; i < command->verb_count; i++) {
        if (strcmp(name, command->verbs[i].name) == 0)
            return &command->verbs[i];
    }
    return NULL;
}
