#!/bin/sh
# boto 2 against a running server, where it is at hand; the test is in python/.
set -eu
. "$(dirname "$0")/server.sh"

find_python boto
start_server --limit-domains 1 --throttles
run "$python" -W ignore "$here/python/boto2_dialect.py" "$endpoint"
finish
