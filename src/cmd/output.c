#include "cmd/output.h"

void output_print(FILE *to, struct bytes content)
{
    (void)!fwrite(content.ptr, 1, content.len, to);
}

/* A write that failed inside fwrite leaves nothing to flush, so fflush may succeed after it. Only
 * ferror still knows. */
enum exit_status output_end(FILE *to, enum exit_status status, enum exit_status lost)
{
    bool flushed = fflush(to) == 0;

    if (flushed && !ferror(to))
        return status;
    fprintf(stderr, "weir: not all of the output could be written\n");
    return lost;
}
