#include "rights.h"

#include "base/text.h"
#include "model/shapes.h"

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

#define STATEMENT(effect, actions, more) \
    "{\"Effect\":\"" effect "\",\"Action\":[" actions "],\"Resource\":\"*\"" more "}"
#define ALL STATEMENT("Allow", "\"swf:*\",\"iam:PassRole\"", "")
#define WHEN(operator, key, values) ",\"Condition\":{\"" operator"\":{\"" key "\":[" values "]}}"

static const char *const statements[RIGHTS_COUNT] = {
    [RIGHTS_ALL] = ALL,
    [RIGHTS_ONE_DOMAIN] = "{\"Effect\":\"Allow\",\"Action\":\"swf:*\","
                          "\"Resource\":\"arn:aws:swf:*:*:/domain/d\"}",
    [RIGHTS_LOOK] = STATEMENT("Allow",
                              "\"swf:Count*\",\"swf:Describe*\",\"swf:Get*\",\"swf:List*\"", ""),
    [RIGHTS_WORK] = STATEMENT("Allow",
                              "\"swf:PollFor*\",\"swf:Respond*\","
                              "\"swf:RecordActivityTaskHeartbeat\",\"SWF:scheduleactivity????\","
                              "\"swf:CompleteWorkflowExecution\"",
                              ""),
    [RIGHTS_TWO_LISTS] = STATEMENT(
        "Allow", "\"swf:*\",\"iam:PassRole\"",
        WHEN("StringEqualsIfExists", "swf:taskList.name", "\"deciders\",\"workers\"")),
    [RIGHTS_OLD_TYPES] = ALL "," STATEMENT(
        "Deny", "\"*\"",
        WHEN("StringEquals", "swf:workflowType.version",
             "\"2\"")) "," STATEMENT("Deny", "\"*\"",
                                     WHEN("StringEquals", "swf:activityType.version", "\"2\"")),
    [RIGHTS_RED_TEAM] = STATEMENT("Allow", "\"swf:*\"",
                                  WHEN("StringEquals", "aws:ResourceTag/team", "\"red\"")),
    [RIGHTS_NO_TEAM] = ALL
    "," STATEMENT("Deny", "\"swf:*\"", WHEN("ForAnyValue:StringEquals", "aws:TagKeys", "\"team\"")),
    [RIGHTS_TAGGED] = ALL "," STATEMENT(
        "Deny",
        "\"swf:ListOpen*\",\"swf:ListClosed*\",\"swf:CountOpen*\","
        "\"swf:CountClosed*\"",
        WHEN(
            "StringNotEquals", "swf:tagFilter.tag",
            "\"t1\"")) "," STATEMENT("Deny",
                                     "\"swf:StartWorkflowExecution\",\"swf:StartChildWorkflowExecution\","
                                     "\"swf:ContinueAsNewWorkflowExecution\"",
                                     WHEN("Null", "swf:tagList.member.0", "\"true\"")),
    [RIGHTS_NO_ROLES] = STATEMENT("Allow", "\"swf:*\"", ""),
};

/* A decision that schedules a Lambda function has no action, and cannot be denied. */
static void deny_decisions(struct text *text, const bool *denied)
{
    const char *before = ","
                         "{\"Effect\":\"Deny\",\"Resource\":\"*\",\"Action\":[";
    bool any = false;

    for (int type = 1; type <= DECISION_TYPE_COUNT; type++)
        if (denied[type] && type != DECISION_SCHEDULE_LAMBDA_FUNCTION) {
            text_printf(text, "%s\"swf:%s\"", any ? "," : before, decision_type_names[type]);
            any = true;
        }
    if (any)
        text_append_cstr(text, "]}");
}

struct bytes rights_policy(enum rights rights, const bool *denied, struct arena *arena)
{
    struct bytes document;
    struct text text;

    if (rights == RIGHTS_NONE)
        return BYTES_ABSENT;
    text_init(&text, TEXT_BYTES_MAX);
    text_append_cstr(&text, "{\"Version\":\"2012-10-17\",\"Statement\":[");
    text_append_cstr(&text, rights == RIGHTS_FEW_DECISIONS ? ALL : statements[rights]);
    if (rights == RIGHTS_FEW_DECISIONS)
        deny_decisions(&text, denied);
    text_append_cstr(&text, "]}");
    document = arena_copy(arena, text_bytes(&text));
    text_deinit(&text);
    return document;
}
