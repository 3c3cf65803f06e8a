"""When Ninja runs an imgopt_add_assets() command again, and when it does not."""

import os
import shutil
import stat
import unittest

from scratch_project import CONSUMER, REPORT, ScratchProject, consumer_runs, png_bytes


class NinjaFolder(ScratchProject):
    """DIRECTORY: the depfile decides."""

    def setUp(self):
        super().setUp()
        self.write_image("photos/one.png", 1)
        self.write_image("photos/trip/two.png", 2)
        self.write_project(f"imgopt_add_assets(photos DIRECTORY photos FORMATS webp {REPORT}){CONSUMER}")
        self.configure()
        self.assertEqual(self.build().runs_of("photos"), 1)
        self.assertEqual(self.outputs(), ["one.webp", "trip/two.webp"])

    def test_SecondBuildHasNothingToDo(self):
        self.assertTrue(self.build().nothing_to_do)

    def test_AddedImageRunsOnceAndEncodesOne(self):
        self.write_image("photos/three.png", 3)
        self.assert_runs_once_then_rests()
        self.assertEqual(self.summary()["encoded"], 1)
        self.assertEqual(self.outputs(), ["one.webp", "three.webp", "trip/two.webp"])
        self.assertEqual(consumer_runs(self), 2)

    def test_ImageInNewFolderRunsOnce(self):
        self.write_image("photos/new/deep/three.png", 3)
        self.assert_runs_once_then_rests()
        self.assertIn("new/deep/three.webp", self.outputs())

    def test_EditedImageRunsOnceAndEncodesOne(self):
        before = self.output("one.webp").read_bytes()
        self.write_image("photos/one.png", 9)
        self.assert_runs_once_then_rests()
        self.assertEqual(self.summary()["encoded"], 1)
        self.assertNotEqual(self.output("one.webp").read_bytes(), before)
        self.assertEqual(consumer_runs(self), 2)

    def test_RemovedImageRunsOnceAndTakesItsOutputAway(self):
        (self.source / "photos/trip/two.png").unlink()
        self.assert_runs_once_then_rests()
        self.assertEqual(self.outputs(), ["one.webp"])
        self.assertEqual(consumer_runs(self), 2)

    def test_RemovedFolderRunsOnce(self):
        (self.source / "photos/trip/two.png").unlink()
        (self.source / "photos/trip").rmdir()
        self.assert_runs_once_then_rests()
        self.assertEqual(self.outputs(), ["one.webp"])

    def test_TouchedImageRunsOnceAndPrunesConsumers(self):
        os.utime(self.source / "photos/one.png")
        output_time = self.output("one.webp").stat().st_mtime_ns
        self.assert_runs_once_then_rests()
        self.assertEqual(self.summary()["encoded"], 0)
        self.assertEqual(self.output("one.webp").stat().st_mtime_ns, output_time)
        self.assertEqual(consumer_runs(self), 1)

    def test_DeletedManifestIsMadeAgain(self):
        self.path("imgopt/photos.manifest.json").unlink()
        self.assert_runs_once_then_rests()
        self.assertTrue(self.path("imgopt/photos.manifest.json").exists())

    def test_DeletedOutputIsMadeAgain(self):
        before = self.output("trip/two.webp").read_bytes()
        self.output("trip/two.webp").unlink()
        self.assert_runs_once_then_rests()
        self.assertEqual(self.output("trip/two.webp").read_bytes(), before)
        self.assertEqual(consumer_runs(self), 1)

    def test_OverwrittenOutputIsMadeAgain(self):
        before = self.output("one.webp").read_bytes()
        self.output("one.webp").write_text("not what was made")
        self.assert_runs_once_then_rests()
        self.assertEqual(self.output("one.webp").read_bytes(), before)

    def test_DeletedOutputFolderIsMadeAgain(self):
        before = self.outputs()
        shutil.rmtree(self.path("imgopt/photos"))
        self.assert_runs_once_then_rests()
        self.assertEqual(self.outputs(), before)

    def test_ForeignFileInOutputFolderStays(self):
        self.output("by-hand.txt").write_text("mine")
        self.write_image("photos/one.png", 9)
        self.assert_runs_once_then_rests()
        self.assertIn("by-hand.txt", self.outputs())

    def test_ChangedArgumentsRunOnce(self):
        self.write_project(f"imgopt_add_assets(photos DIRECTORY photos FORMATS webp WIDTHS 8 {REPORT}){CONSUMER}")
        self.assert_runs_once_then_rests()
        self.assertEqual(self.outputs(), ["one-8w.webp", "trip/two-8w.webp"])


class NinjaEditDuringRun(ScratchProject):
    def test_EditDuringRunIsPickedUpExactlyOnce(self):
        image = self.write_image("photos/one.png", 1)
        self.write_image("photos/two.png", 2)
        self.write_project(f"imgopt_add_assets(photos DIRECTORY photos FORMATS webp {REPORT}){CONSUMER}")
        # Stands before the real worker, which starts after the scan; no worker works before the edit is done, so it
        # falls into the run for certain.
        edited = self.root / "edited.png"
        edited.write_bytes(png_bytes(7))
        worker = self.root / "editing-worker"
        worker.write_text(
            "#!/bin/sh\n"
            'if test "$1" = --serve; then\n'
            f'  if mkdir "{self.root}/editing" 2>/dev/null; then\n'
            f'    sleep 0.05; touch "{edited}"; mv "{edited}" "{image}"; sleep 0.05\n'
            "  fi\n"
            f'  while test -e "{edited}"; do sleep 0.01; done\n'
            "fi\n"
            f'exec "{self.prefix}/libexec/imgopt/imgopt-worker" "$@"\n'
        )
        worker.chmod(worker.stat().st_mode | stat.S_IXUSR)
        self.environment["IMGOPT_WORKER"] = str(worker)
        self.configure()
        # The image may have become another under the tool's hands, which it may refuse; the next build mends it.
        self.try_build()
        self.assertFalse(edited.exists(), "the edit did not happen")
        second = self.build()
        self.assertEqual(second.runs_of("photos"), 1, second.text)
        after_edit = self.output("one.webp").read_bytes()
        self.assertTrue(self.build().nothing_to_do)

        self.write_image("photos/copy.png", 7)
        self.build()
        self.assertEqual(self.output("copy.webp").read_bytes(), after_edit)


class NinjaFiles(ScratchProject):
    """FILES: every result is known to Ninja."""

    def setUp(self):
        super().setUp()
        self.write_image("art/one.png", 1)
        self.write_image("art/two.png", 2)
        self.write_project(
            f"imgopt_add_assets(photos FILES art/one.png art/two.png FORMATS webp WIDTHS 8 16 {REPORT}){CONSUMER}"
        )
        self.configure()
        self.build()
        self.assertEqual(self.outputs(), ["one-16w.webp", "one-8w.webp", "two-16w.webp", "two-8w.webp"])

    def test_SecondBuildHasNothingToDo(self):
        self.assertTrue(self.build().nothing_to_do)

    def test_EditedImageRunsOnce(self):
        self.write_image("art/one.png", 9)
        self.assert_runs_once_then_rests()
        self.assertEqual(self.summary()["encoded"], 2)

    def test_UnlistedImageIsNobodysBusiness(self):
        self.write_image("art/three.png", 3)
        self.assertEqual(self.build().runs_of("photos"), 0)

    def test_DeletedOutputIsMadeAgain(self):
        self.output("one-8w.webp").unlink()
        self.assert_runs_once_then_rests()
        self.assertIn("one-8w.webp", self.outputs())

    def test_ImageTakenFromTheListLosesItsOutputs(self):
        self.write_project(f"imgopt_add_assets(photos FILES art/one.png FORMATS webp WIDTHS 8 16 {REPORT})")
        self.assert_runs_once_then_rests()
        self.assertEqual(self.outputs(), ["one-16w.webp", "one-8w.webp"])

    def test_ImageMadeByTheBuildIsWaitedFor(self):
        self.write_project(
            f"""
            add_custom_command(OUTPUT drawn.png
              COMMAND ${{CMAKE_COMMAND}} -E copy ${{CMAKE_CURRENT_SOURCE_DIR}}/art/one.png drawn.png
              DEPENDS art/one.png)
            imgopt_add_assets(photos FILES drawn.png FORMATS webp {REPORT})"""
        )
        self.assert_runs_once_then_rests()
        self.assertEqual(self.outputs(), ["drawn.webp"])
        self.write_image("art/one.png", 9)
        self.assert_runs_once_then_rests()


if __name__ == "__main__":
    unittest.main()
