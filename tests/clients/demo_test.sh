#!/bin/sh
# weir demo --all against a running server, which finds the demo's Lambda functions on a port that was free just now.
set -eu
. "$(dirname "$0")/server.sh"

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
start_server --lambda-endpoint "http://127.0.0.1:$port"
status=0
"$weir" demo --all --endpoint "$endpoint" --functions "127.0.0.1:$port" >"$scratch/demo" 2>&1 || status=$?
check "the demo ends well" 0 "$status"
check "and says so" "That is all." "$(tail -n 1 "$scratch/demo")"
[ "$failed" = 0 ] || cat "$scratch/demo"
if [ -n "$signed" ]; then
    check "with a wrong secret it ends otherwise" 1 \
        "$(AWS_SECRET_ACCESS_KEY=wrong "$weir" demo --endpoint "$endpoint" >"$scratch/demo" 2>&1 || echo $?)"
    check "and says why" 1 "$(grep -c InvalidSignatureException "$scratch/demo")"
fi
finish
