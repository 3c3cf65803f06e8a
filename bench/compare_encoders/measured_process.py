"""Runs programs and says what CPU time they took, children included."""

import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

CORES = len(os.sched_getaffinity(0))


@dataclass
class Finished:
    """`cpu` is in seconds, user and system, of the program and of all that it waited for."""

    status: int
    cpu: float
    stdout: bytes
    stderr: bytes


def run(arguments, stdin=None, environment=None):
    """Runs a program to its end. `stdin`: bytes to give it. Raises OSError where it cannot be started."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin or b"")
        given.seek(0)
        process = subprocess.Popen([str(a) for a in arguments], stdin=given, stdout=out, stderr=err, env=environment)
        # wait4 alone tells the usage of one child; getrusage would mix those that run side by side.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return Finished(process.returncode, usage.ru_utime + usage.ru_stime, out.read(), err.read())


def on_all_cores(function, items):
    """The results of `function` for each of `items`, in their order."""
    with ThreadPoolExecutor(CORES) as pool:
        return list(pool.map(function, items))
