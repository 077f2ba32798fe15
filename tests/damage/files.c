#include "files.h"

#include "base/ensure.h"
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM_BYTES 600 /* more than a sector */

static void path_of(const char *folder, const char *name, char out[PATH_BYTES_MAX])
{
    snprintf(out, PATH_BYTES_MAX, "%s/%s", folder, name);
}

/* ---- one file */

/* False when it is not there. */
static bool read_file(const char *folder, const char *name, struct arena *arena, struct bytes *out)
{
    char path[PATH_BYTES_MAX];
    struct stat status;
    char *content;
    int fd;

    path_of(folder, name, path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ensure(fstat(fd, &status) == 0);
    content = arena_alloc_text(arena, (size_t)status.st_size + 1);
    ensure(read(fd, content, (size_t)status.st_size) == status.st_size);
    close(fd);
    *out = bytes_of(content, (size_t)status.st_size);
    return true;
}

/* All but the first of the room that a log has behind its end: it is as much again as the log, and
 * what comes of harm to one zero comes of harm to another. */
static void shorten_room(struct file *file)
{
    size_t end = file->content.len;

    if (!strstr(file->name, ".log"))
        return;
    while (end > 0 && file->content.ptr[end - 1] == 0)
        end--;
    if (end + ROOM_BYTES < file->content.len)
        file->content.len = end + ROOM_BYTES;
}

static void write_file(const char *folder, const struct file *file)
{
    char path[PATH_BYTES_MAX];
    int fd;

    path_of(folder, file->name, path);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ensure(fd >= 0);
    ensure(write(fd, file->content.ptr, file->content.len) == (ssize_t)file->content.len);
    close(fd);
}

/* ---- all of a folder */

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

/* Empty, or written for people by a RocksDB that this test opened itself. */
static bool is_nothing(const char *name)
{
    return strcmp(name, "LOCK") == 0 || strncmp(name, "LOG", 3) == 0;
}

void files_take(struct files *files, const char *folder, struct arena *arena)
{
    DIR *entries = opendir(folder);
    const struct dirent *entry;

    *files = (struct files){ 0 };
    ensure(entries != NULL);
    while ((entry = readdir(entries))) {
        struct file *file = &files->items[files->count];
        if (entry->d_type != DT_REG || is_nothing(entry->d_name))
            continue;
        ensure(++files->count < FILES_MAX);
        snprintf(file->name, sizeof(file->name), "%s", entry->d_name);
        ensure(read_file(folder, file->name, arena, &file->content));
        shorten_room(file);
    }
    closedir(entries);
    qsort(files->items, files->count, sizeof(*files->items), compare_names);
}

void files_write(const struct files *files, const char *folder)
{
    folder_remove(folder);
    ensure(mkdir(folder, 0700) == 0);
    for (size_t i = 0; i < files->count; i++)
        if (!files->items[i].removed)
            write_file(folder, &files->items[i]);
}

const char *files_differ(const struct files *files, const char *folder, struct bytes end)
{
    const char *different = NULL;
    struct bytes there;
    struct arena arena;

    arena_init(&arena, "files", (size_t)64 << 20);
    for (size_t i = 0; i < files->count && !different; i++) {
        const struct file *file = &files->items[i];
        struct bytes name = bytes_of_cstr(file->name);
        if (name.len < end.len || !bytes_equal(bytes_skip(name, name.len - end.len), end))
            continue;
        bool found = read_file(folder, file->name, &arena, &there);
        if (found == file->removed || (found && !bytes_equal(there, file->content)))
            different = file->name;
    }
    arena_deinit(&arena);
    return different;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status, (void)kind, (void)place;
    return remove(path);
}

void folder_remove(const char *path)
{
    if (access(path, F_OK) == 0)
        ensure(nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0);
}
