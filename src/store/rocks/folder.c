#include "store/rocks/folder.h"

#include "base/bytes.h"
#include "base/log.h"
#include "base/memory.h"
#include "store/rocks/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static enum err failed(const char *message, const char *path)
{
    int why = errno;

    log_error(message, LOG_CSTR("path", path), LOG_CSTR("reason", strerror(why)));
    return why == ENOSPC || why == EDQUOT ? ERR_NO_SPACE : ERR_IO;
}

/* A new entry of a folder is durable once the folder is. */
static enum err sync_parent(const char *path)
{
    struct bytes whole = bytes_of_cstr(path);
    while (whole.len > 1 && whole.ptr[whole.len - 1] == '/')
        whole.len--;
    size_t slash = bytes_find_last(whole, '/');
    struct bytes parent = memory_copy(slash == whole.len ? BYTES(".")
                                                         : bytes_of(path, slash ? slash : 1));

    int fd = open(parent.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    memory_free((char *)parent.ptr);
    bool synced = fd >= 0 && fsync(fd) == 0;
    enum err err = synced ? OK : failed("could not make the folder of the store durable", path);
    if (fd >= 0)
        close(fd);
    return err;
}

/* What a look into the folder found. */
struct contents {
    bool current;  /* the file that a database begins with */
    bool data;     /* files that only a database in use has */
    bool database; /* files that a database makes before CURRENT: it may have been stopped then */
    bool foreign;  /* anything else */
};

static void note_entry(struct contents *contents, struct bytes name)
{
    size_t dot = bytes_find_last(name, '.');
    struct bytes end = bytes_skip(name, dot);

    if (bytes_equal_cstr(name, ".") || bytes_equal_cstr(name, "..") ||
        bytes_equal_cstr(name, "lost+found") || bytes_equal_cstr(name, "lost"))
        return;
    if (bytes_equal_cstr(name, "CURRENT"))
        contents->current = true;
    else if (bytes_equal_cstr(end, ".sst") || bytes_equal_cstr(end, ".log"))
        contents->data = true;
    else if (bytes_equal_cstr(name, "LOCK") || bytes_equal_cstr(name, "TURN") ||
             bytes_equal_cstr(name, "DAMAGED") || bytes_equal_cstr(name, "IDENTITY") ||
             bytes_equal_cstr(end, ".dbtmp") || bytes_starts_with(name, BYTES("LOG")) ||
             bytes_starts_with(name, BYTES("MANIFEST-")) ||
             bytes_starts_with(name, BYTES("OPTIONS-")))
        contents->database = true;
    else
        contents->foreign = true;
}

static enum err look_into(const char *path, struct contents *contents)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;

    if (!folder)
        return failed("could not open the folder of the store", path);
    while ((entry = readdir(folder)))
        note_entry(contents, bytes_of_cstr(entry->d_name));
    closedir(folder);
    return OK;
}

enum err folder_prepare(const char *path)
{
    struct contents contents = { 0 };

    if (mkdir(path, 0700) == 0)
        return sync_parent(path);
    if (errno != EEXIST)
        return failed("could not make the folder of the store", path);
    enum err err = look_into(path, &contents);
    if (err || contents.current)
        return err;
    if (contents.foreign) {
        log_error("the folder holds files that are no store", LOG_CSTR("path", path));
        return ERR_CORRUPT;
    }
    if (contents.data) {
        log_error("the store is damaged: its file CURRENT is missing", LOG_CSTR("path", path));
        return ERR_CORRUPT;
    }
    maybe(contents.database);
    return OK;
}

/* Does another process hold this file's lock? */
static bool is_locked(const char *path)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int fd = open(path, O_RDWR | O_CLOEXEC);
    bool locked = fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;

    if (fd >= 0)
        close(fd);
    return locked;
}

/* Or what is left of one. */
static bool holds_database(const char *path)
{
    struct contents contents = { 0 };

    return access(path, F_OK) == 0 && look_into(path, &contents) == OK &&
           (contents.current || contents.data);
}

enum err folder_check_free(const char *path)
{
    char *file = file_path(path, "LOCK");
    bool locked = is_locked(file);

    memory_free(file);
    if (locked)
        log_error("the store is in use by another process", LOG_CSTR("path", path));
    return locked ? ERR_BUSY : OK;
}

enum err folder_look(const char *path)
{
    if (holds_database(path))
        return folder_check_free(path);
    log_error("there is no store in the folder", LOG_CSTR("path", path));
    return ERR_NOT_FOUND;
}

uint64_t folder_free_bytes(const char *path)
{
    struct statvfs device;

    if (statvfs(path, &device) != 0)
        return UINT64_MAX;
    return (uint64_t)device.f_bavail * device.f_frsize;
}
