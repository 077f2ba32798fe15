/*
 * secret_file - files that hold a secret: nobody but their owner and their group may open one.
 */
#ifndef NET_SECRET_FILE_H
#define NET_SECRET_FILE_H

#include "base/ensure.h"
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>

/* With which to open it. O_NONBLOCK: opening a FIFO must not wait for a writer; it is refused once
 * it is open. */
#define SECRET_FILE_FLAGS (O_RDONLY | O_NONBLOCK | O_CLOEXEC)

/* Why what was opened here may not hold a secret, in words for people; NULL, and what *stat says of
 * it, when it may. */
must_use const char *secret_file_refusal(int fd, struct stat *stat);

/* May everybody on this machine open it? */
bool secret_file_is_everybodys(const struct stat *stat);

#endif
