/*
 * Behind a block that cannot be read. Nobody says where it ends; but a seek to a key in it fails,
 * and one to a key behind it does not. So keys are tried, first in large steps: the last one that
 * was read, counted up at its end, then one byte before, which skips 256 times as much, and so on.
 * Where that succeeds the steps become small again, from the last key that failed.
 */
#include "store/patient_walk.h"

#include "base/memory.h"

/* Keys of events have 28 bytes. What differs behind that many is not told apart. */
#define TRIED_BYTES_MAX 48
#define KEY_BYTES_MAX ((size_t)1 << 17)

void patient_walk_begin(struct patient_walk *patient, struct kv *kv, enum kv_space space,
                        struct bytes prefix, hole_fn *hole, void *context)
{
    *patient = (struct patient_walk){
        .space = space, .prefix = memory_copy(prefix), .hole = hole, .context = context
    };
    text_init(&patient->last, KEY_BYTES_MAX);
    walk_begin(&patient->walk, kv, space, patient->prefix);
}

/* ---- trying keys */

struct trying {
    struct walk walk;
    size_t prefix_len; /* of the keys; it is not to be changed */
    unsigned char key[TRIED_BYTES_MAX];
    unsigned char readable[TRIED_BYTES_MAX]; /* the newest key that was */
};

/* The end of all keys is in none: what can be read may lie just before it. */
static bool is_in_hole(const struct walk *walk)
{
    return !walk_is_valid(walk) && walk->kv->functions->status(walk->iterator) == ERR_CORRUPT;
}

/* Counts up the byte at `place`, as the last one, until the key can be read; false when none can.
 */
static bool count_up(struct trying *trying, size_t place)
{
    while (trying->key[place] < 0xff) {
        trying->key[place]++;
        walk_seek(&trying->walk, bytes_of(trying->key, place + 1));
        if (is_in_hole(&trying->walk))
            continue;
        memset(trying->readable, 0, TRIED_BYTES_MAX);
        memcpy(trying->readable, trying->key, place + 1);
        return true;
    }
    return false;
}

/* In ever larger steps; the place at which that was enough, or TRIED_BYTES_MAX. */
static size_t step_over(struct trying *trying)
{
    for (size_t place = TRIED_BYTES_MAX; place-- > trying->prefix_len;)
        if (count_up(trying, place))
            return place;
    return TRIED_BYTES_MAX;
}

/* The last step may have been too large: smaller ones, from the last key that could not be read. */
static void step_closer(struct trying *trying, size_t place)
{
    bool found = true;

    while (++place < TRIED_BYTES_MAX) {
        if (found)
            trying->key[place - 1]--;
        memset(trying->key + place, 0, TRIED_BYTES_MAX - place);
        found = count_up(trying, place);
    }
}

static void begin_at(struct trying *trying, const struct patient_walk *patient)
{
    struct bytes from = patient->has_moved ? text_bytes(&patient->last) : patient->prefix;

    *trying = (struct trying){ .prefix_len = patient->prefix.len };
    memcpy(trying->key, from.ptr, from.len < TRIED_BYTES_MAX ? from.len : TRIED_BYTES_MAX);
    walk_begin(&trying->walk, patient->walk.kv, patient->space, patient->prefix);
}

/* Begins the walk anew, on the first key behind the damage that can be read; false when there is
 * none. */
static bool pass_hole(struct patient_walk *patient)
{
    struct trying trying;
    size_t place;

    begin_at(&trying, patient);
    place = step_over(&trying);
    if (place < TRIED_BYTES_MAX) {
        step_closer(&trying, place);
        walk_begin(&patient->walk, trying.walk.kv, patient->space, patient->prefix);
        walk_seek(&patient->walk, bytes_of(trying.readable, TRIED_BYTES_MAX));
    }
    (void)!walk_end(&trying.walk);
    return place < TRIED_BYTES_MAX && walk_is_valid(&patient->walk);
}

/* ---- walking */

static bool is_at_end(struct patient_walk *patient, enum err *err)
{
    struct kv *kv = patient->walk.kv;

    *err = walk_end(&patient->walk);
    patient->walk.kv = kv;
    return *err != ERR_CORRUPT;
}

static void note_key(struct patient_walk *patient)
{
    text_reset(&patient->last);
    text_append(&patient->last, walk_key(&patient->walk));
    patient->has_moved = true;
}

bool patient_walk_next(struct patient_walk *patient)
{
    bool found;

    if (!patient->walk.iterator)
        return false;
    if (patient->has_moved)
        walk_next(&patient->walk);
    else
        walk_seek(&patient->walk, patient->prefix);
    if (!walk_is_valid(&patient->walk)) {
        if (is_at_end(patient, &patient->err))
            return false;
        found = pass_hole(patient);
        patient->hole(patient->context, patient->space,
                      patient->has_moved ? text_bytes(&patient->last) : BYTES_ABSENT,
                      found ? walk_key(&patient->walk) : BYTES_ABSENT);
        if (!found)
            return false;
    }
    note_key(patient);
    return true;
}

enum err patient_walk_end(struct patient_walk *patient)
{
    enum err err = walk_end(&patient->walk);

    text_deinit(&patient->last);
    memory_free((char *)(uintptr_t)patient->prefix.ptr);
    if (patient->err != OK && patient->err != ERR_CORRUPT)
        return patient->err;
    return err == ERR_CORRUPT ? OK : err;
}
