#include "net/audit.h"

#include "base/log.h"
#include "base/memory.h"
#include "wire/json_writer.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of lines that wait for the disk: with more than ENOUGH whoever brings a line waits as well. */
#define WAITING_BYTES_ENOUGH ((size_t)4 << 20)
#define WAITING_BYTES_MAX ((size_t)64 << 20)

struct audit {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t brought, taken;
    struct text waiting; /* the mutex guards this and the two flags below */
    bool reopen, closing;

    /* For the audit's own thread alone. */
    char *path;
    int fd;
    bool is_torn; /* the file ends in the middle of a line */
    struct text writing;
    uint64_t lines_lost; /* while the file could not be written */
};

/* ---- a line ---- */

static void append_member(struct text *out, const char *name, struct bytes value)
{
    if (bytes_is_absent(value))
        return;
    text_append_char(out, ',');
    json_write_string(out, bytes_of_cstr(name));
    text_append_char(out, ':');
    json_write_string(out, value);
}

static void append_refused(struct text *out, const struct audit_record *record)
{
    if (record->refused_count == 0)
        return;
    text_append(out, BYTES(",\"refusedDecisions\":["));
    for (size_t i = 0; i < record->refused_count; i++) {
        text_append_cstr(out, i ? "," : "");
        json_write_string(out, record->refused[i]);
    }
    text_append_char(out, ']');
}

static void append_action(struct text *out, struct bytes operation)
{
    if (bytes_is_absent(operation))
        return;
    text_append(out, BYTES(",\"action\":\"swf:"));
    text_append(out, operation);
    text_append_char(out, '"');
}

void audit_append_line(struct text *out, const struct audit_record *record)
{
    char time[25];

    instant_format_iso(record->at, time);
    text_append(out, BYTES("{\"time\":\""));
    text_append_cstr(out, time);
    text_append_char(out, '"');
    append_member(out, "requestId", record->request_id);
    append_member(out, "sourceAddress", record->source);
    append_member(out, "principal", record->principal);
    append_member(out, "accessKeyId", record->access_key_id);
    append_action(out, record->action);
    append_member(out, "resource", record->resource);
    append_member(out, "outcome", record->outcome);
    append_refused(out, record);
    text_append(out, BYTES("}\n"));
}

/* ---- the file ---- */

static int open_file(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
}

/* Did the last writer stop in the middle of a line, because of a full disk or a crash? */
static bool ends_amid_a_line(const char *path)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    char last = '\n';
    struct stat stat;

    if (fd < 0)
        return false;
    if (fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) && stat.st_size > 0)
        (void)!pread(fd, &last, 1, stat.st_size - 1);
    close(fd);
    return last != '\n';
}

static void say_lost(struct audit *audit, uint64_t lines, const char *reason)
{
    if (audit->lines_lost == 0)
        log_error("the audit log cannot be written; its lines are lost until it can",
                  LOG_CSTR("file", audit->path), LOG_CSTR("reason", reason));
    audit->lines_lost += lines;
}

static void say_written(struct audit *audit)
{
    if (audit->lines_lost)
        log_warn("the audit log can be written again", LOG_CSTR("file", audit->path),
                 LOG_NUMBER("lost", audit->lines_lost));
    audit->lines_lost = 0;
}

/* Removes from the front of *text what was written; false when some is left. */
static bool write_all(int fd, struct bytes *text)
{
    while (text->len) {
        ssize_t written = write(fd, text->ptr, text->len);

        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0)
            *text = bytes_skip(*text, (size_t)written);
    }
    return true;
}

/* A line that was cut short gets its line end, so that the next one does not continue it. */
static bool end_torn_line(struct audit *audit)
{
    struct bytes newline = BYTES("\n");

    if (audit->is_torn)
        audit->is_torn = !write_all(audit->fd, &newline);
    return !audit->is_torn;
}

static uint64_t count_lines(struct bytes text)
{
    uint64_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '\n';
    return count;
}

/* Writes what can be written, and returns how many lines were not written whole. */
static uint64_t write_what_goes(struct audit *audit, struct bytes text)
{
    struct bytes rest = text;

    if (!end_torn_line(audit) || write_all(audit->fd, &rest))
        return count_lines(rest);
    audit->is_torn = rest.len < text.len && rest.ptr[-1] != '\n';
    return count_lines(rest);
}

static void write_lines(struct audit *audit)
{
    uint64_t lost;

    if (audit->writing.len == 0)
        return;
    lost = write_what_goes(audit, text_bytes(&audit->writing));
    if (lost)
        say_lost(audit, lost, strerror(errno));
    else
        say_written(audit);
    text_reset(&audit->writing);
}

static void open_again(struct audit *audit)
{
    int fd = open_file(audit->path);

    if (fd < 0) {
        log_error("the audit log could not be opened again; the old file is written on",
                  LOG_CSTR("file", audit->path), LOG_CSTR("reason", strerror(errno)));
        return;
    }
    close(audit->fd);
    audit->fd = fd;
    /* The name may still lead to the file that was just closed. */
    audit->is_torn = ends_amid_a_line(audit->path);
}

/* ---- its thread ---- */

/* Waits for lines and takes them into `writing`; false when there are none and no more will
 * come. */
static bool take(struct audit *audit, bool *reopen)
{
    struct text empty = audit->writing;
    bool more;

    pthread_mutex_lock(&audit->mutex);
    while (audit->waiting.len == 0 && !audit->reopen && !audit->closing)
        pthread_cond_wait(&audit->brought, &audit->mutex);
    audit->writing = audit->waiting;
    audit->waiting = empty;
    *reopen = audit->reopen;
    audit->reopen = false;
    more = audit->writing.len || !audit->closing;
    pthread_cond_broadcast(&audit->taken);
    pthread_mutex_unlock(&audit->mutex);
    return more;
}

static void *run(void *context)
{
    struct audit *audit = context;
    bool reopen;

    while (take(audit, &reopen)) {
        write_lines(audit); /* those that came before a reopen belong to the old file */
        if (reopen)
            open_again(audit);
    }
    return NULL;
}

/* Signals are the main thread's business. */
static void start_thread(struct audit *audit)
{
    sigset_t all, before;

    sigfillset(&all);
    ensure(pthread_sigmask(SIG_BLOCK, &all, &before) == 0);
    ensure(pthread_create(&audit->thread, NULL, run, audit) == 0);
    ensure(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
}

/* ---- from outside ---- */

enum err audit_open(const char *path, struct audit **out)
{
    int fd = open_file(path);
    struct audit *audit;

    if (fd < 0) {
        log_error("cannot open the audit log", LOG_CSTR("file", path),
                  LOG_CSTR("reason", strerror(errno)));
        return ERR_IO;
    }
    audit = memory_new(sizeof(*audit));
    audit->path = memory_new(strlen(path) + 1);
    memcpy(audit->path, path, strlen(path) + 1);
    audit->fd = fd;
    audit->is_torn = ends_amid_a_line(path);
    text_init(&audit->waiting, WAITING_BYTES_MAX);
    text_init(&audit->writing, WAITING_BYTES_MAX);
    ensure(pthread_mutex_init(&audit->mutex, NULL) == 0);
    ensure(pthread_cond_init(&audit->brought, NULL) == 0);
    ensure(pthread_cond_init(&audit->taken, NULL) == 0);
    start_thread(audit);
    *out = audit;
    return OK;
}

void audit_write(struct audit *audit, const struct audit_record *record)
{
    pthread_mutex_lock(&audit->mutex);
    while (audit->waiting.len > WAITING_BYTES_ENOUGH)
        pthread_cond_wait(&audit->taken, &audit->mutex);
    audit_append_line(&audit->waiting, record);
    pthread_cond_signal(&audit->brought);
    pthread_mutex_unlock(&audit->mutex);
}

void audit_reopen(struct audit *audit)
{
    pthread_mutex_lock(&audit->mutex);
    audit->reopen = true;
    pthread_cond_signal(&audit->brought);
    pthread_mutex_unlock(&audit->mutex);
}

void audit_close(struct audit *audit)
{
    if (audit == NULL)
        return;
    pthread_mutex_lock(&audit->mutex);
    audit->closing = true;
    pthread_cond_signal(&audit->brought);
    pthread_mutex_unlock(&audit->mutex);
    pthread_join(audit->thread, NULL);
    close(audit->fd);
    pthread_mutex_destroy(&audit->mutex);
    pthread_cond_destroy(&audit->brought);
    pthread_cond_destroy(&audit->taken);
    text_deinit(&audit->waiting);
    text_deinit(&audit->writing);
    memory_free(audit->path);
    memory_free(audit);
}
