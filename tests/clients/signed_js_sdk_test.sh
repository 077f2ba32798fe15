#!/bin/sh
# js_sdk_test.sh against a server that verifies signatures and asks policies; the client signs as a role's session.
CLIENT_SIGNED=session exec "$(dirname "$0")/js_sdk_test.sh"
