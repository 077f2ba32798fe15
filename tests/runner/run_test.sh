#!/bin/sh
# tests/run itself: what ended well is counted as it says, and nothing passes that did not do what it began.
set -eu
. "$(dirname "$0")/../clients/server.sh"
root=$(cd "$here/../.." && pwd)

# counts LINE...: the sum that tests/run makes of a script with these lines; all that it said is in $scratch/said.
counts() {
    printf '%s\n' '#!/bin/sh' "$@" >"$scratch/program"
    chmod +x "$scratch/program"
    BUILD=$scratch/build "$root/tests/run" "$scratch/program" >"$scratch/said" 2>&1 || :
    tail -n 1 "$scratch/said"
}

begins="echo '[==========] Running 2 test(s).'"
ends="echo '[==========] 2 test(s) run.'"
check "a program that goes well" "2 passed, 0 failed" "$(counts "$begins" "$ends" "echo '[  PASSED  ] 2 test(s).'")"
check "one test of it fails" "1 passed, 1 failed" \
    "$(counts "$begins" "$ends" "echo '[  PASSED  ] 1 test(s).'" "echo '[  FAILED  ] 1 test(s), listed below:'" "exit 1")"
check "it ends in the midst, as if all were well" "0 passed, 1 failed" "$(counts "$begins" "exit 0")"
check "it does so in its second group" "2 passed, 1 failed" \
    "$(counts "$begins" "$ends" "echo '[  PASSED  ] 2 test(s).'" "$begins" "exit 0")"
check "it dies" "0 passed, 1 failed" "$(counts "$begins" 'kill -9 $$')"
check "it says so" 1 "$(grep -c 'ended by signal 9' "$scratch/said")"
check "a script counts for itself" "3 passed, 0 failed" "$(counts "echo 3 passed, 0 failed")"
check "but cannot fail without a failure" "3 passed, 1 failed" "$(counts "echo 3 passed, 0 failed" "exit 1")"
check "a check says nothing" "1 passed, 0 failed" "$(counts true)"
check "whoever leaves all out passes nothing" "0 passed, 0 failed" \
    "$(counts "echo left out: no cheese" "echo 0 passed, 0 failed")"
check "and is heard why" 1 "$(grep -c '^skip .*left out: no cheese' "$scratch/said")"
check "a server of a test has no settings of the user's" "1 passed, 0 failed" \
    "$(export WEIR_CONFIG=/nowhere && counts '[ -z "${WEIR_CONFIG+set}" ]')"
check "what is for tests is there" "1 passed, 0 failed" \
    "$(export WEIR_HISTORIES=/somewhere && counts '[ "$WEIR_HISTORIES" = /somewhere ]')"
finish
