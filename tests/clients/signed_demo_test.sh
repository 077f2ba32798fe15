#!/bin/sh
# demo_test.sh against a server that verifies signatures and asks policies; the demo signs as a role's session.
CLIENT_SIGNED=session exec "$(dirname "$0")/demo_test.sh"
