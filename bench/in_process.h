/*
 * in_process - the service in the thread of the program, on a store in a folder: calls without a
 * network.
 */
#ifndef BENCH_IN_PROCESS_H
#define BENCH_IN_PROCESS_H

#include "service/service.h"
#include "wire/json.h"

struct in_process {
    const char *path; /* of the store */
    size_t execution_bytes_max;
    struct store *store;
    struct service *service;
    struct json_reader *json;
    struct call **polled; /* polls that were answered, if anybody wants them */
    size_t polled_count;
    uint64_t answers, faults;
};

/* `path` is of a new store or an old one; nothing is open. */
void in_process_init(struct in_process *own, const char *path);
void in_process_deinit(struct in_process *own);

void in_process_open_store(struct in_process *own);
void in_process_open_service(struct in_process *own);
/* Ends both; orderly, with all that makes the next start short. */
void in_process_close(struct in_process *own);

/* A call with this body, which the next turn takes. Its answer is counted and thrown away, save
 * that of a poll when `polled` has room: that is the caller's. */
void in_process_submit(struct in_process *own, enum operation operation, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void in_process_turn(struct in_process *own);

/* The domain `d`, the type `ship`/1. */
void in_process_register(struct in_process *own);

/* On the steady clock; what this thread has used of the processors; what all of the process have,
 * the database's included. */
double in_process_now_ms(void);
double in_process_used_ms(void);
double in_process_used_by_all_ms(void);
/* A figure of /proc/self/status, in megabytes. */
double in_process_memory_mb(const char *name);

#endif
