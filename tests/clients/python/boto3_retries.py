"""A call that is throttled is made again by botocore until it comes through, and says how often it was made.

Wants a server that enforces SWF's rates.
"""
import threading

from boto3_client import client, said
from check import check, equal, raised_by

impatient = client()


def list_domains(swf):
    return swf.list_domains(registrationStatus="REGISTERED")


def call_on(swf):
    while True:
        list_domains(swf)


def drain():
    """Calls until the bucket is empty."""
    return raised_by(lambda: call_on(impatient))


def throttling():
    error = drain()
    equal(said(error), ("ThrottlingException", "Rate exceeded"))
    equal(error.response["ResponseMetadata"]["HTTPStatusCode"], 400)
    equal(error.response["ResponseMetadata"]["RetryAttempts"], 0)


def retries(mode):
    """On a busy machine the bucket may have a token again before the patient client asks: then once more."""
    patient = client({"mode": mode, "total_max_attempts": 20})
    sent = []
    patient.meta.events.register("before-send.swf.ListDomains", lambda **_: sent.append(1))
    while True:
        drain()
        sent.clear()
        metadata = list_domains(patient)["ResponseMetadata"]
        equal(metadata["HTTPStatusCode"], 200)
        equal(metadata["RetryAttempts"], len(sent) - 1)
        if len(sent) > 1:
            return


def keep_empty(enough):
    swf = client()
    while not enough.is_set():
        try:
            list_domains(swf)
        except swf.exceptions.ClientError:
            pass


def gives_up():
    """One that may try twice says so when both were throttled, because others leave it nothing."""
    twice = client({"mode": "standard", "total_max_attempts": 2})
    enough = threading.Event()
    other = threading.Thread(target=keep_empty, args=[enough])
    other.start()
    try:
        error = raised_by(lambda: call_on(twice))
    finally:
        enough.set()
        other.join()
    equal(said(error)[0], "ThrottlingException")
    equal(error.response["ResponseMetadata"]["RetryAttempts"], 1)
    equal(error.response["ResponseMetadata"]["MaxAttemptsReached"], True)


check("ThrottlingException", throttling)
check("retries, legacy mode", lambda: retries("legacy"))
check("retries, standard mode", lambda: retries("standard"))
check("giving up", gives_up)
