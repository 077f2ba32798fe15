/*
 * process - the server as a process: started, watched, killed.
 *
 * Its stdout is read here, its stderr goes to a file. Whoever waits for it waits for what it says
 * or for its end, never for a time; WATCHDOG_S only ends a test that would hang.
 */
#ifndef TESTS_CRASH_PROCESS_H
#define TESTS_CRASH_PROCESS_H

#include "base/ensure.h"
#include "base/text.h"
#include "scratch.h"
#include <sys/types.h>

#define WATCHDOG_S 60

/* What process_wait says of a process that had to be ended. */
#define PROCESS_HUNG (-1)

struct process {
    pid_t pid; /* 0: not running */
    int out;   /* its stdout */
    char log_path[SCRATCH_PATH_MAX];
    char endpoint[64]; /* "http://127.0.0.1:PORT"; empty: it does not listen yet */
    uint16_t port;
    uint16_t tls_port; /* once process_wait_listening_tls was called */
};

/* How many files those started from now on may open at once; 0: as many as this program. */
void process_limit_files(uint64_t files);

/* Runs `$WEIR arguments...` with `environment` ("NAME=value") added; both end with NULL. The log
 * goes to `log_path`, which is emptied first. */
void process_start(struct process *process, const char *log_path, const char *const arguments[],
                   const char *const environment[]);

/* `weir serve` on a free port of this machine with the store in folder `data` (NULL: in memory),
 * and further arguments. */
void process_serve(struct process *process, const char *log_path, const char *data,
                   const char *const arguments[], const char *const environment[]);

/* Waits until it says where it listens; false when it ended before, which process_wait then tells
 * more of. */
must_use bool process_wait_listening(struct process *process);

/* The same, behind it, of one that listens for TLS too. */
must_use bool process_wait_listening_tls(struct process *process);

/* Reads the rest of its stdout, until it closes it. */
void process_read_out(const struct process *process, struct text *out);

/* Sends a signal. */
void process_signal(const struct process *process, int number);
/* Waits for its end: the exit status, 128 plus the signal that ended it, or PROCESS_HUNG. */
must_use int process_wait(struct process *process);
/* kill -9, and waits. */
void process_kill(struct process *process);
/* SIGTERM, and waits. */
must_use int process_stop(struct process *process);

/* Resident memory now. */
size_t process_rss_bytes(const struct process *process);

/* How many files it has open, and how many it may from now on (UINT64_MAX: as many as it could
 * raise it to); what is open stays so. */
size_t process_count_files(const struct process *process);
void process_change_files(const struct process *process, uint64_t files);

/* The log so far. The text is the caller's. */
void process_read_log(const struct process *process, struct text *out);
/* How many lines of the log hold all of the words? Words end with NULL. */
size_t log_count_lines(struct bytes log, const char *const words[]);
/* Does some line of the log hold all of the words? */
bool log_has_line(struct bytes log, const char *const words[]);

#endif
