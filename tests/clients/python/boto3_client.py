"""The client, and a domain with a type of each kind."""
import boto3
from botocore.config import Config

from check import ENDPOINT

WORKFLOW = {"name": "greet", "version": "1"}
ACTIVITY = {"name": "greet", "version": "1"}
DECIDERS = {"name": "deciders"}
WORKERS = {"name": "workers"}


def client(retries=None):
    """A client of one's own for each thread: polls take their time. Without `retries` it makes every call once."""
    return boto3.client("swf", endpoint_url=ENDPOINT, region_name="us-west-2",
                        config=Config(read_timeout=70, retries=retries or {"total_max_attempts": 1}))


def register(swf, domain):
    swf.register_domain(name=domain, workflowExecutionRetentionPeriodInDays="1")
    swf.register_workflow_type(domain=domain, **WORKFLOW, defaultTaskList=DECIDERS, defaultTaskStartToCloseTimeout="NONE",
                               defaultExecutionStartToCloseTimeout="600", defaultChildPolicy="ABANDON")
    swf.register_activity_type(domain=domain, **ACTIVITY, defaultTaskList=WORKERS, defaultTaskStartToCloseTimeout="60",
                               defaultTaskHeartbeatTimeout="NONE", defaultTaskScheduleToStartTimeout="NONE",
                               defaultTaskScheduleToCloseTimeout="NONE")


def complete(result):
    return {"decisionType": "CompleteWorkflowExecution", "completeWorkflowExecutionDecisionAttributes": {"result": result}}


def said(error):
    """What a ClientError says: code and message. Newer releases add what the header x-amzn-query-error says."""
    return error.response["Error"]["Code"], error.response["Error"]["Message"]
