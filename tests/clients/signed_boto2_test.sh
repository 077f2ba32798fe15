#!/bin/sh
# boto2_test.sh against a server that verifies signatures and asks policies; the client signs as a user.
CLIENT_SIGNED=user exec "$(dirname "$0")/boto2_test.sh"
