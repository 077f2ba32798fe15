/* TLS between two ends without a socket: in pieces, with what is no TLS, and with certificates. */
#include "net/tls_channel.h"

#include "base/memory.h"
#include "certificates.h"
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after its prerequisites */
#include <cmocka.h>

/* The server's channel and OpenSSL's client, with the wire between them in memory. */
struct pair {
    struct tls *tls;
    struct tls_channel *channel;
    SSL *client;
    size_t piece;    /* as many bytes at most go to the channel at once */
    struct text out; /* from the channel */
    struct text heard;
    bool opened, ended, broken;
    int client_error; /* its reason */
};

static struct pair pair_with(struct tls *tls, SSL *client)
{
    struct pair pair = { .tls = tls, .piece = SIZE_MAX, .client = client };

    pair.channel = tls_channel_new(tls);
    SSL_set_bio(client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    text_init(&pair.out, 64 << 20);
    text_init(&pair.heard, 64 << 20);
    return pair;
}

static struct pair pair_new(void)
{
    return pair_with(certificates_open_tls(), certificates_client_session());
}

static void pair_free(struct pair *pair)
{
    tls_channel_free(pair->channel);
    SSL_free(pair->client);
    tls_close(pair->tls);
    text_deinit(&pair->out);
    text_deinit(&pair->heard);
}

/* Everything that comes of `data`. */
static void receive(struct pair *pair, struct bytes data)
{
    char buffer[1000];
    size_t len;
    enum tls_event event;

    tls_channel_receive(pair->channel, data);
    while ((event = tls_channel_read(pair->channel, buffer, sizeof(buffer), &len, &pair->out)) ==
               TLS_BYTES ||
           event == TLS_OPENED) {
        assert_false(event == TLS_OPENED && pair->opened);
        pair->opened = true;
        text_append(&pair->heard, bytes_of(buffer, len));
    }
    pair->ended |= event == TLS_ENDED;
    pair->broken |= event == TLS_BROKEN;
}

/* What the client has written, to the channel. */
static bool carry_to_channel(struct pair *pair)
{
    char *data;
    long len = BIO_get_mem_data(SSL_get_wbio(pair->client), &data);
    struct bytes rest = bytes_of(data, (size_t)len);

    while (rest.len > 0) {
        size_t piece = rest.len < pair->piece ? rest.len : pair->piece;
        receive(pair, bytes_of(rest.ptr, piece));
        rest = bytes_skip(rest, piece);
    }
    (void)BIO_reset(SSL_get_wbio(pair->client));
    return len > 0;
}

static bool carry_to_client(struct pair *pair)
{
    bool any = pair->out.len > 0;

    if (any)
        assert_int_equal(BIO_write(SSL_get_rbio(pair->client), pair->out.ptr, (int)pair->out.len),
                         pair->out.len);
    text_reset(&pair->out);
    return any;
}

/* Until neither has anything to say; what SSL_do_handshake said last. */
static int shake_hands(struct pair *pair)
{
    bool to_channel, to_client;
    int result;

    do {
        ERR_clear_error();
        result = SSL_do_handshake(pair->client);
        if (ERR_peek_last_error())
            pair->client_error = ERR_GET_REASON(ERR_peek_last_error());
        to_channel = carry_to_channel(pair);
        to_client = carry_to_client(pair);
    } while (to_channel || to_client);
    return result;
}

static void open_pair(struct pair *pair)
{
    assert_int_equal(shake_hands(pair), 1);
    assert_true(pair->opened);
}

static void say(struct pair *pair, const char *text)
{
    assert_int_equal(SSL_write(pair->client, text, (int)strlen(text)), strlen(text));
    carry_to_channel(pair);
}

static void expect_heard(struct pair *pair, const char *text)
{
    assert_true(bytes_equal_cstr(text_bytes(&pair->heard), text));
}

/* ---- */

static void bytes_go_both_ways(void **state)
{
    struct pair pair = pair_new();
    char answer[64];

    (void)state;
    open_pair(&pair);
    assert_string_equal(SSL_get_version(pair.client), "TLSv1.3");
    say(&pair, "how are you?");
    expect_heard(&pair, "how are you?");
    assert_true(tls_channel_write(pair.channel, BYTES("well"), &pair.out));
    assert_true(tls_channel_write(pair.channel, BYTES(""), &pair.out));
    carry_to_client(&pair);
    assert_int_equal(SSL_read(pair.client, answer, sizeof(answer)), 4);
    assert_memory_equal(answer, "well", 4);
    pair_free(&pair);
}

static void all_may_come_byte_by_byte(void **state)
{
    static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct pair pair = pair_new();

        pair.piece = 1;
        assert_int_equal(SSL_set_max_proto_version(pair.client, versions[i]), 1);
        open_pair(&pair);
        assert_int_equal(SSL_version(pair.client), versions[i]);
        say(&pair, "one");
        say(&pair, "two");
        expect_heard(&pair, "onetwo");
        pair_free(&pair);
    }
}

static void a_large_answer_arrives_whole(void **state)
{
    static char large[3000000], got[sizeof(large)];
    struct pair pair = pair_new();
    size_t len = 0, more;

    (void)state;
    for (size_t i = 0; i < sizeof(large); i++)
        large[i] = (char)(i * 7 + i / 1000);
    open_pair(&pair);
    assert_true(tls_channel_write(pair.channel, bytes_of(large, sizeof(large)), &pair.out));
    carry_to_client(&pair);
    while (SSL_read_ex(pair.client, got + len, sizeof(got) - len, &more) == 1)
        len += more;
    assert_int_equal(len, sizeof(large));
    assert_memory_equal(got, large, sizeof(large));
    pair_free(&pair);
}

static void an_answer_beyond_its_bound_is_not_sent(void **state)
{
    static char large[100000];
    struct pair pair = pair_new();
    struct text small;

    (void)state;
    open_pair(&pair);
    text_init(&small, 50000);
    assert_false(tls_channel_write(pair.channel, bytes_of(large, sizeof(large)), &small));
    assert_false(tls_channel_write(pair.channel, BYTES("more"), &pair.out));
    text_deinit(&small);
    pair_free(&pair);
}

static void the_end_is_said_by_either(void **state)
{
    struct pair pair = pair_new();
    char answer[8];

    (void)state;
    open_pair(&pair);
    SSL_shutdown(pair.client);
    carry_to_channel(&pair);
    assert_true(pair.ended);
    assert_true(tls_channel_write(pair.channel, BYTES("last"), &pair.out));
    tls_channel_finish(pair.channel, &pair.out);
    carry_to_client(&pair);
    assert_int_equal(SSL_read(pair.client, answer, sizeof(answer)), 4);
    assert_int_equal(SSL_get_error(pair.client, SSL_read(pair.client, answer, sizeof(answer))),
                     SSL_ERROR_ZERO_RETURN);
    tls_channel_finish(pair.channel, &pair.out);
    assert_int_equal(pair.out.len, 0);
    assert_false(tls_channel_write(pair.channel, BYTES("more"), &pair.out));
    pair_free(&pair);
}

static void an_end_in_a_handshake_is_not_said(void **state)
{
    struct pair pair = pair_new();

    (void)state;
    tls_channel_finish(pair.channel, &pair.out);
    assert_int_equal(pair.out.len, 0);
    assert_false(tls_channel_write(pair.channel, BYTES("x"), &pair.out));
    pair_free(&pair);
}

static void what_is_no_tls_is_refused(void **state)
{
    static const struct bytes garbage[] = {
        BYTES("\x16\x03\x01\x00\x04\x01\x00\xff\xff"), /* a ClientHello of 64 kB */
        BYTES("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        BYTES("\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00"),
        BYTES("\x16\x03\x01\xff\xff\x01\x00\x00\x01\x00"),
        BYTES("\x17\x03\x03\x00\x05hello"),
        BYTES("\x15\x03\x03\x00\x02\x02\x28"),
        BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
        struct pair pair = pair_new();
        receive(&pair, garbage[i]);
        if (!pair.broken)
            fail_msg("row %zu", i);
        assert_false(pair.opened);
        receive(&pair, BYTES("more"));
        assert_false(tls_channel_write(pair.channel, BYTES("x"), &pair.out));
        pair_free(&pair);
    }
}

/* A byte of a record that was changed on its way. */
static void damage_is_refused(void **state)
{
    struct pair pair = pair_new();
    char *data;

    (void)state;
    open_pair(&pair);
    assert_int_equal(SSL_write(pair.client, "hello", 5), 5);
    long len = BIO_get_mem_data(SSL_get_wbio(pair.client), &data);
    data[len - 1] ^= 1;
    carry_to_channel(&pair);
    assert_true(pair.broken);
    assert_int_equal(pair.heard.len, 0);
    pair_free(&pair);
}

static void versions_of_before_are_refused(void **state)
{
    static const int versions[] = { TLS1_VERSION, TLS1_1_VERSION };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct pair pair = pair_new();
        SSL_set_security_level(pair.client, 0);
        assert_int_equal(SSL_set_min_proto_version(pair.client, versions[i]), 1);
        assert_int_equal(SSL_set_max_proto_version(pair.client, versions[i]), 1);
        assert_int_not_equal(shake_hands(&pair), 1);
        assert_int_equal(pair.client_error, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
        assert_true(pair.broken);
        pair_free(&pair);
    }
}

static void weak_ciphers_are_refused(void **state)
{
    static const char *const ciphers[] = { "AES128-SHA", "AES128-GCM-SHA256",
                                           "ECDHE-ECDSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256",
                                           "eNULL" };

    (void)state;
    for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++) {
        struct pair pair = pair_new();
        SSL_set_security_level(pair.client, 0);
        assert_int_equal(SSL_set_max_proto_version(pair.client, TLS1_2_VERSION), 1);
        assert_int_equal(SSL_set_cipher_list(pair.client, ciphers[i]), 1);
        assert_int_not_equal(shake_hands(&pair), 1);
        assert_true(pair.broken);
        pair_free(&pair);
    }
}

/* ---- protocols */

static void http_1_1_is_agreed_on(void **state)
{
    static const unsigned char offered[] = "\x02h2\x08http/1.1";
    struct pair pair = pair_new();
    const unsigned char *chosen;
    unsigned len;

    (void)state;
    assert_int_equal(SSL_set_alpn_protos(pair.client, offered, sizeof(offered) - 1), 0);
    open_pair(&pair);
    SSL_get0_alpn_selected(pair.client, &chosen, &len);
    assert_int_equal(len, 8);
    assert_memory_equal(chosen, "http/1.1", 8);
    pair_free(&pair);
}

static void other_protocols_are_refused(void **state)
{
    static const unsigned char offered[] = "\x02h2";
    struct pair pair = pair_new();

    (void)state;
    assert_int_equal(SSL_set_alpn_protos(pair.client, offered, sizeof(offered) - 1), 0);
    assert_int_not_equal(shake_hands(&pair), 1);
    assert_int_equal(pair.client_error, SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
    pair_free(&pair);
}

static void a_second_handshake_is_refused(void **state)
{
    struct pair pair = pair_new();

    (void)state;
    assert_int_equal(SSL_set_max_proto_version(pair.client, TLS1_2_VERSION), 1);
    open_pair(&pair);
    assert_int_equal(SSL_renegotiate(pair.client), 1);
    assert_int_not_equal(shake_hands(&pair), 1);
    assert_int_equal(pair.client_error, SSL_R_NO_RENEGOTIATION);
    pair_free(&pair);
}

static void keys_are_renewed(void **state)
{
    struct pair pair = pair_new();
    char answer[8];

    (void)state;
    open_pair(&pair);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(SSL_key_update(pair.client, SSL_KEY_UPDATE_REQUESTED), 1);
        say(&pair, ".");
        carry_to_client(&pair);
    }
    expect_heard(&pair, "....................");
    assert_true(tls_channel_write(pair.channel, BYTES("well"), &pair.out));
    carry_to_client(&pair);
    assert_int_equal(SSL_read(pair.client, answer, sizeof(answer)), 4);
    pair_free(&pair);
}

/* ---- tickets */

/* The session that the server gave a ticket for. */
static SSL_SESSION *session_of(struct pair *pair)
{
    char nothing[1];

    open_pair(pair);
    assert_int_equal(SSL_read(pair->client, nothing, 1), -1); /* takes the ticket in */
    SSL_shutdown(pair->client);
    return SSL_get1_session(pair->client);
}

static void expect_resumed(struct tls *tls, SSL *client, SSL_SESSION *session, bool resumed)
{
    struct pair pair = pair_with(tls, client);

    assert_int_equal(SSL_set_max_proto_version(client, SSL_SESSION_get_protocol_version(session)),
                     1);
    assert_int_equal(SSL_set_session(client, session), 1);
    open_pair(&pair);
    assert_int_equal(SSL_session_reused(client), resumed);
    pair.tls = NULL;
    pair_free(&pair);
}

static void a_session_is_resumed_while_its_certificate_is_in_force(void **state)
{
    static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
    struct text problem;

    (void)state;
    text_init(&problem, 4096);
    for (size_t i = 0; i < 2; i++) {
        struct pair pair = pair_new();

        assert_int_equal(SSL_set_max_proto_version(pair.client, versions[i]), 1);
        SSL_SESSION *session = session_of(&pair);
        expect_resumed(pair.tls, certificates_client_session(), session, true);
        assert_true(tls_reload(pair.tls, &problem));
        expect_resumed(pair.tls, certificates_client_session(), session, false);
        SSL_SESSION_free(session);
        pair_free(&pair);
    }
    text_deinit(&problem);
}

/* ---- clients' certificates */

static struct tls *tls_asking(const char *authority, bool may_have_none)
{
    struct tls_files files = certificates_server();
    struct text problem;

    text_init(&problem, 4096);
    files.client_ca = certificates_path(authority);
    files.client_may_have_none = may_have_none;
    struct tls *tls = tls_open(&files, &problem);
    assert_non_null(tls);
    text_deinit(&problem);
    return tls;
}

static void expect_client(struct tls *tls, const char *name, bool accepted)
{
    static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

    for (size_t i = 0; i < 2; i++) {
        struct pair pair = pair_with(tls, certificates_client_session_as(name));

        assert_int_equal(SSL_set_max_proto_version(pair.client, versions[i]), 1);
        shake_hands(&pair);
        if (pair.opened != accepted || pair.broken == accepted)
            fail_msg("%s", name ? name : "nobody");
        pair.tls = NULL;
        pair_free(&pair);
    }
    tls_close(tls);
}

static void clients_must_be_known(void **state)
{
    (void)state;
    expect_client(tls_asking("authority.pem", false), "client", true);
    expect_client(tls_asking("authority.pem", false), NULL, false);
    expect_client(tls_asking("authority.pem", false), "stranger", false);
    expect_client(tls_asking("authority.pem", false), "old", false);
}

static void clients_may_be_let_in_without(void **state)
{
    (void)state;
    expect_client(tls_asking("authority.pem", true), "client", true);
    expect_client(tls_asking("authority.pem", true), NULL, true);
    expect_client(tls_asking("authority.pem", true), "stranger", false);
    expect_client(certificates_open_tls(), "stranger", true); /* was not asked */
}

static void a_client_may_be_revoked(void **state)
{
    (void)state;
    expect_client(tls_asking("authority.pem", false), "revoked", true);
    expect_client(tls_asking("revoking.pem", false), "revoked", false);
    expect_client(tls_asking("revoking.pem", false), "client", true);
}

static void a_known_client_comes_back_with_a_ticket(void **state)
{
    struct pair pair = pair_with(tls_asking("authority.pem", false),
                                 certificates_client_session_as("client"));

    (void)state;
    SSL_SESSION *session = session_of(&pair);
    expect_resumed(pair.tls, certificates_client_session_as("client"), session, true);
    SSL_SESSION_free(session);
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_go_both_ways),
        cmocka_unit_test(all_may_come_byte_by_byte),
        cmocka_unit_test(a_large_answer_arrives_whole),
        cmocka_unit_test(an_answer_beyond_its_bound_is_not_sent),
        cmocka_unit_test(the_end_is_said_by_either),
        cmocka_unit_test(an_end_in_a_handshake_is_not_said),
        cmocka_unit_test(what_is_no_tls_is_refused),
        cmocka_unit_test(damage_is_refused),
        cmocka_unit_test(versions_of_before_are_refused),
        cmocka_unit_test(weak_ciphers_are_refused),
        cmocka_unit_test(http_1_1_is_agreed_on),
        cmocka_unit_test(other_protocols_are_refused),
        cmocka_unit_test(a_second_handshake_is_refused),
        cmocka_unit_test(keys_are_renewed),
        cmocka_unit_test(a_session_is_resumed_while_its_certificate_is_in_force),
        cmocka_unit_test(clients_must_be_known),
        cmocka_unit_test(clients_may_be_let_in_without),
        cmocka_unit_test(a_client_may_be_revoked),
        cmocka_unit_test(a_known_client_comes_back_with_a_ticket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
