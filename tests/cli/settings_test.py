"""What settings make of images: names, formats, sizes, depth, alpha, animation, and the rules that choose them."""

import struct
import unittest
import zlib

import images
from command import CommandTest
from decoding import image_facts, png_chunks, png_pixels


def visible(pixels):
    """Pixels without the colour of those that are fully transparent."""
    return [pixel if pixel[3] else None for pixel in pixels]


class Settings(CommandTest):
    def facts(self, folder=None):
        return {name: image_facts(data) for name, data in self.contents(folder).items()}

    def sizes(self, folder=None):
        return {name: (f.width, f.height) for name, f in self.facts(folder).items()}

    def test_formats_and_widths_multiply_and_name_their_outputs(self):
        self.write("src/deep/a.png", images.fat_png(1, 60, 40))
        run = self.build("src", "--format", "keep", "--format", "webp", "--format", "jpeg", "--format", "avif",
                         "--width", "30", "--width", "15")
        self.assertEqual(self.sizes(), {
            f"deep/a-{width}w.{ext}": (width, height)
            for ext in ("png", "webp", "jpg", "avif") for width, height in ((30, 20), (15, 10))
        })
        self.assertEqual(run.summary["outputs"], 8)
        for name, facts in self.facts().items():
            self.assertEqual(run.outputs()[name]["format"], facts.format)

    def test_every_format_is_what_it_says(self):
        self.write("src/a.png", images.fat_png(1, 40, 30))
        formats = {"png": "a.png", "jpeg": "a.jpg", "webp": "a.webp", "avif": "a.avif", "gif": "a.gif", "tiff": "a.tif"}
        self.build("src", "--quality", "gif=80", *(word for f in formats for word in ("--format", f)))
        self.assertEqual({name: (f.format, f.width, f.height) for name, f in self.facts().items()},
                         {name: (form, 40, 30) for form, name in formats.items()})

    def test_width_never_enlarges_and_keeps_its_name(self):
        self.write("src/a.png", images.fat_png(1, 60, 40))
        run = self.build("src", "--width", "500", "--width", "30", "--manifest", "assets.json")
        self.assertEqual(self.sizes(), {"a-500w.png": (60, 40), "a-30w.png": (30, 20)})
        self.assertEqual(run.outputs()["a-500w.png"]["width"], 60)

    def test_every_resize_mode(self):
        self.write("src/a.png", images.fat_png(1, 60, 40))
        cases = {
            "30x30": (30, 20), "90x10": (15, 10), "30": (30, 20), "x20": (30, 20), "longest:30": (30, 20),
            "shortest:20": (30, 20), "600x600": (60, 40), "longest:600": (60, 40), "none": (60, 40), "x1": (2, 1),
        }
        for i, (resize, size) in enumerate(cases.items()):
            with self.subTest(resize=resize):
                run = self.build("src", "--resize", resize, "--out", f"out{i}")
                self.assertEqual(self.sizes(self.root / f"out{i}"), {"a.png": size})
                told = run.outputs()["a.png"]
                self.assertEqual((told["width"], told["height"]), size)

    def test_extreme_shapes_keep_a_pixel(self):
        self.write("src/wide.png", images.fat_png(1, 300, 1))
        self.write("src/tall.png", images.fat_png(2, 1, 300))
        self.write("src/dot.png", images.fat_png(3, 1, 1))
        self.build("src", "--resize", "longest:10")
        self.assertEqual(self.sizes(), {"wide.png": (10, 1), "tall.png": (1, 10), "dot.png": (1, 1)})

    def test_name_pattern_is_obeyed(self):
        self.write("src/deep/a.png", images.fat_png(1, 60, 40))
        self.build("src", "--format", "webp", "--width", "30", "--name", "{format}/{stem}@{width}.{ext}")
        self.assertEqual(self.files(), ["deep/webp/a@30.webp"])

    def test_lossless_png_keeps_every_pixel_of_every_kind(self):
        for kind in images.PNG_KINDS:
            self.write(f"src/{kind[0]}-{kind[1]}.png", images.png(25, 19, 3, kind))
        self.build("src", "--transparent-color", "keep")
        for name, data in self.contents().items():
            self.assertEqual(png_pixels(data), png_pixels((self.src / name).read_bytes()), name)

    def test_colour_under_transparency_changes_only_where_the_role_allows(self):
        self.write("src/a.png", images.png(25, 19, 3, (images.RGBA, 8)))
        source = png_pixels((self.src / "a.png").read_bytes())
        for role in ("data", "mask", "normal", "pixel-art"):
            self.build("src", "--role", role, "--out", role)
            self.assertEqual(png_pixels((self.root / role / "a.png").read_bytes()), source, role)
        self.build("src", "--role", "color")
        self.assertEqual(visible(png_pixels((self.out / "a.png").read_bytes())), visible(source))

    def test_alpha_that_vanishes_by_shrinking_is_no_loss(self):
        rows = bytearray()
        for y in range(20):
            rows.append(0)
            for x in range(30):
                rows += bytes((9 * x % 256, 7 * y, 50, 254 if (x, y) == (3, 3) else 255))
        header = images.chunk(b"IHDR", struct.pack(">IIBBBBB", 30, 20, 8, images.RGBA, 0, 0, 0))
        pixels = images.chunk(b"IDAT", zlib.compress(bytes(rows)))
        self.write("src/a.png", b"\x89PNG\r\n\x1a\n" + header + pixels + images.chunk(b"IEND", b""))
        formats = ("keep", "webp", "avif", "tiff")
        self.build("src", "--width", "8", *(word for f in formats for word in ("--format", f)))
        self.assertEqual(set(self.sizes().values()), {(8, 5)})

    def test_sixteen_bits_are_kept_where_the_format_holds_them(self):
        self.write("src/a.png", images.png(25, 19, 3, (images.RGB, 16)))
        self.write("src/b.tif", images.tiff(depth=16))
        self.build("src", "--format", "png")
        depths = {n: next(body[8] for kind, body in png_chunks(d) if kind == b"IHDR") for n, d in self.contents().items()}
        self.assertEqual(depths, {"a.png": 16, "b.png": 16})
        self.assertEqual(png_pixels((self.out / "a.png").read_bytes()), png_pixels((self.src / "a.png").read_bytes()))

    def test_animation_is_kept_in_gif_and_webp(self):
        self.write("src/a.gif", images.gif(frames=4))
        self.build("src", "--format", "keep", "--format", "webp")
        self.assertEqual({n: f.frames for n, f in self.facts().items()}, {"a.gif": 4, "a.webp": 4})

    def test_animated_png_becomes_animated_webp(self):
        self.write("src/a.png", images.apng(frames=3))
        run = self.build("src", "--format", "webp", "--lossless")
        self.assertEqual(self.facts()["a.webp"].frames, 3)
        self.assertEqual(run.outputs()["a.webp"]["notes"], [])
        compared = self.run_imgopt("compare", "src/a.png", "out/a.webp")
        self.assertIn("identical: yes", compared.stdout)

    def test_resized_animated_png_stays_animated(self):
        self.write("src/a.png", images.apng(frames=3))
        run = self.build("src", "--width", "8")
        self.assertEqual(run.outputs()["a-8w.png"]["notes"], [])
        kinds = [kind for kind, _ in png_chunks((self.out / "a-8w.png").read_bytes())]
        self.assertEqual((kinds.count(b"acTL"), kinds.count(b"fcTL")), (1, 3))
        again = self.build("out/a-8w.png", "--format", "webp", "--lossless", "--out", "played")
        self.assertEqual(again.outputs()["a-8w.webp"]["notes"], [])
        self.assertEqual(image_facts((self.root / "played/a-8w.webp").read_bytes()).frames, 3)

    def test_animated_gif_becomes_animated_png(self):
        self.write("src/a.gif", images.gif(frames=4))
        run = self.build("src", "--format", "png")
        self.assertEqual(run.outputs()["a.png"]["notes"], [])
        compared = self.run_imgopt("compare", "src/a.gif", "out/a.png")
        self.assertIn("identical: yes", compared.stdout)

    def test_photograph_becomes_gif_and_says_what_it_lost(self):
        self.write("src/a.png", images.noise_png(64, 64, 1))
        for effort in ("0", "5"):
            run = self.build("src/a.png", "--format", "gif", "--effort", effort)
            self.assertEqual(run.outputs()["a.gif"]["notes"], ["colors-reduced"])
        run = self.build("src/a.png", "--format", "gif", "--lossless", "--out", "lossless", status=1)
        self.assert_says(run.stderr, "GIF holds 256 colours")

    def test_near_lossless_lies_between_lossless_and_lossy(self):
        self.write("src/a.png", images.noise_png(96, 96, 1))
        sizes = [self.build("src", "--format", "webp", *options, "--out", f"out{i}").summary["bytes_out"]
                 for i, options in enumerate((["--quality", "80"], ["--quality", "webp=near-lossless:40"], ["--lossless"]))]
        self.assertEqual(sizes, sorted(sizes))
        self.assertEqual(len(set(sizes)), 3)

    def test_animated_png_passes_through_unharmed(self):
        self.write("src/a.png", images.apng(frames=3))
        run = self.build("src")
        self.assertEqual(self.facts()["a.png"].frames, 3)
        self.assertEqual(run.outputs()["a.png"]["format"], "png")
        frames = [b for k, b in png_chunks((self.out / "a.png").read_bytes()) if k in (b"fcTL", b"acTL")]
        self.assertEqual(frames, [b for k, b in png_chunks(images.apng(frames=3)) if k in (b"fcTL", b"acTL")])
        self.assertEqual(visible(png_pixels((self.out / "a.png").read_bytes())), visible(png_pixels(images.apng(frames=3))))

    def test_transparent_pixels_get_the_background_in_jpeg(self):
        clear = images.chunk(b"tRNS", b"\0" * 2)
        self.write("src/a.png", images.png(32, 32, 1, (images.PALETTE, 1)).replace(
            next(images.chunk(b"tRNS", b) for k, b in png_chunks(images.png(32, 32, 1, (images.PALETTE, 1))) if k == b"tRNS"),
            clear))
        self.build("src", "--format", "jpeg", "--background", "#ff0000", "--quality", "95")
        self.build("out", "--format", "png", "--out", "decoded")
        for red, green, blue, _ in png_pixels((self.root / "decoded" / "a.png").read_bytes()):
            self.assertGreater(red, 62000)
            self.assertLess(max(green, blue), 4000)

    def test_max_bytes_is_kept(self):
        self.write("src/a.png", images.noise_png(128, 128, 1))
        free = self.build("src", "--format", "jpeg", "--quality", "90")
        limit = free.outputs()["a.jpg"]["bytes"] // 2
        run = self.build("src", "--format", "jpeg", "--quality", "90", "--max-bytes", str(limit))
        self.assertLessEqual(run.outputs()["a.jpg"]["bytes"], limit)

    def test_quality_orders_sizes(self):
        self.write("src/a.png", images.noise_png(128, 128, 1))
        for form in ("jpeg", "webp", "avif"):
            sizes = [self.build("src", "--format", form, "--quality", q, "--out", f"{form}{q}").summary["bytes_out"]
                     for q in ("30", "60", "90")]
            self.assertEqual(sizes, sorted(sizes), form)
            self.assertLess(sizes[0], sizes[2])

    def test_quality_of_a_format_is_its_own(self):
        self.write("src/a.png", images.noise_png(128, 128, 1))
        both = ("--format", "jpeg", "--format", "webp")
        self.build("src", *both, "--quality", "50")
        run = self.build("src", *both, "--quality", "50", "--quality", "webp=80")
        self.assertEqual({p for p, o in run.outputs().items() if o["status"] == "encoded"}, {"a.webp"})

    def test_jpeg_is_kept_without_loss_in_its_own_format(self):
        self.write("png/a.png", images.noise_png(70, 50, 1))
        self.build("png", "--format", "jpeg", "--quality", "85", "--out", "photos")
        run = self.build("photos")
        self.assertLessEqual(run.outputs()["a.jpg"]["saved_bytes"] * -1, 0)
        compared = self.run_imgopt("compare", "photos/a.jpg", "out/a.jpg")
        self.assertIn("identical: yes", compared.stdout)

    def test_later_rule_wins_for_each_setting(self):
        for name in ("icons/a.png", "icons/big/b.png", "photos/c.png"):
            self.write(f"src/{name}", images.fat_png(len(name), 60, 40))
        self.write("imgopt.json", """{
          "sources": ["src"], "out": "out", "format": "webp",
          "rules": [
            {"match": "icons/**", "format": "png", "width": [30]},
            {"match": ["icons/big/*", "none"], "width": [20, 10]},
            {"match": "photos/**", "format": ["webp", "jpeg"]}
          ]}""")
        self.build("--config", "imgopt.json")
        self.assertEqual(self.sizes(), {
            "icons/a-30w.png": (30, 20), "icons/big/b-20w.png": (20, 13), "icons/big/b-10w.png": (10, 7),
            "photos/c.webp": (60, 40), "photos/c.jpg": (60, 40),
        })

    def test_larger_than_source_is_said(self):
        self.write("src/a.png", images.png(8, 8, 0, (images.GREY, 1)))
        run = self.build("src", "--format", "keep", "--format", "jpeg")
        told = run.outputs()
        self.assertTrue(told["a.jpg"]["larger_than_source"])
        self.assertLess(told["a.jpg"]["saved_bytes"], 0)
        self.assertLessEqual(told["a.png"]["bytes"], len((self.src / "a.png").read_bytes()))
        self.assertEqual(run.summary["larger_than_source"], 1)

    def test_min_savings_keeps_the_source(self):
        self.write("src/a.png", images.png(60, 40, 1, level=9))
        run = self.build("src", "--min-savings", "99")
        self.assertTrue(run.outputs()["a.png"]["kept_original"])
        self.assertEqual((self.out / "a.png").read_bytes(), (self.src / "a.png").read_bytes())


if __name__ == "__main__":
    unittest.main()
