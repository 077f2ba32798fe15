#include "cmd/ready_policy.h"

/* Full access is more than AWS's SimpleWorkflowFullAccess: it may also name the roles of Lambda
 * functions, without which some of SWF cannot be used. */
const struct ready_policy ready_policies[READY_POLICY_COUNT] = {
    { "full-access",
      "{\"Version\":\"2012-10-17\",\"Statement\":["
      "{\"Sid\":\"Everything\",\"Effect\":\"Allow\",\"Action\":\"swf:*\",\"Resource\":\"*\"},"
      "{\"Sid\":\"LambdaRoles\",\"Effect\":\"Allow\",\"Action\":\"iam:PassRole\","
      "\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{"
      "\"iam:PassedToService\":\"swf.amazonaws.com\"}}}]}" },
    { "read-only",
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"ReadOnly\",\"Effect\":\"Allow\","
      "\"Action\":[\"swf:Count*\",\"swf:Describe*\",\"swf:Get*\",\"swf:List*\"],"
      "\"Resource\":\"*\"}]}" },
};

const struct ready_policy *ready_policy_find(struct bytes name)
{
    for (size_t i = 0; i < READY_POLICY_COUNT; i++) {
        if (bytes_equal_cstr(name, ready_policies[i].name))
            return &ready_policies[i];
    }
    return NULL;
}
