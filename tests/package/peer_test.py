"""Other build systems, by their real programs: the Make include and the Meson target of integrations/."""

import json
import os
import shutil
import time
import unittest
from pathlib import Path

from scratch_project import ScratchProject, png_bytes


class Peer(ScratchProject):
    """The example of an integration, copied; `images` are its sources. Subclasses say how it is built."""

    def setUp(self):
        super().setUp()
        integrations = Path(os.environ["IMGOPT_SOURCE_DIR"]) / "integrations"
        self.project = self.root / "integrations" / self.name / "example"
        shutil.copytree(integrations / self.name, self.root / "integrations" / self.name)
        self.environment["PATH"] = f"{self.prefix}/bin:{os.environ['PATH']}"
        self.environment["IMGOPT"] = "imgopt"
        self.images = self.project / "images"

    def art(self):
        return {p.name: p.read_bytes() for p in self.art_folder.rglob("*") if p.is_file()}

    def run_build(self, status=0):
        result = self.try_build()
        self.assertEqual(result.status == 0, status == 0, result.text)
        return result

    def check_everything(self):
        self.run_build()
        first = self.art()
        self.assertEqual(set(first), {"ball.webp", "sunrise.webp"})
        used = self.times_used()
        self.assert_does_nothing()
        self.assertEqual(self.times_used(), used)

        (self.images / "ball.png").write_bytes(png_bytes(7))
        self.assertEqual(self.encoded_by(self.run_build()), 1)
        second = self.art()
        self.assertEqual({n for n in first if first[n] != second[n]}, {"ball.webp"})
        self.assertEqual(self.times_used(), used + 1)
        self.assert_does_nothing()

        (self.images / "new one.png").write_bytes(png_bytes(8))
        self.assertEqual(self.encoded_by(self.run_build()), 1)
        self.assertIn("new one.webp", self.art())

        (self.images / "sunrise.png").unlink()
        self.run_build()
        self.assertEqual(set(self.art()), {"ball.webp", "new one.webp"})
        self.assert_does_nothing()

        next(self.art_folder.rglob("ball.webp")).unlink()
        self.run_build()
        self.assertEqual(set(self.art()), {"ball.webp", "new one.webp"})
        self.assert_does_nothing()

        (self.images / "bad.png").write_bytes(png_bytes(9)[:60])
        self.assertIn("bad.png", self.run_build(status=1).text)
        self.assertNotEqual(self.try_build().status, 0)
        (self.images / "bad.png").unlink()
        self.run_build()
        self.assert_does_nothing()


class Make(Peer):
    name = "make"

    def setUp(self):
        super().setUp()
        self.art_folder = self.project / "build/art"

    def try_build(self, target=None):
        return self.run_program("make", "-C", self.project, *([target] if target else []))

    def encoded_by(self, result):
        self.assertIn("1 encoded", result.text)
        return 1

    def times_used(self):
        page = self.project / "build/index.html"
        stamp = (page.stat().st_mtime_ns, page.stat().st_ino)
        self.seen = getattr(self, "seen", [])
        if not self.seen or self.seen[-1] != stamp:
            self.seen.append(stamp)
        return len(self.seen)

    def assert_does_nothing(self):
        result = self.run_build()
        self.assertNotIn("encoded", result.text)
        self.assertNotIn("<!doctype", result.text)

    def test_RebuildsAsItShould(self):
        self.check_everything()

    def test_CleanRemovesWhatWasMade(self):
        before = sorted(p.name for p in self.project.iterdir())
        self.run_build()
        self.assertEqual(self.try_build("clean").status, 0)
        self.assertEqual(sorted(p.name for p in self.project.iterdir()), before)

    def test_SharesJobSlotsAndOnlyShowsWithN(self):
        result = self.run_program("make", "-C", self.project, "-n")
        self.assertEqual(result.status, 0, result.text)
        self.assertFalse(self.art_folder.exists())
        result = self.run_program("make", "-C", self.project, "-j2")
        self.assertEqual(result.status, 0, result.text)
        self.assertNotIn("jobserver", result.text)

    def test_InstalledIncludeIsTheSame(self):
        installed = self.prefix / "share/imgopt/imgopt.mk"
        self.assertEqual(installed.read_text(), (self.project.parent / "imgopt.mk").read_text())


@unittest.skipUnless(shutil.which("meson"), "needs meson")
class Meson(Peer):
    name = "meson"

    def setUp(self):
        super().setUp()
        self.art_folder = self.binary / "art"
        result = self.run_program("meson", "setup", self.binary, self.project, "--prefix", self.root / "installed")
        self.assertEqual(result.status, 0, result.text)

    def try_build(self, target=None):
        # Nothing of a test shares the clock's tick with a build.
        time.sleep(0.02)
        result = self.run_program("ninja", "-C", self.binary)
        time.sleep(0.02)
        return result

    def encoded_by(self, result):
        return json.loads((self.binary / "report.json").read_text())["summary"]["encoded"]

    def times_used(self):
        stamp = (self.binary / "copy.json").stat().st_mtime_ns
        self.seen = getattr(self, "seen", [])
        if not self.seen or self.seen[-1] != stamp:
            self.seen.append(stamp)
        return len(self.seen)

    def assert_does_nothing(self):
        result = self.run_build()
        self.assertTrue(result.nothing_to_do, result.text)

    def test_RebuildsAsItShould(self):
        self.check_everything()

    def test_InstallsTheImages(self):
        self.run_build()
        result = self.run_program("meson", "install", "-C", self.binary)
        self.assertEqual(result.status, 0, result.text)
        installed = sorted(p.name for p in (self.root / "installed/share/art").iterdir())
        self.assertEqual(installed, ["ball.webp", "sunrise.webp"])


if __name__ == "__main__":
    unittest.main()
