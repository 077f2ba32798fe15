# A server for the tests of clients: sourced by them, with $WEIR or what `make build` made.
#
# Sets $endpoint. Everything lies in $scratch, which goes away with the server when the script ends. check and finish count
# and say "N passed, N failed", as tests/run wants it. A server that ended by itself is a failure, and its log is shown.

here=$(cd "$(dirname "$0")" && pwd)
weir=${WEIR:-$here/../../build/release/weir}
venv=$here/venv
scratch=$(mktemp -d)
passed=0
failed=0
server=

# Whom all clients sign as. Any credentials do for a server that has no identities. With CLIENT_SIGNED=user or =session it has
# some: a user or a role's session that may do all of SWF's actions and pass the demo's role, and somebody who may do nothing.
signed=${CLIENT_SIGNED:-}
access_key_id=${CLIENT_ACCESS_KEY_ID:-AKIAIOSFODNN7EXAMPLE}
secret_access_key=${CLIENT_SECRET_ACCESS_KEY:-wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY}
session_token=
if [ "$signed" = session ]; then
    access_key_id=ASIAIOSFODNN7EXAMPLE
    session_token=AQoEXAMPLEH4aoAH0gNCAPyJxz4BlCFFxWNE1OPTgk5TthT+FvwqnKwRcOIfrRh3c
fi

# Ends it. Told to end, a server that is well ends with 0; one that is dead by now cannot be told, and ended otherwise.
stop_server() {
    [ -n "$server" ] || return 0
    kill "$server" 2>/dev/null || :
    status=0
    wait "$server" || status=$?
    server=
    [ "$status" = 0 ] && return 0
    failed=$((failed + 1))
    echo "the server ended with status $status; its log:"
    cat "$scratch/log"
}

clean_up() {
    stop_server
    rm -rf "$scratch"
}
trap clean_up EXIT

write_identities() {
    key="\"id\": \"$access_key_id\", \"secret\": \"$secret_access_key\""
    users=
    roles=
    case $signed in
    user) users="{\"name\": \"client\", \"policies\": [\"swf\"], \"keys\": [{$key}]}," ;;
    session) roles="{\"name\": \"client\", \"policies\": [\"swf\"], \"keys\": [{$key, \"session\": \"tests\",
        \"token\": \"$session_token\", \"expires\": \"2100-01-01T00:00:00Z\"}]}" ;;
    esac
    (umask 077 && cat >"$scratch/identities.json") <<END
{"accounts": [{"id": "123456789012",
  "users": [$users {"name": "nobody", "keys": [{"id": "AKIANOBODY0000000000", "secret": "$secret_access_key"}]}],
  "roles": [$roles],
  "policies": [{"name": "swf", "document": {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "swf:*", "Resource": "arn:aws:swf:us-east-1:123456789012:/domain/*"},
    {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::123456789012:role/weir-demo"}]}}]}]}
END
}

# start_server [OPTION...]: returns when it listens, on a free port.
start_server() {
    if [ -n "$signed" ]; then
        write_identities
        set -- --identities "$scratch/identities.json" "$@"
    fi
    rm -rf "$scratch/hello" "$scratch/data"
    mkfifo "$scratch/hello"
    # shellcheck disable=SC2086 # a list of words
    "$weir" serve --listen 127.0.0.1:0 --data "$scratch/data" ${CLIENT_SERVER_OPTIONS:-} "$@" \
        >"$scratch/hello" 2>>"$scratch/log" &
    server=$!
    read -r _ _ endpoint <"$scratch/hello" || exit 1
}

# check WHAT WANTED GOT
check() {
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s\n  is     %s\n  not    %s\n' "$1" "$3" "$2"
    fi
}

# run COMMAND...: counts its lines "ok" and "not ok"; one that dies is one failure more.
run() {
    status=0
    "$@" >"$scratch/out" 2>&1 || status=$?
    cat "$scratch/out"
    passed=$((passed + $(grep -c '^ok' "$scratch/out" || :)))
    failed=$((failed + $(grep -c '^not ok' "$scratch/out" || :)))
    check "$* ends by itself" 0 "$status"
}

# skip WHY: ends the script; tests/run says "skip" of one that counted nothing, and why.
skip() {
    echo "left out: $1"
    echo "0 passed, 0 failed"
    exit 0
}

# find_python MODULE: sets $python to one that has it, the pinned one if it is there.
find_python() {
    for python in "$venv/bin/python" python3 /usr/bin/python3; do
        "$python" -c "import importlib.util as u, sys; sys.exit(not u.find_spec('$1'))" 2>/dev/null && return
    done
    skip "no $1 on this machine"
}

finish() {
    stop_server
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}

# Nothing of the user's own settings counts.
export HOME="$scratch"
export AWS_ACCESS_KEY_ID="$access_key_id" AWS_SECRET_ACCESS_KEY="$secret_access_key"
unset AWS_SESSION_TOKEN || :
[ -z "$session_token" ] || export AWS_SESSION_TOKEN="$session_token"
export AWS_DEFAULT_REGION=us-east-1 AWS_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true AWS_PAGER=
unset AWS_PROFILE AWS_ENDPOINT_URL AWS_ENDPOINT_URL_SWF AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE AWS_MAX_ATTEMPTS \
    AWS_RETRY_MODE BOTO_CONFIG || :
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY || :
