"""What a process has used: CPU time and memory, from the kernel (Linux)."""

import contextlib
import time
from pathlib import Path

import psutil


def cpu_s(pid: int) -> float:
    """Return the CPU seconds, user and system, that a process and all below it have used since they began."""
    process = psutil.Process(pid)
    while True:
        children = process.children(recursive=True)
        used = _own_cpu_s(process)
        with contextlib.suppress(psutil.NoSuchProcess):
            used += sum(map(_own_cpu_s, children))
            # What an ended child used moves to its parent: counted twice, or not at all, if it ended just now.
            if process.children(recursive=True) == children:
                return used


def _own_cpu_s(process: psutil.Process) -> float:
    ended = process.cpu_times()
    return _precise_cpu_s(process.pid) + float(ended.children_user + ended.children_system)


def _precise_cpu_s(pid: int) -> float:
    """Read the process's CPU clock: to the nanosecond, where /proc tells hundredths of a second."""
    try:
        return time.clock_gettime(~pid << 3 | 2)  # what clock_getcpuclockid(3) makes of a pid
    except OSError:
        raise psutil.NoSuchProcess(pid) from None


def peak_memory_mb(pid: int) -> float:
    """Return the most memory a process has had resident since it began."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"the kernel does not tell the memory of process {pid}")


def memory_mb(pid: int) -> float:
    """Return the memory a process has resident now."""
    return float(psutil.Process(pid).memory_info().rss) / 2**20


def processor() -> str:
    """Return what the machine's processor calls itself."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown processor"
