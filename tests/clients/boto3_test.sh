#!/bin/sh
# boto3 against a running server, where it is at hand; the tests are in python/.
set -eu
. "$(dirname "$0")/server.sh"

find_python boto3

# with_server TEST [OPTION...]
with_server() {
    test=$1
    shift
    start_server "$@"
    run "$python" "$here/python/boto3_$test.py" "$endpoint"
    stop_server
}

with_server workflow
with_server paging
with_server faults --limit-domains 2 --limit-open-executions 1 --limit-tags-per-domain 2
with_server retries --throttles
finish
