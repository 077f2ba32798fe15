/*
 * watch - what a running server waits for: signals, and changes of its files.
 *
 * A file is watched by its name: it may be written in place, replaced by another one, be a link
 * that somebody turns, or be given another owner or mode. SIGHUP counts as a change of every file.
 * Belongs to one thread.
 */
#ifndef CMD_WATCH_H
#define CMD_WATCH_H

#define WATCH_FILES_MAX 8

struct watch;

/* Takes SIGTERM, SIGINT and SIGHUP for itself: before the first thread, so that they are blocked in
 * all. */
struct watch *watch_new(void);
void watch_free(struct watch *watch);

/* One more file. Its bit in `changed` below: 1 << (how many were added before it). */
unsigned watch_add(struct watch *watch, const char *path);

/* What happened. */
struct watch_news {
    int signal;       /* SIGTERM, SIGINT or SIGHUP; 0: none */
    unsigned changed; /* the files that did */
};
struct watch_news watch_wait(struct watch *watch);

#endif
