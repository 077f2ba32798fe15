#include "net/audit.h"

#include "base/log.h"
#include "base/memory.h"
#include "wire/json_writer.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

/* Lines that wait for the disk; above it whoever brings more waits, too. */
#define WAITING_BYTES_ENOUGH ((size_t)4 << 20)
#define WAITING_BYTES_MAX ((size_t)64 << 20)

struct audit {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t brought, taken;
    struct text waiting; /* under the mutex, as all that follows */
    uint64_t lines_waiting;
    bool reopen, closing;

    /* Of its thread. */
    char *path;
    int fd;
    struct text writing;
    uint64_t lines_lost; /* since the file could not be written */
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

static bool write_all(int fd, struct bytes text)
{
    while (text.len) {
        ssize_t written = write(fd, text.ptr, text.len);

        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0)
            text = bytes_skip(text, (size_t)written);
    }
    return true;
}

static void write_lines(struct audit *audit, uint64_t lines)
{
    if (audit->writing.len == 0)
        return;
    if (audit->fd >= 0 && write_all(audit->fd, text_bytes(&audit->writing)))
        say_written(audit);
    else
        say_lost(audit, lines, audit->fd < 0 ? "it is not open" : strerror(errno));
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
}

/* ---- its thread ---- */

/* Takes what waits; false when that is nothing and nothing more will come. */
static bool take(struct audit *audit, uint64_t *lines, bool *reopen)
{
    struct text empty = audit->writing;
    bool more;

    pthread_mutex_lock(&audit->mutex);
    while (audit->waiting.len == 0 && !audit->reopen && !audit->closing)
        pthread_cond_wait(&audit->brought, &audit->mutex);
    audit->writing = audit->waiting;
    audit->waiting = empty;
    *lines = audit->lines_waiting;
    *reopen = audit->reopen;
    audit->lines_waiting = 0;
    audit->reopen = false;
    more = audit->writing.len || !audit->closing;
    pthread_cond_broadcast(&audit->taken);
    pthread_mutex_unlock(&audit->mutex);
    return more;
}

static void *run(void *context)
{
    struct audit *audit = context;
    uint64_t lines;
    bool reopen;

    while (take(audit, &lines, &reopen)) {
        write_lines(audit, lines); /* what came before the word belongs into the old file */
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
    audit->lines_waiting++;
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
