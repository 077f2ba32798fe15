#!/bin/bash
# bench/scale and bench/plot: that what was measured is drawn where it belongs, and stands in the table as it was; and that a small
# curve, measured with a real server, comes to its end.
set -eu
. "$(dirname "$0")/../clients/server.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)
export PYTHONDONTWRITEBYTECODE=1
results=$scratch/results
mkdir "$results"

# curve NAME POINT...: a file as bench/scale writes it.
curve() {
    {
        printf '{"curve": "%s", "title": "A <curve> & more", "x": "things", "command": "bench/scale --only %s", "date": "2026-01-02", ' "$1" "$1"
        printf '"commit": "abc", "machine": "a machine", "load": 0.25, "note": "A note."}\n'
        shift
        printf '%s\n' "$@"
    } >"$results/$1.json"
}

# says EXPRESSION: what Python makes of it; p is the module bench/plot, head and points are of the curve `flat`.
says() {
    python3 - "$root/bench/plot" "$results/flat.json" <<END
import importlib.machinery, importlib.util, sys
loader = importlib.machinery.SourceFileLoader("plot", sys.argv[1])
p = importlib.util.module_from_spec(importlib.util.spec_from_loader("plot", loader))
loader.exec_module(p)
head, points = p.read_curve(sys.argv[2])
print($1)
END
}

curve flat '{"series": "calls", "size": 1000, "figure": 60, "unit": "us"}' \
    '{"series": "calls", "size": 10, "figure": 40, "unit": "us", "p50_ms": 1, "p99_ms": 9, "max_ms": 10}' \
    '{"series": "calls", "size": 100, "figure": 50, "unit": "us"}' \
    '{"series": "more calls", "size": 10, "figure": 20, "unit": "us"}' \
    '{"series": "tiny calls", "size": 10, "figure": 1, "unit": "us"}' \
    '{"series": "size", "size": 1000, "figure": 1234567, "unit": "bytes", "late_s": 0.5}'
curve lonely '{"series": "one", "size": 1, "figure": 0, "unit": "us"}'
curve empty

check "points are in the order of their sizes" "[10, 100, 1000]" \
    "$(says "[x['size'] for x in p.series_of(points)['us', 'calls']]")"
check "growth is the last by the first" 1.5 "$(says "p.growth(p.series_of(points)['us', 'calls'])")"
check "there is none of one point" None "$(says "p.growth(points[:1])")"
check "nor from nothing" None "$(says "p.growth([{'figure': 0}, {'figure': 1}])")"
check "axes end at round numbers" "1 2 2.5 5 10 100" "$(says "*(f'{p.round_up(x):g}' for x in (0.9, 1.5, 2.1, 2.6, 6, 99))")"
check "a panel for each unit, and for what would not be seen" "[('us', 2), ('us', 1), ('bytes', 1)]" \
    "$(says "[(unit, len(some)) for unit, some in p.panels_of(points)]")"
check "sizes are on a logarithmic axis" True \
    "$(says "(lambda a: abs(a.x(10) + a.x(1000) - 2 * a.x(100)) < 1e-6 and a.x(10) < a.x(1000))(p.Panel(0, points))")"
check "figures begin at zero, and go up" True "$(says "(lambda a: a.y(0) == p.PANEL and a.y(a.y_max) == 0)(p.Panel(0, points))")"

"$root/bench/plot" "$results" --out "$scratch" >"$scratch/said"
check "a curve without points is none" "2 curves" "$(cut -d' ' -f1,2 "$scratch/said")"
check "there is a picture of each other" "flat.svg lonely.svg" "$(ls "$scratch/plots" | xargs)"
check "they are XML, with a dot for each point" "6 1" "$(python3 -c "
import sys, xml.etree.ElementTree as tree
print(*(len(tree.parse(path).getroot().findall('.//{http://www.w3.org/2000/svg}circle')) for path in sys.argv[1:]))" \
    "$scratch/plots/flat.svg" "$scratch/plots/lonely.svg")"
check "no dot lies outside" "" "$(grep -o 'c[xy]="-[^"]*"' "$scratch/plots/flat.svg")"
check "the caption has the command and the day" 1 "$(grep -c 'bench/scale --only flat; 2026-01-02, commit abc' "$scratch/plots/flat.svg")"
check "the table has the figures in the order of their sizes" \
    "| calls | 10 to 1k | 40 50 60 | µs | 1.50 |  |" "$(grep '^| calls' "$scratch/SCALE.md")"
check "and what else is known of the largest" "| size | 1k to 1k | 1,234,567 | bytes |  | 0.5 s after the last was due |" \
    "$(grep '^| size' "$scratch/SCALE.md")"
check "the note, the load and the machine stand there" 2 "$(grep -c 'a machine; load of the machine when it began: 0.2. A note.' "$scratch/SCALE.md")"

# ---- measured

status=0
WEIR=$weir "$root/bench/scale" --small --only signals --data "$scratch" --results "$results" --no-write >"$scratch/said" 2>&1 || status=$?
[ "$status" = 0 ] || cat "$scratch/said"
check "a small curve is measured" "0 [10, 10, 300, 300]" \
    "$status $(python3 -c "import json; print([json.loads(l)['size'] for l in list(open('$results/signals.json'))[1:]])" 2>&1 || :)"
check "its server and its store are gone" 0 "$(find "$scratch" -name 'weir-scale-*' | wc -l)"
WEIR=$weir "$root/bench/scale" --only signals --data "$scratch" --results "$scratch/cut" --no-write >"$scratch/told" 2>&1 &
scale=$!
for _ in $(seq 300); do
    ! grep -qs '^signals ' "$scratch/told" || break
    sleep 0.1
done
kill "$scale"
status=0
wait "$scale" || status=$?
check "one that is told to end leaves nothing behind" "1 0 0 0" \
    "$status $(find "$scratch" -name 'weir-scale-*' | wc -l) $(find "$scratch/cut" -name '*.json' | wc -l) $(grep -lsa "$scratch/[w]eir-scale" /proc/[0-9]*/cmdline | wc -l)"
status=0
"$root/bench/scale" --only nothing >/dev/null 2>&1 || status=$?
check "a curve that there is not is a usage error" 2 "$status"
finish
