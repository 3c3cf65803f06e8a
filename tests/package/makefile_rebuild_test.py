"""Unix Makefiles: a DIRECTORY is looked at in every build, and consumers run only for a difference."""

import os
import unittest

from scratch_project import CONSUMER, REPORT, ScratchProject, consumer_runs


class MakefileFolder(ScratchProject):
    generator = "Unix Makefiles"

    def setUp(self):
        super().setUp()
        self.write_image("photos/one.png", 1)
        self.write_image("photos/trip/two.png", 2)
        self.write_project(f"imgopt_add_assets(photos DIRECTORY photos FORMATS webp {REPORT}){CONSUMER}")
        self.configure()
        self.build()
        self.assertEqual(self.outputs(), ["one.webp", "trip/two.webp"])

    def assert_picked_up_once(self):
        """One build takes the change over and tells the consumer; the next changes nothing and tells nobody."""
        self.build()
        self.assertEqual(consumer_runs(self), 2)
        self.build()
        self.assertEqual(self.summary()["up_to_date"], self.summary()["outputs"])
        self.assertEqual(consumer_runs(self), 2)

    def test_SecondBuildChangesNothing(self):
        before = self.output("one.webp").stat()
        self.build()
        after = self.output("one.webp").stat()
        self.assertEqual((before.st_mtime_ns, before.st_ino), (after.st_mtime_ns, after.st_ino))
        self.assertEqual(self.summary()["up_to_date"], 2)
        self.assertEqual(consumer_runs(self), 1)

    def test_AddedImageIsPickedUpOnce(self):
        self.write_image("photos/three.png", 3)
        self.assert_picked_up_once()
        self.assertIn("three.webp", self.outputs())

    def test_EditedImageIsPickedUpOnce(self):
        self.write_image("photos/one.png", 9)
        self.assert_picked_up_once()

    def test_RemovedImageIsPickedUpOnce(self):
        (self.source / "photos/one.png").unlink()
        self.assert_picked_up_once()
        self.assertEqual(self.outputs(), ["trip/two.webp"])

    def test_TouchedImageLeavesConsumersAlone(self):
        os.utime(self.source / "photos/one.png")
        self.build()
        self.assertEqual(self.summary()["encoded"], 0)
        self.assertEqual(consumer_runs(self), 1)

    def test_DeletedOutputIsMadeAgain(self):
        self.output("one.webp").unlink()
        self.build()
        self.assertEqual(self.outputs(), ["one.webp", "trip/two.webp"])


class MakefileJobserver(ScratchProject):
    generator = "Unix Makefiles"

    def setUp(self):
        super().setUp()
        for seed in range(8):
            self.write_image(f"photos/{seed}.png", seed)
        self.write_project(
            'imgopt_add_assets(photos DIRECTORY photos FORMATS webp JOBS 8\n'
            '  OPTIONS --report "${CMAKE_CURRENT_BINARY_DIR}/report.json")'
        )
        self.configure()

    def test_WorkersTakeTheSlotsOfMake(self):
        result = self.run_program("make", "-C", self.binary, "-j3")
        self.assertEqual(result.status, 0, result.text)
        self.assertNotIn("jobserver", result.text)
        self.assertEqual(self.summary()["workers"], 3)

    def test_MakeThatOnlyShowsMakesNothing(self):
        result = self.run_program("make", "-C", self.binary, "-n")
        self.assertEqual(result.status, 0, result.text)
        self.assertEqual(self.outputs(), [])


class MakefileFiles(ScratchProject):
    generator = "Unix Makefiles"

    def project(self, files, more=""):
        self.write_project(f"imgopt_add_assets(photos FILES {files} FORMATS webp {more} {REPORT}){CONSUMER}")

    def setUp(self):
        super().setUp()
        self.write_image("art/one.png", 1)
        self.write_image("art/two.png", 2)
        self.project("art/one.png art/two.png")
        self.configure()
        self.assertEqual(self.build().runs_of("photos"), 1)

    def assert_runs_once(self):
        first = self.build()
        self.assertEqual(first.runs_of("photos"), 1, first.text)
        second = self.build()
        self.assertEqual(second.runs_of("photos"), 0, second.text)

    def test_SecondBuildRunsNothing(self):
        self.assertEqual(self.build().runs_of("photos"), 0)

    def test_EditedImageRunsOnce(self):
        self.write_image("art/one.png", 9)
        self.assert_runs_once()
        self.assertEqual(consumer_runs(self), 2)

    def test_ChangedArgumentsRunOnce(self):
        self.project("art/one.png art/two.png", "QUALITY 40")
        self.assert_runs_once()

    def test_ChangedOptionsRunOnce(self):
        self.project("art/one.png art/two.png", "OPTIONS --effort 1")
        self.assert_runs_once()

    def test_DeletedAndUnlistedImageDoesNotRunForEver(self):
        (self.source / "art/two.png").unlink()
        self.project("art/one.png")
        self.assert_runs_once()
        self.assertEqual(self.outputs(), ["one.webp"])


if __name__ == "__main__":
    unittest.main()
