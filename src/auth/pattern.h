/*
 * pattern - the texts of a policy that something is compared with: wildcards and policy variables.
 *
 * `*` stands for any run of characters, `?` for one (a code point). A variable ${key} stands for
 * the value of that condition key, ${key, 'text'} for `text` where the request has no such key;
 * ${*},
 * ${?} and ${$} for the character itself. What a variable stands for is compared literally: a star
 * in a user's name is no wildcard. A key that is absent or has several values has no value to stand
 * for; a pattern with such a variable, and without a default, matches nothing.
 *
 * Made once from a policy, immutable, in that policy's arena. Matching allocates nothing and takes
 * at most (length of the pattern) * (length of the text) steps.
 */
#ifndef AUTH_PATTERN_H
#define AUTH_PATTERN_H

#include "auth/context.h"
#include "base/ensure.h"

enum pattern_piece_kind { PIECE_LITERAL, PIECE_RUN, PIECE_ONE, PIECE_VARIABLE };

struct pattern_piece {
    enum pattern_piece_kind kind;
    struct bytes text;      /* the characters of a literal, the key of a variable */
    struct bytes otherwise; /* the default of a variable; absent where there is none */
};

struct pattern {
    const struct pattern_piece *pieces;
    size_t count;
};

/* Which characters are more than themselves. */
struct pattern_syntax {
    bool wildcards;
    bool variables;
};

/* Makes a pattern of `text`, whose bytes must live as long as the arena. False, with a reason in
 * *problem (static text), when a variable is written wrongly. */
must_use bool pattern_compile(struct arena *arena, struct bytes text, struct pattern_syntax syntax,
                              struct pattern *out, const char **problem);

bool pattern_has_variables(const struct pattern *pattern);

/* Does the pattern match `text` whole? `ignore_case` folds ASCII letters. `context` gives variables
 * their values; it may be NULL for a pattern without. */
bool pattern_matches(const struct pattern *pattern, const struct context *context,
                     struct bytes text, bool ignore_case);

/* The same for ARNs: each of the six parts between colons is matched by itself, so that a wildcard
 * never reaches over a colon, save in the last part. The pattern "*" matches everything. */
bool pattern_matches_arn(const struct pattern *pattern, const struct context *context,
                         struct bytes arn);

/* Could this pattern match an ARN at all: "*", or "arn" and five more parts? With `only_last` no
 * variable stands before the fifth colon. A pattern with variables elsewhere passes without. */
bool pattern_is_arn(const struct pattern *pattern, bool only_last);

#endif
