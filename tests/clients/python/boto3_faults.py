"""Every fault of the model that can be raised arrives as the client's class for it.

Wants a server that has room for two domains, for one open execution, and for two tags on a domain. What is forbidden to somebody
can only be seen where somebody is asked for: with CLIENT_SIGNED.
"""
import os

from botocore.exceptions import ClientError

from boto3_client import WORKFLOW, client, register
from check import check, equal, raised_by

DOMAIN = "faults"
BARE = {"name": "bare", "version": "1"}
swf = client()
signed = bool(os.environ.get("CLIENT_SIGNED"))
raised = set() if signed else {"OperationNotPermittedFault"}


def start(workflow_id, workflow_type=WORKFLOW):
    return swf.start_workflow_execution(domain=DOMAIN, workflowId=workflow_id, workflowType=workflow_type)


def start_with_a_role():
    return swf.start_workflow_execution(domain=DOMAIN, workflowId="role", workflowType=WORKFLOW,
                                        lambdaRole="arn:aws:iam::123456789012:role/lambda")


def begin():
    register(swf, DOMAIN)
    swf.register_workflow_type(domain=DOMAIN, **BARE)
    start("first")


def raises(name, call):
    def body():
        error = raised_by(call)
        assert isinstance(error, getattr(swf.exceptions, name)), error
        assert isinstance(error, ClientError), error
        equal(error.response["Error"]["Code"], name)
        equal(error.response["ResponseMetadata"]["HTTPStatusCode"], 400)
        equal(error.response["ResponseMetadata"]["RetryAttempts"], 0)
        raised.add(name)
    check(name, body)


def tag():
    arn = swf.describe_domain(name=DOMAIN)["domainInfo"]["arn"]
    swf.tag_resource(resourceArn=arn, tags=[{"key": key, "value": ""} for key in "abc"])


def no_other():
    equal(raised, {shape.name for shape in swf.meta.service_model.error_shapes})


check("register", begin)
raises("UnknownResourceFault", lambda: swf.describe_domain(name="nowhere"))
raises("DomainAlreadyExistsFault", lambda: swf.register_domain(name=DOMAIN, workflowExecutionRetentionPeriodInDays="1"))
raises("TypeAlreadyExistsFault", lambda: swf.register_workflow_type(domain=DOMAIN, **BARE))
raises("WorkflowExecutionAlreadyStartedFault", lambda: start("first"))
if signed:
    raises("OperationNotPermittedFault", start_with_a_role)
raises("LimitExceededFault", lambda: start("second"))
raises("DefaultUndefinedFault", lambda: start("third", BARE))
if hasattr(swf, "delete_workflow_type"):  # since 2024
    raises("TypeNotDeprecatedFault", lambda: swf.delete_workflow_type(domain=DOMAIN, workflowType=BARE))
check("deprecate a type", lambda: swf.deprecate_workflow_type(domain=DOMAIN, workflowType=BARE))
raises("TypeDeprecatedFault", lambda: start("third", BARE))
raises("TooManyTagsFault", tag)
check("deprecate the domain", lambda: swf.deprecate_domain(name=DOMAIN))
raises("DomainDeprecatedFault", lambda: swf.deprecate_domain(name=DOMAIN))
check("no fault is left out", no_other)
