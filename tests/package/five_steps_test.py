"""What every build with imgopt_add_assets() must do, whatever generator, policy version, CHECK mode and kind of sources:
the first build optimizes, the second does nothing, a changed image is made again alone, the outputs of one that is gone
disappear, a broken one fails the build by name."""

import re
import unittest

from scratch_project import CONSUMER, REPORT, ScratchProject, consumer_runs, png_bytes


class FiveSteps(ScratchProject):
    check = "AUTO"
    # Where the build runs imgopt every time, which then finds nothing to do.
    always_looks = ()

    def setUp(self):
        super().setUp()
        self.policy = "3.21"

    def describe(self, kind):
        """Writes the project; FILES are listed by hand, as a user would list them."""
        names = sorted(p.name for p in (self.source / "art").glob("*.png"))
        sources = "DIRECTORY art" if kind == "DIRECTORY" else "FILES " + " ".join(f'"art/{name}"' for name in names)
        self.write_project(f"imgopt_add_assets(photos {sources} FORMATS webp CHECK {self.check} {REPORT}){CONSUMER}")
        file = self.source / "CMakeLists.txt"
        file.write_text(re.sub(r"VERSION 3\.21", f"VERSION {self.policy}", file.read_text()))

    def assert_rests(self, kind):
        runs = consumer_runs(self)
        before = {name: self.output(name).stat().st_mtime_ns for name in self.outputs()}
        result = self.build()
        self.assertEqual(result.runs_of("photos"), 1 if kind in self.always_looks else 0, result.text)
        self.assertEqual(self.summary()["encoded"] if kind in self.always_looks else 0, 0)
        self.assertEqual({name: self.output(name).stat().st_mtime_ns for name in self.outputs()}, before)
        self.assertEqual(consumer_runs(self), runs)

    def five_steps(self, kind):
        self.write_image("art/one.png", 1)
        self.write_image("art/two words.png", 2)
        self.describe(kind)
        self.configure()
        self.build()
        self.assertEqual(self.summary()["encoded"], 2)
        self.assertEqual(consumer_runs(self), 1)
        self.assert_rests(kind)

        self.write_image("art/one.png", 3)
        self.assertEqual(self.build().runs_of("photos"), 1)
        self.assertEqual((self.summary()["encoded"], self.summary()["up_to_date"]), (1, 1))
        self.assertEqual(consumer_runs(self), 2)
        self.assert_rests(kind)

        (self.source / "art/two words.png").unlink()
        self.describe(kind)
        self.assertEqual(self.build().runs_of("photos"), 1)
        self.assertEqual(self.outputs(), ["one.webp"])
        self.assertEqual(consumer_runs(self), 3)
        if not (self.check == "DEPFILE" and self.generator == "Unix Makefiles"):
            self.assert_rests(kind)

        good = self.output("one.webp").read_bytes()
        (self.source / "art/one.png").write_bytes(png_bytes(4)[:60])
        for _ in range(2):
            result = self.try_build()
            self.assertNotEqual(result.status, 0)
            self.assertRegex(result.text, r"imgopt: \S*one\.png: ")
        self.assertEqual(self.output("one.webp").read_bytes(), good)
        self.write_image("art/one.png", 5)
        self.build()
        self.assertNotEqual(self.output("one.webp").read_bytes(), good)

    def test_Folder(self):
        self.five_steps("DIRECTORY")

    def test_Files(self):
        self.five_steps("FILES")


class MultiConfig(FiveSteps):
    generator = "Ninja Multi-Config"


class Makefiles(FiveSteps):
    generator = "Unix Makefiles"
    always_looks = ("DIRECTORY",)


class LookAlways(FiveSteps):
    check = "ALWAYS"
    always_looks = ("DIRECTORY", "FILES")


class MakefilesLookAlways(LookAlways):
    generator = "Unix Makefiles"


class ByDepfile(FiveSteps):
    check = "DEPFILE"


class MakefilesByDepfile(FiveSteps):
    generator = "Unix Makefiles"
    check = "DEPFILE"


class NewestPolicies(FiveSteps):
    """The policies of the CMake that runs, where the other classes take those of the oldest that is supported."""

    def setUp(self):
        super().setUp()
        self.policy = re.search(r"version (\d+\.\d+)", self.run_program("cmake", "--version").text).group(1)


if __name__ == "__main__":
    unittest.main()
