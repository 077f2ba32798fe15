#include "scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX ((size_t)256 << 20)

void scratch_init(struct scratch *scratch)
{
    const char *parent = getenv("TMPDIR");

    snprintf(scratch->path, sizeof scratch->path, "%s/weir-crash-XXXXXX", parent ? parent : "/tmp");
    ensure(mkdtemp(scratch->path) != NULL);
}

void scratch_deinit(struct scratch *scratch)
{
    folder_remove(scratch->path);
}

void scratch_path(const struct scratch *scratch, const char *name, char out[SCRATCH_PATH_MAX])
{
    int len = snprintf(out, SCRATCH_PATH_MAX, "%s/%s", scratch->path, name);
    ensure(len > 0 && len < SCRATCH_PATH_MAX);
}

static int remove_entry(const char *path, const struct stat *about, int type, struct FTW *place)
{
    (void)about;
    (void)type;
    (void)place;
    return remove(path);
}

void folder_remove(const char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS); /* a folder that is not there is fine */
}

static void copy_file(const char *from, const char *to)
{
    struct text content;

    text_init(&content, FILE_BYTES_MAX);
    file_read(from, &content);
    file_write(to, text_bytes(&content));
    text_deinit(&content);
}

void folder_copy(const char *from, const char *to)
{
    char source[SCRATCH_PATH_MAX * 2], target[SCRATCH_PATH_MAX * 2];
    const struct dirent *entry;
    DIR *folder = opendir(from);

    ensure(folder && mkdir(to, 0700) == 0);
    while ((entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(source, sizeof source, "%s/%s", from, entry->d_name);
        snprintf(target, sizeof target, "%s/%s", to, entry->d_name);
        copy_file(source, target);
    }
    closedir(folder);
}

void file_read(const char *path, struct text *out)
{
    char buffer[65536];
    ssize_t got;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    text_reset(out);
    if (fd < 0)
        return;
    while ((got = read(fd, buffer, sizeof buffer)) > 0)
        text_append(out, bytes_of(buffer, (size_t)got));
    ensure(got == 0 && !out->overflowed);
    close(fd);
}

void file_write(const char *path, struct bytes content)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    ensure(fd >= 0);
    while (content.len > 0) {
        ssize_t put = write(fd, content.ptr, content.len);
        ensure(put > 0);
        content = bytes_skip(content, (size_t)put);
    }
    close(fd);
}
