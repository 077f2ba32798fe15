#include "cmd/serve_settings.h"

#include "service/call.h"
#include "wire/decode.h"
#include <assert.h>

/* SWF's. A longer one could hold more than a call has room for when it is decoded. */
#define REQUEST_BYTES_MAX (1u << 20)
static_assert(DECODE_ARENA_BYTES(REQUEST_BYTES_MAX) <= CALL_BYTES_MAX, "every request fits");

/* clang-format off */
#define NUMBER(lowest, highest) .type = SETTING_INTEGER, .placeholder = "N", .min = (lowest), .max = (highest)
#define SECONDS(lowest, highest) .type = SETTING_INTEGER, .placeholder = "SECONDS", .min = (lowest), .max = (highest)
#define QUOTA .type = SETTING_INTEGER, .placeholder = "N", .max = MORE_THAN_ENOUGH
/* The tags of a domain are one record of the store, written whole with each change. */
#define TAGS_PER_DOMAIN_MAX 1000
#define QUOTA_HELP(what) "SWF's quota of " what ". 0 lifts it."

const struct setting serve_settings[SERVE_SETTING_COUNT] = {
    [SERVE_LISTEN] = {
        "listen", "WEIR_LISTEN", .type = SETTING_ADDRESS, .placeholder = "HOST:PORT", .fallback = "127.0.0.1:9347",
        .may_be_empty = true,
        .help = "Where to listen. With port 0 the system picks a free one; empty: nowhere. Without --identities only "
                "addresses of this machine itself are accepted.",
    },
    [SERVE_TLS_LISTEN] = {
        "tls-listen", "WEIR_TLS_LISTEN", .type = SETTING_ADDRESS, .placeholder = "HOST:PORT", .fallback = "",
        .may_be_empty = true,
        .help = "Where to listen for TLS (1.2 and 1.3), beside the other listeners or, with --listen '', instead.",
    },
    [SERVE_TLS_CERT] = {
        "tls-cert", "WEIR_TLS_CERT", .type = SETTING_TEXT, .placeholder = "FILE", .fallback = "", .may_be_empty = true,
        .help = "The certificate to show there, with those that lead to its root behind it (PEM). A change of this file "
                "or the key's takes effect for new connections, when the two fit.",
    },
    [SERVE_TLS_KEY] = {
        "tls-key", "WEIR_TLS_KEY", .type = SETTING_TEXT, .placeholder = "FILE", .fallback = "", .may_be_empty = true,
        .help = "Its key (PEM, no passphrase), which nobody but the owner and group of the file may open.",
    },
    [SERVE_TLS_CLIENT_CA] = {
        "tls-client-ca", "WEIR_TLS_CLIENT_CA", .type = SETTING_TEXT, .placeholder = "FILE", .fallback = "",
        .may_be_empty = true,
        .help = "Only lets in over TLS who shows a certificate signed by one of these (PEM); revocation lists in the file "
                "are heeded. Signatures and policies count all the same.",
    },
    [SERVE_TLS_CLIENT_CERTS] = {
        "tls-client-certs", "WEIR_TLS_CLIENT_CERTS", .type = SETTING_CHOICE, .choices = "required|optional",
        .fallback = "", .may_be_empty = true,
        .help = "With --tls-client-ca, which asks for certificates unless this says optional: then who shows no certificate is let in too; a wrong one is refused either way.",
    },
    [SERVE_UNIX_SOCKET] = {
        "unix-socket", "WEIR_UNIX_SOCKET", .type = SETTING_TEXT, .placeholder = "FILE", .fallback = "",
        .may_be_empty = true,
        .help = "Also listens on a Unix socket. A socket left there by a server that is no more is replaced.",
    },
    [SERVE_UNIX_SOCKET_MODE] = {
        "unix-socket-mode", "WEIR_UNIX_SOCKET_MODE", .type = SETTING_CHOICE, .choices = "0600|0660|0666",
        .fallback = "0600",
        .help = "Who may connect to it: the owner, the group too, or everybody on this machine.",
    },
    [SERVE_METRICS_LISTEN] = {
        "metrics-listen", "WEIR_METRICS_LISTEN", .type = SETTING_ADDRESS, .placeholder = "HOST:PORT", .fallback = "",
        .may_be_empty = true,
        .help = "Where GET /metrics is answered besides (Prometheus text), in the clear. Without identities the other "
                "listeners do so as well; with them only this address does, for the figures name the domains, types and "
                "task lists of all accounts: whoever reaches it reads them.",
    },
    [SERVE_METRICS_OPEN] = {
        "metrics-open", "WEIR_METRICS_OPEN", .type = SETTING_BOOLEAN, .fallback = "false",
        .help = "Lets --metrics-listen be an address that other machines can reach.",
    },
    [SERVE_STORE] = {
        "store", "WEIR_STORE", .type = SETTING_CHOICE, .choices = "memory|rocksdb", .fallback = "rocksdb",
        .help = "Where workflows are kept: rocksdb keeps them on disk and acknowledges nothing that is not "
                "safely there; memory forgets everything at the end, which is handy for tests.",
    },
    [SERVE_DATA] = {
        "data", "WEIR_DATA", .type = SETTING_TEXT, .placeholder = "DIR", .fallback = "./weir-data",
        .help = "The folder of the rocksdb store; made when missing. One server at a time can use it.",
    },
    [SERVE_ACCOUNT] = {
        "account", "WEIR_ACCOUNT", .type = SETTING_ACCOUNT, .placeholder = "ID", .fallback = "123456789012",
        .help = "The account that every caller belongs to where there are no identities; part of ARNs.",
    },
    [SERVE_REGION] = {
        "region", "WEIR_REGION", .type = SETTING_REGION, .placeholder = "NAME", .fallback = "us-east-1",
        .help = "The region that stands in ARNs. Clients may sign for any.",
    },
    [SERVE_LOG_LEVEL] = {
        "log-level", "WEIR_LOG_LEVEL", .type = SETTING_CHOICE, .choices = "debug|info|warn|error", .fallback = "info",
        .help = "Which lines go to the log (stderr): those of this level and above.",
    },
    [SERVE_HINTS] = {
        "hints", "WEIR_HINTS", .type = SETTING_BOOLEAN, .fallback = "false",
        .help = "Says on stdout what to try next and what to export for the AWS CLI. It does so on a terminal anyway.",
    },
    [SERVE_INSECURE_OPEN] = {
        "insecure-open", "WEIR_INSECURE_OPEN", .type = SETTING_BOOLEAN, .fallback = "false",
        .help = "Listens on any address, although there are no identities: whoever reaches the port may do "
                "everything.",
    },
    [SERVE_IDENTITIES] = {
        "identities", "WEIR_IDENTITIES", .type = SETTING_TEXT, .placeholder = "FILE", .fallback = "", .may_be_empty = true,
        .help = "Who may call, with which keys, and what they may do: accounts, users, roles, access keys and IAM "
                "policies in one JSON file, which nobody but its owner and group may open. Without it everybody may "
                "do everything.",
    },
    [SERVE_AUDIT_LOG] = {
        "audit-log", "WEIR_AUDIT_LOG", .type = SETTING_TEXT, .placeholder = "FILE", .fallback = "", .may_be_empty = true,
        .help = "Where to write a line of JSON for each call that changed something or was refused: who, what, on "
                "what, with which outcome. SIGHUP opens the file again.",
    },
    [SERVE_CONFINE] = {
        "confine", "WEIR_CONFINE", .type = SETTING_BOOLEAN, .fallback = "true",
        .help = "Gives up system calls that a server has no use for, as starting programs, once everything is open.",
    },
    [SERVE_LOOPS] = {
        "loops", "WEIR_LOOPS", NUMBER(1, 64), .fallback = "1",
        .help = "Network threads.",
    },
    [SERVE_READERS] = {
        "readers", "WEIR_READERS", NUMBER(0, 64), .fallback = "1",
        .help = "Threads that read long pages of histories, lists and figures, and as many for short reads. With 0 the "
                "turn reads by itself.",
    },
    [SERVE_EXECUTION_BYTES] = {
        "execution-bytes", "WEIR_EXECUTION_BYTES", .type = SETTING_BYTES, .placeholder = "BYTES", .max = UINT64_MAX >> 1,
        .fallback = "512M",
        .help = "Memory for open workflows. Beyond it those that were used longest ago leave memory, all but about 200 "
                "bytes each, and are read from the store when something touches them. 0: no limit.",
    },
    [SERVE_RECENT_BYTES] = {
        "recent-bytes", "WEIR_RECENT_BYTES", .type = SETTING_BYTES, .placeholder = "BYTES", .max = UINT64_MAX >> 1,
        .fallback = "64M",
        .help = "Memory for the newest events of open workflows: tasks whose events are there are answered without "
                "a look at the store.",
    },
    [SERVE_FREE_BYTES_MIN] = {
        "free-bytes-min", "WEIR_FREE_BYTES_MIN", .type = SETTING_BYTES, .placeholder = "BYTES", .max = UINT64_MAX >> 1,
        .fallback = "256M",
        .help = "With less than this left on the device of the store, StartWorkflowExecution is refused while open workflows "
                "go on, until a quarter more is free. 0: never.",
    },
    [SERVE_POLL_SECONDS] = {
        "poll-seconds", "WEIR_POLL_SECONDS", SECONDS(1, 3600), .fallback = "60",
        .help = "How long a poll is held when there is no task. Clients are made for 60.",
    },
    [SERVE_EMPTY_POLL_TOKEN] = {
        "empty-poll-token", "WEIR_EMPTY_POLL_TOKEN", .type = SETTING_BOOLEAN, .fallback = "false",
        .help = "Answers an idle poll with an empty taskToken instead of none, for clients that look for it.",
    },
    [SERVE_PAGE_TOKEN_SECONDS] = {
        "page-token-seconds", "WEIR_PAGE_TOKEN_SECONDS", SECONDS(1, MORE_THAN_ENOUGH), .fallback = "86400",
        .help = "How long a nextPageToken may be used.",
    },
    [SERVE_COUNT_RESULTS] = {
        "count-results", "WEIR_COUNT_RESULTS", NUMBER(0, MORE_THAN_ENOUGH), .fallback = "100000",
        .help = "Where counts of executions and tasks stop, saying that they are truncated. 0: nowhere.",
    },
    [SERVE_THROTTLES] = {
        "throttles", "WEIR_THROTTLES", .type = SETTING_BOOLEAN, .fallback = "false",
        .help = "Enforces SWF's request rates: calls beyond them get a ThrottlingException, decisions fail with a cause.",
    },
    [SERVE_LAMBDA_ENDPOINT] = {
        "lambda-endpoint", "WEIR_LAMBDA_ENDPOINT", .type = SETTING_URL, .placeholder = "URL", .fallback = "",
        .may_be_empty = true,
        .help = "Where Lambda functions are called: AWS (https://lambda.REGION.amazonaws.com), or whatever speaks its "
                "Invoke operation. Without one, ScheduleLambdaFunction fails.",
    },
    [SERVE_LAMBDA_ACCESS_KEY_ID] = {
        "lambda-access-key-id", "WEIR_LAMBDA_ACCESS_KEY_ID", .type = SETTING_TEXT, .placeholder = "ID", .fallback = "",
        .may_be_empty = true,
        .help = "Signs the calls of Lambda functions, for the region that --region names. Without it they are not signed.",
    },
    [SERVE_LAMBDA_SECRET_ACCESS_KEY] = {
        "lambda-secret-access-key", "WEIR_LAMBDA_SECRET_ACCESS_KEY", .type = SETTING_TEXT, .placeholder = "SECRET",
        .fallback = "", .may_be_empty = true, .is_secret = true,
        .help = "The secret of that key. Rather in a file or the environment: everybody on this machine can read flags.",
    },
    [SERVE_LAMBDA_CONCURRENCY] = {
        "lambda-concurrency", "WEIR_LAMBDA_CONCURRENCY", NUMBER(1, 10000), .fallback = "100",
        .help = "Lambda functions called at once; further ones wait, while their time runs.",
    },
    [SERVE_CONNECTIONS_MAX] = {
        "connections-max", "WEIR_CONNECTIONS_MAX", NUMBER(1, 1000000), .fallback = "20000",
        .help = "Connections held at once; further ones are closed.",
    },
    [SERVE_CONNECTIONS_PER_ADDRESS_MAX] = {
        "connections-per-address-max", "WEIR_CONNECTIONS_PER_ADDRESS_MAX", NUMBER(0, 1000000), .fallback = "10000",
        .help = "Connections of one address (an IPv6 client's is its /64 network). A load balancer or proxy is one "
                "address for all behind it. 0: no such bound.",
    },
    [SERVE_HANDSHAKES_MAX] = {
        "handshakes-max", "WEIR_HANDSHAKES_MAX", NUMBER(16, 1000000), .fallback = "4096",
        .help = "TLS handshakes under way at once, in each network thread. Beyond it the oldest gives way if it has taken "
                "more than a second; else the new one is turned away.",
    },
    [SERVE_HELD_BYTES_MAX] = {
        "held-bytes-max", "WEIR_HELD_BYTES_MAX", .type = SETTING_BYTES, .placeholder = "BYTES",
        .min = 64u << 20, .max = UINT64_MAX >> 1, .fallback = "256M",
        .help = "Memory for requests that are not whole yet and answers not taken yet, of all clients together. Beyond "
                "it those are given up that have kept the server waiting longest (status 503). As much again for calls that "
                "are under way.",
    },
    [SERVE_REQUEST_BYTES_MAX] = {
        "request-bytes-max", "WEIR_REQUEST_BYTES_MAX", .type = SETTING_BYTES, .placeholder = "BYTES",
        .min = 65536, .max = REQUEST_BYTES_MAX, .fallback = "1M",
        .help = "The longest request, headers and body. SWF's own maximum is the default, and the most that may be set.",
    },
    [SERVE_HEADER_BYTES_MAX] = {
        "header-bytes-max", "WEIR_HEADER_BYTES_MAX", .type = SETTING_BYTES, .placeholder = "BYTES",
        .min = 4096, .max = 1u << 20, .fallback = "32K",
        .help = "The longest request line and headers.",
    },
    [SERVE_HEADER_LINES_MAX] = {
        "header-lines-max", "WEIR_HEADER_LINES_MAX", NUMBER(10, 1000), .fallback = "100",
        .help = "Header lines of one request.",
    },
    [SERVE_HEADER_TIMEOUT] = {
        "header-timeout", "WEIR_HEADER_TIMEOUT", SECONDS(1, 3600), .fallback = "20",
        .help = "From the first byte of a request to the end of its headers; for a TLS handshake.",
    },
    [SERVE_BODY_TIMEOUT] = {
        "body-timeout", "WEIR_BODY_TIMEOUT", SECONDS(1, 3600), .fallback = "60",
        .help = "For the whole body of a request.",
    },
    [SERVE_WRITE_TIMEOUT] = {
        "write-timeout", "WEIR_WRITE_TIMEOUT", SECONDS(1, 3600), .fallback = "60",
        .help = "For a client to take an answer.",
    },
    [SERVE_IDLE_TIMEOUT] = {
        "idle-timeout", "WEIR_IDLE_TIMEOUT", SECONDS(1, 86400), .fallback = "75",
        .help = "How long a connection is kept between two requests.",
    },
    [SERVE_LIMIT_DOMAINS] = {
        "limit-domains", "WEIR_LIMIT_DOMAINS", QUOTA, .fallback = "100",
        .help = QUOTA_HELP("domains, deprecated ones included"),
    },
    [SERVE_LIMIT_WORKFLOW_TYPES] = {
        "limit-workflow-types", "WEIR_LIMIT_WORKFLOW_TYPES", QUOTA, .fallback = "10000",
        .help = QUOTA_HELP("workflow types in a domain"),
    },
    [SERVE_LIMIT_ACTIVITY_TYPES] = {
        "limit-activity-types", "WEIR_LIMIT_ACTIVITY_TYPES", QUOTA, .fallback = "10000",
        .help = QUOTA_HELP("activity types in a domain"),
    },
    [SERVE_LIMIT_OPEN_EXECUTIONS] = {
        "limit-open-executions", "WEIR_LIMIT_OPEN_EXECUTIONS", QUOTA, .fallback = "100000",
        .help = QUOTA_HELP("open executions in a domain"),
    },
    [SERVE_LIMIT_OPEN_ACTIVITIES] = {
        "limit-open-activities", "WEIR_LIMIT_OPEN_ACTIVITIES", QUOTA, .fallback = "1000",
        .help = QUOTA_HELP("open activity tasks in an execution"),
    },
    [SERVE_LIMIT_OPEN_TIMERS] = {
        "limit-open-timers", "WEIR_LIMIT_OPEN_TIMERS", QUOTA, .fallback = "1000",
        .help = QUOTA_HELP("open timers in an execution"),
    },
    [SERVE_LIMIT_OPEN_CHILDREN] = {
        "limit-open-children", "WEIR_LIMIT_OPEN_CHILDREN", QUOTA, .fallback = "1000",
        .help = QUOTA_HELP("open child workflows of an execution"),
    },
    [SERVE_LIMIT_OPEN_LAMBDAS] = {
        "limit-open-lambdas", "WEIR_LIMIT_OPEN_LAMBDAS", QUOTA, .fallback = "1000",
        .help = "Open Lambda tasks in an execution. 0 lifts the limit.",
    },
    [SERVE_LIMIT_HISTORY_EVENTS] = {
        "limit-history-events", "WEIR_LIMIT_HISTORY_EVENTS", QUOTA, .fallback = "25000",
        .help = QUOTA_HELP("events in a history; an execution that passes it is terminated"),
    },
    [SERVE_LIMIT_POLLERS_PER_LIST] = {
        "limit-pollers-per-list", "WEIR_LIMIT_POLLERS_PER_LIST", QUOTA, .fallback = "1000",
        .help = QUOTA_HELP("polls held on one task list"),
    },
    [SERVE_LIMIT_TAGS_PER_DOMAIN] = {
        "limit-tags-per-domain", "WEIR_LIMIT_TAGS_PER_DOMAIN", NUMBER(1, TAGS_PER_DOMAIN_MAX), .fallback = "50",
        .help = "SWF's quota of resource tags of a domain.",
    },
    [SERVE_LIMIT_EXECUTION_SECONDS] = {
        "limit-execution-seconds", "WEIR_LIMIT_EXECUTION_SECONDS", QUOTA, .fallback = "31536000",
        .help = QUOTA_HELP("the time that an execution or a task may be given, a year"),
    },
    [SERVE_LIMIT_RETENTION_DAYS] = {
        "limit-retention-days", "WEIR_LIMIT_RETENTION_DAYS", QUOTA, .fallback = "90",
        .help = QUOTA_HELP("the days for which a domain keeps closed executions"),
    },
};
/* clang-format on */
