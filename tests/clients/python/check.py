"""Checks that are a line "ok" or "not ok" each, and the ways to ask for what goes wrong."""
import sys
import traceback

ENDPOINT = sys.argv[1]


def check(what, body):
    try:
        body()
        print("ok", what, flush=True)
    except Exception:
        print("not ok", what, flush=True)
        traceback.print_exc(file=sys.stdout)


def raised_by(call):
    """The exception that a call ends with; none is a failure."""
    try:
        call()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def equal(got, wanted):
    assert got == wanted, f"is {got!r}, not {wanted!r}"
