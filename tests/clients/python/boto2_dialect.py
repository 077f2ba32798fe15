"""boto 2, the older dialect of the protocol: every call that it has, its errors, and what its bytes are.

It sends targets with the long prefix, a content type with a charset, and "Content-Encoding: amz-1.0" on what is not encoded. To an
IP address it signs for the service "127" in the region "0", because it takes both from the name of the host.
"""
import inspect
import re
import urllib.parse

from boto2_import import boto
from boto.exception import SWFResponseError
from boto.regioninfo import RegionInfo
from boto.swf import exceptions as faults
from boto.swf import layer2
from boto.swf.layer1 import Layer1
from boto.swf.layer1_decisions import Layer1Decisions
from check import ENDPOINT, check, equal, raised_by

DOMAIN = "boto2"
place = urllib.parse.urlsplit(ENDPOINT)


class Recorder:
    """Keeps the last request and answer, as boto had them, and which operations succeeded."""

    def __init__(self):
        self.succeeded = set()

    def handle_request_data(self, request, response, error=False):
        self.request, self.response = request, response
        if response.status == 200:
            self.succeeded.add(request.headers["X-Amz-Target"].rpartition(".")[2])


def connect():
    swf = Layer1(region=RegionInfo(name="us-east-1", endpoint=place.hostname), is_secure=False, port=place.port)
    recorder = Recorder()
    swf.set_request_hook(recorder)
    return swf, recorder


swf, recorder = connect()


# ---- what its bytes are

def request_is_as_ever():
    swf.register_domain(DOMAIN, "7", "a domain of boto's")
    headers = {name.lower(): value for name, value in recorder.request.headers.items()}
    equal(headers["x-amz-target"], "com.amazonaws.swf.service.model.SimpleWorkflowService.RegisterDomain")
    equal(headers["content-type"], "application/json; charset=UTF-8")
    equal(headers["content-encoding"], "amz-1.0")
    scope = re.match(r"AWS4-HMAC-SHA256 Credential=[^/]+/\d{8}/0/127/aws4_request,"
                     r"SignedHeaders=host;x-amz-date;x-amz-target,Signature=[0-9a-f]{64}$", headers["authorization"])
    assert scope, headers["authorization"]


def answer_is_as_ever():
    detail = swf.describe_domain(DOMAIN)
    equal(recorder.response.getheader("content-type"), "application/json")
    equal(detail["domainInfo"]["status"], "REGISTERED")
    equal(detail["configuration"], {"workflowExecutionRetentionPeriodInDays": "7"})


def scope_of_ones_own():
    """Who sets them by hand signs as everybody else."""
    scoped, record = connect()
    scoped.auth_region_name, scoped.auth_service_name = "us-east-1", "swf"
    equal(scoped.describe_domain(DOMAIN)["domainInfo"]["name"], DOMAIN)
    assert "/us-east-1/swf/aws4_request" in record.request.headers["Authorization"], record.request.headers


# ---- types

def register_types():
    swf.register_workflow_type(DOMAIN, "bake", "1", task_list="deciders", default_child_policy="TERMINATE",
                               default_execution_start_to_close_timeout="600", default_task_start_to_close_timeout="60",
                               description="a cake")
    swf.register_activity_type(DOMAIN, "mix", "1", task_list="workers", default_task_heartbeat_timeout="NONE",
                               default_task_schedule_to_close_timeout="600", default_task_schedule_to_start_timeout="600",
                               default_task_start_to_close_timeout="600")


def types_come_back():
    equal(swf.describe_workflow_type(DOMAIN, "bake", "1")["configuration"],
          {"defaultChildPolicy": "TERMINATE", "defaultExecutionStartToCloseTimeout": "600",
           "defaultTaskList": {"name": "deciders"}, "defaultTaskStartToCloseTimeout": "60"})
    equal(swf.describe_activity_type(DOMAIN, "mix", "1")["typeInfo"]["activityType"], {"name": "mix", "version": "1"})
    equal([info["workflowType"]["name"] for info in swf.list_workflow_types(DOMAIN, "REGISTERED")["typeInfos"]], ["bake"])
    equal([info["activityType"]["name"] for info in
           swf.list_activity_types(DOMAIN, "REGISTERED", maximum_page_size=5)["typeInfos"]], ["mix"])
    equal([info["name"] for info in swf.list_domains("REGISTERED")["domainInfos"]], [DOMAIN])


# ---- a workflow

def start(workflow_id, **more):
    return swf.start_workflow_execution(DOMAIN, workflow_id, "bake", "1", **more)["runId"]


def decide(*add):
    """Answers the next decision task with what `add` puts into the decisions; the task."""
    task = swf.poll_for_decision_task(DOMAIN, "deciders", identity="boto")
    decisions = Layer1Decisions()
    for one in add:
        one(decisions)
    equal(swf.respond_decision_task_completed(task["taskToken"], decisions._data, "a context"), None)
    return task


def scheduled(activity_id):
    return lambda decisions: decisions.schedule_activity_task(activity_id, "mix", "1", input="flour", task_list="workers")


def activities():
    run = start("cake", input="lemon", tag_list=["sweet", "yellow"])
    decide(scheduled("a"), scheduled("b"), scheduled("c"))
    equal(swf.count_pending_activity_tasks(DOMAIN, "workers"), {"count": 3, "truncated": False})
    task = swf.poll_for_activity_task(DOMAIN, "workers", identity="boto")
    equal((task["activityId"], task["input"]), ("a", "flour"))
    equal(swf.record_activity_task_heartbeat(task["taskToken"], "half"), {"cancelRequested": False})
    swf.respond_activity_task_completed(task["taskToken"], "dough")
    equal(swf.count_pending_decision_tasks(DOMAIN, "deciders"), {"count": 1, "truncated": False})
    task = swf.poll_for_activity_task(DOMAIN, "workers")
    swf.respond_activity_task_failed(task["taskToken"], "spilled it", "all over")
    decide(lambda decisions: decisions.request_cancel_activity_task("c"),
           lambda decisions: decisions.record_marker("half-way"),
           lambda decisions: decisions.start_timer("0", "oven"))
    info = swf.describe_workflow_execution(DOMAIN, run, "cake")
    equal(info["latestExecutionContext"], "a context")
    equal(info["executionInfo"]["tagList"], ["sweet", "yellow"])
    decide(lambda decisions: decisions.complete_workflow_execution("cake"))
    history = swf.get_workflow_execution_history(DOMAIN, run, "cake", reverse_order=True, maximum_page_size=1)
    equal(history["events"][0]["eventType"], "WorkflowExecutionCompleted")
    assert history["nextPageToken"]


def canceled_activity():
    start("stale-cake")
    decide(scheduled("a"))
    task = swf.poll_for_activity_task(DOMAIN, "workers")
    swf.request_cancel_workflow_execution(DOMAIN, "stale-cake")
    decide(lambda decisions: decisions.request_cancel_activity_task("a"))
    equal(swf.record_activity_task_heartbeat(task["taskToken"]), {"cancelRequested": True})
    swf.respond_activity_task_canceled(task["taskToken"], "threw it away")
    decide(lambda decisions: decisions.cancel_workflow_executions("no cake today"))


def signals():
    run = start("signaled")
    equal(swf.signal_workflow_execution(DOMAIN, "ding", "signaled", input="oven", run_id=run), None)
    task = decide(lambda decisions: decisions.continue_as_new_workflow_execution(input="again"))
    equal([event["eventType"] for event in task["events"]][2], "WorkflowExecutionSignaled")
    equal(swf.terminate_workflow_execution(DOMAIN, "signaled", child_policy="ABANDON", reason="enough"), None)


def nulls_in_decisions():
    """boto leaves out what is None, but not inside of decisions that people write by hand."""
    start("by-hand", tag_list=None)
    task = swf.poll_for_decision_task(DOMAIN, "deciders")
    swf.respond_decision_task_completed(task["taskToken"], [
        {"decisionType": "FailWorkflowExecution", "completeWorkflowExecutionDecisionAttributes": None,
         "failWorkflowExecutionDecisionAttributes": {"reason": "burnt", "details": None}}])
    assert b"null" in bytes(recorder.request.body), recorder.request.body


def lists_and_counts():
    equal(swf.count_open_workflow_executions(DOMAIN, None, 0), {"count": 0, "truncated": False})
    equal(swf.list_open_workflow_executions(DOMAIN, 0)["executionInfos"], [])
    equal(swf.count_closed_workflow_executions(DOMAIN, start_oldest_date=0, workflow_id="signaled")["count"], 2)
    closed = swf.list_closed_workflow_executions(DOMAIN, start_oldest_date=0, reverse_order=True)["executionInfos"]
    equal([(info["execution"]["workflowId"], info["closeStatus"]) for info in closed],
          [("cake", "COMPLETED"), ("stale-cake", "CANCELED"), ("signaled", "CONTINUED_AS_NEW"), ("signaled", "TERMINATED"),
           ("by-hand", "FAILED")])
    of_tag = swf.list_closed_workflow_executions(DOMAIN, start_oldest_date=0, tag="sweet")["executionInfos"]
    equal([info["execution"]["workflowId"] for info in of_tag], ["cake"])


# ---- the objects on top

def objects():
    """The second layer; it makes its connections by itself, to AWS, so it is given ours."""
    layer2.Layer1 = lambda *_, **__: swf
    domain = layer2.Domain(name=DOMAIN)
    equal([kind.name for kind in domain.workflows()], ["bake"])
    kind = layer2.WorkflowType(name="bake", domain=DOMAIN, version="1", task_list="deciders")
    execution = kind.start(workflow_id="object", input="chocolate")
    decider = layer2.Decider(domain=DOMAIN, task_list="deciders")
    task = decider.poll()
    equal(task["workflowExecution"], {"workflowId": "object", "runId": execution.runId})
    decisions = Layer1Decisions()
    decisions.schedule_activity_task("a", "mix", "1", task_list="workers")
    decider.complete(decisions=decisions)
    worker = layer2.ActivityWorker(domain=DOMAIN, task_list="workers")
    worker.poll()
    worker.heartbeat(details="half")
    worker.complete(result="dough")
    equal([event["eventType"] for event in execution.history()][-2:], ["ActivityTaskCompleted", "DecisionTaskScheduled"])
    execution.terminate()
    equal(execution.describe()["executionInfo"]["closeStatus"], "TERMINATED")


# ---- errors

def raises(kind, name, message, call):
    """boto picks the class by the whole __type, namespace included."""
    error = raised_by(call)
    equal(type(error), kind)
    equal((error.status, error.error_code, error.error_message), (400, name, message))


def own_classes():
    raises(faults.SWFDomainAlreadyExistsError, "DomainAlreadyExistsFault", DOMAIN, lambda: swf.register_domain(DOMAIN, "7"))
    raises(faults.SWFTypeAlreadyExistsError, "TypeAlreadyExistsFault", "WorkflowType=[name=bake, version=1]",
           lambda: swf.register_workflow_type(DOMAIN, "bake", "1"))
    start("twice")
    raises(faults.SWFWorkflowExecutionAlreadyStartedError, "WorkflowExecutionAlreadyStartedFault", "Already Started",
           lambda: start("twice"))
    error = raised_by(lambda: swf.register_domain("one-too-many", "7"))
    equal(type(error), faults.SWFLimitExceededError)
    equal(error.body["__type"], "com.amazonaws.swf.base.model#LimitExceededFault")


def the_common_class():
    raises(SWFResponseError, "UnknownResourceFault", "Unknown domain: nowhere", lambda: swf.describe_domain("nowhere"))
    raises(SWFResponseError, "ValidationException", "Invalid token", lambda: swf.respond_activity_task_failed("nonsense"))
    swf.register_workflow_type(DOMAIN, "bare", "1")
    raises(SWFResponseError, "DefaultUndefinedFault", "executionStartToCloseTimeout",
           lambda: swf.start_workflow_execution(DOMAIN, "x", "bare", "1"))


def throttled():
    """boto does not try again by itself: it knows nothing of this error."""
    def call_on():
        while True:
            swf.list_domains("REGISTERED")
    error = raised_by(call_on)
    equal(type(error), SWFResponseError)
    equal(error.body, {"__type": "com.amazon.coral.availability#ThrottlingException", "message": "Rate exceeded"})


def deprecations():
    equal(swf.deprecate_activity_type(DOMAIN, "mix", "1"), None)
    equal(swf.deprecate_workflow_type(DOMAIN, "bake", "1"), None)
    equal(swf.deprecate_domain(DOMAIN), None)
    raises(SWFResponseError, "DomainDeprecatedFault", DOMAIN, lambda: swf.deprecate_domain(DOMAIN))


def nothing_left_out():
    equal(recorder.succeeded, set(re.findall(r"json_request\('(\w+)'", inspect.getsource(Layer1))))


print(f"boto {boto.__version__}")
check("a request", request_is_as_ever)
check("an answer", answer_is_as_ever)
check("a scope of one's own", scope_of_ones_own)
check("register types", register_types)
check("types", types_come_back)
check("activities", activities)
check("an activity that is canceled", canceled_activity)
check("signals", signals)
check("nulls in decisions", nulls_in_decisions)
check("lists and counts", lists_and_counts)
check("layer 2", objects)
check("errors with a class of their own", own_classes)
check("other errors", the_common_class)
check("deprecations", deprecations)
check("throttled", throttled)
check("every operation that boto has", nothing_left_out)
