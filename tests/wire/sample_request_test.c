/*
 * The sample request of the API reference for RespondDecisionTaskCompleted, header for header:
 * signed with a scheme of 2012, from a browser of 2012, and with a Content-Encoding that is none.
 *
 * Only the task token is ours, and with it the Content-Length.
 */
#include "script.h"

#define test(f) cmocka_unit_test_setup_teardown(f, script_setup, script_teardown)

static const char headers[] =
    "POST / HTTP/1.1\r\n"
    "Host: swf.us-east-1.amazonaws.com\r\n"
    "User-Agent: Mozilla/5.0 (Windows; U; Windows NT 6.1; en-US; rv:1.9.2.25) Gecko/20111212 "
    "Firefox/3.6.25 ( .NET CLR 3.5.30729; .NET4.0E)\r\n"
    "Accept: application/json, text/javascript, */*\r\n"
    "Accept-Language: en-us,en;q=0.5\r\n"
    "Accept-Encoding: gzip,deflate\r\n"
    "Accept-Charset: ISO-8859-1,utf-8;q=0.7,*;q=0.7\r\n"
    "Keep-Alive: 115\r\n"
    "Connection: keep-alive\r\n"
    "Content-Type: application/x-amz-json-1.0\r\n"
    "X-Requested-With: XMLHttpRequest\r\n"
    "X-Amz-Date: Sun, 15 Jan 2012 23:31:06 GMT\r\n"
    "X-Amz-Target: SimpleWorkflowService.RespondDecisionTaskCompleted\r\n"
    "Content-Encoding: amz-1.0\r\n"
    "X-Amzn-Authorization: AWS3 AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE,Algorithm=HmacSHA256,"
    "SignedHeaders=Host;X-Amz-Date;X-Amz-Target;Content-Encoding,"
    "Signature=FL4ouCb8n6j5egcKOXoa+5Vctc8WmA91B2ekKnks2J8=\r\n"
    "Referer: http://swf.us-east-1.amazonaws.com/explorer/index.html\r\n"
    "Content-Length: %zu\r\n"
    "Pragma: no-cache\r\n"
    "Cache-Control: no-cache\r\n"
    "\r\n";

static const char body[] =
    "{ \"executionContext\": \"Black Friday\", \"decisions\": [ { "
    "\"scheduleActivityTaskDecisionAttributes\": { \"control\": \"digital music\", "
    "\"taskList\": { \"name\": \"specialTaskList\" }, \"scheduleToCloseTimeout\": \"900\", "
    "\"activityType\": { \"version\": \"1.0\", \"name\": \"activityVerify\" }, "
    "\"heartbeatTimeout\": \"120\", \"activityId\": \"verification-27\", "
    "\"scheduleToStartTimeout\": \"300\", \"startToCloseTimeout\": \"600\", "
    "\"taskPriority\": \"100\", \"input\": \"5634-0056-4367-0923,12/12,437\" }, "
    "\"decisionType\": \"ScheduleActivityTask\" } ], \"taskToken\": \"%s\" }";

static void send_sample(struct script *script)
{
    struct text content, request;

    text_init(&content, 1 << 20);
    text_init(&request, 1 << 20);
    text_printf(&content, body, script_value(script, "customer-task"));
    text_printf(&request, headers, content.len);
    text_append(&request, text_bytes(&content));
    talk_send(&script->talk, text_bytes(&request));
    talk_receive(&script->talk);
    text_deinit(&request);
    text_deinit(&content);
}

static void the_sample_of_the_reference_is_taken_as_printed(void **state)
{
    struct script *script = *state;

    script_register(script);
    PLAY(script,
         DO("RegisterActivityType", "{'domain':'d','name':'activityVerify','version':'1.0'}"));
    script_start(script, "customer");
    send_sample(script);
    assert_int_equal(talk_status(&script->talk), 200);
    assert_true(bytes_equal_cstr(talk_header(&script->talk, "Content-Length"), "0"));
    assert_true(
        bytes_equal_cstr(talk_header(&script->talk, "Content-Type"), "application/x-amz-json-1.0"));
    EXPECT_HISTORY(
        script, "customer", BEGUN,
        EVENT_BEFORE(4, BEGIN, "DecisionTaskCompleted", "decisionTaskCompleted",
                     "'executionContext':'Black Friday','scheduledEventId':2,'startedEventId':3"),
        EVENT_BEFORE(5, BEGIN, "ActivityTaskScheduled", "activityTaskScheduled",
                     "'activityId':'verification-27',"
                     "'activityType':{'name':'activityVerify','version':'1.0'},"
                     "'control':'digital music','decisionTaskCompletedEventId':4,"
                     "'heartbeatTimeout':'120','input':'5634-0056-4367-0923,12/12,437',"
                     "'scheduleToCloseTimeout':'900','scheduleToStartTimeout':'300',"
                     "'startToCloseTimeout':'600','taskList':{'name':'specialTaskList'},"
                     "'taskPriority':'100'"));
}

/* With the token of the reference itself, which no server of ours made. */
static void a_token_of_another_server(void **state)
{
    struct script *script = *state;

    script_bind(
        script, "customer-task",
        BYTES("AAAAKgAAAAEAAAAAAAAAAQLPoqDSLcx4ksNCEQZCyEBqpKhE+FgFSOvHd9zlCROacKYHh640MkANx2"
              "y9YM3CQnec0kEb1oRvB6DxKesTY3U/UQhvBqPY7E4BYE6hkDj/NmSbt9EwEJ/a+WD+oc2sDNfeVz2x"
              "+6wjb5vQdFKwBoQ6MDWLFbAhcgK+ymoRjoBHrPsrNLX3IA6sQaPmQRZQs3FRZonoVzP6uXMCZPnCZQ"
              "ULFjU1kTM8VHzH7ywqWKVmmdvnqyREOCT9VqmYbhLntJXsDj+scAvuNy17MCX9M9AJ7V/5qrLCeYdW"
              "A4FBQgY4Ew6IC+dge/UZdVMmpW/uB7nvSk6owQIhapPh5pEUwwY/yNnoVLTiPOz9KzZlANyw7uDchB"
              "RLvUJORFtpP9ZQIouNP8QOvFWm7Idc50ahwGEdTCiG+KDXV8kAzx7wKHs7l1TXYkC15x0h3XPH0MdL"
              "eEjipv98EpZaMIVtgGSdRjluOjNWEL2zowZByitleI5bdvxZdgalAXXKEnbYE6/rfLGReAJKdh2n0d"
              "mTMI+tK7uuxIWX6F4ocqSI1Xb2x5zZ"));
    send_sample(script);
    assert_int_equal(talk_status(&script->talk), 400);
    assert_true(bytes_equal_cstr(script->talk.body,
                                 "{\"__type\":\"" VALIDATION "\",\"message\":\"Invalid token\"}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_sample_of_the_reference_is_taken_as_printed),
        test(a_token_of_another_server),
    };

    return cmocka_run_group_tests_name("sample request", tests, NULL, NULL);
}
