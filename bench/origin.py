"""origin - where figures come from: the machine and the commit, for the pages and files that hold them."""
import os
import platform
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo") as f:
        model = next((line.split(":", 1)[1].strip() for line in f if line.startswith("model name")), model)
    with open("/proc/meminfo") as f:
        memory = int(f.readline().split()[1]) // 1024
    return f"{model}, {os.cpu_count()} processors, {memory} MB, Linux {platform.release()}"


def commit():
    """Not known where there is no git, or no checkout."""
    try:
        done = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True)
    except FileNotFoundError:
        return "unknown"
    return done.stdout.strip() or "unknown"
