#include "wall.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic int64_t *map_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    ensure(fd >= 0 && ftruncate(fd, sizeof(int64_t)) == 0);
    void *mapped = mmap(NULL, sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ensure(mapped != MAP_FAILED);
    close(fd);
    return mapped;
}

bool wall_init(struct wall *wall, const struct scratch *scratch)
{
    char library[DISK_PATH_MAX], path[SCRATCH_PATH_MAX];

    if (!preload_find("WEIR_SHIFTED_CLOCK", "shifted_clock.so", library))
        return false;
    scratch_path(scratch, "clock", path);
    wall->shift_ms = map_file(path);
    snprintf(wall->preload, sizeof wall->preload, "LD_PRELOAD=%s", library);
    snprintf(wall->path, sizeof wall->path, "WEIR_CLOCK_SHIFT=%s", path);
    wall->environment[0] = wall->preload;
    wall->environment[1] = wall->path;
    wall->environment[2] = NULL;
    return true;
}

void wall_deinit(struct wall *wall)
{
    munmap((void *)wall->shift_ms, sizeof(int64_t));
}

void wall_set(struct wall *wall, int64_t ahead_ms)
{
    atomic_store(wall->shift_ms, ahead_ms);
}
