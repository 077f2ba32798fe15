/*
 * The registry and the messages: records that only the service can read.
 */
#include "fsck/inner.h"
#include "service/messages.h"
#include "service/records.h"
#include "store/key.h"
#include "store/value.h"
#include "store/walk.h"

typedef bool read_record_fn(struct fsck *fsck, struct bytes name, struct bytes content);

static bool read_registry(struct fsck *fsck, struct bytes name, struct bytes content)
{
    fsck->sum->registry++;
    return records_recover(&fsck->registry, fsck->json, name, content) == OK;
}

static bool read_message(struct fsck *fsck, struct bytes name, struct bytes content)
{
    fsck->sum->messages++;
    return messages_can_read(fsck->json, name, content);
}

/* `one`: what a row of the kind is called. */
static void check(struct fsck *fsck, enum state_kind kind, read_record_fn *read, const char *one)
{
    struct bytes content;
    struct patient_walk walk;

    fsck_begin_patient(fsck, &walk, fsck_side(fsck, kind), key_kind(&fsck->keys, (int)kind));
    while (patient_walk_next(&walk)) {
        struct bytes key = walk_key(&walk.walk), name = bytes_skip(key, 1);

        if (value_open(key, walk_value(&walk.walk), &content) && read(fsck, name, content))
            continue;
        struct bytes row = fsck_shown_row(fsck, key);
        fsck_found(fsck, "%s is damaged: %.*s", one, BYTES_FMT(row));
    }
    fsck_end_patient(fsck, &walk, twin_kind_name(kind));
    arena_reset(&fsck->keys);
}

void fsck_check_registry(struct fsck *fsck)
{
    check(fsck, STATE_REGISTRY, read_registry, "a record of the registry");
}

void fsck_check_messages(struct fsck *fsck)
{
    check(fsck, STATE_MESSAGE, read_message, "a message between workflows");
}
