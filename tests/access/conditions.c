#include "conditions.h"

#include "people.h"
#include <string.h>

const struct condition_key principal_keys[] = {
    { "aws:PrincipalArn", "arn:aws:iam::" ACCOUNT_A ":user/%s" },
    { "aws:PrincipalAccount", ACCOUNT_A },
    { "aws:PrincipalType", "User" },
    { "aws:PrincipalTag/team", "blue" },
    { "aws:username", "%s" },
    { "aws:userid", "%s" },
    { "aws:RequestedRegion", "us-east-1" },
    { "aws:EpochTime", "1326592619" },
    { "aws:ViaAWSService", "false" },
    { "aws:PrincipalIsAWSService", "false" },
    { NULL, NULL },
};

const struct condition_key connection_keys[] = {
    { "aws:SourceIp", "127.0.0.1" },
    { "aws:UserAgent", "tester/1.0" },
    { "aws:SecureTransport", "false" },
    { NULL, NULL },
};

const struct condition_key domain_keys[] = {
    { "aws:ResourceTag/environment", "production" },
    { NULL, NULL },
};

/* All that not every call and every decision has. */
static const char *const particular_keys[] = {
    "aws:MultiFactorAuthPresent",
    "aws:RequestTag/environment",
    "aws:ResourceTag/environment",
    "aws:SecureTransport",
    "aws:SourceIp",
    "aws:SourceVpce",
    "aws:TagKeys",
    "aws:UserAgent",
    "swf:activityType.name",
    "swf:activityType.version",
    "swf:defaultTaskList.name",
    "swf:name",
    "swf:tagFilter.tag",
    "swf:tagList.member.0",
    "swf:tagList.member.1",
    "swf:tagList.member.2",
    "swf:tagList.member.3",
    "swf:tagList.member.4",
    "swf:taskList.name",
    "swf:typeFilter.name",
    "swf:typeFilter.version",
    "swf:version",
    "swf:workflowType.name",
    "swf:workflowType.version",
    "swf:workflowTypeVersion",
};

static void append_key(struct text *out, const struct condition_key *key, const char *user)
{
    const char *blank = strstr(key->value, "%s");
    size_t before = blank ? (size_t)(blank - key->value) : strlen(key->value);

    text_printf(out, "'%s':'%.*s%s'", key->name, (int)before, key->value, blank ? user : "");
}

int conditions_append_equal(struct text *out, const struct condition_key *const *lists,
                            const char *user, int wrong)
{
    int count = 0;

    text_append_cstr(out, ",'Condition':{'StringEquals':{");
    for (; *lists; lists++) {
        for (const struct condition_key *key = *lists; key->name; key++, count++) {
            text_append_cstr(out, count ? "," : "");
            if (count == wrong)
                text_printf(out, "'%s':'something else'", key->name);
            else
                append_key(out, key, user);
        }
    }
    text_append_cstr(out, "}}");
    return count;
}

static bool has_key(const struct condition_key *const *lists, const char *name)
{
    for (; *lists; lists++) {
        for (const struct condition_key *key = *lists; key->name; key++) {
            if (strcmp(key->name, name) == 0)
                return true;
        }
    }
    return false;
}

void conditions_append_no_other(struct text *out, const struct condition_key *const *lists)
{
    bool first = true;

    text_append_cstr(out, ",'Condition':{'Null':{");
    for (size_t i = 0; i < sizeof(particular_keys) / sizeof(particular_keys[0]); i++) {
        if (has_key(lists, particular_keys[i]))
            continue;
        text_printf(out, "%s'%s':'true'", first ? "" : ",", particular_keys[i]);
        first = false;
    }
    text_append_cstr(out, "}}");
}
