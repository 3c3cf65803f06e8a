"""Runs the real imgopt in a temporary folder of one test, and looks at what it left.

The environment names the programs: IMGOPT, IMGOPT_WORKER. Home, cache and state are the test's own.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

OUTPUT_STATUSES = ("encoded", "restored", "up_to_date", "deduplicated", "failed")
# What one run may take at most, on a loaded machine and under sanitizers.
DEADLINE_S = 240


class Run:
    """One run of imgopt: exit status, what it printed, and its report where it wrote one."""

    def __init__(self, status, stdout, stderr, report):
        self.status = status
        self.stdout = stdout
        self.stderr = stderr
        self.report = report

    @property
    def summary(self):
        return self.report["summary"]

    def counts(self):
        """The counters of outputs that are not zero."""
        return {name: self.summary[name] for name in OUTPUT_STATUSES if self.summary[name]}

    def image(self, source):
        return next(i for i in self.report["images"] if i["source"] == source)

    def outputs(self):
        return {o["path"]: o for i in self.report["images"] for o in i["outputs"]}


def wait_until(condition, what):
    """Polls until condition() is true and returns what it gave."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.002)
    raise AssertionError(f"waited in vain for {what}")


def children_of(pid):
    """Process ids of the direct children, by /proc; a process that has ended has none."""
    children = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            children += Path(f"/proc/{pid}/task/{task}/children").read_text().split()
    except OSError:
        return []
    return [int(child) for child in children]


def kill_workers(process, outputs_made, most, kills_wanted=1000, pause_s=0.001):
    """Kills workers of a running build at random until `most` outputs are made; returns how many were killed.

    A record may die once, and its second turn comes after all others, so `most` must leave that out. Between two
    kills an output is made, so that somebody besides the dead works.
    """
    draw, kills, seen = random.Random(1), 0, 0
    end = time.monotonic() + DEADLINE_S
    while process.poll() is None and time.monotonic() < end and seen < most and kills < kills_wanted:
        made = outputs_made()
        workers = children_of(process.pid)
        if made > seen and workers:
            try:
                os.kill(draw.choice(workers), signal.SIGKILL)
            except ProcessLookupError:
                continue
            kills, seen = kills + 1, made
        time.sleep(pause_s)
    return kills


class CommandTest(unittest.TestCase):
    """`root` is the current folder of every run: sources go to root/src, outputs to root/out."""

    maxDiff = 2000
    deadline_s = DEADLINE_S

    def setUp(self):
        self.root = Path(tempfile.mkdtemp(prefix="imgopt cli "))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        self.src = self.root / "src"
        self.out = self.root / "out"
        self.cache = self.root / "cache"
        kept = ("PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS")
        self.environment = {name: os.environ[name] for name in kept if name in os.environ}
        self.environment.update(
            HOME=str(self.root / "home"),
            IMGOPT_CACHE_DIR=str(self.cache),
            IMGOPT_WORKER=os.environ["IMGOPT_WORKER"],
        )
        self.reports = 0

    def write(self, name, content):
        """Writes a file below root; returns its path."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def start(self, *arguments, **options):
        """A running imgopt, in a session of its own as the foreground job of a terminal is a group of its own."""
        return subprocess.Popen(
            [os.environ["IMGOPT"], *map(str, arguments)],
            cwd=options.pop("cwd", self.root),
            env=dict(self.environment, **options.pop("environment", {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            **options,
        )

    def finish(self, process, report=None):
        try:
            stdout, stderr = process.communicate(timeout=self.deadline_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        content = None
        if report is not None and report.exists():
            content = json.loads(report.read_text(encoding="utf-8"))
        return Run(process.returncode, stdout.decode(errors="replace"), stderr.decode(errors="replace"), content)

    def run_imgopt(self, *arguments, status=0, **options):
        run = self.finish(self.start(*arguments, **options))
        self.assertEqual(run.status, status, run.stdout + run.stderr)
        return run

    def build_arguments(self, arguments):
        """Adds --out and --report where they are not given; returns the arguments and the report's path."""
        arguments = [str(a) for a in arguments]
        self.reports += 1
        report = self.root / f"report-{self.reports}.json"
        has_config = any(a in ("--config", "--request") for a in arguments)
        if "--out" not in arguments and not has_config:
            arguments += ["--out", "out"]
        return ["build", *arguments, "--report", report], report

    def build(self, *arguments, status=0, **options):
        """`imgopt build ARGUMENTS`, its exit status and its report's sums checked."""
        words, report = self.build_arguments(arguments)
        run = self.finish(self.start(*words, **options), report)
        self.assertEqual(run.status, status, run.stdout + run.stderr)
        if run.report is not None:
            self.assert_adds_up(run)
        return run

    def assert_adds_up(self, run):
        summary, images = run.summary, run.report["images"]
        outputs = [o for i in images for o in i["outputs"]]
        self.assertEqual(run.report["schema"], 1)
        self.assertEqual(summary["outputs"], sum(summary[s] for s in OUTPUT_STATUSES) + summary["would_encode"])
        self.assertEqual(summary["images"], len(images))
        self.assertEqual(summary["outputs"], len(outputs))
        for status in OUTPUT_STATUSES + ("would_encode",):
            self.assertEqual(summary[status], sum(o["status"] == status for o in outputs), status)
        self.assertEqual(summary["skipped"], sum(i["status"] == "skipped" for i in images))
        made = [o for o in outputs if o["status"] != "failed"]
        self.assertEqual(summary["kept_original"], sum(o["kept_original"] for o in made))
        self.assertEqual(summary["larger_than_source"], sum(o["larger_than_source"] for o in made))
        self.assertEqual(summary["bytes_out"], sum(o["bytes"] for o in made))
        self.assertEqual(summary["bytes_in"], sum(i["bytes"] for i in images if i["status"] != "skipped"))
        for image in images:
            for output in image["outputs"]:
                if output["status"] not in ("failed", "would_encode"):
                    self.assertEqual(output["saved_bytes"], image["bytes"] - output["bytes"])

    def files(self, folder=None):
        """Names of all files below a folder (the output folder), sorted."""
        folder = folder or self.out
        return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() or p.is_symlink())

    def contents(self, folder=None):
        folder = folder or self.out
        return {name: (folder / name).read_bytes() for name in self.files(folder)}

    def digests(self, folder=None):
        return {name: hashlib.sha256(data).hexdigest() for name, data in self.contents(folder).items()}

    def standing(self, folder=None):
        """Inode, times and size of every file: equal only where nobody wrote."""
        folder = folder or self.out
        stats = {name: (folder / name).stat() for name in self.files(folder)}
        return {n: (s.st_ino, s.st_mtime_ns, s.st_ctime_ns, s.st_size) for n, s in stats.items()}

    def temporaries(self):
        return [str(p.relative_to(self.root)) for p in self.root.rglob(".imgopt-tmp*")]

    def assert_says(self, text, *words):
        for word in words:
            self.assertIn(word, text)

