/*
 * letter - a request as a client makes it: written, signed with Signature Version 4, and sent.
 *
 * Signs by itself, from the documentation alone: nothing of the server's own auth/ is used, so that
 * a mistake there does not hide itself. A test may change a letter after it was signed.
 */
#ifndef TEST_ACCESS_LETTER_H
#define TEST_ACCESS_LETTER_H

#include "base/instant.h"
#include "base/text.h"

struct credentials {
    char key_id[64], secret[64], token[64]; /* token: empty, there is none */
};

#define LETTER_HEADERS_MAX 12
#define LETTER_DATE_LEN 16 /* "20120115T015659Z" */

struct letter_header {
    char name[64], value[1024];
};

struct letter {
    struct letter_header headers[LETTER_HEADERS_MAX];
    int header_count;
    char query[64]; /* behind the question mark; empty: none */
    struct text body;
};

/* A call on 127.0.0.1, not signed yet. */
void letter_init(struct letter *letter, uint16_t port, const char *operation, struct bytes body,
                 struct instant date);
void letter_deinit(struct letter *letter);

/* Replaces the header or adds it. */
void letter_set(struct letter *letter, const char *name, const char *value);
void letter_remove(struct letter *letter, const char *name);
const char *letter_get(const struct letter *letter, const char *name); /* NULL: not there */

void letter_set_date(struct letter *letter, struct instant date);

/* Signs all that is in it, and adds the Authorization, and the session token if there is one. */
void letter_sign(struct letter *letter, const struct credentials *who);

void letter_write(const struct letter *letter, struct text *out);

#endif
