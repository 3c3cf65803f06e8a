"""Looks at the workers of a running build from outside, by /proc: memory, limits, how long each has lived."""

import os
import time
from pathlib import Path

from command import children_of

MEBI = 1 << 20
# What a worker may map beyond its ceiling and never touches (tool/memory_ceiling.cpp).
MAPPED_ONLY = 1024 * MEBI


def lines_of(path):
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def has_image(pid):
    """Whether a process holds an image's bytes: the tool limits a worker before it hands them over."""
    try:
        files = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False
    for file in files:
        try:
            if os.readlink(file).startswith("/memfd:imgopt-source"):
                return True
        except OSError:
            pass  # closed in between
    return False


class WatchedWorker:
    """The most that was seen of one worker while it lived."""

    def __init__(self, pid):
        self.pid = pid
        self.resident = 0       # bytes, at most
        self.address_space = 0  # bytes that the kernel allows at most; 0: it was never limited
        self.looks_at_work = 0  # how often it was seen with an image
        self.is_unlimited_at_work = False
        self.first_seen = self.last_seen = time.monotonic()

    def look(self):
        is_at_work = has_image(self.pid)
        resident = next((int(line.split()[1]) << 10 for line in lines_of(f"/proc/{self.pid}/status")
                         if line.startswith("VmHWM:")), None)
        if resident is None:
            return  # it has ended
        self.resident = max(self.resident, resident)
        self.last_seen = time.monotonic()
        for line in lines_of(f"/proc/{self.pid}/limits"):
            if line.startswith("Max address space"):
                soft = line.split()[3]
                self.looks_at_work += is_at_work
                if soft != "unlimited":
                    self.address_space = max(self.address_space, int(soft))
                elif is_at_work:
                    self.is_unlimited_at_work = True

    @property
    def seconds(self):
        return self.last_seen - self.first_seen

    @property
    def ceiling(self):
        """Bytes that it may have resident."""
        return max(0, self.address_space - MAPPED_ONLY)


class WatchedWorkers:
    """All workers that a build has had. Call look() as often as can be while it runs."""

    def __init__(self, build):
        self.build = build
        self.workers = {}

    def look(self):
        for pid in children_of(self.build):
            self.workers.setdefault(pid, WatchedWorker(pid)).look()

    @property
    def resident(self):
        """The most that any of them had resident, in bytes."""
        return max((w.resident for w in self.workers.values()), default=0)

    def alive(self):
        return [pid for pid in self.workers if os.path.exists(f"/proc/{pid}")]
