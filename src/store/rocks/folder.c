#include "store/rocks/folder.h"

#include "base/bytes.h"
#include "base/log.h"
#include "base/memory.h"
#include "store/rocks/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static enum err failed(const char *message, const char *path)
{
    int why = errno;

    log_error(message, LOG_CSTR("path", path), LOG_CSTR("reason", strerror(why)));
    return why == ENOSPC || why == EDQUOT ? ERR_NO_SPACE : ERR_IO;
}

static enum err sync_parent(const char *path)
{
    return file_sync_folder_of(path)
               ? OK
               : failed("could not make the folder of the store durable", path);
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
             bytes_equal_cstr(name, "DAMAGED") || bytes_equal_cstr(name, "MENDING") ||
             bytes_equal_cstr(name, "IDENTITY") || bytes_equal_cstr(end, ".dbtmp") ||
             bytes_starts_with(name, BYTES("LOG")) || bytes_starts_with(name, BYTES("MANIFEST-")) ||
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

enum err folder_prepare(const char *path, bool *is_there)
{
    struct contents contents = { 0 };

    *is_there = false;
    if (mkdir(path, 0700) == 0)
        return sync_parent(path);
    if (errno != EEXIST)
        return failed("could not make the folder of the store", path);
    enum err err = look_into(path, &contents);
    *is_there = contents.current;
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

/* Opens the file that a database's user locks, and shares the lock: others may read as well, and
 * who wants to write is refused. The lock is the descriptor's: closing another one of this file
 * does not give it up, as it would give up the process's. A folder without the file was copied, and
 * has no user. */
static enum err share_lock(const char *path, int *out)
{
    struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    *out = fd;
    if (fd < 0)
        return errno == ENOENT ? OK : failed("could not open the lock of the store", path);
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return OK;
    enum err err = errno == EAGAIN || errno == EACCES ? ERR_BUSY
                                                      : failed("could not lock the store", path);
    folder_release(fd);
    *out = -1;
    return err;
}

/* Is there a database, or what is left of one? */
static bool holds_database(const char *path)
{
    struct contents contents = { 0 };

    return access(path, F_OK) == 0 && look_into(path, &contents) == OK &&
           (contents.current || contents.data);
}

enum err folder_hold(const char *path, int *hold)
{
    char *file = file_path(path, "LOCK");
    enum err err = ERR_NOT_FOUND;

    *hold = -1;
    if (holds_database(path))
        err = share_lock(file, hold);
    memory_free(file);
    if (err == ERR_NOT_FOUND)
        log_error("there is no store in the folder", LOG_CSTR("path", path));
    else if (err == ERR_BUSY)
        log_error("the store is in use by another process", LOG_CSTR("path", path));
    return err;
}

void folder_release(int hold)
{
    if (hold >= 0)
        close(hold);
}

enum err folder_claim(const char *path, int *claim)
{
    *claim = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*claim < 0 || flock(*claim, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return OK;
    folder_release(*claim);
    *claim = -1;
    log_error("the store is being repaired by another process", LOG_CSTR("path", path));
    return ERR_BUSY;
}

uint64_t folder_free_bytes(const char *path)
{
    struct statvfs device;

    if (statvfs(path, &device) != 0)
        return UINT64_MAX;
    return (uint64_t)device.f_bavail * device.f_frsize;
}
