#include "net/traffic.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static const int refusals[TRAFFIC_REFUSALS] = { 400, 408, 413, 417, 431, 503, 505 };

static const char *const loss_names[TRAFFIC_LOSS_COUNT] = {
    [TRAFFIC_CONNECTION_REFUSED] = "weir_connections_refused_total",
    [TRAFFIC_HANDSHAKE_FAILED] = "weir_handshakes_failed_total",
    [TRAFFIC_CLIENT_GIVEN_UP] = "weir_clients_given_up_total",
};

/* ---- counting ---- */

static uint64_t read_counter(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static void add_to(_Atomic uint64_t *counter, uint64_t amount)
{
    atomic_store_explicit(counter, read_counter(counter) + amount, memory_order_relaxed);
}

void traffic_note(struct traffic *traffic, int operation, enum fault_code fault, uint64_t took_us)
{
    durations_note(&traffic->times[operation], took_us);
    if (fault != FAULT_NONE)
        add_to(&traffic->faults[operation][fault], 1);
}

void traffic_note_refusal(struct traffic *traffic, int status)
{
    size_t i = 0;

    while (i < TRAFFIC_REFUSALS && refusals[i] != status)
        i++;
    ensure(i < TRAFFIC_REFUSALS);
    add_to(&traffic->refusals[i], 1);
}

void traffic_note_loss(struct traffic *traffic, enum traffic_loss loss)
{
    add_to(&traffic->losses[loss], 1);
}

/* ---- writing ---- */

/* Of a counter in the first of them, with that of all others: each loop has its own. */
static uint64_t sum_of(const struct traffic *traffic, size_t count, const _Atomic uint64_t *counter)
{
    size_t place = (size_t)((const char *)counter - (const char *)traffic);
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += read_counter((const _Atomic uint64_t *)((const char *)&traffic[i] + place));
    return sum;
}

static const char *name_of(int operation)
{
    return operation == TRAFFIC_UNKNOWN ? "" : operation_names[operation];
}

static void write_times(const struct traffic *traffic, size_t count, int operation,
                        struct text *out)
{
    struct durations times = { 0 };
    char label[64];

    for (size_t i = 0; i < count; i++)
        durations_add(&times, &traffic[i].times[operation]);
    if (durations_count(&times) == 0)
        return;
    snprintf(label, sizeof label, "Operation=\"%s\"", name_of(operation));
    durations_write_labelled(&times, "weir_call_seconds", label, out);
}

static void write_faults(const struct traffic *traffic, size_t count, int operation,
                         struct text *out)
{
    for (int fault = FAULT_NONE + 1; fault < FAULT_COUNT; fault++) {
        uint64_t times = sum_of(traffic, count, &traffic->faults[operation][fault]);

        if (times)
            text_printf(out, "weir_faults_total{Operation=\"%s\",Fault=\"%s\"} %llu\n",
                        name_of(operation), fault_kinds[fault].name, (unsigned long long)times);
    }
}

static void write_refusals(const struct traffic *traffic, size_t count, struct text *out)
{
    text_append_cstr(out, "# TYPE weir_requests_refused_total counter\n");
    for (size_t k = 0; k < TRAFFIC_REFUSALS; k++)
        text_printf(out, "weir_requests_refused_total{Status=\"%d\"} %llu\n", refusals[k],
                    (unsigned long long)sum_of(traffic, count, &traffic->refusals[k]));
}

static void write_losses(const struct traffic *traffic, size_t count, struct text *out)
{
    for (size_t k = 0; k < TRAFFIC_LOSS_COUNT; k++)
        text_printf(out, "# TYPE %s counter\n%s %llu\n", loss_names[k], loss_names[k],
                    (unsigned long long)sum_of(traffic, count, &traffic->losses[k]));
}

void traffic_write(const struct traffic *traffic, size_t count, struct text *out)
{
    text_append_cstr(out, "# TYPE weir_call_seconds histogram\n");
    for (int operation = 0; operation <= OPERATION_COUNT; operation++)
        write_times(traffic, count, operation, out);
    text_append_cstr(out, "# TYPE weir_faults_total counter\n");
    for (int operation = 0; operation <= OPERATION_COUNT; operation++)
        write_faults(traffic, count, operation, out);
    write_refusals(traffic, count, out);
    write_losses(traffic, count, out);
}

/* ---- the process ---- */

/* A small file of /proc, NUL ended; false when it cannot be read. */
static bool read_file(const char *path, char *into, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, into, size - 1) : -1;

    if (fd >= 0)
        close(fd);
    into[got > 0 ? got : 0] = '\0';
    return got > 0;
}

static void write_number(struct text *out, const char *name, const char *type, double value)
{
    text_printf(out, "# TYPE %s %s\n%s %.17g\n", name, type, name, value);
}

/* Blocks, which are of 512 bytes whatever the disk. /proc/self/io knows it to the byte, but is not
 * shown to a process that lets nobody look into its memory. */
#define BLOCK_BYTES 512

void traffic_write_process(struct text *out)
{
    char content[1024];
    struct timespec cpu;
    struct rusage usage;
    const char *at;

    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu) == 0)
        write_number(out, "process_cpu_seconds_total", "counter",
                     (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9);
    if (read_file("/proc/self/statm", content, sizeof content) && (at = strchr(content, ' ')))
        write_number(out, "process_resident_memory_bytes", "gauge",
                     strtod(at, NULL) * (double)sysconf(_SC_PAGESIZE));
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        write_number(out, "process_written_bytes_total", "counter",
                     (double)usage.ru_oublock * BLOCK_BYTES);
}
