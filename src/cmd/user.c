/*
 * weir user - who may call: users and roles of the identities file, and the policies that they
 * have.
 */
#include "cmd/columns.h"
#include "cmd/identity_command.h"

enum user_setting { USER_POLICY = IDENTITY_AND_ROLE_COUNT, USER_SETTING_COUNT };

static const struct setting user_settings[USER_SETTING_COUNT] = {
    IDENTITY_SETTINGS,
    IDENTITY_ROLE_SETTING("add|remove|attach|detach"),
    [USER_POLICY] = { "policy", NULL, .type = SETTING_TEXT, .placeholder = "NAME", .fallback = "",
                      .may_be_empty = true, .repeats = true, .only = "add",
                      .help = "Attaches this policy at once." },
};

/* ---- add, remove */

static bool change_add(struct identity_edit *edit, void *context)
{
    const struct identity_call *call = context;
    struct identity_name name = identity_command_name(call->settings);
    struct bytes_list policies = identity_command_list(call->settings, USER_POLICY, edit->arena);
    const struct identity_account *account;

    if (!identity_add(edit, &name, policies))
        return false;
    account = identity_find_account(edit, name.account);
    text_append_cstr(call->out, "added ");
    identity_command_say_name(call->out, &name);
    text_printf(call->out, " to account %.*s", BYTES_FMT(account->id));
    if (policies.count == 0)
        text_append_cstr(call->out, ", who may do nothing before a policy is attached");
    text_append_char(call->out, '\n');
    return true;
}

static enum exit_status run_add(const struct settings *settings, struct text *out,
                                struct text *problem)
{
    return identity_command_change(settings, true, change_add, out, problem);
}

static bool change_remove(struct identity_edit *edit, void *context)
{
    const struct identity_call *call = context;
    struct identity_name name = identity_command_name(call->settings);
    size_t keys;

    if (!identity_remove(edit, &name, &keys))
        return false;
    text_append_cstr(call->out, "removed ");
    identity_command_say_name(call->out, &name);
    text_printf(call->out, " and %zu access key%s\n", keys, keys == 1 ? "" : "s");
    return true;
}

static enum exit_status run_remove(const struct settings *settings, struct text *out,
                                   struct text *problem)
{
    return identity_command_change(settings, false, change_remove, out, problem);
}

/* ---- attach, detach */

static void say_policy(const struct identity_call *call, const char *done, const char *preposition,
                       const struct identity_name *name)
{
    text_printf(call->out, "%s policy %s %s ", done, settings_word(call->settings, 1), preposition);
    identity_command_say_name(call->out, name);
    text_append_char(call->out, '\n');
}

static bool change_attach(struct identity_edit *edit, void *context)
{
    const struct identity_call *call = context;
    struct identity_name name = identity_command_name(call->settings);

    if (!identity_attach(edit, &name, bytes_of_cstr(settings_word(call->settings, 1))))
        return false;
    say_policy(call, "attached", "to", &name);
    return true;
}

static enum exit_status run_attach(const struct settings *settings, struct text *out,
                                   struct text *problem)
{
    return identity_command_change(settings, false, change_attach, out, problem);
}

static bool change_detach(struct identity_edit *edit, void *context)
{
    const struct identity_call *call = context;
    struct identity_name name = identity_command_name(call->settings);

    if (!identity_detach(edit, &name, bytes_of_cstr(settings_word(call->settings, 1))))
        return false;
    say_policy(call, "detached", "from", &name);
    return true;
}

static enum exit_status run_detach(const struct settings *settings, struct text *out,
                                   struct text *problem)
{
    return identity_command_change(settings, false, change_detach, out, problem);
}

/* ---- list */

/* "a,b" */
static struct bytes joined(struct arena *arena, struct bytes_list list)
{
    struct bytes out = BYTES_ABSENT;

    for (size_t i = 0; i < list.count; i++)
        out = i == 0 ? list.items[0]
                     : arena_printf(arena, "%.*s,%.*s", BYTES_FMT(out), BYTES_FMT(list.items[i]));
    return out;
}

static void add_rows(struct columns *table, const struct identity_account *account,
                     const struct identity_list *list, const char *kind)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct identity *identity = &list->items[i];

        columns_add(table, account->id);
        columns_add(table, identity->name);
        columns_add(table, bytes_of_cstr(kind));
        columns_add(table, arena_printf(table->arena, "%zu", identity->keys.count));
        columns_add(table, identity->boundary);
        columns_add(table, joined(table->arena, identity->policies));
    }
}

static void add_account_rows(const struct identity_account *account, void *context)
{
    add_rows(context, account, &account->users, "user");
    add_rows(context, account, &account->roles, "role");
}

static bool look_list(struct identity_edit *edit, void *context)
{
    static const char *const titles[] = { "ACCOUNT",  "NAME",     "KIND", "KEYS",
                                          "BOUNDARY", "POLICIES", NULL };
    struct columns table;

    return identity_command_table(edit, context, titles, &table, add_account_rows, &table);
}

static enum exit_status run_list(const struct settings *settings, struct text *out,
                                 struct text *problem)
{
    return identity_command_look(settings, look_list, out, problem);
}

/* ---- the command */

static const struct verb user_verbs[] = {
    { "add",
      { "NAME" },
      "Adds a user, or a role with --role. A file that is missing is made, readable to its owner "
      "alone; so is the account that --account names, or, in a file without accounts, 123456789012, "
      "which is the account of a server without identities.",
      run_add },
    { "remove", { "NAME" }, "Removes the user and the user's access keys.", run_remove },
    { "list",
      { NULL },
      "Lists users and roles: how many keys they have, their permissions boundary and their "
      "policies.",
      run_list },
    { "attach",
      { "NAME", "POLICY" },
      "Gives the user the policy of this name. Two policies are made when they are "
      "missing: full-access, which allows every action of SWF and to name any role for Lambda functions, and read-only, which "
      "allows those that only look.",
      run_attach },
    { "detach", { "NAME", "POLICY" }, "Takes it away again. The policy itself stays.", run_detach },
};

const struct command command_user = {
    .name = "user",
    .summary = "edit the users and roles of an identities file",
    .description =
        "The identities file says who may call a server ('weir serve --identities FILE'), with which access keys, and "
        "what they may do. It is JSON and may be edited by hand as well; FILE below says what is in it. 'weir user' "
        "has the users and their policies, 'weir key' the access keys, 'weir policy' the policies themselves.\n\n"
        "Every edit is whole: editors wait for each other, the new content is checked as the server checks it, and "
        "only then takes the old one's place, with its mode and owner. A file with an error is refused and not "
        "touched. A server that runs takes the new file at once.\n\n"
        "A user may do what some policy allows and none denies; at first that is nothing.",
    .closing = "FILE\n"
               "    {\"accounts\": [{\n"
               "      \"id\": \"123456789012\",\n"
               "      \"users\": [{\n"
               "        \"name\": \"alice\",\n"
               "        \"id\": \"AIDAALICE\",                     aws:userid; else the name\n"
               "        \"tags\": {\"team\": \"blue\"},              aws:PrincipalTag/team\n"
               "        \"policies\": [\"full-access\"],\n"
               "        \"boundary\": \"read-only\",               permissions boundary\n"
               "        \"keys\": [{\n"
               "          \"id\": \"AKIAIOSFODNN7EXAMPLE\",\n"
               "          \"secret\": \"...\",                     16 characters or more\n"
               "          \"status\": \"Active\",                  or \"Inactive\"\n"
               "          \"token\": \"...\",                      of temporary credentials,\n"
               "          \"expires\": \"2026-11-27T10:02:54Z\",   as their end is\n"
               "          \"session\": \"host-7\",                 of a role's key alone\n"
               "          \"policy\": \"read-only\"                narrows this key\n"
               "        }]\n"
               "      }],\n"
               "      \"roles\": [],                             as users\n"
               "      \"policies\": [{\"name\": \"full-access\", \"document\": {...}}]\n"
               "    }]}\n\n"
               "    Needed are accounts, id and name, a key's secret and a policy's\n"
               "    document; of a role's key also token, expires and session.\n"
               "    docs/IDENTITIES.md says more.\n\n"
               "EXIT STATUS\n"
               "    0  done\n"
               "    1  the file, or what is in it, said no; stderr says why\n"
               "    2  asked wrongly; stderr says what would be right\n\n"
               "EXAMPLES\n"
               "    export WEIR_IDENTITIES=/etc/weir/identities.json\n"
               "    weir user add alice --policy full-access\n"
               "    weir user add worker --role --policy read-only\n"
               "    weir user detach worker read-only --role\n",
    .settings = user_settings,
    .setting_count = USER_SETTING_COUNT,
    .verbs = user_verbs,
    .verb_count = sizeof user_verbs / sizeof user_verbs[0],
};
