#include "net/exchange.h"

#include "auth/authorization.h"
#include "net/route.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/rules.h"

static void answer_fault(struct answer *answer, struct text *body, struct fault fault)
{
    answer->status = fault_kinds[fault.code].http_status;
    answer->fault = fault.code;
    encode_fault(body, fault);
}

static struct fault check_target(const struct exchange *exchange, struct request *out)
{
    struct bytes target = exchange->request->headers[HEADER_X_AMZ_TARGET];

    if (bytes_is_absent(target) || !decode_target(target, &out->operation))
        return fault_of(FAULT_UNKNOWN_OPERATION, BYTES_ABSENT);
    return NO_FAULT;
}

static struct fault check_authorization(const struct exchange *exchange, struct arena *arena)
{
    const struct bytes *headers = exchange->request->headers;
    struct authorization authorization;
    struct signed_headers relevant = {
        .authorization = headers[HEADER_AUTHORIZATION],
        .amzn_authorization = headers[HEADER_X_AMZN_AUTHORIZATION],
        .amz_date = headers[HEADER_X_AMZ_DATE],
        .date = headers[HEADER_DATE],
        .security_token = headers[HEADER_X_AMZ_SECURITY_TOKEN],
    };

    return authorization_parse(&relevant, arena, &authorization);
}

/* JSON that is none comes before what the headers got wrong. Only a call that fails anyway pays for
 * reading it once more. */
static struct fault json_comes_first(const struct exchange *exchange, struct fault fault)
{
    struct json_value root;

    if (json_parse_padded(exchange->json, exchange->request->body, &root))
        return fault;
    return fault_of(FAULT_SERIALIZATION, BYTES_ABSENT);
}

static struct fault fill_call(const struct exchange *exchange, struct call *call)
{
    struct request *request = &call->request;

    struct fault fault = check_target(exchange, request);
    if (fault_is_none(fault))
        fault = check_authorization(exchange, &call->arena);
    if (!fault_is_none(fault))
        return json_comes_first(exchange, fault);
    fault = decode_request(exchange->json, request->operation, exchange->request->body,
                           &call->arena, request);
    return fault_is_none(fault) ? check_rules(request, &call->arena) : fault;
}

void exchange_serve_call(struct exchange *exchange)
{
    struct bytes type = exchange->request->headers[HEADER_CONTENT_TYPE];

    if (!answer_content_type(type, &exchange->answer.content_type)) {
        exchange_serve_unknown(exchange);
        return;
    }
    struct call *call = call_new();
    call->account = exchange->account;
    struct fault fault = fill_call(exchange, call);
    if (fault_is_none(fault)) {
        exchange->call = call;
        return;
    }
    answer_fault(&exchange->answer, exchange->body, fault);
    call_free(call);
}

void exchange_serve_health(struct exchange *exchange)
{
    struct service_figures figures = service_figures(exchange->service);
    struct text *body = exchange->body;

    text_append(body, BYTES("{\"calls\":"));
    text_append_u64(body, figures.calls);
    text_append(body, BYTES(",\"commits\":"));
    text_append_u64(body, figures.commits);
    text_append(body, BYTES(",\"openExecutions\":"));
    text_append_u64(body, figures.open_executions);
    text_append(body, BYTES(",\"parkedPolls\":"));
    text_append_u64(body, figures.parked_polls);
    text_append(body, BYTES(",\"status\":\"ok\",\"turns\":"));
    text_append_u64(body, figures.turns);
    text_append(body, BYTES("}"));
    exchange->answer.status = 200;
    exchange->answer.content_type = CONTENT_JSON;
}

/* What the real service's front end says to a method or content type that it does not speak. */
void exchange_serve_unknown(struct exchange *exchange)
{
    text_append(exchange->body, BYTES("<UnknownOperationException/>\n"));
    exchange->answer.status = 404;
    exchange->answer.content_type = CONTENT_XML;
}

void exchange_begin(struct exchange *exchange)
{
    exchange->call = NULL;
    exchange->answer = (struct answer){ 0 };
    route_find(exchange->request->verb, exchange->request->path)(exchange);
}

void exchange_finish(const struct call *call, struct answer *answer, struct text *body)
{
    answer->status = 200;
    answer->fault = FAULT_NONE;
    if (fault_is_none(call->fault))
        encode_reply(body, call->request.operation, call->output);
    else
        answer_fault(answer, body, call->fault);
    if (body->overflowed) {
        text_reset(body);
        answer_fault(answer, body, fault_of(FAULT_INTERNAL_FAILURE, BYTES_ABSENT));
    }
}
