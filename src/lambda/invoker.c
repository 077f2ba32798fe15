/*
 * An invocation here is a job, in one of three places:
 *
 *   ready     waits for one of the concurrency_max slots, first come first served
 *   running   has a slot and a transfer of libcurl
 *   resting   was not run and waits until its next try; it has no slot, and goes back to `ready`,
 *             to the end of it
 *
 * and leaves by finish(). One thread touches all of this; invocations reach it through a mailbox
 * whose wake-up is curl's.
 */
#include "lambda/invoker.h"
#include "base/ensure.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/memory.h"
#include "base/text.h"
#include "service/world.h"
#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>

#define CONNECT_TIMEOUT_MS 5000
#define FIRST_REST_MS 100
#define LONGEST_REST_MS 5000
/* A task without a time limit is not tried for ever: its execution may be long closed. As long as
 * AWS lets a function run. */
#define TRIES_MS_MAX (900 * 1000)
/* A wake-up, an answer or something due ends a wait earlier. */
#define WAIT_MS_MAX 60000
#define URL_BYTES_MAX 4096

struct job {
    struct lambda_invocation *invocation;
    struct list ready;        /* in invoker.ready */
    struct list running;      /* in invoker.running */
    struct heap_node resting; /* in invoker.resting */
    uint64_t number;          /* orders what rests equally long */
    struct instant ends;      /* on the steady clock, as all times here; INSTANT_NEVER: no limit */
    struct instant tries_end; /* no further try begins then */
    struct instant wakes;     /* of a resting one */
    struct duration rest;     /* the next one */
    CURL *easy;               /* of a running one, as what follows */
    struct curl_slist *headers;
    struct text answer;
    bool answer_is_cut;
    char problem[CURL_ERROR_SIZE];
};

struct invoker {
    struct lambda_invoker face;
    struct bytes endpoint, scope, access_key_id, secret_access_key; /* of their own, ended by NUL */
    uint32_t concurrency_max;

    struct mailbox inbox;
    _Atomic bool stopping;
    pthread_t thread;

    CURLM *multi;
    struct list ready, running;
    uint32_t running_count;
    struct heap resting;
    uint64_t next_number;
};

/* ---- time ---- */

/* Of this machine, for waiting only: no event ever shows it. */
static struct instant steady_now(void)
{
    return world_system.steady(world_system.context);
}

static bool wakes_before(const struct heap_node *a, const struct heap_node *b)
{
    const struct job *first = object_of(a, const struct job, resting);
    const struct job *second = object_of(b, const struct job, resting);

    if (first->wakes.ms != second->wakes.ms)
        return first->wakes.ms < second->wakes.ms;
    return first->number < second->number;
}

/* ---- coming and leaving ---- */

static void accept_invocation(struct invoker *invoker, struct lambda_invocation *invocation)
{
    struct job *job = memory_new(sizeof(*job));
    struct instant now = steady_now();

    job->invocation = invocation;
    job->number = invoker->next_number++;
    job->ends = invocation->timeout.ms < 0 ? INSTANT_NEVER : instant_add(now, invocation->timeout);
    job->tries_end = instant_earlier(job->ends,
                                     instant_add(now, (struct duration){ TRIES_MS_MAX }));
    job->rest = (struct duration){ FIRST_REST_MS };
    text_init(&job->answer, LAMBDA_PAYLOAD_BYTES_MAX);
    list_append(&invoker->ready, &job->ready);
}

static void take_invocations(struct invoker *invoker)
{
    struct mail *mail = mailbox_take(&invoker->inbox);

    while (mail) {
        struct lambda_invocation *invocation = object_of(mail, struct lambda_invocation, mail);

        mail = mail->next;
        accept_invocation(invoker, invocation);
    }
}

/* Gives the invocation back; the job is in no place any more. */
static void finish(struct job *job, enum lambda_outcome outcome, struct bytes reason,
                   struct bytes answer)
{
    struct lambda_invocation *invocation = job->invocation;

    invocation->outcome = outcome;
    invocation->reason = arena_copy(&invocation->arena, reason);
    invocation->answer = arena_copy(&invocation->arena, answer);
    invocation->answer_is_cut = job->answer_is_cut;
    text_deinit(&job->answer);
    memory_free(job);
    invocation->on_done(invocation); /* from here on it is its owner's */
}

static void finish_without_answer(struct job *job)
{
    finish(job, LAMBDA_NO_ANSWER, BYTES_ABSENT, BYTES_ABSENT);
}

/* ---- one call ---- */

/* "function:alias" has its alias in the query; an ARN has more colons, and is one name (see
 * README). */
static struct bytes cut_alias(struct bytes *function)
{
    const char *colon = memchr(function->ptr, ':', function->len);
    size_t at = bytes_find_last(*function, ':');
    struct bytes alias;

    if (colon == NULL || colon != function->ptr + at || at == 0 || at + 1 == function->len)
        return BYTES_ABSENT;
    alias = bytes_skip(*function, at + 1);
    function->len = at;
    return alias;
}

static void append_escaped(struct text *url, struct bytes part)
{
    char *escaped = curl_easy_escape(NULL, part.ptr, (int)part.len);

    ensure(escaped != NULL);
    text_append_cstr(url, escaped);
    curl_free(escaped);
}

static void set_url(const struct invoker *invoker, struct job *job)
{
    struct bytes function = job->invocation->function;
    struct bytes alias = cut_alias(&function);
    struct text url;

    text_init(&url, URL_BYTES_MAX);
    text_printf(&url, "%.*s/2015-03-31/functions/", BYTES_FMT(invoker->endpoint));
    append_escaped(&url, function);
    text_append_cstr(&url, "/invocations");
    if (alias.len) {
        text_append_cstr(&url, "?Qualifier=");
        append_escaped(&url, alias);
    }
    text_append_char(&url, '\0');
    ensure(
        !url.overflowed); /* invoker_start looked at the endpoint, and names have 64 characters */
    curl_easy_setopt(job->easy, CURLOPT_URL, url.ptr);
    text_deinit(&url);
}

static void set_signature(const struct invoker *invoker, CURL *easy)
{
    if (invoker->access_key_id.len == 0)
        return;
    curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, invoker->scope.ptr);
    curl_easy_setopt(easy, CURLOPT_USERNAME, invoker->access_key_id.ptr);
    curl_easy_setopt(easy, CURLOPT_PASSWORD, invoker->secret_access_key.ptr);
}

/* No "Expect:" to keep libcurl from asking first: it would sign that line without sending it, and
 * it does not ask for bodies as small as these. */
static void set_body(struct job *job)
{
    curl_easy_setopt(job->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     (curl_off_t)job->invocation->payload.len);
    curl_easy_setopt(job->easy, CURLOPT_POSTFIELDS, job->invocation->payload.ptr);
    job->headers = curl_slist_append(NULL, "X-Amz-Invocation-Type: RequestResponse");
    job->headers = curl_slist_append(job->headers, "Content-Type: application/json");
    curl_easy_setopt(job->easy, CURLOPT_HTTPHEADER, job->headers);
}

/* Keeps what may be kept, and reads the rest all the same: the function has run. */
static size_t on_answer_bytes(char *bytes, size_t size, size_t count, void *context)
{
    struct job *job = context;
    size_t len = size * count;
    size_t room = LAMBDA_PAYLOAD_BYTES_MAX - job->answer.len;

    job->answer_is_cut |= len > room;
    text_append(&job->answer, bytes_of(bytes, len < room ? len : room));
    return len;
}

static void set_answer(struct job *job)
{
    text_reset(&job->answer);
    job->answer_is_cut = false;
    job->problem[0] = '\0';
    curl_easy_setopt(job->easy, CURLOPT_WRITEFUNCTION, on_answer_bytes);
    curl_easy_setopt(job->easy, CURLOPT_WRITEDATA, job);
    curl_easy_setopt(job->easy, CURLOPT_ERRORBUFFER, job->problem);
}

static void set_transport(struct job *job, struct instant now)
{
    CURL *easy = job->easy;

    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* Names are looked up on threads of libcurl's. One that hangs is left behind: whoever waited
     * for it would hold up all other calls, and the end. */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    /* A connection that was used before may be dead; libcurl would then send the request again, and
     * the function could run twice. So no connection is used again. */
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    if (job->ends.ms != INSTANT_NEVER.ms)
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)instant_since(job->ends, now).ms);
}

static void begin_call(struct invoker *invoker, struct job *job, struct instant now)
{
    job->easy = curl_easy_init();
    ensure(job->easy != NULL); /* it fails for want of memory only */
    curl_easy_setopt(job->easy, CURLOPT_PRIVATE, job);
    set_url(invoker, job);
    set_signature(invoker, job->easy);
    set_body(job);
    set_answer(job);
    set_transport(job, now);
    ensure(curl_multi_add_handle(invoker->multi, job->easy) == CURLM_OK);
    list_append(&invoker->running, &job->running);
    invoker->running_count++;
}

static void end_call(struct invoker *invoker, struct job *job)
{
    curl_multi_remove_handle(invoker->multi, job->easy);
    curl_easy_cleanup(job->easy);
    curl_slist_free_all(job->headers);
    list_remove(&job->running);
    invoker->running_count--;
}

static void begin_calls(struct invoker *invoker)
{
    struct instant now = steady_now();
    struct list *node;

    while (invoker->running_count < invoker->concurrency_max &&
           (node = list_first(&invoker->ready))) {
        struct job *job = object_of(node, struct job, ready);

        list_remove(&job->ready);
        if (instant_before(now, job->ends))
            begin_call(invoker, job, now);
        else
            finish_without_answer(job); /* its time ran out while it waited */
    }
}

/* ---- what came back ---- */

/* What a call came to, while its transfer is still there to borrow from. */
struct verdict {
    enum lambda_outcome outcome;
    struct bytes reason, answer;
    bool did_not_run;
};

static struct bytes header_of(CURL *easy, const char *name)
{
    struct curl_header *header;

    if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return BYTES_ABSENT;
    return bytes_of_cstr(header->value);
}

/* "ResourceNotFoundException:http://internal.amazon.com/..." -> "ResourceNotFoundException" */
static struct bytes error_code(struct job *job, long status)
{
    struct bytes type = header_of(job->easy, "X-Amzn-ErrorType");
    const char *colon = type.len ? memchr(type.ptr, ':', type.len) : NULL;

    if (type.len == 0)
        return arena_printf(&job->invocation->arena, "HTTP %ld", status);
    return colon ? bytes_of(type.ptr, (size_t)(colon - type.ptr)) : type;
}

static struct verdict judge_answer(struct job *job)
{
    struct verdict verdict = { .outcome = LAMBDA_RETURNED, .answer = text_bytes(&job->answer) };
    struct bytes function_error;
    long status = 0;

    curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &status);
    function_error = header_of(job->easy, "X-Amz-Function-Error");
    if (status != 200) {
        verdict.outcome = LAMBDA_REFUSED;
        verdict.reason = error_code(job, status);
        verdict.did_not_run = status == 429;
    } else if (!bytes_is_absent(function_error)) {
        verdict.outcome = LAMBDA_RAISED;
        verdict.reason = function_error;
    }
    return verdict;
}

static bool nothing_was_sent(CURL *easy)
{
    long sent = 0;

    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent);
    return sent == 0;
}

/* Did the request certainly not leave this machine, and may it do better later? A TLS that fails
 * does so every time. */
static bool was_not_sent(struct job *job, CURLcode code)
{
    return code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
           (code == CURLE_OPERATION_TIMEDOUT && nothing_was_sent(job->easy));
}

static struct verdict judge_failure(struct job *job, CURLcode code)
{
    const char *text = job->problem[0] ? job->problem : curl_easy_strerror(code);
    bool did_not_run = was_not_sent(job, code);

    if (code == CURLE_OPERATION_TIMEDOUT && !did_not_run)
        return (struct verdict){ .outcome = LAMBDA_NO_ANSWER };
    return (struct verdict){
        .outcome = LAMBDA_REFUSED,
        .reason = BYTES("ConnectionFailed"),
        .answer = bytes_of_cstr(text),
        .did_not_run = did_not_run,
    };
}

/* Is there time for another try? */
static bool may_rest(const struct job *job, struct instant now)
{
    return instant_before(instant_add(now, job->rest), job->tries_end);
}

static void rest(struct invoker *invoker, struct job *job, struct instant now)
{
    job->wakes = instant_add(now, job->rest);
    job->rest.ms = job->rest.ms * 2 < LONGEST_REST_MS ? job->rest.ms * 2 : LONGEST_REST_MS;
    heap_add(&invoker->resting, &job->resting);
}

static void settle_call(struct invoker *invoker, struct job *job, CURLcode code)
{
    struct verdict verdict = code == CURLE_OK ? judge_answer(job) : judge_failure(job, code);
    struct instant now = steady_now();
    struct arena *arena = &job->invocation->arena;

    if (verdict.did_not_run && may_rest(job, now)) {
        end_call(invoker, job);
        rest(invoker, job, now);
        return;
    }
    verdict.reason = arena_copy(arena, verdict.reason); /* a header lives as long as its transfer */
    end_call(invoker, job);
    finish(job, verdict.outcome, verdict.reason, verdict.answer);
}

static void end_calls(struct invoker *invoker)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(invoker->multi, &left))) {
        char *job = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &job);
        settle_call(invoker, (struct job *)(void *)job, message->data.result);
    }
}

static void wake_resting(struct invoker *invoker)
{
    struct instant now = steady_now();
    struct heap_node *first;

    while ((first = heap_first(&invoker->resting))) {
        struct job *job = object_of(first, struct job, resting);

        if (instant_before(now, job->wakes))
            return;
        heap_remove(&invoker->resting, first);
        list_append(&invoker->ready, &job->ready);
    }
}

/* ---- the thread ---- */

static int wait_ms(const struct invoker *invoker)
{
    const struct heap_node *first = heap_first(&invoker->resting);
    int64_t ms = WAIT_MS_MAX;

    if (first)
        ms = instant_since(object_of(first, const struct job, resting)->wakes, steady_now()).ms;
    if (ms < 0)
        ms = 0;
    return ms < WAIT_MS_MAX ? (int)ms : WAIT_MS_MAX;
}

static void give_everything_back(struct invoker *invoker)
{
    struct heap_node *resting;
    struct list *node;

    take_invocations(invoker);
    while ((node = list_first(&invoker->running))) {
        struct job *job = object_of(node, struct job, running);

        end_call(invoker, job);
        finish_without_answer(job);
    }
    while ((node = list_first(&invoker->ready))) {
        list_remove(node);
        finish_without_answer(object_of(node, struct job, ready));
    }
    while ((resting = heap_first(&invoker->resting))) {
        heap_remove(&invoker->resting, resting);
        finish_without_answer(object_of(resting, struct job, resting));
    }
}

static void *run(void *context)
{
    struct invoker *invoker = context;
    int running;

    while (!atomic_load(&invoker->stopping)) {
        take_invocations(invoker);
        wake_resting(invoker);
        begin_calls(invoker);
        ensure(curl_multi_perform(invoker->multi, &running) == CURLM_OK);
        end_calls(invoker);
        /* A slot that became free is filled at once. */
        if (list_is_empty(&invoker->ready) || invoker->running_count == invoker->concurrency_max)
            curl_multi_poll(invoker->multi, NULL, 0, wait_ms(invoker), NULL);
    }
    give_everything_back(invoker);
    return NULL;
}

/* ---- the face ---- */

static void wake(void *context)
{
    curl_multi_wakeup(((struct invoker *)context)->multi);
}

static void invoke(void *context, struct lambda_invocation *invocation)
{
    mailbox_post(&((struct invoker *)context)->inbox, &invocation->mail);
}

const struct lambda_invoker *invoker_face(const struct invoker *invoker)
{
    return &invoker->face;
}

static pthread_once_t global_once = PTHREAD_ONCE_INIT;

static void global_init(void)
{
    ensure(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

/* "aws:amz:REGION:lambda" */
static struct bytes scope_of(const char *region)
{
    struct bytes scope;
    struct text text;

    text_init(&text, URL_BYTES_MAX);
    text_printf(&text, "aws:amz:%s:lambda", region);
    scope = memory_copy(text_bytes(&text));
    text_deinit(&text);
    return scope;
}

static struct bytes without_last_slash(const char *endpoint)
{
    struct bytes text = bytes_of_cstr(endpoint);

    if (text.len && text.ptr[text.len - 1] == '/')
        text.len--;
    ensure(text.len < URL_BYTES_MAX / 2); /* the other half is for the name */
    return text;
}

struct invoker *invoker_start(const struct invoker_config *config)
{
    struct invoker *invoker = memory_new(sizeof(*invoker));

    pthread_once(&global_once, global_init);
    invoker->face = (struct lambda_invoker){ invoker, invoke };
    invoker->endpoint = memory_copy(without_last_slash(config->endpoint));
    invoker->scope = scope_of(config->region);
    invoker->access_key_id = memory_copy(bytes_of_cstr(config->access_key_id));
    invoker->secret_access_key = memory_copy(bytes_of_cstr(config->secret_access_key));
    invoker->concurrency_max = config->concurrency_max;
    invoker->multi = curl_multi_init();
    ensure(invoker->multi != NULL);
    list_init(&invoker->ready);
    list_init(&invoker->running);
    heap_init(&invoker->resting, wakes_before);
    mailbox_init(&invoker->inbox, wake, invoker);
    ensure(pthread_create(&invoker->thread, NULL, run, invoker) == 0);
    return invoker;
}

static void free_text(struct bytes text)
{
    memory_free((void *)(uintptr_t)text.ptr);
}

static void wipe_text(struct bytes text)
{
    if (text.len)
        explicit_bzero((void *)(uintptr_t)text.ptr, text.len);
    free_text(text);
}

void invoker_stop(struct invoker *invoker)
{
    atomic_store(&invoker->stopping, true);
    wake(invoker);
    pthread_join(invoker->thread, NULL);
    curl_multi_cleanup(invoker->multi);
    mailbox_deinit(&invoker->inbox);
    heap_deinit(&invoker->resting);
    free_text(invoker->endpoint);
    free_text(invoker->scope);
    free_text(invoker->access_key_id);
    wipe_text(invoker->secret_access_key);
    memory_free(invoker);
}
