"""Broken images, unwritable outputs, a full disk: what fails, fails by name, and the rest is done."""

import os
import shutil
import subprocess
import unittest

import images
from command import CommandTest


class Failures(CommandTest):
    def write_good_and_broken(self):
        for i in range(4):
            self.write(f"src/{i}.png", images.fat_png(i))
        self.write("src/broken.png", images.broken_png())

    def test_broken_image_fails_alone(self):
        self.write_good_and_broken()
        run = self.build("src", "--stamp", "stamp", status=1)
        self.assertEqual(run.counts(), {"encoded": 4, "failed": 1})
        image = run.image("broken.png")
        self.assertEqual(image["status"], "failed")
        self.assertTrue(image["error"])
        self.assertEqual(image["outputs"][0]["status"], "failed")
        self.assert_says(run.stderr, "broken.png")
        self.assertEqual(self.files(), ["0.png", "1.png", "2.png", "3.png"])
        self.assertFalse((self.root / "stamp").exists())

    def test_broken_image_is_remembered_until_asked_again(self):
        self.write_good_and_broken()
        first = self.build("src", status=1)
        again = self.build("src", status=1)
        self.assertEqual(again.counts(), {"up_to_date": 4, "failed": 1})
        self.assertEqual(again.summary["workers"], 0)
        self.assertEqual(again.image("broken.png")["error"], first.image("broken.png")["error"])
        retried = self.build("src", "--retry-failed", status=1)
        self.assertGreater(retried.summary["workers"], 0)
        self.write("src/broken.png", images.fat_png(9))
        self.assertEqual(self.build("src").counts(), {"encoded": 1, "up_to_date": 4})

    def test_image_of_every_kind_cut_short_fails_without_killing_a_worker(self):
        kinds = {"a.png": images.fat_png(1), "b.gif": images.gif(frames=2), "c.tif": images.tiff(), "d.png": images.apng()}
        for name, content in kinds.items():
            self.write(f"src/{name}", content[:len(content) * 2 // 3])
        run = self.build("src", status=1)
        self.assertEqual(run.summary["failed"], 4, run.report["images"])
        self.assertEqual(run.summary["worker_crashes"], 0)

    def test_chunk_longer_than_its_file_is_damage_and_no_want_of_memory(self):
        content = images.png(20, 20, 1, extra=images.chunk(b"tEXt", b"Comment\0" + bytes(100)))
        at = content.index(b"tEXt") - 4
        self.write("src/long.png", content[:at] + (0x7FFFFF00).to_bytes(4, "big") + content[at + 4:])
        arguments = ("src", "--format", "webp", "--memory-limit", "256MiB")
        first = self.build(*arguments, status=1)
        self.assertEqual(first.counts(), {"failed": 1})
        self.assertNotIn("memory", first.image("long.png")["error"])
        self.assertEqual(self.build(*arguments, status=1).summary["workers"], 0)

    def test_failed_image_leaves_its_earlier_output_untouched(self):
        self.write_good_and_broken()
        self.write("src/broken.png", images.fat_png(7))
        self.build("src")
        standing = self.standing()
        self.write("src/broken.png", images.broken_png())
        self.build("src", status=1)
        self.assertEqual(self.standing(), standing)
        self.build("src", status=1)
        self.assertEqual(self.standing(), standing)
        (self.src / "broken.png").unlink()
        self.assertEqual(self.build("src").summary["removed"], 1)

    def test_too_many_pixels_fail_and_are_not_remembered(self):
        self.write("src/a.png", images.fat_png(1, 30, 20))
        self.write("src/b.png", images.fat_png(2, 8, 8))
        run = self.build("src", "--max-pixels", "100", status=1)
        self.assertEqual(run.counts(), {"encoded": 1, "failed": 1})
        self.assert_says(run.stderr, "a.png")
        self.assertEqual(self.build("src").counts(), {"encoded": 1, "up_to_date": 1})

    def test_folder_in_the_way_of_an_output_fails_that_output(self):
        self.write_good_and_broken()
        (self.src / "broken.png").unlink()
        self.write("out/0.png/inside.txt", "somebody's own")
        run = self.build("src", "--stamp", "stamp", status=4)
        self.assertEqual(run.counts(), {"encoded": 3, "failed": 1})
        self.assert_says(run.stderr, "0.png")
        self.assertEqual(self.files(), ["0.png/inside.txt", "1.png", "2.png", "3.png"])
        self.assertFalse((self.root / "stamp").exists())
        self.assertEqual(self.temporaries(), [])
        shutil.rmtree(self.out / "0.png")
        self.assertEqual(self.build("src").counts(), {"restored": 1, "up_to_date": 3})

    def test_file_in_the_way_of_a_folder_fails_what_is_below(self):
        self.write("src/a/0.png", images.fat_png(0))
        self.write("src/b/1.png", images.fat_png(1))
        self.write("out/a", "somebody's own")
        run = self.build("src", status=4)
        self.assertEqual(run.counts(), {"encoded": 1, "failed": 1})
        self.assert_says(run.stderr, "a/0.png")
        self.assertEqual((self.out / "a").read_text(), "somebody's own")

    def test_output_folder_that_is_a_file_is_refused(self):
        self.write("src/0.png", images.fat_png(0))
        self.write("out", "somebody's own")
        run = self.build("src", status=4)
        self.assertEqual(run.stderr, f"imgopt: {self.out}: cannot make the folder: a file of that name is in the way\n")
        self.assertEqual(self.out.read_text(), "somebody's own")

    def test_link_that_leads_out_of_the_output_folder_is_not_followed(self):
        self.write("src/a/0.png", images.fat_png(0))
        outside = self.root / "outside"
        outside.mkdir()
        self.out.mkdir()
        os.symlink(outside, self.out / "a")
        run = self.build("src", status=4)
        self.assertEqual(run.stderr, f"imgopt: a/0.png: {self.out}/a: cannot open the folder: a symbolic link on the way "
                                     "leads out of the output folder\n")
        self.assertEqual(list(outside.iterdir()), [])

    def test_failed_manifest_and_report_are_told(self):
        self.write("src/0.png", images.fat_png(0))
        self.write("way", "a file")
        run = self.run_imgopt("build", "src", "--out", "out", "--manifest", "way/assets.json", status=4)
        self.assert_says(run.stderr, "way")
        run = self.run_imgopt("build", "src", "--out", "out", "--report", "way/report.json", status=4)
        self.assert_says(run.stderr, "way")

    def test_worker_that_cannot_start_is_named(self):
        self.write("src/0.png", images.fat_png(0))
        self.write("no-worker", "#!/bin/sh\nexit 3\n").chmod(0o755)
        worker = str(self.root / "no-worker")
        run = self.build("src", status=4, environment={"IMGOPT_WORKER": worker})
        self.assert_says(run.stderr, worker)
        run = self.build("src", status=4, environment={"IMGOPT_WORKER": str(self.root / "nowhere")})
        self.assert_says(run.stderr, "nowhere", "IMGOPT_WORKER")


class FullDisk(CommandTest):
    """A file system of one megabyte, which only root can mount."""

    def setUp(self):
        super().setUp()
        self.small = self.root / "small"
        self.small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", self.small],
                                 stderr=subprocess.PIPE, check=False)
        if mounted.returncode != 0:
            self.skipTest("no small file system can be mounted here: " + mounted.stderr.decode(errors="replace").strip())
        self.addCleanup(subprocess.run, ["umount", "-l", self.small], check=True)
        for i in range(40):
            self.write(f"src/{i}.png", images.noise_png(128, 96, i))

    def test_outputs_that_fit_stand_whole_and_the_rest_fails(self):
        run = self.build("src", "--out", "small/out", "--stamp", "stamp", status=4)
        self.assertGreater(run.summary["encoded"], 0)
        self.assertGreater(run.summary["failed"], 0)
        self.assert_says(run.stderr, "small/out")
        self.assertIn("space", run.stderr.lower())
        self.assertFalse((self.root / "stamp").exists())
        made = {p for p, o in run.outputs().items() if o["status"] != "failed"}
        self.assertEqual(set(self.files(self.small / "out")), made)
        self.build("src", "--out", "whole")
        for name, content in self.contents(self.small / "out").items():
            self.assertEqual(content, (self.root / "whole" / name).read_bytes(), name)
        self.assertEqual(self.temporaries(), [])

    def test_full_cache_costs_no_output(self):
        run = self.build("src", "--cache-dir", "small/cache")
        self.assertEqual(run.counts(), {"encoded": 40})
        self.assertTrue(any("cache" in w for w in run.report["warnings"]), run.report["warnings"])
        self.assertEqual(self.build("src", "--cache-dir", "small/cache").counts(), {"up_to_date": 40})
        self.assertEqual(self.temporaries(), [])


if __name__ == "__main__":
    unittest.main()
