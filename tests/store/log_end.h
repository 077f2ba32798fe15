/*
 * log_end - where the records of a log end, which is not where its file does: there is room behind
 * them.
 */
#ifndef TESTS_STORE_LOG_END_H
#define TESTS_STORE_LOG_END_H

#include <sys/types.h>

/* Of the log in this file, whose records are whole. */
off_t log_end(const char *path);
/* Where its last record begins. */
off_t log_last_record(const char *path);

#endif
