/*
 * epilogue - what is left to see of a tale that came to its end, and whether it is all that was
 * acknowledged.
 *
 * Whatever went wrong on the way, it must be the same as if nothing had happened: what is told of
 * one telling can be compared with what is told of another.
 */
#ifndef TESTS_CRASH_EPILOGUE_H
#define TESTS_CRASH_EPILOGUE_H

#include "functions.h"
#include "tale.h"

struct epilogue {
    const struct tale *tale;
    struct functions *functions;
    bool is_undisturbed; /* no life of the server ended on the way: its function has answered */
    struct text *told;   /* gets all that is to see */
    char problem[2048];  /* empty: none */
};

/* Asks the server there for everything; true unless something is wrong. */
must_use bool epilogue_look(struct epilogue *epilogue, const char *endpoint);

/* The first line of `told` that is not as in `wanted`. */
struct bytes epilogue_difference(struct bytes wanted, struct bytes told);

#endif
