# A server for the tests of clients: sourced by them, with $WEIR or what `make build` made.
#
# Sets $endpoint. Everything lies in $scratch, which goes away with the server when the script ends. check and finish count
# and say "N passed, N failed", as tests/run wants it.

here=$(cd "$(dirname "$0")" && pwd)
weir=${WEIR:-$here/../../build/release/weir}
scratch=$(mktemp -d)
passed=0
failed=0
server=

stop_server() {
    [ -n "$server" ] || return 0
    kill "$server"
    wait "$server" || { echo "the server ended with status $?"; cat "$scratch/log"; failed=$((failed + 1)); }
    server=
}

clean_up() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || :
    rm -rf "$scratch"
}
trap clean_up EXIT

# start_server [OPTION...]: returns when it listens, on a free port.
start_server() {
    rm -rf "$scratch/hello" "$scratch/data"
    mkfifo "$scratch/hello"
    "$weir" serve --listen 127.0.0.1:0 --data "$scratch/data" "$@" >"$scratch/hello" 2>>"$scratch/log" &
    server=$!
    read -r _ _ endpoint <"$scratch/hello" || { cat "$scratch/log"; exit 1; }
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

finish() {
    stop_server
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}

# Any credentials will do; nothing of the user's own settings counts.
export HOME="$scratch"
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 AWS_REGION=us-east-1
export AWS_EC2_METADATA_DISABLED=true AWS_PAGER=
unset AWS_PROFILE AWS_ENDPOINT_URL AWS_SESSION_TOKEN AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE || :
