#include "oracle_inner.h"
#include "base/hash.h"

static bool has_text(const void *object, const void *key)
{
    return bytes_equal(((const struct handed *)object)->text, *(const struct bytes *)key);
}

struct handed *handed_find(struct oracle *oracle, struct bytes text)
{
    return map_find(&oracle->handed, hash_bytes(text), has_text, &text);
}

void handed_add(struct oracle *oracle, const struct handed *handed)
{
    struct handed *kept;

    if (bytes_is_absent(handed->text) || handed_find(oracle, handed->text))
        return;
    kept = arena_new(&oracle->arena, struct handed);
    *kept = *handed;
    kept->text = arena_copy(&oracle->arena, handed->text);
    kept->query = arena_copy(&oracle->arena, handed->query);
    kept->name = arena_copy(&oracle->arena, handed->name);
    kept->version = arena_copy(&oracle->arena, handed->version);
    map_add(&oracle->handed, hash_bytes(kept->text), kept);
}

struct bytes reply_text(struct oracle *oracle, struct bytes reply, const char *name)
{
    struct json_value root, value;
    struct json_cursor cursor;
    struct bytes member;

    if (!json_parse(oracle->json, reply, &root) || json_kind(root) != JSON_OBJECT)
        return BYTES_ABSENT;
    cursor = json_walk(root);
    while (json_next_member(&cursor, &member, &value))
        if (bytes_equal_cstr(member, name) && json_kind(value) == JSON_STRING)
            return arena_copy(&oracle->scratch, json_string(value));
    return BYTES_ABSENT;
}
