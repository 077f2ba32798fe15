/*
 * A pattern is a list of pieces. Seen byte by byte (a `place` walks it) it is a row of elements: a
 * byte, a run, one character, or the end. Variables are looked up when the walk enters them.
 *
 * Matching goes on from the last run only: what a run before it took can stay as it is, because
 * whatever followed that run has matched. So a failed attempt costs at most the rest of the
 * pattern, and no text is looked at more often than the pattern is long.
 */
#include "auth/pattern.h"

#include "base/ascii.h"

#define ARN_PARTS 6

static const struct bytes a_run = { "*", 1 };

/* ---- from text to pieces */

/* Reads a text piece by piece; counts them, and stores them where there is a place to. */
struct compiler {
    struct bytes rest;
    struct pattern_syntax syntax;
    struct pattern_piece *pieces; /* NULL: only count */
    size_t count;
    enum pattern_piece_kind last; /* of pieces, when count > 0 */
    const char *problem;
};

static void add_piece(struct compiler *compiler, enum pattern_piece_kind kind, struct bytes text,
                      struct bytes otherwise)
{
    /* Two runs are one. */
    if (kind == PIECE_RUN && compiler->count > 0 && compiler->last == PIECE_RUN)
        return;
    if (compiler->pieces)
        compiler->pieces[compiler->count] = (struct pattern_piece){ kind, text, otherwise };
    compiler->last = kind;
    compiler->count++;
}

static bool is_special(const struct compiler *compiler, size_t at)
{
    char c = compiler->rest.ptr[at];

    if (c == '*' || c == '?')
        return compiler->syntax.wildcards;
    return c == '$' && compiler->syntax.variables && at + 1 < compiler->rest.len &&
           compiler->rest.ptr[at + 1] == '{';
}

static struct bytes trim(struct bytes text)
{
    while (text.len > 0 && text.ptr[0] == ' ')
        text = bytes_skip(text, 1);
    while (text.len > 0 && text.ptr[text.len - 1] == ' ')
        text.len--;
    return text;
}

/* Letters, digits and what else stands in keys: "aws:PrincipalTag/cost centre". */
static bool is_key(struct bytes key)
{
    static const char others[] = ":/_.-+=@ ";

    for (size_t i = 0; i < key.len; i++) {
        unsigned char c = (unsigned char)key.ptr[i];
        bool is_allowed = c >= 0x80 || ascii_is_letter_or_digit((char)c);
        if (!is_allowed && (c == '\0' || !strchr(others, c)))
            return false;
    }
    return key.len > 0;
}

/* What stands between the braces of a variable, up to a default. */
static const char *check_default(struct bytes text, struct bytes *otherwise)
{
    text = trim(text);
    if (text.len < 2 || text.ptr[0] != '\'' || text.ptr[text.len - 1] != '\'')
        return "has a variable whose default is not in single quotes: ${key, 'default'}";
    *otherwise = bytes_of(text.ptr + 1, text.len - 2);
    if (memchr(otherwise->ptr, '\'', otherwise->len))
        return "has a variable with a single quote inside its default";
    return NULL;
}

/* The length of "${...}" at the start of `text`, 0 when it has no end. A brace inside the quotes of
 * a default is part of it. */
static size_t variable_length(struct bytes text)
{
    bool quoted = false;

    for (size_t i = 2; i < text.len; i++) {
        if (text.ptr[i] == '\'')
            quoted = !quoted;
        if (text.ptr[i] == '}' && !quoted)
            return i + 1;
    }
    return 0;
}

static bool is_escape(struct bytes inside)
{
    return inside.len == 1 && strchr("*?$", inside.ptr[0]) && inside.ptr[0] != '\0';
}

static void take_variable(struct compiler *compiler)
{
    size_t len = variable_length(compiler->rest);
    if (len == 0) {
        compiler->problem = "has a variable without its '}'";
        return;
    }
    struct bytes inside = bytes_of(compiler->rest.ptr + 2, len - 3);
    compiler->rest = bytes_skip(compiler->rest, len);
    if (is_escape(inside)) {
        add_piece(compiler, PIECE_LITERAL, inside, BYTES_ABSENT);
        return;
    }
    const char *comma = memchr(inside.ptr, ',', inside.len);
    struct bytes key = comma ? bytes_of(inside.ptr, (size_t)(comma - inside.ptr)) : inside;
    struct bytes otherwise = BYTES_ABSENT;
    if (comma)
        compiler->problem = check_default(bytes_skip(inside, key.len + 1), &otherwise);
    key = trim(key);
    if (!compiler->problem && !is_key(key))
        compiler->problem = key.len == 0 ? "has a variable without a name"
                                         : "has a variable whose name is no condition key";
    add_piece(compiler, PIECE_VARIABLE, key, otherwise);
}

static void take_piece(struct compiler *compiler)
{
    struct bytes rest = compiler->rest;
    size_t len = 0;

    while (len < rest.len && !is_special(compiler, len))
        len++;
    if (len > 0) {
        add_piece(compiler, PIECE_LITERAL, bytes_of(rest.ptr, len), BYTES_ABSENT);
    } else if (rest.ptr[0] == '$') {
        take_variable(compiler);
        return;
    } else {
        len = 1;
        add_piece(compiler, rest.ptr[0] == '*' ? PIECE_RUN : PIECE_ONE, a_run, BYTES_ABSENT);
    }
    compiler->rest = bytes_skip(rest, len);
}

static struct compiler compile_into(struct pattern_piece *pieces, struct bytes text,
                                    struct pattern_syntax syntax)
{
    struct compiler compiler = { .rest = text, .syntax = syntax, .pieces = pieces };

    while (compiler.rest.len > 0 && !compiler.problem)
        take_piece(&compiler);
    return compiler;
}

bool pattern_compile(struct arena *arena, struct bytes text, struct pattern_syntax syntax,
                     struct pattern *out, const char **problem)
{
    struct compiler counted = compile_into(NULL, text, syntax);

    *problem = counted.problem;
    if (counted.problem)
        return false;
    struct pattern_piece *pieces = arena_array(arena, struct pattern_piece, counted.count);
    compile_into(pieces, text, syntax);
    *out = (struct pattern){ pieces, counted.count };
    return true;
}

/* ---- walking a pattern */

/* Elements that are no byte. */
enum { ELEMENT_RUN = 256, ELEMENT_ONE, ELEMENT_END };

struct place {
    const struct pattern *pattern;
    const struct context *context;
    size_t piece;
    struct bytes rest; /* of a literal, or of what a variable stands for */
};

/* What a variable stands for; absent when nothing. */
static struct bytes value_of(const struct pattern_piece *variable, const struct context *context)
{
    const struct context_key *key = context ? context_find(context, variable->text) : NULL;

    return key && key->count == 1 ? key->values[0] : variable->otherwise;
}

static void enter_piece(struct place *place)
{
    const struct pattern_piece *piece = &place->pattern->pieces[place->piece];

    if (place->piece == place->pattern->count)
        place->rest = BYTES_ABSENT;
    else if (piece->kind == PIECE_VARIABLE)
        place->rest = value_of(piece, place->context);
    else
        place->rest = piece->text;
}

static struct place place_begin(const struct pattern *pattern, const struct context *context)
{
    struct place place = { .pattern = pattern, .context = context };

    enter_piece(&place);
    return place;
}

/* The element at this place. Pieces that stand for nothing are passed. */
static int element_at(struct place *place)
{
    while (place->piece < place->pattern->count && place->rest.len == 0) {
        place->piece++;
        enter_piece(place);
    }
    if (place->piece == place->pattern->count)
        return ELEMENT_END;
    switch (place->pattern->pieces[place->piece].kind) {
    case PIECE_RUN:
        return ELEMENT_RUN;
    case PIECE_ONE:
        return ELEMENT_ONE;
    case PIECE_LITERAL:
    case PIECE_VARIABLE:
        break;
    }
    return (unsigned char)place->rest.ptr[0];
}

static void step(struct place *place)
{
    place->rest = bytes_skip(place->rest, 1);
}

/* ---- matching */

/* How many bytes the character at text[at] has. */
static size_t character_at(struct bytes text, size_t at)
{
    size_t len = 1;

    while (len < 4 && at + len < text.len && ((unsigned char)text.ptr[at + len] & 0xc0) == 0x80)
        len++;
    return len;
}

struct comparison {
    bool ignore_case;
    bool ends_at_colon; /* the pattern ends at its next colon, not at its end */
};

static bool matches_byte(int element, char c, bool ignore_case)
{
    if (element >= ELEMENT_RUN)
        return false; /* a wildcard, or the end */
    return element == (unsigned char)c ||
           (ignore_case && ascii_lower((char)element) == ascii_lower(c));
}

static bool ends(int element, struct comparison how)
{
    return element == ELEMENT_END || (how.ends_at_colon && element == ':');
}

/* Matches all of `text` with the pattern from *at; leaves *at where the pattern ended. */
static bool match(struct place *at, struct bytes text, struct comparison how)
{
    struct place after_run;
    size_t taken = 0, i = 0; /* `taken`: where the text behind the last run begins */
    bool has_run = false;

    for (;;) {
        int element = element_at(at);
        if (element == ELEMENT_RUN) {
            step(at);
            if (ends(element_at(at), how))
                return true; /* it takes all that is left */
            after_run = *at;
            taken = i;
            has_run = true;
            continue;
        }
        bool at_end = ends(element, how);
        if (i == text.len)
            return at_end;
        if (!at_end && element == ELEMENT_ONE) {
            i += character_at(text, i);
            step(at);
        } else if (!at_end && matches_byte(element, text.ptr[i], how.ignore_case)) {
            i++;
            step(at);
        } else if (has_run) {
            taken += character_at(text, taken);
            i = taken;
            *at = after_run;
        } else {
            return false;
        }
    }
}

bool pattern_has_variables(const struct pattern *pattern)
{
    for (size_t i = 0; i < pattern->count; i++)
        if (pattern->pieces[i].kind == PIECE_VARIABLE)
            return true;
    return false;
}

/* Does each variable stand for something? */
static bool has_all_values(const struct pattern *pattern, const struct context *context)
{
    for (size_t i = 0; i < pattern->count; i++) {
        const struct pattern_piece *piece = &pattern->pieces[i];
        if (piece->kind == PIECE_VARIABLE && bytes_is_absent(value_of(piece, context)))
            return false;
    }
    return true;
}

bool pattern_matches(const struct pattern *pattern, const struct context *context,
                     struct bytes text, bool ignore_case)
{
    if (!has_all_values(pattern, context))
        return false;
    struct place at = place_begin(pattern, context);
    return match(&at, text, (struct comparison){ .ignore_case = ignore_case });
}

/* ---- ARNs */

static bool is_everything(const struct pattern *pattern)
{
    return pattern->count == 1 && pattern->pieces[0].kind == PIECE_RUN;
}

/* Takes what stands before the next colon off *rest, and the colon; false when there is none. */
static bool take_part(struct bytes *rest, struct bytes *part)
{
    const char *colon = rest->len ? memchr(rest->ptr, ':', rest->len) : NULL;

    if (!colon)
        return false;
    *part = bytes_of(rest->ptr, (size_t)(colon - rest->ptr));
    *rest = bytes_skip(*rest, part->len + 1);
    return true;
}

bool pattern_matches_arn(const struct pattern *pattern, const struct context *context,
                         struct bytes arn)
{
    struct bytes rest = arn, part;

    if (is_everything(pattern))
        return true;
    if (!has_all_values(pattern, context))
        return false;
    struct place at = place_begin(pattern, context);
    for (int i = 1; i < ARN_PARTS; i++) {
        if (!take_part(&rest, &part) ||
            !match(&at, part, (struct comparison){ .ends_at_colon = true }) ||
            element_at(&at) != ':')
            return false;
        step(&at);
    }
    return match(&at, rest, (struct comparison){ 0 });
}

static size_t count_colons(struct bytes text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == ':';
    return count;
}

bool pattern_is_arn(const struct pattern *pattern, bool only_last)
{
    size_t colons = 0;

    if (is_everything(pattern))
        return true;
    if (!only_last && pattern_has_variables(pattern))
        return true;
    if (pattern->count == 0 || pattern->pieces[0].kind != PIECE_LITERAL ||
        !bytes_starts_with(pattern->pieces[0].text, BYTES("arn:")))
        return false;
    for (size_t i = 0; i < pattern->count && colons < ARN_PARTS - 1; i++) {
        if (pattern->pieces[i].kind == PIECE_VARIABLE)
            return false;
        if (pattern->pieces[i].kind == PIECE_LITERAL)
            colons += count_colons(pattern->pieces[i].text);
    }
    return colons >= ARN_PARTS - 1;
}
