/*
 * Valid bodies, broken in many small ways: whatever comes of it is a request or one of the two
 * faults, and the sanitizers have nothing to say. Seeded, so every run is the same.
 */
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/rules.h"

#include "fixture.h"

#include <stdio.h>

#define ROUNDS 20000
#define SEED UINT64_C(0x9e3779b97f4a7c15)

static const struct {
    enum operation operation;
    struct bytes body;
} seeds[] = {
    { OPERATION_START_WORKFLOW_EXECUTION,
      BYTES(
          "{\"domain\":\"d\",\"workflowId\":\"w\",\"workflowType\":{\"name\":\"n\",\"version\":\"1\"},\"taskList\":{\"name\":"
          "\"tl\"},\"taskPriority\":\"-5\",\"input\":\"\\u20ac\\ud83d\\ude00\",\"executionStartToCloseTimeout\":\"60\","
          "\"tagList\":[\"a\",null,\"b\"],\"childPolicy\":\"ABANDON\"}") },
    { OPERATION_RESPOND_DECISION_TASK_COMPLETED,
      BYTES(
          "{\"taskToken\":\"t\",\"decisions\":[{\"decisionType\":\"StartTimer\",\"startTimerDecisionAttributes\":{"
          "\"timerId\":\"t\",\"startToFireTimeout\":\"5\"}},{\"decisionType\":\"ScheduleActivityTask\","
          "\"scheduleActivityTaskDecisionAttributes\":{\"activityType\":{\"name\":\"a\",\"version\":\"1\"},"
          "\"activityId\":\"x\",\"taskPriority\":\"1\"}},{\"decisionType\":\"CompleteWorkflowExecution\"}],"
          "\"executionContext\":\"c\"}") },
    { OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS,
      BYTES(
          "{\"domain\":\"d\",\"closeTimeFilter\":{\"oldestDate\":1.504871454307E9,\"latestDate\":1504871454},"
          "\"closeStatusFilter\":{\"status\":\"FAILED\"},\"maximumPageSize\":10,\"reverseOrder\":true}") },
    { OPERATION_TAG_RESOURCE,
      BYTES(
          "{\"resourceArn\":\"arn:aws:swf:r:1:/domain/d\",\"tags\":[{\"key\":\"k\",\"value\":\"v\"},{\"key\":\"k2\"}]}") },
};

/* xorshift: the same numbers on every machine. */
static uint64_t next(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

static size_t below(uint64_t *random, size_t limit)
{
    return (size_t)(next(random) % limit);
}

/* What syntax and values are made of, so that many of the broken bodies still parse. */
static struct bytes some_piece(uint64_t *random)
{
    static const struct bytes pieces[] = { BYTES("{"),
                                           BYTES("}"),
                                           BYTES("["),
                                           BYTES("]"),
                                           BYTES(","),
                                           BYTES(":"),
                                           BYTES("\""),
                                           BYTES("\\"),
                                           BYTES("null"),
                                           BYTES("true"),
                                           BYTES("1e308"),
                                           BYTES("-1"),
                                           BYTES("0.5"),
                                           BYTES("\"\""),
                                           BYTES("{}"),
                                           BYTES("[null]"),
                                           BYTES("\xff"),
                                           BYTES("\\u0000"),
                                           BYTES("\\ud800"),
                                           BYTES("arn"),
                                           BYTES("\"x\":1,"),
                                           BYTES(" "),
                                           BYTES("99999999999999999999") };

    return pieces[below(random, sizeof(pieces) / sizeof(pieces[0]))];
}

/* Replaces up to eight bytes somewhere by a piece, a byte, a part of the body itself, or nothing.
 */
static struct bytes broken(struct arena *arena, uint64_t *random, struct bytes body)
{
    size_t from = below(random, body.len + 1);
    size_t cut = below(random, 9);
    struct bytes piece = BYTES("");
    char byte = (char)next(random);

    if (cut > body.len - from)
        cut = body.len - from;
    switch (below(random, 4)) {
    case 0:
        piece = some_piece(random);
        break;
    case 1:
        piece = bytes_of(&byte, 1);
        break;
    case 2:
        if (body.len > 0) {
            size_t start = below(random, body.len);
            piece = bytes_of(body.ptr + start, below(random, body.len - start + 1));
        }
        break;
    default:
        break;
    }
    char *text = arena_alloc_text(arena, body.len - cut + piece.len);
    memcpy(text, body.ptr, from);
    memcpy(text + from, piece.ptr, piece.len);
    memcpy(text + from + piece.len, body.ptr + from + cut, body.len - from - cut);
    return bytes_of(text, body.len - cut + piece.len);
}

/* A request that was accepted is written and accepted again, with the same text. */
static void assert_stable(struct fixture *fixture)
{
    struct text first, second;
    enum operation operation = fixture->request.operation;

    text_init(&first, (size_t)1 << 20);
    text_init(&second, (size_t)1 << 20);
    encode_request(&first, &fixture->request);
    assert_no_fault(decode(fixture, operation, text_bytes(&first)));
    encode_request(&second, &fixture->request);
    assert_true(bytes_equal(text_bytes(&first), text_bytes(&second)));
    text_deinit(&first);
    text_deinit(&second);
}

static void broken_bodies_do_no_harm(void **state)
{
    struct fixture *fixture = *state;
    uint64_t random = SEED;
    size_t accepted = 0, unreadable = 0, invalid = 0;

    for (int round = 0; round < ROUNDS; round++) {
        size_t seed = below(&random, sizeof(seeds) / sizeof(seeds[0]));
        struct bytes body = seeds[seed].body;
        arena_reset(&fixture->arena);
        for (size_t times = 1 + below(&random, 4); times > 0; times--)
            body = broken(&fixture->arena, &random, body);

        struct fault fault = decode(fixture, seeds[seed].operation, body);
        if (fault_is_none(fault))
            fault = check_rules(&fixture->request, &LIMITS_DOCUMENTED, &fixture->arena);
        accepted += fault.code == FAULT_NONE;
        unreadable += fault.code == FAULT_SERIALIZATION;
        invalid += fault.code == FAULT_VALIDATION;
        if (fault_is_none(fault))
            assert_stable(fixture);
    }
    assert_int_equal(accepted + unreadable + invalid, ROUNDS);
    assert_true(accepted > ROUNDS / 100); /* else the loop tests the parser alone */
    assert_true(invalid > ROUNDS / 100);
}

static void seeds_are_valid(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
        assert_no_fault(decode(fixture, seeds[i].operation, seeds[i].body));
        assert_no_fault(check_rules(&fixture->request, &LIMITS_DOCUMENTED, &fixture->arena));
        assert_stable(fixture);
    }
}

/* Every beginning of a body, and every body with one byte replaced by each of some that matter. */
static void every_place_is_broken_once(void **state)
{
    static const char bytes[] = "\0\"\\{}[]:,0-\x80\xff";
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
        struct bytes body = seeds[i].body;
        for (size_t at = 0; at < body.len; at++) {
            assert_int_equal(decode(fixture, seeds[i].operation, bytes_of(body.ptr, at)).code,
                             FAULT_SERIALIZATION);
            for (size_t j = 0; j < sizeof(bytes) - 1; j++) {
                char *copy = (char *)arena_copy(&fixture->arena, body).ptr;
                copy[at] = bytes[j];
                (void)decode(fixture, seeds[i].operation, bytes_of(copy, body.len));
                arena_reset(&fixture->arena);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(seeds_are_valid),
        test(broken_bodies_do_no_harm),
        test(every_place_is_broken_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
