#!/bin/sh
# TLS as clients of other making see it: curl, openssl and Python against a running server; and that certificates are
# exchanged while it runs.
set -eu
. "$(dirname "$0")/server.sh"

for tool in openssl curl python3; do
    command -v "$tool" >/dev/null || skip "no $tool on this machine"
done

# ---- certificates: issue AUTHORITY NAME makes NAME.pem and NAME.key

authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$scratch/$1.key" -out "$scratch/$1.pem" \
        -days 30 -subj "/CN=$1" 2>/dev/null
}

issue() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$scratch/new.key" -out "$scratch/new.csr" \
        -subj "/CN=$2" 2>/dev/null
    echo 'subjectAltName=DNS:localhost,IP:127.0.0.1' >"$scratch/names"
    openssl x509 -req -in "$scratch/new.csr" -CA "$scratch/$1.pem" -CAkey "$scratch/$1.key" -CAcreateserial \
        -days 30 -extfile "$scratch/names" -out "$scratch/new.pem" 2>/dev/null
    chmod 600 "$scratch/new.key"
    mv "$scratch/new.key" "$scratch/$2.key"
    mv "$scratch/new.pem" "$scratch/$2.pem"
}

authority ours
authority theirs
issue ours server
issue ours client
issue theirs stranger

# serve OPTION...: over TLS alone; $port then has its port.
serve() {
    start_server --listen '' --tls-listen 127.0.0.1:0 --tls-cert "$scratch/server.pem" --tls-key "$scratch/server.key" "$@"
    port=${endpoint##*:}
}

# The status that curl sees, or the number of curl's error.
status_of() {
    curl -s -o /dev/null -w '%{http_code}' --cacert "$scratch/ours.pem" "$@" "https://localhost:$port/healthz" || echo " $?"
}

# Whom the server shows: "CN=server". Not every openssl writes the same blanks.
shown() {
    openssl s_client -connect "127.0.0.1:$port" </dev/null 2>/dev/null | openssl x509 -noout -subject | sed 's/^subject=//; s/ //g'
}

# A value of what s_client tells of a handshake.
told() {
    name=$1
    shift
    openssl s_client -connect "127.0.0.1:$port" "$@" </dev/null 2>&1 | sed -n "s/^ *$name *: *//p" | head -n 1
}

serve

# ---- what is spoken

check "the first line has the URL" "https://127.0.0.1:$port" "$endpoint"
check "TLS 1.3" 200 "$(status_of --tlsv1.3)"
check "TLS 1.2" 200 "$(status_of --tlsv1.2 --tls-max 1.2)"
check "an unknown authority is refused by the client" "000 60" "$(status_of --cacert "$scratch/theirs.pem")"
check "HTTP without TLS gets no HTTP" "000 52" "$(curl -s -o /dev/null -w '%{http_code}' "http://localhost:$port/" || echo " $?")"
check "http/1.1 is agreed on" 1.1 \
    "$(curl -s -o /dev/null -w '%{http_version}' --http2 --cacert "$scratch/ours.pem" "https://localhost:$port/healthz")"
check "browsers are to come back with TLS" 1 \
    "$(curl -s -D - --cacert "$scratch/ours.pem" "https://localhost:$port/healthz" | grep -c '^Strict-Transport-Security: max-age')"
check "weak ciphers are refused" 1 \
    "$(openssl s_client -connect "127.0.0.1:$port" -tls1_2 -cipher 'AES128-SHA:@SECLEVEL=0' </dev/null 2>&1 | grep -c 'handshake failure')"
check "nothing is compressed" NONE "$(told Compression -tls1_2)"

cat >"$scratch/client.py" <<'PYTHON'
import http.client, socket, ssl, sys

port, ca = int(sys.argv[1]), sys.argv[2]
context = ssl.create_default_context(cafile=ca)


def say(what, ok):
    print("ok" if ok else "not ok", what)


def reason(error):
    return str(error).upper().replace("_", " ")


def connect(context, protocols=None):
    if protocols:
        context.set_alpn_protocols(protocols)
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), 60), server_hostname="localhost")


old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
old.load_verify_locations(ca)
old.set_ciphers("ALL:@SECLEVEL=0")
old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
try:
    connect(old)
    say("TLS 1.1 is refused", False)
except ssl.SSLError as error:
    say("TLS 1.1 is refused", "PROTOCOL VERSION" in reason(error))

try:
    connect(ssl.create_default_context(cafile=ca), ["h2"])
    say("HTTP/2 is refused", False)
except ssl.SSLError as error:
    say("HTTP/2 is refused", "NO APPLICATION PROTOCOL" in reason(error))

many = http.client.HTTPSConnection("localhost", port, context=context, timeout=60)
statuses = []
for _ in range(50):
    many.request("GET", "/healthz")
    answer = many.getresponse()
    answer.read()
    statuses.append(answer.status)
say("many requests go over one connection", statuses == [200] * 50)

socket_ = connect(ssl.create_default_context(cafile=ca))
socket_.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
received = b""
while piece := socket_.recv(65536):  # an end without close_notify would raise
    received += piece
say("the end is said in order", received.startswith(b"HTTP/1.1 200 OK\r\n"))

context = ssl.create_default_context(cafile=ca)
context.maximum_version = ssl.TLSVersion.TLSv1_2
first = connect(context)
again = context.wrap_socket(socket.create_connection(("127.0.0.1", port), 60), server_hostname="localhost",
                            session=first.session)
say("a session is resumed", again.session_reused)
PYTHON
run python3 -W ignore "$scratch/client.py" "$port" "$scratch/ours.pem"

# ---- our own client

check "the demo goes over TLS" 1 \
    "$("$weir" demo --endpoint "https://localhost:$port" --ca "$scratch/ours.pem" | grep -c WorkflowExecutionCompleted)"
check "and looks at the certificate" 1 \
    "$("$weir" demo --endpoint "https://localhost:$port" --ca "$scratch/theirs.pem" 2>&1 | grep -c 'certificate')"

# ---- an exchange while it runs: a line of the log says what became of it

# wait_for_log LINE: until the log has it behind the first $lines lines, which then are all.
wait_for_log() {
    tail -n +$((lines + 1)) -F "$scratch/log" 2>/dev/null | grep -q -m 1 "$1"
    lines=$(wc -l <"$scratch/log")
}

lines=$(wc -l <"$scratch/log")
check "the certificate of before" "CN=server" "$(shown)"
issue ours other
cp "$scratch/other.pem" "$scratch/next.pem"
mv "$scratch/next.pem" "$scratch/server.pem"
wait_for_log 'the certificate cannot be used; the old one stays in force'
check "half of a pair changes nothing" "CN=server" "$(shown)"
cp -p "$scratch/other.key" "$scratch/next.key"
mv "$scratch/next.key" "$scratch/server.key"
wait_for_log 'is in force for new connections'
check "the whole pair does" "CN=other" "$(shown)"
check "and is served" 200 "$(status_of)"
kill -HUP "$server"
wait_for_log 'is in force for new connections'
check "SIGHUP has it read again" "CN=other" "$(shown)"
chmod 604 "$scratch/server.key"
kill -HUP "$server"
wait_for_log 'everybody may open it'
check "a key that everybody may open changes nothing" 200 "$(status_of)"
stop_server
check "and no server starts with it" 1 "$("$weir" serve --store memory --listen '' --tls-listen 127.0.0.1:0 \
    --tls-cert "$scratch/server.pem" --tls-key "$scratch/server.key" 2>&1 | grep -c 'everybody may open it')"
chmod 600 "$scratch/server.key"

# ---- certificates of clients

cp "$scratch/ours.pem" "$scratch/clients.pem"
serve --tls-client-ca "$scratch/clients.pem"
lines=$(wc -l <"$scratch/log")
as() {
    status_of --cert "$scratch/$1.pem" --key "$scratch/$1.key"
}
check "a known client" 200 "$(as client)"
check "an unknown one" "000 56" "$(as stranger)"
check "one that shows nothing" "000 56" "$(status_of)"
cp "$scratch/theirs.pem" "$scratch/next.pem"
mv "$scratch/next.pem" "$scratch/clients.pem"
wait_for_log 'is in force for new connections'
check "whose authority is exchanged is known at once" 200 "$(as stranger)"
check "and who was known is not" "000 56" "$(as client)"
stop_server
serve --tls-client-ca "$scratch/ours.pem" --tls-client-certs optional
check "a known client where that is optional" 200 "$(as client)"
check "one that shows nothing where that is optional" 200 "$(status_of)"
check "an unknown one where that is optional" "000 56" "$(as stranger)"
stop_server

# ---- policies know of it: this user may do everything, but not in the clear

cat >"$scratch/identities.json" <<JSON
{"accounts": [{"id": "123456789012",
    "users": [{"name": "alice", "policies": ["sealed"], "keys": [{"id": "AKIAALICE0000001", "secret": "secret-of-alice-1"}]}],
    "policies": [{"name": "sealed", "document": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}}]}]}
JSON
chmod 600 "$scratch/identities.json"
serve --identities "$scratch/identities.json" --unix-socket "$scratch/socket"

# list_domains URL OPTION...: the status of a signed call.
list_domains() {
    curl -s -o /dev/null -w '%{http_code}' --aws-sigv4 aws:amz:us-east-1:swf --user AKIAALICE0000001:secret-of-alice-1 \
        -H 'X-Amz-Target: SimpleWorkflowService.ListDomains' -H 'Content-Type: application/x-amz-json-1.0' \
        -d '{"registrationStatus":"REGISTERED"}' "$@"
}
check "aws:SecureTransport is true over TLS" 200 "$(list_domains "https://localhost:$port/" --cacert "$scratch/ours.pem")"
check "and false without" 400 "$(list_domains http://localhost/ --unix-socket "$scratch/socket")"
stop_server

# ---- a Unix socket

start_server --listen '' --unix-socket "$scratch/socket"
check "the first line has the path" "unix:$scratch/socket" "$endpoint"
check "its mode" 600 "$(stat -c %a "$scratch/socket")"
check "it is served" 200 \
    "$(curl -s -o /dev/null -w '%{http_code}' --unix-socket "$scratch/socket" http://localhost/healthz)"
kill -9 "$server"
wait "$server" 2>/dev/null || :
server=
check "a killed server leaves it" yes "$([ -S "$scratch/socket" ] && echo yes)"
start_server --unix-socket "$scratch/socket" --unix-socket-mode 0660
check "the next one replaces it" 200 \
    "$(curl -s -o /dev/null -w '%{http_code}' --unix-socket "$scratch/socket" http://localhost/healthz)"
check "with another mode" 660 "$(stat -c %a "$scratch/socket")"
check "and listens elsewhere too" 200 "$(curl -s -o /dev/null -w '%{http_code}' "$endpoint/healthz")"
check "two do not share it" 1 "$("$weir" serve --store memory --listen '' --unix-socket "$scratch/socket" 2>&1 | grep -c 'in use')"
stop_server
check "it goes with its server" no "$([ -e "$scratch/socket" ] || echo no)"

finish
