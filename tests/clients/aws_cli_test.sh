#!/bin/sh
# The AWS CLI against a running server: a whole workflow from registration to history, and what goes wrong on the way.
set -eu
. "$(dirname "$0")/server.sh"

aws=/usr/bin/aws
[ -x "$aws" ] || aws=$(command -v aws) || { echo "no AWS CLI on this machine; skipped"; echo "0 passed, 0 failed"; exit 0; }

swf() {
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

parked() {
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

# ---- a poll that nobody answers

stop_server
start_server --poll-seconds 1
swf register-domain --name idle --workflow-execution-retention-period-in-days NONE
check "an idle PollForDecisionTask" "0 0 None" \
    "$(echo $(swf poll-for-decision-task --domain idle --task-list name=l \
        --query '[previousStartedEventId, startedEventId, taskToken]'))"
check "an idle PollForActivityTask" "0 None" \
    "$(echo $(swf poll-for-activity-task --domain idle --task-list name=l --query '[startedEventId, taskToken]'))"

finish
