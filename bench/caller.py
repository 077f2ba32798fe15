"""caller - a server of one's own, and many unsigned calls to it, for bench/scale.

A Server is `weir serve` on a free port with a store in a folder; what it used of the processors is read from the system's clock of its
process, which is what its own /metrics shows as process_cpu_seconds_total, without the cost of asking. A Caller keeps so many connections,
one call at a time on each. Calls that are answered with a fault end the program: a figure from a run that went wrong is none.
"""
import contextlib
import json
import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"), "release")
WEIR = os.environ.get("WEIR", os.path.join(BUILD, "weir"))
DOMAIN = "weir-bench"
# A server without identities wants a signature of the right form, and looks no further.
SIGNED = "AWS4-HMAC-SHA256 Credential=SCALE/20260101/us-east-1/swf/aws4_request, SignedHeaders=host, Signature=" + "0" * 64
HEAD = (
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Date: 20260101T000000Z\r\nAuthorization: "
    + SIGNED + "\r\nX-Amz-Target: SimpleWorkflowService.%s\r\nContent-Length: %d\r\n\r\n"
)
ANSWER_PATIENCE_S = 120
KEPT_S = 30
PROCESS_CLOCK = 2  # CPUCLOCK_SCHED of clockid_t: ~pid << 3 | 2


class Refused(Exception):
    """The server answered with a fault, or not at all."""


def wish_for_files(count):
    """As many open files as that, for this process and those it starts; how many there may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for most in (max(hard, count), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
            return most
        except (ValueError, OSError):
            pass
    return soft


@contextlib.contextmanager
def told_later():
    """SIGTERM waits for the end of this: whoever is told to end while a process begins would not know of the process."""
    told = []
    before = signal.signal(signal.SIGTERM, lambda *arguments: told.append(arguments))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
    if told and callable(before):
        before(*told[0])
    elif told:
        signal.raise_signal(signal.SIGTERM)


running = set()  # processes of servers


def kill_servers():
    """Those that are still there when their curve was broken off, wherever that was."""
    for process in running:
        process.kill()
        process.wait()
    running.clear()


class Server:
    def __init__(self, folder, arguments=(), ahead_s=0):
        self.folder = folder
        self.data = os.path.join(folder, "data")
        self.arguments = list(arguments)
        os.makedirs(folder, exist_ok=True)
        self.start(ahead_s)

    def start(self, ahead_s=0):
        """Waits until it listens; its wall clock may be ahead of the machine's."""
        command = [WEIR, "serve", "--listen", "127.0.0.1:0", "--data", self.data, "--log-level", "error"] + self.arguments
        began = time.monotonic()
        with told_later():
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=self.environment(ahead_s))
            running.add(self.process)
        said = self.process.stdout.readline().split()
        if not said:
            raise Refused("the server did not start: " + " ".join(command))
        self.start_s = time.monotonic() - began
        self.start_cpu_s = self.cpu_s()
        self.endpoint = said[-1]
        self.port = int(self.endpoint.rsplit(":", 1)[1])

    def environment(self, ahead_s):
        if not ahead_s:
            return None
        shift = os.path.join(self.folder, "shift")
        with open(shift, "wb") as f:
            f.write(int(ahead_s * 1000).to_bytes(8, sys.byteorder))
        return {**os.environ, "LD_PRELOAD": os.path.join(BUILD, "tests/crash/shifted_clock.so"), "WEIR_CLOCK_SHIFT": shift}

    def cpu_s(self):
        """Of all its threads, since it began."""
        return time.clock_gettime(~self.process.pid << 3 | PROCESS_CLOCK)

    def metrics(self):
        """Names to the sum of their series."""
        sums = {}
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(self.endpoint + "/metrics") as page:
            for line in page.read().decode().splitlines():
                if line and not line.startswith("#"):
                    name, value = line.rsplit(" ", 1)
                    name = name.split("{", 1)[0]
                    sums[name] = sums.get(name, 0) + float(value)
        return sums

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/statm") as f:
            return int(f.read().split()[1]) * resource.getpagesize()

    def store_bytes(self):
        return sum(os.path.getsize(os.path.join(d, name)) for d, _, names in os.walk(self.data) for name in names)

    def bench(self, *arguments):
        """The JSON object of a `weir bench` against this server."""
        command = [WEIR, "bench", "--endpoint", self.endpoint, "--domain", DOMAIN, "--json"] + [str(a) for a in arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise Refused(" ".join(command) + "\n" + done.stdout[-2000:] + done.stderr)
        return json.loads(done.stdout.splitlines()[-1])

    def fsck(self):
        """What `weir fsck` says of its store, once it has ended."""
        done = subprocess.run([WEIR, "fsck", self.data], capture_output=True, text=True)
        if done.returncode != 0:
            raise Refused("weir fsck: " + done.stdout[-2000:] + done.stderr)
        return done.stdout

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait()
        running.discard(self.process)
        self.process.stdout.close()

    def restart(self, how=signal.SIGTERM, ahead_s=0):
        self.stop(how)
        self.start(ahead_s)

    def remove(self):
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.folder)


class Line:
    """A connection, and the call that is under way on it."""

    def __init__(self, port):
        self.port = port
        self.got = b""
        self.number = None
        self.connect()

    def connect(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent_at = time.monotonic()

    def refresh(self):
        """The server closes what idles; whoever comes back after a while begins anew."""
        if time.monotonic() - self.sent_at > KEPT_S:
            self.socket.close()
            self.connect()

    def send(self, number, operation, body):
        self.number, self.got, self.sent_at = number, b"", time.monotonic()
        self.socket.sendall((HEAD % (operation, len(body))).encode() + body)

    def receive(self):
        """The status and the body, once they are whole."""
        part = self.socket.recv(1 << 20)
        if not part:
            raise Refused("the server closed a connection")
        self.got += part
        end = self.got.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.got[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self.got) < end + 4 + length:
            return None
        return int(head[9:12]), self.got[end + 4 :]


class Caller:
    """Calls one server; `took_ms` has how long each answer of the last all() took."""

    def __init__(self, port, connections=16):
        self.port = port
        self.lines = [Line(port) for _ in range(connections)]
        self.took_ms = []

    def close(self):
        for line in self.lines:
            line.socket.close()

    def all(self, operation, inputs, may_fault=False):
        """Calls the operation with each of the inputs, as many at a time as there are connections; the outputs in their order."""
        waiting = iter(enumerate(inputs))
        outputs, self.took_ms = {}, []
        poll = select.epoll()
        busy = {}
        for line in self.lines:
            line.refresh()
            if self.begin(line, operation, waiting):
                busy[line.socket.fileno()] = line
                poll.register(line.socket.fileno(), select.EPOLLIN)
        while busy:
            ready = poll.poll(ANSWER_PATIENCE_S)
            if not ready:
                raise Refused(f"{operation} was not answered")
            for descriptor, _ in ready:
                line = busy[descriptor]
                answer = line.receive()
                if answer is None:
                    continue
                self.took_ms.append((time.monotonic() - line.sent_at) * 1e3)
                outputs[line.number] = self.read(operation, answer, may_fault)
                if not self.begin(line, operation, waiting):
                    poll.unregister(descriptor)
                    del busy[descriptor]
        poll.close()
        return [outputs[i] for i in range(len(outputs))]

    @staticmethod
    def begin(line, operation, waiting):
        number, given = next(waiting, (None, None))
        if number is None:
            return False
        line.send(number, operation, json.dumps({"domain": DOMAIN, **given} if "taskToken" not in given else given).encode())
        return True

    @staticmethod
    def read(operation, answer, may_fault):
        status, body = answer
        if status != 200 and not may_fault:
            raise Refused(f"{operation} was answered with {status} {body[:300]!r}")
        return json.loads(body) if body else {}

    def one(self, operation, may_fault=False, **given):
        return self.all(operation, [given], may_fault)[0]
