"""Decompression bombs and odd files of every format: they end within their limits, and the build goes on."""

import json
import os
import shutil
import subprocess
import unittest

import bombs
import images
from command import CommandTest
from watched_workers import MEBI, WatchedWorkers

MEMORY_LIMIT = 1024 * MEBI
# A worker's ceiling is never below this (tool/workers/memory_ceiling.hpp).
LEAST_CEILING = 256 * MEBI


class Hostile(CommandTest):
    def write_good(self):
        for i in range(6):
            self.write(f"src/good/{i}.png", images.fat_png(i, 60, 40))
        self.write("src/good/a.gif", images.gif(frames=3))
        self.write("src/good/b.tif", images.tiff())

    def watch(self, *arguments):
        """Builds, and returns the run with the most that any worker had resident."""
        words, report = self.build_arguments(["src", *arguments])
        process = self.start(*words)
        workers = WatchedWorkers(process.pid)
        while process.poll() is None:
            workers.look()
        run = self.finish(process, report)
        self.assertIn(run.status, (0, 1), run.stderr)
        self.assert_adds_up(run)
        return run, workers.resident

    def assert_good_is_untouched(self, run):
        good = {name: data for name, data in self.contents().items() if name.startswith("good/")}
        self.assertEqual(good, self.contents(self.root / "clean"))
        for image in run.report["images"]:
            self.assertTrue(image["status"] == "ok" or image["error"], image["source"])
        self.assertEqual(self.temporaries(), [])

    def test_bombs_end_within_their_limits_and_the_build_goes_on(self):
        self.write_good()
        self.build("src", "--out", "clean", "--state", "clean-state", "--no-cache", "--effort", "1")
        for name, content in bombs.bombs().items():
            self.write(f"src/bombs/{name}", content)
        avif = self.build("src/good/0.png", "--out", "avif", "--format", "avif", "--state", "avif-state")
        if avif.summary["failed"] == 0:
            made = (self.root / "avif" / "0.avif").read_bytes()
            self.write("src/bombs/avif-size.avif", bombs.swollen_avif(made, 65_535, 65_535))
            self.write("src/bombs/avif-size-below-limit.avif", bombs.swollen_avif(made, 8_000, 8_000))
        run, most = self.watch("--jobs", "2", "--memory-limit", MEMORY_LIMIT, "--timeout", "5", "--effort", "1")
        self.assert_good_is_untouched(run)
        if not os.environ.get("IMGOPT_SANITIZED"):
            self.assertLessEqual(most, MEMORY_LIMIT * 11 // 10)
        failed = {i["source"] for i in run.report["images"] if i["status"] == "failed"}
        for name in ("png-size.png", "png-frames-told.png", "jpeg-size.jpg", "jpeg-scans.jpg", "webp-size.webp",
                     "webp-frames.webp", "gif-size.gif", "gif-frames.gif", "gif-many-frames.gif",
                     "tiff-size.tif"):
            self.assertIn(f"bombs/{name}", failed)
        again = self.build("src", "--effort", "1", status=1)
        self.assertEqual(again.summary["encoded"] + again.summary["restored"], 0, again.report["summary"])

    def test_ceiling_holds_with_many_workers_and_little_memory(self):
        self.write_good()
        self.build("src", "--out", "clean", "--state", "clean-state", "--no-cache", "--effort", "1")
        self.write("src/one-colour.webp", bombs.webp(1_200, 1_200))
        self.write("src/zeros.png", bombs.png_of_zeros(1_200, 1_200))
        run, most = self.watch("--jobs", "4", "--memory-limit", "64MiB", "--effort", "1")
        self.assert_good_is_untouched(run)
        if not os.environ.get("IMGOPT_SANITIZED"):
            self.assertLessEqual(most, LEAST_CEILING * 11 // 10)


class Limits(CommandTest):
    """Each limit refuses what is beyond it, and what failed by it is made where the limit is another."""

    def test_every_limit_is_an_option_and_refuses_by_name(self):
        text = images.chunk(b"tEXt", b"Comment\0" + b"x" * 5000)
        cases = {
            "pixels.png": (images.fat_png(1, 60, 40), "--max-pixels", "2399"),
            "frames.gif": (images.gif(frames=4), "--max-frames", "3"),
            "metadata.png": (images.png(8, 8, extra=text), "--max-metadata", "4k"),
            "scans.jpg": (bombs.jpeg(16, 16, 9, True), "--max-jpeg-scans", "8"),
            "size.png": (images.fat_png(2, 60, 40), "--max-input-size", "5k"),
        }
        for name, (content, option, limit) in cases.items():
            with self.subTest(limit=option):
                source = self.write(f"src/{name}", content)
                run = self.build(source, option, limit, "--state", f"state-{name}", status=1)
                self.assertEqual(run.summary["failed"], 1)
                self.assertIn("more than the limit of", run.report["images"][0]["error"])
                if option != "--max-input-size":  # no worker has seen it
                    self.assert_shown_again(run.report["images"][0])
                beyond = self.build(source, "--state", f"state-{name}")
                self.assertNotIn("limit", beyond.report["images"][0]["error"] or "")
                compared = self.run_imgopt("compare", source, source, option, limit, status=4)
                self.assert_says(compared.stderr, name)

    def assert_shown_again(self, image):
        """The command that a failure is printed with fails in the same way."""
        path = os.path.dirname(os.environ["IMGOPT"]) + os.pathsep + self.environment["PATH"]
        again = subprocess.run(["sh", "-c", image["reproduce"]], cwd=self.root, env={**self.environment, "PATH": path},
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual(again.returncode, 1, image["reproduce"])
        self.assert_says(again.stderr.decode(), image["error"], image["reproduce"])

    def test_printed_command_repeats_every_setting_and_limit(self):
        self.write("src/it's too large.png", images.fat_png(1, 60, 40))
        run = self.build("src", "--max-pixels", "2399", "--timeout", "7.5", "--memory-limit", "300M", "--no-sandbox", "--format",
                         "webp", "--quality", "auto:75", "--width", "20", "--metadata", "all", "--effort", "2", "--role", "ui",
                         "--transparent-color", "keep", "--max-bytes", "9k", "--subsampling", "444", status=1)
        self.assert_shown_again(run.report["images"][0])
        self.assert_says(run.report["images"][0]["reproduce"], "--timeout 7.5", "--memory-limit 300MB ", "--no-sandbox",
                         "--quality webp=auto:75 ", "--resize 20 ", "--metadata all", "--effort 2 ", "--role ui ",
                         "--transparent-color keep", "--max-bytes 9kB ", "--subsampling 444", "--max-pixels 2399")

    def test_compare_is_held_to_its_memory(self):
        bomb = self.write("one-colour.webp", bombs.webp(12_000, 12_000))
        run = self.run_imgopt("compare", bomb, bomb, "--memory-limit", "300M", status=4)
        self.assert_says(run.stderr, "one-colour.webp")


class Canary(CommandTest):
    """A worker in its sandbox tries what it must not do; see worker/sandbox_trial.cpp."""

    def assert_all_refused(self, *prefix):
        run = subprocess.run([*prefix, os.environ["IMGOPT_WORKER"], "--try-sandbox"], stdout=subprocess.PIPE, cwd="/",
                             env=self.environment, check=False)
        trial = json.loads(run.stdout)
        self.assertNotIn("error", trial)
        self.assertGreaterEqual(len(trial["attempts"]), 20)
        self.assertEqual([a["name"] for a in trial["attempts"] if not a["refused"]], [])
        self.assertEqual(run.returncode, 0)

    def test_all_is_refused_to_whoever_runs_this(self):
        self.assert_all_refused()

    def test_all_is_refused_to_an_ordinary_user(self):
        if os.geteuid() != 0:
            self.skipTest("whoever runs this is an ordinary user already")
        nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
        if not shutil.which("setpriv"):
            self.skipTest("setpriv is not here")
        if subprocess.run([*nobody, "test", "-x", os.environ["IMGOPT_WORKER"]], check=False).returncode != 0:
            self.skipTest("the worker lies where an ordinary user cannot reach it")
        self.assert_all_refused(*nobody)


if __name__ == "__main__":
    unittest.main()
