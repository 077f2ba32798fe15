#include "host.h"

#include "base/text.h"
#include "store/layout.h"
#include "store/rocks/rocks.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include <stdio.h>

#define ACCOUNT 123456789012
#define REPLY_BYTES_MAX ((size_t)8 << 20)

/* ---- its world */

static struct instant read_clock(void *context)
{
    return (struct instant){ ((struct host *)context)->now_ms };
}

static void fill(void *context, void *out, size_t len)
{
    random_fill(&((struct host *)context)->sequence, out, len);
}

static enum err open_service(struct host *host)
{
    struct service_config config = {
        .world = &host->world,
        .limits = LIMITS_DOCUMENTED,
        .region = BYTES("us-east-1"),
        .store = host->store,
    };

    return service_open(&config, &host->service);
}

enum err host_open(struct host *host, const char *folder, int64_t now_ms, struct arena *arena)
{
    static const uint8_t key[SERVER_KEY_BYTES] = "a key of the test";
    struct kv *kv;
    enum err err = kv_rocks_open(folder, &kv);

    *host = (struct host){ .arena = arena, .now_ms = now_ms, .sequence = { (uint64_t)now_ms } };
    host->world = (struct world){ host, read_clock, read_clock, fill };
    if (!err)
        err = layout_open(kv, key, &host->store);
    if (err)
        return err;
    err = open_service(host);
    if (err)
        store_close(host->store);
    else
        host->json = json_reader_new();
    return err;
}

void host_close(struct host *host)
{
    service_close(host->service);
    store_close(host->store);
    json_reader_free(host->json);
}

/* ---- calls */

static void on_answer(struct call *call)
{
    *(bool *)call->owner = true;
}

static struct call *call_of(struct host *host, enum operation operation, const char *request)
{
    size_t len = strlen(request);
    char *padded = arena_alloc_text(host->arena, len + JSON_PADDING);
    struct call *call = call_new();

    for (size_t i = 0; i < len; i++)
        padded[i] = request[i] == '\'' ? '"' : request[i];
    call->account = ACCOUNT;
    call->on_answer = on_answer;
    ensure(fault_is_none(decode_request(host->json, operation, bytes_of(padded, len), &call->arena,
                                        &call->request)));
    return call;
}

static struct bytes reply_of(struct host *host, const struct call *call)
{
    struct text reply;
    struct bytes copy;

    if (!fault_is_none(call->fault))
        return arena_printf(host->arena, "fault %s %.*s", fault_kinds[call->fault.code].name,
                            BYTES_FMT(call->fault.message));
    text_init(&reply, REPLY_BYTES_MAX);
    encode_reply(&reply, call->request.operation, call->output);
    ensure(!reply.overflowed);
    copy = arena_copy(host->arena, text_bytes(&reply));
    text_deinit(&reply);
    return copy;
}

struct bytes host_ask(struct host *host, enum operation operation, const char *request)
{
    struct call *call = call_of(host, operation, request);
    bool answered = false;
    struct bytes reply;

    call->owner = &answered;
    service_submit(host->service, call);
    ensure(service_turn(host->service) == OK);
    ensure(answered);
    reply = reply_of(host, call);
    call_free(call);
    return reply;
}

struct bytes host_do(struct host *host, enum operation operation, const char *request)
{
    struct bytes reply = host_ask(host, operation, request);

    ensure(!bytes_starts_with(reply, BYTES("fault ")));
    return reply;
}

void host_settle(struct host *host)
{
    do
        ensure(service_turn(host->service) == OK);
    while (service_idle(host->service).ms == 0);
}

struct bytes member_in(struct bytes json, const char *name)
{
    char begin[64];
    size_t len = (size_t)snprintf(begin, sizeof(begin), "\"%s\":\"", name);
    const char *value = json.len ? memmem(json.ptr, json.len, begin, len) : NULL;
    const char *end;

    if (value == NULL)
        return BYTES_ABSENT;
    value += len;
    end = memchr(value, '"', (size_t)(json.ptr + json.len - value));
    ensure(end != NULL);
    return bytes_of(value, (size_t)(end - value));
}
