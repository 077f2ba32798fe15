#include "store/rocks/file.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_BYTES_MAX 256
#define PATH_BYTES_MAX 4096

char *file_path(const char *folder, const char *format, ...)
{
    size_t size = strlen(folder) + 1 + NAME_BYTES_MAX;
    char *path = memory_new(size);
    size_t len = (size_t)snprintf(path, size, "%s/", folder);
    va_list arguments;

    va_start(arguments, format);
    ensure(vsnprintf(path + len, size - len, format, arguments) < NAME_BYTES_MAX);
    va_end(arguments);
    return path;
}

char *file_log_path(const char *folder, uint64_t number)
{
    return file_path(folder, "%06" PRIu64 ".log", number);
}

enum err file_failed(const char *message, const char *path)
{
    log_error(message, LOG_CSTR("path", path), LOG_CSTR("reason", strerror(errno)));
    return ERR_IO;
}

/* ---- reading and writing */

enum err file_map(const char *path, struct bytes *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status = { 0 };
    void *content = NULL;

    if (fd < 0 && errno == ENOENT)
        return ERR_NOT_FOUND;
    if (fd < 0 || fstat(fd, &status) != 0)
        content = MAP_FAILED;
    else if (status.st_size > 0)
        content = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (content == MAP_FAILED)
        (void)file_failed("could not read a file of the store", path);
    if (fd >= 0)
        close(fd);
    if (content == MAP_FAILED)
        return ERR_IO;
    *out = content ? bytes_of(content, (size_t)status.st_size) : BYTES("");
    return OK;
}

void file_unmap(struct bytes content)
{
    if (content.len)
        munmap((void *)(uintptr_t)content.ptr, content.len);
}

static bool write_all(int fd, struct bytes content)
{
    while (content.len) {
        ssize_t written = write(fd, content.ptr, content.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        content = bytes_skip(content, (size_t)written);
    }
    return true;
}

enum err file_write_new(const char *path, struct bytes content)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    enum err err = OK;

    if (fd < 0 || !write_all(fd, content) || fsync(fd) != 0)
        err = file_failed("could not write a file", path);
    if (fd >= 0)
        close(fd);
    return err;
}

bool file_sync_folder_of(const char *path)
{
    struct bytes whole = bytes_of_cstr(path);
    while (whole.len > 1 && whole.ptr[whole.len - 1] == '/')
        whole.len--;
    size_t slash = bytes_find_last(whole, '/');
    struct bytes folder = memory_copy(slash == whole.len ? BYTES(".")
                                                         : bytes_of(path, slash ? slash : 1));

    int fd = open(folder.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    memory_free((char *)(uintptr_t)folder.ptr);
    bool synced = fd >= 0 && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return synced;
}

static enum err sync_folder_of(const char *path)
{
    return file_sync_folder_of(path)
               ? OK
               : file_failed("could not make the folder of a file durable", path);
}

enum err file_replace(const char *path, struct bytes content)
{
    struct text fresh;

    text_init(&fresh, PATH_BYTES_MAX);
    text_printf(&fresh, "%s.dbtmp%c", path, '\0');
    (void)unlink(fresh.ptr);
    enum err err = file_write_new(fresh.ptr, content);
    if (!err && rename(fresh.ptr, path) != 0)
        err = file_failed("could not exchange a file", path);
    text_deinit(&fresh);
    return err ? err : sync_folder_of(path);
}

enum err file_remove(const char *path)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return file_failed("could not remove a file", path);
    return sync_folder_of(path);
}

enum err file_write_at(const char *path, size_t at, struct bytes content)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    enum err err = OK;

    if (fd < 0 || lseek(fd, (off_t)at, SEEK_SET) < 0 || !write_all(fd, content) || fsync(fd) != 0)
        err = file_failed("could not write to a file", path);
    if (fd >= 0)
        close(fd);
    return err;
}

enum err file_make_lost(const char *folder)
{
    char *lost = file_path(folder, "lost");
    enum err err = OK;

    if (mkdir(lost, 0700) != 0 && errno != EEXIST)
        err = file_failed("could not make a folder for what is taken away", lost);
    memory_free(lost);
    return err;
}

enum err file_move_to_lost(const char *folder, const char *name)
{
    char *from = file_path(folder, "%s", name);
    char *to = file_path(folder, "lost/%s", name);
    enum err err = file_make_lost(folder);

    if (!err && rename(from, to) != 0 && errno != ENOENT)
        err = file_failed("could not move a file", from);
    memory_free(from);
    memory_free(to);
    return err;
}

/* ---- numbers */

static int compare_numbers(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

static bool parse_name(struct bytes name, const char *begin, const char *end, uint64_t *number)
{
    struct bytes head = bytes_of_cstr(begin), tail = bytes_of_cstr(end);
    unsigned long long value;

    if (name.len <= head.len + tail.len || !bytes_starts_with(name, head) ||
        !bytes_equal(bytes_skip(name, name.len - tail.len), tail) ||
        !bytes_parse_u64(bytes_of(name.ptr + head.len, name.len - head.len - tail.len), &value))
        return false;
    *number = value;
    return true;
}

enum err file_find_numbers(const char *folder, const char *begin, const char *end,
                           struct file_numbers *out)
{
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    uint64_t number;

    *out = (struct file_numbers){ 0 };
    if (!entries)
        return file_failed("could not open the folder of the store", folder);
    while ((entry = readdir(entries))) {
        if (!parse_name(bytes_of_cstr(entry->d_name), begin, end, &number))
            continue;
        out->items = memory_resize(out->items, (out->count + 1) * sizeof(*out->items));
        out->items[out->count++] = number;
    }
    closedir(entries);
    if (out->count)
        qsort(out->items, out->count, sizeof(*out->items), compare_numbers);
    return OK;
}

char *file_newest_log(const char *folder)
{
    struct file_numbers logs;
    char *newest = NULL;

    if (file_find_numbers(folder, "", ".log", &logs) == OK && logs.count)
        newest = file_log_path(folder, logs.items[logs.count - 1]);
    memory_free(logs.items);
    return newest;
}
