#include "auth/action.h"

#include "base/spelling.h"

#define SERVICE "swf:"

/* Scheduling a Lambda function is in no list of the pseudo API; whoever may complete the decision
 * task may do it. This is the place to change that. */
static bool is_action(enum decision_type type)
{
    return type != DECISION_ABSENT && type != DECISION_SCHEDULE_LAMBDA_FUNCTION;
}

static struct bytes with_service(struct arena *arena, const char *name)
{
    const struct bytes parts[] = { BYTES(SERVICE), bytes_of_cstr(name) };

    return arena_join(arena, parts, 2);
}

struct bytes action_of_operation(struct arena *arena, enum operation operation)
{
    return with_service(arena, operation_names[operation]);
}

struct bytes action_of_decision(struct arena *arena, enum decision_type type)
{
    return is_action(type) ? with_service(arena, decision_type_names[type]) : BYTES_ABSENT;
}

/* All names without the service, operations first; NULL where a decision is no action. */
static const char *name_at(size_t i)
{
    if (i < OPERATION_COUNT)
        return operation_names[i];
    enum decision_type type = (enum decision_type)(i - OPERATION_COUNT + 1);
    return is_action(type) ? decision_type_names[type] : NULL;
}

#define NAME_COUNT ((size_t)OPERATION_COUNT + DECISION_TYPE_COUNT)

/* What stands behind "swf:"; absent when that does not stand in front. */
static struct bytes bare_name(struct bytes action)
{
    static const struct bytes service = BYTES(SERVICE);

    if (action.len < service.len ||
        !bytes_equal_ignoring_case(bytes_of(action.ptr, service.len), service))
        return BYTES_ABSENT;
    return bytes_skip(action, service.len);
}

/* The place of an action among all names; NAME_COUNT when there is none. */
static size_t place_of(struct bytes action)
{
    struct bytes name = bare_name(action);

    for (size_t i = 0; i < NAME_COUNT && !bytes_is_absent(name); i++)
        if (name_at(i) && bytes_equal_ignoring_case(name, bytes_of_cstr(name_at(i))))
            return i;
    return NAME_COUNT;
}

bool action_exists(struct bytes action)
{
    return place_of(action) < NAME_COUNT;
}

bool action_is_decision(struct bytes action)
{
    return action_exists(action) && place_of(action) >= OPERATION_COUNT;
}

struct bytes action_suggest(struct arena *arena, struct bytes action)
{
    struct bytes name = bytes_or(bare_name(action), action);
    size_t best = SPELLING_FAR;
    const char *nearest = NULL;

    for (size_t i = 0; i < NAME_COUNT; i++) {
        size_t distance = name_at(i) ? spelling_distance(name, bytes_of_cstr(name_at(i)))
                                     : SPELLING_FAR;
        if (distance < best) {
            best = distance;
            nearest = name_at(i);
        }
    }
    return nearest ? with_service(arena, nearest) : BYTES_ABSENT;
}
