#include "service/token.h"
#include "base/base64.h"
#include "base/ensure.h"
#include "base/hash.h"
#include "base/memory.h"
#include "store/pack.h"
#include "wire/encode.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>

#define TOKEN_VERSION 1
#define TOKEN_KEY_ID 0
#define HMAC_BYTES 32
#define MAC_BYTES 16
#define HEAD_BYTES 3
#define TASK_BYTES (HEAD_BYTES + 8 + 4 + 8 + 8 + 8)
#define TASK_TEXT_LEN BASE64_LEN(TASK_BYTES + MAC_BYTES)
#define DIGEST_BYTES 16
/* A request is under 1 MB on the wire; escapes can make it longer when it is written again. */
#define CALL_TEXT_MAX (16u << 20)
#define PAGE_NUMBERS (sizeof(((struct page_position *)0)->numbers) / sizeof(uint64_t))
#define PAGE_BYTES_MAX (HEAD_BYTES + DIGEST_BYTES + 8 + 8 * PAGE_NUMBERS + 2 + 2 + PAGE_TEXT_MAX)
#define TOKEN_BYTES_MAX (PAGE_BYTES_MAX + MAC_BYTES)

#define BLOCK_BYTES 64 /* of SHA-256 */

/* Most task tokens come back soon after they went out. One of exactly the text that was made here
 * says what was sealed in it, without the six digests that opening takes; a newer one may have
 * taken its place. */
#define SEALED_TASKS 4096

struct sealed_task {
    char text[TASK_TEXT_LEN];
    struct task_token token;
};

/* HMAC-SHA256 (RFC 2104) over plain digests: OpenSSL's own copies three contexts for every use. */
struct token_sealer {
    EVP_MD *sha256;
    EVP_MD_CTX *inner, *outer; /* with their block of the key in; copied for every use */
    EVP_MD_CTX *work;
    struct sealed_task sealed[SEALED_TASKS]; /* by the text's hash */
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

/* Absent and empty differ: 0 is absent, else one more than the length. */
static void pack_text(struct packer *packer, struct bytes text)
{
    pack_u16(packer, bytes_is_absent(text) ? 0 : (uint16_t)(text.len + 1));
    pack_raw(packer, text);
}

static struct bytes unpack_text(struct unpacker *unpacker)
{
    uint16_t len = unpack_u16(unpacker);
    return len ? unpack_raw(unpacker, len - 1u) : BYTES_ABSENT;
}

/* Adds the MAC behind what was packed, for which there is room, hides what must not be read, and
 * makes it text. */
static struct bytes seal(struct token_sealer *sealer, const struct packer *packer,
                         struct arena *arena)
{
    uint8_t *data = (uint8_t *)packer->ptr;
    size_t len = packer->len;
    size_t text_len = BASE64_LEN(len + MAC_BYTES);
    char *text = arena_alloc_text(arena, text_len);

    mac(sealer, data, len, data + len);
    mask(sealer, data, len, data + len);
    base64_encode(bytes_of((const char *)data, len + MAC_BYTES), text);
    return bytes_of(text, text_len);
}

/* Decodes the text, uncovers it and checks the MAC; what stands between head and MAC, in `data`.
 * False when that is no token of this kind. */
static bool unseal(struct token_sealer *sealer, struct bytes text, enum token_kind kind,
                   uint8_t data[TOKEN_BYTES_MAX], struct unpacker *out)
{
    uint8_t expected[MAC_BYTES];
    size_t len;

    if (!base64_decode(text, data, TOKEN_BYTES_MAX, &len) || len < HEAD_BYTES + MAC_BYTES)
        return false;
    len -= MAC_BYTES;
    if (data[0] != TOKEN_VERSION || data[1] != TOKEN_KEY_ID || data[2] != kind)
        return false;
    mask(sealer, data, len, data + len);
    mac(sealer, data, len, expected);
    *out = unpacker_of(bytes_of((const char *)data + HEAD_BYTES, len - HEAD_BYTES));
    return CRYPTO_memcmp(expected, data + len, MAC_BYTES) == 0;
}

static void pack_head(struct packer *packer, enum token_kind kind)
{
    pack_u8(packer, TOKEN_VERSION);
    pack_u8(packer, TOKEN_KEY_ID);
    pack_u8(packer, (uint8_t)kind);
}

/* ---- task tokens ---- */

static struct sealed_task *place_of(struct token_sealer *sealer, struct bytes text)
{
    return &sealer->sealed[hash_bytes(text) % SEALED_TASKS];
}

static void note_sealed(struct token_sealer *sealer, struct bytes text,
                        const struct task_token *token)
{
    struct sealed_task *sealed = place_of(sealer, text);

    memcpy(sealed->text, text.ptr, sizeof(sealed->text));
    sealed->token = *token;
}

static bool find_sealed(struct token_sealer *sealer, struct bytes text, enum token_kind kind,
                        struct task_token *out)
{
    const struct sealed_task *sealed = place_of(sealer, text);

    if (sealed->token.kind != kind || text.len != sizeof(sealed->text) ||
        CRYPTO_memcmp(sealed->text, text.ptr, sizeof(sealed->text)) != 0)
        return false;
    *out = sealed->token;
    return true;
}

struct bytes token_seal_task(struct token_sealer *sealer, const struct task_token *token,
                             struct arena *arena)
{
    uint8_t data[TASK_BYTES + MAC_BYTES];
    struct packer packer = packer_at(data, TASK_BYTES);
    struct bytes text;

    pack_head(&packer, token->kind);
    pack_u64(&packer, token->key.account);
    pack_u32(&packer, token->key.domain);
    pack_u64(&packer, token->key.run);
    pack_u64(&packer, (uint64_t)token->scheduled_event_id);
    pack_u64(&packer, (uint64_t)token->started_event_id);
    text = seal(sealer, &packer, arena);
    note_sealed(sealer, text, token);
    return text;
}

bool token_open_task(struct token_sealer *sealer, struct bytes text, enum token_kind kind,
                     struct task_token *out)
{
    uint8_t data[TOKEN_BYTES_MAX];
    struct unpacker unpacker;

    if (find_sealed(sealer, text, kind, out))
        return true;
    if (!unseal(sealer, text, kind, data, &unpacker))
        return false;
    out->kind = kind;
    out->key.account = unpack_u64(&unpacker);
    out->key.domain = unpack_u32(&unpacker);
    out->key.run = unpack_u64(&unpacker);
    out->scheduled_event_id = (int64_t)unpack_u64(&unpacker);
    out->started_event_id = (int64_t)unpack_u64(&unpacker);
    return unpacker_is_done(&unpacker);
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
    uint8_t data[TOKEN_BYTES_MAX], query[DIGEST_BYTES];
    struct packer packer = packer_at(data, sizeof(data) - MAC_BYTES);

    ensure(position->text.len + position->more.len <= PAGE_TEXT_MAX);
    digest(sealer, account, request, arena, query);
    pack_head(&packer, TOKEN_PAGE);
    pack_raw(&packer, bytes_of((const char *)query, sizeof(query)));
    pack_u64(&packer, (uint64_t)issued.ms);
    for (size_t i = 0; i < PAGE_NUMBERS; i++)
        pack_u64(&packer, position->numbers[i]);
    pack_text(&packer, position->text);
    pack_text(&packer, position->more);
    return seal(sealer, &packer, arena);
}

static struct fault invalid_token(void)
{
    return fault_of(FAULT_VALIDATION, BYTES("Invalid token"));
}

struct fault token_open_page(struct token_sealer *sealer, uint64_t account,
                             const struct request *request, struct bytes text, struct instant now,
                             uint32_t life_s, struct arena *arena, struct page_position *out)
{
    uint8_t data[TOKEN_BYTES_MAX], query[DIGEST_BYTES];
    struct unpacker unpacker;
    struct instant issued;

    if (!unseal(sealer, text, TOKEN_PAGE, data, &unpacker))
        return invalid_token();
    digest(sealer, account, request, arena, query);
    if (!bytes_equal(unpack_raw(&unpacker, DIGEST_BYTES),
                     bytes_of((const char *)query, sizeof(query))))
        return invalid_token();
    issued.ms = (int64_t)unpack_u64(&unpacker);
    for (size_t i = 0; i < PAGE_NUMBERS; i++)
        out->numbers[i] = unpack_u64(&unpacker);
    out->text = arena_copy(arena, unpack_text(&unpacker));
    out->more = arena_copy(arena, unpack_text(&unpacker));
    if (!unpacker_is_done(&unpacker))
        return invalid_token();
    if (life_s && instant_before(instant_add(issued, duration_of_s(life_s)), now))
        return fault_of(FAULT_VALIDATION,
                        BYTES("Specified token has exceeded its maximum lifetime"));
    return NO_FAULT;
}
