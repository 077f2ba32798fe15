/*
 * audit - the record of who changed what, and who was refused: one JSON line for each such call, in
 * a file of its own.
 *
 * Never a secret, never a payload. Lines are written whole and in the order in which they came, by
 * a thread of its own; whoever brings one waits when that thread is far behind. A file that cannot
 * be written is said in the log, once until it can again; the lines of that time are counted and
 * lost, calls go on. Of the first of them there may be the beginning, on a line of its own.
 */
#ifndef NET_AUDIT_H
#define NET_AUDIT_H

#include "base/err.h"
#include "base/ensure.h"
#include "base/instant.h"
#include "base/text.h"

struct audit;

/* What one line tells. Absent texts are left out. */
struct audit_record {
    struct instant at;
    struct bytes request_id;
    struct bytes source;        /* address of the client; absent over a Unix socket */
    struct bytes principal;     /* ARN; absent when nobody was recognised */
    struct bytes access_key_id; /* as the client claims */
    struct bytes action;        /* operation, without "swf:" */
    struct bytes resource;
    struct bytes outcome;        /* "ok", or the name of the fault */
    const struct bytes *refused; /* decisions that were not permitted */
    size_t refused_count;
};

/* Opens the file at `path` for appending, making it readable to its owner alone. The error comes
 * after a line in the log. */
must_use enum err audit_open(const char *path, struct audit **out);

/* Any thread. */
void audit_write(struct audit *audit, const struct audit_record *record);

/* Opens the file by its name again, after somebody has moved it away. Any thread. */
void audit_reopen(struct audit *audit);

/* Writes what is left, and closes. NULL is fine. */
void audit_close(struct audit *audit);

/* The line alone, with its newline. */
void audit_append_line(struct text *out, const struct audit_record *record);

#endif
