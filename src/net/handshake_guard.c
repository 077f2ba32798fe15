#include "net/handshake_guard.h"

enum { CHANGE_CIPHER_SPEC = 20, HANDSHAKE = 22, APPLICATION_DATA = 23 };

/* Moves bytes into a header; true when it is whole. */
static bool fill(uint8_t *header, uint8_t *len, uint8_t size, struct bytes *data)
{
    while (data->len > 0 && *len < size) {
        header[(*len)++] = (uint8_t)data->ptr[0];
        *data = bytes_skip(*data, 1);
    }
    return *len == size;
}

/* How many bytes of `data` belong to something of which *left bytes are still to come; subtracts
 * them. */
static struct bytes share(struct bytes *data, uint32_t *left)
{
    struct bytes part = bytes_of(data->ptr, data->len < *left ? data->len : *left);

    *left -= (uint32_t)part.len;
    *data = bytes_skip(*data, part.len);
    return part;
}

static bool pass_messages(struct handshake_guard *guard, struct bytes data)
{
    while (data.len > 0) {
        if (guard->message_left > 0) {
            (void)share(&data, &guard->message_left);
        } else if (fill(guard->message, &guard->message_len, sizeof(guard->message), &data)) {
            const uint8_t *m = guard->message;
            guard->message_len = 0;
            guard->message_left = (uint32_t)m[1] << 16 | (uint32_t)m[2] << 8 | m[3];
            if (guard->message_left > HANDSHAKE_MESSAGE_MAX)
                return false;
        }
    }
    return true;
}

static bool pass_content(struct handshake_guard *guard, struct bytes data, bool is_tls_1_2)
{
    bool is_encrypted = guard->changed_cipher && is_tls_1_2;

    if (guard->record[0] == CHANGE_CIPHER_SPEC)
        guard->changed_cipher = true;
    return guard->record[0] != HANDSHAKE || is_encrypted || pass_messages(guard, data);
}

bool handshake_guard_pass(struct handshake_guard *guard, struct bytes data, bool is_tls_1_2)
{
    while (data.len > 0) {
        if (guard->record_left > 0) {
            if (!pass_content(guard, share(&data, &guard->record_left), is_tls_1_2))
                return false;
        } else if (fill(guard->record, &guard->record_len, sizeof(guard->record), &data)) {
            const uint8_t *r = guard->record;
            guard->record_len = 0;
            guard->record_left = (uint32_t)r[3] << 8 | r[4];
            if (r[0] < CHANGE_CIPHER_SPEC || r[0] > APPLICATION_DATA)
                return false;
        }
    }
    return true;
}
