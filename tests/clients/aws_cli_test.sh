#!/bin/sh
# The AWS CLI against a running server: a whole workflow from registration to history, then all other operations, and what
# goes wrong on the way.
set -eu
. "$(dirname "$0")/server.sh"

for aws in "$venv/bin/aws" /usr/bin/aws aws none; do
    command -v "$aws" >/dev/null && break
done
[ "$aws" != none ] || skip "no AWS CLI on this machine"

swf() {
    [ "${1#--}" = "$1" ] && echo "$1" >>"$scratch/called"
    "$aws" --endpoint-url "$endpoint" --output text swf "$@"
}

# The error that a call ends with, in one line.
error_of() {
    swf "$@" 2>&1 >/dev/null | tr -d '\n' || :
}

w="--workflow-type name=order,version=1.0"
a="name=pack,version=1.0"

start_server

# ---- registration

check "RegisterDomain answers nothing" "" \
    "$(swf register-domain --name shop --workflow-execution-retention-period-in-days 7 --description 'a shop')"
check "DescribeDomain" "7 a shop shop REGISTERED arn:aws:swf:us-east-1:123456789012:/domain/shop" \
    "$(echo $(swf describe-domain --name shop --query '[configuration.workflowExecutionRetentionPeriodInDays,
        domainInfo.description, domainInfo.name, domainInfo.status, domainInfo.arn]'))"
check "RegisterWorkflowType answers nothing" "" \
    "$(swf register-workflow-type --domain shop --name order --workflow-version 1.0 --default-task-list name=deciders \
        --default-execution-start-to-close-timeout 3600 --default-task-start-to-close-timeout 60 \
        --default-child-policy TERMINATE)"
check "RegisterActivityType answers nothing" "" \
    "$(swf register-activity-type --domain shop --name pack --activity-version 1.0 --default-task-list name=workers \
        --default-task-heartbeat-timeout NONE --default-task-schedule-to-close-timeout 600 \
        --default-task-schedule-to-start-timeout 600 --default-task-start-to-close-timeout 600)"
check "DescribeWorkflowType" "60 3600 deciders TERMINATE" \
    "$(echo $(swf describe-workflow-type --domain shop $w --query 'configuration.[defaultTaskStartToCloseTimeout,
        defaultExecutionStartToCloseTimeout, defaultTaskList.name, defaultChildPolicy]'))"
check "DescribeActivityType" "NONE workers REGISTERED" \
    "$(echo $(swf describe-activity-type --domain shop --activity-type $a --query \
        '[configuration.defaultTaskHeartbeatTimeout, configuration.defaultTaskList.name, typeInfo.status]'))"
check "ListWorkflowTypes" "order 1.0" \
    "$(echo $(swf list-workflow-types --domain shop --registration-status REGISTERED \
        --query 'typeInfos[].workflowType.[name, version]'))"

# ---- a workflow

run=$(swf start-workflow-execution --domain shop --workflow-id order-1 $w --input '{"book": "Faust"}' --tag-list blue green \
    --query runId)
check "a run id has 46 characters" 46 "${#run}"
this_run="--execution workflowId=order-1,runId=$run"

decision=$(swf poll-for-decision-task --domain shop --task-list name=deciders --identity cli --query taskToken)
check "RespondDecisionTaskCompleted answers nothing" "" \
    "$(swf respond-decision-task-completed --task-token "$decision" --execution-context packing --decisions \
        '[{"decisionType": "ScheduleActivityTask", "scheduleActivityTaskDecisionAttributes":
           {"activityId": "pack-1", "activityType": {"name": "pack", "version": "1.0"}, "input": "Faust"}}]')"
swf poll-for-activity-task --domain shop --task-list name=workers --query '[taskToken, activityId, input]' >"$scratch/task"
read -r activity id input <"$scratch/task"
check "PollForActivityTask" "pack-1 Faust" "$id $input"
check "RecordActivityTaskHeartbeat" False \
    "$(swf record-activity-task-heartbeat --task-token "$activity" --details half --query cancelRequested)"
check "DescribeWorkflowExecution, open" "OPEN 1 0 packing blue green" \
    "$(echo $(swf describe-workflow-execution --domain shop $this_run --query '[executionInfo.executionStatus,
        openCounts.openActivityTasks, openCounts.openDecisionTasks, latestExecutionContext]') \
        $(swf describe-workflow-execution --domain shop $this_run --query 'executionInfo.tagList'))"
check "RespondActivityTaskCompleted answers nothing" "" \
    "$(swf respond-activity-task-completed --task-token "$activity" --result packed)"
check "SignalWorkflowExecution answers nothing" "" \
    "$(swf signal-workflow-execution --domain shop --workflow-id order-1 --signal-name hurry)"

decision=$(swf poll-for-decision-task --domain shop --task-list name=deciders --query taskToken)
swf respond-decision-task-completed --task-token "$decision" --decisions \
    '[{"decisionType": "CompleteWorkflowExecution", "completeWorkflowExecutionDecisionAttributes": {"result": "sent"}}]'
check "DescribeWorkflowExecution, closed" "CLOSED COMPLETED 0" \
    "$(echo $(swf describe-workflow-execution --domain shop $this_run --query \
        '[executionInfo.executionStatus, executionInfo.closeStatus, openCounts.openActivityTasks]'))"

# ---- its history, whole, in pages, backwards

history="WorkflowExecutionStarted DecisionTaskScheduled DecisionTaskStarted DecisionTaskCompleted ActivityTaskScheduled \
ActivityTaskStarted ActivityTaskCompleted DecisionTaskScheduled WorkflowExecutionSignaled DecisionTaskStarted \
DecisionTaskCompleted WorkflowExecutionCompleted"
check "GetWorkflowExecutionHistory" "$history" \
    "$(echo $(swf get-workflow-execution-history --domain shop $this_run --query 'events[].eventType'))"
check "the CLI follows the pages by itself" "$history" \
    "$(echo $(swf get-workflow-execution-history --domain shop $this_run --page-size 5 --query 'events[].eventType'))"
check "backwards" "12 11 10 9 8 7 6 5 4 3 2 1" \
    "$(echo $(swf get-workflow-execution-history --domain shop $this_run --reverse-order --page-size 5 \
        --query 'events[].eventId'))"

# ---- a poll that waits

# How many polls are held. A server that asks who calls tells nobody: there the task may be first.
parked() {
    [ -z "$signed" ] || { echo 1; return; }
    python3 -c 'import json, sys, urllib.request
print(json.load(urllib.request.urlopen(sys.argv[1] + "/healthz"))["parkedPolls"])' "$endpoint"
}

swf poll-for-decision-task --domain shop --task-list name=deciders --query workflowExecution.workflowId >"$scratch/polled" &
poll=$!
until [ "$(parked)" = 1 ]; do :; done
swf start-workflow-execution --domain shop --workflow-id order-2 $w --query runId >/dev/null
wait "$poll"
check "a poll that waits gets the task" order-2 "$(cat "$scratch/polled")"
check "RequestCancelWorkflowExecution answers nothing" "" \
    "$(swf request-cancel-workflow-execution --domain shop --workflow-id order-2)"
check "TerminateWorkflowExecution answers nothing" "" \
    "$(swf terminate-workflow-execution --domain shop --workflow-id order-2 --reason enough)"

# ---- activities that fail and that are canceled

# The history from this event on, by its types.
events_from() {
    echo $(swf get-workflow-execution-history --domain shop --execution "$1" --query "events[$2:].eventType")
}

# decide DECISIONS: answers the next decision task.
decide() {
    decision=$(swf poll-for-decision-task --domain shop --task-list name=deciders --query taskToken)
    swf respond-decision-task-completed --task-token "$decision" --decisions "$1"
}

pack='"activityType": {"name": "pack", "version": "1.0"}'
run=$(swf start-workflow-execution --domain shop --workflow-id order-3 $w --query runId)
decide "[{\"decisionType\": \"ScheduleActivityTask\", \"scheduleActivityTaskDecisionAttributes\": {\"activityId\": \"a\", $pack}},
         {\"decisionType\": \"ScheduleActivityTask\", \"scheduleActivityTaskDecisionAttributes\": {\"activityId\": \"b\", $pack}}]"
check "CountPendingActivityTasks" "2 False" \
    "$(echo $(swf count-pending-activity-tasks --domain shop --task-list name=workers --query '[count, truncated]'))"
activity=$(swf poll-for-activity-task --domain shop --task-list name=workers --query taskToken)
check "RespondActivityTaskFailed answers nothing" "" \
    "$(swf respond-activity-task-failed --task-token "$activity" --reason broken --details 'in two')"
check "CountPendingDecisionTasks" "1 False" \
    "$(echo $(swf count-pending-decision-tasks --domain shop --task-list name=deciders --query '[count, truncated]'))"
activity=$(swf poll-for-activity-task --domain shop --task-list name=workers --query taskToken)
decide '[{"decisionType": "RequestCancelActivityTask", "requestCancelActivityTaskDecisionAttributes": {"activityId": "b"}}]'
check "a heartbeat hears of the cancel request" True \
    "$(swf record-activity-task-heartbeat --task-token "$activity" --query cancelRequested)"
check "RespondActivityTaskCanceled answers nothing" "" \
    "$(swf respond-activity-task-canceled --task-token "$activity" --details 'put it back')"
decide '[{"decisionType": "CancelWorkflowExecution", "cancelWorkflowExecutionDecisionAttributes": {}}]'
check "what became of them" "ActivityTaskStarted ActivityTaskFailed DecisionTaskScheduled ActivityTaskStarted \
DecisionTaskStarted DecisionTaskCompleted ActivityTaskCancelRequested ActivityTaskCanceled DecisionTaskScheduled \
DecisionTaskStarted DecisionTaskCompleted WorkflowExecutionCanceled" "$(events_from workflowId=order-3,runId=$run 6)"

# ---- lists and counts

always="oldestDate=2000-01-01"
swf start-workflow-execution --domain shop --workflow-id order-4 $w --tag-list blue --query runId >/dev/null
check "CountOpenWorkflowExecutions" "1 False" \
    "$(echo $(swf count-open-workflow-executions --domain shop --start-time-filter $always --query '[count, truncated]'))"
check "CountClosedWorkflowExecutions" 1 \
    "$(swf count-closed-workflow-executions --domain shop --close-time-filter $always --close-status-filter status=CANCELED \
        --query count)"
check "ListOpenWorkflowExecutions" order-4 \
    "$(swf list-open-workflow-executions --domain shop --start-time-filter $always --tag-filter tag=blue \
        --query 'executionInfos[].execution.workflowId')"
check "ListClosedWorkflowExecutions" "order-3 order-2 order-1" \
    "$(echo $(swf list-closed-workflow-executions --domain shop --start-time-filter $always --page-size 2 \
        --query 'executionInfos[].execution.workflowId'))"
check "ListActivityTypes" "pack 1.0" \
    "$(echo $(swf list-activity-types --domain shop --registration-status REGISTERED \
        --query 'typeInfos[].activityType.[name, version]'))"
check "ListDomains" shop "$(swf list-domains --registration-status REGISTERED --query 'domainInfos[].name')"

# ---- tags

arn=$(swf describe-domain --name shop --query domainInfo.arn)
check "TagResource answers nothing" "" "$(swf tag-resource --resource-arn "$arn" --tags key=team,value=books key=floor,value=2)"
check "UntagResource answers nothing" "" "$(swf untag-resource --resource-arn "$arn" --tag-keys floor)"
check "ListTagsForResource" "team books" \
    "$(echo $(swf list-tags-for-resource --resource-arn "$arn" --query 'tags[].[key, value]'))"

# ---- the life of types and domains

old_w="--workflow-type name=order,version=0.9"
old_a="--activity-type name=pack,version=0.9"
swf register-workflow-type --domain shop --name order --workflow-version 0.9
swf register-activity-type --domain shop --name pack --activity-version 0.9
check "DeprecateWorkflowType answers nothing" "" "$(swf deprecate-workflow-type --domain shop $old_w)"
check "DeprecateActivityType answers nothing" "" "$(swf deprecate-activity-type --domain shop $old_a)"
check "UndeprecateWorkflowType answers nothing" "" "$(swf undeprecate-workflow-type --domain shop $old_w)"
check "UndeprecateActivityType answers nothing" "" "$(swf undeprecate-activity-type --domain shop $old_a)"
check "both are registered again" "REGISTERED REGISTERED" \
    "$(echo $(swf describe-workflow-type --domain shop $old_w --query typeInfo.status) \
        $(swf describe-activity-type --domain shop $old_a --query typeInfo.status))"

# A CLI from before 2024 does not know these two.
if "$aws" swf delete-workflow-type 2>&1 | grep -q 'the following arguments are required'; then
    not_known=
    swf deprecate-workflow-type --domain shop $old_w
    swf deprecate-activity-type --domain shop $old_a
    check "DeleteWorkflowType answers nothing" "" "$(swf delete-workflow-type --domain shop $old_w)"
    check "DeleteActivityType answers nothing" "" "$(swf delete-activity-type --domain shop $old_a)"
    check "they are gone" "order 1.0 pack 1.0" \
        "$(echo $(swf list-workflow-types --domain shop --registration-status REGISTERED \
            --query 'typeInfos[].workflowType.[name, version]') \
            $(swf list-activity-types --domain shop --registration-status REGISTERED \
            --query 'typeInfos[].activityType.[name, version]'))"
    check "nor are they among the deprecated" None \
        "$(swf list-workflow-types --domain shop --registration-status DEPRECATED --query 'typeInfos[0]')"
else
    not_known="delete-activity-type delete-workflow-type"
    echo "this AWS CLI is too old for $not_known: not called"
fi

swf register-domain --name attic --workflow-execution-retention-period-in-days NONE
swf deprecate-domain --name attic
check "UndeprecateDomain answers nothing" "" "$(swf undeprecate-domain --name attic)"
check "the domain is registered again" REGISTERED "$(swf describe-domain --name attic --query domainInfo.status)"

# ---- what goes wrong

said="An error occurred"
check "unknown domain" "$said (UnknownResourceFault) when calling the DescribeDomain operation: Unknown domain: nowhere" \
    "$(error_of describe-domain --name nowhere)"
check "a domain twice" "$said (DomainAlreadyExistsFault) when calling the RegisterDomain operation: shop" \
    "$(error_of register-domain --name shop --workflow-execution-retention-period-in-days 7)"
check "a type twice" \
    "$said (TypeAlreadyExistsFault) when calling the RegisterActivityType operation: ActivityType=[name=pack, version=1.0]" \
    "$(error_of register-activity-type --domain shop --name pack --activity-version 1.0)"
check "a closed workflow" \
    "$said (UnknownResourceFault) when calling the SignalWorkflowExecution operation: Unknown execution, workflowId = order-1" \
    "$(error_of signal-workflow-execution --domain shop --workflow-id order-1 --signal-name late)"
check "no token" "$said (ValidationException) when calling the RespondActivityTaskFailed operation: Invalid token" \
    "$(error_of respond-activity-task-failed --task-token nonsense)"
check "a domain that is not deprecated" \
    "$said (DomainAlreadyExistsFault) when calling the UndeprecateDomain operation: shop" \
    "$(error_of undeprecate-domain --name shop)"
check "DeprecateDomain answers nothing" "" "$(swf deprecate-domain --name shop)"
check "a deprecated domain" "$said (DomainDeprecatedFault) when calling the RegisterWorkflowType operation: shop" \
    "$(error_of register-workflow-type --domain shop --name new --workflow-version 1)"

# ---- who may not

if [ -n "$signed" ]; then
    listing="list-domains --registration-status REGISTERED"
    when="when calling the ListDomains operation"
    domains="arn:aws:swf:us-east-1:123456789012:/domain/*"
    check "a wrong secret" "$said (InvalidSignatureException) $when: \
The request signature we calculated does not match the signature you provided" \
        "$(AWS_SECRET_ACCESS_KEY=wrong error_of $listing | cut -d. -f1)"
    check "an unknown key" \
        "$said (UnrecognizedClientException) $when: The security token included in the request is invalid." \
        "$(AWS_ACCESS_KEY_ID=AKIAUNKNOWN000000000 error_of $listing)"
    check "a wrong session token" \
        "$said (UnrecognizedClientException) $when: The security token included in the request is invalid." \
        "$(AWS_SESSION_TOKEN=wrong error_of $listing)"
    check "somebody who may not" "$said (AccessDeniedException) $when: \
User: arn:aws:iam::123456789012:user/nobody is not authorized to perform: swf:ListDomains on resource: $domains" \
        "$(unset AWS_SESSION_TOKEN && AWS_ACCESS_KEY_ID=AKIANOBODY0000000000 error_of $listing)"
    check "no credentials at all" "$said (MissingAuthenticationTokenException) $when: Request is missing Authentication Token" \
        "$(error_of --no-sign-request $listing)"
    check "a role that is not one's own to pass" "$said (OperationNotPermittedFault) when calling the StartWorkflowExecution \
operation: Not authorized to pass role: arn:aws:iam::123456789012:role/lambda" \
        "$(error_of start-workflow-execution --domain shop --workflow-id role $w \
            --lambda-role arn:aws:iam::123456789012:role/lambda)"
fi

# ---- a poll that nobody answers

stop_server
start_server --poll-seconds 1
swf register-domain --name idle --workflow-execution-retention-period-in-days NONE
check "an idle PollForDecisionTask" "0 0 None" \
    "$(echo $(swf poll-for-decision-task --domain idle --task-list name=l \
        --query '[previousStartedEventId, startedEventId, taskToken]'))"
check "an idle PollForActivityTask" "0 None" \
    "$(echo $(swf poll-for-activity-task --domain idle --task-list name=l --query '[startedEventId, taskToken]'))"

# ---- nothing is left out

# The names of the operations as the CLI has them.
operations() {
    python3 - "$here/../../model/swf-2012-01-25.json" <<'END'
import json, re, sys
for name in json.load(open(sys.argv[1]))["operations"]:
    print(re.sub("(?<=[a-z])(?=[A-Z])", "-", name).lower())
END
}

check "every operation was called" "$(operations | sort)" \
    "$({ cat "$scratch/called"; printf '%s\n' $not_known; } | sed '/^$/d' | sort -u)"
check "and there are 39" 39 "$(operations | wc -l | tr -d ' ')"
finish
