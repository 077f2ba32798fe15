#include "rights.h"

#include "base/text.h"
#include "model/shapes.h"
#include <stdio.h>

#define TEXT_BYTES_MAX ((size_t)1 << 16)

const uint64_t accounts[ACCOUNTS] = { UINT64_C(123456789012), UINT64_C(210987654321) };

const char *const rights_names[RIGHTS_COUNT] = {
    [RIGHTS_ALL] = "all",
    [RIGHTS_FEW_DECISIONS] = "few-decisions",
    [RIGHTS_ONE_DOMAIN] = "one-domain",
    [RIGHTS_LOOK] = "look",
    [RIGHTS_WORK] = "work",
    [RIGHTS_TWO_LISTS] = "two-lists",
    [RIGHTS_OLD_TYPES] = "old-types",
    [RIGHTS_RED_TEAM] = "red-team",
    [RIGHTS_NO_TEAM] = "no-team",
    [RIGHTS_TAGGED] = "tagged",
    [RIGHTS_NO_ROLES] = "no-roles",
    [RIGHTS_NONE] = "none",
};

#define EVERYTHING "'swf:*','iam:PassRole'"
#define ANY "*"

/* The statements of each policy; ' stands for ". A condition may be absent. */
/* clang-format off */
static const struct {
    enum rights rights;
    const char *effect, *actions, *resource, *condition;
} statements[] = {
    { RIGHTS_ALL, "Allow", EVERYTHING, ANY, NULL },
    { RIGHTS_FEW_DECISIONS, "Allow", EVERYTHING, ANY, NULL }, /* and see below */
    { RIGHTS_ONE_DOMAIN, "Allow", "'swf:*'", "arn:aws:swf:*:*:/domain/d", NULL },
    { RIGHTS_LOOK, "Allow", "'swf:Count*','swf:Describe*','swf:Get*','swf:List*'", ANY, NULL },
    { RIGHTS_WORK, "Allow",
      "'swf:PollFor*','swf:Respond*','swf:RecordActivityTaskHeartbeat',"
      "'SWF:schedule?ctivitytask','swf:CompleteWorkflowExecution'", ANY, NULL },
    { RIGHTS_TWO_LISTS, "Allow", EVERYTHING, ANY,
      "'StringEqualsIfExists':{'swf:taskList.name':['deciders','workers']}" },
    { RIGHTS_OLD_TYPES, "Allow", EVERYTHING, ANY, NULL },
    { RIGHTS_OLD_TYPES, "Deny", "'*'", ANY, "'StringEquals':{'swf:workflowType.version':'2'}" },
    { RIGHTS_OLD_TYPES, "Deny", "'*'", ANY, "'StringEquals':{'swf:activityType.version':'2'}" },
    { RIGHTS_RED_TEAM, "Allow", "'swf:*'", ANY, "'StringEquals':{'aws:ResourceTag/team':'red'}" },
    { RIGHTS_NO_TEAM, "Allow", EVERYTHING, ANY, NULL },
    { RIGHTS_NO_TEAM, "Deny", "'swf:*'", ANY,
      "'ForAnyValue:StringEquals':{'aws:TagKeys':'team'}" },
    { RIGHTS_TAGGED, "Allow", EVERYTHING, ANY, NULL },
    { RIGHTS_TAGGED, "Deny",
      "'swf:ListOpen*','swf:ListClosed*','swf:CountOpen*','swf:CountClosed*'", ANY,
      "'StringNotEquals':{'swf:tagFilter.tag':'t1'}" },
    { RIGHTS_TAGGED, "Deny",
      "'swf:StartWorkflowExecution','swf:StartChildWorkflowExecution',"
      "'swf:ContinueAsNewWorkflowExecution'", ANY, "'Null':{'swf:tagList.member.0':'true'}" },
    { RIGHTS_NO_ROLES, "Allow", "'swf:*'", ANY, NULL },
};
/* clang-format on */

static void append_statement(struct text *text, const char *effect, const char *actions,
                             const char *resource, const char *condition)
{
    text_printf(text, "%s{'Effect':'%s','Action':[%s],'Resource':'%s'%s%s%s}",
                text->ptr[text->len - 1] == '[' ? "" : ",", effect, actions, resource,
                condition ? ",'Condition':{" : "", condition ? condition : "",
                condition ? "}" : "");
}

/* A decision that schedules a Lambda function has no action, and cannot be denied. */
static void deny_decisions(struct text *text, const bool *denied)
{
    for (int type = 1; type <= DECISION_TYPE_COUNT; type++) {
        char action[64];

        if (!denied[type] || type == DECISION_SCHEDULE_LAMBDA_FUNCTION)
            continue;
        snprintf(action, sizeof(action), "'swf:%s'", decision_type_names[type]);
        append_statement(text, "Deny", action, ANY, NULL);
    }
}

struct bytes rights_policy(enum rights rights, const bool *denied, struct arena *arena)
{
    struct bytes document;
    struct text text;

    if (rights == RIGHTS_NONE)
        return BYTES_ABSENT;
    text_init(&text, TEXT_BYTES_MAX);
    text_append_cstr(&text, "{'Version':'2012-10-17','Statement':[");
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
        if (statements[i].rights == rights)
            append_statement(&text, statements[i].effect, statements[i].actions,
                             statements[i].resource, statements[i].condition);
    if (rights == RIGHTS_FEW_DECISIONS)
        deny_decisions(&text, denied);
    text_append_cstr(&text, "]}");
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '\'')
            text.ptr[i] = '"';
    document = arena_copy(arena, text_bytes(&text));
    text_deinit(&text);
    return document;
}
