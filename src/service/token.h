/*
 * token - task tokens and page tokens: what a client carries back to us, sealed so that nobody can
 * make one.
 *
 * The form is final: what was given out once is understood as long as the key is the same (task
 * tokens live as long as their task). Base64 of
 *
 *   task: version 1, key id, kind | account, domain number, run number, scheduled event, started
 *         event | MAC
 *   page: version 1, key id, kind | digest of the query, time of issue, position | MAC
 *
 * all numbers big-endian, the MAC the first 16 bytes of HMAC-SHA256 under the server's key. What
 * stands between the bars is masked: a client reads nothing of what others do. No names inside a
 * task token: it names a run and its events by number, and where numbers can be given out again
 * the key changes first (store/server_key.h).
 */
#ifndef SERVICE_TOKEN_H
#define SERVICE_TOKEN_H

#include "base/arena.h"
#include "model/fault.h"
#include "model/operation.h"
#include "store/store.h"

/* Seals and opens; one for each thread. Knows the task tokens that it sealed last by their text. */
struct token_sealer;
struct token_sealer *token_sealer_new(const uint8_t key[SERVER_KEY_BYTES]);
void token_sealer_free(struct token_sealer *sealer);

enum token_kind { TOKEN_DECISION_TASK = 1, TOKEN_ACTIVITY_TASK = 2, TOKEN_PAGE = 3 };

struct task_token {
    enum token_kind kind; /* TOKEN_DECISION_TASK or TOKEN_ACTIVITY_TASK */
    struct run_key key;
    int64_t scheduled_event_id;
    int64_t started_event_id; /* tells one attempt from the next */
};

/* The token's text, in the arena. */
struct bytes token_seal_task(struct token_sealer *sealer, const struct task_token *token,
                             struct arena *arena);

/* False when the text is no token of ours of that kind. Says nothing of the task. */
bool token_open_task(struct token_sealer *sealer, struct bytes text, enum token_kind kind,
                     struct task_token *out);

/* Where the next page begins. The fields mean what the operation that wrote them wants. */
#define PAGE_TEXT_MAX 1400
struct page_position {
    uint64_t numbers[6];
    struct bytes text; /* up to PAGE_TEXT_MAX bytes together with `more` */
    struct bytes more;
};

/* The token's text, in the arena: bound to the account and to the request, its page size and page
 * token left out. */
struct bytes token_seal_page(struct token_sealer *sealer, uint64_t account,
                             const struct request *request, struct instant issued,
                             const struct page_position *position, struct arena *arena);

/* Opens the request's own page token: NO_FAULT and the position (in the arena), or the
 * ValidationException that the service answers: "Invalid token", or "Specified token has exceeded
 * its maximum lifetime" after `life_s` seconds (0: never). */
struct fault token_open_page(struct token_sealer *sealer, uint64_t account,
                             const struct request *request, struct bytes text, struct instant now,
                             uint32_t life_s, struct arena *arena, struct page_position *out);

#endif
