"""Every paginator of boto3: all of it comes, once, in the order of the list, page by page."""
from datetime import datetime, timezone

from boto3_client import DECIDERS, WORKFLOW, client, complete, register
from check import check, equal

DOMAIN = "paging"
SINCE = {"oldestDate": datetime(1970, 1, 1, tzinfo=timezone.utc)}
swf = client()


def pages_of(operation, pick, **arguments):
    """The pages, two to a page, each cut down to what `pick` says of it."""
    pages = swf.get_paginator(operation).paginate(**arguments, PaginationConfig={"PageSize": 2})
    return [pick(page) for page in pages]


def ids_of(page):
    return [info["execution"]["workflowId"] for info in page["executionInfos"]]


def begin():
    register(swf, DOMAIN)
    for version in "2345":
        swf.register_workflow_type(domain=DOMAIN, name="greet", version=version)
        swf.register_activity_type(domain=DOMAIN, name="greet", version=version)
    for name in ["paging-2", "paging-3"]:
        swf.register_domain(name=name, workflowExecutionRetentionPeriodInDays="NONE")
    for workflow_id in "abc":
        swf.start_workflow_execution(domain=DOMAIN, workflowId=workflow_id, workflowType=WORKFLOW)


def domains():
    equal(pages_of("list_domains", lambda page: [info["name"] for info in page["domainInfos"]],
                   registrationStatus="REGISTERED"), [["paging", "paging-2"], ["paging-3"]])


def types(kind):
    equal(pages_of(f"list_{kind}_types", lambda page: [info[f"{kind}Type"]["version"] for info in page["typeInfos"]],
                   domain=DOMAIN, registrationStatus="REGISTERED"), [["1", "2"], ["3", "4"], ["5"]])


def open_executions():
    equal(pages_of("list_open_workflow_executions", ids_of, domain=DOMAIN, startTimeFilter=SINCE), [["c", "b"], ["a"]])


def decision_task():
    arguments = {"domain": DOMAIN, "taskList": DECIDERS}
    pages = pages_of("poll_for_decision_task", lambda page: page, **arguments)
    equal([[event["eventId"] for event in page["events"]] for page in pages], [[1, 2], [3]])
    equal({page["workflowExecution"]["workflowId"] for page in pages}, {"a"})
    swf.respond_decision_task_completed(taskToken=pages[0]["taskToken"], decisions=[complete("hello")])


def decision_task_whole():
    """What build_full_result makes of the pages: members that are not paged come once."""
    task = swf.get_paginator("poll_for_decision_task").paginate(
        domain=DOMAIN, taskList=DECIDERS, PaginationConfig={"PageSize": 2}).build_full_result()
    equal([event["eventId"] for event in task["events"]], [1, 2, 3])
    equal((task["startedEventId"], task["previousStartedEventId"]), (3, 0))
    equal(task["workflowExecution"]["workflowId"], "b")
    swf.respond_decision_task_completed(taskToken=task["taskToken"], decisions=[complete("hello")])
    swf.terminate_workflow_execution(domain=DOMAIN, workflowId="c")


def closed_executions():
    equal(pages_of("list_closed_workflow_executions", ids_of, domain=DOMAIN, startTimeFilter=SINCE, reverseOrder=True),
          [["a", "b"], ["c"]])


def history():
    closed = swf.list_closed_workflow_executions(domain=DOMAIN, startTimeFilter=SINCE, executionFilter={"workflowId": "a"})
    execution = closed["executionInfos"][0]["execution"]
    equal(pages_of("get_workflow_execution_history", lambda page: [event["eventType"] for event in page["events"]],
                   domain=DOMAIN, execution=execution),
          [["WorkflowExecutionStarted", "DecisionTaskScheduled"], ["DecisionTaskStarted", "DecisionTaskCompleted"],
           ["WorkflowExecutionCompleted"]])


def go_on_later():
    """A listing that is cut short says where to go on."""
    def first(limit, token=None):
        return swf.get_paginator("list_domains").paginate(
            registrationStatus="REGISTERED",
            PaginationConfig={"PageSize": 2, "MaxItems": limit, "StartingToken": token}).build_full_result()
    begun = first(1)
    equal([info["name"] for info in begun["domainInfos"]], ["paging"])
    rest = first(10, begun["NextToken"])
    equal([info["name"] for info in rest["domainInfos"]], ["paging-2", "paging-3"])


def no_other():
    paged = {name for name in swf.meta.method_to_api_mapping if swf.can_paginate(name)}
    equal(paged, {"list_domains", "list_workflow_types", "list_activity_types", "list_open_workflow_executions",
                  "list_closed_workflow_executions", "get_workflow_execution_history", "poll_for_decision_task"})


check("register", begin)
check("list_domains", domains)
check("list_workflow_types", lambda: types("workflow"))
check("list_activity_types", lambda: types("activity"))
check("list_open_workflow_executions", open_executions)
check("poll_for_decision_task", decision_task)
check("poll_for_decision_task, whole", decision_task_whole)
check("list_closed_workflow_executions", closed_executions)
check("get_workflow_execution_history", history)
check("a token to go on with", go_on_later)
check("there is no other paginator", no_other)
