#include "told.h"

#include "base/bytes.h"
#include <stdio.h>
#include <stdlib.h>

uint64_t told_number(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);
    unsigned long long number;

    if (text == NULL)
        return otherwise;
    if (!bytes_parse_u64(bytes_of_cstr(text), &number)) {
        fprintf(stderr, "%s must be a number; it is '%s'\n", variable, text);
        exit(2);
    }
    return number;
}
