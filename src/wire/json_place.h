/*
 * json_place - where a text stops being JSON, for people who write it by hand.
 *
 * The reader (wire/json.h) is fast and says no more than no; this is asked afterwards.
 */
#ifndef WIRE_JSON_PLACE_H
#define WIRE_JSON_PLACE_H

#include "base/bytes.h"

struct json_place {
    unsigned line, column; /* from 1; columns are characters */
    const char *problem;   /* what is wrong there; static text */
};

/* The first mistake of a text that json_parse refused. Numbers that are out of range, half
 * surrogate pairs and too deep nesting are not looked for: what is refused for these has its end as
 * its place. */
struct json_place json_place_of_error(struct bytes text);

#endif
