/*
 * version - of the whole program, in its one place.
 */
#ifndef CMD_VERSION_H
#define CMD_VERSION_H

#define WEIR_VERSION "0.1.0"

#endif
