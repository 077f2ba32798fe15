/*
 * access_key - a new pair of keys, of the system's randomness.
 *
 * Of the form that AWS gives them, which some clients check: an id of twenty capitals and digits
 * that begins with AKIA, or ASIA for temporary credentials, and a secret of forty characters.
 */
#ifndef CMD_ACCESS_KEY_H
#define CMD_ACCESS_KEY_H

#include <stdbool.h>

#define ACCESS_KEY_ID_CHARS 20
#define ACCESS_KEY_SECRET_CHARS 40
#define ACCESS_KEY_TOKEN_CHARS 64

/* Texts that end with a NUL. */
struct access_key {
    char id[ACCESS_KEY_ID_CHARS + 1];
    char secret[ACCESS_KEY_SECRET_CHARS + 1];
    char session_token[ACCESS_KEY_TOKEN_CHARS + 1]; /* empty unless it is temporary */
};

struct access_key access_key_make(bool is_temporary);

#endif
