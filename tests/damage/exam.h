/*
 * exam - everything that can be asked about the story's executions, and what the right answers are.
 */
#ifndef TESTS_DAMAGE_EXAM_H
#define TESTS_DAMAGE_EXAM_H

#include "host.h"
#include "story.h"

#define QUESTIONS_MAX 512

enum question_kind {
    ABOUT_ALL, /* lists, counts, the registry */
    ABOUT_RUN,
    HISTORY,
    HISTORY_REVERSED,
};

struct question {
    enum operation operation;
    const char *request;     /* without the closing brace */
    enum question_kind kind; /* histories come in pages: all of them are one answer */
    bool is_waited_for;      /* a run that messages under way are from or for */
};

struct answers {
    struct bytes items[QUESTIONS_MAX];
};

struct exam {
    struct question questions[QUESTIONS_MAX];
    size_t count;
    size_t turn_count;
    uint64_t turns[TURNS_MAX];
    struct answers truth[TURNS_MAX]; /* after each turn of the story; the last one is the whole */
};

/* Finds out what there is to ask, and the truth. Uses `folder`, which is gone afterwards. */
void exam_prepare(struct exam *exam, const struct story *story, const char *folder,
                  struct arena *arena);

/* All answers that this host gives. */
void exam_ask(const struct exam *exam, struct host *host, struct answers *out);

/* How the answers compare with the truth after `turn`. */
struct verdict {
    size_t right, refused; /* refused: InternalFailure */
    size_t wrong;
    size_t first_wrong; /* the number of a question */
    bool knows_turn;    /* false: the story has no such turn, and all are wrong */
};
struct verdict exam_judge(const struct exam *exam, const struct answers *answers, uint64_t turn);

#endif
