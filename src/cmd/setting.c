#include "cmd/setting.h"

#include "cmd/address.h"

#define ACCOUNT_DIGITS 12
#define URL_BYTES_MAX 1024
#define REGION_BYTES_MAX 64

static bool is_in_range(const struct setting *setting, uint64_t number)
{
    return number >= setting->min && number <= setting->max;
}

static bool parse_number(struct bytes text, uint64_t *number)
{
    unsigned long long parsed;
    if (!bytes_parse_u64(text, &parsed))
        return false;
    *number = parsed;
    return true;
}

static bool parse_choice(const char *choices, const char *text, uint64_t *number)
{
    uint64_t place = 0;
    for (const char *word = choices; word; place++) {
        const char *bar = strchr(word, '|');
        struct bytes choice = bar ? bytes_of(word, (size_t)(bar - word)) : bytes_of_cstr(word);
        if (bytes_equal_cstr(choice, text)) {
            *number = place;
            return true;
        }
        word = bar ? bar + 1 : NULL;
    }
    return false;
}

static unsigned shift_of_unit(char unit)
{
    switch (unit) {
    case 'K':
        return 10;
    case 'M':
        return 20;
    case 'G':
        return 30;
    default:
        return 0;
    }
}

static bool parse_bytes(struct bytes text, uint64_t *number)
{
    unsigned shift = text.len > 0 ? shift_of_unit(text.ptr[text.len - 1]) : 0;
    if (shift > 0)
        text.len--;
    if (!parse_number(text, number) || *number > UINT64_MAX >> shift)
        return false;
    *number <<= shift;
    return true;
}

/* In seconds. */
static bool parse_duration(struct bytes text, uint64_t *number)
{
    static const struct {
        char unit;
        uint64_t seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };

    for (size_t i = 0; text.len > 0 && i < sizeof units / sizeof units[0]; i++) {
        if (text.ptr[text.len - 1] != units[i].unit)
            continue;
        text.len--;
        if (!parse_number(text, number) || *number > UINT64_MAX / units[i].seconds)
            return false;
        *number *= units[i].seconds;
        return true;
    }
    return false;
}

static bool parse_boolean(const char *text, uint64_t *number)
{
    return parse_choice("false|true", text, number);
}

/* HOST or HOST:PORT. Of the host only that there is one: what names there are others know. */
static bool is_authority(struct bytes text)
{
    size_t colon = bytes_find_last(text, ':');
    uint64_t port;

    if (colon == text.len || memchr(text.ptr + colon, ']', text.len - colon))
        return text.len > 0;
    return colon > 0 && parse_number(bytes_skip(text, colon + 1), &port) && port > 0 &&
           port <= UINT16_MAX;
}

static bool is_url(struct bytes text)
{
    static const struct bytes schemes[] = { BYTES("http://"), BYTES("https://") };

    if (text.len > URL_BYTES_MAX || !bytes_is_visible(text))
        return false;
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (bytes_starts_with(text, schemes[i])) {
            struct bytes rest = bytes_skip(text, schemes[i].len);
            const char *slash = memchr(rest.ptr, '/', rest.len);
            return is_authority(bytes_of(rest.ptr, slash ? (size_t)(slash - rest.ptr) : rest.len));
        }
    }
    return false;
}

/* It stands in ARNs and in what is signed, where colons and slashes are between the parts. */
static bool is_region(struct bytes text)
{
    return bytes_is_word(text, "-_") && text.len > 0 && text.len <= REGION_BYTES_MAX;
}

bool setting_parse(const struct setting *setting, const char *text, uint64_t *number)
{
    struct bytes bytes = bytes_of_cstr(text);
    struct address address;

    *number = 0;
    if (bytes.len == 0 && setting->may_be_empty)
        return true;
    switch (setting->type) {
    case SETTING_TEXT:
        return bytes.len > 0;
    case SETTING_CHOICE:
        return parse_choice(setting->choices, text, number);
    case SETTING_INTEGER:
        return parse_number(bytes, number) && is_in_range(setting, *number);
    case SETTING_BYTES:
        return parse_bytes(bytes, number) && is_in_range(setting, *number);
    case SETTING_BOOLEAN:
        return parse_boolean(text, number);
    case SETTING_ADDRESS:
        return address_parse(bytes, &address);
    case SETTING_ACCOUNT:
        return bytes.len == ACCOUNT_DIGITS && parse_number(bytes, number);
    case SETTING_URL:
        return is_url(bytes);
    case SETTING_REGION:
        return is_region(bytes);
    case SETTING_DURATION:
        return parse_duration(bytes, number) && is_in_range(setting, *number);
    case SETTING_TYPE_COUNT:
        break;
    }
    ensure(!"a setting has a type");
    return false;
}

/* With the unit of which it is a whole number. */
static void append_number(const struct setting *setting, uint64_t number, struct text *out)
{
    static const char units[] = { 'G', 'M', 'K' };

    for (int i = 0; setting->type == SETTING_BYTES && i < 3; i++) {
        uint64_t unit = (uint64_t)1 << (30 - 10 * i);
        if (number > 0 && number % unit == 0) {
            text_printf(out, "%llu%c", (unsigned long long)(number / unit), units[i]);
            return;
        }
    }
    text_printf(out, "%llu", (unsigned long long)number);
}

void setting_append_bounds(const struct setting *setting, struct text *out)
{
    bool has_least = setting->min > 0, has_most = setting->max < MORE_THAN_ENOUGH;

    if (setting->type != SETTING_INTEGER && setting->type != SETTING_BYTES)
        return;
    if (!has_least && !has_most)
        return;
    text_append_cstr(out, has_most ? " From " : " At least ");
    append_number(setting, setting->min, out);
    if (has_most) {
        text_append_cstr(out, " to ");
        append_number(setting, setting->max, out);
    }
    text_append_cstr(out, ".");
}

bool setting_is_for(const struct setting *setting, const char *verb)
{
    uint64_t place;

    return !setting->only || (verb && parse_choice(setting->only, verb, &place));
}

/* "a, b or c" */
static void append_choices(struct text *out, const char *choices)
{
    for (const char *word = choices; word;) {
        const char *bar = strchr(word, '|');
        text_append(out, bar ? bytes_of(word, (size_t)(bar - word)) : bytes_of_cstr(word));
        if (bar)
            text_append_cstr(out, strchr(bar + 1, '|') ? ", " : " or ");
        word = bar ? bar + 1 : NULL;
    }
}

void setting_explain(const struct setting *setting, struct text *out)
{
    unsigned long long min = setting->min, max = setting->max;

    text_append_cstr(out, "must be ");
    switch (setting->type) {
    case SETTING_TEXT:
        text_append_cstr(out, "a text that is not empty");
        break;
    case SETTING_CHOICE:
        append_choices(out, setting->choices);
        break;
    case SETTING_INTEGER:
        text_printf(out, "a whole number from %llu to %llu", min, max);
        break;
    case SETTING_BYTES:
        text_printf(out, "a number of bytes from %llu to %llu (K, M or G may follow: 64M)", min,
                    max);
        break;
    case SETTING_BOOLEAN:
        text_append_cstr(out, "true or false");
        break;
    case SETTING_ADDRESS:
        text_append_cstr(out, "HOST:PORT, as in 127.0.0.1:9347 or [::1]:9347");
        break;
    case SETTING_ACCOUNT:
        text_append_cstr(out, "twelve digits");
        break;
    case SETTING_URL:
        text_append_cstr(out, "a URL, as in http://127.0.0.1:9347");
        break;
    case SETTING_REGION:
        text_printf(out, "up to %d letters, digits, '-' and '_', as in us-east-1",
                    REGION_BYTES_MAX);
        break;
    case SETTING_DURATION:
        text_printf(out, "from %llu to %llu seconds, as in 90s, 15m, 12h or 7d", min, max);
        break;
    case SETTING_TYPE_COUNT:
        ensure(!"a setting has a type");
    }
}
