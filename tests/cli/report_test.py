"""`imgopt report`: totals, differences, and the page; what happens in a browser is in tests/browser."""

import base64
import json
import os
import re
import unittest
from urllib.parse import unquote

import images
from command import CommandTest


def page_data(path):
    """The facts in a page, as its script reads them."""
    text = path.read_text(encoding="utf-8")
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL).group(1))


class Report(CommandTest):
    def setUp(self):
        super().setUp()
        self.write("src/a.png", images.fat_png(1))
        self.write("src/deep/b.png", images.fat_png(2, width=48))

    def report(self, *arguments, name="r.json", **options):
        run = self.finish(self.start("build", "src", "--out", "out", "--report", name, *arguments, **options))
        self.assertIn(run.status, (0, 1), run.stderr)
        return self.root / name

    def told(self, *arguments):
        return json.loads(self.run_imgopt("report", *arguments, "--json").stdout)

    def test_totals_by_format_and_folder_add_up(self):
        self.report("--format", "png", "--format", "webp")
        told = self.told("r.json")
        self.assertEqual((told["images"], told["outputs"]), (2, 4))
        self.assertEqual({f["name"]: f["outputs"] for f in told["formats"]}, {"png": 2, "webp": 2})
        self.assertEqual({f["name"]: f["outputs"] for f in told["folders"]}, {".": 2, "deep": 2})
        self.assertEqual(told["bytes_out"], sum(f["bytes_out"] for f in told["formats"]))
        self.assertEqual(told["bytes_out"], sum(len(c) for c in self.contents().values()))
        self.assert_says(self.run_imgopt("report", "r.json").stdout, "2 images, 4 outputs", "formats:", "folders:", "deep")

    def test_counts_are_those_of_the_build(self):
        self.write("src/broken.png", images.broken_png())
        self.write("src/words.png", "words")
        run = self.finish(self.start("build", "src", "--out", "out", "--format", "webp", "--format", "png", "--unsupported", "skip",
                                     "--report", "r.json"))
        self.assert_says(run.stdout, "imgopt: 3 images, 6 outputs:", " in 4 outputs")
        summary = json.loads((self.root / "r.json").read_text())["summary"]
        told = self.told("r.json")
        self.assertEqual((told["images"], told["outputs"], told["skipped"], told["failed_outputs"]), (3, 6, 1, 2))
        for key in ("outputs", "bytes_in", "bytes_out", "skipped", "would_encode"):
            self.assertEqual(told[key], summary[key], key)
        self.assertEqual(told["images"], summary["images"] - summary["skipped"])
        self.assertEqual(len(told["failed"]), summary["failed_images"])
        sizes = re.search(r"\S+ \S+ -> \S+ \S+ in 4 outputs", run.stdout).group()
        self.assert_says(self.run_imgopt("report", "r.json").stdout,
                         f"3 images, 6 outputs, 1 image failed, 1 file skipped: {sizes} (")
        self.assertEqual(self.run_imgopt("report", "r.json", "--html", "p.html").stdout, "p.html: 3 images\n")
        totals = page_data(self.root / "p.html")["totals"]
        self.assertEqual((totals["images"], totals["outputs"], totals["standing"], totals["failed"], totals["skipped"]), (3, 6, 4, 1, 1))
        self.assertEqual((totals["bytes_in"], totals["bytes_out"]), (summary["bytes_in"], summary["bytes_out"]))

    def test_report_of_a_dry_run_counts_what_would_be_made(self):
        self.report("--dry-run")
        told = self.told("r.json")
        self.assertEqual((told["images"], told["outputs"], told["would_encode"], told["formats"]), (2, 2, 2, []))
        self.assertRegex(self.run_imgopt("report", "r.json").stdout, r"^2 images, 2 outputs, 2 would be encoded \(\S+ s\)\n$")

    def test_each_output_says_whether_it_was_made_lossy(self):
        self.write("src/many.png", images.noise_png(48, 32, 5))
        self.write("src/broken.png", images.broken_png())
        formats = ("--format", "png", "--format", "webp", "--format", "gif", "--quality", "webp=70")

        def losses(name):
            report = json.loads((self.root / name).read_text())
            return {o["path"]: o.get("lossless") for i in report["images"] for o in i["outputs"]}

        self.report(*formats, name="first.json")
        first = losses("first.json")
        self.assertEqual({path: first[path] for path in ("a.png", "a.webp", "a.gif", "many.gif", "broken.png")},
                         {"a.png": True, "a.webp": False, "a.gif": True, "many.gif": False, "broken.png": None})
        # Told from the state, of sources that nothing was done to, as the run that made them did.
        self.report(*formats, name="second.json")
        self.assertEqual(losses("second.json"), first)
        self.report("--format", "auto", "--quality", "70", name="auto.json")
        auto = losses("auto.json")
        self.report("--format", "auto", "--quality", "70", name="auto2.json")
        self.assertEqual(losses("auto2.json"), auto)
        self.run_imgopt("report", "first.json", "--html", "p.html")
        told = {o["path"]: o.get("lossless") for i in page_data(self.root / "p.html")["images"] for o in i["outputs"]}
        self.assertEqual(told, first)

    def test_images_in_place_say_whether_they_were_made_lossy(self):
        self.write("place/a.png", images.fat_png(1))
        self.run_imgopt("build", "src/deep", "--out", "place", "--format", "webp")
        for name, arguments in (("dry.json", ["--dry-run"]), ("made.json", []), ("known.json", [])):
            self.run_imgopt("optimize", "place", "--quality", "webp=20", "--report", name, *arguments)
            told = {i["source"]: i["outputs"][0]["lossless"] for i in json.loads((self.root / name).read_text())["images"]}
            self.assertEqual(told, {"a.png": True, "b.webp": False}, name)

    def test_difference_names_what_grew_and_what_is_new(self):
        self.report("--format", "jpeg", "--quality", "20", name="old.json")
        self.write("src/new.png", images.fat_png(3))
        self.report("--format", "jpeg", "--quality", "98", name="new.json")
        difference = self.told("new.json", "--against", "old.json")["difference"]
        self.assertEqual([g["name"] for g in difference["grown"]], ["deep/b.jpg", "a.jpg"])
        self.assertEqual(difference["added"], ["new.jpg"])
        self.assertEqual(difference["removed"], [])
        self.assertEqual(difference["bytes_after"] - difference["bytes_before"],
                         sum(f["difference"] for f in difference["folders"]))
        back = self.told("old.json", "--against", "new.json")["difference"]
        self.assertEqual((back["grown"], back["removed"]), ([], ["new.jpg"]))
        self.assert_says(self.run_imgopt("report", "new.json", "--against", "old.json").stdout, "images that grew", "a.jpg", "+")

    def test_page_stands_alone_and_leads_to_the_images(self):
        self.report("--format", "webp", "--effort", "3")
        self.run_imgopt("report", "r.json", "--html", "pages/p.html")
        data = page_data(self.root / "pages" / "p.html")
        self.assertEqual([i["source"] for i in data["images"]], ["a.png", "deep/b.png"])
        for image in data["images"]:
            self.assertEqual(base64.b64decode(image["thumb"])[8:12], b"WEBP")
            self.assertTrue((self.root / "pages" / unquote(image["url"])).exists())
            self.assertTrue((self.root / "pages" / unquote(image["outputs"][0]["url"])).exists())
        settings = {name: (value, place) for name, value, place in data["settings"][data["images"][0]["settings"]]}
        self.assertEqual(settings["effort"], ("3", "--effort"))
        text = (self.root / "pages" / "p.html").read_text()
        self.assertNotRegex(text, r'(src|href)="(https?:)?//')
        self.assertEqual(self.temporaries(), [])

    def test_hostile_names_are_text(self):
        names = ['<script>alert(1)<', '"onerror="alert(1)', "&lt;b&gt;", "</script><script>alert(1)<", "a'b`${1}", "-->"]
        for i, name in enumerate(names):
            self.write(b"src/".decode() + name.replace("/", "\u2215") + ".png", images.fat_png(i))
        self.report()
        self.run_imgopt("report", "r.json", "--html", "p.html")
        text = (self.root / "p.html").read_text(encoding="utf-8")
        self.assertEqual(len(re.findall(r"<script", text)), 2)
        found = {i["source"] for i in page_data(self.root / "p.html")["images"]}
        for name in names:
            self.assertIn(name.replace("/", "\u2215") + ".png", found)

    def test_name_that_is_no_unicode_leads_to_its_file(self):
        (self.src / b"k\xe9.png".decode(errors="surrogateescape")).write_bytes(images.fat_png(9))
        self.report()
        self.run_imgopt("report", "r.json", "--html", "p.html")
        image = next(i for i in page_data(self.root / "p.html")["images"] if i["source"].startswith("k"))
        self.assertTrue(image["url"].endswith("k%E9.png"))
        self.assertIn("thumb", image)

    def test_failures_are_in_the_page_and_missing_images_do_no_harm(self):
        self.write("src/broken.png", images.broken_png())
        self.report()
        (self.src / "a.png").unlink()
        self.run_imgopt("report", "r.json", "--html", "p.html")
        data = page_data(self.root / "p.html")
        failed = next(i for i in data["images"] if i["status"] == "failed")
        self.assertEqual(failed["source"], "broken.png")
        self.assertIn("imgopt build", failed["reproduce"])
        self.assertNotIn("thumb", failed)

    def test_what_is_no_report_is_refused(self):
        for text in ("", "[]", "{}", '{"schema": 2, "summary": {}, "images": []}', '{"schema": 1, "summary": 3}',
                     '{"schema": 1, "summary": {"wall_ms": 1}, "images": [{"source": 3}]}', "\x89PNG"):
            with self.subTest(text=text):
                self.write("no.json", text)
                self.assert_says(self.run_imgopt("report", "no.json", status=2).stderr, "no.json", "no report")
        self.run_imgopt("report", "nowhere.json", status=4)
        self.assert_says(self.run_imgopt("report", status=2).stderr, "--report")

    def test_page_without_small_pictures_is_a_page_and_says_so(self):
        self.report()
        for says, environment in (
            ("/nowhere: IMGOPT_WORKER names it, but it is no program that can run", {"IMGOPT_WORKER": "/nowhere"}),
            ("no folder for temporary files: No such file or directory", {"TMPDIR": "/nowhere"}),
        ):
            run = self.run_imgopt("report", "r.json", "--html", "p.html", environment=environment)
            self.assertEqual(run.stderr, f"imgopt: warning: the page has no small pictures: {says}\n")
            self.assertEqual(len(page_data(self.root / "p.html")["images"]), 2)

    def thumbnails_in(self, folder):
        """How many small pictures a page has that is made with `folder` for temporary files."""
        self.run_imgopt("report", "r.json", "--html", "p.html", environment={"TMPDIR": str(folder)})
        return sum("thumb" in image for image in page_data(self.root / "p.html")["images"])

    def test_page_leaves_no_temporary_files(self):
        self.report()
        temporary = self.root / "tmp"
        temporary.mkdir()
        self.assertEqual(self.thumbnails_in(temporary), 2)
        self.assertEqual(os.listdir(temporary), [])
        interrupting = self.write("worker", f'#!/bin/sh\ntest "$1" = --serve && mkdir "$0.once" && kill -INT $PPID\nexec "{os.environ["IMGOPT_WORKER"]}" "$@"\n')
        interrupting.chmod(0o755)
        (self.root / "p.html").unlink()
        self.run_imgopt("report", "r.json", "--html", "p.html", status=130,
                        environment={"TMPDIR": str(temporary), "IMGOPT_WORKER": str(interrupting), "IMGOPT_CACHE_DIR": str(self.root / "cold")})
        self.assertEqual(os.listdir(temporary), [])

    def test_page_uses_no_folder_that_others_have_made(self):
        self.report()
        temporary, theirs = self.root / "tmp", self.root / "theirs"
        temporary.mkdir()
        theirs.mkdir()
        (temporary / ".imgopt-tmp").symlink_to(theirs)
        self.assertEqual(self.thumbnails_in(temporary), 2)
        self.assertEqual(os.listdir(temporary), [".imgopt-tmp"])

    def test_report_of_another_version_is_refused(self):
        self.write("r.json", '{"schema": 7, "summary": {}}')
        self.assertEqual(self.run_imgopt("report", "r.json", status=2).stderr,
                         'imgopt: r.json: this is no report of `imgopt build --report FILE`: its "schema" is not 1\n')

    def test_page_that_cannot_be_written_is_an_error(self):
        self.report()
        self.write("file", "")
        self.run_imgopt("report", "r.json", "--html", "file/p.html", status=4)


if __name__ == "__main__":
    unittest.main()
