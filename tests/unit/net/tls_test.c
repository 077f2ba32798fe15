/* The files of TLS: which are refused, and what is in force after a change. */
#include "net/tls.h"

#include "base/bytes.h"
#include "certificates.h"
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
/* after its prerequisites */
#include <cmocka.h>

static void copy_file(const char *from, const char *to)
{
    char content[8192];
    FILE *in = fopen(from, "re");
    assert_non_null(in);
    size_t len = fread(content, 1, sizeof(content), in);
    fclose(in);
    FILE *out = fopen(to, "we");
    assert_non_null(out);
    assert_int_equal(fwrite(content, 1, len, out), len);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(to, 0600), 0);
}

static void write_file(const char *path, const char *content)
{
    FILE *out = fopen(path, "we");
    assert_non_null(out);
    assert_true(fputs(content, out) >= 0);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static void expect_refused(const struct tls_files *files, const char *file, const char *why)
{
    struct text problem;

    text_init(&problem, 4096);
    assert_null(tls_open(files, &problem));
    text_append_char(&problem, '\0');
    if (!strstr(problem.ptr, file) || !strstr(problem.ptr, why))
        fail_msg("%s", problem.ptr);
    text_deinit(&problem);
}

static void files_that_are_none_are_refused(void **state)
{
    struct tls_files files = certificates_server();

    (void)state;
    files.certificate = certificates_path("nothing.pem");
    expect_refused(&files, "nothing.pem", "No such file");
    files = certificates_server();
    files.key = certificates_path("nothing.key");
    expect_refused(&files, "nothing.key", "No such file");
    files = certificates_server();
    files.client_ca = certificates_path("nothing.pem");
    expect_refused(&files, "nothing.pem", "No such file");
    files = certificates_server();
    files.key = "/dev/null";
    expect_refused(&files, "/dev/null", "is not a file");
}

static void files_with_something_else_are_refused(void **state)
{
    const char *path = certificates_path("nonsense.pem");
    struct tls_files files = certificates_server();

    (void)state;
    write_file(path, "nonsense\n");
    files.certificate = path;
    expect_refused(&files, "nonsense.pem", "no start line");
    files = certificates_server();
    files.key = path;
    expect_refused(&files, "nonsense.pem", "no private key");
    files = certificates_server();
    files.client_ca = path;
    expect_refused(&files, "nonsense.pem", "");
}

static void a_key_of_another_is_refused(void **state)
{
    struct tls_files files = certificates_server();

    (void)state;
    files.key = certificates_path("other.key");
    expect_refused(&files, "other.key", "is not the key of the certificate");
}

static void a_key_that_everybody_may_open_is_refused(void **state)
{
    const char *path = certificates_path("open.key");
    struct tls_files files = certificates_server();

    (void)state;
    copy_file(files.key, path);
    files.key = path;
    assert_int_equal(chmod(path, 0604), 0);
    expect_refused(&files, "open.key", "everybody may open it");
    assert_int_equal(chmod(path, 0640), 0);
    struct text problem;
    text_init(&problem, 4096);
    struct tls *tls = tls_open(&files, &problem);
    assert_non_null(tls);
    tls_close(tls);
    text_deinit(&problem);
}

static void a_fifo_is_no_key_and_is_not_waited_for(void **state)
{
    const char *path = certificates_path("fifo.key");
    struct tls_files files = certificates_server();

    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    files.key = path;
    expect_refused(&files, "fifo.key", "is not a file");
    assert_int_equal(unlink(path), 0);
}

static void a_passphrase_is_not_asked_for(void **state)
{
    const char *path = certificates_path("locked.key");
    struct tls_files files = certificates_server();
    FILE *in = fopen(files.key, "re"), *out = fopen(path, "we");

    (void)state;
    EVP_PKEY *key = PEM_read_PrivateKey(in, NULL, NULL, NULL);
    assert_int_equal(
        PEM_write_PrivateKey(out, key, EVP_aes_128_cbc(), (unsigned char *)"word", 4, NULL, NULL),
        1);
    EVP_PKEY_free(key);
    fclose(in);
    fclose(out);
    assert_int_equal(chmod(path, 0600), 0);
    files.key = path;
    expect_refused(&files, "locked.key", "without a passphrase");
}

/* Who shows itself now. */
static void expect_name(struct tls *tls, const char *name)
{
    SSL *ssl = tls_session(tls);
    char found[64] = "";

    X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get_certificate(ssl)), NID_commonName,
                              found, sizeof(found));
    assert_string_equal(found, name);
    SSL_free(ssl);
}

static void a_new_pair_comes_into_force(void **state)
{
    const char *certificate = certificates_path("now.pem"), *key = certificates_path("now.key");
    struct tls_files files = { .certificate = certificate, .key = key };
    struct text problem;

    (void)state;
    text_init(&problem, 4096);
    copy_file(certificates_path("server.pem"), certificate);
    copy_file(certificates_path("server.key"), key);
    struct tls *tls = tls_open(&files, &problem);
    SSL *before = tls_session(tls);
    copy_file(certificates_path("other.pem"), certificate);
    assert_false(tls_reload(tls, &problem)); /* half of it is there */
    assert_true(problem.len > 0);
    expect_name(tls, "server");
    copy_file(certificates_path("other.key"), key);
    assert_true(tls_reload(tls, &problem));
    expect_name(tls, "other");
    assert_non_null(SSL_get_certificate(before));
    SSL_free(before);
    tls_close(tls);
    text_deinit(&problem);
}

/* It may be all there is, and clients judge for themselves. */
static void an_old_certificate_is_used(void **state)
{
    struct tls_files files = { .certificate = certificates_path("old.pem"),
                               .key = certificates_path("old.key") };
    struct text problem;

    (void)state;
    text_init(&problem, 4096);
    struct tls *tls = tls_open(&files, &problem);
    expect_name(tls, "old");
    tls_close(tls);
    text_deinit(&problem);
}

static void when_the_certificate_ends_is_known(void **state)
{
    struct tls_files old = { .certificate = certificates_path("old.pem"),
                             .key = certificates_path("old.key") };
    struct text problem;
    int64_t now = time(NULL);

    (void)state;
    text_init(&problem, 4096);
    struct tls *tls = tls_open(&old, &problem);
    assert_in_range(tls_expires_at_s(tls), now - 86400 - 600, now - 86400 + 600);
    tls_close(tls);
    tls = certificates_open_tls();
    assert_in_range(tls_expires_at_s(tls), now + 30 * 86400 - 600, now + 30 * 86400 + 600);
    tls_close(tls);
    text_deinit(&problem);
}

/* What opening it says in the log. */
static void log_of_opening(const struct tls_files *files, char *said, size_t size)
{
    FILE *log = tmpfile();
    int real = dup(STDERR_FILENO);
    struct text problem;

    assert_non_null(log);
    text_init(&problem, 4096);
    dup2(fileno(log), STDERR_FILENO);
    struct tls *tls = tls_open(files, &problem);
    dup2(real, STDERR_FILENO);
    close(real);
    assert_non_null(tls);
    rewind(log);
    said[fread(said, 1, size - 1, log)] = '\0';
    fclose(log);
    tls_close(tls);
    text_deinit(&problem);
}

/* Nobody gets in, and no client can say why. */
static void a_revocation_list_that_has_run_out_is_said(void **state)
{
    struct tls_files files = certificates_server();
    char said[4096];

    (void)state;
    files.client_ca = certificates_path("outdated.pem");
    log_of_opening(&files, said, sizeof said);
    assert_non_null(strstr(said, "a revocation list has run out"));
    assert_non_null(strstr(said, "outdated.pem"));
    files.client_ca = certificates_path("revoking.pem");
    log_of_opening(&files, said, sizeof said);
    assert_string_equal(said, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_that_are_none_are_refused),
        cmocka_unit_test(files_with_something_else_are_refused),
        cmocka_unit_test(a_key_of_another_is_refused),
        cmocka_unit_test(a_key_that_everybody_may_open_is_refused),
        cmocka_unit_test(a_fifo_is_no_key_and_is_not_waited_for),
        cmocka_unit_test(a_passphrase_is_not_asked_for),
        cmocka_unit_test(a_new_pair_comes_into_force),
        cmocka_unit_test(an_old_certificate_is_used),
        cmocka_unit_test(when_the_certificate_ends_is_known),
        cmocka_unit_test(a_revocation_list_that_has_run_out_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
