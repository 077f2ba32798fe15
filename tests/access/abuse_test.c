/*
 * Headers that are no signatures, lists without end, and a megabyte under each: all are refused in
 * the service's words, none costs more than itself, and whoever signs rightly is served meanwhile.
 */
#include "deeds.h"

#include "base/random.h"
#include "wire/json.h"
#include <stdio.h>

#define CORAL "com.amazon.coral.service#"
#define ROUNDS 3000
#define HEAD_LONG 30000 /* below what a head may have */
#define BODY_LONG ((1u << 20) - 4096)
#define BODIES 200
#define CONNECTIONS 8
#define GROWTH_MAX ((size_t)64 << 20)

struct abuse {
    struct stage *stage;
    struct random_sequence random;
    struct json_reader *json;
    struct text request, garbage;
};

static struct credentials admin;

static int setup(void **state)
{
    static struct abuse abuse;
    struct people people;

    admin = people_user_keys("admin");
    abuse = (struct abuse){ .random = { 20120115 }, .json = json_reader_new() };
    text_init(&abuse.request, STAGE_TEXT_MAX);
    text_init(&abuse.garbage, STAGE_TEXT_MAX);
    people_init(&people);
    people_add(&people, IN_A, "admin", ALLOW_ALL);
    abuse.stage = stage_new(&people, NULL);
    people_deinit(&people);
    *state = &abuse;
    return 0;
}

static int teardown(void **state)
{
    struct abuse *abuse = *state;

    stage_free(abuse->stage);
    json_reader_free(abuse->json);
    text_deinit(&abuse->request);
    text_deinit(&abuse->garbage);
    return 0;
}

/* ---- requests ---- */

static void begin(struct abuse *abuse, struct bytes query)
{
    struct text *out = &abuse->request;

    text_reset(out);
    text_printf(out, "POST /%s", query.len ? "?" : "");
    text_append(out, query);
    text_printf(out,
                " HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nContent-Type: application/x-amz-json-1.0\r\n"
                "X-Amz-Target: SimpleWorkflowService.ListDomains\r\n",
                abuse->stage->whole.port);
}

static void add(struct abuse *abuse, const char *name, struct bytes value)
{
    text_printf(&abuse->request, "%s: ", name);
    text_append(&abuse->request, value);
    text_append_cstr(&abuse->request, "\r\n");
}

static void add_date(struct abuse *abuse)
{
    add(abuse, "X-Amz-Date", BYTES("20120115T015659Z"));
}

static void end(struct abuse *abuse, size_t body_len)
{
    static const char body[] = "{\"registrationStatus\":\"REGISTERED\"}";
    size_t len = body_len > strlen(body) ? body_len : strlen(body);

    text_printf(&abuse->request, "Content-Length: %zu\r\n\r\n%s", len, body);
    for (size_t i = strlen(body); i < len; i++)
        text_append_char(&abuse->request, ' ');
}

/* ---- answers ---- */

static bool is_about_signatures(struct bytes type)
{
    static const char *const types[] = {
        CORAL "MissingAuthenticationTokenException",
        CORAL "IncompleteSignatureException",
        CORAL "InvalidSignatureException",
        CORAL "UnrecognizedClientException",
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (bytes_equal_cstr(type, types[i]))
            return true;
    }
    return false;
}

/* Refused in whichever of its words, as JSON, without repeating much of what it was sent. */
static void expect_refusal(struct abuse *abuse, struct talk *talk)
{
    struct json_value root;

    talk_receive(talk);
    if (talk_status(talk) != 400 || !json_parse(abuse->json, talk->body, &root) ||
        !is_about_signatures(stage_member(talk->body, "__type")))
        fail_msg("%.*s\nis answered\n%.*s%.*s", (int)(abuse->request.len % 4000),
                 abuse->request.ptr, BYTES_FMT(talk->head), BYTES_FMT(talk->body));
    assert_true(talk->body.len < 8 * HEAD_LONG);
}

static void refuse(struct abuse *abuse)
{
    talk_send(&abuse->stage->talk, text_bytes(&abuse->request));
    expect_refusal(abuse, &abuse->stage->talk);
}

static void serve(struct abuse *abuse)
{
    stage_do(abuse->stage, &admin, "ListDomains", "{'registrationStatus':'REGISTERED'}");
}

/* ---- garbage ---- */

static const char *const pieces[] = {
    "AWS4-HMAC-SHA256 ",
    "AWS4-",
    "AWS3 ",
    "AWS3-HTTPS ",
    "Credential=",
    "SignedHeaders=",
    "Signature=",
    "Algorithm=HmacSHA256",
    "Algorithm=HmacSHA1",
    "AWSAccessKeyId=",
    "AKIAKEYOFadminXXXXXXXX",
    "/20120115/us-east-1/swf/aws4_request",
    "host;x-amz-date",
    "host",
    "Host;X-Amz-Date",
    ",",
    ", ",
    ";",
    "=",
    "/",
    "\t",
    "0000000000000000000000000000000000000000000000000000000000000000",
};
#define PIECES (sizeof(pieces) / sizeof(pieces[0]))

static void append_noise(struct abuse *abuse)
{
    for (uint64_t left = random_below(&abuse->random, 12); left > 0; left--) {
        unsigned char c = (unsigned char)random_next(&abuse->random);

        text_append_char(&abuse->garbage, c < 0x20 || c == 0x7f ? '~' : (char)c);
    }
}

/* Pieces of a signature in no order, with noise between them. */
static struct bytes make_garbage(struct abuse *abuse)
{
    text_reset(&abuse->garbage);
    if (random_below(&abuse->random, 2))
        text_append_cstr(&abuse->garbage, pieces[random_below(&abuse->random, 4)]);
    for (uint64_t left = random_below(&abuse->random, 12); left > 0; left--) {
        text_append_cstr(&abuse->garbage, pieces[random_below(&abuse->random, PIECES)]);
        if (random_below(&abuse->random, 4) == 0)
            append_noise(abuse);
    }
    return text_bytes(&abuse->garbage);
}

/* The same as a query: what may not stand in one is escaped. */
static struct bytes make_query(struct abuse *abuse)
{
    static const char *const names[] = { "X-Amz-Algorithm",     "X-Amz-Credential", "X-Amz-Date",
                                         "X-Amz-SignedHeaders", "X-Amz-Signature",  "X-Amz-Expires",
                                         "X-Amz-Security-Token" };
    static const char *const values[] = {
        "AWS4-HMAC-SHA256",
        "AKIAKEYOFadminXXXXXXXX%2F20120115%2Fr%2Fswf%2Faws4_request",
        "20120115T015659Z",
        "host",
        "%00%ff%zz%",
        "900",
        ""
    };

    text_reset(&abuse->garbage);
    text_append_cstr(&abuse->garbage, "X-Amz-Algorithm=AWS4-HMAC-SHA256");
    for (uint64_t left = random_below(&abuse->random, 10); left > 0; left--)
        text_printf(&abuse->garbage, "&%s=%s", names[random_below(&abuse->random, 7)],
                    values[random_below(&abuse->random, 7)]);
    return text_bytes(&abuse->garbage);
}

static void garbage_is_refused(void **state)
{
    static const char *const headers[] = { "Authorization", "X-Amzn-Authorization",
                                           "X-Amz-Security-Token" };
    struct abuse *abuse = *state;

    for (int i = 0; i < ROUNDS; i++) {
        bool in_query = random_below(&abuse->random, 4) == 0;

        begin(abuse, in_query ? make_query(abuse) : BYTES_ABSENT);
        if (random_below(&abuse->random, 8))
            add_date(abuse);
        else if (random_below(&abuse->random, 2))
            add(abuse, "X-Amz-Date", make_garbage(abuse));
        for (int j = 0; j < 3; j++) {
            if (random_below(&abuse->random, 2))
                add(abuse, headers[j], make_garbage(abuse));
        }
        end(abuse, 0);
        refuse(abuse);
        if (i % 100 == 0)
            serve(abuse);
    }
}

/* ---- lists without end ---- */

/* `before`, as often `unit` as there is room, `after`. */
static struct bytes repeat(struct abuse *abuse, const char *before, const char *unit,
                           const char *after)
{
    text_reset(&abuse->garbage);
    text_append_cstr(&abuse->garbage, before);
    while (abuse->garbage.len + strlen(unit) + strlen(after) < HEAD_LONG)
        text_append_cstr(&abuse->garbage, unit);
    text_append_cstr(&abuse->garbage, after);
    return text_bytes(&abuse->garbage);
}

#define SCOPE "/20120115/us-east-1/swf/aws4_request"
#define KEY "Credential=AKIAKEYOFadminXXXXXXXX" SCOPE
#define V4 "AWS4-HMAC-SHA256 " KEY ", "
#define V3 "AWS3 AWSAccessKeyId=AKIAKEYOFadminXXXXXXXX,Algorithm=HmacSHA256,"

static void long_headers_are_refused(void **state)
{
    static const struct {
        const char *header, *before, *unit, *after;
    } rows[] = {
        { "Authorization", V4 "SignedHeaders=", "host;", "host, Signature=0" },
        { "Authorization", V4 "SignedHeaders=host", ";a", ", Signature=0" },
        { "Authorization", V4 "SignedHeaders=host", ";", ", Signature=0" },
        { "Authorization", V4 "SignedHeaders=host", ";x-amz-date", ", Signature=0" },
        { "Authorization", V4 "SignedHeaders=host, Signature=", "0", "" },
        { "Authorization", V4 "SignedHeaders=host, Signature=0", ",", "" },
        { "Authorization", V4 "SignedHeaders=host, Signature=0", ",a=b", "" },
        { "Authorization", V4 "SignedHeaders=host, Signature=0", ",Signature=1", "" },
        { "Authorization", V4 "SignedHeaders=host, Signature=0,", "a", "" },
        { "Authorization", "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0, Credential=", "a",
          SCOPE },
        { "Authorization", "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0, Credential=", "/",
          "" },
        { "Authorization", "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0, Credential=a/", "\"",
          "/r/swf/aws4_request" },
        { "Authorization", "AWS4-", "\xff", " SignedHeaders=host, Signature=0, " KEY },
        { "X-Amzn-Authorization", V3 "SignedHeaders=Host", ";X-Amz-Date", ",Signature=0" },
        { "X-Amzn-Authorization", V3 "SignedHeaders=Host;X-Amz-Date", ";a", ",Signature=0" },
        { "X-Amzn-Authorization", V3 "Signature=", "0", "" },
        { "X-Amzn-Authorization", V3 "Signature=", "=", "" },
    };
    struct abuse *abuse = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        begin(abuse, BYTES_ABSENT);
        add_date(abuse);
        add(abuse, rows[i].header, repeat(abuse, rows[i].before, rows[i].unit, rows[i].after));
        end(abuse, 0);
        refuse(abuse);
        serve(abuse);
    }
}

static void long_queries_are_refused(void **state)
{
    static const struct {
        const char *before, *unit, *after;
    } rows[] = {
        { "X-Amz-Algorithm=AWS4-HMAC-SHA256", "&a=b", "" },
        { "X-Amz-Algorithm=AWS4-HMAC-SHA256", "&", "" },
        { "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=", "%2F", "" },
        { "", "&X-Amz-Algorithm=AWS4-HMAC-SHA256", "" },
        { "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAKEYOFadminXXXXXXXX"
          "%2F20120115%2Fr%2Fswf%2Faws4_request&X-Amz-Date=20120115T015659Z&X-Amz-Expires=900&"
          "X-Amz-Signature=0&X-Amz-SignedHeaders=host",
          "%3Ba", "" },
    };
    struct abuse *abuse = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        begin(abuse, repeat(abuse, rows[i].before, rows[i].unit, rows[i].after));
        end(abuse, 0);
        refuse(abuse);
        /* Signed in the header over a query without end. */
        begin(abuse, repeat(abuse, "", "b=1&", ""));
        add_date(abuse);
        add(abuse, "Authorization", BYTES(V4 "SignedHeaders=host, Signature=0"));
        end(abuse, 0);
        refuse(abuse);
        serve(abuse);
    }
}

/* ---- bodies ---- */

/* What this process has in memory, client and server together. */
static size_t bytes_in_memory(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long whole = 0, resident = 0;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu %lu", &whole, &resident), 2);
    fclose(file);
    return (size_t)resident * 4096;
}

static void send_round(struct abuse *abuse, struct talk *talks)
{
    for (int i = 0; i < CONNECTIONS; i++)
        talk_send(&talks[i], text_bytes(&abuse->request));
    for (int i = 0; i < CONNECTIONS; i++)
        expect_refusal(abuse, &talks[i]);
}

static void a_megabyte_costs_no_more_than_itself(void **state)
{
    struct abuse *abuse = *state;
    struct talk talks[CONNECTIONS];
    size_t before;

    for (int i = 0; i < CONNECTIONS; i++)
        talk_open(&talks[i], abuse->stage->whole.port);
    begin(abuse, BYTES_ABSENT);
    add_date(abuse);
    add(abuse, "Authorization",
        BYTES(V4 "SignedHeaders=host;x-amz-date, Signature="
                 "0000000000000000000000000000000000000000000000000000000000000000"));
    end(abuse, BODY_LONG);
    send_round(abuse, talks);
    before = bytes_in_memory();
    for (int i = 0; i < BODIES / CONNECTIONS; i++) {
        send_round(abuse, talks);
        serve(abuse);
    }
#ifndef ENSURE_SLOW /* sanitizers keep what was freed for a while */
    assert_true(bytes_in_memory() < before + GROWTH_MAX);
#else
    (void)before;
#endif
    for (int i = 0; i < CONNECTIONS; i++)
        talk_close(&talks[i]);
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(garbage_is_refused),
        test(long_headers_are_refused),
        test(long_queries_are_refused),
        test(a_megabyte_costs_no_more_than_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
