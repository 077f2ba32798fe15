#!/bin/bash
# A small run of every workload of `weir bench` against a real server: that it ends well, that its JSON says what was done, and
# that a server that answers wrongly makes it void. And /metrics: what it shows, and to whom.
set -eu
. "$(dirname "$0")/../clients/server.sh"
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY

# bench WORKLOAD...: the JSON is in $scratch/json.
bench() {
    "$weir" bench --endpoint "$endpoint" --in-flight 4 --json "$@" >"$scratch/bench" 2>&1 || return $?
    tail -1 "$scratch/bench" >"$scratch/json"
}

# says EXPRESSION: what Python makes of it; j is the JSON object.
says() {
    python3 -c "import json; j = json.load(open('$scratch/json')); calls = {k: v['count'] for k, v in j['latency_ms'].items()}; print($1)"
}

# metric NAME [URL]: the sum of its series, as a whole number.
metric() {
    curl -sf "${2:-$endpoint/metrics}" | awk -v name="$1" 'index($1, name "{") == 1 || $1 == name { sum += $NF } END { printf "%d", sum }'
}

start_server --store memory

bench --workflow 3 --count 8 --payload 500
check "a workflow of three steps is fifteen calls" "8 120 None" "$(says "j['workflows'], sum(calls[k] for k in calls if 'Poll' not in k) + 8 * 7, j['problem']" | tr -d '(),')"
check "whole histories were read" 4 "$(says "j['histories_read']")"
check "the server's own figures are there" True "$(says "j['server']['calls'] >= 120 and j['server']['cpu_us_per_call'] > 0")"
check "latencies are in order" True "$(says "all(v['p50'] <= v['p95'] <= v['p99'] <= v['p99_9'] <= v['max'] for v in j['latency_ms'].values())")"
bench --workflow 3 --count 4 --history new --threads 2
check "deciders may read what is new alone" "4 None" "$(says "j['workflows'], j['problem']" | tr -d '(),')"

bench --fanout 300 --count 4 --history whole
check "a fan-out is done in whole, over several pages" "4 1200 None" "$(says "j['workflows'], calls['RespondActivityTaskCompleted'], j['problem']" | tr -d '(),')"
bench --timers 3 --count 4
check "timers fire" "4 None" "$(says "j['workflows'], j['problem']" | tr -d '(),')"
check "none is early" True "$(says "j['until_next_task_ms']['count'] == 4")"
bench --signals 5 --count 4
check "signals are seen" "4 20 None" "$(says "j['workflows'], calls['SignalWorkflowExecution'], j['problem']" | tr -d '(),')"
bench --children 3 --count 4
check "children complete" "4 4 None" "$(says "j['workflows'], calls['StartWorkflowExecution'], j['problem']" | tr -d '(),')"
bench --mixed --count 20
check "all is asked that people ask" "20 40 20 60 None" "$(says "j['workflows'], calls['SignalWorkflowExecution'], calls['DescribeWorkflowExecution'], calls['RecordActivityTaskHeartbeat'], j['problem']" | tr -d '(),')"
bench --polls 40 --count 10
check "polls are held, and each task wakes one" "10 True 10 None" "$(says "j['workflows'], j['server']['held_polls'] >= 40, j['until_next_task_ms']['count'], j['problem']" | tr -d '(),')"
bench --workflow 1 --count 10 --rate 1000
check "starts may be paced" "10 None" "$(says "j['workflows'], j['problem']" | tr -d '(),')"
bench --timers 1 --count 4 --rate 1000 --in-flight 1
# The last waits for three timers of a second, less the 3 ms at which it should have begun.
check "a start that had to wait was late" True "$(says "j['latency_ms']['StartWorkflowExecution']['max'] >= 2000")"
bench --mixed --duration 2 --slice 1
check "the parts are the whole" "True True True" "$(says "len(j['slices']) == 2, sum(s['calls'] for s in j['slices']) == j['calls'], all(
    sum(n for s in j['slices'] for _, n in s['latency_us'].get(k, [])) == v for k, v in calls.items())" | tr -d '(),')"
bench --workflow 1 --duration 1
check "a time may be given instead of a number" "True None" "$(says "j['workflows'] > 0, j['problem']" | tr -d '(),')"
bench --idle 7
check "idle workflows stay open" "7 7 None" "$(says "j['workflows'], j['server']['open_executions'], j['problem']" | tr -d '(),')"

# ---- what the server counts

check "completed workflows are counted" "$(metric WorkflowStartToCloseTime_count)" "$(metric WorkflowsCompleted)"
check "as many activities complete as start" "$(metric ActivityTaskStartToCloseTime_count)" "$(metric ActivityTasksCompleted)"
check "nothing timed out" 0 "$(metric StartedActivityTasksTimedOutOnClose)"
check "no poll is held any more" 0 "$(metric weir_held_polls)"
check "no fault was answered but for types that were there" \
    "$(metric weir_faults_total)" "$(curl -sf "$endpoint/metrics" | awk '/Fault="(TypeAlreadyExists|DomainAlreadyExists)Fault"/ { sum += $NF } END { printf "%d", sum }')"

# ---- a run that cannot be right

status=0
"$weir" bench --endpoint "$endpoint" --domain nowhere-to-be-made --region "" --workflow 1 >/dev/null 2>&1 || status=$?
check "a setting that is wrong is a usage error" 2 "$status"
status=0
"$weir" bench --endpoint "$endpoint" >/dev/null 2>&1 || status=$?
check "no workload is a usage error" 2 "$status"
status=0
"$weir" bench --endpoint "$endpoint" --workflow 1 --fanout 2 >/dev/null 2>&1 || status=$?
check "two are one too" 2 "$status"
status=0
"$weir" bench --endpoint http://127.0.0.1:1 --workflow 1 >/dev/null 2>"$scratch/err" || status=$?
check "nobody there is a failure" "1 no" "$status $(grep -o ' no ' "$scratch/err" | tr -d ' ')"

# A server that says other than what is: `tampered FAULT [OPTION...]` is how the run ends.
tampered() {
    rm -f "$scratch/port"
    python3 "$(dirname "$0")/tamper.py" "${endpoint##*:}" "$1" >"$scratch/port" &
    shift
    proxy=$!
    while ! [ -s "$scratch/port" ] && kill -0 "$proxy"; do sleep 0.05; done
    status=0
    "$weir" bench --endpoint "http://127.0.0.1:$(cat "$scratch/port")" --in-flight 2 --json --workflow 2 --count 4 "$@" >"$scratch/bench" 2>&1 || status=$?
    kill "$proxy"
    tail -1 "$scratch/bench" >"$scratch/json"
    echo "$status $(says "j['problem'].split(': ')[1]")"
}
check "a workflow that did not close is noticed" "1 its history has no end" "$(tampered lose_completion)"
check "a step that never comes is not waited for for ever" "1 a step is lost, or the server stands still" "$(tampered lose_step --patience 1)"
check "a task that is given twice is" "1 a task is there twice" "$(tampered double_task)"
check "events out of order are" "1 an event of a history is lost, there twice or out of order" "$(tampered swap_events)"
check "an event that is missing beyond a thousand is" "1 an event of a history is lost, there twice or out of order" \
    "$(tampered lose_late_event --workflow 0 --fanout 400 --count 2)"

stop_server
# Whoever asks for more than there is room for is refused: a fault, and the run is void.
start_server --store memory --limit-open-executions 2
status=0
bench --idle 20 || status=$?
tail -1 "$scratch/bench" >"$scratch/json"
check "a fault makes it void" 1 "$status"
check "and it says which" True "$(says "'LimitExceededFault' in j['problem']")"
stop_server

# ---- with identities

umask 077
cat >"$scratch/identities.json" <<'JSON'
{"accounts": [{"id": "123456789012",
    "users": [{"name": "bench", "policies": ["all"],
        "keys": [{"id": "AKIDBENCHBENCHBENCH", "secret": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}]}],
    "policies": [{"name": "all", "document": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "swf:*", "Resource": "*"}}}]}]}
JSON
start_server --store memory --identities "$scratch/identities.json" --metrics-listen 127.0.0.1:0
port=$(sed -n 's/.*metrics are shown" port=//p' "$scratch/log" | tail -1)
export AWS_ACCESS_KEY_ID=AKIDBENCHBENCHBENCH AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY
bench --workflow 2 --count 4 --metrics "http://127.0.0.1:$port/metrics"
check "signed calls are let in" "4 True None" "$(says "j['workflows'], j['signed'], j['problem']" | tr -d '(),')"
check "the figures are where they were asked for" True "$(says "j['server']['calls'] > 0")"
check "a health check there sees some of them" True "$(curl -s "http://127.0.0.1:$port/healthz" | grep -q '"openExecutions":0,' && echo True)"
check "and nowhere else" 404 "$(curl -s -o /dev/null -w '%{http_code}' "$endpoint/metrics")"
check "where they are nothing else is served" 404 "$(curl -s -o /dev/null -w '%{http_code}' -d '{}' \
    -H 'Content-Type: application/x-amz-json-1.0' -H 'X-Amz-Target: SimpleWorkflowService.ListDomains' "http://127.0.0.1:$port/")"
export AWS_SECRET_ACCESS_KEY=wrong
status=0
bench --workflow 2 --count 4 || status=$?
check "a wrong key is not" 1 "$status"
stop_server
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY

# ---- over TLS

if command -v openssl >/dev/null; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$scratch/server.key" -out "$scratch/server.pem" \
        -days 30 -subj /CN=server -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>/dev/null
    start_server --store memory --listen '' --tls-listen 127.0.0.1:0 --tls-cert "$scratch/server.pem" --tls-key "$scratch/server.key"
    bench --workflow 3 --count 8 --payload 20000 --ca "$scratch/server.pem"
    check "https is spoken" "8 None" "$(says "j['workflows'], j['problem']" | tr -d '(),')"
    check "the figures come this way too" True "$(says "j['server']['calls'] > 0")"
    endpoint=https://localhost:${endpoint##*:}
    bench --polls 20 --count 4 --ca "$scratch/server.pem"
    check "the server may be called by its name" "4 None" "$(says "j['workflows'], j['problem']" | tr -d '(),')"
    status=0
    bench --workflow 1 --count 1 || status=$?
    check "who signed its certificate matters" 1 "$status"
    status=0
    bench --workflow 1 --count 1 --ca "$scratch/server.key" || status=$?
    check "a file without a certificate trusts nobody" "1 1" "$status $(grep -c 'no certificates' "$scratch/bench")"
    stop_server
fi
finish
