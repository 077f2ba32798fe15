"""A proxy before a server, with one fault: `tamper.py SERVER_PORT FAULT` prints its own port."""
import http.client
import http.server
import json
import socketserver
import sys
import threading

server_port, fault = int(sys.argv[1]), sys.argv[2]
seen = {}
lock = threading.Lock()


def is_third(what):
    with lock:
        seen[what] = seen.get(what, 0) + 1
        return seen[what] == 3


def lose_completion(operation, body, ask):
    if operation == "RespondDecisionTaskCompleted" and b"CompleteWorkflow" in body:
        return 200, b""
    return ask()


def lose_step(operation, body, ask):
    if operation == "RespondActivityTaskCompleted" and is_third("step"):
        return 200, b""
    return ask()


def double_task(operation, body, ask):
    status, answer = ask()
    if operation == "PollForActivityTask" and b"taskToken" in answer:
        with lock:  # the first again for the second, whose workflow then cannot have ended
            seen["given"] = seen.get("given", 0) + 1
            if seen["given"] == 2:
                return seen["first"]
            seen.setdefault("first", (status, answer))
    return status, answer


def swap_events(operation, body, ask):
    status, answer = ask()
    if operation == "PollForDecisionTask" and b"taskToken" in answer and is_third("task"):
        task = json.loads(answer)
        task["events"][-2:] = reversed(task["events"][-2:])
        answer = json.dumps(task).encode()
    return status, answer


def lose_late_event(operation, body, ask):
    status, answer = ask()
    if operation == "GetWorkflowExecutionHistory" and b"nextPageToken" in body:
        history = json.loads(answer)
        del history["events"][1]
        answer = json.dumps(history).encode()
    return status, answer


class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, answer = globals()[fault](self.headers.get("X-Amz-Target", "").split(".")[-1], body, lambda: self.ask(body))
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST

    def ask(self, body):
        if not hasattr(self, "server_line"):
            self.server_line = http.client.HTTPConnection("127.0.0.1", server_port)
        self.server_line.request(self.command, self.path, body or None, dict(self.headers))
        answer = self.server_line.getresponse()
        return answer.status, answer.read()

    def log_message(self, *arguments):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, *arguments):  # a client that has seen enough goes
        pass


proxy = Server(("127.0.0.1", 0), Proxy)
print(proxy.server_port, flush=True)
proxy.serve_forever()
