#!/bin/sh
# weir demo --all against a running server, which finds the demo's Lambda functions at an address that no other test uses: the
# server must know their port before they are there, and a port that was free a moment ago need not be.
set -eu
. "$(dirname "$0")/server.sh"

functions=127.$((128 + ($$ >> 16 & 63))).$(($$ >> 8 & 255)).$(($$ & 255)):9348
start_server --lambda-endpoint "http://$functions"
status=0
"$weir" demo --all --endpoint "$endpoint" --functions "$functions" >"$scratch/demo" 2>&1 || status=$?
check "the demo ends well" 0 "$status"
check "and says so" "That is all." "$(tail -n 1 "$scratch/demo")"
[ "$failed" = 0 ] || cat "$scratch/demo"
if [ -n "$signed" ]; then
    check "with a wrong secret it ends otherwise" 1 \
        "$(AWS_SECRET_ACCESS_KEY=wrong "$weir" demo --endpoint "$endpoint" >"$scratch/demo" 2>&1 || echo $?)"
    check "and says why" 1 "$(grep -c InvalidSignatureException "$scratch/demo")"
fi
finish
