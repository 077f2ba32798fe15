#include "cmd/identity_command.h"

#include "service/world.h"

struct bytes identity_command_given(const struct settings *settings, size_t setting)
{
    const char *text = settings_text(settings, setting);

    return text[0] ? bytes_of_cstr(text) : BYTES_ABSENT;
}

struct bytes_list identity_command_list(const struct settings *settings, size_t setting,
                                        struct arena *arena)
{
    struct bytes *items;
    size_t count = 0;

    while (settings_given(settings, setting, count))
        count++;
    items = arena_array(arena, struct bytes, count);
    for (size_t i = 0; i < count; i++)
        items[i] = bytes_of_cstr(settings_given(settings, setting, i));
    return (struct bytes_list){ items, count };
}

struct instant identity_command_now(void)
{
    return world_system.wall(world_system.context);
}

struct bytes identity_command_account(const struct settings *settings)
{
    return identity_command_given(settings, IDENTITY_ACCOUNT);
}

struct identity_name identity_command_name(const struct settings *settings)
{
    return (struct identity_name){
        .account = identity_command_account(settings),
        .name = bytes_of_cstr(settings_word(settings, 0)),
        .is_role = settings_is_on(settings, IDENTITY_ROLE),
    };
}

void identity_command_say_name(struct text *out, const struct identity_name *name)
{
    text_printf(out, "%s %.*s", name->is_role ? "role" : "user", BYTES_FMT(name->name));
}

enum exit_status identity_command_change(const struct settings *settings, bool may_make,
                                         identity_change_fn *change, struct text *out,
                                         struct text *problem)
{
    struct identity_call call = { settings, out };
    const char *path = settings_text(settings, IDENTITY_FILE);

    if (identity_store_change(path, may_make, change, &call, problem))
        return EXIT_DONE;
    text_reset(out);
    return EXIT_FAILED;
}

enum exit_status identity_command_look(const struct settings *settings, identity_change_fn *look,
                                       struct text *out, struct text *problem)
{
    struct identity_call call = { settings, out };
    const char *path = settings_text(settings, IDENTITY_FILE);

    return identity_store_look(path, look, &call, problem) ? EXIT_DONE : EXIT_FAILED;
}

static bool for_each_account(struct identity_edit *edit, const struct settings *settings,
                             identity_account_fn *say, void *context)
{
    struct bytes id = identity_command_account(settings);
    const struct identity_accounts *accounts = &edit->file->accounts;

    if (!bytes_is_absent(id) && !identity_find_account(edit, id))
        return false;
    for (size_t i = 0; i < accounts->count; i++) {
        if (bytes_is_absent(id) || bytes_equal(accounts->items[i].id, id))
            say(&accounts->items[i], context);
    }
    return true;
}

bool identity_command_table(struct identity_edit *edit, const struct identity_call *call,
                            const char *const *titles, struct columns *columns,
                            identity_account_fn *add_rows, void *context)
{
    columns_init(columns, edit->arena, titles);
    if (!for_each_account(edit, call->settings, add_rows, context))
        return false;
    columns_print(columns, call->out);
    return true;
}
