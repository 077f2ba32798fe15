#!/bin/sh
# bench/latency and bench/metrics_cost: that they do not show figures of what they did not see.
set -eu
. "$(dirname "$0")/../clients/server.sh"
root=$(cd "$here/../.." && pwd)
export PYTHONDONTWRITEBYTECODE=1

# says SCRIPT EXPRESSION: what Python makes of it; m is the module bench/SCRIPT.
says() {
    python3 -W ignore - "$root/bench/$1" <<END 2>&1 | tail -n 1
import importlib.machinery, importlib.util, sys, types
sys.path.insert(0, "$root/bench")
loader = importlib.machinery.SourceFileLoader("m", sys.argv[1])
m = importlib.util.module_from_spec(importlib.util.spec_from_loader("m", loader))
loader.exec_module(m)
print($2)
END
}

check "what threads waited is summed up" 5.0 "$(says latency "m.waited_between({'a': 1.0, 'b': 2.0}, {'a': 3.0, 'b': 3.0, 'c': 2.0})")"
check "what one waited that is gone is not known" None "$(says latency "m.waited_between({'a': 1.0, 'b': 2.0}, {'a': 3.0})")"

options="types.SimpleNamespace(rounds=2, closes_a_second=0.3, pages_a_second=10)"
check "there is something to close until the last phase ends" 16 "$(says latency "m.how_many_expire($options, 10)")"

start_server --store memory
disturber="m.Disturber('retention', types.SimpleNamespace(endpoint='$endpoint', expired=0, expired_lock=m.threading.Lock(), to_expire=%d), $options)"
# shellcheck disable=SC2059 # the format is the point
check "who has nothing to do any more did not do it" "Void: who disturbs (retention) had to give up: there is nothing left that could be terminated" \
    "$(says latency "$(printf "$disturber" 0).end()" | sed 's/^[a-z]*\.//')"
# shellcheck disable=SC2059
check "nor who is refused" "Void: who disturbs (retention) had to give up: TerminateWorkflowExecution was answered with 400" \
    "$(says latency "$(printf "$disturber" 1).end()" | sed 's/^[a-z]*\.//; s/ b.*//')"
stop_server

check "a function that counts nothing costs nothing" 0 "$(says metrics_cost "m.cost_of({'f': 0}, 'f')")"
check "one that is not found does not" "bench/metrics_cost: callgrind knows no function g" "$(says metrics_cost "m.cost_of({'f': 0}, 'g')")"
finish
