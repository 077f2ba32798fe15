/* Requests that libcurl signs, as our own client has it do. All names lead to a socket of ours. */
#include "judge.h"

#include "base/random.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
/* after its prerequisites */
#include <cmocka.h>

#define REQUESTS 60
#define REQUEST_BYTES_MAX 65536
#define CHANGES 200

struct exchange {
    CURLM *multi;
    CURL *easy;
    struct curl_slist *detour;
    int listener, peer;
    char request[REQUEST_BYTES_MAX];
    size_t len;
};

static int listen_somewhere(char *detour, size_t size)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    snprintf(detour, size, "::127.0.0.1:%u", ntohs(address.sin_port));
    return fd;
}

static void begin(struct exchange *exchange, const char *key_id, const char *region)
{
    char provider[64], detour[64];

    *exchange = (struct exchange){
        .multi = curl_multi_init(),
        .easy = curl_easy_init(),
        .listener = listen_somewhere(detour, sizeof(detour)),
        .peer = -1,
    };
    exchange->detour = curl_slist_append(NULL, detour);
    snprintf(provider, sizeof(provider), "aws:amz:%s:swf", region);
    curl_easy_setopt(exchange->easy, CURLOPT_AWS_SIGV4, provider);
    curl_easy_setopt(exchange->easy, CURLOPT_USERNAME, key_id);
    curl_easy_setopt(exchange->easy, CURLOPT_PASSWORD, JUDGE_SECRET);
    curl_easy_setopt(exchange->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(exchange->easy, CURLOPT_CONNECT_TO, exchange->detour);
}

static void end(struct exchange *exchange)
{
    curl_multi_remove_handle(exchange->multi, exchange->easy);
    curl_easy_cleanup(exchange->easy);
    curl_multi_cleanup(exchange->multi);
    curl_slist_free_all(exchange->detour);
    close(exchange->listener);
    close(exchange->peer);
}

/* Takes what curl has sent. */
static void read_on(struct exchange *exchange)
{
    if (exchange->peer < 0)
        exchange->peer = accept4(exchange->listener, NULL, NULL, SOCK_NONBLOCK);
    if (exchange->peer < 0)
        return;
    ssize_t got = read(exchange->peer, exchange->request + exchange->len,
                       sizeof(exchange->request) - exchange->len);
    exchange->len += got > 0 ? (size_t)got : 0;
}

/* The head has come, and the body that it announces. */
static bool is_whole(const struct exchange *exchange)
{
    const char *head_end = memmem(exchange->request, exchange->len, "\r\n\r\n", 4);
    const char *length = memmem(exchange->request, exchange->len, "Content-Length: ", 16);

    if (!head_end || !length)
        return false;
    size_t head = (size_t)(head_end + 4 - exchange->request);
    return exchange->len == head + strtoul(length + 16, NULL, 10);
}

static void send_request(struct exchange *exchange, const char *url,
                         const struct curl_slist *headers, struct bytes body)
{
    int running;

    curl_easy_setopt(exchange->easy, CURLOPT_URL, url);
    curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(exchange->easy, CURLOPT_POSTFIELDSIZE, (long)body.len);
    curl_easy_setopt(exchange->easy, CURLOPT_COPYPOSTFIELDS, body.ptr);
    curl_multi_add_handle(exchange->multi, exchange->easy);
    while (!is_whole(exchange)) {
        assert_int_equal(curl_multi_perform(exchange->multi, &running), CURLM_OK);
        assert_true(running > 0);
        read_on(exchange);
    }
}

static struct instant wall_clock(void)
{
    struct timespec time;

    clock_gettime(CLOCK_REALTIME, &time);
    return (struct instant){ time.tv_sec * 1000 };
}

static struct bytes random_body(struct random_sequence *random, char *out, size_t size)
{
    size_t len = random_below(random, 4) ? random_below(random, size) : 0;

    random_fill(random, out, len);
    return bytes_of(out, len);
}

/* Bits of the body and of the signature, which ends a line of its own. */
static void change_bits(struct signature_verifier *verifier, struct exchange *exchange,
                        struct bytes body, struct random_sequence *random)
{
    char *signature = memmem(exchange->request, exchange->len, "Signature=", 10), said[4096];

    assert_non_null(signature);
    for (int i = 0; i < CHANGES; i++) {
        bool in_body = i % 2 && body.len > 0;
        char *start = in_body ? exchange->request + exchange->len - body.len : signature + 10;
        size_t bit = random_below(random, 8 * (in_body ? body.len : 64));
        start[bit / 8] = (char)(start[bit / 8] ^ 1 << bit % 8);
        assert_false(judge_bytes(verifier, bytes_of(exchange->request, exchange->len), wall_clock(),
                                 said, sizeof(said)));
        start[bit / 8] = (char)(start[bit / 8] ^ 1 << bit % 8);
    }
}

static void what_libcurl_signs_passes(void **state)
{
    static const char *const urls[] = { "http://127.0.0.1:9347", "http://localhost:9347/",
                                        "http://[::1]:9347/", "http://swf.example/" };
    static const char *const regions[] = { "us-east-1", "eu-west-1", "elsewhere" };
    struct signature_verifier *verifier = signature_verifier_new(2);
    struct random_sequence random = { 7 };
    static char body_bytes[2048];
    char said[4096];

    (void)state;
    for (int i = 0; i < REQUESTS; i++) {
        struct exchange exchange;
        struct bytes body = random_body(&random, body_bytes, sizeof(body_bytes));
        struct curl_slist *headers = curl_slist_append(
            NULL, "X-Amz-Target: SimpleWorkflowService.ListDomains");
        headers = curl_slist_append(headers, "Content-Type: application/x-amz-json-1.0");
        if (i % 3 == 0)
            headers = curl_slist_append(headers, "X-Amz-Security-Token: " JUDGE_TOKEN);
        begin(&exchange, i % 3 == 0 ? "ASIATEMPORARY" : "AKIDEXAMPLE", regions[i % 3]);
        send_request(&exchange, urls[i % 4], headers, body);
        if (!judge_bytes(verifier, bytes_of(exchange.request, exchange.len), wall_clock(), said,
                         sizeof(said)))
            fail_msg("%s\n%.*s", said, (int)exchange.len, exchange.request);
        change_bits(verifier, &exchange, body, &random);
        end(&exchange);
        curl_slist_free_all(headers);
    }
    signature_verifier_free(verifier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_libcurl_signs_passes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
