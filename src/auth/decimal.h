/*
 * decimal - numbers as they are written, compared exactly: no rounding, no exponent, no limit but
 * the text's length.
 */
#ifndef AUTH_DECIMAL_H
#define AUTH_DECIMAL_H

#include "base/bytes.h"
#include "base/ensure.h"

struct decimal {
    bool negative;
    struct bytes whole;    /* digits before the point, without zeros in front */
    struct bytes fraction; /* digits behind it, without zeros at the end */
};

/* Reads "12", "-0.5": a sign or none, digits, and perhaps a point and digits. Borrows from `text`.
 * False when it is something else. */
must_use bool decimal_parse(struct bytes text, struct decimal *out);

/* Negative, zero or positive, as a is less than, equal to or greater than b. */
int decimal_compare(const struct decimal *a, const struct decimal *b);

#endif
