#include "people.h"

#include "wire/whole_server.h"
#include <stdio.h>

#define PEOPLE_BYTES_MAX ((size_t)4 << 20)

void people_append_plain(struct text *out, const char *text)
{
    for (; *text; text++)
        text_append_char(out, *text == '\'' ? '"' : *text);
}

/* ---- keys ---- */

/* An id may hold no hyphen. */
static struct credentials keys_of(const char *kind, const char *name)
{
    struct credentials keys = { 0 };

    snprintf(keys.key_id, sizeof(keys.key_id), "%sKEYOF%sXXXXXXXX", kind, name);
    for (char *c = keys.key_id; *c; c++)
        *c = *c == '-' ? '_' : *c;
    snprintf(keys.secret, sizeof(keys.secret), "the-secret-key-of-%s", name);
    return keys;
}

struct credentials people_user_keys(const char *name)
{
    return keys_of("AKIA", name);
}

struct credentials people_session_keys(const char *name)
{
    struct credentials keys = keys_of("ASIA", name);

    snprintf(keys.token, sizeof(keys.token), "the-token-of-%s", name);
    return keys;
}

/* ---- the file's parts ---- */

static void begin_item(struct text *list)
{
    if (list->len)
        text_append_char(list, ',');
}

/* A policy NAME.KIND of these statements. */
static void add_policy(struct people *people, enum account account, const char *name,
                       const char *kind, const char *statements)
{
    struct text *out = &people->policies[account];

    begin_item(out);
    text_printf(out, "{\"name\":\"%s.%s\",\"document\":{\"Version\":\"2012-10-17\",\"Statement\":[",
                name, kind);
    people_append_plain(out, statements);
    text_append_cstr(out, "]}}");
}

/* A member of a JSON object, in which ' stands for ". */
static void append(struct text *out, const char *format, const char *value)
{
    char text[256];

    assert_true((size_t)snprintf(text, sizeof(text), format, value) < sizeof(text));
    people_append_plain(out, text);
}

static void begin_identity(struct people *people, struct text *out, enum account account,
                           const char *name, const char *statements)
{
    begin_item(out);
    append(out, "{'name':'%s','tags':{'team':'blue'}", name);
    if (statements[0] == '\0')
        return;
    append(out, ",'policies':['%s.own']", name);
    add_policy(people, account, name, "own", statements);
}

static void begin_key(struct text *out, const struct credentials *keys)
{
    append(out, ",'keys':[{'id':'%s'", keys->key_id);
    append(out, ",'secret':'%s'", keys->secret);
}

static void add_user(struct people *people, enum account account, const char *name,
                     const char *statements, const char *boundary, const char *status)
{
    struct text *out = &people->users[account];
    struct credentials keys = people_user_keys(name);

    begin_identity(people, out, account, name, statements);
    if (boundary) {
        append(out, ",'boundary':'%s.boundary'", name);
        add_policy(people, account, name, "boundary", boundary);
    }
    begin_key(out, &keys);
    append(out, ",'status':'%s'}]}", status);
}

/* ---- from outside ---- */

void people_init(struct people *people)
{
    for (int i = 0; i < ACCOUNTS; i++) {
        text_init(&people->users[i], PEOPLE_BYTES_MAX);
        text_init(&people->roles[i], PEOPLE_BYTES_MAX);
        text_init(&people->policies[i], PEOPLE_BYTES_MAX);
    }
}

void people_deinit(struct people *people)
{
    for (int i = 0; i < ACCOUNTS; i++) {
        text_deinit(&people->users[i]);
        text_deinit(&people->roles[i]);
        text_deinit(&people->policies[i]);
    }
}

void people_add(struct people *people, enum account account, const char *name,
                const char *statements)
{
    add_user(people, account, name, statements, NULL, "Active");
}

void people_add_bounded(struct people *people, enum account account, const char *name,
                        const char *statements, const char *boundary)
{
    add_user(people, account, name, statements, boundary, "Active");
}

void people_add_inactive(struct people *people, enum account account, const char *name)
{
    add_user(people, account, name, ALLOW_ALL, NULL, "Inactive");
}

void people_add_session(struct people *people, enum account account, const char *name,
                        const char *statements, const char *session, const char *expires)
{
    struct text *out = &people->roles[account];
    struct credentials keys = people_session_keys(name);

    begin_identity(people, out, account, name, statements);
    begin_key(out, &keys);
    append(out, ",'session':'session','token':'%s'", keys.token);
    append(out, ",'expires':'%s'", expires);
    if (session) {
        append(out, ",'policy':'%s.session'", name);
        add_policy(people, account, name, "session", session);
    }
    people_append_plain(out, "}]}");
}

static void append_account(const struct people *people, enum account account, const char *id,
                           struct text *out)
{
    append(out, "{'id':'%s','users':[", id);
    text_append(out, text_bytes(&people->users[account]));
    people_append_plain(out, "],'roles':[");
    text_append(out, text_bytes(&people->roles[account]));
    people_append_plain(out, "],'policies':[");
    text_append(out, text_bytes(&people->policies[account]));
    people_append_plain(out, "]}");
}

struct identities *people_make(const struct people *people)
{
    struct identities_file file;
    struct identities *made = NULL;
    struct text json, problem;
    struct arena arena;

    text_init(&json, 4 * PEOPLE_BYTES_MAX);
    text_init(&problem, 65536);
    arena_init(&arena, "people", IDENTITIES_ARENA_BYTES_MAX);
    people_append_plain(&json, "{'accounts':[");
    append_account(people, IN_A, ACCOUNT_A, &json);
    text_append_char(&json, ',');
    append_account(people, IN_B, ACCOUNT_B, &json);
    people_append_plain(&json, "]}");
    if (identities_file_read(text_bytes(&json), &arena, &file, &problem))
        made = identities_new(&file, &problem);
    if (made == NULL)
        fail_msg("%.*s", BYTES_FMT(text_bytes(&problem)));
    arena_deinit(&arena);
    text_deinit(&json);
    text_deinit(&problem);
    return made;
}
