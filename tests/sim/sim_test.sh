#!/bin/sh
# Worlds in which everything goes wrong (sim/README.md): one seed is one run, exactly; and some time of fresh seeds, also
# under the sanitizers where that build is there. A seed that fails is printed with the command that plays it again.
set -u
cd "$(dirname "$0")/../.."

build=${BUILD:-build}
release=$build/release/sim/simulate
careful=$build/address-undefined/sim/simulate
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

# check WHAT COMMAND...: shows what the command printed when it fails.
check() {
    what=$1
    shift
    if "$@" >"$scratch/out" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not ok: $what"
        cut -c1-2000 "$scratch/out"
    fi
}

plays_twice_the_same() {
    "$release" --seed 7 --steps 3000 >"$scratch/first" 2>/dev/null &&
        "$release" --seed 7 --steps 3000 >"$scratch/second" 2>/dev/null &&
        cmp "$scratch/first" "$scratch/second"
}

tells_seeds_apart() {
    "$release" --seed 8 --steps 3000 >"$scratch/second" 2>/dev/null &&
        ! cmp -s "$scratch/first" "$scratch/second"
}

check "the same seed gives the same world" plays_twice_the_same
check "another seed gives another world" tells_seeds_apart
check "fresh worlds" "$release" --seconds 25
tail -3 "$scratch/out" | head -2
if [ -x "$careful" ]; then
    check "fresh worlds under the sanitizers" "$careful" --seconds 10 --steps 1000
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
