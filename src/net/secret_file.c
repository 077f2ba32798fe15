#include "net/secret_file.h"

#include <stddef.h>

bool secret_file_is_everybodys(const struct stat *stat)
{
    return (stat->st_mode & S_IRWXO) != 0;
}

const char *secret_file_refusal(int fd, struct stat *stat)
{
    if (fstat(fd, stat) != 0 || !S_ISREG(stat->st_mode))
        return "is not a file";
    if (secret_file_is_everybodys(stat))
        return "holds secrets, and everybody may open it; try: chmod o-rwx FILE";
    return NULL;
}
