#include "cmd/file_edit.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#define MODE_OF_NEW (S_IRUSR | S_IWUSR)
#define MODE_BITS 07777

static bool refuse(struct text *problem, const char *path, const char *why)
{
    int error = errno;

    text_printf(problem, "%s: %s: %s", path, why, strerror(error));
    return false;
}

/* ---- where it is ---- */

/* basename and dirname may change the path that they are given, so each gets a copy. */
static bool split(struct file_edit *edit, const char *path)
{
    char copy[PATH_MAX];
    int length;

    snprintf(copy, sizeof(copy), "%s", path);
    length = snprintf(edit->name, sizeof(edit->name), "%s", basename(copy));
    if (length >= (int)sizeof(edit->name)) {
        errno = ENAMETOOLONG;
        return false;
    }
    snprintf(copy, sizeof(copy), "%s", path);
    return realpath(dirname(copy), edit->folder_path) != NULL;
}

/* Finds the folder and the name. A missing file is fine where its folder exists; a link that leads
 * to nothing is refused, for nobody knows what was meant. */
static bool find(struct file_edit *edit, const char *path, struct text *problem)
{
    char target[PATH_MAX];
    struct stat link;

    if (realpath(path, target))
        return split(edit, target) || refuse(problem, path, "cannot be found");
    if (errno != ENOENT)
        return refuse(problem, path, "cannot be found");
    if (lstat(path, &link) == 0) {
        text_printf(problem, "%s: is a link to a file that is missing", path);
        return false;
    }
    return split(edit, path) || refuse(problem, path, "its folder cannot be found");
}

static int wait_for_lock(int folder)
{
    int failed;

    do
        failed = flock(folder, LOCK_EX);
    while (failed && errno == EINTR);
    return failed;
}

static bool lock_folder(struct file_edit *edit, const char *path, struct text *problem)
{
    edit->folder = open(edit->folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (edit->folder < 0)
        return refuse(problem, path, "its folder cannot be opened");
    if (wait_for_lock(edit->folder) == 0)
        return true;
    refuse(problem, path, "its folder cannot be locked");
    file_edit_end(edit);
    return false;
}

static bool look_at_old(struct file_edit *edit, const char *path, struct text *problem)
{
    edit->exists = fstatat(edit->folder, edit->name, &edit->old, AT_SYMLINK_NOFOLLOW) == 0;
    if (edit->exists || errno == ENOENT)
        return true;
    refuse(problem, path, "cannot be looked at");
    file_edit_end(edit);
    return false;
}

bool file_edit_begin(struct file_edit *edit, const char *path, struct text *problem)
{
    *edit = (struct file_edit){ .folder = -1 };
    if (!find(edit, path, problem))
        return false;
    snprintf(edit->temporary, sizeof(edit->temporary), ".%s.new", edit->name);
    return lock_folder(edit, path, problem) && look_at_old(edit, path, problem);
}

void file_edit_end(struct file_edit *edit)
{
    close(edit->folder); /* gives the lock back */
    edit->folder = -1;
}

/* ---- the new content ---- */

static int make_temporary(const struct file_edit *edit)
{
    (void)unlinkat(edit->folder, edit->temporary, 0); /* of an editor that was killed */
    return openat(edit->folder, edit->temporary,
                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, MODE_OF_NEW);
}

/* Whoever could read the file before the edit can read it afterwards, and nobody else. */
static bool keep_owner_and_mode(const struct file_edit *edit, int fd)
{
    const struct stat *old = &edit->old;
    struct stat now;

    if (!edit->exists)
        return true;
    if (fstat(fd, &now) != 0)
        return false;
    if ((now.st_uid != old->st_uid || now.st_gid != old->st_gid) &&
        fchown(fd, old->st_uid, old->st_gid) != 0)
        return false;
    return fchmod(fd, old->st_mode & MODE_BITS) == 0;
}

static bool write_all(int fd, struct bytes content)
{
    while (content.len > 0) {
        ssize_t written = write(fd, content.ptr, content.len);

        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0)
            content = bytes_skip(content, (size_t)written);
    }
    return true;
}

/* The name of the step that failed; NULL: none did. */
static const char *fill(const struct file_edit *edit, int fd, struct bytes content)
{
    if (!keep_owner_and_mode(edit, fd))
        return "its owner and mode cannot be kept";
    if (!write_all(fd, content))
        return "the new content cannot be written";
    if (fsync(fd) != 0)
        return "the new content cannot be synced to the disk";
    return NULL;
}

static bool refuse_commit(const struct file_edit *edit, struct text *problem, const char *why)
{
    int error = errno;

    text_printf(problem, "%s/%s: %s: %s", edit->folder_path, edit->name, why, strerror(error));
    return false;
}

/* The rename is done and cannot be taken back; some file systems cannot sync a folder at all. */
static bool sync_folder(const struct file_edit *edit, struct text *problem)
{
    if (fsync(edit->folder) == 0 || errno == EINVAL)
        return true;
    return refuse_commit(edit, problem,
                         "has its new content, but its folder cannot be synced to the disk: it may "
                         "have the old one after a power failure");
}

bool file_edit_commit(struct file_edit *edit, struct bytes content, struct text *problem)
{
    const char *failed;
    int fd = make_temporary(edit);

    if (fd < 0)
        return refuse_commit(edit, problem, "a new file cannot be made beside it");
    failed = fill(edit, fd, content);
    if (close(fd) != 0 && !failed)
        failed = "the new content cannot be written";
    if (!failed && renameat(edit->folder, edit->temporary, edit->folder, edit->name) != 0)
        failed = "cannot be replaced";
    if (!failed)
        return sync_folder(edit, problem);
    refuse_commit(edit, problem, failed);
    (void)unlinkat(edit->folder, edit->temporary, 0);
    return false;
}
