#include "cmd/identity_store.h"

#include "cmd/file_edit.h"
#include "net/secret_file.h"
#include <errno.h>
#include <openssl/crypto.h>
#include <unistd.h>

static bool refuse(struct text *problem, const char *path, const char *why)
{
    text_printf(problem, "%s: %s", path, why);
    return false;
}

static bool may_be_read(int fd, const char *path, struct text *problem)
{
    struct stat stat;
    const char *refusal = secret_file_refusal(fd, &stat);

    if (refusal)
        return refuse(problem, path, refusal);
    if ((uintmax_t)stat.st_size > IDENTITIES_FILE_BYTES_MAX)
        return refuse(problem, path, "is larger than 16 MB");
    return true;
}

static bool read_all(int fd, struct text *out)
{
    ssize_t got;
    char *room;

    do {
        room = text_reserve(out, 65536);
        got = room ? read(fd, room, 65536) : -1;
        if (got > 0)
            text_grow(out, (size_t)got);
    } while (got > 0 || (got < 0 && errno == EINTR));
    return got == 0;
}

/* Closes the descriptor, if it is one. */
static bool read_file(int fd, const char *path, struct text *out, struct text *problem)
{
    bool ok;

    if (fd < 0)
        return refuse(problem, path, strerror(errno));
    ok = may_be_read(fd, path, problem) &&
         (read_all(fd, out) || refuse(problem, path, strerror(errno)));
    close(fd);
    return ok;
}

/* What was secret does not stay in freed memory. */
static void forget(struct text *text)
{
    if (text->ptr)
        OPENSSL_cleanse(text->ptr, text->capacity);
    text_deinit(text);
}

static bool parse(const char *path, struct bytes json, struct arena *arena,
                  struct identities_file *out, struct text *problem)
{
    struct text why;
    bool ok;

    text_init(&why, 4096);
    ok = identities_file_read(json, arena, out, &why);
    if (!ok)
        text_printf(problem, "%s: %.*s", path, BYTES_FMT(text_bytes(&why)));
    text_deinit(&why);
    return ok;
}

static bool read_and_parse(int fd, const char *path, struct arena *arena,
                           struct identities_file *out, struct text *problem)
{
    struct text json;
    bool ok;

    text_init(&json, 2 * IDENTITIES_FILE_BYTES_MAX);
    ok = read_file(fd, path, &json, problem) && parse(path, text_bytes(&json), arena, out, problem);
    forget(&json);
    return ok;
}

static bool read_path(const char *path, struct arena *arena, struct identities_file *out,
                      struct text *problem)
{
    return read_and_parse(open(path, SECRET_FILE_FLAGS), path, arena, out, problem);
}

static struct identities *make_identities(const char *path, const struct identities_file *file,
                                          struct text *problem)
{
    struct identities *made;
    struct text why;

    text_init(&why, 65536);
    made = identities_new(file, &why);
    if (made == NULL)
        text_printf(problem, "%s: %.*s", path, BYTES_FMT(text_bytes(&why)));
    text_deinit(&why);
    return made;
}

struct identities *identity_store_load(const char *path, struct text *problem)
{
    struct identities *made = NULL;
    struct identities_file file;
    struct arena arena;

    arena_init(&arena, "identities file", IDENTITIES_ARENA_BYTES_MAX);
    if (read_path(path, &arena, &file, problem))
        made = make_identities(path, &file, problem);
    arena_deinit(&arena);
    return made;
}

/* ---- looking at it, and changing it ---- */

static bool is_right(const char *path, const struct identities_file *file, struct text *problem)
{
    struct identities *made = make_identities(path, file, problem);

    identities_release(made);
    return made != NULL;
}

/* Reads what the file says now: nothing, if it is to be made. */
static bool read_old(const struct file_edit *file, const char *path, struct arena *arena,
                     struct identities_file *out, struct text *problem)
{
    int fd;

    *out = (struct identities_file){ 0 };
    if (!file->exists)
        return true;
    fd = openat(file->folder, file->name, SECRET_FILE_FLAGS);
    return read_and_parse(fd, path, arena, out, problem) && is_right(path, out, problem);
}

static bool make_change(const char *path, struct identity_edit *edit, identity_change_fn *change,
                        void *context, struct text *problem)
{
    struct text why;
    bool ok;

    text_init(&why, 65536);
    edit->problem = &why;
    ok = change(edit, context);
    if (!ok)
        text_printf(problem, "%s: %.*s", path, BYTES_FMT(text_bytes(&why)));
    text_deinit(&why);
    return ok;
}

bool identity_store_look(const char *path, identity_change_fn *look, void *context,
                         struct text *problem)
{
    struct identities *made = NULL;
    struct identities_file data;
    struct arena arena;
    bool ok;

    arena_init(&arena, "identities file", IDENTITIES_ARENA_BYTES_MAX);
    struct identity_edit edit = { .file = &data, .arena = &arena };
    if (read_path(path, &arena, &data, problem))
        edit.identities = made = make_identities(path, &data, problem);
    ok = made && make_change(path, &edit, look, context, problem);
    identities_release(made);
    arena_deinit(&arena);
    return ok;
}

/* What is written is first read back: what the next reader finds must be right, not what was meant
 * to be written. */
static bool write_new(struct file_edit *file, const char *path, const struct identities_file *data,
                      struct arena *arena, struct text *problem)
{
    struct identities_file again;
    struct text json;
    bool ok;

    text_init(&json, IDENTITIES_FILE_BYTES_MAX);
    identities_file_write(data, &json);
    ok = json.overflowed ? refuse(problem, path, "would be larger than 16 MB")
                         : parse(path, text_bytes(&json), arena, &again, problem) &&
                               is_right(path, &again, problem) &&
                               file_edit_commit(file, text_bytes(&json), problem);
    forget(&json);
    return ok;
}

static bool change_locked(struct file_edit *file, const char *path, identity_change_fn *change,
                          void *context, struct text *problem)
{
    struct identities_file data;
    struct arena arena;
    bool ok;

    arena_init(&arena, "identities file", 2 * IDENTITIES_ARENA_BYTES_MAX);
    struct identity_edit edit = { .file = &data, .arena = &arena };
    ok = read_old(file, path, &arena, &data, problem) &&
         make_change(path, &edit, change, context, problem) &&
         write_new(file, path, &data, &arena, problem);
    arena_deinit(&arena);
    return ok;
}

bool identity_store_change(const char *path, bool may_make, identity_change_fn *change,
                           void *context, struct text *problem)
{
    struct file_edit file;
    bool ok = false;

    if (!file_edit_begin(&file, path, problem))
        return false;
    if (file.exists || may_make)
        ok = change_locked(&file, path, change, context, problem);
    else
        refuse(problem, path, "there is no such file; 'weir user add NAME' makes it");
    file_edit_end(&file);
    return ok;
}
