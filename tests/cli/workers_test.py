"""Workers that are killed, and runs that are interrupted: the result is the same, and nothing is half-written."""

import os
import shutil
import signal
import time
import unittest

import images
from command import DEADLINE_S, CommandTest, children_of, kill_workers, wait_until

COUNT = 24


class Workers(CommandTest):
    def setUp(self):
        super().setUp()
        for i in range(COUNT):
            self.write(f"src/{i % 3}/{i}.png", images.noise_png(96, 96, i))
        self.settings = ("src", "--effort", "7")

    def start_build(self, *arguments):
        words, report = self.build_arguments([*self.settings, *arguments])
        return self.start(*words), report

    def outputs_made(self):
        return len(list(self.out.rglob("*.png"))) if self.out.exists() else 0

    def stop_workers_midway(self, process):
        """Waits for a first output, then halts all workers, so that the build cannot end by itself."""
        wait_until(lambda: self.outputs_made() >= 2 or process.poll() is not None, "a first output")
        stopped = children_of(process.pid)
        for child in stopped:
            os.kill(child, signal.SIGSTOP)
        self.assertIsNone(process.poll(), "the build ended before it could be interrupted")
        self.assertTrue(stopped)
        return stopped

    def reference(self):
        self.build(*self.settings, "--out", "reference", "--cache-dir", "reference-cache", "--state", "reference-state")
        return self.contents(self.root / "reference")

    def test_killed_workers_change_nothing(self):
        expected = self.reference()
        process, report = self.start_build("--jobs", "2")
        kills = kill_workers(process, self.outputs_made, COUNT // 2)
        run = self.finish(process, report)
        self.assertEqual(run.status, 0, run.stderr)
        self.assert_adds_up(run)
        self.assertEqual(run.counts(), {"encoded": COUNT})
        self.assertGreaterEqual(kills, 3)
        self.assertGreaterEqual(run.summary["worker_crashes"], 1)
        self.assertEqual(self.contents(), expected)
        self.assertEqual(self.build(*self.settings).counts(), {"up_to_date": COUNT})

    def test_image_that_kills_its_worker_twice_fails_by_name_and_is_not_remembered(self):
        shutil.rmtree(self.src)
        self.write("src/a.png", images.noise_png(500, 500, 1))
        self.settings = ("src", "--effort", "9")
        process, report = self.start_build("--jobs", "1")
        killed = set()
        end = time.monotonic() + DEADLINE_S
        while process.poll() is None and time.monotonic() < end:
            for child in children_of(process.pid):
                if child not in killed and self.holds_source(process.pid, child):
                    os.kill(child, signal.SIGKILL)
                    killed.add(child)
            time.sleep(0.002)
        run = self.finish(process, report)
        self.assertEqual(run.status, 1, run.stderr)
        self.assertEqual(run.counts(), {"failed": 1})
        self.assertEqual(run.summary["worker_crashes"], 2)
        self.assert_says(run.stderr, "a.png", "imgopt build")
        self.settings = ("src", "--effort", "1")
        self.assertEqual(self.build(*self.settings).counts(), {"encoded": 1})

    def holds_source(self, tool, worker):
        """Whether a worker has mapped or opened the memory of a source."""
        for kind in ("fd", "map_files"):
            try:
                names = [os.readlink(f"/proc/{worker}/{kind}/{n}") for n in os.listdir(f"/proc/{worker}/{kind}")]
            except OSError:
                continue
            if any("imgopt-source" in n for n in names):
                return True
        return False

    def interrupt(self, *signals, status):
        process, report = self.start_build("--jobs", "2")
        workers = self.stop_workers_midway(process)
        before = self.outputs_made()
        for number in signals:
            # To the whole group, as a terminal does.
            os.killpg(process.pid, number)
        run = self.finish(process, report)
        self.assertEqual(run.status, status, run.stderr)
        wait_until(lambda: not any(os.path.exists(f"/proc/{w}") for w in workers), "the workers to end")
        return run, before

    def assert_whole_afterwards(self):
        """The next run ends the work, and what stands then is what an undisturbed run makes."""
        run = self.build(*self.settings)
        self.assertEqual(run.summary["failed"], 0)
        self.assertEqual(run.summary["outputs"], COUNT)
        self.assertEqual(self.temporaries(), [])
        self.assertEqual(self.contents(), self.reference())
        return run

    def test_interrupt_keeps_what_was_finished(self):
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(signal=number):
                for folder in (self.out, self.cache, self.root / "reference", self.root / "reference-cache"):
                    shutil.rmtree(folder, ignore_errors=True)
                run, before = self.interrupt(number, status=status)
                self.assertGreaterEqual(before, 2)
                self.assertGreaterEqual(run.summary["encoded"], before)
                self.assertEqual(run.summary["failed"], 0, "an interrupt is no image's fault")
                finished = run.summary["encoded"]
                self.assert_says(run.stderr, f"imgopt: interrupted: {finished} outputs are done and kept\n")
                self.assertEqual(self.outputs_made(), finished)
                after = self.assert_whole_afterwards()
                self.assertEqual(after.summary["up_to_date"], finished)
                self.assertEqual(after.summary["encoded"], COUNT - finished)

    def test_interrupt_writes_no_stamp(self):
        self.settings += ("--stamp", "stamp")
        self.interrupt(signal.SIGINT, status=130)
        self.assertFalse((self.root / "stamp").exists())
        self.assert_whole_afterwards()
        self.assertTrue((self.root / "stamp").exists())

    def test_second_interrupt_ends_at_once_and_nothing_is_half_written(self):
        # Another signal than the first: the kernel does not join the two.
        process, report = self.start_build("--jobs", "2")
        self.stop_workers_midway(process)
        os.kill(process.pid, signal.SIGSTOP)
        os.killpg(process.pid, signal.SIGINT)
        os.killpg(process.pid, signal.SIGTERM)
        os.kill(process.pid, signal.SIGCONT)
        run = self.finish(process, report)
        self.assertIn(run.status, (130, 143))
        self.assertIsNone(run.report)
        expected = self.reference()
        for name, content in self.contents().items():
            if ".imgopt-tmp" not in name:
                self.assertEqual(content, expected[name], name)
        self.assert_whole_afterwards()

    def test_killed_tool_leaves_nothing_half_written_and_takes_its_workers_along(self):
        process, _ = self.start_build("--jobs", "2")
        workers = self.stop_workers_midway(process)
        process.kill()
        self.finish(process)
        for worker in workers:
            try:
                os.kill(worker, signal.SIGCONT)
            except ProcessLookupError:
                pass
        wait_until(lambda: not any(self.is_running(w) for w in workers), "the workers to end")
        expected = self.reference()
        for name, content in self.contents().items():
            if ".imgopt-tmp" not in name:
                self.assertEqual(content, expected[name], name)
        self.assert_whole_afterwards()

    @staticmethod
    def is_running(pid):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
                return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
        except OSError:
            return False


if __name__ == "__main__":
    unittest.main()
