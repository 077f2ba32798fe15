/*
 * weir policy - the policies of an identities file, and what they would say.
 */
#include "auth/policy.h"
#include "cmd/columns.h"
#include "cmd/identity_command.h"
#include "cmd/simulate.h"
#include "wire/json_text.h"
#include <errno.h>
#include <stdio.h>

enum policy_setting {
    POLICY_REPLACE = IDENTITY_SETTING_COUNT,
    POLICY_USER,
    POLICY_KEY,
    POLICY_ACTION,
    POLICY_RESOURCE,
    POLICY_CONTEXT,
    POLICY_REGION,
    POLICY_SETTING_COUNT,
};

static const struct setting policy_settings[POLICY_SETTING_COUNT] = {
    IDENTITY_SETTINGS,
    [POLICY_REPLACE] = { "replace", NULL, .type = SETTING_BOOLEAN, .fallback = "false",
                         .only = "add", .help = "Gives a policy that there is a new document." },
    [POLICY_USER] = { "user", NULL, .type = SETTING_TEXT, .placeholder = "NAME", .fallback = "",
                      .may_be_empty = true, .only = "simulate",
                      .help = "Asks the policies of this user." },
    [POLICY_KEY] = { "key", NULL, .type = SETTING_TEXT, .placeholder = "ID", .fallback = "",
                     .may_be_empty = true, .only = "simulate",
                     .help =
                         "Asks those of the user or session whose access key this is, and the key's own." },
    [POLICY_ACTION] = { "action", NULL, .type = SETTING_TEXT, .placeholder = "ACTION",
                        .only = "simulate",
                        .help = "What is to be done: swf: and an operation or a decision, as in "
                                "swf:StartWorkflowExecution and swf:StartTimer; or iam:PassRole." },
    [POLICY_RESOURCE] = { "resource", NULL, .type = SETTING_TEXT, .placeholder = "RESOURCE",
                          .only = "simulate",
                          .help =
                              "On what: an ARN, or the name of a domain of the account. The resource of "
                              "swf:ListDomains is the domain '*', that of iam:PassRole the role's ARN." },
    [POLICY_CONTEXT] = { "context", NULL, .type = SETTING_TEXT, .placeholder = "KEY=VALUE",
                         .fallback = "", .may_be_empty = true, .repeats = true, .only = "simulate",
                         .help =
                             "A condition key of the call, as swf:workflowType.name=order or "
                             "aws:SourceIp=10.0.0.1. One key several times has several values. The caller's own "
                             "keys are there already; given here they are replaced." },
    [POLICY_REGION] = { "region", "WEIR_REGION", .type = SETTING_REGION, .placeholder = "NAME",
                        .fallback = "us-east-1", .only = "simulate",
                        .help = "The region of the server." },
};

/* ---- add */

/* A policy on its way in. */
struct new_policy {
    struct identity_call call;
    struct bytes document;
};

static bool is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
}

static const char *shown(const char *path)
{
    return is_stdin(path) ? "standard input" : path;
}

static bool read_document(const char *path, struct text *out, struct text *problem)
{
    FILE *file = is_stdin(path) ? stdin : fopen(path, "re");
    char *room = text_reserve(out, POLICY_BYTES_MAX + 1);
    size_t length = file ? fread(room, 1, POLICY_BYTES_MAX + 1, file) : 0;
    bool ok = file && !ferror(file);

    if (!ok)
        text_printf(problem, "%s: cannot be read: %s", shown(path), strerror(errno));
    else if (length > POLICY_BYTES_MAX)
        text_printf(problem, "%s: is larger than %zu bytes, the most that a policy may have",
                    shown(path), POLICY_BYTES_MAX);
    if (file && !is_stdin(path))
        fclose(file);
    text_grow(out, length);
    return ok && length <= POLICY_BYTES_MAX;
}

/* The same document without line breaks, once it is right. */
static bool check_document(const char *path, struct bytes document, struct text *compact,
                           struct text *problem)
{
    struct json_reader *reader = json_reader_new();
    struct json_value root;
    struct policy *policy;

    text_printf(problem, "%s: ", shown(path)); /* taken back when all is well */
    policy = policy_parse(reader, document, problem);
    if (policy) {
        text_reset(problem);
        ensure(json_parse(reader, document, &root));
        json_text_append(compact, root);
    }
    policy_free(policy);
    json_reader_free(reader);
    return policy != NULL;
}

static bool change_add(struct identity_edit *edit, void *context)
{
    const struct new_policy *new = context;
    const struct settings *settings = new->call.settings;
    struct identity_policy policy = { bytes_of_cstr(settings_word(settings, 0)), new->document };

    if (!identity_add_policy(edit, identity_command_account(settings), &policy,
                             settings_is_on(settings, POLICY_REPLACE)))
        return false;
    text_printf(new->call.out, "added policy %.*s\n", BYTES_FMT(policy.name));
    return true;
}

static enum exit_status store_policy(const struct settings *settings, struct bytes document,
                                     struct text *out, struct text *problem)
{
    struct new_policy new = { { settings, out }, document };

    if (identity_store_change(settings_text(settings, IDENTITY_FILE), false, change_add, &new,
                              problem))
        return EXIT_DONE;
    text_reset(out);
    return EXIT_FAILED;
}

static enum exit_status run_add(const struct settings *settings, struct text *out,
                                struct text *problem)
{
    const char *path = settings_word(settings, 1);
    enum exit_status status = EXIT_FAILED;
    struct text document, compact;

    text_init(&document, 2 * POLICY_BYTES_MAX);
    text_init(&compact, 8 * POLICY_BYTES_MAX);
    if (read_document(path, &document, problem) &&
        check_document(path, text_bytes(&document), &compact, problem))
        status = store_policy(settings, text_bytes(&compact), out, problem);
    text_deinit(&compact);
    text_deinit(&document);
    return status;
}

/* ---- remove, show */

static struct bytes name_of(const struct settings *settings)
{
    return bytes_of_cstr(settings_word(settings, 0));
}

static bool change_remove(struct identity_edit *edit, void *context)
{
    const struct identity_call *call = context;
    struct bytes name = name_of(call->settings);

    if (!identity_remove_policy(edit, identity_command_account(call->settings), name))
        return false;
    text_printf(call->out, "removed policy %.*s\n", BYTES_FMT(name));
    return true;
}

static enum exit_status run_remove(const struct settings *settings, struct text *out,
                                   struct text *problem)
{
    return identity_command_change(settings, false, change_remove, out, problem);
}

static bool look_show(struct identity_edit *edit, void *context)
{
    const struct identity_call *call = context;
    const struct identity_policy *policy = identity_find_policy(
        edit, identity_command_account(call->settings), name_of(call->settings));

    if (!policy)
        return false;
    json_text_indent(call->out, policy->document);
    text_append_char(call->out, '\n');
    return true;
}

static enum exit_status run_show(const struct settings *settings, struct text *out,
                                 struct text *problem)
{
    return identity_command_look(settings, look_show, out, problem);
}

/* ---- list */

/* How many have the policy, in whichever way. */
static size_t count_users(const struct identity_list *list, struct bytes policy)
{
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++)
        count += identity_uses_policy(&list->items[i], policy);
    return count;
}

static void add_account_rows(const struct identity_account *account, void *context)
{
    struct columns *table = context;

    for (size_t i = 0; i < account->policies.count; i++) {
        struct bytes name = account->policies.items[i].name;

        columns_add(table, account->id);
        columns_add(table, name);
        columns_add(table, arena_printf(table->arena, "%zu", count_users(&account->users, name)));
        columns_add(table, arena_printf(table->arena, "%zu", count_users(&account->roles, name)));
    }
}

static bool look_list(struct identity_edit *edit, void *context)
{
    static const char *const titles[] = { "ACCOUNT", "NAME", "USERS", "ROLES", NULL };
    struct columns table;

    return identity_command_table(edit, context, titles, &table, add_account_rows, &table);
}

static enum exit_status run_list(const struct settings *settings, struct text *out,
                                 struct text *problem)
{
    return identity_command_look(settings, look_list, out, problem);
}

/* ---- simulate */

#define QUESTION_BYTES_MAX (4u << 20)

struct simulate_call {
    struct simulation simulation;
    struct text *out;
    bool allowed;
};

static struct simulation simulation_of(const struct settings *settings, struct arena *arena)
{
    return (struct simulation){
        .account = identity_command_account(settings),
        .user = identity_command_given(settings, POLICY_USER),
        .key_id = identity_command_given(settings, POLICY_KEY),
        .action = identity_command_given(settings, POLICY_ACTION),
        .resource = identity_command_given(settings, POLICY_RESOURCE),
        .region = identity_command_given(settings, POLICY_REGION),
        .given = identity_command_list(settings, POLICY_CONTEXT, arena),
        .now = identity_command_now(),
    };
}

static bool look_simulate(struct identity_edit *edit, void *context)
{
    struct simulate_call *own = context;

    return simulate(&own->simulation, edit, own->out, &own->allowed);
}

/* Whoever asks in a script must not take "I do not know" for "denied". */
static enum exit_status run_simulate(const struct settings *settings, struct text *out,
                                     struct text *problem)
{
    const char *path = settings_text(settings, IDENTITY_FILE);
    struct simulate_call own = { .out = out };
    struct arena arena;
    bool ok;

    arena_init(&arena, "question", QUESTION_BYTES_MAX);
    own.simulation = simulation_of(settings, &arena);
    ok = simulation_check(&own.simulation, problem) &&
         identity_store_look(path, look_simulate, &own, problem);
    arena_deinit(&arena);
    if (!ok)
        return EXIT_USAGE;
    return own.allowed ? EXIT_DONE : EXIT_FAILED;
}

/* ---- the command */

static const struct verb policy_verbs[] = {
    { "add",
      { "NAME", "FILE" },
      "Adds the policy whose document is in FILE, or comes from standard input when that "
      "is '-'. A document that the server would refuse is refused here, with the place of "
      "what is wrong.",
      run_add },
    { "remove", { "NAME" }, "Removes the policy, if nobody has it.", run_remove },
    { "list", { NULL }, "Lists the policies, and how many users and roles have each.", run_list },
    { "show", { "NAME" }, "Prints the policy's document.", run_show },
    { "simulate",
      { NULL },
      "Says whether an action would be allowed or denied, and by which policy and statement. A "
      "user with a permissions boundary, or a key with a policy of its own, has several layers "
      "of policies: each must allow, and each gets a line.",
      run_simulate },
};

const struct command command_policy = {
    .name = "policy",
    .summary = "edit the policies of an identities file, or ask them",
    .description =
        "Policies say what users and roles may do, in the language of AWS's identity policies: Effect, Action, "
        "Resource and Condition. What no policy allows is denied, and what one denies no other can allow. 'weir help "
        "user' says what is in the identities file and how it is edited; 'weir user attach' gives a policy to "
        "somebody.\n\n"
        "The actions are SWF's operations, and the decisions of a decider besides, each by its name behind 'swf:'. "
        "The only resource is a domain: arn:aws:swf:REGION:ACCOUNT:/domain/NAME. docs/IDENTITIES.md has the condition "
        "keys, and examples.",
    .closing = "EXIT STATUS\n"
               "    0  done; of simulate: allowed\n"
               "    1  the file, or what is in it, said no; stderr says why.\n"
               "       Of simulate: denied\n"
               "    2  asked wrongly; stderr says what would be right. Of simulate also:\n"
               "       there is no answer, because the file said no\n\n"
               "EXAMPLES\n"
               "    weir policy add orders orders.json\n"
               "    weir policy show orders | weir policy add orders-too -\n"
               "    weir policy simulate --user alice --resource shop \\\n"
               "        --action swf:StartWorkflowExecution \\\n"
               "        --context swf:workflowType.name=order\n",
    .settings = policy_settings,
    .setting_count = POLICY_SETTING_COUNT,
    .verbs = policy_verbs,
    .verb_count = sizeof policy_verbs / sizeof policy_verbs[0],
};
