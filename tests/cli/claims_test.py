"""Two builds, each with a state of its own, that would write one path; and stale outputs in trouble."""

import os
import shutil
import unittest

import images
from command import CommandTest


class Claims(CommandTest):
    def setUp(self):
        super().setUp()
        self.write("one/a.png", images.fat_png(1))
        self.write("two/a.png", images.fat_png(2))

    def test_second_state_that_claims_a_path_is_wrong_use(self):
        self.build("one", "--state", "s1")
        before = self.contents()
        run = self.build("two", "--state", "s2", status=2)
        self.assert_says(run.stderr, "a.png", "s1", "--out")
        self.assertEqual(self.contents(), before)
        self.build("two", "--state", "s2", "--dry-run", status=2)

    def test_two_first_builds_at_once_find_each_other(self):
        # Workers of one build wait for the other's, so that both builds have looked for claims by then.
        def worker(name):
            started = " || ".join(f'! test -e "{self.root}/started-{n}"' for n in ("one", "two"))
            path = self.write(f"worker-{name}",
                              f'#!/bin/sh\nif test "$1" = --serve; then\n  touch "{self.root}/started-{name}"\n'
                              f'  while {started}; do sleep 0.01; done\nfi\n'
                              f'exec "{self.environment["IMGOPT_WORKER"]}" "$@"\n')
            path.chmod(0o755)
            return str(path)

        runs = [self.start("build", name, "--out", "out", "--state", f"state-{name}", "--stamp", f"stamp-{name}",
                           environment={"IMGOPT_WORKER": worker(name)}) for name in ("one", "two")]
        done = [self.finish(run) for run in runs]
        self.assertIn(2, [run.status for run in done])
        self.assertLessEqual({run.status for run in done}, {0, 2})
        self.assert_says(next(run for run in done if run.status == 2).stderr, "a.png: it belongs to another build")
        for run, name in zip(done, ("one", "two")):
            self.assertEqual((self.root / f"stamp-{name}").exists(), run.status == 0)

    def test_folders_that_lie_in_each_other_are_one_path(self):
        self.write("deep/sub/a.png", images.fat_png(3))
        self.build("one", "--state", "s1", "--out", "out/sub")
        self.build("deep", "--state", "s2", "--out", "out", status=2)
        self.build("two", "--state", "s3", "--out", "elsewhere")
        shutil.rmtree(self.root / "out")
        os.remove(self.root / "s1")
        self.build("deep", "--state", "s2", "--out", "out")
        self.build("one", "--state", "s1", "--out", "out/sub", status=2)

    def test_outputs_of_other_builds_below_a_source_folder_are_no_sources(self):
        self.write("one/sub/b.png", images.fat_png(3))
        self.build("one", "--out", "one/thumbs", "--width", "8")
        run = self.build("one", "--out", "one/web", "--format", "webp")
        self.assertEqual(self.files(self.root / "one" / "web"), ["a.webp", "sub/b.webp"])
        self.assert_says(run.stdout, "  2 outputs of another build left out\n")
        # Else each would be given what the other made of what it had made.
        for out, options in (("one/thumbs", ["--width", "8"]), ("one/web", ["--format", "webp"])):
            self.assertEqual(self.build("one", "--out", out, *options).counts(), {"up_to_date": 2})
        said = self.run_imgopt("explain", "one/thumbs/a-8w.png", "--out", "one/web", status=2).stderr
        self.assertEqual(said, "imgopt: one/thumbs/a-8w.png: it is neither a source nor an output of this build "
                               "(what another build made is no source)\n")

    def test_what_lies_beside_outputs_of_other_builds_is_a_source(self):
        self.build("one", "--out", "two/made")
        self.write("two/made/own.png", images.fat_png(5))
        self.assert_says(self.build("two").stdout, "  1 output of another build left out\n")
        self.assertEqual(self.files(), ["a.png", "made/own.png"])

    def test_what_another_build_failed_to_make_is_a_source(self):
        self.write("one/broken.png", b"\x89PNG\r\n\x1a\n but no more")
        self.build("one", "--out", "two/made", status=1)
        self.write("two/made/broken.png", images.fat_png(6))
        self.assert_says(self.build("two").stdout, "  1 output of another build left out\n")
        self.assertEqual(self.files(), ["a.png", "made/broken.png"])

    def test_outputs_that_are_named_are_sources(self):
        self.build("one", "--out", "two/made")
        self.build("two", "two/made/a.png", "--base", "two")
        self.assertEqual(self.files(), ["a.png", "made/a.png"])
        self.build("two/made", "--out", "next")
        self.assertEqual(self.files(self.root / "next"), ["a.png"])

    def test_outputs_below_a_source_folder_are_known_through_links(self):
        (self.root / "link").symlink_to("one")
        self.build("one", "--out", "one/thumbs")
        self.build("link")
        self.build("./one/../one/", "--out", "plain")
        self.assertEqual(self.files(), ["a.png"])
        self.assertEqual(self.files(self.root / "plain"), ["a.png"])

    def test_unreadable_state_of_another_build_is_told_and_its_outputs_are_sources(self):
        self.build("one", "--state", "s1", "--out", "two/made")
        whole = (self.root / "s1").read_bytes()
        for damaged, why in ((b"short", "shorter than its header"), (whole[:-1], "its size is not the one its header names")):
            (self.root / "s1").write_bytes(damaged)
            said = (f"imgopt: warning: {self.root}/s1: build state: {why}: what the build that it belongs to made in "
                    f"{self.root}/two/made is taken for sources\n")
            self.assertEqual(self.build("two", "--state", "s2").stderr, said)
            self.assertEqual(self.files(), ["a.png", "made/a.png"])
            self.assertEqual(self.run_imgopt("explain", "two", "--out", "out", "--state", "s2").stderr, said)
        self.write("imgopt.json", '{"sources": ["two"], "out": "out", "state": "s2"}')
        self.assertEqual(self.run_imgopt("check").stderr, said)

    def test_other_paths_of_one_folder_are_no_conflict(self):
        self.write("three/b.png", images.fat_png(4))
        self.build("one", "--state", "s1")
        self.build("three", "--state", "s2")
        self.assertEqual(self.files(), ["a.png", "b.png"])
        self.assertEqual(self.build("one", "--state", "s1").counts(), {"up_to_date": 1})

    def test_state_that_is_gone_claims_nothing(self):
        self.build("one", "--state", "s1")
        os.remove(self.root / "s1")
        self.build("two", "--state", "s2")

    def test_state_that_serves_another_folder_claims_the_first_no_more(self):
        self.build("one", "--state", "s1")
        self.build("one", "--state", "s1", "--out", "other")
        self.build("two", "--state", "s2")

    def test_moved_state_keeps_its_claim(self):
        self.build("one", "--state", "s1")
        (self.root / "s1").rename(self.root / "moved")
        self.assertEqual(self.build("one", "--state", "moved").counts(), {"up_to_date": 1})
        self.build("two", "--state", "s2", status=2)


class Stale(CommandTest):
    def test_failing_image_in_a_deleted_ones_place_leaves_nothing_behind(self):
        self.write("src/a.png", images.fat_png(1))
        self.build("src", "--format", "webp")
        (self.src / "a.png").unlink()
        self.write("src/a.gif", images.gif()[:40])
        run = self.build("src", "--format", "webp", status=1)
        self.assertEqual(run.summary["removed"], 1)
        self.assertEqual(self.files(), [])


if __name__ == "__main__":
    unittest.main()
