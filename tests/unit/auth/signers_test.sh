#!/bin/sh
# What botocore and the signer of 2012 sign is accepted, and nothing that is not quite it.
set -eu
here=$(dirname "$0")
judge=${BUILD:-$here/../../../build}/release/tests/unit/auth/signature_test

# The one that `make clients` installed, or this machine's.
python=$here/../../clients/venv/bin/python3
[ -x "$python" ] || python=python3
"$python" -c 'import botocore' 2>/dev/null || { echo "no botocore on this machine; skipped"; echo "0 passed, 0 failed"; exit 0; }
exec "$python" "$here/signers.py" "$judge" "$@"
