/*
 * base64 - the standard alphabet with padding (RFC 4648 section 4).
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/bytes.h"
#include "base/ensure.h"

#define BASE64_LEN(bytes) (((bytes) + 2) / 3 * 4)

/* Writes BASE64_LEN(in.len) characters to out, no NUL. */
void base64_encode(struct bytes in, char *out);

/* Decodes `in` whole into out, which has room for out_max bytes, and stores the length; false when
 * `in` is not exactly what base64_encode would have written for some bytes (strict: padding, no
 * line ends, no stray bits). */
must_use bool base64_decode(struct bytes in, void *out, size_t out_max, size_t *out_len);

#endif
