#include "disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool preload_find(const char *variable, const char *beside, char out[DISK_PATH_MAX])
{
    char own[512];
    const char *told = getenv(variable);
    ssize_t len = readlink("/proc/self/exe", own, sizeof own);

    if (len <= 0)
        return false;
    size_t slash = bytes_find_last(bytes_of(own, (size_t)len), '/');
    if (told)
        snprintf(out, DISK_PATH_MAX, "%s", told);
    else
        snprintf(out, DISK_PATH_MAX, "%.*s/%s", (int)slash, own, beside);
    return access(out, R_OK) == 0;
}

bool disk_find_library(char out[DISK_PATH_MAX])
{
    return preload_find("WEIR_FAILING_DISK", "../store/failing_disk.so", out);
}

void disk_fault_init(struct disk_fault *fault, const char *library, const char *data,
                     unsigned long after, const char *how)
{
    snprintf(fault->preload, sizeof fault->preload, "LD_PRELOAD=%s", library);
    snprintf(fault->path, sizeof fault->path, "WEIR_FAIL_PATH=%s", data);
    snprintf(fault->after, sizeof fault->after, "WEIR_FAIL_AFTER=%lu", after);
    snprintf(fault->how, sizeof fault->how, "WEIR_FAIL_HOW=%s", how);
    fault->environment[0] = fault->preload;
    fault->environment[1] = fault->path;
    fault->environment[2] = fault->after;
    fault->environment[3] = fault->how;
    fault->environment[4] = NULL;
}
