#include "faulty.h"

#include "base/ensure.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool faulty_find_library(char out[FAULTY_PATH_MAX])
{
    char own[512];
    const char *told = getenv("WEIR_FAULTY_DISK");
    ssize_t len = readlink("/proc/self/exe", own, sizeof own);

    if (len <= 0)
        return false;
    size_t slash = bytes_find_last(bytes_of(own, (size_t)len), '/');
    if (told)
        snprintf(out, FAULTY_PATH_MAX, "%s", told);
    else
        snprintf(out, FAULTY_PATH_MAX, "%.*s/faulty_disk.so", (int)slash, own);
    return access(out, R_OK) == 0;
}

static struct faulty_tally *map_tally(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct faulty_tally *tally;

    ensure(fd >= 0 && ftruncate(fd, sizeof *tally) == 0);
    tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ensure(tally != MAP_FAILED);
    close(fd);
    return tally;
}

void faulty_init(struct faulty *faulty, const struct scratch *scratch, const char *library,
                 const char *data)
{
    *faulty = (struct faulty){ 0 };
    scratch_path(scratch, "tally", faulty->tally_path);
    scratch_path(scratch, "space", faulty->space_path);
    faulty->tally = map_tally(faulty->tally_path);
    snprintf(faulty->variables[0], sizeof faulty->variables[0], "LD_PRELOAD=%s", library);
    snprintf(faulty->variables[1], sizeof faulty->variables[1], "FAULTY_DISK_FOLDER=%s", data);
    snprintf(faulty->variables[2], sizeof faulty->variables[2], "FAULTY_DISK_TALLY=%s",
             faulty->tally_path);
    snprintf(faulty->variables[3], sizeof faulty->variables[3], "FAULTY_DISK_SPACE=%s",
             faulty->space_path);
    for (size_t i = 0; i < 7; i++)
        faulty->environment[i] = faulty->variables[i];
    faulty_set(faulty, NULL);
}

void faulty_deinit(struct faulty *faulty)
{
    munmap(faulty->tally, sizeof *faulty->tally);
}

void faulty_set(struct faulty *faulty, const struct fault *fault)
{
    static const struct fault none = { .calls = "", .error = "" };
    const struct fault *told = fault ? fault : &none;

    memset(faulty->tally, 0, sizeof *faulty->tally);
    snprintf(faulty->variables[4], sizeof faulty->variables[4], "FAULTY_DISK_CALLS=%s",
             told->calls);
    snprintf(faulty->variables[5], sizeof faulty->variables[5], "FAULTY_DISK_ERROR=%s",
             told->error);
    snprintf(faulty->variables[6], sizeof faulty->variables[6], "FAULTY_DISK_TIMES=%lu",
             told->times);
    atomic_store(&faulty->tally->from, told->from);
}

void faulty_begin(const struct faulty *faulty, unsigned long step)
{
    atomic_store(&faulty->tally->from, atomic_load(&faulty->tally->counted) + step);
}

/* Whole at once: it is read while it is written. */
void faulty_set_space(const struct faulty *faulty, unsigned long long bytes)
{
    char fresh[SCRATCH_PATH_MAX + 8], text[32];

    snprintf(fresh, sizeof fresh, "%s.new", faulty->space_path);
    int len = snprintf(text, sizeof text, "%llu\n", bytes);
    file_write(fresh, bytes_of(text, (size_t)len));
    ensure(rename(fresh, faulty->space_path) == 0);
}
