"""The examples, built as a stranger builds them: as projects of their own, against the installed package."""

import os
import re
import unittest
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

from scratch_project import ScratchProject, png_bytes


class Page(HTMLParser):
    """What a page shows: images with their attributes, and every file that it may load."""

    def __init__(self, text):
        super().__init__()
        self.images = []
        self.types = set()
        self.files = set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "img":
            self.images.append(attributes)
            self.files.add(unquote(attributes["src"]))
        if tag == "source":
            self.types.add(attributes["type"])
        for candidate in re.split(r",\s+", attributes.get("srcset") or ""):
            if candidate:
                url, width = candidate.rsplit(" ", 1)
                assert re.fullmatch(r"[1-9]\d*w", width), candidate
                self.files.add(unquote(url))


class Example(ScratchProject):
    def setUp(self):
        super().setUp()
        self.photos = self.source
        self.source = Path(os.environ["IMGOPT_SOURCE_DIR"]) / "examples" / self.name


class WebGallery(Example):
    name = "web-gallery"

    def page(self):
        return Page(self.path("site/index.html").read_text(encoding="utf-8"))

    def assert_whole(self, page, images):
        self.assertEqual(len(page.images), images)
        self.assertEqual(page.types, {"image/avif", "image/webp"})
        for image in page.images:
            self.assertTrue(image["alt"])
            self.assertGreater(int(image["width"]), 0)
            self.assertGreater(int(image["height"]), 0)
            self.assertIn("sizes", image)
        self.assertEqual([image.get("loading") for image in page.images], [None] + ["lazy"] * (images - 1))
        for file in page.files:
            self.assertTrue(self.path(f"site/{file}").is_file(), file)

    def test_DrawnGalleryIsWholeAndRests(self):
        self.configure("-DIMGOPT_GALLERY_WIDTHS=32;48", "-DIMGOPT_GALLERY_DRAWN_WIDTH=64")
        self.build()
        page = self.page()
        self.assert_whole(page, 6)
        self.assertEqual(len(page.files), 6 * 2 * 3)
        self.assertTrue(self.build().nothing_to_do)

    def test_GivenPhotographsAreShownAndFollowed(self):
        folder = self.root / "photos"
        folder.mkdir()
        (folder / "two words, 100%.png").write_bytes(png_bytes(1, 60, 40))
        (folder / "narrow.png").write_bytes(png_bytes(2, 20, 30))
        self.configure("-DIMGOPT_GALLERY_WIDTHS=32;48", f"-DIMGOPT_GALLERY_PHOTOS={folder}")
        self.build()
        page = self.page()
        self.assert_whole(page, 2)
        narrow = [image for image in page.images if image["alt"] == "Narrow"]
        self.assertEqual((narrow[0]["width"], narrow[0]["height"]), ("20", "30"))
        (folder / "narrow.png").unlink()
        (folder / "other.png").write_bytes(png_bytes(3, 60, 40))
        self.build()
        self.assertEqual({image["alt"] for image in self.page().images}, {"Other", "Two words, 100%"})
        self.assert_whole(self.page(), 2)
        self.assertTrue(self.build().nothing_to_do)


class GameSprites(Example):
    name = "game-sprites"

    def run_game(self):
        return self.run_program(self.path("sprites"), self.path("art.json"), self.path("art"))

    def test_GameLoadsWhatTheManifestLists(self):
        self.configure()
        self.build("sprites")
        self.assertTrue(self.path("art.json").exists(), "the game was built without its art")
        self.assertEqual(self.run_game().status, 0)
        self.assertIn("96 sprites", self.run_game().text)
        self.build()
        self.assertTrue(self.build().nothing_to_do)
        result = self.run_program("ctest", "--test-dir", self.binary, "--output-on-failure")
        self.assertEqual(result.status, 0, result.text)

        drawn = sum(p.stat().st_size for p in self.path("drawn").glob("*.png"))
        packed = sum(p.stat().st_size for p in self.path("art").glob("*.png"))
        self.assertLess(packed, drawn / 4)

        target = self.root / "installed"
        result = self.run_program("cmake", "--install", self.binary, "--prefix", target)
        self.assertEqual(result.status, 0, result.text)
        folder = target / "share/game-sprites"
        result = self.run_program(target / "bin/sprites", folder / "art.json", folder)
        self.assertEqual(result.status, 0, result.text)

        (folder / "creature-7-1.png").write_bytes(png_bytes(1))
        result = self.run_program(target / "bin/sprites", folder / "art.json", folder)
        self.assertEqual(result.status, 1)
        self.assertIn("creature-7-1.png", result.text)


if __name__ == "__main__":
    unittest.main()
