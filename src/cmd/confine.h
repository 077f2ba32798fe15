/*
 * confine - gives up what a server does not need once its files and ports are open.
 *
 * What an intruder would want next: starting programs, looking into other processes, changing who
 * it is or what the machine is. A denied system call fails with EPERM; the server makes none of
 * them. Cannot be taken back.
 */
#ifndef CMD_CONFINE_H
#define CMD_CONFINE_H

#include <stdbool.h>

/* From now on neither a core dump nor another process's debugger shows our memory. To be called
 * before secrets are read. */
void confine_memory(void);

/* For the whole process, also threads that run already. `calls_out`: it will open connections of
 * its own (to functions). Where the kernel cannot do it a line in the log says so, and all stays as
 * it was: this is a second wall, not the door. */
void confine_calls(bool calls_out);

#endif
