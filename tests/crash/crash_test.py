"""Crash tests: whatever ends a build or harms its files, the outputs are right or the exit status says they are not.

IMGOPT_CRASH_ROUNDS is the number of random kills; the other parts are scaled by it. `scripts/crash-test` runs it long.
IMGOPT_FAULT_SHIM is the library that makes a system call fail or kill (fault_shim.c).
"""

import errno
import os
import random
import shutil
import signal
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))
import images  # noqa: E402
from command import CommandTest  # noqa: E402

ROUNDS = int(os.environ.get("IMGOPT_CRASH_ROUNDS", "12"))
SEED = int(os.environ.get("IMGOPT_CRASH_SEED", str(int(time.time()))))


class Crash(CommandTest):
    def setUp(self):
        super().setUp()
        self.draw = random.Random(SEED)
        self.addCleanup(print, f"{self.id()}: seed {SEED}, rounds {ROUNDS}")

    def write_images(self, count):
        for i in range(count):
            self.write(f"src/{i // 4}/{i}.png", images.fat_png(i))

    def reference(self):
        """What a build without a cache makes of the sources as they are."""
        shutil.rmtree(self.root / "reference", ignore_errors=True)
        (self.root / "reference-state").unlink(missing_ok=True)
        self.build("src", "--out", "reference", "--no-cache", "--state", "reference-state")
        return self.contents(self.root / "reference")

    def forget(self, *what):
        """Removes outputs, state, cache: some of them, as a clean checkout or a lost disk would."""
        for name in what:
            path = self.root / name
            shutil.rmtree(path, ignore_errors=True)
            if path.is_file():
                path.unlink()

    def assert_right(self, reference):
        """The next build makes everything right and leaves no temporary."""
        self.build("src", "--state", "state")
        self.assertEqual(self.contents(), reference)
        self.assertEqual(self.temporaries(), [])

    def test_kills_at_random_moments(self):
        self.write_images(12)
        reference = self.reference()
        begin = time.monotonic()
        self.build("src", "--state", "state")
        whole = time.monotonic() - begin
        killed = 0
        for _ in range(ROUNDS):
            self.forget(*self.draw.choice([("out",), ("out", "state"), ("out", "cache"), ("out", "state", "cache")]))
            process = self.start("build", "src", "--out", "out", "--state", "state")
            moment = self.draw.random() * whole
            time.sleep(moment)
            process.kill()
            process.communicate()
            if process.returncode == -signal.SIGKILL:
                killed += 1
            else:
                whole = moment / 2  # builds go quicker than the first did
            for name, data in self.contents().items():
                if not name.startswith(".imgopt-tmp"):
                    self.assertEqual(data, reference[name], name)
            self.assert_right(reference)
        self.assertGreater(killed, 0)
        self.run_imgopt("cache", "verify")

    def calls(self, arguments, what, shimmed):
        self.forget(*what)
        counted = self.root / "calls"
        self.run_imgopt(*arguments, environment={**shimmed, "IMGOPT_FAULT_COUNT": str(counted)})
        return int(counted.read_text())

    def faults(self, error, **shim_says):
        """The Nth call fails or kills: for every N with enough rounds, else for as many random ones."""
        self.write_images(9)
        reference = self.reference()
        shimmed = {"LD_PRELOAD": os.environ["IMGOPT_FAULT_SHIM"], **shim_says}
        arguments = ["build", "src", "--out", "out", "--state", "state", "--jobs", "1"]
        counted = self.root / "calls"
        met = 0
        for what in (("out", "state", "cache"), ("out", "state"), ()):
            if not what:
                # One image of nine is changed, so that the state's changes are written and not the state.
                self.build("src", "--state", "state")
                self.write("src/0/0.png", images.fat_png(100))
                reference = self.reference()
            total = self.calls(arguments, what, shimmed)
            numbers = list(range(1, total + 1))
            if ROUNDS < total:
                numbers = sorted(self.draw.sample(numbers, ROUNDS))
            for number in numbers:
                self.forget("out", "state", "state.changes", "cache")
                if not what:
                    self.write("src/0/0.png", images.fat_png(0))
                if "cache" not in what:
                    self.build("src", "--state", "state")
                    self.forget(*what)
                if not what:
                    self.write("src/0/0.png", images.fat_png(100))
                environment = {**shimmed, "IMGOPT_FAULT_AT": str(number), "IMGOPT_FAULT_COUNT": str(counted)}
                if error is not None:
                    environment["IMGOPT_FAULT_ERRNO"] = str(error)
                run = self.finish(self.start(*arguments, environment=environment))
                met += run.status == -signal.SIGKILL if error is None else int(counted.read_text()) >= number
                with self.subTest(call=number, error=error, status=run.status, said=run.stderr[-300:]):
                    self.assertIn(run.status, (0, 4) if error is not None else (0, -signal.SIGKILL))
                    found = {n: d for n, d in self.contents().items() if not n.startswith(".imgopt-tmp")}
                    for name, data in found.items():
                        if what or name != "0/0.png" or run.status == 0:  # else it may be the one from before
                            self.assertEqual(data, reference[name], name)
                    if run.status == 0:
                        self.assertEqual(sorted(found), sorted(reference))
                    self.assert_right(reference)
        # A run may make a call more or less than the one that was counted, so single numbers may not be reached.
        self.assertGreater(met, 0)

    def test_every_call_kills(self):
        self.faults(None)

    def test_every_call_kills_where_files_have_names(self):
        self.faults(None, IMGOPT_FAULT_NAMED="1")

    def test_every_call_fails_where_files_have_names(self):
        self.faults(errno.EIO, IMGOPT_FAULT_NAMED="1")

    def test_every_call_finds_the_disk_full(self):
        self.faults(errno.ENOSPC)

    def test_every_call_fails(self):
        self.faults(errno.EIO)

    def lacks(self, what):
        """What the system does not let the tool do costs no output and no cache entry."""
        self.write_images(150)  # more than a batch of entries
        reference = self.reference()
        environment = {"LD_PRELOAD": os.environ["IMGOPT_FAULT_SHIM"], what: "1"}
        self.build("src", "--state", "state", environment=environment)
        self.assertEqual(self.contents(), reference)
        self.forget("out", "state")
        summary = self.build("src", "--state", "state").summary
        self.assertEqual((summary["encoded"], summary["restored"]), (0, 150))
        self.assertEqual(self.contents(), reference)
        self.assertEqual(self.temporaries(), [])

    def test_no_file_can_be_linked(self):
        self.lacks("IMGOPT_FAULT_LINKS")

    def test_no_thread_can_be_started(self):
        self.lacks("IMGOPT_FAULT_THREADS")

    def test_corrupted_entries(self):
        self.write_images(40)
        reference = self.reference()
        self.build("src", "--state", "state")
        for _ in range(max(1, ROUNDS // 4)):
            entries = [p for p in (self.cache / "v1/entries").rglob("*") if p.is_file()]
            for entry in entries:
                data = bytearray(entry.read_bytes())
                way = self.draw.randrange(4)
                if way == 0:
                    data = data[:self.draw.randrange(len(data))]
                elif way == 1:
                    data[self.draw.randrange(len(data))] ^= 1 << self.draw.randrange(8)
                elif way == 2:
                    data = self.draw.randbytes(self.draw.randrange(500))
                else:
                    data += self.draw.randbytes(8)
                entry.write_bytes(data)
            self.forget("out", "state")
            self.assert_right(reference)
        self.run_imgopt("cache", "verify")

    def test_same_size_edits_with_times_put_back(self):
        count = 40
        self.write_images(count)
        self.build("src", "--state", "state")
        for turn in range(max(1, ROUNDS // 4)):
            for i in range(count):
                path = self.src / str(i // 4) / f"{i}.png"
                before = path.stat()
                with path.open("r+b") as file:
                    file.write(images.fat_png(i + 100 * (turn + 1)))
                self.assertEqual(path.stat().st_size, before.st_size)
                os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
            self.build("src", "--state", "state")
            self.assertEqual(self.contents(), self.reference())

    def test_few_edits_and_lost_or_older_states(self):
        """Each build meets one of three contents of each source, and a state, its changes or both of any age."""
        count, versions = 24, 3
        for version in range(versions):
            for i in range(count):
                self.write(f"all/{version}/{i}.png", images.fat_png(i + 100 * version))
        self.build("all", "--out", "all-out", "--state", "all-state")
        expected = self.contents(self.root / "all-out")
        now = [0] * count
        for i in range(count):
            self.write(f"src/{i}.png", images.fat_png(i))
        time.sleep(0.1)
        self.build("src", "--state", "state")
        states = [self.root / "state", self.root / "state.changes"]
        kept = []
        with_changes = 0
        for _ in range(ROUNDS):
            for i in self.draw.sample(range(count), self.draw.choice((0, 1, 1, 2, 6))):
                now[i] = self.draw.randrange(versions)
                path = self.src / f"{i}.png"
                before = path.stat()
                path.write_bytes(images.fat_png(i + 100 * now[i]))
                os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
            way = self.draw.randrange(8)
            state = self.draw.choice(states)
            if way == 0 and state.exists():
                kept.append((state, state.read_bytes()))
            elif way == 1:
                state.unlink(missing_ok=True)
            elif way == 2 and kept:
                state, content = self.draw.choice(kept)
                state.write_bytes(content)
            elif way == 3:
                process = self.start("build", "src", "--out", "out", "--state", "state")
                time.sleep(self.draw.random() * 0.1)
                process.kill()
                process.communicate()
            self.assert_right({f"{i}.png": expected[f"{now[i]}/{i}.png"] for i in range(count)})
            with_changes += states[1].exists()
        self.assertGreater(with_changes, 0)

    def test_many_builds_on_one_cache(self):
        self.write_images(16)
        reference = self.reference()
        for turn in range(max(1, ROUNDS // 5)):
            self.forget("cache", *(f"out {i}" for i in range(16)), *(f"state {i}" for i in range(16)))
            count = self.draw.randrange(2, 17)
            builds = [self.start("build", "src", "--out", f"out {i}", "--state", f"state {i}", "--jobs", "1")
                      for i in range(count)]
            doomed = self.draw.sample(range(count), count // 3)
            for i in doomed:
                time.sleep(self.draw.random() * 0.1)
                builds[i].kill()
            for i, process in enumerate(builds):
                run = self.finish(process)
                if run.status == -signal.SIGKILL and i in doomed:
                    continue
                self.assertEqual(run.status, 0, run.stderr)
                self.assertEqual(self.contents(self.root / f"out {i}"), reference)
            self.run_imgopt("cache", "verify")
            self.forget("out", "state")
            self.assert_right(reference)


if __name__ == "__main__":
    unittest.main()
