/*
 * Two parts: the rules of single members, which the tables name (member.rule) and one walk checks;
 * and the rules about several members together, a function for each operation that has one.
 *
 * The service's own texts for single members are not known; ours have the form of its other
 * messages and say what would be right (Q-REG1). The texts of the second part are the service's.
 * Both look into the decisions of a list: one that is ill-formed fails the call (Q-DUR).
 */
#include "wire/rules.h"

#include "base/ascii.h"
#include "wire/character.h"
#include "wire/field.h"
#include "wire/problem.h"

#define LAMBDA_SECONDS_MAX 900

#define PATTERN "Member must satisfy regular expression pattern: "

static const char *const rule_texts[] = {
    [RULE_NAME] = PATTERN "(?!arn$)[^:/|\\u0000-\\u001f\\u007f-\\u009f]+",
    [RULE_NAME_TRIMMED] = "Member must not begin or end with white space",
    [RULE_FREE_NAME] = PATTERN "(?!arn$)[^\\u0000-\\u001f\\u007f-\\u009f]+",
    [RULE_SECONDS] = PATTERN "[0-9]+",
    [RULE_DURATION] = "Member must be a number of seconds",
    [RULE_DURATION_OR_NONE] = "Member must be NONE or a number of seconds",
    [RULE_LAMBDA_TIMEOUT] = "Member must be NONE or a number of seconds between 1 and 900",
    [RULE_PRIORITY] = "Member must be an integer between -2147483648 and 2147483647",
    [RULE_RETENTION_DAYS] = "Member must be NONE or a number of days",
    [RULE_TAG_TEXT] = PATTERN "[\\p{L}\\p{N}\\s_.:/=+\\-@]*",
};

/* ---- texts ---- */

static bool is_free_name(struct bytes text)
{
    for (size_t at = 0; at < text.len;) {
        if (character_is_control(character_next(text, &at)))
            return false;
    }
    return !bytes_equal(text, BYTES("arn"));
}

static bool is_name(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == ':' || text.ptr[i] == '/' || text.ptr[i] == '|')
            return false;
    }
    return is_free_name(text);
}

static bool is_trimmed(struct bytes text)
{
    uint32_t first = 'x';
    uint32_t last = 'x';

    for (size_t at = 0; at < text.len;) {
        bool at_start = at == 0;
        last = character_next(text, &at);
        if (at_start)
            first = last;
    }
    return !character_is_white_space(first) && !character_is_white_space(last);
}

/* Letters of all scripts are allowed, and we keep no table of what is one: beyond ASCII all but
 * controls pass. */
static bool is_tag_character(uint32_t c)
{
    if (c >= 0x80)
        return !character_is_control(c) || character_is_white_space(c);
    if (ascii_is_letter_or_digit((char)c))
        return true;
    return character_is_white_space(c) || (c != 0 && strchr("_.:/=+-@", (int)c));
}

static bool is_tag_text(struct bytes text)
{
    for (size_t at = 0; at < text.len;) {
        if (!is_tag_character(character_next(text, &at)))
            return false;
    }
    return true;
}

/* ---- numbers ---- */

/* Digits alone; leading zeros change nothing (Q-REG3). */
static bool is_number_between(struct bytes text, unsigned long long min, unsigned long long max)
{
    unsigned long long number;

    return bytes_parse_u64(text, &number) && number >= min && number <= max;
}

static bool is_none_or_between(struct bytes text, unsigned long long min, unsigned long long max)
{
    return bytes_equal(text, BYTES("NONE")) || is_number_between(text, min, max);
}

/* The longest that one is with all its digits. */
#define INT32_CHARACTERS_MAX (sizeof("-2147483648") - 1)

/* The model gives a priority no length, and it is kept as it was sent, in every event of a task: a
 * megabyte of leading zeros would be written a thousand times for one list of decisions. */
static bool is_int32(struct bytes text)
{
    if (text.len > INT32_CHARACTERS_MAX)
        return false;
    if (text.len > 0 && text.ptr[0] == '-')
        return is_number_between(bytes_skip(text, 1), 0, (unsigned long long)INT32_MAX + 1);
    return is_number_between(text, 0, INT32_MAX);
}

/* ---- members ---- */

/* The quota that the rule is about; 0: there is none, or it is lifted. */
static uint32_t quota_of(enum rule rule, const struct limits *limits)
{
    switch (rule) {
    case RULE_DURATION:
    case RULE_DURATION_OR_NONE:
        return limits->execution_seconds;
    case RULE_RETENTION_DAYS:
        return limits->retention_days;
    default:
        return 0;
    }
}

/* The rule that `text` breaks, or RULE_NONE. Names may begin and end with white space where the
 * rule does not say otherwise (Q-REG2). NONE is no duration of an execution, not of a child or a
 * continued one either (Q-CHILD3). A timer may take as many seconds as fit its text (Q-TMR2). */
static enum rule broken_rule(enum rule rule, struct bytes text, const struct limits *limits)
{
    uint32_t quota = quota_of(rule, limits);
    unsigned long long most = quota ? quota : UINT32_MAX;
    bool kept = true;

    switch (rule) {
    case RULE_NAME:
        kept = is_name(text);
        break;
    case RULE_NAME_TRIMMED:
    case RULE_TASK_LIST_TRIMMED:
        if (!is_name(text))
            return RULE_NAME;
        return is_trimmed(text) ? RULE_NONE : RULE_NAME_TRIMMED;
    case RULE_FREE_NAME:
        kept = is_free_name(text);
        break;
    case RULE_SECONDS:
        kept = is_number_between(text, 0, UINT64_MAX);
        break;
    case RULE_DURATION:
        kept = is_number_between(text, 0, most);
        break;
    case RULE_DURATION_OR_NONE:
        kept = is_none_or_between(text, 0, most);
        break;
    case RULE_LAMBDA_TIMEOUT:
        kept = is_none_or_between(text, 1, LAMBDA_SECONDS_MAX);
        break;
    case RULE_PRIORITY:
        kept = is_int32(text);
        break;
    case RULE_RETENTION_DAYS:
        kept = is_none_or_between(text, 0, most);
        break;
    case RULE_TAG_TEXT:
        kept = is_tag_text(text);
        break;
    case RULE_NONE:
        break;
    }
    return kept ? RULE_NONE : rule;
}

static bool is_optional_duration(const struct member *member)
{
    switch ((enum rule)member->rule) {
    case RULE_SECONDS:
    case RULE_DURATION:
    case RULE_DURATION_OR_NONE:
    case RULE_LAMBDA_TIMEOUT:
        return !member->required;
    default:
        return false;
    }
}

struct checker {
    const struct limits *limits;
    struct problems problems; /* the first ends the walk */
};

static bool is_broken(const struct checker *checker)
{
    return checker->problems.count > 0;
}

static struct bytes text_of(const struct checker *checker, enum rule rule)
{
    uint32_t quota = quota_of(rule, checker->limits);

    if (quota == 0)
        return bytes_of_cstr(rule_texts[rule]);
    return arena_printf(checker->problems.arena, "%s between 0 and %u", rule_texts[rule], quota);
}

static void check_text(struct checker *checker, enum rule rule, struct bytes text,
                       const struct path *path)
{
    enum rule broken = broken_rule(rule, text, checker->limits);

    if (broken != RULE_NONE)
        problem_add(&checker->problems, path, text, text_of(checker, broken));
}

static void check_string(struct checker *checker, const struct member *member, void *field,
                         const struct path *path)
{
    struct bytes text = field_bytes(field);

    if (member->rule == RULE_NONE || bytes_is_absent(text))
        return;
    if (text.len == 0 && is_optional_duration(member))
        memset(field, 0,
               sizeof(text)); /* clients send "" for a duration that they do not want to give */
    else
        check_text(checker, (enum rule)member->rule, text, path);
}

static void check_shape(struct checker *checker, const struct shape *shape, void *object,
                        const struct path *parent);

static void check_struct(struct checker *checker, const struct member *member, const void *object,
                         const struct path *path)
{
    if (!object)
        return;
    if (member->rule == RULE_TASK_LIST_TRIMMED) {
        const struct task_list *list = object;
        struct path name = { .parent = path, .name = "name" };
        check_text(checker, RULE_TASK_LIST_TRIMMED, list->name, &name);
    }
    if (!is_broken(checker))
        check_shape(checker, member->shape, (void *)object, path);
}

static void check_structs(struct checker *checker, const struct member *member,
                          struct item_list list, const struct path *path)
{
    for (size_t i = 0; i < list.count && !is_broken(checker); i++) {
        struct path item = { .parent = path, .number = i + 1 };
        check_shape(checker, member->shape, (void *)item_at(list, member->shape, i), &item);
    }
}

/* Writes into a decoded request only to take empty durations out; the decoder made it, so it is not
 * really const. */
static void check_shape(struct checker *checker, const struct shape *shape, void *object,
                        const struct path *parent)
{
    for (size_t i = 0; i < shape->count && !is_broken(checker); i++) {
        const struct member *member = &shape->members[i];
        void *field = (char *)object + member->offset;
        struct path path = { .parent = parent, .name = member->name };

        if (member->kind == KIND_STRING)
            check_string(checker, member, field, &path);
        else if (member->kind == KIND_STRUCT)
            check_struct(checker, member, field_pointer(field), &path);
        else if (member->kind == KIND_STRUCT_LIST)
            check_structs(checker, member, field_items(field), &path);
    }
}

static struct fault check_members(const struct request *request, const struct limits *limits,
                                  struct arena *arena)
{
    struct checker checker = { .limits = limits };

    problems_init(&checker.problems, arena);
    check_shape(&checker, operation_shapes[request->operation].input, (void *)request->input, NULL);
    return problems_fault(&checker.problems);
}

/* ---- members together ---- */

static bool closes(enum decision_type type)
{
    switch (type) {
    case DECISION_COMPLETE_WORKFLOW_EXECUTION:
    case DECISION_FAIL_WORKFLOW_EXECUTION:
    case DECISION_CANCEL_WORKFLOW_EXECUTION:
    case DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
        return true;
    default:
        return false;
    }
}

static struct fault check_decisions(const struct respond_decision_task_completed_input *input)
{
    const struct decision_list *list = &input->decisions;

    for (size_t i = 0; i + 1 < list->count; i++) {
        if (closes(list->items[i].decision_type))
            return fault_of(FAULT_VALIDATION, BYTES("Close must be last decision in list"));
    }
    /* Q-OVR3 */
    if (!bytes_is_absent(input->task_list_schedule_to_start_timeout) && !input->task_list)
        return fault_of(FAULT_VALIDATION,
                        BYTES("Cannot specify taskListScheduleToStartTimeout without taskList"));
    return NO_FAULT;
}

static struct fault check_time_filters(const void *by_start, const void *by_close)
{
    if (!by_start && !by_close)
        return fault_of(FAULT_VALIDATION, BYTES("Must specify time filter"));
    if (by_start && by_close)
        return fault_of(FAULT_VALIDATION,
                        BYTES("Cannot specify both a startTimeFilter and a closeTimeFilter"));
    return NO_FAULT;
}

/* The filters of which a query may have one. */
struct filters {
    const void *execution, *type, *tag, *close_status;
};

static struct fault check_exclusive(struct filters filters, struct arena *arena)
{
    const char *names[4];
    int count = 0;

    if (filters.execution)
        names[count++] = "executionFilter";
    if (filters.type)
        names[count++] = "typeFilter";
    if (filters.tag)
        names[count++] = "tagFilter";
    if (filters.close_status)
        names[count++] = "closeStatusFilter";
    if (count < 2)
        return NO_FAULT;

    struct bytes list = bytes_of_cstr(names[0]);
    for (int i = 1; i < count; i++)
        list = arena_printf(arena, "%.*s, %s", BYTES_FMT(list), names[i]);
    return fault_of(
        FAULT_VALIDATION,
        arena_printf(arena,
                     "Cannot specify more than one exclusive filters in the same query: [%.*s]",
                     BYTES_FMT(list)));
}

/* Time filters first (Q-VIS6). */
static struct fault check_list_closed(const struct list_closed_workflow_executions_input *input,
                                      struct arena *arena)
{
    struct fault fault = check_time_filters(input->start_time_filter, input->close_time_filter);

    if (!fault_is_none(fault))
        return fault;
    return check_exclusive((struct filters){ input->execution_filter, input->type_filter,
                                             input->tag_filter, input->close_status_filter },
                           arena);
}

static struct fault check_count_closed(const struct count_closed_workflow_executions_input *input,
                                       struct arena *arena)
{
    struct fault fault = check_time_filters(input->start_time_filter, input->close_time_filter);

    if (!fault_is_none(fault))
        return fault;
    return check_exclusive((struct filters){ input->execution_filter, input->type_filter,
                                             input->tag_filter, input->close_status_filter },
                           arena);
}

static struct fault check_list_open(const struct list_open_workflow_executions_input *input,
                                    struct arena *arena)
{
    return check_exclusive(
        (struct filters){ input->execution_filter, input->type_filter, input->tag_filter, NULL },
        arena);
}

static struct fault check_count_open(const struct count_open_workflow_executions_input *input,
                                     struct arena *arena)
{
    return check_exclusive(
        (struct filters){ input->execution_filter, input->type_filter, input->tag_filter, NULL },
        arena);
}

static struct fault check_together(const struct request *request, struct arena *arena)
{
    switch (request->operation) {
    case OPERATION_RESPOND_DECISION_TASK_COMPLETED:
        return check_decisions(request->respond_decision_task_completed);
    case OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS:
        return check_list_closed(request->list_closed_workflow_executions, arena);
    case OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS:
        return check_count_closed(request->count_closed_workflow_executions, arena);
    case OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS:
        return check_list_open(request->list_open_workflow_executions, arena);
    case OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS:
        return check_count_open(request->count_open_workflow_executions, arena);
    default:
        return NO_FAULT;
    }
}

struct fault check_rules(struct request *request, const struct limits *limits, struct arena *arena)
{
    struct fault fault = check_members(request, limits, arena);

    return fault_is_none(fault) ? check_together(request, arena) : fault;
}
