#include "process.h"

#include "cmd/address.h"
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARGUMENTS_MAX 48

static const char *program(void)
{
    const char *told = getenv("WEIR");
    return told ? told : "build/release/weir";
}

/* ---- starting */

static uint64_t files_max;

void process_limit_files(uint64_t files)
{
    files_max = files;
}

static void limit_own_files(void)
{
    const struct rlimit limit = { files_max, files_max };

    if (files_max > 0 && setrlimit(RLIMIT_NOFILE, &limit) != 0)
        _exit(126);
}

/* Never returns. The server ends with the thread that started it, so that no test leaves one
 * behind. */
static void become(const char *const arguments[], const char *const environment[], int out, int log)
{
    const char *all[ARGUMENTS_MAX] = { program() };
    size_t count = 1;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    limit_own_files();
    for (size_t i = 0; arguments[i] && count < ARGUMENTS_MAX - 1; i++)
        all[count++] = arguments[i];
    for (size_t i = 0; environment && environment[i]; i++)
        if (putenv((char *)(uintptr_t)environment[i]) != 0)
            _exit(126);
    if (dup2(out, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
        _exit(126);
    execv(all[0], (char *const *)(uintptr_t)all);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", all[0], strerrordesc_np(errno));
    _exit(127);
}

void process_start(struct process *process, const char *log_path, const char *const arguments[],
                   const char *const environment[])
{
    int ends[2];
    int log = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

    ensure(log >= 0 && pipe2(ends, O_CLOEXEC) == 0);
    *process = (struct process){ .out = ends[0] };
    snprintf(process->log_path, sizeof process->log_path, "%s", log_path);
    process->pid = fork();
    ensure(process->pid >= 0);
    if (process->pid == 0)
        become(arguments, environment, ends[1], log);
    close(ends[1]);
    close(log);
}

void process_serve(struct process *process, const char *log_path, const char *data,
                   const char *const arguments[], const char *const environment[])
{
    const char *all[ARGUMENTS_MAX] = { "serve", "--listen", "127.0.0.1:0", "--store",
                                       data ? "rocksdb" : "memory" };
    size_t count = 5;

    if (data) {
        all[count++] = "--data";
        all[count++] = data;
    }
    for (size_t i = 0; arguments && arguments[i]; i++) {
        ensure(count < ARGUMENTS_MAX - 1);
        all[count++] = arguments[i];
    }
    process_start(process, log_path, all, environment);
}

/* ---- what it says */

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until there is something to read; false at the watchdog's end. */
static bool wait_readable(int fd, int64_t until)
{
    struct pollfd wanted = { .fd = fd, .events = POLLIN };
    int64_t left = until - now_ms();
    int got;

    while ((got = poll(&wanted, 1, left > 0 ? (int)left : 0)) < 0 && errno == EINTR)
        left = until - now_ms();
    return got > 0;
}

/* One line of its stdout; false at the end. */
static bool read_line(const struct process *process, char *line, size_t size)
{
    int64_t until = now_ms() + WATCHDOG_S * 1000;
    size_t len = 0;

    while (wait_readable(process->out, until)) {
        char c;
        if (read(process->out, &c, 1) != 1)
            return false;
        if (c == '\n') {
            line[len] = '\0';
            return true;
        }
        if (len < size - 1)
            line[len++] = c;
    }
    return false;
}

/* The port of the first line that begins with `says`; 0 when there is none. */
static uint16_t wait_for_port(const struct process *process, const char *says)
{
    struct address address;
    char line[256];

    while (read_line(process, line, sizeof line)) {
        if (strncmp(line, says, strlen(says)) != 0)
            continue;
        return address_parse(bytes_of_cstr(line + strlen(says)), &address) ? address.port : 0;
    }
    return 0;
}

bool process_wait_listening(struct process *process)
{
    process->port = wait_for_port(process, "listening on http://");
    if (process->port == 0)
        return false;
    snprintf(process->endpoint, sizeof process->endpoint, "http://127.0.0.1:%u", process->port);
    return true;
}

bool process_wait_listening_tls(struct process *process)
{
    process->tls_port = wait_for_port(process, "listening on https://");
    return process->tls_port != 0;
}

void process_read_out(const struct process *process, struct text *out)
{
    int64_t until = now_ms() + WATCHDOG_S * 1000;
    char buffer[4096];

    text_reset(out);
    while (wait_readable(process->out, until)) {
        ssize_t got = read(process->out, buffer, sizeof buffer);
        if (got <= 0)
            return;
        text_append(out, bytes_of(buffer, (size_t)got));
    }
}

/* ---- its end */

void process_signal(const struct process *process, int number)
{
    ensure(process->pid > 0 && kill(process->pid, number) == 0);
}

static int reap(struct process *process)
{
    int status;

    while (waitpid(process->pid, &status, 0) < 0)
        ensure(errno == EINTR);
    close(process->out);
    process->pid = 0;
    process->endpoint[0] = '\0';
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int process_wait(struct process *process)
{
    int fd = (int)syscall(SYS_pidfd_open, process->pid, 0);

    ensure(fd >= 0);
    bool ended = wait_readable(fd, now_ms() + WATCHDOG_S * 1000);
    close(fd);
    if (ended)
        return reap(process);
    process_kill(process);
    return PROCESS_HUNG;
}

void process_kill(struct process *process)
{
    if (process->pid == 0)
        return;
    process_signal(process, SIGKILL);
    (void)reap(process);
}

int process_stop(struct process *process)
{
    process_signal(process, SIGTERM);
    return process_wait(process);
}

/* ---- looking at it */

size_t process_rss_bytes(const struct process *process)
{
    char path[64];
    char line[256];
    size_t kb = 0;

    snprintf(path, sizeof path, "/proc/%d/status", (int)process->pid);
    FILE *file = fopen(path, "re");
    ensure(file != NULL);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "VmRSS: %zu kB", &kb) == 1)
            break;
    fclose(file);
    return kb * 1024;
}

size_t process_count_files(const struct process *process)
{
    const struct dirent *entry;
    char path[64];
    size_t count = 0;

    snprintf(path, sizeof path, "/proc/%d/fd", (int)process->pid);
    DIR *folder = opendir(path);
    ensure(folder != NULL);
    while ((entry = readdir(folder)))
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

void process_change_files(const struct process *process, uint64_t files)
{
    struct rlimit limit;

    ensure(prlimit(process->pid, RLIMIT_NOFILE, NULL, &limit) == 0);
    limit.rlim_cur = files < limit.rlim_max ? files : limit.rlim_max;
    ensure(prlimit(process->pid, RLIMIT_NOFILE, &limit, NULL) == 0);
}

void process_read_log(const struct process *process, struct text *out)
{
    file_read(process->log_path, out);
}

static bool line_has(struct bytes line, const char *const words[])
{
    for (size_t i = 0; words[i]; i++)
        if (memmem(line.ptr, line.len, words[i], strlen(words[i])) == NULL)
            return false;
    return true;
}

size_t log_count_lines(struct bytes log, const char *const words[])
{
    size_t count = 0;

    while (log.len > 0) {
        const char *newline = memchr(log.ptr, '\n', log.len);
        size_t len = newline ? (size_t)(newline - log.ptr) : log.len;
        count += line_has(bytes_of(log.ptr, len), words);
        log = bytes_skip(log, newline ? len + 1 : len);
    }
    return count;
}

bool log_has_line(struct bytes log, const char *const words[])
{
    return log_count_lines(log, words) > 0;
}
