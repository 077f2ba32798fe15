/*
 * banned - functions that this program does not use, each with what to use instead. Included by the
 * build before every C file of src/ (-include base/banned.h).
 *
 * The system's headers come first: they may name what is poisoned below.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#ifndef __cplusplus /* the standard library of C++ names them long after this file */

#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Some are macros, depending on the compiler and on _FORTIFY_SOURCE. */
#undef alloca
#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef sprintf
#undef vsprintf

/* struct bytes and struct text have lengths; snprintf, text_printf, arena_printf have bounds. */
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok strtok_r
/* instant_to_utc and instant_format_*: no locale, no time zone, no static buffer. */
#pragma GCC poison gmtime localtime ctime asctime
/* Not poisoned, because OpenSSL's headers name parameters so. */
int rand(void) __attribute__((deprecated("instead: random_system, or random_next with a seed")));
void srand(unsigned seed) __attribute__((deprecated("instead: struct random_sequence")));
/* arena_alloc: the stack has no message for "too large". */
#pragma GCC poison alloca
/* bytes_parse_u64: says when it is not a number. */
#pragma GCC poison atoi atol atof

#endif

#endif
