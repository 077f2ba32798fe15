/*
 * log - structured lines on stderr: one line an event of interest, `time=... level=... msg="..."
 * key=value ...`.
 *
 * Values are quoted where they need it and control characters escaped, so that nothing a client
 * sends can forge a line. Never given a secret or a payload. Safe from every thread; a line is
 * written whole.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/bytes.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* LOG_OFF is no level of a line: it drops them all. */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_OFF };

struct log_field {
    const char *key;
    struct bytes text; /* used when present, else `number` */
    int64_t number;
};

/* Lines below `level` are dropped; LOG_INFO at first. */
void log_set_level(enum log_level level);
/* "debug", "info", "warn" or "error"; false when it is none of them. */
bool log_parse_level(struct bytes text, enum log_level *out);

/* Writes one line; `message` is static lower-case text. Use the macros. */
void log_line(enum log_level level, const char *message, const struct log_field *fields,
              size_t count);

/* How fast one kind of line is written, where clients could cause it as often as they like: static,
 * and all zero at first. */
struct log_pace {
    _Atomic int64_t second; /* in which the lines were written */
    _Atomic uint32_t lines;
    _Atomic int64_t left_out; /* since the last one that was written */
};

/* May one more be written? Of each pace at most LOG_LINES_A_SECOND; how many were left out before
 * it is said in a line of its own. */
#define LOG_LINES_A_SECOND 10
bool log_may_say(struct log_pace *pace, const char *message);

#define LOG_TEXT(k, v) ((struct log_field){ .key = (k), .text = (v) })
#define LOG_CSTR(k, v) ((struct log_field){ .key = (k), .text = bytes_of_cstr(v) })
#define LOG_NUMBER(k, v) ((struct log_field){ .key = (k), .number = (int64_t)(v) })

/* log_info("listening", LOG_TEXT("address", a), LOG_NUMBER("port", p)); without fields too. */
#define log_at(level, message, ...)                                                                \
    log_line((level), (message), (const struct log_field[]){ { 0 }, __VA_ARGS__ } + 1,             \
             sizeof((const struct log_field[]){ { 0 }, __VA_ARGS__ }) / sizeof(struct log_field) - \
                 1)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__, )
#define log_info(...) log_at(LOG_INFO, __VA_ARGS__, )
#define log_warn(...) log_at(LOG_WARN, __VA_ARGS__, )
#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__, )

/* An error that clients could cause as often as they like: of each place in the code so many lines
 * a second (log_may_say). */
#define log_error_paced(message, ...)          \
    do {                                       \
        static struct log_pace pace;           \
        if (log_may_say(&pace, (message)))     \
            log_error((message), __VA_ARGS__); \
    } while (0)

#endif
