#include "folder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void folder_make(struct folder *folder)
{
    snprintf(folder->path, sizeof folder->path, "/tmp/weir-test-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
}

void folder_remove(const struct folder *folder)
{
    char command[96];

    snprintf(command, sizeof command, "rm -r %s", folder->path);
    assert_int_equal(system(command), 0);
}

const char *folder_file(const struct folder *folder, const char *name)
{
    static char paths[4][160];
    static size_t next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", folder->path, name);
    return path;
}

size_t folder_count(const struct folder *folder)
{
    DIR *stream = opendir(folder->path);
    size_t count = 0;

    assert_non_null(stream);
    for (const struct dirent *entry; (entry = readdir(stream));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(stream);
    return count;
}

void write_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

const char *read_file(const char *path)
{
    static char content[CONTENT_MAX];
    FILE *file = fopen(path, "r");
    size_t length;

    assert_non_null(file);
    length = fread(content, 1, sizeof content - 1, file);
    content[length] = '\0';
    assert_int_equal(fclose(file), 0);
    return content;
}
