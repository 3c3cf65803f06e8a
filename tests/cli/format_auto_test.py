"""`--format auto`: one output, in the format that comes out smallest, and everything that depends on which it is."""

import json
import unittest

import images
from command import CommandTest
from decoding import image_facts


class FormatAuto(CommandTest):
    def photo(self, seed=1, size=96):
        """Noise with few values: lossless formats take much for it, lossy ones little."""
        return images.noise_png(size, size, seed)

    def sizes_alone(self, source, formats, *options):
        """The bytes of each format when it is asked for by itself."""
        words = [word for f in formats for word in ("--format", f)]
        run = self.build(source, *words, *options, "--out", f"alone-{self.reports}", "--no-cache")
        return {o["format"]: o["bytes"] for o in run.report["images"][0]["outputs"]}

    def assert_took_the_smallest(self, source, formats, *options):
        allowed = [word for f in formats for word in ("--auto-format", f)]
        run = self.build(source, "--format", "auto", *allowed, *options, "--out", f"auto-{self.reports}")
        told = run.report["images"][0]["outputs"]
        self.assertEqual(len(told), 1)
        sizes = self.sizes_alone(source, formats, *options)
        self.assertEqual(told[0]["bytes"], min(sizes.values()), sizes)
        self.assertEqual(sizes[told[0]["format"]], told[0]["bytes"])
        return told[0]

    def test_the_smallest_is_taken_and_named_for_its_format(self):
        self.write("photo.png", self.photo())
        self.write("drawing.png", images.png(40, 40, 1, (images.GREY, 1)))
        for source in ("photo.png", "drawing.png"):
            for formats in (("png", "jpeg"), ("jpeg", "webp"), ("png", "webp", "avif")):
                with self.subTest(source=source, formats=formats):
                    told = self.assert_took_the_smallest(source, formats)
                    self.assertEqual(told["path"].rpartition(".")[2],
                                     {"jpeg": "jpg"}.get(told["format"], told["format"]))

    def test_quality_auto_searches_each_format_to_the_same_score(self):
        # Grey, since no WebP of coloured noise comes near the score: it halves the chroma.
        self.write("photo.png", images.noise_png(96, 96, 1, images.GREY))
        told = self.assert_took_the_smallest("photo.png", ("jpeg", "webp"), "--quality", "auto:45")
        self.assertGreaterEqual(told["score"], 45)
        self.assertGreaterEqual(told["encodings"], 2)

    def test_transparency_rules_formats_without_it_out(self):
        self.write("a.png", images.noise_png(96, 96, 1, images.RGBA))
        run = self.build("a.png", "--format", "auto", "--auto-format", "jpeg", "--auto-format", "png")
        self.assertEqual([o["format"] for o in run.outputs().values()], ["png"])
        self.assertLess(self.sizes_alone("a.png", ["jpeg"])["jpeg"], run.outputs()["a.png"]["bytes"])

    def test_animation_rules_stills_out(self):
        self.write("a.gif", images.gif(frames=4))
        self.build("a.gif", "--format", "auto", "--auto-format", "jpeg", "--auto-format", "webp")
        (name, data), = self.contents().items()
        self.assertEqual((name, image_facts(data).frames), ("a.webp", 4))

    def test_lossless_takes_lossless_formats_alone(self):
        self.write("a.png", self.photo())
        for options in (["--lossless"], ["--role", "data"]):
            run = self.build("a.png", "--format", "auto", *options, "--out", options[-1].strip("-"))
            told, = run.outputs().values()
            self.assertIn(told["format"], ("png", "webp"))
            compared = self.run_imgopt("compare", "a.png", f"{options[-1].strip('-')}/{told['path']}")
            self.assertIn("identical: yes", compared.stdout)

    def test_second_run_does_nothing_and_cache_restores(self):
        self.write("src/photo.png", self.photo())
        self.write("src/deep/drawing.png", images.png(40, 40, 1, (images.PALETTE, 1)))
        words = ("src", "--format", "auto", "--width", "30", "--width", "60", "--manifest", "assets.json")
        first = self.build(*words)
        self.assertEqual(first.counts(), {"encoded": 4})
        made, manifest = self.standing(), (self.root / "assets.json").read_bytes()
        self.assertEqual(self.build(*words).counts(), {"up_to_date": 4})
        self.assertEqual(self.standing(), made)
        contents = self.contents()
        self.assertEqual({p for i in json.loads(manifest)["images"].values() for p in
                          (o["path"] for o in i["outputs"])}, set(contents))

        for name in self.files():
            (self.out / name).unlink()
        self.assertEqual(self.build(*words).counts(), {"restored": 4})
        self.assertEqual(self.contents(), contents)

        (self.root / "src/photo.png").touch()
        self.assertEqual(self.build(*words).counts(), {"up_to_date": 4})
        self.assertEqual((self.root / "assets.json").read_bytes(), manifest)
        self.assertEqual(self.build(*words, "--out", "other").counts(), {"restored": 4})
        self.assertEqual(self.contents(self.root / "other"), contents)

    def test_another_winner_replaces_the_old_file(self):
        words = ("src", "--format", "auto", "--auto-format", "png", "--auto-format", "jpeg")
        self.write("src/a.png", self.photo())
        self.build(*words)
        self.assertEqual(self.files(), ["a.jpg"])
        self.write("src/a.png", images.png(40, 40, 1, (images.GREY, 1)))
        self.assertEqual(self.build(*words, "--dry-run").summary["removed"], 0)
        run = self.build(*words)
        self.assertEqual((self.files(), run.summary["removed"]), (["a.png"], 1))
        self.assertEqual(self.build(*words).counts(), {"up_to_date": 1})

    def test_failure_leaves_what_stood(self):
        words = ("src", "--format", "auto")
        self.write("src/a.png", self.photo())
        self.build(*words)
        before = self.contents()
        self.write("src/a.png", images.broken_png())
        self.build(*words, status=1)
        self.assertEqual(self.contents(), before)
        self.write("src/a.png", self.photo())
        self.build(*words)
        self.assertEqual(self.contents(), before)

    def test_possible_names_collide_before_anything_is_encoded(self):
        self.write("src/a.png", self.photo())
        self.write("src/a.gif", images.gif())
        run = self.build("src", "--format", "auto", status=2)
        self.assert_says(run.stderr, "a.gif", "a.png", "is also the output of")
        self.assertFalse(self.out.exists())

    def test_equal_sources_share_one_choice(self):
        self.write("src/a.png", self.photo())
        self.write("src/b.png", self.photo())
        run = self.build("src", "--format", "auto")
        self.assertEqual(run.counts(), {"encoded": 1, "deduplicated": 1})
        contents = self.contents()
        self.assertEqual(len(set(contents.values())), 1)
        self.assertEqual(len({n.rpartition(".")[2] for n in contents}), 1)


if __name__ == "__main__":
    unittest.main()
