/*
 * judge - reads requests as bytes, verifies them as the server does, and says what came of it. For
 * signers that are written in another language.
 */
#ifndef TESTS_AUTH_JUDGE_H
#define TESTS_AUTH_JUDGE_H

#include "auth/signature.h"
#include <stdio.h>

/* The keys that it knows: AKIDEXAMPLE; ASIATEMPORARY with a session token; AKIDINACTIVE. */
const struct credential *judge_find(void *context, struct bytes access_key_id);

#define JUDGE_SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define JUDGE_TOKEN "FwoGZXIvYXdzEJr//////////wEaDP+/=="

/* Verifies one request that is whole in `bytes`. True and its signer; or false and in `out` (of
 * `size` bytes, NUL ended) why not. */
bool judge_bytes(struct signature_verifier *verifier, struct bytes bytes, struct instant now,
                 char *out, size_t size);

/* Until the end of `in`: a line "LENGTH NOW_MS" and LENGTH bytes; each is answered by a line. */
int judge_stream(FILE *in, FILE *out);

#endif
