"""A decider and a worker on boto3, each in a thread of its own, as its users write them.

usage: boto3_workflow.py ENDPOINT
"""
import sys
import threading
import traceback

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

DOMAIN = "boto"
TYPE = {"name": "greet", "version": "1"}
NAMES = ["Ada", "Grace", "Barbara"]

# A client of its own for each thread: polls take their time.
def client():
    return boto3.client("swf", endpoint_url=sys.argv[1], region_name="us-west-2",
                        config=Config(read_timeout=70, retries={"max_attempts": 0}))

def check(what, body):
    try:
        body()
        print("ok", what)
    except Exception:
        print("not ok", what)
        traceback.print_exc(file=sys.stdout)

def register():
    swf = client()
    swf.register_domain(name=DOMAIN, workflowExecutionRetentionPeriodInDays="1")
    swf.register_workflow_type(domain=DOMAIN, name="greet", version="1", defaultTaskList={"name": "deciders"},
                               defaultTaskStartToCloseTimeout="NONE", defaultExecutionStartToCloseTimeout="600",
                               defaultChildPolicy="ABANDON")
    swf.register_activity_type(domain=DOMAIN, name="greet", version="1", defaultTaskList={"name": "workers"},
                               defaultTaskStartToCloseTimeout="60", defaultTaskHeartbeatTimeout="NONE",
                               defaultTaskScheduleToStartTimeout="NONE", defaultTaskScheduleToCloseTimeout="NONE")

def decisions_for(events):
    done = [event for event in events if event["eventType"] == "ActivityTaskCompleted"]
    if len(done) == len(NAMES):
        words = [event["activityTaskCompletedEventAttributes"]["result"] for event in done]
        return [{"decisionType": "CompleteWorkflowExecution",
                 "completeWorkflowExecutionDecisionAttributes": {"result": ", ".join(words)}}]
    if any(event["eventType"] == "ActivityTaskScheduled" for event in events):
        return []
    return [{"decisionType": "ScheduleActivityTask",
             "scheduleActivityTaskDecisionAttributes": {"activityId": name, "activityType": TYPE, "input": name}}
            for name in NAMES]

def decider():
    swf = client()
    pages = swf.get_paginator("poll_for_decision_task")
    while True:
        task = pages.paginate(domain=DOMAIN, taskList={"name": "deciders"}, identity="decider",
                              PaginationConfig={"PageSize": 4}).build_full_result()
        decisions = decisions_for(task["events"])
        swf.respond_decision_task_completed(taskToken=task["taskToken"], decisions=decisions)
        if any(decision["decisionType"].startswith("Complete") for decision in decisions):
            return

def worker():
    swf = client()
    for _ in NAMES:
        task = swf.poll_for_activity_task(domain=DOMAIN, taskList={"name": "workers"})
        assert not swf.record_activity_task_heartbeat(taskToken=task["taskToken"])["cancelRequested"]
        swf.respond_activity_task_completed(taskToken=task["taskToken"], result="Hello " + task["input"])

def workflow():
    threads = [threading.Thread(target=decider), threading.Thread(target=worker)]
    for thread in threads:
        thread.start()
    swf = client()
    run = swf.start_workflow_execution(domain=DOMAIN, workflowId="all", workflowType=TYPE)
    for thread in threads:
        thread.join()
    execution = {"workflowId": "all", "runId": run["runId"]}
    info = swf.describe_workflow_execution(domain=DOMAIN, execution=execution)["executionInfo"]
    assert info["closeStatus"] == "COMPLETED", info
    assert info["startTimestamp"] <= info["closeTimestamp"]
    last = swf.get_workflow_execution_history(domain=DOMAIN, execution=execution, reverseOrder=True)["events"][0]
    words = last["workflowExecutionCompletedEventAttributes"]["result"]
    assert sorted(words.split(", ")) == sorted("Hello " + name for name in NAMES), words

def expect_error(code, message, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        assert error.response["Error"]["Message"] == message, error
        return
    raise AssertionError("no " + code)

def faults():
    swf = client()
    expect_error("UnknownResourceFault", "Unknown domain: nowhere", swf.describe_domain, name="nowhere")
    expect_error("DomainAlreadyExistsFault", DOMAIN, swf.register_domain, name=DOMAIN,
                 workflowExecutionRetentionPeriodInDays="1")
    expect_error("UnknownResourceFault", "Unknown execution, workflowId = all", swf.terminate_workflow_execution,
                 domain=DOMAIN, workflowId="all")
    expect_error("ValidationException", "Invalid token", swf.respond_activity_task_failed, taskToken="nonsense")
    try:
        swf.describe_domain(name="nowhere")
    except swf.exceptions.UnknownResourceFault:
        pass

check("register", register)
check("a decider and a worker", workflow)
check("faults", faults)
