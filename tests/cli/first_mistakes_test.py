"""Ten things that people do wrong in their first hour: each is answered with what to do, and nothing is written."""

import json
import unittest

import images
from command import CommandTest

# What is done, and words of the answer: the place, and the way out.
MISTAKES = [
    ("the command is forgotten", ["src", "--out", "out"], ["unknown command src", "imgopt build src --out DIR"]),
    ("another tool's command is used", ["convert", "src/a.png", "b.webp"], ["unknown command convert", "imgopt build SOURCE"]),
    ("options come first", ["--quality", "80", "build", "src"], ["the command comes first", "imgopt build --quality"]),
    ("the output is named like an image", ["build", "src/a.png", "--out", "a.webp"], ["--out", "a folder", "--format webp"]),
    ("one format's quality has a colon", ["build", "src", "--out", "out", "--quality", "webp:80"], ["--quality webp=80"]),
    ("an image is shown without --show", ["config", "src/a.png"], ["imgopt config --show src/a.png"]),
    ("nothing is said at all", [], ["a command is missing", "imgopt --help"]),
    ("there is no configuration yet", ["build"], ["imgopt init", "imgopt.json"]),
    ("the output folder is forgotten", ["build", "src"], ["--out DIR"]),
    ("sources and outputs are one folder", ["build", "src", "--out", "src"], ["src", "--out", "another folder"]),
    ("an option of another tool is used", ["build", "src", "--out", "out", "--output-format", "webp"],
     ["unknown option --output-format; did you mean --format?"]),
    ("the output folder is called as elsewhere", ["build", "src", "--output", "out"], ["unknown option --output; did you mean --out?"]),
    ("a page is asked for as an output", ["report", "r.json", "--out", "p.html"], ["report does not take --out; did you mean --html?"]),
    ("the version is misspelt", ["--verson"], ["unknown option --verson; did you mean --version?"]),
    ("a value is misspelt", ["build", "src", "--out", "out", "--format", "jpge"], ["--format", "did you mean jpeg?"]),
    ("a format is given as an extension list", ["build", "src", "--out", "out", "--format", "webp,avif"],
     ["--format", "--format once for each"]),
    ("the quality is a percentage", ["build", "src", "--out", "out", "--quality", "80%"],
     ["--quality", "from 1 to 100"]),
    ("a size gets a unit that is none", ["build", "src", "--out", "out", "--max-bytes", "200 pixels"],
     ["--max-bytes", "such as 200k"]),
    ("the width is what CSS says", ["build", "src", "--out", "out", "--width", "100%"], ["--width", "a number"]),
    ("a configuration is named that is not there", ["build", "--config", "imgopt.jsn"], ["imgopt.jsn", "No such file"]),
    ("a topic is misspelt", ["help", "qualty"], ["did you mean quality?"]),
    ("a report is asked for without its file", ["report"], ["imgopt build --report FILE"]),
    ("an image is given where a report belongs", ["report", "src/a.png"], ["no report", "imgopt build --report"]),
    ("only one image is compared", ["compare", "src/a.png"], ["two images"]),
]


class FirstMistakes(CommandTest):
    def setUp(self):
        super().setUp()
        self.write("src/a.png", images.fat_png())

    def test_each_is_answered_with_what_to_do(self):
        before = self.files(self.root)
        for what, words, says in MISTAKES:
            with self.subTest(what=what):
                run = self.run_imgopt(*words, status=2)
                self.assertEqual(run.stdout, "")
                self.assertTrue(run.stderr.startswith("imgopt: "), run.stderr)
                self.assertEqual(run.stderr.count("\n"), 1, run.stderr)
                self.assert_says(run.stderr, *says)
                self.assertEqual(self.files(self.root), before)

    def test_folder_below_the_project_is_told_of_its_configuration(self):
        self.write("imgopt.json", '{"sources": ["src"], "out": "out"}')
        run = self.run_imgopt("build", status=2, cwd=self.src)
        self.assert_says(run.stderr, "--config ../imgopt.json")
        self.run_imgopt("build", "--config", "../imgopt.json", cwd=self.src)
        self.assertEqual(self.files(), ["a.png"])

    def test_sources_beside_a_configuration_are_told_how_both_count(self):
        self.write("imgopt.json", '{"sources": ["src"], "out": "out"}')
        run = self.run_imgopt("build", "src", status=2)
        self.assert_says(run.stderr, "Add --out DIR, or --config imgopt.json, which counts by itself only where no source is named")
        self.run_imgopt("build", "src", "--config", "imgopt.json")
        self.assertEqual(self.files(), ["a.png"])

    def test_pattern_that_no_shell_expanded_is_told_from_a_missing_file(self):
        run = self.run_imgopt("build", "src/*.png", "--out", "out", status=4)
        self.assert_says(run.stderr, "src/*.png", "--include")
        self.assertEqual(run.stdout, "")

    def test_output_folder_that_cannot_be_made_costs_no_encoding(self):
        self.write("file", "no folder")
        run = self.run_imgopt("build", "src", "--out", "file/out", status=4)
        self.assert_says(run.stderr, "file/out", "cannot make the folder")
        self.assertEqual(json.loads(self.run_imgopt("cache", "stats", "--json").stdout)["stored"], 0)

    def test_configurations_mistake_is_answered_with_its_line(self):
        for text, says in (
            ('{\n  "sources": ["src"],\n  "out": "out",\n}', ["imgopt.json:4", "comma"]),
            ('{\n  "source": ["src"],\n  "out": "out"\n}', ["imgopt.json:2", "did you mean sources?"]),
            ('{\n  "sources": ["src"],\n  "out": "out",\n  "quality": "80%"\n}', ["imgopt.json:4", "from 1 to 100"]),
            ('{\n  "sources": ["src"],\n  "out": "out",\n  "profile": "wbe"\n}', ["imgopt.json:4", "did you mean web?"]),
            ("sources: [src]\nout: out\n", ["imgopt.json:1", "not JSON"]),
        ):
            with self.subTest(text=text):
                self.write("imgopt.json", text)
                self.assert_says(self.run_imgopt("build", status=2).stderr, *says)
                self.assertFalse(self.out.exists())


if __name__ == "__main__":
    unittest.main()
