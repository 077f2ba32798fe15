#include "in_process.h"
#include "base/memory.h"
#include "service/world.h"
#include "store/layout.h"
#include "store/rocks/rocks.h"
#include "wire/decode.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ACCOUNT 111122223333
#define BODY_BYTES 2000
#define RECENT_BYTES ((size_t)4 << 20)

static double read_ms(clockid_t clock)
{
    struct timespec at;

    clock_gettime(clock, &at);
    return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

double in_process_now_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

double in_process_used_ms(void)
{
    return read_ms(CLOCK_THREAD_CPUTIME_ID);
}

double in_process_used_by_all_ms(void)
{
    return read_ms(CLOCK_PROCESS_CPUTIME_ID);
}

double in_process_memory_mb(const char *name)
{
    FILE *file = fopen("/proc/self/status", "r");
    size_t len = strlen(name);
    char line[256];
    double kb = 0;

    ensure(file != NULL);
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, name, len) == 0 && line[len] == ':')
            kb = strtod(line + len + 1, NULL);
    fclose(file);
    return kb / 1e3;
}

void in_process_init(struct in_process *own, const char *path)
{
    *own = (struct in_process){ .path = path };
    own->json = json_reader_new();
}

void in_process_deinit(struct in_process *own)
{
    json_reader_free(own->json);
}

void in_process_open_store(struct in_process *own)
{
    const uint8_t key[SERVER_KEY_BYTES] = { 0 };
    struct kv *kv;

    ensure(kv_rocks_open(own->path, &kv) == OK);
    ensure(layout_open(kv, key, &own->store) == OK);
}

void in_process_open_service(struct in_process *own)
{
    struct service_config config = { .world = &world_system,
                                     .store = own->store,
                                     .limits = LIMITS_DOCUMENTED,
                                     .region = BYTES("us-east-1"),
                                     .recent_bytes_max = RECENT_BYTES,
                                     .execution_bytes_max = own->execution_bytes_max };

    config.limits.open_executions = 0;
    ensure(service_open(&config, &own->service) == OK);
}

void in_process_close(struct in_process *own)
{
    service_rest(own->service);
    service_close(own->service);
    store_close(own->store);
}

static void on_answer(struct call *call)
{
    struct in_process *own = call->owner;

    own->answers++;
    own->faults += !fault_is_none(call->fault);
    if (call->request.operation == OPERATION_POLL_FOR_DECISION_TASK && own->polled)
        own->polled[own->polled_count++] = call;
    else
        call_free(call);
}

void in_process_submit(struct in_process *own, enum operation operation, const char *format, ...)
{
    char padded[BODY_BYTES + JSON_PADDING] = { 0 };
    struct call *call = call_new();
    va_list arguments;

    va_start(arguments, format);
    ensure(vsnprintf(padded, BODY_BYTES, format, arguments) < BODY_BYTES);
    va_end(arguments);
    call->account = ACCOUNT;
    call->owner = own;
    call->on_answer = on_answer;
    struct fault fault = decode_request(own->json, operation, bytes_of_cstr(padded), &call->arena,
                                        &call->request);
    ensure(fault_is_none(fault));
    service_submit(own->service, call);
}

void in_process_turn(struct in_process *own)
{
    ensure(service_turn(own->service) == OK);
}

void in_process_register(struct in_process *own)
{
    in_process_submit(own, OPERATION_REGISTER_DOMAIN,
                      "{\"name\":\"d\",\"workflowExecutionRetentionPeriodInDays\":\"7\"}");
    in_process_turn(own);
    in_process_submit(own, OPERATION_REGISTER_WORKFLOW_TYPE,
                      "{\"domain\":\"d\",\"name\":\"ship\",\"version\":\"1\"}");
    in_process_turn(own);
}
