#include "net/exchange.h"

#include "auth/authority.h"
#include "auth/quoted.h"
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
    struct bytes target = http_head_value(exchange->request->head, HEADER_X_AMZ_TARGET);

    if (bytes_is_absent(target) || !decode_target(target, &out->operation))
        return fault_of(FAULT_UNKNOWN_OPERATION, BYTES_ABSENT);
    return NO_FAULT;
}

/* ---- who is calling ---- */

static struct signed_request signed_request_of(const struct exchange *exchange, struct arena *arena)
{
    const struct http_head *head = exchange->request->head;
    struct header *headers = arena_array(arena, struct header, head->lines);

    for (uint32_t i = 0; i < head->lines; i++) {
        struct http_line line = http_head_line(head, i);

        headers[i] = (struct header){ line.name, line.value };
    }
    return (struct signed_request){
        .method = http_head_method(head),
        .path = exchange->request->path,
        .query = http_head_query(head),
        .headers = headers,
        .header_count = head->lines,
        .body = exchange->request->body,
    };
}

static const struct credential *find_credential(void *identities, struct bytes access_key_id)
{
    return identities_find(identities, access_key_id);
}

/* From now on the call belongs to whoever signed it. */
static void set_caller(const struct exchange *exchange, const struct signed_request *request,
                       struct identities *identities, const struct principal *principal,
                       struct call *call)
{
    struct circumstances circumstances = {
        .region = exchange->region,
        .source_ip = exchange->trail->source,
        .user_agent = signed_request_header(request, BYTES("user-agent")),
        .secure_transport = exchange->is_secure,
    };

    call->account = principal->account;
    call->authority = authority_new(&call->arena, identities, principal, &circumstances);
}

static struct fault check_signature(const struct exchange *exchange, struct call *call)
{
    struct identities *identities = gate_view_identities(exchange->gate);
    struct signed_request request = signed_request_of(exchange, &call->arena);
    struct credential_source source = { find_credential, identities };
    const struct world *world = exchange->trail->world;
    struct authorization claim;
    const struct credential *who;
    struct fault fault;

    if (identities == NULL) {
        call->account = exchange->account;
        return signature_claim(&request, &call->arena, &claim);
    }
    fault = signature_verify(exchange->verifier, &request, world->wall(world->context), &source,
                             &call->arena, &who);
    if (fault_is_none(fault))
        set_caller(exchange, &request, identities, who->owner, call);
    return fault;
}

/* ---- refusing ---- */

/* A body that is not JSON is reported before anything that is wrong with the headers. Only a call
 * that fails anyway pays for reading the body once more. */
static struct fault json_comes_first(const struct exchange *exchange, struct fault fault)
{
    struct json_value root;

    if (json_parse_padded(exchange->json, exchange->request->body, &root))
        return fault;
    return fault_of(FAULT_SERIALIZATION, BYTES_ABSENT);
}

/* No access key has a longer id. */
#define CLAIMED_KEY_MAX 128

/* The key under which the request claims to be signed, if it can be the id of a key: a refused
 * request goes into the audit log under it. */
static struct bytes claimed_key(const struct exchange *exchange, struct call *call)
{
    struct signed_request request = signed_request_of(exchange, &call->arena);
    struct authorization claim;

    if (!fault_is_none(signature_claim(&request, &call->arena, &claim)))
        return BYTES_ABSENT;
    if (claim.access_key_id.len > CLAIMED_KEY_MAX)
        claim.access_key_id.len = CLAIMED_KEY_MAX;
    return quoted(&call->arena, claim.access_key_id);
}

static void note_refusal(const struct exchange *exchange, struct call *call, struct fault fault)
{
    struct request named = { 0 };
    struct bytes operation = BYTES_ABSENT;

    if (exchange->trail->audit == NULL)
        return;
    if (fault_is_none(check_target(exchange, &named)))
        operation = bytes_of_cstr(operation_names[named.operation]);
    trail_note_refusal(exchange->trail, operation,
                       call->authority ? call->authority->principal : BYTES_ABSENT,
                       claimed_key(exchange, call), fault.code);
}

/* ---- a request becomes a call ---- */

static struct fault fill_call(const struct exchange *exchange, struct call *call)
{
    struct request *request = &call->request;

    struct fault fault = check_target(exchange, request);
    if (fault_is_none(fault))
        fault = check_signature(exchange, call);
    if (!fault_is_none(fault))
        return json_comes_first(exchange, fault);
    fault = decode_request(exchange->json, request->operation, exchange->request->body,
                           &call->arena, request);
    if (!fault_is_none(fault))
        return fault;
    fault = check_rules(request, service_limits(exchange->service), &call->arena);
    if (call->authority == NULL)
        return fault;
    call->refusal = fault; /* permission comes first, but for what the model says (Q-IAMORD) */
    return NO_FAULT;
}

void exchange_serve_call(struct exchange *exchange)
{
    struct bytes type = http_head_value(exchange->request->head, HEADER_CONTENT_TYPE);

    if (!answer_content_type(type, &exchange->answer.content_type)) {
        exchange_serve_unknown(exchange);
        return;
    }
    exchange->answer.is_of_api = true;
    struct call *call = call_new();
    call->is_audited = exchange->trail->audit != NULL;
    call->request.operation = OPERATION_COUNT; /* until the target is read */
    struct fault fault = fill_call(exchange, call);
    if (fault_is_none(fault)) {
        exchange->call = call;
        return;
    }
    exchange->operation = (int)call->request.operation;
    note_refusal(exchange, call, fault);
    answer_fault(&exchange->answer, exchange->body, fault);
    call_free(call);
}

static void append_figures(struct text *body, const struct service *service)
{
    struct service_figures figures = service_figures(service);

    text_append(body, BYTES("\"calls\":"));
    text_append_u64(body, figures.calls);
    text_append(body, BYTES(",\"commits\":"));
    text_append_u64(body, figures.commits);
    text_append(body, BYTES(",\"openExecutions\":"));
    text_append_u64(body, figures.open_executions);
    text_append(body, BYTES(",\"parkedPolls\":"));
    text_append_u64(body, figures.parked_polls);
    text_append(body, BYTES(",\"turns\":"));
    text_append_u64(body, figures.turns);
    text_append_char(body, ',');
}

/* The figures are those of all accounts, with the names of their domains, types and task lists. So
 * where there are identities only the listener for metrics shows them. */
static bool may_see_figures(const struct exchange *exchange)
{
    return exchange->is_for_metrics || gate_view_identities(exchange->gate) == NULL;
}

/* While space is short open workflows go on, so the HTTP status says that the server is well. When
 * it is stalled nothing goes on, though this thread can still answer. */
static const char *health_of(const struct service *service, int *status)
{
    *status = 200;
    if (service_is_stalled(service)) {
        *status = 503;
        return "stalled";
    }
    return service_figures(service).short_of_space ? "short of space" : "ok";
}

void exchange_serve_health(struct exchange *exchange)
{
    struct text *body = exchange->body;

    text_append_char(body, '{');
    if (may_see_figures(exchange))
        append_figures(body, exchange->service);
    text_printf(body, "\"status\":\"%s\"}", health_of(exchange->service, &exchange->answer.status));
    exchange->answer.content_type = CONTENT_JSON;
}

void exchange_serve_metrics(struct exchange *exchange)
{
    if (!may_see_figures(exchange)) {
        exchange_serve_unknown(exchange);
        return;
    }
    exchange->answer.content_type = CONTENT_METRICS;
    exchange->call = call_new();
    exchange->call->asks_for_metrics = true;
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
    route_fn *serve = route_find(exchange->request->verb, exchange->request->path);

    exchange->call = NULL;
    if (exchange->is_for_metrics && serve == exchange_serve_call)
        serve = exchange_serve_unknown;
    serve(exchange);
}

static void finish_metrics(const struct call *call, struct answer *answer, struct text *body)
{
    const struct bytes *page = call->output;

    answer->status = fault_is_none(call->fault) ? 200 : fault_kinds[call->fault.code].http_status;
    if (page)
        text_append(body, *page);
}

void exchange_finish(const struct call *call, const struct trail *trail, struct answer *answer,
                     struct text *body)
{
    if (call->asks_for_metrics) {
        finish_metrics(call, answer, body);
        return;
    }
    trail_note_call(trail, call);
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
