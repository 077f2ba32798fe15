#include "model/domain_arn.h"

#define ACCOUNT_DIGITS 12

struct bytes domain_arn_print(struct arena *arena, struct bytes region, uint64_t account,
                              struct bytes name)
{
    char digits[U64_DIGITS_MAX];
    const struct bytes parts[] = {
        BYTES("arn:aws:swf:"),
        region,
        BYTES(":"),
        bytes_format_u64(account, ACCOUNT_DIGITS, digits),
        BYTES(":/domain/"),
        name,
    };

    return arena_join(arena, parts, sizeof(parts) / sizeof(parts[0]));
}

static bool take_part(struct bytes *rest, struct bytes *part)
{
    const char *colon = rest->len ? memchr(rest->ptr, ':', rest->len) : NULL;

    if (colon == NULL)
        return false;
    *part = bytes_of(rest->ptr, (size_t)(colon - rest->ptr));
    *rest = bytes_skip(*rest, part->len + 1);
    return true;
}

static bool is_partition(struct bytes text)
{
    return bytes_equal(text, BYTES("aws")) || bytes_starts_with(text, BYTES("aws-"));
}

/* Leading zeros are digits of it: there is one way to write an account. */
static bool take_account(struct bytes text, uint64_t *out)
{
    unsigned long long number;

    if (text.len != ACCOUNT_DIGITS || !bytes_parse_u64(text, &number))
        return false;
    *out = number;
    return true;
}

bool domain_arn_parse(struct bytes text, struct domain_arn *out)
{
    static const struct bytes path = BYTES("/domain/");
    struct bytes scheme, partition, product, account;

    if (!take_part(&text, &scheme) || !take_part(&text, &partition) ||
        !take_part(&text, &product) || !take_part(&text, &out->region) ||
        !take_part(&text, &account) || !bytes_starts_with(text, path))
        return false;
    out->name = bytes_skip(text, path.len);
    return bytes_equal(scheme, BYTES("arn")) && is_partition(partition) &&
           bytes_equal(product, BYTES("swf")) && take_account(account, &out->account) &&
           out->name.len > 0;
}
