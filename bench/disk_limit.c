/*
 * disk_limit - how often a second so many bytes can be appended to a file and be on the disk: what
 * every durable commit pays at least.
 *
 *   disk_limit FOLDER BYTES SECONDS
 *
 * Prints one line of JSON.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BYTES_MAX ((size_t)16 << 20)
#define FILE_BYTES_MAX ((uint64_t)1 << 30) /* then it begins anew, as a log does */

static double steady_s(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* One append; -1 when the disk refuses. */
static double append(int fd, const char *bytes, size_t size)
{
    double began = steady_s();

    if (write(fd, bytes, size) != (ssize_t)size || fdatasync(fd) != 0)
        return -1;
    return steady_s() - began;
}

static int measure(int fd, size_t size, double seconds)
{
    static char bytes[BYTES_MAX];
    static double times[1 << 22];
    size_t count = 0;
    uint64_t written = 0;
    double began = steady_s();

    memset(bytes, 'x', size);
    while (steady_s() - began < seconds && count < sizeof times / sizeof times[0]) {
        times[count] = append(fd, bytes, size);
        if (times[count++] < 0)
            return 1;
        written += size;
        if (written > FILE_BYTES_MAX && (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0))
            return 1;
        written = written > FILE_BYTES_MAX ? 0 : written;
    }
    double elapsed = steady_s() - began;
    qsort(times, count, sizeof times[0], compare);
    printf("{\"syncs_per_s\":%.0f,\"bytes\":%zu,\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n",
           (double)count / elapsed, size, times[count / 2] * 1000,
           times[count - 1 - count / 100] * 1000);
    return 0;
}

int main(int argc, char **argv)
{
    char path[4096];

    if (argc != 4 || strtoull(argv[2], NULL, 10) > BYTES_MAX) {
        fprintf(stderr, "usage: disk_limit FOLDER BYTES SECONDS\n");
        return 2;
    }
    snprintf(path, sizeof path, "%s/disk_limit.%d", argv[1], (int)getpid());
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    if (fd < 0) {
        perror(path);
        return 1;
    }
    int status = measure(fd, strtoull(argv[2], NULL, 10), strtod(argv[3], NULL));
    if (status)
        perror(path);
    close(fd);
    unlink(path);
    return status;
}
