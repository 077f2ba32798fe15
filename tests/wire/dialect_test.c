/*
 * How calls are framed: both dialects of the protocol, the bytes of whole replies, and what is
 * wrong before an operation is even looked at.
 */
#include "script.h"

#define test(f) cmocka_unit_test_setup_teardown(f, script_setup, script_teardown)

#define V4                                                                       \
    "Authorization: AWS4-HMAC-SHA256 "                                           \
    "Credential=AKIAIOSFODNN7EXAMPLE/20120115/us-east-1/swf/aws4_request, "      \
    "SignedHeaders=host;x-amz-date;x-amz-target, Signature=0123456789abcdef\r\n" \
    "X-Amz-Date: 20120115T015659Z\r\n"
#define AMZ_JSON "Content-Type: application/x-amz-json-1.0\r\n"
#define TARGET(operation) "X-Amz-Target: SimpleWorkflowService." operation "\r\n"
#define REGISTERED "{\"registrationStatus\":\"REGISTERED\"}"
#define NONE_LISTED "{\"domainInfos\":[]}"
#define CORAL(name) "com.amazon.coral.service#" name
#define BARE_FAULT(name) "{\"__type\":\"" CORAL(name) "\"}"
#define WORDY_FAULT(name, member, text) \
    "{\"__type\":\"" CORAL(name) "\",\"" member "\":\"" text "\"}"

/* POST / with these header lines, and Host and Content-Length. */
static void post(struct script *script, const char *headers, const char *body)
{
    struct text request;

    text_init(&request, 1 << 20);
    text_printf(
        &request,
        "POST / HTTP/1.1\r\nHost: swf.us-east-1.amazonaws.com\r\n%sContent-Length: %zu\r\n\r\n%s",
        headers, strlen(body), body);
    talk_send(&script->talk, text_bytes(&request));
    text_deinit(&request);
    talk_receive(&script->talk);
}

static void expect(struct script *script, int status, const char *content_type, const char *body)
{
    const struct talk *talk = &script->talk;

    if (talk_status(talk) != status || !bytes_equal_cstr(talk->body, body) ||
        !bytes_equal_cstr(talk_header(talk, "Content-Type"), content_type))
        fail_msg("answered\n%.*s\nnot %d %s\n%s", BYTES_FMT(text_bytes(&talk->reply)), status,
                 content_type, body);
}

/* ---- whole replies ---- */

/* The reply, byte for byte but for the request id, which is 36 bytes behind `before`. */
static void expect_bytes(struct script *script, const char *before, const char *behind)
{
    struct bytes reply = text_bytes(&script->talk.reply);
    size_t id = strlen(before);

    if (!bytes_starts_with(reply, bytes_of_cstr(before)) || reply.len < id + 36 ||
        !bytes_equal_cstr(bytes_skip(reply, id + 36), behind))
        fail_msg("answered\n%.*s\nnot\n%s...%s", BYTES_FMT(reply), before, behind);
}

static void the_bytes_of_a_reply(void **state)
{
    post(*state, V4 AMZ_JSON TARGET("ListDomains"), REGISTERED);
    expect_bytes(*state, "HTTP/1.1 200 OK\r\nx-amzn-RequestId: ",
                 "\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 18\r\n"
                 "Date: Sun, 15 Jan 2012 01:56:59 GMT\r\n\r\n" NONE_LISTED);
}

static void the_bytes_of_a_reply_without_a_body(void **state)
{
    post(*state, V4 AMZ_JSON TARGET("RegisterDomain"),
         "{\"name\":\"d\",\"workflowExecutionRetentionPeriodInDays\":\"1\"}");
    expect_bytes(*state, "HTTP/1.1 200 OK\r\nx-amzn-RequestId: ",
                 "\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 0\r\n"
                 "Date: Sun, 15 Jan 2012 01:56:59 GMT\r\n\r\n");
}

static void the_bytes_of_a_fault(void **state)
{
    post(*state, V4 AMZ_JSON TARGET("DescribeDomain"), "{\"name\":\"d\"}");
    expect_bytes(*state, "HTTP/1.1 400 Bad Request\r\nx-amzn-RequestId: ",
                 "\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 92\r\n"
                 "Date: Sun, 15 Jan 2012 01:56:59 GMT\r\n"
                 "x-amzn-query-error: UnknownResourceFault;Sender\r\n\r\n"
                 "{\"__type\":\"com.amazonaws.swf.base.model#UnknownResourceFault\","
                 "\"message\":\"Unknown domain: d\"}");
}

static void the_date_is_that_of_the_reply(void **state)
{
    script_advance(*state, INT64_C(86400) * 1000 * 46);
    post(*state, V4 AMZ_JSON TARGET("ListDomains"), REGISTERED);
    assert_true(bytes_equal_cstr(talk_header(&((struct script *)*state)->talk, "Date"),
                                 "Thu, 01 Mar 2012 01:56:59 GMT"));
}

static void every_reply_has_an_id_of_its_own(void **state)
{
    struct script *script = *state;

    post(script, V4 AMZ_JSON TARGET("ListDomains"), REGISTERED);
    script_bind(script, "id", talk_header(&script->talk, "x-amzn-RequestId"));
    post(script, V4 AMZ_JSON TARGET("ListDomains"), REGISTERED);
    assert_false(bytes_equal_cstr(talk_header(&script->talk, "x-amzn-RequestId"),
                                  script_value(script, "id")));
}

/* ---- both dialects ---- */

static void the_dialect_of_today(void **state)
{
    post(*state, V4 AMZ_JSON TARGET("ListDomains"), REGISTERED);
    expect(*state, 200, "application/x-amz-json-1.0", NONE_LISTED);
}

/* boto 2 says that the body has a coding which it has not. */
static void the_dialect_of_old(void **state)
{
    post(*state,
         V4 "Content-Type: application/json; charset=UTF-8\r\nContent-Encoding: amz-1.0\r\n"
            "X-Amz-Target: com.amazonaws.swf.service.model.SimpleWorkflowService.ListDomains\r\n",
         REGISTERED);
    expect(*state, 200, "application/json", NONE_LISTED);
    post(*state,
         V4
         "Content-Type: application/json; charset=UTF-8\r\nContent-Encoding: amz-1.0\r\n"
         "X-Amz-Target: com.amazonaws.swf.service.model.SimpleWorkflowService.DescribeDomain\r\n",
         "{\"name\":\"d\"}");
    expect(*state, 400, "application/json",
           "{\"__type\":\"com.amazonaws.swf.base.model#UnknownResourceFault\","
           "\"message\":\"Unknown domain: d\"}");
}

static void the_type_of_the_request_comes_back_on_empty_bodies_too(void **state)
{
    post(*state, V4 "Content-Type: application/json\r\n" TARGET("RegisterDomain"),
         "{\"name\":\"d\",\"workflowExecutionRetentionPeriodInDays\":\"1\"}");
    expect(*state, 200, "application/json", "");
}

static void header_names_and_types_have_no_case(void **state)
{
    post(*state,
         V4 "CONTENT-TYPE: Application/X-AMZ-JSON-1.0\r\n"
            "x-amz-target: SimpleWorkflowService.ListDomains\r\n",
         REGISTERED);
    expect(*state, 200, "application/x-amz-json-1.0", NONE_LISTED);
}

static void space_around_the_json(void **state)
{
    post(*state, V4 AMZ_JSON TARGET("ListDomains"),
         " \r\n\t{ \"registrationStatus\" : \"REGISTERED\" } \n");
    expect(*state, 200, "application/x-amz-json-1.0", NONE_LISTED);
}

/* ---- who is calling ---- */

#define MISSING_TOKEN                                             \
    WORDY_FAULT("MissingAuthenticationTokenException", "message", \
                "Request is missing Authentication Token")

static void nobody_signed(void **state)
{
    post(*state, AMZ_JSON TARGET("ListDomains"), REGISTERED);
    expect(*state, 400, "application/x-amz-json-1.0", MISSING_TOKEN);
    post(*state, "Authorization: Basic dXNlcjpwYXNz\r\n" AMZ_JSON TARGET("ListDomains"),
         REGISTERED);
    expect(*state, 400, "application/x-amz-json-1.0", MISSING_TOKEN);
}

/* Clients that are given an IP address sign for odd regions. */
static void any_credentials_will_do(void **state)
{
    post(
        *state,
        "Authorization: AWS4-HMAC-SHA256 Credential=x/20120115/0/127/aws4_request,"
        "SignedHeaders=host;x-amz-date;x-amz-target,Signature=0\r\nX-Amz-Date: 20120115T015659Z\r\n"
        "X-Amz-Security-Token: whatever\r\n" AMZ_JSON TARGET("ListDomains"),
        REGISTERED);
    expect(*state, 200, "application/x-amz-json-1.0", NONE_LISTED);
}

static void the_scheme_of_2012(void **state)
{
    post(
        *state,
        "X-Amz-Date: Sun, 15 Jan 2012 23:31:06 GMT\r\n"
        "X-Amzn-Authorization: AWS3 AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE,Algorithm=HmacSHA256,"
        "SignedHeaders=Host;X-Amz-Date;X-Amz-Target;Content-Encoding,"
        "Signature=FL4ouCb8n6j5egcKOXoa+5Vctc8WmA91B2ekKnks2J8=\r\n" AMZ_JSON TARGET("ListDomains"),
        REGISTERED);
    expect(*state, 200, "application/x-amz-json-1.0", NONE_LISTED);
}

/* The texts are those of authorization_test; here they come over the wire. */
static void half_a_signature(void **state)
{
    post(*state,
         "Authorization: AWS4-HMAC-SHA256 Credential=x/20120115/us-east-1/swf/aws4_request\r\n"
         "X-Amz-Date: 20120115T015659Z\r\n" AMZ_JSON TARGET("ListDomains"),
         REGISTERED);
    expect(*state, 400, "application/x-amz-json-1.0",
           WORDY_FAULT("IncompleteSignatureException", "message",
                       "Authorization header requires 'Signature' parameter. "
                       "Authorization header requires 'SignedHeaders' parameter. "
                       "Authorization=AWS4-HMAC-SHA256 "
                       "Credential=x/20120115/us-east-1/swf/aws4_request"));
}

/* ---- what is asked ---- */

static void no_known_operation(void **state)
{
    static const char *const targets[] = {
        "",
        "X-Amz-Target: ListDomains\r\n",
        "X-Amz-Target: SimpleWorkflowService.\r\n",
        "X-Amz-Target: SimpleWorkflowService.listDomains\r\n",
        "X-Amz-Target: SimpleWorkflowService.ListDomains2\r\n",
        "X-Amz-Target: SimpleWorkflowService.NoSuchThing\r\n",
        "X-Amz-Target: DynamoDB_20120810.ListTables\r\n",
        "X-Amz-Target: OtherService.ListDomains\r\n",
    };

    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        struct text headers;
        text_init(&headers, 4096);
        text_printf(&headers, "%s%s%s%c", V4, AMZ_JSON, targets[i], '\0');
        post(*state, headers.ptr, REGISTERED);
        text_deinit(&headers);
        expect(*state, 400, "application/x-amz-json-1.0", BARE_FAULT("UnknownOperationException"));
    }
}

static void another_content_type(void **state)
{
    post(*state, V4 "Content-Type: application/x-amz-json-1.1\r\n" TARGET("ListDomains"),
         REGISTERED);
    expect(*state, 404, "application/xml", "<UnknownOperationException/>\n");
    post(*state, V4 "Content-Type: application/cbor\r\n" TARGET("ListDomains"), REGISTERED);
    expect(*state, 404, "application/xml", "<UnknownOperationException/>\n");
    post(*state, V4 TARGET("ListDomains"), REGISTERED);
    expect(*state, 404, "application/xml", "<UnknownOperationException/>\n");
}

static void another_method(void **state)
{
    struct script *script = *state;

    talk_send(&script->talk, BYTES("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    talk_receive(&script->talk);
    expect(script, 404, "application/xml", "<UnknownOperationException/>\n");
    talk_send(&script->talk, BYTES("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"));
    talk_receive(&script->talk);
    expect(script, 404, "application/xml", "<UnknownOperationException/>\n");
}

/* ---- bodies that are no request ---- */

static void no_json(void **state)
{
    static const char *const bodies[] = {
        "",
        " ",
        "{",
        "}",
        "{\"registrationStatus\":\"REGISTERED\"",
        "{'registrationStatus':1}",
        "{\"registrationStatus\":\"REGISTERED\"}}",
        "{\"a\":01}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\x01\"}",
        "{\"a\":1,}",
        "nul",
    };

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        post(*state, V4 AMZ_JSON TARGET("ListDomains"), bodies[i]);
        expect(*state, 400, "application/x-amz-json-1.0", BARE_FAULT("SerializationException"));
    }
}

static void json_that_is_no_object(void **state)
{
    static const char *const bodies[] = { "[]", "\"x\"", "5", "true", "null" };

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        post(*state, V4 AMZ_JSON TARGET("ListDomains"), bodies[i]);
        expect(*state, 400, "application/x-amz-json-1.0",
               WORDY_FAULT("SerializationException", "Message", "Unexpected field type"));
    }
}

static void the_order_of_the_checks(void **state)
{
    /* content type, JSON, target, authorization, types, constraints */
    post(*state, "Content-Type: text/plain\r\n", "{");
    expect(*state, 404, "application/xml", "<UnknownOperationException/>\n");
    post(*state, AMZ_JSON, "{");
    expect(*state, 400, "application/x-amz-json-1.0", BARE_FAULT("SerializationException"));
    post(*state, AMZ_JSON, "{\"registrationStatus\":5}");
    expect(*state, 400, "application/x-amz-json-1.0", BARE_FAULT("UnknownOperationException"));
    post(*state, AMZ_JSON TARGET("ListDomains"), "{\"registrationStatus\":5}");
    expect(*state, 400, "application/x-amz-json-1.0", MISSING_TOKEN);
    post(*state, V4 AMZ_JSON TARGET("ListDomains"),
         "{\"registrationStatus\":5,\"maximumPageSize\":-1}");
    expect(*state, 400, "application/x-amz-json-1.0",
           WORDY_FAULT("SerializationException", "Message",
                       "NUMBER_VALUE cannot be converted to String"));
    post(*state, V4 AMZ_JSON TARGET("ListDomains"), "{\"nextPageToken\":\"x\"}");
    expect(*state, 400, "application/x-amz-json-1.0",
           "{\"__type\":\"com.amazon.coral.validate#ValidationException\",\"message\":"
           "\"1 validation error detected: Value null at 'registrationStatus' failed to satisfy "
           "constraint: Member must not be null\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_bytes_of_a_reply),
        test(the_bytes_of_a_reply_without_a_body),
        test(the_bytes_of_a_fault),
        test(the_date_is_that_of_the_reply),
        test(every_reply_has_an_id_of_its_own),
        test(the_dialect_of_today),
        test(the_dialect_of_old),
        test(the_type_of_the_request_comes_back_on_empty_bodies_too),
        test(header_names_and_types_have_no_case),
        test(space_around_the_json),
        test(nobody_signed),
        test(any_credentials_will_do),
        test(the_scheme_of_2012),
        test(half_a_signature),
        test(no_known_operation),
        test(another_content_type),
        test(another_method),
        test(no_json),
        test(json_that_is_no_object),
        test(the_order_of_the_checks),
    };

    return cmocka_run_group_tests_name("dialects", tests, NULL, NULL);
}
