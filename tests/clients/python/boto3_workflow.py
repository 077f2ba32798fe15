"""A decider and a worker on boto3, each in a thread of its own, as its users write them."""
import threading

from botocore.exceptions import ClientError

from boto3_client import ACTIVITY, DECIDERS, WORKERS, WORKFLOW, client, complete, register, said
from check import check, equal, raised_by

DOMAIN = "boto"
NAMES = ["Ada", "Grace", "Barbara"]


def decisions_for(events):
    done = [event for event in events if event["eventType"] == "ActivityTaskCompleted"]
    if len(done) == len(NAMES):
        return [complete(", ".join(event["activityTaskCompletedEventAttributes"]["result"] for event in done))]
    if any(event["eventType"] == "ActivityTaskScheduled" for event in events):
        return []
    return [{"decisionType": "ScheduleActivityTask",
             "scheduleActivityTaskDecisionAttributes": {"activityId": name, "activityType": ACTIVITY, "input": name}}
            for name in NAMES]


def decider():
    swf = client()
    pages = swf.get_paginator("poll_for_decision_task")
    while True:
        task = pages.paginate(domain=DOMAIN, taskList=DECIDERS, identity="decider",
                              PaginationConfig={"PageSize": 4}).build_full_result()
        decisions = decisions_for(task["events"])
        swf.respond_decision_task_completed(taskToken=task["taskToken"], decisions=decisions)
        if any(decision["decisionType"].startswith("Complete") for decision in decisions):
            return


def worker():
    swf = client()
    for _ in NAMES:
        task = swf.poll_for_activity_task(domain=DOMAIN, taskList=WORKERS)
        assert not swf.record_activity_task_heartbeat(taskToken=task["taskToken"])["cancelRequested"]
        swf.respond_activity_task_completed(taskToken=task["taskToken"], result="Hello " + task["input"])


def workflow():
    threads = [threading.Thread(target=decider), threading.Thread(target=worker)]
    for thread in threads:
        thread.start()
    swf = client()
    run = swf.start_workflow_execution(domain=DOMAIN, workflowId="all", workflowType=WORKFLOW)
    for thread in threads:
        thread.join()
    execution = {"workflowId": "all", "runId": run["runId"]}
    info = swf.describe_workflow_execution(domain=DOMAIN, execution=execution)["executionInfo"]
    equal(info["closeStatus"], "COMPLETED")
    assert info["startTimestamp"] <= info["closeTimestamp"]
    last = swf.get_workflow_execution_history(domain=DOMAIN, execution=execution, reverseOrder=True)["events"][0]
    words = last["workflowExecutionCompletedEventAttributes"]["result"]
    equal(sorted(words.split(", ")), sorted("Hello " + name for name in NAMES))


def expect_error(code, message, call, **arguments):
    error = raised_by(lambda: call(**arguments))
    assert isinstance(error, ClientError), error
    equal(said(error), (code, message))


def faults():
    swf = client()
    expect_error("UnknownResourceFault", "Unknown domain: nowhere", swf.describe_domain, name="nowhere")
    expect_error("DomainAlreadyExistsFault", DOMAIN, swf.register_domain, name=DOMAIN,
                 workflowExecutionRetentionPeriodInDays="1")
    expect_error("UnknownResourceFault", "Unknown execution, workflowId = all", swf.terminate_workflow_execution,
                 domain=DOMAIN, workflowId="all")
    expect_error("ValidationException", "Invalid token", swf.respond_activity_task_failed, taskToken="nonsense")


check("register", lambda: register(client(), DOMAIN))
check("a decider and a worker", workflow)
check("faults", faults)
