"""Files that a run is told to write and that would replace a source, an output or each other: wrong use, nothing lost."""

import json
import os
import time
import unittest

import images
from command import CommandTest

TOLD = ("--state", "--stamp", "--manifest", "--header", "--report")


class ToldFiles(CommandTest):
    def setUp(self):
        super().setUp()
        self.write("src/a.png", images.fat_png(1))
        self.write("src/b/c.png", images.fat_png(2))

    def build(self, *arguments, **options):
        return self.run_imgopt("build", "src", "--out", "out", *arguments, **options)

    def sources(self):
        # A state is locked before it is read, by a file beside it.
        return {name: data for name, data in self.contents(self.src).items() if not name.endswith(".lock")}

    def refuse(self, *arguments, says):
        before = self.sources()
        run = self.build(*arguments, status=2)
        self.assert_says(run.stderr, *says)
        self.assertEqual(self.sources(), before)
        return run

    def test_none_may_be_a_source(self):
        for option in TOLD:
            with self.subTest(option=option):
                self.refuse(option, "src/b/../a.png", says=(option, "a.png", "a source"))
        self.refuse("--depfile", "src/a.png", "--stamp", "stamp", says=("--depfile", "a source"))
        self.refuse("--embed", "src/a.png", "--header", "a.hpp", says=("--embed", "a source"))
        self.assertFalse((self.root / "out").exists())

    def test_those_among_the_sources_let_the_next_run_rest(self):
        for i in range(40):
            self.write(f"src/many/{i}.png", images.fat_png(10 + i))
        time.sleep(0.1)
        told = ("--state", "src/state", "--stamp", "src/stamp", "--manifest", "src/manifest.json", "--depfile", "src/d",
                "--report", "src/report.json")
        self.build(*told)
        before = self.contents(self.src)
        depfile = before.pop("d").decode()
        self.assertNotIn("src/state", depfile)
        for turn in range(3):
            self.build(*told)
            report = json.loads(self.contents(self.src)["report.json"])
            self.assertEqual((report["summary"]["images"], report["summary"]["skipped"]), (42, 0))
            self.assertEqual({n: d for n, d in self.contents(self.src).items() if n not in ("d", "report.json")},
                             {n: d for n, d in before.items() if n != "report.json"})
        self.write("src/many/0.png", images.fat_png(100))
        self.build(*told)
        self.build(*told)  # sees that the times of what was young prove something now
        settled = self.contents(self.src)["state.changes"]
        self.build(*told)
        self.assertEqual(self.contents(self.src)["state.changes"], settled)
        self.write("imgopt.json", '{"sources": ["src"], "out": "out"}')
        said = self.run_imgopt("check", "--config", "imgopt.json", "--state", "src/state").stdout
        self.assert_says(said, "42 images")

    def test_none_may_be_an_output_new_or_standing(self):
        for option in TOLD:
            with self.subTest(option=option):
                self.refuse(option, "out/b/c.png", says=(option, "out/b/c.png", "an output"))
        self.build()
        before = self.contents()
        for option in TOLD[1:]:
            with self.subTest(option=option, standing=True):
                self.refuse(option, "out/b/c.png", says=(option, "an output"))
        self.assertEqual(self.contents(), before)

    def test_links_in_the_way_do_not_hide_it(self):
        os.symlink("src", self.root / "linked")
        self.refuse("--report", "linked/a.png", says=("--report", "a source"))
        self.out.mkdir()
        os.symlink("out", self.root / "made")
        self.refuse("--report", "made/a.png", says=("--report", "an output"))

    def test_two_may_not_be_one_file(self):
        self.refuse("--report", "x.json", "--manifest", "src/../x.json", says=("--report", "--manifest"))

    def test_dry_run_refuses_too(self):
        self.refuse("--dry-run", "--report", "src/a.png", says=("--report", "a source"))

    def test_link_to_a_source_is_replaced_by_the_file(self):
        os.symlink("src/a.png", self.root / "link")
        before = self.contents(self.src)
        self.build("--report", "link")
        self.assertEqual(self.contents(self.src), before)
        self.assertFalse((self.root / "link").is_symlink())

    def test_files_beside_outputs_are_welcome(self):
        self.build("--manifest", "out/images.json", "--report", "out/report.json")
        self.build("--manifest", "out/images.json", "--report", "out/report.json")
        self.assertEqual(self.files(), ["a.png", "b/c.png", "images.json", "report.json"])

    def test_in_place_none_may_be_an_image(self):
        before = self.contents(self.src)
        run = self.run_imgopt("optimize", "src", "--report", "src/a.png", status=2)
        self.assert_says(run.stderr, "--report", "a source")
        self.assertEqual(self.contents(self.src), before)

    def test_what_a_former_run_told_into_a_folder_of_sources_is_no_source(self):
        self.write("src/z.png", images.fat_png())
        told = ("--manifest", "src/m.json", "--stamp", "src/stamp", "--depfile", "src/d", "--header", "src/h.hpp")
        encoded = [json.loads(self.build(*told, "--json").stdout)["summary"]["encoded"] for _ in range(3)]
        self.assertEqual(encoded, [3, 0, 0])


if __name__ == "__main__":
    unittest.main()
