#include "service/token.h"
#include "base/base64.h"
#include "base/ensure.h"
#include "base/memory.h"
#include "wire/encode.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>

#define TOKEN_VERSION 1
#define TOKEN_KEY_ID 0
#define HMAC_BYTES 32
#define MAC_BYTES 16
#define HEAD_BYTES 3
#define TASK_BYTES (HEAD_BYTES + 8 + 4 + 8 + 8 + 8)
#define DIGEST_BYTES 16
/* A request is under 1 MB on the wire; escapes can make it longer when it is written again. */
#define CALL_TEXT_MAX (16u << 20)
#define PAGE_NUMBERS (sizeof(((struct page_position *)0)->numbers) / sizeof(uint64_t))
#define PAGE_BYTES_MIN (HEAD_BYTES + DIGEST_BYTES + 8 + 8 * PAGE_NUMBERS + 2 + 2)
#define TOKEN_BYTES_MAX (PAGE_BYTES_MIN + PAGE_TEXT_MAX + MAC_BYTES)

#define BLOCK_BYTES 64 /* of SHA-256 */

/* HMAC-SHA256 (RFC 2104) over plain digests: OpenSSL's own copies three contexts for every use. */
struct token_sealer {
    EVP_MD *sha256;
    EVP_MD_CTX *inner, *outer; /* with their block of the key in; copied for every use */
    EVP_MD_CTX *work;
};

/* A digest that has begun with the key's block. */
static EVP_MD_CTX *keyed(const EVP_MD *sha256, const uint8_t key[SERVER_KEY_BYTES], uint8_t mask)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t block[BLOCK_BYTES] = { 0 };

    ensure(context != NULL);
    memcpy(block, key, SERVER_KEY_BYTES);
    for (size_t i = 0; i < sizeof(block); i++)
        block[i] ^= mask;
    ensure(EVP_DigestInit_ex2(context, sha256, NULL) == 1);
    ensure(EVP_DigestUpdate(context, block, sizeof(block)) == 1);
    OPENSSL_cleanse(block, sizeof(block));
    return context;
}

struct token_sealer *token_sealer_new(const uint8_t key[SERVER_KEY_BYTES])
{
    struct token_sealer *sealer = memory_new(sizeof(*sealer));

    sealer->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    ensure(sealer->sha256 != NULL);
    sealer->inner = keyed(sealer->sha256, key, 0x36);
    sealer->outer = keyed(sealer->sha256, key, 0x5c);
    sealer->work = EVP_MD_CTX_new();
    ensure(sealer->work != NULL);
    return sealer;
}

void token_sealer_free(struct token_sealer *sealer)
{
    if (sealer == NULL)
        return;
    EVP_MD_CTX_free(sealer->inner);
    EVP_MD_CTX_free(sealer->outer);
    EVP_MD_CTX_free(sealer->work);
    EVP_MD_free(sealer->sha256);
    memory_free(sealer);
}

/* The digest of what `begun` began with and `data`. */
static void digest_from(EVP_MD_CTX *work, const EVP_MD_CTX *begun, const uint8_t *data, size_t len,
                        uint8_t out[HMAC_BYTES])
{
    ensure(EVP_MD_CTX_copy_ex(work, begun) == 1);
    ensure(EVP_DigestUpdate(work, data, len) == 1);
    ensure(EVP_DigestFinal_ex(work, out, NULL) == 1);
}

static void hmac(struct token_sealer *sealer, const uint8_t *data, size_t len,
                 uint8_t out[HMAC_BYTES])
{
    digest_from(sealer->work, sealer->inner, data, len, out);
    digest_from(sealer->work, sealer->outer, out, HMAC_BYTES, out);
}

static void mac(struct token_sealer *sealer, const uint8_t *data, size_t len,
                uint8_t out[MAC_BYTES])
{
    uint8_t whole[HMAC_BYTES];

    hmac(sealer, data, len, whole);
    memcpy(out, whole, MAC_BYTES);
}

/* Hides or shows what stands behind the head: run and domain numbers count over all accounts, and
 * tell one what the others do. The stream that is laid over it comes from the MAC, as the same
 * token must look the same, and begins with a byte that no version has, so that it is no MAC of
 * anything. */
static void mask(struct token_sealer *sealer, uint8_t *data, size_t len,
                 const uint8_t mac[MAC_BYTES])
{
    uint8_t seed[1 + MAC_BYTES + 1] = { 0xff }, stream[HMAC_BYTES];

    memcpy(seed + 1, mac, MAC_BYTES);
    for (size_t i = HEAD_BYTES; i < len; i++) {
        size_t at = (i - HEAD_BYTES) % HMAC_BYTES;

        if (at == 0) {
            hmac(sealer, seed, sizeof(seed), stream);
            seed[sizeof(seed) - 1]++;
        }
        data[i] ^= stream[at];
    }
}

/* ---- bytes ---- */

struct cursor {
    uint8_t *at;
};

static void put(struct cursor *cursor, uint64_t value, unsigned bytes)
{
    for (unsigned i = bytes; i-- > 0;)
        *cursor->at++ = (uint8_t)(value >> (8 * i));
}

static uint64_t get(struct cursor *cursor, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | *cursor->at++;
    return value;
}

static void put_text(struct cursor *cursor, struct bytes text)
{
    /* Absent and empty differ: 0 is absent, else one more than the length. */
    put(cursor, bytes_is_absent(text) ? 0 : text.len + 1, 2);
    if (text.len)
        memcpy(cursor->at, text.ptr, text.len);
    cursor->at += text.len;
}

static bool get_text(struct cursor *cursor, const uint8_t *end, struct arena *arena,
                     struct bytes *out)
{
    uint64_t len;

    *out = BYTES_ABSENT;
    if (end - cursor->at < 2)
        return false;
    len = get(cursor, 2);
    if (len == 0)
        return true;
    if ((uint64_t)(end - cursor->at) < len - 1)
        return false;
    *out = arena_copy(arena, bytes_of((const char *)cursor->at, (size_t)len - 1));
    cursor->at += len - 1;
    return true;
}

/* Adds the MAC, hides what must not be read, and makes it text. */
static struct bytes seal(struct token_sealer *sealer, uint8_t *data, size_t len,
                         struct arena *arena)
{
    size_t text_len = BASE64_LEN(len + MAC_BYTES);
    char *text = arena_alloc_text(arena, text_len);

    mac(sealer, data, len, data + len);
    mask(sealer, data, len, data + len);
    base64_encode(bytes_of((const char *)data, len + MAC_BYTES), text);
    return bytes_of(text, text_len);
}

/* Decodes the text, uncovers it and checks the MAC; the length without it, or 0. */
static size_t unseal(struct token_sealer *sealer, struct bytes text, enum token_kind kind,
                     uint8_t data[TOKEN_BYTES_MAX])
{
    uint8_t expected[MAC_BYTES];
    size_t len;

    if (!base64_decode(text, data, TOKEN_BYTES_MAX, &len) || len < HEAD_BYTES + MAC_BYTES)
        return 0;
    len -= MAC_BYTES;
    if (data[0] != TOKEN_VERSION || data[1] != TOKEN_KEY_ID || data[2] != kind)
        return 0;
    mask(sealer, data, len, data + len);
    mac(sealer, data, len, expected);
    return CRYPTO_memcmp(expected, data + len, MAC_BYTES) == 0 ? len : 0;
}

static void put_head(struct cursor *cursor, enum token_kind kind)
{
    put(cursor, TOKEN_VERSION, 1);
    put(cursor, TOKEN_KEY_ID, 1);
    put(cursor, kind, 1);
}

/* ---- task tokens ---- */

struct bytes token_seal_task(struct token_sealer *sealer, const struct task_token *token,
                             struct arena *arena)
{
    uint8_t data[TASK_BYTES + MAC_BYTES];
    struct cursor cursor = { data };

    put_head(&cursor, token->kind);
    put(&cursor, token->key.account, 8);
    put(&cursor, token->key.domain, 4);
    put(&cursor, token->key.run, 8);
    put(&cursor, (uint64_t)token->scheduled_event_id, 8);
    put(&cursor, (uint64_t)token->started_event_id, 8);
    return seal(sealer, data, TASK_BYTES, arena);
}

bool token_open_task(struct token_sealer *sealer, struct bytes text, enum token_kind kind,
                     struct task_token *out)
{
    uint8_t data[TOKEN_BYTES_MAX];
    struct cursor cursor = { data + HEAD_BYTES };

    if (unseal(sealer, text, kind, data) != TASK_BYTES)
        return false;
    out->kind = kind;
    out->key.account = get(&cursor, 8);
    out->key.domain = (uint32_t)get(&cursor, 4);
    out->key.run = get(&cursor, 8);
    out->scheduled_event_id = (int64_t)get(&cursor, 8);
    out->started_event_id = (int64_t)get(&cursor, 8);
    return true;
}

/* ---- page tokens ---- */

static void clear_member(const struct shape *shape, char *input, const char *name)
{
    for (unsigned i = 0; i < shape->count; i++) {
        const struct member *member = &shape->members[i];

        if (strcmp(member->name, name) != 0)
            continue;
        if (member->kind == KIND_STRING)
            *(struct bytes *)(void *)(input + member->offset) = BYTES_ABSENT;
        else
            *(int32_t *)(void *)(input + member->offset) = 0;
    }
}

/* What the query asked, its page size and page token left out (Q-PAGE1), and who asked. */
static void digest(struct token_sealer *sealer, uint64_t account, const struct request *request,
                   struct arena *arena, uint8_t out[DIGEST_BYTES])
{
    const struct shape *shape = operation_shapes[request->operation].input;
    char *input = arena_alloc(arena, shape->size);
    struct text text;
    uint8_t whole[32];

    memcpy(input, request->input, shape->size);
    clear_member(shape, input, "nextPageToken");
    clear_member(shape, input, "maximumPageSize");
    text_init(&text, CALL_TEXT_MAX);
    text_printf(&text, "%llu %s ", (unsigned long long)account,
                operation_names[request->operation]);
    encode_shape(&text, shape, input);
    ensure(EVP_Digest(text.ptr, text.len, whole, NULL, sealer->sha256, NULL) == 1);
    text_deinit(&text);
    memcpy(out, whole, DIGEST_BYTES);
}

struct bytes token_seal_page(struct token_sealer *sealer, uint64_t account,
                             const struct request *request, struct instant issued,
                             const struct page_position *position, struct arena *arena)
{
    uint8_t data[TOKEN_BYTES_MAX];
    struct cursor cursor = { data };

    ensure(position->text.len + position->more.len <= PAGE_TEXT_MAX);
    put_head(&cursor, TOKEN_PAGE);
    digest(sealer, account, request, arena, cursor.at);
    cursor.at += DIGEST_BYTES;
    put(&cursor, (uint64_t)issued.ms, 8);
    for (size_t i = 0; i < PAGE_NUMBERS; i++)
        put(&cursor, position->numbers[i], 8);
    put_text(&cursor, position->text);
    put_text(&cursor, position->more);
    return seal(sealer, data, (size_t)(cursor.at - data), arena);
}

static struct fault invalid_token(void)
{
    return fault_of(FAULT_VALIDATION, BYTES("Invalid token"));
}

struct fault token_open_page(struct token_sealer *sealer, uint64_t account,
                             const struct request *request, struct bytes text, struct instant now,
                             uint32_t life_s, struct arena *arena, struct page_position *out)
{
    uint8_t data[TOKEN_BYTES_MAX], expected[DIGEST_BYTES];
    size_t len = unseal(sealer, text, TOKEN_PAGE, data);
    struct cursor cursor = { data + HEAD_BYTES };
    struct instant issued;

    if (len < PAGE_BYTES_MIN)
        return invalid_token();
    digest(sealer, account, request, arena, expected);
    if (memcmp(expected, cursor.at, DIGEST_BYTES) != 0)
        return invalid_token();
    cursor.at += DIGEST_BYTES;
    issued.ms = (int64_t)get(&cursor, 8);
    for (size_t i = 0; i < PAGE_NUMBERS; i++)
        out->numbers[i] = get(&cursor, 8);
    if (!get_text(&cursor, data + len, arena, &out->text) ||
        !get_text(&cursor, data + len, arena, &out->more))
        return invalid_token();
    if (life_s && instant_before(instant_add(issued, duration_of_s(life_s)), now))
        return fault_of(FAULT_VALIDATION,
                        BYTES("Specified token has exceeded its maximum lifetime"));
    return NO_FAULT;
}
