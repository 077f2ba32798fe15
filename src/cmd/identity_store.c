#include "cmd/identity_store.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

static bool refuse(struct text *problem, const char *path, const char *why)
{
    text_printf(problem, "%s: %s", path, why);
    return false;
}

static bool may_be_read(int fd, const char *path, struct text *problem)
{
    struct stat stat;

    if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode))
        return refuse(problem, path, "is not a file");
    if (stat.st_mode & S_IRWXO)
        return refuse(problem, path,
                      "holds secrets, and everybody may open it; try: chmod o-rwx FILE");
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

static bool read_file(const char *path, struct text *out, struct text *problem)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
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

bool identity_store_read(const char *path, struct arena *arena, struct identities_file *out,
                         struct text *problem)
{
    struct text json;
    bool ok;

    text_init(&json, 2 * IDENTITIES_FILE_BYTES_MAX);
    ok = read_file(path, &json, problem) && parse(path, text_bytes(&json), arena, out, problem);
    forget(&json);
    return ok;
}

static struct identities *make(const char *path, const struct identities_file *file,
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
    if (identity_store_read(path, &arena, &file, problem))
        made = make(path, &file, problem);
    arena_deinit(&arena);
    return made;
}
