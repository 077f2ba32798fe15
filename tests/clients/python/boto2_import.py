"""boto 2.49, of 2018, on the Pythons of today.

It brings a copy of six whose modules Python 3.12 no longer finds, and imports imp, which 3.12 no longer has (and boto does not
need). Where that is so, today's six and an empty imp take their places before boto is imported.
"""
import importlib.util
import sys
import types


def lend_six():
    import six

    sys.modules["boto.vendored.six"] = six
    for name in ["moves", "moves.queue", "moves.urllib", "moves.urllib.parse", "moves.urllib.request"]:
        module = six
        for part in name.split("."):
            module = getattr(module, part)
        sys.modules[f"boto.vendored.six.{name}"] = module


if sys.version_info >= (3, 12):
    lend_six()
if importlib.util.find_spec("imp") is None:
    sys.modules["imp"] = types.ModuleType("imp")

import boto  # noqa: E402
import boto.exception  # noqa: E402
import boto.swf.exceptions  # noqa: E402
import boto.swf.layer1  # noqa: E402
import boto.swf.layer1_decisions  # noqa: E402
import boto.swf.layer2  # noqa: E402,F401
