/*
 * weir key - the access keys with which users and sessions of roles sign their calls.
 */
#include "base/date.h"
#include "cmd/access_key.h"
#include "cmd/columns.h"
#include "cmd/identity_command.h"
#include "wire/json_writer.h"
#include <openssl/crypto.h>

#define EXPIRY_CHARS 20 /* 2026-11-27T10:02:54Z */
#define TEN_YEARS_S 315360000

enum key_setting {
    KEY_EXPIRES = IDENTITY_AND_ROLE_COUNT,
    KEY_SESSION,
    KEY_POLICY,
    KEY_JSON,
    KEY_SETTING_COUNT,
};

static const struct setting key_settings[KEY_SETTING_COUNT] = {
    IDENTITY_SETTINGS,
    IDENTITY_ROLE_SETTING("add|list"),
    [KEY_EXPIRES] = { "expires", NULL, .type = SETTING_DURATION, .placeholder = "TIME", .min = 1,
                      .max = TEN_YEARS_S, .fallback = "", .may_be_empty = true, .only = "add",
                      .help =
                          "Makes temporary credentials, which end after this time, as 15m, 12h or 7d: they have "
                          "a session token besides." },
    [KEY_SESSION] = { "session", NULL, .type = SETTING_TEXT, .placeholder = "NAME", .fallback = "",
                      .may_be_empty = true, .only = "add",
                      .help =
                          "The name of a role's session, which its ARN ends with. Needed with --role." },
    [KEY_POLICY] = { "policy", NULL, .type = SETTING_TEXT, .placeholder = "NAME", .fallback = "",
                     .may_be_empty = true, .only = "add",
                     .help =
                         "Narrows the key: it may do what its owner may and this policy allows, too." },
    [KEY_JSON] = { "json", NULL, .type = SETTING_BOOLEAN, .fallback = "false", .only = "add",
                   .help = "Prints the credentials as JSON, in the form that AWS tools take from a "
                           "credential_process." },
};

/* ---- add */

/* A new key, as it goes into the file and to its owner. */
struct new_key {
    struct identity_call call;
    struct access_key access;
    char expires[EXPIRY_CHARS + 1]; /* empty: never */
};

static void say_expiry(const struct settings *settings, char expires[EXPIRY_CHARS + 1])
{
    struct duration life = duration_of_s((int64_t)settings_number(settings, KEY_EXPIRES));
    char iso[25];

    instant_format_iso(instant_add(identity_command_now(), life), iso);
    snprintf(expires, EXPIRY_CHARS + 1, "%.*sZ", EXPIRY_CHARS - 1, iso);
}

static void append_export(struct text *out, const char *name, const char *value)
{
    if (value[0])
        text_printf(out, "export %s=%s\n", name, value);
}

/* The comment comes last: a shell that joins the lines into one (eval without quotes) would drop
 * what follows it. */
static void say_exports(const struct new_key *key, const struct identity_name *name)
{
    struct text *out = key->call.out;

    append_export(out, "AWS_ACCESS_KEY_ID", key->access.id);
    append_export(out, "AWS_SECRET_ACCESS_KEY", key->access.secret);
    append_export(out, "AWS_SESSION_TOKEN", key->access.session_token);
    text_append_cstr(out, "# of ");
    identity_command_say_name(out, name);
    if (key->expires[0])
        text_printf(out, ", until %s", key->expires);
    text_append_cstr(out, "; the secret is not shown again\n");
}

static void append_member(struct text *out, const char *name, const char *value)
{
    if (!value[0])
        return;
    text_printf(out, ",\n  \"%s\": ", name);
    json_write_string(out, bytes_of_cstr(value));
}

static void say_json(const struct new_key *key)
{
    struct text *out = key->call.out;

    text_append_cstr(out, "{\n  \"Version\": 1");
    append_member(out, "AccessKeyId", key->access.id);
    append_member(out, "SecretAccessKey", key->access.secret);
    append_member(out, "SessionToken", key->access.session_token);
    append_member(out, "Expiration", key->expires);
    text_append_cstr(out, "\n}\n");
}

static struct bytes if_given(const char *text)
{
    return text[0] ? bytes_of_cstr(text) : BYTES_ABSENT;
}

static bool change_add(struct identity_edit *edit, void *context)
{
    const struct new_key *key = context;
    const struct settings *settings = key->call.settings;
    struct identity_name name = identity_command_name(settings);
    struct identity_key entry = {
        .id = bytes_of_cstr(key->access.id),
        .secret = bytes_of_cstr(key->access.secret),
        .token = if_given(key->access.session_token),
        .expires = if_given(key->expires),
        .session = identity_command_given(settings, KEY_SESSION),
        .policy = identity_command_given(settings, KEY_POLICY),
    };

    if (!identity_add_key(edit, &name, &entry))
        return false;
    if (settings_is_on(settings, KEY_JSON))
        say_json(key);
    else
        say_exports(key, &name);
    return true;
}

/* A role has temporary credentials alone, each of a named session; a user has no sessions. */
static bool fit_together(const struct settings *settings, struct text *problem)
{
    bool is_role = settings_is_on(settings, IDENTITY_ROLE);
    struct bytes session = identity_command_given(settings, KEY_SESSION);

    if (is_role && bytes_is_absent(identity_command_given(settings, KEY_EXPIRES)))
        text_append_cstr(problem, "--role: needs --expires: a role has temporary credentials only");
    else if (is_role && bytes_is_absent(session))
        text_append_cstr(problem, "--role: needs --session: the name of the session");
    else if (!is_role && !bytes_is_absent(session))
        text_append_cstr(problem, "--session: needs --role: only a role has sessions");
    else if (!bytes_is_absent(session) && !identities_is_name(session))
        text_printf(problem, "--session %.*s: must be up to 128 letters, digits and +=,.@_-",
                    BYTES_FMT(session));
    else
        return true;
    return false;
}

static enum exit_status run_add(const struct settings *settings, struct text *out,
                                struct text *problem)
{
    bool is_temporary = !bytes_is_absent(identity_command_given(settings, KEY_EXPIRES));
    struct new_key key = { .call = { settings, out } };
    bool ok;

    if (!fit_together(settings, problem))
        return EXIT_USAGE;
    key.access = access_key_make(is_temporary);
    if (is_temporary)
        say_expiry(settings, key.expires);
    ok = identity_store_change(settings_text(settings, IDENTITY_FILE), false, change_add, &key,
                               problem);
    if (!ok)
        text_reset(out); /* nobody should use a key that was not added */
    OPENSSL_cleanse(&key.access, sizeof key.access);
    return ok ? EXIT_DONE : EXIT_FAILED;
}

/* ---- remove, enable, disable */

static struct bytes id_of(const struct settings *settings)
{
    return bytes_of_cstr(settings_word(settings, 0));
}

static void say_done(const struct identity_call *call, const char *done)
{
    text_printf(call->out, "%s access key %s\n", done, settings_word(call->settings, 0));
}

static bool change_remove(struct identity_edit *edit, void *context)
{
    const struct identity_call *call = context;

    if (!identity_remove_key(edit, id_of(call->settings)))
        return false;
    say_done(call, "removed");
    return true;
}

static enum exit_status run_remove(const struct settings *settings, struct text *out,
                                   struct text *problem)
{
    return identity_command_change(settings, false, change_remove, out, problem);
}

static bool change_enable(struct identity_edit *edit, void *context)
{
    const struct identity_call *call = context;

    if (!identity_set_key_status(edit, id_of(call->settings), true))
        return false;
    say_done(call, "enabled");
    return true;
}

static enum exit_status run_enable(const struct settings *settings, struct text *out,
                                   struct text *problem)
{
    return identity_command_change(settings, false, change_enable, out, problem);
}

static bool change_disable(struct identity_edit *edit, void *context)
{
    const struct identity_call *call = context;

    if (!identity_set_key_status(edit, id_of(call->settings), false))
        return false;
    say_done(call, "disabled");
    return true;
}

static enum exit_status run_disable(const struct settings *settings, struct text *out,
                                    struct text *problem)
{
    return identity_command_change(settings, false, change_disable, out, problem);
}

/* ---- list */

struct key_table {
    struct columns columns;
    struct instant now;
    const struct identity *only; /* NULL: of all */
};

static struct bytes status_of(const struct identity_key *key, struct instant now)
{
    struct instant expires;

    if (bytes_equal(key->status, BYTES("Inactive")))
        return key->status;
    if (date_parse(key->expires, &expires) && !instant_before(now, expires))
        return BYTES("Expired");
    return BYTES("Active");
}

static void add_row(struct columns *columns, struct bytes account, struct bytes owner,
                    const struct identity_key *key, struct instant now)
{
    columns_add(columns, account);
    columns_add(columns, owner);
    columns_add(columns, key->id);
    columns_add(columns, status_of(key, now));
    columns_add(columns, key->expires);
    columns_add(columns, key->policy);
}

static void add_rows(struct key_table *table, const struct identity_account *account,
                     const struct identity_list *list, bool is_role)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct identity *owner = &list->items[i];

        if (table->only && owner != table->only)
            continue;
        for (size_t j = 0; j < owner->keys.count; j++) {
            const struct identity_key *key = &owner->keys.items[j];
            struct bytes name = is_role
                                    ? arena_printf(table->columns.arena, "%.*s/%.*s",
                                                   BYTES_FMT(owner->name), BYTES_FMT(key->session))
                                    : owner->name;

            add_row(&table->columns, account->id, name, key, table->now);
        }
    }
}

static void add_account_rows(const struct identity_account *account, void *context)
{
    add_rows(context, account, &account->users, false);
    add_rows(context, account, &account->roles, true);
}

static bool look_list(struct identity_edit *edit, void *context)
{
    static const char *const titles[] = { "ACCOUNT", "OWNER",  "KEY", "STATUS",
                                          "EXPIRES", "POLICY", NULL };
    const struct identity_call *call = context;
    struct key_table table = { .now = identity_command_now() };

    if (settings_word(call->settings, 0)) {
        struct identity_name name = identity_command_name(call->settings);

        table.only = identity_find(edit, &name);
        if (!table.only)
            return false;
    }
    return identity_command_table(edit, call, titles, &table.columns, add_account_rows, &table);
}

static enum exit_status run_list(const struct settings *settings, struct text *out,
                                 struct text *problem)
{
    return identity_command_look(settings, look_list, out, problem);
}

/* ---- the command */

static const struct verb key_verbs[] = {
    { "add",
      { "USER" },
      "Makes a new access key of the user, or with --role of a session of the role, and prints it "
      "as lines for a shell, or as JSON. This is the only time that its secret is shown.",
      run_add },
    { "remove",
      { "ID" },
      "Removes the key with this id. What it signs is refused from then on.",
      run_remove },
    { "enable", { "ID" }, "Makes a key good again that was disabled.", run_enable },
    { "disable",
      { "ID" },
      "Has what the key signs refused, until it is enabled again.",
      run_disable },
    { "list",
      { "[USER]" },
      "Lists the keys of all, or of one user, and of sessions of roles as ROLE/SESSION: which "
      "are active, and when they end. Secrets are not shown.",
      run_list },
};

const struct command command_key = {
    .name = "key",
    .summary = "edit the access keys of an identities file",
    .description =
        "Calls are signed with access keys. Each belongs to a user of the identities file, or to a session of a role; "
        "'weir help user' says what is in the file and how it is edited. A user may have any number of keys, so "
        "that a new one can be handed out before the old one goes.\n\n"
        "A server that runs takes a change at once, without ending the calls that are under way.",
    .closing = "EXIT STATUS\n"
               "    0  done\n"
               "    1  the file, or what is in it, said no; stderr says why\n"
               "    2  asked wrongly; stderr says what would be right\n\n"
               "EXAMPLES\n"
               "    eval \"$(weir key add alice)\"\n"
               "    weir key add alice --expires 12h --policy read-only --json\n"
               "    weir key add worker --role --session host-7 --expires 7d\n"
               "    weir key disable AKIAIOSFODNN7EXAMPLE\n",
    .settings = key_settings,
    .setting_count = KEY_SETTING_COUNT,
    .verbs = key_verbs,
    .verb_count = sizeof key_verbs / sizeof key_verbs[0],
};
