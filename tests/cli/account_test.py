"""What a run leaves for others: depfile, stamp, manifest, report; and what a dry run leaves: nothing."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import unittest

import images
from command import CommandTest


def read_depfile(text):
    """Target and prerequisites, as Ninja and Make read them."""
    target, rest = re.fullmatch(r"(.*?):(?: |\\\n)(.*)\n", text, re.DOTALL).groups()
    words = re.split(r"(?<!\\)[ \n]+", rest.replace("\\\n", " "))
    plain = [re.sub(r"\\([ #\\])", r"\1", w).replace("$$", "$") for w in words if w]
    return target.replace("\\ ", " "), plain


class Account(CommandTest):
    def setUp(self):
        super().setUp()
        for seed, name in enumerate(("a.png", "deep/b c.png", "deep/#d$.png")):
            self.write(f"src/{name}", images.fat_png(seed))
        self.write("src/deep/.gitignore", "*.bak\n")
        self.write("src/notes.txt", "words")

    def test_depfile_lists_all_that_was_read(self):
        self.write("imgopt.json", '{"sources": ["src"], "out": "out"}')
        self.build("--config", "imgopt.json", "--depfile", "build/out.d", "--stamp", "build/stamp")
        target, files = read_depfile((self.root / "build/out.d").read_text())
        self.assertEqual(target, str(self.root / "build/stamp"))
        places = {os.path.normpath(self.root / f) for f in files}
        expected = ["imgopt.json", "src", "src/deep", "src/deep/.gitignore", "src/a.png", "src/deep/b c.png",
                    "src/deep/#d$.png"]
        self.assertLessEqual({str(self.root / e) for e in expected}, places)
        self.assertFalse(any(p.startswith(str(self.out)) for p in places))

    def test_depfile_names_outputs_where_it_is_told_to(self):
        arguments = ("src", "--format", "webp", "--depfile", "d", "--depfile-outputs", "--stamp", "stamp")
        for _ in range(2):
            # The second run makes nothing, and names the same.
            self.build(*arguments)
            _, files = read_depfile((self.root / "d").read_text())
            made = {os.path.relpath(f, self.out) for f in files if f.startswith(str(self.out))}
            # What no depfile can say is left out; its source is there, and runs the build often enough.
            self.assertEqual(made, {"a.webp", "deep/b c.webp"})
        (self.src / "a.png").unlink()
        self.build(*arguments)
        _, files = read_depfile((self.root / "d").read_text())
        self.assertNotIn(str(self.out / "a.webp"), files)
        self.build("src", "--depfile-outputs", status=2)

    def test_depfile_of_an_empty_folder_is_not_empty(self):
        (self.root / "empty").mkdir()
        self.build("empty", "--depfile", "d", "--stamp", "stamp")
        _, files = read_depfile((self.root / "d").read_text())
        self.assertIn(str(self.root / "empty"), [os.path.normpath(self.root / f) for f in files])

    def test_depfile_that_cannot_say_a_name_says_so(self):
        self.write("odd\nfolder/a.png", images.fat_png(1))
        run = self.build("odd\nfolder", "--depfile", "d", "--stamp", "stamp")
        self.assert_says(run.stderr, "imgopt: warning: odd\\x0afolder/a.png: a depfile cannot say this name, so its changes may go unseen\n")

    @unittest.skipUnless(shutil.which("make"), "needs make")
    def test_depfile_with_odd_names_stops_no_make_and_runs_nothing(self):
        for name in ("a:b", "a := b", "x = y", "a;touch pwned", "a%b", "a&b", "~a", "deep (1)/b(2)"):
            self.write(f"odd/{name}", images.fat_png(1))
        self.write("Makefile", "all: stamp\nstamp:\ninclude d\n")
        self.build("odd", "--depfile", "d", "--stamp", "stamp")
        run = subprocess.run(["make"], cwd=self.root, capture_output=True, text=True, check=False)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        os.utime(self.root / "stamp", (1, 1))
        subprocess.run(["make"], cwd=self.root, capture_output=True, check=False)
        self.assertFalse((self.root / "pwned").exists())

    def test_stamp_and_outputs_are_dated_to_the_start_of_the_scan(self):
        before = self.write("marker", "").stat().st_mtime_ns
        run = self.build("src", "--stamp", "stamp", "--manifest", "assets.json")
        after = self.write("marker", "").stat().st_mtime_ns
        stamp = (self.root / "stamp").stat().st_mtime_ns
        self.assertLessEqual(before, stamp)
        self.assertLess(stamp, after)
        # A run that takes longer shows that it is the start that counts.
        self.assertLess(stamp, after - run.summary["wall_ms"] * 1e6 / 2)
        times = {p.stat().st_mtime_ns for p in self.out.rglob("*.png")}
        self.assertEqual(times | {(self.root / "assets.json").stat().st_mtime_ns}, {stamp})

    def test_stamp_is_touched_by_every_success_and_by_no_failure(self):
        self.build("src", "--stamp", "stamp")
        stamp = self.root / "stamp"
        os.utime(stamp, (1, 1))
        self.build("src", "--stamp", "stamp")
        self.assertGreater(stamp.stat().st_mtime, 1)
        os.utime(stamp, (1, 1))
        self.write("src/broken.png", images.broken_png())
        self.build("src", "--stamp", "stamp", status=1)
        self.assertEqual(stamp.stat().st_mtime, 1)

    def test_manifest_maps_sources_to_outputs(self):
        self.build("src", "--format", "png", "--format", "webp", "--width", "12", "--width", "999",
                   "--manifest", "assets.json")
        manifest = json.loads((self.root / "assets.json").read_text(encoding="utf-8"))
        self.assertEqual(manifest["schema"], 1)
        self.assertEqual(sorted(manifest["images"]), ["a.png", "deep/#d$.png", "deep/b c.png"])
        listed = set()
        for image in manifest["images"].values():
            self.assertEqual(len(image["outputs"]), 4)
            for output in image["outputs"]:
                content = (self.out / output["path"]).read_bytes()
                self.assertEqual(output["bytes"], len(content))
                self.assertEqual(output["hash"], hashlib.sha256(content).hexdigest())
                self.assertEqual(output["width"], 12 if "-12w" in output["path"] else 24)
                listed.add(output["path"])
        self.assertEqual(sorted(listed), self.files())

    def test_manifest_is_rewritten_only_when_different(self):
        self.build("src", "--manifest", "assets.json")
        path = self.root / "assets.json"
        first, text = path.stat(), path.read_bytes()
        self.build("src", "--manifest", "assets.json")
        self.assertEqual((path.stat().st_ino, path.stat().st_mtime_ns), (first.st_ino, first.st_mtime_ns))
        path.write_text("{}")
        self.build("src", "--manifest", "assets.json")
        self.assertEqual(path.read_bytes(), text)
        path.unlink()
        self.build("src", "--manifest", "assets.json")
        self.assertEqual(path.read_bytes(), text)
        (self.src / "a.png").unlink()
        self.build("src", "--manifest", "assets.json")
        self.assertNotIn("a.png", json.loads(path.read_bytes())["images"])

    def test_manifests_of_two_machines_are_equal(self):
        self.build("src", "--manifest", "one.json")
        os.rename(self.src, self.root / "moved")
        self.build("moved", "--manifest", "two.json", "--out", "out2", "--no-cache", "--jobs", "1")
        self.assertEqual((self.root / "one.json").read_bytes(), (self.root / "two.json").read_bytes())

    def test_dry_run_writes_nothing_and_tells_what_would_be(self):
        def everything():
            return {n: s for n, s in self.standing(self.root).items() if not n.startswith("report-")}

        before = everything()
        options = ("src", "--dry-run", "--depfile", "d", "--stamp", "stamp", "--manifest", "assets.json")
        run = self.build(*options)
        self.assertEqual(run.summary["would_encode"], 3)
        self.assertEqual(run.counts(), {})
        self.assertEqual(everything(), before)
        self.assertFalse(self.out.exists())
        self.assertFalse(self.cache.exists())

        self.build("src")
        self.write("src/new.png", images.fat_png(44))
        (self.src / "a.png").unlink()
        (self.out / "deep" / "b c.png").unlink()
        before = everything()
        run = self.build(*options)
        self.assertEqual(run.summary["would_encode"], 1)
        self.assertEqual(run.counts(), {"restored": 1, "up_to_date": 1})
        self.assertEqual(run.summary["removed"], 1)
        self.assertEqual(everything(), before)

    def test_report_names_times_and_versions(self):
        run = self.build("src")
        version = self.run_imgopt("--version").stdout
        self.assertIn(run.report["tool_version"], version)
        self.assertGreater(run.summary["wall_ms"], 0)
        self.assertGreater(run.summary["tool_cpu_ms"], 0)
        self.assertGreater(run.summary["worker_cpu_ms"], 0)

    def test_report_tells_how_long_workers_waited_for_records(self):
        for seed in range(8):
            self.write(f"src/more/{seed}.png", images.fat_png(seed + 10))
        summary = self.build("src", "--jobs", "1").summary
        self.assertGreater(summary["workers_serving_ms"], 0)
        self.assertLess(summary["workers_idle_ms"], summary["workers_serving_ms"])
        again = self.build("src", "--jobs", "1").summary
        self.assertEqual((again["workers_serving_ms"], again["workers_idle_ms"]), (0, 0))

    def test_no_color_means_no_escape_sequences(self):
        run = self.build("src", "--progress", "always", "--verbose", environment={"NO_COLOR": "1"})
        self.assertNotIn("\x1b[3", run.stdout + run.stderr)


if __name__ == "__main__":
    unittest.main()
