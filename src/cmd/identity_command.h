/*
 * identity_command - what `weir user`, `weir key` and `weir policy` have in common: the file, the
 * account, and how a change or a look at it becomes what the command says.
 */
#ifndef CMD_IDENTITY_COMMAND_H
#define CMD_IDENTITY_COMMAND_H

#include "cmd/columns.h"
#include "cmd/command.h"
#include "cmd/identity_store.h"

/* The settings that each of them has, first in its table: see IDENTITY_SETTINGS; and what stands
 * behind them where names of roles are taken, see IDENTITY_ROLE_SETTING. */
enum identity_setting {
    IDENTITY_FILE,
    IDENTITY_ACCOUNT,
    IDENTITY_SETTING_COUNT,
    IDENTITY_ROLE = IDENTITY_SETTING_COUNT,
    IDENTITY_AND_ROLE_COUNT,
};

#define IDENTITY_SETTINGS                                                                        \
    [IDENTITY_FILE] = { "identities", "WEIR_IDENTITIES", .type = SETTING_TEXT,                   \
                        .placeholder = "FILE",                                                   \
                        .help = "The identities file, which 'weir serve --identities' reads." }, \
    [IDENTITY_ACCOUNT] = { "account",                                                            \
                           NULL,                                                                 \
                           .type = SETTING_ACCOUNT,                                              \
                           .placeholder = "ID",                                                  \
                           .fallback = "",                                                       \
                           .may_be_empty = true,                                                 \
                           .help = "The account that is meant. Needed only where the file has "  \
                                   "several." }

#define IDENTITY_ROLE_SETTING(verbs)             \
    [IDENTITY_ROLE] = { "role",                  \
                        NULL,                    \
                        .type = SETTING_BOOLEAN, \
                        .fallback = "false",     \
                        .only = (verbs),         \
                        .help = "The name is that of a role." }

/* What the function behind a verb is given. */
struct identity_call {
    const struct settings *settings;
    struct text *out; /* what the command says when all went well */
};

/* What was given for a setting; absent when nothing was. */
struct bytes identity_command_given(const struct settings *settings, size_t setting);

/* All that was given for a setting that repeats. */
struct bytes_list identity_command_list(const struct settings *settings, size_t setting,
                                        struct arena *arena);

/* The wall clock. */
struct instant identity_command_now(void);

/* The account that was given; absent when none was. */
struct bytes identity_command_account(const struct settings *settings);

/* The user or role that the first word names. */
struct identity_name identity_command_name(const struct settings *settings);

/* "user alice" */
void identity_command_say_name(struct text *out, const struct identity_name *name);

/* Changes the file; `change` gets a struct identity_call. A change that fails says nothing. */
enum exit_status identity_command_change(const struct settings *settings, bool may_make,
                                         identity_change_fn *change, struct text *out,
                                         struct text *problem);

/* Only looks at it. */
enum exit_status identity_command_look(const struct settings *settings, identity_change_fn *look,
                                       struct text *out, struct text *problem);

/* Prints a table of the accounts that are meant: the one that was given, or all. `add_rows` gets
 * each with `context` and adds its cells to `columns`, which are set up here. False when there is
 * no such account. */
typedef void identity_account_fn(const struct identity_account *account, void *context);
must_use bool identity_command_table(struct identity_edit *edit, const struct identity_call *call,
                                     const char *const *titles, struct columns *columns,
                                     identity_account_fn *add_rows, void *context);

#endif
