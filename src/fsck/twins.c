/*
 * What is kept twice: both sides of a kind hold the same rows. Where they do not, the side that is
 * sound says what is true, and the other one is made like it. When both are, and differ, it is the
 * one with the newer turn, else that in the state: a server has been going on with it. When neither
 * is, a row that is there twice and sound once can still be mended; a row that is there once may
 * have been taken out, and nobody knows.
 */
#include "fsck/inner.h"
#include "store/key.h"
#include "store/twin.h"
#include "store/value.h"
#include "store/walk.h"
#include <inttypes.h>

/* ---- which side to believe ---- */

enum kv_space fsck_side(const struct fsck *fsck, enum state_kind kind)
{
    for (size_t i = 0; i < TWIN_KINDS; i++)
        if (twin_kinds[i] == kind)
            return fsck->twins[i].truth;
    return KV_STATE;
}

/* Turn records must reach back to the checkpoint of their own side: the other one may have gone on
 * to a later one, and dropped what comes before. */
static bool judge_side(struct fsck *fsck, enum kv_space side, enum state_kind kind)
{
    const struct fsck_twins *meta = &fsck->twins[0];
    bool has_own = meta->is_sound[side == KV_TWIN];
    struct twin_flaw flaw;

    if (kind == STATE_TURN)
        fsck_read_checkpoint(fsck, has_own ? side : meta->truth);
    return twin_is_sound(fsck->kv, side, kind, fsck->checkpoint_turn, &flaw);
}

static void judge(struct fsck *fsck, size_t i, bool has_twins)
{
    struct fsck_twins *twins = &fsck->twins[i];

    twins->is_sound[0] = judge_side(fsck, KV_STATE, twin_kinds[i]);
    twins->is_sound[1] = has_twins && judge_side(fsck, KV_TWIN, twin_kinds[i]);
    twins->truth = !twins->is_sound[0] && twins->is_sound[1] ? KV_TWIN : KV_STATE;
}

static uint64_t newest_turn(const struct fsck *fsck, enum kv_space side)
{
    uint64_t turn;

    return twin_newest_turn(fsck->kv, side, &turn) ? turn : 0;
}

/* Both are whole in themselves, and one has not heard of the last turns. */
static void prefer_newer(struct fsck *fsck)
{
    for (size_t i = 0; i < TWIN_KINDS; i++)
        if (!fsck->twins[i].is_sound[0] || !fsck->twins[i].is_sound[1])
            return;
    if (newest_turn(fsck, KV_TWIN) > newest_turn(fsck, KV_STATE))
        for (size_t i = 0; i < TWIN_KINDS; i++)
            fsck->twins[i].truth = KV_TWIN;
}

void fsck_choose_sides(struct fsck *fsck)
{
    bool has_twins = twin_exists(fsck->kv);

    ensure(twin_kinds[0] == STATE_META); /* it says by what the others are judged */
    for (size_t i = 0; i < TWIN_KINDS; i++)
        judge(fsck, i, has_twins);
    prefer_newer(fsck);
    fsck_read_checkpoint(fsck, fsck_side(fsck, STATE_META));
}

/* ---- row by row ---- */

struct side {
    enum kv_space space;
    struct patient_walk walk;
    bool is_on_row;
};

struct comparing {
    struct fsck *fsck;
    struct side truth, other;
    bool is_sure; /* `truth` is */
    size_t mendable, beyond;
    struct bytes first; /* key of the first that differs, in fsck->keys */
};

static void step(struct side *side)
{
    side->is_on_row = patient_walk_next(&side->walk);
}

static struct bytes key_of(const struct side *side)
{
    return walk_key(&side->walk.walk);
}

static struct bytes value_at(const struct side *side)
{
    return walk_value(&side->walk.walk);
}

static bool is_open(const struct side *side)
{
    struct bytes content;

    return value_open(key_of(side), value_at(side), &content);
}

/* The row of `from` goes to the other side as well. */
static void copy_row(struct comparing *comparing, const struct side *from, const struct side *to)
{
    struct batch *fixes = &comparing->fsck->fixes;

    comparing->mendable++;
    batch_put(fixes, to->space, arena_copy(&fixes->arena, key_of(from)),
              arena_copy(&fixes->arena, value_at(from)));
}

static void drop_row(struct comparing *comparing)
{
    struct batch *fixes = &comparing->fsck->fixes;

    comparing->mendable++;
    batch_delete(fixes, comparing->other.space,
                 arena_copy(&fixes->arena, key_of(&comparing->other)));
}

static void compare_values(struct comparing *comparing)
{
    struct side *truth = &comparing->truth, *other = &comparing->other;

    if (bytes_equal(value_at(truth), value_at(other)))
        return; /* what is damaged on both sides is told by who reads it */
    if (comparing->is_sure || (is_open(truth) && !is_open(other)))
        copy_row(comparing, truth, other);
    else if (!is_open(truth) && is_open(other))
        copy_row(comparing, other, truth);
    else
        comparing->beyond++;
}

static void compare_row(struct comparing *comparing, int order)
{
    size_t before = comparing->mendable + comparing->beyond;

    if (order == 0)
        compare_values(comparing);
    else if (!comparing->is_sure)
        comparing->beyond++;
    else if (order < 0)
        copy_row(comparing, &comparing->truth, &comparing->other);
    else
        drop_row(comparing);
    if (before == 0 && comparing->mendable + comparing->beyond > 0)
        comparing->first = arena_copy(&comparing->fsck->keys,
                                      key_of(order > 0 ? &comparing->other : &comparing->truth));
}

/* Both walks go on together, in the order of keys. */
static void compare_all(struct comparing *comparing)
{
    struct side *truth = &comparing->truth, *other = &comparing->other;

    step(truth);
    step(other);
    while (truth->is_on_row || other->is_on_row) {
        int order = !truth->is_on_row   ? 1
                    : !other->is_on_row ? -1
                                        : bytes_compare(key_of(truth), key_of(other));
        compare_row(comparing, order);
        if (order <= 0)
            step(truth);
        if (order >= 0)
            step(other);
    }
}

/* ---- one kind ---- */

/* The rows that differ are made the same in one write: whoever comes in between finds all of a kind
 * or nothing of it mended. */
static void mend(struct comparing *comparing, const char *kind)
{
    struct fsck *fsck = comparing->fsck;
    const char *which = comparing->other.space == KV_STATE ? "first" : "second";
    struct bytes first = bytes_is_absent(comparing->first) ? BYTES_ABSENT
                                                           : fsck_shown_row(fsck, comparing->first);

    if (comparing->beyond)
        fsck_found(fsck, "%s: the two copies differ in %zu rows, and neither is sound; one is %.*s",
                   kind, comparing->beyond, BYTES_FMT(first));
    if (comparing->mendable &&
        !fsck_may_mend(fsck,
                       "%s: in the %s copy %zu rows are damaged, missing or left over; the first "
                       "is %.*s",
                       kind, which, comparing->mendable, BYTES_FMT(first)))
        batch_reset(&fsck->fixes);
}

static void begin_side(struct fsck *fsck, struct side *side, enum kv_space space, struct bytes kind)
{
    side->space = space;
    fsck_begin_patient(fsck, &side->walk, space, kind);
}

static void check_kind(struct fsck *fsck, size_t i)
{
    const struct fsck_twins *twins = &fsck->twins[i];
    const char *name = twin_kind_name(twin_kinds[i]);
    struct comparing comparing = { .fsck = fsck,
                                   .is_sure = twins->is_sound[0] || twins->is_sound[1] };
    struct bytes kind = key_kind(&fsck->keys, (int)twin_kinds[i]);

    begin_side(fsck, &comparing.truth, twins->truth, kind);
    begin_side(fsck, &comparing.other, twins->truth == KV_STATE ? KV_TWIN : KV_STATE, kind);
    compare_all(&comparing);
    mend(&comparing, name);
    fsck_end_patient(fsck, &comparing.truth.walk, name);
    fsck_end_patient(fsck, &comparing.other.walk, name);
    arena_reset(&fsck->keys);
}

/* ---- all of it ---- */

static bool is_twin_kind(struct bytes key)
{
    for (size_t i = 0; i < TWIN_KINDS; i++)
        if (key.len && (unsigned char)key.ptr[0] == (unsigned)twin_kinds[i])
            return true;
    return false;
}

static void check_keys(struct fsck *fsck)
{
    struct walk walk;

    walk_begin(&walk, fsck->kv, KV_TWIN, BYTES(""));
    walk_seek(&walk, walk.begin);
    while (walk_is_valid(&walk)) {
        struct bytes key = walk_key(&walk);

        if (is_twin_kind(key)) {
            walk_seek(&walk, key_kind_end(&fsck->keys, (unsigned char)key.ptr[0]));
            continue;
        }
        fsck_found_stray(fsck, "the second copies");
        walk_next(&walk);
    }
    fsck_end_walk(fsck, &walk, "what is kept twice");
    arena_reset(&fsck->keys);
}

void fsck_check_twins(struct fsck *fsck)
{
    for (size_t i = 0; i < TWIN_KINDS; i++)
        check_kind(fsck, i);
    check_keys(fsck);
}
