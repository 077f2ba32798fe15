#include "client/client.h"

#include "base/memory.h"
#include "base/text.h"
#include "model/poll.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/json.h"
#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define REPLY_BYTES_MAX (64u << 20)
#define REQUEST_BYTES_MAX (8u << 20)
#define CONNECT_TIMEOUT_S 5L
#define CALL_TIMEOUT_S 30L
#define POLL_TIMEOUT_S 90L /* SWF holds a poll for 60 seconds */
#define TOKEN_LINE_BYTES_MAX 65536
#define WAIT_MS 1000 /* a wake-up or an answer ends it earlier */

struct client {
    CURLM *multi; /* holds the one call; curl_multi_wakeup is what client_cancel needs */
    CURL *easy;
    struct json_reader *reader;
    struct text request, reply;
    char *session_token; /* NULL: none */
    char problem[CURL_ERROR_SIZE];
    atomic_bool canceled;
};

/* ---- making one */

static pthread_once_t global_once = PTHREAD_ONCE_INIT;

static void global_init(void)
{
    ensure(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

static size_t on_reply_bytes(char *bytes, size_t size, size_t count, void *context)
{
    struct client *client = context;
    text_append(&client->reply, bytes_of(bytes, size * count));
    return client->reply.overflowed ? 0 : size * count;
}

static void set_identity(CURL *easy, const struct client_config *config)
{
    struct text text;
    text_init(&text, 4096);
    text_printf(&text, "aws:amz:%s:swf", config->region);
    text_append_char(&text, '\0');
    curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, text.ptr);
    text_deinit(&text);
    curl_easy_setopt(easy, CURLOPT_USERNAME, config->access_key_id);
    curl_easy_setopt(easy, CURLOPT_PASSWORD, config->secret_access_key);
}

static char *copied(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(memory_new(size), text, size);
}

static void set_trust(CURL *easy, const struct client_config *config)
{
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (config->ca_file)
        curl_easy_setopt(easy, CURLOPT_CAINFO, config->ca_file);
}

struct client *client_new(const struct client_config *config)
{
    pthread_once(&global_once, global_init);

    struct client *client = memory_new(sizeof *client);
    client->multi = curl_multi_init();
    client->easy = curl_easy_init();
    ensure(client->multi && client->easy); /* they fail for want of memory only */
    client->reader = json_reader_new();
    text_init(&client->request, REQUEST_BYTES_MAX);
    text_init(&client->reply, REPLY_BYTES_MAX);
    atomic_init(&client->canceled, false);

    curl_easy_setopt(client->easy, CURLOPT_URL, config->endpoint);
    curl_easy_setopt(client->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(client->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(client->easy, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
    curl_easy_setopt(client->easy, CURLOPT_ERRORBUFFER, client->problem);
    curl_easy_setopt(client->easy, CURLOPT_WRITEFUNCTION, on_reply_bytes);
    curl_easy_setopt(client->easy, CURLOPT_WRITEDATA, client);
    set_trust(client->easy, config);
    set_identity(client->easy, config);
    if (config->session_token && config->session_token[0])
        client->session_token = copied(config->session_token);
    return client;
}

void client_free(struct client *client)
{
    curl_easy_cleanup(client->easy);
    curl_multi_cleanup(client->multi);
    json_reader_free(client->reader);
    text_deinit(&client->request);
    text_deinit(&client->reply);
    memory_free(client->session_token);
    memory_free(client);
}

/* ---- sending and waiting */

/* "X-Amz-Security-Token: ...", which is signed with the rest. */
static struct curl_slist *with_token(struct curl_slist *headers, const char *token)
{
    struct text line;
    text_init(&line, TOKEN_LINE_BYTES_MAX);
    text_printf(&line, "X-Amz-Security-Token: %s", token);
    text_append_char(&line, '\0');
    headers = curl_slist_append(headers, line.ptr);
    text_deinit(&line);
    return headers;
}

static struct curl_slist *headers_for(const struct client *client, enum operation operation)
{
    char target[128];
    struct curl_slist *headers;
    snprintf(target, sizeof target, "X-Amz-Target: SimpleWorkflowService.%s",
             operation_names[operation]);
    headers = curl_slist_append(NULL, target);
    headers = curl_slist_append(headers, "Content-Type: application/x-amz-json-1.0");
    return client->session_token ? with_token(headers, client->session_token) : headers;
}

/* The result of the transfer, once it has one. */
static bool is_finished(struct client *client, CURLcode *result)
{
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(client->multi, &left));) {
        if (message->msg == CURLMSG_DONE) {
            *result = message->data.result;
            return true;
        }
    }
    return false;
}

static CURLcode transfer(struct client *client)
{
    CURLcode result = CURLE_ABORTED_BY_CALLBACK;
    int running;

    ensure(curl_multi_add_handle(client->multi, client->easy) == CURLM_OK);
    while (!client_is_canceled(client)) {
        if (curl_multi_perform(client->multi, &running) != CURLM_OK)
            break;
        if (is_finished(client, &result))
            break;
        curl_multi_poll(client->multi, NULL, 0, WAIT_MS, NULL);
    }
    curl_multi_remove_handle(client->multi, client->easy);
    return result;
}

static enum err fail(struct client *client, enum err err, const char *why)
{
    snprintf(client->problem, sizeof client->problem, "%s", why);
    return err;
}

static enum err send_request(struct client *client, const struct request *request)
{
    struct curl_slist *headers = headers_for(client, request->operation);

    text_reset(&client->request);
    text_reset(&client->reply);
    encode_request(&client->request, request);
    if (client->request.overflowed)
        return fail(client, ERR_TOO_LARGE, "the request is too long");
    client->problem[0] = '\0';
    curl_easy_setopt(client->easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(client->easy, CURLOPT_TIMEOUT,
                     operation_is_poll(request->operation) ? POLL_TIMEOUT_S : CALL_TIMEOUT_S);
    curl_easy_setopt(client->easy, CURLOPT_POSTFIELDS, text_bytes(&client->request).ptr);
    curl_easy_setopt(client->easy, CURLOPT_POSTFIELDSIZE, (long)client->request.len);
    CURLcode result = transfer(client);
    curl_easy_setopt(client->easy, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);

    if (client->reply.overflowed)
        return fail(client, ERR_TOO_LARGE, "the answer is too long");
    if (result == CURLE_ABORTED_BY_CALLBACK)
        return fail(client, ERR_IO, "canceled");
    if (result != CURLE_OK && client->problem[0] == '\0')
        return fail(client, ERR_IO, curl_easy_strerror(result));
    return result == CURLE_OK ? OK : ERR_IO;
}

/* ---- reading the answer */

/* "com.amazonaws.swf.base.model#UnknownResourceFault" -> "UnknownResourceFault" */
static struct bytes short_name(struct bytes type)
{
    size_t hash = bytes_find_last(type, '#');
    return hash == type.len ? type : bytes_skip(type, hash + 1);
}

static void take_fault_member(struct reply *out, struct bytes name, struct json_value value,
                              struct arena *arena)
{
    if (json_kind(value) != JSON_STRING)
        return;
    if (bytes_equal_cstr(name, "__type"))
        out->fault = arena_copy(arena, short_name(json_string(value)));
    else if (bytes_equal_cstr(name, "message") || bytes_equal_cstr(name, "Message"))
        out->message = arena_copy(arena, json_string(value));
}

static enum err read_fault(struct client *client, struct arena *arena, struct reply *out)
{
    struct json_value root, value;
    struct bytes name;

    if (json_parse(client->reader, out->body, &root) && json_kind(root) == JSON_OBJECT) {
        struct json_cursor members = json_walk(root);
        while (json_next_member(&members, &name, &value))
            take_fault_member(out, name, value, arena);
    }
    if (!bytes_is_absent(out->fault))
        return OK;
    snprintf(client->problem, sizeof client->problem,
             "answered with HTTP status %d and no fault of SWF", out->http_status);
    return ERR_CORRUPT;
}

static enum err read_output(struct client *client, enum operation operation, struct arena *arena,
                            struct reply *out)
{
    const struct shape *shape = operation_shapes[operation].output;
    if (!shape)
        return OK;
    void *output = arena_alloc(arena, shape->size);
    if (!decode_shape(client->reader, shape, out->body, arena, output))
        return fail(client, ERR_CORRUPT, "the answer is not what SWF would say");
    out->output = output;
    return OK;
}

enum err client_call(struct client *client, const struct request *request, struct arena *arena,
                     struct reply *out)
{
    long status = 0;
    enum err err = send_request(client, request);
    if (err)
        return err;

    curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &status);
    *out = (struct reply){ .body = arena_copy(arena, text_bytes(&client->reply)),
                           .http_status = (int)status };
    return status == 200 ? read_output(client, request->operation, arena, out)
                         : read_fault(client, arena, out);
}

enum err client_events(struct client *client, const struct reply *reply, struct arena *arena,
                       struct event **items, size_t *count)
{
    if (!decode_history(client->reader, reply->body, arena, items, count))
        return fail(client, ERR_CORRUPT, "the answer holds no history");
    return OK;
}

const char *client_problem(const struct client *client)
{
    return client->problem;
}

void client_cancel(struct client *client)
{
    atomic_store(&client->canceled, true);
    curl_multi_wakeup(client->multi);
}

bool client_is_canceled(const struct client *client)
{
    return atomic_load(&client->canceled);
}
