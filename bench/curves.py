"""curves - what bench/scale measures at growing sizes.

Each curve starts a server of its own and yields points; Curves.table says their names, what their size counts, and the sizes of each set.
A point's figure is the server's own CPU in microseconds an operation where nothing else is said (unit "us"): other programs on the machine
disturb that less than they do times. Of several batches of the same work the median counts.
"""
import math
import os
import random
import shutil
import signal
import statistics
import time

from caller import DOMAIN, Caller, Refused, Server, wish_for_files

TYPE = {"name": "scale", "version": "1"}
TEXT = "x" * 100
BATCHES = 5
YEAR_S = "31536000"
HOUR_S = "3600"
DAY_S = 86400
IN_DECISION = 100
PATIENCE_S = 600
FILES_BESIDE = 1000
REMOVED_MOST = 1000000
PROBES = 40
PROBE_PAUSE_S = 0.05


class Point(dict):
    def __init__(self, series, size, figure, unit="us", **more):
        super().__init__(series=series, size=size, figure=figure, unit=unit, **more)


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def times(took_ms):
    if not took_ms:
        return {}
    return {"p50_ms": quantile(took_ms, 0.5), "p99_ms": quantile(took_ms, 0.99), "max_ms": max(took_ms)}


class Bed:
    """A server, who calls it, and what is common to the curves."""

    def __init__(self, folder, *arguments, connections=16):
        self.server = Server(folder, arguments)
        self.connections = connections
        try:
            self.register()
        except BaseException:
            self.server.remove()
            raise

    def register(self):
        self.connect()
        self.call.one("RegisterDomain", name=DOMAIN, workflowExecutionRetentionPeriodInDays="1", may_fault=True)
        for operation in ("RegisterWorkflowType", "RegisterActivityType"):
            self.call.one(operation, may_fault=True, **TYPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.call.close()
        self.server.remove()

    def connect(self):
        self.call = Caller(self.server.port, self.connections)

    def restart(self, how=signal.SIGTERM):
        self.call.close()
        self.server.restart(how)
        self.connect()

    # ---- what executions do

    def start(self, ids, task_list="deciders"):
        self.call.all("StartWorkflowExecution", ({
            "workflowId": i, "workflowType": TYPE, "taskList": {"name": task_list}, "input": TEXT, "childPolicy": "TERMINATE",
            "executionStartToCloseTimeout": YEAR_S, "taskStartToCloseTimeout": YEAR_S,
        } for i in ids))

    def poll(self, count, task_list="deciders", **more):
        """That many decision tasks."""
        more = {"taskList": {"name": task_list}, "maximumPageSize": 1, "reverseOrder": True, **more}
        return self.call.all("PollForDecisionTask", (more for _ in range(count)))

    def answer(self, tasks, decisions):
        self.call.all("RespondDecisionTaskCompleted", ({"taskToken": t["taskToken"], "decisions": decisions} for t in tasks))

    def poll_activities(self, count):
        return self.call.all("PollForActivityTask", ({"taskList": {"name": "workers"}} for _ in range(count)))

    # ---- measuring

    def measure(self, series, size, operations, do, batches=BATCHES, is_one_kind=True):
        """The server's CPU for `operations`, which `do` has done each time it is called; times where its calls are of one kind."""
        used, took = [], []
        for _ in range(batches):
            before = self.server.cpu_s()
            do()
            used.append((self.server.cpu_s() - before) * 1e6 / operations)
            took += self.call.took_ms if is_one_kind else []
        return Point(series, size, statistics.median(used), operations=operations * batches, **times(took))

    def measure_calls(self, series, size, operation, inputs):
        inputs = list(inputs)
        return self.measure(series, size, len(inputs), lambda: self.call.all(operation, inputs))

    def memory(self, size, what, since_bytes=0):
        return Point(f"resident bytes, {what}", size, (self.server.resident_bytes() - since_bytes) / size, "bytes")

    def settle(self):
        """Until the server has used next to nothing for two seconds, or patience ends."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            before = self.server.cpu_s()
            time.sleep(2)
            if self.server.cpu_s() - before < 0.05:
                return


def schedule(number):
    return {"decisionType": "ScheduleActivityTask", "scheduleActivityTaskDecisionAttributes": {
        "activityType": TYPE, "activityId": str(number), "input": TEXT, "taskList": {"name": "workers"},
        "heartbeatTimeout": "NONE", "scheduleToCloseTimeout": HOUR_S, "scheduleToStartTimeout": HOUR_S, "startToCloseTimeout": HOUR_S}}


def start_timer(number, seconds):
    return {"decisionType": "StartTimer", "startTimerDecisionAttributes": {"timerId": str(number), "startToFireTimeout": str(seconds)}}


def signal_external(workflow_id):
    return {"decisionType": "SignalExternalWorkflowExecution", "signalExternalWorkflowExecutionDecisionAttributes": {
        "workflowId": workflow_id, "signalName": "next", "input": TEXT}}


def signals_to(ids):
    return [{"workflowId": i, "signalName": "next", "input": TEXT} for i in ids]


# ---- executions that are open


def open_executions(folder, sizes):
    with Bed(folder, "--limit-open-executions", "0") as bed:
        count, alone = 0, bed.server.resident_bytes()
        for size in sizes:
            grown = bed.server.bench("--idle", size - count, "--in-flight", 64)
            calls = grown["server"]["calls"] / grown["workflows"]
            yield Point("start and first decision", size, grown["server"]["cpu_us_per_call"] * calls, operations=grown["workflows"])
            count = size
            bed.settle()
            yield bed.memory(size, "an open execution", alone)
            yield Point("store bytes, an open execution", size, bed.server.store_bytes() / size, "bytes")
            yield from ask_awake(bed, size)
            yield from start_again(bed, size)
            yield bed.memory(size, "an open execution after a start", alone)
            yield from ask_asleep(bed, size)


ALL_OPEN = {"startTimeFilter": {"oldestDate": 0}, "maximumPageSize": 1000}


def ask_awake(bed, size):
    """The newest, which were started a moment ago."""
    some = bed.call.one("ListOpenWorkflowExecutions", **ALL_OPEN)["executionInfos"]
    ids = [i["execution"]["workflowId"] for i in some]
    yield bed.measure_calls("page of 1,000", size, "ListOpenWorkflowExecutions", [ALL_OPEN] * 20)
    named = [{**ALL_OPEN, "executionFilter": {"workflowId": i}} for i in ids[:200]]
    yield bed.measure_calls("list of one workflow id", size, "ListOpenWorkflowExecutions", named)
    yield bed.measure_calls("count of all", size, "CountOpenWorkflowExecutions", [{"startTimeFilter": {"oldestDate": 0}}] * 100)
    yield bed.measure_calls("describe one", size, "DescribeWorkflowExecution", [{"execution": i["execution"]} for i in some[:200]])
    yield bed.measure_calls("signal one", size, "SignalWorkflowExecution", signals_to(ids[:500]))


def ask_asleep(bed, size):
    """After a start nobody is awake; a signal wakes one."""
    oldest_first = {**ALL_OPEN, "reverseOrder": True}
    yield bed.measure_calls("page of 1,000 that sleep", size, "ListOpenWorkflowExecutions", [oldest_first] * 20)
    some = bed.call.one("ListOpenWorkflowExecutions", **oldest_first)["executionInfos"]
    ids = [i["execution"]["workflowId"] for i in some]
    random.Random(1).shuffle(ids)
    share = len(ids) // BATCHES
    batches = iter([ids[n * share : (n + 1) * share] for n in range(BATCHES)])
    yield bed.measure("signal one that sleeps", size, share, lambda: bed.call.all("SignalWorkflowExecution", signals_to(next(batches))))


def start_again(bed, size):
    for what, how in (("start after an orderly end", signal.SIGTERM), ("start after a kill", signal.SIGKILL)):
        bed.restart(how)
        yield Point(what, size, bed.server.start_cpu_s * 1e6 / size, "us an execution", start_s=bed.server.start_s)


# ---- executions that are closed


def closed_executions(folder, sizes):
    with Bed(folder, "--count-results", "0") as bed:
        count, alone = 0, bed.server.resident_bytes()
        for size in sizes:
            grown = bed.server.bench("--polls", 128, "--in-flight", 64, "--count", size - count)
            calls = grown["server"]["calls"] / grown["workflows"]
            yield Point("a workflow of five events", size, grown["server"]["cpu_us_per_call"] * calls, operations=grown["workflows"])
            count = size
            bed.settle()
            yield Point("resident bytes, in all", size, bed.server.resident_bytes() - alone, "bytes in memory")
            bed.restart()  # what was in the write buffer is in files, at every size
            yield Point("start after an orderly end", size, bed.server.start_cpu_s * 1e6, "us, whole", start_s=bed.server.start_s)
            bed.settle()
            yield Point("store bytes, a closed run", size, bed.server.store_bytes() / size, "bytes")
            yield from ask_closed(bed, size)
            yield from expire(bed, size)


def ask_closed(bed, size):
    whole = {"startTimeFilter": {"oldestDate": 0}, "maximumPageSize": 1000}
    by_close = {"closeTimeFilter": {"oldestDate": 0}, "maximumPageSize": 1000}
    oldest = bed.call.one("ListClosedWorkflowExecutions", reverseOrder=True, **whole)["executionInfos"]
    yield bed.measure_calls("page of 1,000, newest start first", size, "ListClosedWorkflowExecutions", [whole] * 10)
    yield bed.measure_calls("page of 1,000, oldest start first", size, "ListClosedWorkflowExecutions", [{**whole, "reverseOrder": True}] * 10)
    yield bed.measure_calls("page of 1,000, newest close first", size, "ListClosedWorkflowExecutions", [by_close] * 10)
    some = random.Random(1).sample(oldest, min(200, len(oldest)))
    named = [{**whole, "executionFilter": {"workflowId": i["execution"]["workflowId"]}} for i in some]
    yield bed.measure_calls("list of one workflow id", size, "ListClosedWorkflowExecutions", named)
    yield bed.measure_calls("history of an old run", size, "GetWorkflowExecutionHistory", [{"execution": i["execution"]} for i in some])
    yield bed.measure_calls("describe an old run", size, "DescribeWorkflowExecution", [{"execution": i["execution"]} for i in some])


def expire(bed, size):
    """A copy of the store is served two days later, when all of it has to go, while somebody calls it; the first million goes."""
    copy = os.path.join(os.path.dirname(bed.server.folder), "expired")
    start_cpu_s = bed.server.start_cpu_s
    bed.call.close()
    bed.server.stop()
    shutil.copytree(bed.server.data, os.path.join(copy, "data"))
    late = Server(copy, bed.server.arguments, ahead_s=2 * DAY_S)
    try:
        yield remove_all(late, size, start_cpu_s)
    finally:
        late.remove()
    bed.server.start()
    bed.connect()


def remove_all(late, size, start_cpu_s):
    began = time.monotonic()
    took, ended = call_until_quiet(late, REMOVED_MOST if size > REMOVED_MOST else math.inf)
    used, removed = late.cpu_s() - start_cpu_s, removed_by(late)
    late.stop()
    if size <= REMOVED_MOST and runs_in(late):
        raise Refused(f"of {size:,} runs some were left after their time")
    if removed < min(size, REMOVED_MOST):
        raise Refused(f"{removed:,} of {size:,} runs were removed")
    return Point("retention, a run removed", size, used * 1e6 / removed, operations=removed,
                 runs_per_s=removed / max(0.001, ended - began), **times(took))


def removed_by(server):
    return int(server.metrics().get("weir_expired_executions_total", 0))


def call_until_quiet(server, most):
    """Calls it 20 times a second until it has removed so many, or done nothing else for three seconds; how long calls took, and when it
    had done."""
    caller, took, quiet_since, looked = Caller(server.port, 1), [], time.monotonic(), 0
    while time.monotonic() - quiet_since < 3:
        looked += 1
        if looked % 200 == 0 and removed_by(server) >= most:
            quiet_since = time.monotonic()
            break
        before = server.cpu_s()
        caller.one("DescribeDomain", name=DOMAIN)
        took += caller.took_ms
        time.sleep(0.05)
        if server.cpu_s() - before > 0.002:
            quiet_since = time.monotonic()
    caller.close()
    return took, quiet_since


def runs_in(server):
    """How many runs `weir fsck` finds in the store of a server that has ended."""
    return int(server.fsck().split(" runs", 1)[0].split()[-1])


# ---- a long history


def long_history(folder, sizes):
    with Bed(folder, connections=8) as bed:
        bed.start(["long"])
        task = bed.poll(1)[0]
        bed.answer([task], [])
        execution = task["workflowExecution"]
        for size in sizes:
            grow(bed, execution, size)
            yield from touch(bed, execution, size)
            yield from read(bed, execution, size)
            yield from wake(bed, size)


def last_event(bed, execution):
    return bed.call.one("GetWorkflowExecutionHistory", execution=execution, reverseOrder=True, maximumPageSize=1)["events"][0]["eventId"]


def grow(bed, execution, size):
    """To about as many events, with a decision now and then; what touch() and wake() will add is left out."""
    missing = size - last_event(bed, execution) - 620
    while missing > 10:
        some = min(missing, 500)
        bed.call.all("SignalWorkflowExecution", signals_to(["long"] * some))
        bed.answer(bed.poll(1), [])
        missing -= some + 3


def touch(bed, execution, size):
    yield bed.measure_calls("signal", size, "SignalWorkflowExecution", signals_to(["long"] * 100))
    bed.answer(bed.poll(1), [])
    steps = 4

    def decide():
        for _ in range(steps):
            bed.call.all("SignalWorkflowExecution", signals_to(["long"]))
            bed.answer(bed.poll(1, maximumPageSize=1000), [])

    yield bed.measure("signal, poll with the newest 1,000, decision", size, steps, decide, is_one_kind=False)


def read(bed, execution, size):
    of = {"execution": execution}
    yield bed.measure_calls("describe", size, "DescribeWorkflowExecution", [of] * 100)
    for count in (10, 1000):
        first = {**of, "maximumPageSize": count}
        yield bed.measure_calls(f"first page of {count:,}", size, "GetWorkflowExecutionHistory", [first] * 20)
        yield bed.measure_calls(f"last page of {count:,}", size, "GetWorkflowExecutionHistory", [{**first, "reverseOrder": True}] * 20)
    yield bed.measure("all pages, an event", size, size, lambda: whole(bed, of), is_one_kind=False)


def whole(bed, of):
    page = bed.call.one("GetWorkflowExecutionHistory", **of)
    while "nextPageToken" in page:
        page = bed.call.one("GetWorkflowExecutionHistory", nextPageToken=page["nextPageToken"], **of)


def wake(bed, size):
    """A start, and the first signal after it: this run may have slept, or was folded at the start."""
    used = []
    for _ in range(3):
        bed.restart()
        bed.call.all("SignalWorkflowExecution", signals_to(["long"]))
        used.append(bed.server.cpu_s() * 1e6)
    bed.answer(bed.poll(1), [])
    yield Point("start and first signal, an event", size, statistics.median(used) / size, operations=3)


# ---- many open activities in one execution


def open_activities(folder, sizes):
    with Bed(folder) as bed:
        for size in sizes:
            yield from one_fan_out(bed, size, max(1, sizes[-1] * 5 // size))
        yield from in_order(bed, sizes[-1])


def fan_out(bed, size, executions):
    """That many executions, in each of which one decision schedules so many activities; the CPU it took."""
    bed.start([f"fan-{size}-{i}-{time.monotonic_ns()}" for i in range(executions)])
    before = bed.server.cpu_s()
    bed.answer(bed.poll(executions), [schedule(n) for n in range(size)])
    return bed.server.cpu_s() - before


def complete(bed, tasks):
    bed.call.all("RespondActivityTaskCompleted", [{"taskToken": t["taskToken"], "result": TEXT} for t in tasks])


def end(bed, executions):
    bed.answer(bed.poll(executions), [{"decisionType": "CompleteWorkflowExecution", "completeWorkflowExecutionDecisionAttributes": {}}])


def one_fan_out(bed, size, executions):
    used = fan_out(bed, size, executions)
    total = size * executions
    yield Point("schedule one, all in one decision", size, used * 1e6 / total, operations=total)
    tasks = []
    yield bed.measure("poll", size, total, lambda: tasks.extend(bed.poll_activities(total)), 1)
    beats = [{"taskToken": t["taskToken"], "details": "half"} for t in tasks[:500]]
    yield bed.measure_calls("heartbeat", size, "RecordActivityTaskHeartbeat", beats)
    yield bed.measure("complete", size, total, lambda: complete(bed, tasks), 1)
    end(bed, executions)


def in_order(bed, size):
    """The first completions and the last of the same executions: the size is how many were open still."""
    executions, parts = 10, 10
    fan_out(bed, size, executions)
    tasks = bed.poll_activities(size * executions)
    by_run = {}
    for task in tasks:
        by_run.setdefault(task["workflowExecution"]["runId"], []).append(task)
    for part in range(parts):
        share = [t for run in by_run.values() for t in run[part * size // parts : (part + 1) * size // parts]]
        yield bed.measure("complete, one execution's first to last", size - part * size // parts, len(share), lambda: complete(bed, share), 1)
    end(bed, executions)


# ---- timers that are due in one minute


def timers(folder, sizes, window_s):
    for size in sizes:
        with Bed(folder, "--limit-open-executions", "0") as bed:
            yield from due_at_once(bed, size, window_s)


def due_at_once(bed, size, window_s):
    each = min(100, size)
    executions = size // each
    bed.start(["probe"], "nobody")
    bed.start([f"timers-{i}" for i in range(executions)])
    tasks = bed.poll(executions)
    lead_s, chance, began = 6 + size / 8000, random.Random(1), time.time()

    def answers():
        for task in tasks:
            left = lead_s - (time.time() - began)
            if left < 0.5:
                raise Refused("the timers took longer to start than was thought")
            yield {"taskToken": task["taskToken"], "decisions": [start_timer(n, int(left + chance.random() * window_s) + 1) for n in range(each)]}

    yield bed.measure("start one, a hundred in a decision", size, size, lambda: bed.call.all("RespondDecisionTaskCompleted", answers()), 1)
    fired = bed.server.metrics()["weir_events_total"] + size + executions  # a TimerFired each, and a DecisionTaskScheduled an execution
    yield watch(bed, size, fired, began + lead_s, window_s)


def watch(bed, size, fired, first_due, window_s):
    """Until the server has written so many events, while somebody sends signals; what those cost alone is taken off."""
    probe = Caller(bed.server.port, 1)
    beside = cost_of_probe(bed.server, probe)
    if time.time() > first_due:
        raise Refused("the first timers came due too early")
    last_due = first_due + window_s + 1
    number, took, used = 0, [], bed.server.cpu_s()
    fired += PROBES
    while number % 10 or bed.server.metrics()["weir_events_total"] < fired + number:
        took += send_probe(probe)
        number += 1
        if time.time() > last_due + PATIENCE_S:
            raise Refused("timers did not fire")
    probe.close()
    used = bed.server.cpu_s() - used - number * beside
    return Point("fire one", size, used * 1e6 / size, operations=size, late_s=max(0.0, time.time() - last_due),
                 resident_bytes=bed.server.resident_bytes(), **times(took))


def send_probe(probe):
    probe.one("SignalWorkflowExecution", **signals_to(["probe"])[0])
    time.sleep(PROBE_PAUSE_S)
    return probe.took_ms


def cost_of_probe(server, probe):
    before = server.cpu_s()
    for _ in range(PROBES):
        send_probe(probe)
    return (server.cpu_s() - before) / PROBES


# ---- polls that are held


def held_polls(folder, sizes):
    files = wish_for_files(sizes[-1] + FILES_BESIDE)  # of the server, and of weir bench
    for size in sizes:
        if size + FILES_BESIDE > files:
            print(f"held polls: {files} open files are allowed here, too few for {size:,} polls; left out")
            continue
        with Bed(folder, "--connections-max", "1000000", "--connections-per-address-max", "0", "--poll-seconds", "600") as bed:
            alone = bed.server.resident_bytes()
            found = bed.server.bench("--polls", size, "--count", 1000, "--patience", 600)  # they are sent one after the other first
            server, step = found["server"], found["until_next_task_ms"]
            calls = server["calls"] / found["workflows"]
            yield Point("a workflow of one decision, one at a time", size, server["cpu_us_per_call"] * calls, operations=found["workflows"],
                        p50_ms=step["p50"], p99_ms=step["p99"], max_ms=step["max"])
            yield Point("resident bytes, a held poll", size, (server["resident_bytes"] - alone) / size, "bytes")


# ---- signals from one execution to many


def signals_out(folder, sizes):
    for size in sizes:
        with Bed(folder) as bed:
            bed.start([f"target-{i}" for i in range(size)], "targets")
            bed.start(["sender"])
            yield bed.measure("signal another, up to a hundred in a decision", size, size, lambda: send_all(bed, size), 1, False)
            events = last_event(bed, bed.sender)
            yield Point("events in the sender's history", size, events / size, "events")


def send_all(bed, size):
    for first in range(0, size, IN_DECISION):
        task = bed.poll(1)[0]
        bed.sender = task["workflowExecution"]
        bed.answer([task], [signal_external(f"target-{i}") for i in range(first, min(size, first + IN_DECISION))])
    wait_until_signaled(bed, f"target-{size - 1}")


def wait_until_signaled(bed, last):
    """They arrive in the order in which they were sent, and so do the answers."""
    page = {"execution": bed.sender, "reverseOrder": True, "maximumPageSize": 5}
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        for event in bed.call.one("GetWorkflowExecutionHistory", **page)["events"]:
            told = event.get("externalWorkflowExecutionSignaledEventAttributes")
            if told and told["workflowExecution"]["workflowId"] == last:
                return
        time.sleep(0.005)
    raise Refused("signals did not arrive")


# ---- all of them


class Curve:
    def __init__(self, title, x, measure, small, normal, full, *more):
        self.title, self.x, self.measure = title, x, measure
        self.sizes = {"small": small, "default": normal, "full": full}
        self.more = dict(zip(self.sizes, more))

    def points(self, folder, which):
        more = [self.more[which]] if self.more else []
        return self.measure(folder, self.sizes[which], *more)


CURVES = {
    "open": Curve("Open executions", "executions that are open", open_executions,
                  [1000, 3000], [1000, 10000, 50000], [10000, 100000, 1000000]),
    "closed": Curve("Closed executions of five events", "executions that are closed", closed_executions,
                    [1000, 3000], [1000, 10000, 50000], [100000, 1000000, 10000000]),
    "history": Curve("A long history", "events in it", long_history,
                     [1000, 3000], [1000, 5000, 12000, 24900], [1000, 2500, 5000, 10000, 15000, 20000, 24900]),
    "activities": Curve("Open activities in one execution", "activities that are open in it", open_activities,
                        [1, 30, 300], [1, 10, 100, 1000], [1, 3, 10, 30, 100, 300, 1000]),
    "timers": Curve("Timers that are due in a minute", "timers", timers,
                    [1000, 5000], [1000, 10000, 50000], [10000, 100000, 1000000], 2, 10, 60),
    "polls": Curve("Held polls over many task lists", "polls", held_polls,
                   [100, 1000], [1000, 4000, 16000], [1000, 10000, 30000, 100000]),
    "signals": Curve("Signals from one execution to many", "executions signalled", signals_out,
                     [10, 300], [10, 100, 1000, 5000], [10, 30, 100, 300, 1000, 3000, 10000]),
}
