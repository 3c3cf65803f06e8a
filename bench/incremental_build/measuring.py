"""Runs a program and measures it: wall time, and CPU time with its children's."""

import os
import subprocess
import time
from dataclasses import dataclass

CORES = len(os.sched_getaffinity(0))


@dataclass
class Clocked:
    wall: float  # seconds
    cpu: float
    output: bytes


def clocked(words, environment):
    """Fails where the program does."""
    words = [str(word) for word in words]
    begin = time.perf_counter()
    process = subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(words)}: status {process.returncode}")
    return Clocked(wall, usage.ru_utime + usage.ru_stime, output)


def machine_busy_s():
    """CPU seconds that all programs of the machine have used."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _idle, _wait, irq, soft = map(int, file.readline().split()[1:8])
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


def peak_memory(words, environment):
    """The most memory that the program itself had at once, bytes: its children's is not the question."""
    process = subprocess.Popen([str(word) for word in words], env=environment, stdin=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status", encoding="ascii", errors="replace") as file:
                peak = next((int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:")), peak)
        except OSError:
            pass
        time.sleep(0.002)
    if process.returncode != 0:
        raise SystemExit(f"{words[0]} build: status {process.returncode}")
    return peak
