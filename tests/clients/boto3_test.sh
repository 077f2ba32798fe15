#!/bin/sh
# boto3 against a running server, where it is at hand; boto3_workflow.py is the test.
set -eu
. "$(dirname "$0")/server.sh"

for python in python3 /usr/bin/python3 none; do
    "$python" -c 'import boto3' 2>/dev/null && break
done
[ "$python" != none ] || { echo "no boto3 on this machine; skipped"; echo "0 passed, 0 failed"; exit 0; }

start_server
status=0
"$python" "$here/boto3_workflow.py" "$endpoint" >"$scratch/out" 2>&1 || status=$?
cat "$scratch/out"
passed=$(grep -c '^ok' "$scratch/out" || :)
failed=$(grep -c '^not ok' "$scratch/out" || :)
check "the test ends by itself" 0 "$status"
finish
