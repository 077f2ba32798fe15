/*
 * stage - a whole server that verifies signatures and asks policies, and calls on it, signed by
 * whom the test says.
 *
 * In templates ' stands for ", and `<name>` for what was bound to it.
 */
#ifndef TEST_ACCESS_STAGE_H
#define TEST_ACCESS_STAGE_H

#include "people.h"
#include "wire/talk.h"
#include "wire/whole_server.h"

#define STAGE_NAMES_MAX 64
#define STAGE_TEXT_MAX ((size_t)16 << 20)

struct stage_name {
    char name[24];
    char *value;
};

struct stage {
    struct whole_server whole;
    struct talk talk;
    struct stage_name names[STAGE_NAMES_MAX];
    int name_count;
    struct text scratch;
};

/* `options` NULL: the documented limits. */
struct stage *stage_new(const struct people *people, const struct whole_server_options *options);
void stage_free(struct stage *stage);
/* The same, as cmocka calls it after a test. */
int stage_tear_down(void **stage);

/* From now on these people are let in, and no others. */
void stage_admit(struct stage *stage, const struct people *people);

struct instant stage_now(const struct stage *stage);
/* Time passes, and the service notices. */
void stage_advance(struct stage *stage, const struct credentials *who, int64_t ms);
/* What workflows owe each other is delivered. */
void stage_settle(struct stage *stage, const struct credentials *who);

/* ---- names ---- */

void stage_bind(struct stage *stage, const char *name, struct bytes value);
const char *stage_value(const struct stage *stage, const char *name);
/* The template as it is sent. */
void stage_expand(const struct stage *stage, const char *template, struct text *out);

/* ---- calls ---- */

/* A letter of which nothing is signed yet. */
void stage_write(const struct stage *stage, struct letter *letter, const char *operation,
                 const char *template);
void stage_post(const struct letter *letter, struct talk *talk);
/* Signed by `who`, on a connection of the caller's choice. */
void stage_ask(const struct stage *stage, struct talk *talk, const struct credentials *who,
               const char *operation, const char *template);
/* Asks on the stage's own connection, and receives; the status. */
int stage_call(struct stage *stage, const struct credentials *who, const char *operation,
               const char *template);
/* A call that must succeed. */
void stage_do(struct stage *stage, const struct credentials *who, const char *operation,
              const char *template);
/* Binds a string member of the last reply. */
void stage_keep(struct stage *stage, const char *name, const char *member);
/* The string member, wherever it is in the reply; absent: nowhere. */
struct bytes stage_member(struct bytes reply, const char *member);

/* The last reply is this fault, and its text begins with `message`. `why` says in a failure what
 * was tried. */
void stage_expect_fault(const struct stage *stage, const char *type, const char *message,
                        const char *why);

#endif
