#include "cmd/ready_policy.h"

const struct ready_policy ready_policies[READY_POLICY_COUNT] = {
    { "full-access", "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"FullAccess\","
                     "\"Effect\":\"Allow\",\"Action\":\"swf:*\",\"Resource\":\"*\"}]}" },
    { "read-only", "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"ReadOnly\","
                   "\"Effect\":\"Allow\",\"Action\":[\"swf:Count*\",\"swf:Describe*\","
                   "\"swf:Get*\",\"swf:List*\"],\"Resource\":\"*\"}]}" },
};

const struct ready_policy *ready_policy_find(struct bytes name)
{
    for (size_t i = 0; i < READY_POLICY_COUNT; i++) {
        if (bytes_equal_cstr(name, ready_policies[i].name))
            return &ready_policies[i];
    }
    return NULL;
}
