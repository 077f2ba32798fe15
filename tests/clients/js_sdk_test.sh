#!/bin/sh
# The AWS SDK for JavaScript against a running server; the tests are in js_sdk/.
set -eu
. "$(dirname "$0")/server.sh"

skip() {
    echo "$1; skipped"
    echo "0 passed, 0 failed"
    exit 0
}

command -v npm >/dev/null || skip "no npm on this machine"
node -e 'process.exit(parseInt(process.versions.node) < 16 ? 1 : 0)' || skip "the SDK needs Node.js 16"
[ -d "$here/js_sdk/node_modules" ] || (cd "$here/js_sdk" && npm ci --no-progress >"$scratch/npm" 2>&1) || {
    cat "$scratch/npm"
    echo "0 passed, 1 failed"
    exit 1
}

# run SCRIPT: counts its lines "ok" and "not ok"; one that dies is one failure more.
run() {
    status=0
    node --no-warnings "$here/js_sdk/$1" "$endpoint" >"$scratch/out" 2>&1 || status=$?
    cat "$scratch/out"
    passed=$((passed + $(grep -c '^ok' "$scratch/out" || :)))
    failed=$((failed + $(grep -c '^not ok' "$scratch/out" || :)))
    check "$1 ends by itself" 0 "$status"
}

start_server
run workflow.js
stop_server
start_server --poll-seconds 1
run idle.js
finish
