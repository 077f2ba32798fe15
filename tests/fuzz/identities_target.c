/*
 * An identities file: what is read of it and written again reads as the same, and whoever is in it
 * is found.
 */
#include "target.h"

#include "auth/identities.h"

#define PROBLEM_BYTES_MAX ((size_t)1 << 20)

static bool read_file(struct bytes json, struct arena *arena, struct identities_file *out)
{
    struct text problem;
    bool ok;

    text_init(&problem, PROBLEM_BYTES_MAX);
    ok = identities_file_read(json, arena, out, &problem);
    ensure(ok == (problem.len == 0));
    text_deinit(&problem);
    return ok;
}

static void check_round(const struct identities_file *file, struct arena *arena)
{
    struct identities_file again;
    struct text once, twice;

    text_init(&once, IDENTITIES_FILE_BYTES_MAX);
    text_init(&twice, IDENTITIES_FILE_BYTES_MAX);
    identities_file_write(file, &once);
    if (!once.overflowed) {
        ensure(read_file(text_bytes(&once), arena, &again));
        identities_file_write(&again, &twice);
        ensure(bytes_equal(text_bytes(&once), text_bytes(&twice)));
    }
    text_deinit(&once);
    text_deinit(&twice);
}

static void find_keys(const struct identities *identities, const struct identity_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct identity_keys *keys = &list->items[i].keys;

        for (size_t j = 0; j < keys->count; j++) {
            const struct credential *found = identities_find(identities, keys->items[j].id);
            ensure(found && bytes_equal(found->secret, keys->items[j].secret));
        }
    }
}

static void make(const struct identities_file *file)
{
    struct identities *identities;
    struct text problem;

    text_init(&problem, PROBLEM_BYTES_MAX);
    identities = identities_new(file, &problem);
    ensure((identities == NULL) == (problem.len > 0));
    for (size_t i = 0; identities && i < file->accounts.count; i++) {
        find_keys(identities, &file->accounts.items[i].users);
        find_keys(identities, &file->accounts.items[i].roles);
    }
    identities_release(identities);
    text_deinit(&problem);
}

static void run(struct bytes input)
{
    struct identities_file file;
    struct arena arena;

    arena_init(&arena, "identities", 3 * IDENTITIES_ARENA_BYTES_MAX);
    if (read_file(input, &arena, &file)) {
        check_round(&file, &arena);
        make(&file);
    }
    arena_deinit(&arena);
}

const struct target target_identities = { "identities", run };
