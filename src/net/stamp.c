#include "net/stamp.h"

void stamp_init(struct stamp *stamp, const struct world *world)
{
    *stamp = (struct stamp){ .world = world, .date_s = INT64_MIN };
    world->entropy(world->context, &stamp->ids.state, sizeof(stamp->ids.state));
}

/* The low `digits` hexadecimal digits of `value`. */
static char *put_hex(char *out, uint64_t value, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        out[i] = "0123456789abcdef"[value & 15];
        value >>= 4;
    }
    return out + digits;
}

void stamp_request_id(struct stamp *stamp, char id[REQUEST_ID_LEN + 1])
{
    uint64_t high = random_next(&stamp->ids), low = random_next(&stamp->ids);

    high = (high & ~UINT64_C(0xf000)) | UINT64_C(0x4000); /* version 4 */
    low = (low >> 2) | (UINT64_C(1) << 63);               /* variant 10 */
    id = put_hex(id, high >> 32, 8);
    *id++ = '-';
    id = put_hex(id, high >> 16, 4);
    *id++ = '-';
    id = put_hex(id, high, 4);
    *id++ = '-';
    id = put_hex(id, low >> 48, 4);
    *id++ = '-';
    id = put_hex(id, low, 12);
    *id = '\0';
}

const char *stamp_date(struct stamp *stamp)
{
    struct instant now = stamp->world->wall(stamp->world->context);

    if (now.ms / 1000 != stamp->date_s) {
        stamp->date_s = now.ms / 1000;
        instant_format_http(now, stamp->date);
    }
    return stamp->date;
}
