/*
 * A connection is in one of these states; each move is made by the function beside it.
 *
 *   HANDSHAKE --TLS is open--> READY       on_opened
 *   READY --bytes--> READING          feed
 *   READING --whole request--> CALLING or ANSWERING      begin_exchange
 *   READING --refused, too slow--> ANSWERING, farewell   refuse
 *   CALLING --call comes back--> ANSWERING               connection_answered
 *   ANSWERING --client took it--> READY, LINGERING       answer_taken
 *   LINGERING --client closed, or its time is up--> CLOSED
 *   any --error, too slow--> CLOSED                      connection_close
 *   any --end of file--> CLOSED, or once what came whole is answered     on_ended, advance
 *
 * C1  There is a reader (`http`) exactly in READING.
 * C2  There is a call exactly from CALLING until connection_answered, also when CLOSED meanwhile;
 *     the memory stays until the call is back and the socket is closed. So long it counts in the
 *     crowd, and its call does: nobody gets more calls under way by hanging up.
 * C3  Bytes that may not be read yet are in `behind`; in READY and READING it is empty as soon as
 *     advance returns.
 * C4  Reading goes on in every state, so that the end of the client is seen, unless `behind` is
 *     full. Then the kernel is asked now and then, while a call is held: the client may have gone
 *     behind bytes that we do not want.
 * C5  Nothing is read behind an end of file, and a client that has ended is in READY or READING no
 *     longer than until advance returns.
 *
 * An end of file may mean that the client is gone, or that it has said all and waits for its
 * answers: the two look the same. A poll is given up, or not even begun, for a task must not go
 * where perhaps nobody is; any other call is answered, as it will be soon, and so is what waits
 * whole behind it. Then the connection ends.
 *
 * Having said its last word a connection lingers: it has closed its own half and drops what still
 * comes. Closing with bytes unread would make the kernel send a reset, which may destroy the answer
 * before the client has read it.
 */
#include "net/connection.h"

#include "base/log.h"
#include "base/memory.h"
#include "net/exchange.h"
#include "net/tls.h"
#include "net/transport.h"

/* What may wait behind a call before reading stops; a read that begins below it is kept whole. */
#define BEHIND_BYTES_MAX ((size_t)16 << 10)
/* What every client may have held for it; beyond that it counts in the crowd. */
#define LIGHT_BYTES ((size_t)16 << 10)
/* A handshake younger than this is not given up for another. */
#define HANDSHAKE_GRACE_MS 1000
#define SCRATCH_BYTES_KEPT ((size_t)1 << 20)

enum connection_state { HANDSHAKE, READY, READING, CALLING, ANSWERING, LINGERING, CLOSED };

struct connection {
    struct list link; /* in loop.connections */
    struct loop *loop;
    enum connection_state state;
    bool socket_closed;  /* libuv has let go of the transport */
    bool half_closed;    /* by the client: it sends no more, and all that it sent was read */
    bool without_body;   /* the request was a HEAD */
    bool is_for_metrics; /* it came in through the listener that serves nothing else */
    uint64_t begun_ns;   /* when its request was whole */
    struct deadline deadline;
    struct http *http;
    struct call *call;
    struct answer answer; /* what is known of it while the call is away */
    struct peer_address peer;
    struct bytes source; /* the same, printed once for all its calls */
    char source_text[PEER_ADDRESS_TEXT_MAX];
    struct text behind;
    size_t behind_used;
    size_t held;       /* as the crowd has it */
    size_t call_bytes; /* of the call, as the crowd has it */
    bool is_in_crowd;
    struct transport transport;
};

static struct connection *of(struct transport *transport)
{
    return (struct connection *)(void *)((char *)transport -
                                         offsetof(struct connection, transport));
}

struct connection *connection_of_link(struct list *link)
{
    return (struct connection *)(void *)((char *)link - offsetof(struct connection, link));
}

static struct connection *of_deadline(struct deadline *deadline)
{
    return (struct connection *)(void *)((char *)deadline - offsetof(struct connection, deadline));
}

static bool takes_requests(const struct connection *c)
{
    return c->state == READY || c->state == READING;
}

static void wait_for(struct connection *c, enum deadline_kind kind)
{
    loop_set_deadline(c->loop, &c->deadline, kind);
}

/* ---- how much the server holds for it */

static void refuse(struct connection *c, int status);

/* A closed connection counts as nothing: what it had still to write is freed before anything else
 * happens. */
static void weigh(struct connection *c)
{
    size_t now = c->behind.capacity + c->transport.unsent_bytes;

    if (c->http)
        now += http_held_bytes(c->http);
    if (now <= LIGHT_BYTES || c->state == CLOSED)
        now = 0;
    crowd_hold(c->loop->crowd, c->held, now);
    c->held = now;
}

static void give_up(struct connection *c)
{
    traffic_note_loss(c->loop->traffic, TRAFFIC_CLIENT_GIVEN_UP);
    connection_close(c);
}

/* To be called after the connection may have come to hold more. */
static void weigh_and_shed(struct connection *c)
{
    weigh(c);
    if (c->held == 0 || !crowd_is_heavy(c->loop->crowd))
        return;
    loop_shed(c->loop);
    if (c->behind.len > 0 && crowd_is_heavy(c->loop->crowd))
        give_up(c); /* no client needs to send requests before its last one is answered */
}

void connection_shed(struct deadline *deadline)
{
    struct connection *c = of_deadline(deadline);

    log_debug("client given up, because all together are too heavy", LOG_NUMBER("held", c->held));
    if (takes_requests(c))
        refuse(c, 503);
    else
        give_up(c);
    weigh(c); /* at once, so that no further client is given up for bytes that are free already */
}

/* ---- the end */

void connection_leave_crowd(struct connection *c)
{
    if (c->is_in_crowd)
        crowd_leave(c->loop->crowd, &c->peer);
    c->is_in_crowd = false;
}

static void free_if_over(struct connection *c)
{
    struct loop *loop = c->loop;

    if (!c->socket_closed || c->call)
        return;
    connection_leave_crowd(c);
    list_remove(&c->link);
    memory_free(c);
    loop_connection_freed(loop);
}

static void on_closed(struct transport *transport)
{
    struct connection *c = of(transport);

    c->socket_closed = true;
    free_if_over(c);
}

static void end_handshake(struct connection *c)
{
    if (c->state == HANDSHAKE)
        c->loop->handshake_count--;
}

static void forget_behind(struct connection *c)
{
    text_deinit(&c->behind);
    c->behind_used = 0;
}

static void give_back_http(struct connection *c)
{
    if (c->http)
        loop_return_http(c->loop, c->http);
    c->http = NULL;
}

/* Gives up the poll that the connection holds; false when it holds none, or one that has its task
 * already. Its call comes back either way. */
static bool give_up_poll(struct connection *c)
{
    return c->call && call_is_poll(c->call) && service_abandon(c->loop->config.service, c->call);
}

void connection_close(struct connection *c)
{
    if (c->state == CLOSED)
        return;
    if (c->state == HANDSHAKE)
        traffic_note_loss(c->loop->traffic, TRAFFIC_HANDSHAKE_FAILED);
    end_handshake(c);
    c->state = CLOSED;
    give_up_poll(c);
    give_back_http(c);
    forget_behind(c);
    deadline_clear(&c->deadline);
    weigh(c);
    transport_close(&c->transport);
}

static void linger(struct connection *c)
{
    c->state = LINGERING;
    forget_behind(c);
    transport_end(&c->transport);
    wait_for(c, DEADLINE_LINGER);
    transport_start_reading(&c->transport);
}

/* ---- writing */

/* Nothing more comes; or the server is about to end, which waits for nobody who said nothing
 * more. */
static bool need_not_linger(const struct connection *c)
{
    return c->half_closed || (c->loop->draining && !transport_has_unread(&c->transport));
}

/* advance must follow, to see what waits behind the answer. */
static void answer_taken(struct connection *c)
{
    bool was_last = c->loop->draining || c->answer.farewell == FAREWELL_CLOSE;

    if (was_last && need_not_linger(c)) {
        connection_close(c);
    } else if (was_last) {
        linger(c);
    } else {
        c->state = READY;
        wait_for(c, DEADLINE_IDLE);
    }
}

static void advance(struct connection *c);

static void on_taken(struct transport *transport)
{
    struct connection *c = of(transport);

    answer_taken(c);
    advance(c);
    weigh_and_shed(c);
}

static void reset_scratch(struct text *text)
{
    text_reset(text);
    if (text->capacity > SCRATCH_BYTES_KEPT)
        text_deinit(text);
}

/* True only where it is certain: after a half-close, what waits behind the answer may turn out to
 * be no whole request. */
static bool is_last_answer(const struct connection *c)
{
    return c->answer.farewell == FAREWELL_CLOSE || (c->half_closed && c->behind.len == 0);
}

/* Sends the loop's `head` and `body`. */
static void send_buffers(struct connection *c)
{
    struct loop *loop = c->loop;

    switch (transport_send(&c->transport, &loop->head, &loop->body, is_last_answer(c))) {
    case TRANSPORT_SENT:
        answer_taken(c);
        break;
    case TRANSPORT_SENDING:
        wait_for(c, DEADLINE_WRITE);
        break;
    case TRANSPORT_FAILED:
        connection_close(c);
        break;
    }
    reset_scratch(&loop->head);
    reset_scratch(&loop->body);
    reset_scratch(&loop->sealed);
}

/* Sends the answer whose body is in the loop's `body`. */
static void send_answer(struct connection *c)
{
    struct loop *loop = c->loop;

    c->state = ANSWERING;
    deadline_clear(&c->deadline);
    if (loop->draining)
        c->answer.farewell = FAREWELL_CLOSE;
    c->answer.is_encrypted = c->transport.speaks_tls;
    answer_head(&loop->head, &c->answer, loop->body.len, &loop->stamp);
    if (c->without_body)
        text_reset(&loop->body);
    send_buffers(c);
}

/* An answer to bytes that are no request, or to none. */
static void refuse(struct connection *c, int status)
{
    log_debug("request refused", LOG_NUMBER("status", status));
    traffic_note_refusal(c->loop->traffic, status);
    give_back_http(c);
    c->without_body = false;
    c->answer = (struct answer){ .status = status, .farewell = FAREWELL_CLOSE };
    stamp_request_id(&c->loop->stamp, c->answer.request_id);
    send_answer(c);
}

static void send_continue(struct connection *c)
{
    c->http->head.continues = false; /* once */
    /* Nothing was sent to this client yet, so its socket has room for 25 bytes, or it is broken. */
    if (!transport_say(&c->transport, BYTES("HTTP/1.1 100 Continue\r\n\r\n")))
        connection_close(c);
}

/* ---- calls */

static struct trail trail_of(const struct connection *c, const struct answer *answer)
{
    return (struct trail){
        .audit = c->loop->config.audit,
        .world = c->loop->config.world,
        .source = c->source,
        .request_id = bytes_of(answer->request_id, REQUEST_ID_LEN),
    };
}

/* From the service's threads. */
static void on_answer(struct call *call)
{
    struct connection *c = call->owner;
    mailbox_post(&c->loop->answers, &call->mail);
}

/* Counts what the call holds, unless that is little; false when all calls together hold too much.
 * What its answer will take is not known yet, and not counted. */
static bool may_begin(struct connection *c, const struct call *call)
{
    size_t bytes = call->arena.held <= LIGHT_BYTES ? 0 : call->arena.held;

    if (bytes > 0 && !crowd_begin_call(c->loop->crowd, bytes, call_is_poll(call)))
        return false;
    c->call_bytes = bytes;
    return true;
}

static void submit(struct connection *c, struct call *call)
{
    c->state = CALLING;
    c->call = call;
    deadline_clear(&c->deadline);
    call->owner = c;
    call->on_answer = on_answer;
    c->loop->call_count++;
    service_submit(c->loop->config.service, call);
}

/* The client has closed its half, so perhaps nobody is there to take the task. */
static bool is_poll_of_nobody(const struct connection *c, const struct call *call)
{
    return c->half_closed && call_is_poll(call);
}

static void count(const struct connection *c, int operation)
{
    traffic_note(c->loop->traffic, operation, c->answer.fault, (uv_hrtime() - c->begun_ns) / 1000);
}

/* The figures of the network, which the service does not know. */
static void write_own_metrics(const struct loop *loop, struct text *out)
{
    const struct house *house = loop->house;

    traffic_write(house->traffic, (size_t)house->loop_count, out);
    if (loop->config.tls)
        text_printf(out,
                    "# TYPE weir_certificate_expiry_timestamp_seconds gauge\n"
                    "weir_certificate_expiry_timestamp_seconds %lld\n",
                    (long long)tls_expires_at_s(loop->config.tls));
    text_printf(out, "# TYPE weir_connections gauge\nweir_connections %u\n",
                crowd_clients(house->crowd));
    traffic_write_process(out);
}

static void finish_call(struct connection *c, struct call *call, const struct trail *trail)
{
    exchange_finish(call, trail, &c->answer, &c->loop->body);
    if (call->asks_for_metrics)
        write_own_metrics(c->loop, &c->loop->body);
    else
        count(c, (int)call->request.operation);
    call_free(call);
}

void connection_answered(struct call *call)
{
    struct connection *c = call->owner;
    struct trail trail = trail_of(c, &c->answer);

    c->call = NULL;
    c->loop->call_count--;
    crowd_end_call(c->loop->crowd, c->call_bytes);
    if (c->state == CLOSED) {
        trail_note_call(&trail, call); /* it was made, though nobody waits for its answer now */
        call_free(call);
        free_if_over(c);
        return;
    }
    finish_call(c, call, &trail);
    send_answer(c);
    advance(c);
    weigh_and_shed(c);
}

/* ---- reading */

static enum farewell farewell_of(const struct http_head *head)
{
    if (!head->keeps_alive)
        return FAREWELL_CLOSE;
    return head->is_http_1_0 ? FAREWELL_KEEP_ALIVE : FAREWELL_NONE;
}

/* With 503, after which SDKs try again. */
static void turn_away(struct connection *c, struct call *call, const struct trail *trail)
{
    log_debug("call turned away, because those under way are too heavy",
              LOG_NUMBER("held", call->arena.held));
    call->fault = fault_of(FAULT_SERVICE_UNAVAILABLE, BYTES_ABSENT);
    finish_call(c, call, trail);
}

static void begin_exchange(struct connection *c)
{
    struct loop *loop = c->loop;
    struct http_request request = http_request(c->http);
    enum farewell farewell = farewell_of(&c->http->head);
    struct exchange exchange = {
        .request = &request,
        .json = loop->json,
        .service = loop->config.service,
        .gate = &loop->gate,
        .verifier = loop->verifier,
        .account = loop->config.account,
        .region = loop->config.region,
        .is_secure = c->transport.speaks_tls,
        .is_for_metrics = c->is_for_metrics,
        .body = &loop->body,
    };

    c->begun_ns = uv_hrtime();
    stamp_request_id(&loop->stamp, exchange.answer.request_id);
    struct trail trail = trail_of(c, &exchange.answer);
    exchange.trail = &trail;
    exchange_begin(&exchange);
    c->answer = exchange.answer;
    c->answer.farewell = farewell;
    c->without_body = request.verb == VERB_HEAD;
    give_back_http(c);
    if (exchange.call && is_poll_of_nobody(c, exchange.call)) {
        call_free(exchange.call);
        connection_close(c);
        return;
    }
    if (exchange.call && may_begin(c, exchange.call)) {
        submit(c, exchange.call);
        return;
    }
    if (exchange.call)
        turn_away(c, exchange.call, &trail);
    else if (c->answer.fault != FAULT_NONE)
        count(c, exchange.operation);
    send_answer(c);
}

/* Reads from `data` as far as one request goes; returns how many bytes were used. */
static size_t feed(struct connection *c, struct bytes data)
{
    if (c->state == READY) {
        c->state = READING;
        c->http = loop_borrow_http(c->loop);
        wait_for(c, DEADLINE_HEADER);
    }
    enum http_state before = c->http->state;
    size_t used = http_read(c->http, data);
    if (c->http->state == HTTP_REFUSED)
        refuse(c, c->http->refusal);
    else if (c->http->state == HTTP_WHOLE)
        begin_exchange(c);
    else if (c->http->state == HTTP_IN_BODY && before == HTTP_IN_HEAD)
        wait_for(c, DEADLINE_BODY);
    return used;
}

/* Reads requests from `data` while each is answered at once; returns how many bytes were used. */
static size_t feed_all(struct connection *c, struct bytes data)
{
    size_t used = 0;

    while (used < data.len && takes_requests(c))
        used += feed(c, bytes_skip(data, used));
    if (c->state == READING && http_wants_continue(c->http))
        send_continue(c);
    return used;
}

static void forget_used(struct connection *c)
{
    size_t left = c->behind.len - c->behind_used;

    if (left == 0) {
        text_deinit(&c->behind);
    } else if (c->behind_used > 0) {
        memmove(c->behind.ptr, c->behind.ptr + c->behind_used, left);
        c->behind.len = left;
    }
    c->behind_used = 0;
}

static void stop_reading(struct connection *c)
{
    transport_stop_reading(&c->transport);
    if (c->state == CALLING && !c->half_closed)
        wait_for(c, DEADLINE_PROBE);
}

/* Keeps what may not be read yet. */
static void keep_behind(struct connection *c, struct bytes data)
{
    forget_used(c);
    text_append(&c->behind, data);
    if (c->behind.len >= BEHIND_BYTES_MAX)
        stop_reading(c);
}

/* After an answer: reads on in what waits behind it, then in the socket. */
static void advance(struct connection *c)
{
    if (takes_requests(c) && c->behind.len > 0)
        c->behind_used += feed_all(c, bytes_skip(text_bytes(&c->behind), c->behind_used));
    if (takes_requests(c) && c->half_closed)
        connection_close(c); /* nothing whole is left */
    if (c->state == CLOSED || c->state == LINGERING)
        return;
    forget_used(c);
    if (c->half_closed)
        return;
    if (c->behind.len < BEHIND_BYTES_MAX)
        transport_start_reading(&c->transport);
    else if (c->state == CALLING)
        wait_for(c, DEADLINE_PROBE);
}

/* Over TLS: the time for the handshake ends here, and that for the first request begins. */
static void on_opened(struct transport *transport)
{
    struct connection *c = of(transport);

    end_handshake(c);
    c->state = READY;
    wait_for(c, DEADLINE_IDLE);
}

static void on_bytes(struct transport *transport, struct bytes data)
{
    struct connection *c = of(transport);

    if (c->state == LINGERING || c->loop->draining)
        return;
    size_t used = feed_all(c, data); /* nothing waits behind in a state that takes requests (C3) */
    if (used < data.len && (c->state == CALLING || c->state == ANSWERING))
        keep_behind(c, bytes_skip(data, used));
    weigh_and_shed(c);
}

/* The client sends no more, and what it sent was read. */
static void on_ended(struct transport *transport)
{
    struct connection *c = of(transport);
    bool is_answered_soon = c->state == CALLING || c->state == ANSWERING;

    if (!is_answered_soon || give_up_poll(c)) {
        connection_close(c);
        return;
    }
    c->half_closed = true;
    stop_reading(c);
}

static void on_failed(struct transport *transport)
{
    connection_close(of(transport));
}

static const struct transport_events events = {
    .opened = on_opened,
    .bytes = on_bytes,
    .ended = on_ended,
    .failed = on_failed,
    .taken = on_taken,
    .closed = on_closed,
};

/* ---- deadlines */

/* An end of file behind bytes that were not read shows again once these are read. Only a poll
 * cannot wait for that. */
static void probe(struct connection *c)
{
    switch (transport_probe(&c->transport)) {
    case TRANSPORT_THERE:
        wait_for(c, DEADLINE_PROBE);
        break;
    case TRANSPORT_ENDED:
        if (give_up_poll(c))
            connection_close(c);
        break;
    case TRANSPORT_GONE:
        connection_close(c);
        break;
    }
}

void connection_expired(struct deadline *deadline)
{
    struct connection *c = of_deadline(deadline);

    switch (deadline->kind) {
    case DEADLINE_HEADER:
    case DEADLINE_BODY:
        refuse(c, 408);
        break;
    case DEADLINE_PROBE:
        probe(c);
        break;
    case DEADLINE_WRITE:
        log_debug("client does not read its answer");
        give_up(c);
        break;
    case DEADLINE_HANDSHAKE:
    case DEADLINE_IDLE:
    case DEADLINE_LINGER:
    case DEADLINE_KINDS:
        connection_close(c);
        break;
    }
}

void connection_drain(struct connection *c)
{
    c->answer.farewell = FAREWELL_CLOSE;
    if (takes_requests(c) || c->state == HANDSHAKE)
        connection_close(c);
}

/* ---- beginning */

static struct connection *connection_new(const struct door *door, int fd)
{
    struct connection *c = memory_new(sizeof(*c));
    struct loop *loop = door->loop;

    c->loop = loop;
    deadline_init(&c->deadline);
    text_init(&c->behind, BEHIND_BYTES_MAX + TRANSPORT_BYTES_MAX);
    c->is_for_metrics = door->kind == LISTENER_METRICS;
    transport_init(&c->transport, door, fd, &events);
    c->state = READY;
    list_append(&loop->connections, &c->link);
    loop->connection_count++;
    return c;
}

/* Makes room for one more handshake: the oldest gives way, if it is slow. */
static bool may_shake_hands(struct loop *loop)
{
    struct deadline *slowest = deadlines_first(&loop->deadlines, DEADLINE_HANDSHAKE);

    if (loop->handshake_count < loop->config.handshakes_max)
        return true;
    if (!slowest || deadline_age(&loop->deadlines, slowest, uv_now(&loop->uv)) < HANDSHAKE_GRACE_MS)
        return false;
    connection_close(of_deadline(slowest));
    return true;
}

static bool may_come_in(struct connection *c, bool speaks_tls)
{
    c->peer = transport_peer(&c->transport);
    c->source = peer_address_print(&c->peer, c->source_text);
    if (c->loop->draining || (speaks_tls && !may_shake_hands(c->loop)))
        return false;
    c->is_in_crowd = crowd_enter(c->loop->crowd, &c->peer);
    return c->is_in_crowd;
}

void connection_accept(const struct door *door, int fd)
{
    struct connection *c = connection_new(door, fd);
    struct loop *loop = c->loop;
    bool speaks_tls = c->transport.speaks_tls;

    if (!may_come_in(c, speaks_tls)) {
        log_debug("connection turned away");
        traffic_note_loss(loop->traffic, TRAFFIC_CONNECTION_REFUSED);
        connection_close(c);
        return;
    }
    if (speaks_tls) {
        c->state = HANDSHAKE;
        loop->handshake_count++;
    }
    wait_for(c, speaks_tls ? DEADLINE_HANDSHAKE : DEADLINE_IDLE);
    transport_start_reading(&c->transport);
}
