/*
 * http_limit - how many calls a second a server of HTTP answers that does nothing else: signed
 * POSTs as SWF's clients send them, by the same generator as `weir bench`.
 *
 *   http_limit URL CONNECTIONS SECONDS BYTES     BYTES: of the body of each request
 *
 * Prints one line of JSON. Any server will do that answers 200 with a Content-Length.
 */
#include "bench/line.h"
#include "bench/tally.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define CONNECTIONS_MAX 10000

struct caller {
    struct line line;
    struct tally *tally;
    struct request request;
    bool *failed;
};

static void on_answer(struct line *line, const struct answer *answer)
{
    struct caller *caller = line->owner;

    if (answer->status != 200) {
        *caller->failed = true;
        return;
    }
    tally_add_call(caller->tally, line->operation, answer->took_us);
    if (!line_call(line, &caller->request))
        *caller->failed = true;
}

static struct bytes filler(size_t size)
{
    static char letters[65536];

    memset(letters, 'x', sizeof letters);
    return bytes_of(letters, size < sizeof letters ? size : sizeof letters);
}

static bool load(struct hub *hub, unsigned connections, uint64_t until_us,
                 const struct request *request, struct tally *tally)
{
    static struct caller callers[CONNECTIONS_MAX];
    bool failed = false;

    for (unsigned i = 0; i < connections; i++) {
        callers[i] = (struct caller){ .tally = tally, .request = *request, .failed = &failed };
        line_init(&callers[i].line, hub, on_answer, &callers[i]);
        failed = !line_call(&callers[i].line, request) || failed;
    }
    while (!failed && hub->now_us < until_us)
        hub_turn(hub, 100);
    for (unsigned i = 0; i < connections; i++)
        line_deinit(&callers[i].line);
    return !failed;
}

static void print(const struct tally *tally, double seconds)
{
    const struct histogram *times = tally->calls[OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED];

    printf("{\"calls_per_s\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n",
           (double)tally->call_count / seconds, (double)histogram_quantile(times, 0.5) / 1000,
           (double)histogram_quantile(times, 0.99) / 1000);
}

int main(int argc, char **argv)
{
    struct endpoint endpoint;
    struct tally tally = { 0 };
    struct hub hub;

    if (argc != 5 || !endpoint_find(argv[1], &endpoint) || endpoint.speaks_tls) {
        fprintf(stderr, "usage: http_limit URL CONNECTIONS SECONDS BYTES\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    unsigned connections = (unsigned)strtoul(argv[2], NULL, 10);
    uint64_t seconds = strtoull(argv[3], NULL, 10);
    struct respond_activity_task_completed_input input = {
        .task_token = BYTES("token"), .result = filler(strtoull(argv[4], NULL, 10))
    };
    struct request request = { OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED, { .input = &input } };
    struct signer_config identity = { endpoint.host, "us-east-1", "AKIDEXAMPLE", "secret", NULL };
    if (connections == 0 || connections > CONNECTIONS_MAX || seconds == 0 ||
        !hub_init(&hub, &endpoint, NULL, &identity))
        return 2;
    uint64_t began = hub.now_us;
    bool well = load(&hub, connections, began + seconds * 1000000, &request, &tally);
    if (well)
        print(&tally, (double)(hub.now_us - began) / 1e6);
    else
        fprintf(stderr, "http_limit: a call was not answered with 200\n");
    hub_deinit(&hub);
    tally_deinit(&tally);
    return well ? 0 : 1;
}
