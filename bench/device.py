"""The device on which a folder lies, watched: how often, and how long, did it complete nothing although it had work?

A sync cannot be faster than that. Where the device belongs to others too, as in a virtual machine, such stalls are theirs.
"""
import os
import threading
import time

LOOK_EVERY_S = 0.005
STALL_S = 0.05  # so long without a completion is a stall
READS, WRITES, UNDER_WAY, FLUSHES = 0, 4, 8, 15  # fields of Documentation/block/stat


class DeviceWatch:
    """Counts until the program ends: `stalls` and `stalled_s` only grow. They stay 0 where the folder is on no device, as in memory."""

    def __init__(self, folder):
        device = os.stat(folder).st_dev
        self.path = f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat"
        self.stalls, self.stalled_s = 0, 0.0
        if os.path.exists(self.path):
            threading.Thread(target=self.watch, daemon=True).start()

    def look(self):
        """(how much it has completed, how much is under way)."""
        with open(self.path) as f:
            fields = [int(x) for x in f.read().split()]
        return sum(fields[i] for i in (READS, WRITES, FLUSHES) if i < len(fields)), fields[UNDER_WAY]

    def watch(self):
        before, since, had_work = self.look()[0], time.monotonic(), False
        while True:
            time.sleep(LOOK_EVERY_S)
            completed, under_way = self.look()
            now = time.monotonic()
            if completed == before and under_way > 0:
                had_work = True
                continue
            if had_work and now - since > STALL_S:
                self.stalls += 1
                self.stalled_s += now - since
            before, since, had_work = completed, now, False
