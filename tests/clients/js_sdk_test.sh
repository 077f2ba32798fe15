#!/bin/sh
# The AWS SDK for JavaScript against a running server; the tests are in js_sdk/. Two releases: one that runs on the Node.js
# of the distributions, and the newest.
set -eu
. "$(dirname "$0")/server.sh"

# Is Node.js there, and at least this one?
has_node() {
    node -e 'process.exit(parseInt(process.versions.node) < process.argv[1] ? 1 : 0)' "$1" 2>/dev/null
}

has_node 16 || skip "the SDK needs Node.js 16"
[ -e "$here/js_sdk/node_modules/pinned" ] || {
    echo "Node.js is there, but not the SDK: 'make clients' installs it"
    echo "0 passed, 1 failed"
    exit 1
}

# test_with PACKAGE TEST.js: with the server that was started last.
test_with() {
    run node --no-warnings "$here/js_sdk/$2" "$endpoint" "$1"
}

# test_all PACKAGE
test_all() {
    start_server
    test_with "$1" workflow.js
    stop_server
    start_server
    test_with "$1" paging.js
    stop_server
    start_server --limit-domains 2 --limit-open-executions 1 --limit-tags-per-domain 2
    test_with "$1" faults.js
    stop_server
    start_server --throttles
    test_with "$1" retries.js
    stop_server
    start_server --poll-seconds 1
    test_with "$1" idle.js
    stop_server
}

test_all @aws-sdk/client-swf
if has_node 20; then
    test_all client-swf-newest
    start_server
    test_with client-swf-newest recent.js
else
    echo "the newest SDK needs Node.js 20; only the older one was tried"
fi
finish
