"""Below a make with a jobserver: never more workers than tokens, and every token is given back."""

import json
import os
import shutil
import signal
import subprocess
import unittest

import images
from command import CommandTest, children_of, wait_until

COUNT = 24


class Server:
    """A jobserver with a FIFO, as GNU make 4.4 and Ninja 1.13 have it."""

    def __init__(self, folder, tokens):
        self.path = folder / "jobs fifo"
        os.mkfifo(self.path)
        self.file = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)
        os.write(self.file, tokens)

    def environment(self):
        path = str(self.path).replace(" ", "\\ ")
        return {"MAKEFLAGS": f" -j9 --jobserver-auth=fifo:{path}"}

    def tokens(self):
        """The tokens that nobody holds."""
        try:
            tokens = os.read(self.file, 100)
        except BlockingIOError:
            return b""
        os.write(self.file, tokens)
        return bytes(sorted(tokens))


class Jobserver(CommandTest):
    deadline_s = 120

    def setUp(self):
        super().setUp()
        for i in range(COUNT):
            self.write(f"src/{i}.png", images.noise_png(96, 96, i))

    def make(self, recipe, *flags, more=""):
        """Runs GNU make on a Makefile whose target `images` has that recipe; returns its whole text."""
        self.write("Makefile", f"images:\n\t{recipe}\n{more}\n")
        run = subprocess.run(
            [shutil.which("make"), "--no-print-directory", *flags],
            cwd=self.root,
            env=dict(self.environment, IMGOPT=os.environ["IMGOPT"]),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=self.deadline_s,
            check=False,
        )
        self.assertEqual(run.returncode, 0, run.stdout)
        # What make says of tokens that are missing when it ends.
        self.assertNotIn("INTERNAL", run.stdout)
        self.assertNotIn("jobserver tokens", run.stdout)
        return run.stdout

    def workers(self, name="report.json"):
        summary = json.loads((self.root / name).read_text())["summary"]
        self.assertEqual(summary["encoded"], COUNT)
        return summary["workers"]

    build_command = '"$$IMGOPT" build src --out out --jobs 6 --report report.json'

    def test_free_slots_of_make_are_used(self):
        self.make(f"+@{self.build_command}", "-j4")
        self.assertEqual(self.workers(), 4)

    def test_competing_job_keeps_its_slot(self):
        # `other` ends when the images are made, so it holds its slot all the time.
        other = "other:\n\t@while ! test -e report.json; do sleep 0.05; done"
        for slots, workers in ((2, 1), (3, 2)):
            with self.subTest(slots=slots):
                for name in ("out", "cache", "report.json", "home"):
                    path = self.root / name
                    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
                self.write("started", "")
                self.make(
                    # Not before the other has its slot.
                    f"+@while test -e started; do sleep 0.05; done; {self.build_command}",
                    f"-j{slots}", "images", "other",
                    more=other.replace("\t@", "\t@rm started; "),
                )
                self.assertEqual(self.workers(), workers)

    def test_limit_of_make_holds_where_its_tokens_are_out_of_reach(self):
        command = self.build_command.replace(" --jobs 6", "")
        self.make(f"@{command}", "-j1")
        self.assertLessEqual(self.workers(), 1)

    def test_files_at_the_numbers_of_closed_descriptors_are_left_alone(self):
        self.write("tokens.txt", "++++++++")
        self.make(f"@{self.build_command} 3<>tokens.txt 4<>tokens.txt", "-j2")
        self.workers()
        self.assertEqual((self.root / "tokens.txt").read_text(), "++++++++")

    def test_make_that_only_shows_makes_nothing(self):
        text = self.make("+" + self.build_command.replace(" --report report.json", ""), "-n")
        self.assertIn(f"{COUNT} ", text)
        self.assertFalse(self.out.exists())

    def test_fifo_gives_as_many_workers_as_tokens_and_one(self):
        server = Server(self.root, b"abc")
        run = self.build("src", "--jobs", "8", environment=server.environment())
        self.assertEqual(run.summary["workers"], 4)
        self.assertEqual(server.tokens(), b"abc")

    def test_fifo_without_tokens_gives_one_worker(self):
        server = Server(self.root, b"")
        run = self.build("src", "--jobs", "8", environment=server.environment())
        self.assertEqual(run.summary["workers"], 1)

    def running_build(self, server):
        """A build that holds tokens and cannot end, since its workers are halted."""
        words, _ = self.build_arguments(["src", "--jobs", "8", "--effort", "7"])
        process = self.start(*words, environment=server.environment())
        # Then all workers have been started: one that is halted before it runs its program would halt the tool.
        wait_until(lambda: self.files() or process.poll() is not None, "a first output")
        for child in children_of(process.pid):
            os.kill(child, signal.SIGSTOP)
        self.assertIsNone(process.poll(), "the build ended before it could be interrupted")
        self.assertEqual(server.tokens(), b"")
        return process

    def test_tokens_are_given_back_on_signals(self):
        for index, signals in enumerate(([signal.SIGINT], [signal.SIGTERM], [signal.SIGINT, signal.SIGTERM])):
            with self.subTest(signals=signals):
                (self.root / str(index)).mkdir()
                server = Server(self.root / str(index), b"xyz")
                shutil.rmtree(self.cache, ignore_errors=True)
                shutil.rmtree(self.out, ignore_errors=True)
                shutil.rmtree(self.root / "home", ignore_errors=True)
                process = self.running_build(server)
                for number in signals:
                    process.send_signal(number)
                run = self.finish(process)
                self.assertIn(run.status, (130, 143))
                self.assertEqual(server.tokens(), b"xyz")

    def test_tokens_are_given_back_where_workers_die(self):
        server = Server(self.root, b"xyz")
        words, report = self.build_arguments(["src", "--jobs", "8", "--effort", "7"])
        process = self.start(*words, environment=server.environment())
        # One that has done something, so that its death is no failed start.
        wait_until(lambda: self.files(), "a first output")
        workers = children_of(process.pid)
        if workers:
            os.kill(workers[0], signal.SIGKILL)
        run = self.finish(process, report)
        self.assertEqual(run.status, 0, run.stderr)
        self.assertEqual(server.tokens(), b"xyz")


if __name__ == "__main__":
    unittest.main()
